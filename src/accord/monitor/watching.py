"""One pass over traffic: the windows that are closed are counted, tested and recorded, and alerts are made of it.

What was recorded is never counted again, so a pass that ends early or runs twice changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from accord.errors import MonitorError
from accord.evidence import AlertRecord, BaselineRecord, Entry, Records, Window, WindowRecord, expiry, format_values
from accord.evidence.watching import learn_usual, ordinary, run_tests, same_detectors
from accord.ledger.files import hold
from accord.monitor.alerting import make_alerts
from accord.monitor.post import LOOKBACK, Post
from accord.monitor.traffic import Traffic
from accord.monitor.windows import Span, find_start, floor_to, fold

LATE = "texts that came after their window was closed"

_MOST = 168  # windows in a record: a week of hours
_ROOM, _STATE = 40_000, 150  # bytes of an entry that are for windows and tests, and of one test's state
_WINDOWS_HOLD, _BASELINE_HOLDS = 30, 90  # days
_WAIT = 10.0
_HISTORY = timedelta(days=92)  # of traffic that was there before the first pass


@dataclass(frozen=True)
class Outcome:
    """What one pass did."""

    records: Records
    """The log after it."""
    windows: int = 0
    """How many windows it recorded."""
    alerts: tuple[Entry[AlertRecord], ...] = ()
    """The alerts that it made."""
    left_out: dict[str, int] = field(default_factory=dict)
    """What it could not use."""


def watch(post: Post, now: datetime) -> Outcome:
    """Record every window that is closed by now, and make the alerts that follow.

    Raises MonitorError where there is no traffic, and LedgerBusyError where another pass is at work.
    """
    post.workspace.runs.mkdir(parents=True, exist_ok=True)
    with hold(post.workspace.runs / "watch.lock", _WAIT):
        records = post.workspace.records(now)
        past = post.windows(records)
        begun = _next_start(past[-1].record, post.hours) if past else None
        since = floor_to(min(begun or now - _HISTORY, now - LOOKBACK), 24)
        traffic = post.read(since, now)
        start = begun or find_start(traffic.texts, post.hours)
        if start is None:
            return Outcome(records, left_out=traffic.left_out)
        closed = min(now - timedelta(minutes=post.watch.grace), post.complete_until(now))
        end = floor_to(closed, post.hours)
        windows = fold(traffic.texts, traffic.findings, Span(start, end, post.hours)) if start < end else ()
        left_out = _left_out(post, past, traffic, since)
        records = _record(post, records, windows, traffic.sha256, left_out)
        records, alerts = make_alerts(post, traffic, records)
        return Outcome(records, len(windows), alerts, left_out)


def learn(post: Post, now: datetime) -> Entry[BaselineRecord]:
    """Record what is usual, from the newest windows that these detectors looked at, and return it.

    Raises MonitorError where there are fewer windows than accord.toml asks for.
    """
    records = post.workspace.records(now)
    held = [e.record for e in post.windows(records)]
    held = [record for record in held if same_detectors(record.detectors, post.eyes.detectors)]
    starts = [window.start for record in held for window in record.windows]
    wanted = post.watch.learn * 24 // post.hours
    if len(starts) < wanted:
        raise MonitorError(
            "There are not enough windows to learn what is usual.", expected=str(wanted), found=str(len(starts))
        )
    _keep_baseline(post, held, starts[-wanted:], records)
    found = post.baseline(post.workspace.records(now))
    assert found is not None  # noqa: S101 - it was appended
    return found


def _next_start(record: WindowRecord, hours: int) -> datetime:
    return record.windows[-1].start + timedelta(hours=hours)


def _left_out(post: Post, past: Sequence[Entry[WindowRecord]], traffic: Traffic, since: datetime) -> dict[str, int]:
    """Return what is in no window: what the reading left out, and what came after its window was recorded."""
    recorded = [window for entry in past for window in entry.record.windows if window.start >= since]
    late = 0
    if recorded:
        span = Span(recorded[0].start, recorded[-1].start + timedelta(hours=post.hours), post.hours)
        again = fold(traffic.texts, traffic.findings, span)
        late = sum(max(0, now.texts - then.texts) for now, then in zip(again, recorded, strict=True))
    return {**traffic.left_out, **({LATE: late} if late else {})}


def _record(
    post: Post, records: Records, windows: tuple[Window, ...], sha256: str, left_out: dict[str, int]
) -> Records:
    """Append windows, a week at most in a record, and what is usual as soon as there are enough; return the log then.

    Each time the whole log is verified and read anew, so nothing is read where nothing was appended.
    """
    wanted = post.watch.learn * 24 // post.hours
    while True:
        baseline = post.baseline(records)
        known = [e.record for e in post.windows(records) if same_detectors(e.record.detectors, post.eyes.detectors)]
        starts = [window.start for record in known for window in record.windows]
        if baseline is None and len(starts) >= wanted:
            _keep_baseline(post, known, starts[-wanted:], records)
        elif windows:
            chunk = windows[: _MOST if baseline else min(_MOST, wanted - len(starts))]
            chunk = _fit(chunk, len(baseline.record.tests) if baseline else 0)
            _append(post, records, baseline, chunk, {"sha256": sha256, "left_out": left_out})
            windows, left_out = windows[len(chunk) :], {}  # what was left out is said once
        else:
            return records
        records = post.workspace.records(records.at)


def _fit(windows: tuple[Window, ...], tests: int) -> tuple[Window, ...]:
    """Return as many of some windows as an entry of the log holds beside the states of the tests, at least one."""
    room = _ROOM - _STATE * tests
    while len(windows) > 1 and len(format_values(windows)) > room:
        windows = windows[: len(windows) // 2]
    return windows


def _append(
    post: Post,
    records: Records,
    baseline: Entry[BaselineRecord] | None,
    windows: tuple[Window, ...],
    read: dict[str, object],
) -> None:
    tested: dict[str, object] = {}
    if baseline:
        past = post.windows(records)
        before = past[-1].record if past and past[-1].record.baseline == baseline.ref else None
        found = run_tests(baseline.record, before.states if before else (), windows)
        tested = {"baseline": baseline.ref, "states": found.states, "alarms": found.alarms}
    record = {
        "made": records.at,
        "expires": expiry(records.at, _WINDOWS_HOLD),
        "name": post.name,
        "model": post.model(records),
        "period": post.hours,
        "windows": windows,
        "detectors": post.eyes.detectors,
    }
    post.workspace.append([WindowRecord.model_validate({**record, **read, **tested})])


def _keep_baseline(post: Post, held: Sequence[WindowRecord], starts: Sequence[datetime], records: Records) -> None:
    windows = ordinary(held, starts[0], starts[-1])
    declared = {rate.series: rate.rate for rate in post.watch.rates}
    record = BaselineRecord(
        made=records.at,
        expires=expiry(records.at, _BASELINE_HOLDS),
        name=post.name,
        model=post.model(records),
        period=post.hours,
        first=starts[0],
        last=starts[-1],
        alpha=post.watch.alpha,
        margin=post.watch.margin,
        usual=learn_usual(windows, post.eyes.series, declared),
        falls=post.watch.falls,
        detectors=post.eyes.detectors,
    )
    post.workspace.append([record])
