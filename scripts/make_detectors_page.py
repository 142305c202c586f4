"""Measure the detectors made of patterns on labelled texts; with --check, exit 1 where what is written is not current.

It writes src/accord/scan/patterns/data/quality.json, which the detectors show, and docs/reference/detectors.md.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import labelled_texts
import pyarrow as pa
from labelled_texts import Labelled
from pages import escape, publish, table

from accord.evidence import Quality, wilson
from accord.scan.patterns import PatternDetector, personal_data, secrets, terms
from accord.scan.rows import TEXTS

_DATA = Path(__file__).parents[1] / "src/accord/scan/patterns/data/quality.json"
_DETECTORS = (personal_data, secrets, terms)
_ABOUT = {
    "personal-data": """Data by which people can be told apart or reached: addresses, numbers of accounts, telephones
and papers, in the forms of many countries. Check digits are verified where a number has any; where its shape says too
little, a word for it must stand near.""",
    "secrets": "Keys, tokens and passwords, by the forms that their issuers document.",
    "terms": """Words that name a harm, in German, English, French, Italian and Japanese. A word says nothing of what is
meant: a question for help and a threat hold the same one, and a threat may hold none.""",
}
_HEAD = "# Detectors made of patterns"
_INTRO = """These detectors come with Accord and find spans of text by regular expressions, one pass of an automaton for
all of them. The figures were measured on labelled texts of our own: lines with numbers put in, in five languages, lines
that hold none, and lines written by hand to mislead. A span counts as found only where its first and its last byte are
right; for terms, the text as a whole is judged. The patterns were corrected where the usual lines showed mistakes, and
never for the unseen ones, which are few and mean: the truth lies between them, and for your texts only you can measure
it."""
_LIMITS = """A label without figures has not been measured. Names of people and places are not found. Numbers of other
countries are missed, and those of these countries in unusual writing; so are Italian tax codes in small letters, and
whatever is longer than the patterns allow. Some rules of python-stdnum read a year of two digits by today's date."""


def main() -> None:
    """Measure, and write the data and the page, or check both."""
    measured = {made.name: _measure_all(made) for made in (make() for make in _DETECTORS)}
    text = json.dumps({name: [q.model_dump() for q in rows] for name, rows in measured.items()}, indent=1) + "\n"
    if "--check" in sys.argv and _DATA.read_text("utf-8") != text:
        raise SystemExit(f"{_DATA.name} is not current: run python scripts/make_detectors_page.py")
    if "--check" not in sys.argv:
        _DATA.write_text(text, "utf-8")
    parts = [part for make in _DETECTORS for part in _page(make(), measured[make().name])]
    publish("detectors.md", __file__, [_HEAD, _line(_INTRO), *parts, "## Limits", _line(_LIMITS)])


def load(detector: str) -> dict[str, list[Labelled]]:
    """Return the sets of labelled texts of a detector, by name."""
    if detector == "terms":
        return {"usual": list(_terms())}
    unseen = list(labelled_texts.written("labelled_unseen.txt", detector))
    return {"usual": labelled_texts.load(detector)} | ({"unseen": unseen} if unseen else {})


def _measure_all(detector: PatternDetector) -> list[Quality]:
    return [row for name, texts in load(detector.name).items() for row in measure(detector, name, texts)]


def measure(detector: PatternDetector, name: str, texts: list[Labelled]) -> list[Quality]:
    """Count, label by label, what is found and there, found and not there, and there and not found."""
    hits, alarms, misses = Counter[str](), Counter[str](), Counter[str]()
    for text, found in zip(texts, _find(detector, [text.text for text in texts]), strict=True):
        whole = detector.name == "terms"
        said = {(label, 0, 0) for label, _, _ in found} if whole else found
        hits.update(label for label, *_ in said & text.spans)
        alarms.update(label for label, *_ in said - text.spans)
        misses.update(label for label, *_ in text.spans - said)
    data = f"Accord's labelled texts, {detector.name}, {name}, version {labelled_texts.VERSION}"
    digest = labelled_texts.digest(texts)
    return [
        Quality(
            label=label,
            data=data,
            sha256=digest,
            hits=hits[label],
            false_alarms=alarms[label],
            misses=misses[label],
        )
        for label in sorted(detector.labels)
        if hits[label] + misses[label] + alarms[label]
    ]


def _find(detector: PatternDetector, texts: list[str]) -> list[set[tuple[str, int, int]]]:
    rows = [{"source": "", "row": row, "part": 0, "text": text} for row, text in enumerate(texts)]
    found: list[set[tuple[str, int, int]]] = [set() for _ in texts]
    for row in detector.detect(pa.RecordBatch.from_pylist(rows, schema=TEXTS)).to_pylist():
        found[row["index"]].add((row["label"], row["start"], row["end"]))
    return found


def _terms() -> Iterator[Labelled]:
    for line in Path(__file__).with_name("labelled_terms.tsv").read_text("utf-8").splitlines():
        label, language, text = line.split("\t")
        yield Labelled(language, text, frozenset({(label, 0, 0)} if label else ()))


def _page(detector: PatternDetector, measured: list[Quality]) -> Iterator[str]:
    yield f"## {detector.name}"
    yield escape(_line(_ABOUT[detector.name]))
    head = ("Label", "What it is", "Precision", "Recall", "F1")
    for digest in dict.fromkeys(quality.sha256 for quality in measured):
        known = {quality.label: quality for quality in measured if quality.sha256 == digest}
        yield f"{escape(next(iter(known.values())).data)}, SHA-256 `{digest}`:"
        yield table(head, [_row(quality, detector.labels[label]) for label, quality in known.items()])
    missing = sorted(set(detector.labels) - {quality.label for quality in measured})
    if missing:
        yield "Not measured: " + ", ".join(f"`{label}` ({escape(detector.labels[label])})" for label in missing) + "."


def _row(quality: Quality, title: str) -> tuple[str, ...]:
    found, there = quality.hits + quality.false_alarms, quality.hits + quality.misses
    shares = (_share(quality.hits, found), _share(quality.hits, there))
    return (f"`{quality.label}`", escape(title), *shares, f"{f1(quality):.3f}")


def f1(quality: Quality) -> float:
    """Return the harmonic mean of precision and recall."""
    return 2 * quality.hits / (2 * quality.hits + quality.false_alarms + quality.misses)


def _share(part: int, whole: int) -> str:
    if not whole:
        return "-"
    low, high = wilson(part, whole)
    return f"{part / whole:.3f} ({low:.3f} to {high:.3f}), {part} of {whole}"


def _line(text: str) -> str:
    return " ".join(text.split())


if __name__ == "__main__":
    main()
