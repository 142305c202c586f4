"""STIX 2.1: a bundle of the incident or the vulnerability, what was done, notes, who says so, and the marking.

STIX 2.1 has only a name and a description for an incident, so most goes into labels and notes.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from accord.reports.exchange.case import Case
from accord.reports.exchange.reading import Found, labelled, links, rows, text, texts, write_json
from accord.reports.exchange.text import cve

_TLP = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
_TLP_MADE = "2022-10-01T00:00:00.000Z"
_MARKINGS = {
    "clear": "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
    "green": "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    "amber": "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    "amber+strict": "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
    "red": "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}
"""The markings of TLP 2.0 as OASIS published them for STIX 2.1."""
_NOTES = {
    "relation": "How the AI system relates to it",
    "quantification": "How much harm",
    "affected": "Groups affected",
    "cause": "Root cause",
    "security.component": "Component",
    "security.cvss": "CVSS vector",
    "security.cwe": "Kinds of weakness",
}
_LABELS = ("category", "severity", "harms")
_SOURCES = {"materials": "supporting-material", "changes": "change", "address": "public-notice"}


def render(case: Case) -> bytes:
    """Return the bundle; every object in it has the marking."""
    kind = "vulnerability" if case.is_vulnerability else "incident"
    organisation = _object(
        case, "identity", "sender", {"name": case.sender.organisation, "identity_class": "organization"}
    )
    labels = [f"{name}:{value}" for name in _LABELS for value in case.list(name)]
    references = list(_references(case))
    told = {
        "name": case.title,
        **({"description": case.text("description")} if "description" in case.said else {}),
        **({"labels": labels} if labels else {}),
        **({"external_references": references} if references else {}),
    }
    main = _object(case, kind, "it", told)
    marking = {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": _MARKINGS[case.level],
        "created": _TLP_MADE,
        "name": case.marking,
        "extensions": {_TLP: {"extension_type": "property-extension", "tlp_2_0": case.level}},
    }
    objects = [marking, organisation, main, *_notes(case, main["id"]), *_measures(case, main["id"])]
    return write_json({"type": "bundle", "id": f"bundle--{case.uuid('bundle', case.level)}", "objects": objects})


def _object(case: Case, kind: str, what: str, told: dict[str, Any]) -> dict[str, Any]:
    made = [step.made for step in case.steps]
    return {
        "type": kind,
        "spec_version": "2.1",
        "id": f"{kind}--{case.uuid(kind, what)}",
        "created": _stamp(made[0]),
        "modified": _stamp(max(made)),
        "created_by_ref": f"identity--{case.uuid('identity', 'sender')}",
        "lang": case.language,
        "object_marking_refs": [_MARKINGS[case.level]],
        **told,
    }


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"


def _references(case: Case) -> Iterator[dict[str, str]]:
    yield {"source_name": "accord", "external_id": f"{case.sender.origin}#{case.id}"}
    for one in case.list("identifiers"):
        catalogue, name = one.split(":", 1)
        is_sound = catalogue not in {"CVE", "CAPEC"} or cve(
            one
        )  # these two have a form; in capitals they are only names
        yield {"source_name": catalogue.lower() if is_sound else catalogue, "external_id": name}
    for field, source in _SOURCES.items():
        yield from ({"source_name": source, "url": url} for url in case.list(field))


def _notes(case: Case, about: str) -> Iterator[dict[str, Any]]:
    if case.systems:
        held = "\n".join(map(str, case.systems))
        yield _object(case, "note", "systems", {"abstract": "Systems", "content": held, "object_refs": [about]})
    for field, title in _NOTES.items():
        if field in case.said:
            yield _object(case, "note", field, {"abstract": title, "content": case.text(field), "object_refs": [about]})


def _measures(case: Case, about: str) -> Iterator[dict[str, Any]]:
    tie = "mitigates" if about.startswith("vulnerability") else "related-to"
    for step in case.steps:
        if "measure" in step.said:
            name = "Contained" if step.event == "contain" else "Resolved" if step.event == "resolve" else "Told"
            told = {"name": name, "description": step.said["measure"]}
            action = _object(case, "course-of-action", str(step.record), told)
            yield action
            ends = {"relationship_type": tie, "source_ref": action["id"], "target_ref": about}
            yield _object(case, "relationship", str(step.record), ends)


def read(told: dict[str, Any]) -> Found:
    """Return what a bundle says: of its incidents and vulnerabilities, of the first."""
    objects = rows(told, "objects")
    main = next((one for one in objects if text(one, "type") in {"incident", "vulnerability"}), {})
    found = Found("STIX", fits=text(told, "type") == "bundle" and bool(main))
    found.take("title", text(main, "name"))
    found.take("description", text(main, "description"))
    labels = texts(main, "labels")
    for name in ("category", "severity"):
        found.take(name, next(labelled(labels, name), ""))
    if text(main, "type") == "vulnerability":
        found.take("category", "vulnerability")
    found.take("harms", list(labelled(labels, "harms")))
    found.take(
        "tlp", next((level for level, ref in _MARKINGS.items() if ref in texts(main, "object_marking_refs")), "")
    )
    references = rows(main, "external_references")
    known = [row for row in references if text(row, "external_id") and text(row, "source_name") != "accord"]
    found.take("identifiers", [f"{text(row, 'source_name').upper()}:{text(row, 'external_id')}" for row in known])
    by_source = {source: field for field, source in _SOURCES.items()}
    for field in ("materials", "changes"):
        of_it = [row for row in references if by_source.get(text(row, "source_name"), "materials") == field]
        found.take(field, links([text(row, "url") for row in of_it]))
    return found
