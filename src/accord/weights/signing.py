"""Signing a model's files, and verifying a signature over them, in the OpenSSF model-signing format."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from accord.errors import SignatureError, WeightsError
from accord.ledger.files import replace_file
from accord.weights.bundle import (
    PREDICATE_0_2,
    Bundle,
    Manifest,
    encode,
    encode_0_2,
    make_statement,
    parse_statement,
    read_bundle,
    write_bundle,
)
from accord.weights.tree import IGNORED, Advance, Digests, hash_model

if TYPE_CHECKING:
    from cryptography import x509

_HASHES: Mapping[str, type[hashes.HashAlgorithm]] = {
    "secp256r1": hashes.SHA256,
    "secp384r1": hashes.SHA384,
    "secp521r1": hashes.SHA512,
}
"""The curves that models are signed with, and the hash that goes with each (Sigstore's PublicKeyDetails)."""


@dataclass(frozen=True)
class ModelSigner:
    """A private key on P-256, P-384 or P-521, and the certificates that say whose it is, the signer's own first."""

    key: ec.EllipticCurvePrivateKey = field(repr=False)
    certificates: "tuple[x509.Certificate, ...]" = ()

    def __post_init__(self) -> None:
        _check_curve(self.key.curve.name)
        if self.certificates and self.certificates[0].public_key() != self.key.public_key():
            raise WeightsError(
                "The certificate is not that of the key.",
                expected="the public half of the signing key",
                found=ascii(self.certificates[0].subject.rfc4514_string()),
            )

    def sign(self, payload: bytes) -> bytes:
        """Return a bundle around the payload and its signature."""
        signature = self.key.sign(encode(payload), ec.ECDSA(_HASHES[self.key.curve.name]()))
        certificates = [c.public_bytes(Encoding.DER) for c in self.certificates]
        return write_bundle(payload, signature, hint=_hint(self.key.public_key()), certificates=certificates)


@dataclass(frozen=True)
class Trusted:
    """Whom a signature must come from: one public key, or whoever a chain of certificates leads to a root for."""

    key: ec.EllipticCurvePublicKey | None = None
    roots: "tuple[x509.Certificate, ...]" = ()


@dataclass(frozen=True)
class Comparison:
    """A model beside its signed manifest: every file that is not as it was signed, by name."""

    manifest: Manifest
    signer: str
    """SHA-256 (hex) of the key that signed, as PEM."""
    subject: str
    """Whose certificate signed (RFC 4514); nothing where a bare key did."""
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    """Files whose content was signed under another name: that name, and the one they have now."""
    changed: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        """Tell whether the model is the one that was signed, file by file."""
        return not (self.added or self.removed or self.renamed or self.changed)


def load_signing_key(data: bytes, passphrase: bytes | None, where: str) -> ec.EllipticCurvePrivateKey:
    """Read a private key on a curve that models are signed with, in PEM; raise WeightsError."""
    try:
        key = load_pem_private_key(data, passphrase)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _no_key(where, "an EC private key in PEM, and its passphrase where it has one", str(error)) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise _no_key(where, "an EC private key on P-256, P-384 or P-521", type(key).__name__)
    _check_curve(key.curve.name)
    return key


def load_public_key(data: bytes, where: str) -> ec.EllipticCurvePublicKey:
    """Read a public key on a curve that models are signed with, in PEM; raise WeightsError."""
    try:
        key = load_pem_public_key(data)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _no_key(where, "an EC public key in PEM", str(error)) from error
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise _no_key(where, "an EC public key on P-256, P-384 or P-521", type(key).__name__)
    _check_curve(key.curve.name)
    return key


def sign_model(
    model: Path,
    target: Path,
    signer: ModelSigner,
    *,
    ignored: Iterable[str] = (),
    blake3: bool = False,
    jobs: int = 0,
    known: Digests | None = None,
    advance: Advance = int,
) -> Manifest:
    """Sign every file of a model but the `ignored` ones and the signature itself, and write the bundle to `target`.

    With `blake3` a second digest of each file goes in, for a fast look later. Raises WeightsError where a file cannot
    be read or changes meanwhile: then nothing is written.
    """
    left_out = tuple(dict.fromkeys([*_inside(model, target), *IGNORED, *map(_plain, ignored)]))
    digests = hash_model(model, ignored=left_out, jobs=jobs, known=known, advance=advance)
    if not digests:
        raise WeightsError("The model has no files to sign.", where=str(model))
    second = hash_model(model, ignored=left_out, algorithm="blake3", jobs=jobs) if blake3 else None
    manifest = Manifest(model.resolve().name, digests, ignored=left_out, blake3=second)
    replace_file(target, signer.sign(make_statement(manifest)))
    return manifest


def verify_model(
    model: Path,
    signature: Path,
    trusted: Trusted,
    *,
    ignored: Iterable[str] = (),
    fast: bool = False,
    jobs: int = 0,
    advance: Advance = int,
) -> Comparison:
    """Verify a signature, then compare every file of the model with what was signed.

    `ignored` names are left out beside those that the signer left out; `fast` compares the BLAKE3 digests where they
    were signed too. Raises SignatureError and VerificationError for a bundle that is not to be believed, WeightsError
    for files that cannot be read: a model whose files differ raises nothing, and the comparison names them.
    """
    bundle = read_bundle(signature)
    key, subject = _verify(bundle, trusted)
    manifest = parse_statement(bundle.payload)
    if fast and manifest.blake3 is None:
        raise WeightsError(
            "This signature has no BLAKE3 digests.", where=str(signature), fix="verify without --fast, or sign anew"
        )
    signed, algorithm = (manifest.blake3, "blake3") if fast and manifest.blake3 else (manifest.digests, None)
    left_out = [*manifest.ignored, *_inside(model, signature), *map(_plain, ignored)]
    found = hash_model(
        model,
        ignored=left_out,
        follow=manifest.follow,
        algorithm=algorithm or manifest.algorithm,
        jobs=jobs,
        advance=advance,
    )
    return _compare(manifest, signed, found, _hint(key), subject)


def default_signature(model: Path) -> Path:
    """Return where a model's signature lies when nobody says otherwise: inside a folder, beside a file."""
    return model / "model.sig" if model.is_dir() else model.with_name(f"{model.name}.sig")


def _verify(bundle: Bundle, trusted: Trusted) -> tuple[ec.EllipticCurvePublicKey, str]:
    """Return the key that signed a bundle and whose it is; raise SignatureError."""
    if bundle.keyless:
        raise SignatureError(
            "This is a keyless Sigstore signature, which only its log can date.",
            fix="verify it with: model_signing verify sigstore",
        )
    if trusted.key is not None:
        if bundle.hint and bundle.hint != _hint(trusted.key):
            raise SignatureError(
                "The signature is by another key.", expected=_hint(trusted.key), found=ascii(bundle.hint)
            )
        key, subject = trusted.key, ""
    elif bundle.certificates:
        from accord.weights.certificates import load_chain, signer_key  # noqa: PLC0415 - a bare key does without X.509

        chain = load_chain(bundle.certificates)
        key, subject = signer_key(chain, trusted.roots), chain[0].subject.rfc4514_string()
    else:
        raise SignatureError("The signature is by a bare key.", expected="certificates", fix="give its public key")
    if not _is_signed(bundle, key):
        raise SignatureError("The signature does not verify.", expected=f"one by the key {_hint(key)}")
    return key, subject


def _is_signed(bundle: Bundle, key: ec.EllipticCurvePublicKey) -> bool:
    attempts = [(encode(bundle.payload), _HASHES[_check_curve(key.curve.name)]())]
    if PREDICATE_0_2.encode() in bundle.payload:
        attempts.append((encode_0_2(bundle.payload), hashes.SHA256()))
    for signed, algorithm in attempts:
        try:
            key.verify(bundle.signature, signed, ec.ECDSA(algorithm))
        except InvalidSignature:
            continue
        return True
    return False


def _compare(
    manifest: Manifest, signed: Mapping[str, str], found: Mapping[str, str], signer: str, subject: str
) -> Comparison:
    gone, new = sorted(signed.keys() - found.keys()), sorted(found.keys() - signed.keys())
    renamed = _pair(gone, new, signed, found)
    old, moved = {a for a, _ in renamed}, {b for _, b in renamed}
    return Comparison(
        manifest,
        signer,
        subject,
        added=tuple(name for name in new if name not in moved),
        removed=tuple(name for name in gone if name not in old),
        renamed=renamed,
        changed=tuple(sorted(name for name in signed.keys() & found.keys() if signed[name] != found[name])),
    )


def _pair(
    gone: Sequence[str], new: Sequence[str], signed: Mapping[str, str], found: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    """Match files that are gone with new ones of the same content, each at most once."""
    waiting: dict[str, list[str]] = {}
    for name in reversed(gone):
        waiting.setdefault(signed[name], []).append(name)
    return tuple((waiting[found[name]].pop(), name) for name in new if waiting.get(found[name]))


def _inside(model: Path, path: Path) -> list[str]:
    """Return the path's name inside the model, or nothing where it lies elsewhere."""
    # The folder is resolved and the file itself is not: it may be a link, or not be there yet.
    place = path.parent.resolve() / path.name
    whole = model.resolve()
    return [place.relative_to(whole).as_posix()] if place != whole and place.is_relative_to(whole) else []


def _plain(name: str) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise WeightsError("This path cannot be left out.", expected="a path inside the model", found=ascii(name))
    return str(path)


def _hint(key: ec.EllipticCurvePublicKey) -> str:
    return hashlib.sha256(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def _check_curve(name: str) -> str:
    if name not in _HASHES:
        raise WeightsError("Models are not signed on this curve.", expected="P-256, P-384 or P-521", found=name)
    return name


def _no_key(where: str, expected: str, found: str) -> WeightsError:
    return WeightsError("This key cannot be used.", where=where, expected=expected, found=found)
