"""`accord incident`: what happens to an incident, one signed event at a time."""

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from accord.cli.clock import now
from accord.cli.incident_input import Said, options, said_options
from accord.cli.incident_intake import intake
from accord.cli.incident_publish import notice, publish
from accord.cli.incident_recording import record_event
from accord.cli.incident_views import Desk, describe, list_table, show_incident
from accord.cli.options import folder_argument, signing
from accord.cli.output import console, json_option, print_json, say
from accord.cli.unlock import Passphrase
from accord.evidence.incidents import IncidentEvent
from accord.incidents import clocks, misfits
from accord.workspace import Workspace

_TIES = ("evaluations", "alerts", "risks", "mitigations", "related", "partners", "identifiers", "changes")
_EVENTS: Mapping[IncidentEvent, tuple[str, tuple[str, ...]]] = {
    "signal": (
        "Record that something was noticed: the incident ID begins.",
        ("title", "description", "source", "aware", "occurred", "affected", "jurisdictions", "tlp", "report", "systems",
         "alerts"),
    ),
    "acknowledge": ("Record that whoever reported ID was told that the report arrived.", ()),
    "triage": (
        "Record what ID is, how bad, and which serious consequences it has, on which deadlines depend.",
        ("category", "severity", "harms", "consequences", "relation", "reason"),
    ),
    "confirm": ("Record that ID is real.", ("reason",)),
    "contain": ("Record what keeps ID from doing more harm; may be repeated.", ("measure",)),
    "resolve": ("Record that ID is dealt with, and what its root cause was.", ("measure", "cause")),
    "dismiss": ("Record that ID is none.", ("reason",)),
    "duplicate": ("Record that ID is the same as another incident.", ("of", "reason")),
    "reopen": ("Record that ID is not over, or was set aside wrongly.", ("reason",)),
    "correct": ("Say a fact about ID anew: by these options, or by --say.", ("reason", "severity", "aware", "tlp")),
    "link": ("Tie ID to records, risks, incidents and organisations.", ("systems", "releases", *_TIES, "reason")),
    "notify": (
        "Record that an authority was told of ID: nothing is sent.",
        ("authority", "stage", "under", "reference", "recommendation", "report"),
    ),
    "extend": ("Put off a deadline of ID that is not one of law.", ("clock", "until", "reason")),
    "reward": (
        "Record what the reporter of ID was given, and how they are credited; never who they are.",
        ("credit", "credited"),
    ),
}  # fmt: skip


_EXCHANGE = ("export", "import")


class _Commands(click.Group):
    """Loads what writes and reads the formats of others when it is called: templates come with it, and take 0.2 s."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted((*super().list_commands(ctx), *_EXCHANGE))

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in _EXCHANGE:
            return super().get_command(ctx, name)
        command: click.Command = getattr(import_module("accord.cli.incident_exchange"), f"{name}_command")
        return command


@click.group(cls=_Commands)
def incident() -> None:
    """Carry incidents and vulnerabilities from a first signal to public notice, each step in a signed record."""


def _add(event: IncidentEvent, text: str, members: tuple[str, ...]) -> None:
    def command(name: str, folder: Path, unlock: Passphrase, *, as_json: bool, **given: Any) -> None:  # noqa: ANN401 - members of any kind
        file, said = given.pop("file"), given.pop("say")
        workspace = unlock.open(folder)
        record_event(workspace, Said.gather(name, event, given, file, said), as_json=as_json)

    made: Callable[..., Any] = command
    for decorator in (json_option, said_options, options(*members), signing, click.argument("name", metavar="ID")):
        made = decorator(made)
    incident.add_command(click.command(event, help=text)(made))


for _event, (_text, _members) in _EVENTS.items():
    _add(_event, _text, _members)
incident.add_command(publish)
incident.add_command(notice)
incident.add_command(intake)


@incident.command("list")
@folder_argument
@click.option("--open", "is_open", is_flag=True, help="Only those about which something is left to be done.")
@click.option("--late", is_flag=True, help="Only those of which a deadline was missed.")
@json_option
def list_command(folder: Path, *, is_open: bool, late: bool, as_json: bool) -> None:
    """List the incidents in FOLDER, with what they are, where they stand, and the next deadline of each."""
    desk = Desk.of(Workspace.open(folder.resolve()), now())
    held = [
        one
        for one in desk.incidents
        if (not is_open or one.is_open) and (not late or any(c.is_late for c in clocks(one, desk.rules)))
    ]
    left = [misfit.text for misfit in misfits(desk.records)]
    if as_json:
        print_json({"incidents": [describe(one, desk) for one in held], "misfits": left})
        return
    console().print(list_table(held, desk))
    say(f"{len(held)} incidents. Deadlines are in UTC.")
    for line in left:
        say(line, "yellow")


@incident.command()
@click.argument("name", metavar="ID")
@folder_argument
@json_option
def show(name: str, folder: Path, *, as_json: bool) -> None:
    """Show all that is recorded of the incident ID in FOLDER: facts, timeline and deadlines."""
    desk = Desk.of(Workspace.open(folder.resolve()), now())
    held = desk.find(name)
    if held is None:
        known = ", ".join(one.id for one in desk.incidents)
        raise click.UsageError(
            f"There is no incident {name!r}. {f'There are: {known}.' if known else 'There is none.'}"
        )
    if as_json:
        print_json(describe(held, desk))
    else:
        show_incident(held, desk)
