"""Samples in Inspect's `.eval` logs, which are zip archives of JSON."""

import io
import struct
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO
from zipfile import BadZipFile, ZipFile, ZipInfo

import pyarrow as pa

from accord.scan.reading.limits import CHUNK, LONGEST, too_much
from accord.scan.reading.rows import Row, parse_line
from accord.scan.reading.tally import BROKEN, TOO_LONG, TOO_MUCH, UnreadableError

_ATTACHED = "attachment://"
_LOCAL = 30  # bytes of the header before a member, without its name
_STORED, _DEFLATED, _ZSTD = 0, 8, 93


def eval_rows(file: BinaryIO) -> Iterator[tuple[int, Row]]:
    """Yield one row for each sample of a log, in the order of their names."""
    try:
        with ZipFile(file) as archive:
            members = sorted(
                (m for m in archive.infolist() if m.filename.startswith("samples/") and m.filename.endswith(".json")),
                key=lambda m: m.filename,
            )
    except (BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise UnreadableError(BROKEN) from error
    file.seek(0, io.SEEK_END)
    size, total = file.tell(), 0
    for number, member in enumerate(members):
        data = _data(file, member)
        total += len(data) if isinstance(data, bytes) else 0
        if too_much(size, total):  # members can share their bytes
            raise UnreadableError(TOO_MUCH)
        row = data if isinstance(data, str) else parse_line(data) or BROKEN
        yield number, row if isinstance(row, str) else _attach(row)


def _data(file: BinaryIO, member: ZipInfo) -> bytes | str:
    """Return a member's bytes, or why they cannot be read."""
    try:
        return b"".join(_unpack(file, member))
    except UnreadableError as error:
        return error.reason
    except (OSError, EOFError, zlib.error, struct.error, pa.ArrowException):
        return BROKEN


def _unpack(file: BinaryIO, member: ZipInfo) -> Iterator[bytes]:
    """Yield a member's bytes; what the archive says of its length is not believed, nor is more held than the limit."""
    total = 0
    for chunk in _chunks(file, member):
        total += len(chunk)
        if total > LONGEST:
            raise UnreadableError(TOO_LONG)
        yield chunk


def _chunks(file: BinaryIO, member: ZipInfo) -> Iterator[bytes]:
    file.seek(member.header_offset)
    name, extra = struct.unpack("<HH", file.read(_LOCAL)[-4:])
    file.seek(name + extra, 1)
    if member.compress_size > LONGEST:
        raise UnreadableError(TOO_LONG)
    packed = file.read(member.compress_size)
    if member.compress_type == _STORED:
        yield packed
    elif member.compress_type == _DEFLATED:
        engine = zlib.decompressobj(-zlib.MAX_WBITS)
        while packed and not engine.eof:
            yield engine.decompress(packed, CHUNK)
            packed = engine.unconsumed_tail
        if not engine.eof:
            raise EOFError
    elif member.compress_type == _ZSTD:
        stream = pa.CompressedInputStream(pa.BufferReader(packed), "zstd")
        while chunk := stream.read(CHUNK):
            yield chunk
    else:
        raise UnreadableError(BROKEN)


def _attach(sample: Mapping[str, Any]) -> dict[str, Any]:
    """Put long texts back where they were said: a log keeps them apart, once each."""
    held = sample.get("attachments")
    attachments = held if isinstance(held, dict) else {}
    output = sample.get("output")
    return {
        "messages": _resolve(sample.get("messages") or sample.get("input"), attachments),
        "time": sample.get("started_at"),
        "conversation_id": sample.get("uuid"),
        "model": output.get("model") if isinstance(output, dict) else None,
    }


def _resolve(value: Any, attachments: dict[str, Any], deep: int = 0) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, str) and value.startswith(_ATTACHED):
        return attachments.get(value.removeprefix(_ATTACHED), value)
    if isinstance(value, dict) and deep < 24:  # noqa: PLR2004 - what is deeper is refused further on
        return {name: _resolve(inner, attachments, deep + 1) for name, inner in value.items()}
    if isinstance(value, list):
        return [_resolve(inner, attachments, deep + 1) for inner in value]
    return value
