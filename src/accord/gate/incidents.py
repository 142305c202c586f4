"""Incidents at a gate: one that is confirmed and not resolved blocks, where accord.toml says from which severity on."""

from accord.evidence import SEVERITIES
from accord.gate.models import Found, Held, Reason
from accord.gate.scene import Scene
from accord.incidents import register


def find_incidents(scene: Scene) -> Found:
    """Yield every open, confirmed incident of a severity that blocks; one whose severity is not known blocks too."""
    least = scene.system.incidents.blocks
    if least is None:
        return
    bad = (None, *SEVERITIES[SEVERITIES.index(least) :])
    open_ones = [one for one in register(scene.records) if one.was_confirmed and one.is_open]
    found = [one for one in open_ones if one.facts.severity in bad]
    for one in found:
        severity = one.facts.severity or "of a severity that is not known"
        text = f"Incident {one.id} ({severity}) is {one.state} and not resolved; from {least} on that blocks."
        yield Reason(f"incident.{one.id}", "incident", text, (one.events[-1].ref,), place=("incidents", "blocks"))
    if not found:
        yield Held("incident", "incident", f"No confirmed incident from {least} on is left unresolved.")
