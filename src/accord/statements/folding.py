"""What the organisation states now, folded from signed statements."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from accord.evidence import ClosedRecord, Entry, InspectionRecord, Origin, Records, StatementRecord, is_current
from accord.evidence.statements import AHEAD

STALE_DAYS = 365
"""A statement that nobody checked for longer has a gap; the Code only says "regularly"."""
LINKS = "links"
"""The topic of a look at a statement's links."""
_EVIDENCE = frozenset({"documents", "links", "records"})


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


def looked(statement: Statement, records: Records) -> Entry[InspectionRecord] | None:
    """Return the newest current look at the links of a statement, where it was made since it was last stated."""
    made = [e for e in records.of(InspectionRecord) if (e.record.topic, e.record.name) == (LINKS, statement.record.id)]
    newest = made[-1] if made else None
    since = statement.entry.ref.index
    return newest if newest and newest.ref.index > since and is_current(newest.record, records.at) else None


def dead_links(statement: Statement, records: Records) -> Iterator[str]:
    """Yield that links of a statement did not answer, where somebody looked."""
    seen = looked(statement, records)
    failing = sum(o.fails for o in seen.record.observations) if seen else 0
    if seen and failing:
        yield (
            f"{_name(statement)}: {failing} of {sum(o.n for o in seen.record.observations)} links did not answer on "
            f"{seen.record.made:%Y-%m-%d}, record {seen.ref.index}."
        )


def overdue(statement: Statement, today: date) -> Iterator[str]:
    """Yield what somebody was to have done about a statement by a day: look again, review it, keep a promise."""
    record, name = statement.record, _name(statement)
    if record.checked and record.checked < today - timedelta(days=STALE_DAYS):
        yield f"{name} was last checked on {record.checked}, over {STALE_DAYS} days ago."
    if record.review and record.review < today:
        yield f"{name} was to be reviewed by {record.review}: its review is overdue."
    if record.due and record.due < today and record.claim in AHEAD:
        yield f"{name} was promised for {record.due}, and nothing says that it was done."


def gaps(statement: Statement, today: date) -> Iterator[str]:
    """Yield what is missing of a statement, as it stands on a day; of what is withheld from the reader, nothing."""
    record, name = statement.record, _name(statement)
    yield from overdue(statement, today)
    shown = record.documents or record.links or record.records
    if not shown and not _EVIDENCE & set(statement.entry.withheld):
        yield f"{name} names no evidence."
    if record.topic == "policy" and not record.disclosed and "disclosed" not in statement.entry.withheld:
        yield f"{name} names no place where it is disclosed."
    if record.claim == "declared-authority":
        yield f"{name} says what may be done; nothing says that it was."
    if record.confidentiality != "public":
        yield f"{name} is {record.confidentiality}: the public cannot read it."


def _name(statement: Statement) -> str:
    record = statement.record
    return f"“{record.title}”" if record.title else f"The statement {record.id}"
