"""Check 2.1: what scans of production traffic show, and what they leave open."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from accord.checks import load_checks
from accord.evidence import (
    ArtifactRef,
    Design,
    DetectorRef,
    Finding,
    Quality,
    Rate,
    Record,
    Records,
    ScanRecord,
    Status,
)
from accord.ledger import digest
from accord.manifest import System

HASH = digest(b"x")
QUALITY = Quality(label="email", data="labelled", sha256=HASH, hits=9, false_alarms=1, misses=0)


def _scan(now: datetime, **changes: object) -> ScanRecord:
    base: dict[str, Any] = {
        "made": now,
        "expires": now + timedelta(days=30),
        "purpose": "traffic",
        "name": "chat",
        "sha256": HASH,
        "design": Design(method="all"),
        "files": 1,
        "rows": 100,
        "texts": 100,
        "size": 1000,
        "detectors": (DetectorRef(name="personal-data", sha256=HASH, quality=(QUALITY,)),),
        "rates": (Rate(detector="personal-data", label="email", title="an address", texts=1, n=100, found=1),),
        "findings": ArtifactRef(sha256=HASH, size=1, media_type="x"),
    }
    return ScanRecord.model_validate(base | changes)


@pytest.fixture
def find(
    now: datetime, declaration: Callable[..., Any], records: Callable[..., Records], make_system: Callable[..., System]
) -> Callable[..., Finding]:
    """Return a function that gives the finding of 2.1 over scans; `traffic` is what accord.toml names."""
    check = next(c for c in load_checks() if c.id == "a02.monitoring")

    def call(*scans: dict[str, Any], traffic: Sequence[str] = ("chat",)) -> Finding:
        system = declaration()
        made: list[Record] = [system, *(_scan(now, **({"model": system.model.sha256} | changes)) for changes in scans)]
        named = [{"id": name, "path": "logs"} for name in traffic]
        return check(make_system(traffic=tuple(named)), records(made))

    return call


def test_a_current_scan_is_partial(find: Callable[..., Finding]) -> None:
    finding = find({})
    assert (Status.PARTIAL, 1, 2) == (finding.status, len(finding.evidence), len(finding.gaps))
    assert "100 texts of production traffic were looked at by personal-data." == finding.summary


def test_without_traffic_there_is_no_evidence(find: Callable[..., Finding]) -> None:
    finding = find(traffic=())
    assert (Status.NO_EVIDENCE, "accord.toml names no traffic to look at: [[traffic]].") == (
        finding.status,
        finding.gaps[0],
    )
    assert "No window of production traffic is on record" in finding.gaps[1]


@pytest.mark.parametrize(
    "changes",
    [
        {"purpose": "data"},
        {"name": "other"},
        {"model": digest(b"other")},
        {"expires": datetime.fromisoformat("2026-11-23T14:00Z")},
    ],
)
def test_what_is_no_current_scan_of_it_supports_nothing(find: Callable[..., Finding], changes: dict[str, Any]) -> None:
    assert Status.NO_EVIDENCE == find(changes).status


def test_the_newest_scan_decides(find: Callable[..., Finding]) -> None:
    assert "7 texts" in find({}, {"texts": 7, "rates": ()}).summary
    assert Status.NO_EVIDENCE == find({}, {"expires": datetime.fromisoformat("2026-11-23T14:00Z")}).status


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"unreadable": {"is not JSON": 1200}}, "1,200 rows of chat could not be read"),
        ({"design": Design(method="sample", fraction=0.05, seed=1)}, "a sample of 5.00%"),
        ({"detectors": (DetectorRef(name="personal-data", sha256=HASH),)}, "was not measured: personal-data (email)"),
        ({"texts": 0, "rates": ()}, "found no text"),
        ({"limits": ("2 files were not looked at.",)}, "2 files were not looked at"),
    ],
)
def test_what_a_scan_leaves_open_is_a_gap(find: Callable[..., Finding], changes: dict[str, Any], words: str) -> None:
    assert any(words in gap for gap in find(changes).gaps)


def test_traffic_that_was_not_scanned_is_a_gap(find: Callable[..., Finding]) -> None:
    assert any("The traffic api was not scanned" in gap for gap in find({}, traffic=("chat", "api")).gaps)
