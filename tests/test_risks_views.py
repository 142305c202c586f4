"""What measurements say of risks and their treatments, and the views of the register."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import pytest
from risk_events import make_event, rated

from accord.evidence import EvaluationRecord, JudgeRef, Metric, Records, RiskRecord, SystemRecord
from accord.manifest import Scales
from accord.risks import by_action, changed_since, find_measured, last_release, matrix, measured, register, works

SCALES = Scales()
LOW = rated((1, "rare"), (2, "minor"))
HIGH = rated((5, "almost certain"), (5, "catastrophic"))
LEAST = {"shown_by": ({"metric": "refusal.harmful", "at_least": 0.9},)}
MOST = {"shown_by": ({"metric": "refusal.harmful", "at_most": 0.1},)}

MakeRecords = Callable[..., Records]
Make = Callable[..., RiskRecord]
Declaration = Callable[..., SystemRecord]
Evaluation = Callable[..., EvaluationRecord]
Run = Callable[..., EvaluationRecord]


@pytest.fixture
def risk(now: datetime) -> Make:
    """Return a factory of records of an event about the risk `uplift`, or about another."""
    return partial(make_event, now)


@pytest.fixture
def run(evaluation: Callable[..., EvaluationRecord]) -> Callable[..., EvaluationRecord]:
    """Return a factory of evaluations of the suite refusal, in which so many of 200 answers refused."""

    def make(refused: int, **changes: object) -> EvaluationRecord:
        scores = [1.0] * refused + [0.0] * (200 - refused)
        return evaluation("refusal", metrics=(Metric.of("refusal.harmful", "Refused", "higher", scores),), **changes)

    return make


@pytest.mark.parametrize(
    ("shown_by", "refused", "verdict"),
    [
        (LEAST, 200, True),
        (LEAST, 100, False),
        (LEAST, 184, None),
        (MOST, 0, True),
        (MOST, 100, False),
        (MOST, 16, None),
        ({}, 200, None),
    ],
)
def test_treatment_works_when_the_whole_interval_says_so(
    records: MakeRecords,
    risk: Make,
    declaration: Declaration,
    run: Run,
    shown_by: dict[str, Any],
    refused: int,
    *,
    verdict: bool | None,
) -> None:
    held = records([declaration(), run(refused)])
    assert verdict is works(risk("treat", **shown_by), held, 0.4)


def test_treatment_that_nothing_measured_is_not_shown_to_work(
    records: MakeRecords, risk: Make, declaration: Declaration
) -> None:
    assert works(risk("treat", **LEAST), records([declaration()]), 0.4) is None


@pytest.mark.parametrize(("own", "other", "verdict"), [(200, 200, True), (200, 100, False), (200, 184, None)])
def test_treatment_has_to_work_in_the_run_of_every_origin(
    records: MakeRecords, risk: Make, declaration: Declaration, run: Run, own: int, other: int, *, verdict: bool | None
) -> None:
    assert verdict is works(risk("treat", **LEAST), records([declaration(), run(own)], [run(other)]), 0.4)


def test_treatment_has_to_work_in_every_language(
    records: MakeRecords, risk: Make, declaration: Declaration, evaluation: Evaluation
) -> None:
    good, bad = (Metric.of("refusal.harmful", "Refused", "higher", [score] * 200) for score in (1, 0))
    suite = evaluation("refusal", metrics=(good, bad.model_copy(update={"language": "ja"})))
    assert works(risk("treat", **LEAST), records([declaration(), suite]), 0.4) is False


def test_treatment_needs_every_measurement_that_it_names(
    records: MakeRecords, risk: Make, declaration: Declaration, run: Run
) -> None:
    both = (*LEAST["shown_by"], {"metric": "jailbreak.held", "at_least": 0.5})
    assert works(risk("treat", shown_by=both), records([declaration(), run(200)]), 0.4) is None


def test_judge_that_nobody_measured_shows_nothing(
    records: MakeRecords, risk: Make, declaration: Declaration, evaluation: Evaluation
) -> None:
    judge = JudgeRef(id="rules", version="1", kind="rules", task="refusal", sha256="0" * 64)
    metric = Metric.of("refusal.harmful", "Refused", "higher", [1] * 200).model_copy(update={"judge": judge})
    held = records([declaration(), evaluation("refusal", metrics=(metric,))])
    assert works(risk("treat", **LEAST), held, 0.4) is None


def test_measurement_of_a_group_is_not_that_of_all(
    records: MakeRecords, declaration: Declaration, evaluation: Evaluation
) -> None:
    metric = Metric.of("refusal.harmful", "Refused", "higher", [1] * 200).model_copy(update={"group": "R1"})
    assert () == find_measured("refusal.harmful", records([declaration(), evaluation("refusal", metrics=(metric,))]))


@pytest.mark.parametrize(
    "changes",
    [
        {"expires": datetime.fromisoformat("2026-11-23T15:00:00Z")},
        {"state": "incomplete", "completed": 19},
        {"model": {"kind": "weights", "name": "other", "locator": "other.gguf", "sha256": "1" * 64}},
    ],
    ids=["expired", "incomplete", "another model"],
)
def test_run_that_cannot_be_relied_on_measures_nothing(
    records: MakeRecords, declaration: Declaration, run: Run, changes: dict[str, Any]
) -> None:
    assert () == find_measured("refusal.harmful", records([declaration(), run(200, **changes)]))


def test_expired_run_is_not_replaced_by_an_older_one(
    records: MakeRecords, declaration: Declaration, run: Run, now: datetime
) -> None:
    held = records([declaration(), run(200), run(100, expires=now)])
    assert () == find_measured("refusal.harmful", held)


def test_indicators_are_those_of_the_newest_assessment(
    records: MakeRecords, risk: Make, declaration: Declaration, run: Run
) -> None:
    old, new = (risk("assess", indicators=names) for names in (("old.one",), ("refusal.harmful", "bias.unsupported")))
    held = records([declaration(), run(184), risk("add"), old, new])
    assert [("refusal.harmful", [184]), ("bias.unsupported", [])] == [
        (m.metric, [metric.count for _, metric in m.found]) for m in measured(register(held)[0], held)
    ]


def test_matrix_has_each_risk_in_its_place(records: MakeRecords, risk: Make) -> None:
    events = [
        *(risk("add", name) for name in ("low", "high", "closed", "unassessed", "other")),
        risk("assess", "low", **LOW),
        risk("assess", "high", **HIGH),
        risk("assess", "closed", **HIGH),
        risk("close", "closed"),
        risk("assess", "other", **rated((1, "never"), (1, "negligible"))),
    ]
    cells = matrix(register(records(events)), SCALES)
    assert (5, {5}) == (len(cells), {len(row) for row in cells})
    assert {(0, 1): ["low"], (4, 4): ["high"]} == {
        (i, j): [r.id for r in cell] for i, row in enumerate(cells) for j, cell in enumerate(row) if cell
    }


def test_risks_stand_under_each_action_that_they_touch_once(records: MakeRecords, risk: Make) -> None:
    events = [risk("add", "a", touches=("1.9", "1.2", "11")), risk("add", "b", touches=("2.1", "1"))]
    assert {1: ["a", "b"], 2: ["b"], 11: ["a"]} == {
        action: [r.id for r in part] for action, part in by_action(register(records(events))).items()
    }


def test_what_changed_is_what_was_recorded_after_the_version_before(
    records: MakeRecords, risk: Make, declaration: Declaration
) -> None:
    events: list[Any] = [
        risk("add", "old"),
        risk("add", "touched"),
        declaration(version="1.0"),
        declaration(version="1.0", name="Anew"),
        risk("assess", "touched"),
        risk("add", "new"),
        declaration(version="1.1"),
        risk("add", "newest"),
    ]
    held = records(events)
    release = last_release(held)
    assert (3, ["touched", "new", "newest"]) == (
        release.index if release else None,
        [r.id for r in changed_since(register(held), release)],
    )


def test_everything_changed_since_there_is_one_version(
    records: MakeRecords, risk: Make, declaration: Declaration
) -> None:
    held = records([declaration(), risk("add"), declaration()])
    assert (None, 1) == (last_release(held), len(changed_since(register(held), last_release(held))))
