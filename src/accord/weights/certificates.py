"""Certificate chains of model signatures: from the signer's certificate to a root that the reader trusts.

cryptography's own path builder is made for TLS and for names of hosts; a signer's certificate has none, and some in
use call themselves an authority. So each step is checked here with cryptography's signature check: issuer and subject,
validity, basic constraints and key usage (RFC 5280, 6.1, without policies and name constraints).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

from accord.errors import SignatureError, VerificationError

_T = TypeVar("_T", bound=x509.ExtensionType)
_DEEPEST = 10
_UNDERSTOOD = frozenset({ExtensionOID.BASIC_CONSTRAINTS, ExtensionOID.KEY_USAGE, ExtensionOID.EXTENDED_KEY_USAGE})


def parse_certificates(data: bytes, where: str) -> list[x509.Certificate]:
    """Read certificates in PEM, at least one; raise VerificationError."""
    try:
        return x509.load_pem_x509_certificates(data)
    except ValueError as error:
        raise VerificationError("These are no certificates.", where=where, expected="PEM", found=str(error)) from error


def load_chain(chain: Iterable[bytes]) -> list[x509.Certificate]:
    """Read certificates in DER; raise VerificationError."""
    try:
        return [x509.load_der_x509_certificate(der) for der in chain]
    except ValueError as error:
        raise VerificationError("A signature carries a certificate that is none.", found=str(error)) from error


def signer_key(chain: Sequence[x509.Certificate], roots: Sequence[x509.Certificate]) -> EllipticCurvePublicKey:
    """Return the key of the first certificate of a chain, once the chain leads to one of the roots.

    Validity is that of the moment from which the signer's certificate is good, as the reference implementation has it:
    no clock that anyone could trust says when the model was signed. Raises SignatureError.
    """
    leaf = chain[0]
    _check_signer(leaf)
    if not any(leaf == root for root in roots):
        _climb(leaf, chain[1:], roots, leaf.not_valid_before_utc)
    key = leaf.public_key()
    if not isinstance(key, EllipticCurvePublicKey):
        raise SignatureError("The signer's key is of another kind.", expected="an elliptic curve", found=_name(leaf))
    return key


def has_expired(chain: Sequence[x509.Certificate], now: datetime) -> bool:
    """Tell whether the signer's certificate is no longer good: the signature was made before, or it is a forgery."""
    return chain[0].not_valid_after_utc < now


def _check_signer(leaf: x509.Certificate) -> None:
    usage, extended = _extension(leaf, x509.KeyUsage), _extension(leaf, x509.ExtendedKeyUsage)
    signs = usage is not None and usage.digital_signature
    if not signs and not (extended is not None and ExtendedKeyUsageOID.CODE_SIGNING in extended):
        raise SignatureError(
            "This certificate is not one to sign with.",
            expected="the key usage digitalSignature, or the extended key usage codeSigning",
            found=_name(leaf),
        )


def _climb(
    leaf: x509.Certificate, between: Sequence[x509.Certificate], roots: Sequence[x509.Certificate], at: datetime
) -> None:
    """Follow issuers from the leaf to a root; every branch is tried, and none is entered twice."""
    paths: list[tuple[x509.Certificate, ...]] = [(leaf,)]
    for _ in range(_DEEPEST):
        longer = []
        for path in paths:
            if any(_issued(path, root, at) for root in roots):
                return
            longer += [(*path, c) for c in between if c not in path and _issued(path, c, at)]
        paths = longer
    raise SignatureError(
        "The signer's certificate does not lead to a trusted root.",
        expected=", ".join(sorted({_name(root) for root in roots})),
        found=f"{_name(leaf)}, issued by {leaf.issuer.rfc4514_string()!a}",
    )


def _issued(path: Sequence[x509.Certificate], issuer: x509.Certificate, at: datetime) -> bool:
    """Tell whether an authority may have issued, and did issue, the last certificate of a path."""
    constraints, usage = _extension(issuer, x509.BasicConstraints), _extension(issuer, x509.KeyUsage)
    if constraints is None or not constraints.ca or not (usage is None or usage.key_cert_sign):
        return False
    if constraints.path_length is not None and len(path) - 1 > constraints.path_length:
        return False
    if not issuer.not_valid_before_utc <= at <= issuer.not_valid_after_utc:
        return False
    if any(e.critical and e.oid not in _UNDERSTOOD for e in issuer.extensions):
        return False
    try:
        path[-1].verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _extension(certificate: x509.Certificate, kind: type[_T]) -> _T | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
    except ValueError as error:  # what is no extension, or stands there twice
        raise SignatureError("A certificate is damaged.", found=str(error)) from error


def _name(certificate: x509.Certificate) -> str:
    return ascii(certificate.subject.rfc4514_string())
