"""Changing the key that signs: to the one that was committed to, whether the old one is retired, lost or stolen.

The order of steps is what makes it safe: the keys that come are durable first, then the record is, then the old key is
replaced. Whatever step it stops at, doing it again finishes it.
"""

from datetime import datetime
from hashlib import sha256
from typing import Literal

from accord.errors import SignatureError, WorkspaceError
from accord.evidence import KeyRecord, Reader, Span, sign_record
from accord.ledger import Log, PublicKey, Signer, SigningKey
from accord.ledger.files import move_file, replace_file
from accord.workspace.chains import Chains
from accord.workspace.space import WAIT, Workspace

Reason = Literal["scheduled", "lost", "compromised"]


def first_key(key: PublicKey, following: PublicKey, now: datetime) -> KeyRecord:
    """Return the first record of a log, which commits to the key that may follow."""
    return KeyRecord(made=now, vkey=key.vkey, following=commitment(following), reason="first")


def commitment(key: PublicKey) -> str:
    """Return the SHA-256 of a raw public key, which tells nothing of it before it is used."""
    return sha256(key.raw).hexdigest()


def rotate(
    workspace: Workspace,
    new: Signer,
    following: PublicKey,
    reason: Reason,
    now: datetime,
    *,
    revoked_since: int | None = None,
    passphrase: bytes | None = None,
    uri: str = "",
) -> KeyRecord:
    """Put the key `new` into force and commit to the one that may follow it; return the record.

    A SigningKey is stored in the old one's place, encrypted with the passphrase; of any other signer its `uri` is.
    Raises WorkspaceError where the log commits to no key, or to another than `new`.
    """
    last = _last(workspace, new.public)
    if last.key != new.public:
        _require_committed(last, new.public)
        last = KeyRecord(
            made=now, vkey=new.public.vkey, following=commitment(following), reason=reason, revoked_since=revoked_since
        )
        _hand_over(workspace, new)
        with Log.writer(workspace.ledger, new, memory=workspace.memory, wait=WAIT) as writer:
            writer.append([sign_record(Chains(writer.log).link(last), new)])
    _replace_files(workspace, new, passphrase, uri)
    return last


def key_spans(workspace: Workspace, known: PublicKey | None = None) -> tuple[Span, ...]:
    """Return the keys that were in force, oldest first; `known` signed the checkpoint, else the present one did."""
    known = known or workspace.public_key()
    reader = Reader(known, evaluators=workspace.evaluators.all())
    for index, data in enumerate(Log.open(workspace.ledger, known).entries()):
        reader.read(index, data)
    return reader.spans


def _known(workspace: Workspace, new: PublicKey) -> PublicKey:
    """Return the key that the log's checkpoint is signed by: after an interruption it may be the new one already."""
    old = workspace.public_key()
    try:
        Log.open(workspace.ledger, old)
    except SignatureError:
        Log.open(workspace.ledger, new)
        return new
    return old


def _last(workspace: Workspace, new: PublicKey) -> KeyRecord:
    """Return the record of the key that is in force."""
    last = next((span.record for span in reversed(key_spans(workspace, _known(workspace, new)))), None)
    if last is None:
        raise WorkspaceError(
            "This log commits to no key that may follow: its key cannot be changed.",
            where=str(workspace.ledger),
            expected="a record of the key as the log's first entry, as accord init writes it",
        )
    return last


def _require_committed(last: KeyRecord, new: PublicKey) -> None:
    if commitment(new) != last.following:
        raise WorkspaceError(
            "The log commits to another key than this one.",
            expected=f"a key whose raw public half has the SHA-256 {last.following}",
            found=commitment(new),
            fix="give the key that was set aside when the present one came into force",
        )


def _hand_over(workspace: Workspace, new: Signer) -> None:
    """Have the new key sign the present checkpoint, so that it may write to the log."""
    known = (workspace.public_key(), new.public)
    Log.resign(workspace.ledger, known, new, memory=workspace.memory, wait=WAIT)


def _replace_files(workspace: Workspace, new: Signer, passphrase: bytes | None, uri: str) -> None:
    """Put the new key where the old one was; the public half last, because it says which one is in force."""
    private, elsewhere = workspace.keys / "accord.key", workspace.keys / "accord.uri"
    if uri:
        replace_file(elsewhere, f"{uri}\n".encode(), private=True)
    elif isinstance(new, SigningKey):
        scratch = workspace.keys / ".accord.key.tmp"
        scratch.unlink(missing_ok=True)  # what an interruption left
        new.save(scratch, passphrase)
        move_file(scratch, private)
        elsewhere.unlink(missing_ok=True)
    replace_file(workspace.keys / "accord.pub", f"{new.public.vkey}\n".encode())
    if uri:
        private.unlink(missing_ok=True)  # the retired key: nothing is to be signed by it again
