"""Forms at the command line: drafted, checked, exported, compared and imported, and nothing written over."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import docx
import pytest
from run_here import Done, run_here

from accord.workspace import Workspace


@pytest.fixture
def form(capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    accord = partial(run_here, capsys)

    def run(command: str, *args: object, code: int = 0) -> Done:
        done = accord("form", command, *args)
        assert code == done.code, done.out + done.err
        return done

    return run


def test_a_form_is_drafted_checked_exported_and_compared(
    form: Callable[..., Any], workspace: Workspace, tmp_path: Path
) -> None:
    out = tmp_path / "answers.toml"
    assert "45 questions" in form("list").out
    assert "0 of 45 questions have a draft." in form("draft", workspace.root, "--out", out).out
    assert "there already" in form("draft", workspace.root, "--out", out, code=4).err
    with out.open("a") as file:
        file.write('[["4b"]]\ntext = "=We are certified\\u202e."\n')
    shown = form("check", out, workspace.root, code=1).out
    assert "4b: claim: “certified”" in shown
    assert "1a: unanswered" in shown
    assert "\u202e" not in shown
    form("export", out, "--format", "csv")
    assert "'=We are certified[U+202E]." in out.with_suffix(".csv").read_text()
    form("export", out, "--format", "docx", "--out", tmp_path / "a.docx")
    assert any("We are certified" in p.text for p in docx.Document(str(tmp_path / "a.docx")).paragraphs)
    new = tmp_path / "new.toml"
    new.write_text(out.read_text().replace("=We are certified\\u202e.", "We train."))
    (change,) = json.loads(form("diff", out, new, "--json").out)["changes"]
    assert ("4b", ["We train."]) == (change["place"], change["new"])


def test_an_imported_form_is_answered_like_ours(form: Callable[..., Any], workspace: Workspace, tmp_path: Path) -> None:
    made = docx.Document()
    made.add_paragraph("Section 4. Governance")
    made.add_paragraph("21.A Who is accountable?")
    made.save(str(tmp_path / "v2.docx"))
    target = tmp_path / "v2.json"
    assert "1 sections, 1 questions" in form("import", tmp_path / "v2.docx", "--out", target).out
    held = json.loads(target.read_text())
    held["sections"][0]["questions"][0]["clauses"] = ["5.4"]
    target.write_text(json.dumps(held))
    out = tmp_path / "v2.toml"
    form("draft", workspace.root, "--form", target, "--out", out)
    assert "21A: Who is accountable?" in out.read_text()
    target.write_text("{}")
    assert (
        "no imported form" in form("draft", workspace.root, "--form", target, "--out", tmp_path / "x.toml", code=4).err
    )
    assert "another form" in form("import", tmp_path / "v2.docx", "--sha256", "0" * 64, "--out", out, code=4).err
