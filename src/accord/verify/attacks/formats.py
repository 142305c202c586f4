"""Attacks on how bytes are read: JSON that has two readings; envelopes, notes and keys that are not what they say."""

import base64
import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from accord.evidence import DocumentRecord
from accord.ledger import PAYLOAD_TYPE, format_json, parse_json, sign_envelope, unverified_payload
from accord.ledger.note import Note, NoteSignature, format_note, parse_note
from accord.verify.attacks.case import Case
from accord.verify.attacks.definition import attack

_ORDER = 2**252 + 27742317777372353535851937790883648493
"""Of Ed25519's group (RFC 8032, 5.1)."""

_LOW_ORDER = b"\x01" + bytes(31)
"""The neutral element: whatever is signed, a signature under it is easily found."""


@attack("JSON: a key that is there twice")
def json_twice(case: Case) -> Path:
    """Sign a record that states two dates, of which some readers take the first and some the last."""
    return _say(case, b'"made":"', b'"made":"2020-01-01T00:00:00Z","made":"')


@attack("JSON: an integer that not every reader keeps exact")
def json_large(case: Case) -> Path:
    """Sign a record with the size 2^53 + 1, which a reader of doubles takes for 2^53."""
    return _say(case, b'"size":15', b'"size":9007199254740993')


@attack("JSON: not a number")
def json_nan(case: Case) -> Path:
    """Sign a record with the size NaN, which compares false with everything."""
    return _say(case, b'"size":15', b'"size":NaN')


@attack("JSON: a number that overflows")
def json_overflow(case: Case) -> Path:
    """Sign a record with the size 1e999, which some readers take for infinity."""
    return _say(case, b'"size":15', b'"size":1e999')


@attack("JSON: deep nesting")
def json_deep(case: Case) -> Path:
    """Sign a record with a thousand lists in each other, to exhaust the reader's stack."""
    return _say(case, b'"id":"', b'"deep":' + b"[" * 1_000 + b"]" * 1_000 + b',"id":"')


@attack("JSON: half a character")
def json_surrogate(case: Case) -> Path:
    """Sign a record whose id holds a lone surrogate, which has no UTF-8."""
    return _say(case, b'"id":"', rb'"id":"\ud800')


@attack("JSON: a number as text")
def json_text(case: Case) -> Path:
    """Sign a record whose size is the text "15", which some readers convert and others refuse."""
    return _say(case, b'"size":15', b'"size":"15"')


@attack("JSON: a report with a second proof")
def json_proofs(case: Case) -> Path:
    """Put a second member `proof` into a report, so that one reader checks one and another shows the other."""
    report = case.render()["report.json"]
    return case.file("report.json", report.replace(b'"proof":', b'"proof":{},"proof":', 1))


@attack("Statement: another version of the format")
def statement_type(case: Case) -> Path:
    """Sign a record as an in-toto statement of a version whose fields mean something else."""
    return _say(case, b"in-toto.io/Statement/v1", b"in-toto.io/Statement/v0.1")


@attack("Statement: subjects that the record is not about")
def statement_subject(case: Case) -> Path:
    """Sign a document's record under the digest of another document, which other tools would look at."""
    return _say(case, b'"name":"document"', b'"name":"elsewhere"')


@attack("Envelope: another type of payload")
def payload_type(case: Case) -> Path:
    """Sign the record as text, whose meaning nobody fixed."""
    payload, kind = _payload(case), "text/plain"
    signed = b"DSSEv1 %d %b %d %b" % (len(kind), kind.encode(), len(payload), payload)
    return _enclose(case, payload, [_sign(case, signed)], payloadType=kind)


@attack("Envelope: no signature")
def no_signature(case: Case) -> Path:
    """Empty the list of signatures."""
    return _enclose(case, _payload(case), [])


@attack("Envelope: two signatures of one key")
def two_signatures(case: Case) -> Path:
    """Put a false signature before the true one, under the same key."""
    payload = _payload(case)
    true = _true(case, payload)
    return _enclose(case, payload, [{**true, "sig": base64.b64encode(bytes(64)).decode()}, true])


@attack("Envelope: a false signature beside a true one of a stranger")
def stranger_first(case: Case) -> Path:
    """Have a stranger sign truly, and put false bytes under the operator's key beside it."""
    payload = _payload(case)
    other = parse_json(sign_envelope(payload, case.scene.stranger))["signatures"][0]
    return _enclose(case, payload, [other, {**_true(case, payload), "sig": other["sig"]}])


@attack("Envelope: a stranger's signature under the true key's id")
def borrowed_keyid(case: Case) -> Path:
    """Have a stranger sign, and name the operator's key beside it."""
    payload = _payload(case)
    other = parse_json(sign_envelope(payload, case.scene.stranger))["signatures"][0]
    return _enclose(case, payload, [{**other, "keyid": case.scene.key.public.keyid}])


@attack("Envelope: a member more")
def extra_member(case: Case) -> Path:
    """Put a member beside the payload that no signature covers."""
    payload = _payload(case)
    return _enclose(case, payload, [_true(case, payload)], note="Audited.")


@attack("Envelope: base64 in another spelling")
def loose_base64(case: Case) -> Path:
    """Set a bit of the signature's base64 that stands for nothing, so that one signature has two spellings."""
    payload = _payload(case)
    true = _true(case, payload)
    return _enclose(case, payload, [{**true, "sig": _respell(true["sig"])}])


@attack("Signature: a second one made from the first, without the key")
def malleable(case: Case) -> Path:
    """Add the order of the group to the signature's second half, which loose verifiers accept."""
    payload = _payload(case)
    true = _true(case, payload)
    sig = base64.b64decode(true["sig"])
    second = (int.from_bytes(sig[32:], "little") + _ORDER).to_bytes(32, "little")
    return _enclose(case, payload, [{**true, "sig": base64.b64encode(sig[:32] + second).decode()}])


@attack("Key: one of low order")
def low_order_key(case: Case) -> Path:
    """Have the workspace name a key under which anybody can find a signature of anything."""
    name = case.scene.key.name
    key_hash = _note_hash(name, b"\x01", _LOW_ORDER)
    vkey = f"{name}+{key_hash.hex()}+{base64.b64encode(bytes([1]) + _LOW_ORDER).decode()}"
    root = _note(case, [NoteSignature(name, key_hash, _LOW_ORDER + bytes(32))])
    (case.space.keys / "accord.pub").write_text(vkey, encoding="utf-8")
    return root


@attack("Key: another algorithm under the true name")
def other_algorithm(case: Case) -> Path:
    """Sign the checkpoint under the key hash of the type 0x02 (ECDSA) instead of Ed25519's 0x01."""
    key, text = case.scene.key, case.space.log().checkpoint.text
    return _note(
        case, [NoteSignature(key.name, _note_hash(key.name, b"\x02", key.public.raw), key.sign(text.encode()))]
    )


@attack("Checkpoint: no signature but the witness's")
def witness_alone(case: Case) -> Path:
    """Leave out the log's own signature, and keep the true cosignature."""
    return _note(case, parse_note(case.space.log().signed_checkpoint).signatures[1:])


@attack("Checkpoint: a false signature beside the true one")
def two_note_signatures(case: Case) -> Path:
    """Add a second signature under the log's key that does not verify, so that readers differ by which they look at."""
    own, *others = parse_note(case.space.log().signed_checkpoint).signatures
    return _note(case, [own, NoteSignature(own.name, own.key_hash, bytes(64)), *others])


def _payload(case: Case) -> bytes:
    """Return the statement of a record that would be next in the log, which was appended and is to be replaced."""
    document = case.space.keep(b"We are careful.", "text/plain")
    case.space.append([DocumentRecord(made=case.scene.later, id="document", document=document)])
    return unverified_payload(case.entries()[-1])


def _replace_last(case: Case, entry: bytes) -> Path:
    """Put another entry in the place of the last one; the operator signs the log that this gives."""
    return case.relog([*case.entries()[:-1], entry])


def _say(case: Case, old: bytes, new: bytes) -> Path:
    """Sign other bytes than the record's own."""
    return _replace_last(case, sign_envelope(_payload(case).replace(old, new), case.scene.key))


def _true(case: Case, payload: bytes) -> dict[str, str]:
    """Return the operator's true signature of a payload, as an envelope holds it."""
    signature: dict[str, str] = parse_json(sign_envelope(payload, case.scene.key))["signatures"][0]
    return signature


def _sign(case: Case, data: bytes) -> dict[str, str]:
    return {"keyid": case.scene.key.public.keyid, "sig": base64.b64encode(case.scene.key.sign(data)).decode()}


def _enclose(case: Case, payload: bytes, signatures: list[dict[str, str]], **members: Any) -> Path:  # noqa: ANN401 - JSON
    """Put an envelope of one's own making in the place of the last one."""
    text = base64.b64encode(payload).decode()
    envelope = {"payload": text, "payloadType": PAYLOAD_TYPE, "signatures": signatures, **members}
    return _replace_last(case, format_json(envelope))


def _respell(text: str) -> str:
    """Return base64 that ends in `==` with the lowest of the bits changed that stand for nothing."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return f"{text[:-3]}{letters[letters.index(text[-3]) ^ 1]}=="


def _note_hash(name: str, kind: bytes, raw: bytes) -> bytes:
    """Return the key hash of a key of any type (C2SP signed-note)."""
    return hashlib.sha256(name.encode() + b"\n" + kind + raw).digest()[:4]


def _note(case: Case, signatures: Iterable[NoteSignature]) -> Path:
    """Put other signatures under the newest checkpoint, in the log and in its signer's memory."""
    note = format_note(Note(case.space.log().checkpoint.text, tuple(signatures)))
    for path in (case.space.ledger / "checkpoint", case.space.memory):
        path.write_bytes(note)
    return case.space.root
