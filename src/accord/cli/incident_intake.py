"""`accord incident intake`: a report from outside, read as a stranger's, becomes the proposal of a signal."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, get_args

import click

from accord.cli.incident_input import Held, Said
from accord.cli.incident_recording import append_event
from accord.cli.incident_views import Desk
from accord.cli.options import signing
from accord.cli.output import json_option, print_json, say
from accord.cli.unlock import Passphrase
from accord.evidence.incidents import IncidentSource
from accord.incidents.intake import Report, read_reports
from accord.workspace import Workspace

_SHOWN = 2_000


def report_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add to a command what every report from outside is taken in with."""
    for option in (
        json_option,
        click.option("--at", help="When it reached you, as in 2026-11-23T15:00Z: deadlines run from then."),
        click.option("--role", default="Intake", show_default=True, help="The role that takes it in, never a person."),
        click.option("--source", type=click.Choice(get_args(IncidentSource)), help="Who reported it."),
        click.option("--description", help="Your own words for what happened."),
        click.option("--title", help="Your own words for what it is: what the report says does not enter the log."),
        click.option(
            "--id", "name", help="The incident's id; made of the day and of the report where nothing is said."
        ),
        click.option("--record", "is_recorded", is_flag=True, help="Sign it; without this, it is only shown."),
        signing,
    ):
        function = option(function)
    return function


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--only", type=click.IntRange(min=1), help="The report of a mailbox or a list, counted from 1.")
@report_options
def intake(
    file: Path, folder: Path, unlock: Passphrase, only: int | None, *, is_recorded: bool, as_json: bool, **given: Any  # noqa: ANN401 - members of any kind
) -> None:  # fmt: skip
    """Read reports from FILE for the workspace in FOLDER, and propose a signal for each.

    A file of our own form in TOML or JSON, an e-mail (.eml), a mailbox (mbox), FLARE-AI's JSON-LD or AVID's JSON. The
    report is kept beside the log and can be erased. Attachments are counted and never opened.
    """
    numbered = ((number, report) for number, report in enumerate(read_reports(file), 1) if only in {None, number})
    take_in(numbered, unlock.open(folder), given, is_recorded=is_recorded, as_json=as_json)


def take_in(
    numbered: Iterable[tuple[int, Report]],
    workspace: Workspace,
    given: Mapping[str, Any],
    *,
    is_recorded: bool,
    as_json: bool,
) -> None:
    """Show reports from outside with the signal that each proposes, and record those where that is asked for."""
    desk, rows = Desk.of(workspace), []
    for number, report in numbered:
        told, known = _propose(report, desk, given), _known(report, desk)
        index = append_event(workspace, told) if is_recorded and not known else None
        desk = desk if index is None else Desk.of(workspace)
        rows.append(_row(number, report, told, known, index))
        if not as_json:
            _show(rows[-1], report)
    if as_json:
        print_json({"reports": rows})
    elif not is_recorded:
        say("Nothing was recorded: that is done with --record.", "yellow")


def _propose(report: Report, desk: Desk, given: Mapping[str, Any]) -> Said:
    title, description = report.words()
    told = {
        "title": title,
        "description": description,
        "source": "other",
        **report.proposed,
        **{name: value for name, value in given.items() if value and name != "name"},
        "report": Held(report.data, report.media_type),
    }
    return Said(given["name"] or report.name(desk.records.at), "signal", told)


def _known(report: Report, desk: Desk) -> str:
    """Return the incident that began with this very report, where there is one."""
    taken = ((one.id, one.signal.report) for one in desk.incidents)
    return next((name for name, held in taken if held and held.sha256 == report.sha256), "")


def _row(number: int, report: Report, told: Said, known: str, index: int | None) -> dict[str, Any]:
    return {
        "number": number,
        "format": report.format,
        "id": known or told.name,
        "record": index,
        "known": bool(known),
        "sha256": report.sha256,
        "size": len(report.data),
        "title": report.title,
        "text": report.text[:_SHOWN],
        "dated": f"{report.dated:%Y-%m-%dT%H:%M:%SZ}" if report.dated else None,
        "attachments": [{"media_type": a.media_type, "size": a.size} for a in report.attachments],
        "proposed": {name: _plain(value) for name, value in told.members.items() if name != "report"},
        "notes": list(report.notes),
    }


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value  # a day, as TOML holds it


def _show(row: Mapping[str, Any], report: Report) -> None:
    say(f"Report {row['number']} ({row['format']}, {row['size']:,} bytes, SHA-256 {row['sha256']})", "bold")
    say("What a stranger wrote; it is kept beside the log:")
    say(f"  {report.title}")
    for line in report.text[:_SHOWN].splitlines():
        say(f"  | {line}")
    for attachment in report.attachments:
        say(f"  attachment, not opened: {attachment.media_type}, {attachment.size:,} bytes as encoded")
    if row["dated"]:
        say(f"  It says that it is of {row['dated']}. Say with --at when it reached you: deadlines run from then.")
    for note in row["notes"]:
        say(f"  {note}", "yellow")
    if row["known"]:
        say(f"It was taken in already, as the incident {row['id']}.", "yellow")
        return
    say("Proposed for the log:" if row["record"] is None else f"Recorded as entry {row['record']}:")
    say(f"  id           {row['id']}")
    for name, value in row["proposed"].items():
        say(f"  {name:<12} {value}")
