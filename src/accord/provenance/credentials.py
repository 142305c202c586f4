"""Content credentials (C2PA): put into what a system makes, and checked in anything. The one door to c2pa-python.

A credential names the system and the model, and nothing of whoever asked for the content (clause 7.2). Nothing is
fetched from a network: of a credential that lies elsewhere only that is said, and whether a certificate was revoked
is not asked.
"""

import io
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import IO, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding

from accord.errors import MissingExtraError, ProvenanceError

LABEL = "org.w3id.accord-code.model"
"""The assertion that names the system and the model."""
GENERATED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
"""IPTC's word for content that a trained model made."""
TYPES = {
    ".avi": "video/avi", ".avif": "image/avif", ".docx":
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".dng": "image/dng", ".epub": "application/epub+zip", ".flac": "audio/flac", ".gif": "image/gif",
    ".heic": "image/heic", ".heif": "image/heif", ".jpeg": "image/jpeg", ".jpg": "image/jpeg", ".jxl": "image/jxl",
    ".m4a": "audio/mp4", ".mov": "video/quicktime", ".mp3": "audio/mpeg", ".mp4": "video/mp4",
    ".odt": "application/vnd.oasis.opendocument.text", ".pdf": "application/pdf", ".png": "image/png",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation", ".svg": "image/svg+xml",
    ".tif": "image/tiff", ".tiff": "image/tiff", ".wav": "audio/wav", ".webp": "image/webp",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip
"""The media type of what can carry a credential, by the end of a file's name."""
_ALGORITHMS = {"secp256r1": ("ES256", hashes.SHA256), "secp384r1": ("ES384", hashes.SHA384)}
_OFFLINE = {"remote_manifest_fetch": False, "ocsp_fetch": False}
_PERSONAL = (
    "stds.schema-org.CreativeWork",
    "stds.exif",
    "stds.iptc",
    "cawg.identity",
    "cawg.metadata",
    "c2pa.metadata",
)
"""Assertions that may name people or places."""


class Verdict(StrEnum):
    """What a file's credential is worth."""

    TRUSTED = "trusted"
    """It is as it was signed, by somebody on the trust list."""
    UNTRUSTED = "untrusted"
    """It is as it was signed, by somebody who is not."""
    INVALID = "invalid"
    """The file or its credential was changed since it was signed."""
    NONE = "no-credential"
    """There is none, which says nothing of where it comes from."""
    ELSEWHERE = "elsewhere"
    """It names an address on a network, which is not asked."""
    UNREADABLE = "unreadable"
    """It is not of a type, or not of a form, that can be read."""


@dataclass(frozen=True)
class Credential:
    """What was found in one file; every text in it is a stranger's."""

    verdict: Verdict
    problems: tuple[str, ...] = ()
    """What does not hold, in the standard's own codes."""
    ingredients: tuple[str, ...] = ()
    """What does not hold of what it was made from."""
    signer: str = ""
    system: str = ""
    """The system that it says it comes from."""
    model: str = ""
    """The SHA-256 of the model that it says made it."""
    generated: bool = False
    """Whether it says that a trained model made it."""
    personal: tuple[str, ...] = ()
    """Assertions in it that may name people or places."""


@dataclass(frozen=True)
class ContentSigner:
    """A key on P-256 or P-384, and its certificates, the signer's own first."""

    key: ec.EllipticCurvePrivateKey = field(repr=False)
    certificates: tuple[x509.Certificate, ...]

    def __post_init__(self) -> None:
        if self.key.curve.name not in _ALGORITHMS:
            raise ProvenanceError(
                "Content is not signed on this curve.", expected="P-256 or P-384", found=self.key.curve.name
            )
        if not self.certificates or self.certificates[0].public_key() != self.key.public_key():
            raise ProvenanceError("The certificate is not that of the key.", expected="the signer's own, first")

    def sign(self, data: bytes) -> bytes:
        """Return the signature as COSE has it: both numbers, one after the other (RFC 9053)."""
        _, algorithm = _ALGORITHMS[self.key.curve.name]
        size = (self.key.curve.key_size + 7) // 8
        r, s = decode_dss_signature(self.key.sign(data, ec.ECDSA(algorithm())))
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")


@dataclass(frozen=True)
class Maker:
    """What made the content, as its credential will say."""

    system: str
    version: str
    model: str
    sha256: str
    """The digest of the model."""


def media_type(path: Path) -> str:
    """Return the type by which a file is read; raise ProvenanceError where none is known for its name."""
    found = TYPES.get(path.suffix.lower())
    if found is None:
        raise ProvenanceError(
            "A file of this name cannot carry a credential.",
            where=ascii(str(path)),
            expected=f"one that ends with {', '.join(sorted(TYPES))}",
        )
    return found


def sign_content(source: Path, target: Path, signer: ContentSigner, maker: Maker) -> None:
    """Write to `target` what `source` holds, with a credential; errors leave no part of it behind.

    Raises ProvenanceError where the file cannot carry one, MissingExtraError without c2pa-python.
    """
    c2pa = _c2pa()
    kind = media_type(source)
    algorithm, _ = _ALGORITHMS[signer.key.curve.name]
    chain = b"".join(c.public_bytes(Encoding.PEM) for c in signer.certificates).decode()
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with source.open("rb") as given, tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as made:
            try:
                signing = c2pa.Signer.from_callback(signer.sign, getattr(c2pa.C2paSigningAlg, algorithm), chain, None)
                builder = c2pa.Builder(_manifest(maker), context=_context(c2pa, {}))
                builder.sign(signing, kind, given, made)
            except BaseException:
                Path(made.name).unlink()
                raise
        Path(made.name).chmod(0o644)
        Path(made.name).replace(target)
    except c2pa.C2paError as error:
        raise ProvenanceError(
            "No credential can be put into this file.", where=ascii(str(source)), found=_words(error)
        ) from error
    except OSError as error:
        raise ProvenanceError(
            "This file cannot be read or written.", where=str(error.filename or source), found=error.strerror or ""
        ) from error


def check_file(path: Path, anchors: Sequence[x509.Certificate]) -> Credential:
    """Return what a file's credential is worth against a trust list; raise ProvenanceError where it cannot be read."""
    try:
        kind = media_type(path)
    except ProvenanceError:
        return Credential(Verdict.UNREADABLE, ("no type that can carry a credential",))
    try:
        with path.open("rb") as file:
            return check_content(file, kind, anchors)
    except OSError as error:
        raise ProvenanceError("This file cannot be read.", where=str(path), found=error.strerror or "") from error


def check_content(content: IO[bytes] | bytes, kind: str, anchors: Sequence[x509.Certificate]) -> Credential:
    """Return what the credential inside some content of a media type is worth against a trust list."""
    c2pa = _c2pa()
    trusted = "".join(c.public_bytes(Encoding.PEM).decode() for c in anchors)
    settings: dict[str, Any] = (
        {"verify": {"verify_trust": True}, "trust": {"trust_anchors": trusted}} if trusted else {}
    )
    stream = io.BytesIO(content) if isinstance(content, bytes) else content
    try:
        reader = c2pa.Reader(kind, stream, context=_context(c2pa, settings))
        results = reader.get_validation_results() or {}
        return _credential(str(reader.get_validation_state()), results, json.loads(reader.json()))
    except c2pa.C2paError.ManifestNotFound:
        return Credential(Verdict.NONE)
    except c2pa.C2paError as error:
        said = _words(error)
        verdict = Verdict.ELSEWHERE if said.startswith("Remote:") else Verdict.UNREADABLE
        return Credential(verdict, (said,))


def _credential(state: str, results: dict[str, Any], store: dict[str, Any]) -> Credential:
    active = results.get("activeManifest") or {}
    problems = tuple(dict.fromkeys(str(item.get("code")) for item in active.get("failure") or ()))
    manifest = (store.get("manifests") or {}).get(store.get("active_manifest")) or {}
    assertions = [a for a in manifest.get("assertions") or () if isinstance(a, dict)]
    own = (a["data"] for a in assertions if a.get("label") == LABEL and isinstance(a.get("data"), dict))
    named: dict[str, Any] = next(own, {})
    return Credential(
        verdict={"Trusted": Verdict.TRUSTED, "Valid": Verdict.UNTRUSTED}.get(state, Verdict.INVALID),
        problems=problems,
        ingredients=tuple(dict.fromkeys((*_ingredients(results), *_recorded(store)))),
        signer=_signer(manifest.get("signature_info") or {}),
        system=_text(named.get("system")),
        model=_text(named.get("sha256")),
        generated=any(_is_generated(a) for a in assertions),
        personal=tuple(str(a["label"]) for a in assertions if str(a.get("label", "")).startswith(_PERSONAL)),
    )


def _ingredients(results: dict[str, Any]) -> Iterator[str]:
    for delta in results.get("ingredientDeltas") or ():
        for item in (delta.get("validationDeltas") or {}).get("failure") or ():
            if item.get("code") != "signingCredential.untrusted":
                yield str(item.get("code"))


def _recorded(store: dict[str, Any]) -> Iterator[str]:
    """Yield what the signers themselves found wrong with what they put together, at whatever depth."""
    for manifest in (store.get("manifests") or {}).values():
        for ingredient in manifest.get("ingredients") or ():
            for status in ingredient.get("validation_status") or ():
                if status.get("code") != "signingCredential.untrusted":
                    yield str(status.get("code"))


def _signer(info: dict[str, Any]) -> str:
    return ", ".join(str(info[name]) for name in ("common_name", "issuer") if info.get(name))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _is_generated(assertion: dict[str, Any]) -> bool:
    if not str(assertion.get("label", "")).startswith("c2pa.actions"):
        return False
    data = assertion.get("data")
    actions = data.get("actions") if isinstance(data, dict) else None
    return any(isinstance(a, dict) and a.get("digitalSourceType") == GENERATED for a in actions or ())


def _manifest(maker: Maker) -> dict[str, Any]:
    agent = {"name": maker.system, "version": maker.version}
    created = {"action": "c2pa.created", "digitalSourceType": GENERATED, "softwareAgent": agent}
    named = {"system": maker.system, "version": maker.version, "model": maker.model, "sha256": maker.sha256}
    return {
        "claim_generator_info": [agent],
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": [created]}},
            {"label": LABEL, "data": named},
        ],
    }


def _context(c2pa: ModuleType, settings: dict[str, Any]) -> object:
    whole = {
        **settings,
        "builder": {"thumbnail": {"enabled": False}},
        "verify": {**_OFFLINE, **settings.get("verify", {})},
    }
    return c2pa.Context(settings=c2pa.Settings.from_dict(whole))


def _words(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:300]


def _c2pa() -> Any:  # noqa: ANN401 - a module of an extra, without types
    try:
        return import_module("c2pa")  # here: it is of an extra, and slow to import
    except ImportError as error:
        raise MissingExtraError(
            "Content credentials need c2pa-python, which is not installed.", fix="pip install 'accord[provenance]'"
        ) from error
