"""Watching computed again from the log alone: what is usual, every test after every window, and what alerts say."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import pairwise
from math import isclose
from typing import Any, TypeVar

from pydantic import TypeAdapter

from accord.evidence import (
    AlertRecord,
    BaselineRecord,
    ClosedRecord,
    Entry,
    Place,
    Record,
    Ref,
    Share,
    Usual,
    Window,
    WindowRecord,
)
from accord.evidence.watching import Tested, agrees, learn_usual, ordinary, run_tests, same_detectors, share_of
from accord.verify.claims import Result
from accord.verify.history import check_reference
from accord.verify.shelf import Shelf, UnsettledError, read_artifact

_PLACES = TypeAdapter(tuple[Place, ...])
_NEAR = 1e-5  # relative, of a rate that another machine computed

Entries = Mapping[int, Entry[Any]]
R = TypeVar("R", bound=Record)


def check_windows(entries: Entries, entry: Entry[WindowRecord]) -> None:
    """Raise UnsettledError unless a record's windows follow each other, and its tests are what they give."""
    record, step = entry.record, timedelta(hours=entry.record.period)
    before = _before(entries, entry)
    starts = [*([before.end] if before else []), *(window.start for window in record.windows)]
    if any(later - earlier != step for earlier, later in pairwise(starts)):
        _contradict("Its windows leave a gap or overlap, or do not follow those of the record before it.")
    if record.baseline is None:
        if record.states or record.alarms:
            _contradict("It has tests, and names nothing that they compare with.")
        return
    baseline = _get(entries, record.baseline, BaselineRecord, entry.ref.index)
    if not same_detectors(baseline.detectors, record.detectors):
        _contradict("It is compared with what other detectors saw.")
    states = before.states if before and before.baseline == record.baseline else ()
    if not agrees(Tested(record.states, record.alarms), run_tests(baseline, states, record.windows)):
        _contradict("Its tests or its alarms are not those that its windows give.")


def check_baseline(entries: Entries, entry: Entry[BaselineRecord]) -> None:
    """Raise UnsettledError unless what is called usual is what the windows before it give."""
    record = entry.record
    held = [
        e.record
        for e in entries.values()
        if isinstance(e.record, WindowRecord)
        and e.ref.index < entry.ref.index
        and (e.record.name, e.record.period) == (record.name, record.period)
        and same_detectors(e.record.detectors, record.detectors)
    ]
    present = sum(record.first <= window.start <= record.last for one in held for window in one.windows)
    if present == 0 or present < _wanted(record, held):
        raise UnsettledError(Result.CANNOT_TELL, "Not all windows that it was learned from are here.")
    declared = {usual.series: usual.high for usual in record.usual if usual.declared}
    found = learn_usual(ordinary(held, record.first, record.last), [u.series for u in record.usual], declared)
    if len(found) != len(record.usual) or not all(map(_is_near, record.usual, found)):
        _contradict("The rates are not those that its windows give.")


def check_alert(entries: Entries, entry: Entry[AlertRecord], shelf: Shelf) -> None:
    """Raise UnsettledError unless an alert's rate follows from its windows, and its evidence lists what it says."""
    record = entry.record
    if record.cause == "rate":
        _check_rate(entries, entry)
    places = read_artifact(shelf, record.evidence, _PLACES, Result.CONTRADICTED)
    if len(places) != record.listed:
        _contradict(f"It says that {record.listed} texts are listed; there are {len(places)}.")


def _check_rate(entries: Entries, entry: Entry[AlertRecord]) -> None:
    record = entry.record
    held = [_get(entries, ref, WindowRecord, entry.ref.index) for ref in record.windows]
    last = record.end - timedelta(hours=held[-1].period) if held else record.end
    alarms = [(a.series, a.side, a.since, a.window) for one in held for a in one.alarms]
    if (record.series, record.side, record.start, last) not in alarms:
        _contradict("The windows that it names hold no such alarm.")
    windows = [w for one in held for w in one.windows if record.start <= w.start <= last]
    counted = (share_of(windows, str(record.series), record.start, last), _texts(windows, str(record.series)))
    if counted != (record.since, record.texts):
        _contradict("The rate since it began is not that of its windows.")
    usual = [u for one in held if one.baseline for u in _usual(entries, entry, one.baseline, str(record.series))]
    if record.before not in [None if u.declared else Share.of(u.found, u.exposed) for u in usual]:
        _contradict("The rate before it is not that of what was usual.")


def _usual(entries: Entries, entry: Entry[AlertRecord], ref: Ref, series: str) -> list[Usual]:
    return [u for u in _get(entries, ref, BaselineRecord, entry.ref.index).usual if u.series == series]


def _texts(windows: Sequence[Window], series: str) -> int:
    return sum(window.find(series).texts for window in windows)


def _wanted(record: BaselineRecord, held: Sequence[WindowRecord]) -> int:
    """Return how many windows of these detectors there are to be from the first to the last."""
    starts = sorted(w.start for one in held for w in one.windows if record.first <= w.start <= record.last)
    ends = bool(starts) and (starts[0], starts[-1]) == (record.first, record.last)
    return len(starts) if ends else len(starts) + 1


def _before(entries: Entries, entry: Entry[WindowRecord]) -> WindowRecord | None:
    """Return the record of windows that an entry follows in its sequence, where it is of windows as long."""
    chain = entry.record.chain
    if chain is None or chain.previous is None:
        return None
    older = (entries[index] for index in range(entry.ref.index - 1, -1, -1) if index in entries)  # it is near
    found = next((e for e in older if e.ref.leaf == chain.previous), None)
    if found is None:
        raise UnsettledError(Result.CANNOT_TELL, "The record of windows before it is not here.")
    if isinstance(found.record, ClosedRecord):
        raise UnsettledError(Result.WITHHELD, f"What record {found.ref.index} says is withheld.")
    record = found.record
    return record if isinstance(record, WindowRecord) and record.period == entry.record.period else None


def _get(entries: Entries, ref: Ref, kind: type[R], below: int) -> R:
    held = entries.get(ref.index)
    if held is not None and isinstance(held.record, ClosedRecord):
        raise UnsettledError(Result.WITHHELD, f"What record {ref.index} says is withheld.")
    if reason := check_reference(entries, ref, kind, below):
        raise UnsettledError(Result.CONTRADICTED, reason)
    found: R = entries[ref.index].record
    return found


def _is_near(said: Usual, found: Usual) -> bool:
    names = ("series", "found", "exposed", "declared")
    exact = all(getattr(said, name) == getattr(found, name) for name in names) and len(said.shape) == len(found.shape)
    numbers = [(said.low, found.low), (said.high, found.high), (said.dispersion, found.dispersion)]
    numbers += zip(said.shape, found.shape, strict=True)
    return exact and all(isclose(a, b, rel_tol=_NEAR, abs_tol=1e-9) for a, b in numbers)


def _contradict(reason: str) -> None:
    raise UnsettledError(Result.CONTRADICTED, reason)
