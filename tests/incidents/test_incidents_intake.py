"""Reports from outside: every form that is read, and what a stranger may try with each."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accord.errors import IntakeError
from accord.incidents.intake import MOST, Report, read_reports

Read = Callable[..., list[Report]]
OWN = """\
format = "accord-report/1"
title = "Ignore all rules"
description = "A user \\u202e asked."
category = "vulnerability"
severity = "hazard"
harms = ["security"]
occurred = 2026-11-01
contact = "jo@acme.example"
credit = "named"
credit_name = "Jo Doe"
[security]
cvss = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"
cwe = ["CWE-1427"]
component = "the tool for mail"
"""
AVID: dict[str, Any] = {
    "data_type": "AVID",
    "metadata": {"report_id": "AVID-2026-R0001"},
    "affects": {"developer": ["Acme"], "artifacts": [{"type": "Model", "name": "tiny"}]},
    "problemtype": {"type": "Issue", "description": {"lang": "eng", "value": "Leaks its prompt"}},
    "description": {"lang": "eng", "value": "Asked twice, it tells."},
    "references": [{"url": "https://example.org/x", "label": "x"}],
    "impact": {
        "cvss": {"vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"},
        "cwe": [{"cweId": "CWE-200"}],
    },
    "reported_date": "2026-11-20",
}
FLARE: dict[str, Any] = {
    "@type": "flare:AIFlawReport",
    "identifier": "AFL-77",
    "name": "Guides to harm",
    "description": "It guides.",
    "severity": "high",
    "dateCreated": "2026-11-20T10:00:00+02:00",
    "classification": {"realWorldHarm": True, "maliciousUse": True, "csamInvolved": False},
}


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Return a function that reads the reports in some bytes."""

    def read_all(data: bytes | str) -> list[Report]:
        path = tmp_path / "report"
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return list(read_reports(path))

    return read_all


def _mail(**headers: str) -> EmailMessage:
    message = EmailMessage()
    for name, value in {"Subject": "A flaw", "Date": "Fri, 20 Nov 2026 10:00:00 +0100", **headers}.items():
        message[name] = value
    message.set_content("It tells its prompt.")
    return message


# The forms


def test_own_form_proposes_words_of_lists_alone(read: Read) -> None:
    (report,) = read(OWN)
    assert {"category", "severity", "harms", "occurred", "security"} == set(report.proposed)
    assert {"cvss", "cwe"} == set(report.proposed["security"])
    assert "jo@acme.example" in report.text
    assert "Jo" not in json.dumps(report.proposed, default=str)


def test_own_form_reads_as_json_too(read: Read) -> None:
    told = {"format": "accord-report/1", "title": "t", "description": "d", "severity": "awful", "colour": "red"}
    (report,) = read(json.dumps(told))
    assert ({}, 2) == (dict(report.proposed), len(report.notes))
    assert "application/json" == report.media_type


@pytest.mark.parametrize("missing", ["title", "description"])
def test_report_without_its_text_says_too_little(read: Read, missing: str) -> None:
    told = {"format": "accord-report/1", "title": "t", "description": "d"} | {missing: " "}
    with pytest.raises(IntakeError, match=f"no {missing}"):
        read(json.dumps(told))


def test_avid_report_is_read(read: Read) -> None:
    (report,) = read(json.dumps(AVID))
    assert ("AVID", "Leaks its prompt", "vulnerability", ["AVID:AVID-2026-R0001"], ["CWE-200"]) == (
        report.format,
        report.title,
        report.proposed["category"],
        report.proposed["identifiers"],
        report.proposed["security"]["cwe"],
    )
    assert datetime(2026, 11, 20, tzinfo=UTC) == report.dated


def test_flare_report_is_read(read: Read) -> None:
    (report,) = read(json.dumps({"@graph": [FLARE]}))
    assert ("incident", "wrongful-use", ["FLARE:AFL-77"]) == (
        report.proposed["category"],
        report.proposed["use"],
        report.proposed["identifiers"],
    )
    assert ("Its severity, in its own words: high",) == report.notes
    assert datetime(2026, 11, 20, 8, tzinfo=UTC) == report.dated


@pytest.mark.parametrize("said", [True, "yes", 1])
def test_nothing_is_kept_of_what_nobody_may_have(read: Read, said: object) -> None:
    with pytest.raises(IntakeError, match="nothing of it is kept"):
        read(json.dumps(FLARE | {"classification": {"csamInvolved": said}}))
    with pytest.raises(IntakeError, match="nothing of it is kept"):
        read(json.dumps(FLARE | {"classification": [{"flare:csamInvolved": {"@value": said}}]}))


@pytest.mark.parametrize("name", ["AVID-2026-R1 ask jo", "jo-doe-did-it", 7, None, {}])
def test_id_that_is_none_stays_out_of_the_log(read: Read, name: object) -> None:
    (report,) = read(json.dumps(AVID | {"metadata": {"report_id": name}}))
    assert "identifiers" not in report.proposed


def test_message_is_read_and_its_attachments_are_counted(read: Read) -> None:
    message = _mail()
    message.add_attachment(b"\x00" * 900, maintype="application", subtype="zip", filename="../../bomb.zip")
    (report,) = read(message.as_bytes())
    assert ("e-mail", "A flaw", "It tells its prompt.\n") == (report.format, report.title, report.text)
    assert [("application/zip", True)] == [(a.media_type, a.size > 900) for a in report.attachments]
    assert (message.as_bytes(), {}) == (report.data, dict(report.proposed))
    assert datetime(2026, 11, 20, 9, tzinfo=UTC) == report.dated


def test_message_with_crlf_and_a_long_text_is_read(read: Read) -> None:
    data = _mail().as_bytes().replace(b"\n", b"\r\n") + b"more\r\n" * 300_000
    assert read(data)[0].title == "A flaw"


def test_mailbox_has_a_report_for_each_message(read: Read) -> None:
    box = b"".join(b"From x Fri Nov 20 10:00:00 2026\n" + _mail(Subject=f"Flaw {i}").as_bytes() + b"\n" for i in "ab")
    assert ["Flaw a", "Flaw b"] == [report.title for report in read(box)]


def test_same_report_has_the_same_id(read: Read, now: datetime) -> None:
    (report,) = read(OWN)
    assert f"report-20261123-{report.sha256[:8]}" == report.name(now)
    assert not set(report.words()[0]) & {"\u202e", "@"}


# What a stranger may try


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00" * 99,
        b"hello",
        b"%PDF-1.7",
        b"PK\x03\x04",
        b"{",
        b"[1]",
        b"[[]]",
        b"{}",
        b'{"format": 7}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"format": NaN}',
        b'{"format": ' + b"9" * 9_999 + b"}",
        b"\xff\xfe{}",
        b"a." * 100_000 + b"b = 1",
        b'a = "x"',
        b"a = [" + b"[" * 100_000,
        json.dumps([{}] * (MOST + 1)).encode(),
        b'{"data_type": "AVID"' + b" " * (5 << 20) + b"}",
    ],
)
def test_what_is_no_report_is_refused(read: Read, data: bytes) -> None:
    with pytest.raises(IntakeError):
        read(data)


_NEST = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (i, i) for i in range(5_000))
_LETTERS = b"Content-Type: message/rfc822\n\n" * 5_000
_PARTS = b'Content-Type: multipart/mixed; boundary="b"\n\n' + b"--b\n\n" * 500_000
_QUOTES = b"Content-Type: text/plain; " + b'a=";' * 200_000 + b"\n\nhello"
_FOLDED = b"Content-Type: text/plain;\n" + b' a=";"\n' * 200_000 + b"\nhello"


@pytest.mark.parametrize("data", [_NEST, _LETTERS, _PARTS, _QUOTES, _FOLDED])
def test_message_that_is_made_to_be_hard_is_refused_at_once(read: Read, data: bytes) -> None:
    start = time.process_time()
    with pytest.raises(IntakeError, match="made to be hard to read"):
        read(data)
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    "header",
    [
        b"Date: Fri, 99 Foo 99999 99:99:99 +9999",
        b"Date: " + b"(" * 5_000,
        b"Subject: =?utf-8?b?////?= =?punycode?q?" + b"a" * 90_000 + b"?=",
        b"Subject: =?nonsense?x?y?=",
        b"Subject: \xff\xfe\x00",
        b"Content-Type: text/plain; charset=punycode",
        b"Content-Type: text/plain; charset=zlib",
        b"Content-Type: text/plain; charset=unicode_escape",
        b"Content-Type: nonsense",
        b"Content-Type: multipart/mixed",
        b"Content-Transfer-Encoding: base64",
        b"Content-Disposition: \xff",
        b"From:" + b" <" * 50_000,
    ],
)
def test_header_that_nobody_should_write_is_read_past(read: Read, header: bytes) -> None:
    start = time.process_time()
    (report,) = read(header + b"\n\nhello ????\n")
    assert (report.dated, dict(report.proposed)) == (None, {})
    assert time.process_time() - start < 5


def test_mailbox_of_too_many_messages_is_refused(read: Read) -> None:
    with pytest.raises(IntakeError, match="too large"):
        read(b"From x\n\n" * 200_000)


def test_too_large_a_report_is_refused_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(40 << 20)
    with pytest.raises(IntakeError, match="too large"):
        list(read_reports(path))


def test_text_is_cut_where_it_is_shown(read: Read) -> None:
    told = {"format": "accord-report/1", "title": "t" * 99_000, "description": "d" * 99_000}
    (report,) = read(json.dumps(told))
    assert max(len(report.title), len(report.text)) < 21_000


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from(
    [*AVID, *FLARE, "title", "security", "harms", "severity", "occurred", "jurisdictions", "source", "consequences"]
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    base=st.sampled_from([{"format": "accord-report/1", "title": "t", "description": "d"}, AVID, FLARE]),
    changes=st.dictionaries(NAMES, ANY, max_size=6),
)
def test_whatever_an_object_holds_it_is_read_or_refused(
    read: Read, base: dict[str, Any], changes: dict[str, Any]
) -> None:
    try:
        (report,) = read(json.dumps(base | changes))
    except IntakeError:
        return
    allowed = {
        "category", "severity", "harms", "consequences", "occurred", "jurisdictions", "use", "source", "security",
        "identifiers",
    }  # fmt: skip
    assert set(report.proposed) <= allowed


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=400), front=st.sampled_from([b"", b"From x\n", b"Subject: a\n", b"{", b"a = "]))
def test_whatever_bytes_come_they_are_read_or_refused(read: Read, data: bytes, front: bytes) -> None:
    try:
        found = read(front + data)
    except IntakeError:
        return
    assert all(report.proposed is not None for report in found)
