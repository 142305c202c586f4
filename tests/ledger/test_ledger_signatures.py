"""Signatures are judged alike, however many processes share the work."""

import sys

import pytest

from accord.ledger import SigningKey, sign_envelope
from accord.ledger.signatures import check_signatures

FIRST, SECOND, STRANGER = (SigningKey.generate("log.example") for _ in range(3))
KEYS = (FIRST.public, SECOND.public)
MIXED = {
    7: sign_envelope(b"a", FIRST),
    9: sign_envelope(b"b", SECOND),
    10: sign_envelope(b"c", STRANGER),
    11: sign_envelope(b"d", FIRST).replace(b"ZA==", b"ZQ=="),
    12: b"",
    13: b"\xff{}",
    14: '{"payload":"\u2028"}'.encode(),
}


def test_signers_are_found_by_index() -> None:
    assert {7: FIRST.public, 9: SECOND.public} == check_signatures(MIXED, KEYS)


def test_signers_of_nothing() -> None:
    assert {} == check_signatures({}, KEYS, jobs=2)


def test_signers_under_no_key() -> None:
    assert {} == check_signatures(MIXED, ())


def test_signers_are_the_same_by_several_processes() -> None:
    entries = {index: MIXED[7 + index % 8] for index in range(700) if index % 8 != 1}
    alone = check_signatures(entries, KEYS, jobs=1)
    assert {FIRST.public, SECOND.public} == set(alone.values())
    assert list(alone.items()) == list(check_signatures(entries, KEYS, jobs=3).items())


def test_signers_are_found_where_no_process_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    entries = dict.fromkeys(range(600), MIXED[7])
    assert 600 == len(check_signatures(entries, KEYS, jobs=2))
