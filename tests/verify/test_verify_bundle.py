"""A bundle holds exactly what its layout names, in one form."""

# ruff: noqa: ANN401 - the class of `lab` lives in conftest, which importlib mode cannot import
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from accord.errors import ReportError, VerificationError
from accord.evidence import EvaluationRecord
from accord.ledger import SigningKey
from accord.verify import read_bundle
from accord.verify.archive import write_archive
from accord.verify.bundle import MAX_ANCHOR, ledger_tiles
from accord.workspace import Anchor, first_key, rotate


def test_bundle_is_the_same_when_written_again(lab: Any) -> None:
    assert lab.bundle().read_bytes() == lab.bundle().read_bytes()


def test_bundle_holds_what_results_are_computed_from_and_no_more(lab: Any, tmp_path: Path) -> None:
    bundle = read_bundle(lab.bundle(), tmp_path / "out")
    held = {(tmp_path / "out/artifacts" / name).read_bytes()[:12] for name in bundle.artifacts}
    assert 3 == len(held)
    assert b"# Risk polic" not in held


def test_bundle_includes_logs_and_documents_on_request(lab: Any, tmp_path: Path) -> None:
    bundle = read_bundle(lab.bundle(include=("logs", "documents")), tmp_path / "out")
    held = {(tmp_path / "out/artifacts" / name).read_bytes() for name in bundle.artifacts}
    assert {b"# Risk policy", b"the log of the evaluation"} <= held


def test_bundle_leaves_out_what_was_erased(lab: Any, tmp_path: Path) -> None:
    whole = read_bundle(lab.bundle(), tmp_path / "whole").artifacts
    erased = min(whole)
    lab.space.artifacts.path(erased).unlink()
    assert whole - {erased} == read_bundle(lab.bundle(files={}), tmp_path / "out").artifacts


def test_bundle_of_a_changed_artifact_is_not_written(lab: Any, tmp_path: Path) -> None:
    sha256 = min(read_bundle(lab.bundle(), tmp_path / "out").artifacts)
    before = lab.bundle().read_bytes()
    reports = lab.reports()
    lab.space.artifacts.path(sha256).write_bytes(b"changed")
    with pytest.raises(VerificationError, match="changed"):
        lab.bundle(files=reports)
    assert before == (tmp_path / "bundle.zip").read_bytes()


@pytest.mark.parametrize(("files", "include"), [({"evil.exe": b""}, ()), ({}, ("keys",))])
def test_bundle_has_no_place_for_anything_else(lab: Any, files: dict[str, bytes], include: Sequence[str]) -> None:
    with pytest.raises(ReportError, match="no place"):
        lab.bundle(files=files, include=include)


def test_bundle_in_a_folder_that_is_not_there_is_an_error(lab: Any) -> None:
    lab.folder.joinpath("bundle.zip").mkdir()
    with pytest.raises(ReportError, match="cannot be written"):
        lab.bundle()


def test_bundle_leaves_nothing_half_made(lab: Any, tmp_path: Path) -> None:
    lab.folder.joinpath("bundle.zip").mkdir()
    with pytest.raises(ReportError):
        lab.bundle()
    assert {"space", "bundle.zip"} == {path.name for path in tmp_path.iterdir()}


@pytest.mark.parametrize(
    "name", ["readme.txt", "ledger/lock", "ledger/tile/0/001", "artifacts/xy", "ledger/sub/checkpoint"]
)
def test_bundle_with_an_unlisted_file_is_refused(lab: Any, tmp_path: Path, name: str) -> None:
    parts = {name: b"x", "ledger/checkpoint": lab.space.log().signed_checkpoint}
    with (tmp_path / "evil.zip").open("wb") as out:
        write_archive(parts, out)
    with pytest.raises(VerificationError):
        read_bundle(tmp_path / "evil.zip", tmp_path / "out")


def test_bundle_with_a_tile_beyond_its_checkpoint_is_refused(lab: Any, tmp_path: Path) -> None:
    path = lab.bundle()
    lab.repack(path, {"ledger/tile/0/000": b"x" * 32})
    with pytest.raises(VerificationError, match="exactly the files"):
        read_bundle(path, tmp_path / "out")


def test_bundle_where_a_name_is_a_file_and_a_folder_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "evil.zip").open("wb") as out:
        write_archive({"ledger/tile/0": b"", "ledger/tile/0/000": b""}, out)
    with pytest.raises(VerificationError, match="cannot be unpacked"):
        read_bundle(tmp_path / "evil.zip", tmp_path / "out")


def test_bundle_holds_the_anchors_up_to_its_size(lab: Any, tmp_path: Path) -> None:
    kept = [Anchor(4, b"note of 4", b"stamp"), Anchor(5, b"note of 5")]
    for anchor in (*kept, Anchor(6, b"beyond")):
        lab.space.anchors.keep(anchor.size, anchor.note, anchor.token)
    path = lab.bundle(files={})
    assert tuple(kept) == read_bundle(path, tmp_path / "out").anchors
    assert path.read_bytes() == lab.bundle(files={}).read_bytes()


@pytest.mark.parametrize(
    "change",
    [
        {"anchors/4.tsr": b"stamp"},
        {"anchors/04": b"note"},
        {"anchors/0": b"note"},
        {"anchors/4.tsr.tsr": b"stamp", "anchors/4.tsr": b"stamp", "anchors/4": b"note"},
        {"anchors/4.txt": b"note"},
        {"anchors/" + "9" * 20: b"note"},
        {"anchors/4": b"x" * (MAX_ANCHOR + 1)},
        {"anchors/4": b"note", "anchors/4.tsr": b"x" * (MAX_ANCHOR + 1)},
    ],
)
def test_bundle_with_a_strange_anchor_is_refused(lab: Any, tmp_path: Path, change: Mapping[str, bytes]) -> None:
    path = lab.bundle(files={})
    lab.repack(path, change)
    with pytest.raises(VerificationError):
        read_bundle(path, tmp_path / "out")


def test_bundle_of_a_log_whose_key_changed(lab: Any, tmp_path: Path) -> None:
    new, records = SigningKey.generate(lab.key.name), [lab.record(EvaluationRecord)]
    lab.relog([])
    lab.space.append([first_key(lab.space.public_key(), new.public, lab.now), *records])
    rotate(lab.space, new, lab.space.public_key(), "scheduled", lab.now)
    assert {records[0].scores.sha256} == read_bundle(lab.bundle(files={}), tmp_path / "out").artifacts


def test_bundle_never_includes_the_artifacts_of_withheld_fields(
    lab: Any, tmp_path: Path, make_evaluation: Callable[..., EvaluationRecord]
) -> None:
    hidden = {name: lab.space.keep(name.encode(), "application/json") for name in ("scores", "log")}
    lab.space.append([make_evaluation(lab.space, **hidden)], ["scores", "metrics", "log"])
    bundle = read_bundle(lab.bundle(files={}, include=("logs",)), tmp_path / "out")
    assert set() == bundle.artifacts & {ref.sha256 for ref in hidden.values()}


def test_bundle_without_a_log_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "empty.zip").open("wb") as out:
        write_archive({"report.json": b"{}"}, out)
    with pytest.raises(VerificationError, match="no log"):
        read_bundle(tmp_path / "empty.zip", tmp_path / "out")


def test_ledger_tiles_are_those_of_c2sp_tlog_tiles() -> None:
    assert [] == [t.path for t in ledger_tiles(0)]
    assert ["tile/entries/000.p/5", "tile/0/000.p/5"] == [t.path for t in ledger_tiles(5)]
    assert [
        "tile/entries/000",
        "tile/entries/001.p/1",
        "tile/0/000",
        "tile/0/001.p/1",
        "tile/1/000.p/1",
    ] == [t.path for t in ledger_tiles(257)]
