"""The fast way: an automaton over a whole Arrow buffer says where patterns may match, and `re` where they do."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from accord.scan.patterns.automaton import Automaton, Places, Stretches, engine
from accord.scan.patterns.gates import GATES
from accord.scan.patterns.pattern import Pattern
from accord.scan.patterns.plain import find_plainly
from accord.scan.patterns.superset import Superset, derive
from accord.scan.patterns.windows import Windows

_SPARSE = 1 / 16
"""How many reports a byte are worth reading: beyond, a pass of `re` is no slower."""
_CROWDED = 2.0
"""The same around numbers and codes, where many patterns match."""
_MANY = 8
"""How many patterns of numbers and codes are worth a pass of their own."""
Span = tuple[int, int, int, int]
"""Which text, which pattern, and from which byte of the text to which."""


class Kernel:
    """Patterns compiled once; a pure function from texts that lie end to end to the spans of their matches.

    What it finds is defined by `find_plainly`, applied to each text alone; how it looks changes nothing.
    """

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        self.patterns = tuple(patterns)
        self.supersets = tuple(derive(pattern.compiled.pattern) for pattern in patterns)
        gated = [number for number, superset in enumerate(self.supersets) if superset.gated]
        gated = gated if len(gated) >= _MANY else []
        direct = sorted(set(range(len(self.patterns))) - set(gated))
        gates = [gate.expression for gate in GATES] if gated else []
        self._direct = _Group(self.supersets, direct, gates, most=_SPARSE)
        self._gated = _Group(self.supersets, gated, most=_CROWDED) if gated else None
        self._wide = max((self.supersets[number].reach for number in gated), default=0)

    def find(self, data: memoryview, offsets: Places) -> list[Span]:
        """Return the spans in texts whose bytes lie in `data` from each offset to the next, pattern by pattern."""
        if not engine():
            return list(self.find_plainly(data, offsets))
        spans: list[Span] = []
        borders = offsets.tolist()
        for number, places, dense in self._candidates(data, int(offsets[0]), int(offsets[-1])):
            pattern, superset = self.patterns[number], self.supersets[number]
            stretches = _stretches(places, superset, dense, offsets)
            found = _confirm(pattern, superset.reach, data, borders, stretches)
            spans += [(row, number, start, end) for row, start, end in found]
        return spans

    def _candidates(self, data: memoryview, low: int, high: int) -> Iterator[tuple[int, Places, Stretches]]:
        """Yield for each pattern after which bytes its superset matches, and the stretches where it may anywhere.

        What always holds a number or a code is looked for around those alone: in a hundredth of most texts.
        """
        places, dense = self._direct.automaton.scan(data, low, high)
        yield from self._direct.share(places, dense)
        if self._gated:
            opened = np.sort(np.concatenate(places[-len(GATES) :]), kind="stable")
            windows = Windows(opened, self._wide, low, high)
            places, unread = self._gated.automaton.scan(windows.gather(data), 0, windows.size)
            dense = sorted([*dense, *(stretch for low, high in unread for stretch in windows.original(low, high))])
            yield from self._gated.share([windows.place(found) for found in places], dense)

    def find_plainly(self, data: memoryview, offsets: Places) -> Iterator[Span]:
        """Yield the same the slow way, text by text."""
        for row, (begin, end) in enumerate(pairwise(offsets.tolist())):
            text = data[begin:end]
            for number, pattern in enumerate(self.patterns):
                yield from ((row, number, *span) for span in find_plainly(pattern, text))


class _Group:
    """Patterns that are looked for in the same pass: some share an expression."""

    def __init__(
        self, supersets: Sequence[Superset], members: Sequence[int], more: Sequence[bytes] = (), *, most: float
    ) -> None:
        expressions = sorted({supersets[number].expression for number in members})
        self._places = {number: expressions.index(supersets[number].expression) for number in members}
        overlap = max((superset.reach for superset in supersets), default=0)
        self.automaton = Automaton([*expressions, *more], overlap, most)

    def share(self, places: Sequence[Places], dense: Stretches) -> Iterator[tuple[int, Places, Stretches]]:
        """Yield for each pattern what was found for its expression."""
        yield from ((number, places[place], dense) for number, place in self._places.items())


def _stretches(places: Places, superset: Superset, dense: Stretches, offsets: Places) -> Iterator[tuple[int, int, int]]:
    """Yield in which texts a match may begin, from which place in the buffer and up to which, in order."""
    stops, begins = places - superset.least + 1, places - superset.back
    if dense:
        parts = [_by_text(low - superset.back, high, offsets) for low, high in dense]
        begins = np.concatenate([begins, *(part[0] for part in parts)])
        stops = np.concatenate([stops, *(part[1] for part in parts)])
        order = np.argsort(stops, kind="stable")
        order = order[begins[order] < stops[order]]  # an empty text has no stretch
        stops, begins = stops[order], begins[order]
    if not len(stops):
        return
    rows = np.searchsorted(offsets, stops - 1, side="right") - 1
    begins = np.minimum.accumulate(np.maximum(begins, offsets[rows])[::-1])[::-1]
    apart = (rows[1:] != rows[:-1]) | (begins[1:] > stops[:-1])
    heads = np.flatnonzero(np.concatenate([[True], apart]))
    tails = np.flatnonzero(np.concatenate([apart, [True]]))
    yield from zip(rows[heads].tolist(), begins[heads].tolist(), stops[tails].tolist(), strict=True)


def _by_text(low: int, high: int, offsets: Places) -> tuple[Places, Places]:
    """Return where the part of each text begins that lies in a stretch, and where it ends."""
    first, last = np.searchsorted(offsets, [max(low, int(offsets[0])), high - 1], side="right") - 1
    borders = offsets[first : last + 2]
    return np.maximum(borders[:-1], low), np.minimum(borders[1:], high)


def _confirm(
    pattern: Pattern, reach: int, data: memoryview, borders: Sequence[int], stretches: Iterator[tuple[int, int, int]]
) -> Iterator[tuple[int, int, int]]:
    """Yield in which text, from where and to where a pattern matches and what must be true of the match is.

    A search is the one that a single pass would make from the end of the match before. It sees the whole of its text
    before it, and beyond the stretch as many bytes as a match that begins there can take or look at.
    """
    search, holds = pattern.compiled.search, pattern.holds
    last, done, base, text = -1, 0, 0, data[:0]
    for row, begin, stop in stretches:
        if row != last:
            last, done, base = row, 0, borders[row]
            text = data[base : borders[row + 1]]
        here, limit = begin - base, stop - base
        here = max(here, done)
        while here < limit:
            match = search(text, here, limit + reach)
            if match is None:
                break
            start, end = match.span()
            if start >= limit:
                break
            here = done = end
            if holds(text, start, end):
                yield row, start, end
