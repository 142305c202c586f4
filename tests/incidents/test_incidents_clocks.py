"""Deadlines of incidents: when each starts, when it is due, and what meets it; at boundaries and whatever the zone."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from incident_events import make_incident_event

from accord.evidence import Entry, IncidentRecord, Origin, Records, Ref
from accord.incidents import Clock, clocks, load_rules, register, rules
from accord.manifest import IncidentClock

MakeRecords = Callable[..., Records]
Make = Callable[..., IncidentRecord]
Read = Callable[..., dict[str, Clock]]
REGIMES = ("eu-gpai-code", "eu-ai-act-73", "coordinated-disclosure")
WEAK = {"category": "vulnerability", "severity": "hazard", "consequences": ("none",)}


@pytest.fixture
def event(now: datetime) -> Make:
    return partial(make_incident_event, now)


@pytest.fixture
def read(records: MakeRecords) -> Read:
    """Return the deadlines of an incident by their id, the last of each, at a moment."""

    def read_all(*events: IncidentRecord, at: datetime, own: tuple[IncidentClock, ...] = ()) -> dict[str, Clock]:
        (found, *_) = register(records(events, at=at))
        return {clock.rule.id: clock for clock in clocks(found, rules(REGIMES, own))}

    return read_all


@pytest.mark.parametrize(
    ("consequence", "rule", "days"),
    [
        ("critical-infrastructure", "eu-gpai-infrastructure", 2),
        ("cyber-breach", "eu-gpai-cyber", 5),
        ("death", "eu-gpai-death", 10),
        ("health", "eu-gpai-harm", 15),
        ("rights", "eu-gpai-harm", 15),
        ("property", "eu-gpai-harm", 15),
        ("environment", "eu-gpai-harm", 15),
        ("critical-infrastructure", "eu-ai-act-widespread", 2),
        ("widespread-rights", "eu-ai-act-widespread", 2),
        ("death", "eu-ai-act-death", 10),
        ("health", "eu-ai-act-serious", 15),
    ],
)
def test_first_report_is_due_by_its_kind(
    read: Read, event: Make, now: datetime, consequence: str, rule: str, days: int
) -> None:
    events = [event("signal"), event("triage", consequences=(consequence,))]
    due = now + timedelta(days=days)
    on, over = read(*events, at=due)[rule], read(*events, at=due + timedelta(seconds=1))[rule]
    assert (("running", due), ("late", due)) == ((on.status, on.due), (over.status, over.due))


@pytest.mark.parametrize(("after", "status"), [(0, "met"), (1, "late")])
def test_report_meets_its_deadline_to_the_second(
    read: Read, event: Make, now: datetime, after: int, status: str
) -> None:
    told = now + timedelta(days=15, seconds=after)
    notified = make_incident_event(told, "notify")
    found = read(event("signal"), event("triage"), notified, at=told)["eu-gpai-harm"]
    assert (status, notified) == (found.status, found.done and found.done.record)


def test_report_under_other_rules_meets_nothing(read: Read, event: Make, now: datetime) -> None:
    found = read(event("signal"), event("triage"), event("notify"), at=now)
    assert ("met", "running") == (found["eu-gpai-harm"].status, found["eu-ai-act-serious"].status)


def test_report_that_was_recorded_late_says_so(read: Read, event: Make, now: datetime) -> None:
    late = make_incident_event(now + timedelta(days=30), "notify", at=now + timedelta(days=3))
    found = read(event("signal"), event("triage"), late, at=late.made)["eu-gpai-harm"]
    assert ("met", "It was recorded after it was due.") == (found.status, found.why)


def test_before_triage_nothing_is_known_and_days_are_shown(read: Read, event: Make, now: datetime) -> None:
    found = read(event("signal"), at=now + timedelta(days=99))
    assert ("unknown", now + timedelta(days=2)) == (
        found["eu-gpai-infrastructure"].status,
        found["eu-gpai-infrastructure"].due,
    )
    assert {"unknown", "not-started"} == {clock.status for clock in found.values()}


def test_no_serious_consequence_has_no_deadline_of_law(read: Read, event: Make, now: datetime) -> None:
    found = read(event("signal"), event("triage", consequences=("none",)), at=now)
    assert {"not-applicable"} == {c.status for c in found.values()}


@pytest.mark.parametrize("category", ["hazard", "near-miss", "vulnerability"])
def test_what_harmed_nobody_has_no_deadline_of_law(read: Read, event: Make, now: datetime, category: str) -> None:
    found = read(event("signal"), event("triage", category=category), at=now)
    assert {"not-applicable"} == {c.status for c in found.values() if c.rule.regime.startswith("eu-")}


def test_dismissed_incident_has_no_deadline(read: Read, event: Make, now: datetime) -> None:
    found = read(event("signal"), event("triage"), event("dismiss"), at=now + timedelta(days=99))
    assert {("not-applicable", "It was dismissed.")} == {(c.status, c.why) for c in found.values()}


def test_deadline_runs_from_when_the_organisation_was_aware(read: Read, event: Make, now: datetime) -> None:
    aware = now - timedelta(days=1)
    found = read(event("signal", aware=aware), event("triage"), at=now)["eu-gpai-harm"]
    assert (aware, aware + timedelta(days=15)) == (found.start, found.due)


def _repeats(records: MakeRecords, events: list[IncidentRecord], at: datetime) -> list[tuple[str, int]]:
    (found,) = register(records(events, at=at))
    (rule,) = [rule for rule in load_rules() if rule.repeats]
    start = events[0].made
    return [(c.status, (c.due - start).days if c.due else -1) for c in clocks(found, [rule])]


def test_next_report_is_due_every_four_weeks_until_it_is_resolved(records: MakeRecords, now: datetime) -> None:
    def on(day: int, name: str, **changes: str) -> IncidentRecord:
        return make_incident_event(now + timedelta(days=day), name, "doses", **changes)

    events = [on(0, "signal"), on(0, "triage"), on(0, "confirm")]
    assert [("not-started", -1)] == _repeats(records, events, now)
    events.append(on(1, "notify"))
    assert [("running", 29)] == _repeats(records, events, now + timedelta(days=29))
    assert [("late", 29)] == _repeats(records, events, now + timedelta(days=30))
    events.append(on(30, "notify", stage="interim"))
    assert [("late", 29), ("running", 58)] == _repeats(records, events, now + timedelta(days=40))
    events.append(on(50, "resolve"))
    assert [("late", 29), ("not-applicable", 58)] == _repeats(records, events, now + timedelta(days=99))
    events.append(on(70, "notify", stage="final"))
    assert [("late", 29), ("not-applicable", 58)] == _repeats(records, events, now + timedelta(days=99))


def test_last_report_is_due_60_days_after_it_is_resolved(read: Read, event: Make, now: datetime) -> None:
    events = [event("signal"), event("triage"), event("confirm"), event("notify")]
    assert "not-started" == read(*events, at=now)["eu-gpai-final"].status
    solved = now + timedelta(days=7)
    events.append(make_incident_event(solved, "resolve"))
    found = read(*events, at=solved)["eu-gpai-final"]
    assert ("running", solved + timedelta(days=60)) == (found.status, found.due)
    events.append(make_incident_event(solved + timedelta(days=60), "notify", stage="final"))
    assert "met" == read(*events, at=solved + timedelta(days=90))["eu-gpai-final"].status


def test_reopened_incident_is_not_resolved_for_its_deadlines(read: Read, event: Make, now: datetime) -> None:
    events = [event(name) for name in ("signal", "triage", "confirm", "resolve", "reopen")]
    assert "not-started" == read(*events, at=now)["eu-gpai-final"].status


def test_vulnerability_is_acknowledged_fixed_and_disclosed(read: Read, event: Make, now: datetime) -> None:
    events = [event("signal", source="researcher"), event("triage", **WEAK)]
    found = read(*events, at=now)
    ids = ("vulnerability-acknowledge", "vulnerability-fix", "vulnerability-disclosure")
    assert [("running", 7), ("running", 90), ("running", 90)] == [
        (found[name].status, (found[name].due or now).__sub__(now).days) for name in ids
    ]
    events += [event("acknowledge"), event("confirm"), event("resolve"), event("publish")]
    assert ["met"] * 3 == [read(*events, at=now)[name].status for name in ids]


def test_nobody_has_to_be_told_that_their_own_finding_arrived(read: Read, event: Make, now: datetime) -> None:
    found = read(event("signal", source="monitoring"), event("triage", **WEAK), at=now)
    assert "not-applicable" == found["vulnerability-acknowledge"].status


def test_disclosure_can_be_put_off_and_law_cannot(read: Read, event: Make, now: datetime) -> None:
    until = now + timedelta(days=120)
    events = [event("signal"), event("triage", **WEAK), event("extend", until=until)]
    assert until == read(*events, at=now)["vulnerability-disclosure"].due
    events = [event("signal"), event("triage"), event("extend", clock="eu-gpai-harm", until=until)]
    assert now + timedelta(days=15) == read(*events, at=now)["eu-gpai-harm"].due


def test_own_deadline_replaces_that_of_practice(read: Read, event: Make, now: datetime) -> None:
    own = IncidentClock(id="vulnerability-fix", title="Fixed", categories=("vulnerability",), ends="resolve", days=30)
    mine = IncidentClock(id="look", title="Looked at", ends="triage", hours=4)
    found = read(event("signal"), event("triage", **WEAK), at=now, own=(own, mine))
    assert (now + timedelta(days=30), "met", "own") == (
        found["vulnerability-fix"].due,
        found["look"].status,
        found["look"].rule.regime,
    )


def test_only_the_regimes_that_apply_have_rules() -> None:
    assert {"eu-ai-act-73"} == {rule.regime for rule in rules(["eu-ai-act-73"])}


def test_every_shipped_rule_names_a_source_with_an_address() -> None:
    assert all(rule.source and rule.url.startswith("https://") for rule in load_rules())
    assert [2, 5, 10, 15, 28, 60, 2, 10, 15, 7, 90, 90] == [rule.days for rule in load_rules()]


@pytest.mark.parametrize(
    ("aware", "due"),
    [
        ("2027-03-27T12:00:00+01:00", "2027-04-11T11:00:00Z"),  # clocks go forward in Europe on the 28th
        ("2026-10-24T12:00:00+02:00", "2026-11-08T10:00:00Z"),  # and back on the 25th
        ("2028-02-20T00:00:00Z", "2028-03-06T00:00:00Z"),  # a leap year
        ("2027-02-20T00:00:00Z", "2027-03-07T00:00:00Z"),
    ],
)
def test_days_are_24_hours_in_utc(records: MakeRecords, aware: str, due: str) -> None:
    moment = datetime.fromisoformat(aware)
    events = [make_incident_event(moment, "signal"), make_incident_event(moment, "triage")]
    (found,) = register(records(events, at=moment))
    (clock,) = clocks(found, [rule for rule in load_rules() if rule.id == "eu-gpai-harm"])
    assert datetime.fromisoformat(due) == clock.due


@given(
    st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)),  # noqa: DTZ001 - the zone is added below
    st.integers(-14, 14),
)
def test_no_moment_is_too_early_or_too_late(moment: datetime, hours: int) -> None:
    at = moment.replace(tzinfo=timezone(timedelta(hours=hours)))
    entries = [
        Entry(Ref(index=i, leaf=f"{i:064x}"), Origin.SELF, make_incident_event(at, name))
        for i, name in enumerate(("signal", "triage"))
    ]
    (found,) = register(Records(entries, at.astimezone(UTC)))
    assert all(c.due is None or c.start is None or c.due >= c.start for c in clocks(found, load_rules()))
    assert found.keep_until >= found.signal.made
