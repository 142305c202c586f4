"""AVID's report or vulnerability, in the form of avidtools 0.3: a vulnerability where AVID gave it an id of one."""

import re
from collections.abc import Iterator
from typing import Any

from accord.reports.exchange.case import Case
from accord.reports.exchange.reading import Found, links, rows, table, text, texts, write_json

_VULNERABILITY = re.compile(r"AVID-\d{4}-V\d+")
_LABELS = {
    "materials": "Supporting material",
    "changes": "Change that mends it",
    "data_page": "Training data",
    "model_page": "Model",
    "address": "Public notice",
}
"""The fields that are links, with what each is called among the references."""
_DOMAINS = {"security": "Security", "rights": "Ethics", "reputational": "Ethics", "psychological": "Ethics"}
_VIEWS = {
    "security": "S0100: Software Vulnerability",
    "rights": "E0100: Bias/ Discrimination",
    "psychological": "P0401: Psychological Safety",
    "physical": "P0402: Physical safety",
    "economic": "P0403: Socioeconomic safety",
    "environmental": "P0404: Environmental safety",
}
"""The nearest of AVID's views; of other kinds of harm it has none."""
_ANY = "P0400: Safety"
_ISSUES = {"vulnerability": "Advisory"}


def render(case: Case) -> bytes:
    """Return the incident as AVID takes it; texts are in the language that was said."""
    known = dict(one.split(":", 1) for one in case.list("identifiers"))
    name = known.get("AVID", case.id)
    is_vulnerability = bool(_VULNERABILITY.fullmatch(name))
    told: dict[str, Any] = {
        "data_type": "AVID",
        "metadata": {"vuln_id" if is_vulnerability else "report_id": name},
        "affects": {
            "developer": case.list("developers"),
            "deployer": case.list("deployers"),
            "artifacts": [{"type": "System", "name": str(one)} for one in case.systems],
        },
        "problemtype": {
            "classof": _class(known),
            "type": _ISSUES.get(case.text("category"), "Issue"),
            "description": {"lang": case.language, "value": case.title},
        },
        "references": list(_references(case)),
        "impact": _impact(case),
    }
    if "description" in case.said:
        told["description"] = {"lang": case.language, "value": case.text("description")}
    days = [f"{step.made:%Y-%m-%d}" for step in case.steps]
    told |= (
        {"published_date": days[0], "last_modified_date": days[-1]} if is_vulnerability else {"reported_date": days[0]}
    )
    return write_json(told)


def _class(known: dict[str, str]) -> str:
    return "CVE Entry" if "CVE" in known else "AIID Incident" if "AIID" in known else "Undefined"


def _references(case: Case) -> Iterator[dict[str, str]]:
    for field, label in _LABELS.items():
        yield from ({"type": "source", "label": label, "url": url} for url in case.list(field))
    for known in case.list("identifiers"):
        yield {"type": "identifier", "label": "Identifier", "url": known}


def _impact(case: Case) -> dict[str, Any]:
    harms = case.list("harms")
    views = [_VIEWS[harm] for harm in harms if harm in _VIEWS] or [_ANY]
    weaknesses = [{"cweId": one} for one in case.list("security.cwe")]
    return {
        "avid": {
            "risk_domain": list(dict.fromkeys(_DOMAINS.get(harm, "Performance") for harm in harms)),
            "sep_view": views,
            "lifecycle_view": ["L06: Deployment"],
            "taxonomy_version": "0.2",
        },
        **({"cwe": weaknesses} if weaknesses else {}),
    }


def read(told: dict[str, Any]) -> Found:
    """Return what a report or a vulnerability of AVID says."""
    found = Found("AVID", fits=told.get("data_type") == "AVID")
    found.take("title", text(told, "problemtype", "description", "value"))
    found.take("description", text(told, "description", "value"))
    found.take("category", "vulnerability" if text(told, "problemtype", "type") == "Advisory" else "")
    found.take("developers", texts(told, "affects", "developer"))
    found.take("deployers", texts(told, "affects", "deployer"))
    references = rows(told, "references")
    for field in ("materials", "changes"):
        found.take(field, links([text(row, "url") for row in references if text(row, "label") == _LABELS[field]]))
    named = [text(row, "url") for row in references if text(row, "label") not in _LABELS.values()]
    if not found.values.get("materials"):
        found.take("materials", links(named))
    for field in ("data_page", "model_page"):
        found.take(field, "".join(text(row, "url") for row in references if text(row, "label") == _LABELS[field]))
    found.take("security.cwe", [text(row, "cweId") for row in rows(told, "impact", "cwe")])
    found.take("security.cvss", text(told, "impact", "cvss", "vectorString"))
    found.take("identifiers", _identifiers(told))
    return found


def _identifiers(told: dict[str, Any]) -> list[str]:
    marked = [text(row, "url") for row in rows(told, "references") if text(row, "label") == "Identifier"]
    name = next(iter({**table(told, "metadata")}.values()), "")
    own = f"AVID:{name}" if isinstance(name, str) and name.startswith("AVID-") else ""
    return list(dict.fromkeys(one for one in (*marked, own) if one))
