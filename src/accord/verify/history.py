"""The log that a target hands over, and the claims of its checkpoint, its tree and each of its records."""

from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from accord.assess import Progress
from accord.errors import AccordError, VerificationError
from accord.evidence import Entry, ErasureRecord, Origin, Reader, Record, Ref, UnknownRecord, claimed_key
from accord.ledger import (
    Checkpoint,
    Fsck,
    PublicKey,
    Tile,
    leaf_hash,
    open_checkpoint,
    parse_bundle,
    root,
    unverified_checkpoint,
    unverified_keyid,
    verify_inclusion,
)
from accord.ledger.checkpoint import MAX_CHECKPOINT
from accord.ledger.files import read_file
from accord.ledger.fsck import fsck
from accord.ledger.keys import decode_base64
from accord.ledger.tiles import ENTRIES, TILE_WIDTH
from accord.ledger.tree import Tree
from accord.verify.claims import Claim, Gap, Result, explain
from accord.verify.dossier import Proof, ProvedEntry, prefix_roots
from accord.verify.trust import Standing, Trust, unfit
from accord.workspace import Anchor

MAX_ENTRIES = 1_000_000
"""The largest log that is verified: its records are held in memory."""

_MAX_FAULTS = 100
_NAMED = 5


@dataclass(frozen=True)
class History:
    """A log as it was handed over: nothing of it is believed.

    `claimed` is what its checkpoint says, or None where that is malformed. `faults` says of some entries why they
    are not in the tree. `claims` are the faults found while reading. `evaluators` are the verifier keys of those who,
    as it says, signed results of their own.
    """

    signed: bytes
    vkey: str | None
    claimed: Checkpoint | None
    entries: Mapping[int, bytes]
    faults: Mapping[int, str] = field(default_factory=dict)
    claims: tuple[Claim, ...] = ()
    evaluators: tuple[str, ...] = ()

    @cached_property
    def leaves(self) -> list[bytes]:
        """The leaf hashes of the entries at hand, in order."""
        return [leaf_hash(self.entries[index]) for index in sorted(self.entries)]

    @cached_property
    def root_at(self) -> Callable[[int], bytes]:
        """What gives the root of the first entries at hand, by their number."""
        return prefix_roots(self.leaves)


@dataclass(frozen=True)
class Opened:
    """What checking a history gave: claims, and the entries that are as signed and in the tree, by index."""

    history: History
    standing: Standing
    claims: tuple[Claim, ...]
    entries: Mapping[int, Entry[Any]]

    @property
    def chain(self) -> tuple[PublicKey, ...]:
        """The keys that were in force, oldest first, as far as they are bound to the one that signed the checkpoint."""
        return self.standing.chain or ((self.standing.key,) if self.standing.key else ())

    @cached_property
    def erased(self) -> Mapping[str, Entry[ErasureRecord]]:
        """The records of erasures, by the SHA-256 of what was erased."""
        found = (e for e in self.entries.values() if isinstance(e.record, ErasureRecord))
        return {e.record.erased.sha256: e for e in found}


def read_history(folder: Path, vkey: str | None, evaluators: tuple[str, ...] = ()) -> History:
    """Read the log in a folder under the checkpoint that lies there, whoever signed it."""
    signed = read_file(folder / "checkpoint", MAX_CHECKPOINT)
    claimed = _claimed(signed)
    if claimed is None:
        return History(signed, vkey, None, {})
    if claimed.size > MAX_ENTRIES:
        raise VerificationError(
            "The log is too large to be verified here.", expected=f"{MAX_ENTRIES} entries", found=str(claimed.size)
        )
    entries, claims = _read_entries(Tree(folder, signed, claimed))
    return History(signed, vkey, claimed, entries, claims=claims, evaluators=evaluators)


def unpack_history(proof: Proof) -> History:
    """Return the log that a report carries."""
    signed = proof.checkpoint.encode()
    claimed = _claimed(signed)
    entries, faults = dict[int, bytes](), dict[int, str]()
    for index, entry in enumerate(proof.entries):
        try:
            entries[index] = b64decode(entry.envelope, validate=True)
            _check_inclusion(index, entry, entries[index], claimed)
        except ValueError:
            faults[index] = "Its envelope is not base64."
        except VerificationError as error:
            faults[index] = explain(error)
    return History(signed, proof.vkey, claimed, entries, faults, evaluators=proof.evaluators)


def find_keys(history: History, trust: Trust) -> tuple[PublicKey, ...]:
    """Return the first and the newest key of a log as it and the verifier name them; nothing is verified."""
    # Whoever opens the history says what is wrong with a key that cannot be read.
    found = list[PublicKey | None]()
    with suppress(AccordError):
        found.append(claimed_key(history.entries[0]) if 0 in history.entries else None)
    with suppress(VerificationError):
        found.append(trust.find_key(history.vkey, history.signed))
    return tuple(dict.fromkeys(key for key in found if key))


def unpack_anchors(proof: Proof) -> tuple[Anchor, ...]:
    """Return the anchors that a report carries, but for those that cannot be read, which `check_proof` contradicts."""
    anchors = list[Anchor]()
    for proved in proof.anchors:
        with suppress(VerificationError):
            note = proved.checkpoint.encode()
            token = decode_base64(proved.token) if proved.token is not None else None
            anchors.append(Anchor(unverified_checkpoint(note).size, note, token))
    return tuple(anchors)


def open_history(
    history: History, trust: Trust, progress: Progress, signers: Mapping[int, PublicKey] | None = None
) -> Opened:
    """Check a history under the key it stands under; every entry is looked at, whatever failed before it.

    `signers` are entries whose signatures were verified before.
    """
    try:
        key = trust.find_key(history.vkey, history.signed)
        # A log that names its own first key tells the rest, also where the reader knows one that was followed since.
        key = key or (None if _names_key(history) else trust.any_key(history.signed))
    except VerificationError as error:
        return _without_key(history, unfit(error))
    reader = _begin(history, key, signers, _find_evaluators(history, trust))
    if reader is None:
        return _without_key(history, trust.judge(None))
    read = {index: _read(reader, history, index) for index in _indexes(history, progress)}
    newest = reader.keys[-1]
    standing = trust.judge(key or newest, reader.keys if key in {None, newest} else ())
    claims = [_check_signature(history, standing), _check_tree(history), *_check_current(standing, reader)]
    claims += [standing.weigh(_check_record(index, found, history, trust)) for index, found in read.items()]
    good = [found for found in read.values() if isinstance(found, Entry)]
    entries = {entry.ref.index: entry for entry in reader.believe(good)}
    return Opened(history, standing, (*standing.claims, *claims, *history.claims), entries)


def _without_key(history: History, standing: Standing) -> Opened:
    """Return what can be said of a history that no key is known of."""
    reason = "There is no key to check it with."
    claims = [_check_signature(history, standing), _check_tree(history)]
    for index in _indexes(history):
        text = f"Record {index} is signed by the log's key and stands in its tree."
        if index in history.faults:
            fault = history.faults[index]
            claims.append(Claim(id=f"record.{index}", text=text, result=Result.CONTRADICTED, reason=fault))
        else:
            claims.append(_unchecked(f"record.{index}", text, reason))
    return Opened(history, standing, (*standing.claims, *claims, *history.claims), {})


def _indexes(history: History, progress: Progress | None = None) -> Iterator[int]:
    for index in sorted(history.entries.keys() | history.faults.keys()):
        yield index
        if progress:
            progress(index + 1)


def _names_key(history: History) -> bool:
    with suppress(AccordError):
        return 0 in history.entries and claimed_key(history.entries[0]) is not None
    return False


def _find_evaluators(history: History, trust: Trust) -> tuple[PublicKey, ...]:
    """Return the keys of evaluators that log and verifier name; what is no key is passed over: it signs nothing."""
    found = list(trust.evaluator_keys())
    for text in history.evaluators:
        with suppress(VerificationError):
            found.append(PublicKey.parse(text))
    return tuple(found)


def _begin(
    history: History,
    key: PublicKey | None,
    signers: Mapping[int, PublicKey] | None,
    evaluators: tuple[PublicKey, ...],
) -> Reader | None:
    """Return a reader under `key`; where none is known, under the first one that the log itself names, if it does."""
    try:
        key = key or (claimed_key(history.entries[0]) if 0 in history.entries else None)
    except AccordError:
        return None  # nothing can be read under a key that cannot be read
    return Reader(key, signers=signers, evaluators=evaluators) if key else None


def _read(reader: Reader, history: History, index: int) -> Entry[Record] | str:
    """Return an entry, or why it is not one."""
    if index in history.faults:
        return history.faults[index]
    try:
        return reader.read(index, history.entries[index])
    except AccordError as error:
        return explain(error)


def _check_current(standing: Standing, reader: Reader) -> Iterator[Claim]:
    """Check that the key of the checkpoint is the one in force at the end, where the log says which that is."""
    if not any(span.record for span in reader.spans):
        return
    text = "The checkpoint is signed by the key that was in force at the log's end."
    claim = Claim(id="key.current", text=text, result=Result.VERIFIED)
    if standing.key != reader.keys[-1]:
        reason = f"That key is {reader.keys[-1].fingerprint}."
        claim = claim.model_copy(update={"result": Result.CONTRADICTED, "reason": reason})
    yield claim


def check_files(folder: Path, key: PublicKey | None) -> tuple[tuple[Claim, ...], tuple[Gap, ...]]:
    """Compare every file of a log's folder with what its entries give; what a crash left behind is a gap."""
    text = "Every file of the log is what its entries and its checkpoint give."
    if key is None:
        return (_unchecked("log.files", text, "There is no key to open the checkpoint with."),), ()
    report = fsck(folder, key)
    faults = tuple(
        Claim(
            id=f"log.file.{fault.path}",
            text=f"The log's file {fault.path} is what its entries and its checkpoint give.",
            result=Result.CONTRADICTED,
            reason=f"expected {fault.expected}; found {' '.join(fault.found.split())}",
        )
        for fault in report.faults
    )
    return faults or (Claim(id="log.files", text=text, result=Result.VERIFIED),), tuple(_find_leftovers(report))


def check_earlier(history: History, checkpoint: Checkpoint) -> str:
    """Return why the tree of `checkpoint` is not an earlier or the same state of this log, or ""."""
    leaves = history.leaves
    if history.claimed is None or checkpoint.origin != history.claimed.origin:
        return f"It is of the log {checkpoint.origin!r}."
    if checkpoint.size > len(leaves):
        return f"It covers {checkpoint.size} entries, and the log has {len(leaves)}: later ones were dropped."
    if history.root_at(checkpoint.size) != checkpoint.root:
        return f"The log's first {checkpoint.size} entries do not give its root: the log was rewritten."
    return ""


def check_reference(entries: Mapping[int, Entry[Any]], ref: Ref, kind: type[Record], before: int) -> str:
    """Return why `ref` is not an entry of this kind that stands before the index `before`, or ""."""
    entry = entries.get(ref.index)
    if ref.index >= before:
        return f"Record {ref.index} is not older than the record that names it."
    if entry is None:
        return f"Record {ref.index} cannot be read."
    if entry.ref != ref or not isinstance(entry.record, kind):
        return f"Record {ref.index} is another one than was named."
    return ""


def _find_leftovers(report: Fsck) -> Iterator[Gap]:
    if report.notes:
        named = ", ".join(note.path for note in report.notes[:_NAMED])
        text = f"{len(report.notes)} files beside the log are what a crash leaves behind, and not part of it: {named}"
        yield Gap(id="crash-leftovers", text=text)


def _claimed(signed: bytes) -> Checkpoint | None:
    try:
        return unverified_checkpoint(signed)
    except VerificationError:
        return None  # opening it, which comes next whatever happens here, says what is wrong with it


def _read_entries(tree: Tree) -> tuple[dict[int, bytes], tuple[Claim, ...]]:
    entries, claims = dict[int, bytes](), list[Claim]()
    for number in range(-(-tree.size // TILE_WIDTH)):
        first = number * TILE_WIDTH
        width = min(TILE_WIDTH, tree.size - first)
        try:
            # Unchecked on purpose: each entry is judged alone, and all of them together by their root.
            found = parse_bundle(tree.read_tile(Tile(ENTRIES, number, width)), width)
        except AccordError as error:
            claims.append(_lost(number, f"Entries {first} to {first + width - 1} can be read.", explain(error)))
        else:
            entries.update(zip(range(first, first + width), found, strict=True))
        if len(claims) == _MAX_FAULTS:
            break
    return entries, tuple(claims)


def _check_inclusion(index: int, entry: ProvedEntry, data: bytes, checkpoint: Checkpoint | None) -> None:
    if entry.index != index or entry.leaf != leaf_hash(data).hex():
        raise VerificationError("It is not the entry that its leaf hash and its place name.")
    if checkpoint:
        path = [bytes.fromhex(node) for node in entry.inclusion]
        verify_inclusion(index, checkpoint.size, leaf_hash(data), path, checkpoint.root)


def _check_signature(history: History, standing: Standing) -> Claim:
    claim = Claim(id="checkpoint.signature", text="The checkpoint is signed by the log's key.", result=Result.VERIFIED)
    if standing.key is None:
        result = Result.CANNOT_TELL if history.claimed else Result.CONTRADICTED
        reason = "There is no key to check it with." if history.claimed else "It is no checkpoint."
        return claim.model_copy(update={"result": result, "reason": reason})
    try:
        open_checkpoint(history.signed, standing.key)
    except VerificationError as error:
        return claim.model_copy(update={"result": Result.CONTRADICTED, "reason": explain(error)})
    return standing.weigh(claim)


def _check_tree(history: History) -> Claim:
    text = "The log's entries give the root and the size that its checkpoint names."
    if history.claimed is None:
        return _unchecked("log.tree", text, "There is no checkpoint to compare them with.")
    leaves, claimed = history.leaves, history.claimed
    if (len(leaves), root(leaves)) == (claimed.size, claimed.root):
        return Claim(id="log.tree", text=text, result=Result.VERIFIED)
    reason = (
        f"expected {claimed.size} entries with root {claimed.root.hex()}; "
        f"found {len(leaves)} entries with root {root(leaves).hex()}"
    )
    return Claim(id="log.tree", text=text, result=Result.CONTRADICTED, reason=reason)


def _check_record(index: int, found: Entry[Record] | str, history: History, trust: Trust) -> Claim:
    name, text = f"record.{index}", f"Record {index} is signed by the log's key and stands in its tree."
    if isinstance(found, str):
        return Claim(id=name, text=text, result=Result.CONTRADICTED, reason=found)
    record = found.record
    if isinstance(record, UnknownRecord):
        reason = f"This version cannot read records of the type {record.predicate_type}."
        return _unchecked(name, text, reason, found.ref)
    if found.origin != Origin.SELF:
        return _check_evaluator(found, unverified_keyid(history.entries[index]), trust)
    text = f"Record {index} ({record.signed_as}) is signed by the log's key and stands in its tree."
    return Claim(id=name, text=text, result=Result.VERIFIED, ref=found.ref)


def _check_evaluator(found: Entry[Record], keyid: str, trust: Trust) -> Claim:
    """Tell whether a record that the log calls independent is by an evaluator whom the verifier knows."""
    index, kind = found.ref.index, found.record.signed_as
    text = f"Record {index} ({kind}) is signed by an independent evaluator and stands in the log's tree."
    if trust.knows_evaluator(keyid):
        return Claim(id=f"record.{index}", text=text, result=Result.VERIFIED, ref=found.ref)
    reason = (
        f"Whose key sha256:{keyid} is, the log alone says: name it with --evaluator where you have it from elsewhere."
    )
    return _unchecked(f"record.{index}", text, reason, found.ref)


def _unchecked(name: str, text: str, reason: str, ref: Ref | None = None) -> Claim:
    return Claim(id=name, text=text, result=Result.CANNOT_TELL, reason=reason, ref=ref)


def _lost(number: int, text: str, reason: str) -> Claim:
    return Claim(id=f"log.entries.{number}", text=text, result=Result.CONTRADICTED, reason=reason)
