"""A dossier: a log's verified entries up to one checkpoint, and the artifacts at hand; and its form as one JSON value.

A report is a pure function of its dossier, so a report carries the dossier in full (`Proof`): whoever holds the
file can check every signature and hash in it, recompute its findings and render the same bytes again.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, FailFast, ValidationError

from accord.errors import ReportError, VerificationError
from accord.evidence import (
    ArtifactRef,
    AssessmentRecord,
    Entry,
    EvaluationRecord,
    JudgementRecord,
    JudgeRecord,
    KeyRecord,
    Model,
    Record,
    Records,
    Sha256,
    SystemRecord,
    read_entries,
)
from accord.ledger import (
    Artifacts,
    Checkpoint,
    PublicKey,
    digest,
    leaf_hash,
    node_hash,
    open_checkpoint,
    tree_root,
    unverified_checkpoint,
    unverified_keyid,
    verify_inclusion,
)
from accord.ledger.keys import decode_base64
from accord.workspace import Anchor, Workspace

_SHA256 = re.compile(r"[0-9a-f]{64}")


def _named_texts(value: object) -> object:
    """Refuse a mapping at its first bad member: pydantic would keep an error for each, of a kilobyte."""
    if isinstance(value, dict) and not all(isinstance(text, str) and _SHA256.fullmatch(k) for k, text in value.items()):
        raise ValueError("a member is not a text under its SHA-256")
    return value


CARRIED = 4 * 2**20
"""The most bytes of scores and verdicts that a report carries: it is opened in browsers, and sent by mail."""

NamedTexts = Annotated[dict[Sha256, str], BeforeValidator(_named_texts)]
"""Texts by a SHA-256, refused at the first mistake."""


class ProvedEntry(Model):
    """One log entry: its DSSE envelope (base64) and its RFC 6962 inclusion proof (hex) in the proof's checkpoint."""

    index: int
    leaf: Sha256
    envelope: str
    inclusion: Annotated[tuple[Sha256, ...], FailFast()]


class ProvedAnchor(Model):
    """A checkpoint of an earlier or the same state of the log, as outsiders cosigned it or time-stamped it.

    `token` is the base64 of an RFC 3161 reply over the checkpoint's text. Whose word it is, the verifier decides.
    """

    checkpoint: str
    token: str | None = None


class Proof(Model):
    """All entries of a log up to a signed checkpoint, and the artifacts that a report is computed from.

    `vkey` says under which key to look; a verifier compares it with a key of their own and never trusts it alone.
    Where the log changed its key, the first entry and later ones say so, and `vkey` is the newest. `evaluators` are the
    verifier keys of those independent parties who signed an entry.
    """

    vkey: str
    checkpoint: str
    entries: Annotated[tuple[ProvedEntry, ...], FailFast()]
    artifacts: NamedTexts
    anchors: Annotated[tuple[ProvedAnchor, ...], FailFast()] = ()
    evaluators: Annotated[tuple[str, ...], FailFast()] = ()


@dataclass(frozen=True)
class Dossier:
    """What a proof holds after every signature, inclusion and digest in it was checked under `key`.

    `anchors` are checkpoints of this very log; no cosignature and no time-stamp of theirs was looked at.
    """

    key: PublicKey
    checkpoint: Checkpoint
    signed_checkpoint: bytes
    entries: tuple[Entry[Any], ...]
    artifacts: Mapping[str, bytes]
    anchors: tuple[Anchor, ...] = ()

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
    """Return what claims are recomputed from: declarations, findings, and the scores and verdicts of measurements."""
    refs = (_needed(entry.record) for entry in entries)
    return tuple({ref.sha256: ref for ref in refs if ref}.values())


def carried_artifacts(entries: Iterable[Entry[Any]]) -> tuple[ArtifactRef, ...]:
    """Return the needed artifacts that a report carries: of measurements the newest, up to CARRIED bytes in all.

    A bundle has them all. Which ones these are follows from the records alone, so a report stays a function of them.
    """
    kept, left = dict[str, ArtifactRef](), CARRIED
    for record in (entry.record for entry in reversed(tuple(entries))):
        ref = _needed(record)
        if ref is None or ref.sha256 in kept:
            continue
        if not isinstance(record, SystemRecord | AssessmentRecord):
            if ref.size > left:
                continue
            left -= ref.size
        kept[ref.sha256] = ref
    return tuple(kept.values())


def _needed(record: Record) -> ArtifactRef | None:
    match record:
        case SystemRecord():
            return record.declaration
        case AssessmentRecord():
            return record.findings
        case EvaluationRecord() | JudgementRecord():
            return record.scores
        case JudgeRecord():
            return record.verdicts
        case _:
            return None


def make_proof(workspace: Workspace, at: datetime, assessment: int | None = None) -> Proof:
    """Return the proof of everything up to the newest assessment; its checkpoint is signed for that size again.

    `assessment` names an earlier one by its index. A later change of the key is proved too. Ed25519 is deterministic,
    so the same log and anchors give the same proof however often it is made. Raises ReportError where there is no such
    assessment, or where another one lies between it and the key of today.
    """
    log, key = workspace.log(), workspace.public_key()
    envelopes, known = tuple(log.entries()), workspace.evaluators.all()
    records = Records(read_entries(envelopes, key, evaluators=known), at)
    size = _proved_size(records, workspace, assessment)
    proved = tuple(
        ProvedEntry(
            index=i,
            leaf=leaf_hash(data).hex(),
            envelope=b64encode(data).decode(),
            inclusion=tuple(h.hex() for h in log.inclusion(i, size)),
        )
        for i, data in enumerate(envelopes[:size])
    )
    held = workspace.artifacts
    return Proof(
        vkey=key.vkey,
        checkpoint=workspace.sign_checkpoint(size).decode(),
        entries=proved,
        artifacts={r.sha256: _read_text(held, r) for r in carried_artifacts(records.before(size)) if r.sha256 in held},
        anchors=tuple(_prove_anchor(anchor) for anchor in workspace.anchors.all() if 0 < anchor.size <= size),
        evaluators=tuple(one.vkey for one in find_evaluators(envelopes[:size], known)),
    )


def find_evaluators(envelopes: Iterable[bytes], known: Sequence[PublicKey]) -> tuple[PublicKey, ...]:
    """Return those of the known evaluators whose signature an entry bears: no reader needs the other keys."""
    if not known:
        return ()
    signers = {unverified_keyid(data) for data in envelopes}
    return tuple(one for one in known if one.keyid in signers)


def _proved_size(records: Records, workspace: Workspace, assessment: int | None) -> int:
    """Return how many entries lead to an assessment, and to the key that signs a checkpoint of today."""
    found = records if assessment is None else records.before(assessment + 1)
    newest = found.latest(AssessmentRecord)
    if newest is None:
        raise ReportError("There is no assessment to report on.", where=str(workspace.root), fix="run: accord assess")
    size = max(newest.ref.index, *(entry.ref.index for entry in records.of(KeyRecord)), 0) + 1
    if records.before(size).latest(AssessmentRecord) != newest:
        raise ReportError("The key was changed after a later assessment, and nothing proves the earlier one alone.")
    return size


def _prove_anchor(anchor: Anchor) -> ProvedAnchor:
    unverified_checkpoint(anchor.note)  # so that it is text
    return ProvedAnchor(
        checkpoint=anchor.note.decode(), token=b64encode(anchor.token).decode() if anchor.token is not None else None
    )


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
    evaluators = tuple(PublicKey.parse(text) for text in proof.evaluators)
    entries = _open_entries(proof.entries, checkpoint, key, evaluators)
    artifacts = {sha256: text.encode() for sha256, text in proof.artifacts.items()}
    for sha256, data in artifacts.items():
        if digest(data) != sha256:
            raise VerificationError("An artifact is not what its digest says.", expected=sha256, found=digest(data))
    if extra := set(artifacts) - {r.sha256 for r in carried_artifacts(entries)}:
        raise VerificationError("The proof holds artifacts that have no place in it.", found=", ".join(sorted(extra)))
    anchors = tuple(_open_anchors(proof.anchors, checkpoint, [bytes.fromhex(e.leaf) for e in proof.entries]))
    return Dossier(key, checkpoint, signed, entries, artifacts, anchors)


def _open_entries(
    entries: Iterable[ProvedEntry], checkpoint: Checkpoint, key: PublicKey, evaluators: Sequence[PublicKey]
) -> tuple[Entry[Any], ...]:
    envelopes = [_open_entry(entry, checkpoint) for entry in entries]
    if extra := set(evaluators) - set(find_evaluators(envelopes, evaluators)):
        found = ", ".join(sorted(one.vkey for one in extra))
        raise VerificationError("The proof names evaluators who signed nothing in it.", found=found)
    return read_entries(envelopes, key, evaluators=evaluators)


def _open_entry(entry: ProvedEntry, checkpoint: Checkpoint) -> bytes:
    try:
        data = b64decode(entry.envelope, validate=True)
    except ValueError as error:
        raise VerificationError("An envelope is not base64.", where=f"entry {entry.index}") from error
    if leaf_hash(data).hex() != entry.leaf or b64encode(data).decode() != entry.envelope:
        raise VerificationError("An entry is not what its leaf hash says.", where=f"entry {entry.index}")
    path = [bytes.fromhex(h) for h in entry.inclusion]
    verify_inclusion(entry.index, checkpoint.size, leaf_hash(data), path, checkpoint.root)
    return data


def _open_anchors(anchors: Iterable[ProvedAnchor], checkpoint: Checkpoint, leaves: Sequence[bytes]) -> Iterator[Anchor]:
    root_at, last = prefix_roots(leaves), 0
    for anchor in anchors:
        note = anchor.checkpoint.encode()
        earlier = unverified_checkpoint(note)
        if earlier.origin != checkpoint.origin or not last < earlier.size <= checkpoint.size:
            raise VerificationError(
                "An anchor of the proof is not one of its log's checkpoints, in their order.",
                expected=f"{checkpoint.origin!r}, {last + 1} to {checkpoint.size} entries",
                found=f"{earlier.origin!r}, {earlier.size} entries",
            )
        last = earlier.size
        if earlier.root != root_at(last):
            raise VerificationError(
                f"The anchor of {last} entries is of another history.",
                expected=root_at(last).hex(),
                found=earlier.root.hex(),
            )
        token = decode_base64(anchor.token, where=f"time-stamp of {last} entries") if anchor.token is not None else None
        yield Anchor(last, note, token)


def prefix_roots(leaves: Sequence[bytes]) -> Callable[[int], bytes]:
    """Return what gives the root over the first leaf hashes, by their number.

    All of them are hashed here, and once: any number of roots costs little more than one.
    """
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        row = levels[-1]
        levels.append([node_hash(left, right) for left, right in zip(row[::2], row[1::2], strict=False)])
    return lambda size: tree_root(size, lambda level, index: levels[level][index])


def parse_proof(value: Any) -> Proof:  # noqa: ANN401 - what a strict JSON parser returned
    """Return the proof that a JSON value holds; raise VerificationError naming what is malformed."""
    try:
        return Proof.model_validate(value)
    except ValidationError as error:
        raise VerificationError(
            "The proof in the report is malformed.",
            found="; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:5]),
        ) from error
