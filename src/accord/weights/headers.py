"""Headers of weight files that hold data alone: safetensors and GGUF, read strictly, so that no two readers differ.

safetensors: https://huggingface.co/docs/safetensors (format). GGUF: ggml's docs/gguf.md, versions 2 and 3. Each
function raises HeaderError for what a lenient reader would take and another one understand differently: keys that
stand twice, tensors that overlap, leave holes or reach past the end, numbers that overflow. What is well-formed and yet
hostile to whoever shows or renders it is returned as warnings.
"""

import json
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from accord.errors import WeightsError
from accord.weights.archives import Seekable
from accord.weights.templates import find_template_dangers

_LARGEST_HEADER = 100_000_000
"""Bytes: the reference implementation of safetensors refuses longer ones too."""
_MOST_ENTRIES = 1_000_000
_LONGEST_STRING = 1 << 27
_LONGEST_KEY = 65_535
_LONGEST_TENSOR_NAME = 64
_MOST_DIMENSIONS = 4
_TOTAL = 1 << 60

_DTYPES = {
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8,
    "I16": 16, "U16": 16, "F16": 16, "BF16": 16, "I32": 32, "U32": 32, "F32": 32, "I64": 64, "U64": 64, "F64": 64,
    "C64": 64, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6,
}  # fmt: skip
"""Bits of an element (safetensors/src/tensor.rs)."""

_BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 36),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292), 16: (256, 66),
    17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82), 23: (256, 136),
    24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2), 34: (256, 54),
    35: (256, 66), 39: (32, 17),
}  # fmt: skip
"""Elements and bytes of a block by ggml type (ggml.c, type_traits; 4 and 5, 31 to 33 and 36 to 38 are withdrawn)."""

_SCALARS = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
_STRING, _ARRAY, _BOOL = 8, 9, 7
_KEY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\- ]*")
_MARKUP = re.compile(r"<\s*(script|iframe|img|svg|object|embed|style|link|meta|form|a)\b|javascript:", re.IGNORECASE)
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class HeaderError(WeightsError):
    """A header that is not what its format says."""


@dataclass
class Header:
    """What a header declares."""

    tensors: int = 0
    metadata: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def read_safetensors(file: Seekable, size: int) -> Header:
    """Read the header of a safetensors file of `size` bytes; raise HeaderError."""
    head = file.read(8)
    length = int.from_bytes(head, "little")
    if len(head) < 8 or length > min(_LARGEST_HEADER, size - 8):  # noqa: PLR2004 - the length's own bytes
        raise HeaderError(f"a header of {length} bytes in a file of {size}")
    text = file.read(length)
    if text[:1] != b"{":
        raise HeaderError("a header that does not start with {")
    try:
        header = json.loads(text.decode(), object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise HeaderError(f"a header that is not JSON: {error}") from error
    if not isinstance(header, dict):
        raise HeaderError("a header that is no object")
    found = Header()
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        raise HeaderError("metadata that are not text by name")
    found.metadata = metadata
    found.warnings = list(_warn(metadata.items()))
    spans = sorted(_span(name, tensor, size - 8 - length) for name, tensor in header.items())
    found.tensors = len(spans)
    end = 0
    for low, high, name in spans:
        if low != end:
            raise HeaderError(f"{'an overlap' if low < end else 'a hole'} before the tensor {name!a}")
        end = high
    if end != size - 8 - length:
        raise HeaderError(f"{size - 8 - length - end} bytes after the last tensor")
    return found


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise HeaderError("a key that stands twice")
    return made


def _no_constant(name: str) -> None:
    raise HeaderError(f"the number {name}")


def _span(name: str, tensor: object, room: int) -> tuple[int, int, str]:
    if not isinstance(tensor, dict) or set(tensor) != {"dtype", "shape", "data_offsets"}:
        raise HeaderError(f"the tensor {name!a} without exactly dtype, shape and data_offsets")
    bits, shape, offsets = _DTYPES.get(str(tensor["dtype"])), tensor["shape"], tensor["data_offsets"]
    if bits is None:
        raise HeaderError(f"the dtype {tensor['dtype']!a} of the tensor {name!a}")
    if not _are_sizes(shape) or not _are_sizes(offsets) or len(offsets) != 2:  # noqa: PLR2004 - begin and end
        raise HeaderError(f"the shape or the offsets of the tensor {name!a}")
    low, high = offsets
    if not low <= high <= room or (high - low) * 8 != math.prod(shape) * bits:
        raise HeaderError(f"the tensor {name!a} from {low} to {high}, which is not the size of its shape")
    return low, high, name


def _are_sizes(values: object) -> bool:
    return isinstance(values, list) and all(type(v) is int and 0 <= v < _TOTAL for v in values)


def read_gguf(file: Seekable, size: int) -> Header:
    """Read the header of a GGUF file of `size` bytes; raise HeaderError."""
    return _Gguf(file, size).read()


class _Gguf:
    def __init__(self, file: Seekable, size: int) -> None:
        self._file = file
        self._size = size

    def read(self) -> Header:
        if self._take(4) != b"GGUF":
            raise HeaderError("a file that does not start with GGUF")
        version = self._number(4)
        if version not in {2, 3}:
            raise HeaderError(f"GGUF version {version}")
        tensors, entries = self._number(8), self._number(8)
        if tensors > _MOST_ENTRIES or entries > _MOST_ENTRIES:
            raise HeaderError(f"{tensors} tensors and {entries} entries of metadata")
        found = Header(tensors=tensors)
        texts: list[tuple[str, str]] = []
        for _ in range(entries):
            key = self._string(_LONGEST_KEY)
            if key in found.metadata or not _KEY.fullmatch(key):
                raise HeaderError(f"the key {key!a}, which stands twice or is none")
            value = self._value(self._number(4))
            found.metadata[key] = value
            if isinstance(value, str):
                texts.append((key, value))
        found.warnings = list(_warn(texts))
        alignment = found.metadata.get("general.alignment", 32)
        if type(alignment) is not int or alignment < 8 or alignment % 8 or alignment > 1 << 20:  # noqa: PLR2004 - docs/gguf.md
            raise HeaderError(f"the alignment {alignment!a}")
        self._tensors(tensors, alignment)
        return found

    def _tensors(self, count: int, alignment: int) -> None:
        names: set[str] = set()
        spans: list[tuple[int, int, str]] = []
        for _ in range(count):
            name = self._string(_LONGEST_TENSOR_NAME)
            if name in names or not name.isprintable():
                raise HeaderError(f"the tensor {name!a}, which stands twice or has no name to show")
            names.add(name)
            spans.append(self._tensor(name, alignment))
        start = _round_up(self._file.tell(), alignment)
        end = 0
        for low, high, name in sorted(spans):
            if low != end:
                raise HeaderError(f"{'an overlap' if low < end else 'a hole'} before the tensor {name!a}")
            end = _round_up(high, alignment)
        last = max((high for _, high, _ in spans), default=0)
        # The last tensor's padding may be left out; nothing may stand behind it.
        if count and not start + last <= self._size <= start + end:
            raise HeaderError(f"tensors that end at byte {start + last} of a file of {self._size}")

    def _tensor(self, name: str, alignment: int) -> tuple[int, int, str]:
        dimensions = self._number(4)
        if dimensions > _MOST_DIMENSIONS:
            raise HeaderError(f"the tensor {name!a} of {dimensions} dimensions")
        shape = [self._number(8) for _ in range(dimensions)]
        kind, offset = self._number(4), self._number(8)
        elements = math.prod(shape)
        if kind not in _BLOCKS:
            raise HeaderError(f"the type {kind} of the tensor {name!a}")
        block, width = _BLOCKS[kind]
        if not 0 < elements < _TOTAL or (shape and shape[0] % block):
            raise HeaderError(f"the shape {shape} of the tensor {name!a}")
        if offset % alignment or offset > self._size:
            raise HeaderError(f"the offset {offset} of the tensor {name!a}")
        return offset, offset + elements // block * width, name

    def _value(self, kind: int, *, inside: bool = False) -> object:
        if kind == _STRING:
            return self._string(_LONGEST_STRING)
        if kind == _ARRAY and not inside:
            return self._array()
        if kind not in _SCALARS:
            raise HeaderError(f"a value of the type {kind}")
        data = self._take(_SCALARS[kind])
        if kind == _BOOL and data not in {b"\0", b"\1"}:
            raise HeaderError("a truth value that is neither 0 nor 1")
        return int.from_bytes(data, "little")

    def _array(self) -> int:
        """Step over an array, and return its length: vocabularies have hundreds of thousands of entries."""
        kind, count = self._number(4), self._number(8)
        if kind == _STRING:
            for _ in range(self._fitting(count, 8)):
                self._skip(self._number(8))
        elif kind in _SCALARS:
            self._skip(self._fitting(count, _SCALARS[kind]) * _SCALARS[kind])
        else:
            raise HeaderError(f"an array of the type {kind}")
        return count

    def _fitting(self, count: int, width: int) -> int:
        if count * width > self._size:
            raise HeaderError(f"an array of {count} in a file of {self._size} bytes")
        return count

    def _string(self, longest: int) -> str:
        length = self._number(8)
        if length > min(longest, self._size):
            raise HeaderError(f"a text of {length} bytes")
        try:
            return self._take(length).decode()
        except UnicodeDecodeError as error:
            raise HeaderError("a text that is not UTF-8") from error

    def _number(self, width: int) -> int:
        return int.from_bytes(self._take(width), "little")

    def _skip(self, count: int) -> None:
        if count > self._size - self._file.tell():
            raise HeaderError("a header that ends too early")
        self._file.seek(count, 1)

    def _take(self, count: int) -> bytes:
        data = self._file.read(count)
        if len(data) < count:
            raise HeaderError("a header that ends too early")
        return data


def _round_up(value: int, step: int) -> int:
    return -(-value // step) * step


def _warn(texts: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, text in texts:
        if _UNSEEN.search(text) or _UNSEEN.search(name):
            yield f"control characters in {ascii(name)[:80]}"
        if "chat_template" in name:
            yield from find_template_dangers(text)
        elif _MARKUP.search(text):
            yield f"markup in {ascii(name)[:80]}"
