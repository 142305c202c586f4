"""The OpenSSF model-signing format: a Sigstore bundle around an in-toto statement that names every file.

Written and read here, and not by the `model-signing` package, which takes half a second to import and stays the
oracle of the tests. Statement: https://model_signing/signature/v1.0 (docs/model_signing_format.md in
sigstore/model-transparency); bundle: application/vnd.dev.sigstore.bundle.v0.3+json. Signatures of release 0.2, whose
statements name the files as subjects, are read too.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from accord.errors import VerificationError
from accord.ledger import parse_json
from accord.ledger.files import read_file

MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"
PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://model_signing/signature/v1.0"
PREDICATE_0_2 = "https://model_signing/Digests/v0.1"
_LARGEST = 256 << 20
"""Bytes of a signature file: over a million files."""
_DIGEST_SIZES = {"sha256": 32, "blake2b": 64, "blake3": 32}


@dataclass(frozen=True)
class Manifest:
    """What was signed of a model: how it was read, and the digest of each file."""

    name: str
    """The folder's name when it was signed: it says nothing of what is inside."""
    digests: Mapping[str, str]
    """Hex digest by the file's name."""
    algorithm: str = "sha256"
    ignored: tuple[str, ...] = ()
    """Names that were left out, with everything below them."""
    follow: bool = False
    """Whether links to files were followed."""
    blake3: Mapping[str, str] | None = None
    """A second digest of each file for a fast look; an addition of ours that other readers pass over."""

    @property
    def root(self) -> str:
        """SHA-256 (hex) over the raw digests in their order: the one digest that stands for the model."""
        return hashlib.sha256(b"".join(bytes.fromhex(d) for d in self.digests.values())).hexdigest()


@dataclass(frozen=True)
class Bundle:
    """A signature file, taken apart and not yet believed."""

    payload: bytes
    signature: bytes
    certificates: tuple[bytes, ...]
    """DER, the signer's first; none where a bare key signed."""
    hint: str
    """SHA-256 (hex) of the signer's PEM key, where the bundle says it."""
    keyless: bool = False
    """Whether it is a Sigstore signature, whose certificate lives for minutes and whose time a log tells."""


def make_statement(manifest: Manifest) -> bytes:
    """Return the in-toto statement over a manifest as JSON."""
    resources = [{"name": n, "algorithm": manifest.algorithm, "digest": d} for n, d in manifest.digests.items()]
    serialization = {"method": "files", "hash_type": manifest.algorithm, "allow_symlinks": manifest.follow}
    predicate: dict[str, object] = {
        "serialization": serialization | ({"ignore_paths": list(manifest.ignored)} if manifest.ignored else {}),
        "resources": resources,
    }
    if manifest.blake3 is not None:
        predicate["blake3"] = dict(manifest.blake3)
    statement = {
        "_type": STATEMENT,
        "subject": [{"name": manifest.name, "digest": {"sha256": manifest.root}}],
        "predicateType": PREDICATE,
        "predicate": predicate,
    }
    return json.dumps(statement, ensure_ascii=False, separators=(",", ":")).encode()


def encode(payload: bytes) -> bytes:
    """Return the bytes that are signed: DSSE's pre-authentication encoding of the payload (DSSE protocol, v1)."""
    return b"DSSEv1 %d %b %d %b" % (len(PAYLOAD_TYPE), PAYLOAD_TYPE.encode(), len(payload), payload)


def encode_0_2(payload: bytes) -> bytes:
    """Return the bytes that release 0.2 signed: it wrote the payload as Python shows bytes, and `DSSEV1`."""
    return f"DSSEV1 {len(PAYLOAD_TYPE)} {PAYLOAD_TYPE} {len(payload)} {payload!r}".encode()


def write_bundle(payload: bytes, signature: bytes, *, hint: str = "", certificates: Iterable[bytes] = ()) -> bytes:
    """Return a Sigstore bundle, with the signer's certificates or the hint at the bare key."""
    chain = [{"rawBytes": _b64(der)} for der in certificates]
    material: dict[str, object] = (
        {"x509CertificateChain": {"certificates": chain}} if chain else {"publicKey": {"hint": hint}}
    )
    envelope = {
        "payload": _b64(payload),
        "payloadType": PAYLOAD_TYPE,
        "signatures": [{"sig": _b64(signature), "keyid": ""}],
    }
    bundle = {
        "mediaType": MEDIA_TYPE,
        "verificationMaterial": material | {"tlogEntries": []},
        "dsseEnvelope": envelope,
    }
    return json.dumps(bundle, separators=(",", ":")).encode()


def read_bundle(path: Path) -> Bundle:
    """Read a signature file; raise VerificationError for anything that is not one, and OSError."""
    try:
        return _parse_bundle(parse_json(read_file(path, _LARGEST), where=str(path)))
    except (KeyError, IndexError, TypeError, binascii.Error) as error:
        raise _refusal("a Sigstore bundle with one DSSE signature", repr(error), str(path)) from error


def _parse_bundle(data: Any) -> Bundle:  # noqa: ANN401 - JSON
    envelope, material = data["dsseEnvelope"], data["verificationMaterial"]
    if envelope["payloadType"] != PAYLOAD_TYPE:
        raise _refusal(PAYLOAD_TYPE, ascii(envelope["payloadType"]))
    (signature,) = _list(envelope["signatures"], "one signature")
    chain = material.get("x509CertificateChain", {}).get("certificates", ())
    return Bundle(
        payload=_unb64(envelope["payload"]),
        signature=_unb64(signature["sig"]),
        certificates=tuple(_unb64(c["rawBytes"]) for c in chain),
        hint=str(material.get("publicKey", {}).get("hint") or ""),
        keyless="certificate" in material,
    )


def parse_statement(payload: bytes) -> Manifest:
    """Read the statement of a bundle whose signature was verified; raise VerificationError.

    Every name is checked: a signer whose names lead outside of the model is refused.
    """
    try:
        statement: Any = parse_json(payload, where="the signed statement")
        if statement["_type"] != STATEMENT:
            raise _refusal(STATEMENT, ascii(statement["_type"]))
        if statement["predicateType"] == PREDICATE_0_2:
            return _manifest_0_2(statement)
        if statement["predicateType"] != PREDICATE:
            raise _refusal(PREDICATE, ascii(statement["predicateType"]))
        return _manifest(statement)
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise _refusal("a statement of model signing", repr(error)) from error


def _manifest(statement: Any) -> Manifest:  # noqa: ANN401 - JSON
    (subject,) = _list(statement["subject"], "one subject")
    predicate = statement["predicate"]
    how = predicate["serialization"]
    if how["method"] != "files":
        raise _refusal("the method files", ascii(how["method"]))
    algorithm = str(how["hash_type"])
    rows = [(r["name"], r["algorithm"], r["digest"]) for r in predicate["resources"]]
    if any(used != algorithm for _, used, _ in rows):
        raise _refusal(f"digests of {algorithm} alone", "several algorithms")
    second = predicate.get("blake3")
    manifest = Manifest(
        name=str(subject["name"]),
        digests=_digests([(name, digest) for name, _, digest in rows], algorithm),
        algorithm=algorithm,
        ignored=tuple(_names(how.get("ignore_paths", ()))),
        follow=how["allow_symlinks"] is True,
        blake3=None if second is None else _digests(list(second.items()), "blake3"),
    )
    if manifest.blake3 is not None and manifest.blake3.keys() != manifest.digests.keys():
        raise _refusal("a BLAKE3 digest for each file", "other files")
    if manifest.root != subject["digest"]["sha256"]:
        raise _refusal(f"files whose digests make {subject['digest']['sha256']!a}", manifest.root)
    return manifest


def _manifest_0_2(statement: Any) -> Manifest:  # noqa: ANN401 - JSON
    rows = [(s["name"], s["digest"]["sha256"]) for s in statement["subject"]]
    return Manifest(name="", digests=_digests(rows, "sha256"))


def _digests(rows: list[tuple[Any, Any]], algorithm: str) -> dict[str, str]:
    size = _DIGEST_SIZES.get(algorithm)
    if size is None:
        raise _refusal(f"one of {', '.join(_DIGEST_SIZES)}", ascii(algorithm))
    for digest in (d for _, d in rows):
        if not isinstance(digest, str) or len(digest) != 2 * size or set(digest) - set("0123456789abcdef"):
            raise _refusal(f"a digest of {size} bytes in lower-case hexadecimal", ascii(digest))
    names = _names(name for name, _ in rows)
    if len(set(names)) != len(names):
        raise _refusal("each file once", "a file that is named twice")
    return dict(zip(names, (d for _, d in rows), strict=True))


def _names(names: Iterable[Any]) -> list[str]:
    held = list(names)
    for name in held:
        if not isinstance(name, str) or "\0" in name:
            raise _refusal("names of files", ascii(name))
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or str(path) != name:
            raise _refusal("names inside the model", ascii(name))
    return held


def _list(value: Any, expected: str) -> list[Any]:  # noqa: ANN401 - JSON
    if not isinstance(value, list) or len(value) != 1:
        raise _refusal(expected, ascii(value)[:200])
    return value


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _unb64(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _refusal(expected: str, found: str, where: str = "") -> VerificationError:
    return VerificationError("This is not a model signature.", where=where, expected=expected, found=found[:300])
