"""What is in a model's files, found without loading any of them: safe, suspicious, malformed or unreadable.

A file is judged by its bytes, and by its name only where the bytes are text. `safe` means that the whole of it was read
as a format that holds data alone, or as a pickle that names nothing but what is on the list. Whatever was not
understood is not safe.
"""

import ast
import contextlib
import json
import math
import re
import tempfile
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from accord.weights.archives import (
    ArchiveError,
    Budget,
    Readable,
    Seekable,
    Unpacked,
    Window,
    list_zip,
    read_tar,
    read_zip,
)
from accord.weights.headers import HeaderError, read_gguf, read_safetensors
from accord.weights.pickle_values import PickleError
from accord.weights.pickles import Unpickling
from accord.weights.stream import Stream, StreamError
from accord.weights.templates import find_template_dangers
from accord.weights.tree import IGNORED, list_files

_DEEPEST = 8
_LONGEST_TEXT = 1 << 26
_LONGEST_HEADER = 1 << 20
_TORCH_MAGIC = 0x1950A86A20F9469CFC6C
"""The number that a file of torch.save before 1.6 begins with: four pickles follow, then the bytes of the storages."""
_TORCH_PICKLES = 5
_SUMMARY = 20
_NEWLINE = ord("\n")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
_PICKLES = (".ckpt", ".joblib", ".pck", ".pickle", ".pkl", ".pt")
"""Names of pickles: what no first byte tells is read as one."""
_OFTEN_PICKLES = (".bin", ".dat", ".data", ".pth")
"""Names of pickles and of other files: as above, unless it is text."""
_CODE = {"auto_map", "custom_pipelines"}
"""Keys of a configuration that name code which a loader runs when it is told to trust it."""


class Verdict(StrEnum):
    """What is known of a file."""

    SAFE = "safe"
    SUSPICIOUS = "suspicious"
    MALFORMED = "malformed"
    UNREADABLE = "unreadable"


_ORDER = (Verdict.SUSPICIOUS, Verdict.MALFORMED, Verdict.UNREADABLE, Verdict.SAFE)


@dataclass
class FileScan:
    """What was found in one file: its format, and each reason why it is not safe, with its place."""

    name: str
    format: str = ""
    verdict: Verdict = Verdict.SAFE
    reasons: list[str] = field(default_factory=list)
    globals: set[str] = field(default_factory=set)
    """What its pickles name, whether or not it is on the list."""

    def note(self, verdict: Verdict, reason: str) -> None:
        """Keep a reason; the worst verdict stays."""
        self.verdict = min(self.verdict, verdict, key=_ORDER.index)
        if reason not in self.reasons and len(self.reasons) < 10 * _SUMMARY:
            self.reasons.append(reason)


def scan_files(model: Path) -> Iterator[tuple[Path, FileScan]]:
    """Yield each file of a model with its scan, in order; raise WeightsError where its folders cannot be listed.

    A link to a file stands for what it leads to, as it does for a loader.
    """
    for file in list_files(model, ignored=IGNORED, follow=True):
        yield file.path, scan_file(file.path, file.name if file.name != "." else file.path.name)


def scan_file(path: Path, name: str = "") -> FileScan:
    """Return the scan of a file; one that cannot be opened is unreadable."""
    found = FileScan(name or path.name)
    try:
        with path.open("rb") as file:
            _Scanner(found).scan(file, path.stat().st_size, path.name, "", 0)
    except OSError as error:
        found.note(Verdict.UNREADABLE, f"cannot be read: {error.strerror or type(error).__name__}")
    return found


class _Scanner:
    def __init__(self, found: FileScan) -> None:
        self._found = found
        self._budget = Budget()

    def scan(self, file: Seekable, size: int, name: str, where: str, depth: int) -> None:
        """Scan a seekable file: what is inside of others is named by `where`."""
        if depth > _DEEPEST:
            self._note(Verdict.UNREADABLE, where, f"archives in archives, over {_DEEPEST} deep")
            return
        head = file.read(512)
        file.seek(0)
        kind = _sniff(head)
        if not where:
            self._found.format = kind or "unknown"
        read = getattr(self, f"_{kind or 'other'}")
        with self._malformed(where):
            read(file, size, name, where, depth)
        if kind != "zip" and _ends_as_zip(file, size):
            self._note(Verdict.MALFORMED, where, "a zip archive is appended to it")
            with self._malformed(where):
                self._zip(file, size, name, where, depth)

    @contextlib.contextmanager
    def _malformed(self, where: str) -> Iterator[None]:
        try:
            yield
        except (PickleError, StreamError, HeaderError, ArchiveError) as error:
            self._note(Verdict.MALFORMED, where, str(error))
        except MemoryError:
            self._note(Verdict.MALFORMED, where, "too large for memory")

    def _note(self, verdict: Verdict, where: str, reason: str) -> None:
        self._found.note(verdict, f"{where}: {reason}" if where else reason)

    # Pickles

    def _pickle(self, file: Seekable, size: int, _name: str, where: str, _depth: int) -> None:
        stream = Stream(file, size, skip=lambda n: file.seek(n, 1))
        first = self._follow(stream, where, persistent=_is_torch(file, size))
        if first == _TORCH_MAGIC:
            for _ in range(_TORCH_PICKLES - 1):
                self._follow(stream, where, persistent=True)
            return  # what follows are the storages' bytes, which torch reads as numbers
        if size - stream.offset == 1 and stream.byte() == _NEWLINE:
            return  # an editor's or Python 2's, which no unpickler reads
        while not stream.at_end():
            self._note(Verdict.SUSPICIOUS, where, f"data after the end of the pickle, at byte {stream.offset}")
            self._follow(stream, where, persistent=False)

    def _follow(self, stream: Stream, where: str, *, persistent: bool) -> object:
        run = Unpickling(stream, persistent=persistent)
        try:
            run.follow()
        finally:
            # Also of one that breaks off: what stands before the break has run by then.
            self._found.globals |= run.globals
            for danger in run.dangers:
                self._note(Verdict.SUSPICIOUS, where, f"{ascii(danger.what)[1:-1]} at byte {danger.offset}")
        return run.result

    # Arrays of NumPy

    def _npy(self, file: Seekable, size: int, _name: str, where: str, _depth: int) -> None:
        major = file.read(8).ljust(8, b"\0")[6]
        width = 2 if major == 1 else 4
        length = int.from_bytes(file.read(width), "little")
        if major not in {1, 2, 3} or length > min(_LONGEST_HEADER, size):
            raise HeaderError(f"a header of version {major} and {length} bytes")
        header = _literal(file.read(length))
        if not isinstance(header, dict) or set(header) != {"descr", "fortran_order", "shape"}:
            raise HeaderError("a header without exactly descr, fortran_order and shape")
        items = _descr_size(header["descr"])
        start = 8 + width + length
        shape = header["shape"]
        if not isinstance(shape, tuple) or not all(type(n) is int and n >= 0 for n in shape):
            raise HeaderError(f"the shape {ascii(shape)[:80]}")
        if items == 0:
            rest = Window(file, start, size - start)
            self._pickle(rest, size - start, "", where, 0)
        elif start + math.prod(shape) * items != size:
            raise HeaderError(f"{size - start} bytes for an array of {math.prod(shape) * items}")

    # Archives

    def _zip(self, file: Seekable, size: int, _name: str, where: str, depth: int) -> None:
        listed = list_zip(file)
        entries = {info.filename for info in listed}
        roots = {n[: -len("data.pkl")] for n in entries if n.endswith("data.pkl")}
        keras = {"config.json", "metadata.json"} <= entries
        for entry in read_zip(file, size, listed, self._budget):
            place = f"{where}{'!' if where else ''}{ascii(entry.name)[1:-1]}"
            for problem in entry.problems:
                self._note(Verdict.MALFORMED, where, problem)
            if any(re.fullmatch(rf"{re.escape(root)}data/[^/]+", entry.name) for root in roots):
                continue  # the bytes of a tensor, which torch reads as numbers
            self._inside(entry.file, entry.size, entry.name, place, depth, torch=bool(roots))
        if not where:
            self._found.format = "torch" if roots else "keras" if keras else "zip"

    def _tar(self, file: Seekable, _size: int, _name: str, where: str, depth: int) -> None:
        for entry in read_tar(file, self._budget):
            place = f"{where}{'!' if where else ''}{ascii(entry.name)[1:-1]}"
            for problem in entry.problems:
                self._note(Verdict.MALFORMED, where, problem)
            self._inside(entry.file, entry.size, entry.name, place, depth)

    def _inside(
        self, file: Readable, size: int | None, name: str, where: str, depth: int, *, torch: bool = False
    ) -> None:
        if not isinstance(file, Window) or size is None:
            with _spool(file) as (held, length):
                self._inside(held, length, name, where, depth, torch=torch)
        elif torch and name.endswith(".pkl"):
            with self._malformed(where):
                self._follow(Stream(file, size), where, persistent=True)
        else:
            self.scan(file, size, name, where, depth + 1)

    def _gzip(self, file: Seekable, _size: int, name: str, where: str, depth: int) -> None:
        self._unpack("gzip", file, name, where, depth)

    def _bz2(self, file: Seekable, _size: int, name: str, where: str, depth: int) -> None:
        self._unpack("bz2", file, name, where, depth)

    def _lzma(self, file: Seekable, _size: int, name: str, where: str, depth: int) -> None:
        self._unpack("lzma", file, name, where, depth)

    def _unpack(self, method: str, file: Seekable, name: str, where: str, depth: int) -> None:
        unpacked = Unpacked(file, method, None, self._budget)
        with _spool(unpacked) as (held, length):
            self.scan(held, length, name, f"{where}{'!' if where else ''}{method}", depth + 1)

    # Formats that hold data alone

    def _gguf(self, file: Seekable, size: int, _name: str, where: str, _depth: int) -> None:
        for warning in read_gguf(file, size).warnings:
            self._note(Verdict.SUSPICIOUS, where, warning)

    def _safetensors(self, file: Seekable, size: int, _name: str, where: str, _depth: int) -> None:
        for warning in read_safetensors(file, size).warnings:
            self._note(Verdict.SUSPICIOUS, where, warning)

    def _hdf5(self, file: Seekable, size: int, _name: str, where: str, _depth: int) -> None:
        if size <= _LONGEST_TEXT and re.search(rb'"class_name":\s*"Lambda"', file.read()):
            self._note(Verdict.SUSPICIOUS, where, "a Keras Lambda layer, which is code")
        self._note(Verdict.UNREADABLE, where, "HDF5, which this scanner does not read")

    def _other(self, file: Seekable, size: int, name: str, where: str, _depth: int) -> None:
        if not size:
            return
        text = _text(file, size)
        if name.endswith(_PICKLES) or (text is None and name.endswith(_OFTEN_PICKLES)) or _runs(file, size):
            self._pickle(file, size, name, where, 0)
        elif text is None:
            self._note(Verdict.UNREADABLE, where, "not of a format that this scanner reads")
        else:
            self._text(text, name, where)
            self._found.format = self._found.format if where else "text"

    def _text(self, text: str, name: str, where: str) -> None:
        if text.lstrip()[:1] in {"{", "["} and (value := _json(text)) is not None:
            self._configuration(value, where)
        elif name.endswith(".jinja"):
            for danger in find_template_dangers(text):
                self._note(Verdict.SUSPICIOUS, where, danger)
        elif name.endswith(".py") or text.startswith("#!"):
            self._note(Verdict.SUSPICIOUS, where, "code, which a loader may run")

    def _configuration(self, value: object, where: str) -> None:
        for key, held in _members(value):
            if key in _CODE:
                self._note(Verdict.SUSPICIOUS, where, f"{key} names code that a loader may run")
            elif key == "class_name" and held == "Lambda":
                self._note(Verdict.SUSPICIOUS, where, "a Keras Lambda layer, which is code")
            elif key == "chat_template" and isinstance(held, str):
                for danger in find_template_dangers(held):
                    self._note(Verdict.SUSPICIOUS, where, danger)


def _sniff(head: bytes) -> str:
    """Return the format that the first bytes tell, or nothing."""
    starts = {
        b"PK\x03\x04": "zip", b"PK\x05\x06": "zip", b"GGUF": "gguf", b"\x93NUMPY": "npy", b"\x1f\x8b": "gzip",
        b"BZh": "bz2", b"\xfd7zXZ\0": "lzma", b"]\0\0": "lzma", b"\x89HDF\r\n\x1a\n": "hdf5", b"x\x01": "gzip",
        b"x\x5e": "gzip", b"x\x9c": "gzip", b"x\xda": "gzip",
    }  # fmt: skip
    for start, kind in starts.items():
        if head.startswith(start):
            return kind
    if head[257:262] == b"ustar":
        return "tar"
    if head[8:9] == b"{" and int.from_bytes(head[:8], "little") < 1 << 40:
        return "safetensors"
    # Protocols 2 to 5 begin with PROTO; the older ones with any opcode that makes a value.
    return "pickle" if head[:1] == b"\x80" else ""


def _runs(file: Seekable, size: int) -> bool:
    """Tell whether it calls something when it is read as a pickle of protocol 0 or 1, which no first byte tells."""
    run = Unpickling(Stream(file, size))
    with contextlib.suppress(PickleError, StreamError):
        run.follow()
    file.seek(0)
    return bool(run.calls and run.globals)


def _is_torch(file: Seekable, size: int) -> bool:
    at = file.tell()
    head = file.read(min(size, 16))
    file.seek(at)
    return head[2:3] == b"\x8a" and head[4:14] == _TORCH_MAGIC.to_bytes(10, "little")


def _ends_as_zip(file: Seekable, size: int) -> bool:
    file.seek(max(0, size - 65_557))  # the longest comment, and the record before it
    return b"PK\x05\x06" in file.read()


@contextlib.contextmanager
def _spool(file: Readable) -> Iterator[tuple[Window, int]]:
    """Unpack into a temporary file, of which the first part stays in memory."""
    with tempfile.SpooledTemporaryFile(max_size=1 << 24) as held:
        length = 0
        while piece := file.read(1 << 18):
            held.write(piece)
            length += len(piece)
        yield Window(held, 0, length), length


def _text(file: Seekable, size: int) -> str | None:
    if size > _LONGEST_TEXT:
        return None
    data = file.read()
    file.seek(0)
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    return None if _CONTROL.search(text) else text


def _json(text: str) -> object | None:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value


def _members(value: object) -> Iterator[tuple[str, object]]:
    waiting = [value]
    while waiting:
        held = waiting.pop()
        if isinstance(held, dict):
            yield from ((str(k), v) for k, v in held.items())
            waiting.extend(held.values())
        elif isinstance(held, list):
            waiting.extend(held)


def _literal(data: bytes) -> object:
    try:
        # Python 2 wrote the shape as (3L, 4L).
        return ast.literal_eval(re.sub(r"(?<=\d)L(?=[,)])", "", data.decode("latin-1").strip()))
    except (ValueError, SyntaxError, MemoryError, RecursionError, tokenize.TokenError) as error:
        raise HeaderError("a header that is no literal") from error


def _descr_size(descr: object) -> int:
    """Return the bytes of an item, or 0 where it holds objects, which NumPy writes as a pickle."""
    if isinstance(descr, str):
        found = re.fullmatch(r"[<>|=]?([?bBiufcmMSaUVO])(\d{0,9})(\[[^\]]*\])?", descr)
        if not found:
            raise HeaderError(f"the type {ascii(descr)[:80]}")
        return 0 if found[1] == "O" else int(found[2] or 1) * (4 if found[1] == "U" else 1)
    if not isinstance(descr, list):
        raise HeaderError(f"the type {ascii(descr)[:80]}")
    total = 0
    for part in descr:
        if not isinstance(part, tuple) or len(part) not in {2, 3}:
            raise HeaderError(f"the type {ascii(part)[:80]}")
        size = _descr_size(part[1])
        if size == 0:
            return 0
        shape = part[2] if len(part) > 2 else ()  # noqa: PLR2004 - name, type, shape
        total += size * math.prod(shape if isinstance(shape, tuple) else (shape,))
    return total
