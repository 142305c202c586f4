"""`accord log attack`: the matrix on one's own log, which is only read."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from accord.assess import assess
from accord.cli.attack import attack as command
from accord.errors import WorkspaceError
from accord.verify.attacks import ATTACKS, Attack, Case, attack
from accord.workspace import Workspace

FEW = tuple(each for each in ATTACKS if each.id in {"edit", "split-view", "drop-result"})
KEYS = {
    "id", "area", "title", "result", "detected_by", "not_tried", "evidence", "named", "undetectable", "expected"
}  # fmt: skip


@attack("Change nothing")
def honest(case: Case) -> Path:
    """Hand over the honest log, which nobody can find a fault with."""
    return case.append()


@pytest.fixture
def assessed(workspace: Workspace, now: datetime) -> Workspace:
    """Return a workspace that was assessed without measuring anything."""
    assess(workspace, [], clock=lambda: now, watch=lambda _jobs: lambda _job: lambda _done, _note="": None)
    return workspace


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Return what runs the command with some of the attacks."""

    def invoke(workspace: Workspace, *options: str, attacks: tuple[Attack, ...] = FEW) -> Result:
        monkeypatch.setattr("accord.cli.attack.ATTACKS", attacks)
        return CliRunner().invoke(command, [str(workspace.root), *options])

    return invoke


def test_attacks_are_shown_with_what_gave_them_away(assessed: Workspace, run: Callable[..., Result]) -> None:
    done = run(assessed)
    assert 0 == done.exit_code
    assert all(each.title in done.stdout for each in FEW)
    assert "1 detected, 1 detected with a witness, 1 not detectable." in done.stdout
    assert "Each is as it should be." in done.stdout


def test_attacks_as_json_have_the_promised_keys(assessed: Workspace, run: Callable[..., Result]) -> None:
    done = run(assessed, "--json")
    told = json.loads(done.stdout)
    assert (0, []) == (done.exit_code, told["unexpected"])
    assert [KEYS] * len(FEW) == [set(row) for row in told["attacks"]]
    assert {"open-plans"} <= {name for row in told["attacks"] for name in row["named"]}


def test_attack_that_slips_through_ends_with_the_code_3(assessed: Workspace, run: Callable[..., Result]) -> None:
    done = run(assessed, attacks=(replace(honest, area="log"),))
    assert 3 == done.exit_code
    assert "Not as it should be: honest." in done.stdout


def test_workspace_is_only_read(assessed: Workspace, run: Callable[..., Result]) -> None:
    before = {path: path.read_bytes() for path in assessed.root.rglob("*") if path.is_file()}
    run(assessed)
    assert before == {path: path.read_bytes() for path in assessed.root.rglob("*") if path.is_file()}


def test_key_with_a_passphrase_is_not_asked_for(assessed: Workspace, run: Callable[..., Result]) -> None:
    (assessed.keys / "accord.key").unlink()
    assert 0 == run(assessed).exit_code


def test_workspace_without_an_assessment_says_what_to_do(workspace: Workspace, run: Callable[..., Result]) -> None:
    error = run(workspace).exception
    assert isinstance(error, WorkspaceError)
    assert "run: accord assess" == error.fix
