"""Records of incidents: what each event says, whom it may not name, and what a withheld member leaves readable."""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from incident_events import ARTIFACT, EVENTS, make_incident_event
from pydantic import ValidationError

from accord.evidence import IncidentRecord, Weakness, make_openings, read_entry, sign_record
from accord.evidence.incidents import IncidentEvent, event_members, names_somebody
from accord.ledger import SigningKey, digest

Make = Callable[..., IncidentRecord]
TEXTS = {
    "signal": ("title", "description", "role"),
    "triage": ("relation", "reason"),
    "contain": ("measure",),
    "resolve": ("cause",),
    "notify": ("authority",),
}
CVSS3 = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"
CVSS4 = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:N/VA:N/SC:N/SI:N/SA:N"


@pytest.fixture
def incident(now: datetime) -> Make:
    """Return a factory of records of an event about the incident `doses`."""
    return partial(make_incident_event, now)


@pytest.mark.parametrize("event", EVENTS)
def test_event_reads_back_as_signed(incident: Make, key: SigningKey, event: str) -> None:
    record = incident(event)
    assert record == read_entry(0, sign_record(record, key), [key.public]).record


def test_record_is_about_its_incident(incident: Make) -> None:
    record = incident("signal")
    assert ("doses", [("doses", digest(b"doses"))]) == (record.about(), [(s.name, s.sha256) for s in record.subjects()])


@pytest.mark.parametrize(
    ("event", "field"),
    [(event, field) for event in get_args(IncidentEvent) for field in sorted(event_members(event)[0])],
)
def test_event_needs_each_of_its_members(incident: Make, event: str, field: str) -> None:
    with pytest.raises(ValidationError, match=f"to {event} an incident says also: {field}"):
        incident(event, **{field: None})


@pytest.mark.parametrize(
    ("event", "field", "why"),
    [
        ("correct", "severity", "to correct an incident says one of: additional, affected"),
        ("link", "identifiers", "to link an incident says one of: alerts, changes"),
    ],
)
def test_event_that_would_say_nothing_is_none(incident: Make, event: str, field: str, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        incident(event, **{field: None})


@pytest.mark.parametrize(
    ("event", "changes"),
    [
        ("signal", {"of": "b"}),
        ("link", {"title": "New"}),
        ("dismiss", {"severity": "hazard"}),
        ("acknowledge", {"report": ARTIFACT}),
        ("notify", {"notice": ARTIFACT}),
    ],
)
def test_event_does_not_say_what_belongs_to_another(incident: Make, event: str, changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=f"to {event} an incident does not say: {next(iter(changes))}"):
        incident(event, **changes)


def test_no_event_ends(incident: Make, now: datetime) -> None:
    with pytest.raises(ValidationError, match="does not say: expires"):
        incident("signal", expires=now + timedelta(days=1))


@pytest.mark.parametrize(("event", "field"), [(event, field) for event, fields in TEXTS.items() for field in fields])
def test_no_text_holds_a_persons_address(incident: Make, event: str, field: str) -> None:
    with pytest.raises(ValidationError, match=f"cannot be taken back from the log: {field}"):
        incident(event, **{field: "Ask jo.doe@acme.example about it"})


@pytest.mark.parametrize(
    "changes",
    [
        {"affected": ("patients", "jo@acme.example")},
        {"security": {"component": "what jo@acme.example wrote"}},
        {"materials": ("https://acme.example/jo@acme.example",)},
        {"partners": ("jo@acme.example",)},
    ],
)
def test_no_list_and_no_value_holds_a_persons_address(incident: Make, changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=f"cannot be taken back from the log: {next(iter(changes))}"):
        incident("signal", **changes)


@given(st.text(max_size=9), st.from_regex(r"[a-z]{1,8}@[a-z]{1,8}\.[a-z]{2,4}", fullmatch=True))
def test_address_is_found_wherever_it_stands(before: str, address: str) -> None:
    assert names_somebody("security", Weakness(component=f"{before} {address}"))
    assert names_somebody("affected", ("x", f"{before} {address}"))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"at": timedelta(seconds=1)}, "at is after it was recorded"),
        ({"aware": timedelta(seconds=1)}, "aware is after it was recorded"),
        ({"occurred": "2026-11-02", "ended": "2026-11-01"}, "it ended before it occurred"),
        ({"consequences": ("none", "death")}, "consequences are none, or some"),
    ],
)
def test_what_cannot_be_so_is_refused(incident: Make, now: datetime, changes: dict[str, Any], why: str) -> None:
    told = {name: now + value if isinstance(value, timedelta) else value for name, value in changes.items()}
    with pytest.raises(ValidationError, match=why):
        incident("signal", **told)


@pytest.mark.parametrize(("credit", "credited"), [("named", None), ("anonymous", ARTIFACT), ("declined", ARTIFACT)])
def test_credit_by_name_and_only_that_has_a_text(incident: Make, credit: str, credited: object) -> None:
    with pytest.raises(ValidationError, match="a credit by name, and only that"):
        incident("reward", credit=credit, credited=credited)


@pytest.mark.parametrize(
    ("event", "changes"),
    [
        ("signal", {"jurisdictions": ("France",)}),
        ("signal", {"materials": ("http://acme.example",)}),
        ("signal", {"materials": ("https://jo@acme.example",)}),
        ("signal", {"industries": ("health",)}),
        ("signal", {"severity": "high"}),
        ("signal", {"title": "x" * 301}),
        ("link", {"identifiers": ("815",)}),
        ("link", {"risks": ("Flood",)}),
        ("notify", {"stage": "first"}),
        ("reward", {"bounty": {"amount": "-1", "currency": "EUR"}}),
        ("reward", {"bounty": {"amount": "1e9", "currency": "EUR"}}),
        ("publish", {"address": "javascript:alert(1)"}),
        ("publish", {"language": "Japanese!"}),
    ],
)
def test_member_refuses_what_it_cannot_hold(incident: Make, event: str, changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=rf"(?m)^{next(iter(changes))}\b"):
        incident(event, **changes)


@pytest.mark.parametrize("vector", [CVSS3, CVSS4, f"{CVSS3}/E:P/RL:O", f"{CVSS4}/U:Clear"])
def test_cvss_vector_is_known_by_its_form(vector: str) -> None:
    assert vector == Weakness(cvss=vector).cvss


@pytest.mark.parametrize(
    "vector",
    [
        "",
        "AV:N/AC:L",
        CVSS3.replace("3.1", "2.0"),
        CVSS3.replace("/A:N", ""),
        f"{CVSS3}/A:N",
        CVSS3 + "/",
        CVSS3 + "\n",
    ],
)
def test_what_is_no_cvss_vector_is_refused(vector: str) -> None:
    with pytest.raises(ValidationError, match="cvss"):
        Weakness(cvss=vector)


@pytest.mark.parametrize("cwe", ["79", "CWE-0", "cwe-79", "CWE-79 "])
def test_what_is_no_cwe_is_refused(cwe: str) -> None:
    with pytest.raises(ValidationError, match="cwe"):
        Weakness(cwe=(cwe,))


def test_what_it_is_about_is_never_withheld() -> None:
    kept = {"id", "event", "at", "of", "tlp", "category", "severity", "stage", "under", "clock", "until", "made"}
    assert set() == kept & IncidentRecord.withholdable()
    assert {"title", "description", "role", "consequences", "security", "report"} <= IncidentRecord.withholdable()


@pytest.mark.parametrize("event", EVENTS)
def test_event_with_everything_withheld_stays_readable(incident: Make, key: SigningKey, event: str) -> None:
    record = incident(event)
    openings = make_openings(record, IncidentRecord.withholdable() - {"job"}, os.urandom)
    data = sign_record(record, key, openings)
    closed = read_entry(0, data, [key.public])
    assert isinstance(closed.record, IncidentRecord)
    assert (event, None, None, None) == (
        closed.record.event,
        closed.record.title,
        closed.record.role,
        closed.record.reason,
    )
    assert record == read_entry(0, data, [key.public], openings).record
