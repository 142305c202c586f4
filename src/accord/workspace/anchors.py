"""Checkpoints of the log that outsiders fixed in time: witnesses' cosignatures, and RFC 3161 time-stamps.

A checkpoint that was witnessed once is kept for good: it shows that nothing before it was rewritten, and that nothing
after it is older than it says.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from accord.ledger.checkpoint import MAX_CHECKPOINT
from accord.ledger.files import disk_errors, read_file, replace_file

_STAMP = ".tsr"
_SIZE = re.compile(r"[1-9][0-9]{0,18}")


@dataclass(frozen=True)
class Anchor:
    """A checkpoint as it was signed at one size of the log, and its time-stamp if it has one; nothing is verified."""

    size: int
    note: bytes
    token: bytes | None = None


class Anchors:
    """A folder of anchors: `<size>` is a signed note, `<size>.tsr` the DER of a time-stamp over its text."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def all(self) -> tuple[Anchor, ...]:
        """Return every anchor, smallest log first."""
        if not self.folder.is_dir():
            return ()
        sizes = sorted(int(path.name) for path in self.folder.iterdir() if _SIZE.fullmatch(path.name))
        return tuple(anchor for size in sizes if (anchor := self.at(size)))

    def at(self, size: int) -> Anchor | None:
        """Return the anchor of one size of the log, if there is one."""
        path = self.folder / str(size)
        with disk_errors("An anchor of the log cannot be read.", path):
            if not path.is_file():
                return None
            stamp = path.with_suffix(_STAMP)
            token = read_file(stamp, MAX_CHECKPOINT) if stamp.is_file() else None
            return Anchor(size, read_file(path, MAX_CHECKPOINT), token)

    def keep(self, size: int, note: bytes, token: bytes | None = None) -> None:
        """Store the note of one size, and its time-stamp where there is a new one, durably."""
        with disk_errors("An anchor of the log cannot be kept.", self.folder):
            self.folder.mkdir(exist_ok=True)
            if token is not None:
                replace_file(self.folder / f"{size}{_STAMP}", token)
            replace_file(self.folder / str(size), note)
