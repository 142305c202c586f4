"""`accord incident notice` and `publish`: what the public is told, and the record that it was."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError

from accord.cli.clock import now
from accord.cli.incident_input import Said, options, said_options
from accord.cli.incident_recording import record_event
from accord.cli.incident_views import Desk
from accord.cli.options import folder_argument, signing
from accord.cli.output import json_option
from accord.cli.unlock import Passphrase
from accord.evidence import Facts
from accord.evidence.incident_facts import FACTS
from accord.incidents import Publisher, make_notice, register, write_notice
from accord.workspace import Workspace

_reveal = click.option(
    "--reveal",
    type=click.Choice(sorted(FACTS - {"steps", "tlp"} | {"measure"})),
    multiple=True,
    help="What was withheld so far and is said in the open; may be repeated.",
)


@click.command()
@click.argument("name", metavar="ID")
@folder_argument
@_reveal
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write it here instead of printing it.")
@json_option
def notice(name: str, folder: Path, reveal: tuple[str, ...], out: Path | None, *, as_json: bool) -> None:
    """Draft a public notice of the incident ID in FOLDER, in Markdown or JSON: nothing is recorded or sent.

    It is made of what the log says openly, and of what you --reveal.
    """
    desk = Desk.of(Workspace.open(folder.resolve()))
    drafted = draft(name, desk, revealed(name, desk, reveal))
    text = json.dumps(drafted, indent=2, sort_keys=True) + "\n" if as_json else write_notice(drafted)
    if out is None:
        click.echo(text, nl=False)
    else:
        _write(out, text)


@click.command()
@click.argument("name", metavar="ID")
@signing
@options("address", "language", "notice")
@_reveal
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the drafted notice here.")
@said_options
@json_option
def publish(
    name: str,
    folder: Path,
    unlock: Passphrase,
    reveal: tuple[str, ...],
    out: Path | None,
    *,
    as_json: bool,
    **given: Any,  # noqa: ANN401 - members of any kind
) -> None:
    """Record that the public was told of ID: the digest of the notice, and where it stands. Nothing is sent.

    Give your own --notice, or have one drafted with --out. What you --reveal enters the log in the open.
    """
    file, said, workspace = given.pop("file"), given.pop("say"), unlock.open(folder)
    desk = Desk.of(workspace)
    told = Said.gather(name, "publish", {**revealed(name, desk, reveal), **given}, file, said)
    if (out is None) == ("notice" not in told.members):
        raise click.UsageError("Give --notice with what was published, or --out where it is drafted, and not both.")
    if out is not None:
        _write(out, write_notice(draft(name, desk, told.members)))
        told = Said(name, "publish", {**told.members, "notice": str(out)})
    record_event(workspace, told, as_json=as_json)


def revealed(name: str, desk: Desk, members: Iterable[str]) -> dict[str, Any]:
    """Return what the owner knows of an incident by these members, to be said in the open."""
    held = desk.find(name)
    if held is None:
        return {}
    facts = held.facts.model_dump(mode="json", exclude_none=True)
    measures = "\n".join(e.record.measure for e in held.measures if e.record.measure)
    known = {**facts, **({"measure": measures} if measures else {})}
    if lost := [member for member in members if member not in known]:
        raise click.UsageError(f"Nothing is known of it by: {', '.join(lost)}")
    return {member: known[member] for member in members}


def draft(name: str, desk: Desk, said: Mapping[str, Any]) -> dict[str, Any]:
    """Return the notice that the log's open words, and what is said anew, make; a usage error where there is none."""
    everybody = register(desk.workspace.records(desk.records.at))
    held = next((one for one in everybody if one.id == name), None)
    if held is None:
        raise click.UsageError(f"There is no incident {name!r}.")
    try:
        facts = Facts.model_validate({key: value for key, value in said.items() if key in FACTS})
    except ValidationError as error:
        raise click.UsageError(f"This cannot be said in a notice: {error}") from error
    system = desk.system
    publisher = Publisher(
        organisation=system.organisation.name,
        system=f"{system.system.name} {system.system.version}",
        contacts=tuple(c.address for c in system.channels if c.kind in {"incident", "vulnerability"}),
        origin=desk.workspace.public_key().name,
    )
    return make_notice(held, facts, said.get("measure"), publisher, now())


def _write(out: Path, text: str) -> None:
    if out.exists() and out.read_text(encoding="utf-8") != text:
        raise click.UsageError(f"{out} is there already, and says something else: it is not written over.")
    out.write_text(text, encoding="utf-8")
