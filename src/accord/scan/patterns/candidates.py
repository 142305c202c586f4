"""Where matches may begin: from what an automaton reports to stretches of texts, for all patterns at once."""

from collections.abc import Iterator, Sequence
from operator import itemgetter

import numpy as np

from accord.scan.patterns.automaton import Places, Stretches
from accord.scan.patterns.superset import Superset

Stretch = tuple[int, int, int, int]
"""For which pattern and in which text a match may begin, from which place in the buffer and up to which."""

_NEAR = 32
"""How many bytes are looked at for one that no match holds: matches seldom begin farther from where they end."""


class Candidates:
    """What the reports of patterns' supersets mean, as tables with a row for each pattern."""

    def __init__(self, supersets: Sequence[Superset]) -> None:
        self._back = np.array([superset.back for superset in supersets], np.int64)
        self._least = np.array([superset.least for superset in supersets], np.int64)
        holds = [[byte in superset.holds for byte in range(256)] for superset in supersets]
        self._strange = ~np.array(holds, np.bool_).reshape(-1, 256)

    def stretches(
        self, found: Sequence[tuple[int, Places]], dense: Stretches, data: memoryview, offsets: Places
    ) -> Iterator[Stretch]:
        """Yield the stretches in order, pattern by pattern, for the places found of each pattern.

        `dense` are the stretches of the buffer where a match of any pattern may begin anywhere.
        """
        found = sorted(found, key=itemgetter(0))
        numbers = np.repeat([number for number, _ in found], [len(places) for _, places in found]).astype(np.int64)
        places = np.concatenate([np.empty(0, np.int64), *(places for _, places in found)])
        begins, stops = self._begins(numbers, places, data), places - self._least[numbers] + 1
        if dense:
            numbers, begins, stops = self._with_dense(numbers, begins, stops, [n for n, _ in found], dense, offsets)
        return _joined(numbers, begins, stops, offsets)

    def _begins(self, numbers: Places, places: Places, data: memoryview) -> Places:
        """Return where a match begins at the earliest: behind the last byte that its pattern does not hold."""
        back, latest = self._back[numbers], places - self._least[numbers]
        begins = places - back
        octets = np.frombuffer(data, np.uint8)
        left = np.flatnonzero(begins < latest)
        for near in range(1, _NEAR):
            before = latest[left] - near
            strange = (before < 0) | self._strange[numbers[left], octets[before]]
            begins[left[strange]] = before[strange] + 1
            left = left[~strange & (before > begins[left])]
            if not len(left):
                break
        return begins

    def _with_dense(
        self,
        numbers: Places,
        begins: Places,
        stops: Places,
        members: Sequence[int],
        dense: Stretches,
        offsets: Places,
    ) -> tuple[Places, Places, Places]:
        """Return the beginnings with those that any byte of the dense stretches may be."""
        parts = [(n, *_by_text(low - int(self._back[n]), high, offsets)) for n in members for low, high in dense]
        numbers = np.concatenate([numbers, *(np.full(len(lows), n) for n, lows, _ in parts)])
        begins = np.concatenate([begins, *(lows for _, lows, _ in parts)])
        stops = np.concatenate([stops, *(highs for _, _, highs in parts)])
        order = np.lexsort((stops, numbers))
        order = order[begins[order] < stops[order]]  # an empty text has no stretch
        return numbers[order], begins[order], stops[order]


def _by_text(low: int, high: int, offsets: Places) -> tuple[Places, Places]:
    """Return where the part of each text begins that lies in a stretch, and where it ends."""
    first, last = np.searchsorted(offsets, [max(low, int(offsets[0])), high - 1], side="right") - 1
    borders = offsets[first : last + 2]
    return np.maximum(borders[:-1], low), np.minimum(borders[1:], high)


def _joined(numbers: Places, begins: Places, stops: Places, offsets: Places) -> Iterator[Stretch]:
    """Yield stretches of one text each; those that touch are one. They are sorted by pattern, and then by stop."""
    if not len(numbers):
        return
    rows = np.searchsorted(offsets, stops - 1, side="right") - 1
    shifts = numbers * int(offsets[-1] + 1)
    begins = np.maximum(begins, offsets[rows]) + shifts
    begins = np.minimum.accumulate(begins[::-1])[::-1] - shifts
    apart = (rows[1:] != rows[:-1]) | (numbers[1:] != numbers[:-1]) | (begins[1:] > stops[:-1])
    heads = np.flatnonzero(np.concatenate([[True], apart]))
    tails = np.flatnonzero(np.concatenate([apart, [True]]))
    columns = (numbers[heads], rows[heads], begins[heads], stops[tails])
    yield from zip(*(column.tolist() for column in columns), strict=True)
