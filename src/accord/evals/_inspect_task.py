"""The second file of the one door to Inspect: tasks that others wrote, and logs that Inspect wrote elsewhere."""

import json
import shutil
import warnings
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from inspect_ai import Task
from inspect_ai._eval.loader import load_tasks
from inspect_ai.dataset import MemoryDataset
from inspect_ai.dataset import Sample as Row
from inspect_ai.log import EvalLog, EvalSampleSummary, read_eval_log, read_eval_log_sample_summaries
from inspect_ai.model import ChatMessage
from inspect_ai.scorer import Score

from accord.errors import EvaluationError
from accord.evals._inspect import Place, Run, Settings, evaluate
from accord.evals.text import shown
from accord.ledger import digest

UNPACKED = 2 * 2**30
"""Bytes that a log may have once it is unpacked."""
UNPACKED_PART = 256 * 2**20
"""Bytes of one part of a log, such as a sample."""

_LETTERS = {"C": 1.0, "P": 0.5, "I": 0.0, "N": 0.0}
"""What Inspect's own scorers write for right, partly right, wrong, and no answer."""


@dataclass(frozen=True)
class Loaded:
    """A task that is ready to run, its items by name in the task's order, and the digest of all of them."""

    task: Task
    rows: Mapping[str, Row]
    sha256: str


@dataclass(frozen=True)
class Marked:
    """One sample of a log with what each scorer gave it: a share, or None where it gave none that can be counted."""

    item: str
    epoch: int
    answered: bool
    scores: Mapping[str, float | None]


@dataclass(frozen=True)
class Header:
    """What a log says of itself. `figures` are its own metrics with their standard error, by scorer and metric."""

    version: str
    model: str
    created: datetime
    finished: bool
    samples: int
    figures: Mapping[tuple[str, str], tuple[float, float | None]]


def load(spec: str) -> Loaded:
    """Load one task by its registered name, or as `file.py@task`; raise EvaluationError with what is missing.

    It runs the task's own code, which may do whatever the user may.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tasks = load_tasks([spec])
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a stranger's program: it may raise anything, and even exit
        raise EvaluationError(
            "The task cannot be loaded.",
            where=shown(spec),
            found=shown(f"{type(error).__name__}: {error}"),
            fix="install or download what it needs, as its package describes",
        ) from error
    if len(tasks) != 1 or not isinstance(tasks[0], Task):
        raise EvaluationError(
            "This names no single task.",
            where=shown(spec),
            expected="package/task, or file.py@task",
            found=f"{len(tasks)} tasks",
        )
    rows = _name_rows(tasks[0], spec)
    _require_sandbox(tasks[0], spec)
    return Loaded(tasks[0], rows, _digest_rows(rows))


def _name_rows(task: Task, spec: str) -> dict[str, Row]:
    rows = dict[str, Row]()
    for number, row in enumerate(task.dataset, 1):
        named = row if row.id is not None else row.model_copy(update={"id": number})
        name = quote(str(named.id), safe="")
        if name in rows:
            raise EvaluationError("Two items of the task have one id.", where=shown(spec), found=shown(name))
        rows[name] = named
    if not rows:
        raise EvaluationError("The task has no items.", where=shown(spec))
    return rows


def _digest_rows(rows: Mapping[str, Row]) -> str:
    """Digest ids, inputs, choices and targets in the order of the ids: some tasks shuffle when they load."""
    told = [(name, _plain(row.input), row.choices, row.target) for name, row in sorted(rows.items())]
    # ASCII: an item may hold text that is no Unicode, to see what a model makes of it.
    return digest(json.dumps(told).encode())


def _plain(asked: str | list[ChatMessage]) -> object:
    # A message's own id is drawn anew each time.
    return asked if isinstance(asked, str) else [m.model_dump(mode="json", exclude={"id"}) for m in asked]


def _require_sandbox(task: Task, spec: str) -> None:
    kinds = {s.type for s in (task.sandbox, *(row.sandbox for row in task.dataset)) if s is not None}
    if "docker" in kinds and shutil.which("docker") is None:
        raise EvaluationError(
            "The task needs Docker, which is not here.",
            where=shown(spec),
            expected="the command docker, and a running daemon",
            fix="run it on a machine with Docker, and import the log: accord evaluate import",
        )


def run(
    loaded: Loaded, names: tuple[str, ...], place: Place, settings: Settings, folder: Path, about: dict[str, str], *,
    repeats: int,
) -> Run:  # fmt: skip
    """Ask the model the items that are named, each so many times, in Inspect's own way; return its log."""
    task = loaded.task
    task.dataset = MemoryDataset([loaded.rows[name] for name in names], name=task.dataset.name)
    return evaluate(task, place, settings, folder, about, repeats=repeats)


def read_marks(path: Path) -> Iterator[Marked]:
    """Yield every sample of a log with what its scorers gave it, without any text; raise EvaluationError."""
    for sample in _guard(path, lambda: read_eval_log_sample_summaries(str(path), format="eval")):
        yield _mark(sample)


def _mark(sample: EvalSampleSummary) -> Marked:
    scores = {name: share for scorer, score in (sample.scores or {}).items() for name, share in _shares(scorer, score)}
    return Marked(quote(str(sample.id), safe=""), sample.epoch, sample.error is None, scores)


def _shares(scorer: str, score: Score) -> Iterator[tuple[str, float | None]]:
    """Yield what one scorer gave: several where it names several values."""
    if isinstance(score.value, Mapping):
        yield from ((f"{scorer}/{name}", _share(value)) for name, value in score.value.items())
    else:
        yield scorer, _share(score.value)


def _share(value: object) -> float | None:
    """Return a score as a share; None where it is no share, which is not guessed at."""
    if isinstance(value, str):
        return _LETTERS.get(value)
    return float(value) if isinstance(value, int | float) and 0 <= value <= 1 else None


def read_header(path: Path) -> Header:
    """Return what a log says of itself; raise EvaluationError where it is none, or would fill the memory."""
    _bound(path)
    log: EvalLog = _guard(path, lambda: read_eval_log(str(path), header_only=True, format="eval"))
    results = log.results
    return Header(
        version=log.eval.packages.get("inspect_ai", ""),
        model=log.eval.model,
        created=_moment(log.eval.created),
        finished=log.status == "success",
        samples=results.total_samples if results else 0,
        figures=dict(_figures(log)),
    )


def _figures(log: EvalLog) -> Iterator[tuple[tuple[str, str], tuple[float, float | None]]]:
    for score in log.results.scores if log.results else ():
        error = score.metrics.get("stderr")
        for name, metric in score.metrics.items():
            if name != "stderr":
                yield (score.name, name), (metric.value, error.value if error else None)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _bound(path: Path) -> None:
    """Raise EvaluationError where a log is no archive, or says that it unpacks to more than is read."""
    try:
        with zipfile.ZipFile(path) as archive:
            sizes = [part.file_size for part in archive.infolist()]
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise _no_log(path, error) from error
    if sum(sizes) > UNPACKED or max(sizes, default=0) > UNPACKED_PART:
        raise EvaluationError(
            "The log is too large to be read.",
            where=str(path),
            expected=f"at most {UNPACKED} bytes unpacked, and {UNPACKED_PART} in one part",
        )


def _guard(path: Path, read: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever is read
    try:
        return read()
    except Exception as error:  # a stranger's file: Inspect's readers promise no kind of error
        raise _no_log(path, error) from error


def _no_log(path: Path, error: Exception) -> EvaluationError:
    return EvaluationError(
        "This is no log of Inspect.",
        where=str(path),
        expected="an .eval file",
        found=shown(f"{type(error).__name__}: {error}"),
    )
