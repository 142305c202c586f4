"""A dossier: a log's verified entries up to one checkpoint, and the artifacts at hand; and its form as one JSON value.

A report is a pure function of its dossier, so a report carries the dossier in full (`Proof`): whoever holds the
file can check every signature and hash in it, recompute its findings and render the same bytes again.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from accord.errors import ReportError, VerificationError
from accord.evidence import (
    ArtifactRef,
    AssessmentRecord,
    Entry,
    EvaluationRecord,
    Model,
    Records,
    Sha256,
    SystemRecord,
    read_entry,
)
from accord.ledger import Artifacts, Checkpoint, PublicKey, digest, leaf_hash, open_checkpoint, verify_inclusion
from accord.workspace import Workspace


class ProvedEntry(Model):
    """One log entry: its DSSE envelope (base64) and its RFC 6962 inclusion proof (hex) in the proof's checkpoint."""

    index: int
    leaf: Sha256
    envelope: str
    inclusion: tuple[Sha256, ...]


class Proof(Model):
    """All entries of a log up to a signed checkpoint, and the artifacts that a report is computed from.

    `vkey` says under which key to look; a verifier compares it with a key of their own and never trusts it alone.
    """

    vkey: str
    checkpoint: str
    entries: tuple[ProvedEntry, ...]
    artifacts: dict[Sha256, str]


@dataclass(frozen=True)
class Dossier:
    """What a proof holds after every signature, inclusion and digest in it was checked under `key`."""

    key: PublicKey
    checkpoint: Checkpoint
    signed_checkpoint: bytes
    entries: tuple[Entry[Any], ...]
    artifacts: Mapping[str, bytes]

    def records(self, at: datetime) -> Records:
        """Return the records as they stand at the moment `at`."""
        return Records(self.entries, at)

    def artifact(self, ref: ArtifactRef) -> bytes | None:
        """Return the bytes of `ref`, or None where they were not handed over."""
        return self.artifacts.get(ref.sha256)

    def assessment(self) -> Entry[AssessmentRecord]:
        """Return the newest assessment."""
        found = [e for e in self.entries if isinstance(e.record, AssessmentRecord)]
        if not found:
            raise ReportError("There is no assessment to report on.", fix="run: accord assess")
        return found[-1]


def needed_artifacts(entries: Iterable[Entry[Any]]) -> tuple[ArtifactRef, ...]:
    """Return the artifacts that findings and metrics are recomputed from: declarations, findings and scores."""
    refs: dict[str, ArtifactRef] = {}
    for record in (e.record for e in entries):
        if isinstance(record, SystemRecord):
            refs[record.declaration.sha256] = record.declaration
        elif isinstance(record, AssessmentRecord):
            refs[record.findings.sha256] = record.findings
        elif isinstance(record, EvaluationRecord):
            refs[record.scores.sha256] = record.scores
    return tuple(refs.values())


def make_proof(workspace: Workspace, at: datetime) -> Proof:
    """Return the proof of everything up to the newest assessment; its checkpoint is signed for that size again.

    Ed25519 is deterministic, so the same log gives the same proof however often it is made.
    """
    log = workspace.log()
    records = workspace.records(at)
    newest = records.latest(AssessmentRecord)
    if newest is None:
        raise ReportError("There is no assessment to report on.", where=str(workspace.root), fix="run: accord assess")
    size = newest.ref.index + 1
    entries = tuple(records.before(size))
    proved = tuple(
        ProvedEntry(
            index=i,
            leaf=leaf_hash(data).hex(),
            envelope=b64encode(data).decode(),
            inclusion=tuple(h.hex() for h in log.inclusion(i, size)),
        )
        for i, data in enumerate(log.entries(0, size))
    )
    held = workspace.artifacts
    artifacts = {r.sha256: _read_text(held, r) for r in needed_artifacts(entries) if r.sha256 in held}
    checkpoint = workspace.sign_checkpoint(size).decode()
    return Proof(vkey=workspace.public_key().vkey, checkpoint=checkpoint, entries=proved, artifacts=artifacts)


def _read_text(held: Artifacts, ref: ArtifactRef) -> str:
    try:
        return held.get(ref.sha256).decode()
    except UnicodeDecodeError as error:
        raise ReportError("An artifact that a report is computed from is not text.", where=ref.sha256) from error


def open_proof(proof: Proof, key: PublicKey) -> Dossier:
    """Check every signature, inclusion and digest of `proof` under `key`; raise at the first fault."""
    signed = proof.checkpoint.encode()
    checkpoint = open_checkpoint(signed, key)
    if [e.index for e in proof.entries] != list(range(checkpoint.size)):
        raise VerificationError(
            "The proof does not hold every entry of its checkpoint.",
            expected=f"entries 0 to {checkpoint.size - 1}",
            found=f"{len(proof.entries)} entries",
        )
    entries = tuple(_open_entry(e, checkpoint, key) for e in proof.entries)
    artifacts = {sha256: text.encode() for sha256, text in proof.artifacts.items()}
    for sha256, data in artifacts.items():
        if digest(data) != sha256:
            raise VerificationError("An artifact is not what its digest says.", expected=sha256, found=digest(data))
    if extra := set(artifacts) - {r.sha256 for r in needed_artifacts(entries)}:
        raise VerificationError("The proof holds artifacts that no record names.", found=", ".join(sorted(extra)))
    return Dossier(key, checkpoint, signed, entries, artifacts)


def _open_entry(entry: ProvedEntry, checkpoint: Checkpoint, key: PublicKey) -> Entry[Any]:
    try:
        data = b64decode(entry.envelope, validate=True)
    except ValueError as error:
        raise VerificationError("An envelope is not base64.", where=f"entry {entry.index}") from error
    if leaf_hash(data).hex() != entry.leaf or b64encode(data).decode() != entry.envelope:
        raise VerificationError("An entry is not what its leaf hash says.", where=f"entry {entry.index}")
    path = [bytes.fromhex(h) for h in entry.inclusion]
    verify_inclusion(entry.index, checkpoint.size, leaf_hash(data), path, checkpoint.root)
    return read_entry(entry.index, data, (key,))


def parse_proof(value: Any) -> Proof:  # noqa: ANN401 - what a strict JSON parser returned
    """Return the proof that a JSON value holds; raise VerificationError naming what is malformed."""
    try:
        return Proof.model_validate(value)
    except ValidationError as error:
        raise VerificationError(
            "The proof in the report is malformed.",
            found="; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:5]),
        ) from error
