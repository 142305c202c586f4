"""Checks that read inspections: what does not hold contradicts, and what could not be told is a gap."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import pytest

from accord.evidence import ArtifactRef, Basis, Finding, InspectionRecord, Observation, Sighting, Status, SystemRecord
from accord.ledger import digest
from accord.manifest import System

CHECKS = {
    "a06.weights": ("signature", "scan"),
    "a06.weights-access": ("access",),
    "a06.security-policy": ("repository", "forge"),
    "a07.identifier": ("identifiers",),
    "a07.lookup": ("lookup",),
    "a07.provenance": ("credentials",),
    "a07.ai-notice": ("notices",),
    "a06.vulnerability-process": ("inventory", "vulnerabilities", "register", "security-txt"),
}
each_topic = pytest.mark.parametrize(("check", "topic"), [(c, t) for c, topics in CHECKS.items() for t in topics])

Run = Callable[..., Finding]
Make = Callable[..., InspectionRecord]


@pytest.fixture
def look(now: datetime, declaration: Callable[..., SystemRecord]) -> Make:
    """Return a factory of inspections: `held` has a + for each thing of which it holds, a - or a ? for others."""

    def make(topic: str, held: str, **changes: object) -> InspectionRecord:
        told = [{"+": True, "-": False, "?": None}[mark] for mark in held]
        seen = [Sighting(observation="a.b", subject=str(n), holds=holds) for n, holds in enumerate(told)]
        base: Mapping[str, object] = {
            "made": now,
            "expires": now + timedelta(days=90),
            "topic": topic,
            "name": "tiny.gguf",
            "sha256": digest(b"tiny"),
            "model": declaration().model.sha256,
            "observations": (Observation.of("a.b", "the thing is so", seen),),
            "sightings": ArtifactRef(sha256=digest(b"seen"), size=4, media_type="application/json"),
            "tools": (),
        }
        return InspectionRecord.model_validate({**base, **changes})

    return make


@pytest.fixture
def system(make_system: Callable[..., System]) -> System:
    return make_system()


@pytest.mark.parametrize("check", CHECKS)
def test_no_inspection_is_no_evidence(
    run: Run, system: System, declaration: Callable[..., SystemRecord], check: str
) -> None:
    found = run(check, system, [declaration()])
    unseen = [gap for gap in found.gaps if "names no document" not in gap and "does not say how" not in gap]
    unseen = [gap for gap in unseen if not gap.startswith("Of ") and not gap.startswith("Whether users")]
    assert (Status.NO_EVIDENCE, len(CHECKS[check])) == (found.status, len(unseen))


@each_topic
def test_what_holds_is_partial_for_it_says_nothing_of_elsewhere(
    run: Run, system: System, declaration: Callable[..., SystemRecord], look: Make, check: str, topic: str
) -> None:
    found = run(check, system, [declaration(), look(topic, "++")])
    assert (Status.PARTIAL, Basis.MEASURED) == (found.status, found.basis)
    assert "Observed: the thing is so: 2 of 2." == found.summary


@each_topic
def test_one_thing_that_does_not_hold_contradicts(
    run: Run, system: System, declaration: Callable[..., SystemRecord], look: Make, check: str, topic: str
) -> None:
    found = run(check, system, [declaration(), look(topic, "+-?")])
    assert Status.CONTRADICTED == found.status
    assert ("Of 1 of 2 it does not hold that the thing is so.", True) == (found.gaps[0], "1 it could" in found.gaps[1])


@each_topic
def test_what_could_not_be_told_is_a_gap_and_no_pass(
    run: Run, system: System, declaration: Callable[..., SystemRecord], look: Make, check: str, topic: str
) -> None:
    found = run(check, system, [declaration(), look(topic, "?")])
    assert (Status.PARTIAL, "Observed: nothing could be told.") == (found.status, found.summary)
    assert "Of 1 it could not be told whether the thing is so." in found.gaps


@each_topic
def test_expired_or_of_another_model_is_no_evidence(
    run: Run,
    system: System,
    declaration: Callable[..., SystemRecord],
    look: Make,
    now: datetime,
    check: str,
    topic: str,
) -> None:
    expired = look(topic, "+", made=now - timedelta(days=90), expires=now)
    assert Status.NO_EVIDENCE == run(check, system, [declaration(), expired]).status
    assert Status.NO_EVIDENCE == run(check, system, [declaration(), look(topic, "+", model=digest(b"other"))]).status


@each_topic
def test_the_newest_decides_also_once_it_has_expired(
    run: Run,
    system: System,
    declaration: Callable[..., SystemRecord],
    look: Make,
    now: datetime,
    check: str,
    topic: str,
) -> None:
    good, short = look(topic, "+"), look(topic, "-", expires=now + timedelta(seconds=1))
    assert Status.CONTRADICTED == run(check, system, [declaration(), good, short]).status
    assert Status.NO_EVIDENCE == run(check, system, [declaration(), good, short], at=now + timedelta(days=1)).status


def test_released_weights_leave_a_gap_on_reading(
    run: Run, make_system: Callable[..., System], declaration: Callable[..., SystemRecord], look: Make
) -> None:
    system = make_system(weights={"released": True})
    found = run("a06.weights-access", system, [declaration(), look("access", "+")])
    assert "declared as released" in found.gaps[-1]


@pytest.mark.parametrize(
    ("reviewed", "gap"),
    [(None, "does not say when"), ("2025-01-01", "over 365 days ago"), ("2026-11-01", "")],
)
def test_access_that_is_not_reviewed_is_a_gap(
    run: Run,
    make_system: Callable[..., System],
    declaration: Callable[..., SystemRecord],
    reviewed: str | None,
    gap: str,
) -> None:
    found = run("a06.insider-threat", make_system(security={"access_reviewed": reviewed}), [declaration()])
    assert (Status.NO_EVIDENCE if gap else Status.PARTIAL) == found.status
    assert gap in found.gaps[-1] if gap else "no document" in found.gaps[0]


def test_what_is_observed_and_what_is_declared_are_said_apart(
    run: Run, make_system: Callable[..., System], declaration: Callable[..., SystemRecord], look: Make
) -> None:
    document = {"id": "doc", "kind": "security-policy", "title": "Paper", "url": "https://acme.example/paper"}
    found = run("a06.security-policy", make_system(documents=[document]), [declaration(), look("forge", "+")])
    assert "Observed: the thing is so: 1 of 1. There is a security policy: “Paper”." == found.summary
    assert Basis.DECLARED == found.basis


def test_a_watermark_that_is_not_found_contradicts_nothing(
    run: Run, make_system: Callable[..., System], declaration: Callable[..., SystemRecord], look: Make
) -> None:
    records = [declaration(), look("credentials", "+"), look("watermark", "+-")]
    found = run("a07.provenance", make_system(watermarks=({"id": "text", "scheme": "kgw"},)), records)
    assert Status.PARTIAL == found.status
    assert "Of 1 of 2 it does not hold that the thing is so." in found.gaps
    assert "Observed: the thing is so: 1 of 1. Observed: the thing is so: 1 of 2." == found.summary


def test_a_declared_watermark_that_nobody_looked_for_is_a_gap(
    run: Run, make_system: Callable[..., System], declaration: Callable[..., SystemRecord]
) -> None:
    found = run("a07.provenance", make_system(watermarks=({"id": "text", "scheme": "kgw"},)), [declaration()])
    assert Status.NO_EVIDENCE == found.status
    assert any("No watermark was looked for" in gap for gap in found.gaps)
