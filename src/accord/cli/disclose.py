"""`accord disclose`."""

import os
from pathlib import Path
from typing import Any

import click

from accord.cli.clock import now
from accord.cli.output import json_option, print_json, say
from accord.errors import WorkspaceError
from accord.evidence import Entry
from accord.ledger.private_file import write_private
from accord.verify.disclosure import make_disclosure
from accord.workspace import Workspace


@click.command()
@click.argument("words", nargs=-1, metavar="[RECORD] [FOLDER]")
@click.option("--record", "more", type=click.IntRange(min=0), multiple=True, help="Another record; may be repeated.")
@click.option("--field", "fields", multiple=True, help="Only this field of theirs; may be repeated.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="The file that the auditor gets.")
@click.option("--list", "listing", is_flag=True, help="List what is withheld, and write nothing.")
@json_option
def disclose(
    words: tuple[str, ...],
    more: tuple[int, ...],
    fields: tuple[str, ...],
    output: Path | None,
    *,
    listing: bool,
    as_json: bool,
) -> None:
    """Show an auditor what RECORD of the log in FOLDER withholds, in a file for accord verify --disclosure.

    Without a record it lists what is withheld. The file holds the fields and the artifacts that they name: hand it over
    as you would hand over those.
    """
    records, folder = _read(words)
    workspace = Workspace.open(folder.resolve())
    wanted = dict.fromkeys((*records, *more), fields)
    if listing or not wanted:
        _list(workspace, as_json=as_json)
        return
    if output is None:
        raise click.UsageError("Missing --output: the file that the auditor gets.")
    shown = make_disclosure(workspace, wanted, now())
    _write(output, shown.to_bytes())
    told = {str(entry.index): [opening.field for opening in entry.openings] for entry in shown.entries}
    if as_json:
        print_json({"file": str(output), "records": told, "artifacts": sorted(shown.artifacts)})
        return
    for index, names in told.items():
        say(f"Record {index}: {', '.join(names)}")
    say(f"Wrote {output}, with {len(shown.artifacts)} artifacts. It shows what the log withholds: mind who gets it.")


def _read(words: tuple[str, ...]) -> tuple[list[int], Path]:
    """Return the record and the folder of the arguments; a folder whose name is a number is given as ./NAME."""
    record, rest = ([int(words[0])], words[1:]) if words and words[0].isdecimal() else ([], words)
    if len(rest) > 1:
        raise click.UsageError(f"Expected a record and a folder, found {len(words)} arguments; see --record.")
    folder = Path(rest[0] if rest else ".")
    if not folder.is_dir():
        raise click.BadParameter("There is no such folder, and it is no record's number.", param_hint=str(folder))
    return record, folder


def _list(workspace: Workspace, *, as_json: bool) -> None:
    rows = [_describe(workspace, entry) for entry in workspace.records(now()) if entry.withheld]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        say("{index:>6}  {kind:<10}  {fields}".format(**{**row, "fields": ", ".join(row["fields"])}))
        if row["lost"]:
            say(f"        cannot be opened any more: {', '.join(row['lost'])}", "yellow")
    say(f"{len(rows)} records withhold something.")


def _describe(workspace: Workspace, entry: Entry[Any]) -> dict[str, Any]:
    kept = {opening.field for opening in workspace.openings.get(entry.ref.leaf, ())}
    record = entry.record
    return {
        "index": entry.ref.index,
        "kind": record.signed_as,
        "fields": list(entry.withheld),
        "lost": [field for field in entry.withheld if field not in kept],
    }


def _write(path: Path, data: bytes) -> None:
    try:
        write_private(path, data)
    except FileExistsError as error:
        raise WorkspaceError(
            "There is a file already, and it is not overwritten.", where=os.fspath(path), fix="choose another --output"
        ) from error
