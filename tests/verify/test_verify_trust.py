"""A key in the target counts only when it is one that the verifier named."""

# ruff: noqa: ANN401 - the class of `lab` lives in conftest, which importlib mode cannot import

from typing import Any

import pytest

from accord.errors import VerificationError
from accord.ledger import Checkpoint, PublicKey, SigningKey, sign_checkpoint
from accord.verify import Result, Trust
from accord.verify.trust import Standing

SIGNED = b"unused"


@pytest.fixture
def signed(key: SigningKey) -> bytes:
    return sign_checkpoint(Checkpoint(key.name, 1, bytes(32)), key)


def forms(key: PublicKey) -> dict[str, str]:
    return {"vkey": key.vkey, "pem": key.pem, "fingerprint": key.fingerprint}


@pytest.mark.parametrize("form", ["vkey", "pem", "fingerprint"])
def test_named_key_in_the_target_is_pinned(key: SigningKey, form: str) -> None:
    standing = Trust((f"{forms(key.public)[form]}\n",)).judge(key.public)
    assert standing.pinned
    assert key.public == standing.key


@pytest.mark.parametrize("form", ["vkey", "pem", "fingerprint"])
def test_other_key_in_the_target_is_contradicted(key: SigningKey, other_key: SigningKey, form: str) -> None:
    standing = Trust((forms(other_key.public)[form],)).judge(key.public)
    assert not standing.pinned
    assert [Result.CONTRADICTED] == [claim.result for claim in standing.claims]


def test_verifier_key_pins_the_name_too(key: SigningKey) -> None:
    elsewhere = PublicKey("elsewhere.invalid/log", key.public.raw)
    assert not Trust((elsewhere.vkey,)).judge(key.public).pinned
    assert Trust((elsewhere.pem,)).judge(key.public).pinned


def test_one_of_several_named_keys_is_enough(key: SigningKey, other_key: SigningKey) -> None:
    assert Trust((other_key.public.vkey, key.public.fingerprint)).judge(key.public).pinned


def test_no_key_named_pins_nothing_and_claims_nothing(key: SigningKey) -> None:
    assert Standing(key.public) == Trust().judge(key.public)


@pytest.mark.parametrize("form", ["vkey", "pem"])
def test_log_without_a_key_is_opened_with_the_named_one(key: SigningKey, signed: bytes, form: str) -> None:
    assert key.public == Trust((forms(key.public)[form],)).find_key(None, signed)


def test_log_without_a_key_that_no_named_key_signed_is_contradicted(lab: Any, other_key: SigningKey) -> None:
    done = lab.verify(lab.space.ledger, other_key.public.vkey)
    assert "checkpoint.signature" in lab.contradicted(done)


def test_log_without_a_key_needs_more_than_a_fingerprint(key: SigningKey, signed: bytes) -> None:
    trust = Trust((key.public.fingerprint,))
    assert trust.find_key(None, signed) is None
    assert [Result.CANNOT_TELL] == [claim.result for claim in trust.judge(None).claims]


def test_key_that_the_log_binds_to_the_named_one_is_pinned(key: SigningKey, other_key: SigningKey) -> None:
    assert Trust((key.public.vkey,)).judge(other_key.public, (key.public, other_key.public)).pinned


@pytest.mark.parametrize("vkey", ["", "nonsense", "a+00000000+AAAA", "\x1b[31m"])
def test_malformed_key_in_the_target_is_refused(vkey: str) -> None:
    with pytest.raises(VerificationError):
        Trust().find_key(vkey, SIGNED)


@pytest.mark.parametrize("text", ["", "nonsense", "sha256:00", "-----BEGIN PUBLIC KEY-----"])
def test_text_that_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(VerificationError):
        Trust((text,))


def test_workspace_with_a_malformed_public_key_is_contradicted(lab: Any) -> None:
    (lab.space.keys / "accord.pub").write_bytes(b"\xff\xfe")
    done = lab.verify(lab.space.root)
    assert Result.CONTRADICTED == done.worst
    assert done.key is None
