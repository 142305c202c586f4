"""Texts are joined to what their hosts say of training: counted by opt-out, on the same rows, in the signed record."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from run_here import run_here
from small_manifest import SMALL

from accord.assess import Job, assess
from accord.checks import find
from accord.errors import ManifestError
from accord.evidence import ScanRecord
from accord.ledger import SigningKey
from accord.manifest import load_system, parse_system
from accord.scan.data_engine import DataInspector
from accord.scan.sources.hosts import host_of, make_hosts
from accord.workspace import Workspace

ADDRESSES = [
    *["https://shut.example/a"] * 3, *["http://OPEN.example:8080/b"] * 2, "https://mute.example/", "https://new.example/",
    "no address", "https://[broken/", None,
]  # fmt: skip
COUNTS = {"reserved": 3, "open": 2, "silent": 1, "not-kept": 1, "no-host": 2}
DATASET = """
[[datasets]]
id = "web"
title = "Web"
use = "pre-training"
path = "data"
sources = "sites"
address = "meta.url"
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a folder with a corpus whose rows have addresses, and what three of its hosts say."""
    for host, said in (
        ("shut", "User-agent: GPTBot\nDisallow: /\n"),
        ("open", "User-agent: *\nAllow: /\n"),
        ("mute", ""),
    ):
        (tmp_path / "sites" / f"{host}.example").mkdir(parents=True)
        (tmp_path / "sites" / f"{host}.example" / ("robots.txt" if said else "note.txt")).write_text(said)
    rows = [{"text": f"Text {n}.", "meta": {"url": address}} for n, address in enumerate(ADDRESSES)]
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows[:6]))
    pq.write_table(pa.Table.from_pylist(rows[6:]), tmp_path / "data" / "b.parquet")
    (tmp_path / "accord.toml").write_text(SMALL + DATASET)
    return tmp_path


def test_the_command_counts_texts_by_what_their_hosts_say(capsys: pytest.CaptureFixture[str], root: Path) -> None:
    place = (root / "data", "--sources", root / "sites", "--address", "meta.url")
    done = run_here(capsys, "scan", "data", *place, "--json")
    told = {rate["label"]: (rate["texts"], rate["n"]) for rate in done.json["rates"] if rate["detector"] == "hosts"}
    assert {label: (count, 9) for label, count in COUNTS.items()} == told
    assert "9 of 10 rows have an address that was joined to its host." in done.json["limits"]
    assert "give --sources too" in run_here(capsys, "scan", "data", root / "data", "--address", "url").err


def test_the_record_holds_the_counts_and_the_check_reads_them(root: Path, key: SigningKey, now: datetime) -> None:
    workspace = Workspace.create(root, key, "test.invalid/log")

    def watch(_jobs: object) -> Callable[[Job], Callable[..., None]]:
        return lambda _job: lambda _done, _note="": None

    def run() -> tuple[str, ...]:
        return assess(workspace, [DataInspector(lambda: now)], clock=lambda: now, watch=watch).ran

    run()
    (entry,) = workspace.records(now).of(ScanRecord)
    assert COUNTS == {rate.label: rate.texts for rate in entry.record.rates if rate.detector == "hosts"}
    assert () == run()
    system = load_system(workspace.manifest).declared()
    rights = next(f for f in find(system, workspace.records(now)) if f.check == "a11.rights")
    assert "a text from a host that reserves it against training: 3 of 9" in rights.summary
    assert "“Web”: 3 of 9 texts come from hosts that reserve them." in rights.gaps
    (root / "sites" / "open.example" / "robots.txt").write_text("User-agent: *\nDisallow: /\n")
    assert "Scan of data: Web" in run()  # what a host says is part of what the record depends on


def test_an_address_needs_what_it_is_joined_to() -> None:
    with pytest.raises(ManifestError, match="path and sources beside address"):
        parse_system(SMALL + DATASET.replace('sources = "sites"\n', ""), "accord.toml")


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://A.Example./x", "a.example"), ("//b.example/x", "b.example"), ("http://u:p@c.example:1/", "c.example"),
        ("http://[::1]/", "::1"), ("d.example/x", ""), ("", ""), ("http://[x", ""), ("https://" + "x" * 9_000, ""),
    ],
)  # fmt: skip
def test_the_host_of_an_address(address: str, host: str) -> None:
    assert host == host_of(address)


@given(st.text())
def test_any_address_has_a_host_or_none(address: str) -> None:
    assert isinstance(host_of(address), str)


def test_what_a_host_says_changes_the_digest(root: Path) -> None:
    before = make_hosts(root / "sites").sha256
    (root / "sites" / "new.example").mkdir()
    assert before != make_hosts(root / "sites").sha256
