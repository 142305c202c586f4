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
    standing = Trust((f"{forms(key.public)[form]}\n",)).judge(key.public.vkey, SIGNED)
    assert standing.pinned
    assert key.public == standing.key


@pytest.mark.parametrize("form", ["vkey", "pem", "fingerprint"])
def test_other_key_in_the_target_is_contradicted(key: SigningKey, other_key: SigningKey, form: str) -> None:
    standing = Trust((forms(other_key.public)[form],)).judge(key.public.vkey, SIGNED)
    assert not standing.pinned
    assert [Result.CONTRADICTED] == [claim.result for claim in standing.claims]


def test_verifier_key_pins_the_name_too(key: SigningKey) -> None:
    elsewhere = PublicKey("elsewhere.invalid/log", key.public.raw)
    assert not Trust((elsewhere.vkey,)).judge(key.public.vkey, SIGNED).pinned
    assert Trust((elsewhere.pem,)).judge(key.public.vkey, SIGNED).pinned


def test_one_of_several_named_keys_is_enough(key: SigningKey, other_key: SigningKey) -> None:
    assert Trust((other_key.public.vkey, key.public.fingerprint)).judge(key.public.vkey, SIGNED).pinned


def test_no_key_named_pins_nothing_and_claims_nothing(key: SigningKey) -> None:
    assert Standing(key.public) == Trust().judge(key.public.vkey, SIGNED)


@pytest.mark.parametrize("form", ["vkey", "pem"])
def test_log_without_a_key_is_opened_with_the_named_one(key: SigningKey, signed: bytes, form: str) -> None:
    standing = Trust((forms(key.public)[form],)).judge(None, signed)
    assert standing.pinned
    assert key.public == standing.key


def test_log_without_a_key_that_no_named_key_signed_is_contradicted(other_key: SigningKey, signed: bytes) -> None:
    standing = Trust((other_key.public.vkey,)).judge(None, signed)
    assert [Result.CONTRADICTED] == [claim.result for claim in standing.claims]
    assert not standing.pinned


def test_log_without_a_key_needs_more_than_a_fingerprint(key: SigningKey, signed: bytes) -> None:
    standing = Trust((key.public.fingerprint,)).judge(None, signed)
    assert [Result.CANNOT_TELL] == [claim.result for claim in standing.claims]
    assert standing.key is None


@pytest.mark.parametrize("vkey", ["", "nonsense", "a+00000000+AAAA", "\x1b[31m"])
def test_malformed_key_in_the_target_is_contradicted(vkey: str) -> None:
    assert [Result.CONTRADICTED] == [claim.result for claim in Trust().judge(vkey, SIGNED).claims]


@pytest.mark.parametrize("text", ["", "nonsense", "sha256:00", "-----BEGIN PUBLIC KEY-----"])
def test_text_that_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(VerificationError):
        Trust((text,))


def test_workspace_with_a_malformed_public_key_is_contradicted(lab: Any) -> None:
    (lab.space.keys / "accord.pub").write_bytes(b"\xff\xfe")
    done = lab.verify(lab.space.root)
    assert Result.CONTRADICTED == done.worst
    assert done.key is None
