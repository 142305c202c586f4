"""Digests of files kept from one look to the next, so that `accord assess` need not read what has not changed.

Whoever can set the clock can make a changed file look unchanged: a command that is asked to look reads everything.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path

from accord.ledger.files import replace_file
from accord.scan.reading.sources import Source
from accord.scan.reading.streams import is_remote

_SETTLED = 2_000_000_000
"""Nanoseconds: a file that changed less than this before it was read could change again within one tick."""

Known = tuple[str, list[tuple[int, int]]]
"""A file's SHA-256, and where it is cut."""


class KnownFiles:
    """What is known of files, in one JSON file; a damaged one is an empty one."""

    def __init__(self, path: Path, clock: Callable[[], int] = time.time_ns) -> None:
        self._path = path
        self._clock = clock
        self._held = _read(path)
        self._new: dict[str, Known] = {}

    def get(self, source: Source, size: int, read: Callable[[Source, int], Known]) -> Known:
        """Return what is known of a file cut into pieces of a size, or what `read` tells, which is then kept."""
        key, settled = _identify(source, size, self._clock())
        found = self._held.get(key) if key else None
        if found is None:
            found = read(source, size)
            if key and settled and _identify(source, size, self._clock())[0] == key:
                self._new[key] = found
        return found

    def write(self) -> None:
        """Write what is new; LedgerError when the disk refuses."""
        if self._new:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            replace_file(self._path, json.dumps(self._held | self._new).encode(), private=True)


def _identify(source: Source, size: int, now: int) -> tuple[str, bool]:
    """Return what a file is told by, and whether it has been so for long enough; nothing for a remote one."""
    if is_remote(source.place):
        return "", False
    stat = Path(source.place).stat()
    parts = (source.place, stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, size)
    return ":".join(map(str, parts)), now - max(stat.st_mtime_ns, stat.st_ctime_ns) > _SETTLED


def _read(path: Path) -> dict[str, Known]:
    try:
        held = json.loads(path.read_bytes())
        return {key: (str(sha256), [(int(a), int(b)) for a, b in cuts]) for key, (sha256, cuts) in held.items()}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return {}
