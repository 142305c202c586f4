"""Ed25519 keys: made, kept in a file that only its owner reads, and named as signed notes name them.

One key signs both records (DSSE) and checkpoints (signed note). That is safe because no byte string is
both: a DSSE pre-authentication encoding begins with "DSSEv1 ", a checkpoint begins with its origin, and
`Checkpoint` refuses an origin that begins so.
"""

import base64
import binascii
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Protocol, Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from nacl.bindings import crypto_core_ed25519_is_valid_point, crypto_sign_open
from nacl.exceptions import BadSignatureError

from accord.errors import LedgerError, SignatureError, VerificationError
from accord.ledger.files import Disk
from accord.ledger.pkcs8 import encrypt_pem
from accord.ledger.private_file import read_private, write_private

_ALGORITHM = b"\x01"  # Ed25519 in C2SP signed-note
_RAW = 32
_SIGNATURE = 64
_LONGEST = 1_023  # bytes of a passphrase that cryptography takes
_ENCRYPTED = b"-----BEGIN ENCRYPTED PRIVATE KEY-----"  # RFC 7468, 11

_DISK = Disk()


class Signer(Protocol):
    """Whatever signs for a log: a `SigningKey` here, or a key that never leaves its device."""

    @property
    def name(self) -> str:
        """The name under which it signs notes, which is its public key's."""

    @property
    def public(self) -> "PublicKey":
        """The key under which its signatures verify."""

    def sign(self, data: bytes) -> bytes:
        """Return the 64 bytes of the Ed25519 signature over the data; LedgerError when it cannot."""


@dataclass(frozen=True)
class PublicKey:
    """An Ed25519 public key (`raw`: 32 bytes) and the name under which it signs notes."""

    name: str
    raw: bytes

    def __post_init__(self) -> None:
        check_name(self.name)
        if len(self.raw) != _RAW:
            raise VerificationError(
                "This is not an Ed25519 public key.", expected=f"{_RAW} bytes", found=f"{len(self.raw)} bytes"
            )
        if not crypto_core_ed25519_is_valid_point(self.raw):
            # Under a key of low order one signature fits many texts; no private key has such a public half.
            raise VerificationError(
                "This is not an Ed25519 public key.",
                expected="a canonical point of the prime-order subgroup",
                found=self.raw.hex(),
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
        """Raise SignatureError unless the signature over the data is by this key.

        As libsodium judges: RFC 8032 without cofactor, refusing an S that is not reduced and an R of low order.
        """
        if not self._accepts(signature, data):
            raise SignatureError(
                "A signature does not verify.", expected=f"a signature by {self.name} ({self.fingerprint})"
            )

    def _accepts(self, signature: bytes, data: bytes) -> bool:
        try:
            crypto_sign_open(signature + data, self.raw)
        except BadSignatureError:
            return False
        # Of the two joined, libsodium takes the first 64 bytes for the signature.
        return len(signature) == _SIGNATURE


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
    def load(cls, path: Path, name: str, unlock: Callable[[], bytes] | None = None) -> Self:
        """Read a key that `save` wrote, or any other in PKCS #8 PEM; LedgerError says what is wrong.

        `unlock` gives the passphrase, and is called only when the file is encrypted.
        """
        data = _read(path)
        private = _decrypt(data, path, unlock) if _ENCRYPTED in data else _parse(data, path)
        if not isinstance(private, Ed25519PrivateKey):
            found = type(private).__name__
            raise LedgerError("This key is not of Ed25519.", where=str(path), expected="Ed25519", found=found)
        return cls(name, private)

    def save(self, path: Path, passphrase: bytes | None = None, *, replace: bool = False) -> None:
        """Write the key as PKCS #8 PEM, readable by its owner only, durably; encrypted under a passphrase, if given.

        An existing file is refused, or with `replace` gives way in one step: a crash leaves the old key or the
        new. What the disk keeps of a file that was replaced is not erased. Raises LedgerError.
        """
        if passphrase is None:
            pem = self._private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        else:
            der = self._private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
            pem = encrypt_pem(der, _check_passphrase(passphrase, path))
        with _writing(path):
            _replace(path.resolve(), pem) if replace else write_private(path, pem)

    def sign(self, data: bytes) -> bytes:
        """Return the 64 bytes of the Ed25519 signature over the data."""
        return self._private.sign(data)

    @cached_property
    def public(self) -> PublicKey:
        """The public half, under the same name."""
        raw = self._private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return PublicKey(self.name, raw)


def check_name(name: str) -> str:
    """Return a key's name; VerificationError unless C2SP signed-note allows it and it prints.

    A name is not empty, and has no space and no plus.
    """
    if not name or not name.isprintable() or " " in name or "+" in name:
        raise VerificationError(
            "This is not a key's name.",
            expected="printable characters without a space or a plus",
            found=repr(name),
        )
    return name


def is_encrypted(path: Path) -> bool:
    """Return whether a private key's file needs a passphrase; LedgerError when it cannot be read."""
    return _ENCRYPTED in _read(path)


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


def _read(path: Path) -> bytes:
    try:
        return read_private(path)
    except OSError as error:
        raise LedgerError("The signing key cannot be read.", where=str(path), found=error.strerror or "") from error


def _parse(data: bytes, path: Path) -> PrivateKeyTypes:
    try:
        return load_pem_private_key(data, password=None)
    except (TypeError, ValueError, UnsupportedAlgorithm) as error:  # TypeError: encrypted, but not as PKCS #8
        raise LedgerError(
            "This is not a signing key.", where=str(path), expected="an Ed25519 key as PKCS #8 PEM"
        ) from error


def _decrypt(data: bytes, path: Path, unlock: Callable[[], bytes] | None) -> PrivateKeyTypes:
    if unlock is None:
        raise LedgerError(
            "The signing key is encrypted.", where=str(path), expected="its passphrase", fix="--passphrase-file FILE"
        )
    passphrase = _check_passphrase(unlock(), path)
    try:
        return load_pem_private_key(data, passphrase)
    except (TypeError, ValueError, UnsupportedAlgorithm) as error:  # TypeError: a plain key stands before it
        raise LedgerError(
            "The signing key does not open with this passphrase.",
            where=str(path),
            expected="the passphrase that the key was saved with",
            fix="try another one; if none opens it, the file may be damaged: restore it from a backup",
        ) from error


def _check_passphrase(passphrase: bytes, path: Path) -> bytes:
    # OpenSSL reads a passphrase from the first line of a file, and up to a null byte.
    if not 0 < len(passphrase) <= _LONGEST or any(char in passphrase for char in b"\n\r\0"):
        raise LedgerError(
            "This is not a passphrase.",
            where=str(path),
            expected=f"1 to {_LONGEST} bytes without a line break or a null byte",
            found=f"{len(passphrase)} bytes",
        )
    return passphrase


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except FileExistsError as error:
        raise LedgerError(
            "A key is already there, and is not overwritten.", where=str(path), fix="choose another path"
        ) from error
    except OSError as error:
        raise LedgerError("The signing key cannot be written.", where=str(path), found=error.strerror or "") from error


def _replace(path: Path, pem: bytes) -> None:
    # One name for all who would replace this key: two at a time cannot both make it.
    fresh = path.with_name(f".{path.name}.new")
    try:
        write_private(fresh, pem)
        _DISK.rename(fresh, path)
    except FileExistsError as error:
        raise LedgerError(
            "Another change of this key is under way, or was cut short.",
            where=str(path),
            fix=f"if nothing else is changing it: rm {fresh}",
        ) from error
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
    _DISK.sync([path.parent])
