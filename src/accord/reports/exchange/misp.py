"""MISP: an event with an object, tags and links. It is neither published nor distributed.

MISP has no object for an incident of AI: what its template does not have is in attributes of text, with a comment.
"""

from collections.abc import Iterator
from typing import Any

from accord.reports.exchange.case import Case
from accord.reports.exchange.reading import Found, labelled, links, rows, table, text, write_json
from accord.reports.exchange.text import cve

_INCIDENT = ("incident", "misc", "38597424-f9bb-4865-9b4b-819172df0334", "1")
_VULNERABILITY = ("vulnerability", "vulnerability", "81650945-f186-437b-8945-9f31715d32da", "12")
_THREATS = {"disaster": "1", "serious-incident": "1", "incident": "2", "serious-hazard": "2", "hazard": "3"}
_CRITICALITY = {"disaster": "Extreme", "serious-incident": "High", "incident": "Moderate", "serious-hazard": "Moderate"}
_LABELS = ("category", "severity", "harms")
_COMMENTS = {
    "relation": "How the AI system relates to it",
    "quantification": "How much harm",
    "affected": "Groups affected",
    "cause": "Root cause",
    "measure": "Done about it",
    "security.component": "Component",
    "security.cwe": "Kind of weakness",
}
_LINKS = {"materials": "Supporting material", "changes": "Change that mends it", "address": "Public notice"}
_TAG = "accord"


def render(case: Case) -> bytes:
    """Return an event that stays with the organisation that imports it, until somebody there distributes it."""
    severity = case.text("severity")
    tags = [f'{_TAG}:{name}="{value}"' for name in _LABELS for value in case.list(name)]
    return write_json(
        {
            "Event": {
                "uuid": case.uuid("event"),
                "info": case.title,
                "date": case.text("occurred") or f"{case.steps[0].time:%Y-%m-%d}",
                "timestamp": _seconds(case),
                "threat_level_id": _THREATS.get(severity, "4"),
                "analysis": "2" if not case.incident.is_open else "0" if case.incident.handling == "signalled" else "1",
                "distribution": "0",
                "published": False,
                "Orgc": {"name": case.sender.organisation, "uuid": case.uuid("organisation")},
                "Tag": [{"name": name} for name in (f"tlp:{case.level}", *tags)],
                "Attribute": list(_attributes(case)),
                "Object": [_object(case)],
            }
        }
    )


def _seconds(case: Case) -> str:
    return str(int(max(step.made for step in case.steps).timestamp()))


def _attribute(case: Case, kind: str, category: str, value: str, comment: str, place: int = 0) -> dict[str, Any]:
    return {
        "uuid": case.uuid("attribute", comment, str(place)),
        "type": kind,
        "category": category,
        "value": value,
        "comment": comment,
        "to_ids": False,
        "distribution": "0",
        "timestamp": _seconds(case),
    }


def _attributes(case: Case) -> Iterator[dict[str, Any]]:
    for field, comment in _LINKS.items():
        for place, url in enumerate(case.list(field)):
            yield _attribute(case, "link", "External analysis", url, comment, place)
    for field, comment in _COMMENTS.items():
        for place, value in enumerate(case.list(field)):
            yield _attribute(case, "text", "Other", value, comment, place)
    for place, system in enumerate(case.systems):
        yield _attribute(case, "text", "Other", str(system), "System", place)
    if not case.is_vulnerability and "security.cvss" in case.said:
        yield _attribute(case, "text", "Other", case.text("security.cvss"), "CVSS vector")
    for place, known in enumerate(case.list("identifiers")):
        if name := cve(known):
            yield _attribute(case, "vulnerability", "External analysis", name, "Known as", place)
        else:
            yield _attribute(case, "text", "Internal reference", known, "Known as", place)


def _object(case: Case) -> dict[str, Any]:
    name, category, template, version = _VULNERABILITY if case.is_vulnerability else _INCIDENT
    held = list(_vulnerability(case) if case.is_vulnerability else _incident(case))
    return {
        "uuid": case.uuid("object", name),
        "name": name,
        "meta-category": category,
        "template_uuid": template,
        "template_version": version,
        "description": name,
        "distribution": "0",
        "timestamp": _seconds(case),
        "Attribute": [
            _attribute(case, "text", "Other", value, f"{name} {relation}") | {"object_relation": relation}
            for relation, value in held
            if value
        ],
    }


def _incident(case: Case) -> Iterator[tuple[str, str]]:
    yield "name", case.title
    yield "description", case.text("description")
    yield "criticality", _CRITICALITY.get(case.text("severity"), "Low") if "severity" in case.said else "Not Specified"
    states = {"signalled": "new"}
    yield "investigation_status", states.get(case.incident.handling, "open") if case.incident.is_open else "closed"


def _vulnerability(case: Case) -> Iterator[tuple[str, str]]:
    yield "summary", case.title
    yield "description", case.text("description")
    yield "cvss-string", case.text("security.cvss")


def read(told: dict[str, Any]) -> Found:
    """Return what an event says."""
    event = table(told, "Event")
    held = [one for one in rows(event, "Object") if text(one, "name") in {"incident", "vulnerability"}]
    main = next(iter(held), {})
    found = Found("MISP", fits=bool(text(event, "info")))
    by_relation = {text(one, "object_relation"): text(one, "value") for one in rows(main, "Attribute")}
    found.take("title", text(event, "info"))
    found.take("description", by_relation.get("description"))
    found.take("security.cvss", by_relation.get("cvss-string"))
    tags = [text(tag, "name") for tag in rows(event, "Tag")]
    labels = [tag.removeprefix(f"{_TAG}:").replace('="', ":").removesuffix('"') for tag in tags if tag.startswith(_TAG)]
    for name in ("category", "severity"):
        found.take(name, next(labelled(labels, name), ""))
    found.take("harms", list(labelled(labels, "harms")))
    if text(main, "name") == "vulnerability":
        found.take("category", "vulnerability")
    found.take("tlp", next(labelled(tags, "tlp"), "").replace("white", "clear"))
    attributes = rows(event, "Attribute")
    by_comment = {comment: field for field, comment in _LINKS.items()}
    for field in ("materials", "changes"):
        of_it = [
            a
            for a in attributes
            if text(a, "type") == "link" and by_comment.get(text(a, "comment"), "materials") == field
        ]
        found.take(field, links([text(one, "value") for one in of_it]))
    known = [f"CVE:{text(one, 'value')}" for one in attributes if text(one, "type") == "vulnerability"]
    marked = [
        text(one, "value") for one in attributes if text(one, "comment") == "Known as" and text(one, "type") == "text"
    ]
    found.take("identifiers", [*known, *marked])
    return found
