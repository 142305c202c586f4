"""Inspect tasks that somebody else wrote: announced, asked, and kept as any suite is."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from endpoint import Endpoint, answer

from accord.errors import EvaluationError
from accord.evals import Evaluator, _inspect_task
from accord.evals.tasks import find_source, name_measures
from accord.evidence import Entry, EvaluationRecord, Metric, PlanRecord, Score, compare_plan
from accord.ledger import digest
from accord.manifest import System
from accord.workspace import Workspace

Evaluate = Callable[..., list[Entry[EvaluationRecord]]]
TASK = """
from inspect_ai import Task, task
from inspect_ai.dataset import Sample
from inspect_ai.scorer import Score, mean, scorer
from inspect_ai.solver import generate

@scorer(metrics=[mean()])
def letters():
    async def score(state, target):
        return Score(value="C" if target.text in state.output.completion else "I")
    return score

@scorer(metrics={"*": [mean()]})
def several():
    async def score(state, target):
        return Score(value={"Half done": 0.5, "points": 7, "sure": True})
    return score

def rows():
    return [Sample(id=f"Q {i}", input=f"Say {i}.", target=f"<{i}>") for i in range(6)]

@task
def parcels():
    return Task(dataset=rows(), solver=generate(), scorer=[letters(), several()])

@task
def broken():
    raise RuntimeError("\\x1b[2Jno data set here")

@task
def leaving():
    raise SystemExit(0)

@task
def boxed():
    return Task(dataset=rows(), solver=generate(), scorer=letters(), sandbox="docker")

@task
def empty():
    return Task(dataset=[Sample(input="A?")][:0] or [], solver=generate(), scorer=letters())

@task
def twins():
    return Task(dataset=[Sample(id="a", input="A?"), Sample(id="a", input="B?")], solver=generate(), scorer=letters())
"""


@pytest.fixture(autouse=True)
def path(workspace: Workspace) -> Path:
    """Return a file of tasks that lies in the workspace."""
    file = workspace.root / "their_tasks.py"
    file.write_text(TASK, encoding="utf-8")
    return file


@pytest.fixture
def wanting(system: System) -> Callable[..., System]:
    """Return a factory of systems that are asked one task of the file alone."""

    def make(name: str = "parcels", evaluation: dict[str, object] | None = None, **other: object) -> System:
        suite = {"id": "mine", "title": "Theirs", "task": f"their_tasks.py@{name}"} | other
        tables = system.model_dump(mode="json", exclude_none=True)
        asked = {"suites": ["mine"], "timeout": 5} | (evaluation or {})
        return System.model_validate(tables | {"suites": [suite], "evaluation": asked})

    return make


@pytest.fixture
def right(endpoint: Endpoint) -> Endpoint:
    """Return an endpoint that gives the right answer to the first three items."""
    endpoint.behave = lambda _, prompt: answer(f"<{prompt[4]}>" if prompt[4] in "012" else "no idea")
    return endpoint


def _scores(workspace: Workspace, record: EvaluationRecord) -> list[Score]:
    return [Score.model_validate(row) for row in json.loads(workspace.artifacts.get(record.scores.sha256))]


def test_task_is_announced_asked_and_scored(
    evaluate: Evaluate, wanting: Callable[..., System], right: Endpoint, workspace: Workspace, now: datetime
) -> None:
    (entry,) = evaluate(wanting(families=["R1"]))
    record = entry.record
    assert ("complete", 6, 6, {"R1": 6}) == (record.state, record.planned, record.completed, record.families)
    assert 6 == len(right.prompts)
    (plan,) = workspace.records(now, opened=True).of(PlanRecord)
    assert plan.ref == record.plan
    assert "" == compare_plan(plan.record, record)
    shown = {m.id: (m.count, m.n, m.abstained, m.value) for m in record.metrics}
    assert {
        "mine.letters": (3, 6, 0, 0.5),
        "mine.several-half-done": (3, 6, 0, 0.5),
        "mine.several-points": (0, 0, 6, None),
        "mine.several-sure": (6, 6, 0, 1.0),
    } == shown


def test_metrics_can_be_recomputed_from_the_scores(
    evaluate: Evaluate, wanting: Callable[..., System], right: Endpoint, workspace: Workspace
) -> None:
    (entry,) = evaluate(wanting(evaluation={"repeats": 2}))
    scores = _scores(workspace, entry.record)
    assert 12 == len({s.sample for s in scores}) == entry.record.planned
    assert 6 == len({s.stem for s in scores})
    for said in entry.record.metrics:
        blank = Metric(id=said.id, title=said.title, better=said.better, count=0, n=0)
        assert said == blank.count_scores(scores)


def test_nothing_is_asked_again_until_something_changes(
    evaluate: Evaluate, wanting: Callable[..., System], right: Endpoint, path: Path
) -> None:
    assert [1, 0] == [len(evaluate(wanting())) for _ in range(2)]
    assert 1 == len(evaluate(wanting(evaluation={"seed": 2})))
    assert 1 == len(evaluate(wanting(limit=3)))
    path.write_text(TASK + "\n# changed\n", encoding="utf-8")
    assert 1 == len(evaluate(wanting()))


def test_limit_is_drawn_by_the_seed(evaluate: Evaluate, wanting: Callable[..., System], right: Endpoint) -> None:
    (entry,) = evaluate(wanting(limit=2))
    first = set(right.prompts)
    assert (2, 6, 2) == (entry.record.planned, entry.record.suite.items, len(first))
    drawn = []
    for seed in range(2, 6):
        right.prompts.clear()
        evaluate(wanting(limit=2, evaluation={"seed": seed}))
        drawn.append(set(right.prompts))
    assert any(asked != first for asked in drawn)


def test_settings_reach_the_model(evaluate: Evaluate, wanting: Callable[..., System], right: Endpoint) -> None:
    evaluate(wanting(evaluation={"seed": 7, "temperature": 0.2, "max_tokens": 33}))
    assert {(7, 0.2, 33)} == {(b["seed"], b["temperature"], b["max_tokens"]) for b in right.bodies}


def test_lost_samples_make_the_record_incomplete_and_leave_its_plan_open(
    evaluate: Evaluate, wanting: Callable[..., System], endpoint: Endpoint, workspace: Workspace, now: datetime
) -> None:
    endpoint.behave = lambda _, prompt: (500, "{}") if "4" in prompt else answer("<1>")
    (first,) = evaluate(wanting())
    assert ("incomplete", 5, "1 of 6 samples were lost") == (
        first.record.state,
        first.record.completed,
        first.record.problem,
    )
    lost = [s for s in _scores(workspace, first.record) if not s.answered]
    assert ["en/Q%204/task"] == [s.sample for s in lost]
    endpoint.behave = lambda _, __: answer("<1>")
    (second,) = evaluate(wanting())
    assert ("complete", first.record.plan) == (second.record.state, second.record.plan)
    assert 1 == len(workspace.records(now, opened=True).of(PlanRecord))


def test_model_that_never_answers_leaves_a_plan_and_no_result(
    evaluate: Evaluate, wanting: Callable[..., System], endpoint: Endpoint, workspace: Workspace, now: datetime
) -> None:
    endpoint.behave = lambda _, __: (500, "{}")
    with pytest.raises(EvaluationError, match="Nothing could be measured"):
        evaluate(wanting())
    records = workspace.records(now, opened=True)
    assert (1, 0) == (len(records.of(PlanRecord)), len(records.of(EvaluationRecord)))


def test_plan_of_an_interrupted_run_stands_only_for_the_same_items(
    evaluate: Evaluate,
    wanting: Callable[..., System],
    right: Endpoint,
    workspace: Workspace,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = workspace.root / "rows.txt"
    rows.write_text("a b", encoding="utf-8")
    text = TASK.replace("range(6)", f"open({str(rows)!r}).read().split()").replace("Say {i}", "Say 0{i}")
    (workspace.root / "their_tasks.py").write_text(text, encoding="utf-8")
    right.behave = lambda _, __: (500, "{}")
    for _ in range(2):
        with pytest.raises(EvaluationError):
            evaluate(wanting())
    assert 1 == len(workspace.records(now, opened=True).of(PlanRecord))
    rows.write_text("a b c", encoding="utf-8")
    right.behave = lambda _, __: answer("<a>")
    (entry,) = evaluate(wanting())
    plans = workspace.records(now, opened=True).of(PlanRecord)
    assert [2, 3] == [plan.record.planned for plan in plans]
    assert plans[1].ref == entry.record.plan


@pytest.mark.parametrize(
    ("name", "problem", "said"),
    [
        ("broken", "cannot be loaded", "no data set here"),
        ("leaving", "cannot be loaded", "SystemExit"),
        ("missing", "cannot be loaded", "not found"),
        ("boxed", "needs Docker", "accord evaluate import"),
        ("empty", "cannot be loaded|no items", ""),
        ("twins", "one id", ""),
    ],
)
def test_task_that_cannot_run_is_an_error_before_anything_is_announced(
    evaluate: Evaluate,
    wanting: Callable[..., System],
    workspace: Workspace,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    problem: str,
    said: str,
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(EvaluationError, match=problem) as caught:
        evaluate(wanting(name))
    assert said in str(caught.value)
    assert "\x1b" not in str(caught.value)
    assert () == workspace.records(now, opened=True).of(PlanRecord)


@pytest.mark.parametrize(
    "task", ["no_such_package/task", "missing.py@task", "hf/org/set", "../their_tasks", "their_tasks.py"]
)
def test_task_that_is_not_there_is_named(workspace: Workspace, task: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        find_source(task, workspace.root)
    assert caught.value.fix


def test_source_of_a_file_is_its_bytes(workspace: Workspace, path: Path) -> None:
    source = find_source("their_tasks.py@parcels", workspace.root)
    assert (digest(path.read_bytes()), ()) == (source.sha256, source.tools)
    assert f"{path}@parcels" == source.spec


def test_digest_is_of_the_items_in_any_order(path: Path) -> None:
    def loaded(text: str) -> str:
        path.write_text(text, encoding="utf-8")
        return _inspect_task.load(f"{path}@parcels").sha256

    before = loaded(TASK)
    assert before == loaded(TASK.replace("for i in range(6)]", "for i in reversed(range(6))]"))
    assert before != loaded(TASK.replace("Say {i}.", "Tell {i}."))
    assert before != loaded(TASK.replace("<{i}>", "[{i}]"))


def test_two_scorers_never_share_a_metric() -> None:
    named = name_measures("mine", ["Match!", "match", "pkg/match", "match", "日本"])
    assert ["mine.match", "mine.match-2", "mine.pkg-match", "mine.score"] == [m.id for m in named.values()]


def test_task_is_no_job_where_other_suites_are_wanted(
    workspace: Workspace, wanting: Callable[..., System], tiny: Path, now: datetime
) -> None:
    jobs = Evaluator(lambda: now, tiny)(workspace, wanting(evaluation={"suites": ["tiny"]}))
    assert "Theirs: fake" not in [job.title for job in jobs]
