"""An expression as a tree of bytes: what it may match, and how long that is.

The tree is that into which `re` itself parses the expression, so that whatever is derived from it cannot disagree with
`re` about what the expression means: `re` publishes no such tree, and a reader of our own could differ from it.
Whatever looks behind or at a border is left out, and so is that a match is the first or the longest: the tree matches
wherever the expression does, and elsewhere too.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import groupby, takewhile
from typing import Any

from accord.errors import ScanError

_constants: Any = import_module("re._constants")
_parser: Any = import_module("re._parser")

LONGEST = 4096
"""The longest match that a pattern may have, in bytes, with what it looks at beyond."""
_SHORTEST = 2
_WIDE = 8
"""An optional part that may come more often than this is written as any number of its bytes: fewer states."""
ALL = frozenset(range(256))
DIGITS = frozenset(b"0123456789")
CAPITALS = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ")
WORD = DIGITS | CAPITALS | frozenset(b"abcdefghijklmnopqrstuvwxyz_")
_SPACE = frozenset(b" \t\n\r\f\v")
_CATEGORIES = {
    _constants.CATEGORY_DIGIT: DIGITS,
    _constants.CATEGORY_NOT_DIGIT: ALL - DIGITS,
    _constants.CATEGORY_WORD: WORD,
    _constants.CATEGORY_NOT_WORD: ALL - WORD,
    _constants.CATEGORY_SPACE: _SPACE,
    _constants.CATEGORY_NOT_SPACE: ALL - _SPACE,
}
_REPEATS = (_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT)
_BYTES = (_constants.LITERAL, _constants.NOT_LITERAL, _constants.IN, _constants.ANY)
_LOOKS = (_constants.ASSERT, _constants.ASSERT_NOT)


@dataclass(frozen=True)
class Set:
    """One byte out of a set."""

    values: frozenset[int]


@dataclass(frozen=True)
class Repeat:
    """A part that comes up to so many times, or not at all."""

    most: int
    part: "Part"


@dataclass(frozen=True)
class Choice:
    """One part of several."""

    parts: tuple["Part", ...]


@dataclass(frozen=True)
class Ahead:
    """A part that is looked at and not taken."""

    part: "Part"


Item = Set | Repeat | Choice | Ahead
Part = tuple[Item, ...]


def parse(regex: bytes) -> Part:
    """Return an expression as a tree; raise ScanError for one without bounds, or that may match next to nothing."""
    tree = _parser.parse(regex)
    part = tuple(_read(tree, tree.state.flags))
    low, _, reach = lengths(part)
    if low < _SHORTEST or reach >= LONGEST:
        raise ScanError(
            "A pattern is too short or too long to look for.",
            where=regex.decode(),
            expected=f"matches of {_SHORTEST} to {LONGEST} bytes, with what it looks at beyond",
            found=f"{low} to {reach if reach < LONGEST else 'more'} bytes",
        )
    return part


def edges(regex: bytes) -> tuple[frozenset[int], frozenset[int]]:
    """Return the bytes that may not stand right before a match, and those that may not stand right after it.

    Both are some of those that the expression rules out: what is hard to tell is left out.
    """
    tree = _parser.parse(regex)
    items = list(tree)
    return _ruled_out(items, -1, tree.state.flags), _ruled_out(items[::-1], 1, tree.state.flags)


def _ruled_out(items: Sequence[tuple[Any, Any]], direction: int, flags: int) -> frozenset[int]:
    """Return the bytes that looks rule out in a direction, as far as they come before anything that takes a byte."""
    found = frozenset[int]()
    for kind, value in takewhile(lambda item: item[0] in (*_LOOKS, _constants.AT), items):
        if kind is _constants.ASSERT_NOT and value[0] == direction:
            inner = list(value[1])
            ways = inner[0][1][1] if len(inner) == 1 and inner[0][0] is _constants.BRANCH else [inner]
            alone = (way[0] for way in ways if len(way) == 1 and way[0][0] in _BYTES)
            found = found.union(*(_values(what, byte, flags) for what, byte in alone))
    return found


def lengths(part: Part) -> tuple[int, int, int]:
    """Return how many bytes a part takes at least and at most, and how many it takes and looks at at most."""
    low = high = reach = 0
    shortest = longest = seen = 0
    for item in part:
        match item:
            case Set():
                shortest, longest, seen = 1, 1, 1
            case Repeat(most, inner):
                shortest, longest, seen = 0, most * lengths(inner)[1], most * lengths(inner)[2]
            case Choice(parts):
                shortest, longest, seen = _extremes([lengths(inner) for inner in parts])
            case Ahead(inner):
                shortest, longest, seen = 0, 0, lengths(inner)[2]
        low, high, reach = low + shortest, high + longest, reach + seen
    return low, high, reach


def _extremes(lengths: Sequence[tuple[int, int, int]]) -> tuple[int, int, int]:
    low, high, reach = zip(*lengths, strict=True)
    return min(low), max(high), max(reach)


def _read(tree: Iterable[tuple[Any, Any]], flags: int) -> Iterator[Item]:
    """Yield the items of a parsed expression; what looks behind or at a border is left out."""
    leading = True
    for kind, value in tree:
        if kind in _REPEATS:
            yield from _read_repeat(value, flags, leading=leading)
        elif kind in _LOOKS:
            direction, inner = value
            if direction > 0:
                yield Ahead(tuple(_read(inner, flags)))
        elif kind is _constants.SUBPATTERN:
            _, added, removed, inner = value
            yield from _read(inner, (flags | added) & ~removed)
        elif kind is _constants.ATOMIC_GROUP:
            yield from _read(value, flags)
        elif kind is _constants.BRANCH:
            yield Choice(tuple(tuple(_read(inner, flags)) for inner in value[1]))
        elif kind is not _constants.AT:
            yield Set(_values(kind, value, flags))
        leading = leading and kind in (*_LOOKS, _constants.AT)


def _read_repeat(value: tuple[int, int, Any], flags: int, *, leading: bool) -> Iterator[Item]:
    low, high, tree = value
    part = tuple(_read(tree, flags))
    rest = Repeat(min(int(high), low + LONGEST) - low, part)
    if rest.most and leading:
        yield rest
    for _ in range(low):
        yield from part
    if rest.most and not leading:
        yield rest


def _values(kind: Any, value: Any, flags: int) -> frozenset[int]:  # noqa: ANN401 - the parser's own constants
    """Return the bytes that one item of a parsed expression stands for."""
    if kind is _constants.ANY:
        return ALL if flags & re.DOTALL else ALL - {ord("\n")}
    if kind is _constants.IN:
        members = [item for item in value if item[0] is not _constants.NEGATE]
        found = frozenset[int]().union(*(_values(inner, held, flags) for inner, held in members))
        return found if len(members) == len(value) else ALL - found
    if kind is _constants.LITERAL:
        return _cases({value}, flags)
    if kind is _constants.NOT_LITERAL:
        return ALL - _cases({value}, flags)
    if kind is _constants.RANGE:
        return _cases(range(value[0], value[1] + 1), flags)
    if kind is _constants.CATEGORY:
        return _CATEGORIES[value]
    raise ScanError("A pattern has a part that cannot be loosened.", found=str(kind).lower())


def _cases(values: Iterable[int], flags: int) -> frozenset[int]:
    held = bytes(values)
    return frozenset(held + held.upper() + held.lower() if flags & re.IGNORECASE else held)


def write(part: Part) -> bytes:
    """Return a part as an expression."""
    pieces = [_write_item(item) for item in part]
    runs = ((piece, len(list(same))) for piece, same in groupby(pieces))
    return b"".join(piece * n if n == 1 or piece.endswith((b"}", b"*")) else piece + b"{%d}" % n for piece, n in runs)


def _write_item(item: Item) -> bytes:
    match item:
        case Set(values):
            return _write_set(values)
        case Choice(parts):
            return b"(?:" + b"|".join(map(write, parts)) + b")"
        case Repeat(most, part):
            return _write_set(union(part)) + b"*" if most > _WIDE else b"(?:" + write(part) + b"){0,%d}" % most
        case Ahead():
            return b""


def union(part: Part) -> frozenset[int]:
    """Return all the bytes that a part may hold."""
    found = frozenset[int]()
    for item in part:
        match item:
            case Set(values):
                found |= values
            case Choice(parts):
                found = found.union(*map(union, parts))
            case Repeat(_, inner):
                found |= union(inner)
            case Ahead():
                pass
    return found


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
    return bytes([value]) if value in WORD else b"\\x%02x" % value
