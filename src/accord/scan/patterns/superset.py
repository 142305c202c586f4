"""For an exact pattern, looser ones that an automaton runs fast: wherever the exact one matches, they do too.

The automaton's buffer holds texts end to end, so nothing that looks around can stay; what a text is full of, or need
not hold, is left out as well. The automaton says where a match may be, and `re` whether there is one.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from accord.scan.patterns.gates import GATES
from accord.scan.patterns.tree import (
    ALL,
    DIGITS,
    WORD,
    Ahead,
    Choice,
    Item,
    Part,
    Repeat,
    Set,
    edges,
    lengths,
    parse,
    union,
    write,
)

_ENOUGH = 30.0
"""How seldom, in bits, text that is even in its bytes holds what the automaton looks for."""
_RARE = 12.0
"""How seldom is seldom, if more would be long."""
_MANY = 12
"""From how many parts on more would be long."""
_SELDOM = 20.0
"""How seldom a choice is that needs nothing after it."""
_LEFT = 6.5
"""How seldom the rest must be for its beginning to be left out."""
_FEW = 2
"""How many breaks there may be where one or two may."""
_BREAKS = frozenset(b" -./")
_AGAIN = 2.0
"""How seldom what was there is there once more."""
_LONG = 24
"""How many parts of a pattern are looked for where texts lie apart."""
APART = 0
"""The byte between texts that lie apart."""
_KANA = frozenset(b"\xe3\x81\x82\x83")
"""The bytes that nearly every letter of Japanese begins with."""
_FULL = 0.7
"""How seldom a byte is that text is full of."""


@dataclass(frozen=True)
class Superset:
    """Where a pattern may match: every match of it holds the end of a match of the looser expression."""

    expression: bytes
    """The looser expression, in the syntax that `re` and the automaton share."""
    back: int
    """How many bytes before that end the exact match begins at most."""
    least: int
    """How many bytes before that end it begins at least."""
    holds: frozenset[int]
    """The bytes that the exact match may hold."""
    reach: int
    """How many bytes from its beginning a match extends and looks at most."""
    gated: bool
    """Whether every match of the exact pattern holds a match of one of GATES."""


@cache
def derive(regex: bytes) -> Superset:
    """Return the looser pattern; raise ScanError for one without bounds, or that may match next to nothing."""
    part = parse(regex)
    core, back = _core(tuple(_loosen(part)))
    gated = any(gate.always(part) for gate in GATES)
    return Superset(write(core), back, lengths(core)[0], union(part), lengths(part)[2] + 1, gated)


@cache
def derive_apart(regex: bytes) -> Superset:
    """Return a pattern that is less loose, for texts before and after each of which a byte APART stands.

    It begins where the exact one does, and asks for what must stand before, and after where it is not cut short.
    """
    part = parse(regex)
    before, after = edges(regex)
    items: list[Item] = [item for item in _loosen(part) if not isinstance(item, Ahead)]
    core = _without_tail(items[:_LONG])
    if len(items) <= _LONG and after:
        core = [*items, Set(ALL - after | {APART})]
    back = lengths(tuple(core))[1]
    if before:
        core = [Set(ALL - before | {APART}), *core]
    least = lengths(tuple(core))[0] - bool(before)
    return Superset(write(tuple(core)), back, least, union(part), lengths(part)[2] + 1, gated=True)


def _without_tail(items: list[Item]) -> list[Item]:
    """Return items up to the last that must be there."""
    while not _least(items[-1:]):
        items = items[:-1]
    return items


def _loosen(part: Part) -> Iterator[Item]:
    """Yield a part with any digits for some, and any breaks for some: fewer states, and many patterns become one."""
    for item in part:
        match item:
            case Choice() if union((item,)) <= DIGITS:
                low, high, _ = lengths((item,))
                yield from (Set(DIGITS),) * low
                if high > low:
                    yield Repeat(high - low, (Set(DIGITS),))
            case Choice(parts):
                yield Choice(tuple(tuple(_loosen(inner)) for inner in parts))
            case Repeat(most, (Set(values),)) if most <= _FEW and values <= _BREAKS:
                yield Repeat(_FEW, (Set(_BREAKS),))
            case Repeat(most, inner):
                yield Repeat(most, tuple(_loosen(inner)))
            case Set(values) if len(values) > 1 and values <= DIGITS:
                yield Set(DIGITS)
            case _:
                yield item


def _core(items: Sequence[Item]) -> tuple[Part, int]:
    """Return what text seldom holds, and how many bytes from the match's beginning it ends at most."""
    items = [item for item in items if not isinstance(item, Ahead)]
    first = _first(items)
    head = items[first]
    if isinstance(head, Choice) and (_bits(head) > _SELDOM or not _least(items[first + 1 :])):
        cores, backs = zip(*map(_core, head.parts), strict=True)
        return (Choice(cores),), lengths(tuple(items[:first]))[1] + max(backs)
    last, bits = first, _bits(head)
    while bits < _ENOUGH and _least(items[last + 1 :]) and last - first < (_MANY if bits > _RARE else 2 * _MANY):
        last += 1
        bits += min(_bits(items[last]), _AGAIN if items[last] == items[last - 1] else _ENOUGH)
    while not _least([items[last]]) or (bits > _ENOUGH / 2 and _bits(items[last]) < _FULL):
        bits -= _bits(items[last])
        last -= 1
    return tuple(items[first : last + 1]), lengths(tuple(items[: last + 1]))[1]


def _first(items: Sequence[Item]) -> int:
    """Return where to begin: not with what may be left out, nor with what text is full of where enough follows."""
    first, left = 0, sum(map(_bits, items))
    while not _least([items[first]]) or (_bits(items[first]) < _FULL and left > _LEFT):
        left -= _bits(items[first])
        first += 1
    return first


def _least(items: Sequence[Item]) -> int:
    """Return how many bytes they take at least."""
    return lengths(tuple(items))[0]


def _bits(item: Item) -> float:
    """Return how seldom text holds an item, in bits: a guess that decides speed and nothing else."""
    match item:
        case Set(values):
            return -math.log2(min(sum(map(_share, values)), 1))
        case Choice(parts):
            return -math.log2(sum(2 ** -sum(map(_bits, part)) for part in parts))
        case _:
            return 0.0


def _share(value: int) -> float:
    if value in DIGITS:
        return 0.05
    if value in WORD:
        return 0.1 if chr(value).islower() else 0.03
    if value >= 0x80:  # noqa: PLR2004 - of UTF-8 beyond ASCII
        return 0.25 if value in _KANA else 0.06
    return 0.15 if value == ord(" ") else 0.004
