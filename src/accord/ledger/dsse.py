"""DSSE envelopes: a payload and the signatures over it, as one canonical JSON object.

The format is small enough to write out. securesystemslib, the reference, is the oracle of the tests and not
an import here: it loads every cloud signer that is installed (boto3 alone takes 0.2 s).
"""

import binascii
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterable
from typing import Any, NamedTuple

from accord.errors import SignatureError, VerificationError
from accord.ledger.canonical import parse_json
from accord.ledger.keys import PublicKey, Signer, decode_base64

PAYLOAD_TYPE = "application/vnd.in-toto+json"


def sign_envelope(payload: bytes, key: Signer) -> bytes:
    """Return the RFC 8785 bytes of an envelope around an in-toto payload, signed by the key."""
    return _spell(payload, key.public.keyid.encode(), key.sign(_encode(payload)))


def open_envelope(data: bytes, keys: Iterable[PublicKey]) -> tuple[bytes, PublicKey]:
    """Return the payload and the key that signed it: the first signature's that is among `keys`.

    Raises SignatureError when none of the keys signed, or when a signature under one of them is wrong, even
    beside a good one; VerificationError when the bytes are not such an envelope.
    """
    envelope, keys = _parse_ours(data) or _parse(data), tuple(keys)
    signed, signers = _encode(envelope.payload), list[PublicKey]()
    for keyid, signature in envelope.signatures.items():
        for key in keys:
            if key.keyid == keyid:
                key.verify(signature, signed)
                signers.append(key)
    if not signers:
        raise SignatureError(
            "The envelope is not signed by a known key.",
            expected=", ".join(sorted({key.keyid for key in keys})) or "no key is known",
            found=", ".join(repr(keyid) for keyid in envelope.signatures),
        )
    return envelope.payload, signers[0]


def unverified_payload(data: bytes) -> bytes:
    """Return an envelope's payload without looking at its signatures: to display, never to believe."""
    return (_parse_ours(data) or _parse(data)).payload


def unverified_keyid(data: bytes) -> str:
    """Return the key id of the first signature on an envelope, which nothing has verified."""
    return next(iter((_parse_ours(data) or _parse(data)).signatures))


class _Envelope(NamedTuple):
    payload: bytes
    signatures: dict[str, bytes]


def _encode(payload: bytes) -> bytes:
    """Return DSSE's pre-authentication encoding (PAE), the bytes that are signed (DSSE protocol, v1)."""
    return b"DSSEv1 %d %b %d %b" % (len(PAYLOAD_TYPE), PAYLOAD_TYPE.encode(), len(payload), payload)


def _spell(payload: bytes, keyid: bytes, signature: bytes) -> bytes:
    """Return an envelope of one signer as RFC 8785 spells it."""
    texts = (b2a_base64(payload, newline=False), PAYLOAD_TYPE.encode(), keyid, b2a_base64(signature, newline=False))
    return b'{"payload":"%b","payloadType":"%b","signatures":[{"keyid":"%b","sig":"%b"}]}' % texts


_AFTER = len(_spell(b"", b"k" * 64, bytes(64)).partition(b'":"')[2])  # what follows the payload
_PAYLOAD = slice(len(b'{"payload":"'), -_AFTER)
_SIGNATURE = slice(-len(b'"}]}') - 88, -len(b'"}]}'))
_KEYID = slice(_SIGNATURE.start - len(b'","sig":"') - 64, _SIGNATURE.start - len(b'","sig":"'))


def _parse_ours(data: bytes) -> _Envelope | None:
    """Read what `sign_envelope` wrote, in half the time; None for anything else, which `_parse` then judges.

    What is found at the fixed places must spell these very bytes, so no other reading is possible.
    """
    keyid = data[_KEYID]
    try:
        payload, signature = a2b_base64(data[_PAYLOAD]), a2b_base64(data[_SIGNATURE])
    except binascii.Error:
        return None
    # A letter or digit is spelled in one way only; what is not base64 does not come out as it went in.
    if not keyid.isalnum() or _spell(payload, keyid, signature) != data:
        return None
    return _Envelope(payload, {keyid.decode(): signature})


def _parse(data: bytes) -> _Envelope:
    envelope = _members(parse_json(data, where="envelope"), "payload", "payloadType", "signatures")
    if envelope["payloadType"] != PAYLOAD_TYPE:
        raise _refusal("payloadType", PAYLOAD_TYPE, envelope["payloadType"])
    items = envelope["signatures"]
    if not isinstance(items, list) or not items:
        raise _refusal("signatures", "a list of at least one", items)
    signatures: dict[str, bytes] = {}
    for item in items:
        signature = _members(item, "keyid", "sig")
        keyid = _text(signature["keyid"], "keyid")
        if keyid in signatures:
            raise _refusal("signatures", "one signature by each key", keyid)
        signatures[keyid] = decode_base64(_text(signature["sig"], "sig"), where="sig")
    return _Envelope(decode_base64(_text(envelope["payload"], "payload"), where="payload"), signatures)


def _members(value: object, *names: str) -> dict[str, Any]:
    if not isinstance(value, dict) or set(value) != set(names):
        raise _refusal("envelope", f"an object of {', '.join(names)}", value)
    return value


def _text(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise _refusal(where, "text", value)
    return value


def _refusal(where: str, expected: str, found: object) -> VerificationError:
    return VerificationError("This is not a DSSE envelope.", where=where, expected=expected, found=repr(found)[:200])
