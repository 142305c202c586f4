import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from accord.errors import VerificationError
from accord.ledger import digest, format_json, parse_json

SAFE = 2**53 - 1
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-SAFE, SAFE) | st.floats(-1e15, 1e15) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=30,
)


@given(VALUES)
def test_json_round_trip(value: Any) -> None:  # noqa: ANN401 - any JSON value
    assert value == parse_json(format_json(value))


@given(VALUES)
def test_json_is_canonical(value: Any) -> None:  # noqa: ANN401 - any JSON value
    spelled = format_json(value)
    assert spelled == format_json(parse_json(json.dumps(value, indent=3).encode()))


@given(VALUES)
def test_json_same_as_reference(value: Any) -> None:  # noqa: ANN401 - any JSON value
    assert rfc8785.dumps(value) == format_json(value)


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1,"a":1}',
        b'{"a":{"b":1,"c":2,"b":3}}',
        b"NaN",
        b"[Infinity]",
        b"-Infinity",
        b"1e400",
        b"9007199254740992",
        b"-9007199254740992",
        b"9" * 5000,
        b"1e17",
        b'"\\ud800"',
        b'{"\\udfff":1}',
        b'"\xff"',
        b"\xef\xbb\xbf{}",
        b"[" * 65 + b"]" * 65,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 65 + b"1" + b"}" * 65,
        b"",
        b"{} {}",
        b"{'a':1}",
        b"[1,]",
        b'"\n"',
    ],
)
def test_json_refuses(data: bytes) -> None:
    with pytest.raises(VerificationError):
        parse_json(data)


@pytest.mark.parametrize("data", [b"9007199254740991", b"1e25", b'"\\ud83d\\ude00"', b"[" * 64 + b"]" * 64, b" {} \n"])
def test_json_accepts(data: bytes) -> None:
    assert json.loads(data) == parse_json(data)


def test_json_error_names_its_place() -> None:
    with pytest.raises(VerificationError, match="where: subject\n  found: the key 'a' appears twice"):
        parse_json(b'{"a":1,"a":2}', where="subject")


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), SAFE + 1, 1e17, "\ud800", {1: 2}, {"a": object()}, b"bytes", {"a", "b"}],
)
def test_json_without_a_canonical_form(value: object) -> None:
    with pytest.raises(VerificationError):
        format_json(value)


def test_json_refuses_a_cycle() -> None:
    cycle: list[object] = []
    cycle.append(cycle)
    with pytest.raises(VerificationError):
        format_json(cycle)


def test_digest_of_nothing() -> None:
    assert digest(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
