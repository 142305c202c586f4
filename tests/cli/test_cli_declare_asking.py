"""Statements asked for on a terminal, edited, overdue, and their links tried."""

# ruff: noqa: ANN401 - importlib mode cannot import a class of conftest into a test

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
from run_here import Done, Terminal, run_here
from stated_policy import FACT

from accord.assess import declare as declare_system
from accord.cli import statement_links
from accord.cli.statement_asking import CLAIMS, SECRECY, TOPICS
from accord.codes import load_code
from accord.evidence import InspectionRecord
from accord.evidence.statements import Claim, Confidentiality, Topic
from accord.manifest import load_system
from accord.workspace import Workspace

EDITS = """
import pathlib, sys
path = pathlib.Path(sys.argv[1])
text = path.read_text()
wrong = text.replace('"3"', '"4"').replace("2025-01-01", "x")
path.write_text(wrong if '"3"' in text else text.replace("= x", "= 2025-01-01"))
"""


@pytest.fixture
def space(workspace: Workspace, now: Any) -> Workspace:
    """Return a workspace that declared its system."""
    system = load_system(workspace.manifest)
    declare_system(workspace, system, load_code(system.edition), now)
    return workspace


@pytest.fixture
def add(declare: Callable[..., Done], space: Workspace) -> Callable[[str], Done]:
    """Return a function that records the statements of a file."""

    def run(text: str) -> Done:
        (space.root / "facts.toml").write_text(text, encoding="utf-8")
        return declare("add", space.root / "facts.toml", "--folder", space.root)

    return run


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that types lines on a terminal."""
    return lambda *lines: monkeypatch.setattr("sys.stdin", Terminal("".join(f"{line}\n" for line in lines)))


@pytest.mark.parametrize("command", ["edit", "new"])
def test_nobody_is_asked_where_there_is_no_terminal(
    declare: Callable[..., Done], space: Workspace, command: str
) -> None:
    assert "no terminal" in declare(command, "risk-policy", space.root, code=2).err


def test_a_new_statement_is_asked_for_question_by_question(
    declare: Callable[..., Done], space: Workspace, answer: Callable[..., None]
) -> None:
    answer(
        "project", "9", "1", "9 9.99", "9.1", "Courses", "We train regularly.", "We train 3 times a year.",
        "2025-01-01", "2026-11-01", "Head of Outreach", "4 18", "4 13", "120", "teachers", "register",
        "", "", "https://acme.example/courses", "", "", "n",
    )  # fmt: skip
    shown = declare("new", "courses", space.root).out
    assert "expected a number from 1 to 7" in shown
    assert "  9.1  " in shown  # the clauses of the action whose number was given
    assert "“regularly”: how often is that" in shown
    assert "1 statements recorded" in shown
    (row,) = json.loads(declare("list", space.root, "--json").out)
    said = row["statement"]
    assert ([4, 13], 120, "We train 3 times a year.") == (said["goals"], said["outcome"]["value"], said["text"])
    assert ("public", ["https://acme.example/courses"], []) == (said["confidentiality"], said["links"], row["gaps"])
    answer()
    assert "is stated already" in declare("new", "courses", space.root, code=2).err


@pytest.mark.parametrize(("words", "kinds"), [(TOPICS, Topic), (CLAIMS, Claim), (SECRECY, Confidentiality)])
def test_every_kind_has_words_that_explain_it(words: dict[str, str], kinds: Any) -> None:
    assert set(get_args(kinds)) == set(words)


def test_the_editor_opens_again_until_it_is_right_and_keeps_the_documents(
    declare: Callable[..., Done], add: Callable[[str], Done], space: Workspace, answer: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> None:  # fmt: skip
    add(FACT)
    (tmp_path / "edits.py").write_text(EDITS, encoding="utf-8")
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", f"{sys.executable} {tmp_path / 'edits.py'}")
    answer("y")
    assert "cannot be read" in declare("edit", "risk-policy", space.root).out
    (row,) = json.loads(declare("list", space.root, "--json").out)
    assert ("4", 1) == (row["statement"]["version"], len(row["statement"]["documents"]))
    monkeypatch.setenv("EDITOR", "true")
    answer()
    assert "Nothing was changed" in declare("edit", "risk-policy", space.root).out


def test_what_is_overdue_is_listed_and_shows_in_status(
    capsys: pytest.CaptureFixture[str], declare: Callable[..., Done], add: Callable[[str], Done], space: Workspace
) -> None:
    late = FACT.replace("2027-01-31", "2026-01-31").replace('"current-practice"', '"plan"')
    add(FACT + late.replace("[risk-policy]", "[late]"))
    (row,) = json.loads(declare("list", space.root, "--overdue", "--json").out)
    assert ["“Risk policy” was to be reviewed by 2026-01-31: its review is overdue."] == row["overdue"]
    shown = " ".join(run_here(capsys, "status", space.root).out.replace("│", " ").split())
    assert "its review is overdue" in shown
    assert "Overdue: 1 statement: late. See accord declare list --overdue." in shown
    assert {"late": row["overdue"]} == run_here(capsys, "status", space.root, "--json").json["overdue"]


def test_links_are_tried_where_asked_and_what_was_seen_is_recorded(
    declare: Callable[..., Done], add: Callable[[str], Done], space: Workspace, monkeypatch: pytest.MonkeyPatch,
    now: Any,
) -> None:  # fmt: skip
    monkeypatch.setattr(statement_links, "reach", lambda _: pytest.fail("nobody asked for it"))
    hidden = FACT.replace("[risk-policy]", "[hidden]").replace('"public"', '"private"')
    add(FACT + hidden.replace("https://acme.example/risk", "https://secret.example/x"))
    monkeypatch.setattr(statement_links, "reach", lambda link: "HTTP 404" if "acme" in link else "")
    done = declare("links", space.root, "--json", code=1)
    assert [False, True] == [link["answers"] for one in done.json for link in one["links"]]
    seen = space.records(now).of(InspectionRecord)
    assert [(1, 0), (0, 1)] == [(e.record.observations[0].fails, e.record.observations[0].held) for e in seen]
    kept = b"".join(space.artifacts.get(e.record.sightings.sha256) for e in seen)
    assert b"https://acme.example/risk" in kept
    assert b"secret.example" not in kept
    assert "1 of 1 links did not answer" in declare("list", space.root).out
