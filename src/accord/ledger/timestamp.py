"""RFC 3161 time-stamps: an authority's word that a checkpoint's text was there at a time. Offline and pure.

A token is over the SHA-256 of `Checkpoint.text.encode()`, so it holds whoever signed that checkpoint. What is kept
is the authority's whole reply (`TimeStampResp`), which OpenSSL and every other tool for time-stamps reads.

rfc3161-client checks the signature, the chain at the stamped time and the extended key usage. It does not check
that the signer's certificate is the one the signed attributes name (RFC 3161, 2.4.2; RFC 5816), and reads strict
DER alone, where OpenSSL writes the certificates in any order: both are made good here. Revocation is not looked at.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import ModuleType
from typing import TYPE_CHECKING, Annotated

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from accord.errors import MissingExtraError, SignatureError, VerificationError

if TYPE_CHECKING:
    from rfc3161_client import Accuracy, TimeStampResponse, TimeStampTokenInfo

MAX_TOKEN = 65_536
"""The most bytes of a token that are read; with a chain of certificates it has some 6,000."""

NONCE_SIZE = 8
"""How many bytes a request's nonce has."""

_SHA256 = x509.ObjectIdentifier("2.16.840.1.101.3.4.2.1")
_HASHES: dict[x509.ObjectIdentifier, hashes.HashAlgorithm] = {
    _SHA256: hashes.SHA256(),
    x509.ObjectIdentifier("2.16.840.1.101.3.4.2.2"): hashes.SHA384(),
    x509.ObjectIdentifier("2.16.840.1.101.3.4.2.3"): hashes.SHA512(),
}
_SIGNING_CERTIFICATE: dict[x509.ObjectIdentifier, hashes.HashAlgorithm] = {
    # RFC 2634, 5.4 has no other hash than SHA-1, and many authorities still name their certificate so. A forger
    # would need a second preimage of it that also chains to the verifier's roots.
    x509.ObjectIdentifier("1.2.840.113549.1.9.16.2.12"): hashes.SHA1(),  # noqa: S303 - see above
    x509.ObjectIdentifier("1.2.840.113549.1.9.16.2.47"): hashes.SHA256(),  # RFC 5035, 3
}
_REQUEST = bytes.fromhex("3043 020101 3031 300d 0609608648016503040201 0500 0420")  # up to the imprint
_CERTIFICATE_WANTED = bytes.fromhex("0101ff")
_REASON = re.compile(r'(?:reason: "|Verify error: )([^"]+)')  # what a person needs of OpenSSL's errors
_FOREIGN = (
    ValueError,
    OverflowError,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
    Warning,  # cryptography warns of odd certificates, which is an error where warnings are
)
"""What cryptography and rfc3161-client raise at malformed bytes."""


@dataclass(frozen=True)
class Stamp:
    """What a verified token says: the bytes were there at `time` (UTC), give or take `accuracy` where it is said.

    `authority` is the subject of the signer's certificate (RFC 4514), `serial` the token's number there.
    """

    time: datetime
    accuracy: timedelta | None
    authority: str
    serial: int


# The parts of CMS (RFC 5652) that rfc3161-client keeps to itself. `_Node` is a SEQUENCE that nothing here looks into.
_Node = list[asn1.TLV]


@asn1.sequence
class _CertificateId:
    algorithm: _Node | None
    hash: bytes
    issuer: _Node | None


@asn1.sequence
class _SigningCertificate:
    ids: list[_CertificateId]
    policies: _Node | None


@asn1.sequence
class _Attribute:
    kind: x509.ObjectIdentifier
    values: asn1.SetOf[asn1.TLV]


@asn1.sequence
class _Signer:
    version: int
    sid: _Node
    digest: _Node
    attributes: Annotated[asn1.SetOf[_Attribute], asn1.Implicit(0)]
    algorithm: _Node
    signature: bytes
    unsigned: Annotated[_Node | None, asn1.Implicit(1)]


@asn1.sequence
class _Signed:
    version: int
    digests: asn1.SetOf[_Node]
    content: _Node
    certificates: Annotated[list[x509.Certificate], asn1.Implicit(0)]  # a list: its order is mended below
    revocations: Annotated[_Node | None, asn1.Implicit(1)]
    signers: asn1.SetOf[_Signer]


@asn1.sequence
class _Token:
    kind: x509.ObjectIdentifier
    signed: Annotated[_Signed, asn1.Explicit(0)]


@asn1.sequence
class _Status:
    code: int
    text: list[str] | None
    failure: asn1.BitString | None


@asn1.sequence
class _Response:
    status: _Status
    token: _Token | None


def format_request(text: bytes, nonce: bytes) -> bytes:
    """Return the DER `TimeStampReq` for a text, which asks for the authority's certificate.

    `nonce` is NONCE_SIZE bytes, of which the first is 1 to 127: a positive INTEGER in its shortest form.
    """
    return _REQUEST + hashlib.sha256(text).digest() + bytes([2, NONCE_SIZE]) + nonce + _CERTIFICATE_WANTED


def unverified_time(token: bytes, text: bytes, nonce: bytes | None = None) -> datetime:
    """Return the time a token claims, after checking only that it is granted, for this text and this nonce.

    Whoever signed it, if anyone, may have chosen the time. Raises VerificationError.
    """
    reply, _ = _read(token)
    info = _check_info(reply, text)
    with _foreign_errors():
        if nonce is not None and info.nonce != int.from_bytes(nonce, "big"):
            raise _refusal("The token is not the answer to this request.", "its nonce", repr(info.nonce))
        return info.gen_time


def verify_token(token: bytes, text: bytes, roots: Sequence[bytes]) -> Stamp:
    """Check that an authority under `roots` stamped this text, and return what it says.

    `roots` are certificates as PEM (any number in one) or DER; what is not self-signed among them only completes a
    chain. Certificates count as of the stamped time, so one that has expired since is fine. Raises SignatureError
    where the chain, the key usage or the signature does not hold, VerificationError for any other fault.
    """
    trusted = [certificate for data in roots for certificate in load_roots(data)]
    reply, signed = _read(token)
    info = _check_info(reply, text)
    _check_signature(reply, text, trusted)
    with _foreign_errors():
        signer = _find_signer(reply, {*signed.certificates, *trusted})
        _check_named(signed, signer)
        return Stamp(info.gen_time, _accuracy(info.accuracy), signer.subject.rfc4514_string(), info.serial_number)


def _library() -> ModuleType:
    """Return rfc3161-client. The one door to it: it is an extra, and its certificates take time to load."""
    try:
        import rfc3161_client  # noqa: PLC0415 - see above
    except ImportError as error:
        raise MissingExtraError(
            "Time-stamps need rfc3161-client, which is not installed.", fix="pip install 'accord[timestamp]'"
        ) from error
    return rfc3161_client


def _read(token: bytes) -> "tuple[TimeStampResponse, _Signed]":
    """Parse a granted reply twice: as rfc3161-client shows it, and with what it does not show."""
    if len(token) > MAX_TOKEN:
        raise _refusal("This time-stamp is too long.", f"at most {MAX_TOKEN} bytes", f"{len(token)} bytes")
    library = _library()
    with _foreign_errors():
        response = asn1.decode_der(_Response, token)
        if response.status.code or response.token is None:  # 0 is `granted`; with modifications is not what was asked
            found = f"status {response.status.code}: {' '.join(response.status.text or ())!r}"
            raise _refusal("The authority did not grant a time-stamp.", "status 0", found[:200])
        certificates = [certificate.public_bytes(Encoding.DER) for certificate in response.token.signed.certificates]
        # They are a SET, which DER sorts; no signature covers their order.
        ordered = token.replace(b"".join(certificates), b"".join(sorted(certificates)))
        return library.decode_timestamp_response(ordered), response.token.signed


def _check_info(reply: "TimeStampResponse", text: bytes) -> "TimeStampTokenInfo":
    """Return what the authority signed, if it is about this text."""
    with _foreign_errors():
        info = reply.tst_info
        imprint = info.message_imprint
        found = imprint.hash_algorithm, imprint.message
        if info.version != 1 or found != (_SHA256, hashlib.sha256(text).digest()):
            raise _refusal(
                "The time-stamp is for something else.",
                f"the SHA-256 {hashlib.sha256(text).hexdigest()}",
                f"version {info.version}, {imprint.hash_algorithm.dotted_string}, {imprint.message.hex()}"[:200],
            )
        return info


def _check_signature(reply: "TimeStampResponse", text: bytes, trusted: list[x509.Certificate]) -> None:
    library = _library()
    try:
        library.VerifierBuilder(roots=trusted).build().verify(reply, hashlib.sha256(text).digest())
    except (library.VerificationError, *_FOREIGN) as error:
        raise SignatureError(
            "The time-stamp is not signed by an authority that you trust.",
            expected=", ".join(c.subject.rfc4514_string() for c in trusted) or "no root is given",
            found=(", ".join(_REASON.findall(str(error))) or str(error))[:200],
        ) from error


def _find_signer(reply: "TimeStampResponse", certificates: set[x509.Certificate]) -> x509.Certificate:
    """Return the one certificate that the signature was checked with: OpenSSL finds it by issuer and number."""
    (info,) = reply.signed_data.signer_infos
    name = info.issuer, info.serial_number
    found = [c for c in certificates if (c.issuer, c.serial_number) == name]
    if len(found) != 1:
        raise _refusal("The signer of the time-stamp is not clear.", "one certificate", f"{len(found)} certificates")
    return found[0]


def _check_named(signed: _Signed, signer: x509.Certificate) -> None:
    """Check that the signature covers the name of the certificate, so that no other of the same key serves."""
    (info,) = signed.signers.as_list()
    named = [
        (_algorithm(value_id, _SIGNING_CERTIFICATE[attribute.kind]), value_id.hash)
        for attribute in info.attributes.as_list()
        if attribute.kind in _SIGNING_CERTIFICATE
        for value in attribute.values.as_list()
        for value_id in value.parse(_SigningCertificate).ids[:1]  # the first is the signer's (RFC 5035, 5.4)
    ]
    if not named or any(signer.fingerprint(algorithm) != found for algorithm, found in named):
        raise SignatureError(
            "The time-stamp's signature is for another certificate.",
            expected=signer.fingerprint(hashes.SHA256()).hex(),
            found=", ".join(found.hex() for _, found in named)[:200] or "no certificate is named",
        )


def _algorithm(named: _CertificateId, default: hashes.HashAlgorithm) -> hashes.HashAlgorithm:
    if not named.algorithm:
        return default
    kind = named.algorithm[0].parse(x509.ObjectIdentifier)
    if kind not in _HASHES:
        raise _refusal("The time-stamp names its signer by an unknown hash.", "SHA-2", kind.dotted_string)
    return _HASHES[kind]


def _accuracy(found: "Accuracy | None") -> timedelta | None:
    if found is None:
        return None
    return timedelta(seconds=found.seconds or 0, milliseconds=found.millis or 0, microseconds=found.micros or 0)


def load_roots(data: bytes) -> list[x509.Certificate]:
    """Return the certificates of a PEM or DER file; VerificationError where it holds none."""
    try:
        if b"-----BEGIN" in data:
            return x509.load_pem_x509_certificates(data)
        return [x509.load_der_x509_certificate(data)]
    except _FOREIGN as error:
        raise VerificationError(
            "This is not a certificate.", expected="X.509 as PEM or DER", found=repr(data[:60])
        ) from error


@contextmanager
def _foreign_errors() -> Iterator[None]:
    try:
        yield
    except _FOREIGN as error:
        raise _refusal("This is not a time-stamp.", "a TimeStampResp in DER", str(error)[:200]) from error


def _refusal(problem: str, expected: str, found: str) -> VerificationError:
    return VerificationError(problem, expected=expected, found=found)
