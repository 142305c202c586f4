"""The body of a request to a witness, and nothing else of it."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accord.errors import AccordError, VerificationError
from accord.ledger import EMPTY_ROOT, Checkpoint, SigningKey, sign_checkpoint
from accord.ledger.witness import Submission

NOTE = sign_checkpoint(Checkpoint("log.example", 0, EMPTY_ROOT), SigningKey.generate("log.example"))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\n\n",
        b"old 0\n",
        b"old 0\n" + NOTE,
        b"old 00\n\n" + NOTE,
        b"old 01\n\n" + NOTE,
        b"old -1\n\n" + NOTE,
        b"old +1\n\n" + NOTE,
        b"old  1\n\n" + NOTE,
        b"old 1 \n\n" + NOTE,
        b"old 1\r\n\n" + NOTE,
        b"OLD 1\n\n" + NOTE,
        b"old \xd9\xa1\n\n" + NOTE,
        b"old 99999999999999999999\n\n" + NOTE,
        b"old 1\nAAAA\n\n" + NOTE,
        b"old 1\n!\n\n" + NOTE,
        b"old 1\n" + base64.b64encode(b"a" * 33) + b"\n\n" + NOTE,
        b"old 0\n\n" + b"x" * 70_000,
        Submission(1, (EMPTY_ROOT,) * 64, NOTE).body,
    ],
)
def test_request_malformed(body: bytes) -> None:
    with pytest.raises(VerificationError):
        Submission.parse(body)


@given(st.integers(0, 10**18), st.lists(st.binary(min_size=32, max_size=32), max_size=63), st.binary())
def test_request_round_trip(old: int, proof: list[bytes], note: bytes) -> None:
    submission = Submission(old, tuple(proof), note)
    assert submission == Submission.parse(submission.body)


@given(st.one_of(st.binary(), st.binary().map(lambda tail: b"old 1\n" + tail)))
def test_request_of_any_bytes(body: bytes) -> None:
    try:
        assert body == Submission.parse(body).body
    except AccordError as error:
        assert str(error)  # noqa: PT017 - most bytes are refused
