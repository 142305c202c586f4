"""`accord key`: which keys signed the log, changing the one that does, and its passphrase."""

from pathlib import Path
from typing import Any, get_args

import click

from accord.cli.clock import now
from accord.cli.output import json_option, print_json, say
from accord.cli.unlock import (
    Passphrase,
    is_locked,
    new_passphrase_option,
    passphrase_option,
    read_public,
    refuse_same,
)
from accord.errors import LedgerError, WorkspaceError
from accord.evidence import KeyRecord, Span
from accord.ledger import Signer, SigningKey, load_signer
from accord.workspace import Reason, Unlock, Workspace, rotate
from accord.workspace.succession import (
    NEXT,
    begin_change,
    finish_change,
    is_brought,
    is_changing,
    newest_record,
    next_public,
    read_spans,
)

_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
_folder = click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True), default=".")


@click.group()
def key() -> None:
    """Look after the key that signs: show, change or encrypt it."""


@key.command()
@_folder
@json_option
def show(folder: Path, *, as_json: bool) -> None:
    """Show the keys that were in force in the log in FOLDER, each with the digest of the one that may follow it."""
    workspace = Workspace.open(folder.resolve())
    rows = [_describe(span) for span in read_spans(workspace)]
    unfinished = is_changing(workspace)
    if as_json:
        print_json({"origin": workspace.public_key().name, "keys": rows, "unfinished": unfinished})
        return
    for row in rows:
        say("from entry {from}  {fingerprint}  {reason}".format(**row))
        say(f"  may be followed by the key with the SHA-256 {row['following']}" if row["following"] else "  for ever")
        if row["revoked_since"] is not None:
            say(f"  the key before it is not believed from entry {row['revoked_since']}", "yellow")
    if unfinished:
        say("A change of keys was interrupted. Finish it with: accord key rotate", "yellow")


def _describe(span: Span) -> dict[str, Any]:
    record = span.record
    return {
        "from": span.start,
        "fingerprint": span.key.fingerprint,
        "verifier_key": span.key.vkey,
        "reason": record.reason if record else "only",
        "following": record.following if record else None,
        "revoked_since": record.revoked_since if record else None,
    }


@key.command("rotate")
@_folder
@click.option("--reason", type=click.Choice(get_args(Reason)), required=True, help="Why the present key is given up.")
@click.option("--since", type=click.IntRange(min=0), help="From this entry on, a compromised key is not believed.")
@click.option("--next-key", type=_FILE, help="The private key that was set aside.  [.accord/keys/next.key]")
@click.option("--signer", metavar="URI", help="The key that was set aside is kept elsewhere, and signs by this URI.")
@click.option("--following", type=_FILE, help="The public key that may come after it; else one is made, as next.key.")
@passphrase_option
@json_option
def rotate_command(
    folder: Path,
    reason: Reason,
    since: int | None,
    next_key: Path | None,
    signer: str | None,
    following: Path | None,
    unlock: Passphrase,
    *,
    as_json: bool,
) -> None:
    """Put the key that was set aside into force in FOLDER: the present one is retired, lost or stolen.

    Interrupted, it is finished by doing it again. Where a key's file is encrypted, the new ones are too.
    """
    if since is not None and reason != "compromised":
        raise click.UsageError("--since needs --reason compromised: only then are records no longer believed.")
    if signer and next_key:
        raise click.UsageError("Give --next-key or --signer: the key is in a file, or elsewhere.")
    workspace = unlock.open(folder)
    source = next_key or workspace.keys / NEXT
    passphrase = _choose(unlock, workspace.keys / "accord.key", source)
    after = read_public(following, workspace.public_key().name, "--following") if following else None
    new = None if is_brought(workspace) else _load(workspace, source, signer, unlock)
    if new and after:
        refuse_same(new.public, after)
    then = begin_change(workspace, after, passphrase)
    if new:
        rotate(workspace, new, then, reason, now(), revoked_since=since, passphrase=passphrase, uri=signer or "")
    record = newest_record(workspace)
    finish_change(workspace, record, unlock)
    told = {"verifier_key": record.vkey, "fingerprint": record.key.fingerprint, "reason": record.reason}
    if as_json:
        print_json({**told, "following": record.following, "revoked_since": record.revoked_since})
    else:
        _show_change(workspace, record, next_key)


def _choose(unlock: Passphrase, *files: Path) -> bytes | None:
    """Return the passphrase for new keys: where one was in use or is given, none becomes readable without."""
    return unlock() if unlock.file or any(map(is_locked, files)) else None


def _load(workspace: Workspace, source: Path, uri: str | None, unlock: Unlock) -> Signer:
    if uri:
        return load_signer(uri, next_public(workspace), unlock)
    if not source.is_file():
        raise WorkspaceError(
            "The key that was set aside is not here.", where=str(source), fix="say where it is with --next-key"
        )
    return SigningKey.load(source, workspace.public_key().name, unlock)


def _show_change(workspace: Workspace, record: KeyRecord, source: Path | None) -> None:
    say(f"In force      {record.key.fingerprint} ({record.reason})")
    say(f"Verifier key  {record.vkey}")
    say("Give it to everyone who checks your records, and to the witnesses of your log.")
    if record.revoked_since is not None:
        say(f"What the old key signed from entry {record.revoked_since} on supports nothing any more.", "yellow")
    if (workspace.keys / NEXT).is_file():
        say(f"Set aside     {workspace.keys / NEXT}: move it to another place")
    if source:
        say(f"A second copy of the key in force is in {source}: remove it, or keep it as safe.")


@key.command()
@_folder
@click.option("--remove", is_flag=True, help="Leave the files unencrypted, readable by their owner alone.")
@passphrase_option
@new_passphrase_option
@json_option
def passphrase(folder: Path, unlock: Passphrase, fresh: Passphrase, *, remove: bool, as_json: bool) -> None:
    """Set, change or remove the passphrase of the key in FOLDER, and of the next one where it still lies beside it."""
    if remove and fresh.file:
        raise click.UsageError("Give --new-passphrase-file or --remove.")
    workspace = unlock.open(folder)
    files = [path for path in (workspace.keys / "accord.key", workspace.keys / NEXT) if path.is_file()]
    if not files:
        raise WorkspaceError("There is no key's file here: it signs elsewhere.", where=str(workspace.keys))
    name = workspace.public_key().name
    done = [path for path in files if _protect(path, name, unlock, None if remove else fresh)]
    if as_json:
        print_json({"changed": [str(path) for path in done], "encrypted": not remove})
        return
    for path in done:
        say(f"{'Decrypted' if remove else 'Encrypted'} {path}")
    if not done:
        say("Nothing was changed: it is so already.")


def _protect(path: Path, name: str, unlock: Unlock, fresh: Unlock | None) -> bool:
    """Save a key anew and return True; False where it is as asked already, as after an interruption."""
    if _is_so(path, name, fresh):
        return False
    SigningKey.load(path, name, unlock).save(path, fresh() if fresh else None, replace=True)
    return True


def _is_so(path: Path, name: str, fresh: Unlock | None) -> bool:
    if not is_locked(path) or fresh is None:
        return fresh is None and not is_locked(path)
    wanted = fresh()
    try:
        SigningKey.load(path, name, lambda: wanted)
    except LedgerError:
        return False
    return True
