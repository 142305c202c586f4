"""Checks that read documents: a document shows that it exists, never that it is followed."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from accord.checks import load_checks
from accord.evidence import Basis, DocumentRecord, Finding, Origin, Status, SystemRecord
from accord.manifest import System

KINDS = {
    "a01.technical-documentation": ("technical-documentation", ("1.5",)),
    "a03.instructions": ("instructions", ("3.7", "3.8")),
    "a04.information-sharing": ("information-sharing", ("4.1",)),
    "a05.risk-policy": ("risk-policy", ("5.1", "5.5")),
    "a05.privacy-policy": ("privacy-policy", ("5.2",)),
    "a05.governance-policy": ("governance-policy", ("5.3",)),
    "a05.training": ("training", ("5.6",)),
    "a06.security-policy": ("security-policy", ("6.2",)),
    "a06.vulnerability-process": ("vulnerability-process", ("6.4",)),
    "a06.insider-threat": ("insider-threat", ("6.5",)),
    "a07.provenance": ("provenance", ("7.1",)),
    "a07.research": ("provenance-research", ("7.4",)),
    "a08.research": ("research", ("8.1", "8.4")),
    "a09.global-challenges": ("global-challenge", ("9.1",)),
    "a09.digital-literacy": ("digital-literacy", ("9.3",)),
    "a10.standards": ("standards", ("10.1",)),
}
_BESIDE = ("Nobody looked at", "accord.toml does not say when", "No content of the system", "Of credentials")
"""What the other gaps begin with, of checks that look at more than documents."""
DECLARED = "It is declared; nothing measured it."
each_check = pytest.mark.parametrize("check", KINDS)

Run = Callable[..., Finding]


@pytest.fixture
def make(make_system: Callable[..., System]) -> Callable[..., System]:
    """Return a factory of systems with one document that lacks nothing; changes are to that document."""

    def make_one(check: str, **changes: object) -> System:
        document: dict[str, Any] = {
            "id": "doc",
            "kind": KINDS[check][0],
            "title": "Paper",
            "path": "paper.md",
            "url": "https://acme.example/paper",
            "reviewed": "2026-11-01",
        }
        return make_system(documents=[document | changes])

    return make_one


@pytest.fixture
def held(declaration: Callable[..., SystemRecord], document: Callable[..., DocumentRecord]) -> list[Any]:
    """Return the records of a declaration and of the document that it names."""
    return [declaration(), document("doc")]


def _said(finding: Finding) -> list[str]:
    """Return the gaps of the document, without those of what else some checks look at."""
    return [gap for gap in finding.gaps if not gap.startswith(_BESIDE)]


@each_check
def test_document_check_reads_its_clauses(check: str) -> None:
    assert [KINDS[check][1]] == [c.clauses for c in load_checks() if c.id == check]


@each_check
def test_no_document_is_no_evidence(run: Run, make_system: Callable[..., System], held: list[Any], check: str) -> None:
    finding = run(check, make_system(), held)
    assert (Status.NO_EVIDENCE, True) == (finding.status, KINDS[check][0] in _said(finding)[0])


@each_check
def test_document_of_another_kind_is_no_evidence(
    run: Run, make: Callable[..., System], held: list[Any], check: str
) -> None:
    assert Status.NO_EVIDENCE == run(check, make(check, kind="acceptable-use"), held).status


@each_check
def test_document_that_lacks_nothing_is_partial(
    run: Run, make: Callable[..., System], held: list[Any], check: str
) -> None:
    finding = run(check, make(check), held)
    assert (Status.PARTIAL, Basis.DECLARED, Origin.SELF) == (finding.status, finding.basis, finding.origin)
    assert ([0, 1], [DECLARED]) == ([ref.index for ref in finding.evidence], _said(finding))


@pytest.mark.parametrize(
    ("changes", "gap"),
    [
        ({"url": None}, "“Paper” has no public address."),
        ({"reviewed": None}, "“Paper” has no date of review."),
        ({"reviewed": "2025-11-22"}, "“Paper” was last reviewed on 2025-11-22, over 365 days ago."),
        ({"id": "other"}, "“Paper” was not read by Accord, so no digest binds its text."),
    ],
)
def test_document_that_lacks_something_has_a_gap(
    run: Run, make: Callable[..., System], held: list[Any], changes: dict[str, Any], gap: str
) -> None:
    assert (gap, DECLARED) == run("a05.risk-policy", make("a05.risk-policy", **changes), held).gaps


def test_review_a_year_ago_is_recent(run: Run, make: Callable[..., System], held: list[Any]) -> None:
    assert (DECLARED,) == run("a05.risk-policy", make("a05.risk-policy", reviewed="2025-11-23"), held).gaps


def test_each_document_of_the_kind_has_its_gaps(run: Run, make: Callable[..., System], held: list[Any]) -> None:
    one = make("a05.risk-policy").documents[0]
    other = one.model_copy(update={"id": "second", "title": "Annex"})
    finding = run("a05.risk-policy", make("a05.risk-policy").model_copy(update={"documents": (one, other)}), held)
    assert ("“Annex” was not read by Accord, so no digest binds its text.", DECLARED) == finding.gaps


def test_expired_reading_does_not_count(
    run: Run,
    make: Callable[..., System],
    declaration: Callable[..., SystemRecord],
    document: Callable[..., DocumentRecord],
    now: datetime,
) -> None:
    finding = run("a05.risk-policy", make("a05.risk-policy"), [declaration(), document("doc", expires=now)])
    assert ([0], True) == ([ref.index for ref in finding.evidence], "was not read" in finding.gaps[0])


def test_expired_declaration_is_no_evidence(
    run: Run,
    make: Callable[..., System],
    declaration: Callable[..., SystemRecord],
    document: Callable[..., DocumentRecord],
    now: datetime,
) -> None:
    finding = run("a05.risk-policy", make("a05.risk-policy"), [declaration(expires=now), document("doc")])
    assert (Status.NO_EVIDENCE, ()) == (finding.status, finding.evidence)


def test_finding_expires_with_the_first_record_it_rests_on(
    run: Run,
    make: Callable[..., System],
    declaration: Callable[..., SystemRecord],
    document: Callable[..., DocumentRecord],
    now: datetime,
) -> None:
    soon, made = now + timedelta(days=1), now - timedelta(days=1)
    finding = run("a05.risk-policy", make("a05.risk-policy"), [declaration(made=made), document("doc", expires=soon)])
    assert (now, soon) == (finding.date, finding.expires)
