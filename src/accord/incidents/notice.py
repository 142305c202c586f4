"""What the public is told of an incident: made of what the log says openly, and of what is said anew with it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accord.evidence import Facts
from accord.incidents.incident import Incident

FORMAT = "accord-incident-notice/1"
TOLD = (
    "category", "severity", "occurred", "ended", "jurisdictions", "harms", "affected", "quantification", "rights",
    "infrastructure", "security",
)  # fmt: skip
"""The facts that a notice lists, where they are open."""
_MARKS = re.compile(r"([\\`*_{}\[\]<>#|~&])")
_STARTS = re.compile(r"^(\s*)([-+=]|\d+[.)])", re.MULTILINE)


@dataclass(frozen=True)
class Publisher:
    """Who tells it: the organisation, its system, where people may write, and the log that it can be checked in."""

    organisation: str
    system: str
    contacts: tuple[str, ...]
    origin: str


def make_notice(
    incident: Incident, said: Facts, measure: str | None, publisher: Publisher, at: datetime
) -> dict[str, Any]:
    """Return a notice as JSON: `incident` as everybody can read it, with what is `said` anew for the public.

    What is withheld is left out, whoever asks: nothing else reaches this.
    """
    open_facts = {
        name: value
        for facts in (incident.facts, said)
        for name, value in facts.model_dump(mode="json", exclude_none=True).items()
    }
    measures = [e.record.measure for e in incident.measures if e.record.measure]
    told = {
        "format": FORMAT,
        "id": incident.id,
        "made": _stamp(at),
        "organisation": publisher.organisation,
        "system": publisher.system,
        "title": open_facts.get("title"),
        "description": open_facts.get("description"),
        "state": incident.handling,
        "facts": {name: open_facts[name] for name in TOLD if name in open_facts},
        "cause": open_facts.get("cause"),
        "measures": [measure] if measure else measures,
        "identifiers": list(incident.linked("identifiers")),
        "timeline": [
            {"time": _stamp(e.record.time), "event": e.record.event, "record": e.ref.index}
            for e in incident.timeline
            if e.record.id == incident.id
        ],
        "contacts": list(publisher.contacts),
        "log": publisher.origin,
        "marking": "TLP:CLEAR",
    }
    return {name: value for name, value in told.items() if value not in (None, [], {})}


def write_notice(notice: Mapping[str, Any]) -> str:
    """Return a notice as Markdown; every text in it is escaped."""
    facts: Mapping[str, Any] = notice.get("facts", {})
    by = f"A notice by {_line(notice['organisation'])} about {_line(notice['system'])}"
    parts = [
        f"# {_line(notice.get('title', notice['id']))}",
        f"{by}, made on {notice['made'][:10]}. Incident {notice['id']}, {notice['state']}.",
        _text(notice.get("description", "")),
        "\n".join(f"- **{name.capitalize()}**: {_value(value)}" for name, value in facts.items()),
        *_section("What caused it", [notice["cause"]] if "cause" in notice else []),
        *_section("What was done", notice.get("measures", [])),
        "## What happened when",
        "\n".join(f"- {row['time'][:16].replace('T', ' ')} UTC: {row['event']}" for row in notice["timeline"]),
    ]
    if notice.get("identifiers"):
        parts.append(f"Known elsewhere as: {', '.join(map(_line, notice['identifiers']))}.")
    if notice.get("contacts"):
        parts.append(f"You can write to us: {', '.join(f'<{address}>' for address in notice['contacts'])}.")
    records = ", ".join(str(row["record"]) for row in notice["timeline"])
    parts.append(f"It can be checked in the log {_line(notice['log'])}: records {records}. {notice['marking']}.")
    return "\n\n".join(part for part in parts if part) + "\n"


def _section(title: str, texts: list[str]) -> list[str]:
    return [f"## {title}", *map(_text, texts)] if texts else []


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{name} {_value(inner)}" for name, inner in value.items())
    return ", ".join(map(_value, value)) if isinstance(value, list) else _line(str(value))


def _line(text: str) -> str:
    return _text(" ".join(text.split()))


def _text(text: str) -> str:
    """Return a text in which nothing is Markdown; what is not seen is left out."""
    seen = "".join(c for c in text if c.isprintable() or c == "\n")
    return _STARTS.sub(r"\1\\\2", _MARKS.sub(r"\\\1", seen)).strip()


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
