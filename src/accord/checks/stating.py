"""What the organisation states about a clause, beside what a check found of it."""

from collections.abc import Sequence

from accord.checks.practice import Practice
from accord.evidence import Basis, Records, Status
from accord.statements import Statement, about, gaps, stated

_DECLARED = "It is stated; nothing measured it."


def add_statements(found: Practice, clauses: Sequence[str], records: Records) -> Practice:
    """Return a practice with what is stated about its clauses, in a sentence of its own.

    A statement adds nothing to what was measured: the finding would rest on the weaker of the two. What is promised or
    planned is no practice, and stands among the gaps.
    """
    if any(entry.record.basis == Basis.MEASURED for entry in found.entries):
        return found
    held = about(stated(records), clauses)
    done = [s for s in held if s.shows_practice]
    ahead = [f"{_name(s)} is {_ahead(s)}, and shows nothing that is done." for s in held if not s.shows_practice]
    if not done:
        return Practice(found.status, found.summary, found.entries, [*found.gaps, *ahead])
    missing = [gap for s in done for gap in gaps(s, records.at.date())]
    said = f"Stated: {', '.join(map(_name, done))}."
    return Practice(
        Status.PARTIAL if found.status == Status.NO_EVIDENCE else found.status,
        said if found.status == Status.NO_EVIDENCE else f"{found.summary} {said}",
        [*found.entries, *(s.entry for s in done)],
        list(dict.fromkeys([*found.gaps, *missing, *ahead, _DECLARED])),
    )


def _name(statement: Statement) -> str:
    record = statement.record
    title = f"“{record.title}”" if record.title else f"statement {record.id}, which is withheld"
    return f"{title} ({record.claim})" if statement.shows_practice else title


def _ahead(statement: Statement) -> str:
    record = statement.record
    claim = (record.claim or "").replace("-", " ")
    return f"a {claim} for {record.due}" if record.due else f"a {claim}"
