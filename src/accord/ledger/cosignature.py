"""Cosignatures (C2SP tlog-cosignature): a witness says that a checkpoint extends all that it saw of the log before.

Two kinds: ML-DSA-44 (FIPS 204), which the specification wants of a new witness, and Ed25519, which every
verifier of today reads.
"""

import base64
import hashlib
import os
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Literal, Self, get_args

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from accord.errors import LedgerError, SignatureError, VerificationError
from accord.ledger.checkpoint import parse_checkpoint
from accord.ledger.keys import PublicKey, decode_base64
from accord.ledger.note import Note, NoteSignature, format_note, parse_note, parse_signatures
from accord.ledger.private_file import read_private, write_private

Algorithm = Literal["ed25519", "ml-dsa-44"]
"""What a witness signs with."""

_TYPES: dict[Algorithm, bytes] = {"ed25519": b"\x04", "ml-dsa-44": b"\x06"}
_SIZES: dict[Algorithm, int] = {"ed25519": 32, "ml-dsa-44": 1312}
_SEED = 32  # of either kind of private key
_TIME = 8
_MAX_NAME = 255  # of a cosigner and of an origin, in ML-DSA-44's message
_LATEST = int(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp())  # what datetime can say


@dataclass(frozen=True)
class WitnessKey:
    """The public key of a witness (`raw`: 32 bytes of Ed25519 or 1,312 of ML-DSA-44) and its name in notes."""

    name: str
    algorithm: Algorithm
    raw: bytes

    def __post_init__(self) -> None:
        printable = self.name.isprintable() and " " not in self.name and "+" not in self.name
        if not printable or not 1 <= len(self.name.encode()) <= _MAX_NAME:
            raise VerificationError(
                "This is not a witness's name.",
                expected=f"1 to {_MAX_NAME} bytes of printable characters without a space or a plus",
                found=repr(self.name)[:300],
            )
        if self.algorithm not in get_args(Algorithm) or len(self.raw) != _SIZES[self.algorithm]:
            raise VerificationError(
                "This is not a witness's public key.",
                expected=", ".join(f"{size} bytes of {name}" for name, size in _SIZES.items()),
                found=f"{len(self.raw)} bytes of {self.algorithm!r}",
            )
        if self.algorithm == "ed25519":
            PublicKey(self.name, self.raw)  # refuses the points under which anybody's signature verifies

    @classmethod
    def parse(cls, vkey: str) -> Self:
        """Read a verifier key of type 0x04 or 0x06 (C2SP signed-note); VerificationError when it is none."""
        name, _, rest = vkey.strip().partition("+")
        # base64 may hold a plus too: only the first two separate.
        key_hash, _, encoded = rest.partition("+")
        data = decode_base64(encoded, where="verifier key")
        algorithm = next((each for each, mark in _TYPES.items() if data.startswith(mark)), None)
        if algorithm is None:
            raise VerificationError(
                "This verifier key is not a witness's.",
                expected="type 0x04 (Ed25519) or 0x06 (ML-DSA-44)",
                found=repr(vkey[:100]),
            )
        key = cls(name, algorithm, data[1:])
        if key_hash != key.note_hash.hex():
            raise VerificationError(
                "A verifier key's hash is not that of its name and key.",
                where=repr(name),
                expected=key.note_hash.hex(),
                found=repr(key_hash)[:100],
            )
        return key

    @property
    def vkey(self) -> str:
        """The verifier key, as policies and other people's tools read it."""
        return f"{self.name}+{self.note_hash.hex()}+{base64.b64encode(_TYPES[self.algorithm] + self.raw).decode()}"

    @cached_property
    def note_hash(self) -> bytes:
        """The 4 bytes that name this key in a signature line (C2SP signed-note)."""
        return hashlib.sha256(self.name.encode() + b"\n" + _TYPES[self.algorithm] + self.raw).digest()[:4]

    def verify(self, signature: bytes, text: str) -> datetime:
        """Return the moment that a timestamped signature of a checkpoint's text states; or raise SignatureError.

        A moment of 0, which states none, is refused, and so is one beyond the year 9999.
        """
        time = int.from_bytes(signature[:_TIME])
        if not 1 <= time <= _LATEST:
            raise SignatureError(
                "A cosignature states no possible time.",
                where=repr(self.name),
                expected=f"1 to {_LATEST} seconds since 1970",
                found=str(time),
            )
        self._check(signature[_TIME:], _message(self.name, self.algorithm, time, text))
        return datetime.fromtimestamp(time, UTC)

    def _check(self, signature: bytes, message: bytes) -> None:
        if self.algorithm == "ed25519":
            PublicKey(self.name, self.raw).verify(signature, message)
            return
        try:
            MLDSA44PublicKey.from_public_bytes(self.raw).verify(signature, message)
        except InvalidSignature as error:
            raise SignatureError("A cosignature does not verify.", expected=f"a signature by {self.name}") from error


@dataclass(frozen=True)
class WitnessSigner:
    """The private key of a witness, with its name; it never shows itself in a repr."""

    name: str
    _private: Ed25519PrivateKey | MLDSA44PrivateKey = field(repr=False)

    @classmethod
    def generate(
        cls, name: str, algorithm: Algorithm = "ml-dsa-44", *, entropy: Callable[[int], bytes] = os.urandom
    ) -> Self:
        """Make a new key from 32 bytes of `entropy`."""
        seed = entropy(_SEED)
        if algorithm == "ed25519":
            signer = cls(name, Ed25519PrivateKey.from_private_bytes(seed))
        else:
            signer = cls(name, MLDSA44PrivateKey.from_seed_bytes(seed))
        _ = signer.public  # refuses a bad name now, not when the key first signs
        return signer

    @classmethod
    def load(cls, path: Path, name: str) -> Self:
        """Read a key that `save` wrote, or any unencrypted PKCS #8 PEM of either kind; LedgerError otherwise.

        A witness starts without a person beside it: its key has no passphrase.
        """
        try:
            private = load_pem_private_key(read_private(path), password=None)
        except OSError as error:
            raise LedgerError(
                "The witness's key cannot be read.", where=str(path), found=error.strerror or ""
            ) from error
        except (TypeError, ValueError, UnsupportedAlgorithm) as error:
            raise LedgerError(
                "This is not a witness's key.", where=str(path), expected="PKCS #8 PEM without a passphrase"
            ) from error
        if not isinstance(private, Ed25519PrivateKey | MLDSA44PrivateKey):
            raise LedgerError(
                "This key cannot cosign.",
                where=str(path),
                expected="Ed25519 or ML-DSA-44",
                found=type(private).__name__,
            )
        return cls(name, private)

    def save(self, path: Path) -> None:
        """Write the key as PKCS #8 PEM, readable by its owner only, durably; an existing file is refused."""
        pem = self._private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        try:
            write_private(path, pem)
        except OSError as error:
            raise LedgerError(
                "The witness's key cannot be written.", where=str(path), found=error.strerror or ""
            ) from error

    @cached_property
    def public(self) -> WitnessKey:
        """The public half, under the same name."""
        raw = self._private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return WitnessKey(self.name, "ed25519" if isinstance(self._private, Ed25519PrivateKey) else "ml-dsa-44", raw)

    def sign(self, text: str, time: int) -> bytes:
        """Return the timestamped signature of a checkpoint's text: 72 bytes of Ed25519, 2,428 of ML-DSA-44."""
        message = _message(self.name, self.public.algorithm, time, text)
        return time.to_bytes(_TIME) + self._private.sign(message)


@dataclass(frozen=True)
class Cosignature:
    """A verified cosignature: whose it is, and the moment (UTC, whole seconds) that it states."""

    key: WitnessKey
    time: datetime


def cosign(text: str, signer: WitnessSigner, at: datetime) -> str:
    """Return the signature line, with its line break, by which a witness cosigns a checkpoint's text.

    `at` is rounded down to the second. Raises LedgerError when it has no time zone or is not after 1970,
    VerificationError when the text is no checkpoint's.
    """
    if at.tzinfo is None or at.timestamp() < 1:
        raise LedgerError(
            "A witness cannot state this time.", expected="a moment after 1970, with its time zone", found=str(at)
        )
    return NoteSignature(signer.name, signer.public.note_hash, signer.sign(text, int(at.timestamp()))).line


def find_cosignatures(note: bytes, keys: Iterable[WitnessKey]) -> tuple[Cosignature, ...]:
    """Return a note's cosignatures by these keys, verified, in the note's order; others are ignored.

    Raises SignatureError when one under the name and hash of a known key does not verify, or states no time;
    VerificationError when it is no signed checkpoint.
    """
    parsed = parse_note(note)
    parse_checkpoint(parsed.text)
    known = {(key.name, key.note_hash): key for key in keys}
    named = [(known.get((each.name, each.key_hash)), each.signature) for each in parsed.signatures]
    return tuple(Cosignature(key, key.verify(signature, parsed.text)) for key, signature in named if key)


def add_signatures(note: bytes, lines: Collection[str]) -> bytes:
    """Return a note with verified signature lines added, each of which replaces an older one by its key.

    The note's first signature, the log's own, stays in front; the others follow in the order of their names,
    so that the result does not depend on who answered first. Raises VerificationError when a line is malformed,
    or the note would grow over what readers accept.
    """
    parsed = parse_note(note)
    own, *others = parsed.signatures
    added = parse_signatures("".join(lines)) if lines else ()
    named = {(each.name, each.key_hash): each for each in (*others, *added)}
    named.pop((own.name, own.key_hash), None)
    merged = format_note(Note(parsed.text, (own, *(named[name] for name in sorted(named)))))
    parse_note(merged)
    return merged


def _message(name: str, algorithm: Algorithm, time: int, text: str) -> bytes:
    """Return what a witness signs (C2SP tlog-cosignature, the signed message of each kind)."""
    if algorithm == "ed25519":
        return f"cosignature/v1\ntime {time}\n{text}".encode()
    checkpoint = parse_checkpoint(text)
    parts = [b"subtree/v1\n\0", _opaque(name), time.to_bytes(8), _opaque(checkpoint.origin)]
    start = 0  # a cosignature of a checkpoint is of the whole tree
    return b"".join([*parts, start.to_bytes(8), checkpoint.size.to_bytes(8), checkpoint.root])


def _opaque(text: str) -> bytes:
    """Return the bytes of a text after their number (RFC 8446, 3.4: opaque<1..2^8-1>)."""
    data = text.encode()
    if not 1 <= len(data) <= _MAX_NAME:
        raise VerificationError(
            "ML-DSA-44 cannot cosign a name of this length.", expected=f"1 to {_MAX_NAME} bytes", found=f"{len(data)}"
        )
    return len(data).to_bytes(1) + data
