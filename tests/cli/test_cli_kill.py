"""Killed at any moment, by SIGKILL or from the keyboard: nothing recorded is lost, nothing answered is asked again."""

# ruff: noqa: ANN401 - importlib mode cannot import a class of conftest into a test

import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from accord.evals import Sample, demo_weights, load_suite
from accord.evidence import EvaluationRecord
from accord.ledger import merkle
from accord.ledger.fsck import fsck
from accord.workspace import Workspace

SUITES = ("bias", "confabulation")
SLOTS = 2
KILLS = 20
SEED = 11


def _prompts() -> dict[str, str]:
    return {s.id: (s.ask(()) or ())[-1].content for suite in SUITES for s in _samples(suite)}


def _samples(suite: str) -> Sequence[Sample]:
    return load_suite(suite).samples(SEED, ["en"], quick=True)


def _kept(space: Workspace, now: Any) -> set[str]:
    """Return the prompts whose answers are on disk: in a journal of an unfinished run, or recorded."""
    prompts = _prompts()
    ids = set()
    for journal in space.runs.glob("*/answers.jsonl"):
        whole, _, _ = journal.read_bytes().rpartition(b"\n")
        ids |= {row["sample"] for row in map(json.loads, whole.splitlines()) if "sample" in row}
    for entry in space.records(now).of(EvaluationRecord):
        ids |= {sample.id for sample in _samples(entry.record.suite.id)}
    return {prompts[i] for i in ids}


def _wait(condition: Callable[[], object], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.005)
    return bool(condition())


def test_assess_killed_twenty_times_loses_nothing_and_asks_nothing_again(
    accord: Any, make: Any, serve: Any, tmp_path: Path, now: Any
) -> None:
    server = serve(delay=0.01)
    space = make(tmp_path / "space", server.url, SUITES, seed=SEED, slots=SLOTS)
    draw = random.Random(SEED)  # noqa: S311 - when to kill, not a secret
    moments: Counter[int] = Counter()
    for _ in range(KILLS):
        old, entries = space.log(), list(space.log().entries())
        before, kept = server.asked.copy(), _kept(space, now)
        run = accord.start("assess", space.root)
        target = before.total() + draw.randrange(9)
        _wait(lambda target=target: server.asked.total() > target, 10)  # type: ignore[misc] # a lambda with a default
        time.sleep(draw.random() * 0.1)
        os.kill(run.pid, signal.SIGKILL)
        moments[run.wait().code] += 1
        log = space.log()
        assert fsck(space.ledger, space.public_key()).ok
        assert entries == list(log.entries())[: len(entries)]
        if old.size:
            proof = log.consistency(old.size)
            merkle.verify_consistency(old.size, log.size, old.checkpoint.root, log.checkpoint.root, proof)
        assert kept <= _kept(space, now)
        assert not {prompt for prompt in kept if server.asked[prompt] != before[prompt]}
    assert moments[-signal.SIGKILL] >= KILLS // 2
    assert 0 == accord("assess", space.root).code
    assert set(_prompts().values()) == set(server.asked)
    assert server.asked.total() - len(server.asked) <= KILLS * SLOTS
    runs = [e.record for e in space.records(now).of(EvaluationRecord)]
    assert [(s, "complete") for s in SUITES] == sorted((r.suite.id, r.state) for r in runs)
    assert [] == list(space.runs.iterdir())


def test_ctrl_c_ends_with_130_and_the_next_run_goes_on(accord: Any, make: Any, serve: Any, tmp_path: Path) -> None:
    server = serve(delay=0.2)
    space = make(tmp_path / "space", server.url)
    run = accord.start("assess", space.root)
    assert _wait(lambda: server.answered.total() > 5, 60)
    os.kill(run.pid, signal.SIGINT)
    done = run.wait()
    assert 130 == done.code
    assert "Interrupted. What was recorded stays" in done.err
    asked = server.asked.total()
    assert 0 == accord("assess", space.root).code
    assert server.asked.total() <= 36 + 1, f"{asked} were asked before the interruption"


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]


def _lives(pid: int) -> bool:
    try:
        return "Z" != Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


@pytest.mark.model
@pytest.mark.parametrize("kill", [os.kill, os.killpg])
@pytest.mark.parametrize("pause", [0.0, 2.0])
def test_no_engine_outlives_a_killed_assess(
    accord: Any, space: Workspace, kill: Callable[[int, int], None], pause: float
) -> None:
    text = space.manifest.read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith("endpoint"))
    space.manifest.write_text(text.replace(line, f"weights = {json.dumps(str(demo_weights()))}"), encoding="utf-8")
    run = accord.start("assess", space.root)
    assert _wait(lambda: _children(run.pid), 60)
    engines = _children(run.pid)
    time.sleep(pause)
    kill(run.pid, signal.SIGKILL)
    assert -signal.SIGKILL == run.wait().code
    assert _wait(lambda: not any(map(_lives, engines)), 10)
    assert fsck(space.ledger, space.public_key()).ok
