"""For an exact pattern, a looser one that an automaton runs fast: wherever the exact one matches, it does too.

The looser pattern is derived from the tree into which `re` itself parses the exact one, so that the two cannot
disagree about what an expression means: `re` publishes no such tree, and a reader of our own could differ from it.
Whatever looks around is left out, because texts lie end to end in the automaton's buffer; so is whatever stands before
the part that text seldom holds. The automaton then says where a match may be, and `re` whether there is one.
"""

import math
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from re import (
    _constants,  # type: ignore[attr-defined] # not published: see above
    _parser,  # type: ignore[attr-defined] # not published: see above
)
from typing import Any

from accord.errors import ScanError

_SHORTEST = 2
_LONGEST = 4096
"""The longest match that a pattern may have, in bytes, with what it looks at beyond."""
_WIDE = 8
"""An optional part that may come more often than this may come without end in the looser pattern: fewer states."""
_ENOUGH = 30.0
"""How seldom, in bits, text that is even in its bytes holds what the automaton looks for."""
_RARE = 12.0
"""How seldom is seldom, if more would be long."""
_MANY = 12
"""From how many parts on more would be long."""
_ALL = frozenset(range(256))
_DIGIT = frozenset(b"0123456789")
_WORD = _DIGIT | frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_")
_SPACE = frozenset(b" \t\n\r\f\v")
_CATEGORIES = {
    _constants.CATEGORY_DIGIT: _DIGIT,
    _constants.CATEGORY_NOT_DIGIT: _ALL - _DIGIT,
    _constants.CATEGORY_WORD: _WORD,
    _constants.CATEGORY_NOT_WORD: _ALL - _WORD,
    _constants.CATEGORY_SPACE: _SPACE,
    _constants.CATEGORY_NOT_SPACE: _ALL - _SPACE,
}
_REPEATS = (_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT)
_LOOKS = (_constants.ASSERT, _constants.ASSERT_NOT)


@dataclass(frozen=True)
class Superset:
    """Where a pattern may match: every match of it holds the end of a match of the looser expression."""

    expression: bytes
    """The looser expression, in the syntax that `re` and the automaton share."""
    back: int
    """How many bytes before that end the exact match begins at most."""
    reach: int
    """How many bytes from its beginning a match extends and looks at most."""


@dataclass(frozen=True)
class _Set:
    """One byte out of a set."""

    values: frozenset[int]


@dataclass(frozen=True)
class _Repeat:
    """A part that comes up to so many times, or not at all."""

    most: int
    part: "_Part"


@dataclass(frozen=True)
class _Choice:
    """One part of several."""

    parts: tuple["_Part", ...]


@dataclass(frozen=True)
class _Ahead:
    """A part that is looked at and not taken."""

    part: "_Part"


_Item = _Set | _Repeat | _Choice | _Ahead
_Part = tuple[_Item, ...]


def derive(regex: bytes) -> Superset:
    """Return the looser pattern; raise ScanError for one without bounds, or that may match next to nothing."""
    tree = _parser.parse(regex)
    part = tuple(_read(tree, tree.state.flags))
    low, high, reach = _lengths(part)
    if low < _SHORTEST or reach >= _LONGEST:
        raise ScanError(
            "A pattern is too short or too long to look for.",
            where=regex.decode(),
            expected=f"matches of {_SHORTEST} to {_LONGEST} bytes, with what it looks at beyond",
            found=f"{low} to {max(high, reach) if reach < sys.maxsize else 'any number of'} bytes",
        )
    core, back = _core(part)
    return Superset(_write(core), back, reach + 1)


def _core(items: Sequence[_Item]) -> tuple[_Part, int]:
    """Return what text seldom holds, and how many bytes from the match's beginning it ends at most."""
    items = [item for item in items if not isinstance(item, _Ahead)]
    first = _first(items)
    head = items[first]
    if isinstance(head, _Choice) and (_bits(head) > _RARE or not _least(items[first + 1 :])):
        cores, backs = zip(*map(_core, head.parts), strict=True)
        return (_Choice(cores),), _lengths(tuple(items[:first]))[1] + max(backs)
    last, bits = first, _bits(head)
    while bits < _ENOUGH and _least(items[last + 1 :]) and not (bits > _RARE and last - first > _MANY):
        last += 1
        bits += _bits(items[last])
    while not _least([items[last]]) or (bits > _ENOUGH / 2 and _bits(items[last]) < 1):
        bits -= _bits(items[last])
        last -= 1
    return tuple(items[first : last + 1]), _lengths(tuple(items[: last + 1]))[1]


def _first(items: Sequence[_Item]) -> int:
    """Return where to begin: not with what may be left out, nor with what text is full of where enough follows."""
    first, left = 0, sum(map(_bits, items))
    while not _least([items[first]]) or (_bits(items[first]) < 1 and left > _RARE):
        left -= _bits(items[first])
        first += 1
    return first


def _least(items: Sequence[_Item]) -> int:
    """Return how many bytes they take at least."""
    return _lengths(tuple(items))[0]


def _lengths(part: _Part) -> tuple[int, int, int]:
    """Return how many bytes a part takes at least and at most, and how many it takes and looks at at most."""
    low = high = reach = 0
    for item in part:
        match item:
            case _Set():
                shortest, longest, seen = 1, 1, 1
            case _Repeat(most, inner):
                shortest, longest, seen = 0, most * _lengths(inner)[1], most * _lengths(inner)[2]
            case _Choice(parts):
                shortest, longest, seen = _extremes([_lengths(inner) for inner in parts])
            case _Ahead(inner):
                shortest, longest, seen = 0, 0, _lengths(inner)[2]
        low, high, reach = low + shortest, high + longest, reach + seen
    return low, high, reach


def _extremes(lengths: Sequence[tuple[int, int, int]]) -> tuple[int, int, int]:
    low, high, reach = zip(*lengths, strict=True)
    return min(low), max(high), max(reach)


def _read(tree: Iterable[tuple[Any, Any]], flags: int) -> Iterator[_Item]:
    """Yield the items of a parsed expression; what looks behind or at a border is left out."""
    leading = True
    for kind, value in tree:
        if kind in _REPEATS:
            yield from _read_repeat(value, flags, leading=leading)
        elif kind in _LOOKS:
            direction, inner = value
            if direction > 0:
                yield _Ahead(tuple(_read(inner, flags)))
        elif kind is _constants.SUBPATTERN:
            _, added, removed, inner = value
            yield from _read(inner, (flags | added) & ~removed)
        elif kind is _constants.ATOMIC_GROUP:
            yield from _read(value, flags)
        elif kind is _constants.BRANCH:
            yield _Choice(tuple(tuple(_read(inner, flags)) for inner in value[1]))
        elif kind is not _constants.AT:
            yield _Set(_values(kind, value, flags))
        leading = leading and kind in (*_LOOKS, _constants.AT)


def _read_repeat(value: tuple[int, int, Any], flags: int, *, leading: bool) -> Iterator[_Item]:
    low, high, tree = value
    part = tuple(_read(tree, flags))
    rest = _Repeat(min(int(high), _LONGEST) - low, part)
    if rest.most and leading:
        yield rest
    for _ in range(low):
        yield from part
    if rest.most and not leading:
        yield rest


def _values(kind: Any, value: Any, flags: int) -> frozenset[int]:  # noqa: ANN401 - the parser's own constants
    """Return the bytes that one item of a parsed expression stands for."""
    if kind is _constants.ANY:
        return _ALL if flags & re.DOTALL else _ALL - {ord("\n")}
    if kind is _constants.IN:
        members = [item for item in value if item[0] is not _constants.NEGATE]
        found = frozenset[int]().union(*(_values(*item, flags) for item in members))
        return found if len(members) == len(value) else _ALL - found
    if kind is _constants.LITERAL:
        return _cases({value}, flags)
    if kind is _constants.NOT_LITERAL:
        return _ALL - _cases({value}, flags)
    if kind is _constants.RANGE:
        return _cases(range(value[0], value[1] + 1), flags)
    if kind is _constants.CATEGORY:
        return _CATEGORIES[value]
    raise ScanError("A pattern has a part that cannot be loosened.", found=str(kind).lower())


def _cases(values: Iterable[int], flags: int) -> frozenset[int]:
    held = bytes(values)
    return frozenset(held + held.upper() + held.lower() if flags & re.IGNORECASE else held)


def _bits(item: _Item) -> float:
    """Return how seldom text holds an item, in bits: a guess that decides speed and nothing else."""
    match item:
        case _Set(values):
            return -math.log2(min(sum(map(_share, values)), 1))
        case _Choice(parts):
            return -math.log2(sum(2 ** -sum(map(_bits, part)) for part in parts))
        case _:
            return 0.0


def _share(value: int) -> float:
    if value in _DIGIT:
        return 0.05
    if value in _WORD:
        return 0.1 if chr(value).islower() else 0.01
    return 0.15 if value == ord(" ") else 0.002


def _write(part: _Part) -> bytes:
    """Return a part as an expression."""
    pieces = [_write_item(item) for item in part]
    runs = ((piece, len(list(same))) for piece, same in groupby(pieces))
    return b"".join(piece if count == 1 else piece + b"{%d}" % count for piece, count in runs)


def _write_item(item: _Item) -> bytes:
    match item:
        case _Set(values):
            return _write_set(values)
        case _Choice(parts):
            return b"(?:" + b"|".join(map(_write, parts)) + b")"
        case _Repeat(most, part):
            return b"(?:" + _write(part) + (b")*" if most > _WIDE else b"){0,%d}" % most)
        case _Ahead():
            return b""


def _write_set(values: frozenset[int]) -> bytes:
    if len(values) == 1:
        return _byte(min(values))
    ranges: list[list[int]] = []
    for value in sorted(values):
        if ranges and ranges[-1][1] == value - 1:
            ranges[-1][1] = value
        else:
            ranges.append([value, value])
    return (
        b"[" + b"".join(_byte(first) + (b"-" + _byte(last) if last > first else b"") for first, last in ranges) + b"]"
    )


def _byte(value: int) -> bytes:
    return bytes([value]) if value in _WORD else b"\\x%02x" % value
