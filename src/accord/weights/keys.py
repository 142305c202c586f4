"""Keys to sign models with: elliptic-curve keys in PEM, as the reference implementation takes them."""

from collections.abc import Callable, Mapping
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from accord.errors import WeightsError
from accord.ledger.files import replace_file
from accord.ledger.private_file import write_private

_CURVES: Mapping[str, Callable[[], ec.EllipticCurve]] = {
    "P-256": ec.SECP256R1,
    "P-384": ec.SECP384R1,
    "P-521": ec.SECP521R1,
}


def make_signing_key(path: Path, curve: str) -> Path:
    """Write a new private key that its owner alone reads, and beside it the public one, whose path is returned.

    Raises WeightsError where either file is there already: a key is never written over.
    """
    public = path.with_name(f"{path.name}.pub")
    for file in (path, public):
        if file.exists():
            raise WeightsError("A key is not written over.", where=str(file), fix="choose another name")
    key = ec.generate_private_key(_CURVES[curve]())
    write_private(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    replace_file(public, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return public
