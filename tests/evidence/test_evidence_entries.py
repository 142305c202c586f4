"""Entries: who signed them, what is refused, what is kept, and what may still be relied on."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accord.errors import RecordError, SignatureError, VerificationError
from accord.evidence import (
    AssessmentRecord,
    DocumentRecord,
    Entry,
    EvaluationRecord,
    Origin,
    Record,
    Records,
    SystemRecord,
    UnknownRecord,
    expiry,
    format_values,
    is_current,
    read_entry,
    sign_record,
)
from accord.ledger import (
    SigningKey,
    Statement,
    Subject,
    format_statement,
    leaf_hash,
    parse_statement,
    sign_envelope,
    unverified_payload,
)
from accord.workspace import Workspace

FUTURE = "https://w3id.org/accord-code/record/pledge/v7"


@pytest.fixture
def sign(key: SigningKey) -> Callable[..., bytes]:
    """Return a function that signs any statement, honest or not."""

    def make(subjects: tuple[Subject, ...], predicate_type: str, predicate: dict[str, Any]) -> bytes:
        return sign_envelope(format_statement(Statement(subjects, predicate_type, predicate)), key)

    return make


@pytest.fixture
def resign(key: SigningKey, sign: Callable[..., bytes]) -> Callable[..., bytes]:
    """Return a function that signs a record with changed members or subjects."""

    def make(record: Record, *, subjects: tuple[Subject, ...] | None = None, **members: object) -> bytes:
        statement = parse_statement(unverified_payload(sign_record(record, key)))
        predicate = {**statement.predicate, **members}
        return sign(subjects or statement.subjects, statement.predicate_type, predicate)

    return make


def _read(data: bytes, key: SigningKey) -> Entry[Record]:
    return read_entry(7, data, [key.public])


def test_own_key_gives_origin_self(evaluation: Callable[..., EvaluationRecord], key: SigningKey) -> None:
    assert Origin.SELF == _read(sign_record(evaluation(), key), key).origin


def test_other_key_gives_origin_independent(
    evaluation: Callable[..., EvaluationRecord], key: SigningKey, other_key: SigningKey
) -> None:
    entry = read_entry(0, sign_record(evaluation(), other_key), [key.public, other_key.public])
    assert Origin.INDEPENDENT == entry.origin


def test_unknown_key_is_refused(
    evaluation: Callable[..., EvaluationRecord], key: SigningKey, other_key: SigningKey
) -> None:
    with pytest.raises(SignatureError, match="not signed by a known key"):
        _read(sign_record(evaluation(), other_key), key)


def test_changed_envelope_is_refused(evaluation: Callable[..., EvaluationRecord], key: SigningKey) -> None:
    data = sign_record(evaluation(), key)
    changed = data.replace(b'"payload":"e', b'"payload":"f', 1)
    assert data != changed
    with pytest.raises(SignatureError):
        _read(changed, key)


def test_entry_names_its_place_in_the_log(evaluation: Callable[..., EvaluationRecord], key: SigningKey) -> None:
    data = sign_record(evaluation(), key)
    ref = _read(data, key).ref
    assert (7, leaf_hash(data).hex()) == (ref.index, ref.leaf)


@pytest.mark.parametrize(
    "subjects",
    [
        (Subject("other", "0" * 64),),
        (Subject("tiny", "0" * 64),),
        (Subject("tiny", "0" * 64), Subject("tiny", "1" * 64)),
    ],
)
def test_wrong_subjects_are_refused(
    evaluation: Callable[..., EvaluationRecord],
    key: SigningKey,
    resign: Callable[..., bytes],
    subjects: tuple[Subject, ...],
) -> None:
    with pytest.raises(VerificationError, match="subjects are not what its predicate says"):
        _read(resign(evaluation(), subjects=subjects), key)


def test_wrong_shape_is_refused_with_place_and_member(
    evaluation: Callable[..., EvaluationRecord], key: SigningKey, resign: Callable[..., bytes]
) -> None:
    with pytest.raises(RecordError) as caught:
        _read(resign(evaluation(), seed="one", planned=0), key)
    assert "log entry 7" == caught.value.where
    assert ["seed", "planned"] == [part.partition(":")[0] for part in caught.value.found.split("; ")]


@pytest.mark.parametrize("made", ["2026-11-23T15:00:00", "9999-12-31T23:59:59-23:59", "soon", None])
def test_unusable_time_is_refused(
    evaluation: Callable[..., EvaluationRecord], key: SigningKey, resign: Callable[..., bytes], made: str | None
) -> None:
    with pytest.raises(RecordError) as caught:
        _read(resign(evaluation(), made=made), key)
    assert caught.value.found.startswith("made")


def test_unknown_type_is_kept(key: SigningKey, sign: Callable[..., bytes], now: datetime) -> None:
    data = sign((Subject("x", "0" * 64),), FUTURE, {"made": "2026-11-23T15:00:00Z"})
    assert UnknownRecord(made=now, predicate_type=FUTURE) == _read(data, key).record


@pytest.mark.parametrize("made", [None, 7, "soon", "2026-11-23T15:00:00", "9999-12-31T23:59:59-23:59"])
def test_unknown_type_is_kept_whatever_it_says_of_its_time(
    key: SigningKey, sign: Callable[..., bytes], made: object
) -> None:
    data = sign((Subject("x", "0" * 64),), FUTURE, {"made": made})
    assert datetime.fromtimestamp(0, UTC) == _read(data, key).record.made


def test_unknown_members_are_read_past(
    evaluation: Callable[..., EvaluationRecord], key: SigningKey, resign: Callable[..., bytes]
) -> None:
    assert evaluation() == _read(resign(evaluation(), future={"a": 1}), key).record


def test_unknown_members_stay_in_the_log(
    workspace: Workspace,
    evaluation: Callable[..., EvaluationRecord],
    key: SigningKey,
    resign: Callable[..., bytes],
    now: datetime,
) -> None:
    data = resign(evaluation(), future={"a": 1})
    with workspace.log().writer(workspace.ledger, key, memory=workspace.keys / "checkpoint") as writer:
        writer.append([data])
    assert [evaluation()] == [e.record for e in workspace.records(now)]
    assert data == workspace.log().entry(0)


def test_record_is_current_until_the_moment_it_expires(
    evaluation: Callable[..., EvaluationRecord], now: datetime
) -> None:
    record = evaluation(expires=now)
    assert (True, False) == (is_current(record, now - timedelta(seconds=1)), is_current(record, now))


def test_record_without_expiry_stays_current(evaluation: Callable[..., EvaluationRecord], now: datetime) -> None:
    assert is_current(evaluation(expires=None), expiry(now, 9999))


def test_expiry_counts_days(now: datetime) -> None:
    assert datetime(2026, 12, 23, 15, tzinfo=UTC) == expiry(now, 30)


def test_view_gives_entries_of_one_kind_oldest_first(
    records: Callable[..., Records],
    evaluation: Callable[..., EvaluationRecord],
    document: Callable[..., DocumentRecord],
) -> None:
    view = records([evaluation("a"), document("d"), evaluation("b")])
    assert ["a", "b"] == [e.record.suite.id for e in view.of(EvaluationRecord)]


def test_view_leaves_expired_entries_out_of_the_current(
    records: Callable[..., Records], evaluation: Callable[..., EvaluationRecord], now: datetime
) -> None:
    view = records([evaluation("old", expires=now), evaluation("new")])
    assert ["new"] == [e.record.suite.id for e in view.current(EvaluationRecord)]


def test_latest_is_the_newest_even_when_expired(
    records: Callable[..., Records], evaluation: Callable[..., EvaluationRecord], now: datetime
) -> None:
    latest = records([evaluation("a"), evaluation("b", expires=now)]).latest(EvaluationRecord)
    assert latest is not None
    assert "b" == latest.record.suite.id


def test_latest_of_none_is_none(records: Callable[..., Records], declaration: Callable[..., SystemRecord]) -> None:
    assert records([declaration()]).latest(AssessmentRecord) is None


def test_view_before_a_size_holds_that_many_entries(
    records: Callable[..., Records], evaluation: Callable[..., EvaluationRecord], now: datetime
) -> None:
    view = records([evaluation("a"), evaluation("b"), evaluation("c")]).before(2)
    assert ([0, 1], now) == ([e.ref.index for e in view], view.at)


def test_values_are_formatted_canonically(document: Callable[..., DocumentRecord]) -> None:
    reference = document("a").document
    assert b'[{"media_type":"application/json","sha256":"%s","size":8}]' % reference.sha256.encode() == format_values(
        [reference]
    )
