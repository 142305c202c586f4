"""Action 4: share information and report incidents responsibly."""

from collections.abc import Iterator, Sequence

from accord.checks.action02_incidents import DECLARED, originals
from accord.checks.definition import Practice, check
from accord.checks.reading import beside, documented, nothing
from accord.evidence import Records, Status
from accord.incidents import Event, Incident, clocks, rules
from accord.manifest import System


@check("a04.information-sharing", clauses=["4.1"])
def information_sharing(system: System, records: Records) -> Practice:
    """Evaluation reports, risks, dangerous capabilities and attempts to circumvent safeguards are shared.

    A document says what is shared with whom; records show which incidents the public and authorities were told of.
    """
    said = documented(system, records, "information-sharing", "an account of what is shared with whom")
    told = [e for one in originals(records) for e in (*one.notices, *one.notifications)]
    if not told:
        return said
    summary = f"{len(told)} times the public or an authority was told of an incident."
    return beside(Practice(Status.PARTIAL, summary, told, [] if said.entries else [DECLARED]), said)


@check("a04.shared-mechanisms", clauses=["4.2"])
def shared_mechanisms(_system: System, records: Records) -> Practice:
    """Mechanisms that are shared with others are joined: incidents are known in databases that everybody reads.

    Partial when incidents have ids elsewhere, such as of AIID, AVID or CVE. That they are used well nobody can show.
    """
    shared = [one for one in originals(records) if one.linked("identifiers")]
    if not shared:
        return nothing("No incident openly has an id in a database that is shared.")
    catalogues = sorted({name.partition(":")[0] for one in shared for name in one.linked("identifiers")})
    entries = [e for one in shared for e in one.events if e.record.identifiers]
    summary = f"{len(shared)} incidents are known elsewhere: {', '.join(catalogues)}."
    return Practice(Status.PARTIAL, summary, entries, [DECLARED])


@check("a04.public-notices", clauses=["4.4"])
def public_notices(_system: System, records: Records) -> Practice:
    """The public is told of incidents.

    Partial when notices were published. One that was confirmed and of which the public was not told is a gap.
    """
    held = originals(records)
    confirmed, notices = [one for one in held if one.was_confirmed], [e for one in held for e in one.notices]
    gaps = [f"The public was not told of the incident {one.id}." for one in confirmed if not one.notices]
    if not notices:
        return nothing("No notice of an incident is recorded.", *gaps)
    told = sum(1 for one in confirmed if one.notices)
    summary = f"The public was told of {told} of {len(confirmed)} confirmed incidents, in {len(notices)} notices."
    return Practice(Status.PARTIAL, summary, notices, [*gaps, DECLARED])


@check("a04.authority-notices", clauses=["4.5"])
def authority_notices(system: System, records: Records) -> Practice:
    """Authorities are told of incidents, in the time that law and policy set.

    Partial when authorities were told. A deadline that was missed is a gap and no contradiction: whether a law applies
    is not ours to say, and accord.toml names those whose deadlines run.
    """
    held = originals(records)
    told = [event for one in held for event in one.notifications]
    gaps = list(_missed(system, held))
    if not told:
        return nothing("No report of an incident to an authority is recorded.", *gaps)
    reported = sum(1 for one in held if one.notifications)
    summary = f"Authorities were told {len(told)} times, of {reported} incidents."
    return Practice(Status.PARTIAL, summary, told, [*gaps, DECLARED])


def _missed(system: System, held: Sequence[Incident]) -> Iterator[str]:
    asked = rules(system.incidents.regimes, system.incident_clocks)
    for one in held:
        for clock in clocks(one, asked):
            if clock.is_late and clock.due and clock.rule.ends.startswith("notify"):
                how = "was met late" if clock.done else "has passed"
                yield f"A deadline of the incident {one.id} {how}, {clock.due:%Y-%m-%d}: {clock.rule.title}."


@check("a04.protected-reporting", clauses=["4.6"])
def protected_reporting(_system: System, records: Records) -> Practice:
    """What is reported and published protects intellectual property and what else must not be public.

    Partial when incidents carry a marking of the Traffic Light Protocol, above which their text is withheld. Whether a
    notice gives something away nobody can tell by program.
    """
    held = originals(records)
    marked = [event for one in held if (event := _marking(one))]
    if not marked:
        return nothing("No incident carries a marking that says who may see it.")
    closed = sum(1 for event in marked if event.withheld)
    gaps = [f"The incident {one.id} carries no marking." for one in held if _marking(one) is None]
    summary = f"{len(marked)} of {len(held)} incidents are marked; of {closed} the text is withheld."
    return Practice(Status.PARTIAL, summary, marked, [*gaps, DECLARED])


def _marking(incident: Incident) -> Event | None:
    return next((event for event in reversed(incident.events) if event.record.tlp), None)
