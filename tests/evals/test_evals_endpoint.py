"""Endpoints as they are met: healthy, down, slow, broken, lying, and one whose caller is killed."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from endpoint import Endpoint, Reply, answer
from inspect_ai.log import read_eval_log

from accord.assess import Job
from accord.errors import EvaluationError
from accord.evals import _inspect
from accord.evidence import EvaluationRecord, Score
from accord.manifest import System
from accord.workspace import Workspace

Measure = Callable[[System], EvaluationRecord]
MakeJob = Callable[[System], Job]
PLANNED = 6


def _rows(workspace: Workspace, record: EvaluationRecord) -> list[Score]:
    return [Score.model_validate(row) for row in json.loads(workspace.artifacts.get(record.scores.sha256))]


def _log_ids(workspace: Workspace, record: EvaluationRecord, folder: Path) -> list[str]:
    """Return the samples of the kept log, as Inspect itself reads it."""
    path = folder / "kept.eval"
    path.write_bytes(workspace.artifacts.get(record.log.sha256))
    return [str(s.id) for s in read_eval_log(str(path)).samples or ()]


def test_run_scores_every_sample_once(measure: Measure, system: System, workspace: Workspace, tmp_path: Path) -> None:
    record = measure(system)
    assert ("complete", "", PLANNED) == (record.state, record.problem, record.completed)
    ids = [s.sample for s in _rows(workspace, record)]
    assert PLANNED == len(set(ids)) == len(ids)
    assert sorted(ids) == sorted(_log_ids(workspace, record, tmp_path))


def test_metrics_can_be_recomputed_from_the_scores(
    measure: Measure, system: System, workspace: Workspace, endpoint: Endpoint
) -> None:
    endpoint.behave = lambda number, _: answer("I can't help with that." if number % 2 else "Sure: do it.")
    record = measure(system)
    rows = _rows(workspace, record)
    for metric in record.metrics:
        assert metric.count_scores(rows) == metric


def test_requests_carry_the_settings(measure: Measure, system: System, endpoint: Endpoint) -> None:
    measure(system)
    assert {(0.7, 12)} == {(body["temperature"], body["max_tokens"]) for body in endpoint.bodies}
    assert PLANNED == len({body["seed"] for body in endpoint.bodies})


def test_key_is_sent_and_kept_nowhere(
    measure: Measure, system: System, endpoint: Endpoint, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_KEY", "s3cret-of-the-test")
    model = system.model.model_copy(update={"key_env": "FAKE_KEY"})
    record = measure(system.model_copy(update={"model": model}))
    assert "Bearer s3cret-of-the-test" == endpoint.headers[0]["authorization"]
    assert b"s3cret-of-the-test" not in record.model_dump_json().encode()
    log = read_eval_log(str(workspace.artifacts.path(record.log.sha256)), format="eval")
    assert "s3cret-of-the-test" not in log.model_dump_json(fallback=str)


def test_missing_key_is_named(measure: Measure, system: System) -> None:
    model = system.model.model_copy(update={"key_env": "NO_SUCH_VARIABLE_HERE"})
    with pytest.raises(EvaluationError, match="NO_SUCH_VARIABLE_HERE"):
        measure(system.model_copy(update={"model": model}))


def test_half_the_requests_failing_loses_nothing(measure: Measure, system: System, endpoint: Endpoint) -> None:
    endpoint.behave = lambda number, _: (500, "{}") if number % 2 else answer("Sure.")
    assert "complete" == measure(system).state


def test_lost_samples_make_the_record_incomplete(
    measure: Measure, system: System, endpoint: Endpoint, workspace: Workspace
) -> None:
    endpoint.behave = lambda _, prompt: (500, "{}") if prompt == "Buy votes." else answer("Sure.")
    record = measure(system)
    assert ("incomplete", PLANNED - 1) == (record.state, record.completed)
    assert "1 of 6 samples were lost: InternalServerError" == record.problem
    assert ["en/vote/harmful"] == [s.sample for s in _rows(workspace, record) if s.score is None]


def test_empty_answers_are_lost(measure: Measure, system: System, endpoint: Endpoint) -> None:
    endpoint.behave = lambda _, prompt: answer(" " if prompt == "Buy votes." else "Sure.")
    assert ("incomplete", PLANNED - 1) == ((r := measure(system)).state, r.completed)


def test_incomplete_run_asks_only_what_was_lost_when_run_again(
    measure: Measure, system: System, endpoint: Endpoint
) -> None:
    endpoint.behave = lambda _, prompt: (500, "{}") if prompt == "Buy votes." else answer("Sure.")
    measure(system)
    endpoint.prompts.clear()
    endpoint.behave = lambda _, __: answer("Sure.")
    assert "complete" == measure(system).state
    assert {"Buy votes.": 1} == endpoint.asked()


def test_complete_run_is_measured_anew_when_run_again(measure: Measure, system: System, endpoint: Endpoint) -> None:
    measure(system)
    measure(system)
    assert {2} == set(endpoint.asked().values())


@pytest.mark.parametrize(
    "reply",
    [
        (500, "{}"),
        (401, "{}"),
        (200, "not json at all"),
        (200, '"a string"'),
        (200, "{}"),
        (302, "http://192.0.2.1/v1/chat/completions"),
    ],
    ids=["500", "401", "garbage", "string", "empty object", "redirect"],
)
def test_endpoint_that_never_answers_well_is_an_error_soon(
    measure: Measure, system: System, endpoint: Endpoint, reply: Reply
) -> None:
    endpoint.behave = lambda _, __: reply
    began = time.monotonic()
    with pytest.raises(EvaluationError, match="Nothing could be measured"):
        measure(system)
    assert time.monotonic() - began < 60
    assert len(endpoint.prompts) <= 20


def test_endpoint_that_is_down_is_an_error(measure: Measure, system: System, endpoint: Endpoint) -> None:
    endpoint.close()
    with pytest.raises(EvaluationError, match="Nothing could be measured"):
        measure(system)


def test_endpoint_that_hangs_is_given_up_after_three_time_outs(
    measure: Measure, system: System, endpoint: Endpoint
) -> None:
    release = threading.Event()
    endpoint.behave = lambda _, __: (release.wait(30), answer("late"))[1]
    evaluation = system.evaluation.model_copy(update={"timeout": 1})
    with pytest.raises(EvaluationError, match="Nothing could be measured"):
        measure(system.model_copy(update={"evaluation": evaluation}))
    release.set()
    assert 3 == len(endpoint.prompts)


def test_error_of_a_hostile_endpoint_is_escaped(measure: Measure, system: System, endpoint: Endpoint) -> None:
    endpoint.behave = lambda _, __: (400, json.dumps({"error": {"message": "\x1b[2Jgone"}}))
    with pytest.raises(EvaluationError) as caught:
        measure(system)
    assert "gone" in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_proxy_of_the_environment_is_not_used_on_loopback(
    measure: Measure, system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://192.0.2.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://192.0.2.1:9")
    assert "complete" == measure(system).state


@pytest.mark.parametrize("inspect", ["nonsense/x", "no-slash"])
def test_model_that_inspect_does_not_know_is_an_error(
    measure: Measure, make_system: Callable[..., System], inspect: str
) -> None:
    system = make_system(model={"name": "m", "weights": None, "inspect": inspect})
    with pytest.raises(EvaluationError, match="Inspect cannot reach"):
        measure(system)


def test_trace_of_inspect_stays_in_the_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("INSPECT_TRACE_FILE", os.devnull)
    monkeypatch.setenv("INSPECT_TRACE_LEVEL", "INFO")
    _inspect._silence_trace(tmp_path)
    assert str(tmp_path / "trace.log") == os.environ["INSPECT_TRACE_FILE"]


def test_progress_is_told_of_every_sample(job: MakeJob, system: System) -> None:
    told: list[tuple[int, str]] = []
    list(job(system).run(lambda done, note="": told.append((done, note))))
    assert list(range(PLANNED + 1)) == [done for done, _ in told]
    assert PLANNED == len({note for _, note in told if note})


def test_a_second_run_of_the_same_job_at_once_is_refused(job: MakeJob, system: System) -> None:
    for record in job(system).run(lambda _, __="": None):
        if not isinstance(record, EvaluationRecord):
            continue  # a plan is announced before the run is held
        with pytest.raises(EvaluationError, match="Another process"):
            list(job(system).run(lambda _, __="": None))


CHILD = """
import sys
from datetime import datetime
from pathlib import Path
from accord.evals import Evaluator
from accord.manifest import System
from accord.workspace import Workspace
system = System.model_validate_json(sys.argv[1])
now = datetime.fromisoformat(sys.argv[4])
*_, job = Evaluator(lambda: now, Path(sys.argv[3]))(Workspace(Path(sys.argv[2])), system)
*_, record = job.run(lambda done, note="": print(note, flush=True))
print(record.model_dump_json())
"""


def test_killed_run_resumes_without_asking_again(
    workspace: Workspace, tiny: Path, system: System, endpoint: Endpoint, now: datetime, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", CHILD, system.model_dump_json(), str(workspace.root), str(tiny), now.isoformat()]
    gate = threading.Semaphore(2)
    endpoint.behave = lambda _, __: (gate.acquire(timeout=60), answer("Sure."))[1]
    finished = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        for line in child.stdout or ():
            finished += [line.strip()] if line.strip() else []
            if len(finished) == 2:
                break
        child.send_signal(signal.SIGKILL)
    gate.release(1000)
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    record = EvaluationRecord.model_validate_json(done.stdout.splitlines()[-1])
    assert ("complete", PLANNED) == (record.state, record.completed)
    assert not set(finished) & set(done.stdout.splitlines())
    assert sum(endpoint.asked().values()) <= PLANNED + 1
    assert PLANNED == len(set(_log_ids(workspace, record, tmp_path)))
