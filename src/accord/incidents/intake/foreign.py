"""Reports in forms of others: FLARE-AI's JSON-LD and AVID's JSON, by their core members.

FLARE-AI has published no schema (research preview, June 2026), so its words are taken as they are said to be.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from accord.errors import IntakeError
from accord.incidents.intake.report import Report, cut, propose

FLARE = "FLARE-AI"
AVID = "AVID"
_IDS = {"AVID": re.compile(r"AVID-\d{4}-R\d{4,6}"), "FLARE": re.compile(r"AFL-[A-Za-z0-9-]{1,40}")}
"""Ids by their form alone: a stranger's words are kept out of the log."""


def is_flare(told: Mapping[str, Any]) -> bool:
    """Tell whether an object says that it is a FLARE-AI report."""
    kinds = told.get("@type")
    return any(isinstance(kind, str) and kind.endswith("AIFlawReport") for kind in _listed(kinds))


def is_avid(told: Mapping[str, Any]) -> bool:
    """Tell whether an object says that it is an AVID report."""
    return told.get("data_type") == "AVID"


def read_flare(told: Mapping[str, Any], data: bytes) -> Report:
    """Return the report in a FLARE-AI object; raise IntakeError for one that may not be kept by everybody."""
    said, security = _table(told, "classification"), _table(told, "securityAspect")
    if _is_abuse(told):
        raise IntakeError(
            "This report says that it is about the sexual abuse of children: nothing of it is kept here.",
            fix="do not copy it; report it as your law says, and record the incident in your own words",
        )
    harmed = said.get("realWorldHarm") is True
    category = "incident" if harmed else "vulnerability" if security else "hazard"
    use = "wrongful-use" if said.get("maliciousUse") is True else None
    known = _listed(told.get("identifier"))[:1]
    proposed, notes = propose({"category": category, "use": use, "identifiers": _identifiers("FLARE", known)})
    own = (name for name in ("severity", "prevalence") if told.get(name))
    notes += tuple(f"Its {name}, in its own words: {str(told[name])[:200]}" for name in own)
    names = ("description", "impacts", "policyViolation", "specificHarmTypes", "impactedStakeholders", "evidence")
    lines = [f"{name}: {told[name]}" for name in names if told.get(name)]
    title = str(told.get("name", ""))
    text, dated = cut("\n".join(lines)), _dated(told.get("dateCreated"))
    return Report(FLARE, data, "application/ld+json", cut(title), text, dated, proposed, notes=notes)


def read_avid(told: Mapping[str, Any], data: bytes) -> Report:
    """Return the report in an AVID object."""
    impact, problem = _table(told, "impact"), _table(told, "problemtype")
    cvss = _table(impact, "cvss").get("vectorString")
    cwes = [row.get("cweId") for row in _listed(impact.get("cwe")) if isinstance(row, dict) and row.get("cweId")]
    weakness = {name: value for name, value in (("cvss", cvss), ("cwe", cwes)) if value}
    category = "vulnerability" if weakness or problem.get("type") == "Advisory" else "hazard"
    known = [_table(told, "metadata").get("report_id")]
    told_facts = {"category": category, "security": weakness, "identifiers": _identifiers("AVID", known)}
    proposed, notes = propose(told_facts)
    title = _value(problem.get("description")) or _value(told.get("description"))
    lines = [_value(told.get("description")), *(str(row) for row in _listed(told.get("references")))]
    text, dated = cut("\n".join(lines)), _dated(told.get("reported_date"))
    return Report(AVID, data, "application/json", cut(title), text, dated, proposed, notes=notes)


def _is_abuse(told: object) -> bool:
    """Tell whether an object says anywhere, in whatever form, that it involves the sexual abuse of children."""
    waiting = [told]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            waiting += value.values()
            if any(name.endswith("csamInvolved") and not _is_no(held) for name, held in value.items()):
                return True
    return False


def _is_no(value: object) -> bool:
    held = value.get("@value") if isinstance(value, dict) else value
    return held in (None, False, "false", "no", "", [])


def _identifiers(catalogue: str, known: Iterable[object]) -> list[str]:
    return [f"{catalogue}:{name}" for name in known if isinstance(name, str) and _IDS[catalogue].fullmatch(name)]


def _table(told: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = told.get(name)
    return value if isinstance(value, dict) else {}


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _value(text: object) -> str:
    held = text.get("value") if isinstance(text, dict) else text
    return held if isinstance(held, str) else ""


def _dated(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(value))
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
