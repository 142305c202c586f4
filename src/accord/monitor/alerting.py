"""Alerts: made of alarms that stand in the log, and of patterns in the last day's texts; held back for a while after.

Each has its own record with counts, and beside the log the references of its texts. What a stranger wrote stays where
it is.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import TypeAdapter

from accord.evidence import (
    Alarm,
    AlertRecord,
    BaselineRecord,
    Entry,
    Place,
    Records,
    Share,
    format_values,
)
from accord.evidence.watching import share_of
from accord.monitor.patterns import Pattern, campaigns, loops, read_said, refusals, tools
from accord.monitor.post import LOOKBACK, Post
from accord.monitor.traffic import Traffic

_LISTED = 10_000
_PLACES = TypeAdapter(tuple[Place, ...])
_OVERLAPPING = frozenset({"campaign", "cluster"})  # two of a topic may be two different things
_JAILBREAK, _REFUSAL = re.compile(r"jailbreak|injection"), re.compile(r"refus")


def make_alerts(post: Post, traffic: Traffic, records: Records) -> tuple[Records, tuple[Entry[AlertRecord], ...]]:
    """Record the alerts that follow from the alarms in the log and from patterns; return the log then, and them."""
    made = [*_of_alarms(post, traffic, records), *_of_patterns(post, traffic, records)]
    if not made:
        return records, ()
    first = post.workspace.append(made).start
    after = post.workspace.records(records.at)
    return after, tuple(e for e in after.of(AlertRecord) if e.ref.index >= first)


def alerts_of(post: Post, records: Records) -> tuple[Entry[AlertRecord], ...]:
    """Return the alerts about what is watched, oldest first."""
    return tuple(e for e in records.of(AlertRecord) if e.record.name == post.name)


def find_patterns(post: Post, texts: pa.Table, findings: pa.Table) -> Iterator[Pattern]:
    """Yield every pattern, at the thresholds of accord.toml."""
    watch = post.watch
    found = set(pc.binary_join_element_wise(findings["detector"], findings["label"], ":").to_pylist())
    jailbreaks = watch.jailbreaks or tuple(filter(_JAILBREAK.search, sorted(found)))
    refused = watch.refusals or tuple(filter(_REFUSAL.search, sorted(found)))
    yield from campaigns(
        texts,
        findings,
        jailbreaks=jailbreaks,
        similarity=watch.similarity,
        accounts=watch.campaign,
        others=watch.cluster,
    )
    yield from loops(texts, repeats=watch.repeats)
    yield from refusals(texts, findings, series=refused, share=watch.refused, answers=watch.answers)
    yield from tools(texts, findings, marked=watch.marked, calls=watch.calls)


def _cooldown(post: Post) -> timedelta:
    monitor = post.system.monitor
    return timedelta(hours=monitor.alerts.cooldown if monitor else 0)


def _of_alarms(post: Post, traffic: Traffic, records: Records) -> Iterator[AlertRecord]:
    """Yield an alert for each alarm in the log that none speaks of yet, unless one of its topic was just before it."""
    windows, held = post.windows(records), [e.record for e in alerts_of(post, records)]
    baselines = {e.ref: e.record for e in records.of(BaselineRecord)}
    for entry in windows:
        baseline = baselines.get(entry.record.baseline) if entry.record.baseline else None
        for alarm in entry.record.alarms if baseline else ():
            end = alarm.window + timedelta(hours=post.hours)
            topic = f"rate:{alarm.series}:{alarm.side}"
            if baseline and not any(a.topic == topic and end - a.end <= _cooldown(post) for a in held):
                held.append(_of_alarm(post, traffic, alarm, baseline, records))
                yield held[-1]


def _of_alarm(post: Post, traffic: Traffic, alarm: Alarm, baseline: BaselineRecord, records: Records) -> AlertRecord:
    own = [e for e in post.windows(records) if any(alarm.since <= w.start <= alarm.window for w in e.record.windows)]
    spanned = [w for e in own for w in e.record.windows if alarm.since <= w.start <= alarm.window]
    usual = next(u for u in baseline.usual if u.series == alarm.series)
    end = alarm.window + timedelta(hours=post.hours)
    said = list(read_said(_between(traffic.texts, alarm.since, end), _keys_of(traffic.findings, alarm.series)))
    pattern = Pattern("rate", said, alarm.series)
    evidence = pattern.places(_LISTED)
    return AlertRecord(
        made=records.at,
        name=post.name,
        model=post.model(records),
        cause="rate",
        series=alarm.series,
        side=alarm.side,
        start=alarm.since,
        end=end,
        before=None if usual.declared else Share.of(usual.found, usual.exposed),
        since=share_of(spanned, alarm.series, alarm.since, alarm.window),
        texts=sum(w.find(alarm.series).texts for w in spanned),
        accounts=pattern.accounts,
        conversations=pattern.conversations,
        thresholds={"alpha": baseline.alpha, "margin": baseline.margin},
        windows=tuple(e.ref for e in own),
        evidence=post.workspace.keep(format_values(evidence), "application/json"),
        listed=len(evidence),
    )


def _of_patterns(post: Post, traffic: Traffic, records: Records) -> Iterator[AlertRecord]:
    now = records.at
    recent = _between(traffic.texts, now - LOOKBACK, now + LOOKBACK)
    held = [e.record for e in alerts_of(post, records) if now - e.record.made <= _cooldown(post)]
    for pattern in find_patterns(post, recent, traffic.findings):
        evidence, times = pattern.places(_LISTED), pattern.times
        if times is None or any(_is_same(post, alert, pattern, evidence) for alert in held):
            continue
        yield AlertRecord(
            made=now,
            name=post.name,
            model=post.model(records),
            cause=pattern.cause,
            series=pattern.series,
            start=times[0],
            end=times[1],
            texts=len(pattern.said),
            accounts=pattern.accounts,
            conversations=pattern.conversations,
            thresholds=pattern.thresholds,
            evidence=post.workspace.keep(format_values(evidence), "application/json"),
            listed=len(evidence),
        )


def _is_same(post: Post, alert: AlertRecord, pattern: Pattern, evidence: Iterable[Place]) -> bool:
    """Tell whether an alert speaks of a pattern: of its topic, and of a text of it where there may be several."""
    if (alert.cause, alert.series) != (pattern.cause, pattern.series):
        return False
    if alert.cause not in _OVERLAPPING or alert.evidence.sha256 not in post.workspace.artifacts:
        return True
    known = _PLACES.validate_json(post.workspace.artifacts.get(alert.evidence.sha256))
    return not {(p.source, p.row, p.part) for p in known}.isdisjoint((p.source, p.row, p.part) for p in evidence)


def _between(texts: pa.Table, start: datetime, end: datetime) -> pa.Table:
    bounds = [pa.scalar(moment, pa.timestamp("us", tz="UTC")) for moment in (start, end)]
    return texts.filter(pc.and_(pc.greater_equal(texts["time"], bounds[0]), pc.less(texts["time"], bounds[1])))


def _keys_of(findings: pa.Table, series: str) -> set[tuple[str, int, int]]:
    own = findings.filter(pc.equal(pc.binary_join_element_wise(findings["detector"], findings["label"], ":"), series))
    return set(zip(*(own[key].to_pylist() for key in ("source", "row", "part")), strict=True))
