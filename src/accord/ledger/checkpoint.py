"""Checkpoints: the size and root of a log, signed as a C2SP signed note (tlog-checkpoint)."""

import base64
import re
from collections.abc import Collection
from dataclasses import dataclass

from accord.errors import SignatureError, VerificationError
from accord.ledger.keys import PublicKey, Signer, decode_base64
from accord.ledger.merkle import HASH_SIZE
from accord.ledger.note import MAX_NOTE, Note, NoteSignature, format_note, parse_note

MAX_CHECKPOINT = MAX_NOTE
"""The most bytes of a signed checkpoint that are read."""

_DSSE = "DSSEv1 "
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


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


def sign_checkpoint(checkpoint: Checkpoint, key: Signer) -> bytes:
    """Return the checkpoint as a signed note with the key's signature."""
    signature = NoteSignature(key.name, key.public.note_hash, key.sign(checkpoint.text.encode()))
    return format_note(Note(checkpoint.text, (signature,)))


def open_checkpoint(data: bytes, key: PublicKey) -> Checkpoint:
    """Return the checkpoint of a note that this key signed; other signatures (witnesses') are ignored.

    Raises SignatureError when the key did not sign it, VerificationError when it is not such a note.
    """
    note = parse_note(data)
    checkpoint = parse_checkpoint(note.text)
    require_signatures(note, (key,))
    return checkpoint


def require_signatures(note: Note, keys: Collection[PublicKey]) -> tuple[NoteSignature, ...]:
    """Return the note's signatures by any of these keys, verified; SignatureError when there is none, or a bad one."""
    found = []
    for signature in note.signatures:
        for key in keys:
            if (signature.name, signature.key_hash) == (key.name, key.note_hash):
                key.verify(signature.signature, note.text.encode())
                found.append(signature)
    if not found:
        raise SignatureError(
            "The checkpoint is not signed by the log's key.",
            where=repr(note.text.partition("\n")[0]),
            expected=f"a signature by {' or '.join(f'{key.name} ({key.fingerprint})' for key in keys)}",
            found=", ".join(f"{each.name!r} {each.key_hash.hex()}" for each in note.signatures),
        )
    return tuple(found)


def unverified_checkpoint(data: bytes) -> Checkpoint:
    """Return a note's checkpoint without checking any signature: to display, never to believe."""
    return parse_checkpoint(parse_note(data).text)


def parse_checkpoint(text: str) -> Checkpoint:
    """Read the text of a note, which says nothing of who signed it, as a checkpoint; or raise VerificationError."""
    lines = text.removesuffix("\n").split("\n")
    # tlog-checkpoint allows further lines, which say nothing to us, but no empty ones.
    if len(lines) < 3 or "" in lines or not _SIZE.fullmatch(lines[1]):  # noqa: PLR2004 - origin, size, root
        raise _refusal("an origin, a size and a root", text[:100])
    origin, size, root = lines[:3]
    return Checkpoint(origin, int(size), decode_base64(root, where="checkpoint root"))


def _refusal(expected: str, found: object) -> VerificationError:
    return VerificationError("This is not a checkpoint.", expected=expected, found=repr(found)[:200])
