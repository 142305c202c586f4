"""Records of risks: what each event says, whom it may not name, and what a withheld field leaves readable."""

import os
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from risk_events import EVENTS, make_event

from accord.evidence import Effect, RiskRecord, make_openings, names_person, read_entry, sign_record
from accord.ledger import SigningKey, digest

POSSIBLE: dict[str, dict[str, Any]] = {
    "add": {"partners": ("A safety institute",), "catalogue": ("MIT:4.2", "IBM:atlas-dangerous-use")},
    "assess": {"indicators": ("refusal.harmful",), "review": date(2027, 1, 1)},
    "treat": {"shown_by": ({"metric": "refusal.harmful", "at_least": 0.9},)},
}
TEXTS = {
    "add": ("title", "scenario", "owner"),
    "assess": ("reason",),
    "treat": ("treatment", "role"),
    "accept": ("role", "reason"),
    "close": ("role", "reason"),
}

Make = Callable[..., RiskRecord]


@pytest.fixture
def risk(now: datetime) -> Make:
    """Return a factory of records of an event about the risk `uplift`."""

    return partial(make_event, now)


@pytest.mark.parametrize("event", EVENTS)
def test_event_reads_back_as_signed(risk: Make, key: SigningKey, event: str) -> None:
    record = risk(event, **POSSIBLE.get(event, {}))
    assert record == read_entry(0, sign_record(record, key), [key.public]).record


def test_record_is_about_its_risk(risk: Make) -> None:
    record = risk("add")
    assert ("uplift", [("uplift", digest(b"uplift"))]) == (
        record.about(),
        [(s.name, s.sha256) for s in record.subjects()],
    )


def test_level_is_the_product_of_the_two_positions(risk: Make) -> None:
    assert (12, None) == (risk("assess").level, risk("add").level)


@pytest.mark.parametrize(("event", "field"), [(event, field) for event, fields in EVENTS.items() for field in fields])
def test_event_needs_each_of_its_fields(risk: Make, event: str, field: str) -> None:
    with pytest.raises(ValidationError, match=f"to {event} a risk says also: {field}"):
        risk(event, **{field: None})


def test_acceptance_ends(risk: Make) -> None:
    with pytest.raises(ValidationError, match="to accept a risk says also: expires"):
        risk("accept", expires=None)


def test_everything_that_is_missing_is_named_at_once(now: datetime) -> None:
    with pytest.raises(ValidationError, match="likelihood, phase, reason, severity"):
        RiskRecord(made=now, id="uplift", event="assess")


@pytest.mark.parametrize("text", ["", "  "])
def test_empty_text_says_nothing(risk: Make, text: str) -> None:
    with pytest.raises(ValidationError, match="says also: title"):
        risk("add", title=text)


@pytest.mark.parametrize(
    ("event", "changes"),
    [
        ("add", {"phase": "inherent"}),
        ("assess", {"title": "Uplift"}),
        ("treat", {"review": date(2027, 1, 1)}),
        ("close", {"mitigation": "refusal"}),
    ],
)
def test_event_does_not_say_what_belongs_to_another(risk: Make, event: str, changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=f"to {event} a risk does not say: {next(iter(changes))}"):
        risk(event, **changes)


@pytest.mark.parametrize("event", ["add", "assess", "treat", "close"])
def test_only_an_acceptance_ends(risk: Make, now: datetime, event: str) -> None:
    with pytest.raises(ValidationError, match=f"to {event} a risk does not say: expires"):
        risk(event, expires=now + timedelta(days=1))


@pytest.mark.parametrize(("event", "field"), [(event, field) for event, fields in TEXTS.items() for field in fields])
def test_no_text_holds_a_persons_address(risk: Make, event: str, field: str) -> None:
    with pytest.raises(ValidationError, match=f"cannot be taken back from the log: {field}"):
        risk(event, **{field: "Ask jo.doe@acme.example about it"})


@pytest.mark.parametrize("field", ["affected", "partners"])
def test_no_text_of_a_list_holds_a_persons_address(risk: Make, field: str) -> None:
    with pytest.raises(ValidationError, match=f"cannot be taken back from the log: {field}"):
        risk("add", **{field: ("the public", "jo@acme.example")})


@pytest.mark.parametrize("role", ["@jo", "jo@acme", "jo\uff20acme"])
def test_role_holds_no_handle_of_a_person(risk: Make, role: str) -> None:
    with pytest.raises(ValidationError, match="cannot be taken back from the log: owner"):
        risk("add", owner=role)


def test_at_sign_that_is_no_address_may_stand_in_a_reason(risk: Make) -> None:
    assert "precision @ 5" == risk("assess", reason="precision @ 5").reason


@given(st.text(), st.from_regex(r"[a-z]{1,8}@[a-z]{1,8}\.[a-z]{2,4}", fullmatch=True), st.text())
def test_address_is_found_in_whatever_text(before: str, address: str, after: str) -> None:
    assert names_person(f"{before} {address} {after}")


@pytest.mark.parametrize(
    ("event", "changes"),
    [
        ("add", {"family": "R8"}),
        ("add", {"stage": "retired"}),
        ("add", {"affected": ()}),
        ("add", {"touches": ("12.1",)}),
        ("add", {"touches": ("P8",)}),
        ("add", {"catalogue": ("4.2",)}),
        ("add", {"review": "soon"}),
        ("assess", {"phase": "later"}),
        ("assess", {"likelihood": {"position": 0, "word": "never"}}),
        ("assess", {"indicators": ("harmful",)}),
        ("treat", {"mitigation": "Refusal training"}),
    ],
)
def test_field_refuses_what_it_cannot_hold(risk: Make, event: str, changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=rf"(?m)^{next(iter(changes))}\b"):
        risk(event, **changes)


@pytest.mark.parametrize("name", ["", "Uplift", "a b", "-a", "a" * 65])
def test_id_is_of_small_letters_digits_and_hyphens(risk: Make, name: str) -> None:
    with pytest.raises(ValidationError, match=r"(?m)^id$"):
        risk("close", name)


@pytest.mark.parametrize("bounds", [{}, {"at_most": 0.1, "at_least": 0.2}])
def test_effect_has_one_bound(bounds: dict[str, float]) -> None:
    with pytest.raises(ValidationError, match="exactly one of at_most and at_least"):
        Effect.model_validate({"metric": "refusal.harmful"} | bounds)


def test_what_it_is_about_is_never_withheld() -> None:
    assert {"id", "event", "phase"} & RiskRecord.withholdable() == set()
    assert {"title", "scenario", "likelihood", "severity", "reason", "role"} <= RiskRecord.withholdable()


@pytest.mark.parametrize("event", EVENTS)
def test_event_with_everything_withheld_stays_readable(risk: Make, key: SigningKey, event: str) -> None:
    record = risk(event)
    openings = make_openings(record, RiskRecord.withholdable() - {"job"}, os.urandom)
    data = sign_record(record, key, openings)
    closed = read_entry(0, data, [key.public])
    assert isinstance(closed.record, RiskRecord)
    assert (event, None, None) == (closed.record.event, closed.record.title, closed.record.reason)
    assert set(closed.withheld) >= set(EVENTS[event]) - {"phase"}
    assert record == read_entry(0, data, [key.public], openings).record
