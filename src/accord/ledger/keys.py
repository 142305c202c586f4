"""Ed25519 keys: made, kept in a file that only its owner reads, and named as signed notes name them.

One key signs both records (DSSE) and checkpoints (signed note). That is safe because no byte string is
both: a DSSE pre-authentication encoding begins with "DSSEv1 ", a checkpoint begins with its origin, and
`Checkpoint` refuses an origin that begins so.
"""

import base64
import binascii
import hashlib
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from accord.errors import LedgerError, SignatureError, VerificationError

_ALGORITHM = b"\x01"  # Ed25519 in C2SP signed-note
_RAW = 32
_MAX_FILE = 16_384


@dataclass(frozen=True)
class PublicKey:
    """An Ed25519 public key (`raw`: 32 bytes) and the name under which it signs notes."""

    name: str
    raw: bytes

    def __post_init__(self) -> None:
        # C2SP signed-note: a name is not empty and has no space and no plus; ours also prints.
        if not self.name or not self.name.isprintable() or " " in self.name or "+" in self.name:
            raise VerificationError(
                "This is not a key's name.",
                expected="printable characters without a space or a plus",
                found=repr(self.name),
            )
        if len(self.raw) != _RAW:
            raise VerificationError(
                "This is not an Ed25519 public key.", expected=f"{_RAW} bytes", found=f"{len(self.raw)} bytes"
            )

    @classmethod
    def parse(cls, text: str, name: str = "") -> Self:
        """Read a key from a verifier key (`name+hash+base64`) or from PEM, which needs the `name` beside it.

        Raises VerificationError, also when a verifier key's hash is not that of its name and key.
        """
        if text.lstrip().startswith("-----BEGIN"):
            return cls(name, _parse_pem(text))
        key = cls._parse_vkey(text.strip())
        if name and name != key.name:
            raise VerificationError("This key has another name.", expected=repr(name), found=repr(key.name))
        return key

    @classmethod
    def _parse_vkey(cls, text: str) -> Self:
        name, _, rest = text.partition("+")
        # base64 may hold a plus too: only the first two separate.
        key_hash, _, encoded = rest.partition("+")
        data = decode_base64(encoded, where="verifier key")
        if not data.startswith(_ALGORITHM):
            raise VerificationError("This verifier key is not of Ed25519.", found=repr(text[:100]))
        key = cls(name, data[len(_ALGORITHM) :])
        if key_hash != key.note_hash.hex():
            raise VerificationError(
                "A verifier key's hash is not that of its name and key.",
                where=repr(name),
                expected=key.note_hash.hex(),
                found=repr(key_hash),
            )
        return key

    @cached_property
    def _key(self) -> Ed25519PublicKey:
        return Ed25519PublicKey.from_public_bytes(self.raw)

    @cached_property
    def keyid(self) -> str:
        """The SHA-256 of the key's DER SubjectPublicKeyInfo, in hexadecimal: the key id in DSSE envelopes."""
        der = self._key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return hashlib.sha256(der).hexdigest()

    @property
    def fingerprint(self) -> str:
        """The key id with its algorithm, to be read aloud or printed."""
        return f"sha256:{self.keyid}"

    @cached_property
    def note_hash(self) -> bytes:
        """The 4 bytes that name this key in a signed note's signature line (C2SP signed-note)."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ALGORITHM + self.raw).digest()[:4]

    @property
    def vkey(self) -> str:
        """The signed-note verifier key, as Go's sumdb and witnesses read it."""
        return f"{self.name}+{self.note_hash.hex()}+{base64.b64encode(_ALGORITHM + self.raw).decode()}"

    @property
    def pem(self) -> str:
        """The key as PEM SubjectPublicKeyInfo (RFC 8410), as OpenSSL reads it."""
        return self._key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def verify(self, signature: bytes, data: bytes) -> None:
        """Raise SignatureError unless the signature over the data is by this key (RFC 8032)."""
        try:
            self._key.verify(signature, data)
        except InvalidSignature as error:
            raise SignatureError(
                "A signature does not verify.", expected=f"a signature by {self.name} ({self.fingerprint})"
            ) from error


@dataclass(frozen=True)
class SigningKey:
    """An Ed25519 private key with its name; it never shows itself in a repr."""

    name: str
    _private: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def generate(cls, name: str, *, entropy: Callable[[int], bytes] = os.urandom) -> Self:
        """Make a new key from 32 bytes of `entropy`."""
        key = cls(name, Ed25519PrivateKey.from_private_bytes(entropy(_RAW)))
        _ = key.public  # refuses a bad name now, not when the key first signs
        return key

    @classmethod
    def load(cls, path: Path, name: str) -> Self:
        """Read a key that `save` wrote, or any unencrypted PKCS #8 PEM; LedgerError says what is wrong."""
        try:
            data = _read_private(path)
            private = load_pem_private_key(data, password=None)
        except OSError as error:
            raise LedgerError("The signing key cannot be read.", where=str(path), found=error.strerror or "") from error
        except TypeError as error:
            raise LedgerError(
                "The signing key is encrypted.",
                where=str(path),
                expected="PKCS #8 PEM without a passphrase",
                fix=f"openssl pkey -in {path} -out decrypted.pem",
            ) from error
        except (ValueError, UnsupportedAlgorithm) as error:
            raise LedgerError(
                "This is not a signing key.", where=str(path), expected="an Ed25519 key as PKCS #8 PEM"
            ) from error
        if not isinstance(private, Ed25519PrivateKey):
            found = type(private).__name__
            raise LedgerError("This key is not of Ed25519.", where=str(path), expected="Ed25519", found=found)
        return cls(name, private)

    def save(self, path: Path) -> None:
        """Write the key as PKCS #8 PEM, readable by its owner only, durably; an existing file is refused."""
        pem = self._private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        try:
            _write_private(path, pem)
        except FileExistsError as error:
            raise LedgerError(
                "A key is already there, and is not overwritten.", where=str(path), fix="choose another path"
            ) from error
        except OSError as error:
            raise LedgerError(
                "The signing key cannot be written.", where=str(path), found=error.strerror or ""
            ) from error

    def sign(self, data: bytes) -> bytes:
        """Return the 64 bytes of the Ed25519 signature over the data."""
        return self._private.sign(data)

    @cached_property
    def public(self) -> PublicKey:
        """The public half, under the same name."""
        raw = self._private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return PublicKey(self.name, raw)


def decode_base64(text: str, *, where: str = "") -> bytes:
    """Decode base64 (RFC 4648, 4) and refuse every spelling but the canonical one with VerificationError."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise VerificationError("This is not base64.", where=where, found=repr(text[:100])) from error
    # Unused bits before the padding may hide differences that a signature does not cover.
    if base64.b64encode(data).decode() != text:
        raise VerificationError("This base64 is not canonical.", where=where, found=repr(text[:100]))
    return data


def _parse_pem(text: str) -> bytes:
    try:
        key = load_pem_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise VerificationError("This is not a public key in PEM.", found=repr(text[:100])) from error
    if not isinstance(key, Ed25519PublicKey):
        found = type(key).__name__
        raise VerificationError("This public key is not of Ed25519.", expected="Ed25519", found=found)
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def _read_private(path: Path) -> bytes:
    with path.open("rb") as file:
        # The open file is asked, not the path: nobody can swap it in between.
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        if mode & 0o077:
            raise LedgerError(
                "Others can read the signing key.",
                where=str(path),
                expected="mode 0600",
                found=f"mode {mode:04o}",
                fix=f"chmod 600 {path}",
            )
        return file.read(_MAX_FILE)


def _write_private(path: Path, pem: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, 0o600)  # whatever the umask took away or an inherited ACL added
        file.write(pem)
        file.flush()
        os.fsync(descriptor)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
