"""Keys of watermarks: files that only their owner reads. Who has one can find the mark, and forge it."""

import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from accord.errors import LedgerError, ProvenanceError, VerificationError
from accord.ledger import digest, format_json, parse_json
from accord.ledger.private_file import read_private, write_private

SECRET = 32
"""Bytes of a secret."""
_EXPECTED = '{"scheme": "...", "secret": "64 hexadecimal digits", "parameters": {...}}'


@dataclass(frozen=True)
class WatermarkKey:
    """A scheme, a random secret, and parameters of the scheme, which may be secret too."""

    scheme: str
    secret: bytes = field(repr=False)
    parameters: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != SECRET:
            raise ProvenanceError("The secret of a watermark has another length.", expected=f"{SECRET} bytes")

    @property
    def sha256(self) -> str:
        """The digest by which records name it: over the random secret too, so that nobody can guess what is in it."""
        return digest(self.to_bytes())

    def derive(self, purpose: str, size: int) -> bytes:
        """Return bytes that nobody can tell from random ones without the secret (SHAKE-256)."""
        return hashlib.shake_256(self.secret + f"{self.scheme} {purpose}".encode()).digest(size)

    def to_bytes(self) -> bytes:
        """Return what its file holds, in canonical JSON."""
        whole = {"scheme": self.scheme, "secret": self.secret.hex(), "parameters": dict(self.parameters)}
        return format_json(whole)


def make_watermark_key(
    path: Path,
    scheme: str,
    parameters: Mapping[str, Any],
    random: Callable[[int], bytes] = secrets.token_bytes,
) -> WatermarkKey:
    """Write a new key to a file of mode 0600 and return it; raise ProvenanceError where there is a file already."""
    key = WatermarkKey(scheme, random(SECRET), parameters)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        write_private(path, key.to_bytes())
    except FileExistsError as error:
        raise ProvenanceError("There is a file here already, which is not written over.", where=str(path)) from error
    return key


def load_watermark_key(path: Path) -> WatermarkKey:
    """Return the key in a file; raise ProvenanceError where others can read it, or where it is none."""
    try:
        value = parse_json(read_private(path))
        scheme, secret, parameters = value["scheme"], bytes.fromhex(value["secret"]), value.get("parameters", {})
    except LedgerError as error:
        raise ProvenanceError(
            "Others can read the key of a watermark.",
            where=error.where,
            expected=error.expected,
            found=error.found,
            fix=error.fix,
        ) from error
    except (VerificationError, TypeError, KeyError, ValueError, AttributeError, OSError) as error:
        # What is there is not shown: it may be a key all the same.
        raise ProvenanceError("This is no key of a watermark.", where=str(path), expected=_EXPECTED) from error
    if not isinstance(scheme, str) or not isinstance(parameters, dict):
        raise ProvenanceError("This is no key of a watermark.", where=str(path), expected=_EXPECTED)
    return WatermarkKey(scheme, secret, parameters)
