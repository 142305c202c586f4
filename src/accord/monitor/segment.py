"""A segment of the spool: records sealed one by one, so that a torn end, a changed byte and a lost key are all seen.

Each is `length (4 bytes, little-endian) | AES-256-GCM(received (8 bytes, microseconds) | request)`. The key is the
segment's own and lies in another file, so that deleting it erases the segment wherever a copy of that may be. The nonce
is the record's place; a segment is never written on after a failure, so no nonce is used twice.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_SIZE = 32
_LENGTH = struct.Struct("<I")
_RECEIVED = struct.Struct("<q")
_LEAST = 16 + _RECEIVED.size
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class Sealer:
    """Seals the records of one segment, in their order."""

    key: bytes
    count: int = 0

    def seal(self, received: datetime, data: bytes) -> bytes:
        """Return the next record as it stands in the file."""
        plain = _RECEIVED.pack((received - _EPOCH) // timedelta(microseconds=1)) + data
        sealed = AESGCM(self.key).encrypt(_nonce(self.count), plain, None)
        self.count += 1
        return _LENGTH.pack(len(sealed)) + sealed


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
            while left >= _LENGTH.size + _LEAST:
                (length,) = _LENGTH.unpack(file.read(_LENGTH.size))
                if not _LEAST <= length <= left - _LENGTH.size:
                    break
                sealed = file.read(length)
                left -= _LENGTH.size + length
                try:
                    plain = cipher.decrypt(_nonce(place), sealed, None)
                except InvalidTag:
                    self.damaged += 1
                else:
                    (received,) = _RECEIVED.unpack_from(plain)
                    yield _EPOCH + timedelta(microseconds=received), plain[_RECEIVED.size :]
                place += 1
        self.torn = left


def _nonce(place: int) -> bytes:
    return place.to_bytes(12, "big")
