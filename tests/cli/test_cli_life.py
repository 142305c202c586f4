"""The life of a workspace, each step as people see it and as programs read it."""

# ruff: noqa: ANN401 - importlib mode cannot import a class of conftest into a test

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from accord.evals import suites
from accord.workspace import Workspace

CLAUSE = {"clause", "status", "findings", "gaps"}
KEYS = {
    "assess --json": {"assessment", "ran", "incomplete", "clauses"},
    "status --json": {"clauses", "custody", "overdue"},
    "report --json": {"files", "record", "bundle"},
    "verify --json": {"schema", "worst", "target", "key", "claims", "gaps"},
    "log prove --json": {"index", "inclusion", "checkpoint"},
    "log fsck --json": {"size", "faults", "notes"},
}
ROW = {"index", "leaf", "kind", "made"}


def _files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_every_step_ends_well_and_says_nothing_on_standard_error(finished: Any) -> None:
    bad = {name: done for name, done in finished.said.items() if done.code or (done.err and name != "assess")}
    assert {} == bad


@pytest.mark.parametrize("name", KEYS)
def test_json_has_exactly_the_promised_keys(finished: Any, name: str) -> None:
    assert KEYS[name] == set(finished.said[name].json)


def test_json_of_clauses_has_the_promised_keys(finished: Any) -> None:
    more = {"basis", "origin", "date", "expires"}
    for name in ("assess --json", "status --json"):
        assert all(CLAUSE <= set(row) <= CLAUSE | more for row in finished.said[name].json["clauses"])


def test_json_of_the_log_has_the_promised_keys(finished: Any) -> None:
    assert [ROW] * 7 == [set(row) for row in finished.said["log show --json"].json][:7]


def test_log_holds_what_was_done_in_order(finished: Any) -> None:
    kinds = [row["kind"] for row in finished.said["log show --json"].json]
    judges = len({measure.task for suite in suites() for measure in suite.metrics})
    expected = ["key", "system", *["judge"] * judges, *["plan", "evaluation"] * len(suites()), "assessment"]
    assert expected == kinds[: len(expected)]
    assert {"report"} == set(kinds[len(expected) :])


def test_assess_names_what_it_ran_and_what_comes_next(finished: Any) -> None:
    out = finished.said["assess"].out
    assert all(suite.title in out for suite in suites())
    assert "Next: accord status, accord report" in out


def test_second_assess_runs_nothing(finished: Any) -> None:
    said = finished.said["assess --json"].json
    assert ([], []) == (said["ran"], said["incomplete"])


def test_second_assess_leaves_every_file_of_the_ledger(accord: Any, finished: Any, tmp_path: Path) -> None:
    root = tmp_path / "copy"
    shutil.copytree(finished.space.root, root)
    accord("assess", root)  # takes the report into account, which was written after the first
    before = _files(Workspace(root).ledger)
    assert "no engine ran" in accord("assess", root).out
    assert before == _files(Workspace(root).ledger)


def test_status_shows_every_clause(finished: Any) -> None:
    out = finished.said["status"].out
    assert all(f"│ {row['clause']} " in out for row in finished.said["status --json"].json["clauses"])


def test_report_names_the_command_that_checks_it(finished: Any) -> None:
    fingerprint = finished.space.public_key().fingerprint
    assert f"accord verify {finished.space.root / 'bundle.zip'} --key {fingerprint}" in finished.said["report"].out


def test_verify_settles_every_claim(finished: Any) -> None:
    results = {claim["result"] for claim in finished.said["verify --json"].json["claims"]}
    assert results <= {"verified", "withheld"}


def test_prove_prints_a_tlog_proof(finished: Any) -> None:
    proof = finished.said["log prove"].out
    checkpoint = finished.said["log prove --json"].json["checkpoint"]
    assert proof.startswith("c2sp.org/tlog-proof@v1\nindex 1\n")
    assert proof.endswith(f"\n\n{checkpoint}")


def test_show_of_an_entry_is_its_statement(finished: Any) -> None:
    statement = finished.said["log show --entry"].json
    assert {"_type", "predicateType", "predicate", "subject"} == set(statement)


def test_fsck_finds_nothing(finished: Any) -> None:
    said = finished.said["log fsck --json"].json
    assert ([], []) == (said["faults"], said["notes"])


def test_commands_find_the_workspace_from_a_folder_inside(accord: Any, finished: Any, tmp_path: Path) -> None:
    root = tmp_path / "copy"
    shutil.copytree(finished.space.root, root)
    (root / "docs").mkdir()
    assert 0 == accord("status", cwd=root / "docs").code


def test_error_is_json_for_programs(accord: Any, tmp_path: Path) -> None:
    done = accord("status", tmp_path, "--json")
    assert (4, "") == (done.code, done.err)
    assert {"kind": "WorkspaceError", "problem": "There is no workspace here."}.items() <= done.json["error"].items()


def test_changed_seed_runs_again(accord: Any, space: Workspace, configure: Callable[..., None]) -> None:
    configure(space, suites=["bias"], seed=1)
    first = json.loads(accord("assess", space.root, "--json").out)["ran"]
    configure(space, suites=["bias"], seed=3)
    again = json.loads(accord("assess", space.root, "--json").out)["ran"]
    assert (2, first[1:]) == (len(first), again)
