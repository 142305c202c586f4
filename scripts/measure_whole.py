"""Measure the detectors of whole texts on labelled data, and write what was counted beside them.

With --check, nothing is written: exit 1 where the counts are other ones. The head is trained by train_head.py.
"""

import argparse
import json
import random
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import make_benchmark

from accord.evals.judges import shipped_labels
from accord.evals.suite import SHIPPED
from accord.evidence import Quality
from accord.ledger import digest
from accord.scan.whole import answers, rights
from accord.scan.whole.contamination import ContaminationDetector
from accord.scan.whole.hits import Hit
from accord.scan.whole.language import LanguageDetector

WHOLE = Path(__file__).parent.parent / "src" / "accord" / "scan" / "whole"
LANGUAGES = ("en", "de", "fr", "it", "ja")
_LONG = 40
_PLANTED = 400
Row = tuple[str, frozenset[str]]


def main() -> None:
    """Write measured.json, or compare it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where the counts differ")
    made = {name: [q.model_dump() for q in rows] for name, rows in _all()}
    text = json.dumps(made, indent=1, sort_keys=True) + "\n"
    path = WHOLE / "measured.json"
    if parser.parse_args().check:
        sys.exit(f"{path} is not current: run scripts/{Path(__file__).name}" if path.read_text("utf-8") != text else 0)
    path.write_text(text, encoding="utf-8")
    for name, rows in made.items():
        for row in rows:
            print(name, row["label"], row["hits"], row["false_alarms"], row["misses"], row["data"])


def _all() -> Iterator[tuple[str, list[Quality]]]:
    yield "answers", [*_answers()]
    yield "contamination", [*_contamination()]
    yield "language", [*_language()]
    yield "rights", [*_count(_labelled("rights"), rights.look, "accord/rights 1.0.0, written texts")]


def _language() -> Iterator[Quality]:
    rows = {
        (text, language)
        for suite in _suites()
        for language, item in make_benchmark.items(suite)
        for text in make_benchmark.texts(item)
        if len(text) >= _LONG
    }
    labelled = [(text, frozenset({language})) for text, language in sorted(rows)]
    data = f"accord/suites, texts of {_LONG} characters or more"
    yield from (q for q in _count(labelled, LanguageDetector().look, data) if q.label in LANGUAGES)


def _answers() -> Iterator[Quality]:
    labels = shipped_labels("refusal")
    rows = [(row.case.answer, frozenset({"refusal"} if row.label else ())) for row in labels.rows]
    data = f"{labels.name} {labels.version}, answers of two small models"
    yield from _count(rows, answers.look, data, only={"refusal"})
    others = _labelled("answers")
    yield from _count(others, answers.look, "accord/answers 1.0.0, written texts", only={"error", "empty", "loop"})


def _contamination() -> Iterator[Quality]:
    """Yield counts over shuffled answers of models: into each other one an item is planted, as it is or changed."""
    chance = random.Random(1)  # noqa: S311 - a sample, the same each time
    labelled = (row for task in ("refusal", "admission") for row in shipped_labels(task).rows)
    answered = sorted({row.case.answer for row in labelled if row.case.language != "ja"})
    # Shuffled, because answers repeat their questions, which are items; Japanese has no spaces to shuffle at.
    carriers = [" ".join(chance.sample(text.split(), len(text.split()))) for text in answered]
    planted = [
        (f"accord-{s}", t) for s in _suites() for _, item in make_benchmark.items(s) for t in make_benchmark.texts(item)
    ]
    chosen = chance.sample(sorted({(name, text) for name, text in planted if len(text) >= 2 * _LONG}), _PLANTED)
    plain = [(chance.choice(carriers), frozenset[str]()) for _ in range(_PLANTED)]
    for change, how in ((False, "word for word"), (True, "with one word changed")):
        rows = [
            (
                f"{chance.choice(carriers)} {_changed(text, chance) if change else text} {chance.choice(carriers)}",
                frozenset({name}),
            )
            for name, text in chosen
        ]
        data = f"accord/planted 1, {how}"
        yield from _count([*rows, *plain], ContaminationDetector().look, data)


def _changed(text: str, chance: random.Random) -> str:
    words = text.split(" ")
    words[chance.randrange(len(words))] = "changed"
    return " ".join(words)


def _suites() -> list[str]:
    return sorted(path.name for path in SHIPPED.iterdir() if path.is_dir())


def _labelled(name: str) -> list[Row]:
    lines = (WHOLE / "labelled" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [(row["text"], frozenset(row["labels"])) for row in map(json.loads, lines)]


def _count(
    rows: Sequence[Row], look: Callable[[str], Iterable[Hit]], data: str, only: set[str] | None = None
) -> Iterator[Quality]:
    found = [(frozenset(hit.label for hit in look(text)), truth) for text, truth in rows]
    sha256 = digest(json.dumps([[text, sorted(truth)] for text, truth in rows]).encode())
    for label in sorted(only or {label for pair in found for side in pair for label in side}):
        hits = sum(label in seen and label in truth for seen, truth in found)
        alarms = sum(label in seen and label not in truth for seen, truth in found)
        misses = sum(label not in seen and label in truth for seen, truth in found)
        yield Quality(label=label, data=data, sha256=sha256, hits=hits, false_alarms=alarms, misses=misses)


if __name__ == "__main__":
    main()
