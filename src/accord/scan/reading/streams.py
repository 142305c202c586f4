"""Bytes of files, plain and compressed, local and remote, in chunks of bounded size."""

import lzma
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
from pyarrow import fs

from accord.scan.reading.limits import CHUNK, too_much
from accord.scan.reading.tally import BROKEN, NO_FILE, TOO_MUCH, UnreadableError

CODECS = {".gz": "gzip", ".zst": "zstd", ".bz2": "bz2", ".xz": "xz"}
"""How a file is compressed, by the last part of its name."""

_XZ_MEMORY = 256 << 20
_PACKED_CHUNK = 64 << 10  # of a stream that is cut off, less than this is lost before the cut


def is_remote(place: str) -> bool:
    """Tell whether a place is a URI, such as s3://bucket/folder, and no path of this machine."""
    return "://" in place


def open_file(place: str) -> Any:  # noqa: ANN401 - pyarrow has no types
    """Open a regular file for reading, by path or URI; UnreadableError where there is none."""
    try:
        if is_remote(place):
            system, path = fs.FileSystem.from_uri(place)
            return system.open_input_file(path)
        if not stat.S_ISREG(Path(place).stat().st_mode):  # a pipe would wait for ever
            raise UnreadableError(NO_FILE)
        return pa.OSFile(place)
    except (OSError, pa.ArrowInvalid) as error:
        raise UnreadableError(NO_FILE) from error


def read_chunks(file: BinaryIO, codec: str = "", size: int = 0) -> Iterator[bytes]:
    """Yield what a file of `size` bytes holds, unpacked, a chunk at a time.

    Raises UnreadableError where it is damaged, or unpacks to more than is allowed; what came before was yielded.
    """
    total = 0
    try:
        for chunk in _unpack(file, codec):
            total += len(chunk)
            if codec and too_much(size, total):
                raise UnreadableError(TOO_MUCH)
            yield chunk
    except (OSError, EOFError, pa.ArrowException, lzma.LZMAError, MemoryError) as error:
        raise UnreadableError(BROKEN) from error


def _unpack(file: BinaryIO, codec: str) -> Iterator[bytes]:
    if codec == "xz":
        yield from _unpack_xz(file)
        return
    stream = pa.CompressedInputStream(file, codec) if codec else file
    while chunk := stream.read(_PACKED_CHUNK if codec else CHUNK):
        yield chunk


def _unpack_xz(file: BinaryIO) -> Iterator[bytes]:
    """Unpack one stream after another; the memory that one may ask for is bounded, which lzma.open cannot do."""
    engine, fresh = _xz(), True
    while packed := file.read(CHUNK):
        while packed:
            chunk = engine.decompress(packed, CHUNK)
            fresh, packed = False, b""
            while chunk or not (engine.eof or engine.needs_input):
                yield chunk
                chunk = b"" if engine.eof or engine.needs_input else engine.decompress(b"", CHUNK)
            if engine.eof:
                packed = engine.unused_data.lstrip(b"\0")  # streams are padded with zeros
                engine, fresh = _xz(), True
    if not fresh:
        raise EOFError


def _xz() -> lzma.LZMADecompressor:
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)
