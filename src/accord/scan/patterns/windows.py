"""The parts of a buffer around some places, laid end to end, and the way back."""

from collections.abc import Iterator

import numpy as np

from accord.scan.patterns.automaton import Places


class Windows:
    """So many bytes before and after each place, as far as the buffer goes; those that touch are one."""

    def __init__(self, places: Places, wide: int, low: int, high: int) -> None:
        lows, highs = np.maximum(places - wide, low), np.minimum(places + wide, high)
        apart = lows[1:] > highs[:-1]
        some = np.full(min(len(places), 1), fill_value=True)
        self._lows = lows[np.concatenate([some, apart])]
        highs = highs[np.concatenate([apart, some])]
        self._starts = np.concatenate([[0], np.cumsum(highs - self._lows)])

    @property
    def size(self) -> int:
        """How many bytes they hold."""
        return int(self._starts[-1])

    def gather(self, data: memoryview) -> memoryview:
        """Return them, end to end."""
        sizes = np.diff(self._starts).tolist()
        parts = (data[low : low + size] for low, size in zip(self._lows.tolist(), sizes, strict=True))
        return memoryview(b"".join(parts))

    def place(self, found: Places) -> Places:
        """Return where in the buffer a part ends that ends there in the windows."""
        numbers = np.searchsorted(self._starts, found - 1, side="right") - 1
        places: Places = found - self._starts[numbers] + self._lows[numbers]
        return places

    def original(self, low: int, high: int) -> Iterator[tuple[int, int]]:
        """Yield the stretches of the buffer that a stretch of the windows is made of."""
        first, last = np.searchsorted(self._starts, [low, high - 1], side="right") - 1
        for number in range(int(first), int(last) + 1):
            start, shift = int(self._starts[number]), int(self._lows[number] - self._starts[number])
            yield max(low, start) + shift, min(high, int(self._starts[number + 1])) + shift
