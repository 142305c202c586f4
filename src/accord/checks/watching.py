"""What checks ask of the records of watching: how current the windows are, and which alerts nobody answered."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from accord.checks.definition import Practice
from accord.checks.reading import nothing
from accord.evidence import (
    AlertRecord,
    BaselineRecord,
    Entry,
    ErasureRecord,
    Model,
    Records,
    Ref,
    Status,
    WindowRecord,
    is_current,
)
from accord.evidence.watching import drifted

SILENCE = timedelta(days=2)
"""Windows that end longer ago than this are no watch that is kept."""

_NO_ACTION = (AlertRecord, ErasureRecord)


def watched(records: Records) -> Practice:
    """Return what windows show: that traffic is watched, for how long, and by how many tests."""
    entries = last_windows(records)
    if not entries:
        return nothing("No window of production traffic is on record: accord monitor watch counts and tests them.")
    summary = " ".join(_sentence(records, entry) for entry in entries)
    gaps = [gap for entry in entries for gap in watch_gaps(records, entry)]
    return Practice(Status.PARTIAL, summary, entries, [*gaps, "What no detector finds raises no alarm."])


def _sentence(records: Records, entry: Entry[WindowRecord]) -> str:
    own = [e.record for e in records.of(WindowRecord) if e.record.name == entry.record.name]
    windows = [window for record in own for window in record.windows]
    texts, alarms = sum(window.texts for window in windows), sum(len(record.alarms) for record in own)
    return (
        f"Watched: {entry.record.name}, {len(windows)} windows from {windows[0].start:%Y-%m-%d} to "
        f"{windows[-1].start:%Y-%m-%d} with {texts} texts; "
        f"{len(entry.record.states)} sequential tests, {alarms} alarms."
    )


def last_windows(records: Records) -> tuple[Entry[WindowRecord], ...]:
    """Return the newest record of windows of each thing that is watched, where it may still be relied on."""
    newest = {e.record.name: e for e in records.of(WindowRecord)}
    return tuple(e for e in newest.values() if is_current(e.record, records.at))


def watch_gaps(records: Records, entry: Entry[WindowRecord]) -> Iterator[str]:
    """Yield what is missing of the watch whose newest record this is."""
    record = entry.record
    end = record.end + timedelta(hours=record.period)
    if records.at - end > SILENCE:
        yield f"{record.name} was last watched until {end:%Y-%m-%d %H:%M} UTC."
    silent = _silence(records, record.name)
    if silent:
        yield f"In {silent} of the last windows of {record.name} nothing was said, or nothing was received."
    if record.baseline is None:
        yield f"What is usual in {record.name} is still being learned, so nothing is tested yet."
        return
    baseline = next((e for e in records.of(BaselineRecord) if e.ref == record.baseline), None)
    if baseline and not is_current(baseline.record, records.at):
        yield f"What is usual in {record.name} was learned on {baseline.record.made:%Y-%m-%d}: learn it anew."
    own = [w for e in records.of(WindowRecord) if e.record.name == record.name for w in e.record.windows]
    if baseline and (moved := drifted(baseline.record, own)):
        yield f"What is usual in {record.name} has drifted: {', '.join(now.series for _, now in moved)}. Learn it anew."
    if unseen := sum(record.left_out.values()):
        yield f"{unseen} texts or files of {record.name} are in no window."


def _silence(records: Records, name: str) -> int:
    own = [e.record for e in records.of(WindowRecord) if e.record.name == name]
    last = own[-1].end
    recent = [w for record in own for w in record.windows if last - w.start < timedelta(days=7)]
    return sum(1 for window in recent if not window.texts)


def unanswered(records: Records) -> tuple[Entry[AlertRecord], ...]:
    """Return the alerts that no record of what was done names: no incident, no decision."""
    named = {ref for entry in records if not isinstance(entry.record, _NO_ACTION) for ref in _refs(entry.record)}
    return tuple(entry for entry in records.of(AlertRecord) if entry.ref not in named)


def _refs(value: Any) -> Iterator[Ref]:  # noqa: ANN401 - whatever a record holds
    if isinstance(value, Ref):
        yield value
    elif isinstance(value, tuple | list):
        for held in value:
            yield from _refs(held)
    elif isinstance(value, Model):
        for _, held in value:
            yield from _refs(held)
