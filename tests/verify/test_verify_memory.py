"""What was verified once is not taken back unseen."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from accord.errors import LedgerError, VerificationError
from accord.ledger import Checkpoint, SigningKey, leaf_hash, root, sign_checkpoint
from accord.verify.claims import Result
from accord.verify.history import History
from accord.verify.memory import Memory, check_memory, default_folder

ORIGIN = "log.example"
NOW = datetime(2026, 11, 23, tzinfo=UTC)
KEY = SigningKey.generate(ORIGIN, entropy=lambda n: b"\x01" * n)
OTHER = SigningKey.generate(ORIGIN, entropy=lambda n: b"\x02" * n)


def history(entries: Sequence[bytes], origin: str = ORIGIN) -> History:
    claimed = Checkpoint(origin, len(entries), root([leaf_hash(entry) for entry in entries]))
    return History(sign_checkpoint(claimed, KEY), None, claimed, dict(enumerate(entries)))


def seen(entries: Sequence[bytes], origin: str = ORIGIN) -> Checkpoint:
    claimed = history(entries, origin).claimed
    assert claimed
    return claimed


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory(tmp_path / "state" / "verified")


def remembered(memory: Memory) -> Path:
    return next(memory.folder.glob("*.json"))


def test_memory_of_a_log_that_was_never_verified_is_empty(memory: Memory) -> None:
    assert memory.recall(ORIGIN, KEY.public) is None
    assert not memory.folder.exists()


def test_memory_recalls_what_was_kept(memory: Memory) -> None:
    memory.keep(history([b"a", b"b"]), KEY.public, NOW)
    assert seen([b"a", b"b"]) == memory.recall(ORIGIN, KEY.public)


def test_memory_keeps_logs_apart(memory: Memory) -> None:
    memory.keep(history([b"a"]), KEY.public, NOW)
    assert memory.recall(ORIGIN, OTHER.public) is None
    assert memory.recall("other.example", KEY.public) is None


def test_memory_grows(memory: Memory) -> None:
    memory.keep(history([b"a"]), KEY.public, NOW)
    memory.keep(history([b"a", b"b"]), KEY.public, NOW)
    assert seen([b"a", b"b"]) == memory.recall(ORIGIN, KEY.public)


def test_memory_does_not_shrink(memory: Memory) -> None:
    memory.keep(history([b"a", b"b"]), KEY.public, NOW)
    memory.keep(history([b"a"]), KEY.public, NOW)
    assert seen([b"a", b"b"]) == memory.recall(ORIGIN, KEY.public)


@pytest.mark.parametrize("entries", [[b"x"], [b"x", b"b"]])
def test_memory_is_not_rewritten(memory: Memory, entries: list[bytes]) -> None:
    memory.keep(history([b"a"]), KEY.public, NOW)
    with pytest.raises(VerificationError, match="not the one that was verified"):
        memory.keep(history(entries), KEY.public, NOW)
    assert seen([b"a"]) == memory.recall(ORIGIN, KEY.public)


def test_memory_leaves_no_scratch_file(memory: Memory) -> None:
    memory.keep(history([b"a"]), KEY.public, NOW)
    assert {".lock", remembered(memory).name} == {path.name for path in memory.folder.iterdir()}


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"\xff", b'{"checkpoint":"x","verified":"2026-11-23T00:00:00Z"}', b"x" * 200_000]
)
def test_memory_that_is_damaged_says_so(memory: Memory, data: bytes) -> None:
    memory.keep(history([b"a"]), KEY.public, NOW)
    remembered(memory).write_bytes(data)
    with pytest.raises(VerificationError, match="cannot be read") as caught:
        memory.recall(ORIGIN, KEY.public)
    assert str(remembered(memory)) == caught.value.where
    assert "backup" in caught.value.fix


def test_memory_that_is_damaged_is_not_replaced(memory: Memory) -> None:
    memory.keep(history([b"a"]), KEY.public, NOW)
    remembered(memory).write_bytes(b"")
    with pytest.raises(VerificationError, match="cannot be read"):
        memory.keep(history([b"a", b"b"]), KEY.public, NOW)


def test_memory_of_another_log_under_this_name_is_refused(memory: Memory) -> None:
    memory.keep(history([b"a"]), KEY.public, NOW)
    path = remembered(memory)
    memory.keep(history([b"a"], "other.example"), KEY.public, NOW)
    next(other for other in memory.folder.glob("*.json") if other != path).replace(path)
    with pytest.raises(VerificationError, match="cannot be read"):
        memory.recall(ORIGIN, KEY.public)


def test_memory_where_a_folder_is_a_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LedgerError, match="cannot be remembered"):
        Memory(tmp_path / "file").keep(history([b"a"]), KEY.public, NOW)


@pytest.mark.parametrize("entries", [[b"a", b"b"], [b"a", b"b", b"c"]])
def test_log_that_extends_what_was_verified(entries: list[bytes]) -> None:
    claim = check_memory(history(entries), seen([b"a", b"b"]))
    assert ("memory.extends", Result.VERIFIED) == (claim.id, claim.result)
    assert "(2 entries)" in claim.text


def test_log_that_lost_its_end() -> None:
    claim = check_memory(history([b"a"]), seen([b"a", b"b"]))
    assert Result.CONTRADICTED == claim.result
    assert "2 entries were verified before, and this has 1" in claim.reason


def test_log_that_was_rewritten() -> None:
    claim = check_memory(history([b"x", b"b", b"c"]), seen([b"a", b"b"]))
    assert Result.CONTRADICTED == claim.result
    assert "rewritten" in claim.reason


def test_log_of_another_origin() -> None:
    assert Result.CONTRADICTED == check_memory(history([b"a"], "other.example"), seen([b"a"])).result


@pytest.mark.parametrize(
    ("environ", "folder"),
    [
        ({"XDG_STATE_HOME": "/state", "HOME": "/home/x"}, "/state/accord/verified"),
        ({"HOME": "/home/x"}, "/home/x/.local/state/accord/verified"),
        ({"XDG_STATE_HOME": "relative", "HOME": "/home/x"}, "/home/x/.local/state/accord/verified"),
    ],
)
def test_default_folder(environ: dict[str, str], folder: str) -> None:
    assert Path(folder) == default_folder(environ)
