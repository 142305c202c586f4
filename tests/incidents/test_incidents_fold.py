"""Incidents: what their events leave of each, what counts for nothing, and who may say what."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from incident_events import EVENTS, make_incident_event
from risk_events import make_event

from accord.errors import RecordError
from accord.evidence import (
    ClosedRecord,
    Entry,
    IncidentRecord,
    Origin,
    Records,
    Ref,
    SystemRecord,
    make_openings,
    read_entry,
    sign_record,
)
from accord.evidence.incidents import IncidentEvent
from accord.incidents import CRITERIA, Incident, clocks, load_rules, misfits, missing, possible, register, require_fit
from accord.incidents.incident import add_years
from accord.ledger import SigningKey

MakeRecords = Callable[..., Records]
Make = Callable[..., IncidentRecord]
Fold = Callable[..., Incident]
WHOLE = ["signal", "acknowledge", "triage", "confirm", "notify", "contain", "link", "resolve", "publish", "reward"]


@pytest.fixture
def event(now: datetime) -> Make:
    """Return a factory of records of an event about the incident `doses`, or about another."""
    return partial(make_incident_event, now)


@pytest.fixture
def fold(records: MakeRecords) -> Fold:
    """Return the first incident that events of the organisation leave."""

    def fold_first(*own: IncidentRecord, **view: datetime) -> Incident:
        return register(records(own, **view))[0]

    return fold_first


def test_nothing_recorded_is_no_incident(records: MakeRecords) -> None:
    assert ((), ()) == (register(records()), misfits(records()))


@pytest.mark.parametrize(
    ("events", "state"),
    [
        (["signal"], "signalled"),
        (["signal", "triage"], "triaged"),
        (["signal", "triage", "triage"], "triaged"),
        (["signal", "triage", "confirm"], "confirmed"),
        (["signal", "triage", "confirm", "contain", "contain"], "contained"),
        (["signal", "triage", "confirm", "resolve"], "resolved"),
        (["signal", "triage", "confirm", "resolve", "publish"], "published"),
        (["signal", "triage", "publish"], "triaged"),
        (["signal", "triage", "confirm", "publish", "resolve"], "published"),
        (["signal", "triage", "dismiss"], "dismissed"),
        (["signal", "triage", "dismiss", "reopen"], "triaged"),
        (["signal", "triage", "confirm", "contain", "dismiss", "reopen"], "contained"),
        (["signal", "triage", "confirm", "contain", "resolve", "reopen"], "confirmed"),
        (["signal", "triage", "confirm", "resolve", "reopen", "resolve", "reopen"], "confirmed"),
        (["signal", "correct", "link", "notify", "reward", "acknowledge", "extend"], "signalled"),
    ],
)
def test_state_follows_from_the_events(
    records: MakeRecords, fold: Fold, event: Make, events: list[str], state: str
) -> None:
    held = [*map(event, events)]
    assert ((), state) == (misfits(records(held)), fold(*held).state)


@pytest.mark.parametrize(
    ("events", "why"),
    [
        (["triage"], "no such incident was signalled before"),
        (["signal", "signal"], "record 0 signalled it already"),
        (["signal", "confirm"], "it is signalled"),
        (["signal", "publish"], "it is signalled"),
        (["signal", "triage", "resolve"], "it is triaged"),
        (["signal", "triage", "confirm", "triage"], "it is confirmed"),
        (["signal", "triage", "confirm", "resolve", "contain"], "it is resolved"),
        (["signal", "dismiss", "triage"], "it is dismissed"),
        (["signal", "reopen"], "it is signalled"),
        (["signal", "duplicate"], "doses is itself, or is a duplicate of it"),
    ],
)
def test_misfit_is_told_and_refused(records: MakeRecords, event: Make, events: list[str], why: str) -> None:
    held = [*map(event, events)]
    (left,) = misfits(records(held))
    assert f"Record {len(held) - 1} ({events[-1]}, incident doses) does not count: {why}." == left.text
    with pytest.raises(RecordError, match=why):
        require_fit(held[-1], records(held[:-1]))


def test_refusal_says_what_is_possible(records: MakeRecords, event: Make) -> None:
    with pytest.raises(RecordError) as caught:
        require_fit(event("confirm"), records([event("signal")]))
    assert "dismiss, duplicate, extend, triage, or at any time acknowledge, correct, link" in caught.value.expected
    with pytest.raises(RecordError) as caught:
        require_fit(event("confirm", "dozes"), records([event("signal")]))
    assert "signal, or one of the incidents doses" == caught.value.expected


def test_only_the_organisation_deals_with_an_incident(records: MakeRecords, event: Make) -> None:
    held = records([event("signal")], [event("triage"), event("signal", "other")])
    assert ["only the organisation deals with its incidents"] == [
        m.text.partition("count: ")[2].rstrip(".") for m in misfits(held)
    ]
    assert ["doses", "other"] == [one.id for one in register(held)]


def test_fact_that_is_said_last_counts(fold: Fold, event: Make) -> None:
    found = fold(event("signal", affected=("patients",)), event("triage"), event("correct", title="Doses"))
    assert ("Doses", "disaster", ("patients",), ("physical",)) == (
        found.facts.title,
        found.facts.severity,
        found.facts.affected,
        found.facts.harms,
    )


def test_what_it_is_tied_to_is_gathered(
    records: MakeRecords, event: Make, declaration: Callable[..., SystemRecord]
) -> None:
    declared = records([declaration()])
    ref = next(iter(declared)).ref
    held = records([declaration(), event("signal", systems=(ref,)), event("link"), event("link", partners=("A lab",))])
    (found,) = register(held)
    assert (((ref,), ("AIID:815",), ("A lab",))) == (
        found.linked("systems"),
        found.linked("identifiers"),
        found.linked("partners"),
    )


def test_tie_to_a_record_that_is_not_there_counts_for_nothing(records: MakeRecords, event: Make) -> None:
    held = [event("signal"), event("link", evaluations=(Ref(index=7, leaf="0" * 64),))]
    assert "record 7 of this log is not the one that it names" in misfits(records(held))[0].text


@pytest.mark.parametrize(
    ("ties", "why"),
    [
        ({"risks": ("flood",)}, "there is no 'flood' among risks: uplift"),
        ({"mitigations": ("dam",)}, "there is no 'dam' among mitigations: refusal"),
        ({"related": ("doses",)}, "there is no 'doses' among related: there are none yet"),
    ],
)
def test_new_tie_leads_somewhere(
    records: MakeRecords, event: Make, now: datetime, ties: dict[str, Any], why: str
) -> None:
    held = records([make_event(now, "add"), make_event(now, "treat"), event("signal")])
    with pytest.raises(RecordError, match=why):
        require_fit(event("link", **ties), held)
    require_fit(event("link", risks=("uplift",), mitigations=("refusal",)), held)


def test_tie_is_to_a_record_of_its_kind(records: MakeRecords, event: Make) -> None:
    held = records([event("signal")])
    ref = next(iter(held)).ref
    with pytest.raises(RecordError, match="systems are of the kind system"):
        require_fit(event("link", systems=(ref,)), held)


def test_duplicates_count_with_their_original(records: MakeRecords, event: Make, now: datetime) -> None:
    early = now - timedelta(days=9)
    held = records(
        [
            event("signal"),
            event("signal", "b", at=early),
            event("signal", "c"),
            event("reward", "c"),
            event("duplicate", "c", of="b"),
            event("duplicate", "b"),
        ]
    )
    first, second, third = register(held)
    assert (("", "doses", "doses"), ["b", "c"]) == (
        (first.original, second.original, third.original),
        [one.id for one in first.duplicates],
    )
    assert (early, early, 1, "duplicate") == (first.aware, first.noticed, len(first.rewards), third.state)
    assert () == clocks(second, load_rules())


def test_duplicates_make_no_circle(records: MakeRecords, event: Make) -> None:
    held = records([event("signal"), event("signal", "b"), event("duplicate", "b")])
    with pytest.raises(RecordError, match="b is itself, or is a duplicate of it"):
        require_fit(event("duplicate", of="b"), held)
    with pytest.raises(RecordError, match="there is no incident z"):
        require_fit(event("duplicate", of="z"), held)


def test_duplicate_that_is_taken_back_stands_alone(records: MakeRecords, event: Make) -> None:
    held = records([event("signal"), event("signal", "b"), event("duplicate", "b"), event("reopen", "b")])
    assert [("", "signalled"), ("", "signalled")] == [(one.original, one.state) for one in register(held)]


def test_timeline_is_in_the_order_in_which_it_happened(fold: Fold, event: Make, now: datetime) -> None:
    found = fold(event("signal"), event("triage", at=now - timedelta(hours=1)), event("confirm"))
    assert ["triage", "signal", "confirm"] == [e.record.event for e in found.timeline]


@given(st.lists(st.sampled_from(get_args(IncidentEvent)), max_size=14), st.randoms())
def test_any_events_in_any_order_leave_something_to_read(events: list[str], chance: Random) -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    entries = []
    for index, name in enumerate(events):
        changes = {"of": chance.choice("abc")} if name == "duplicate" else {}
        record = make_incident_event(now, name, chance.choice("abc"), **changes)
        origin = chance.choice([Origin.SELF, Origin.SELF, Origin.INDEPENDENT])
        entries.append(Entry(Ref(index=index, leaf=f"{index:064x}"), origin, record))
    view = Records(entries, now)
    held = register(view)
    assert len(entries) == sum(len(one.events) for one in held) + len(misfits(view))
    for one in held:
        assert {one.state, one.handling} <= {
            "signalled", "triaged", "confirmed", "contained", "resolved", "published", "dismissed", "duplicate"
        }  # fmt: skip
        assert (one.original != "") == (one.state == "duplicate")
        assert all(clock.status for clock in clocks(one, load_rules()))
        assert set(possible(one)) <= set(EVENTS)


@pytest.mark.parametrize("event_name", WHOLE)
def test_fold_of_withheld_events_has_the_same_states(
    key: SigningKey, event: Make, now: datetime, event_name: str
) -> None:
    seen, hidden = [], []
    for index, name in enumerate(WHOLE[: WHOLE.index(event_name) + 1]):
        record = event(name)
        openings = make_openings(record, IncidentRecord.withholdable() - {"job"}, os.urandom)
        data = sign_record(record, key, openings)
        hidden.append(read_entry(index, data, [key.public]))
        seen.append(read_entry(index, data, [key.public], openings))
    (shown,), (kept,) = (register(Records(entries, now)) for entries in (seen, hidden))
    assert (shown.state, shown.facts.severity) == (kept.state, kept.facts.severity)
    assert ("(withheld)", None, ()) == (kept.title, kept.facts.description, kept.roles)


def test_revoked_record_counts_for_nothing(records: MakeRecords, event: Make, now: datetime) -> None:
    entry = next(iter(records([event("signal")])))
    closed = Entry(entry.ref, entry.origin, ClosedRecord(made=now, of="incident", why="revoked", topic="doses"))
    assert ["Record 0 about the incident doses is revoked, and counts for nothing."] == [
        m.text for m in misfits(Records([closed], now))
    ]


def test_mandatory_criteria_that_nothing_is_known_of_are_named(fold: Fold, event: Make) -> None:
    assert [3, 7, 10, 11] == [c.number for c in missing(fold(event("signal")))]
    materials = ("https://acme.example/report",)
    assert () == missing(fold(event("signal"), event("triage", materials=materials)))


def test_criteria_are_29_of_which_7_are_mandatory() -> None:
    assert (list(range(1, 30)), 7) == ([c.number for c in CRITERIA], sum(c.mandatory for c in CRITERIA))
    members = {name for c in CRITERIA for name in c.members}
    assert members <= set(IncidentRecord.model_fields)


@pytest.mark.parametrize(
    ("moment", "later"),
    [
        (datetime(2026, 11, 28, 9, tzinfo=UTC), datetime(2031, 11, 28, 9, tzinfo=UTC)),
        (datetime(2028, 2, 29, tzinfo=UTC), datetime(2033, 3, 1, tzinfo=UTC)),
        (datetime(9998, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_five_years_later(moment: datetime, later: datetime) -> None:
    assert later == add_years(moment, 5)
