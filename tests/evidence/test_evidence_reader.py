"""A log whose key changes: each key is the one that was committed to, and no other is ever believed."""

from collections.abc import Callable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

import pytest

from accord.errors import SignatureError, VerificationError
from accord.evidence import (
    ClosedRecord,
    DocumentRecord,
    EvaluationRecord,
    KeyRecord,
    Reader,
    Record,
    Ref,
    make_openings,
    read_entries,
    sign_record,
)
from accord.ledger import PublicKey, SigningKey, leaf_hash

Document = Callable[..., DocumentRecord]


def _key(start: int, name: str = "test.invalid/log") -> SigningKey:
    return SigningKey.generate(name, entropy=lambda size: bytes(range(start, start + size)))


FIRST, SECOND, THIRD, THIEF = _key(10), _key(50), _key(90), _key(130)


@pytest.fixture
def key_record(now: datetime) -> Callable[..., KeyRecord]:
    """Return a factory of the record that brings a key into force and commits to another."""

    def make(key: SigningKey, following: SigningKey, reason: str = "scheduled", **changes: object) -> KeyRecord:
        digest = sha256(following.public.raw).hexdigest()
        base = {"made": now, "vkey": key.public.vkey, "following": digest, "reason": reason}
        return KeyRecord.model_validate(base | changes)

    return make


Make = Callable[..., KeyRecord]
Signed = Sequence[tuple[Record, SigningKey]]


def _read(pairs: Signed, newest: PublicKey) -> list[Any]:
    return [e.record for e in read_entries((sign_record(record, key) for record, key in pairs), newest)]


def test_log_without_a_record_of_its_key_has_one_key(document: Document) -> None:
    assert [document("a"), document("b")] == _read([(document("a"), FIRST), (document("b"), FIRST)], FIRST.public)


def test_each_record_is_read_under_the_key_of_its_time(document: Document, key_record: Make) -> None:
    pairs: Signed = [
        (key_record(FIRST, SECOND, "first"), FIRST),
        (document("a"), FIRST),
        (key_record(SECOND, THIRD), SECOND),
        (document("b"), SECOND),
        (key_record(THIRD, THIEF, "lost"), THIRD),
    ]
    assert [record for record, _ in pairs] == _read(pairs, THIRD.public)


def test_spans_say_from_where_each_key_signs(key_record: Make, document: Document) -> None:
    reader = Reader(SECOND.public)
    pairs = [(key_record(FIRST, SECOND, "first"), FIRST), (document("a"), FIRST), (key_record(SECOND, THIRD), SECOND)]
    for index, (record, key) in enumerate(pairs):
        reader.read(index, sign_record(record, key))
    assert [(FIRST.public, 0), (SECOND.public, 2)] == [(span.key, span.start) for span in reader.spans]


def test_old_key_signs_no_more(key_record: Make, document: Document) -> None:
    pairs = [(key_record(FIRST, SECOND, "first"), FIRST), (key_record(SECOND, THIRD), SECOND), (document("a"), FIRST)]
    with pytest.raises(SignatureError):
        _read(pairs, SECOND.public)


def test_next_key_signs_nothing_before_it_is_in_force(key_record: Make, document: Document) -> None:
    with pytest.raises(SignatureError):
        _read([(key_record(FIRST, SECOND, "first"), FIRST), (document("a"), SECOND)], SECOND.public)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda make: (make(THIEF, THIRD), THIEF), id="not committed to"),
        pytest.param(lambda make: (make(SECOND, THIRD, "first"), SECOND), id="a second beginning"),
        pytest.param(lambda make: (make(_key(50, "peer.invalid/log"), THIRD), _key(50, "peer.invalid/log")), id="name"),
        pytest.param(lambda make: (make(SECOND, THIRD), THIEF), id="signed by another"),
    ],
)
def test_key_that_may_not_follow_is_refused(key_record: Make, change: Callable[[Make], Any]) -> None:
    with pytest.raises(SignatureError):
        _read([(key_record(FIRST, SECOND, "first"), FIRST), change(key_record)], SECOND.public)


@pytest.mark.parametrize("reason", ["first", "scheduled"])
def test_key_in_force_brings_no_key_into_force(key_record: Make, reason: str) -> None:
    pairs = [(key_record(FIRST, SECOND, "first"), FIRST), (key_record(THIEF, THIRD, reason), FIRST)]
    with pytest.raises(VerificationError, match="by its own signature"):
        _read(pairs, FIRST.public)


def test_log_that_committed_to_nothing_keeps_its_key(key_record: Make, document: Document) -> None:
    with pytest.raises(SignatureError):
        _read([(document("a"), FIRST), (key_record(SECOND, THIRD), SECOND)], SECOND.public)


def test_first_record_is_signed_by_the_key_that_it_names(key_record: Make) -> None:
    with pytest.raises(SignatureError):
        _read([(key_record(FIRST, SECOND, "first"), THIEF)], FIRST.public)


def test_checkpoint_by_a_key_that_was_not_in_force_is_refused(key_record: Make) -> None:
    with pytest.raises(SignatureError, match="not in force"):
        _read([(key_record(FIRST, SECOND, "first"), FIRST)], SECOND.public)


def test_records_after_the_theft_are_closed(key_record: Make, document: Document) -> None:
    pairs = [
        (key_record(FIRST, SECOND, "first"), FIRST),
        (document("a"), FIRST),
        (document("b"), FIRST),
        (key_record(SECOND, THIRD, "compromised", revoked_since=2), SECOND),
        (document("c"), SECOND),
    ]
    kinds = [record.kind for record in _read(pairs, SECOND.public)]
    assert ["key", "document", "closed", "key", "document"] == kinds


def test_closed_result_of_a_stolen_key_still_closes_its_plan(
    key_record: Make, evaluation: Callable[..., EvaluationRecord]
) -> None:
    plan = Ref(index=0, leaf="00" * 32)
    pairs = [
        (key_record(FIRST, SECOND, "first"), FIRST),
        (evaluation(plan=plan), FIRST),
        (key_record(SECOND, THIRD, "compromised", revoked_since=1), SECOND),
    ]
    closed = _read(pairs, SECOND.public)[1]
    assert isinstance(closed, ClosedRecord)
    assert ("evaluation", "revoked", plan) == (closed.of, closed.why, closed.plan)


def test_openings_are_found_by_leaf_hash(document: Document) -> None:
    openings = make_openings(document("a"), ["document"], bytes)
    signed = sign_record(document("a"), FIRST, openings)
    read = read_entries([signed], FIRST.public, {leaf_hash(signed).hex(): openings})
    assert [document("a")] == [entry.record for entry in read]


def test_signature_that_was_verified_before_counts_for_its_key_alone(document: Document) -> None:
    signed = sign_record(document("a"), THIEF)
    with pytest.raises(SignatureError):
        Reader(FIRST.public, signers={0: THIEF.public}).read(0, signed)
