"""Notices to the public: of open words alone, and no text in them is Markdown or reaches beyond its place."""

from collections.abc import Callable
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from incident_events import make_incident_event
from markdown_it import MarkdownIt

from accord.evidence import Facts, IncidentRecord, Records
from accord.incidents import Incident, Publisher, make_notice, register, write_notice

MakeRecords = Callable[..., Records]
ACME = Publisher("Acme <b>", "Helpdesk *1.0*", ("mailto:incident@acme.example",), "acme.example/log")
HOSTILE = (
    "# <script>alert(1)</script> [x](javascript:y) ![z](http://a.example) `c` *b* _i_ | ~~s~~ &lt; <http://e.example>"
)


@pytest.fixture
def told(records: MakeRecords, now: datetime) -> Incident:
    """Return an incident that was told in the open."""
    steps = ("signal", "triage", "confirm", "contain", "resolve", "link")
    (found,) = register(records([make_incident_event(now, name) for name in steps]))
    return found


def test_notice_says_what_is_open(told: Incident, now: datetime) -> None:
    notice = make_notice(told, Facts(), None, ACME, now)
    assert ("Wrong doses", "resolved", "serious-incident", ["AIID:815"], "TLP:CLEAR") == (
        notice["title"],
        notice["state"],
        notice["facts"]["severity"],
        notice["identifiers"],
        notice["marking"],
    )
    assert ["Answers about doses are off.", "Units are checked before an answer."] == notice["measures"]
    assert [step["event"] for step in notice["timeline"]] == [e.record.event for e in told.events]


def test_what_is_said_for_the_public_outweighs_what_was_said_before(told: Incident, now: datetime) -> None:
    notice = make_notice(told, Facts(title="In short"), "It is mended.", ACME, now)
    assert ("In short", ["It is mended."]) == (notice["title"], notice["measures"])


def test_role_and_relation_are_not_for_the_public(told: Incident, now: datetime) -> None:
    text = write_notice(make_notice(told, Facts(), None, ACME, now))
    assert not [word for word in ("Incident lead", "Support desk", "The system gave the dose") if word in text]


@pytest.mark.parametrize("text", [HOSTILE, "- a\n1. b\n> c\n    code\n=====\n***", "a\u202eb\x1b[31m"])
def test_no_text_is_markdown(records: MakeRecords, now: datetime, text: str) -> None:
    record = make_incident_event(now, "signal", title="T", description=text, affected=(text.replace("\n", " "),))
    (found,) = register(records([record]))
    html = MarkdownIt("commonmark").render(write_notice(make_notice(found, Facts(), None, ACME, now)))
    assert not [
        tag for tag in ("<script", "<b>", "<img", "<code", "<blockquote", 'href="javascript', "\x1b") if tag in html
    ]
    assert 1 == html.count("<h1>")
    assert 1 == html.count("<a ")


@given(st.text(max_size=60))
def test_whatever_the_title_is_there_is_one_heading_of_its_level(title: str) -> None:
    notice = {
        "id": "a", "title": title, "organisation": "Acme", "system": "Help", "made": "2026-11-23",
        "state": "signalled", "timeline": [], "log": "acme", "marking": "TLP:CLEAR",
    }  # fmt: skip
    html = MarkdownIt("commonmark").render(write_notice(notice))
    assert html.count("<h1>") == 1
    assert "<a" not in html
    assert "<em>" not in html


def test_withheld_incident_is_a_notice_of_its_steps_alone(told: Incident, now: datetime) -> None:
    bare = IncidentRecord.model_construct(made=now, id="x", event="signal")
    event = type(told.events[0])(told.events[0].ref, told.events[0].origin, bare)
    text = write_notice(make_notice(Incident((event,), now), Facts(), None, ACME, now))
    assert text.startswith("# x\n")
