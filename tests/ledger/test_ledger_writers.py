"""Several writers at once: processes exclude each other, threads share commits."""

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest

from accord.errors import LedgerBusyError, LedgerError
from accord.ledger import Checkpoint, Disk, Log, SigningKey
from accord.ledger.fsck import fsck

CHILD = """
import sys
from pathlib import Path
from accord.ledger import Log, SigningKey
key = SigningKey.generate("log.example", entropy=lambda n: b"\\x01" * n)
with Log.writer(Path(sys.argv[1]), key) as writer:
    print("holding", flush=True)
    sys.stdin.readline()
    writer.append([b"from the child"])
"""


class Slow(Disk):
    """A disk whose commits wait until they are let go; it counts checkpoints."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.begun = threading.Event()
        self.commits = 0
        self.broken = False

    def sync(self, paths: Sequence[Path]) -> None:
        self.begun.set()
        self.go.wait()
        if self.broken:
            raise OSError(5, "broken")
        super().sync(paths)

    def rename(self, source: Path, target: Path) -> None:
        self.commits += target.name == "checkpoint"
        super().rename(source, target)


def start(folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", CHILD, str(folder)]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdout
    assert child.stdout.readline() == b"holding\n"
    return child


def test_second_process_is_refused(folder: Path, key: SigningKey) -> None:
    with start(folder) as child:
        with pytest.raises(LedgerBusyError, match=f"found: process {child.pid}"), Log.writer(folder, key):
            pass
        child.communicate(b"go\n")
    assert list(Log.open(folder, key.public).entries()) == [b"from the child"]


def test_second_process_waits(folder: Path, key: SigningKey) -> None:
    def append() -> range:
        with Log.writer(folder, key, wait=60) as writer:
            return writer.append([b"from the parent"])

    with start(folder) as child, ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(append)
        assert not wait([waiting], 0.1).done
        child.communicate(b"go\n")
        assert waiting.result() == range(1, 2)


def test_killed_process_frees_the_log(folder: Path, key: SigningKey) -> None:
    with start(folder) as child:
        child.kill()
        child.wait()
    with Log.writer(folder, key) as writer:
        assert writer.append([b"after"]) == range(1)


def test_second_writer_in_one_process_is_refused(folder: Path, key: SigningKey) -> None:
    with (
        Log.writer(folder, key),
        pytest.raises(LedgerBusyError, match=f"process {os.getpid()}"),
        Log.writer(folder, key),
    ):
        pass


def test_reading_needs_no_lock(folder: Path, key: SigningKey) -> None:
    with Log.writer(folder, key) as writer:
        writer.append([b"a"])
        assert Log.open(folder, key.public).entry(0) == b"a"


def test_error_inside_the_writer_is_the_callers(folder: Path, key: SigningKey) -> None:
    with pytest.raises(FileNotFoundError), Log.writer(folder, key):
        (folder / "missing").read_bytes()
    with Log.writer(folder, key) as writer:
        assert writer.append([b"a"]) == range(1)


def test_threads_get_their_own_indexes(folder: Path, key: SigningKey) -> None:
    def append(number: int) -> bool:
        entries = [b"%d %d" % (number, part) for part in range(number % 4 + 1)]
        places = writer.append(entries)
        return entries == list(writer.log.entries(places.start, places.stop))

    with Log.writer(folder, key) as writer, ThreadPoolExecutor(8) as pool:
        assert all(pool.map(append, range(100)))
    assert Log.open(folder, key.public).size == 250
    assert fsck(folder, key.public).faults == ()


def waiting(writer_queue: Sequence[object], count: int) -> None:
    """Return once as many calls wait for the commit that is under way."""
    while len(writer_queue) < count:
        threading.Event().wait(0.001)


def test_threads_share_a_commit(folder: Path, key: SigningKey) -> None:
    disk = Slow()
    with Log.writer(folder, key, files=disk) as writer, ThreadPoolExecutor(8) as pool:
        first = pool.submit(writer.append, [b"first"])
        disk.begun.wait()
        others = [pool.submit(writer.append, [b"%d" % number]) for number in range(7)]
        waiting(writer._queue, 7)
        disk.go.set()
        assert first.result() == range(1)
        assert sorted(other.result().start for other in others) == list(range(1, 8))
    assert disk.commits == 2


def test_threads_share_a_failure(folder: Path, key: SigningKey) -> None:
    disk = Slow()
    with Log.writer(folder, key, files=disk) as writer, ThreadPoolExecutor(4) as pool:
        first = pool.submit(writer.append, [b"first"])
        disk.begun.wait()
        others = [pool.submit(writer.append, [b"other"]) for _ in range(3)]
        waiting(writer._queue, 3)
        disk.broken = True
        disk.go.set()
        errors = [str(call.exception()) for call in (first, *others)]
        disk.broken = False
        assert writer.append([b"later"]) == range(1)
    assert sum("cannot be" in error for error in errors) == 2  # the two threads that led a commit
    assert sum("Another thread's commit" in error for error in errors) == 2
    assert all(isinstance(call.exception(), LedgerError) for call in (first, *others))


HASTY = """
import sys
from pathlib import Path
from accord.ledger import Log, SigningKey
key = SigningKey.generate("log.example", entropy=lambda n: b"\\x01" * n)
folder, run, number = Path(sys.argv[1]), sys.argv[2], 0
while True:
    with Log.writer(folder, key, wait=60, memory=folder.with_name("memory")) as writer:
        for count in (1, 40, 300):
            first = writer.append([b"%s %d" % (run.encode(), number + more) for more in range(count)])[0]
            print(first, count, number, flush=True)
            number += count
"""
STRESS = float(os.environ.get("ACCORD_STRESS", "3"))  # seconds


class Siege(NamedTuple):
    """What a log went through: how many kills, which checkpoints were seen, what each run was told it had."""

    kills: int
    seen: set[Checkpoint]
    acknowledged: list[tuple[int, bytes]]


def besiege(folder: Path, key: SigningKey, seed: int, seconds: float) -> Siege:
    """Let four processes append as fast as they can, and kill one after another at random moments."""
    draw, began, seen = random.Random(seed), time.monotonic(), set[Checkpoint]()  # noqa: S311 - moments
    runs = list[subprocess.Popen[bytes]]()
    with ExitStack() as stack:

        def begin() -> subprocess.Popen[bytes]:
            out = stack.enter_context(folder.with_name(f"run{len(runs)}").open("wb"))
            command = [sys.executable, "-c", HASTY, str(folder), str(len(runs))]
            runs.append(stack.enter_context(subprocess.Popen(command, stdout=out)))
            return runs[-1]

        writers = [begin() for _ in range(4)]
        while not any(path.stat().st_size for path in folder.parent.glob("run*")):
            time.sleep(0.01)
        pace = time.monotonic() - began  # to start a writer and append takes long on a busy machine
        end = time.monotonic() + max(seconds, 10 * pace)
        while time.monotonic() < end:
            time.sleep(draw.uniform(0, pace))
            seen.add(Log.open(folder, key.public).checkpoint)
            chosen = draw.randrange(len(writers))
            writers[chosen].kill()
            writers[chosen] = begin()
        for writer in writers:
            writer.kill()
    assert {-9} == {run.returncode for run in runs}  # no writer ended by itself
    told = [line for run in range(len(runs)) for line in _told(folder.with_name(f"run{run}"), run)]
    return Siege(len(runs), seen, told)


def _told(output: Path, run: int) -> list[tuple[int, bytes]]:
    whole = output.read_bytes().split(b"\n")[:-1]  # the last line may be torn
    lines = [tuple(map(int, line.split())) for line in whole]
    return [(first + at, b"%d %d" % (run, number + at)) for first, count, number in lines for at in range(count)]


@pytest.mark.parametrize("seed", [7])
def test_killed_writers_lose_and_fork_nothing(tmp_path: Path, key: SigningKey, seed: int) -> None:
    folder = Log.create(tmp_path / "ledger", key, "log.example", memory=tmp_path / "memory").folder
    siege = besiege(folder, key, seed, STRESS)
    with Log.writer(folder, key, memory=tmp_path / "memory") as writer:
        writer.append([b"after"])
    log = Log.open(folder, key.public)
    entries = list(log.entries())
    assert siege.acknowledged
    assert siege.acknowledged == [(index, entries[index]) for index, _ in siege.acknowledged]
    assert len(entries) == len(set(entries))
    assert all(log.root_at(point.size) == point.root for point in siege.seen)
    report = fsck(folder, key.public)
    assert (report.faults, report.notes) == ((), ())
