"""What many patterns have in common, so that one look tells where any of them may match."""

from collections.abc import Iterator
from dataclasses import dataclass

from accord.scan.patterns.tree import CAPITALS, DIGITS, Ahead, Choice, Part, Repeat, Set, write

_State = tuple[int, int]
"""How many bytes of the run were seen, and how many breaks after them."""


@dataclass(frozen=True)
class Gate:
    """A run of bytes, each of its kind, with at most so many breaks between two."""

    kinds: tuple[frozenset[int], ...]
    breaks: frozenset[int]
    most: int

    @property
    def expression(self) -> bytes:
        """The run as an expression."""
        first, *others = map(Set, self.kinds)
        between = Repeat(self.most, (Set(self.breaks),))
        return write((first, *(item for kind in others for item in (between, kind))))

    def always(self, part: Part) -> bool:
        """Tell whether whatever a tree matches holds such a run: no way through it ends short of the last byte.

        A way that falls out of the run is taken to begin again with the byte it fell at: it may have been further.
        """
        return not self._walk(part, frozenset({(0, 0)}))

    def _walk(self, part: Part, states: frozenset[_State]) -> frozenset[_State]:
        """Return the states in which a way that never saw the whole run may be behind a part."""
        for item in part:
            match item:
                case Set(values):
                    states = frozenset(after for state in states for after in self._step(state, values))
                case Choice(parts):
                    states = frozenset[_State]().union(*(self._walk(inner, states) for inner in parts))
                case Repeat(most, inner):
                    states = self._again(most, inner, states)
                case Ahead():
                    pass
        return states

    def _again(self, most: int, part: Part, states: frozenset[_State]) -> frozenset[_State]:
        for _ in range(most):
            further = states | self._walk(part, states)
            if further == states:
                break
            states = further
        return states

    def _step(self, state: _State, values: frozenset[int]) -> Iterator[_State]:
        seen, broken = state
        kind = self.kinds[seen]
        breaks = self.breaks - kind if seen and broken < self.most else frozenset[int]()
        if values & kind and seen + 1 < len(self.kinds):
            yield seen + 1, 0
        if values & breaks:
            yield seen, broken + 1
        fallen = values - kind - breaks
        if fallen & self.kinds[0]:
            yield 1, 0
        if fallen - self.kinds[0]:
            yield 0, 0


_CODES = DIGITS | CAPITALS
NUMBER = Gate((DIGITS,) * 7, frozenset(b" ./()-+\xc2\xa0"), 3)
"""A number as people write it: seven digits, with spaces, dots or the like between them."""
CODE = Gate((DIGITS, DIGITS, _CODES, _CODES, _CODES, _CODES), frozenset(b" "), 1)
"""A code as offices write it: two digits, and four more or capital letters."""
GATES = (NUMBER, CODE)
