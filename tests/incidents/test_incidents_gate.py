"""Incidents at a gate: they block where accord.toml says so, from a severity on, until they are resolved."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from incident_events import make_incident_event

from accord.evidence import Records, SystemRecord
from accord.gate import pass_gate
from accord.manifest import System

CONFIRMED = ("signal", "triage", "confirm")
Gate = Callable[..., list[tuple[str, str]]]


@pytest.fixture
def gate(
    records: Callable[..., Records],
    make_system: Callable[..., System],
    declaration: Callable[..., SystemRecord],
    now: datetime,
) -> Gate:
    """Return what the gate of a release says of incidents: ids, and whether they block or hold."""

    def ask(*events: str, blocks: str | None = "serious-incident", **triaged: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - facts of any kind
        told = [make_incident_event(now, name, "doses", **(triaged if name == "triage" else {})) for name in events]
        system = make_system(incidents={"blocks": blocks})
        found = pass_gate(system, records([declaration(), *told]), "release")
        reasons = [(r.id, r.level) for r in found.reasons if r.kind == "incident"]
        return reasons + [(h.id, "held") for h in found.held if h.kind == "incident"]

    return ask


def test_gate_asks_for_nothing_where_accord_toml_does_not(gate: Gate) -> None:
    assert [] == gate(*CONFIRMED, blocks=None)


@pytest.mark.parametrize(
    ("severity", "said"),
    [
        ("incident", [("incident", "held")]),
        ("serious-incident", [("incident.doses", "block")]),
        ("disaster", [("incident.doses", "block")]),
    ],
)
def test_severity_decides(gate: Gate, severity: str, said: list[tuple[str, str]]) -> None:
    assert said == gate(*CONFIRMED, severity=severity)


@pytest.mark.parametrize(
    ("events", "said"),
    [
        ((), "held"),
        (("signal", "triage"), "held"),
        ((*CONFIRMED, "contain"), "block"),
        ((*CONFIRMED, "resolve"), "held"),
        ((*CONFIRMED, "resolve", "reopen"), "block"),
        ((*CONFIRMED, "dismiss"), "held"),
    ],
)
def test_only_what_is_confirmed_and_not_resolved_blocks(gate: Gate, events: tuple[str, ...], said: str) -> None:
    assert [said] == [level for _, level in gate(*events)]
