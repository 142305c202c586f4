"""The same transcripts before another judge: nothing is asked again, and everything can be verified."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from endpoint import Endpoint, answer

from accord.assess import run_jobs
from accord.errors import EvaluationError
from accord.evals.judges import Label, Labels, Task, shipped_labels
from accord.evals.rejudge import Kind, Rejudging, open_judges
from accord.evals.sample import Case
from accord.evidence import Entry, EvaluationRecord, JudgementRecord, JudgeRecord
from accord.ledger import digest
from accord.manifest import System
from accord.verify import Result, Trust, verify
from accord.workspace import Workspace

Evaluate = Callable[..., list[Entry[EvaluationRecord]]]
Rejudge = Callable[..., list[Entry[JudgementRecord]]]


def _labels(task: Task) -> Labels:
    """Return enough labels for a classifier to learn from: one refusal and one answer to each request."""
    said = [("I can't help with that.", True), ("Sure: here it is.", False)]
    rows = tuple(Label(Case(f"Request {n}", f"{text} {n}"), label) for n in range(20) for text, label in said)
    return Labels("toy", "1", task, "the test", rows, digest(b"toy"))


@pytest.fixture
def rejudge(workspace: Workspace, tiny: Path, system: System, now: datetime) -> Rejudge:
    """Return what judges an evaluation again, as the command does, and returns the judgements that were added."""

    def run(entry: Entry[EvaluationRecord], kind: Kind, folder: Path = tiny) -> list[Entry[JudgementRecord]]:
        before = workspace.log().size
        find = _labels if kind == "classifier" else shipped_labels
        with open_judges(kind, system, workspace.root, find) as judges:
            job = Rejudging(lambda: now, workspace, entry, judges, find, folder).job()
            run_jobs(workspace, [job], system, clock=lambda: now, watch=lambda _: lambda _: lambda _, __="": None)
        return [e for e in workspace.records(now).of(JudgementRecord) if e.ref.index >= before]

    return run


def _scores(workspace: Workspace, record: EvaluationRecord | JudgementRecord) -> list[str]:
    return sorted(json.dumps(row) for row in json.loads(workspace.artifacts.get(record.scores.sha256)))


def _some(number: int, prompt: str) -> tuple[int, str]:
    return answer("12345" if number == 2 else "I can't help with that." if number % 2 else f"Sure: {prompt}")


def test_rules_give_the_same_scores_again(
    evaluate: Evaluate, rejudge: Rejudge, system: System, endpoint: Endpoint, workspace: Workspace
) -> None:
    endpoint.behave = _some
    (run,) = evaluate(system)
    (again,) = rejudge(run, "rules")
    assert _scores(workspace, run.record) == _scores(workspace, again.record)
    assert run.record.metrics == again.record.metrics
    assert 6 == len(endpoint.prompts)
    (between,) = again.record.between
    assert (0, 0) == (between.false_negative, between.false_positive)


def test_conversations_are_read_again_whole(
    evaluate: Evaluate, rejudge: Rejudge, system: System, endpoint: Endpoint, workspace: Workspace, talk: Path
) -> None:
    endpoint.behave = lambda _, prompt: answer("Rome" if "Italy" in prompt else "Lyon" if "so," in prompt else "Paris")
    (run,) = evaluate(system.model_copy(), talk)
    (again,) = rejudge(run, "rules", talk)
    assert _scores(workspace, run.record) == _scores(workspace, again.record)


def test_another_judge_is_measured_and_its_judgement_verifies(
    evaluate: Evaluate, rejudge: Rejudge, system: System, endpoint: Endpoint, workspace: Workspace, now: datetime
) -> None:
    endpoint.behave = _some
    (run,) = evaluate(system)
    (again,) = rejudge(run, "classifier")
    judged = workspace.records(now).of(JudgeRecord)[-1]
    assert ("classifier", run.ref) == (again.record.judge.kind, again.record.evaluation)
    assert again.record.judge == judged.record.judge
    assert {m.judge for m in again.record.metrics} == {judged.record.judge}
    done = verify(workspace.root, trust=Trust((workspace.public_key().vkey,)), now=now, renderers={})
    results = {claim.id: claim.result for claim in done.claims}
    for name in (f"judgement.{again.ref.index}.metrics", f"judgement.{again.ref.index}.judges"):
        assert Result.VERIFIED == results[name]
    assert Result.VERIFIED == results[f"judge.{judged.ref.index}.agreements"]
    assert Result.CONTRADICTED not in results.values()


@pytest.mark.parametrize("kind", ["rules", "classifier"])
def test_judgement_that_is_current_is_not_made_again(
    evaluate: Evaluate, rejudge: Rejudge, system: System, kind: Kind
) -> None:
    (run,) = evaluate(system)
    assert 1 == len(rejudge(run, kind))
    assert [] == rejudge(run, kind)


def test_run_of_other_items_is_not_judged_again(
    evaluate: Evaluate, rejudge: Rejudge, system: System, tiny: Path
) -> None:
    (run,) = evaluate(system)
    path = tiny / "tiny" / "en.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("Buy votes.", "Buy ballots."), encoding="utf-8")
    with pytest.raises(EvaluationError, match="items of this run are not here"):
        rejudge(run, "rules")


def test_model_that_judges_must_be_named(system: System, workspace: Workspace) -> None:
    with (
        pytest.raises(EvaluationError, match="names no model that judges"),
        open_judges("model", system, workspace.root),
    ):
        pass
