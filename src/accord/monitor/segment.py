"""A segment of the spool: records sealed one by one, so that a torn end, a changed byte and a lost key are all seen.

Each is `length of the rest but this and the next (4 bytes) | received (8 bytes, microseconds) | AES-256-GCM(request)`,
numbers little-endian, with the time of receipt as associated data. The key is the segment's own and lies in another
file, so that deleting it erases the segment wherever a copy of that may be. The nonce is the record's place; a segment
is never written on after a failure, so no nonce is used twice.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_SIZE = 32
_HEAD = struct.Struct("<Iq")
_TAG = 16
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO = timedelta(microseconds=1)


def sealed_size(data: bytes) -> int:
    """Return how many bytes the record of a request has."""
    return _HEAD.size + len(data) + _TAG


@dataclass
class Sealer:
    """Seals the records of one segment, in their order."""

    key: bytes
    _count: int = field(default=0, init=False)

    def seal(self, received: datetime, data: bytes, into: memoryview) -> None:
        """Write the next record, as it stands in the file, into a buffer of exactly its size."""
        _HEAD.pack_into(into, 0, len(data) + _TAG, (received - _EPOCH) // _MICRO)
        time = into[_HEAD.size - 8 : _HEAD.size]
        AESGCM(self.key).encrypt_into(_nonce(self._count), data, time, into[_HEAD.size :])
        self._count += 1


@dataclass
class Segment:
    """A segment that is read; what cannot be is counted once `records` has come to its end."""

    path: Path
    key: bytes
    damaged: int = field(default=0, init=False)
    """How many records do not open: changed since, or never written out before the power failed."""
    torn: int = field(default=0, init=False)
    """How many bytes at the end are not a whole record: what was being written when the process ended."""

    def records(self) -> Iterator[tuple[datetime, bytes]]:
        """Yield when each record was received, and its request."""
        cipher = AESGCM(self.key)
        left = self.path.stat().st_size
        self.damaged = self.torn = place = 0
        with self.path.open("rb") as file:
            while left >= _HEAD.size + _TAG:
                head = file.read(_HEAD.size)
                length, received = _HEAD.unpack(head)
                if not _TAG <= length <= left - _HEAD.size:
                    break
                left -= _HEAD.size + length
                try:
                    data = cipher.decrypt(_nonce(place), file.read(length), head[-8:])
                except InvalidTag:
                    self.damaged += 1
                else:
                    yield _EPOCH + received * _MICRO, data
                place += 1
        self.torn = left


def _nonce(place: int) -> bytes:
    return place.to_bytes(12, "big")
