"""Action 11: scans and papers of datasets stand beside what is declared, and what nobody looked at is a gap."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from accord.evidence import (
    ArtifactRef,
    Basis,
    Design,
    DetectorRef,
    EvaluationRecord,
    Finding,
    InspectionRecord,
    Metric,
    Observation,
    Quality,
    Rate,
    ScanRecord,
    Sighting,
    Status,
    SystemRecord,
)
from accord.ledger import digest
from accord.manifest import System

DATASET = {
    "id": "base",
    "title": "Base",
    "use": "pre-training",
    "licence": "CC0-1.0",
    "personal_data": "filtered",
    "rights": "Opt-outs were honoured.",
    "quality": "Deduplicated.",
}
RIGHT = Quality(label="email", data="mails 1", sha256=digest(b"mails"), hits=90, false_alarms=5, misses=10)

Run = Callable[..., Finding]
Make = Callable[..., Any]


@pytest.fixture
def scan(now: datetime, declaration: Callable[..., SystemRecord]) -> Make:
    """Return a factory of scans: keywords such as email=3 are how many of 100 texts hold what personal data finds."""

    def make(name: str = "base", found: tuple[tuple[str, str, int], ...] = (), **changes: object) -> ScanRecord:
        base: dict[str, object] = {
            "made": now,
            "expires": now + timedelta(days=300),
            "purpose": "data",
            "name": name,
            "sha256": digest(b"data"),
            "model": declaration().model.sha256,
            "design": Design(method="all"),
            "files": 1,
            "rows": 100,
            "texts": 100,
            "size": 9_000,
            "limits": ("Only texts were looked at.",),
            "detectors": (DetectorRef(name="personal-data", sha256=digest(b"p"), quality=(RIGHT,)),),
            "rates": tuple(
                Rate(detector=detector, label=label, title=f"a {label}", texts=count, found=count, n=100)
                for detector, label, count in found
            ),
            "findings": ArtifactRef(sha256=digest(b"found"), size=4, media_type="application/vnd.apache.parquet"),
        }
        return ScanRecord.model_validate(base | changes)

    return make


@pytest.fixture
def look(now: datetime, declaration: Callable[..., SystemRecord]) -> Make:
    """Return a factory of looks at papers: `held` has a + for each thing of which it holds, a - or a ? for others."""

    def make(
        topic: str, held: str, name: str = "base", observation: str = "a.b", **changes: object
    ) -> InspectionRecord:
        told = [{"+": True, "-": False, "?": None}[mark] for mark in held]
        seen = [Sighting(observation=observation, subject=str(n), holds=holds) for n, holds in enumerate(told)]
        base: dict[str, object] = {
            "made": now,
            "expires": now + timedelta(days=90),
            "topic": topic,
            "name": name,
            "sha256": digest(b"papers"),
            "model": declaration().model.sha256,
            "observations": (Observation.of(observation, "the thing is so", seen),),
            "sightings": ArtifactRef(sha256=digest(b"seen"), size=4, media_type="application/json"),
            "tools": (),
        }
        return InspectionRecord.model_validate(base | changes)

    return make


@pytest.fixture
def system(make_system: Callable[..., System]) -> System:
    return make_system(datasets=[DATASET])


def test_quality_is_observed_and_declared_in_sentences_of_their_own(
    run: Run, system: System, declaration: Make, scan: Make
) -> None:
    found = (("language", "fr", 60), ("quality", "short", 7), ("quality", "long", 0), ("duplicates", "near", 3))
    finding = run("a11.data-quality", system, [declaration(), scan(found=found)])
    assert (Status.PARTIAL, Basis.DECLARED, 2) == (finding.status, finding.basis, len(finding.evidence))
    observed, _, said = finding.summary.partition(". ")
    assert (
        "Observed in “Base”: 100 texts; a fr: 60 of 100 (50.20% to 69.06%); a short: 7 of 100 (3.43% to 13.75%); "
        "a near: 3 of 100 (1.03% to 8.45%)" == observed
    )
    assert "Quality is described for 1 dataset(s)." == said
    assert "base: Only texts were looked at." in finding.gaps


def test_only_measured_is_measured(run: Run, make_system: Make, declaration: Make, scan: Make) -> None:
    system = make_system(datasets=[DATASET | {"quality": None}])
    finding = run("a11.data-quality", system, [declaration(), scan()])
    assert (Status.PARTIAL, Basis.MEASURED) == (finding.status, finding.basis)
    assert "“Base”: nothing is said of its quality." in finding.gaps


def test_items_of_benchmarks_and_rows_that_were_not_read_are_gaps(
    run: Run, system: System, declaration: Make, scan: Make
) -> None:
    record = scan(found=(("contamination", "exam", 2),), unreadable={"is not JSON": 4})
    gaps = run("a11.data-quality", system, [declaration(), record]).gaps
    assert "“Base”: 2 text(s) hold a exam, which can then no longer test the model." in gaps
    assert "4 rows of base could not be read: each is not JSON." in gaps


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, Status.PARTIAL),
        ({"model": digest(b"other")}, Status.NO_EVIDENCE),
        ({"purpose": "traffic"}, Status.NO_EVIDENCE),
        ({"name": "x"}, Status.NO_EVIDENCE),
    ],
)
def test_scan_of_something_else_is_none(
    run: Run, make_system: Make, declaration: Make, scan: Make, changes: dict[str, object], status: Status
) -> None:
    system = make_system(datasets=[DATASET | {"quality": None}])
    finding = run("a11.data-quality", system, [declaration(), scan(**changes)])
    assert status == finding.status
    unscanned = any("were not scanned" in gap for gap in finding.gaps)
    assert unscanned == (status == Status.NO_EVIDENCE)


def test_expired_scan_is_none_and_hides_behind_no_earlier_one(
    run: Run, make_system: Make, declaration: Make, scan: Make, now: datetime
) -> None:
    system = make_system(datasets=[DATASET | {"quality": None}])
    finding = run("a11.data-quality", system, [declaration(), scan(), scan(expires=now)])
    assert Status.NO_EVIDENCE == finding.status


def test_what_a_card_leaves_out_is_a_gap_and_a_changed_file_contradicts(
    run: Run, system: System, declaration: Make, look: Make
) -> None:
    card = run("a11.data-quality", system, [declaration(), look("dataset-card", "+-")])
    assert Status.PARTIAL == card.status
    assert "“Base”: of 1 of 2 it does not hold that the thing is so." in card.gaps
    incomplete = run(
        "a11.data-quality", system, [declaration(), look("croissant", "+-", observation="croissant.valid")]
    )
    assert Status.PARTIAL == incomplete.status
    changed = run("a11.data-quality", system, [declaration(), look("croissant", "+-", observation="croissant.files")])
    assert Status.CONTRADICTED == changed.status


@pytest.mark.parametrize(
    ("declared", "label", "count", "status"),
    [
        ("none", "email", 5, Status.CONTRADICTED),
        ("none", "email", 4, Status.PARTIAL),
        ("none", "phone", 90, Status.PARTIAL),  # nobody measured how often that is right
        ("filtered", "email", 90, Status.PARTIAL),
    ],
)
def test_personal_data_in_data_that_is_said_to_have_none_contradicts(
    run: Run, make_system: Make, declaration: Make, scan: Make, declared: str, label: str, count: int, status: Status
) -> None:
    system = make_system(datasets=[DATASET | {"personal_data": declared}])
    finding = run("a11.privacy", system, [declaration(), scan(found=(("personal-data", label, count),))])
    assert status == finding.status
    assert f"a {label}: {count} of 100" in finding.summary
    assert (status == Status.CONTRADICTED) == any("declared to hold no personal data" in gap for gap in finding.gaps)


def test_detector_that_is_often_wrong_contradicts_nothing(
    run: Run, make_system: Make, declaration: Make, scan: Make
) -> None:
    wrong = DetectorRef(
        name="personal-data", sha256=digest(b"p"), quality=(RIGHT.model_copy(update={"false_alarms": 80}),)
    )
    record = scan(found=(("personal-data", "email", 50),), detectors=(wrong,))
    finding = run("a11.privacy", make_system(datasets=[DATASET | {"personal_data": "none"}]), [declaration(), record])
    assert Status.PARTIAL == finding.status


def test_evaluations_show_whether_secrets_come_out(
    run: Run, make_system: Make, declaration: Make, evaluation: Callable[..., EvaluationRecord]
) -> None:
    metric = Metric.model_validate(
        {"id": "privacy.leaked", "title": "Secrets that came out", "language": "en", "better": "lower"}
        | _counted(3, 40)
    )
    finding = run("a11.privacy", make_system(), [declaration(), evaluation("privacy", metrics=(metric,))])
    assert (Status.PARTIAL, Basis.MEASURED) == (finding.status, finding.basis)
    assert "Tested: Secrets that came out (en): 7.5% (" in finding.summary
    assert any("canaries" in gap for gap in finding.gaps)
    assert "accord.toml declares no dataset." in finding.gaps


def _counted(count: int, n: int) -> dict[str, object]:
    return {"count": count, "n": n, "value": count / n, "low": 0.02, "high": 0.2}


def _canaries(planted: tuple[int, int], controls: tuple[int, int]) -> tuple[Metric, ...]:
    shares = {"canaries.extracted": planted, "canaries.guessed": controls}
    return tuple(Metric.of(i, i, "lower", [1.0] * count + [0.0] * (n - count)) for i, (count, n) in shares.items())


@pytest.mark.parametrize(
    ("planted", "controls", "status", "told"),
    [
        ((0, 100), (0, 100), Status.PARTIAL, "0 of 100 planted, 0.0% (0.0% to 3.7%); 0 of 100 never planted, 0.0%"),
        ((9, 100), (0, 100), Status.CONTRADICTED, "difference 9.0% (3.4% to 16.2%)"),
        ((1, 100), (0, 100), Status.PARTIAL, "difference 1.0% (-2.8% to 5.4%)"),
        ((9, 100), (9, 100), Status.PARTIAL, "difference 0.0%"),
        ((2, 2), (0, 0), Status.PARTIAL, "0 of 0 never planted, nothing could be told; difference nothing could"),
    ],
)
def test_canaries_of_training_data_that_come_out_beyond_chance_contradict(
    run: Run,
    make_system: Make,
    declaration: Make,
    evaluation: Callable[..., EvaluationRecord],
    planted: tuple[int, int],
    controls: tuple[int, int],
    status: Status,
    told: str,
) -> None:
    record = evaluation("canaries", metrics=_canaries(planted, controls))
    finding = run("a11.privacy", make_system(), [declaration(), record])
    assert (status, Basis.MEASURED) == (finding.status, finding.basis)
    assert told in finding.summary
    assert bool(planted[0]) == any("gave out" in gap for gap in finding.gaps)
    assert any("said by whoever planted them" in gap for gap in finding.gaps)
    assert not any("needs canaries" in gap for gap in finding.gaps)
    assert any("suite privacy" in gap for gap in finding.gaps)


def test_canaries_of_another_model_are_no_test_of_this_one(
    run: Run, make_system: Make, declaration: Make, evaluation: Callable[..., EvaluationRecord]
) -> None:
    record = evaluation("canaries", metrics=_canaries((0, 100), (0, 100)))
    other = record.model_copy(update={"model": record.model.model_copy(update={"sha256": digest(b"other")})})
    finding = run("a11.privacy", make_system(), [declaration(), other])
    assert Status.NO_EVIDENCE == finding.status
    assert any("needs canaries" in gap for gap in finding.gaps)


@pytest.mark.parametrize(("topic", "held"), [("opt-outs", "+-"), ("licences", "-?")])
def test_what_a_source_reserves_contradicts(
    run: Run, system: System, declaration: Make, look: Make, topic: str, held: str
) -> None:
    finding = run("a11.rights", system, [declaration(), look(topic, held)])
    assert Status.CONTRADICTED == finding.status
    assert any("it does not hold that the thing is so" in gap for gap in finding.gaps)
    if topic == "opt-outs":
        assert any("contract" in gap for gap in finding.gaps)


def test_what_could_not_be_told_is_a_gap(run: Run, system: System, declaration: Make, look: Make, scan: Make) -> None:
    records = [declaration(), look("opt-outs", "??"), look("licences", "+"), scan(found=(("rights", "reserved", 9),))]
    finding = run("a11.rights", system, records)
    assert Status.PARTIAL == finding.status
    assert "“Base”: of 2 it could not be told whether the thing is so." in finding.gaps
    assert "Observed in “Base”: nothing could be told." in finding.summary
    assert "a reserved: 9 of 100" in finding.summary


def test_each_dataset_is_read_by_its_own_papers(run: Run, make_system: Make, declaration: Make, look: Make) -> None:
    system = make_system(datasets=[DATASET, DATASET | {"id": "more", "title": "More"}])
    records = [declaration(), look("opt-outs", "+", name="more"), look("opt-outs", "-", name="stranger")]
    finding = run("a11.rights", system, records)
    assert Status.PARTIAL == finding.status
    assert "“Base”: what its sources say of training was not looked at." in finding.gaps
    assert "Observed in “More”: the thing is so: 1 of 1." in finding.summary
