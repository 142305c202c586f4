"""JSON that has one reading (strict parsing) and one spelling (RFC 8785), and the digest of bytes."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from typing import Any, NoReturn

import rfc8785

from accord.errors import VerificationError

MAX_INTEGER = 2**53 - 1
"""The largest integer that every JSON reader keeps exact (RFC 7493, 2.2)."""

MAX_DEPTH = 64
"""The deepest nesting that is read: the document itself is level 1."""

_EXPONENT = 1e21  # from here on ECMAScript, and so RFC 8785, writes an exponent
_SHOWN = 60


def digest(data: bytes) -> str:
    """Return the SHA-256 of the bytes as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def parse_json(data: bytes, *, where: str = "") -> Any:  # noqa: ANN401 - the shape is the caller's to check
    """Read JSON that no two readers could understand differently (RFC 7493, I-JSON, and tighter).

    Refused with VerificationError: bytes that are not UTF-8, duplicate keys, NaN and Infinity, integers
    beyond 2^53-1, numbers that overflow, nesting deeper than MAX_DEPTH, lone surrogates.
    """
    try:
        value = json.loads(
            data.decode(),
            object_pairs_hook=_unique,
            parse_int=_integer,
            parse_float=_float,
            parse_constant=_constant,
        )
        _check(value, MAX_DEPTH)
    except (ValueError, RecursionError) as error:
        found = str(error) or type(error).__name__
        raise VerificationError("This is not strict JSON.", where=where, found=found) from error
    return value


def format_json(value: object) -> bytes:
    """Return the RFC 8785 bytes of a value; VerificationError when it has none that parse_json reads back."""
    try:
        _check(value, MAX_DEPTH)
        # rfc8785 checks every type itself; its annotation is a recursive union that `object` cannot meet.
        return rfc8785.dumps(value)  # type: ignore[arg-type]
    except (rfc8785.CanonicalizationError, ValueError, RecursionError) as error:
        found = str(error) or type(error).__name__
        raise VerificationError("This value has no canonical JSON.", found=found) from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        ((twice, _),) = Counter(key for key, _ in pairs).most_common(1)
        raise ValueError(f"the key {twice[:_SHOWN]!r} appears twice")
    return members


def _integer(text: str) -> int:
    # The length first: Python refuses to convert thousands of digits, and attackers send them.
    if len(text) > len(str(-MAX_INTEGER)) or abs(int(text)) > MAX_INTEGER:
        raise ValueError(f"the integer {text[:_SHOWN]} is beyond 2^53-1")
    return int(text)


def _float(text: str) -> float:
    number = float(text)
    if number in {float("inf"), float("-inf")}:
        raise ValueError(f"the number {text[:_SHOWN]} overflows")
    return number


def _constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")


def _check(value: object, room: int) -> None:
    """Raise ValueError for what a round trip would change or refuse; `room` is the nesting left."""
    if isinstance(value, str):
        value.encode()
    elif isinstance(value, float) and MAX_INTEGER < abs(value) < _EXPONENT:
        # RFC 8785 writes it without an exponent: as an integer that no reader keeps exact.
        raise ValueError(f"the number {value} is written as an integer beyond 2^53-1: give it as text")
    elif isinstance(value, dict):
        _check_members(value.keys(), room)
        _check_members(value.values(), room)
    elif isinstance(value, list | tuple):
        _check_members(value, room)


def _check_members(members: Iterable[object], room: int) -> None:
    if not room:
        raise ValueError(f"nested deeper than {MAX_DEPTH} levels")
    for member in members:
        _check(member, room - 1)
