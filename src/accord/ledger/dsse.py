"""DSSE envelopes: a payload and the signatures over it, as one canonical JSON object.

The format is small enough to write out. securesystemslib, the reference, is the oracle of the tests and not
an import here: it loads every cloud signer that is installed (boto3 alone takes 0.2 s).
"""

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from accord.errors import SignatureError, VerificationError
from accord.ledger.canonical import format_json, parse_json
from accord.ledger.keys import PublicKey, SigningKey, decode_base64

PAYLOAD_TYPE = "application/vnd.in-toto+json"


def sign_envelope(payload: bytes, key: SigningKey) -> bytes:
    """Return the RFC 8785 bytes of an envelope around an in-toto payload, signed by the key."""
    signature = {"keyid": key.public.keyid, "sig": _base64(key.sign(_encode(payload)))}
    return format_json({"payload": _base64(payload), "payloadType": PAYLOAD_TYPE, "signatures": [signature]})


def open_envelope(data: bytes, keys: Iterable[PublicKey]) -> tuple[bytes, PublicKey]:
    """Return the payload and the key that signed it: the first signature's that is among `keys`.

    Raises SignatureError when none of the keys signed, or when a signature under one of them is wrong, even
    beside a good one; VerificationError when the bytes are not such an envelope.
    """
    envelope = _parse(data)
    known = {key.keyid: key for key in keys}
    signers = [keyid for keyid in envelope.signatures if keyid in known]
    if not signers:
        raise SignatureError(
            "The envelope is not signed by a known key.",
            expected=", ".join(sorted(known)) or "no key is known",
            found=", ".join(repr(keyid) for keyid in envelope.signatures),
        )
    for keyid in signers:
        known[keyid].verify(envelope.signatures[keyid], _encode(envelope.payload))
    return envelope.payload, known[signers[0]]


def unverified_payload(data: bytes) -> bytes:
    """Return an envelope's payload without looking at its signatures: to display, never to believe."""
    return _parse(data).payload


@dataclass(frozen=True)
class _Envelope:
    payload: bytes
    signatures: dict[str, bytes]


def _encode(payload: bytes) -> bytes:
    """Return DSSE's pre-authentication encoding (PAE), the bytes that are signed (DSSE protocol, v1)."""
    return b"DSSEv1 %d %s %d %s" % (len(PAYLOAD_TYPE), PAYLOAD_TYPE.encode(), len(payload), payload)


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


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
