"""Action 3: the report that was made, and what evaluations give it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from accord.evidence import (
    AssessmentRecord,
    Basis,
    EvaluationRecord,
    Finding,
    Metric,
    Record,
    Ref,
    ReportRecord,
    Status,
    SystemRecord,
)
from accord.manifest import System

Run = Callable[..., Finding]
MakeSystem = Callable[..., System]
Evaluation = Callable[..., EvaluationRecord]
Declaration = Callable[..., SystemRecord]


@pytest.fixture
def reported(declaration: Declaration, now: datetime) -> Callable[..., list[Record]]:
    """Return a declaration at 0, an assessment of it at 1 and a report on that at 2."""

    def make(**changes: object) -> list[Record]:
        held = declaration()
        zero, one = (Ref(index=i, leaf="0" * 64) for i in range(2))
        base: dict[str, Any] = held.model_dump(include={"made", "edition", "edition_sha256"})
        assessment = AssessmentRecord(
            **base,
            size=1,
            root="0" * 64,
            system=zero,
            tool={"name": "accord", "version": "0"},
            statuses={},
            findings=held.declaration,
        )
        report: dict[str, Any] = {"made": now, "assessment": one, "files": {"report.html": "0" * 64}}
        return [held, assessment, ReportRecord.model_validate(report | changes)]

    return make


def test_report_that_was_not_made_is_no_evidence(run: Run, make_system: MakeSystem, declaration: Declaration) -> None:
    finding = run("a03.transparency-report", make_system(), [declaration()])
    assert (Status.NO_EVIDENCE, True) == (finding.status, "version 1.0" in finding.gaps[0])


def test_report_on_this_version_is_partial(
    run: Run, make_system: MakeSystem, reported: Callable[..., list[Record]]
) -> None:
    finding = run("a03.transparency-report", make_system(), reported())
    assert (Status.PARTIAL, Basis.MEASURED, [2]) == (finding.status, finding.basis, [r.index for r in finding.evidence])
    assert ("That the report is published where people find it is not shown.",) == finding.gaps


def test_second_print_of_a_report_is_no_new_evidence(
    run: Run, make_system: MakeSystem, reported: Callable[..., list[Record]]
) -> None:
    held = reported()
    once, twice = (run("a03.transparency-report", make_system(), [*held, *more]) for more in ([], [held[-1]]))
    assert once == twice


def test_report_on_another_version_does_not_count(
    run: Run, make_system: MakeSystem, reported: Callable[..., list[Record]]
) -> None:
    system = make_system(system={"version": "1.1"})
    assert Status.NO_EVIDENCE == run("a03.transparency-report", system, reported()).status


def test_report_on_no_known_assessment_does_not_count(
    run: Run, make_system: MakeSystem, reported: Callable[..., list[Record]]
) -> None:
    held = reported(assessment=Ref(index=9, leaf="0" * 64))
    assert Status.NO_EVIDENCE == run("a03.transparency-report", make_system(), held).status


def test_expired_report_does_not_count(
    run: Run, make_system: MakeSystem, reported: Callable[..., list[Record]], now: datetime
) -> None:
    assert Status.NO_EVIDENCE == run("a03.transparency-report", make_system(), reported(expires=now)).status


def test_evaluation_details_without_evaluation_are_no_evidence(
    run: Run, make_system: MakeSystem, declaration: Declaration
) -> None:
    assert Status.NO_EVIDENCE == run("a03.evaluations", make_system(), [declaration()]).status


def test_evaluation_details_are_partial_without_human_rights(
    run: Run, make_system: MakeSystem, declaration: Declaration, evaluation: Evaluation
) -> None:
    finding = run("a03.evaluations", make_system(), [declaration(), evaluation("b"), evaluation("a")])
    assert (Status.PARTIAL, "Reported with intervals: a, b.") == (finding.status, finding.summary)
    assert ("Risk to human rights is not evaluated.",) == finding.gaps


def test_societal_effects_without_a_measure_of_bias_are_no_evidence(
    run: Run, make_system: MakeSystem, declaration: Declaration, evaluation: Evaluation
) -> None:
    assert Status.NO_EVIDENCE == run("a03.societal-effects", make_system(), [declaration(), evaluation()]).status


def test_societal_effects_with_a_measure_of_bias_are_partial(
    run: Run, make_system: MakeSystem, declaration: Declaration, evaluation: Evaluation
) -> None:
    metric = Metric.of("bias.unsupported", "Unsupported", "lower", [0] * 9)
    finding = run("a03.societal-effects", make_system(), [declaration(), evaluation("bias", metrics=(metric,))])
    assert (Status.PARTIAL, 2, [1]) == (finding.status, len(finding.gaps), [r.index for r in finding.evidence])
