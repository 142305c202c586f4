"""The keys that are set aside: `next` may follow the key in force; `following` is `next`'s own, while keys change.

A change of keys begins when following.pub is written and ends when that becomes next.pub, which is its last step:
whatever it stops at, doing it again finishes it.
"""

from pathlib import Path

from accord.errors import SignatureError, WorkspaceError
from accord.evidence import KeyRecord, Span
from accord.ledger import PublicKey, SigningKey
from accord.ledger.files import move_file, replace_file
from accord.workspace.rotation import commitment, key_spans
from accord.workspace.space import Unlock, Workspace

NEXT = "next.key"
_NEXT_PUBLIC = "next.pub"
_DRAFT, _DRAFT_PUBLIC = "following.key", "following.pub"


def is_changing(workspace: Workspace) -> bool:
    """Tell whether a change of keys was begun and not finished."""
    return (workspace.keys / _DRAFT_PUBLIC).is_file()


def next_public(workspace: Workspace) -> PublicKey:
    """Return the public half of the key that was set aside."""
    path = workspace.keys / _NEXT_PUBLIC
    if not path.is_file():
        raise WorkspaceError(
            "No key was set aside here.", where=str(path), fix="a log that accord init began has one from its start"
        )
    return _parse(path)


def _parse(path: Path) -> PublicKey:
    return PublicKey.parse(path.read_bytes().decode(errors="replace").strip())


def read_spans(workspace: Workspace) -> tuple[Span, ...]:
    """Return the keys that were in force, also where a change of keys stopped half-way."""
    try:
        return key_spans(workspace)
    except SignatureError:
        if not is_changing(workspace):
            raise
        return key_spans(workspace, next_public(workspace))


def is_brought(workspace: Workspace) -> bool:
    """Tell whether the next key is in force already: all is done but to move the files that were set aside."""
    path = workspace.keys / _NEXT_PUBLIC
    return path.is_file() and workspace.public_key() == _parse(path)


def begin_change(workspace: Workspace, following: PublicKey | None, passphrase: bytes | None) -> PublicKey:
    """Begin a change of keys, or go on with one: return the key that will follow the next one, set aside durably.

    It is the one given, that of an interrupted change, or a new one, encrypted under the passphrase.
    """
    public, private = workspace.keys / _DRAFT_PUBLIC, workspace.keys / _DRAFT
    draft = _parse(public) if public.is_file() else None
    if draft and following in {None, draft}:
        return draft
    if draft and commitment(draft) in {span.record.following for span in read_spans(workspace) if span.record}:
        raise WorkspaceError(
            "The log commits to another key already: this change of keys was interrupted.",
            where=str(public),
            expected=draft.fingerprint,
            fix="finish it with: accord key rotate, without --following",
        )
    public.unlink(missing_ok=True)
    private.unlink(missing_ok=True)  # without a public half beside it no record names it
    if following is None:
        made = SigningKey.generate(workspace.public_key().name)
        made.save(private, passphrase)
        following = made.public
    replace_file(public, f"{following.vkey}\n".encode())
    return following


def finish_change(workspace: Workspace, record: KeyRecord, unlock: Unlock) -> None:
    """Let what was set aside be the next key, private half first: without the draft's public half nothing is left."""
    draft, spent, public = (workspace.keys / name for name in (_DRAFT, NEXT, _DRAFT_PUBLIC))
    if record.following != commitment(_parse(public)):
        raise WorkspaceError(
            "The key that was set aside is not the one that the log commits to.",
            where=str(public),
            expected=record.following,
            found=commitment(_parse(public)),
            fix="restore the folder of keys from a backup that was made since",
        )
    if draft.is_file():
        move_file(draft, spent)
    elif spent.is_file() and SigningKey.load(spent, "spent", unlock).public.raw == workspace.public_key().raw:
        spent.unlink()  # it is the key in force now, and a second copy of it helps nobody but a thief
    move_file(public, workspace.keys / _NEXT_PUBLIC)


def newest_record(workspace: Workspace) -> KeyRecord:
    """Return the record of the key that is in force."""
    record = key_spans(workspace)[-1].record
    if record is None:
        raise WorkspaceError("This log commits to no key that may follow.", where=str(workspace.ledger))
    return record
