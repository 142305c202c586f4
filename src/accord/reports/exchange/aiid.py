"""The AI Incident Database: a submission as its form sends it, about a public page; an incident of it is read too."""

import re
from typing import Any
from urllib.parse import urlsplit

from accord.errors import ReportError
from accord.reports.exchange.case import Case
from accord.reports.exchange.reading import Found, labelled, links, number, text, texts, write_json
from accord.reports.exchange.text import cut, line, markdown

_NAME = 200
_SHORT = 500
_UNKNOWN = "unknown"
_PARAGRAPHS = ("description", "relation", "quantification", "cause", "measure")
_LISTS = {"developers": "developers", "deployers": "deployers", "affected": "harmed_parties"}
_OF_INCIDENTS = {
    "developers": ("AllegedDeveloperOfAISystem", "Alleged developer of AI system"),
    "deployers": ("AllegedDeployerOfAISystem", "Alleged deployer of AI system"),
    "affected": ("AllegedHarmedOrNearlyHarmedParties", "Alleged harmed or nearly harmed parties"),
}
_LABELS = ("category", "severity", "harms")


def render(case: Case) -> bytes:
    """Return a submission; raise ReportError where there is no public page that it could be about."""
    pages = [*case.list("address"), *case.list("materials")]
    if not pages:
        raise ReportError(
            "The AI Incident Database takes what stands on a public page, and none is known.",
            where=f"incident {case.id}",
            fix="publish a notice and record it (accord incident publish), or say materials",
        )
    day = f"{case.at:%Y-%m-%d}"
    told = [step.time for step in case.steps if step.event == "publish"]
    return write_json(
        {
            "title": case.title,
            "incident_title": case.title,
            "description": cut(line(case.text("description")) or case.title, _SHORT),
            "text": _story(case),
            "plain_text": _story(case),
            "url": pages[0],
            "source_domain": urlsplit(pages[0]).hostname or "",
            "image_url": "",
            "authors": [cut(case.sender.organisation, _NAME)],
            "submitters": [cut(case.sender.organisation, _NAME)],
            "language": case.language.split("-")[0],
            "date_published": f"{told[-1]:%Y-%m-%d}" if told else day,
            "date_downloaded": day,
            "date_submitted": day,
            "date_modified": day,
            "incident_date": case.text("occurred") or None,
            **{theirs: _parties(case, field) for field, theirs in _LISTS.items()},
            "implicated_systems": [cut(str(one), _NAME) for one in case.systems],
            "incident_ids": _numbers(case),
            "tags": [f"{name}:{value}" for name in _LABELS for value in case.list(name)],
        }
    )


def _story(case: Case) -> str:
    """Return what happened in paragraphs, as Markdown: the form asks for eighty characters, and the last has them."""
    told = [markdown(case.text(name)) for name in _PARAGRAPHS if name in case.said]
    held = markdown(f"{case.sender.organisation} signed this in its log {case.sender.origin}")
    return "\n\n".join(
        [*told, f"{held}, as the incident {case.id}, which is {case.incident.state} as of {case.at:%Y-%m-%d}."]
    )


def _parties(case: Case, field: str) -> list[str]:
    """Return names as the form takes them; where none is known, or may leave, that it is unknown."""
    return [cut(line(one), _NAME) for one in case.list(field)] or [_UNKNOWN]


def _numbers(case: Case) -> list[int]:
    return [int(found[1]) for one in case.list("identifiers") if (found := re.fullmatch(r"AIID:([1-9]\d{0,8})", one))]


def read(told: dict[str, Any]) -> Found:
    """Return what a submission says, or an incident of the database."""
    is_incident = number(told, "incident_id") is not None
    found = Found("AIID", fits=is_incident or bool(text(told, "incident_title")))
    found.take("title", text(told, "title") if is_incident else text(told, "incident_title"))
    found.take("description", text(told, "description"))
    found.take("occurred", text(told, "date") or text(told, "incident_date"))
    for field, theirs in _LISTS.items():
        named = [one for key in (theirs, *_OF_INCIDENTS[field]) for one in _names(told, key)]
        found.take(field, [one for one in named if one != _UNKNOWN])
    known = [*([told["incident_id"]] if is_incident else []), *_whole(told.get("incident_ids"))]
    found.take("identifiers", [f"AIID:{one}" for one in known])
    found.take("materials", links([text(told, "url")]))
    tags = texts(told, "tags")
    for name in ("category", "severity"):
        found.take(name, next(labelled(tags, name), ""))
    found.take("harms", list(labelled(tags, "harms")))
    return found


def _names(told: dict[str, Any], key: str) -> list[str]:
    """Return the names of parties: texts, or objects of the database with a name or an id."""
    value = told.get(key)
    objects = [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
    return [*texts(told, key), *(text(one, "name") or text(one, "entity_id") for one in objects)]


def _whole(value: object) -> list[int]:
    return (
        [one for one in value if isinstance(one, int) and not isinstance(one, bool)] if isinstance(value, list) else []
    )
