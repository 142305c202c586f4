"""Plans and results: what was announced and is still open, and how a result differs from what was announced."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from accord.evidence import (
    EvaluationRecord,
    ModelRef,
    PlanRecord,
    Record,
    Records,
    SuiteRef,
    compare_plan,
    find_open_plan,
    open_plans,
    unplanned,
)

Evaluation = Callable[..., EvaluationRecord]
Plan = Callable[..., PlanRecord]
View = Callable[..., Records]


@pytest.fixture
def plan(evaluation: Evaluation, now: datetime) -> Plan:
    """Return a factory of plans of what `evaluation` makes."""
    run = evaluation()
    told = {name: getattr(run, name) for name in ("job", "suite", "model", "settings", "seed", "planned")}
    return lambda **changes: PlanRecord.model_validate({"made": now - timedelta(hours=1)} | told | changes)


def _results(records: View, evaluation: Evaluation, *before: Record) -> Records:
    """Return a log of these records and then a result of the first one."""
    ref = next(iter(records(before))).ref
    return records([*before, evaluation(plan=ref)])


def test_plan_without_a_result_is_open(records: View, plan: Plan) -> None:
    assert [0] == [e.ref.index for e in open_plans(records([plan()]))]


def test_plan_with_a_result_is_not_open(records: View, plan: Plan, evaluation: Evaluation) -> None:
    assert () == open_plans(_results(records, evaluation, plan()))


def test_result_closes_one_plan_alone(records: View, plan: Plan, evaluation: Evaluation) -> None:
    held = _results(records, evaluation, plan(), plan(made="2026-11-22T00:00:00Z"))
    assert [1] == [e.ref.index for e in open_plans(held)]


def test_incomplete_result_leaves_its_plan_open(records: View, plan: Plan, evaluation: Evaluation) -> None:
    def lost(**changes: object) -> EvaluationRecord:
        return evaluation(completed=1, state="incomplete", **changes)

    assert 1 == len(open_plans(_results(records, lost, plan())))


def test_newest_open_plan_of_a_job_is_found(records: View, plan: Plan) -> None:
    held = records([plan(), plan(seed=2), plan(job="33" * 32)])
    found = find_open_plan(held, plan().job)
    assert found is not None
    assert 1 == found.index


def test_plan_of_another_job_is_not_found(records: View, plan: Plan) -> None:
    assert find_open_plan(records([plan()]), "33" * 32) is None


def test_evaluation_without_a_plan_is_unplanned(records: View, plan: Plan, evaluation: Evaluation) -> None:
    held = _results(records, evaluation, plan(), evaluation())
    assert [1] == [e.ref.index for e in unplanned(held)]


def test_run_that_is_as_announced_differs_in_nothing(plan: Plan, evaluation: Evaluation) -> None:
    assert "" == compare_plan(plan(), evaluation())


def test_setting_of_the_machine_needs_no_announcement(plan: Plan, evaluation: Evaluation) -> None:
    assert "" == compare_plan(plan(), evaluation(settings={"temperature": 0.7, "threads": 2}))


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("suite", {"suite": SuiteRef(id="misuse", title="misuse", version="2", sha256="44" * 32, items=20)}),
        ("model", {"model": ModelRef(kind="weights", name="tiny", locator="tiny.gguf", sha256="44" * 32)}),
        ("seed", {"seed": 2}),
        ("planned", {"planned": 21}),
        ("settings", {"settings": {"temperature": 0.8}}),
        ("settings", {"settings": {"temperature": 0.7, "top_p": None, "top_k": 1}}),
    ],
)
def test_run_that_is_not_as_announced_is_told(
    plan: Plan, evaluation: Evaluation, field: str, change: dict[str, Any]
) -> None:
    assert f"It differs from its plan in {field}." == compare_plan(plan(**change), evaluation())


def test_run_that_began_before_its_plan_is_told(plan: Plan, evaluation: Evaluation) -> None:
    late = plan(made=evaluation().started + timedelta(seconds=1))
    assert "It was begun before its plan was made." == compare_plan(late, evaluation())
