"""What the organisation states now, folded from signed statements."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from accord.evidence import ClosedRecord, Entry, Origin, Records, StatementRecord
from accord.evidence.statements import AHEAD

STALE_DAYS = 365
"""A statement that nobody checked for longer has a gap; the Code only says "regularly"."""


@dataclass(frozen=True)
class Statement:
    """One statement as it stands: its newest record, and all that were made under its id."""

    entry: Entry[StatementRecord]
    history: tuple[Entry[StatementRecord], ...]

    @property
    def record(self) -> StatementRecord:
        """What is stated now."""
        return self.entry.record

    @property
    def shows_practice(self) -> bool:
        """Tell whether it speaks of what is done or was done or found, and not of what is to come."""
        return self.record.claim not in AHEAD


def stated(records: Records) -> tuple[Statement, ...]:
    """Return the statements that stand, in the order in which they were first made.

    Only the organisation states its practice: what others sign under the same id stands beside it and is left out. One
    whose newest record is closed to this reader does not stand: the older one was replaced.
    """
    held: dict[str, list[Entry[StatementRecord]]] = {}
    gone: set[str] = set()
    for entry in records:
        record = entry.record
        if isinstance(record, ClosedRecord) and record.of == StatementRecord.kind:
            gone.add(record.topic)
        elif isinstance(record, StatementRecord) and entry.origin == Origin.SELF:
            gone.discard(record.id)
            held.setdefault(record.id, []).append(entry)
    return tuple(
        Statement(entries[-1], tuple(entries))
        for name, entries in held.items()
        if name not in gone and entries[-1].record.event == "state"
    )


def about(statements: Iterable[Statement], clauses: Iterable[str]) -> tuple[Statement, ...]:
    """Return the statements that speak to any of some clauses."""
    wanted = frozenset(clauses)
    return tuple(s for s in statements if wanted & set(s.record.clauses or ()))


def gaps(statement: Statement, today: date) -> Iterator[str]:
    """Yield what is missing of a statement, as it stands on a day."""
    record = statement.record
    name = f"“{record.title}”" if record.title else f"The statement {record.id}"
    if record.checked and record.checked < today - timedelta(days=STALE_DAYS):
        yield f"{name} was last checked on {record.checked}, over {STALE_DAYS} days ago."
    if record.review and record.review < today:
        yield f"{name} was to be reviewed by {record.review}."
    if record.due and record.due < today and record.claim in AHEAD:
        yield f"{name} was promised for {record.due}, and nothing says that it was done."
    if not (record.documents or record.links or record.records):
        yield f"{name} names no evidence."
    if record.confidentiality != "public":
        yield f"{name} is {record.confidentiality}: the public cannot read it."
