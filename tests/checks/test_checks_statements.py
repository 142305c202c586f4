"""What is stated supports a practice in part, adds nothing to what was measured, and a plan shows nothing."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest

from accord.checks import load_checks
from accord.evidence import Basis, EvaluationRecord, Finding, Outcome, StatementRecord, Status, SystemRecord
from accord.manifest import System

STATED = {
    "a01.secure-environments": "1.6",
    "a01.research": "1.11",
    "a03.kept-up": "3.2",
    "a03.red-teaming": "3.6",
    "a08.priorities": "8.2",
    "a08.mitigation": "8.3",
    "a09.stewardship": "9.2",
    "a09.understanding": "9.4",
    "a09.communities": "9.5",
    "a10.interoperable": "10.2",
    "a11.law": "11.4",
}
each_check = pytest.mark.parametrize(("check", "clause"), STATED.items())
FIGURE = Outcome(value=120, unit="teachers", method="register")
POLICY: dict[str, Any] = {"topic": "policy", "version": "1", "approver": "Board", "review": date(2027, 1, 1)}
Run = Callable[..., Finding]
DECLARED = "It is stated; nothing measured it."


@pytest.fixture(scope="session")
def statement(now: datetime) -> Callable[..., StatementRecord]:
    def make(clause: str, **changes: Any) -> StatementRecord:  # noqa: ANN401 - any member
        base: dict[str, Any] = {
            "made": now, "id": "fact", "event": "state", "topic": "practice", "claim": "current-practice",
            "clauses": (clause,), "title": "Fact", "text": "It is so.", "since": date(2026, 1, 1),
            "checked": date(2026, 11, 1), "owner": "Board", "confidentiality": "public",
            "links": ("https://acme.example/fact",),
        }  # fmt: skip
        return StatementRecord(**(base | changes))

    return make


@each_check
def test_nothing_stated_is_no_evidence(run: Run, make_system: Callable[..., System], check: str, clause: str) -> None:
    finding = run(check, make_system())
    assert (Status.NO_EVIDENCE, 1, (clause,)) == (finding.status, len(finding.gaps), finding.clauses)


@each_check
def test_a_statement_supports_in_part(
    run: Run,
    make_system: Callable[..., System],
    statement: Callable[..., StatementRecord],
    check: str,
    clause: str,
) -> None:
    finding = run(check, make_system(), [statement(clause)])
    assert (Status.PARTIAL, Basis.DECLARED) == (finding.status, finding.basis)
    assert "Stated: “Fact” (current-practice)." == finding.summary
    assert DECLARED in finding.gaps


@each_check
def test_a_plan_is_no_practice(
    run: Run,
    make_system: Callable[..., System],
    statement: Callable[..., StatementRecord],
    check: str,
    clause: str,
) -> None:
    finding = run(check, make_system(), [statement(clause, claim="commitment", due=date(2027, 1, 1))])
    assert Status.NO_EVIDENCE == finding.status
    assert "“Fact” is a commitment for 2027-01-01, and shows nothing that is done." in finding.gaps


@pytest.mark.parametrize(
    ("clause", "changes", "told"),
    [
        ("8.1", {"topic": "funding", "amount": 250000.0, "currency": "EUR"}, "250,000 EUR"),
        ("9.1", {"topic": "project", "goals": (4, 13), "outcome": FIGURE}, "SDG 4, 13, 120 teachers, by register"),
        ("9.3", {"topic": "literacy", "outcome": FIGURE}, "120 teachers, by register"),
        ("10.1", {"topic": "standard", "body": "ISO", "deliverable": "42119-2"}, "42119-2 at ISO"),
        ("5.2", POLICY | {"covers": ("prompts",)}, "covers prompts"),
    ],
)
def test_figures_of_an_activity_stand_in_the_finding(
    run: Run, make_system: Callable[..., System], statement: Callable[..., StatementRecord], clause: str,
    changes: dict[str, Any], told: str,
) -> None:  # fmt: skip
    check = next(c.id for c in load_checks() if clause in c.clauses)
    finding = run(check, make_system(), [statement(clause, **changes)])
    assert f"Stated: “Fact” (current-practice, {told})." == finding.summary


def test_nothing_of_what_is_withheld_stands_in_the_finding(
    run: Run, make_system: Callable[..., System], statement: Callable[..., StatementRecord]
) -> None:
    held = {"topic": "standard", "body": "ISO", "deliverable": "42119-2", "confidentiality": "withheld"}
    finding = run("a10.standards", make_system(), [statement("10.1", **held)])
    assert "Stated: “Fact” (current-practice)." == finding.summary


def test_a_privacy_policy_that_leaves_something_out_has_a_gap(
    run: Run, make_system: Callable[..., System], statement: Callable[..., StatementRecord]
) -> None:
    finding = run("a05.privacy-policy", make_system(), [statement("5.2", **POLICY, covers=("prompts",))])
    assert ["No stated policy covers personal data.", "No stated policy covers outputs of the system."] == [
        gap for gap in finding.gaps if "No stated policy" in gap
    ]


def test_what_is_overdue_is_a_gap_also_of_what_was_measured(
    run: Run, make_system: Callable[..., System], declaration: Callable[..., SystemRecord],
    evaluation: Callable[..., EvaluationRecord], statement: Callable[..., StatementRecord],
) -> None:  # fmt: skip
    late = statement("3.3", review=date(2026, 1, 1))
    finding = run("a03.evaluations", make_system(), [declaration(), evaluation("bias"), late])
    assert (Basis.MEASURED, 2) == (finding.basis, len(finding.evidence) + 1)
    assert "“Fact” was to be reviewed by 2026-01-01: its review is overdue." in finding.gaps


def test_a_statement_stands_beside_what_is_declared(
    run: Run,
    make_system: Callable[..., System],
    declaration: Callable[..., SystemRecord],
    statement: Callable[..., StatementRecord],
) -> None:
    document = {"id": "p", "kind": "training", "title": "Course", "url": "https://acme.example/course"}
    finding = run("a05.training", make_system(documents=[document]), [declaration(), statement("5.6")])
    assert "Course" in finding.summary
    assert finding.summary.endswith("Stated: “Fact” (current-practice).")
    assert 2 == len(finding.evidence)


def test_a_statement_adds_nothing_to_what_was_measured(
    run: Run,
    make_system: Callable[..., System],
    declaration: Callable[..., SystemRecord],
    evaluation: Callable[..., EvaluationRecord],
    statement: Callable[..., StatementRecord],
) -> None:
    own = [declaration(), evaluation("bias")]
    assert run("a03.evaluations", make_system(), own) == run("a03.evaluations", make_system(), [*own, statement("3.3")])
