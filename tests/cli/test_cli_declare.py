"""Statements at the command line: from files, all or none, questioned, replaced and withdrawn."""

# ruff: noqa: ANN401 - importlib mode cannot import a class of conftest into a test

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from run_here import run_here
from stated_policy import FACT

from accord.evidence import StatementRecord
from accord.ledger import unverified_payload
from accord.workspace import Workspace

PLAN = """
plan-1:
  topic: practice
  claim: conditional-plan
  clauses: ["9.5"]
  title: Panel
  text: We aim to meet various groups regularly.
  since: 2026-01-01
  checked: 2026-11-01
  owner: Head of Outreach
  confidentiality: withheld
  condition: Funds of the Ministry are found.
  partners: [Ministry of Light]
"""


@pytest.fixture
def file(workspace: Workspace) -> Callable[[str, str], Path]:
    def write(name: str, text: str) -> Path:
        (workspace.root / name).write_text(text, encoding="utf-8")
        return workspace.root / name

    return write


def test_a_file_is_recorded_once_and_a_change_replaces(
    declare: Callable[..., Any], workspace: Workspace, file: Callable[[str, str], Path]
) -> None:
    facts, where = file("facts.toml", FACT), ("--folder", workspace.root)
    assert "1 statements recorded, 0 as they were." in declare("add", facts, *where).out
    assert "0 statements recorded, 1 as they were." in declare("add", facts, *where).out
    facts.write_text(FACT.replace('"3"', '"4"'))
    declare("add", facts, *where)
    (row,) = json.loads(declare("list", workspace.root, "--json").out)
    assert ("4", [0]) == (row["statement"]["version"], row["replaces"])
    assert [] == row["gaps"]


def test_yaml_is_read_and_vague_words_are_questioned(
    declare: Callable[..., Any], workspace: Workspace, file: Callable[[str, str], Path]
) -> None:
    shown = declare("add", file("plan.yaml", PLAN), "--folder", workspace.root, "--check").out
    assert "“regularly”: how often is that" in shown
    assert "“various”" in shown
    assert "1 statements would be recorded" in shown
    assert 0 == workspace.log().size


def test_what_is_withheld_stands_in_the_log_as_commitments(
    declare: Callable[..., Any], workspace: Workspace, file: Callable[[str, str], Path], now: Any
) -> None:
    declare("add", file("plan.yaml", PLAN), "--folder", workspace.root)
    declare("withdraw", "plan-1", workspace.root, "--reason", "The Ministry of Light said no.")
    declare("add", file("plan.yaml", PLAN), "--folder", workspace.root)
    log = workspace.log()
    data = b"".join(unverified_payload(log.entry(index)) for index in range(log.size))
    assert 3 == log.size
    assert [] == [word for word in (b"various groups", b"Ministry", b"Panel") if word in data]
    (*_, entry) = workspace.records(now).of(StatementRecord)
    assert (None, None, ("9.5",)) == (entry.record.title, entry.record.text, entry.record.clauses)
    (*_, opened) = workspace.records(now, opened=True).of(StatementRecord)
    assert "We aim to meet various groups regularly." == opened.record.text


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("x = 1", "expected a table for each statement"),
        ("[a]\ntopic = 'practice'", "says also"),
        (FACT.replace("risk.md", "none.md"), "bad.toml, line 15: other.documents: there is no document"),
        (FACT.replace("title =", "titel ="), "line 6: other.titel: there is no such member; did you mean title?"),
        (FACT.replace('["risk.md"]', "3"), "other.documents: expected a list in [brackets], found 3"),
        (FACT + 'made = "x"\n', "other.made: there is no such member"),
        (FACT + 'event = "withdraw"\n', "other.event: there is no such member"),
        (FACT + 'id = "x"\n', "other.id: there is no such member"),
        (FACT + "records = [true]\n", "named by their index"),
        (FACT.replace('["risk-management"]', '["secrets"]'), "line 17: other.covers: Input should be"),
        (FACT.replace("2026-11-01", '"yesterday"'), "line 9: other.checked: expected a day without quotes"),
        (FACT.replace("2026-11-01", "2030-01-01"), "line 9: other.checked: 2030-01-01 is still to come"),
        (FACT.replace("risk.md", "sha256:" + "0" * 64), "no statement names a document of this digest"),
        ("a = " + "[" * 9_000, "cannot be read"),
        ("# " + "x" * (1 << 20), "too large"),
        (FACT.replace("5.1", "5.9"), "5.9"),
        (FACT + "records = [99]\n", "The log has no entry 99"),
        (FACT.replace("each January.", "each \\u202e January."), "one line of text"),
        (FACT.replace('"Board"', '"jane@acme.example"'), "person's address"),
        ("[", "cannot be read"),
        ("\x00", "cannot be read"),
    ],
)
def test_a_wrong_file_records_nothing(
    declare: Callable[..., Any], workspace: Workspace, file: Callable[[str, str], Path], text: str, problem: str
) -> None:
    done = declare("add", file("ok.toml", FACT), file("bad.toml", text.replace("risk-policy", "other")),
                   "--folder", workspace.root, code=2)  # fmt: skip
    assert problem in done.err
    assert 0 == workspace.log().size


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: &x {b: 1}\nc: *x\n", "line 1: anchors and aliases are not read"),
        ("- 1\n", "expected a table"),
        ("a: [", "line 1, column 5"),
        ("a: !!python/object/apply:os.system [id]\n", "line 1, column 4"),
        (PLAN + "  title: Twice\n", "line 14: title stands there twice"),
        (PLAN + PLAN, "line 15: plan-1 stands there twice"),
        (PLAN.replace("[9.5]", "9.5").replace('["9.5"]', "9.5"), "line 5: plan-1.clauses: expected a list"),
        (PLAN.replace("Panel", "3"), "line 6: plan-1.title: Input should be a valid string"),
        (PLAN.replace("withheld", "secret"), "line 11: plan-1.confidentiality: Input should be"),
        ("1: {topic: practice}\n", "line 1: expected a table for each statement, under its id"),
        ("[" * 3_000, "cannot be read"),
    ],
)
def test_hostile_yaml_is_refused_with_its_line(
    declare: Callable[..., Any], workspace: Workspace, file: Callable[[str, str], Path], text: str, problem: str
) -> None:
    assert problem in declare("add", file("bad.yaml", text), "--folder", workspace.root, code=2).err
    assert 0 == workspace.log().size


def test_every_mistake_of_every_file_is_named_at_once(
    declare: Callable[..., Any], workspace: Workspace, file: Callable[[str, str], Path]
) -> None:
    bad = file("a.toml", FACT.replace('"public"', '"open"').replace("5.1", "12.1"))
    shown = declare("add", bad, file("b.yaml", PLAN.replace("9.5", "9.9")), "--folder", workspace.root, code=2).err
    wanted = ("line 11: risk-policy.confidentiality", "line 5: risk-policy.clauses", "line 5: plan-1.clauses")
    assert [] == [part for part in wanted if part not in shown]


def test_a_dry_run_keeps_nothing(
    declare: Callable[..., Any], workspace: Workspace, file: Callable[[str, str], Path]
) -> None:
    kept = workspace.root / ".accord" / "artifacts"
    before = sorted(kept.rglob("*"))
    declare("add", file("facts.toml", FACT), "--folder", workspace.root, "--check")
    assert before == sorted(kept.rglob("*"))


def test_what_is_withdrawn_is_listed_no_more(
    declare: Callable[..., Any], workspace: Workspace, file: Callable[[str, str], Path]
) -> None:
    declare("add", file("facts.toml", FACT), "--folder", workspace.root)
    assert "risk-policy" in declare("list", workspace.root, "--clause", "5.5").out
    declare("withdraw", "risk-policy", workspace.root, "--reason", "It ended.")
    assert "0 statements." in declare("list", workspace.root).out
    assert (
        "There is no such statement"
        in declare("withdraw", "risk-policy", workspace.root, "--reason", "Again.", code=3).err
    )


def test_a_crosswalk_shows_todays_findings_beside_the_clauses(
    capsys: pytest.CaptureFixture[str], workspace: Workspace
) -> None:
    done = run_here(capsys, "code", "crosswalk", "seoul", "--folder", workspace.root, "--json")
    rows = {row["item"]: row["links"] for row in json.loads(done.out)["rows"]}
    assert {"no-evidence"} == {link["status"] for link in rows["VI"]}
    assert len(rows) == sum(json.loads(done.out)["coverage"].values())
    shown = run_here(capsys, "code", "crosswalk", "haip-v1", "--folder", workspace.root, "--by", "clause").out
    assert "74 of 74 links are drafts that nobody reviewed." in shown
    assert "9.3 (no-evidence)" in shown
    assert "Today, by the strongest practice that each meets:" in shown
    told = run_here(capsys, "code", "crosswalk", "haip-v1", "--folder", workspace.root, "--by", "clause", "--json").json
    assert 62 == len(told["rows"]) == sum(told["coverage"].values())
    assert all(row["title"] for row in told["rows"])
    outside = run_here(capsys, "code", "crosswalk", "seoul", "--folder", workspace.root.parent, "--json")
    assert None is outside.json["coverage"]
    assert 2 == run_here(capsys, "code", "crosswalk", "none").code
