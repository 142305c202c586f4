"""Every way to stop an append that we could think of: an error, a kill, a power cut, at each file operation."""

import errno
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from accord.errors import LedgerError
from accord.ledger import Disk, Log, SigningKey
from accord.ledger.fsck import fsck

KEY = SigningKey.generate("log.example", entropy=lambda n: b"\x01" * n)
OLD = [b"old %d" % number for number in range(250)]
NEW = [b"new %d" % number for number in range(20)]  # fills the first bundle, and begins the second
LATE = [b"late"]


class KilledError(Exception):
    """The process is gone."""


class Failing(Disk):
    """A disk whose `fatal`th operation fails; `error` says how. It also counts."""

    def __init__(self, fatal: int = -1, error: Exception | None = None) -> None:
        self.count = 0
        self._fatal = fatal
        self._error = error or KilledError()

    def _step(self) -> None:
        self.count += 1
        if self.count - 1 == self._fatal:
            raise self._error

    def make(self, folder: Path) -> None:
        self._step()
        super().make(folder)

    def write(self, path: Path, data: bytes) -> None:
        if self.count == self._fatal:
            super().write(path, data[: len(data) // 2])  # torn
        self._step()
        super().write(path, data)

    def sync(self, paths: Sequence[Path]) -> None:
        assert all(path.exists() for path in paths)
        self._step()

    def rename(self, source: Path, target: Path) -> None:
        self._step()
        super().rename(source, target)

    def remove(self, path: Path) -> None:
        self._step()
        super().remove(path)


class PowerCut(Failing):
    """A disk that keeps only what was synced: files lose their content, folders every change to their names."""

    def __init__(self, fatal: int) -> None:
        super().__init__(fatal)
        self._unwritten: set[Path] = set()
        self._changes: list[tuple[Path, Callable[[], object]]] = []

    def make(self, folder: Path) -> None:
        new = not folder.exists()
        super().make(folder)
        if new:
            self._changes.append((folder.parent, lambda: shutil.rmtree(folder)))

    def write(self, path: Path, data: bytes) -> None:
        self._unwritten.add(path)
        super().write(path, data)

    def sync(self, paths: Sequence[Path]) -> None:
        super().sync(paths)
        self._unwritten -= set(paths)
        self._changes = [change for change in self._changes if change[0] not in paths]

    def rename(self, source: Path, target: Path) -> None:
        before = target.read_bytes() if target.exists() else None
        super().rename(source, target)
        if source in self._unwritten:
            self._unwritten = self._unwritten - {source} | {target}
        undo = target.unlink if before is None else lambda: target.write_bytes(before)
        self._changes.append((target.parent, undo))

    def remove(self, path: Path) -> None:
        before = path.read_bytes() if path.is_file() else None
        super().remove(path)
        undo = path.mkdir if before is None else lambda: path.write_bytes(before)
        self._changes.append((path.parent, undo))

    def lose(self) -> None:
        """Come back after the cut."""
        for path in self._unwritten:
            if path.exists():
                path.write_bytes(b"")
        for _, undo in reversed(self._changes):
            undo()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    folder = tmp_path / "ledger"
    Log.create(folder, KEY, "log.example", memory=tmp_path / "memory", files=Failing())
    append(folder, OLD, Failing())
    return folder


def append(folder: Path, entries: list[bytes], files: Disk) -> None:
    with Log.writer(folder, KEY, memory=folder.parent / "memory", files=files) as writer:
        writer.append(entries)


def check_old_or_new(folder: Path) -> int:
    """The log is whole, as it was or with all of the new entries; it can grow; nothing is left lying about."""
    log = Log.open(folder, KEY.public)
    size = log.size
    assert size in {len(OLD), len(OLD + NEW)}
    assert (OLD + NEW)[:size] == list(log.entries())
    assert fsck(folder, KEY.public).faults == ()
    append(folder, LATE, Failing())
    assert [*(OLD + NEW)[:size], *LATE] == list(Log.open(folder, KEY.public).entries())
    report = fsck(folder, KEY.public)
    assert (report.faults, report.notes) == ((), ())
    return size


def steps() -> range:
    """More steps than an append takes: `test_every_step_is_tried` holds this to the truth."""
    return range(40)


def test_every_step_is_tried(log: Path) -> None:
    disk = Failing()
    append(log, NEW, disk)
    assert 25 <= disk.count <= len(steps())


@pytest.mark.parametrize("step", steps())
def test_killed_at_any_step(log: Path, step: int) -> None:
    disk = Failing(step)
    try:
        append(log, NEW, disk)
    except KilledError:
        check_old_or_new(log)
    else:
        assert check_old_or_new(log) == len(OLD + NEW)


@pytest.mark.parametrize("step", steps())
def test_power_cut_at_any_step(log: Path, step: int) -> None:
    disk = PowerCut(step)
    try:
        append(log, NEW, disk)
    except KilledError:
        disk.lose()
        check_old_or_new(log)
    else:
        disk.lose()  # acknowledged: nothing of it may be lost
        assert check_old_or_new(log) == len(OLD + NEW)


@pytest.mark.parametrize("step", steps())
def test_disk_full_at_any_step(log: Path, step: int) -> None:
    disk = Failing(step, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
    try:
        append(log, NEW, disk)
    except LedgerError as error:
        assert "free space" in error.fix  # noqa: PT017 - the last step of the range raises nothing
    check_old_or_new(log)


@pytest.mark.parametrize("step", steps())
def test_writer_goes_on_after_an_error(log: Path, step: int) -> None:
    disk = Failing(step + 2, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))  # two: to open the writer
    with Log.writer(log, KEY, memory=log.parent / "memory", files=disk) as writer:
        try:
            writer.append(NEW)
        except LedgerError:
            size = writer.append(LATE)[0]
            assert [*(OLD + NEW)[:size], *LATE] == list(writer.log.entries())
    report = fsck(log, KEY.public)
    assert (report.faults, report.notes) == ((), ())


@pytest.mark.parametrize("step", range(6))
def test_killed_while_a_log_is_made(tmp_path: Path, step: int) -> None:
    folder, memory = tmp_path / "ledger", tmp_path / "memory"
    try:
        Log.create(folder, KEY, "log.example", memory=memory, files=Failing(step))
    except KilledError:
        if not (folder / "checkpoint").exists():
            Log.create(folder, KEY, "log.example", memory=memory)
    append(folder, LATE, Disk())
    assert memory.read_bytes() == (folder / "checkpoint").read_bytes()


@pytest.mark.parametrize("code", [errno.EROFS, errno.EACCES, errno.ENOSPC, errno.EDQUOT])
def test_error_says_what_to_do(log: Path, code: int) -> None:
    with pytest.raises(LedgerError, match="fix: ") as caught:
        append(log, NEW, Failing(4, OSError(code, os.strerror(code))))
    assert os.strerror(code) in str(caught.value)


CHILD = """
import sys
from pathlib import Path
from accord.ledger import Log, SigningKey
key = SigningKey.generate("log.example", entropy=lambda n: b"\\x01" * n)
with Log.writer(Path(sys.argv[1]), key, memory=Path(sys.argv[2])) as writer:
    size = writer.log.size
    while True:
        new = writer.append([b"%d" % n for n in range(size, size + 1 + size % 97)])
        size = new[-1] + 1
        print(size, flush=True)
"""


def run_until_killed(folder: Path, after: float) -> int:
    """Let a child append until it is killed; return the last size that it acknowledged."""
    command = [sys.executable, "-c", CHILD, str(folder), str(folder.parent / "memory")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout
        first = child.stdout.readline()
        try:
            child.wait(after)
        except subprocess.TimeoutExpired:
            child.kill()
        return int([first, *child.stdout.read().split(b"\n")[:-1]][-1])


def test_killed_for_real(tmp_path: Path) -> None:
    folder, draw = tmp_path / "ledger", random.Random(7)  # noqa: S311 - moments, not secrets
    Log.create(folder, KEY, "log.example", memory=tmp_path / "memory")
    for _ in range(20):
        acknowledged = run_until_killed(folder, draw.uniform(0, 0.1))
        log = Log.open(folder, KEY.public)
        assert acknowledged <= log.size
        assert [b"%d" % number for number in range(log.size)] == list(log.entries())
        assert fsck(folder, KEY.public).faults == ()
    append(folder, LATE, Disk())
    report = fsck(folder, KEY.public)
    assert (report.faults, report.notes) == ((), ())
