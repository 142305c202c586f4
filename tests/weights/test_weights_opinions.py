"""Second opinions: picklescan and fickling agree on real files, and where they do not, it is shown."""

import os
import pickle
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import pytest

from accord.errors import MissingExtraError
from accord.weights import opinions
from accord.weights.opinions import TOOLS, Opinion, ask
from accord.weights.scan import FileScan, Verdict, scan_file


class Shell:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("id",)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "safe.pkl").write_bytes(pickle.dumps({"a": [1, 2]}))
    (folder / "shell.pkl").write_bytes(pickle.dumps(Shell()))
    return folder


@pytest.mark.parametrize("tool", TOOLS)
def test_both_see_what_runs_and_what_does_not(model: Path, tool: str) -> None:
    safe, hostile = ask(tool, model / "safe.pkl"), ask(tool, model / "shell.pkl")
    assert (Verdict.SAFE, Verdict.SUSPICIOUS) == (safe.verdict, hostile.verdict)
    assert any("system" in reason for reason in hostile.reasons)
    assert not safe.disagrees(scan_file(model / "safe.pkl"))
    assert not hostile.disagrees(scan_file(model / "shell.pkl"))


def test_a_hostile_sample_that_picklescan_misses_is_a_disagreement(published: Path) -> None:
    path = next((published / "picklescan").rglob("bad_pytorch.pt"))
    own, opinion = scan_file(path), ask("picklescan", path)
    assert (Verdict.SUSPICIOUS, Verdict.SAFE) == (own.verdict, opinion.verdict)
    assert opinion.disagrees(own)


@pytest.mark.parametrize("data", [b"\x80\x04", b"(" * 100_000, b"\x80\x04K\x01"])
def test_a_pickle_that_breaks_off_passes_with_picklescan_alone(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "f.pkl"
    path.write_bytes(data)
    assert ask("picklescan", path).disagrees(scan_file(path))
    assert Verdict.SAFE != ask("fickling", path).verdict


def test_one_that_takes_too_long_says_nothing(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opinions, "_SECONDS", 0.001)
    found = ask("picklescan", model / "safe.pkl")
    assert (Verdict.UNREADABLE, False) == (found.verdict, found.disagrees(scan_file(model / "safe.pkl")))


def test_one_that_is_not_installed_is_named(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_name: str) -> str:
        raise PackageNotFoundError

    monkeypatch.setattr(opinions, "version", missing)
    with pytest.raises(MissingExtraError, match=r"accord\[opinions\]"):
        ask("fickling", model / "safe.pkl")


@pytest.mark.parametrize(
    ("own", "other", "expected"),
    [
        (Verdict.SAFE, Verdict.SUSPICIOUS, True),
        (Verdict.SUSPICIOUS, Verdict.SAFE, True),
        (Verdict.SAFE, Verdict.UNREADABLE, False),
        (Verdict.SUSPICIOUS, Verdict.MALFORMED, False),
    ],
)
def test_what_counts_as_a_disagreement(own: Verdict, other: Verdict, *, expected: bool) -> None:
    assert expected == Opinion("picklescan", "1", other).disagrees(FileScan("f", verdict=own))
