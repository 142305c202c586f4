"""A log in the repository, rebuilt byte for byte: what was written once is read by every later version.

Its files change only on purpose: `ACCORD_REBUILD=1 pytest tests/ledger/test_ledger_golden.py`.
"""

import os
import shutil
from pathlib import Path

import pytest

from accord.ledger import Log, PublicKey, SigningKey
from accord.ledger.fsck import fsck

GOLDEN = Path(__file__).parent / "golden"
VKEY = "golden.example+e69778e4+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
STEPS = [(0, 1), (1, 3), (3, 258), (258, 300)]


def entry(number: int) -> bytes:
    """Entries of all kinds of length and content."""
    return bytes((number + at) % 256 for at in range(1 + number * 7 % 40))


def build(folder: Path) -> None:
    key = SigningKey.generate("golden.example", entropy=lambda n: bytes(range(n)))
    Log.create(folder, key, "golden.example/log")
    for start, end in STEPS:
        with Log.writer(folder, key) as writer:
            writer.append([entry(number) for number in range(start, end)])
    (folder / ".lock").unlink()
    (folder / ".tmp").rmdir()


def content(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.fixture
def built(tmp_path: Path) -> Path:
    build(tmp_path / "ledger")
    if os.environ.get("ACCORD_REBUILD"):
        shutil.rmtree(GOLDEN, ignore_errors=True)
        shutil.copytree(tmp_path / "ledger", GOLDEN)
    return tmp_path / "ledger"


def test_golden_log_is_rebuilt(built: Path) -> None:
    assert content(GOLDEN) == content(built)


def test_golden_log_is_read() -> None:
    log = Log.open(GOLDEN, PublicKey.parse(VKEY))
    assert [entry(number) for number in range(300)] == list(log.entries())


def test_golden_log_is_whole() -> None:
    report = fsck(GOLDEN, PublicKey.parse(VKEY))
    assert (report.faults, report.notes) == ((), ())
