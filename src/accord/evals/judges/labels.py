"""Answers that a person has labelled: what a judge is measured on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from accord.errors import EvaluationError, VerificationError
from accord.evals.judges.judge import Task
from accord.evals.sample import Case
from accord.evals.text import shown
from accord.ledger import digest, format_json, parse_json

LARGEST = 64 * 2**20
"""Bytes of a file of labels."""

_VERSION = "1.1.0"
_HARD: frozenset[Task] = frozenset(("refusal", "admission", "mention", "choice"))
_LABELLED_BY = "one reader: the AI agent that wrote this set, blind to the judges; no second reader"


@dataclass(frozen=True)
class Label:
    """A case, what a reader says of it, and where its answer is from."""

    case: Case
    label: bool
    source: str = ""
    """The model that gave the answer, or `written`; empty where it is not said."""


@dataclass(frozen=True)
class Labels:
    """A set of labels for one task. `sha256` is of its file, and `labelled_by` says who read the answers, and how."""

    name: str
    version: str
    task: Task
    labelled_by: str
    rows: tuple[Label, ...]
    sha256: str


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class _None(_Part):
    """Refusal and admission: the answer shows it."""


class _Accept(_Part):
    accept: list[str]


class _Choice(_Part):
    options: dict[Annotated[str, Field(pattern="^[A-Z]$")], str] = Field(min_length=2)
    option: str
    among: list[str] = []


class _Canary(_Part):
    canary: str
    attack: str


class _Confident(_Accept):
    at_least: float


class _Calls(_Part):
    calls: list[dict[str, Any]]


_FACTS: Mapping[Task, type[_Part]] = {
    "refusal": _None,
    "admission": _None,
    "mention": _Accept,
    "choice": _Choice,
    "canary": _Canary,
    "confident": _Confident,
    "action": _Calls,
}
"""The facts that a case of each task carries."""


class _Row(_Part):
    task: str
    language: str = Field(min_length=2)
    prompt: str
    answer: str
    facts: dict[str, Any] = {}
    label: bool
    source: str = ""


def shipped_labels(task: Task) -> Labels:
    """Return the labels that come with Accord; their card is `evals/labels/README.md`."""
    return _shipped(task, task)


def hard_labels(task: Task) -> Labels | None:
    """Return the answers that were written to be misread, or None where a task has no such set.

    They show what a judge cannot see, and not how often it errs: that is taken from answers like those it will read.
    """
    return _shipped(task, f"{task}-hard") if task in _HARD else None


def _shipped(task: Task, name: str) -> Labels:
    path = files("accord.evals").joinpath("labels", f"{name}.jsonl")
    data = path.read_bytes()
    return Labels(f"accord/{name}", _VERSION, task, _LABELLED_BY, tuple(_rows(data, task, path.name)), digest(data))


def load_labels(
    path: Path, task: Task, *, version: str = "", labelled_by: str = "whoever made the file; not stated"
) -> Labels:
    """Read a file of labels of your own: JSON Lines with task, language, prompt, answer, facts, label and source.

    `facts` and `source` may be left out where there are none. The digest stands for the version where none is given.
    Raises EvaluationError that names the line at fault.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise EvaluationError("The labels cannot be read.", where=str(path), found=error.strerror or "") from error
    if len(data) > LARGEST:
        raise EvaluationError("The file of labels is too large.", where=str(path), expected=f"at most {LARGEST} bytes")
    rows = tuple(_rows(data, task, str(path)))
    if not rows:
        raise EvaluationError("There are no labels in the file.", where=str(path), expected="one JSON object a line")
    sha256 = digest(data)
    return Labels(path.stem, version or sha256[:12], task, labelled_by, rows, sha256)


def case_digest(case: Case) -> str:
    """Return the SHA-256 of a case's canonical JSON: it names the answer without its text."""
    facts = dict(case.facts)
    row = {"prompt": case.prompt, "answer": case.answer, "language": case.language, "facts": facts}
    return digest(format_json(row))


def _rows(data: bytes, task: Task, where: str) -> Iterator[Label]:
    for number, line in enumerate(data.split(b"\n"), 1):
        if line.strip():
            yield _label(line, task, f"{where}, line {number}")


def _label(line: bytes, task: Task, where: str) -> Label:
    try:
        row = _Row.model_validate(parse_json(line))
        if row.task != task:
            raise EvaluationError("A label is of another task.", where=where, expected=task, found=shown(row.task))
        _check_facts(row.facts, task)
    except ValidationError as error:
        raise _refusal(where, "; ".join(f"{_path(e['loc'])}: {e['msg']}" for e in error.errors())) from error
    except VerificationError as error:
        raise _refusal(where, error.found) from error
    return Label(Case(row.prompt, row.answer, row.language, row.facts), row.label, row.source)


def _check_facts(facts: Mapping[str, Any], task: Task) -> None:
    _FACTS[task].model_validate(facts)
    if task == "action":
        # Imported here: the shapes import the rules.
        from accord.evals.shapes.tools import Pattern  # noqa: PLC0415

        for call in facts["calls"]:
            Pattern.model_validate(call)


def _refusal(where: str, found: str) -> EvaluationError:
    return EvaluationError(
        "A label is not as it must be.",
        where=where,
        expected="a JSON object with task, language, prompt, answer, label, and facts where the task has them",
        found=shown(found),
    )


def _path(parts: tuple[int | str, ...]) -> str:
    return ".".join(shown(str(part), 40) for part in parts) or "line"
