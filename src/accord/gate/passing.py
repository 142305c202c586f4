"""What a gate asks for, one rule after another, and what a person overrides of it."""

from dataclasses import replace
from typing import Any

from accord.codes import load_code
from accord.evidence import (
    ClosedRecord,
    Entry,
    EvaluationRecord,
    ModelRef,
    Origin,
    Records,
    Ref,
    SystemRecord,
    is_current,
    open_plans,
    planned,
)
from accord.gate.incidents import find_incidents
from accord.gate.models import FIRM, Found, Gate, Held, Level, Reason
from accord.gate.scene import Scene, find_stage
from accord.gate.tolerances import by_whom, find_languages, find_loosened, find_stale, judge_tolerances
from accord.ledger import digest
from accord.manifest import System
from accord.risks import Risk, misfits, register


def pass_gate(system: System, records: Records, stage: str, *, model: ModelRef | None = None) -> Gate:
    """Return what speaks against passing `stage` at the moment `records.at`, and what was found to be in order.

    `model` is the one that lies there now, where it was looked at: one that was not declared was never measured.
    Raises ManifestError where accord.toml has no such stage.
    """
    scene = Scene(system, records, find_stage(system, stage))
    rules = (
        _find_declaration(scene, model), _find_red_lines(scene), _find_stop(scene), judge_tolerances(scene),
        find_stale(scene), find_loosened(scene), find_languages(scene), _find_plans(scene), _find_closed(scene),
        _find_risks(scene), find_incidents(scene),
    )  # fmt: skip
    found = [each for rule in rules for each in rule]
    reasons = tuple(_override(scene, each) for each in found if isinstance(each, Reason))
    return Gate(stage, reasons, tuple(each for each in found if isinstance(each, Held)))


def _override(scene: Scene, reason: Reason) -> Reason:
    entry = None if reason.level == "note" or reason.kind in FIRM else scene.override(reason)
    return replace(reason, level="note", overridden_by=entry.ref) if entry else reason


def _find_declaration(scene: Scene, model: ModelRef | None) -> Found:
    entry = scene.records.latest(SystemRecord)
    if entry is None:
        yield Reason("declaration", "declaration", "Nothing has been recorded yet: run accord assess.")
        return
    problem = ""
    if entry.record.declaration.sha256 != digest(scene.system.to_bytes()):
        problem = "accord.toml no longer says what record {} declares"
    elif model is not None and model.sha256 != scene.model:
        problem = "The model is not the one that record {} declares, and nothing was measured of it"
    elif not is_current(entry.record, scene.records.at):
        problem = "The declaration in record {} has expired"
    if problem:
        text = f"{problem.format(entry.ref.index)}: run accord assess."
        yield Reason("declaration", "declaration", text, (entry.ref,))
    else:
        text = f"Record {entry.ref.index} declares {entry.record.name} {entry.record.version}."
        yield Held("declaration", "declaration", text, (entry.ref,))


def _find_red_lines(scene: Scene) -> Found:
    here, last = scene.decision("red-lines", scene.stage.id), scene.decision("red-lines")
    # Whoever saw a ground crossed at another stage, and later, speaks for this model at this stage too.
    entry = last if last and _crossed(last) else here
    is_required = scene.stage.red_lines == "required"
    place = ("stages", scene.system.stages.index(scene.stage))
    if entry is None:
        if is_required:
            text = f"Nobody decided about the red lines at the stage {scene.stage.id} for this model."
            yield Reason("red-lines", "red-lines", f"{text} See accord decide red-lines.", place=place)
        return
    said = f"The decision about the red lines in record {entry.ref.index}"
    if problem := _stopped(entry) or (_undecided(scene, entry) if is_required else ""):
        yield Reason("red-lines", "red-lines", f"{said} {problem}.", (entry.ref,), place=place)
    else:
        yield Held("red-lines", "red-lines", f"{said}, by {entry.record.role}, is to go on.", (entry.ref,))
        yield from _find_conditions(entry, "red-lines")


def _find_conditions(entry: Entry[Any], name: str) -> Found:
    """Yield a note for each condition of a decision: whether it is met no program can see, so people are told."""
    for number, condition in enumerate(entry.record.conditions or (), 1):
        text = f"Record {entry.ref.index}, by {entry.record.role}, goes on on the condition: {condition}"
        yield Reason(f"{name}.condition.{number}", "condition", text, (entry.ref,), "note")


def _crossed(entry: Entry[Any]) -> list[str]:
    grounds = () if isinstance(entry.record, ClosedRecord) else entry.record.grounds
    return [ground.id for ground in grounds if ground.crossed]


def _stopped(entry: Entry[Any]) -> str:
    if isinstance(entry.record, ClosedRecord):
        return f"is {entry.record.why}, and cannot be read"
    if entry.record.outcome == "proceed":
        return ""
    crossed = _crossed(entry)
    return f"is to stop: going on would cross {', '.join(crossed)}" if crossed else "is to stop"


def _undecided(scene: Scene, entry: Entry[Any]) -> str:
    spoken = {ground.id for ground in entry.record.grounds}
    if silent := [line.id for line in load_code(scene.system.edition).red_lines if line.id not in spoken]:
        return f"says nothing of {', '.join(silent)}"
    return "" if is_current(entry.record, scene.records.at) else "has expired"


def _find_stop(scene: Scene) -> Found:
    entry = scene.decision("release", scene.stage.id)
    if entry and (problem := _stopped(entry)):
        text = f"The decision about the stage {scene.stage.id} in record {entry.ref.index} {problem}."
        yield Reason("release", "stopped", text, (entry.ref,))
    elif entry and is_current(entry.record, scene.records.at):
        yield from _find_conditions(entry, "release")


def _find_plans(scene: Scene) -> Found:
    for entry in open_plans(scene.records):
        suite, model = planned(entry)
        if model == scene.model:
            text = f"No result is recorded of the run of suite {suite} that record {entry.ref.index} announced."
            level: Level = "block" if entry.origin == Origin.SELF else "note"
            yield Reason(f"plan.{suite}{by_whom(entry)}", "plan", text, (entry.ref,), level)


def _find_closed(scene: Scene) -> Found:
    seen = {(e.record.suite.id, e.origin): e.ref.index for e in scene.newest}
    for entry in scene.records.of(ClosedRecord):
        suite, model = planned(entry)
        is_run = entry.record.of == EvaluationRecord.kind and model == scene.model
        if is_run and seen.get((suite, entry.origin), -1) < entry.ref.index:  # a newer one that is open replaces it
            why = {"withheld": "is withheld", "revoked": "was signed by a key that was revoked"}[entry.record.why]
            text = f"The result of suite {suite} in record {entry.ref.index} {why}, and shows nothing."
            yield Reason(f"withheld.{suite}{by_whom(entry)}", "withheld", text, (entry.ref,))


def _find_risks(scene: Scene) -> Found:
    for risk in register(scene.records):
        name, text = f"risk.{risk.id}", _risk_text(scene, risk)
        if risk.needs_acceptance(scene.system.risk):
            yield Reason(name, "risk", text, _looked_at(risk), place=("risk",))
        elif risk.state != "closed":
            yield Held(name, "risk", text, _looked_at(risk))
    for misfit in misfits(scene.records):
        yield Reason(f"risk.{misfit.risk}.{misfit.ref.index}", "risk", misfit.text, (misfit.ref,), "note")


def _risk_text(scene: Scene, risk: Risk) -> str:
    tolerated = f"up to {scene.system.risk.tolerated} is tolerated"
    if risk.level is None:
        said = "has no assessment that can be read"
    elif not risk.fits(scene.system.risk):
        said = "was not assessed on the scales of accord.toml"
    else:
        said = f"is at level {risk.level}, and {tolerated}"
    held = risk.acceptance
    if risk.is_accepted and held:
        return f"Risk {risk.id} {said}; {held.record.role} accepts it in record {held.ref.index}."
    if held:
        return f"Risk {risk.id} {said}; its acceptance in record {held.ref.index} no longer holds."
    return f"Risk {risk.id} {said}; {'it is ' + risk.state}."


def _looked_at(risk: Risk) -> tuple[Ref, ...]:
    events = (risk.events[0], risk.assessment, risk.acceptance)
    return tuple(dict.fromkeys(event.ref for event in events if event))
