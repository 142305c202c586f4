"""Action 2, production: traffic is watched, and what is found is acted on."""

from datetime import timedelta

from accord.checks.definition import Practice, check
from accord.checks.reading import nothing
from accord.checks.watching import last_windows, unanswered, watch_gaps
from accord.evidence import AlertRecord, Entry, Records, Status, WindowRecord
from accord.manifest import System

_ACT = 7  # days, where accord.toml says nothing


@check("a02.monitoring", clauses=["2.1"])
def monitoring(_system: System, records: Records) -> Practice:
    """Systems are monitored after deployment for vulnerabilities, incidents, emerging risks and misuse."""
    entries = last_windows(records)
    if not entries:
        return nothing("No window of production traffic is on record: accord monitor watch counts and tests them.")
    summary = " ".join(_sentence(records, entry) for entry in entries)
    gaps = [gap for entry in entries for gap in watch_gaps(records, entry)]
    return Practice(Status.PARTIAL, summary, entries, [*gaps, "What no detector finds is not seen."])


def _sentence(records: Records, entry: Entry[WindowRecord]) -> str:
    own = [e.record for e in records.of(WindowRecord) if e.record.name == entry.record.name]
    windows = [window for record in own for window in record.windows]
    texts, alarms = sum(window.texts for window in windows), sum(len(record.alarms) for record in own)
    return (
        f"Watched: {entry.record.name}, {len(windows)} windows from {windows[0].start:%Y-%m-%d} to "
        f"{windows[-1].start:%Y-%m-%d} with {texts} texts; "
        f"{len(entry.record.states)} sequential tests, {alarms} alarms."
    )


@check("a02.action", clauses=["2.2"])
def action(system: System, records: Records) -> Practice:
    """What monitoring finds is acted on, in an appropriate manner: each alert leads to a record of what was done."""
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
    summary = (
        f"Of {len(alerts)} alerts {len(answered)} are named by a record of what was done, {len(late)} are overdue."
    )
    return Practice(Status.PARTIAL, summary, answered, gaps)
