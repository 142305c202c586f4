"""OpenVEX 0.2: how each version stands to a vulnerability, and nothing else of it."""

from typing import Any
from urllib.parse import quote

from accord import __version__
from accord.errors import ReportError
from accord.reports.exchange.case import Case, Product
from accord.reports.exchange.reading import write_json
from accord.reports.exchange.text import cve, stamp

_CONTEXT = "https://openvex.dev/ns/v0.2.0"


def render(case: Case) -> bytes:
    """Return a statement for each status; raise ReportError for what is no vulnerability, or of no known system."""
    if not case.is_vulnerability or not case.systems:
        raise ReportError(
            "OpenVEX says how a product stands to a vulnerability.",
            where=f"incident {case.id}",
            expected="the category vulnerability, and a system that it concerns",
            found=f"{case.text('category') or 'no category'}, {len(case.systems)} systems",
            fix="choose another format",
        )
    return write_json(
        {
            "@context": _CONTEXT,
            "@id": f"urn:uuid:{case.uuid('openvex', case.level)}",
            "author": case.sender.organisation,
            "timestamp": stamp(case.steps[0].made),
            "last_updated": stamp(max(step.made for step in case.steps)),
            "version": len(case.steps),
            "tooling": f"Accord {__version__}",
            "statements": _statements(case),
        }
    )


def _statements(case: Case) -> list[dict[str, Any]]:
    held, now = case.incident.handling, case.sender.system
    if held == "dismissed":
        return [_say(case, "not_affected", case.systems, impact_statement=_last(case, "dismiss", "reason"))]
    if not case.incident.was_confirmed:
        return [_say(case, "under_investigation", case.systems)]
    left = tuple(one for one in case.systems if held != "resolved" or one != now)
    fixed = [_say(case, "fixed", (now,))] if held == "resolved" else []
    action = _last(case, "resolve", "measure") if held == "resolved" else _last(case, "contain", "measure")
    return [*fixed, *([_say(case, "affected", left, action_statement=action)] if left else [])]


def _last(case: Case, event: str, member: str) -> str:
    told = [str(step.said[member]) for step in case.steps if step.event == event and member in step.said]
    return told[-1] if told else "Not told."


def _say(case: Case, status: str, products: tuple[Product, ...], **more: str) -> dict[str, Any]:
    known = case.list("identifiers")
    names = [name for one in known if (name := cve(one))]
    others = [*names[1:], *(one for one in known if not cve(one))]
    vulnerability = {"name": names[0] if names else case.id}
    if "description" in case.said:
        vulnerability["description"] = case.text("description")
    return {
        "vulnerability": {**vulnerability, **({"aliases": others} if others else {})},
        "products": [
            {"@id": f"pkg:generic/{quote(one.name, safe='')}@{quote(one.version, safe='')}"} for one in products
        ],
        "status": status,
        **more,
    }
