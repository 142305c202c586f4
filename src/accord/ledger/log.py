"""A log on disk: C2SP tlog-tiles, written so that a crash loses nothing.

Life of an entry: its bundle and the hash tiles above it are written under `.tmp/` and made durable; renamed
to their names, and the folders made durable; then the new checkpoint replaces the old one. That rename is
the commit: readers and recovery look only at what the checkpoint covers, and whatever lies beyond it is
removed when the next writer begins.
"""

import os
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from accord.errors import ConsistencyError, LedgerError, SignatureError, VerificationError
from accord.ledger import merkle
from accord.ledger.checkpoint import MAX_CHECKPOINT, Checkpoint, open_checkpoint, sign_checkpoint
from accord.ledger.files import Disk, Files, disk_errors, hold, read_file
from accord.ledger.keys import PublicKey, Signer
from accord.ledger.tiles import (
    ENTRIES,
    TILE_WIDTH,
    Edge,
    Tile,
    check_entry,
    format_bundle,
    is_leftover,
    parse_path,
)
from accord.ledger.tree import Tree

CHECKPOINT = "checkpoint"
LOCK = ".lock"
SCRATCH = ".tmp"

_GROWTH = 65_536  # entries taken at a time, so that a large append needs little memory
_DISK = Disk()


class Log(Tree):
    """A log as its checkpoint stood when it was opened; what a writer adds later is not seen."""

    @classmethod
    def open(cls, folder: Path, public_key: PublicKey) -> Self:
        """Read the log in a folder; LedgerError when there is none, SignatureError when not by this key."""
        try:
            signed = read_file(folder / CHECKPOINT, MAX_CHECKPOINT)
        except FileNotFoundError as error:
            raise LedgerError("There is no log here.", where=str(folder), fix="accord init") from error
        except OSError as error:
            raise LedgerError("The log cannot be read.", where=str(folder), found=str(error)) from error
        return cls(folder, signed, open_checkpoint(signed, public_key))

    @classmethod
    def create(
        cls, folder: Path, key: Signer, origin: str, *, memory: Path | None = None, files: Files = _DISK
    ) -> Self:
        """Make an empty log and sign its checkpoint of size 0; a folder that holds anything is refused."""
        checkpoint = Checkpoint(origin, 0, merkle.EMPTY_ROOT)
        with disk_errors("The log cannot be made.", folder):
            folder.mkdir(parents=True, exist_ok=True)
            with hold(folder / LOCK, 0):
                if {path.name for path in folder.iterdir()} - {LOCK, SCRATCH}:
                    raise LedgerError(
                        "A log is made in an empty folder only.", where=str(folder), fix="choose another folder"
                    )
                log = cls(folder, sign_checkpoint(checkpoint, key), checkpoint)
                _remember(memory, log, key.public)
                files.make(folder / SCRATCH)
                _publish(log, memory, files)
                files.sync([folder.parent])
        return log

    @staticmethod
    @contextmanager
    def writer(
        folder: Path, key: Signer, *, wait: float = 0.0, memory: Path | None = None, files: Files = _DISK
    ) -> Iterator["LogWriter"]:
        """Hold the log for writing; LedgerBusyError when another process still does after `wait` seconds.

        `memory` is a file outside the log where the signer keeps the last checkpoint that it signed: a log
        that is behind or beside it (a restored backup, a fork) is refused with LedgerError. Without it such a
        log cannot be told from a good one.
        """
        Log.open(folder, key.public)  # before the lock file is made: there may be no log
        with hold(folder / LOCK, wait):
            writer = LogWriter(folder, key, memory, files)
            try:
                yield writer
            finally:
                writer.close()

    @staticmethod
    def resign(
        folder: Path, known: Sequence[PublicKey], key: Signer, *, memory: Path | None = None, wait: float = 0.0
    ) -> None:
        """Sign the present checkpoint, which one of the `known` keys signed, by another key; nothing else changes.

        Stopped half-way, doing it again finishes it. LedgerError where the log is behind what its signer remembers.
        """
        with hold(folder / LOCK, wait), disk_errors("The checkpoint cannot be signed again.", folder):
            signed = read_file(folder / CHECKPOINT, MAX_CHECKPOINT)
            log = Log(folder, signed, _open_signed(signed, known))
            _remember(memory, log, *known)
            _publish(Log(folder, sign_checkpoint(log.checkpoint, key), log.checkpoint), memory, _DISK)


@dataclass
class _Batch:
    """What one call of `append` wants, whether a commit took it, and the first index that it got."""

    entries: list[bytes]
    taken: bool = False
    first: int | None = None


class LogWriter:
    """The one writer of a log, from `Log.writer`; its methods may be called by several threads at once."""

    def __init__(self, folder: Path, key: Signer, memory: Path | None, files: Files) -> None:
        self._folder = folder
        self._key = key
        self._memory = memory
        self._files = files
        self._queue: deque[_Batch] = deque()
        self._commit_lock = threading.Lock()
        self._closed = False
        self._settled = True
        self._log = self._recover()

    @property
    def log(self) -> Log:
        """The log as last committed."""
        return self._log

    def append(self, entries: Sequence[bytes]) -> range:
        """Add entries and return their indexes; they are durable on return.

        Raises LedgerError when an entry is empty or over 65,535 bytes, or when the disk refuses. The log is
        whole after any error, and as it was, unless the disk fails after the commit itself. Threads that wait
        here are served by one commit, which costs about as much as a small one.
        """
        for entry in entries:
            check_entry(entry)
        batch = _Batch(list(entries))
        self._queue.append(batch)
        with self._commit_lock:
            if not batch.taken:
                self._commit_queue()
        if batch.first is None:
            raise LedgerError(
                "Another thread's commit, which carried these entries, failed.",
                where=str(self._folder),
                fix="look at that thread's error, then append again",
            )
        return range(batch.first, batch.first + len(entries))

    def sign(self, size: int) -> bytes:
        """Return a signed checkpoint of an earlier size of this same tree."""
        self._require_open()
        log = self._log
        return sign_checkpoint(Checkpoint(log.origin, size, log.root_at(size)), self._key)

    def replace_checkpoint(self, signed: bytes) -> None:
        """Put another note of the very same tree in the checkpoint's place, such as one that witnesses cosigned."""
        with self._commit_lock:
            self._require_open()
            if open_checkpoint(signed, self._key.public) != self._log.checkpoint:
                raise LedgerError(
                    "The log has grown since.",
                    where=str(self._folder),
                    expected=self._log.checkpoint.text,
                    fix="ask for signatures on its newest checkpoint",
                )
            log = Log(self._folder, signed, self._log.checkpoint)
            with disk_errors("The checkpoint cannot be replaced.", self._folder):
                _publish(log, self._memory, self._files)
            self._log = log

    def close(self) -> None:
        """Refuse every later use; a commit that is under way ends first."""
        with self._commit_lock:
            self._closed = True

    def _require_open(self) -> None:
        if self._closed:
            raise LedgerError("This writer no longer holds the log.", where=str(self._folder))

    def _commit_queue(self) -> None:
        """Commit every batch that waits; when that fails, none of them is tried again."""
        # Other threads only add, at the other end: as many as are counted can be taken.
        batches = [self._queue.popleft() for _ in range(len(self._queue))]
        for batch in batches:
            batch.taken = True
        self._require_open()
        if not self._settled:
            self._log = self._recover()
        first = self._log.size
        self._commit([entry for batch in batches for entry in batch.entries])
        for batch in batches:
            batch.first, first = first, first + len(batch.entries)

    def _commit(self, entries: list[bytes]) -> None:
        if not entries:
            return
        self._settled = False
        with disk_errors("The log cannot be written.", self._folder):
            staged, edge = self._stage(entries)
            self._files.sync(list(staged))
            self._files.sync(self._place(staged))
            checkpoint = Checkpoint(self._log.origin, edge.size, edge.root())
            log = Log(self._folder, sign_checkpoint(checkpoint, self._key), checkpoint)
            _publish(log, self._memory, self._files)
            for target in staged.values():
                self._prune(target)
        self._log = log
        self._settled = True

    def _stage(self, entries: list[bytes]) -> tuple[dict[Path, Path], Edge]:
        """Write every new tile under a scratch name; return where each belongs, and the tree's new edge."""
        staged: dict[Path, Path] = {}
        edge = self._log.edge
        known = {tile for tile, _ in edge.partials()}
        # Reading the last bundle back also checks what the commit before wrote.
        tail = list(self._log.entries(edge.size - edge.size % TILE_WIDTH))
        for at in range(0, len(entries), _GROWTH):
            new = entries[at : at + _GROWTH]
            bundles, tail = _bundles(edge.size // TILE_WIDTH, tail + new)
            edge, full = edge.grow([merkle.leaf_hash(entry) for entry in new])
            self._write(staged, bundles + full)
        if tail:
            last = Tile(ENTRIES, edge.size // TILE_WIDTH, len(tail))
            self._write(staged, [(last, format_bundle(tail))])
        self._write(staged, [(tile, data) for tile, data in edge.partials() if tile not in known])
        return staged, edge

    def _write(self, staged: dict[Path, Path], tiles: list[tuple[Tile, bytes]]) -> None:
        for tile, data in tiles:
            scratch = self._folder / SCRATCH / str(len(staged))
            self._files.write(scratch, data)
            staged[scratch] = self._folder / tile.path

    def _place(self, staged: dict[Path, Path]) -> list[Path]:
        """Rename staged files to their names; return the folders that this changed."""
        changed: set[Path] = set()
        for scratch, target in staged.items():
            self._make(target.parent, changed)
            self._files.rename(scratch, target)
            changed.add(target.parent)
        return sorted(changed)

    def _make(self, folder: Path, changed: set[Path]) -> None:
        if not folder.is_dir():
            self._make(folder.parent, changed)
            self._files.make(folder)
            changed.add(folder.parent)

    def _prune(self, target: Path) -> None:
        """Remove the partial tiles that a full one replaces."""
        partials = target.with_name(f"{target.name}.p")
        if partials.is_dir():
            for path in sorted(partials.iterdir()):
                self._files.remove(path)
            self._files.remove(partials)

    def _recover(self) -> Log:
        """Read the log from disk, compare it with what the signer remembers, remove a crash's leftovers."""
        with disk_errors("The log cannot be opened for writing.", self._folder):
            log = Log.open(self._folder, self._key.public)
            behind = _remember(self._memory, log, self._key.public)
            _ = log.edge  # a damaged log is refused before anything is removed
            self._sweep(log.size)
            if behind:
                _publish(log, self._memory, self._files)
        self._settled = True
        return log

    def _sweep(self, size: int) -> None:
        scratch = self._folder / SCRATCH
        self._files.make(scratch)
        for path in sorted(scratch.iterdir()):
            self._files.remove(path)
        emptied = set()
        for name in walk(self._folder):
            tile = find_tile(name)
            if tile and is_leftover(tile, size):
                self._files.remove(self._folder / name)
                emptied.add((self._folder / name).parent)
        for folder in sorted(emptied):
            if not any(folder.iterdir()):
                self._files.remove(folder)


def walk(folder: Path) -> Iterator[str]:
    """Yield the path below `folder` of everything that is not a folder, in order, following no links.

    Raises LedgerError when a folder cannot be listed.
    """
    for parent, folders, names in os.walk(folder, onerror=_refuse):
        folders.sort()
        links = [name for name in folders if (Path(parent) / name).is_symlink()]
        for name in sorted(names + links):
            yield (Path(parent) / name).relative_to(folder).as_posix()


def _refuse(error: OSError) -> None:
    # Left alone, os.walk passes over what it cannot list.
    with disk_errors("A folder of the log cannot be listed.", Path(str(error.filename))):
        raise error


def find_tile(name: str) -> Tile | None:
    """Return the tile that a path below the log's folder names, or None."""
    try:
        return parse_path(name)
    except VerificationError:
        return None


def _bundles(first: int, entries: list[bytes]) -> tuple[list[tuple[Tile, bytes]], list[bytes]]:
    """Return the full bundles of these entries, numbered from `first`, and the entries that are left."""
    whole = len(entries) // TILE_WIDTH
    parts = [entries[n * TILE_WIDTH : (n + 1) * TILE_WIDTH] for n in range(whole)]
    full = [(Tile(ENTRIES, first + n), format_bundle(part)) for n, part in enumerate(parts)]
    return full, entries[whole * TILE_WIDTH :]


def _publish(log: Log, memory: Path | None, files: Files) -> None:
    """Make a checkpoint the log's, then the one that the signer remembers."""
    places = [(log.folder / SCRATCH / CHECKPOINT, log.folder / CHECKPOINT)]
    if memory:
        places.append((memory.with_name(f"{memory.name}.tmp"), memory))
    for scratch, _ in places:
        files.write(scratch, log.signed_checkpoint)
    files.sync([scratch for scratch, _ in places])
    for scratch, target in places:
        # The log's first, and durable first: a memory ahead of its log would look like a lost log.
        files.rename(scratch, target)
        files.sync([target.parent])


def _open_signed(signed: bytes, keys: Sequence[PublicKey]) -> Checkpoint:
    """Open a checkpoint under the first of these keys that signed it."""
    for key in keys[:-1]:
        with suppress(SignatureError):
            return open_checkpoint(signed, key)
    return open_checkpoint(signed, keys[-1])


def _remember(memory: Path | None, log: Log, *keys: PublicKey) -> bool:
    """Return whether the signer's memory is older than the log; LedgerError unless the log extends it."""
    if memory is None:
        return False
    try:
        last = _open_signed(read_file(memory, MAX_CHECKPOINT), keys)
    except FileNotFoundError as error:
        if not log.size:
            return True
        raise LedgerError(
            "The signer does not remember this log.",
            where=str(memory),
            expected="the last checkpoint that was signed",
            fix=f"if no newer copy of the log exists: cp {log.folder / CHECKPOINT} {memory}",
        ) from error
    _require_extends(last, log, memory)
    return last.size < log.size


def _require_extends(last: Checkpoint, log: Log, memory: Path) -> None:
    expected = f"{last.origin}, {last.size} entries or more (from {memory})"
    found = f"{log.origin}, {log.size} entries"
    if last.origin != log.origin:
        raise LedgerError("The signer remembers another log.", where=str(log.folder), expected=expected, found=found)
    if last.size > log.size:
        raise LedgerError(
            "The log is behind what its signer remembers.",
            where=str(log.folder),
            expected=expected,
            found=found,
            fix="restore the newest copy of the log; appending to an old one would fork it",
        )
    if not last.size:
        return
    try:
        proof = log.consistency(last.size)
        merkle.verify_consistency(last.size, log.size, last.root, log.checkpoint.root, proof)
    except ConsistencyError as error:
        raise LedgerError(
            "The log has another history than its signer remembers.",
            where=str(log.folder),
            expected=expected,
            found=found,
            fix="restore the log that was signed; keep this one as evidence of the fork",
        ) from error
