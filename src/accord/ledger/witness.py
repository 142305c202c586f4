"""A witness of logs (C2SP tlog-witness): it cosigns a checkpoint only if it extends all that it cosigned before.

Life of a cosignature: under the lock of its log, the checkpoint is compared with the last one that was cosigned;
the new one, cosigned, is written under a scratch name, made durable, and renamed over the last; only then is it
answered. So a crash leaves the old state or the new, and nothing was answered that the witness does not remember.

In `logs/`, a file named by the SHA-256 of a log's origin holds that state; beside it, `.fork` holds a checkpoint of
the same size with another root, once one was seen: with the state it proves that the log's key signed both.

This file knows no HTTP: `accord.ledger.witness_server` puts it on a network.
"""

import base64
import hashlib
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

from accord.errors import ConsistencyError, LedgerError, SignatureError, VerificationError
from accord.ledger.checkpoint import Checkpoint, parse_checkpoint, require_signatures
from accord.ledger.cosignature import Cosignature, WitnessKey, WitnessSigner, add_signatures, cosign, find_cosignatures
from accord.ledger.files import Disk, Files, disk_errors, hold, read_file
from accord.ledger.keys import PublicKey, decode_base64
from accord.ledger.merkle import EMPTY_ROOT, HASH_SIZE, verify_consistency
from accord.ledger.note import MAX_NOTE, Note, format_note, parse_note
from accord.ledger.policy import MAX_POLICY, Policy
from accord.ledger.post import Answer

MAX_REQUEST = 65_536
"""The most bytes of a request that are read."""

SIZE_TYPE = "text/x.tlog.size"
"""The media type of an answer that says which size the witness has seen."""

_TEXT = "text/plain; charset=utf-8"
_KEY, _PUBLIC, _POLICY, _LOGS = "witness.key", "witness.pub", "policy", "logs"
_MAX_PROOF = 63
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})")
_DISK = Disk()


@dataclass(frozen=True)
class Submission:
    """The body of an add-checkpoint request: a checkpoint, and the proof that it extends the tree of `old`."""

    old: int
    proof: tuple[bytes, ...]
    note: bytes

    @property
    def body(self) -> bytes:
        """The bytes that are sent."""
        lines = [f"old {self.old}", *(base64.b64encode(item).decode() for item in self.proof)]
        return "".join(f"{line}\n" for line in [*lines, ""]).encode() + self.note

    @classmethod
    def parse(cls, body: bytes) -> Self:
        """Read a request's body; VerificationError when it is not one. The note is not looked into."""
        head, gap, note = body.partition(b"\n\n")
        if not gap or len(body) > MAX_REQUEST:
            raise _malformed("an old size, a proof, an empty line and a checkpoint", body)
        first, *proof = head.decode("ascii", "replace").split("\n")
        old = _OLD.fullmatch(first)
        if not old or len(proof) > _MAX_PROOF:
            raise _malformed(f"an old size and at most {_MAX_PROOF} lines of proof", head)
        hashes = tuple(decode_base64(line, where="consistency proof") for line in proof)
        if any(len(item) != HASH_SIZE for item in hashes):
            raise _malformed(f"hashes of {HASH_SIZE} bytes", head)
        return cls(int(old[1]), hashes, note)


@dataclass(frozen=True)
class _State:
    """The last checkpoint of a log that the witness cosigned."""

    note: bytes
    checkpoint: Checkpoint
    cosignature: Cosignature


class Witness:
    """A witness in its folder; many threads, and many processes, may use the same folder at once.

    `logs` are the public keys that it trusts, by the origin of their logs; `clock` tells the time.
    """

    def __init__(
        self,
        folder: Path,
        signer: WitnessSigner,
        logs: Mapping[str, tuple[PublicKey, ...]],
        clock: Callable[[], datetime],
        *,
        wait: float = 5.0,
        files: Files = _DISK,
    ) -> None:
        if not (folder / _LOGS).is_dir():
            # Without this, a disk that is not mounted would look like a witness that has seen nothing.
            raise LedgerError("There is no witness here.", where=str(folder), fix="mount or restore its folder")
        self._folder = folder / _LOGS
        self._signer = signer
        self._logs = dict(logs)
        self._origins = {_hash(origin): origin for origin in logs}
        self._clock = clock
        self._wait = wait
        self._files = files
        self._locks = {origin: threading.Lock() for origin in logs}

    @staticmethod
    def create(folder: Path, signer: WitnessSigner, *, files: Files = _DISK) -> None:
        """Make a witness that knows no log yet; a folder that holds anything is refused with LedgerError.

        Logs are added by hand, as lines `log VKEY` in the folder's file `policy` (C2SP tlog-policy).
        """
        with disk_errors("The witness cannot be made.", folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if any(folder.iterdir()):
                raise LedgerError(
                    "A witness is made in an empty folder only.", where=str(folder), fix="choose another folder"
                )
            files.make(folder / _LOGS)
            files.write(folder / _PUBLIC, f"{signer.public.vkey}\n".encode())
            files.write(folder / _POLICY, b"quorum none\n")
            files.sync([folder / _PUBLIC, folder / _POLICY])
            signer.save(folder / _KEY)
            files.sync([folder, folder.parent])

    @classmethod
    def open(cls, folder: Path, clock: Callable[[], datetime], *, wait: float = 5.0, files: Files = _DISK) -> Self:
        """Read the witness in a folder, whose policy's logs each have the name of their key as their origin.

        Raises LedgerError when there is no witness or its key does not fit, VerificationError when its policy
        is malformed.
        """
        with disk_errors("The witness cannot be read.", folder):
            public = WitnessKey.parse(read_file(folder / _PUBLIC, MAX_NOTE).decode("utf-8", "replace"))
            policy = Policy.parse(read_file(folder / _POLICY, MAX_POLICY))
        signer = WitnessSigner.load(folder / _KEY, public.name)
        if signer.public != public:
            raise LedgerError(
                "The witness's private key is not that of its public key.",
                where=str(folder / _KEY),
                expected=public.vkey[:200],
                found=signer.public.vkey[:200],
                fix="restore both from the same backup",
            )
        logs: dict[str, tuple[PublicKey, ...]] = {}
        for log in policy.logs:
            logs[log.key.name] = (*logs.get(log.key.name, ()), log.key)
        return cls(folder, signer, logs, clock, wait=wait, files=files)

    @property
    def public(self) -> WitnessKey:
        """The witness's public key."""
        return self._signer.public

    def add_checkpoint(self, body: bytes) -> Answer:
        """Answer an add-checkpoint request: 200 with the cosignature, 400, 403, 404, 409 with the size, or 422.

        The cosignature is durable on return. Raises LedgerError when the witness cannot tell (its record is
        damaged, its clock went back, the disk fails), LedgerBusyError when others hold the log's lock too long.
        """
        try:
            submission = Submission.parse(body)
            note = parse_note(submission.note)
            checkpoint = parse_checkpoint(note.text)
        except VerificationError as error:
            return _refuse(400, error.problem)
        keys = self._logs.get(checkpoint.origin)
        if not keys:
            return _refuse(404, "This witness does not know this log.")
        try:
            signatures = require_signatures(note, keys)
        except SignatureError as error:
            return _refuse(403, error.problem)
        if submission.old > checkpoint.size:
            return _refuse(400, "The old size is greater than the checkpoint's.")
        lock = self._path(checkpoint.origin).with_suffix(".lock")
        # The first keeps this process's threads apart without polling, the second its from other processes.
        with self._locks[checkpoint.origin], hold(lock, self._wait):
            return self._extend(submission, checkpoint, Note(note.text, signatures))

    def checkpoint(self, origin_hash: str) -> Answer:
        """Answer a monitor: 200 with the last checkpoint that was cosigned, or 404.

        `origin_hash` is the lower-case hexadecimal SHA-256 of the log's origin. Raises LedgerError as
        `add_checkpoint` does.
        """
        origin = self._origins.get(origin_hash)
        state = self._load(origin) if origin else None
        return Answer(200, _TEXT, state.note) if state else _refuse(404, "No checkpoint of such a log was cosigned.")

    def _extend(self, submission: Submission, checkpoint: Checkpoint, note: Note) -> Answer:
        state = self._load(checkpoint.origin)
        seen = state.checkpoint.size if state else 0
        if submission.old != seen:
            return Answer(409, SIZE_TYPE, b"%d\n" % seen)
        try:
            _require_extends(state.checkpoint if state else None, checkpoint, submission.proof)
            line = cosign(note.text, self._signer, self._now(state))
            cosigned = add_signatures(format_note(note), [line])
        except ConsistencyError as error:
            if state and _is_fork(state.checkpoint, checkpoint):
                self._keep(checkpoint.origin, format_note(note))
            return _refuse(422, error.problem)
        except VerificationError as error:  # too long a name or text
            return _refuse(400, error.problem)
        self._store(self._path(checkpoint.origin), cosigned)
        return Answer(200, _TEXT, line.encode())

    def _now(self, state: _State | None) -> datetime:
        now = self._clock()
        # A cosignature says "the largest as of now": an older time would contradict the last one.
        if state and int(now.timestamp()) < state.cosignature.time.timestamp():
            raise LedgerError(
                "The witness's clock went back.",
                expected=f"{state.cosignature.time} or later",
                found=str(now),
                fix="set the clock right",
            )
        return now

    def _path(self, origin: str) -> Path:
        return self._folder / _hash(origin)

    def _load(self, origin: str) -> _State | None:
        """Return a log's state, None when it was never cosigned; LedgerError when it is not as it was written."""
        path = self._path(origin)
        try:
            with disk_errors("The witness's record cannot be read.", path):
                note = read_file(path, MAX_NOTE)
            return self._verify(note, origin)
        except LedgerError as error:
            if isinstance(error.__cause__, FileNotFoundError):
                return None
            raise
        except VerificationError as error:
            raise LedgerError(
                "The witness's record of a log is damaged.",
                where=str(path),
                expected=f"a checkpoint of {origin!r} with this witness's cosignature",
                found=error.problem,
                fix="restore the newest copy; with an older one the witness could cosign a fork",
            ) from error

    def _verify(self, note: bytes, origin: str) -> _State:
        checkpoint = parse_checkpoint(parse_note(note).text)
        own = find_cosignatures(note, [self.public])
        if not own or checkpoint.origin != origin:
            raise VerificationError("It is of another log, or without this witness's cosignature.")
        return _State(note, checkpoint, own[0])

    def _keep(self, origin: str, note: bytes) -> None:
        """Keep the first proof of a fork: one file, however many are sent."""
        path = self._path(origin).with_suffix(".fork")
        if not path.exists():
            self._store(path, note)

    def _store(self, target: Path, note: bytes) -> None:
        scratch = target.with_suffix(".tmp")
        with disk_errors("The witness's record cannot be written.", target):
            self._files.write(scratch, note)
            self._files.sync([scratch])
            self._files.rename(scratch, target)
            self._files.sync([self._folder])


def _require_extends(old: Checkpoint | None, new: Checkpoint, proof: tuple[bytes, ...]) -> None:
    """Raise ConsistencyError unless the proof shows that a tree extends the last one."""
    if new.size == 0 and new.root != EMPTY_ROOT:
        raise ConsistencyError("A tree of size 0 has the root of the empty tree.")
    if old and old.size:
        verify_consistency(old.size, new.size, old.root, new.root, proof)
    elif proof:
        raise ConsistencyError("From an old size of 0 the proof is empty.")


def _is_fork(old: Checkpoint, new: Checkpoint) -> bool:
    return old.size == new.size and old.root != new.root


def _hash(origin: str) -> str:
    return hashlib.sha256(origin.encode()).hexdigest()


def _refuse(status: int, problem: str) -> Answer:
    # Only our own sentences are answered, nothing of what a stranger sent.
    return Answer(status, _TEXT, f"{problem}\n".encode())


def _malformed(expected: str, found: bytes) -> VerificationError:
    return VerificationError("This is not an add-checkpoint request.", expected=expected, found=repr(found[:100]))
