"""What is inside zip and tar archives and compressed files, bounded: entries, depth and bytes.

A zip is read by its central directory, and each entry again by its own header, because loaders of models differ in
which of the two they believe: where they disagree, or where a flag would turn a strict reader away, the archive is
malformed, and its content is scanned all the same.
"""

import bz2
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Protocol, cast

from accord.errors import WeightsError

MOST_ENTRIES = 100_000
MOST_BYTES = 1 << 32
"""What all that is unpacked from one file may come to."""
_LOCAL = struct.Struct("<4s5H3L2H")
_ENCRYPTED = 0x1 | 0x20 | 0x40 | 0x2000


class ArchiveError(WeightsError):
    """An archive that cannot be read to the end."""


class _Decompressor(Protocol):
    def decompress(self, data: bytes, max_length: int = ...) -> bytes: ...


class Readable(Protocol):
    """What is read from front to back."""

    def read(self, size: int = ..., /) -> bytes:
        """Return at most so many bytes, and none at the end."""


class Seekable(Readable, Protocol):
    """What can be read from any place."""

    def seek(self, offset: int, whence: int = ..., /) -> int:
        """Go to a place."""

    def tell(self) -> int:
        """Return the place."""


@dataclass
class Entry:
    """A file in an archive: its bytes are read once, from front to back."""

    name: str
    file: Readable
    size: int | None
    """Its bytes, where the archive says so and they are stored as they are."""
    problems: list[str]


class Unpacked:
    """The bytes that a decompressor gives, at most so many of them: it stops where the compressed data end."""

    def __init__(self, source: Readable, method: str, packed: int | None, budget: "Budget") -> None:
        self._source = source
        self._left = packed
        self._budget = budget
        self._zlib = zlib.decompressobj(-15 if method == "deflate" else 47) if method in {"deflate", "gzip"} else None
        self._other: _Decompressor | None = None
        if method == "bz2":
            self._other = bz2.BZ2Decompressor()
        elif method == "lzma":
            self._other = lzma.LZMADecompressor()
        self._input = b""
        self.ended = False

    def read(self, size: int = 1 << 18, /) -> bytes:
        """Return at most so many bytes, and none at the end; raise ArchiveError."""
        while not self.ended:
            if not self._input:
                self._input = self._more()
            try:
                data = self._decompress(size)
            except (zlib.error, lzma.LZMAError, OSError, EOFError) as error:
                raise ArchiveError(f"compressed data that are damaged: {error}") from error
            self._budget.spend(len(data))
            if data:
                return data
        return b""

    def _decompress(self, wanted: int) -> bytes:
        fresh, empty = self._input, not self._input
        if self._zlib:
            data = self._zlib.decompress(fresh, wanted)
            self._input = self._zlib.unconsumed_tail
            self.ended = self._zlib.eof or (empty and not data)
            return data
        if self._other is None:
            self._input, self.ended = b"", empty
            return fresh
        data = self._other.decompress(fresh, wanted)
        self._input = b""
        self.ended = bool(getattr(self._other, "eof", False)) or (empty and not data)
        return data

    def _more(self) -> bytes:
        count = 1 << 16 if self._left is None else min(1 << 16, self._left)
        data = self._source.read(count)
        if self._left is not None:
            self._left -= len(data)
        return data


class Budget:
    """How much may still be unpacked of one file."""

    def __init__(self, entries: int = MOST_ENTRIES, size: int = MOST_BYTES) -> None:
        self._entries, self._bytes = entries, size

    def spend(self, size: int, entries: int = 0) -> None:
        """Note what was unpacked; ArchiveError where it is too much."""
        self._bytes -= size
        self._entries -= entries
        if self._bytes < 0 or self._entries < 0:
            raise ArchiveError("an archive that unpacks to too much")


def list_zip(file: Seekable) -> list[zipfile.ZipInfo]:
    """Return the entries of a zip archive's central directory; raise ArchiveError where there is none."""
    try:
        return zipfile.ZipFile(cast("IO[bytes]", file)).infolist()
    except (zipfile.BadZipFile, ValueError, struct.error, OSError, NotImplementedError, OverflowError) as error:
        raise ArchiveError(f"a zip archive that cannot be listed: {error}") from error


def read_zip(file: Seekable, size: int, listed: Iterable[zipfile.ZipInfo], budget: Budget) -> Iterator[Entry]:
    """Yield each file of a zip archive, with what is wrong with it."""
    names: set[str] = set()
    for info in listed:
        budget.spend(0, 1)
        problems = [f"the entry {info.filename!a} stands twice"] if info.filename in names else []
        names.add(info.filename)
        start = _local_header(file, size, info, problems)
        if start is not None and not info.is_dir():
            yield _zip_entry(file, info, start, problems, budget)
        elif problems:
            yield Entry(info.filename, io.BytesIO(), 0, problems)


def _local_header(file: Seekable, size: int, info: zipfile.ZipInfo, problems: list[str]) -> int | None:
    """Return where an entry's bytes start, by its own header."""
    file.seek(info.header_offset)
    head = file.read(_LOCAL.size)
    if len(head) < _LOCAL.size or head[:4] != b"PK\x03\x04":
        problems.append(f"the entry {info.filename!a} has no header of its own")
        return None
    _, _, flags, method, _, _, _, _, _, name_length, extra_length = _LOCAL.unpack(head)
    name = file.read(name_length)
    told = info.orig_filename.encode("utf-8" if info.flag_bits & 0x800 else "cp437", "replace")
    if name != told:
        problems.append(f"the entry {info.filename!a} calls itself {name.decode('latin-1')!a}")
    if method != info.compress_type:
        problems.append(f"the entry {info.filename!a} is packed in two ways")
    if (flags | info.flag_bits) & _ENCRYPTED:
        problems.append(f"the entry {info.filename!a} is marked as encrypted or patched")
    start: int = info.header_offset + _LOCAL.size + name_length + extra_length
    if start + info.compress_size > size:
        problems.append(f"the entry {info.filename!a} reaches past the end")
        return None
    return start


def _zip_entry(file: Seekable, info: zipfile.ZipInfo, start: int, problems: list[str], budget: Budget) -> Entry:
    if info.compress_type == zipfile.ZIP_STORED:
        return Entry(info.filename, Window(file, start, info.compress_size), info.compress_size, problems)
    method = {zipfile.ZIP_DEFLATED: "deflate", zipfile.ZIP_BZIP2: "bz2"}.get(info.compress_type)
    if method is None:
        problems.append(f"the entry {info.filename!a} is packed by method {info.compress_type}")
        return Entry(info.filename, io.BytesIO(), 0, problems)
    file.seek(start)
    return Entry(info.filename, Unpacked(file, method, info.compress_size, budget), None, problems)


class Window:
    """A part of a file, as a file."""

    def __init__(self, file: Seekable, start: int, size: int) -> None:
        self._file, self._start, self._size, self._at = file, start, size, 0

    def tell(self) -> int:
        """Return the place in it."""
        return self._at

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go to a place in it."""
        base = (0, self._at, self._size)[whence]
        self._at = max(0, base + offset)
        return self._at

    def read(self, size: int = -1, /) -> bytes:
        """Return at most so many bytes, and all that is left for a negative number."""
        left = max(0, self._size - self._at)
        wanted = left if size < 0 else min(size, left)
        self._file.seek(self._start + self._at)
        data = self._file.read(wanted)
        self._at += len(data)
        return data


def read_tar(file: Seekable, budget: Budget) -> Iterator[Entry]:
    """Yield each file of an uncompressed tar archive; raise ArchiveError where it cannot be read."""
    try:
        with tarfile.open(fileobj=cast("IO[bytes]", file), mode="r:") as archive:
            for member in archive:
                budget.spend(0, 1)
                if member.isfile():
                    yield Entry(member.name, Window(file, member.offset_data, member.size), member.size, [])
                elif not member.isdir():
                    yield Entry(member.name, io.BytesIO(), 0, [f"the entry {member.name!a} is a link or a device"])
    except (tarfile.TarError, ValueError, OSError, EOFError) as error:
        raise ArchiveError(f"a tar archive that cannot be read: {error}") from error
