"""What the readers of others' results share: bounds, plain values out of a stranger's JSON, and intervals."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import NormalDist
from typing import Any

from accord.errors import EvaluationError
from accord.evals.text import shown
from accord.evidence import LEVEL, ImportedMetric, Tool, wilson

LARGEST = 64 * 2**20
"""Bytes of a file that is read as a whole."""
MOST = 10_000
"""Figures of one result."""

UNSTATED = "not stated"
"""What stands where a source does not say its version or its model."""

WILSON = "Wilson's score interval, 95 %"
NORMAL = "normal interval of the source's standard error, 95 %"

_LONGEST = 200
_ROUNDED = 1e-6


@dataclass(frozen=True)
class Result:
    """What was read: the program that found it, the model that it names, when it was tested, and the figures.

    `left_out` names figures that the source lists without a number, because nothing was scored.
    """

    source: Tool
    claimed: str
    tested: datetime | None
    metrics: tuple[ImportedMetric, ...]
    left_out: tuple[str, ...] = ()


def read_json(path: Path) -> Mapping[str, Any]:
    """Return the object that a JSON file holds; NaN, which some sources write, is read as nothing."""
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise EvaluationError(
            "The result is too large to be read.", where=str(path), expected=f"at most {LARGEST} bytes"
        )
    return parse_object(data, str(path))


def parse_object(data: bytes, where: str) -> Mapping[str, Any]:
    """Return the object that JSON text holds; raise EvaluationError for anything else."""
    try:
        value = json.loads(data, parse_constant=lambda _: None)
    except (ValueError, RecursionError) as error:
        raise unknown(where, "a JSON object", str(error) or type(error).__name__) from error
    if not isinstance(value, dict):
        raise unknown(where, "a JSON object", type(value).__name__)
    return value


def unknown(where: str, expected: str, found: str) -> EvaluationError:
    """Return the error for a file that is not of the form that it was said to be."""
    return EvaluationError(
        "This is not a result of the form that was named.", where=where, expected=expected, found=shown(found)
    )


def unfinished(where: str, expected: str, found: str) -> EvaluationError:
    """Return the error for a run that did not finish: what it left out could be what went badly."""
    return EvaluationError(
        "The run that this comes from did not finish.",
        where=where,
        expected=expected,
        found=shown(found),
        fix="run it again",
    )


def member(value: Mapping[str, Any], name: str, kind: type | tuple[type, ...], where: str) -> Any:  # noqa: ANN401 - as named
    """Return a member of an object, of a kind; raise EvaluationError where it is not such."""
    found = value.get(name)
    if not isinstance(found, kind) or isinstance(found, bool):
        raise unknown(where, f"{name!r}, as this source writes it", shown(repr(found), 80))
    return found


def count(value: object) -> int | None:
    """Return a number of samples, or None where it is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 2**53 else None


def number(value: object) -> float | None:
    """Return a finite number, or None where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= 10**300:
        return None
    return float(value)


def name(*parts: object) -> str:
    """Return a source's own name of something, safe to show and of bounded length; UNSTATED where it is empty."""
    text = " ".join(str(part) for part in parts if isinstance(part, str | int | float) and str(part).strip())
    return shown(text, _LONGEST) or UNSTATED


def moment(value: object, *forms: str) -> datetime | None:
    """Return when something was tested; a source that names no zone is read as UTC, and anything else as nothing."""
    if isinstance(value, str):
        for form in (None, *forms):
            try:
                read = datetime.strptime(value, form) if form else datetime.fromisoformat(value)  # noqa: DTZ007 - set below
                return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
            except (ValueError, OverflowError):
                continue
    seconds = number(value)
    try:
        return datetime.fromtimestamp(seconds, UTC) if seconds is not None else None
    except (ValueError, OverflowError, OSError):
        return None


def share(id: str, title: str, passed: int, n: int) -> ImportedMetric:  # noqa: A002 - the record's own word
    """Return a share of `n` independent samples, with Wilson's interval."""
    low, high = wilson(passed, n)
    return ImportedMetric(
        id=id, title=title, value=passed / n, n=n, low=round(low, 6), high=round(high, 6), method=WILSON
    )


def figure(id: str, title: str, value: float, *, n: int | None = None, error: float | None = None) -> ImportedMetric:  # noqa: A002 - as above
    """Return a figure as its source gives it, with the interval of its own standard error where it gives one."""
    if error is None or error < 0:
        return ImportedMetric(id=id, title=title, value=value, n=n)
    reach = NormalDist().inv_cdf((1 + LEVEL) / 2) * error
    return ImportedMetric(
        id=id, title=title, value=value, n=n, low=round(value - reach, 6), high=round(value + reach, 6), method=NORMAL
    )


def whole(part: float, n: int) -> int | None:
    """Return how many of `n` a share is; None where it is not a whole number of them."""
    nearest = round(part * n)
    return nearest if 0 <= part <= 1 and abs(part * n - nearest) <= _ROUNDED * max(n, 1) else None


def bounded(metrics: Iterable[ImportedMetric], where: str) -> tuple[ImportedMetric, ...]:
    """Return the figures; raise EvaluationError where there are none, too many, or two of one name."""
    kept: list[ImportedMetric] = []
    for metric in metrics:
        kept.append(metric)
        if len(kept) > MOST:
            raise EvaluationError("The result has too many figures.", where=where, expected=f"at most {MOST}")
    if not kept:
        raise EvaluationError("The result holds no figure.", where=where, expected="at least one")
    if twice := [i for i, n in Counter(metric.id for metric in kept).items() if n > 1]:
        raise EvaluationError("Two figures of the result have one name.", where=where, found=twice[0])
    return tuple(kept)
