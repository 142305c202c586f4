"""Bytes that are read once, from front to back, and of which only a window is held in memory."""

import re
from collections.abc import Callable
from typing import Protocol

from accord.errors import WeightsError

_WINDOW = 1 << 18


class StreamError(WeightsError):
    """A stream that ended too early, or that gave more than it may."""


class Reads(Protocol):
    """What a stream is read from."""

    def read(self, size: int, /) -> bytes:
        """Return at most so many bytes, and none at the end."""


class Stream:
    """A window over what a file or a decompressor gives; `size` where the whole is known to have so many bytes."""

    def __init__(self, source: Reads, size: int | None = None, skip: Callable[[int], object] | None = None) -> None:
        self._source = source
        self._size = size
        self._jump = skip
        self._window = b""
        self._at = 0
        self._before = 0
        """Bytes before the window."""

    @property
    def offset(self) -> int:
        """How many bytes were read."""
        return self._before + self._at

    def byte(self) -> int:
        """Return the next byte; StreamError at the end."""
        if self._at >= len(self._window):
            self._fill(1)
        value = self._window[self._at]
        self._at += 1
        return value

    def take(self, count: int) -> bytes:
        """Return the next bytes; StreamError where there are fewer."""
        end = self._at + count
        if end > len(self._window):
            self._fill(count)
            end = self._at + count
        data = self._window[self._at : end]
        self._at = end
        return data

    def run(self, pattern: tuple[re.Pattern[bytes], re.Pattern[bytes]], end: int) -> int:
        """Step over what is in the window of a run that began with the last byte, and return how many items it had.

        The first pattern matches the run and the second an item; nothing at or past the offset `end` is taken, where
        that is not 0.
        """
        start = self._at - 1
        limit = min(len(self._window), end - self._before) if end else len(self._window)
        found = pattern[0].match(self._window, start, limit)
        if found is None:
            return 0
        self._at = found.end()
        return len(pattern[1].findall(self._window, start, self._at))

    def skip(self, count: int) -> None:
        """Step over bytes; StreamError where there are fewer."""
        if not self.has(count):
            raise self._short(count)
        here = len(self._window) - self._at
        if count <= here:
            self._at += count
            return
        left = count - here
        self._before += len(self._window)
        self._window, self._at = b"", 0
        if self._jump and self._size is not None:
            self._jump(left)
            self._before += left
            return
        while left:
            piece = self._source.read(min(left, _WINDOW))
            if not piece:
                raise self._short(left)
            self._before += len(piece)
            left -= len(piece)

    def line(self, limit: int) -> bytes | None:
        """Return what stands before the next newline, and step over both; None, once read, for a longer one."""
        parts, length = [], 0
        while True:
            end = self._window.find(b"\n", self._at)
            piece = self._window[self._at : end if end >= 0 else len(self._window)]
            length += len(piece)
            if length <= limit:
                parts.append(piece)
            if end >= 0:
                self._at = end + 1
                return b"".join(parts) if length <= limit else None
            self._at = len(self._window)
            self._fill(1)

    def has(self, count: int) -> bool:
        """Tell whether there may be so many bytes: false only where the size says that there are fewer."""
        return self._size is None or self.offset + count <= self._size

    def at_end(self) -> bool:
        """Tell whether every byte was read."""
        if self._at < len(self._window):
            return False
        piece = self._source.read(_WINDOW)
        self._before += len(self._window)
        self._window, self._at = piece, 0
        return not piece

    def _fill(self, count: int) -> None:
        """Have so many bytes in the window from here on."""
        if not self.has(count):
            raise self._short(count)
        rest = self._window[self._at :]
        parts, length = [rest], len(rest)
        self._before += self._at
        while length < count:
            piece = self._source.read(max(_WINDOW, count - length))
            if not piece:
                self._window, self._at = b"".join(parts), 0
                raise self._short(count)
            parts.append(piece)
            length += len(piece)
        self._window, self._at = b"".join(parts), 0

    def _short(self, count: int) -> StreamError:
        return StreamError(f"{count} bytes were to follow at byte {self.offset}, and the data ended before")
