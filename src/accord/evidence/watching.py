"""From windows to what is usual, and from there to alarms: computed by whoever watches, and by whoever verifies.

Both take counts from records alone. What is computed twice in two places may differ in the last digit of a logarithm:
`agrees` allows for that and for nothing more.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from math import isclose, log
from typing import NamedTuple

from accord.evidence.monitoring import Alarm, BaselineRecord, Share, State, Usual, Window, WindowRecord
from accord.evidence.scans import DetectorRef
from accord.evidence.sequential import HOURS, LEVELS, Count, advance, learn, log_statistic, threshold, trace
from accord.evidence.values import Time

_NONE = (0.0,) * LEVELS
_LONGEST = timedelta(days=7)  # that a change is said to have gone on before the alarm
_LAST = 1e-4  # in logarithms; a step rounds to 1e-6, and a record holds at most a few hundred steps


class Tested(NamedTuple):
    """What sequential tests say of some windows."""

    states: tuple[State, ...]
    """Where each stands after the last."""
    alarms: tuple[Alarm, ...]
    """Which passed their threshold."""


def same_detectors(one: Iterable[DetectorRef], other: Iterable[DetectorRef]) -> bool:
    """Tell whether the same detectors looked, with the same digests."""
    return {(d.name, d.sha256) for d in one} == {(d.name, d.sha256) for d in other}


def ordinary(records: Iterable[WindowRecord], first: Time, last: Time) -> tuple[Window, ...]:
    """Return the windows that begin from `first` to `last`, without those of a change that an alarm was raised for."""
    held = tuple(records)
    alarms = [alarm for record in held for alarm in record.alarms]
    windows = (window for record in held for window in record.windows if first <= window.start <= last)
    return tuple(w for w in windows if not any(a.since <= w.start <= a.window for a in alarms))


def learn_usual(windows: Sequence[Window], series: Iterable[str], declared: Mapping[str, float]) -> tuple[Usual, ...]:
    """Return what is usual of each series that could be seen in the windows; `declared` rates are taken as they are."""
    found = (_usual(name, windows, declared.get(name)) for name in sorted({*series, *declared}))
    return tuple(usual for usual in found if usual)


def _usual(series: str, windows: Sequence[Window], declared: float | None) -> Usual | None:
    tallies = [(window.start.hour, window.find(series)) for window in windows]
    learned = learn(Count(hour, tally.found, tally.exposed) for hour, tally in tallies)
    if declared is not None:
        shape = learned.shape if learned else ()
        swing = learned.dispersion if learned else 0.0
        return Usual(
            series=series, found=0, exposed=0, low=declared, high=declared, shape=shape, dispersion=swing, declared=True
        )
    if learned is None or learned.high <= 0:
        return None
    return Usual(
        series=series,
        found=sum(tally.found for _, tally in tallies),
        exposed=sum(tally.exposed for _, tally in tallies),
        **learned._asdict(),
    )


def run_tests(baseline: BaselineRecord, states: Iterable[State], windows: Iterable[Window]) -> Tested:
    """Take every test of a baseline through some windows, from where it stood before them."""
    tests = baseline.tests
    if not tests:
        return Tested((), ())
    bound = threshold(baseline.alpha, len(tests), baseline.period)
    held = {(state.series, state.side): state for state in states}
    alarms = list[Alarm]()
    for window in windows:
        for usual, side in tests:
            key = (usual.series, side)
            before = held.get(key) or State(series=usual.series, side=side, levels=_NONE)
            held[key], alarm = _step(before, usual, baseline.margin, window, bound)
            alarms.extend([alarm] if alarm else [])
    return Tested(tuple(held[usual.series, side] for usual, side in tests), tuple(alarms))


def _step(state: State, usual: Usual, margin: float, window: Window, bound: float) -> tuple[State, Alarm | None]:
    tally = window.find(usual.series)
    mean = usual.mean(tally.exposed, window.start.hour, margin, state.side)
    rises, seen = state.side == "above", (tally.found, mean, usual.dispersion)
    levels = advance(state.levels, *seen, rises=rises)
    score = trace(state.score, *seen, rises=rises)
    since = None if score == 0 else max(state.since or window.start, window.start - _LONGEST)
    statistic = log_statistic(levels)
    if statistic < bound:
        after = State(series=state.series, side=state.side, levels=levels, score=score, since=since)
        return after, None
    alarm = Alarm(
        series=state.series,
        side=state.side,
        window=window.start,
        since=since or window.start,
        evidence=round(statistic / log(10), 3),
    )
    return State(series=state.series, side=state.side, levels=_NONE), alarm


def agrees(said: Tested, found: Tested) -> bool:
    """Tell whether two computations of the same tests agree but for the last digits of their logarithms."""
    same = len(said.states) == len(found.states) and all(map(_same_state, said.states, found.states))
    return same and len(said.alarms) == len(found.alarms) and all(map(_same_alarm, said.alarms, found.alarms))


def _same_state(one: State, other: State) -> bool:
    pairs = zip((*one.levels, one.score), (*other.levels, other.score), strict=True)
    near = all(isclose(a, b, abs_tol=_LAST) for a, b in pairs)
    return near and (one.series, one.side, one.since) == (other.series, other.side, other.since)


def _same_alarm(one: Alarm, other: Alarm) -> bool:
    near = isclose(one.evidence, other.evidence, abs_tol=0.01)
    return near and one.model_copy(update={"evidence": other.evidence}) == other


def share_of(windows: Iterable[Window], series: str, since: Time, until: Time) -> Share:
    """Return the rate at which accounts showed a series first, in the windows that begin from `since` to `until`."""
    tallies = [window.find(series) for window in windows if since <= window.start <= until]
    return Share.of(sum(t.found for t in tallies), sum(t.exposed for t in tallies))


def drifted(baseline: BaselineRecord, windows: Iterable[Window]) -> tuple[tuple[Usual, Usual], ...]:
    """Return the series whose rate over the newest week is another than what is called usual, with both.

    A slow drift raises no alarm where it stays within the margin, and still makes the comparison stale: this is a hint
    to learn anew, and no test. It needs a week of windows that nothing was learned from.
    """
    later = [window for window in windows if window.start > baseline.last]
    recent = later[-HOURS * 7 // baseline.period :]
    if len(recent) * baseline.period < HOURS * 7:
        return ()
    held = {usual.series: usual for usual in baseline.usual if not usual.declared}
    pairs = ((held[now.series], now) for now in learn_usual(recent, held, {}))
    return tuple((then, now) for then, now in pairs if now.low > then.high or now.high < then.low)
