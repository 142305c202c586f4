"""Many expressions as one automaton, which reads a buffer once: the one door to Vectorscan's engine."""

from array import array
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.metadata import version
from itertools import pairwise
from threading import Lock, local
from typing import Any

import numpy as np
import numpy.typing as npt

from accord.errors import ScanError

Places = npt.NDArray[np.int64]
"""Places in a buffer, in order."""
Stretches = Sequence[tuple[int, int]]
"""From which byte to which, in order."""

_CHUNK = 1 << 22
"""How many bytes are read at a time: what is reported of them must fit in memory."""
_SMALLEST = 1 << 14
"""A stretch of at most so many bytes is given up whole."""
_ALWAYS = 1 << 10
"""So many reports are read whatever the length."""
_PLACE = 40
"""A report is one integer: the expression's number above so many bits, and the place below them."""


@cache
def engine() -> str:
    """Return which engine reads, and its version; empty where none is installed."""
    try:
        import hyperscan  # noqa: F401, PLC0415 - is it there, and does it load on this processor?
    except ImportError:
        return ""
    return f"hyperscan {version('hyperscan')}"


class Automaton:
    """Expressions over bytes, and where they match."""

    def __init__(self, expressions: Sequence[bytes], overlap: int, most: float) -> None:
        """Keep expressions, how long a match of one may be, and how many reports a byte are worth reading."""
        self._expressions = tuple(expressions)
        self._overlap = overlap
        self._most = most
        self._stored = b""

    def __getstate__(self) -> dict[str, object]:
        """Take along what is compiled, so that other processes need not compile it again."""
        stored = _store(_compile(self._expressions)) if engine() else b""
        return {**self.__dict__, "_stored": stored}

    def scan(self, data: memoryview, low: int, high: int) -> tuple[list[Places], Stretches]:
        """Return, for each expression, after which bytes from `low` to `high` it matches, in order.

        And the stretches that were given up because nearly every place matched something: look at them another way.
        """
        dense: list[tuple[int, int]] = []
        reports = [np.empty(0, np.int64)]
        for start in range(low, high, _CHUNK):
            reports.extend(self._scan(data, low, start, min(start + _CHUNK, high), dense))
        found = np.sort(np.concatenate(reports), kind="stable")
        borders = np.searchsorted(found, np.arange(len(self._expressions) + 1, dtype=np.int64) << _PLACE)
        places = found & ((1 << _PLACE) - 1)
        return [places[a:b] for a, b in pairwise(borders.tolist())], dense

    def _scan(self, data: memoryview, low: int, start: int, end: int, dense: list[tuple[int, int]]) -> Iterator[Places]:
        """Yield reports on a stretch and a little before it; split it, or give it up, where there are too many."""
        before = min(self._overlap, start - low)
        most = _ALWAYS + int((end - start + before) * self._most)
        reports = _read(self._expressions, self._stored, data[start - before : end], most)
        if reports is not None:
            yield reports[reports & ((1 << _PLACE) - 1) > before] + (start - before)
        elif end - start <= _SMALLEST:
            dense.append((start, end))
        else:
            middle = (start + end) // 2
            yield from self._scan(data, low, start, middle, dense)
            yield from self._scan(data, low, middle, end, dense)


def _read(expressions: tuple[bytes, ...], stored: bytes, data: memoryview, most: int) -> Places | None:
    """Return where expressions match, or nothing where that is in more places than asked for."""
    import hyperscan  # noqa: PLC0415 - loads an engine

    reports = array("q")
    append = reports.append

    def note(number: int, _start: int, end: int, _flags: int, _context: object) -> bool:
        append(number << _PLACE | end)
        return len(reports) > most

    database = _compile(expressions, stored)
    try:
        database.scan(data, note, scratch=_scratch(expressions, database))
    except hyperscan.ScanTerminated:
        return None
    return np.frombuffer(reports, np.int64) if reports else np.empty(0, np.int64)


_compiled: dict[tuple[bytes, ...], Any] = {}
_compiling = Lock()


def _compile(expressions: tuple[bytes, ...], stored: bytes = b"") -> Any:  # noqa: ANN401 - published without types
    """Return the automaton of expressions, made once in this process, from a stored one where that fits."""
    with _compiling:
        if expressions not in _compiled:
            _compiled[expressions] = _restore(stored) or _make(expressions)
        return _compiled[expressions]


def _make(expressions: tuple[bytes, ...]) -> Any:  # noqa: ANN401 - as above
    import hyperscan  # noqa: PLC0415 - as above

    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    numbers = list(range(len(expressions)))
    try:
        database.compile(expressions=list(expressions), ids=numbers, elements=len(numbers), flags=[0] * len(numbers))
    except hyperscan.HyperscanError as error:
        raise ScanError("The patterns cannot be compiled together.", found=str(error)) from error
    return database


def _store(database: Any) -> bytes:  # noqa: ANN401 - as above
    import hyperscan  # noqa: PLC0415 - as above

    stored: bytes = hyperscan.dumpb(database)
    return stored


def _restore(stored: bytes) -> Any:  # noqa: ANN401 - as above
    """Return the automaton that was stored; none where another kind of processor or another version stored it."""
    import hyperscan  # noqa: PLC0415 - as above

    try:
        return hyperscan.loadb(stored, mode=hyperscan.HS_MODE_BLOCK) if stored else None
    except hyperscan.HyperscanError:
        return None


_held = local()


def _scratch(expressions: tuple[bytes, ...], database: Any) -> Any:  # noqa: ANN401 - as above
    """Return this thread's own room to work in."""
    import hyperscan  # noqa: PLC0415 - as above

    rooms = _held.__dict__.setdefault("rooms", {})
    if expressions not in rooms:
        rooms[expressions] = hyperscan.Scratch(database)
    return rooms[expressions]
