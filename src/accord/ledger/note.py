"""Signed notes (C2SP signed-note): a text, and lines that each hold one key's signature of it."""

import base64
from dataclasses import dataclass

from accord.errors import VerificationError
from accord.ledger.keys import decode_base64

MAX_NOTE = 65_536
"""The most bytes of a note that are read: about twenty ML-DSA-44 cosignatures, or hundreds of Ed25519."""

_SIGNED = "\N{EM DASH} "
_HASH = 4
_MAX_SIGNATURES = 100  # as Go's note package


@dataclass(frozen=True)
class NoteSignature:
    """One signature line: the key's name, the 4 bytes that name it beside that, and its signature, unverified."""

    name: str
    key_hash: bytes
    signature: bytes

    @property
    def line(self) -> str:
        """The line as notes hold it, which ends in a line break."""
        return f"{_SIGNED}{self.name} {base64.b64encode(self.key_hash + self.signature).decode()}\n"


@dataclass(frozen=True)
class Note:
    """A note's text, which ends in a line break, and its signatures, none of them verified."""

    text: str
    signatures: tuple[NoteSignature, ...]


def format_note(note: Note) -> bytes:
    """Return a note's bytes."""
    return f"{note.text}\n{''.join(signature.line for signature in note.signatures)}".encode()


def parse_note(data: bytes) -> Note:
    """Read a note and believe nothing of it; VerificationError when it is not one, or over 64 KiB."""
    try:
        note = data.decode()
    except UnicodeDecodeError as error:
        raise _refusal("UTF-8", data[:100]) from error
    # Splitting at "\n" only: str.splitlines also splits at characters that a name may hold.
    if len(data) > MAX_NOTE or any(char < " " and char != "\n" for char in note):
        raise _refusal("text without control characters", note[:100])
    text, gap, block = note.rpartition("\n\n")
    if not gap:
        raise _refusal("text, an empty line, and signature lines", note[-100:])
    return Note(f"{text}\n", parse_signatures(block))


def parse_signatures(block: str) -> tuple[NoteSignature, ...]:
    """Read signature lines, each with its line break: 1 to 100 of them; VerificationError when they are not."""
    lines = block.split("\n")
    if lines.pop() or not 1 <= len(lines) <= _MAX_SIGNATURES:
        raise _refusal("1 to 100 signature lines, each with its line break", block[-100:])
    return tuple(_parse_signature(line) for line in lines)


def _parse_signature(line: str) -> NoteSignature:
    name, _, encoded = line.removeprefix(_SIGNED).partition(" ")
    if not line.startswith(_SIGNED) or not name or "+" in name:
        raise _refusal("signature lines of a dash, a name and base64", line[:100])
    data = decode_base64(encoded, where="signature line")
    if len(data) <= _HASH:
        raise _refusal("a key hash and a signature", line[:100])
    return NoteSignature(name, data[:_HASH], data[_HASH:])


def _refusal(expected: str, found: object) -> VerificationError:
    return VerificationError("This is not a signed note.", expected=expected, found=repr(found)[:200])
