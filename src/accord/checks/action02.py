"""Action 2: find vulnerabilities, incidents and patterns of misuse after deployment."""

from datetime import timedelta

from accord.checks.definition import Practice, check
from accord.checks.reading import beside, declared, nothing
from accord.checks.scans import scan_gaps, scanned
from accord.checks.watching import unanswered, watched
from accord.evidence import AlertRecord, Records, Status
from accord.manifest import System


@check("a02.outside-reports", clauses=["2.3"])
def outside_reports(system: System, records: Records) -> Practice:
    """Third parties and users can report what they find, vulnerabilities and misuse above all."""
    kinds = {c.kind for c in system.channels}
    if not kinds:
        return nothing("accord.toml declares no channel for reports from outside.")
    gaps = [f"There is no channel for reports of {kind}." for kind in ("vulnerability", "misuse") if kind not in kinds]
    return declared(records, f"Reports from outside are received on: {', '.join(sorted(kinds))}.", gaps)


@check("a02.accessible-channels", clauses=["2.6"])
def accessible_channels(system: System, records: Records) -> Practice:
    """Reporting is open to a diverse set of stakeholders: the public too, and in the languages of the system."""
    if not system.channels:
        return nothing("accord.toml declares no channel for reports from outside.")
    audiences = {a for c in system.channels for a in c.audience}
    spoken = {language for c in system.channels for language in c.languages}
    gaps = [] if "public" in audiences else ["No channel is open to the public."]
    silent = [language for language in system.system.languages if language not in spoken]
    gaps += [f"The system is offered in {language}, but no channel takes reports in it." for language in silent]
    return declared(records, f"Channels are open to: {', '.join(sorted(audiences))}.", gaps)


@check("a02.monitoring", clauses=["2.1"])
def monitoring(system: System, records: Records) -> Practice:
    """What people and the system say in production is looked at for vulnerabilities, incidents and misuse.

    Partial where traffic that accord.toml names was scanned, and the newest scan of it is current, or where it is
    watched window by window: detectors miss, and what they find somebody has to act on. Precision and recall that
    nobody measured are a gap, as are rows that could not be read, traffic that was not scanned, windows that end long
    ago or in which nothing was said, and sequential tests that do not know yet what is usual.
    """
    watching = watched(records)
    if watching.entries and not system.traffic:
        return watching
    return beside(_scanned(system, records), watching)


def _scanned(system: System, records: Records) -> Practice:
    named = [traffic.id for traffic in system.traffic]
    scans = {name: found for name in named if (found := scanned(records, "traffic", name))}
    absent = [f"The traffic {name} was not scanned, or its scan has expired." for name in named if name not in scans]
    if not scans:
        return nothing(*(absent or ["accord.toml names no traffic to look at: [[traffic]]."]))
    gaps = [gap for name, entry in scans.items() for gap in scan_gaps(name, entry.record)]
    texts = sum(entry.record.texts for entry in scans.values())
    names = sorted({d.name for entry in scans.values() for d in entry.record.detectors})
    summary = f"{texts:,} texts of production traffic were looked at by {', '.join(names)}."
    last = "A scan shows what was said; what was done about it, it does not."
    return Practice(Status.PARTIAL, summary, list(scans.values()), [*gaps, *absent, last])


@check("a02.action", clauses=["2.2"])
def action(system: System, records: Records) -> Practice:
    """What monitoring finds is acted on, in an appropriate manner: each alert leads to a record of what was done.

    Partial where some alert is named by an incident or a decision: what was done is somebody's word. An alert that no
    record names within the days of [monitor.watch] act (7 where it says nothing) is a gap.
    """
    alerts = records.of(AlertRecord)
    if not alerts:
        return nothing("No alert is on record, so nothing shows what is done about one.")
    days = system.monitor.watch.act if system.monitor and system.monitor.watch else _ACT
    waiting = unanswered(records)
    late = [e for e in waiting if records.at - e.record.made > timedelta(days=days)]
    gaps = [
        f"Alert {e.ref.index} of {e.record.made:%Y-%m-%d} ({e.record.topic}) led to no incident or decision "
        f"within {days} days."
        for e in late
    ]
    answered = [e for e in alerts if e not in waiting]
    if not answered:
        return nothing(f"None of {len(alerts)} alerts is named by a record of what was done.", *gaps)
    told = f"{len(answered)} are named by a record of what was done, {len(late)} are overdue"
    return Practice(Status.PARTIAL, f"Of {len(alerts)} alerts {told}.", answered, gaps)


_ACT = 7  # days, where accord.toml says nothing
