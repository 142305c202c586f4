"""A zip with one possible encoding: the same files always give the same bytes, and any other bytes are refused.

Members are stored, never compressed (a compressor's output differs between versions of zlib, and what is not
compressed cannot be a bomb), sorted by name, with fixed dates and modes, no comment, no extra field and no Zip64.
The reader goes through the file once from its first byte and works out what each byte must be, so that there is no
second directory for another reader to believe. Any zip tool opens the result (APPNOTE.TXT 6.3.10).
"""

import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from io import BufferedReader, BytesIO
from pathlib import Path
from struct import Struct
from typing import IO, BinaryIO

from accord.errors import ReportError, VerificationError

MAX_FILES = 50_000
"""The most members: a log of a million entries has some 8,000 files."""

MAX_SIZE = 2**31 - 1
"""The most bytes of an archive: below the size from which a zip needs Zip64 (4.4.1.4)."""

NAME = re.compile(r"[a-z0-9][a-z0-9.-]*(/[a-z0-9][a-z0-9.-]*){0,15}")
"""A member's name: lower case and relative, so that no file system folds two names into one."""

Part = bytes | Path
"""A file's contents: its bytes, or the path to read them from."""

_MAX_NAME = 255
_LOCAL = Struct("<4s5H3I2H")
_CENTRAL = Struct("<4s6H3I5H2I")
_END = Struct("<4s4H2IH")
_LOCAL_MAGIC = b"PK\x03\x04"
_NEEDS = 10  # 4.4.3.2: version 1.0, the default, which has neither folders nor compression
_MADE_BY = (3 << 8) | _NEEDS  # 4.4.2: Unix
_MODE = 0o100644 << 16
_DATE = (1 << 5) | 1  # 1980-01-01, the first day that the format can say
_CHUNK = 1 << 20


@dataclass(frozen=True)
class _Member:
    name: bytes
    crc: int
    size: int
    offset: int

    @property
    def _common(self) -> tuple[int, ...]:
        # Needed version, flags, method (stored), time, date, CRC-32, size twice, length of name, of extra field.
        return (_NEEDS, 0, 0, 0, _DATE, self.crc, self.size, self.size, len(self.name), 0)

    @property
    def local(self) -> bytes:
        return _LOCAL.pack(_LOCAL_MAGIC, *self._common) + self.name

    @property
    def central(self) -> bytes:
        return _CENTRAL.pack(b"PK\x01\x02", _MADE_BY, *self._common, 0, 0, 0, _MODE, self.offset) + self.name

    @property
    def end(self) -> int:
        return self.offset + len(self.local) + self.size


def open_part(part: Part) -> BufferedReader | BytesIO:
    """Open a file's contents for reading."""
    return BytesIO(part) if isinstance(part, bytes) else part.open("rb")


def write_archive(parts: Mapping[str, Part], out: IO[bytes]) -> None:
    """Write files, given as bytes or as the paths to copy them from, in the one order and encoding."""
    members: list[_Member] = []
    for name, part in sorted(parts.items()):
        crc, size = _measure(part)
        member = _Member(name.encode(), crc, size, members[-1].end if members else 0)
        if not _is_name(name) or len(members) == MAX_FILES or member.end > MAX_SIZE:
            raise ReportError(
                "This does not fit into a bundle.",
                where=repr(name)[:_MAX_NAME],
                expected=f"at most {MAX_FILES} files and {MAX_SIZE} bytes",
            )
        out.write(member.local)
        out.writelines(_chunks(part))
        members.append(member)
    out.write(_tail(members))


def read_archive(archive: BinaryIO, place: Callable[[str], Path]) -> tuple[str, ...]:
    """Copy each member to the new file `place(name)` and return their names.

    Raises VerificationError for any byte that `write_archive` would not have written; `place` may raise it too, to
    refuse a name. What was copied by then is left for the caller to remove.
    """
    members: list[_Member] = []
    start = _read(archive, _LOCAL.size)
    while start.startswith(_LOCAL_MAGIC) and len(start) == _LOCAL.size:
        if len(members) == MAX_FILES:
            raise _refusal("too many files", f"at most {MAX_FILES}")
        members.append(_copy(archive, start, members[-1] if members else None, place))
        start = archive.read(_LOCAL.size)
    tail = _tail(members)
    if start + archive.read(len(tail)) != tail:
        raise _refusal("its directory is not that of its files, or something follows it", "the canonical end")
    return tuple(m.name.decode() for m in members)


def _copy(archive: BinaryIO, start: bytes, last: _Member | None, place: Callable[[str], Path]) -> _Member:
    *_, crc, size, _unpacked, length, _extra = _LOCAL.unpack(start)
    name = _read(archive, min(length, _MAX_NAME))
    member = _Member(name, crc, size, last.end if last else 0)
    # The header is built again from its free parts: flags, method, date, second size and extra field must follow.
    if start + name != member.local or not _is_name(name.decode("ascii", "replace")):
        raise _refusal(f"the header of {name!r} is not canonical", "a stored file with a plain name")
    if last and name <= last.name:
        raise _refusal(f"{name!r} is out of order or there twice", "sorted names")
    if member.end > MAX_SIZE:
        raise _refusal("too large", f"at most {MAX_SIZE} bytes")
    path = place(name.decode())
    path.parent.mkdir(parents=True, exist_ok=True)
    found = 0
    with path.open("xb") as out:
        for at in range(0, size, _CHUNK):
            chunk = _read(archive, min(_CHUNK, size - at))
            found = zlib.crc32(chunk, found)
            out.write(chunk)
    if found != crc:
        raise _refusal(f"the contents of {name!r} were changed", f"CRC-32 {crc:08x}")
    return member


def _tail(members: list[_Member]) -> bytes:
    central = b"".join(m.central for m in members)
    count, offset = len(members), members[-1].end if members else 0
    return central + _END.pack(b"PK\x05\x06", 0, 0, count, count, len(central), offset, 0)


def _is_name(name: str) -> bool:
    return len(name) <= _MAX_NAME and NAME.fullmatch(name) is not None


def _measure(part: Part) -> tuple[int, int]:
    crc = size = 0
    for chunk in _chunks(part):
        crc, size = zlib.crc32(chunk, crc), size + len(chunk)
    return crc, size


def _chunks(part: Part) -> Iterator[bytes]:
    with open_part(part) as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _read(archive: BinaryIO, size: int) -> bytes:
    data = archive.read(size)
    if len(data) != size:
        raise _refusal("it ends too early", "a whole file")
    return data


def _refusal(found: str, expected: str) -> VerificationError:
    return VerificationError(
        "This is not a bundle as Accord writes them.",
        expected=expected,
        found=found,
        fix="ask for the bundle again, from whoever published it",
    )
