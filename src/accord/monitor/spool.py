"""The spool: what was received and is not in a part yet. Once `append` returns, a power failure loses nothing of it.

FOLDER/spool/2026-11-28T17-000000000042.open   the segment that is written on
FOLDER/spool/2026-11-28T17-000000000042.spool  one that is whole; it goes once its part is there
KEYS/2026-11-28T17-000000000042.key            what opens it, mode 0600; it goes with it
"""

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from accord.errors import MonitorError
from accord.ledger.files import Disk
from accord.ledger.private_file import read_private, write_private
from accord.monitor.parts import SPOOL, last_part, segments
from accord.monitor.segment import KEY_SIZE, Sealer, Segment, sealed_size

_DISK = Disk()
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass
class Spool:
    """The writing end of the spool; one process has it, and one thread at a time calls it."""

    folder: Path
    keys: Path
    clock: Callable[[], datetime]
    largest: int = 128 << 20
    """Bytes after which a segment is whole."""
    _buffer: bytearray = field(default_factory=bytearray, init=False)
    _open: "_Open | None" = field(default=None, init=False)
    _number: int = field(default=0, init=False)
    _last: datetime = field(default=_NEVER, init=False)

    def start(self) -> None:
        """Make the folders, and take what an earlier process left open as whole."""
        for folder in (self.folder / SPOOL, self.keys):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if part := last_part(self.folder):
            self._number, self._last = part.number, part.hour
        for path, (hour, number) in segments(self.folder).items():
            self._number, self._last = max(self._number, number), max(self._last, hour)
            if path.suffix == ".open":
                path.rename(path.with_suffix(".spool"))
        _DISK.sync([self.folder / SPOOL])
        waiting = {path.stem for path in segments(self.folder)}
        for key in self.keys.glob("????-??-??T??-*.key"):  # here, where no key is waiting for its segment
            if key.stem not in waiting:
                key.unlink(missing_ok=True)

    def append(self, requests: Sequence[bytes]) -> None:
        """Write requests; they are durable when this returns, and none of them counts when it raises OSError."""
        self._last = received = max(self._last, self.clock())
        hour = received.replace(minute=0, second=0, microsecond=0)
        if self._open and (self._open.hour != hour or self._open.size >= self.largest):
            self.seal()
        if self._open is None:
            self._open = self._begin(hour)
        try:
            self._open.write(self._seal(self._open.sealer, received, requests))
        except OSError:
            broken, self._open = self._open, None
            broken.give_up()
            raise

    def _seal(self, sealer: Sealer, received: datetime, requests: Sequence[bytes]) -> memoryview:
        """Return the records of requests, in memory that is used again: fresh pages cost more than the cipher."""
        sizes = [sealed_size(request) for request in requests]
        if sum(sizes) > len(self._buffer):
            self._buffer = bytearray(sum(sizes))
        whole, place = memoryview(self._buffer), 0
        for request, size in zip(requests, sizes, strict=True):
            sealer.seal(received, request, whole[place : place + size])
            place += size
        return whole[:place]

    def seal(self) -> None:
        """Declare the open segment whole, if there is one."""
        if self._open:
            done, self._open = self._open, None
            done.close()
            _DISK.sync([self.folder / SPOOL])

    @property
    def is_open(self) -> bool:
        """Whether there is a segment that is written on."""
        return self._open is not None

    def _begin(self, hour: datetime) -> "_Open":
        self._number += 1
        name = f"{hour:%Y-%m-%dT%H}-{self._number:012}"
        key = os.urandom(KEY_SIZE)
        write_private(self.keys / f"{name}.key", key)
        path = self.folder / SPOOL / f"{name}.open"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        begun = _Open(path, descriptor, hour, Sealer(key))
        try:
            _DISK.sync([path.parent])
        except OSError:
            begun.give_up()
            raise
        return begun


@dataclass
class _Open:
    path: Path
    descriptor: int
    hour: datetime
    sealer: Sealer
    size: int = 0

    def write(self, data: memoryview) -> None:
        written = 0
        while written < len(data):
            written += os.write(self.descriptor, data[written:])
        os.fdatasync(self.descriptor)
        self.size += written

    def close(self) -> None:
        os.close(self.descriptor)
        self.path.rename(self.path.with_suffix(".spool"))

    def give_up(self) -> None:
        # What was not acknowledged may stay behind: its sender sends it again, and nothing is stored twice.
        with suppress(OSError):
            os.ftruncate(self.descriptor, self.size)
        with suppress(OSError):
            self.close()


def open_segment(path: Path, keys: Path) -> Segment:
    """Return a whole segment to be read; MonitorError where its key is not there or is none."""
    key_file = keys / f"{path.stem}.key"
    try:
        key = read_private(key_file)
    except OSError as error:
        raise MonitorError(
            "What was received cannot be read without its key.",
            where=str(path),
            expected=str(key_file),
            found=error.strerror or str(error),
        ) from error
    if len(key) != KEY_SIZE:
        raise MonitorError("This is no key of a segment.", where=str(key_file), found=f"{len(key)} bytes")
    return Segment(path, key)


def drop_segment(path: Path, keys: Path) -> None:
    """Erase a segment: first its key, then itself."""
    (keys / f"{path.stem}.key").unlink(missing_ok=True)
    _DISK.sync([keys])
    path.unlink(missing_ok=True)
