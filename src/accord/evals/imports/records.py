"""From what was read to the record that is signed: by the organisation itself, or by whoever found it."""

from dataclasses import dataclass
from datetime import datetime

from accord.errors import EvaluationError
from accord.evals.imports.reading import UNSTATED, Result
from accord.evals.model_run import DAYS
from accord.evidence import ArtifactRef, ImportRecord, ModelRef, Tool, expiry
from accord.ledger import MAX_ENTRY, digest, format_json
from accord.manifest import Family

LARGEST_RECORD = MAX_ENTRY * 2 // 3
"""Bytes of a record that an entry of the log has room for: its envelope adds a third and a little."""


@dataclass(frozen=True)
class Filing:
    """What whoever files a result says of it, in their own words."""

    form: str
    title: str
    families: tuple[Family, ...] = ()
    scope: str = ""
    access: str = ""
    limits: str = ""


def make_statement(party: str, tested: datetime | None) -> Result:
    """Return the result that a party states in its own words, without figures that a program could read."""
    return Result(Tool(name=party, version=UNSTATED), UNSTATED, tested, ())


def make_record(
    result: Result, filing: Filing, model: ModelRef, sha256: str, made: datetime, file: ArtifactRef | None = None
) -> ImportRecord:
    """Return the record of a result, good for as long after the test as one of our own would be.

    Raises EvaluationError where that is past already, or where the source says that it was tested after `made`.
    """
    tested, expires = result.tested, _find_expiry(result, made)
    whole = {"record": ImportRecord.type_uri(), "format": filing.form, "file": sha256, "model": model.sha256}
    record = ImportRecord.model_validate(
        {
            "made": made,
            "expires": expires,
            "job": digest(format_json(whole)),
            "source": result.source,
            "format": filing.form,
            "title": filing.title,
            "model": model,
            "claimed": result.claimed,
            "tested": tested,
            "families": filing.families,
            "metrics": result.metrics,
            "sha256": sha256,
            "file": file,
            "scope": filing.scope,
            "access": filing.access,
            "limits": filing.limits,
        }
    )
    _require_room(record)
    return record


def _find_expiry(result: Result, made: datetime) -> datetime:
    tested = result.tested or made
    if tested > made:
        raise EvaluationError(
            "The result is dated ahead.", expected=f"at most {made:%Y-%m-%d}", found=f"{tested:%Y-%m-%d}"
        )
    if expiry(tested, DAYS) <= made:
        raise EvaluationError(
            "The result is too old to support anything.",
            expected=f"a test of the last {DAYS} days",
            found=f"{tested:%Y-%m-%d}",
            fix="test again",
        )
    return expiry(tested, DAYS)


def _require_room(record: ImportRecord) -> None:
    size = len(record.model_dump_json().encode())
    if size > LARGEST_RECORD:
        raise EvaluationError(
            "The result has too many figures for one record.",
            expected=f"at most {LARGEST_RECORD} bytes of figures and words",
            found=f"{len(record.metrics)} figures, {size} bytes",
            fix="run fewer tasks at a time, and record each run by itself",
        )
