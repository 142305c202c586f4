import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accord.errors import SignatureError, VerificationError
from accord.ledger import (
    EMPTY_ROOT,
    Checkpoint,
    SigningKey,
    open_checkpoint,
    sign_checkpoint,
    sign_envelope,
    unverified_checkpoint,
)

KEY = SigningKey.generate("log.example", entropy=lambda n: b"\x01" * n)
OTHER = SigningKey.generate("log.example", entropy=lambda n: b"\x02" * n)
CHECKPOINT = Checkpoint("log.example/one", 7, EMPTY_ROOT)
NOTE = sign_checkpoint(CHECKPOINT, KEY)
ROOT = base64.b64encode(EMPTY_ROOT)
LINE = NOTE.split(b"\n\n")[1]

CHECKPOINTS = st.builds(
    Checkpoint,
    st.text("abc /.é", min_size=1).filter(lambda text: bool(text.strip())),
    st.integers(0, 2**63 - 1),
    st.binary(min_size=32, max_size=32),
)


def sign(text: bytes) -> bytes:
    """Sign any text as a note."""
    signature = base64.b64encode(KEY.public.note_hash + KEY.sign(text))
    return text + b"\n\xe2\x80\x94 log.example " + signature + b"\n"


@given(CHECKPOINTS)
def test_checkpoint_round_trip(checkpoint: Checkpoint) -> None:
    note = sign_checkpoint(checkpoint, KEY)
    assert checkpoint == open_checkpoint(note, KEY.public) == unverified_checkpoint(note)


def test_checkpoint_text() -> None:
    assert NOTE.startswith(b"log.example/one\n7\n" + ROOT + b"\n\n\xe2\x80\x94 log.example ")


@given(st.integers(0, len(NOTE) - 1), st.integers(1, 255))
def test_checkpoint_with_any_byte_changed(at: int, change: int) -> None:
    changed = NOTE[:at] + bytes([NOTE[at] ^ change]) + NOTE[at + 1 :]
    with pytest.raises(VerificationError):
        open_checkpoint(changed, KEY.public)


def test_checkpoint_of_another_key() -> None:
    with pytest.raises(SignatureError, match="not signed by the log's key"):
        open_checkpoint(NOTE, OTHER.public)


def test_checkpoint_with_cosignatures() -> None:
    witness = b"\xe2\x80\x94 witness.example " + base64.b64encode(b"\x04" * 76) + b"\n"
    assert open_checkpoint(NOTE + witness, KEY.public) == CHECKPOINT
    assert open_checkpoint(NOTE.replace(LINE, witness + LINE), KEY.public) == CHECKPOINT


def test_checkpoint_with_a_further_line() -> None:
    note = sign(CHECKPOINT.text.encode() + b"more\n")
    assert open_checkpoint(note, KEY.public) == CHECKPOINT


def test_checkpoint_with_an_old_signature_on_a_new_text() -> None:
    with pytest.raises(SignatureError, match="does not verify"):
        open_checkpoint(NOTE.replace(b"\n7\n", b"\n8\n"), KEY.public)


@pytest.mark.parametrize(
    "text",
    [
        b"\n7\n" + ROOT + b"\n",
        b" \n7\n" + ROOT + b"\n",
        b"a\n07\n" + ROOT + b"\n",
        b"a\n-7\n" + ROOT + b"\n",
        b"a\n+7\n" + ROOT + b"\n",
        b"a\n\xd9\xa7\n" + ROOT + b"\n",
        b"a\n9223372036854775808\n" + ROOT + b"\n",
        b"a\n7\n" + ROOT[:-4] + b"\n",
        b"a\n7\n" + ROOT[:-1] + b"\n",
        b"a\n7\n" + ROOT + b"\n\nmore\n",
        b"a\n7\n",
        b"a\r\n7\n" + ROOT + b"\n",
        b"DSSEv1 28 x\n7\n" + ROOT + b"\n",
    ],
)
def test_checkpoint_malformed_though_signed(text: bytes) -> None:
    with pytest.raises(VerificationError):
        open_checkpoint(sign(text), KEY.public)


@pytest.mark.parametrize(
    "note",
    [
        b"",
        b"\n\n",
        CHECKPOINT.text.encode(),
        CHECKPOINT.text.encode() + b"\n",
        NOTE[:-1],
        NOTE + b"\n",
        NOTE + b"- a b\n",
        NOTE.replace(b"\xe2\x80\x94 ", b"\xe2\x80\x94"),
        NOTE.replace(b"\xe2\x80\x94 ", b"- "),
        NOTE + b"\xe2\x80\x94 a AAAA\n",
        NOTE + LINE * 100,
        NOTE.replace(b"log", b"\xff"),
        b"a" * 70_000 + NOTE,
    ],
)
def test_note_malformed(note: bytes) -> None:
    with pytest.raises(VerificationError):
        open_checkpoint(note, KEY.public)


@pytest.mark.parametrize(
    ("origin", "size", "root"),
    [("", 0, EMPTY_ROOT), ("a\nb", 0, EMPTY_ROOT), ("a", -1, EMPTY_ROOT), ("a", 0, b""), ("DSSEv1 ", 0, EMPTY_ROOT)],
)
def test_checkpoint_impossible(origin: str, size: int, root: bytes) -> None:
    with pytest.raises(VerificationError):
        Checkpoint(origin, size, root)


def test_signature_of_an_envelope_is_of_no_checkpoint() -> None:
    # What DSSE signs begins with "DSSEv1 ", which no checkpoint's text does.
    payload = CHECKPOINT.text.encode()
    signed = b"DSSEv1 28 application/vnd.in-toto+json %d %s" % (len(payload), payload)
    assert base64.b64encode(KEY.sign(signed)) in sign_envelope(payload, KEY)
    with pytest.raises(VerificationError):
        open_checkpoint(sign(signed), KEY.public)
