"""Reading what others write: what leaves and comes back is the same, and nothing in a file is believed or obeyed."""

import json
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from incident_cases import WHOLE, cases, make_case, make_incident

from accord.errors import IntakeError
from accord.evidence import IncidentRecord
from accord.reports.exchange import FORMATS, READABLE, export, load_marks, read
from accord.reports.exchange.reading import LARGEST
from accord.reports.exchange.text import markdown, neutral, unmarkdown

TEXT = st.text(st.characters(exclude_categories=("C", "Z"), include_characters=" \n"), min_size=1, max_size=60)
LINE = st.text(st.characters(exclude_categories=("C", "Z"), include_characters=" "), min_size=1, max_size=60)
LINK = st.from_regex(r"https://[a-z0-9]{1,9}\.example(/[a-zA-Z0-9?=&%._~-]{0,20})?", fullmatch=True)
KNOWN = st.one_of(
    st.from_regex(r"CVE:CVE-20[0-9]{2}-[1-9][0-9]{3,5}", fullmatch=True),
    st.from_regex(r"[A-Z][A-Z0-9-]{0,9}:[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True),
)
FACTS = st.fixed_dictionaries(
    {
        "title": LINE,
        "description": TEXT,
        "severity": st.sampled_from(["hazard", "serious-hazard", "incident", "serious-incident", "disaster"]),
        "category": st.sampled_from(["incident", "hazard", "near-miss", "vulnerability"]),
        "cause": TEXT,
        "materials": st.lists(LINK, min_size=1, max_size=4, unique=True).map(tuple),
        "developers": st.lists(LINE, min_size=1, max_size=4, unique=True).map(tuple),
        "identifiers": st.lists(KNOWN, min_size=1, max_size=4, unique=True).map(tuple),
        "occurred": st.dates().map(str),
    }
)


def _is_recordable(facts: dict[str, Any]) -> bool:
    try:
        IncidentRecord(made=make_case().at, id="a", event="signal", role="a", source="user", **facts)
    except ValueError:
        return False
    return all(neutral(value) == value for value in facts.values() if isinstance(value, str))


@pytest.mark.parametrize("name", READABLE)
@settings(max_examples=40, suppress_health_check=[HealthCheck.filter_too_much])
@given(facts=FACTS.filter(_is_recordable))
def test_what_is_direct_comes_back_whatever_it_is(name: str, facts: dict[str, Any]) -> None:
    case = make_case(make_incident(WHOLE[:1] + WHOLE[-1:], ended=None, **facts))
    found = read(name, export(case, name).data).values
    for mark in load_marks(name):
        if mark.fate == "direct" and mark.field in facts:
            said = case.said[mark.field]
            assert _ordered(said) == _ordered(found[mark.field]), mark.field


def _ordered(value: object) -> object:
    return sorted(map(str, value)) if isinstance(value, list) else value


@given(TEXT)
def test_markdown_shows_a_text_as_it_is(text: str) -> None:
    assert text == unmarkdown(markdown(text))


@pytest.mark.parametrize(
    "text",
    [
        "<script>",
        "[a](https://b)",
        "![a](b)",
        "# A",
        "- a",
        "+ a",
        "1. a",
        "1) a",
        "> a",
        "`a`",
        "*a*",
        "~a~",
        "a|b",
        "&lt;",
    ],
)
def test_nothing_in_a_text_is_markdown(text: str) -> None:
    shown = markdown(text)
    assert all(shown[place - 1] == "\\" for place, char in enumerate(shown) if char in "<>[]`*~|&#!")
    assert not shown.startswith(("- ", "+ ", "1. ", "1) "))


@pytest.mark.parametrize("name", READABLE)
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"{}",
        b'{"a": 1, "a": 2}',
        b'{"a": NaN}',
        b'{"a": 1e999}',
        b'{"a": 12345678901234567890}',
        b"\xff\xfe{}",
        b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"a": "' + b"x" * LARGEST + b'"}',
        b'{"Event": [], "objects": {}, "document": 3, "criteria": "x", "data_type": 1, "incident_id": true}',
    ],
    ids=lambda data: repr(data[:20]),
)
def test_what_is_not_of_the_format_is_refused(name: str, data: bytes) -> None:
    with pytest.raises(IntakeError):
        read(name, data)


@pytest.mark.parametrize("name", READABLE)
@settings(max_examples=60)
@given(data=st.data())
def test_no_value_of_another_shape_is_taken_for_one(name: str, data: st.DataObject) -> None:
    told = json.loads(_written(name))
    wrong = st.sampled_from(["null", "true", "-1", "0.5", '""', '"x"', "[]", '[["x"]]', '{"a": [null]}']).map(
        json.loads
    )
    for _ in range(3):
        _spoil(told, data, wrong)
    try:
        found = read(name, json.dumps(told).encode())
    except IntakeError:
        return
    report = found.report(b"{}")
    IncidentRecord(
        made=make_case().at, id="a", event="signal", role="a", source="other", title="a", description="a",
        **{key: value for key, value in report.proposed.items() if key not in {"ended", "occurred"}},
    )  # fmt: skip


@cache
def _written(name: str) -> bytes:
    return export(cases()["vulnerability"], name).data


def _spoil(told: Any, data: st.DataObject, wrong: st.SearchStrategy[Any]) -> None:  # noqa: ANN401 - JSON
    """Put a wrong value somewhere into JSON."""
    while isinstance(told, dict | list) and told:
        places = sorted(told) if isinstance(told, dict) else list(range(len(told)))
        place = data.draw(st.sampled_from(places))
        if not isinstance(told[place], dict | list) or not told[place] or data.draw(st.booleans()):
            told[place] = data.draw(wrong)
            return
        told = told[place]


def test_only_words_of_lists_are_proposed_and_its_own_words_stay_in_the_file() -> None:
    data = export(make_case(make_incident(tlp="red"), level="red"), "oecd-29").data
    report = read("oecd-29", data).report(data)
    assert (data, "Wrong doses of medicine") == (report.data, report.title)
    assert "A patient was told" in report.text
    proposed = json.dumps(dict(report.proposed))
    assert not {"Wrong doses", "patient", "clinic", "tokenizer", "news.example", "Acme"} & {
        word for word in ("Wrong doses", "patient", "clinic", "tokenizer", "news.example", "Acme") if word in proposed
    }
    assert ("red", "serious-incident", ["DE", "FR"]) == tuple(
        report.proposed[name] for name in ("tlp", "severity", "jurisdictions")
    )
    assert {"cvss", "cwe", "resources", "detection", "relation"} == set(report.proposed["security"])


def test_a_marking_of_others_below_our_own_is_not_taken() -> None:
    data = export(make_case(level="clear"), "csaf").data
    assert "tlp" not in read("csaf", data).report(data).proposed


def test_identifiers_that_are_sound_are_kept_when_others_are_not() -> None:
    told = json.loads(export(cases()["vulnerability"], "csaf").data)
    told["vulnerabilities"][0]["ids"].append({"system_name": "Our tracker", "text": "#12"})
    report = read("csaf", json.dumps(told).encode()).report(b"")
    assert ["CVE:CVE-2026-12345", "AIID:815"] == report.proposed["identifiers"]
    assert any("identifiers" in note for note in report.notes)


def test_white_of_the_older_protocol_is_clear() -> None:
    told = json.loads(export(cases()["incident"], "csaf").data)
    told["document"]["distribution"]["tlp"]["label"] = "WHITE"
    assert "clear" == read("csaf", json.dumps(told).encode()).values["tlp"]


PUBLISHED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "aiid": (
        {
            "incident_id": 815, "date": "2026-11-02", "title": "Wrong doses", "description": "Ten times the dose.",
            "Alleged deployer of AI system": ["a-clinic"],
            "AllegedDeveloperOfAISystem": [{"entity_id": "acme", "name": "Acme"}],
            "editor_notes": "", "reports": [{"report_number": 1}],
        },
        {"title": "Wrong doses", "occurred": "2026-11-02", "identifiers": ["AIID:815"], "deployers": ["a-clinic"],
         "developers": ["Acme"], "description": "Ten times the dose."},
    ),
    "stix": (
        {
            "type": "bundle", "id": "bundle--1", "objects": [
                {"type": "identity", "name": "Peer"},
                {"type": "vulnerability", "name": "Injection", "external_references": [
                    {"source_name": "cve", "external_id": "CVE-2026-1111"},
                    {"source_name": "blog", "url": "https://peer.example/post"}],
                 "object_marking_refs": ["marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"]},
            ],
        },
        {"title": "Injection", "category": "vulnerability", "identifiers": ["CVE:CVE-2026-1111"],
         "materials": ["https://peer.example/post"], "tlp": "red"},
    ),
    "misp": (
        {
            "Event": {"info": "Injection", "date": "2026-11-02", "Tag": [{"name": "tlp:amber+strict"}], "Attribute": [
                {"type": "vulnerability", "value": "CVE-2026-1111"}, {"type": "link", "value": "https://peer.example/post"},
                {"type": "ip-dst", "value": "192.0.2.1"}]},
        },
        {"title": "Injection", "identifiers": ["CVE:CVE-2026-1111"], "materials": ["https://peer.example/post"],
         "tlp": "amber+strict"},
    ),
    "csaf": (
        {
            "document": {"csaf_version": "2.0", "title": "Injection", "tracking": {"id": "PEER-1"},
                         "references": [{"category": "self", "summary": "It", "url": "https://peer.example/csaf"}]},
            "vulnerabilities": [{"cve": "CVE-2026-1111", "cwes": [{"id": "CWE-77", "name": "Injection"}],
                                 "notes": [{"category": "summary", "text": "A \\*bad\\* prompt."}]}],
        },
        {"title": "Injection", "category": "vulnerability", "identifiers": ["CVE:CVE-2026-1111"], "id": "PEER-1",
         "description": "A *bad* prompt.", "security.cwe": ["CWE-77"], "materials": ["https://peer.example/csaf"]},
    ),
    "avid": (
        {
            "data_type": "AVID", "metadata": {"report_id": "AVID-2026-R0001"},
            "problemtype": {"classof": "LLM Evaluation", "description": {"lang": "eng", "value": "Injection"}},
            "references": [{"type": "source", "label": "A post", "url": "https://peer.example/post"}],
            "impact": {"cvss": {"vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:N"},
                       "cwe": [{"cweId": "CWE-77"}]},
        },
        {"title": "Injection", "identifiers": ["AVID:AVID-2026-R0001"], "materials": ["https://peer.example/post"],
         "security.cwe": ["CWE-77"], "security.cvss": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:N"},
    ),
}  # fmt: skip
"""Files in the forms that others use, written by hand, and what is read in them."""


@pytest.mark.parametrize("name", PUBLISHED)
def test_what_others_write_is_read(name: str) -> None:
    told, expected = PUBLISHED[name]
    assert expected == read(name, json.dumps(told).encode()).values


@pytest.mark.parametrize("name", [name for name in FORMATS if name not in READABLE])
def test_what_is_written_alone_is_not_read(name: str) -> None:
    with pytest.raises(IntakeError, match="not of the format"):
        read(name, _written(name))
