"""Checks that read the register of risks: declared, so partial at most; contradicted where a treatment fails."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from risk_events import make_event, rated

from accord.checks import load_checks
from accord.evidence import (
    Basis,
    DocumentRecord,
    EvaluationRecord,
    Finding,
    Metric,
    Origin,
    RiskRecord,
    Status,
    SystemRecord,
)
from accord.manifest import System

CLAUSES = {
    "a01.collaboration": "1.10",
    "a01.mitigation": "1.2",
    "a01.risk-register": "1.8",
    "a05.risk-process": "5.4",
}
DECLARED = "It is declared; nothing measured it."
IN_PLACE = "That the treatments are in place is declared; measurements show what comes of them."
LOW = rated((1, "rare"), (2, "minor"))
LEAST = {"shown_by": ({"metric": "refusal.harmful", "at_least": 0.9},)}

Run = Callable[..., Finding]
MakeSystem = Callable[..., System]
Declaration = Callable[..., SystemRecord]
Make = Callable[..., RiskRecord]
Refused = Callable[..., EvaluationRecord]


@pytest.fixture
def risk(now: datetime) -> Make:
    """Return a factory of records of an event about the risk `uplift`, or about another."""
    return partial(make_event, now)


@pytest.fixture
def refused(evaluation: Callable[..., EvaluationRecord]) -> Refused:
    """Return a factory of evaluations in which so many of 200 answers refused."""

    def make(count: int, **changes: object) -> EvaluationRecord:
        scores = [1.0] * count + [0.0] * (200 - count)
        return evaluation("refusal", metrics=(Metric.of("refusal.harmful", "Refused", "higher", scores),), **changes)

    return make


@pytest.mark.parametrize("check", CLAUSES)
def test_check_reads_its_clause(check: str) -> None:
    assert [(CLAUSES[check],)] == [c.clauses for c in load_checks() if c.id == check]


@pytest.mark.parametrize("check", CLAUSES)
def test_no_register_is_no_evidence(run: Run, make_system: MakeSystem, declaration: Declaration, check: str) -> None:
    finding = run(check, make_system(), [declaration()])
    assert (Status.NO_EVIDENCE, True) == (finding.status, bool(finding.gaps))


@pytest.mark.parametrize("check", CLAUSES)
def test_full_register_is_partial_since_it_is_declared(
    run: Run, make_system: MakeSystem, declaration: Declaration, refused: Refused, risk: Make, check: str
) -> None:
    events = [risk("add", partners=("An institute",)), risk("assess", **LOW), risk("treat", **LEAST)]
    finding = run(check, make_system(), [declaration(), refused(200), *events])
    assert (Status.PARTIAL, Basis.DECLARED, Origin.SELF) == (finding.status, finding.basis, finding.origin)


# a01.mitigation


@pytest.mark.parametrize(
    ("count", "status", "gap"),
    [
        (200, Status.PARTIAL, None),
        (
            184,
            Status.PARTIAL,
            "That treatment refusal of the risk uplift works is not shown by what was measured.",
        ),
        (
            100,
            Status.CONTRADICTED,
            "Treatment refusal of the risk uplift does not work: what was measured lies outside its bound.",
        ),
    ],
)
def test_mitigation_follows_the_measurement(
    run: Run, make_system: MakeSystem, declaration: Declaration, refused: Refused, risk: Make, count: int,
    status: Status, gap: str | None,
) -> None:  # fmt: skip
    held = [declaration(), refused(count), risk("add"), risk("treat", **LEAST)]
    finding = run("a01.mitigation", make_system(), held)
    assert (status, (*([gap] if gap else []), IN_PLACE)) == (finding.status, finding.gaps)
    assert [1, 3] == [ref.index for ref in finding.evidence]


def test_mitigation_without_a_measurement_is_not_shown(
    run: Run, make_system: MakeSystem, declaration: Declaration, risk: Make
) -> None:
    finding = run("a01.mitigation", make_system(), [declaration(), risk("add"), risk("treat")])
    assert (Status.PARTIAL, 2) == (finding.status, len(finding.gaps))
    assert "1 treatments of risks are recorded; 0 are shown to work." == finding.summary


def test_failed_treatment_of_a_closed_risk_contradicts_nothing(
    run: Run, make_system: MakeSystem, declaration: Declaration, refused: Refused, risk: Make
) -> None:
    held = [declaration(), refused(100), risk("add"), risk("treat", **LEAST), risk("close")]
    assert Status.NO_EVIDENCE == run("a01.mitigation", make_system(), held).status


@pytest.mark.parametrize(
    ("events", "open_"),
    [
        (["add"], True),
        (["add", "assess"], True),
        (["add", "assess", "accept"], False),
        (["add", "close"], False),
    ],
)
def test_risk_about_which_nothing_is_done_is_a_gap(
    run: Run, make_system: MakeSystem, risk: Make, events: list[str], *, open_: bool
) -> None:
    finding = run("a01.mitigation", make_system(), [risk(event) for event in events])
    gap = "Risk uplift is not shown to be tolerated, and nothing is done about it."
    assert open_ == (gap in finding.gaps)


def test_tolerated_risk_needs_no_treatment(run: Run, make_system: MakeSystem, risk: Make) -> None:
    held = [risk("add"), risk("assess", **LOW)]
    assert ("The register has no treatment of a risk that is not closed.",) == run(
        "a01.mitigation", make_system(), held
    ).gaps


# a01.risk-register


@pytest.mark.parametrize(
    ("events", "gap"),
    [
        ([("add", {})], "Risk uplift has not been assessed, or its assessment is withheld."),
        (
            [("add", {}), ("assess", {})],
            "Risk uplift has the level 12, above the 6 that is tolerated, and no acceptance of it holds.",
        ),
        (
            [("add", {}), ("assess", rated((1, "hardly"), (1, "negligible")))],
            "Risk uplift was assessed on other scales than those of accord.toml.",
        ),
        ([("add", {}), ("assess", LOW)], None),
        ([("add", {}), ("assess", {}), ("accept", {})], None),
        ([("add", {}), ("close", {})], None),
    ],
)
def test_risk_that_nobody_answers_for_is_a_gap_of_the_register(
    run: Run, make_system: MakeSystem, risk: Make, events: list[tuple[str, dict[str, Any]]], gap: str | None
) -> None:
    finding = run("a01.risk-register", make_system(), [risk(event, **changes) for event, changes in events])
    assert (Status.PARTIAL, (*([gap] if gap else []), DECLARED)) == (finding.status, finding.gaps)


def test_acceptance_that_ended_is_a_gap_and_does_not_end_the_finding(
    run: Run, make_system: MakeSystem, risk: Make, now: datetime
) -> None:
    held = [risk("add"), risk("assess"), risk("accept")]
    before, after = (run("a01.risk-register", make_system(), held, at=now + timedelta(days=n)) for n in (0, 31))
    assert (now + timedelta(days=30), None) == (before.expires, after.expires)
    assert ("no acceptance of it holds" in after.gaps[0], (DECLARED,)) == (True, before.gaps)


def test_record_that_does_not_fit_is_a_gap(run: Run, make_system: MakeSystem, risk: Make) -> None:
    finding = run("a01.risk-register", make_system(), [risk("add"), risk("close"), risk("treat"), risk("add", "b")])
    assert "Record 2 (treat, risk uplift) does not count: record 1 closed it." in finding.gaps


def test_register_of_nothing_but_misfits_is_no_evidence(run: Run, make_system: MakeSystem, risk: Make) -> None:
    finding = run("a01.risk-register", make_system(), [risk("close")])
    assert (Status.NO_EVIDENCE, 2) == (finding.status, len(finding.gaps))


@pytest.mark.parametrize(
    ("count", "indicators", "gap"),
    [(200, (), False), (184, (), True), (100, (), True), (100, ("refusal.harmful",), False)],
)
def test_tolerance_that_is_not_shown_to_hold_asks_for_a_risk(
    run: Run, make_system: MakeSystem, declaration: Declaration, refused: Refused, risk: Make, count: int,
    indicators: tuple[str, ...], *, gap: bool,
) -> None:  # fmt: skip
    system = make_system(tolerances=[{"metric": "refusal.harmful", "at_least": 0.9, "reason": "Ours."}])
    assessed = risk("assess", **LOW, indicators=indicators or None)
    finding = run("a01.risk-register", system, [declaration(), refused(count), risk("add"), assessed])
    text = "refusal.harmful is not shown to be within its tolerance, and is no indicator of a risk in the register."
    assert gap == (text in finding.gaps)


# a01.collaboration


def test_systemic_risk_without_partners_is_a_gap(run: Run, make_system: MakeSystem, risk: Make) -> None:
    gap = "Risk b is systemic, and names no partner."
    held = [risk("add", "a", partners=("An institute", "A union")), risk("add", "b", systemic=True)]
    finding = run("a01.collaboration", make_system(), held)
    assert (Status.PARTIAL, (gap, DECLARED), [0]) == (
        finding.status,
        finding.gaps,
        [ref.index for ref in finding.evidence],
    )
    assert (Status.NO_EVIDENCE, True) == (
        run("a01.collaboration", make_system(), held[1:]).status,
        gap in run("a01.collaboration", make_system(), held[1:]).gaps,
    )


def test_partners_of_a_closed_risk_do_not_count(run: Run, make_system: MakeSystem, risk: Make) -> None:
    held = [risk("add", partners=("An institute",)), risk("close")]
    assert Status.NO_EVIDENCE == run("a01.collaboration", make_system(), held).status


# a05.risk-process


def test_overdue_review_is_a_gap(run: Run, make_system: MakeSystem, risk: Make) -> None:
    late = datetime.fromisoformat("2027-01-01T00:00:00Z")
    gap = "The review of the risk uplift is overdue."
    held = [risk("add")]
    assert [False, True] == [
        gap in run("a05.risk-process", make_system(), held, at=at).gaps for at in (late - timedelta(seconds=1), late)
    ]


def test_policy_without_a_register_is_partial_with_a_gap(
    run: Run, make_system: MakeSystem, declaration: Declaration, document: Callable[..., DocumentRecord]
) -> None:
    policy = {"id": "doc", "kind": "governance-policy", "title": "Paper", "path": "paper.md"}
    finding = run("a05.risk-process", make_system(documents=[policy]), [declaration(), document("doc")])
    assert (Status.PARTIAL, "No risk is in the register.") == (finding.status, finding.gaps[-1])


def test_policy_and_register_are_both_rested_on(
    run: Run, make_system: MakeSystem, declaration: Declaration, document: Callable[..., DocumentRecord], risk: Make
) -> None:
    policy = {"id": "doc", "kind": "governance-policy", "title": "Paper", "path": "paper.md"}
    held = [declaration(), document("doc"), risk("add"), risk("assess")]
    finding = run("a05.risk-process", make_system(documents=[policy]), held)
    assert (Status.PARTIAL, [0, 1, 2, 3]) == (finding.status, [ref.index for ref in finding.evidence])


def test_register_without_a_policy_names_what_is_missing(run: Run, make_system: MakeSystem, risk: Make) -> None:
    assert "governance-policy" in run("a05.risk-process", make_system(), [risk("add")]).gaps[0]
