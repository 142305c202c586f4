"""Action 2, incidents: what was reported is documented, and reduced together with others."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from accord.checks.definition import Practice, check
from accord.checks.reading import beside, documented, nothing
from accord.evidence import Entry, Records, Status
from accord.incidents import Incident, misfits, missing, register
from accord.manifest import System

DECLARED = "It is declared; nothing measured it."
_NONE = "No incident is recorded. That does not say that there was none."
_WITHIN = frozenset({"staff", "monitoring"})


@check("a02.incident-records", clauses=["2.4"])
def incident_records(system: System, records: Records) -> Practice:
    """Incidents that are reported are documented, and there is a policy that says how.

    Partial when incidents are recorded: that all of them are nobody can show. A mandatory criterion of the OECD's
    common framework of which nothing is known, or which is withheld, is a gap; so is an incident that nobody looked at.
    """
    policy = documented(system, records, "incident-policy", "a policy on incidents")
    held = originals(records)
    left = [misfit.text for misfit in misfits(records)]
    if not held:
        return beside(nothing(_NONE, *left), policy)
    outside = sum(1 for one in held if one.signal.source not in {None, *_WITHIN})
    near = sum(1 for one in held if one.facts.category == "near-miss")
    summary = (
        f"{len(held)} incidents are recorded, {outside} of them openly as reported from outside, {near} as near misses;"
        f" {sum(one.is_open for one in held)} are not dealt with yet."
    )
    gaps = [*_undescribed(held), *_unseen(held), *left, DECLARED]
    return beside(Practice(Status.PARTIAL, summary, _ends(held), gaps), policy)


def originals(records: Records) -> tuple[Incident, ...]:
    """Return the incidents that are no duplicates of others."""
    return tuple(one for one in register(records) if not one.original)


def _ends(held: Iterable[Incident]) -> list[Entry[Any]]:
    """Return the first and the newest event of each: what lies between is in its timeline."""
    return [event for one in held for event in (one.events[0], one.events[-1])]


def _undescribed(held: Sequence[Incident]) -> Iterator[str]:
    lacking = [(one, missing(one)) for one in held if one.state != "dismissed"]
    for one, criteria in lacking:
        if criteria:
            titles = ", ".join(f"{c.title} ({c.number})" for c in criteria)
            yield f"Of the incident {one.id} nothing is said, or it is withheld, about: {titles}."


def _unseen(held: Sequence[Incident]) -> Iterator[str]:
    if waiting := [one.id for one in held if one.state == "signalled"]:
        yield f"Nobody has triaged yet: {', '.join(waiting)}."


@check("a02.joint-mitigation", clauses=["2.5"])
def joint_mitigation(_system: System, records: Records) -> Practice:
    """What was found is reduced together with other stakeholders.

    Partial when confirmed incidents and vulnerabilities name the organisations with which they are worked on, or a
    reporter was rewarded. One that names nobody is a gap.
    """
    confirmed = [one for one in originals(records) if one.was_confirmed]
    shared = [one for one in confirmed if one.linked("partners") or one.rewards]
    gaps = [f"The incident {one.id} names nobody with whom it is worked on." for one in confirmed if one not in shared]
    if not shared:
        return nothing("No confirmed incident is openly worked on with anybody else.", *gaps)
    partners = {partner for one in shared for partner in one.linked("partners")}
    rewards = sum(len(one.rewards) for one in shared)
    summary = (
        f"{len(shared)} of {len(confirmed)} confirmed incidents are worked on with others: {len(partners)} partners, "
        f"{rewards} reporters rewarded or credited."
    )
    entries = [e for one in shared for e in one.events if e.record.partners or e.record.event == "reward"]
    return Practice(Status.PARTIAL, summary, [*_ends(shared), *entries], [*gaps, DECLARED])
