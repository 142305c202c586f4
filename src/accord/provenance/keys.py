"""A signer of content, and a root that vouches for it, for whoever has no certificate of an authority yet."""

from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from accord.errors import ProvenanceError
from accord.ledger.private_file import write_private
from accord.provenance.credentials import ContentSigner


def make_content_signer(folder: Path, organisation: str, name: str, now: datetime, days: int = 365) -> None:
    """Write signer.key, signer.pem (its certificates) and root.pem (whom others are to trust) into a folder.

    The root's own key is thrown away: the next signer gets a new root. Raises ProvenanceError where one is there.
    """
    paths = {part: folder / part for part in ("signer.key", "signer.pem", "root.pem")}
    if taken := [path for path in paths.values() if path.exists()]:
        raise ProvenanceError("There is a signer here already, which is not written over.", where=str(taken[0]))
    folder.mkdir(parents=True, exist_ok=True)
    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    until = now + timedelta(days=days)
    issuer = _name(organisation, f"{name} root")
    root = _certificate(issuer, issuer, root_key, root_key, now, until, authority=True)
    leaf = _certificate(_name(organisation, name), issuer, key, root_key, now, until, authority=False)
    root_pem = root.public_bytes(Encoding.PEM)
    write_private(paths["signer.key"], key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    paths["signer.pem"].write_bytes(leaf.public_bytes(Encoding.PEM) + root_pem)
    paths["root.pem"].write_bytes(root_pem)


def load_content_signer(key: Path, certificates: Path) -> ContentSigner:
    """Return the signer of a PEM key and its certificates; raise ProvenanceError where they are none."""
    try:
        held = load_pem_private_key(key.read_bytes(), None)
    except (ValueError, TypeError, OSError) as error:
        raise ProvenanceError(
            "This key cannot be used.", where=str(key), expected="a private key in PEM, not encrypted"
        ) from error
    if not isinstance(held, ec.EllipticCurvePrivateKey):
        raise ProvenanceError("This key cannot be used.", where=str(key), expected="a key on P-256 or P-384")
    return ContentSigner(held, load_certificates(certificates))


def load_certificates(path: Path) -> tuple[x509.Certificate, ...]:
    """Return the certificates of a PEM file; raise ProvenanceError where it has none."""
    try:
        return tuple(x509.load_pem_x509_certificates(path.read_bytes()))
    except (ValueError, OSError) as error:
        raise ProvenanceError(
            "There are no certificates here.", where=str(path), expected="certificates in PEM"
        ) from error


def _name(organisation: str, name: str) -> x509.Name:
    # X.520 bounds both: 64 characters.
    parts = ((NameOID.ORGANIZATION_NAME, organisation), (NameOID.COMMON_NAME, name))
    return x509.Name([x509.NameAttribute(oid, text[:64]) for oid, text in parts])


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    signing: ec.EllipticCurvePrivateKey,
    now: datetime,
    until: datetime,
    *,
    authority: bool,
) -> x509.Certificate:
    usage = x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False)
    )
    if not authority:
        # What the C2PA specification asks of signers, where no use of its own was agreed.
        made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
    return made.sign(signing, hashes.SHA256())
