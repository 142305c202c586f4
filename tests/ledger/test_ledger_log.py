import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from accord.errors import ConsistencyError, InclusionError, LedgerError, SignatureError, VerificationError
from accord.ledger import (
    EMPTY_ROOT,
    MAX_ENTRY,
    Log,
    SigningKey,
    leaf_hash,
    open_checkpoint,
    root,
    verify_consistency,
    verify_inclusion,
)
from accord.ledger.fsck import fsck

Maker = Callable[[list[bytes]], Path]

ENTRIES = [b"entry %d" % number for number in range(70_000)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]
SIZES = [1, 2, 255, 256, 257, 511, 512, 700]


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_log_begins_empty(folder: Path, key: SigningKey) -> None:
    log = Log.open(folder, key.public)
    assert (0, "log.example", EMPTY_ROOT) == (log.size, log.origin, log.checkpoint.root)
    assert list(log.entries()) == []
    assert log.checkpoint == open_checkpoint(log.signed_checkpoint, key.public)


def test_log_is_made_once(folder: Path, key: SigningKey) -> None:
    with pytest.raises(LedgerError, match="empty folder"):
        Log.create(folder, key, "log.example")


def test_log_is_not_made_over_a_lost_checkpoint(fill: Maker, key: SigningKey) -> None:
    folder = fill(ENTRIES[:3])
    (folder / "checkpoint").unlink()
    with pytest.raises(LedgerError, match="empty folder"):
        Log.create(folder, key, "log.example")


def test_log_missing(tmp_path: Path, key: SigningKey) -> None:
    with pytest.raises(LedgerError, match="no log here"):
        Log.open(tmp_path, key.public)
    with pytest.raises(LedgerError, match="no log here"), Log.writer(tmp_path, key):
        pass
    assert files(tmp_path) == []


def test_log_of_another_key(folder: Path, stranger: SigningKey) -> None:
    with pytest.raises(SignatureError, match="not signed by the log's key"):
        Log.open(folder, stranger.public)
    with pytest.raises(SignatureError, match="not signed by the log's key"), Log.writer(folder, stranger):
        pass


def test_append_gives_indexes(folder: Path, key: SigningKey) -> None:
    with Log.writer(folder, key) as writer:
        assert writer.append(ENTRIES[:3]) == range(3)
        assert writer.append(ENTRIES[3:5]) == range(3, 5)
        assert writer.append([]) == range(5, 5)
        assert writer.log.size == 5


@pytest.mark.parametrize("size", SIZES)
def test_log_holds_what_was_appended(fill: Maker, key: SigningKey, size: int) -> None:
    log = Log.open(fill(ENTRIES[:size]), key.public)
    assert ENTRIES[:size] == list(log.entries())
    assert ENTRIES[size - 1] == log.entry(size - 1)
    assert root(LEAVES[:size]) == log.checkpoint.root


def test_log_is_the_same_however_it_grew(tmp_path: Path, key: SigningKey) -> None:
    parts = [1, 1, 254, 1, 300, 1, 0, 210]
    Log.create(tmp_path / "parts", key, "log.example")
    Log.create(tmp_path / "whole", key, "log.example")
    at = 0
    for part in parts:
        with Log.writer(tmp_path / "parts", key) as writer:
            writer.append(ENTRIES[at : at + part])
        at += part
    with Log.writer(tmp_path / "whole", key) as writer:
        writer.append(ENTRIES[:at])
    whole = {name: (tmp_path / "whole" / name).read_bytes() for name in files(tmp_path / "whole")}
    assert whole == {name: (tmp_path / "parts" / name).read_bytes() for name in whole}


def test_log_keeps_the_partial_tiles_of_each_checkpoint(fill: Maker) -> None:
    fill(ENTRIES[:3])
    assert files(fill(ENTRIES[:4])) == [
        ".lock",
        "checkpoint",
        "tile/0/000.p/3",
        "tile/0/000.p/7",
        "tile/entries/000.p/3",
        "tile/entries/000.p/7",
    ]


def test_log_removes_partial_tiles_when_the_full_one_is_there(fill: Maker) -> None:
    fill(ENTRIES[:3])
    assert files(fill(ENTRIES[3:256])) == [
        ".lock",
        "checkpoint",
        "tile/0/000",
        "tile/1/000.p/1",
        "tile/entries/000",
    ]


def test_log_of_three_levels(fill: Maker, key: SigningKey) -> None:
    fill(ENTRIES[:65_535])
    folder = fill(ENTRIES[65_535:])
    log = Log.open(folder, key.public)
    assert root(LEAVES) == log.checkpoint.root
    assert (folder / "tile/2/000.p/1").is_file()
    assert fsck(folder, key.public).faults == ()


@pytest.mark.parametrize("size", SIZES)
def test_proofs_verify(fill: Maker, key: SigningKey, size: int) -> None:
    log = Log.open(fill(ENTRIES[:700]), key.public)
    for index in {0, size // 2, size - 1}:
        verify_inclusion(index, size, log.leaf(index), log.inclusion(index, size), root(LEAVES[:size]))
    proof = log.consistency(size)
    verify_consistency(size, 700, root(LEAVES[:size]), log.checkpoint.root, proof)


def test_proofs_in_a_log_of_three_levels(fill: Maker, key: SigningKey) -> None:
    log = Log.open(fill(ENTRIES), key.public)
    draw = random.Random(1)  # noqa: S311 - a sample, not a secret
    for _ in range(20):
        old, new = sorted(draw.sample(range(1, 70_001), 2))
        index = draw.randrange(new)
        verify_inclusion(index, new, LEAVES[index], log.inclusion(index, new), log.root_at(new))
        verify_consistency(old, new, log.root_at(old), log.root_at(new), log.consistency(old, new))


def test_entries_of_a_range(fill: Maker, key: SigningKey) -> None:
    log = Log.open(fill(ENTRIES[:700]), key.public)
    for start, end in [(0, 0), (5, 5), (0, 256), (255, 257), (300, 301), (10, 700), (700, 700)]:
        assert ENTRIES[start:end] == list(log.entries(start, end))


def test_log_does_not_reach_beyond_its_size(fill: Maker, key: SigningKey) -> None:
    log = Log.open(fill(ENTRIES[:3]), key.public)
    for call in (
        lambda: log.entry(3),
        lambda: log.entry(-1),
        lambda: log.leaf(3),
        lambda: log.root_at(4),
        lambda: log.inclusion(0, 4),
        lambda: log.consistency(1, 4),
        lambda: list(log.entries(0, 4)),
        lambda: list(log.entries(2, 1)),
        lambda: log.hashes(1, 0),
    ):
        with pytest.raises(LedgerError, match="does not reach"):
            call()


def test_proofs_of_nothing(fill: Maker, key: SigningKey) -> None:
    log = Log.open(fill(ENTRIES[:3]), key.public)
    with pytest.raises(InclusionError):
        log.inclusion(2, 2)
    with pytest.raises(ConsistencyError):
        log.consistency(0)


@pytest.mark.parametrize("size", [0, MAX_ENTRY + 1])
def test_append_refuses_an_impossible_entry(folder: Path, key: SigningKey, size: int) -> None:
    before = files(folder)
    with Log.writer(folder, key) as writer, pytest.raises(LedgerError, match="1 to 65535 bytes"):
        writer.append([b"fine", b"a" * size])
    assert files(folder) == sorted([*before])
    assert Log.open(folder, key.public).size == 0


def test_append_takes_the_largest_entry(fill: Maker, key: SigningKey) -> None:
    log = Log.open(fill([b"a" * MAX_ENTRY]), key.public)
    assert log.entry(0) == b"a" * MAX_ENTRY


def test_append_after_the_writer_closed(folder: Path, key: SigningKey) -> None:
    with Log.writer(folder, key) as writer:
        pass
    with pytest.raises(LedgerError, match="no longer holds"):
        writer.append([b"late"])
    with pytest.raises(LedgerError, match="no longer holds"):
        writer.sign(0)


def test_open_log_does_not_see_what_comes_later(fill: Maker, key: SigningKey) -> None:
    log = Log.open(fill(ENTRIES[:3]), key.public)
    fill(ENTRIES[3:300])  # also removes the partial tiles that the open log would read
    assert list(log.entries()) == ENTRIES[:3]
    verify_inclusion(2, 3, LEAVES[2], log.inclusion(2), log.checkpoint.root)


def test_sign_an_earlier_size(folder: Path, key: SigningKey) -> None:
    with Log.writer(folder, key) as writer:
        writer.append(ENTRIES[:300])
        for size in (0, 1, 256, 300):
            checkpoint = open_checkpoint(writer.sign(size), key.public)
            assert (size, root(LEAVES[:size])) == (checkpoint.size, checkpoint.root)
        with pytest.raises(LedgerError, match="does not reach"):
            writer.sign(301)


@pytest.mark.parametrize("name", ["tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2"])
def test_log_believes_no_hash_tile(fill: Maker, key: SigningKey, name: str) -> None:
    path = fill(ENTRIES[:600]) / name
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    log = Log.open(path.parents[name.count("/")], key.public)
    with pytest.raises(VerificationError):
        log.inclusion(300)


@pytest.mark.parametrize("index", [0, 599])
def test_log_believes_no_entry(fill: Maker, key: SigningKey, index: int) -> None:
    folder = fill(ENTRIES[:600])
    for path in (folder / "tile/entries/000", folder / "tile/entries/002.p/88"):
        path.write_bytes(path.read_bytes().replace(b"entry", b"fraud"))
    with pytest.raises(VerificationError, match="not what its checkpoint commits to"):
        Log.open(folder, key.public).entry(index)


def test_log_names_a_missing_file(fill: Maker, key: SigningKey) -> None:
    folder = fill(ENTRIES[:600])
    (folder / "tile/entries/001").unlink()
    with pytest.raises(VerificationError, match=r"missing\.\n  where: .*tile/entries/001"):
        Log.open(folder, key.public).entry(300)


def test_writer_refuses_a_damaged_log(fill: Maker, key: SigningKey) -> None:
    folder = fill(ENTRIES[:3])
    (folder / "tile/0/000.p/3").write_bytes(b"\x00" * 96)
    with pytest.raises(VerificationError, match="do not give"), Log.writer(folder, key):
        pass


def test_writer_removes_leftovers(fill: Maker, key: SigningKey) -> None:
    folder = fill(ENTRIES[:300])
    before = files(folder)
    for name in (".tmp/7", "tile/0/001", "tile/0/001.p/99", "tile/0/000.p/9", "tile/2/000.p/1", "tile/entries/001"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"leftover")
    with Log.writer(folder, key):
        assert before == files(folder)
    assert fsck(folder, key.public).notes == ()


def test_writer_leaves_what_is_not_its_own(fill: Maker, key: SigningKey) -> None:
    folder = fill(ENTRIES[:3])
    (folder / "tile/README").write_text("mine")
    with Log.writer(folder, key):
        pass
    assert (folder / "tile/README").read_text() == "mine"


@pytest.fixture
def remembered(tmp_path: Path, key: SigningKey) -> tuple[Path, Path]:
    """A log with two entries, and its signer's memory."""
    folder, memory = tmp_path / "ledger", tmp_path / "memory"
    Log.create(folder, key, "log.example", memory=memory)
    with Log.writer(folder, key, memory=memory) as writer:
        writer.append(ENTRIES[:2])
    return folder, memory


def test_memory_holds_the_last_checkpoint(remembered: tuple[Path, Path]) -> None:
    folder, memory = remembered
    assert memory.read_bytes() == (folder / "checkpoint").read_bytes()
    assert sorted(path.name for path in memory.parent.iterdir()) == ["ledger", "memory"]


def test_memory_refuses_a_restored_backup(remembered: tuple[Path, Path], key: SigningKey) -> None:
    folder, memory = remembered
    shutil.copytree(folder, folder.with_name("backup"))
    with Log.writer(folder, key, memory=memory) as writer:
        writer.append(ENTRIES[2:4])
    with pytest.raises(LedgerError, match="behind"), Log.writer(folder.with_name("backup"), key, memory=memory):
        pass


@pytest.mark.parametrize("size", [2, 5])
def test_memory_refuses_a_fork(remembered: tuple[Path, Path], key: SigningKey, tmp_path: Path, size: int) -> None:
    _, memory = remembered
    fork = Log.create(tmp_path / "fork", key, "log.example").folder
    with Log.writer(fork, key) as writer:
        writer.append([b"another past"] * size)
    with pytest.raises(LedgerError, match="another history"), Log.writer(fork, key, memory=memory):
        pass


def test_memory_refuses_a_new_log_in_place_of_a_lost_one(
    remembered: tuple[Path, Path], key: SigningKey, tmp_path: Path
) -> None:
    _, memory = remembered
    with pytest.raises(LedgerError, match="behind"):
        Log.create(tmp_path / "new", key, "log.example", memory=memory)
    assert not (tmp_path / "new" / "checkpoint").exists()


def test_memory_of_another_log(remembered: tuple[Path, Path], key: SigningKey, tmp_path: Path) -> None:
    _, memory = remembered
    other = Log.create(tmp_path / "other", key, "other.example").folder
    with pytest.raises(LedgerError, match="remembers another log"), Log.writer(other, key, memory=memory):
        pass


def test_memory_lost(remembered: tuple[Path, Path], key: SigningKey) -> None:
    folder, memory = remembered
    memory.unlink()
    with pytest.raises(LedgerError, match=f"cp {folder / 'checkpoint'} {memory}"):
        Log.writer(folder, key, memory=memory).__enter__()
    shutil.copy(folder / "checkpoint", memory)
    with Log.writer(folder, key, memory=memory) as writer:
        assert writer.log.size == 2


def test_memory_behind_its_log_catches_up(remembered: tuple[Path, Path], key: SigningKey) -> None:
    folder, memory = remembered
    with Log.writer(folder, key) as writer:  # as if the process had died before it remembered
        writer.append(ENTRIES[2:4])
    with Log.writer(folder, key, memory=memory):
        assert memory.read_bytes() == (folder / "checkpoint").read_bytes()


def test_memory_refusal_removes_nothing(remembered: tuple[Path, Path], key: SigningKey) -> None:
    folder, memory = remembered
    old = (folder / "checkpoint").read_bytes()
    with Log.writer(folder, key, memory=memory) as writer:
        writer.append(ENTRIES[2:4])
    (folder / "checkpoint").write_bytes(old)
    before = files(folder)
    with pytest.raises(LedgerError, match="behind"), Log.writer(folder, key, memory=memory):
        pass
    assert before == files(folder)
