"""Damage: what a stranger could make of valid bytes, and a parser's duty towards it. Loaded by the fuzz tests.

The duty: return, or raise an AccordError that a person can read; and take no more memory than `fixed` bytes and
`factor` for each byte given.
"""

import json
import os
import re
import tracemalloc
from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from accord.errors import AccordError

FUZZ = settings(
    max_examples=int(os.environ.get("ACCORD_FUZZ", "200")),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
"""How long to try: a few seconds, or as long as the variable says."""

LIMIT = 100_000
"""The most bytes that are tried: enough for what grows with the square of them to be noticed."""

MESSAGE = 10_000
"""More characters than a message may have."""

NUMBERS = [b"0", b"-1", b"256", b"65536", b"4294967296", b"9223372036854775808", b"9" * 5000, b"1e999", b"NaN"]
TOKENS = [b"\0", b"\n\n", b"\r\n", b"\xff\xfe", b"\xed\xa0\x80", b"\\ud800", b'"', b"{}", b"[]", b",", b"+", b"\x1b[2J"]
TOWERS = [b"[", b'{"a":', b"(", b"<", b"\n", b"a", b"0", b" ", b"\xe2\x80\x94 ", b"{},", b"0,", b'{"":0},', b"../"]
DEEP: object = json.loads("[" * 60 + "]" * 60)
VALUES: list[object] = [
    *[None, True, 0, -1, 2**53, 1.5, "", "a" * 50_000, "\0\x1b[2J\u202e", "0001-01-01T00:00:00Z", [], {}, DEEP],
    *[[{}] * 20_000, [0] * 20_000, [""] * 20_000, [{"": 0}] * 10_000, {str(number): 0 for number in range(9_000)}],
]

_Injury = Callable[[st.DrawFn, bytes, int], bytes]


@st.composite
def mutated(draw: st.DrawFn, seeds: Sequence[bytes]) -> bytes:
    """Draw a seed with one to four injuries, of one kind or mixed, or bytes that owe nothing to any seed."""
    kinds: list[_Injury] = draw(st.sampled_from([[_graft], [_flip], INJURIES, []]))
    if not kinds:
        return draw(st.binary(max_size=300))
    data = draw(st.sampled_from(seeds))
    for injure in draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=4)):
        data = injure(draw, data, draw(st.integers(0, len(data))))
    return data[:LIMIT]


def check(parse: Callable[[bytes], object], data: bytes, *, factor: int, fixed: int = 200_000) -> None:
    """Fail unless the parser does its duty; `fixed` covers an error with its messages and what is loaded late."""
    message = ""
    tracemalloc.start()
    try:
        parse(data)
    except AccordError as error:
        message = str(error)
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert len(message) < MESSAGE
    assert peak <= fixed + factor * len(data), f"{peak} bytes of memory for {len(data)}"


def _flip(draw: st.DrawFn, data: bytes, at: int) -> bytes:
    return data[:at] + bytes([draw(st.integers(0, 255))]) + data[at + 1 :]


def _cut(draw: st.DrawFn, data: bytes, at: int) -> bytes:
    return data[:at] + data[at + draw(st.integers(0, len(data))) :]


def _repeat(draw: st.DrawFn, data: bytes, at: int) -> bytes:
    piece = data[at : at + draw(st.integers(0, 200))]
    return data[:at] + piece * draw(st.integers(2, 500)) + data[at + len(piece) :]


def _splice(draw: st.DrawFn, data: bytes, at: int) -> bytes:
    start = draw(st.integers(0, len(data)))
    return data[:at] + data[start : start + draw(st.integers(0, 200))] + data[at:]


def _number(draw: st.DrawFn, data: bytes, at: int) -> bytes:
    digits = re.compile(rb"[0-9]+").search(data, at)
    start, end = digits.span() if digits else (at, at)
    return data[:start] + draw(st.sampled_from(NUMBERS)) + data[end:]


def _insert(draw: st.DrawFn, data: bytes, at: int) -> bytes:
    return data[:at] + draw(st.sampled_from(TOKENS)) + data[at:]


def _tower(draw: st.DrawFn, data: bytes, at: int) -> bytes:
    return data[:at] + draw(st.sampled_from(TOWERS)) * draw(st.sampled_from([2, 70, 1100, LIMIT])) + data[at:]


def _graft(draw: st.DrawFn, data: bytes, at: int) -> bytes:
    """Put another value into a JSON text, which stays well formed and so reaches further in."""
    try:
        whole = json.loads(data)
    except (ValueError, RecursionError):
        return _flip(draw, data, at)
    return json.dumps(_grafted(draw, whole), separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()


def _grafted(draw: st.DrawFn, value: object) -> object:
    keys = list(range(len(value)) if isinstance(value, list) else value if isinstance(value, dict) else ())
    if not isinstance(value, list | dict) or not keys or draw(st.integers(0, 9)) == 0:
        return draw(st.sampled_from(VALUES))
    key, kind = draw(st.sampled_from(keys)), draw(st.integers(0, 9))
    changed: Any = value.copy()
    if kind == 0:
        del changed[key]
    elif kind == 1 and isinstance(changed, dict):
        changed[draw(st.sampled_from(["", "extra", "\0", "a" * 50_000]))] = changed[key]
    else:
        changed[key] = _grafted(draw, changed[key])
    return changed


INJURIES: list[_Injury] = [
    _flip,
    _flip,
    _cut,
    _repeat,
    _splice,
    _number,
    _insert,
    _tower,
]
