"""Records of the log's keeping: a key is its own subject, an erasure has a ground and never a story."""

from collections.abc import Callable
from datetime import datetime

import pytest
from pydantic import ValidationError

from accord.evidence import ArtifactRef, Erasing, ErasureRecord, KeyRecord, Ref
from accord.ledger import SigningKey

REF = Ref(index=0, leaf="00" * 32)
BYTES = ArtifactRef(sha256="11" * 32, size=8, media_type="text/plain")


@pytest.fixture
def key_record(now: datetime, key: SigningKey) -> Callable[..., KeyRecord]:
    """Return a factory of records that bring the organisation's key into force."""
    base = {"made": now, "vkey": key.public.vkey, "following": "22" * 32, "reason": "compromised"}
    return lambda **changes: KeyRecord.model_validate(base | changes)


def test_key_record_is_about_its_key(key_record: Callable[..., KeyRecord], key: SigningKey) -> None:
    assert [(key.public.name, key.public.keyid)] == [(s.name, s.sha256) for s in key_record().subjects()]


@pytest.mark.parametrize("reason", ["first", "scheduled", "lost"])
def test_only_a_stolen_key_is_revoked_for_the_past(key_record: Callable[..., KeyRecord], reason: str) -> None:
    assert 3 == key_record(revoked_since=3).revoked_since
    with pytest.raises(ValidationError, match="only a compromised key is revoked"):
        key_record(reason=reason, revoked_since=3)


@pytest.mark.parametrize("vkey", ["", "name", "name+00000000+AQ==", "\x1b[0m"])
def test_key_record_refuses_what_is_no_key(key_record: Callable[..., KeyRecord], vkey: str) -> None:
    with pytest.raises(ValidationError, match="key"):
        key_record(vkey=vkey)


def test_nothing_of_a_key_record_can_be_withheld() -> None:
    assert frozenset() == KeyRecord.withholdable()


def test_erasure_is_about_the_bytes_that_were_erased(now: datetime) -> None:
    record = ErasureRecord(made=now, erased=BYTES, records=(REF,), reason=Erasing.ORDER)
    assert [("erased", BYTES.sha256)] == [(s.name, s.sha256) for s in record.subjects()]


def test_erasure_names_a_record(now: datetime) -> None:
    with pytest.raises(ValidationError, match="records"):
        ErasureRecord(made=now, erased=BYTES, records=(), reason=Erasing.ORDER)


@pytest.mark.parametrize("reason", ["", "John asked us to", "retention"])
def test_erasure_has_a_ground_and_no_story(now: datetime, reason: str) -> None:
    with pytest.raises(ValidationError, match="reason"):
        ErasureRecord.model_validate({"made": now, "erased": BYTES, "records": (REF,), "reason": reason})
