"""The fast way: an automaton over a whole Arrow buffer says where patterns may match, and `re` where they do."""

from collections.abc import Iterator, Sequence

import numpy as np

from accord.scan.patterns.automaton import Automaton, Places, engine
from accord.scan.patterns.pattern import Pattern
from accord.scan.patterns.plain import find_plainly
from accord.scan.patterns.superset import derive

Span = tuple[int, int, int, int]
"""Which text, which pattern, and from which byte of the text to which."""


class Kernel:
    """Patterns compiled once; a pure function from texts that lie end to end to the spans of their matches.

    What it finds is defined by `find_plainly`, applied to each text alone; how it looks changes nothing.
    """

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        self.patterns = tuple(patterns)
        self._supersets = tuple(derive(pattern.compiled.pattern) for pattern in patterns)
        expressions = sorted({superset.expression for superset in self._supersets})
        self._numbers = [expressions.index(superset.expression) for superset in self._supersets]
        self._automaton = Automaton(expressions, max(superset.back for superset in self._supersets))

    def find(self, data: memoryview, offsets: Places) -> list[Span]:
        """Return the spans in texts whose bytes lie in `data` from each offset to the next, pattern by pattern."""
        if not engine():
            return list(self.find_plainly(data, offsets))
        places, dense = self._automaton.scan(data, int(offsets[0]), int(offsets[-1]))
        spans: list[Span] = []
        for number, (pattern, superset) in enumerate(zip(self.patterns, self._supersets, strict=True)):
            stretches = _stretches(places[self._numbers[number]], superset.back, dense, offsets)
            found = _confirm(pattern, superset.reach, data, offsets, stretches)
            spans += [(row, number, start, end) for row, start, end in found]
        return spans

    def find_plainly(self, data: memoryview, offsets: Places) -> Iterator[Span]:
        """Yield the same the slow way, text by text."""
        borders = offsets.tolist()
        for row, (begin, end) in enumerate(zip(borders[:-1], borders[1:], strict=True)):
            text = data[begin:end]
            for number, pattern in enumerate(self.patterns):
                yield from ((row, number, *span) for span in find_plainly(pattern, text))


def _stretches(
    places: Places, back: int, dense: Sequence[tuple[int, int]], offsets: Places
) -> Iterator[tuple[int, int, int]]:
    """Yield in which texts a match may begin, from which place in the buffer and up to which, in order."""
    stops, begins = places, places - back
    for low, high in dense:
        first, last = np.searchsorted(offsets, [max(low - back, offsets[0]), high - 1], side="right") - 1
        borders = offsets[first : last + 2]
        stops = np.concatenate([stops, np.minimum(borders[1:], high)])
        begins = np.concatenate([begins, np.maximum(borders[:-1], low - back)])
    if dense:
        order = np.argsort(stops, kind="stable")
        order = order[begins[order] < stops[order]]  # an empty text has no stretch
        stops, begins = stops[order], begins[order]
    if not len(stops):
        return
    rows = np.searchsorted(offsets, stops - 1, side="right") - 1
    begins = np.maximum(begins, offsets[rows])
    apart = (rows[1:] != rows[:-1]) | (begins[1:] > stops[:-1])
    heads = np.flatnonzero(np.concatenate([[True], apart]))
    tails = np.flatnonzero(np.concatenate([apart, [True]]))
    yield from zip(rows[heads].tolist(), begins[heads].tolist(), stops[tails].tolist(), strict=True)


def _confirm(
    pattern: Pattern, reach: int, data: memoryview, offsets: Places, stretches: Iterator[tuple[int, int, int]]
) -> Iterator[tuple[int, int, int]]:
    """Yield in which text, from where and to where a pattern matches and what must be true of the match is.

    A search is the one that a single pass would make from the end of the match before. It sees the whole of its text
    before it, and beyond the stretch as many bytes as a match that begins there can take or look at.
    """
    search, holds = pattern.compiled.search, pattern.holds
    last, done, length = -1, 0, 0
    base, text = 0, data[:0]
    for row, begin, stop in stretches:
        if row != last:
            last, done, base = row, 0, int(offsets[row])
            text = data[base : int(offsets[row + 1])]
            length = len(text)
        here, limit = max(begin - base, done), stop - base
        while here < limit:
            match = search(text, here, min(limit + reach, length))
            if match is None or match.start() >= limit:
                break
            start, here = match.span()
            done = here
            if holds(text, start, here):
                yield row, start, here
