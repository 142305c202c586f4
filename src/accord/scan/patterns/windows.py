"""The parts of texts around some places, laid out with a byte between, and the way back."""

from collections.abc import Iterator

import numpy as np

from accord.scan.patterns.automaton import Places
from accord.scan.patterns.superset import APART

_BETWEEN = bytes([APART])


class Windows:
    """So many bytes before and after each place, as far as its text goes; those that touch are one."""

    def __init__(self, places: Places, wide: int, offsets: Places) -> None:
        """Lay out parts of the texts that lie from each offset to the next; a place is behind a byte of its text."""
        rows = np.searchsorted(offsets, places - 1, side="right") - 1
        lows, highs = np.maximum(places - wide, offsets[rows]), np.minimum(places + wide, offsets[rows + 1])
        apart = (lows[1:] > highs[:-1]) | (rows[1:] != rows[:-1])
        some = np.full(min(len(places), 1), fill_value=True)
        self._lows = lows[np.concatenate([some, apart])]
        self._highs = highs[np.concatenate([apart, some])]
        self._starts = np.concatenate([[1], 1 + np.cumsum(self._highs - self._lows + 1)])

    @property
    def size(self) -> int:
        """How many bytes they hold, with those before, between and after them."""
        return int(self._starts[-1])

    def gather(self, data: memoryview) -> memoryview:
        """Return them, with a byte before each and one after the last."""
        parts = (data[low:high] for low, high in zip(self._lows.tolist(), self._highs.tolist(), strict=True))
        return memoryview(_BETWEEN.join([b"", *parts, b""]) or _BETWEEN)

    def place(self, found: Places) -> Places:
        """Return where in the buffer a part ends that ends there in the windows; one byte behind may belong to it."""
        numbers = np.searchsorted(self._starts, found - 1, side="right") - 1
        places: Places = found - self._starts[numbers] + self._lows[numbers]
        return places

    def original(self, low: int, high: int) -> Iterator[tuple[int, int]]:
        """Yield the stretches of the buffer that a stretch of the windows is made of."""
        first, last = np.searchsorted(self._starts, [max(low, 1), high - 1], side="right") - 1
        for number in range(int(first), min(int(last) + 1, len(self._lows))):
            start, begin, end = (int(held[number]) for held in (self._starts, self._lows, self._highs))
            yield max(low - start, 0) + begin, min(high - start + begin, end)
