"""A finding cannot claim more than its evidence: the shape itself refuses."""

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from accord.evidence import Basis, Finding, Origin, Ref, Status

RESTING = [Status.SUPPORTED, Status.PARTIAL, Status.CONTRADICTED]


@pytest.fixture
def finding() -> Callable[..., Finding]:
    """Return a factory of findings that rest on one measured record of the organisation's own."""

    def make(**changes: object) -> Finding:
        base = {
            "check": "a01.testing",
            "clauses": ["1.1"],
            "status": "supported",
            "summary": "It was tested.",
            "basis": "measured",
            "origin": "self",
            "evidence": [Ref(index=0, leaf="0" * 64)],
        }
        return Finding.model_validate(base | changes)

    return make


@pytest.mark.parametrize("status", RESTING)
@pytest.mark.parametrize("lacking", [{"evidence": ()}, {"basis": None}, {"origin": None}])
def test_finding_that_says_something_names_what_it_rests_on(
    finding: Callable[..., Finding], status: Status, lacking: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError, match="must name its records, basis and origin"):
        finding(status=status, **lacking)


@pytest.mark.parametrize("status", RESTING)
def test_finding_with_records_basis_and_origin_is_accepted(finding: Callable[..., Finding], status: Status) -> None:
    assert status == finding(status=status).status


@pytest.mark.parametrize("status", [Status.NO_EVIDENCE, Status.NOT_APPLICABLE])
def test_finding_without_evidence_needs_no_basis(finding: Callable[..., Finding], status: Status) -> None:
    assert status == finding(status=status, evidence=(), basis=None, origin=None).status


def test_no_evidence_cannot_rest_on_records(finding: Callable[..., Finding]) -> None:
    with pytest.raises(ValidationError, match="no-evidence cannot rest on records"):
        finding(status=Status.NO_EVIDENCE)


def test_self_declaration_is_never_supported(finding: Callable[..., Finding]) -> None:
    with pytest.raises(ValidationError, match="partial at most"):
        finding(basis=Basis.DECLARED)


def test_self_declaration_may_be_partial(finding: Callable[..., Finding]) -> None:
    assert Status.PARTIAL == finding(basis=Basis.DECLARED, status=Status.PARTIAL).status


def test_independent_declaration_may_support(finding: Callable[..., Finding]) -> None:
    assert Origin.INDEPENDENT == finding(basis=Basis.DECLARED, origin=Origin.INDEPENDENT).origin


def test_finding_reads_at_least_one_clause(finding: Callable[..., Finding]) -> None:
    with pytest.raises(ValidationError, match="clauses"):
        finding(clauses=())
