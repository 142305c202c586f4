"""How near the log comes to what the disk and SHA-256 allow, measured in one run so that the ratio holds anywhere.

python benchmarks/log.py [FOLDER]    (a folder on the disk to measure; the current one when left out)
"""

import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from accord.ledger import Log, SigningKey, format_bundle, fsck

BATCH, BATCHES, ENTRIES = 1_000, 50, 200_000
ENTRY = b"x" * 192  # with its number, 200 bytes


def entries(start: int, count: int) -> list[bytes]:
    """Return distinct entries of 200 bytes."""
    return [b"%08d" % number + ENTRY for number in range(start, start + count)]


def fsync_seconds(folder: Path) -> float:
    """Return the least time the disk takes to make a batch's bytes durable: no log can commit faster."""
    data = format_bundle(entries(0, 1)) * BATCH
    with (folder / "fsync").open("wb") as file:

        def commit() -> None:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())

        return best(commit, BATCHES, time.perf_counter)


def append_seconds(folder: Path, key: SigningKey) -> float:
    """Return the least time that a durable batch takes."""
    Log.create(folder, key, "log.example", memory=folder.with_name("memory"))
    with Log.writer(folder, key, memory=folder.with_name("memory")) as writer:
        return best(lambda: writer.append(entries(writer.log.size, BATCH)), BATCHES, time.perf_counter)


def best(work: Callable[[], object], runs: int, clock: Callable[[], float]) -> float:
    """Return the shortest of several runs: what the work takes when other programs disturb it least."""
    times = []
    for _ in range(runs):
        start = clock()
        work()
        times.append(clock() - start)
    return min(times)


def hash_files(folder: Path) -> None:
    """Hash the bytes of every file, and do nothing else."""
    for path in folder.rglob("*"):
        if path.is_file():
            hashlib.sha256(path.read_bytes()).digest()


def main() -> None:
    """Measure, and print two ratios."""
    key = SigningKey.generate("log.example")
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if sys.argv[1:] else ".") as name:
        folder = Path(name) / "ledger"
        sync, append = fsync_seconds(Path(name)), append_seconds(folder, key)
        print(f"append  {BATCH / append:9,.0f} entries/s, batches of {BATCH:,}, durable")
        print(f"fsync   {BATCH / sync:9,.0f} entries/s, one fsync for each batch and nothing else")
        print(f"ratio   {append / sync:9.1f} fsyncs' time for each commit")
        with Log.writer(folder, key, memory=folder.with_name("memory")) as writer:
            writer.append(entries(BATCH * BATCHES, ENTRIES - BATCH * BATCHES))
        bare = best(lambda: hash_files(folder), 5, time.process_time)
        full = best(lambda: fsck(folder, key.public), 5, time.process_time)
        print(f"fsck    {ENTRIES / full:9,.0f} entries/s, {ENTRIES:,} entries of 200 bytes")
        print(f"sha256  {ENTRIES / bare:9,.0f} entries/s, the same files read and hashed, nothing else")
        print(f"ratio   {full / bare:9.1f} times the time of bare SHA-256")


if __name__ == "__main__":
    main()
