"""What the organisation states about a clause, beside what a check found of it."""

from collections.abc import Iterator, Sequence

from accord.checks.practice import Practice
from accord.evidence import Basis, Records, StatementRecord, Status
from accord.statements import Statement, about, dead_links, gaps, overdue, stated

_DECLARED = "It is stated; nothing measured it."


def add_statements(found: Practice, clauses: Sequence[str], records: Records) -> Practice:
    """Return a practice with what is stated about its clauses, in a sentence of its own.

    A statement adds nothing to what was measured, but for what is overdue of it: the finding would rest on the weaker
    of the two. What is promised or planned is no practice, and stands among the gaps.
    """
    today = records.at.date()
    held = about(stated(records), clauses)
    late = [gap for s in held for gap in overdue(s, today)]
    if any(entry.record.basis == Basis.MEASURED for entry in found.entries):
        return Practice(found.status, found.summary, found.entries, list(dict.fromkeys([*found.gaps, *late])))
    done = [s for s in held if s.shows_practice]
    ahead = [f"{_name(s)} is {_ahead(s)}, and shows nothing that is done." for s in held if not s.shows_practice]
    if not done:
        every = list(dict.fromkeys([*found.gaps, *ahead, *late]))
        return Practice(found.status, found.summary, found.entries, every)
    missing = [gap for s in done for gap in (*gaps(s, today), *dead_links(s, records))]
    said = f"Stated: {'; '.join(map(_tell, done))}."
    return Practice(
        Status.PARTIAL if found.status == Status.NO_EVIDENCE else found.status,
        said if found.status == Status.NO_EVIDENCE else f"{found.summary} {said}",
        [*found.entries, *(s.entry for s in done)],
        list(dict.fromkeys([*found.gaps, *missing, *ahead, *late, _DECLARED])),
    )


def _name(statement: Statement) -> str:
    record = statement.record
    return f"“{record.title}”" if record.title else f"statement {record.id}, which is withheld"


def _tell(statement: Statement) -> str:
    """Return a statement with its kind and the figures that its topic has."""
    return f"{_name(statement)} ({', '.join([str(statement.record.claim), *_figures(statement.record)])})"


def _figures(record: StatementRecord) -> Iterator[str]:
    """Yield what the topic of a statement tells in figures and names: money, goals, an outcome, a standard.

    Nothing of one that the public may not read, also where an older record left it open.
    """
    if record.confidentiality != "public":
        return
    if record.covers:
        yield f"covers {', '.join(record.covers)}"
    if record.amount is not None:
        yield f"{record.amount:,.15g} {record.currency or ''}".strip()
    if record.goals:
        yield f"SDG {', '.join(map(str, record.goals))}"
    if outcome := record.outcome:
        yield f"{outcome.value:,.15g} {outcome.unit}, by {outcome.method}"
    if record.deliverable:
        yield f"{record.deliverable} at {record.body}" if record.body else record.deliverable


def _ahead(statement: Statement) -> str:
    record = statement.record
    claim = (record.claim or "").replace("-", " ")
    return f"a {claim} for {record.due}" if record.due else f"a {claim}"
