"""Incidents in which every field of the record says something, as they may leave."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from incident_events import ARTIFACT, make_incident_event

from accord.evidence import Chain, Entry, IncidentRecord, Origin, Ref
from accord.incidents import Incident
from accord.ledger import digest
from accord.reports.exchange import Case, Product, Sender

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
SENDER = Sender(
    organisation="Acme",
    site="https://acme.example/about",
    develops=True,
    system=Product("Helpdesk", "1.1"),
    contacts=("https://acme.example/report",),
    origin="acme.example/helpdesk",
)
FACTS: dict[str, Any] = {
    "title": "Wrong doses of medicine",
    "description": "A patient was told to take ten times the dose.\nShe asked again.",
    "relation": "The system gave the dose.",
    "occurred": "2026-11-02",
    "ended": "2026-11-03",
    "aware": NOW - timedelta(days=19),
    "jurisdictions": ("DE", "FR"),
    "materials": ("https://news.example/doses", "https://news.example/more?a=1"),
    "developers": ("Acme", "A lab of others"),
    "deployers": ("A clinic",),
    "category": "incident",
    "severity": "serious-incident",
    "harms": ("physical", "psychological"),
    "consequences": ("health",),
    "quantification": "Two patients.",
    "use": "unintended-use",
    "affected": ("patients", "their families"),
    "rights": ("health",),
    "principles": ("1.4",),
    "industries": ("Q86",),
    "functions": ("advice to customers",),
    "infrastructure": ("hospitals",),
    "breadth": "pilot",
    "data_page": "https://acme.example/data",
    "model_page": "https://acme.example/model",
    "licence": "Apache-2.0",
    "interaction": "A second model summed up the answer.",
    "tasks": ("content-generation",),
    "autonomy": "low",
    "steps": ARTIFACT,
    "additional": "Nobody else asked.",
    "security": {
        "component": "the tokenizer",
        "resources": "moderate",
        "objectives": "to do harm unseen",
        "detection": "monitoring",
        "relation": "application",
        "cvss": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:N",
        "cwe": ("CWE-20", "CWE-1426"),
    },
    "cause": "Milligrams were read as grams.",
    "tlp": "green",
}
TIES: dict[str, Any] = {
    "systems": (Ref(index=0, leaf=digest(b"system")),),
    "releases": (Ref(index=1, leaf=digest(b"release")),),
    "risks": ("wrong-advice",),
    "mitigations": ("unit-check",),
    "evaluations": (Ref(index=2, leaf=digest(b"evaluation")),),
    "alerts": (Ref(index=3, leaf=digest(b"alert")),),
    "related": ("older-doses",),
    "partners": ("A university",),
    "identifiers": ("CVE:CVE-2026-12345", "AIID:815"),
    "changes": ("https://git.example/change/1",),
}
WHOLE: tuple[dict[str, Any], ...] = (
    {"event": "signal", **FACTS, **TIES, "report": ARTIFACT, "at": NOW - timedelta(days=20)},
    {"event": "acknowledge"},
    {"event": "triage", **{name: FACTS[name] for name in ("category", "severity", "harms", "relation")}},
    {"event": "confirm"},
    {"event": "notify", "recommendation": "Ask clinics to check.", "reference": "AI-7", "report": ARTIFACT},
    {"event": "contain"},
    {"event": "extend"},
    {"event": "resolve", "cause": FACTS["cause"]},
    {"event": "reward", "credit": "named", "credited": ARTIFACT},
    {"event": "publish", "language": "de", "at": NOW - timedelta(days=19)},
)
"""All that can be said of an incident that is resolved."""


def make_incident(rows: Iterable[dict[str, Any]] = WHOLE, name: str = "doses", **facts: object) -> Incident:
    """Return an incident of these events, an hour apart; `facts` change what its signal says."""
    kept = {"job": digest(b"job"), "expires": NOW}  # not said of an incident, and fields of its record all the same
    events: list[Entry[IncidentRecord]] = []
    for place, row in enumerate(rows):
        made = NOW - timedelta(days=18) + timedelta(hours=place)
        told = row | (facts if row["event"] in {"signal", "triage"} else {})
        told = {key: value for key, value in told.items() if key != "event" and value is not None}
        record = make_incident_event(made, row["event"], name, **told)
        record = record.model_copy(update=kept | {"chain": Chain(about=name, sequence=1)})
        events.append(Entry(Ref(index=place + 4, leaf=digest(str(place).encode())), Origin.SELF, record))
    return Incident(tuple(events), NOW)


def make_case(incident: Incident | None = None, **changes: Any) -> Case:  # noqa: ANN401 - members of any kind
    """Return the case of an incident that everybody may see, or one that is changed."""
    case = Case(
        incident=incident or make_incident(),
        sender=SENDER,
        systems=(Product("Helpdesk", "1.0"), Product("Helpdesk", "1.1")),
        level="clear",
        hidden=frozenset(),
        language="en",
        at=NOW,
    )
    return replace(case, **changes)


def cases() -> dict[str, Case]:
    """Return one case of each kind that formats tell apart."""
    dismissed = (WHOLE[0], WHOLE[2], {"event": "dismiss"})
    open_one = WHOLE[:6]
    return {
        "incident": make_case(),
        "undated incident": make_case(make_incident(occurred=None, ended=None)),
        "open incident": make_case(make_incident(open_one, category="near-miss", severity="hazard")),
        "vulnerability": make_case(make_incident(category="vulnerability")),
        "open vulnerability": make_case(make_incident(open_one, category="vulnerability")),
        "new vulnerability": make_case(make_incident(WHOLE[:1], category="vulnerability")),
        "dismissed vulnerability": make_case(make_incident(dismissed, category="vulnerability")),
        "duplicate": make_case(make_incident((WHOLE[0], {"event": "duplicate", "of": "older-doses"}))),
    }


def bare() -> Case:
    """Return the case of an incident of which nothing may leave but that it is."""
    events = ({"event": "signal"}, {"event": "triage"})
    incident = make_incident(events)
    kept = {"id", "event", "made", "category", "severity"}
    silent = {name: None for name in IncidentRecord.model_fields if name not in kept}
    hidden = (replace(e, record=e.record.model_copy(update=silent)) for e in incident.events)
    return make_case(replace(incident, events=tuple(hidden)), systems=(), hidden=frozenset({"title", "description"}))
