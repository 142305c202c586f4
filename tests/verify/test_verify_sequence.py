"""A record that was left out leaves a hole, and a run that is not as it was announced is named."""

# ruff: noqa: ANN401 - the class of `lab` lives in conftest, which importlib mode cannot import

from typing import Any

import pytest

from accord.evidence import Chain, EvaluationRecord, PlanRecord, Ref, open_plans, sign_record
from accord.verify import Result, make_disclosure


def announce(lab: Any, **change: object) -> Ref:
    """Append the plan of a run like the lab's."""
    run = lab.record(EvaluationRecord)
    shared = {name: getattr(run, name) for name in ("job", "suite", "model", "settings", "seed", "planned")}
    (index,) = lab.space.append([PlanRecord(**{"made": run.started} | shared | change)])
    return Ref(index=index, leaf=lab.space.log().leaf(index).hex())


COMPLETE = {"completed": 21, "state": "complete", "problem": ""}


def run_again(lab: Any, plan: Ref, **change: object) -> None:
    lab.space.append([lab.record(EvaluationRecord).model_copy(update={"plan": plan, **change})])


def test_dropped_run_leaves_a_hole(lab: Any) -> None:
    run_again(lab, announce(lab))
    entries = lab.entries()
    lab.relog(entries[:2] + entries[3:])  # the owner signs the log anew without its first evaluation
    done = lab.verify(lab.space.root)
    assert "number 2 of its sequence, and number 1 is missing" in lab.claim(done, "sequence.evaluation").reason


def test_replaced_run_is_not_what_its_successor_follows(lab: Any) -> None:
    run_again(lab, announce(lab))
    entries = lab.entries()
    other = lab.record(EvaluationRecord).model_copy(update={"problem": "a better one", "plan": None})
    other = other.model_copy(update={"chain": Chain(about=other.about(), sequence=1)})
    entries[2] = sign_record(other, lab.key)
    lab.relog(entries)
    assert "follows another record" in lab.claim(lab.verify(lab.space.root), "sequence.evaluation").reason


def test_record_without_a_place_is_contradicted(lab: Any) -> None:
    bare = lab.record(EvaluationRecord).model_copy(update={"chain": None})
    lab.relog([*lab.entries(), sign_record(bare, lab.key)])
    assert "sequence.evaluation" in lab.contradicted(lab.verify(lab.space.root))


def test_place_in_a_sequence_about_something_else_is_contradicted(lab: Any) -> None:
    moved = lab.record(EvaluationRecord).model_copy(update={"chain": Chain(about="another suite", sequence=1)})
    lab.relog([*lab.entries(), sign_record(moved, lab.key)])
    assert "about something else" in lab.claim(lab.verify(lab.space.root), "sequence.evaluation").reason


def test_run_as_announced_is_verified(lab: Any) -> None:
    run_again(lab, announce(lab))
    done = lab.verify(lab.space.root)
    assert Result.VERIFIED == lab.claim(done, "evaluation.6.plan").result
    assert not lab.contradicted(done)


@pytest.mark.parametrize("change", [{"seed": 2}, {"planned": 22}, {"settings": {"temperature": 0.0}}])
def test_run_other_than_announced_is_contradicted(lab: Any, change: dict[str, object]) -> None:
    run_again(lab, announce(lab, **change))
    done = lab.verify(lab.space.root)
    assert f"It differs from its plan in {next(iter(change))}." == lab.claim(done, "evaluation.6.plan").reason


def test_run_begun_before_its_plan_is_contradicted(lab: Any) -> None:
    run_again(lab, announce(lab, made=lab.now))
    assert "begun before" in lab.claim(lab.verify(lab.space.root), "evaluation.6.plan").reason


def test_second_result_of_one_plan_is_contradicted(lab: Any) -> None:
    plan = announce(lab)
    run_again(lab, plan, **COMPLETE)
    run_again(lab, plan, **COMPLETE)
    assert "Another run is its result already." == lab.claim(lab.verify(lab.space.root), "evaluation.7.plan").reason


def test_plan_that_is_another_record_is_contradicted(lab: Any) -> None:
    run_again(lab, Ref(index=0, leaf=lab.space.log().leaf(0).hex()))
    assert "another one than was named" in lab.claim(lab.verify(lab.space.root), "evaluation.5.plan").reason


def test_plan_without_a_result_is_a_gap(lab: Any) -> None:
    announce(lab)
    assert 1 == len(open_plans(lab.space.records(lab.now)))
    gap = next(gap for gap in lab.verify(lab.space.root).gaps if gap.id == "open-plans")
    assert "refusal (record 5)" in gap.text


def test_second_result_of_one_plan_is_contradicted_where_the_first_is_withheld(lab: Any) -> None:
    plan = announce(lab)
    run = lab.record(EvaluationRecord).model_copy(update={"plan": plan, **COMPLETE})
    lab.space.append([run], {"metrics"})
    lab.space.append([run])
    assert "evaluation.7.plan" in lab.contradicted(lab.verify(lab.space.root))


def test_disclosed_run_is_compared_with_its_plan(lab: Any) -> None:
    run = lab.record(EvaluationRecord).model_copy(update={"plan": announce(lab), "seed": 99})
    lab.space.append([run], {"metrics"})
    assert Result.WITHHELD == lab.claim(lab.verify(lab.space.root), "evaluation.6.plan").result
    shown = make_disclosure(lab.space, {6: ()}, lab.now)
    assert {"evaluation.6.plan"} == lab.contradicted(lab.verify(lab.space.root, disclosure=shown))


def test_run_of_a_plan_that_withholds_is_withheld_and_not_contradicted(lab: Any) -> None:
    run = lab.record(EvaluationRecord)
    shared = {name: getattr(run, name) for name in ("job", "suite", "model", "settings", "seed", "planned")}
    (index,) = lab.space.append([PlanRecord(made=run.started, **shared)], {"settings"})
    run_again(lab, Ref(index=index, leaf=lab.space.log().leaf(index).hex()))
    assert Result.WITHHELD == lab.claim(lab.verify(lab.space.root), "evaluation.6.plan").result


def test_run_that_lost_samples_leaves_its_plan_to_the_next_try(lab: Any) -> None:
    plan = announce(lab)
    run_again(lab, plan)
    assert "open-plans" in {gap.id for gap in lab.verify(lab.space.root).gaps}
    run_again(lab, plan, **COMPLETE)
    done = lab.verify(lab.space.root)
    assert {Result.VERIFIED} == {lab.claim(done, f"evaluation.{index}.plan").result for index in (6, 7)}
    assert "open-plans" not in {gap.id for gap in done.gaps}


def test_model_may_be_renamed_between_plan_and_run(lab: Any) -> None:
    run = lab.record(EvaluationRecord)
    run_again(lab, announce(lab), model=run.model.model_copy(update={"name": "renamed"}))
    assert Result.VERIFIED == lab.claim(lab.verify(lab.space.root), "evaluation.6.plan").result
