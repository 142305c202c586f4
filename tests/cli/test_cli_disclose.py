"""Withheld fields, shown to an auditor and to nobody else: the file that `accord disclose` writes."""

# ruff: noqa: ANN401 - importlib mode cannot import a class of conftest into a test

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from accord.evidence import EvaluationRecord
from accord.ledger import digest
from accord.verify.disclosure import parse_disclosure
from accord.workspace import Workspace

LOG = b"questions and answers"


@pytest.fixture
def closed(workspace: Workspace, evaluation: Callable[..., EvaluationRecord]) -> Workspace:
    """Return a workspace with two evaluations whose metrics, scores and logs are withheld, and one that is open."""
    reference = workspace.keep(LOG, "application/octet-stream")
    records = [evaluation(suite, log=reference, scores=reference) for suite in ("bias", "misuse")]
    workspace.append(records, ("metrics",))
    workspace.append([evaluation("confabulation")])
    return workspace


def test_list_names_what_is_withheld(accord: Any, closed: Workspace) -> None:
    rows = accord("disclose", "--list", closed.root, "--json").json
    assert [(0, "evaluation"), (1, "evaluation")] == [(row["index"], row["kind"]) for row in rows]
    assert [["log", "metrics", "scores"]] * 2 == [sorted(row["fields"]) for row in rows]


def test_list_is_what_one_gets_who_asks_for_nothing(accord: Any, closed: Workspace) -> None:
    done = accord("disclose", cwd=closed.root)
    assert 0 == done.code
    assert "2 records withhold something." in done.out


def test_list_says_what_cannot_be_opened_any_more(accord: Any, closed: Workspace) -> None:
    for path in closed.openings.folder.iterdir():
        path.unlink()
    assert "cannot be opened any more: " in accord("disclose", closed.root).out


def test_disclosed_record_is_opened_whole_with_its_artifacts(accord: Any, closed: Workspace, tmp_path: Path) -> None:
    out = tmp_path / "audit.json"
    done = accord("disclose", "0", closed.root, "--output", out)
    assert (0, "") == (done.code, done.err)
    shown = parse_disclosure(out.read_bytes())
    assert [(0, {"metrics", "scores", "log"})] == [(e.index, {o.field for o in e.openings}) for e in shown.entries]
    assert LOG == shown.find(digest(LOG))
    assert 0o600 == stat.S_IMODE(out.stat().st_mode)


def test_disclosed_fields_are_those_that_were_named_of_each_record(
    accord: Any, closed: Workspace, tmp_path: Path
) -> None:
    out = tmp_path / "audit.json"
    line = ("disclose", "0", closed.root, "--record", "1", "--field", "metrics", "--output", out, "--json")
    assert {"0": ["metrics"], "1": ["metrics"]} == accord(*line).json["records"]
    shown = parse_disclosure(out.read_bytes())
    assert {} == shown.artifacts
    assert [["metrics"]] * 2 == [[opening.field for opening in entry.openings] for entry in shown.entries]


def test_file_that_is_there_is_not_overwritten(accord: Any, closed: Workspace, tmp_path: Path) -> None:
    (tmp_path / "audit.json").write_text("mine", encoding="utf-8")
    done = accord("disclose", "0", closed.root, "--output", tmp_path / "audit.json")
    assert 4 == done.code
    assert "not overwritten" in done.err
    assert "mine" == (tmp_path / "audit.json").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["2"], 4),
        (["9"], 4),
        (["0", "--field", "suite"], 4),
        (["0", "1"], 2),
        (["0", ".", "1"], 2),
        (["no-such-folder"], 2),
    ],
)
def test_what_cannot_be_disclosed_writes_nothing(
    accord: Any, closed: Workspace, tmp_path: Path, words: list[str], code: int
) -> None:
    assert code == accord("disclose", *words, "--output", tmp_path / "out", cwd=closed.root).code
    assert not (tmp_path / "out").exists()


def test_disclose_without_an_output_is_a_usage_error(accord: Any, closed: Workspace) -> None:
    done = accord("disclose", "0", closed.root)
    assert 2 == done.code
    assert "--output" in done.err
