"""What stands for the objects that a pickle makes, and how the values that its opcodes carry are read.

Only what a scanner needs is kept of a value: short strings, sizes, and which global made what.
"""

import codecs
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from accord.errors import WeightsError
from accord.weights.stream import Stream

LONGEST_TEXT = 1 << 10
"""Bytes of a string that is kept: no name of a global is longer."""
_MOST_ITEMS = 64
"""Items of a container that are kept."""
_TEXT_LINE = 1 << 24
_LONGEST_DIGITS = 20
"""Digits of 2**64: no larger number means anything to a scanner."""
_LONGEST_NUMBER = 16
"""Bytes of a number that is kept: enough for torch's magic number and every size."""
_SIGNED = 4
"""Bytes of a length that is signed: those of protocols 1 and 2, of which none may be negative."""
_FLAGS = 7
"""Where the state of a dtype has its flags (numpy, arraydescr_reduce); bit 0 is NPY_ITEM_HASOBJECT."""
_INT = re.compile(rb"\s*[-+]?(0[xX][0-9a-fA-F]+|[0-9]+)\s*")
_LONG = re.compile(rb"\s*[-+]?[0-9]+(_[0-9]+)*L?\s*")
_DTYPE = re.compile(r"[<>|=]?([?bBiufcmMSaUVO])(\d{0,9})")


class PickleError(WeightsError):
    """Bytes that no unpickler could read to the end."""


class Opaque:
    """A value of which nothing is kept."""

    __slots__ = ()


class Items(Opaque):
    """A list or a set, of which nothing is kept."""

    __slots__ = ()


OPAQUE = Opaque()
ITEMS = Items()


@dataclass(frozen=True, slots=True)
class Global:
    """A name that the stream looks up."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


@dataclass(slots=True, eq=False)
class Made:
    """What a call of a global returned."""

    by: Global
    args: Any
    state: Any = None


class Dict(dict[str, Any]):
    """A dict that the stream fills, as far as it is small."""

    def fill(self, items: list[Any]) -> None:
        """Take keys and values in turns."""
        for key, value in zip(items[::2], items[1::2], strict=False):
            if isinstance(key, str) and len(self) < _MOST_ITEMS:
                self[key] = value


def few(items: list[Any]) -> tuple[Any, ...] | Opaque:
    """Return a tuple of items, or nothing of them where there are many."""
    return tuple(items) if len(items) <= _MOST_ITEMS else OPAQUE


def item_size(dtype: object) -> int | None:
    """Return the bytes of one item of a NumPy dtype, 0 for objects, or None where it cannot be told."""
    if not isinstance(dtype, Made) or dtype.by != Global("numpy", "dtype"):
        return None
    if not isinstance(dtype.args, tuple) or not dtype.args or not isinstance(dtype.args[0], str):
        return None
    found = _DTYPE.fullmatch(dtype.args[0])
    if not found:
        return None
    kind, digits = found[1], found[2]
    if kind == "O":
        return 0
    if kind == "V" and _may_hold_objects(dtype.state):
        return None
    size = 1 if kind in "?bB" and not digits else int(digits or 0) * (4 if kind == "U" else 1)
    return size or None


def read_number_line(stream: Stream) -> int:
    """Return the number of a memo, or -1 for one that is not written in plain digits."""
    line = stream.line(LONGEST_TEXT)
    if line is None or not _INT.fullmatch(line) or len(line) > _LONGEST_DIGITS:
        raise PickleError("no number")
    return int(line, 10) if line.strip().isdigit() else -1


def read_name_line(stream: Stream) -> str:
    """Return half of the name of a global."""
    line = stream.line(LONGEST_TEXT)
    if line is None:
        raise PickleError("an overlong name")
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        raise PickleError("a name that is not UTF-8") from error


def read_unsigned(stream: Stream, size: int) -> int:
    """Return a number of so many bytes, the smallest first."""
    return int.from_bytes(stream.take(size), "little")


def read_signed(stream: Stream, size: int) -> int:
    """Return a number of so many bytes; one of 4 may be negative."""
    return int.from_bytes(stream.take(size), "little", signed=size == _SIGNED)


def _int_line(stream: Stream) -> object:
    line = stream.line(LONGEST_TEXT)
    if line is None or not _INT.fullmatch(line):
        raise PickleError("no whole number")
    return _digits(line.strip())


def _long_line(stream: Stream) -> object:
    line = stream.line(_TEXT_LINE)
    if line is None or not _LONG.fullmatch(line):
        raise PickleError("no whole number")
    return _digits(line.strip().rstrip(b"L"))


def _digits(digits: bytes) -> object:
    return int(digits) if digits.isdigit() and len(digits) < _LONGEST_DIGITS else OPAQUE


def _float_line(stream: Stream) -> object:
    try:
        float(stream.line(LONGEST_TEXT) or b"")
    except ValueError as error:
        raise PickleError("no number") from error
    return OPAQUE


def _string_line(stream: Stream) -> object:
    quoted = (stream.line(_TEXT_LINE) or b"").strip()
    if not re.fullmatch(rb"(['\"]).*\1", quoted, re.DOTALL):
        raise PickleError("a string without quotes")
    try:
        text, _ = codecs.escape_decode(quoted[1:-1])  # what pickle itself uses
    except ValueError as error:
        raise PickleError("a string that cannot be decoded") from error
    return _short(text, "latin-1")


def _unicode_line(stream: Stream) -> object:
    line = stream.line(_TEXT_LINE)
    return OPAQUE if line is None else _short(line, "raw-unicode-escape")


def _string(stream: Stream, length: int, encoding: str | None) -> object:
    if length < 0:
        raise PickleError("a negative length")
    if encoding is None or length > LONGEST_TEXT:
        stream.skip(length)
        return OPAQUE
    return _short(stream.take(length), encoding)


def _string_1(stream: Stream, size: int) -> object:
    return _string(stream, read_signed(stream, size), "latin-1")


def _bytes(stream: Stream, size: int) -> object:
    return _string(stream, read_unsigned(stream, size), None)


def _unicode(stream: Stream, size: int) -> object:
    return _string(stream, read_unsigned(stream, size), "utf-8")


def _long(stream: Stream, size: int) -> object:
    length = read_signed(stream, size)
    if length < 0:
        raise PickleError("a negative length")
    if length <= _LONGEST_NUMBER:
        return int.from_bytes(stream.take(length), "little", signed=True)
    stream.skip(length)
    return OPAQUE


def _double(stream: Stream) -> object:
    stream.take(8)
    return OPAQUE


def _short(data: bytes, encoding: str) -> object:
    if len(data) > LONGEST_TEXT:
        return OPAQUE
    try:
        return data.decode(encoding, "surrogatepass" if encoding == "utf-8" else "strict")
    except UnicodeDecodeError as error:
        raise PickleError("a string that cannot be decoded") from error


def _may_hold_objects(state: object) -> bool:
    """Tell whether the state of a structured dtype says that there are objects inside, or says nothing."""
    flags = state[_FLAGS] if isinstance(state, tuple) and len(state) > _FLAGS else None
    return not isinstance(flags, int) or bool(flags & 1)


READERS: Mapping[int, Callable[[Stream], object]] = {
    ord("F"): _float_line,
    ord("G"): _double,
    ord("I"): _int_line,
    ord("J"): partial(read_signed, size=4),
    ord("K"): partial(read_unsigned, size=1),
    ord("L"): _long_line,
    ord("M"): partial(read_unsigned, size=2),
    ord("S"): _string_line,
    ord("T"): partial(_string_1, size=4),
    ord("U"): partial(_string_1, size=1),
    ord("V"): _unicode_line,
    ord("X"): partial(_unicode, size=4),
    ord("B"): partial(_bytes, size=4),
    ord("C"): partial(_bytes, size=1),
    0x8A: partial(_long, size=1),
    0x8B: partial(_long, size=4),
    0x8C: partial(_unicode, size=1),
    0x8D: partial(_unicode, size=8),
    0x8E: partial(_bytes, size=8),
    0x96: partial(_bytes, size=8),
}
"""What reads the value of each opcode that only brings one, by its byte (pickletools.opcodes)."""
