"""A proof holds a whole log, and opening it believes nothing."""

# ruff: noqa: ANN401 - the class of `lab` lives in conftest, which importlib mode cannot import

from collections.abc import Callable
from typing import Any

import pytest

from accord.errors import ReportError, VerificationError
from accord.evidence import AssessmentRecord, EvaluationRecord, Record
from accord.ledger import SigningKey, digest
from accord.verify import Proof, make_proof, needed_artifacts, open_proof


def changed(proof: Proof, place: int, **change: object) -> Proof:
    entries = list(proof.entries)
    entries[place] = entries[place].model_copy(update=change)
    return proof.model_copy(update={"entries": tuple(entries)})


def test_proof_opens_to_what_the_workspace_holds(lab: Any) -> None:
    dossier = open_proof(lab.proof(), lab.space.public_key())
    assert tuple(lab.space.records(lab.now).before(4)) == dossier.entries
    assert isinstance(dossier.assessment().record, AssessmentRecord)


def test_proof_is_the_same_when_made_again_after_the_log_grew(lab: Any, make_evaluation: Callable[..., Record]) -> None:
    before = lab.proof()
    lab.space.append([make_evaluation(lab.space)])
    assert before == lab.proof()


def test_proof_holds_the_artifacts_that_results_are_computed_from(lab: Any) -> None:
    dossier = open_proof(lab.proof(), lab.space.public_key())
    assert {ref.sha256 for ref in needed_artifacts(dossier.entries)} == set(dossier.artifacts)
    assert dossier.artifact(lab.record(EvaluationRecord).log) is None


def test_proof_without_an_assessment_cannot_be_made(lab: Any) -> None:
    lab.relog(lab.entries()[:3])
    with pytest.raises(ReportError, match="no assessment"):
        lab.proof()


def test_proof_of_an_artifact_that_is_no_text_cannot_be_made(lab: Any) -> None:
    lab.space.append([lab.assessment(findings=lab.space.keep(b"\xff", "application/json"))])
    with pytest.raises(ReportError, match="not text"):
        make_proof(lab.space, lab.now)


def test_proof_under_another_key_does_not_open(lab: Any, stranger: SigningKey) -> None:
    with pytest.raises(VerificationError):
        open_proof(lab.proof(), stranger.public)


@pytest.mark.parametrize(
    "change", [{"index": 3}, {"leaf": "00" * 32}, {"envelope": "AAAA"}, {"envelope": "é"}, {"inclusion": ()}]
)
def test_proof_with_one_entry_changed_does_not_open(lab: Any, change: dict[str, Any]) -> None:
    with pytest.raises(VerificationError):
        open_proof(changed(lab.proof(), 1, **change), lab.space.public_key())


@pytest.mark.parametrize("artifacts", [{"00" * 32: "x"}, {digest(b"x"): "x"}])
def test_proof_with_another_artifact_does_not_open(lab: Any, artifacts: dict[str, str]) -> None:
    proof = lab.proof().model_copy(update={"artifacts": artifacts})
    with pytest.raises(VerificationError):
        open_proof(proof, lab.space.public_key())
