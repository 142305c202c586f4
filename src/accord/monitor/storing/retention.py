"""Parts whose days are over are deleted, and what was deleted is written down in counts."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa

from accord.errors import MonitorError
from accord.ledger.files import Disk
from accord.monitor.parts import PARTS, Part, parts

DELETED = "deleted.jsonl"
"""The file that says which parts were deleted: a line of JSON each, with how many spans it held."""

_DISK = Disk()
_FIRST = datetime.min.replace(tzinfo=UTC)
_HOUR = timedelta(hours=1)
_TAIL = 4096


def retire(folder: Path, days: int, now: datetime) -> Iterator[Part]:
    """Delete the parts that are older than so many days, and yield each."""
    for part in parts(folder, _FIRST, now - timedelta(days=days) - _HOUR):
        _tell(folder, part, days, now)
        part.path.unlink()
        _DISK.sync([part.path.parent])
        if not any(part.path.parent.iterdir()):
            part.path.parent.rmdir()
        yield part


def _tell(folder: Path, part: Part, days: int, now: datetime) -> None:
    # The line comes first: a part may be named and still be there after a crash, but none goes untold.
    name = str(part.path.relative_to(folder / PARTS))
    path = folder / DELETED
    if path.exists() and json.dumps(name).encode() in _last_line(path):
        return
    try:
        spans = part.counts.get("spans", 0)
    except (MonitorError, OSError, ValueError, pa.ArrowException):
        spans = None  # it could not be read any more
    line = json.dumps({"part": name, "spans": spans, "days": days, "deleted": f"{now:%Y-%m-%dT%H:%M:%SZ}"})
    with path.open("ab") as file:
        file.write(line.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _last_line(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL))
        return file.read().rstrip(b"\n").rpartition(b"\n")[2]
