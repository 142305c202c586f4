"""What the organisation states now, for everybody to read."""

from datetime import date

from accord.evidence import Model, Records
from accord.evidence.statements import Claim
from accord.statements import gaps, stated


class StatementReport(Model):
    """A public statement that stands, as a record (`index`) makes it, and what is missing of it."""

    index: int
    id: str
    claim: Claim
    clauses: tuple[str, ...]
    title: str
    text: str
    since: date | None
    checked: date | None
    due: date | None
    condition: str
    owner: str
    gaps: tuple[str, ...]


def make_statements(records: Records) -> tuple[StatementReport, ...]:
    """Return the statements that everybody may read, in the order in which they were first made."""
    return tuple(
        StatementReport(
            index=statement.entry.ref.index,
            id=record.id,
            claim=record.claim or "current-practice",
            clauses=record.clauses or (),
            title=record.title or "",
            text=record.text,
            since=record.since,
            checked=record.checked,
            due=record.due,
            condition=record.condition or "",
            owner=record.owner or "",
            gaps=tuple(gaps(statement, records.at.date())),
        )
        for statement in stated(records)
        if (record := statement.record).confidentiality == "public" and record.text
    )
