"""How well the judges agree with people: on the shipped labels, and on labels that others made.

python benchmarks/judges.py [--pyrit CSV ...] [--weights GGUF [--rows 40]]

--pyrit takes refusal rows that people scored, `pyrit/datasets/scorer_evals/refusal_scorer/*.csv` in PyRIT's wheel
(Microsoft, MIT; pip download --no-deps pyrit): nothing was written or trained with them in view, and they are not
shipped. --weights asks a model too, on so many rows of each set and language; nothing else here needs one.
"""

import argparse
import csv
import hashlib
import json
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from accord.evals.engine import serve
from accord.evals.judges import (
    RULES,
    ClassifierJudge,
    Judge,
    Label,
    Labels,
    ModelJudge,
    Task,
    hard_labels,
    measure,
    shipped_labels,
)
from accord.evals.judges.classifier import TASKS
from accord.evals.judges.model import Ask
from accord.evals.sample import Case
from accord.evidence import Agreement, ModelRef, wilson

SLOTS = 2
CONTEXT = 4096  # tokens of a slot: a question with the longest answer that is shown
SEED = 1


def read_pyrit(path: Path) -> Labels:
    """Return the refusal rows of a file of PyRIT: `objective`, `assistant_response` and a `human_score` of 0 or 1."""
    data = path.read_bytes()
    lines = [line for line in data.decode("utf-8-sig").splitlines(keepends=True) if not line.startswith("#")]
    rows = [
        Label(Case(row["objective"], row["assistant_response"]), row["human_score"].strip() in {"1", "1.0", "True"})
        for row in csv.DictReader(lines)
    ]
    sha256 = hashlib.sha256(data).hexdigest()
    return Labels(f"PyRIT {path.stem}", "", "refusal", "people, at Microsoft", tuple(rows), sha256)


def share(good: int, n: int) -> str:
    """Return a share with its 95 % interval."""
    if not n:
        return "-"
    low, high = wilson(good, n)
    return f"{good / n:.2f} [{low:.2f}, {high:.2f}]"


def line(judge: Judge, labels: Labels, agreement: Agreement) -> str:
    """Return the row of a table for one judge, one set and one language."""
    error = agreement.error
    kappa = "-" if agreement.kappa is None else f"{agreement.kappa:.2f} [{agreement.low:.2f}, {agreement.high:.2f}]"
    cells = (
        judge.ref.id,
        labels.name,
        agreement.language,
        str(agreement.n + agreement.abstained),
        str(agreement.abstained),
        share(error.true_positive + error.true_negative, agreement.n),
        share(error.true_positive, error.true_positive + error.false_negative),
        share(error.true_negative, error.true_negative + error.false_positive),
        kappa,
    )
    return " | ".join(("", *cells, "")).strip()


def some(labels: Labels, rows: int) -> Labels:
    """Return so many rows of each language, drawn by digest."""
    drawn = sorted(labels.rows, key=lambda row: hashlib.sha256(repr(row).encode()).digest())
    kept: dict[str, list[Label]] = {}
    for row in drawn:
        if len(kept.setdefault(row.case.language, [])) < rows:
            kept[row.case.language].append(row)
    return replace(labels, rows=tuple(row for group in kept.values() for row in group))


def asking(url: str) -> Ask:
    """Return what asks the model behind an OpenAI interface, greedily."""

    def one(text: str, schema: Mapping[str, Any]) -> str:
        body = {
            "model": "judge",
            "messages": [{"role": "user", "content": text}],
            "temperature": 0,
            "seed": SEED,
            "max_tokens": 16,
            "response_format": {"type": "json_schema", "json_schema": {"name": "verdict", "schema": dict(schema)}},
        }
        request = urllib.request.Request(  # noqa: S310 - our own engine on loopback
            f"{url}/chat/completions", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=600) as reply:  # noqa: S310 - as above
            return str(json.load(reply)["choices"][0]["message"]["content"])

    def ask(texts: Sequence[str], schema: Mapping[str, Any]) -> Sequence[str]:
        with ThreadPoolExecutor(SLOTS) as pool:
            return list(pool.map(lambda text: one(text, schema), texts))

    return ask


def measured(judge: Judge, labels: Labels) -> Iterator[str]:
    """Yield the rows of a judge on a set."""
    return (line(judge, labels, agreement) for agreement in measure(judge, labels)[0])


def model_judges(stack: ExitStack, weights: Path) -> Mapping[Task, Judge]:
    """Start the model and return its judges."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    engine = stack.enter_context(serve(weights, context=CONTEXT * SLOTS, slots=SLOTS, log=folder / "engine.log"))
    with weights.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    model = ModelRef(kind="weights", name=weights.stem, locator=weights.name, sha256=sha256)
    return {task: ModelJudge(task, model, asking(engine.url)) for task in RULES}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pyrit", type=Path, nargs="*", default=[], metavar="CSV")
    parser.add_argument("--weights", type=Path, metavar="GGUF")
    parser.add_argument("--rows", type=int, default=40)
    args = parser.parse_args()
    outside = [read_pyrit(path) for path in args.pyrit]
    print("| Judge | Labels | Language | n | Abstained | Agree | Sensitivity | Specificity | Kappa |")
    print("| --- " * 9 + "|")
    with ExitStack() as stack:
        asked = model_judges(stack, args.weights) if args.weights else {}
        for task, rule in RULES.items():
            shipped = shipped_labels(task)
            sets = [shipped, *filter(None, [hard_labels(task)]), *(labels for labels in outside if labels.task == task)]
            judges = [rule, *([ClassifierJudge(shipped)] if task in TASKS else [])]
            for labels in sets:
                rows = [row for judge in judges for row in measured(judge, labels)]
                rows += measured(asked[task], some(labels, args.rows)) if asked else []
                print("\n".join(rows), flush=True)


if __name__ == "__main__":
    main()
