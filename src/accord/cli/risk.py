"""`accord risk`: the register of risks, one signed event at a time."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import get_args

import click

from accord.cli.catalogues import check_catalogued, import_catalogue
from accord.cli.clock import now
from accord.cli.options import day, end_of, folder_argument, make, role, signing, words
from accord.cli.output import console, json_option, print_json, say
from accord.cli.risk_views import Desk, describe, list_table, matrix_json, matrix_table, show_risk
from accord.cli.unlock import Passphrase
from accord.codes import load_code
from accord.errors import RecordError
from accord.evidence import Effect, Rating, RiskRecord
from accord.evidence.risks import RiskFamily, RiskPhase, RiskStage
from accord.manifest import System, load_system
from accord.risks import Risk, by_action, changed_since, last_release, misfits, register, require_fit
from accord.workspace import Workspace

_id = click.argument("risk_id", metavar="ID")
_role = click.option("--role", type=role, required=True, help="The role that decides it, never a person.")
_reason = click.option("--reason", type=words, required=True, help="Why; it enters the log.")


@click.group()
def risk() -> None:
    """Keep the register of risks: add, assess, treat, accept and close them, each in a signed record."""


@risk.command()
@_id
@signing
@click.option("--title", type=words, required=True, help="The risk in a few words.")
@click.option("--scenario", type=words, required=True, help="How it would come about, and what would follow.")
@click.option("--family", type=click.Choice(get_args(RiskFamily)), required=True, help="Its family of clause 1.9.")
@click.option("--affected", type=words, multiple=True, required=True, help="Whom it would harm; may be repeated.")
@click.option(
    "--stage", type=click.Choice(get_args(RiskStage)), required=True, help="Where in the lifecycle it arises."
)
@click.option("--owner", type=role, required=True, help="The role that answers for it, never a person.")
@click.option("--review", type=day, required=True, help="The day by which it is looked at again.")
@click.option("--touches", multiple=True, required=True, help="An action or clause of the Code; may be repeated.")
@click.option("--systemic", type=click.Choice(["yes", "no"]), required=True, help="Whether it is a systemic risk.")
@click.option("--partner", "partners", type=words, multiple=True, help="With whom it is worked on; may be repeated.")
@click.option("--catalogue", multiple=True, help="Its id in an imported catalogue, as in MIT:3.1; may be repeated.")
@json_option
def add(
    risk_id: str, folder: Path, unlock: Passphrase, touches: tuple[str, ...], catalogue: tuple[str, ...],
    systemic: str, *, as_json: bool, **said: object,
) -> None:  # fmt: skip
    """Add the risk ID to the register in FOLDER. What is written enters the log, and the log cannot forget."""
    workspace = unlock.open(folder)
    system = load_system(workspace.manifest)
    code = load_code(system.edition)
    for item in touches:
        code.item(item)
    known = check_catalogued(workspace, catalogue)
    told = {**said, "touches": touches, "systemic": systemic == "yes", "catalogue": known}
    _record(workspace, system, make(RiskRecord, made=now(), id=risk_id, event="add", **told), as_json=as_json)


@risk.command()
@_id
@signing
@click.option("--phase", type=click.Choice(get_args(RiskPhase)), required=True, help="Without its treatments, or with.")
@click.option("--likelihood", required=True, help="Its word or number on the scale of accord.toml.")
@click.option("--severity", required=True, help="Its word or number on the scale of accord.toml.")
@_reason
@click.option("--indicator", "indicators", multiple=True, help="A metric that measures it; may be repeated.")
@click.option("--review", type=day, help="The day by which it is looked at again.")
@json_option
def assess(
    risk_id: str, folder: Path, unlock: Passphrase, likelihood: str, severity: str, *, as_json: bool, **said: object
) -> None:
    """Assess the risk ID in FOLDER: how likely it is and how bad, without its treatments or with them."""
    workspace = unlock.open(folder)
    system = load_system(workspace.manifest)
    told = {
        **said,
        "likelihood": _rate(likelihood, system.risk.likelihood, "--likelihood"),
        "severity": _rate(severity, system.risk.severity, "--severity"),
    }
    _record(workspace, system, make(RiskRecord, made=now(), id=risk_id, event="assess", **told), as_json=as_json)


def _rate(value: str, words: Sequence[str], option: str) -> Rating:
    """Return the place that a word or a number names; a usage error that lists what is possible."""
    lowered = [word.casefold() for word in words]
    if value.strip().casefold() in lowered:
        position = lowered.index(value.strip().casefold()) + 1
    else:
        position = int(value) if value.isascii() and value.isdecimal() and len(value) < 3 else 0  # noqa: PLR2004 - no scale has a hundred words
    if not 1 <= position <= len(words):
        possible = ", ".join(f"{number} {word}" for number, word in enumerate(words, 1))
        raise click.BadParameter(f"expected one of: {possible}; found {value!r}", param_hint=option)
    return Rating(position=position, word=words[position - 1])


@risk.command()
@_id
@signing
@click.option("--mitigation", required=True, help="The treatment's own id; one that is there already is replaced.")
@click.option("--treatment", type=words, required=True, help="What is done.")
@_role
@click.option("--due", type=day, required=True, help="The day by which it is done.")
@click.option("--at-most", multiple=True, metavar="METRIC=N", help="It works if this is at most N; may be repeated.")
@click.option("--at-least", multiple=True, metavar="METRIC=N", help="It works if this is at least N; may be repeated.")
@json_option
def treat(
    risk_id: str, folder: Path, unlock: Passphrase, at_most: tuple[str, ...], at_least: tuple[str, ...],
    *, as_json: bool, **said: object,
) -> None:  # fmt: skip
    """Say what is done about the risk ID in FOLDER, and which measurement shows that it works.

    It works when the whole interval of the metric is within the bound, in every language that was measured.
    """
    workspace = unlock.open(folder)
    effects = [
        *(_effect(text, "at_most", "--at-most") for text in at_most),
        *(_effect(text, "at_least", "--at-least") for text in at_least),
    ]
    record = make(RiskRecord, made=now(), id=risk_id, event="treat", shown_by=tuple(effects), **said)
    _record(workspace, load_system(workspace.manifest), record, as_json=as_json)


def _effect(text: str, side: str, option: str) -> Effect:
    metric, _, bound = text.partition("=")
    try:
        return Effect.model_validate({"metric": metric.strip(), side: float(bound)})
    except ValueError as error:  # pydantic's is one
        problem = f"expected a metric and a share from 0 to 1, as in refusal.harmful=0.05; found {text!r}"
        raise click.BadParameter(problem, param_hint=option) from error


@risk.command()
@_id
@signing
@_role
@_reason
@click.option("--until", type=day, required=True, help="The last day on which the acceptance holds (UTC).")
@json_option
def accept(risk_id: str, folder: Path, unlock: Passphrase, until: date, *, as_json: bool, **said: object) -> None:
    """Accept the risk ID in FOLDER for a time, in the name of a role. A worse assessment ends it at once."""
    workspace, moment = unlock.open(folder), now()
    record = make(RiskRecord, made=moment, expires=end_of(until, moment), id=risk_id, event="accept", **said)
    _record(workspace, load_system(workspace.manifest), record, as_json=as_json)


@risk.command()
@_id
@signing
@_role
@_reason
@json_option
def close(risk_id: str, folder: Path, unlock: Passphrase, *, as_json: bool, **said: object) -> None:
    """Close the risk ID in FOLDER for good: should it come back, it is added under another id."""
    workspace = unlock.open(folder)
    record = make(RiskRecord, made=now(), id=risk_id, event="close", **said)
    _record(workspace, load_system(workspace.manifest), record, as_json=as_json)


def _record(workspace: Workspace, system: System, record: RiskRecord, *, as_json: bool) -> None:
    """Append an event that fits the register, and show how the risk stands then."""
    try:
        require_fit(record, workspace.records(now(), opened=True))
    except RecordError as error:
        raise click.UsageError(str(error)) from error
    index = workspace.append([record], system.withhold)[0]
    desk = Desk.of(workspace, system, now())
    held = next(r for r in register(desk.records) if r.id == record.id)
    if as_json:
        print_json({"record": index, "risk": describe(held, desk)})
        return
    level = "not assessed" if held.level is None else f"level {held.level}, tolerated up to {system.risk.tolerated}"
    say(f"Recorded as entry {index}: risk {held.id}, {held.state}; {level}")
    if held.needs_acceptance(system.risk):
        say("No acceptance of it holds, and it is not shown to be tolerated.", "yellow")


@risk.command("list")
@folder_argument
@click.option("--open", "is_open", is_flag=True, help="Only those that have to be accepted, and are not.")
@click.option("--overdue", is_flag=True, help="Only those whose review is overdue.")
@click.option("--changed", is_flag=True, help="Only those that changed since the version before this one.")
@click.option("--by-action", is_flag=True, help="Under each action of the Code that they touch.")
@json_option
def list_command(folder: Path, *, is_open: bool, overdue: bool, changed: bool, by_action: bool, as_json: bool) -> None:
    """List the risks in the register in FOLDER, with their level, state, owner and day of review."""
    desk = _desk(folder)
    held = list(register(desk.records))
    if changed:
        held = list(changed_since(held, last_release(desk.records)))
    held = [r for r in held if (not overdue or r.is_overdue) and (not is_open or r.needs_acceptance(desk.system.risk))]
    left = [misfit.text for misfit in misfits(desk.records)]
    if as_json:
        print_json({"risks": [describe(r, desk) for r in held], "misfits": left})
        return
    for title, part in _groups(held, desk.system) if by_action else [("", held)]:
        console().print(list_table(title, part, desk.system.risk))
    say(f"{len(held)} risks. A level over {desk.system.risk.tolerated} has to be accepted by a named role.")
    for line in left:
        say(line, "yellow")


def _groups(risks: Sequence[Risk], system: System) -> list[tuple[str, Sequence[Risk]]]:
    code = load_code(system.edition)
    return [(f"Action {number}: {code.action(number).title}", part) for number, part in by_action(risks).items()]


@risk.command()
@_id
@folder_argument
@json_option
def show(risk_id: str, folder: Path, *, as_json: bool) -> None:
    """Show all that is recorded of the risk ID in FOLDER, with what was measured of it."""
    desk = _desk(folder)
    held = {r.id: r for r in register(desk.records)}
    if risk_id not in held:
        known = f"It has: {', '.join(held)}." if held else "It has none yet."
        raise click.UsageError(f"The register has no risk {risk_id!r}. {known}")
    if as_json:
        print_json(describe(held[risk_id], desk))
    else:
        show_risk(held[risk_id], desk)


@risk.command()
@folder_argument
@json_option
def matrix(folder: Path, *, as_json: bool) -> None:
    """Show the risks in FOLDER that are not closed by likelihood and severity, on the scales of accord.toml."""
    desk = _desk(folder)
    held = [r for r in register(desk.records) if r.state != "closed"]
    if as_json:
        print_json(matrix_json(held, desk.system.risk))
        return
    console().print(matrix_table(held, desk.system.risk))
    left = [r.id for r in held if not r.fits(desk.system.risk)]
    if left:
        say(f"Without a place, since not assessed on these scales: {', '.join(left)}", "yellow")


@risk.command("import")
@folder_argument
@click.option("--mit", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="MIT's repository, as CSV.")
@click.option(
    "--ibm", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="IBM's AI Risk Atlas, as JSON."
)
@json_option
def import_command(folder: Path, mit: Path | None, ibm: Path | None, *, as_json: bool) -> None:
    """Keep the ids and titles of your copy of a catalogue in FOLDER, for accord risk add --catalogue.

    Nothing is written to the log. MIT AI Risk Repository: its table exported as CSV. IBM AI Risk Atlas: a JSON list of
    objects with id and name.
    """
    given = {name: path for name, path in (("MIT", mit), ("IBM", ibm)) if path}
    if not given:
        raise click.UsageError("Give --mit FILE, --ibm FILE, or both.")
    workspace = Workspace.open(folder.resolve())
    kept = {name: import_catalogue(workspace, name, path) for name, path in given.items()}
    if as_json:
        print_json({name: {"file": str(path), "entries": len(entries)} for name, (path, entries) in kept.items()})
        return
    for name, (path, entries) in kept.items():
        say(f"Kept {len(entries)} ids and titles in {path}, such as {name}:{next(iter(entries))}")


def _desk(folder: Path) -> Desk:
    workspace = Workspace.open(folder.resolve())
    return Desk.of(workspace, load_system(workspace.manifest), now())
