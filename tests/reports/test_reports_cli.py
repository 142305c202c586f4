"""`accord report`: which files, where, and what it says afterwards."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from accord.cli.report import report
from accord.ledger import digest
from accord.workspace import Workspace

Sample = Callable[[], Workspace]
Run = Callable[..., Result]


@pytest.fixture
def run(sample: Sample) -> Run:
    root = str(sample().root)
    return lambda *arguments: CliRunner().invoke(report, [root, *arguments], catch_exceptions=False)


def test_report_writes_every_format_into_the_folder(run: Run, tmp_path: Path) -> None:
    assert 0 == run().exit_code
    assert {"report.html", "report.json"} == {p.name for p in tmp_path.glob("report.*")}


def test_report_writes_the_one_format_asked_for(run: Run, tmp_path: Path) -> None:
    run("--format", "json", "--output", str(tmp_path / "out"))
    assert ["report.json"] == [p.name for p in (tmp_path / "out").iterdir()]


def test_report_says_how_to_check_it(run: Run, tmp_path: Path) -> None:
    key = Workspace(tmp_path).public_key().fingerprint
    assert f"accord verify {tmp_path}/report.html --key {key}" in run().output


def test_report_json_has_a_stable_form(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    shown = json.loads(run("--format", "json", "--json").output)
    assert {"files": {str(path): digest(path.read_bytes())}, "record": 42, "bundle": None} == shown


def test_report_writes_a_bundle(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "bundle.zip"
    assert f"accord verify {out}" in run("--bundle", str(out), "--include", "logs").output
    assert out.is_file()


def test_report_include_without_bundle_is_a_usage_error(run: Run) -> None:
    assert 2 == run("--include", "logs").exit_code
