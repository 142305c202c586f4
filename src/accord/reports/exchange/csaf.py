"""CSAF 2.1: VEX for a vulnerability; for all else a security incident response, or the base profile without a page.

No score is made of a CVSS vector, and names of CWEs are not shipped: both stand in notes, as CSAF asks for more.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from accord import __version__
from accord.errors import ReportError
from accord.reports.exchange.case import Case, Product
from accord.reports.exchange.reading import Found, links, rows, table, text, texts, write_json
from accord.reports.exchange.text import cve, markdown, stamp, unmarkdown

_SCHEMA = "https://docs.oasis-open.org/csaf/csaf/v2.1/schema/csaf.json"
NOTES = {
    "relation": "How the AI system relates to it",
    "quantification": "How much harm",
    "harms": "Kinds of harm",
    "affected": "Groups affected",
    "rights": "Rights that are touched",
    "infrastructure": "Critical functions and infrastructure",
    "interaction": "Interaction of AI systems",
    "cause": "Root cause",
    "security.component": "Component",
    "security.cvss": "CVSS vector",
    "security.cwe": "Kinds of weakness",
}
"""The fields that notes hold, with their titles."""
_SUMMARIES = {"address": "Public notice", "materials": "Supporting material", "changes": "Change that mends it"}
_FINAL = ("resolved", "dismissed", "duplicate")


def render(case: Case) -> bytes:
    """Return an advisory; raise ReportError where no address tells who publishes it."""
    document = _document(case)
    notes: list[dict[str, Any]] = [
        {"category": "description", "title": "Description", "text": markdown(case.text("description") or case.title)},
        *(
            {"category": "other", "title": title, "text": markdown(case.text(field))}
            for field, title in NOTES.items()
            if field in case.said
        ),
    ]
    ids = {str(one): f"CSAFPID-{place:04}" for place, one in enumerate(_products(case), 1)}
    tree = {"full_product_names": [{"name": name, "product_id": held} for name, held in ids.items()]}
    told: dict[str, Any] = {"$schema": _SCHEMA, "document": document, **({"product_tree": tree} if ids else {})}
    if case.is_vulnerability and ids:
        document["category"] = "csaf_vex"
        told["vulnerabilities"] = [_vulnerability(case, ids, notes)]
    else:
        document["category"] = "csaf_security_incident_response" if "references" in document else "csaf_base"
        told_of = {"product_ids": list(ids.values())} if ids else {}
        document["notes"] = [note | told_of for note in (*notes, *_done(case))]
    return write_json(told)


def _done(case: Case) -> list[dict[str, Any]]:
    return [{"category": "other", "title": "Done about it", "text": markdown(one)} for one in case.list("measure")]


def _products(case: Case) -> tuple[Product, ...]:
    """Return the versions that it concerns, and the one that it is mended in, where that is another."""
    mended = (
        (case.sender.system,) if case.is_vulnerability and case.incident.handling == "resolved" and case.systems else ()
    )
    return tuple(dict.fromkeys((*case.systems, *mended)))


def _document(case: Case) -> dict[str, Any]:
    if not case.sender.site:
        raise ReportError(
            "CSAF names its publisher by an address, and none is declared.",
            where=f"incident {case.id}",
            fix="say url in the table [organisation] of accord.toml",
        )
    history = list(_history(case))
    contacts = ", ".join(case.sender.contacts)
    references = list(_references(case))
    known = [one for one in case.list("identifiers") if not case.is_vulnerability]
    said = case.text("severity")
    return {
        "csaf_version": "2.1",
        "title": case.title,
        "lang": case.language,
        "distribution": {"tlp": {"label": case.level.upper()}},
        "publisher": {
            "category": "vendor" if case.sender.develops else "user",
            "name": case.sender.organisation,
            "namespace": _namespace(case.sender.site),
            **({"contact_details": contacts} if contacts else {}),
        },
        "tracking": {
            "id": case.id,
            "status": "final" if case.incident.handling in _FINAL else "interim",
            "version": history[-1]["number"],
            "initial_release_date": history[0]["date"],
            "current_release_date": history[-1]["date"],
            "revision_history": history,
            "generator": {"date": stamp(case.at), "engine": {"name": "Accord", "version": __version__}},
            **({"aliases": known} if known else {}),
        },
        **({"aggregate_severity": {"text": said}} if said else {}),
        **({"references": references} if references else {}),
    }


def _namespace(site: str) -> str:
    parts = urlsplit(site)
    return f"{parts.scheme}://{parts.netloc}"


def _history(case: Case) -> Iterator[dict[str, str]]:
    """Yield a revision for each event: what is known changes with it."""
    latest = case.steps[0].made
    for count, step in enumerate(case.steps, 1):
        latest = max(latest, step.made)
        yield {"date": stamp(latest), "number": str(count), "summary": f"Recorded: {step.event}"}


def _references(case: Case) -> Iterator[dict[str, str]]:
    for field, summary in _SUMMARIES.items():
        yield from ({"category": "external", "summary": summary, "url": url} for url in case.list(field))


def _vulnerability(case: Case, ids: dict[str, str], notes: list[dict[str, Any]]) -> dict[str, Any]:
    status = _status(case, ids)
    known = case.list("identifiers")
    named = next((one for one in known if cve(one)), "")
    others = [one.split(":", 1) for one in known if one != named]
    done = [] if "known_affected" in status else _done(case)
    told = {
        "title": case.title,
        "notes": [*notes, *done],
        "ids": [
            {"system_name": case.sender.origin, "text": case.id},
            *({"system_name": catalogue, "text": name} for catalogue, name in others),
        ],
        "product_status": status,
        "discovery_date": stamp(case.steps[0].time),
    }
    shown = [step.time for step in case.steps if step.event == "publish"]
    return (
        told
        | ({"cve": cve(named)} if named else {})
        | ({"disclosure_date": stamp(shown[0])} if shown else {})
        | ({"remediations": list(_remedies(case, status["known_affected"]))} if "known_affected" in status else {})
        | ({"threats": [_no_threat(case, status)]} if "known_not_affected" in status else {})
    )


def _status(case: Case, ids: dict[str, str]) -> dict[str, list[str]]:
    """Return how each version stands: where it is resolved, the one declared now is mended."""
    held = list(ids.values())
    if case.incident.handling == "dismissed":
        return {"known_not_affected": held}
    if not case.incident.was_confirmed:
        return {"under_investigation": held}
    if case.incident.handling != "resolved":
        return {"known_affected": held}
    fixed = ids[str(case.sender.system)]
    left = [one for one in held if one != fixed]
    return {"fixed": [fixed], **({"known_affected": left} if left else {})}


def _remedies(case: Case, held: list[str]) -> Iterator[dict[str, Any]]:
    words = {"contain": "mitigation", "resolve": "vendor_fix"}
    done = [step for step in case.steps if step.event in words and "measure" in step.said]
    for step in done:
        details = markdown(str(step.said["measure"]))
        yield {"category": words[step.event], "details": details, "date": stamp(step.time), "product_ids": held}
    if not done:
        yield {"category": "none_available", "details": "No measure is told.", "product_ids": held}


def _no_threat(case: Case, status: dict[str, list[str]]) -> dict[str, Any]:
    why = [step.said["reason"] for step in case.steps if step.event == "dismiss" and "reason" in step.said]
    details = markdown(str(why[-1])) if why else "It was looked at, and is none; why is not told."
    return {"category": "impact", "details": details, "product_ids": status["known_not_affected"]}


def read(told: dict[str, Any]) -> Found:
    """Return what an advisory says: of its vulnerabilities, of the first."""
    document = table(told, "document")
    found = Found("CSAF", fits=text(document, "csaf_version") in {"2.0", "2.1"})
    first = next(iter(rows(told, "vulnerabilities")), {})
    found.take("id", text(document, "tracking", "id"))
    found.take("title", text(document, "title"))
    found.take("severity", text(document, "aggregate_severity", "text"))
    found.take("tlp", text(document, "distribution", "tlp", "label").lower().replace("white", "clear"))
    found.take("category", "vulnerability" if first else "")
    notes = {text(note, "title"): note for note in [*rows(document, "notes"), *rows(first, "notes")]}
    described = [note for note in notes.values() if text(note, "category") in {"description", "summary"}]
    found.take("description", unmarkdown(next((text(note, "text") for note in described), "")))
    references = rows(document, "references") + rows(first, "references")
    by_summary = {summary: field for field, summary in _SUMMARIES.items()}
    for field in ("materials", "changes"):
        of_it = [row for row in references if by_summary.get(text(row, "summary"), "materials") == field]
        found.take(field, links([text(row, "url") for row in of_it]))
    names = [f"CVE:{text(first, 'cve')}"] if text(first, "cve") else []
    others = [row for row in rows(first, "ids") if "/" not in text(row, "system_name")]
    names += [f"{text(row, 'system_name')}:{text(row, 'text')}" for row in others]
    found.take("identifiers", [*names, *texts(document, "tracking", "aliases")])
    found.take("security.cwe", [text(row, "id") for row in rows(first, "cwes")])
    return found
