"""The fast way: an automaton over a whole Arrow buffer says where patterns may match, and `re` where they do."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import numpy as np

from accord.scan.patterns.automaton import Automaton, Places, Stretches, engine
from accord.scan.patterns.candidates import Candidates, Stretch
from accord.scan.patterns.gates import GATES
from accord.scan.patterns.pattern import Pattern
from accord.scan.patterns.plain import find_plainly
from accord.scan.patterns.superset import Superset, derive, derive_apart
from accord.scan.patterns.windows import Windows

_SPARSE = 1 / 16
"""How many reports a byte are worth reading: beyond, a pass of `re` is no slower."""
_CROWDED = 2.0
"""The same around numbers and codes, where many patterns match."""
_MANY = 8
"""How many patterns of numbers and codes are worth a pass of their own."""
_TOGETHER = 16
"""How many patterns of numbers and codes are one automaton: all in one would take three times as long to compile."""
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
        apart = {number: derive_apart(patterns[number].compiled.pattern) for number in gated}
        self._direct = _Group(self.supersets, direct, gates, most=_SPARSE)
        self._wide = max((self.supersets[number].reach for number in gated), default=0)
        self.supersets = tuple(apart.get(number, superset) for number, superset in enumerate(self.supersets))
        self._candidates = Candidates(self.supersets)
        self._reaches = [superset.reach for superset in self.supersets]
        gated.sort(key=lambda number: self.supersets[number].expression)
        parts = (gated[start : start + _TOGETHER] for start in range(0, len(gated), _TOGETHER))
        self._gated = [_Group(self.supersets, part, most=_CROWDED) for part in parts]

    def find(self, data: memoryview, offsets: Places) -> list[Span]:
        """Return the spans in texts whose bytes lie in `data` from each offset to the next, pattern by pattern."""
        if not engine():
            return list(self.find_plainly(data, offsets))
        found, dense = self._places(data, offsets)
        return list(self._confirm(self._candidates.stretches(found, dense, data, offsets), data, offsets.tolist()))

    def _places(self, data: memoryview, offsets: Places) -> tuple[list[tuple[int, Places]], Stretches]:
        """Return for each pattern after which bytes its superset matches, and the stretches where any may anywhere.

        What always holds a number or a code is looked for around those alone: in a hundredth of most texts.
        """
        places, dense = self._direct.automaton.scan(data, int(offsets[0]), int(offsets[-1]))
        found = list(self._direct.share(places))
        if not self._gated:
            return found, dense
        opened = np.sort(np.concatenate(places[-len(GATES) :]), kind="stable")
        windows = Windows(opened, self._wide, offsets)
        around = windows.gather(data)
        for group in self._gated:
            places, unread = group.automaton.scan(around, 0, windows.size)
            dense = [*dense, *(stretch for low, high in unread for stretch in windows.original(low, high))]
            found += group.share([windows.place(behind) for behind in places])
        return found, sorted(dense)

    def _confirm(self, stretches: Iterable[Stretch], data: memoryview, borders: Sequence[int]) -> Iterator[Span]:
        """Yield where patterns match.

        A search is the one that a single pass would make from the end of the match before. It sees the whole of its
        text before it, and beyond the stretch as many bytes as a match that begins there can take or look at.
        """
        last, done, base, text = (-1, -1), 0, 0, data[:0]
        for number, row, begin, stop in stretches:
            pattern, reach = self.patterns[number], self._reaches[number]
            if (number, row) != last:
                last, done, base = (number, row), 0, borders[row]
                text = data[base : borders[row + 1]]
            here, limit = max(begin - base, done), stop - base
            while here < limit:
                match = pattern.compiled.search(text, here, limit + reach)
                if match is None or match.start() >= limit:
                    break
                start, end = match.span()
                here = done = end
                if pattern.holds(text, start, end):
                    yield row, number, start, end

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
        overlap = max((superset.reach for superset in supersets), default=0) + 2
        self.automaton = Automaton([*expressions, *more], overlap, most)

    def share(self, places: Sequence[Places]) -> Iterator[tuple[int, Places]]:
        """Yield for each pattern what was found for its expression."""
        yield from ((number, places[place]) for number, place in self._places.items())
