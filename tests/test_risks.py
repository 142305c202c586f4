"""The register of risks: what its events leave of each risk, what counts for nothing, and who may say what."""

import os
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from risk_events import EVENTS, make_event, rated

from accord.errors import RecordError
from accord.evidence import (
    KeyRecord,
    Record,
    Records,
    RiskRecord,
    make_openings,
    read_entries,
    read_entry,
    sign_record,
)
from accord.ledger import SigningKey
from accord.manifest import Scales
from accord.risks import Risk, by_action, misfits, overdue, register, require_fit

SCALES = Scales()
LOW = rated((1, "rare"), (2, "minor"))
HIGH = rated((5, "almost certain"), (5, "catastrophic"))
ALL = ["add", "assess", "treat", "accept", "close"]

MakeRecords = Callable[..., Records]
Make = Callable[..., RiskRecord]
Fold = Callable[..., Risk]


@pytest.fixture
def risk(now: datetime) -> Make:
    """Return a factory of records of an event about the risk `uplift`, or about another."""
    return partial(make_event, now)


@pytest.fixture
def fold(records: MakeRecords) -> Callable[..., Risk]:
    """Return the one risk that events of the organisation, and then of others, leave."""

    def fold_one(*own: RiskRecord, others: tuple[RiskRecord, ...] = (), **view: datetime) -> Risk:
        (found,) = register(records(own, others, **view))
        return found

    return fold_one


def test_nothing_recorded_is_an_empty_register(records: MakeRecords) -> None:
    assert ((), ()) == (register(records()), misfits(records()))


def test_risks_stand_in_the_order_in_which_they_were_added(records: MakeRecords, risk: Make) -> None:
    held = records([risk("add", "b"), risk("add", "a"), risk("assess", "b")])
    assert [("b", [0, 2]), ("a", [1])] == [(r.id, [e.ref.index for e in r.events]) for r in register(held)]


@pytest.mark.parametrize(
    ("events", "state"),
    [
        (["add"], "open"),
        (["add", "assess"], "open"),
        (["add", "assess", "treat"], "treated"),
        (["add", "treat"], "treated"),
        (["add", "assess", "accept"], "accepted"),
        (["add", "assess", "treat", "accept"], "accepted"),
        (["add", "assess", "accept", "treat"], "accepted"),
        (["add", "close"], "closed"),
        (["add", "assess", "accept", "close"], "closed"),
    ],
)
def test_state_follows_from_the_events(fold: Fold, risk: Make, events: list[str], state: str) -> None:
    assert state == fold(*map(risk, events)).state


def test_risk_says_what_it_was_added_with(fold: Fold, risk: Make) -> None:
    found = fold(risk("add"))
    assert ("Uplift", "Head of Safety", date(2026, 12, 31), None) == (
        found.title,
        found.owner,
        found.review,
        found.level,
    )


def test_residual_assessment_counts_after_the_inherent_one(fold: Fold, risk: Make) -> None:
    found = fold(risk("add"), risk("assess"), risk("assess", phase="residual", **LOW))
    assert (12, 2, 2) == (*(e.record.level for e in (found.inherent, found.residual) if e), found.level)


def test_newer_inherent_assessment_asks_for_a_new_residual_one(fold: Fold, risk: Make) -> None:
    found = fold(risk("add"), risk("assess", phase="residual", **LOW), risk("assess", **HIGH))
    assert 25 == found.level


@pytest.mark.parametrize(("own", "other", "level"), [(LOW, HIGH, 25), (HIGH, LOW, 25)])
def test_worse_of_two_origins_counts(
    fold: Fold, risk: Make, own: dict[str, Any], other: dict[str, Any], level: int
) -> None:
    assert level == fold(risk("add"), risk("assess", **own), others=(risk("assess", **other),)).level


def test_newest_event_of_a_mitigation_counts(fold: Fold, risk: Make) -> None:
    found = fold(risk("add"), risk("treat"), risk("treat", mitigation="filter"), risk("treat", treatment="Anew."))
    assert {"refusal": "Anew.", "filter": EVENTS["treat"]["treatment"]} == {
        e.record.mitigation: e.record.treatment for e in found.treatments
    }


def test_acceptance_ends(fold: Fold, risk: Make, now: datetime) -> None:
    events = [risk("add"), risk("assess"), risk("accept")]
    end = now + timedelta(days=30)
    found = fold(*events, at=end)
    assert ("accepted", "open") == (fold(*events, at=end - timedelta(seconds=1)).state, found.state)
    assert (False, 2) == (found.is_accepted, found.acceptance and found.acceptance.ref.index)


@pytest.mark.parametrize(("after", "accepted"), [(LOW, True), ({}, True), (HIGH, False)])
def test_worse_assessment_ends_an_acceptance(fold: Fold, risk: Make, after: dict[str, Any], *, accepted: bool) -> None:
    assert accepted == fold(risk("add"), risk("assess"), risk("accept"), risk("assess", **after)).is_accepted


def test_somebody_elses_worse_assessment_ends_an_acceptance(fold: Fold, risk: Make) -> None:
    assert not fold(risk("add"), risk("assess"), risk("accept"), others=(risk("assess", **HIGH),)).is_accepted


@pytest.mark.parametrize(
    ("events", "needed"),
    [
        ([("add", {})], True),
        ([("add", {}), ("assess", LOW)], False),
        ([("add", {}), ("assess", {})], True),
        ([("add", {}), ("assess", {}), ("treat", {})], True),
        ([("add", {}), ("assess", {}), ("accept", {})], False),
        ([("add", {}), ("assess", {}), ("close", {})], False),
    ],
)
def test_what_is_not_tolerated_needs_acceptance(
    fold: Fold, risk: Make, events: list[tuple[str, dict[str, Any]]], *, needed: bool
) -> None:
    assert needed == fold(*(risk(event, **changes) for event, changes in events)).needs_acceptance(SCALES)


@given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 30))
def test_level_up_to_the_limit_is_tolerated(
    records: MakeRecords, now: datetime, likelihood: int, severity: int, limit: int
) -> None:
    marks = rated((likelihood, SCALES.likelihood[likelihood - 1]), (severity, SCALES.severity[severity - 1]))
    (found,) = register(records([make_event(now, "add"), make_event(now, "assess", **marks)]))
    assert (likelihood * severity <= limit) == found.tolerated(Scales(tolerated=limit))


def test_assessment_on_other_scales_is_not_tolerated(fold: Fold, risk: Make) -> None:
    found = fold(risk("add"), risk("assess", **LOW))
    other = Scales(severity=("none", "some", "much"))
    assert (True, False) == (found.tolerated(SCALES), found.tolerated(other))
    assert (True, False) == (found.fits(SCALES), found.fits(other))


def test_review_is_overdue_after_its_day(fold: Fold, risk: Make) -> None:
    added = risk("add")
    days = [datetime.fromisoformat(text) for text in ("2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z")]
    assert [False, True] == [fold(added, at=day).is_overdue for day in days]


def test_assessment_names_the_next_review(fold: Fold, risk: Make) -> None:
    late = datetime.fromisoformat("2027-01-01T00:00:00Z")
    found = fold(risk("add"), risk("assess", review=date(2027, 6, 30)), at=late)
    assert (date(2027, 6, 30), False) == (found.review, found.is_overdue)


def test_closed_risk_is_not_overdue(fold: Fold, risk: Make) -> None:
    assert not fold(risk("add"), risk("close"), at=datetime.fromisoformat("2030-01-01T00:00:00Z")).is_overdue


def test_overdue_risks_are_found(records: MakeRecords, risk: Make) -> None:
    held = records([risk("add", "late", review=date(2026, 1, 1)), risk("add", "early")])
    assert ["late"] == [r.id for r in overdue(register(held))]


def test_it_rests_on_what_stands(fold: Fold, risk: Make, now: datetime) -> None:
    events = [risk("add"), risk("assess"), risk("treat"), risk("accept"), risk("treat"), risk("assess", **LOW)]
    assert [0, 5, 4, 3] == [e.ref.index for e in fold(*events).standing]
    assert [0, 5, 4] == [e.ref.index for e in fold(*events, at=now + timedelta(days=31)).standing]


@pytest.mark.parametrize(
    ("before", "event", "why"),
    [
        ([], "assess", "no such risk was added before"),
        ([], "treat", "no such risk was added before"),
        ([], "close", "no such risk was added before"),
        (["add"], "add", "record 0 added it already"),
        (["add"], "accept", "it has not been assessed"),
        (["add", "close"], "treat", "record 1 closed it"),
        (["add", "close"], "add", "record 0 added it already"),
    ],
)
def test_event_out_of_order_is_refused_and_is_a_gap_when_it_is_there(
    records: MakeRecords, risk: Make, before: list[str], event: str, why: str
) -> None:
    held = [risk(name) for name in before]
    with pytest.raises(RecordError, match=f"risk uplift(?s:.*)found: {event}, and {why}"):
        require_fit(risk(event), records(held))
    found = records([*held, risk(event)])
    assert [f"Record {len(held)} ({event}, risk uplift) does not count: {why}."] == [m.text for m in misfits(found)]
    assert [len(held)] * bool(held) == [len(r.events) for r in register(found)]


@pytest.mark.parametrize(
    ("before", "event", "possible"),
    [
        ([], "close", "add: the register has no risk yet"),
        (["add"], "accept", "assess, treat or close"),
        (["add", "assess"], "add", "assess, treat, accept or close"),
        (["add", "close"], "assess", "add, under another id: a closed risk stays closed"),
    ],
)
def test_refusal_says_what_is_possible(
    records: MakeRecords, risk: Make, before: list[str], event: str, possible: str
) -> None:
    with pytest.raises(RecordError, match=f"expected: {possible}"):
        require_fit(risk(event), records(risk(name) for name in before))


def test_refusal_of_an_unknown_risk_names_those_there_are(records: MakeRecords, risk: Make) -> None:
    with pytest.raises(RecordError, match="expected: add, or one of the risks bias, uplift"):
        require_fit(risk("treat", "uplfit"), records([risk("add"), risk("add", "bias")]))


@pytest.mark.parametrize("event", ALL[1:])
def test_event_that_fits_is_not_refused(records: MakeRecords, risk: Make, event: str) -> None:
    require_fit(risk(event), records([risk("add"), risk("assess")]))


@pytest.mark.parametrize("event", ["treat", "accept", "close"])
def test_only_the_organisation_decides_about_its_risks(records: MakeRecords, risk: Make, event: str) -> None:
    held = records([risk("add"), risk("assess")], [risk(event)])
    assert ("open", 1) == (register(held)[0].state, len(misfits(held)))
    assert "only the organisation treats, accepts and closes" in misfits(held)[0].text


def test_somebody_else_may_add_a_risk(records: MakeRecords, risk: Make) -> None:
    held = records([], [risk("add"), risk("assess")])
    assert [("uplift", 12)] == [(r.id, r.level) for r in register(held)]


@given(st.data())
def test_no_sequence_of_events_breaks_the_fold(records: MakeRecords, now: datetime, data: st.DataObject) -> None:
    events = st.lists(st.tuples(st.sampled_from(ALL), st.sampled_from("ab")), max_size=12)
    own, others = ([make_event(now, *pair) for pair in data.draw(events)] for _ in range(2))
    held = records(own, others)
    risks, left = register(held), misfits(held)
    assert len(own) + len(others) == sum(len(r.events) for r in risks) + len(left)
    assert all(
        r.events[0].record.event == "add" and r.state in {"open", "treated", "accepted", "closed"} for r in risks
    )


@given(st.lists(st.sampled_from(ALL), max_size=8))
def test_what_was_allowed_is_never_a_misfit(records: MakeRecords, now: datetime, wanted: list[str]) -> None:
    held: list[RiskRecord] = []
    for event in wanted:
        record = make_event(now, event)
        try:
            require_fit(record, records(held))
        except RecordError:
            continue
        held.append(record)
    assert () == misfits(records(held))


def _closed(now: datetime, key: SigningKey, *events: RiskRecord, hidden: set[str]) -> Records:
    """Return events as everybody outside reads them, of the last of which some fields are withheld."""
    openings = [()] * (len(events) - 1) + [make_openings(events[-1], hidden, os.urandom)]
    signed = [sign_record(event, key, known) for event, known in zip(events, openings, strict=True)]
    return Records((read_entry(i, data, [key.public]) for i, data in enumerate(signed)), now)


@pytest.mark.parametrize("hidden", ["likelihood", "severity"])
def test_withheld_assessment_hides_behind_no_older_one(now: datetime, key: SigningKey, risk: Make, hidden: str) -> None:
    events = [risk("add"), risk("assess", **LOW), risk("assess", **HIGH)]
    (found,) = register(_closed(now, key, *events, hidden={hidden}))
    assert (None, False, True) == (found.level, found.tolerated(SCALES), found.needs_acceptance(SCALES))


def test_acceptance_by_a_role_that_is_withheld_does_not_count(now: datetime, key: SigningKey, risk: Make) -> None:
    (found,) = register(_closed(now, key, risk("add"), risk("assess"), risk("accept"), hidden={"role"}))
    assert "open" == found.state


def test_risk_of_which_all_is_withheld_is_there(now: datetime, key: SigningKey, risk: Make) -> None:
    held = _closed(now, key, risk("add"), hidden=set(RiskRecord.withholdable() - {"job"}))
    (found,) = register(held)
    assert ("uplift", "(withheld)", "", True) == (found.id, found.title, found.owner, found.is_overdue)
    assert {} == by_action([found])


def test_event_that_a_stolen_key_signed_counts_for_nothing(now: datetime, risk: Make) -> None:
    first, second = (SigningKey.generate("test.invalid/log", entropy=partial(_repeat, s)) for s in (1, 2))
    pairs: list[tuple[Record, SigningKey]] = [
        (_key_record(now, first, second, "first"), first),
        (risk("add"), first),
        (risk("close"), first),
        (_key_record(now, second, first, "compromised", revoked_since=2), second),
    ]
    held = Records(read_entries((sign_record(*pair) for pair in pairs), second.public), now)
    assert (["open"], ["Record 2 about the risk uplift is revoked, and counts for nothing."]) == (
        [r.state for r in register(held)],
        [m.text for m in misfits(held)],
    )


def _repeat(byte: int, size: int) -> bytes:
    return bytes([byte]) * size


def _key_record(now: datetime, key: SigningKey, then: SigningKey, reason: str, **changes: object) -> KeyRecord:
    following = sha256(then.public.raw).hexdigest()
    base = {"made": now, "vkey": key.public.vkey, "following": following, "reason": reason}
    return KeyRecord.model_validate(base | changes)
