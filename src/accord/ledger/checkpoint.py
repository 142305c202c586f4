"""Checkpoints: the size and root of a log, signed as a C2SP signed note (tlog-checkpoint)."""

import base64
import re
from dataclasses import dataclass

from accord.errors import SignatureError, VerificationError
from accord.ledger.keys import PublicKey, SigningKey, decode_base64
from accord.ledger.merkle import HASH_SIZE

MAX_CHECKPOINT = 65_536
"""The most bytes of a note that are read; a hundred cosignatures take a tenth of that."""

_SIGNED = "\N{EM DASH} "
_DSSE = "DSSEv1 "
_HASH = 4
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_MAX_SIGNATURES = 100  # as Go's note package


@dataclass(frozen=True)
class Checkpoint:
    """The tree that a log commits to: its origin (a line of text), its number of entries, its root hash."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        if not self.origin.strip() or not self.origin.isprintable():
            raise _refusal("a line of text as its origin", self.origin)
        if self.origin.startswith(_DSSE):
            # The same key signs envelopes, whose signed bytes begin so: see accord.ledger.keys.
            raise _refusal(f"an origin that does not begin with {_DSSE!r}", self.origin)
        if not 0 <= self.size < 2**63:
            raise _refusal("a size of 0 to 2^63-1", self.size)
        if len(self.root) != HASH_SIZE:
            raise _refusal(f"a root of {HASH_SIZE} bytes", self.root)

    @property
    def text(self) -> str:
        """The text that is signed, which ends in a line break."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def sign_checkpoint(checkpoint: Checkpoint, key: SigningKey) -> bytes:
    """Return the checkpoint as a signed note with the key's signature."""
    signature = key.public.note_hash + key.sign(checkpoint.text.encode())
    line = f"{_SIGNED}{key.name} {base64.b64encode(signature).decode()}\n"
    return f"{checkpoint.text}\n{line}".encode()


def open_checkpoint(data: bytes, key: PublicKey) -> Checkpoint:
    """Return the checkpoint of a note that this key signed; other signatures (witnesses') are ignored.

    Raises SignatureError when the key did not sign it, VerificationError when it is not such a note.
    """
    text, signatures = _parse_note(data)
    checkpoint = _parse_text(text)
    own = [sig for name, key_hash, sig in signatures if (name, key_hash) == (key.name, key.note_hash)]
    if not own:
        raise SignatureError(
            "The checkpoint is not signed by the log's key.",
            where=repr(checkpoint.origin),
            expected=f"a signature by {key.name} ({key.fingerprint})",
            found=", ".join(f"{name!r} {key_hash.hex()}" for name, key_hash, _ in signatures),
        )
    for signature in own:
        key.verify(signature, text.encode())
    return checkpoint


def unverified_checkpoint(data: bytes) -> Checkpoint:
    """Return a note's checkpoint without checking any signature: to display, never to believe."""
    return _parse_text(_parse_note(data)[0])


def _parse_note(data: bytes) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    """Return a note's text, and of each signature line the name, the key hash and the signature."""
    try:
        note = data.decode()
    except UnicodeDecodeError as error:
        raise _refusal("UTF-8", data[:100]) from error
    # Splitting at "\n" only: str.splitlines also splits at characters that a name may hold.
    if len(data) > MAX_CHECKPOINT or any(char < " " and char != "\n" for char in note):
        raise _refusal("text without control characters", note[:100])
    text, gap, block = note.rpartition("\n\n")
    lines = block.split("\n")
    if not gap or lines.pop() or not 1 <= len(lines) <= _MAX_SIGNATURES:
        raise _refusal("text, an empty line, and signature lines", note[-100:])
    return f"{text}\n", [_parse_signature(line) for line in lines]


def _parse_signature(line: str) -> tuple[str, bytes, bytes]:
    name, _, encoded = line.removeprefix(_SIGNED).partition(" ")
    if not line.startswith(_SIGNED) or not name or "+" in name:
        raise _refusal("signature lines of a dash, a name and base64", line[:100])
    data = decode_base64(encoded, where="signature line")
    if len(data) <= _HASH:
        raise _refusal("a key hash and a signature", line[:100])
    return name, data[:_HASH], data[_HASH:]


def _parse_text(text: str) -> Checkpoint:
    lines = text.removesuffix("\n").split("\n")
    # tlog-checkpoint allows further lines, which say nothing to us, but no empty ones.
    if len(lines) < 3 or "" in lines or not _SIZE.fullmatch(lines[1]):  # noqa: PLR2004 - origin, size, root
        raise _refusal("an origin, a size and a root", text[:100])
    origin, size, root = lines[:3]
    return Checkpoint(origin, int(size), decode_base64(root, where="checkpoint root"))


def _refusal(expected: str, found: object) -> VerificationError:
    return VerificationError("This is not a checkpoint.", expected=expected, found=repr(found)[:200])
