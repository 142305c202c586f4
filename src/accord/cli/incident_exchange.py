"""`accord incident export` and `import`: an incident in the formats of others, with what is lost on the way."""

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from accord.cli.clock import now
from accord.cli.incident_intake import report_options, take_in
from accord.cli.incident_views import Desk
from accord.cli.options import folder_argument
from accord.cli.output import json_option, print_json, say
from accord.cli.unlock import Passphrase
from accord.evidence.incident_facts import Tlp
from accord.manifest import System
from accord.reports.exchange import FORMATS, LEVELS, READABLE, Mark, Product, Sender, export, make_case, read
from accord.reports.exchange.reading import LARGEST
from accord.workspace import Workspace

_FILE = click.Path(path_type=Path, dir_okay=False)
_FATES = ("direct", "partial", "approximate", "lost", "withheld")


def _language(_ctx: click.Context, _param: click.Parameter, value: str) -> str:
    if not re.fullmatch(r"[a-z]{2,3}(-[A-Z]{2})?", value):
        raise click.BadParameter(f"expected a language, as in en or pt-BR, found {value!r}")
    return value


@click.command("export")
@click.argument("name", metavar="ID")
@folder_argument
@click.option("--format", "form", type=click.Choice(list(FORMATS)), required=True, help="The format.")
@click.option("--tlp", "level", type=click.Choice(LEVELS), default="clear", show_default=True, help="Who may see it.")
@click.option("--language", callback=_language, default="en", show_default=True, help="The language of its texts.")
@click.option("--output", "-o", type=_FILE, help="Where to; a name of its own in this folder where nothing is said.")
@json_option
def export_command(
    name: str, folder: Path, form: str, level: Tlp, language: str, output: Path | None, *, as_json: bool
) -> None:
    """Write the incident ID in FOLDER in a format of others, and say of each field what became of it. Nothing is sent.

    At TLP:CLEAR only what everybody can read in the log leaves. What is withheld there leaves at the level that the
    incident is marked with, or a stricter one.
    """
    workspace = Workspace.open(folder.resolve())
    desk = Desk.of(workspace, now())
    held = desk.find(name)
    if held is None:
        raise click.UsageError(f"There is no incident {name!r}.")
    case = make_case(
        held,
        workspace.records(desk.records.at),
        _sender(desk.system, workspace.public_key().name),
        level=level,
        reserved=desk.system.withhold,
        language=language,
        at=desk.records.at,
    )
    made = export(case, form)
    path = output or Path(made.name)
    _write(path, made.data)
    if as_json:
        marks = [{"field": m.field, "fate": m.fate, "where": m.where or None, "why": m.why or None} for m in made.marks]
        told = {"file": str(path), "size": len(made.data), "media_type": made.media_type, "marking": case.marking}
        print_json({**told, "format": form, "marks": marks})
        return
    say(f"Written: {path}, {len(made.data):,} bytes, {FORMATS[form].title}, {case.marking}. Nothing was sent.")
    _show(made.marks)


def _sender(system: System, origin: str) -> Sender:
    return Sender(
        organisation=system.organisation.name,
        site=system.organisation.url,
        develops=set(system.organisation.roles) != {"deployer"},
        system=Product(system.system.name, system.system.version),
        contacts=tuple(c.address for c in system.channels if c.kind in {"incident", "vulnerability"}),
        origin=origin,
    )


def _write(path: Path, data: bytes) -> None:
    """Write a file that its owner alone reads; a usage error where another is there."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(data)
    except FileExistsError as error:
        if path.read_bytes() != data:
            raise click.UsageError(
                f"{path} is there already, and says something else: it is not written over."
            ) from error


def _show(marks: Iterable[Mark]) -> None:
    """Print what became of the fields, those of the same fate and for the same reason together."""
    held: dict[tuple[str, str], list[str]] = {}
    for mark in marks:
        held.setdefault((mark.fate, mark.why), []).append(mark.field)
    for (fate, why), fields in sorted(held.items(), key=lambda row: _FATES.index(row[0][0])):
        told = f": {why}" if why else ""
        say(f"  {fate:<12} {', '.join(fields)}{told}", {"lost": "yellow", "withheld": "yellow"}.get(fate, ""))


@click.command("import")
@click.argument("form", metavar="FORMAT", type=click.Choice(READABLE))
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@report_options
def import_command(
    form: str, file: Path, folder: Path, unlock: Passphrase, *, is_recorded: bool, as_json: bool, **given: Any  # noqa: ANN401 - members of any kind
) -> None:  # fmt: skip
    """Read an incident from FILE in a FORMAT of others for the workspace in FOLDER, and propose a signal.

    It is a stranger's: words of lists, days and codes are proposed, and its own words stay in the file, which is kept
    beside the log and can be erased.
    """
    with file.open("rb") as source:
        data = source.read(LARGEST + 1)
    report = read(form, data).report(data)
    take_in([(1, report)], unlock.open(folder), given, is_recorded=is_recorded, as_json=as_json)
