import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from securesystemslib.dsse import Envelope
from securesystemslib.signer import CryptoSigner, SSlibKey  # type: ignore[attr-defined]  # its __init__ lacks __all__

from accord.errors import SignatureError, VerificationError
from accord.ledger import (
    PAYLOAD_TYPE,
    SigningKey,
    dsse,
    format_json,
    open_envelope,
    parse_json,
    sign_envelope,
    unverified_payload,
)

SEED = b"\x01" * 32
KEY = SigningKey.generate("log.example", entropy=lambda _: SEED)
OTHER = SigningKey.generate("log.example", entropy=lambda _: b"\x02" * 32)


def change(data: bytes, **members: Any) -> bytes:  # noqa: ANN401 - any JSON value
    return json.dumps(json.loads(data) | members).encode()


@given(st.binary())
def test_envelope_round_trip(payload: bytes) -> None:
    assert open_envelope(sign_envelope(payload, KEY), [OTHER.public, KEY.public]) == (payload, KEY.public)


@given(st.binary())
def test_envelope_shown_unverified(payload: bytes) -> None:
    assert payload == unverified_payload(sign_envelope(payload, KEY))


def test_envelope_of_an_unknown_key() -> None:
    with pytest.raises(SignatureError, match="not signed by a known key"):
        open_envelope(sign_envelope(b"{}", KEY), [OTHER.public])


def test_envelope_without_known_keys() -> None:
    with pytest.raises(SignatureError, match="no key is known"):
        open_envelope(sign_envelope(b"{}", KEY), [])


def test_envelope_with_another_payload() -> None:
    forged = change(sign_envelope(b"{}", KEY), payload=base64.b64encode(b"[]").decode())
    with pytest.raises(SignatureError, match="does not verify"):
        open_envelope(forged, [KEY.public])


def test_envelope_claiming_another_key() -> None:
    signature = json.loads(sign_envelope(b"{}", KEY))["signatures"][0]
    forged = change(sign_envelope(b"{}", KEY), signatures=[signature | {"keyid": OTHER.public.keyid}])
    with pytest.raises(SignatureError, match="does not verify"):
        open_envelope(forged, [KEY.public, OTHER.public])


def test_envelope_of_two_signers() -> None:
    first, second = (json.loads(sign_envelope(b"{}", key))["signatures"] for key in (KEY, OTHER))
    both = change(sign_envelope(b"{}", KEY), signatures=first + second)
    assert open_envelope(both, [OTHER.public]) == (b"{}", OTHER.public)


def test_envelope_with_a_bad_signature_beside_a_good_one() -> None:
    good, bad = (json.loads(sign_envelope(text, key))["signatures"] for text, key in ((b"{}", KEY), (b"", OTHER)))
    both = change(sign_envelope(b"{}", KEY), signatures=good + bad)
    with pytest.raises(SignatureError, match="does not verify"):
        open_envelope(both, [KEY.public, OTHER.public])


@pytest.mark.parametrize(
    "members",
    [
        {"payloadType": "text/plain"},
        {"payload": "e30"},
        {"payload": "e31="},
        {"payload": " e30="},
        {"payload": "e30=\n"},
        {"payload": 7},
        {"signatures": []},
        {"signatures": {}},
        {"signatures": [{"keyid": "a"}]},
        {"signatures": [{"keyid": "a", "sig": "?"}]},
        {"signatures": [{"keyid": 1, "sig": ""}]},
        {"signatures": [{"keyid": "a", "sig": ""}, {"keyid": "a", "sig": ""}]},
        {"extra": 1},
    ],
)
def test_envelope_refused(members: dict[str, Any]) -> None:
    with pytest.raises(VerificationError, match=r"DSSE|base64"):
        unverified_payload(change(sign_envelope(b"{}", KEY), **members))


def test_envelope_accepted_by_securesystemslib() -> None:
    theirs = SSlibKey(KEY.public.keyid, "ed25519", "ed25519", {"public": KEY.public.raw.hex()})
    envelope = Envelope.from_dict(json.loads(sign_envelope(b'{"a":1}', KEY)))
    assert envelope.verify([theirs], 1) == {KEY.public.keyid: theirs}
    assert envelope.payload == b'{"a":1}'


def test_envelope_of_securesystemslib_accepted() -> None:
    private = Ed25519PrivateKey.from_private_bytes(SEED)
    public = SSlibKey.from_crypto(private.public_key(), keyid=KEY.public.keyid)
    envelope = Envelope(b'{"a":1}', PAYLOAD_TYPE, {})
    envelope.sign(CryptoSigner(private, public))
    data = json.dumps(envelope.to_dict()).encode()
    assert open_envelope(data, [KEY.public]) == (b'{"a":1}', KEY.public)


@given(st.binary())
def test_envelope_is_spelled_canonically(payload: bytes) -> None:
    envelope = sign_envelope(payload, KEY)
    assert format_json(parse_json(envelope)) == envelope


@given(st.binary(max_size=40))
def test_envelope_of_ours_takes_the_quick_way(payload: bytes) -> None:
    envelope = sign_envelope(payload, KEY)
    assert dsse._parse(envelope) == dsse._parse_ours(envelope)


@given(st.binary(max_size=8), st.data())
def test_quick_way_reads_nothing_that_strict_json_reads_otherwise(payload: bytes, data: st.DataObject) -> None:
    envelope = sign_envelope(payload, KEY)
    at = data.draw(st.integers(0, len(envelope)))
    inserted = data.draw(st.binary(max_size=2) | st.sampled_from([b'"', b"\\u0041", b"\\", b"=", b"==", b" "]))
    changed = envelope[:at] + inserted + envelope[at + data.draw(st.integers(0, 6)) :]
    quick = dsse._parse_ours(changed)
    assert quick is None or dsse._parse(changed) == quick


@pytest.mark.parametrize("keyid", [r"\u0041" * 10 + "aaaa", '"' * 64, "é" * 32])
def test_quick_way_leaves_a_keyid_that_needs_escapes(keyid: str) -> None:
    assert dsse._parse_ours(dsse._spell(b"{}", keyid.encode(), bytes(64))) is None
