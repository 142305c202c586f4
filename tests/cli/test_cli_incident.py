"""Incidents at the command line: a whole life, what is withheld, what is refused and kept, and reports from outside."""

# ruff: noqa: ANN401 - importlib mode cannot import a class of conftest into a test

import json
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from risk_events import make_event
from run_here import Done, run_here

from accord.assess import declare
from accord.codes import load_code
from accord.evidence import IncidentRecord
from accord.ledger import digest, unverified_payload
from accord.manifest import load_system
from accord.workspace import Workspace

SAID: dict[str, dict[str, str]] = {
    "signal": {
        "title": "Wrong doses",
        "description": "Ten times the dose.",
        "source": "user",
        "role": "Support desk",
        "affected": "patients",
    },
    "acknowledge": {"role": "Support desk"},
    "triage": {
        "category": "incident",
        "severity": "serious-incident",
        "harm": "physical",
        "consequence": "health",
        "relation": "It gave the dose.",
        "reason": "The transcript shows it.",
        "role": "Incident lead",
    },
    "confirm": {"reason": "Brought about again.", "role": "Incident lead"},
    "contain": {"measure": "Doses are off.", "role": "Incident lead"},
    "resolve": {"measure": "Units are checked.", "cause": "Milligrams as grams.", "role": "Incident lead"},
    "notify": {"authority": "AI Office", "stage": "initial", "under": "eu-gpai-code", "role": "Legal"},
    "link": {"identifier": "AIID:815", "partner": "A hospital", "role": "Incident lead"},
    "reward": {"credit": "anonymous", "say": "bounty.amount=500", "role": "Security"},
    "duplicate": {"of": "doses", "role": "Incident lead"},
    "dismiss": {"reason": "The answer was right.", "role": "Incident lead"},
    "reopen": {"reason": "It came back.", "role": "Incident lead"},
    "correct": {"severity": "disaster", "reason": "A second case.", "role": "Incident lead"},
    "extend": {"clock": "vulnerability-disclosure", "until": "2099-01-01T00:00Z", "reason": "Agreed.", "role": "Legal"},
}
LIFE = ["signal", "acknowledge", "triage", "confirm", "notify", "contain", "link", "correct", "resolve"]
REPORT = """\
format = "accord-report/1"
title = "Ask jo@acme.example"
description = "It \\u001b[31mtells its prompt."
category = "vulnerability"
occurred = 2026-11-01
"""

Accord = Callable[..., Done]


@pytest.fixture
def accord(capsys: pytest.CaptureFixture[str]) -> Accord:
    """Return the command line as a function: a process for each of these many refusals would take minutes."""
    return partial(run_here, capsys)


@pytest.fixture
def do(accord: Accord, workspace: Workspace) -> Any:
    """Return a function that records an event about the incident `doses`; options are changed at will."""

    def run(event: str, *more: object, name: str = "doses", **changes: str) -> Done:
        flags = [part for option, value in (SAID[event] | changes).items() for part in (f"--{option}", value)]
        return accord("incident", event, name, workspace.root, *flags, *more)

    return run


@pytest.fixture
def lived(do: Any, workspace: Workspace) -> Workspace:
    """Return a workspace with an incident that was resolved."""
    assert [(0, "")] * len(LIFE) == [(done.code, done.err) for done in map(do, LIFE)]
    return workspace


def _held(space: Workspace, at: datetime, *, opened: bool = True) -> list[IncidentRecord]:
    return [entry.record for entry in space.records(at, opened=opened).of(IncidentRecord)]


def _logged(space: Workspace) -> str:
    """Return everything that the log holds, in the clear."""
    return "".join(unverified_payload(data).decode() for data in space.log().entries())


# A life


def test_whole_life_of_an_incident_is_recorded_and_shown(accord: Accord, lived: Workspace, now: datetime) -> None:
    assert LIFE == [record.event for record in _held(lived, now)]
    told = accord("incident", "show", "doses", lived.root, "--json").json
    assert ("resolved", "disaster", ["patients"]) == (
        told["state"],
        told["facts"]["severity"],
        told["facts"]["affected"],
    )
    assert {"identifiers": ["AIID:815"], "partners": ["A hospital"]} == told["links"]
    found = {clock["id"]: clock["status"] for clock in told["clocks"]}
    assert ("met", "running", "running", "not-applicable") == (
        found["eu-gpai-harm"],
        found["eu-gpai-final"],
        found["eu-ai-act-serious"],
        found["eu-gpai-death"],
    )
    shown = accord("incident", "show", "doses", lived.root).out
    assert "Report: any other serious incident" in shown
    assert "supporting materials (7)" in shown


def test_list_has_the_next_deadline_of_each(accord: Accord, lived: Workspace, do: Any) -> None:
    assert 0 == do("signal", name="b").code
    told = accord("incident", "list", lived.root, "--json").json
    assert (["doses", "b"], []) == ([one["id"] for one in told["incidents"]], told["misfits"])
    assert ["b"] == [one["id"] for one in accord("incident", "list", lived.root, "--open", "--json").json["incidents"]]
    assert "Deadlines are in UTC." in accord("incident", "list", lived.root).out
    assert 0 == do("duplicate", name="b").code
    assert [] == accord("incident", "list", lived.root, "--open", "--json").json["incidents"]
    shown = accord("incident", "show", "b", lived.root)
    assert "duplicate of doses" in shown.out


def test_json_says_what_was_recorded_and_how_it_stands(do: Any) -> None:
    told = do("signal", "--json").json
    assert (0, "signalled", "amber") == (
        told["record"],
        told["incident"]["state"],
        told["incident"]["facts"]["tlp"],
    )


def test_members_come_from_a_file_and_options_outweigh_it(
    accord: Accord, workspace: Workspace, tmp_path: Path, now: datetime
) -> None:
    file = tmp_path / "signal.toml"
    file.write_text(
        'title = "Old"\ndescription = """Two\nlines."""\nsource = "staff"\nrole = "Desk"\noccurred = 2026-11-01\n'
        'tlp = "clear"\n[security]\ncwe = ["CWE-79"]\n',
        encoding="utf-8",
    )
    done = accord(
        "incident", "signal", "x", workspace.root, "--from", file, "--title", "New", "--say", "ended=2026-11-02"
    )
    assert (0, "") == (done.code, done.err)
    (record,) = _held(workspace, now, opened=False)
    assert ("New", "Two\nlines.", ("CWE-79",), "2026-11-02") == (
        record.title,
        record.description,
        record.security and record.security.cwe,
        str(record.ended),
    )


def test_signal_concerns_what_is_declared(do: Any, workspace: Workspace, now: datetime) -> None:
    declare(workspace, load_system(workspace.manifest), load_code(), now)
    assert 0 == do("signal").code
    assert [0] == [ref.index for record in _held(workspace, now) for ref in record.systems or ()]


def test_ties_to_risks_are_checked(do: Any, workspace: Workspace, now: datetime) -> None:
    workspace.append([make_event(now, "add")])
    assert 0 == do("signal").code
    assert 0 == do("link", "--risk", "uplift").code
    refused = do("link", "--risk", "flood")
    assert (2, True) == (refused.code, "there is no 'flood' among risks: uplift" in refused.err)


# What is withheld, and what is said in the open


def test_what_is_marked_above_clear_is_withheld(lived: Workspace, now: datetime) -> None:
    for record in _held(lived, now, opened=False):
        assert {None} == {record.title, record.description, record.role, record.reason, record.measure, record.cause}
        assert (record.consequences, record.authority) == (None, None)
    assert "Wrong doses" not in _logged(lived)


def test_what_is_clear_is_said_in_the_open(do: Any, workspace: Workspace, now: datetime) -> None:
    assert 0 == do("signal", tlp="clear").code
    assert 0 == do("triage").code
    assert ["Wrong doses", None] == [record.title for record in _held(workspace, now, opened=False)]
    assert "It gave the dose." == _held(workspace, now, opened=False)[1].relation


def test_notice_is_made_of_open_words_alone(accord: Accord, lived: Workspace) -> None:
    text = accord("incident", "notice", "doses", lived.root).out
    assert "Wrong doses" not in text
    assert "Incident doses, resolved." in text
    shown = accord("incident", "notice", "doses", lived.root, "--reveal", "title", "--reveal", "measure").out
    assert ("# Wrong doses", True) == (shown.partition("\n")[0], "Units are checked." in shown)
    told = accord("incident", "notice", "doses", lived.root, "--reveal", "security")
    assert (2, True) == (told.code, "Nothing is known of it by: security" in told.err)


def test_published_notice_is_bound_by_its_digest(
    accord: Accord, lived: Workspace, tmp_path: Path, now: datetime
) -> None:
    out = tmp_path / "notice.md"
    line = ("--address", "https://acme.example/n", "--role", "Press office", "--reveal", "title", "--out", out)
    done = accord("incident", "publish", "doses", lived.root, *line)
    assert (0, "") == (done.code, done.err)
    record = _held(lived, now, opened=False)[-1]
    assert ("Wrong doses", digest(out.read_bytes()), "Press office") == (
        record.title,
        record.notice and record.notice.sha256,
        record.role,
    )
    assert out.read_bytes() == lived.artifacts.get(digest(out.read_bytes()))
    assert "published" == accord("incident", "show", "doses", lived.root, "--json").json["state"]


def test_own_notice_is_published_as_it_is(accord: Accord, lived: Workspace, tmp_path: Path, now: datetime) -> None:
    file = tmp_path / "ours.md"
    file.write_text("# Ours\n", encoding="utf-8")
    line = ("--address", "https://acme.example/n", "--role", "Press office")
    neither = accord("incident", "publish", "doses", lived.root, *line)
    assert (2, True) == (neither.code, "Give --notice" in neither.err)
    assert 0 == accord("incident", "publish", "doses", lived.root, *line, "--notice", file, "--language", "en").code
    assert digest(b"# Ours\n") == getattr(_held(lived, now)[-1].notice, "sha256", "")


def test_other_file_is_not_written_over(accord: Accord, lived: Workspace, tmp_path: Path) -> None:
    out = tmp_path / "notice.md"
    out.write_text("mine", encoding="utf-8")
    line = ("--address", "https://acme.example/n", "--role", "Press office", "--out", out)
    done = accord("incident", "publish", "doses", lived.root, *line)
    assert (2, "mine") == (done.code, out.read_text(encoding="utf-8"))


# What is refused, and not lost


@pytest.mark.parametrize(
    ("event", "changes", "why"),
    [
        ("triage", {}, "it is resolved"),
        ("link", {"say": "title=New"}, "To link an incident does not say: title"),
        ("correct", {"role": "jo@acme.example"}, "a person's address cannot be taken back from the log: role"),
        ("notify", {"under": "nobody"}, "There are no such rules: nobody"),
        ("extend", {"clock": "eu-gpai-harm"}, "This deadline cannot be put off: eu-gpai-harm"),
        ("correct", {"at": "2099-01-01T00:00Z"}, "at is after it was recorded"),
        ("correct", {"at": "2026-11-01"}, "at:"),
        ("correct", {"say": "description=a\x1bb"}, "description holds characters that are not seen"),
        ("correct", {"say": "security.cvss=CVSS:3.1/AV:N"}, "security.cvss"),
        ("link", {"evaluation": "99"}, "The log has no entry 99"),
        ("link", {"evaluation": "99"}, "--evaluation"),
        ("notify", {"say": "report=/nowhere"}, "report: expected the path of a file, found '/nowhere'"),
    ],
)
def test_refusal_keeps_what_was_said(
    do: Any, accord: Accord, lived: Workspace, now: datetime, event: str, changes: dict[str, str], why: str
) -> None:
    before = len(_held(lived, now))
    done = do(event, **changes)
    assert (2, True, before) == (done.code, why in done.err, len(_held(lived, now)))
    (draft,) = lived.runs.glob("incident-*.toml")
    assert 0o600 == draft.stat().st_mode & 0o777
    again = accord("incident", event, "doses", lived.root, "--from", draft)
    assert (2, True) == (again.code, why in again.err)


def test_corrected_draft_is_recorded(do: Any, accord: Accord, workspace: Workspace) -> None:
    assert 2 == do("signal", description="Ask jo@acme.example").code
    (draft,) = workspace.runs.glob("incident-*.toml")
    text = draft.read_text(encoding="utf-8").replace("Ask jo@acme.example", "Ten times.")
    draft.write_text(text, encoding="utf-8")
    assert 0 == accord("incident", "signal", "doses", workspace.root, "--from", draft).code


@pytest.mark.parametrize("text", ["a = ", "\ud800", "a = [" * 9_999])
def test_file_that_is_no_toml_is_refused(accord: Accord, workspace: Workspace, tmp_path: Path, text: str) -> None:
    file = tmp_path / "x.toml"
    file.write_bytes(text.encode(errors="surrogatepass"))
    done = accord("incident", "signal", "x", workspace.root, "--from", file)
    assert (2, True) == (done.code, "is not TOML in UTF-8" in done.err)


@pytest.mark.parametrize("text", ["title", "colour=red", "=x", "security=x", "title.x=y"])
def test_say_names_a_member(accord: Accord, workspace: Workspace, text: str) -> None:
    done = accord("incident", "signal", "x", workspace.root, "--say", text)
    assert (2, True) == (done.code, "expected a member, = and a value" in done.err)


def test_incident_that_there_is_not_is_refused_with_those_that_there_are(accord: Accord, lived: Workspace) -> None:
    done = accord("incident", "show", "nothing", lived.root)
    assert (2, True) == (done.code, "There are: doses." in done.err)


# Credit


def test_credit_by_name_lies_beside_the_log(do: Any, lived: Workspace, tmp_path: Path, now: datetime) -> None:
    name = tmp_path / "name.txt"
    name.write_text("Jo Doe, at their own wish", encoding="utf-8")
    assert 2 == do("reward", credit="named").code
    done = do("reward", "--credited", name, "--say", "bounty.currency=EUR", credit="named")
    assert (0, "") == (done.code, done.err)
    (record,) = [r for r in _held(lived, now) if r.event == "reward"]
    assert ("500", digest(name.read_bytes())) == (
        record.bounty and record.bounty.amount,
        record.credited and record.credited.sha256,
    )
    assert "Jo Doe" not in _logged(lived)


# Reports from outside


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "report.toml"
    path.write_text(REPORT, encoding="utf-8")
    return path


def test_report_is_shown_and_not_recorded(accord: Accord, workspace: Workspace, report: Path, now: datetime) -> None:
    done = accord("incident", "intake", report, workspace.root)
    assert (0, []) == (done.code, _held(workspace, now))
    assert ("Nothing was recorded" in done.out, "\x1b" in done.out) == (True, False)


def test_recorded_report_leaves_none_of_its_words_in_the_log(
    accord: Accord, workspace: Workspace, report: Path, now: datetime
) -> None:
    done = accord("incident", "intake", report, workspace.root, "--record", "--at", "2026-11-20T09:00Z", "--json")
    assert (0, 0) == (done.code, done.json["reports"][0]["record"])
    (record,) = _held(workspace, now)
    assert ("A report in the form accord-report/1", "vulnerability", "other", "2026-11-20T09:00:00Z") == (
        record.title,
        record.category,
        record.source,
        f"{record.time:%Y-%m-%dT%H:%M:%SZ}",
    )
    assert "jo@acme" not in _logged(workspace)
    assert REPORT.encode() == workspace.artifacts.get(record.report.sha256 if record.report else "")


def test_report_is_taken_in_once(accord: Accord, workspace: Workspace, report: Path, now: datetime) -> None:
    lines = [accord("incident", "intake", report, workspace.root, "--record") for _ in range(2)]
    assert ([0, 0], 1, True) == (
        [line.code for line in lines],
        len(_held(workspace, now)),
        "It was taken in already" in lines[1].out,
    )


def test_one_of_several_is_taken_in(accord: Accord, workspace: Workspace, tmp_path: Path, now: datetime) -> None:
    path = tmp_path / "reports.json"
    told = [{"format": "accord-report/1", "title": name, "description": "d"} for name in "abc"]
    path.write_text(json.dumps(told), encoding="utf-8")
    done = accord("incident", "intake", path, workspace.root, "--only", "2", "--record", "--id", "b", "--title", "Ours")
    assert (0, [("b", "Ours")]) == (done.code, [(r.id, r.title) for r in _held(workspace, now)])


def test_file_that_is_no_report_is_refused(accord: Accord, workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "x.pdf"
    path.write_bytes(b"%PDF-1.7")
    done = accord("incident", "intake", path, workspace.root)
    assert (2, True) == (done.code, "The form of this report is not known" in done.err)
