import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accord.ledger import EMPTY_ROOT, Checkpoint, Log, SigningKey, format_bundle, sign_checkpoint
from accord.ledger.fsck import fsck

fsck_module = sys.modules["accord.ledger.fsck"]

Maker = Callable[[list[bytes]], Path]

ENTRIES = [b"entry %d" % number for number in range(600)]
KEY = SigningKey.generate("log.example", entropy=lambda n: b"\x01" * n)


@pytest.fixture
def grown(folder: Path) -> Path:
    """A log of several checkpoints, with full tiles and partial ones of several widths."""
    for start, end in [(0, 300), (300, 520), (520, 540), (540, 600)]:
        with Log.writer(folder, KEY) as writer:
            writer.append(ENTRIES[start:end])
    return folder


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = Log.create(tmp_path_factory.mktemp("shared") / "ledger", KEY, "log.example").folder
    for start, end in [(0, 300), (300, 520), (520, 600)]:
        with Log.writer(folder, KEY) as writer:
            writer.append(ENTRIES[start:end])
    yield folder
    assert fsck(folder, KEY.public).faults == ()


def faults(folder: Path) -> list[str]:
    return [fault.path for fault in fsck(folder, KEY.public).faults]


def flip(path: Path, at: int = -1) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def test_fsck_of_an_empty_log(folder: Path) -> None:
    report = fsck(folder, KEY.public)
    assert report.ok
    assert (report.faults, report.notes) == ((), ())


@pytest.mark.parametrize("size", [1, 255, 256, 257, 512, 600])
def test_fsck_of_a_good_log(fill: Maker, size: int) -> None:
    report = fsck(fill(ENTRIES[:size]), KEY.public)
    assert report.ok
    assert (report.faults, report.notes) == ((), ())
    assert report.checkpoint is not None
    assert size == report.checkpoint.size


def test_fsck_of_a_grown_log(grown: Path) -> None:
    report = fsck(grown, KEY.public)
    assert (report.faults, report.notes) == ((), ())
    assert (grown / "tile/0/002.p/8").is_file()


@given(st.data())
def test_fsck_catches_any_changed_byte(shared: Path, data: st.DataObject) -> None:
    names = [path for path in sorted(shared.rglob("*")) if path.is_file() and path.name != ".lock"]
    path = data.draw(st.sampled_from(names))
    before = path.read_bytes()
    at = data.draw(st.integers(0, len(before) - 1))
    path.write_bytes(before[:at] + bytes([before[at] ^ data.draw(st.integers(1, 255))]) + before[at + 1 :])
    found = faults(shared)
    path.write_bytes(before)
    assert [path.relative_to(shared).as_posix()] == found


@pytest.mark.parametrize(
    "name",
    [
        "checkpoint",
        "tile/0/000",
        "tile/0/002.p/88",
        "tile/0/002.p/8",
        "tile/1/000.p/2",
        "tile/entries/000",
        "tile/entries/002.p/88",
        "tile/entries/002.p/8",
    ],
)
@pytest.mark.parametrize("harm", ["cut", "emptied", "longer", "a folder", "a pipe"])
def test_fsck_names_a_damaged_file(grown: Path, name: str, harm: str) -> None:
    path = grown / name
    data = path.read_bytes()
    path.unlink()
    if harm == "a folder":
        path.mkdir()
        (path / "in").touch()
    elif harm == "a pipe":
        os.mkfifo(path)
    else:
        path.write_bytes({"cut": data[:-1], "emptied": b"", "longer": data + b"\n"}[harm])
    assert any(fault.startswith(name) for fault in faults(grown))


@pytest.mark.parametrize(
    "name",
    ["checkpoint", "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2", "tile/entries/001", "tile/entries/002.p/88"],
)
def test_fsck_names_a_missing_file(grown: Path, name: str) -> None:
    (grown / name).unlink()
    assert [name] == faults(grown)


def test_fsck_names_each_damaged_file(grown: Path) -> None:
    names = ["tile/entries/000", "tile/0/001", "tile/entries/002.p/8"]
    for name in names:
        flip(grown / name)
    assert sorted(names) == sorted(faults(grown))


def test_fsck_names_a_bundle_with_another_entry(grown: Path) -> None:
    (grown / "tile/entries/001").write_bytes(format_bundle([b"forged", *ENTRIES[257:512]]))
    report = fsck(grown, KEY.public)
    assert [fault.path for fault in report.faults] == ["tile/entries/001"]
    assert "checkpoint commits to" in report.faults[0].expected


def test_fsck_of_a_forged_history(grown: Path, tmp_path: Path) -> None:
    forged = Log.create(tmp_path / "forged", KEY, "log.example").folder
    with Log.writer(forged, KEY) as writer:
        writer.append([b"forged", *ENTRIES[1:]])
    shutil.copy(grown / "checkpoint", forged / "checkpoint")
    assert "checkpoint" in faults(forged)


def test_fsck_of_another_key(grown: Path, stranger: SigningKey) -> None:
    report = fsck(grown, stranger.public)
    assert report.checkpoint is None
    assert [fault.path for fault in report.faults] == ["checkpoint"]


def test_fsck_names_unknown_files(grown: Path) -> None:
    names = ["README", "tile/0/1", "tile/0/x000/001", "tile/entries/link"]
    (grown / "tile/0/x000").mkdir()
    for name in names[:-1]:
        (grown / name).write_text("?")
    (grown / names[-1]).symlink_to(grown)
    assert names == faults(grown)


def test_fsck_notes_leftovers(grown: Path) -> None:
    names = [".tmp/0", "tile/0/002", "tile/0/000.p/9", "tile/3/000.p/1", "tile/entries/003"]
    for name in names:
        (grown / name).parent.mkdir(parents=True, exist_ok=True)
        (grown / name).write_bytes(b"leftover")
    report = fsck(grown, KEY.public)
    assert report.ok
    assert names == [note.path for note in report.notes]


def test_fsck_of_a_boundless_claim(folder: Path) -> None:
    claim = Checkpoint("log.example", 2**62, EMPTY_ROOT)
    (folder / "checkpoint").write_bytes(sign_checkpoint(claim, KEY))
    assert len(faults(folder)) == 1_000


def test_fsck_changes_nothing(grown: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in grown.rglob("*")}
    fsck(grown, KEY.public)
    assert before == {path: path.stat().st_mtime_ns for path in grown.rglob("*")}


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of two sections and a part of a third."""
    folder = Log.create(tmp_path_factory.mktemp("large") / "ledger", KEY, "log.example").folder
    with Log.writer(folder, KEY) as writer:
        writer.append([b"%d" % number for number in range(2 * 65_536 + 600)])
    return folder


def harm(path: Path, how: str) -> None:
    if how == "missing":
        path.unlink()
    elif how == "cut":
        path.write_bytes(path.read_bytes()[:-1])
    else:
        flip(path, 40)


@settings(max_examples=10, deadline=None)
@given(st.data())
def test_processes_find_what_one_reading_finds(large: Path, data: st.DataObject) -> None:
    paths = [path for path in sorted(large.rglob("*")) if path.is_file() and path.name != ".lock"]
    # Several of the few files above the bundles and their hashes, or every draw would be of the many.
    chosen = st.sampled_from([path for path in paths if path.parent.name not in {"0", "entries"}])
    ways = st.sampled_from(["missing", "cut", "flipped"])
    harmed = data.draw(st.dictionaries(chosen | st.sampled_from(paths), ways, max_size=5))
    before = {path: path.read_bytes() for path in harmed}
    for path, how in harmed.items():
        harm(path, how)
    one, more = (fsck(large, KEY.public, jobs=jobs) for jobs in (1, 3))
    for path, content in before.items():
        path.write_bytes(content)
    assert one == more
    assert one.ok == (not harmed)


def test_processes_stop_at_the_limit_of_faults(large: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(large, tmp_path / "copy")
    shutil.rmtree(folder / "tile" / "entries")
    one, two = (fsck(folder, KEY.public, jobs=jobs) for jobs in (1, 2))
    assert one == two
    assert ["tile/entries/000", "tile/entries/001"] == [fault.path for fault in two.faults[:2]]


def test_processes_that_end_early_cost_no_result(large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert fsck(large, KEY.public, jobs=2).ok


@pytest.mark.parametrize("size", [0, 1, 65_536, 4 * 65_536 - 1])
def test_small_log_is_read_in_process(size: int) -> None:
    assert 1 == fsck_module._processors(size)
