"""oscal-catalog.json: the Code as a catalog: actions are groups, clauses are controls with force and qualifier."""

from typing import Any

from accord.reports.models import ActionReport, ClauseReport, Content
from accord.reports.oscal.writing import VERSION, address, line, moment, name, props, write

OBJECTIVE = (
    "Signed records support that this is practised, and nothing is known to be missing. It is about the records."
)
"""What the finding on each clause is about; the Code itself sets no such objective, and nobody certifies."""


def render_catalog(content: Content) -> bytes:
    """Return the catalog of the edition that was assessed; it is the same for every organisation."""
    edition = content.edition
    about = {
        "title": line(edition.title),
        "published": moment(edition.date),
        "last-modified": moment(edition.date),
        "version": edition.id,
        "oscal-version": VERSION,
        "props": props(status=edition.status, sha256=edition.sha256),
        "links": [{"href": address(url), "rel": "canonical", "text": "Official text"} for url in edition.urls],
        "remarks": line(f"{edition.wording} {edition.note}"),
    }
    body = {
        "uuid": name("catalog", edition.id, edition.sha256),
        "metadata": about,
        "groups": [_group(action) for action in content.actions],
    }
    return write("catalog", body)


def control(clause: str) -> str:
    """Return the id of the control that a clause is."""
    return f"clause-{clause}"


def objective(clause: str) -> str:
    """Return the id of the objective of a clause."""
    return f"clause-{clause}_obj"


def _group(action: ActionReport) -> dict[str, Any]:
    return {
        "id": f"action-{action.number}",
        "class": "action",
        "title": line(action.title),
        "controls": [_control(clause) for clause in action.clauses],
    }


def _control(clause: ClauseReport) -> dict[str, Any]:
    return {
        "id": control(clause.id),
        "class": "clause",
        "title": f"Clause {clause.id}",
        "props": props(
            label=clause.id,
            force=clause.force,
            qualifier=clause.qualifier,
            example="true" if clause.example else None,
            pages=", ".join(map(str, clause.pages)),
        ),
        "parts": [
            {"id": f"clause-{clause.id}_smt", "name": "statement", "prose": line(clause.text)},
            {"id": objective(clause.id), "name": "assessment-objective", "prose": OBJECTIVE},
        ],
    }
