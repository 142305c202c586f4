"""Traffic that accord.toml names is looked at, recorded, checked and reported; the command works on its own."""

import json
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from small_manifest import SMALL

from accord.assess import Assessment, Job, assess
from accord.codes import load_code
from accord.errors import ManifestError, MissingExtraError, ScanError
from accord.evidence import ScanRecord, Status
from accord.ledger import SigningKey
from accord.manifest import load_system, parse_system
from accord.reports.content import build
from accord.reports.html import render_html
from accord.scan import door
from accord.scan.door import TrafficEngine
from accord.scan.reading.known import Known, KnownFiles
from accord.scan.reading.sources import Source, find_sources
from accord.verify.dossier import make_proof, open_proof
from accord.workspace import Workspace

NAMED = 'detectors = ["personal-data"]'


def _make(folder: Path, key: SigningKey, traffic: str) -> Workspace:
    rows = [{"text": f"write to jo{n}@example.org", "user_id": f"u{n % 3}"} for n in range(40)] + [{"text": "no"}] * 60
    data = "".join(json.dumps(row) + "\n" for row in rows) + "not json\n"
    (folder / "logs").mkdir(parents=True)
    (folder / "logs" / "a.jsonl").write_text(data, encoding="utf-8")
    (folder / "accord.toml").write_text(f"{SMALL}\n{traffic}", encoding="utf-8")
    return Workspace.create(folder, key, "test.invalid/log")


@pytest.fixture
def space(tmp_path: Path, key: SigningKey) -> Workspace:
    """Return a workspace whose traffic has 101 rows, one of them bad, and 40 with an address."""
    return _make(tmp_path / "space", key, f'[[traffic]]\nid = "chat"\npath = "logs"\n{NAMED}\n')


def _assess(space: Workspace, at: datetime) -> Assessment:
    def quiet(_jobs: Sequence[Job]) -> Callable[[Job], Callable[..., None]]:
        return lambda _job: lambda *_: None

    return assess(space, [TrafficEngine(lambda: at)], clock=lambda: at, watch=quiet)


def _monitoring(found: Assessment) -> Any:  # noqa: ANN401 - a finding
    return next(f for state in found.states for f in state.findings if f.check == "a02.monitoring")


def test_traffic_is_scanned_recorded_and_checked(space: Workspace, now: datetime) -> None:
    finding = _monitoring(_assess(space, now))
    (entry,) = space.records(now).of(ScanRecord)
    record = entry.record
    assert ("traffic", "chat", 1, 101, 100) == (record.purpose, record.name, record.files, record.rows, record.texts)
    assert {"is not JSON": 1} == record.unreadable
    rates = {rate.label: rate for rate in record.rates}
    assert (40, 100, 40) == (rates["email"].texts, rates["email"].n, rates["email"].found)
    assert (Status.PARTIAL, (entry.ref,)) == (finding.status, finding.evidence)
    assert any("1 rows of chat could not be read" in gap for gap in finding.gaps)


def test_what_is_unchanged_is_not_scanned_again(space: Workspace, now: datetime) -> None:
    assert ("Scan of traffic: chat",) == _assess(space, now).ran
    assert () == _assess(space, now).ran
    with (space.root / "logs" / "a.jsonl").open("a") as file:
        file.write('{"text": "one more"}\n')
    assert ("Scan of traffic: chat",) == _assess(space, now).ran
    assert ("Scan of traffic: chat",) == _assess(space, now + timedelta(days=31)).ran


def test_what_is_known_of_a_file_is_not_read_again(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "x"}\n', encoding="utf-8")
    (source,), _ = find_sources([str(tmp_path / "a.jsonl")])
    later, reads = time.time_ns() + 10**10, []

    def read(source: Source, size: int) -> Known:
        reads.append(source.name)
        return "ab" * 32, [(size, 1)]

    for _ in range(2):
        known = KnownFiles(tmp_path / "known.json", clock=lambda: later)
        assert ("ab" * 32, [(9, 1)]) == known.get(source, 9, read)
        known.write()
    assert ["a.jsonl"] == reads
    with (tmp_path / "a.jsonl").open("a", encoding="utf-8") as file:
        file.write("more\n")
    KnownFiles(tmp_path / "known.json", clock=lambda: later).get(source, 9, read)
    young = KnownFiles(tmp_path / "young.json")
    young.get(source, 9, read)
    young.write()
    assert (3, False) == (len(reads), (tmp_path / "young.json").exists())
    (tmp_path / "known.json").write_text("[1, 2", encoding="utf-8")  # cut off
    KnownFiles(tmp_path / "known.json").get(source, 9, read)
    assert 4 == len(reads)


def test_a_scan_that_expired_supports_nothing(space: Workspace, now: datetime) -> None:
    _assess(space, now)
    later = now + timedelta(days=31)
    found = assess(space, [], clock=lambda: later, watch=lambda _jobs: lambda _job: lambda *_: None)
    finding = _monitoring(found)
    assert Status.NO_EVIDENCE == finding.status
    assert ("The traffic chat was not scanned, or its scan has expired.",) == finding.gaps


def test_the_tables_stay_with_the_organisation(space: Workspace, now: datetime) -> None:
    _assess(space, now)
    (folder,) = space.scans.glob("chat-*")
    findings = pq.read_table(folder / "findings.parquet")
    assert (40, True) == (findings.num_rows, folder.name.startswith("chat-"))
    accounts = set(pq.read_table(folder / "flagged.parquet")["account"].to_pylist())
    assert (3, {32}) == (len(accounts), {len(account) for account in accounts})
    for path in (space.scans, folder, space.keys / "accounts.key"):
        assert 0 == path.stat().st_mode & 0o077
    (entry,) = space.records(now).of(ScanRecord)
    assert entry.record.findings.sha256 not in space.artifacts
    assert "jo1" not in entry.record.model_dump_json()
    assert "scans" in (space.root / ".accord" / ".gitignore").read_text()


def test_accounts_get_the_same_keys_from_the_same_secret(tmp_path: Path, key: SigningKey, now: datetime) -> None:
    (tmp_path / "secret").write_bytes(b"0123456789abcdef")
    (tmp_path / "secret").chmod(0o600)
    found = []
    for name in ("a", "b"):
        named = f'[[traffic]]\nid = "chat"\npath = "logs"\n{NAMED}\naccount_key = "{tmp_path}/secret"\nfindings = "f"\n'
        space = _make(tmp_path / name, key, named)
        _assess(space, now)
        (folder,) = (space.root / "f").iterdir()
        found.append(pq.read_table(folder / "flagged.parquet")["account"].to_pylist())
    assert found[0] == found[1]


def test_a_report_shows_the_rates_and_how_far_each_may_be_believed(space: Workspace, now: datetime) -> None:
    _assess(space, now)
    proof = make_proof(space, now)
    content = build(open_proof(proof, space.public_key()), load_code())
    (one,) = content.scans
    assert ("chat", 1) == (one.scan.name, sum("was not measured" in gap for gap in one.gaps))
    page = render_html(proof).decode()
    assert "What was looked at in bulk" in page
    assert "40 of 100" in page


def test_hostile_names_in_a_manifest_are_refused(tmp_path: Path) -> None:
    for line in (
        'id = "../x"',
        'id = "chat"\nsample = 0.0',
        'id = "chat"\nrunner = "spark"',
        'id = "chat"\n[traffic.columns]',
    ):
        with pytest.raises(ManifestError):
            parse_system(f'{SMALL}\n[[traffic]]\npath = "logs"\n{line}\n', "")
    (tmp_path / "accord.toml").write_text(f'{SMALL}\n[[traffic]]\nid = "chat"\npath = "nowhere"\n')
    with pytest.raises(ManifestError, match="traffic"):
        load_system(tmp_path / "accord.toml")


def test_where_traffic_lies_is_not_published(tmp_path: Path) -> None:
    text = '[[traffic]]\nid = "chat"\npath = "s3://bucket/secret-place/*.parquet"\naccount_key = "/etc/key"\n'
    declared = parse_system(f"{SMALL}\n{text}", "").declared().traffic[0]
    assert ("*.parquet", None) == (declared.path, declared.account_key)


def test_without_arrow_it_says_what_to_install(
    space: Workspace, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "find_spec", lambda _name: None)
    with pytest.raises(MissingExtraError, match=r"accord\[scan\]"):
        _assess(space, now)


def test_a_detector_that_is_not_there_is_named(tmp_path: Path, key: SigningKey, now: datetime) -> None:
    space = _make(tmp_path / "space", key, '[[traffic]]\nid = "chat"\npath = "logs"\ndetectors = ["nobody"]\n')
    with pytest.raises(ScanError, match="nobody"):
        _assess(space, now)
