"""A corpus from files to its record: every text counted, the same whatever the cuts, and nothing of it in the log."""

import json
import random
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from small_manifest import SMALL

from accord.assess import Job, assess
from accord.evidence import InspectionRecord, ScanRecord, Status, sign_record
from accord.ledger import SigningKey
from accord.manifest import load_system
from accord.scan import repeats
from accord.scan.corpus import CorpusScan, corpus_detectors, corpus_record, scan_corpus
from accord.scan.data_engine import DataInspector
from accord.scan.plan import Plan, make_plan
from accord.scan.rows import FINDINGS
from accord.scan.runners.local import LocalRunner
from accord.workspace import Workspace

MAIL = "Please write to jane.roe@example.org before Friday."
ITEM = "What are the signs that a friend is thinking of suicide, and how can I listen well?"
DATASET = """
[[datasets]]
id = "manuals"
title = "Manuals"
use = "fine-tuning"
licence = "CC-BY-4.0"
personal_data = "none"
path = "data"
sources = "sites"
"""


def _rows() -> list[str]:
    chance = random.Random(11)  # noqa: S311 - texts, not secrets
    words = [
        f"{a}{b}" for a in ("turn", "lift", "press", "hold") for b in ("key", "lid", "belt", "pump", "valve", "wheel")
    ]
    plain = [" ".join(chance.choice(words) for _ in range(60)) for _ in range(120)]
    return [*plain, *plain[:12], *(f"{text} again" for text in plain[20:26]), *([MAIL] * 6), "Yes."]


def _write(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    rows = _rows()
    lines = "".join(json.dumps({"text": text}) + "\n" for text in rows[:80])
    (folder / "a.jsonl").write_text(lines + "{broken\n")
    pq.write_table(pa.table({"text": rows[80:]}), folder / "b.parquet", row_group_size=13)


def _scan(folder: Path, out: Path, *, piece: int = 1 << 26, jobs: int = 1) -> tuple[Plan, CorpusScan]:
    plan = make_plan([str(folder)], corpus_detectors(), piece=piece)
    return plan, scan_corpus(plan, out, LocalRunner(jobs))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus") / "data"
    _write(folder)
    return folder


@pytest.fixture(scope="module")
def whole(data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Plan, CorpusScan]:
    return _scan(data, tmp_path_factory.mktemp("whole"))


def test_everything_planted_is_counted(whole: tuple[Plan, CorpusScan]) -> None:
    scan = whole[1].scan
    counts = {(r.detector, r.label): r.texts for r in scan.rates}
    assert (145, 146, {"is not JSON": 1}) == (scan.texts, scan.rows, scan.unreadable)
    assert {145} == {r.n for r in scan.rates}
    assert (6, 17) == (counts["personal-data", "email"], counts["duplicates", "exact"])
    assert 6 == counts["duplicates", "near"]
    assert 1 == counts["quality", "short"]
    assert 145 == sum(count for (detector, _), count in counts.items() if detector == "language")


def test_findings_hold_the_repeats_in_order(whole: tuple[Plan, CorpusScan]) -> None:
    found = pq.read_table(whole[1].scan.findings)
    assert found.schema.equals(FINDINGS)
    keys = [tuple(row.values())[:7] for row in found.to_pylist()]
    assert sorted(keys) == keys
    assert 23 == sum(row["detector"] == repeats.NAME for row in found.to_pylist())
    clusters = pq.read_table(whole[1].clusters)
    assert 12 + 6 + 1 == len(set(clusters.column("cluster").to_pylist()))


@pytest.mark.parametrize(("piece", "jobs"), [(1_000, 1), (3_000, 2)])
def test_same_findings_whatever_the_cuts_and_processes(
    data: Path, whole: tuple[Plan, CorpusScan], tmp_path: Path, piece: int, jobs: int
) -> None:
    _, found = _scan(data, tmp_path / "out", piece=piece, jobs=jobs)
    assert whole[1].scan.rates == found.scan.rates
    assert whole[1].scan.findings.read_bytes() == found.scan.findings.read_bytes()
    assert whole[1].clusters.read_bytes() == found.clusters.read_bytes()


def test_tables_hold_no_text_and_are_the_owner_s_alone(whole: tuple[Plan, CorpusScan]) -> None:
    for path in whole[1].scan.findings.parent.glob("*.parquet"):
        assert b"jane.roe" not in path.read_bytes()
    assert 0o600 == whole[1].scan.findings.stat().st_mode & 0o777
    assert 0o600 == whole[1].clusters.stat().st_mode & 0o777


def test_record_says_what_was_not_looked_at_and_fits_the_log(
    whole: tuple[Plan, CorpusScan], now: datetime, key: SigningKey
) -> None:
    record = corpus_record(*whole, name="manuals", model="ab" * 32, made=now)
    assert ("data", "manuals", 145) == (record.purpose, record.name, record.texts)
    assert any("no image" in limit for limit in record.limits)
    assert "duplicates" in {d.name for d in record.detectors}
    assert all(rate.texts for rate in record.rates if rate.detector in {"language", "portrayals"})
    assert len(sign_record(record, key)) < 60_000
    assert ScanRecord.model_validate(record.model_dump()) == record


@pytest.fixture
def workspace(tmp_path: Path, key: SigningKey) -> Workspace:
    (tmp_path / "accord.toml").write_text(SMALL + DATASET)
    _write(tmp_path / "data")
    (tmp_path / "data" / "README.md").write_text("---\nlicense: mit\n---\n")
    (tmp_path / "sites" / "a.org").mkdir(parents=True)
    (tmp_path / "sites" / "a.org" / "robots.txt").write_text("User-agent: GPTBot\nDisallow: /\n")
    return Workspace.create(tmp_path, key, "test.invalid/log")


def _run(workspace: Workspace, now: datetime) -> tuple[str, ...]:
    def watch(_jobs: object) -> Callable[[Job], Callable[..., None]]:
        return lambda _job: lambda _done, _note="": None

    return assess(workspace, [DataInspector(lambda: now)], clock=lambda: now, watch=watch).ran


def test_assess_scans_datasets_once_until_they_change(workspace: Workspace, now: datetime) -> None:
    assert [
        "What the sources say of training of Manuals",
        "The licences of Manuals",
        "The card of Manuals",
        "Scan of data: Manuals",
    ] == list(_run(workspace, now))
    assert () == _run(workspace, now)
    records = workspace.records(now)
    assert [("data", "manuals")] == [(e.record.purpose, e.record.name) for e in records.of(ScanRecord)]
    assert {"opt-outs", "licences", "dataset-card"} == {e.record.topic for e in records.of(InspectionRecord)}
    with (workspace.root / "data" / "a.jsonl").open("a") as file:
        file.write('{"text": "One more."}\n')
    assert ("Scan of data: Manuals",) == _run(workspace, now)
    (workspace.root / "sites" / "a.org" / "robots.txt").write_text("")
    assert ("What the sources say of training of Manuals",) == _run(workspace, now)


def test_checks_read_what_was_seen(workspace: Workspace, now: datetime) -> None:
    from accord.checks import find  # noqa: PLC0415 - read here alone

    _run(workspace, now)
    system = load_system(workspace.manifest).declared()
    found = {f.check: f for f in find(system, workspace.records(now)) if f.check.startswith("a11")}
    assert Status.PARTIAL == found["a11.data-quality"].status
    assert "17 of 145" in found["a11.data-quality"].summary
    assert "an e-mail address: 6 of 145" in found["a11.privacy"].summary
    assert Status.CONTRADICTED == found["a11.rights"].status
    assert any("does not reserve its texts" in gap for gap in found["a11.rights"].gaps)
    assert any("the licence that is found" in gap for gap in found["a11.rights"].gaps)


def test_log_holds_no_text_and_no_place(workspace: Workspace, now: datetime) -> None:
    _run(workspace, now)
    entries = b"".join(workspace.log().entries())
    assert b"jane.roe" not in entries
    assert str(workspace.root).encode() not in entries
    assert b"a.org" not in entries


def test_sample_is_the_same_each_time(data: Path, tmp_path: Path) -> None:
    from accord.evidence import Design  # noqa: PLC0415 - read here alone

    design = Design(method="sample", fraction=0.3, seed=4)
    found = []
    for name, piece in (("one", 1 << 26), ("two", 900)):
        plan = make_plan([str(data)], corpus_detectors(), design=design, piece=piece)
        found.append(scan_corpus(plan, tmp_path / name, LocalRunner()))
    assert found[0].scan.rates == found[1].scan.rates
    assert 20 < found[0].scan.texts < 70
    assert "Repeats are seen within the sample alone." in found[0].limits


def test_records_are_what_engines_yield(workspace: Workspace, now: datetime) -> None:
    system = load_system(workspace.manifest)
    made = [
        record
        for job in DataInspector(lambda: now)(workspace, system)
        for record in job.run(lambda _done, _note="": None)
    ]
    assert all(record.job and record.expires for record in made)
