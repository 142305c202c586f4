"""`accord log`: look into the log, and have others vouch for it."""

from base64 import b64encode
from pathlib import Path

import click

from accord.cli.attack import attack
from accord.cli.clock import now
from accord.cli.output import json_option, print_json, say
from accord.cli.witness import timestamp, witness
from accord.ledger import Log, parse_json, unverified_payload
from accord.ledger.fsck import fsck as check_files
from accord.workspace import Workspace

_folder = click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True), default=".")


@click.group()
def log() -> None:
    """Look into the log, check its files, prove an entry; have it cosigned and time-stamped; be a witness of others."""


log.add_command(witness)
log.add_command(timestamp)
log.add_command(attack)


@log.command()
@_folder
@click.option("--entry", type=click.IntRange(min=0), help="Show this entry's statement in full.")
@json_option
def show(folder: Path, entry: int | None, *, as_json: bool) -> None:
    """List the records of the log in FOLDER, or show one in full."""
    workspace = Workspace.open(folder.resolve())
    if entry is not None:
        print_json(parse_json(unverified_payload(_require(workspace.log(), entry).entry(entry))))
        return
    rows = [{**e.ref.model_dump(), "kind": e.record.kind, "made": e.record.made} for e in workspace.records(now())]
    if as_json:
        print_json([{**row, "made": f"{row['made']:%Y-%m-%dT%H:%M:%SZ}"} for row in rows])
        return
    for row in rows:
        say(f"{row['index']:>6}  {row['kind']:<10}  {row['made']:%Y-%m-%d %H:%M} UTC  {row['leaf']}")


@log.command()
@click.argument("index", type=click.IntRange(min=0))
@_folder
@json_option
def prove(index: int, folder: Path, *, as_json: bool) -> None:
    """Print the proof that entry INDEX is in the log in FOLDER, in the C2SP tlog-proof format."""
    held = _require(Workspace.open(folder.resolve()).log(), index)
    path, checkpoint = held.inclusion(index), held.signed_checkpoint.decode()
    if as_json:
        print_json({"index": index, "inclusion": [h.hex() for h in path], "checkpoint": checkpoint})
        return
    lines = ["c2sp.org/tlog-proof@v1", f"index {index}", *(b64encode(h).decode() for h in path), "", checkpoint]
    click.echo("\n".join(lines), nl=False)


def _require(held: Log, index: int) -> Log:
    """Return the log where it has an entry `index`; a usage error where it has not."""
    if index >= held.size:
        raise click.UsageError(f"There is no entry {index}: the log has {held.size} entries, the first of them 0.")
    return held


@log.command()
@_folder
@json_option
@click.pass_context
def fsck(ctx: click.Context, folder: Path, *, as_json: bool) -> None:
    """Read every file of the log in FOLDER and compare it with what the entries give; exit code 3 where one differs."""
    workspace = Workspace.open(folder.resolve())
    result = check_files(workspace.ledger, workspace.public_key())
    size = result.checkpoint.size if result.checkpoint else 0
    faults = [{"path": f.path, "expected": f.expected, "found": f.found} for f in result.faults]
    if as_json:
        print_json({"size": size, "faults": faults, "notes": [n.path for n in result.notes]})
    else:
        for fault in faults:
            say("{path}: expected {expected}, found {found}".format(**fault))
        say(f"{size} entries, {len(faults)} faults, {len(result.notes)} leftovers of a crash.")
    ctx.exit(3 if faults else 0)
