"""What a verifier remembers of each log: the newest checkpoint that held, so that a log which takes it back is found.

A witness does the same for everybody; this does it for one verifier, without asking anyone.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from accord.errors import VerificationError
from accord.evidence import Model, Time
from accord.ledger import Checkpoint, PublicKey, format_json, parse_json, unverified_checkpoint
from accord.ledger.checkpoint import MAX_CHECKPOINT
from accord.ledger.files import disk_errors, hold, read_file, replace_file
from accord.verify.claims import Claim, Result
from accord.verify.history import History, check_earlier

_MAX_FILE = 2 * MAX_CHECKPOINT  # JSON escapes line breaks and what is not ASCII
_WAIT = 10.0  # seconds for another verification to finish its own


class _Seen(Model):
    """A file of the memory: a checkpoint as it was signed, and when it was last verified."""

    checkpoint: str
    verified: Time
    key: str
    """The fingerprint of the key that it is kept under."""


@dataclass(frozen=True)
class Memory:
    """A folder with one file for each log, told apart by its origin and a key of it."""

    folder: Path

    def recall(self, origin: str, key: PublicKey) -> Checkpoint | None:
        """Return the newest checkpoint that was verified of a log, or None where there is none.

        Raises VerificationError where the file is damaged: to pass over it would be to forget.
        """
        path = self._path(origin, key)
        if not path.exists():
            return None
        checkpoint = unverified_checkpoint(_read_seen(path).checkpoint.encode())
        if checkpoint.origin != origin:
            raise _damaged(path, f"the log {checkpoint.origin!r}")
        return checkpoint

    def origins(self, key: PublicKey) -> frozenset[str]:
        """Return the names of the logs that are remembered under a key: whoever renames a log is found by it."""
        files = (_read_seen(path) for path in sorted(self.folder.glob("*.json")))
        return frozenset(unverified_checkpoint(s.checkpoint.encode()).origin for s in files if s.key == key.fingerprint)

    def keep(self, history: History, key: PublicKey, now: datetime) -> None:
        """Remember a log whose every claim was verified under a key that the verifier named; durable on return.

        A shorter log than is remembered changes nothing. Raises VerificationError where it does not extend what is
        remembered, LedgerError where the disk refuses.
        """
        claimed = unverified_checkpoint(history.signed)
        path = self._path(claimed.origin, key)
        with disk_errors("What was verified cannot be remembered.", self.folder):
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with hold(self.folder / ".lock", _WAIT):
                seen = self.recall(claimed.origin, key)
                if seen and seen.size > claimed.size:
                    return
                if seen and (reason := check_earlier(history, seen)):
                    raise VerificationError("The log is not the one that was verified before.", found=reason)
                seen_now = _Seen(checkpoint=history.signed.decode(), verified=now, key=key.fingerprint)
                replace_file(path, format_json(seen_now.model_dump(mode="json")), private=True)

    def _path(self, origin: str, key: PublicKey) -> Path:
        name = hashlib.sha256(f"{origin}\n{key.fingerprint}".encode()).hexdigest()
        return self.folder / f"{name}.json"


def check_memory(history: History, seen: Checkpoint, *, may_be_old: bool = False) -> Claim:
    """Check that a log extends the checkpoint that its verifier remembers; one that `may_be_old` need not be longer."""
    reason, result = check_earlier(history, seen), Result.CONTRADICTED
    size = history.claimed.size if history.claimed else 0
    if reason and size < seen.size:
        reason = (
            f"{seen.size} entries were verified before, and this has {size}: it is an old copy, or its end was cut off."
        )
        result = Result.CANNOT_TELL if may_be_old else result
    return Claim(
        id="memory.extends",
        text=f"The log extends what you verified before ({seen.size} entries).",
        result=result if reason else Result.VERIFIED,
        reason=reason,
    )


def default_folder(environ: Mapping[str, str]) -> Path:
    """Return where the memory lies unless the verifier says otherwise (XDG Base Directory Specification, 0.8)."""
    state = Path(environ.get("XDG_STATE_HOME", ""))
    if not state.is_absolute():  # such a one is to be ignored
        state = Path(environ.get("HOME") or Path.home()) / ".local/state"
    return state / "accord" / "verified"


def _read_seen(path: Path) -> _Seen:
    try:
        seen = _Seen.model_validate(parse_json(read_file(path, _MAX_FILE)))
        unverified_checkpoint(seen.checkpoint.encode())
    except (OSError, ValueError, VerificationError) as error:
        raise _damaged(path, str(error)) from error
    return seen


def _damaged(path: Path, found: str) -> VerificationError:
    return VerificationError(
        "What was verified before of this log cannot be read.",
        where=str(path),
        expected="the checkpoint that was verified last",
        found=found,
        fix="restore it from a backup; or remove it, and compare the log with what others see of it",
    )
