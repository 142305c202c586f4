"""Every record in one line, so that a sentence of the report can lead to it."""

from collections.abc import Callable
from typing import Any

from accord.evidence import (
    AssessmentRecord,
    DocumentRecord,
    Entry,
    EvaluationRecord,
    Record,
    Records,
    ReportRecord,
    SystemRecord,
    UnknownRecord,
    is_current,
)
from accord.reports.models import Row


def make_rows(records: Records) -> tuple[Row, ...]:
    """Return one row for each record, oldest first; a row is `expired` as of `records.at`."""
    return tuple(_make_row(entry, expired=not is_current(entry.record, records.at)) for entry in records)


def _make_row(entry: Entry[Any], *, expired: bool) -> Row:
    record = entry.record
    return Row(
        index=entry.ref.index,
        leaf=entry.ref.leaf,
        kind=record.kind,
        basis=record.basis,
        origin=entry.origin,
        made=record.made,
        expires=record.expires,
        expired=expired,
        about=describe(record),
        subjects={subject.name: subject.sha256 for subject in record.subjects()},
    )


def describe(record: Record) -> str:
    """Return what a record is about, in one line of plain text; what it quotes is hostile."""
    return _DESCRIBE[type(record)](record)


def _system(record: SystemRecord) -> str:
    return f"Declaration of {record.name}, version {record.version}"


def _document(record: DocumentRecord) -> str:
    return f"Document {record.id}, {record.document.size:,} bytes"


def _evaluation(record: EvaluationRecord) -> str:
    done = f"{record.state}, {record.completed} of {record.planned} samples scored"
    return f"Suite {record.suite.id} {record.suite.version} on {record.model.name}: {done}"


def _assessment(record: AssessmentRecord) -> str:
    return f"Assessment of the {record.size} records before it, by {record.tool.name} {record.tool.version}"


def _report(record: ReportRecord) -> str:
    return f"Publication of the assessment in record {record.assessment.index}: {', '.join(sorted(record.files))}"


def _unknown(record: UnknownRecord) -> str:
    return f"A type that this version cannot read: {record.predicate_type}"


_DESCRIBE: dict[type[Record], Callable[[Any], str]] = {
    SystemRecord: _system,
    DocumentRecord: _document,
    EvaluationRecord: _evaluation,
    AssessmentRecord: _assessment,
    ReportRecord: _report,
    UnknownRecord: _unknown,
}
