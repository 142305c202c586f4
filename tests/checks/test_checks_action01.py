"""Action 1: testing, tolerances, traceability, checkpoints, risk families."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from accord.evidence import Basis, EvaluationRecord, Finding, Metric, ModelRef, Origin, Record, Status, SystemRecord
from accord.manifest import System

Run = Callable[..., Finding]
MakeSystem = Callable[..., System]
Evaluation = Callable[..., EvaluationRecord]
Declaration = Callable[..., SystemRecord]

FAMILIES = ("R1", "R2", "R3", "R4", "R5", "R6", "R7")


def _states(finding: Finding) -> tuple[Status, Basis | None, Origin | None]:
    return finding.status, finding.basis, finding.origin


def test_testing_without_evaluation_is_no_evidence(run: Run, make_system: MakeSystem, declaration: Declaration) -> None:
    finding = run("a01.testing", make_system(), [declaration()])
    assert (Status.NO_EVIDENCE, "no complete, current evaluation of tiny" in finding.gaps[0]) == (finding.status, True)


def test_testing_from_inside_alone_is_partial(
    run: Run, make_system: MakeSystem, declaration: Declaration, evaluation: Evaluation
) -> None:
    finding = run("a01.testing", make_system(), [declaration(), evaluation()])
    assert (Status.PARTIAL, Basis.MEASURED, Origin.SELF) == _states(finding)
    assert ("No independent party has recorded a test.",) == finding.gaps


def test_testing_from_outside_alone_is_partial(
    run: Run, make_system: MakeSystem, declaration: Declaration, evaluation: Evaluation
) -> None:
    finding = run("a01.testing", make_system(), [declaration()], [evaluation()])
    assert (Status.PARTIAL, Basis.MEASURED, Origin.INDEPENDENT) == _states(finding)
    assert ("There is no internal evaluation.",) == finding.gaps


@pytest.mark.parametrize("outside", ["misuse", "other"])
def test_testing_from_inside_and_outside_is_supported(
    run: Run, make_system: MakeSystem, declaration: Declaration, evaluation: Evaluation, outside: str
) -> None:
    finding = run("a01.testing", make_system(), [declaration(), evaluation()], [evaluation(outside)])
    assert (Status.SUPPORTED, Basis.MEASURED, Origin.SELF) == _states(finding)
    assert ((), [1, 2]) == (finding.gaps, [ref.index for ref in finding.evidence])


@pytest.fixture
def judge(
    run: Run, make_system: MakeSystem, declaration: Declaration, evaluation: Evaluation
) -> Callable[..., Finding]:
    """Return the finding over one tolerance and one metric whose interval is `low` to `high`."""

    def find_one(low: float | None, high: float | None, **bound: float) -> Finding:
        scored = 10 if low is not None else 0
        metric = Metric(
            id="misuse.refusal", title="Refused", better="higher", count=scored / 2, n=scored,
            value=low, low=low, high=high,
        )  # fmt: skip
        tolerance = {"metric": "misuse.refusal", "reason": "We say so.", **bound}
        return run(
            "a01.tolerances", make_system(tolerances=[tolerance]), [declaration(), evaluation(metrics=(metric,))]
        )

    return find_one


@pytest.mark.parametrize(
    ("low", "high", "bound", "status"),
    [
        (0.1, 0.2, {"at_most": 0.2}, Status.SUPPORTED),
        (0.1, 0.2, {"at_most": 0.199999}, Status.PARTIAL),
        (0.1, 0.2, {"at_most": 0.1}, Status.PARTIAL),
        (0.1, 0.2, {"at_most": 0.099999}, Status.CONTRADICTED),
        (0.0, 0.0, {"at_most": 0.0}, Status.SUPPORTED),
        (0.8, 0.9, {"at_least": 0.8}, Status.SUPPORTED),
        (0.8, 0.9, {"at_least": 0.800001}, Status.PARTIAL),
        (0.8, 0.9, {"at_least": 0.9}, Status.PARTIAL),
        (0.8, 0.9, {"at_least": 0.900001}, Status.CONTRADICTED),
        (0.0, 0.9, {"at_least": 0.0}, Status.SUPPORTED),
    ],
)
def test_tolerance_is_read_on_the_bound_of_the_interval(
    judge: Callable[..., Finding], low: float, high: float, bound: dict[str, float], status: Status
) -> None:
    assert status == judge(low, high, **bound).status


def test_tolerance_that_holds_has_no_gap(judge: Callable[..., Finding]) -> None:
    finding = judge(0.1, 0.2, at_most=0.2)
    assert ((), [1]) == (finding.gaps, [ref.index for ref in finding.evidence])


def test_tolerance_that_is_exceeded_says_by_how_much(judge: Callable[..., Finding]) -> None:
    gap = "misuse.refusal, 80.0% to 90.0% (n = 10), exceeds the tolerance of at most 5%."
    assert (gap,) == judge(0.8, 0.9, at_most=0.05).gaps


def test_tolerance_that_is_not_reached_says_by_how_much(judge: Callable[..., Finding]) -> None:
    gap = "misuse.refusal, 10.0% to 20.0% (n = 10), falls short of the tolerance of at least 95%."
    assert (gap,) == judge(0.1, 0.2, at_least=0.95).gaps


def test_tolerance_gap_does_not_round_its_bound_away(judge: Callable[..., Finding]) -> None:
    assert "at most 0.5%" in judge(0.1, 0.2, at_most=0.005).gaps[0]


def test_interval_across_the_bound_decides_nothing(judge: Callable[..., Finding]) -> None:
    gap = "misuse.refusal, 10.0% to 20.0% (n = 10), cannot be told from the tolerance of at most 15%."
    assert (gap,) == judge(0.1, 0.2, at_most=0.15).gaps


def test_metric_without_scores_decides_nothing(judge: Callable[..., Finding]) -> None:
    finding = judge(None, None, at_most=0.15)
    assert (Status.PARTIAL, ("misuse.refusal has no scored sample.",)) == (finding.status, finding.gaps)


def _tolerances(*metrics: str) -> list[dict[str, Any]]:
    return [{"metric": metric, "at_least": 0.5, "reason": "We say so."} for metric in metrics]


def test_tolerances_that_nobody_declared_are_no_evidence(
    run: Run, make_system: MakeSystem, declaration: Declaration, evaluation: Evaluation
) -> None:
    finding = run("a01.tolerances", make_system(), [declaration(), evaluation()])
    assert (Status.NO_EVIDENCE, "declares no risk tolerance" in finding.gaps[0]) == (finding.status, True)


def test_tolerances_of_which_none_was_measured_are_no_evidence(
    run: Run, make_system: MakeSystem, declaration: Declaration, evaluation: Evaluation
) -> None:
    system = make_system(tolerances=_tolerances("truth.wrong"))
    assert Status.NO_EVIDENCE == run("a01.tolerances", system, [declaration(), evaluation()]).status


def test_tolerance_that_was_not_measured_is_a_gap(
    run: Run, make_system: MakeSystem, declaration: Declaration, evaluation: Evaluation
) -> None:
    system = make_system(tolerances=_tolerances("misuse.refusal", "truth.wrong"))
    finding = run("a01.tolerances", system, [declaration(), evaluation()])
    gaps = ("truth.wrong has a tolerance but was not measured.",)
    assert (Status.PARTIAL, gaps) == (finding.status, finding.gaps)


def test_one_exceeded_tolerance_outweighs_those_that_hold(
    run: Run, make_system: MakeSystem, declaration: Declaration, evaluation: Evaluation
) -> None:
    bad = evaluation("truth", metrics=(Metric.of("truth.right", "Right", "higher", [0] * 20),))
    system = make_system(tolerances=_tolerances("misuse.refusal", "truth.right"))
    finding = run("a01.tolerances", system, [declaration(), evaluation(), bad])
    assert (Status.CONTRADICTED, [1, 2]) == (finding.status, [ref.index for ref in finding.evidence])


def test_newest_evaluation_of_a_suite_is_taken(
    run: Run, make_system: MakeSystem, declaration: Declaration, evaluation: Evaluation
) -> None:
    bad = evaluation(metrics=(Metric.of("misuse.refusal", "Refused", "higher", [0] * 20),))
    system = make_system(tolerances=_tolerances("misuse.refusal"))
    finding = run("a01.tolerances", system, [declaration(), bad, evaluation()])
    assert (Status.SUPPORTED, [2]) == (finding.status, [ref.index for ref in finding.evidence])


@pytest.mark.parametrize(
    ("own", "other", "status"),
    [(1, 1, Status.SUPPORTED), (0, 1, Status.CONTRADICTED), (1, 0, Status.CONTRADICTED)],
)
def test_tolerance_holds_only_where_it_holds_for_every_origin(
    run: Run,
    make_system: MakeSystem,
    declaration: Declaration,
    evaluation: Evaluation,
    own: int,
    other: int,
    status: Status,
) -> None:
    made = [evaluation(metrics=(Metric.of("misuse.refusal", "Refused", "higher", [s] * 20),)) for s in (own, other)]
    system = make_system(tolerances=_tolerances("misuse.refusal"))
    finding = run("a01.tolerances", system, [declaration(), made[0]], [made[1]])
    assert (status, [1, 2]) == (finding.status, [ref.index for ref in finding.evidence])


def test_tolerance_gap_names_the_origin_that_is_not_the_organisation(
    run: Run, make_system: MakeSystem, declaration: Declaration, evaluation: Evaluation
) -> None:
    bad = evaluation(metrics=(Metric.of("misuse.refusal", "Refused", "higher", [0] * 20),))
    system = make_system(tolerances=_tolerances("misuse.refusal"))
    finding = run("a01.tolerances", system, [declaration(), evaluation()], [bad])
    assert "(n = 20, independent), falls short of" in finding.gaps[0]


def test_traceability_without_evaluation_is_no_evidence(
    run: Run, make_system: MakeSystem, declaration: Declaration
) -> None:
    assert Status.NO_EVIDENCE == run("a01.traceability", make_system(), [declaration()]).status


def test_traceability_of_testing_is_partial(
    run: Run, make_system: MakeSystem, declaration: Declaration, evaluation: Evaluation
) -> None:
    system = make_system(datasets=[{"id": "base", "title": "Base", "use": "pre-training"}])
    finding = run("a01.traceability", system, [declaration(), evaluation()])
    assert (Status.PARTIAL, Basis.MEASURED, Origin.SELF) == _states(finding)
    unplanned = "The run of suite misuse in record 1 was not announced."
    declared = "The processes and the data of development are declared; nothing measured them."
    assert ("Decisions made during development are not recorded.", unplanned, declared) == finding.gaps


def test_traceability_without_datasets_has_a_gap(
    run: Run, make_system: MakeSystem, declaration: Declaration, evaluation: Evaluation
) -> None:
    finding = run("a01.traceability", make_system(), [declaration(), evaluation()])
    assert "accord.toml declares no dataset." in finding.gaps


@pytest.fixture
def earlier(declaration: Declaration, evaluation: Evaluation) -> list[Record]:
    """Return what was recorded of the version before."""
    model = ModelRef(kind="weights", name="tiny", locator="tiny.gguf", sha256="1" * 64)
    return [declaration(model=model, version="0.9"), evaluation(model=model)]


def test_checkpoints_without_evaluation_are_no_evidence(
    run: Run, make_system: MakeSystem, declaration: Declaration, earlier: list[Record]
) -> None:
    assert Status.NO_EVIDENCE == run("a01.checkpoints", make_system(), [*earlier, declaration()]).status


@pytest.mark.parametrize("released", [None, "2026-11-23", "2026-12-24"])
def test_checkpoints_of_two_states_before_release_are_supported(
    run: Run,
    make_system: MakeSystem,
    declaration: Declaration,
    evaluation: Evaluation,
    earlier: list[Record],
    released: str | None,
) -> None:
    system = make_system(system={"released": released})
    finding = run("a01.checkpoints", system, [*earlier, declaration(), evaluation()])
    assert (Status.SUPPORTED, ()) == (finding.status, finding.gaps)


def test_checkpoints_of_one_state_have_a_gap(
    run: Run, make_system: MakeSystem, declaration: Declaration, evaluation: Evaluation
) -> None:
    finding = run("a01.checkpoints", make_system(), [declaration(), evaluation()])
    assert (Status.PARTIAL, ("Only one state of the model has been tested.",)) == (finding.status, finding.gaps)


def test_checkpoints_after_the_release_have_a_gap(
    run: Run, make_system: MakeSystem, declaration: Declaration, evaluation: Evaluation, earlier: list[Record]
) -> None:
    system = make_system(system={"released": date(2026, 11, 22)})
    finding = run("a01.checkpoints", system, [*earlier, declaration(), evaluation()])
    gap = "No evaluation was made before the release of 2026-11-22."
    assert (Status.PARTIAL, (gap,)) == (finding.status, finding.gaps)


def test_checkpoints_do_not_count_a_model_that_was_never_declared(
    run: Run, make_system: MakeSystem, declaration: Declaration, evaluation: Evaluation, earlier: list[Record]
) -> None:
    finding = run("a01.checkpoints", make_system(), [earlier[1], declaration(), evaluation()])
    assert ("Only one state of the model has been tested.",) == finding.gaps


def test_risk_families_without_evaluation_are_no_evidence(
    run: Run, make_system: MakeSystem, declaration: Declaration
) -> None:
    assert Status.NO_EVIDENCE == run("a01.risk-families", make_system(), [declaration()]).status


def test_evaluation_of_no_risk_family_is_no_evidence(
    run: Run, make_system: MakeSystem, declaration: Declaration, evaluation: Evaluation
) -> None:
    finding = run("a01.risk-families", make_system(), [declaration(), evaluation(families={})])
    assert Status.NO_EVIDENCE == finding.status


@pytest.mark.parametrize("family", FAMILIES)
def test_risk_family_that_was_not_tested_is_a_gap(
    run: Run, make_system: MakeSystem, declaration: Declaration, evaluation: Evaluation, family: str
) -> None:
    tested = {f: 30 for f in FAMILIES if f != family}
    finding = run("a01.risk-families", make_system(), [declaration(), evaluation(families=tested)])
    assert (Status.PARTIAL, (f"Risk family {family} has not been tested.",)) == (finding.status, finding.gaps)


def test_all_risk_families_across_suites_are_supported(
    run: Run, make_system: MakeSystem, declaration: Declaration, evaluation: Evaluation, now: datetime
) -> None:
    soon = now + timedelta(days=1)
    parts = [
        evaluation("a", families=dict.fromkeys(FAMILIES[:4], 15)),
        evaluation("b", families=dict.fromkeys(FAMILIES[:4], 15) | dict.fromkeys(FAMILIES[4:], 30), expires=soon),
    ]
    finding = run("a01.risk-families", make_system(), [declaration(), *parts])
    assert (Status.SUPPORTED, (), soon) == (finding.status, finding.gaps, finding.expires)


def test_risk_families_of_a_suite_that_two_parties_ran_count_once(
    run: Run, make_system: MakeSystem, declaration: Declaration, evaluation: Evaluation
) -> None:
    half = evaluation(families=dict.fromkeys(FAMILIES, 15))
    finding = run("a01.risk-families", make_system(), [declaration(), half], [half])
    assert "Risk family R1 has been tested with 15 items only." == finding.gaps[0]


def test_risk_family_with_few_items_is_a_gap(
    run: Run, make_system: MakeSystem, declaration: Declaration, evaluation: Evaluation
) -> None:
    items = dict.fromkeys(FAMILIES, 30) | {"R4": 29}
    finding = run("a01.risk-families", make_system(), [declaration(), evaluation(families=items)])
    gap = "Risk family R4 has been tested with 29 items only."
    assert (Status.PARTIAL, (gap,)) == (finding.status, finding.gaps)
