"""Events about risks, as several packages' tests need them: each complete, and changed at will."""

from datetime import date, datetime, timedelta
from typing import Any

from accord.evidence import RiskRecord

EVENTS: dict[str, dict[str, Any]] = {
    "add": {
        "title": "Uplift",
        "scenario": "A user asks for a route to a toxin.",
        "family": "R1",
        "affected": ("the public",),
        "stage": "use",
        "owner": "Head of Safety",
        "review": date(2026, 12, 31),
        "touches": ("1.9", "2"),
        "systemic": False,
    },
    "assess": {
        "phase": "inherent",
        "likelihood": {"position": 3, "word": "possible"},
        "severity": {"position": 4, "word": "severe"},
        "reason": "Two of our testers got half a route.",
    },
    "treat": {
        "mitigation": "refusal",
        "treatment": "The model is trained to refuse.",
        "role": "Head of Training",
        "due": date(2026, 12, 1),
    },
    "accept": {"role": "Chief Safety Officer", "reason": "It is small."},
    "close": {"role": "Chief Safety Officer", "reason": "The product was withdrawn."},
}
"""What each event needs to say; an acceptance also ends."""


def make_event(made: datetime, event: str, name: str = "uplift", **changes: object) -> RiskRecord:
    """Return a record of an event about a risk; an acceptance is good for 30 days."""
    ends = {"expires": made + timedelta(days=30)} if event == "accept" else {}
    return RiskRecord.model_validate({"made": made, "id": name, "event": event} | EVENTS[event] | ends | changes)


def rated(likelihood: tuple[int, str], severity: tuple[int, str]) -> dict[str, Any]:
    """Return the members of an assessment that say how likely and how bad a risk is."""
    return {
        "likelihood": {"position": likelihood[0], "word": likelihood[1]},
        "severity": {"position": severity[0], "word": severity[1]},
    }
