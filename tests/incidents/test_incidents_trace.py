"""Incidents in the trail of a release: what they concern, began with and are kept in, and each event after another."""

from collections.abc import Callable
from datetime import datetime

from incident_events import ARTIFACT, make_incident_event

from accord.evidence import Records, SystemRecord
from accord.manifest import System
from accord.reports.prov import render_prov
from accord.trace import Trail, trace

MakeRecords = Callable[..., Records]


def _trail(records: MakeRecords, declared: SystemRecord, now: datetime) -> Trail:
    (entry,) = records([declared])
    signal = make_incident_event(now, "signal", "doses", systems=(entry.ref,), report=ARTIFACT)
    return trace(records([declared, signal, make_incident_event(now, "triage")]))


def test_incident_is_tied_to_what_it_concerns_and_to_its_report(
    records: MakeRecords, declaration: Callable[..., SystemRecord], now: datetime
) -> None:
    trail = _trail(records, declaration(), now)
    assert {("concerns", "record.0"), ("report", f"artifact.{ARTIFACT.sha256}")} == {
        (link.how, link.target) for link in trail.rests_on("record.1")
    }
    assert [("after", "record.1")] == [(link.how, link.target) for link in trail.rests_on("record.2")]


def test_incident_is_exported_with_its_trail(
    records: MakeRecords, declaration: Callable[..., SystemRecord], make_system: Callable[..., System], now: datetime
) -> None:
    told = render_prov(_trail(records, declaration(), now), make_system())
    assert b"accord:Incident" in told
    assert b"Incident lead" in told
