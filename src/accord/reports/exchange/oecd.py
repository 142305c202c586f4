"""The OECD's common reporting framework as JSON: its 29 criteria, and what else is known of the incident.

The framework has published no file format. This one is ours; its numbers and their order are the framework's.
"""

from typing import Any

from accord.incidents import CRITERIA, Criterion
from accord.reports.exchange.case import Case, Step
from accord.reports.exchange.reading import Found, number, rows, table, write_json
from accord.reports.exchange.text import stamp

FORMAT = "accord-oecd-29/1"
_BEYOND = (
    "id", "category", "ended", "aware", "consequences", "cause", "tlp", "identifiers", "changes", "partners", "related",
    "risks", "mitigations", "releases",
)  # fmt: skip
_STEPS = (
    "role", "reason", "report", "measure", "of", "authority", "stage", "under", "reference", "recommendation", "credit",
    "notice", "address", "language",
)  # fmt: skip
_SECURITY = "security."
_PARTIAL = frozenset({"systems", "releases", "evaluations", "alerts", "report", "steps", "notice"})
"""What leads to records or texts that do not leave with it."""


def render(case: Case) -> bytes:
    """Return the incident by criterion; one of which nothing is said, or may leave, says nothing."""
    told = {name: case.said[name] for name in _BEYOND if name in case.said}
    weakness = {f.removeprefix(_SECURITY): value for f, value in case.said.items() if f.startswith(_SECURITY)}
    return write_json(
        {
            "format": FORMAT,
            "marking": case.marking,
            "made": stamp(case.at),
            "language": case.language,
            "log": case.sender.origin,
            "submitter": {"organisation": case.sender.organisation, "contacts": list(case.sender.contacts)},
            "state": case.incident.state,
            "criteria": [_criterion(case, one) for one in CRITERIA],
            "beyond": told | ({"security": weakness} if weakness else {}),
            "timeline": [_step(step) for step in case.steps],
        }
    )


def _criterion(case: Case, held: Criterion) -> dict[str, Any]:
    values = {name: case.said[name] for name in held.members if name in case.said}
    if "role" in values:  # the one that signalled it
        values["role"] = values["role"][0] if "role" in case.steps[0].said else None
    if "report" in values:
        values["report"] = case.steps[0].said.get("report")
    if "systems" in values:
        values["systems"] = [{"name": one.name, "version": one.version} for one in case.systems]
    return {
        "number": held.number,
        "title": held.title,
        "dimension": held.dimension,
        "mandatory": held.mandatory,
        "values": {name: value for name, value in values.items() if value is not None},
    }


def _step(step: Step) -> dict[str, Any]:
    told = {name: step.said[name] for name in ("event", "made", "at", *_STEPS) if name in step.said}
    return {"record": step.record, "time": stamp(step.time), **told}


def read(told: dict[str, Any]) -> Found:
    """Return what a file in this form says."""
    found = Found("OECD-29", fits=told.get("format") == FORMAT)
    for row in rows(told, "criteria"):
        if number(row, "number") is not None:
            found.take_all(
                {name: value for name, value in table(row, "values").items() if name not in {"role", "measure"}}
            )
    beyond = table(told, "beyond")
    found.take_all({name: value for name, value in beyond.items() if name != "security"})
    found.take_all({f"{_SECURITY}{name}": value for name, value in table(beyond, "security").items()})
    for name in ("event", "made", "at", *_STEPS):
        found.take(name, [row[name] for row in rows(told, "timeline") if name in row] or None)
    for name in _PARTIAL:
        found.values.pop(name, None)
    return found
