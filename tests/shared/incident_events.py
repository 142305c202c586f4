"""Events about incidents, as several packages' tests need them: each complete, and changed at will."""

from datetime import datetime
from typing import Any

from accord.evidence import ArtifactRef, IncidentRecord
from accord.ledger import digest

ARTIFACT = ArtifactRef(sha256=digest(b"a report"), size=8, media_type="text/plain")
EVENTS: dict[str, dict[str, Any]] = {
    "signal": {
        "title": "Wrong doses",
        "description": "A patient was told to take ten times the dose.",
        "source": "user",
        "role": "Support desk",
    },
    "acknowledge": {"role": "Support desk"},
    "triage": {
        "category": "incident",
        "severity": "serious-incident",
        "harms": ("physical",),
        "consequences": ("health",),
        "relation": "The system gave the dose.",
        "role": "Incident lead",
        "reason": "The transcript shows it.",
    },
    "confirm": {"role": "Incident lead", "reason": "We could bring it about again."},
    "contain": {"role": "Incident lead", "measure": "Answers about doses are off."},
    "resolve": {
        "role": "Incident lead",
        "measure": "Units are checked before an answer.",
        "cause": "Milligrams were read as grams.",
    },
    "dismiss": {"role": "Incident lead", "reason": "The answer was right."},
    "duplicate": {"role": "Incident lead", "of": "doses"},
    "reopen": {"role": "Incident lead", "reason": "It came back."},
    "correct": {"role": "Incident lead", "reason": "A second case.", "severity": "disaster"},
    "link": {"role": "Incident lead", "identifiers": ("AIID:815",)},
    "notify": {"role": "Legal", "authority": "AI Office", "stage": "initial", "under": ("eu-gpai-code",)},
    "extend": {"role": "Legal", "reason": "The reporter agreed.", "clock": "vulnerability-disclosure"},
    "reward": {"role": "Security", "credit": "anonymous", "bounty": {"amount": "500", "currency": "EUR"}},
    "publish": {"role": "Press office", "notice": ARTIFACT, "address": "https://acme.example/notices/doses"},
}
"""What each event needs to say; an extension also has its day."""


def make_incident_event(made: datetime, event: str, name: str = "doses", **changes: object) -> IncidentRecord:
    """Return a record of an event about an incident."""
    more = {"until": made} if event == "extend" else {}
    return IncidentRecord.model_validate({"made": made, "id": name, "event": event} | EVENTS[event] | more | changes)
