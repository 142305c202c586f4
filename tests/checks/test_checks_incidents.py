"""Checks that read incidents: declared, so partial at most; what is withheld or was missed is a gap."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import pytest
from incident_events import make_incident_event

from accord.checks import load_checks
from accord.evidence import Basis, Finding, IncidentRecord, Origin, Status, SystemRecord
from accord.manifest import System

CLAUSES = {
    "a02.incident-records": "2.4",
    "a02.joint-mitigation": "2.5",
    "a04.information-sharing": "4.1",
    "a04.shared-mechanisms": "4.2",
    "a04.public-notices": "4.4",
    "a04.authority-notices": "4.5",
    "a04.protected-reporting": "4.6",
}
DECLARED = "It is declared; nothing measured it."
WHOLE = ("signal", "triage", "confirm", "notify", "resolve", "publish", "link", "reward")

Run = Callable[..., Finding]
MakeSystem = Callable[..., System]
Make = Callable[..., IncidentRecord]


@pytest.fixture
def event(now: datetime) -> Make:
    """Return a factory of records of an event about the incident `doses`, or about another."""
    return partial(make_incident_event, now)


@pytest.fixture
def find(run: Run, make_system: MakeSystem, declaration: Callable[..., SystemRecord]) -> Run:
    """Return a function that gives the finding of a check over incidents of a declared system."""

    def find_one(check: str, *events: IncidentRecord, at: datetime | None = None, **system: object) -> Finding:
        view = {"at": at} if at else {}
        return run(check, make_system(**system), [declaration(), *events], **view)

    return find_one


@pytest.mark.parametrize("check", CLAUSES)
def test_check_reads_its_clause(check: str) -> None:
    assert [(CLAUSES[check],)] == [c.clauses for c in load_checks() if c.id == check]


@pytest.mark.parametrize("check", CLAUSES)
def test_nothing_recorded_is_no_evidence(find: Run, check: str) -> None:
    finding = find(check)
    assert (Status.NO_EVIDENCE, True) == (finding.status, bool(finding.gaps))


@pytest.mark.parametrize("check", CLAUSES)
def test_whole_life_is_partial_since_it_is_declared(find: Run, event: Make, check: str) -> None:
    events = [event(name, tlp="amber") if name == "signal" else event(name) for name in WHOLE]
    finding = find(check, *events, event("link", partners=("A lab",)))
    assert (Status.PARTIAL, Basis.DECLARED, Origin.SELF) == (finding.status, finding.basis, finding.origin)
    assert DECLARED in finding.gaps


def test_what_is_not_said_of_an_incident_is_a_gap(find: Run, event: Make) -> None:
    finding = find("a02.incident-records", event("signal"))
    said = (
        "Of the incident doses nothing is said, or it is withheld, about: how the AI system relates to it (3), "
        "supporting materials (7), severity (10), kinds of harm (11)."
    )
    assert [said, "Nobody has triaged yet: doses."] == list(finding.gaps[:2])
    assert "1 incidents are recorded, 1 of them openly as reported from outside, 0 as near misses" in finding.summary


def test_misfit_is_a_gap(find: Run, event: Make) -> None:
    finding = find("a02.incident-records", event("confirm"))
    assert (Status.NO_EVIDENCE, True) == (
        finding.status,
        "Record 1 (confirm, incident doses) does not count: no such incident was signalled before." in finding.gaps,
    )


def test_policy_alone_is_partial(find: Run) -> None:
    documents = [{"id": "p", "kind": "incident-policy", "title": "Policy", "url": "https://acme.example/p"}]
    finding = find("a02.incident-records", documents=documents)
    assert (Status.PARTIAL, True) == (
        finding.status,
        "No incident is recorded. That does not say that there was none." in finding.gaps,
    )


def test_duplicates_are_counted_once(find: Run, event: Make) -> None:
    events = [event("signal"), event("signal", "b"), event("duplicate", "b")]
    assert "1 incidents are recorded" in find("a02.incident-records", *events).summary


@pytest.mark.parametrize(
    ("check", "gap"),
    [
        ("a02.joint-mitigation", "The incident doses names nobody with whom it is worked on."),
        ("a04.public-notices", "The public was not told of the incident doses."),
    ],
)
def test_confirmed_incident_that_stays_alone_is_a_gap(find: Run, event: Make, check: str, gap: str) -> None:
    finding = find(check, event("signal"), event("triage"), event("confirm"))
    assert (Status.NO_EVIDENCE, True) == (finding.status, gap in finding.gaps)


def test_missed_deadline_is_a_gap(find: Run, event: Make, now: datetime) -> None:
    events = [event("signal"), event("triage", consequences=("death",))]
    later = now + timedelta(days=11)
    finding = find("a04.authority-notices", *events, at=later)
    missed = "A deadline of the incident doses has passed, 2026-12-03: First report: somebody died."
    assert (Status.NO_EVIDENCE, True) == (finding.status, missed in finding.gaps)
    none = find("a04.authority-notices", *events, at=later, incidents={"regimes": []})
    assert not [gap for gap in none.gaps if "deadline" in gap]
    late = make_incident_event(later, "notify")
    finding = find("a04.authority-notices", *events, late, at=later)
    assert (Status.PARTIAL, True) == (finding.status, missed.replace("has passed", "was met late") in finding.gaps)


def test_incident_without_marking_is_a_gap(find: Run, event: Make) -> None:
    finding = find("a04.protected-reporting", event("signal", tlp="red"), event("signal", "b"))
    assert (Status.PARTIAL, "The incident b carries no marking.") == (finding.status, finding.gaps[0])


def test_ids_elsewhere_are_named(find: Run, event: Make) -> None:
    finding = find("a04.shared-mechanisms", event("signal"), event("link", identifiers=("CVE:CVE-2026-1", "AIID:8")))
    assert "1 incidents are known elsewhere: AIID, CVE." == finding.summary
