"""Recording one event about an incident: nothing that was typed is lost, and what is marked is withheld."""

from collections.abc import Collection

import click

from accord.cli.incident_input import Said
from accord.cli.incident_views import Desk, describe, next_clock
from accord.cli.output import print_json, say
from accord.errors import RecordError
from accord.evidence import IncidentRecord, SystemRecord
from accord.evidence.incident_facts import FACTS
from accord.incidents import clocks, load_rules, require_fit
from accord.workspace import Workspace


def record_event(workspace: Workspace, said: Said, *, as_json: bool) -> None:
    """Append an event that fits what is known, and show how the incident stands then."""
    _show_recorded(append_event(workspace, said), said.name, Desk.of(workspace), as_json=as_json)


def append_event(workspace: Workspace, said: Said) -> int:
    """Append an event that fits what is known, and return its place; a usage error keeps what was said."""
    desk = Desk.of(workspace)
    told = said if said.event != "signal" else _begin(said, desk)
    try:
        record, texts = told.record(desk.records)
        _require_rule(record, desk)
        require_fit(record, desk.records)
    except (RecordError, click.UsageError) as error:
        problem = error.format_message() if isinstance(error, click.UsageError) else str(error)
        kept = f"\nWhat was said is kept: correct {said.keep(workspace)}, and give it with --from."
        raise click.UsageError(f"{problem}{kept}") from error
    for text in texts:
        workspace.keep(text.data, text.media_type)
    return workspace.append([record], hidden(record, desk))[0]


def _begin(said: Said, desk: Desk) -> Said:
    """Return a signal with what is meant where nothing is said: it is marked amber, and concerns what is declared."""
    declared = desk.records.latest(SystemRecord)
    systems = {"systems": [declared.ref.index]} if declared else {}
    return Said(said.name, said.event, {"tlp": "amber", **systems, **said.members})


def _require_rule(record: IncidentRecord, desk: Desk) -> None:
    """Raise a usage error for a deadline that there is not or that is of law, and for rules that nobody knows."""
    open_ones = sorted(rule.id for rule in desk.rules if rule.extendable)
    if record.clock and record.clock not in open_ones:
        raise click.UsageError(f"This deadline cannot be put off: {record.clock}. These can: {', '.join(open_ones)}")
    known = sorted({rule.regime for rule in (*load_rules(), *desk.rules)})
    if lost := sorted(set(record.under or ()) - set(known)):
        raise click.UsageError(f"There are no such rules: {', '.join(lost)}. Known are: {', '.join(known)}")


def hidden(record: IncidentRecord, desk: Desk) -> Collection[str]:
    """Return the members that a record withholds: where it is marked above clear, all that it may.

    What is published is said in the open, whatever the marking and accord.toml say.
    """
    asked = set(desk.system.withhold)
    if record.event == "publish":
        return asked - FACTS - {"measure", "notice", "address", "language"}
    held = desk.find(record.id)
    marking = record.tlp or (held.facts.tlp if held else None)
    return asked if marking == "clear" else asked | (record.model_fields_set & record.withholdable())


def _show_recorded(index: int, name: str, desk: Desk, *, as_json: bool) -> None:
    held = desk.find(name)
    if held is None:  # cannot be: it was just recorded
        raise RecordError("The incident that was recorded is not to be found.", where=name)
    if as_json:
        print_json({"record": index, "incident": describe(held, desk)})
        return
    say(f"Recorded as entry {index}: incident {held.id}, {held.state}")
    if due := next_clock(clocks(held, desk.rules)):
        say(f"Next deadline: {due.due:%Y-%m-%d %H:%M} UTC ({due.status}): {due.rule.title}", "yellow")
