"""A proof holds a whole log, and opening it believes nothing."""

# ruff: noqa: ANN401 - the class of `lab` lives in conftest, which importlib mode cannot import

from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest

from accord.errors import ReportError, SignatureError, VerificationError
from accord.evidence import AssessmentRecord, EvaluationRecord, KeyRecord, Record, SystemRecord
from accord.ledger import SigningKey, WitnessSigner, cosign, digest, root, unverified_checkpoint
from accord.verify import Proof, dossier, make_proof, needed_artifacts, open_proof
from accord.verify.dossier import ProvedAnchor, prefix_roots
from accord.workspace import first_key, rotate


def changed(proof: Proof, place: int, **change: object) -> Proof:
    entries = list(proof.entries)
    entries[place] = entries[place].model_copy(update=change)
    return proof.model_copy(update={"entries": tuple(entries)})


def anchored(lab: Any, *sizes: int) -> Proof:
    """Return the proof of a workspace that holds time-stamped checkpoints of these sizes."""
    for size in sizes:
        lab.space.anchors.keep(size, lab.space.sign_checkpoint(size), b"stamp")
    proof: Proof = lab.proof()
    return proof


def begin(lab: Any, following: SigningKey) -> None:
    """Start the log again, with a first record that commits to the key that may follow."""
    records = lab.record(SystemRecord), lab.record(AssessmentRecord)
    lab.relog([])
    lab.space.append([first_key(lab.space.public_key(), following.public, lab.now), *records])


def test_proof_opens_to_what_the_workspace_holds(lab: Any) -> None:
    opened = open_proof(lab.proof(), lab.space.public_key())
    assert tuple(lab.space.records(lab.now).before(4)) == opened.entries
    assert isinstance(opened.assessment().record, AssessmentRecord)


def test_proof_is_the_same_when_made_again_after_the_log_grew(lab: Any, make_evaluation: Callable[..., Record]) -> None:
    before = lab.proof()
    lab.space.append([make_evaluation(lab.space)])
    assert before == lab.proof()


def test_proof_holds_the_artifacts_that_results_are_computed_from(lab: Any) -> None:
    opened = open_proof(lab.proof(), lab.space.public_key())
    assert {ref.sha256 for ref in needed_artifacts(opened.entries)} == set(opened.artifacts)
    assert opened.artifact(lab.record(EvaluationRecord).log) is None


def test_proof_leaves_large_scores_to_the_bundle(lab: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    scores = lab.record(EvaluationRecord).scores
    monkeypatch.setattr(dossier, "CARRIED", scores.size - 1)
    opened = open_proof(lab.proof(), lab.space.public_key())
    assert opened.artifact(scores) is None
    assert opened.artifact(lab.record(AssessmentRecord).findings) is not None


def test_proof_with_an_artifact_that_it_should_leave_out_does_not_open(
    lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    proof = lab.proof()
    monkeypatch.setattr(dossier, "CARRIED", 0)
    with pytest.raises(VerificationError, match="no place in it"):
        open_proof(proof, lab.space.public_key())


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


def test_proof_holds_the_anchors_up_to_its_size(lab: Any) -> None:
    opened = open_proof(anchored(lab, 2, 4, 5), lab.space.public_key())
    assert [(2, b"stamp"), (4, b"stamp")] == [(anchor.size, anchor.token) for anchor in opened.anchors]
    assert [2, 4] == [unverified_checkpoint(anchor.note).size for anchor in opened.anchors]


def test_proof_shows_the_cosignatures_of_its_own_checkpoint(lab: Any) -> None:
    witness = WitnessSigner.generate("witness.example", "ed25519")
    note = lab.space.sign_checkpoint(4)
    line = cosign(unverified_checkpoint(note).text, witness, lab.now)
    lab.space.anchors.keep(4, note + line.encode())
    assert lab.proof().checkpoint.endswith(line)


def test_proof_of_an_anchor_that_is_no_note_cannot_be_made(lab: Any) -> None:
    lab.space.anchors.keep(2, b"\xff")
    with pytest.raises(VerificationError, match="signed note"):
        lab.proof()


def swapped(proof: Proof) -> tuple[ProvedAnchor, ...]:
    return proof.anchors[::-1]


def doubled(proof: Proof) -> tuple[ProvedAnchor, ...]:
    return proof.anchors[:1] * 2


def misspelled(proof: Proof) -> tuple[ProvedAnchor, ...]:
    return (proof.anchors[0].model_copy(update={"token": b64encode(b"stamp").decode() + "\n"}),)


def renamed(proof: Proof) -> tuple[ProvedAnchor, ...]:
    note = proof.anchors[0].checkpoint.replace("acme.example/helpdesk\n", "other.example\n", 1)
    return (ProvedAnchor(checkpoint=note),)


def resized(proof: Proof) -> tuple[ProvedAnchor, ...]:
    return (ProvedAnchor(checkpoint=proof.anchors[0].checkpoint.replace("\n2\n", "\n3\n", 1)),)


def emptied(proof: Proof) -> tuple[ProvedAnchor, ...]:
    return (ProvedAnchor(checkpoint=proof.anchors[0].checkpoint.replace("\n2\n", "\n0\n", 1)),)


def extended(proof: Proof) -> tuple[ProvedAnchor, ...]:
    return (ProvedAnchor(checkpoint=proof.anchors[0].checkpoint.replace("\n2\n", "\n5\n", 1)),)


@pytest.mark.parametrize("change", [swapped, doubled, misspelled, renamed, resized, emptied, extended])
def test_proof_with_an_anchor_that_is_not_its_logs_does_not_open(
    lab: Any, change: Callable[[Proof], tuple[ProvedAnchor, ...]]
) -> None:
    proof = anchored(lab, 2, 3)
    with pytest.raises(VerificationError):
        open_proof(proof.model_copy(update={"anchors": change(proof)}), lab.space.public_key())


def test_proof_goes_on_to_a_later_change_of_the_key(lab: Any) -> None:
    old, new = lab.space.public_key(), SigningKey.generate(lab.key.name)
    begin(lab, new)
    rotate(lab.space, new, old, "scheduled", lab.now)
    proof = lab.proof()
    opened = open_proof(proof, new.public)
    assert ["key", "system", "assessment", "key"] == [entry.record.kind for entry in opened.entries]
    with pytest.raises(SignatureError):
        open_proof(proof, old)


def test_proof_of_an_assessment_after_a_change_of_the_key(lab: Any) -> None:
    new = SigningKey.generate(lab.key.name)
    begin(lab, new)
    rotate(lab.space, new, lab.space.public_key(), "lost", lab.now)
    lab.space.append([lab.record(AssessmentRecord)])
    opened = open_proof(lab.proof(), new.public)
    assert (5, 4) == (len(opened.entries), opened.assessment().ref.index)


def test_proof_closes_what_a_stolen_key_signed(lab: Any) -> None:
    new = SigningKey.generate(lab.key.name)
    begin(lab, new)
    lab.space.append([lab.record(AssessmentRecord)])
    rotate(lab.space, new, lab.space.public_key(), "compromised", lab.now, revoked_since=3)
    opened = open_proof(lab.proof(), new.public)
    assert (2, "closed") == (opened.assessment().ref.index, opened.entries[3].record.kind)
    assert isinstance(opened.entries[4].record, KeyRecord)


def test_proof_leaves_out_the_artifacts_of_withheld_fields(
    lab: Any, make_evaluation: Callable[..., EvaluationRecord]
) -> None:
    scores = lab.space.keep(b"[]", "application/json")
    lab.space.append([make_evaluation(lab.space, scores=scores)], ["scores", "metrics", "log"])
    lab.space.append([lab.record(AssessmentRecord)])
    proof = lab.proof()
    assert (7, False) == (len(proof.entries), scores.sha256 in proof.artifacts)


@pytest.mark.parametrize("size", range(1, 20))
def test_prefix_roots_are_those_of_the_first_leaves(size: int) -> None:
    leaves = [bytes([number]) * 32 for number in range(size)]
    root_at = prefix_roots(leaves)
    assert [root(leaves[:end]) for end in range(size + 1)] == [root_at(end) for end in range(size + 1)]
