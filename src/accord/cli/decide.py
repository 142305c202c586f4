"""`accord decide`: what a person decided, with reasons, for as long as it holds."""

import re
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import Any

import click

from accord.cli.clock import now
from accord.cli.options import (
    day,
    end_of,
    find_refs,
    folder_argument,
    make,
    reasoned,
    require_declaration,
    role,
    signing,
    words,
)
from accord.cli.output import json_option, print_json, say
from accord.cli.unlock import Passphrase
from accord.codes import Code, load_code
from accord.evidence import DecisionRecord, Entry, Ground, SystemRecord, is_current
from accord.gate import OVERRIDE_DAYS, find_stage
from accord.manifest import System, load_system
from accord.workspace import Workspace

_REASON_ID = re.compile(r"[a-z0-9][A-Za-z0-9-]*(\.[A-Za-z0-9-]+)*")
_FIRM = frozenset({"declaration", "red-lines", "release"})  # reasons of a gate that no override bends


def _outcome(function: Callable[..., None]) -> Callable[..., None]:
    """Add --proceed and --stop to a command, of which one is said: leaving it out decides nothing."""

    @wraps(function)
    def command(*, proceed: bool, stop: bool, **given: Any) -> None:  # noqa: ANN401 - as of `_deciding`
        if proceed == stop:
            raise click.UsageError("Say --proceed or --stop, and not both.")
        function(outcome="proceed" if proceed else "stop", **given)

    go = click.option("--proceed", is_flag=True, help="It goes on.")
    return go(click.option("--stop", is_flag=True, help="It does not go on.")(command))


@dataclass(frozen=True)
class _Asked:
    """What every decision has."""

    folder: Path
    unlock: Passphrase
    stage: str
    role: str
    reason: str
    rests_on: tuple[int, ...]
    until: date | None
    as_json: bool


def _deciding(function: Callable[..., None]) -> Callable[..., None]:
    """Add to a command the options of every decision, and hand them to it as one."""

    @wraps(function)
    def command(**given: Any) -> None:  # noqa: ANN401 - whatever the command's other options are
        asked = _Asked(**{field.name: given.pop(field.name) for field in fields(_Asked)})
        function(asked=asked, **given)

    options = [
        click.option("--stage", required=True, help="The stage of accord.toml that it is for."),
        click.option("--role", type=role, required=True, help="The role that decides, never a person."),
        click.option("--reason", type=words, required=True, help="Why; it enters the log."),
        click.option("--until", type=day, help="The last day on which it holds (UTC); for ever if none."),
        click.option(
            "--rests-on", type=click.IntRange(min=0), multiple=True, help="A record looked at; may be repeated."
        ),
        json_option,
    ]
    decorated: Callable[..., None] = command
    for option in reversed(options):
        decorated = option(decorated)
    return signing(decorated)


@click.group()
def decide() -> None:
    """Record what a person who answers for the system decided: a role and reasons, in a signed record."""


_conditions = click.option(
    "--condition", "conditions", type=words, multiple=True, help="On what it depends; may be repeated."
)


@decide.command("red-lines")
@_deciding
@_outcome
@_conditions
@click.option(
    "--ground", "clear", type=reasoned, metavar="ID=REASON", multiple=True, help="A ground that is not crossed."
)
@click.option("--crossed", type=reasoned, metavar="ID=REASON", multiple=True, help="A ground that would be crossed.")
def red_lines(
    asked: _Asked, outcome: str, conditions: tuple[str, ...],
    clear: tuple[tuple[str, str], ...], crossed: tuple[tuple[str, str], ...],
) -> None:  # fmt: skip
    """Decide whether to go on in view of the red lines: every ground of the preamble is spoken to.

    On a terminal it asks for each ground that no option speaks to. Nobody may decide to go on across one (fact P11).
    """
    workspace = asked.unlock.open(asked.folder)
    system = load_system(workspace.manifest)
    code = load_code(system.edition)
    if sys.stdin.isatty() and not asked.as_json:
        clear, crossed = _ask_grounds(code, clear, crossed)
    _require_grounds(code, [name for name, _ in (*clear, *crossed)])
    grounds = [Ground(id=name, crossed=False, reason=reason) for name, reason in clear]
    grounds += [Ground(id=name, crossed=True, reason=reason) for name, reason in crossed]
    ordered = tuple(sorted(grounds, key=lambda ground: ground.id))
    _record(
        workspace, system, asked, topic="red-lines", outcome=outcome, grounds=ordered, conditions=conditions
    )  # fmt: skip


def _ask_grounds(
    code: Code, clear: tuple[tuple[str, str], ...], crossed: tuple[tuple[str, str], ...]
) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    """Ask for each ground that was not spoken to whether going on would cross it, and why; nothing is taken as said."""
    spoken = {name for name, _ in (*clear, *crossed)}
    for line in code.red_lines:
        if line.id in spoken:
            continue
        say(f"{line.id}  {line.text}")
        told = click.prompt("Would going on cross it?", type=click.Choice(["yes", "no"]), err=True)
        reason = click.prompt("Why? It enters the log", value_proc=words, err=True)
        if told == "yes":
            crossed = (*crossed, (line.id, reason))
        else:
            clear = (*clear, (line.id, reason))
    return clear, crossed


def _require_grounds(code: Code, spoken: Sequence[str]) -> None:
    """Raise a usage error unless each ground is spoken to once; it lists them all."""
    known = {line.id for line in code.red_lines}
    problems = [
        ("not spoken to", sorted(known - set(spoken))),
        ("unknown", sorted(set(spoken) - known)),
        ("spoken to twice", sorted(name for name, count in Counter(spoken).items() if count > 1)),
    ]
    if not any(names for _, names in problems):
        return
    found = "; ".join(f"{what}: {', '.join(names)}" for what, names in problems if names)
    grounds = "\n".join(f"  {line.id}  {line.text}" for line in code.red_lines)
    raise click.UsageError(
        f"A decision about red lines speaks to each ground once, with --ground or --crossed ID=REASON.\n"
        f"Found: {found}. The grounds are:\n{grounds}"
    )


@decide.command()
@_deciding
@click.option("--reason-id", "overrides", multiple=True, required=True, help="A gate's reason; may be repeated.")
@click.option("--withdraw", is_flag=True, help="Take an override of these reasons back: they count again.")
def override(asked: _Asked, overrides: tuple[str, ...], *, withdraw: bool) -> None:
    """Let a gate pass in spite of reasons that it gave, until a day less than 90 days ahead.

    What a gate says of red lines cannot be overridden.
    """
    if asked.until is None and not withdraw:
        raise click.UsageError("Missing --until: an override ends.")
    if firm := sorted(_FIRM & set(overrides)):
        raise click.UsageError(f"This cannot be overridden: {', '.join(firm)}. What was decided is decided anew.")
    if wrong := [name for name in overrides if not _REASON_ID.fullmatch(name)]:
        problem = f"expected the id of a gate's reason, as in tolerance.refusal.harmful.en; found {wrong[0]!r}"
        raise click.BadParameter(problem, param_hint="--reason-id")
    workspace = asked.unlock.open(asked.folder)
    system = load_system(workspace.manifest)
    ids, outcome = tuple(dict.fromkeys(overrides)), "stop" if withdraw else "proceed"
    _record(workspace, system, asked, topic="override", outcome=outcome, overrides=ids)


@decide.command()
@_deciding
@_outcome
@_conditions
def release(asked: _Asked, outcome: str, conditions: tuple[str, ...]) -> None:
    """Decide whether this version is released."""
    workspace = asked.unlock.open(asked.folder)
    system = load_system(workspace.manifest)
    _record(workspace, system, asked, topic="release", outcome=outcome, conditions=conditions)


def _record(workspace: Workspace, system: System, asked: _Asked, *, topic: str, **told: object) -> None:
    """Append a decision about the model that is declared in the log, and show it."""
    moment = now()
    stage = find_stage(system, asked.stage).id
    records = workspace.records(moment, opened=True)
    record = make(
        DecisionRecord,
        made=moment,
        expires=_end(asked.until, moment, topic),
        topic=topic,
        stage=stage,
        role=asked.role,
        reason=asked.reason,
        model=require_declaration(workspace, records).model,
        rests_on=find_refs(records, asked.rests_on),
        **told,
    )
    index = workspace.append([record], system.withhold)[0]
    if asked.as_json:
        print_json({"record": index, "decision": record.model_dump(mode="json", exclude_none=True)})
        return
    say(f"Recorded as entry {index}: {record.topic} at {record.stage}, {record.outcome}, by {record.role}")
    say(f"About the model {record.model.name}, {record.model.sha256}")


def _end(until: date | None, moment: datetime, topic: str) -> datetime | None:
    if topic != "override":
        return end_of(until, moment)
    latest = moment + timedelta(days=OVERRIDE_DAYS)
    return end_of(until, moment, latest) or latest


@decide.command("list")
@folder_argument
@json_option
def list_command(folder: Path, *, as_json: bool) -> None:
    """List the decisions that are recorded in FOLDER, and whether each holds for the model that is declared now."""
    workspace = Workspace.open(folder.resolve())
    records = workspace.records(now(), opened=True)
    declared = records.latest(SystemRecord)
    rows = [
        {
            "record": e.ref.index,
            "decision": e.record.model_dump(mode="json", exclude_none=True, exclude={"chain"}),
            "current": is_current(e.record, records.at),
            "this_model": bool(declared and declared.record.model.sha256 == e.record.model.sha256),
        }
        for e in records.of(DecisionRecord)
    ]
    if as_json:
        print_json(rows)
        return
    for entry, row in zip(records.of(DecisionRecord), rows, strict=True):
        _show(entry, row)
    say(f"{len(rows)} decisions.")


def _show(entry: Entry[DecisionRecord], row: dict[str, Any]) -> None:
    record = entry.record
    notes = [
        f"until {record.expires:%Y-%m-%d %H:%M} UTC" if record.expires else "",
        "" if row["current"] else "ended",
        "" if row["this_model"] else "about another model",
        f"overrides {', '.join(record.overrides)}" if record.overrides else "",
        *(f"ground {ground.id} crossed" for ground in record.grounds if ground.crossed),
        *(f"on the condition: {condition}" for condition in record.conditions or ()),
    ]
    told = f"{record.topic}  {record.stage}  {record.outcome}  by {record.role}"
    say("; ".join([f"{entry.ref.index:>6}  {record.made:%Y-%m-%d}  {told}", *filter(None, notes)]))
    say(f"        {record.reason}")
