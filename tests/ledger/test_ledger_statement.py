import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accord.errors import VerificationError
from accord.ledger import Statement, Subject, format_statement, parse_statement

TYPE = "https://example.org/test/v1"
SHA256 = "0123456789abcdef" * 4
SUBJECT = {"name": "weights", "digest": {"sha256": SHA256}}
GOOD = {
    "_type": "https://in-toto.io/Statement/v1",
    "subject": [SUBJECT],
    "predicateType": TYPE,
    "predicate": {"large": 9007199254740991},
}


def test_statement_bytes() -> None:
    statement = Statement((Subject("weights", SHA256),), TYPE, {"b": 1, "a": 2})
    assert format_statement(statement) == (
        b'{"_type":"https://in-toto.io/Statement/v1","predicate":{"a":2,"b":1},'
        b'"predicateType":"https://example.org/test/v1",'
        b'"subject":[{"digest":{"sha256":"' + SHA256.encode() + b'"},"name":"weights"}]}'
    )


def test_statement_read() -> None:
    statement = parse_statement(json.dumps(GOOD).encode())
    assert statement == Statement((Subject("weights", SHA256),), TYPE, {"large": 9007199254740991})


@given(st.dictionaries(st.text(), st.text() | st.integers(-9, 9)), st.lists(st.text(min_size=1), min_size=1))
def test_statement_round_trip(predicate: dict[str, Any], names: list[str]) -> None:
    statement = Statement(tuple(Subject(name, SHA256) for name in names), TYPE, predicate)
    assert statement == parse_statement(format_statement(statement))


@pytest.mark.parametrize(
    "change",
    [
        {"_type": "https://in-toto.io/Statement/v0.1"},
        {"subject": []},
        {"subject": SUBJECT},
        {"subject": ["weights"]},
        {"subject": [{"digest": {"sha256": SHA256}}]},
        {"subject": [SUBJECT | {"name": ""}]},
        {"subject": [SUBJECT | {"name": 7}]},
        {"subject": [SUBJECT | {"uri": "x:y"}]},
        {"subject": [SUBJECT | {"digest": {}}]},
        {"subject": [SUBJECT | {"digest": {"sha256": "zz" * 32}}]},
        {"subject": [SUBJECT | {"digest": {"sha256": SHA256.upper()}}]},
        {"subject": [SUBJECT | {"digest": {"sha256": SHA256 + "\n"}}]},
        {"subject": [SUBJECT | {"digest": {"sha256": SHA256, "md5": "00"}}]},
        {"predicateType": "test/v1"},
        {"predicateType": "https://a b"},
        {"predicateType": "https:"},
        {"predicateType": None},
        {"predicate": []},
        {"predicate": None},
        {"extra": 1},
    ],
)
def test_statement_refused(change: dict[str, Any]) -> None:
    with pytest.raises(VerificationError):
        parse_statement(json.dumps(GOOD | change).encode())


@pytest.mark.parametrize("member", list(GOOD))
def test_statement_incomplete(member: str) -> None:
    rest = {name: value for name, value in GOOD.items() if name != member}
    with pytest.raises(VerificationError, match="members"):
        parse_statement(json.dumps(rest).encode())


@pytest.mark.parametrize("data", [b"[]", b"1", b'"text"', b"null"])
def test_statement_not_an_object(data: bytes) -> None:
    with pytest.raises(VerificationError, match="an object"):
        parse_statement(data)
