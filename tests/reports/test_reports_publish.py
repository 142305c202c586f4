"""Publishing writes whole files, records them once, and bundles every format."""

import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from accord.checks import find
from accord.errors import ReportError
from accord.evidence import ReportRecord
from accord.ledger import digest
from accord.reports import FORMATS
from accord.reports.publish import publish
from accord.verify import Result, Trust, verify
from accord.workspace import Workspace

LATER = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
Sample = Callable[..., Workspace]


def test_publish_writes_files_and_records_their_digests(sample: Sample, tmp_path: Path) -> None:
    workspace = sample()
    result = publish(workspace, ["html", "json"], tmp_path / "out", None, (), LATER)
    written = {path.name: digest(path.read_bytes()) for path in (tmp_path / "out").iterdir()}
    record = workspace.records(LATER).of(ReportRecord)[-1]
    assert (written, result.record) == (record.record.files, record.ref.index)


def test_publish_again_writes_the_same_and_records_nothing(sample: Sample, tmp_path: Path) -> None:
    workspace = sample()
    first = publish(workspace, ["html", "json"], tmp_path, None, (), LATER)
    size = workspace.log().size
    again = publish(workspace, ["json"], tmp_path, None, (), LATER)
    assert (size, first.record) == (workspace.log().size, again.record)


def test_publish_records_a_format_that_is_new(sample: Sample, tmp_path: Path) -> None:
    workspace = sample()
    first = publish(workspace, ["json"], tmp_path, None, (), LATER)
    second = publish(workspace, ["html"], tmp_path, None, (), LATER)
    assert first.record + 1 == second.record


def test_bundle_holds_every_format_and_its_record(sample: Sample, tmp_path: Path) -> None:
    workspace = sample()
    out = tmp_path / "bundle.zip"
    publish(workspace, ["json"], tmp_path, out, (), LATER)
    with zipfile.ZipFile(out) as bundle:
        held = {name: digest(bundle.read(name)) for name in ("report.html", "report.json")}
    assert held == workspace.records(LATER).of(ReportRecord)[-1].record.files


def test_publish_into_a_file_names_the_place(sample: Sample, tmp_path: Path) -> None:
    workspace = sample()
    (tmp_path / "out").write_text("in the way")
    with pytest.raises(ReportError, match="cannot be written"):
        publish(workspace, ["json"], tmp_path / "out", None, (), LATER)


def test_publish_without_assessment_says_what_to_run(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="accord assess"):
        publish(workspace, ["json"], tmp_path, None, (), LATER)


def test_everything_published_verifies(sample: Sample, tmp_path: Path) -> None:
    workspace, out = sample(find), tmp_path / "bundle.zip"
    publish(workspace, ["html", "json"], tmp_path, out, ("logs", "documents"), LATER)
    trust = Trust((workspace.public_key().vkey,))
    for path in (tmp_path / "report.html", tmp_path / "report.json", out):
        claims = verify(path, trust=trust, now=LATER, renderers=FORMATS).claims
        assert [] == [c for c in claims if c.result not in {Result.VERIFIED, Result.WITHHELD, Result.ERASED}]


def test_copies_are_written_where_they_are_asked_for_bound_by_the_log_and_left_out_of_bundles(
    sample: Sample, tmp_path: Path
) -> None:
    workspace = sample()
    out = tmp_path / "bundle.zip"
    result = publish(workspace, ["json", "csv", "model-card", "pdf"], tmp_path / "out", out, (), LATER)
    names = {"report.json", "findings.csv", "model-card.md", "report.pdf"}
    assert names == {path.name for path in result.files} == {path.name for path in (tmp_path / "out").iterdir()}
    recorded = workspace.records(LATER).of(ReportRecord)[-1].record.files
    assert {path.name: sha256 for path, sha256 in result.files.items()}.items() <= recorded.items()
    with zipfile.ZipFile(out) as bundle:
        assert not {"findings.csv", "report.pdf"} & set(bundle.namelist())
