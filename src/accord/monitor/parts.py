"""The parts of received spans in a folder: the door for whoever counts them."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq

from accord.errors import MonitorError
from accord.monitor.schema import COUNTS_KEY, VERSION, VERSION_KEY

PARTS = "parts"
SPOOL = "spool"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_PART = re.compile(r"(\d{2})-(\d{12})\.parquet")
_SEGMENT = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2})-(\d{12})\.(open|spool|damaged)")
_MARGIN = timedelta(seconds=60)


@dataclass(frozen=True)
class Part:
    """One Parquet file of the schema RECEIVED, which holds spans that were received within one hour."""

    path: Path
    """The file."""
    hour: datetime
    """The hour in which its spans were received, by the receiver's clock."""
    number: int
    """Its place in the order of receipt: no two parts of a folder have the same."""

    @property
    def counts(self) -> Mapping[str, int]:
        """How many spans and texts it holds, and what was left out of it, by name."""
        metadata = pq.read_metadata(self.path).metadata or {}
        if metadata.get(VERSION_KEY) != VERSION.encode():
            found = metadata.get(VERSION_KEY, b"none").decode("utf-8", "replace")
            raise MonitorError(
                "This is no part that this Accord reads.", where=str(self.path), expected=VERSION, found=found
            )
        counts: dict[str, int] = json.loads(metadata[COUNTS_KEY])
        return counts


def part_path(folder: Path, hour: datetime, number: int) -> Path:
    """Return where the part of an hour with this number lies."""
    return folder / PARTS / f"{hour:%Y-%m-%d}" / f"{hour:%H}-{number:012}.parquet"


def parts(folder: Path, since: datetime, until: datetime) -> Iterator[Part]:
    """Yield the parts of the hours that begin at `since` or later and before `until`, in the order of receipt."""
    root = folder / PARTS
    days = sorted(path for path in root.iterdir() if _DAY.fullmatch(path.name)) if root.is_dir() else []
    for day in days:
        for path in sorted(day.iterdir()):
            if match := _PART.fullmatch(path.name):
                hour = datetime.strptime(f"{day.name}T{match[1]}", "%Y-%m-%dT%H").replace(tzinfo=UTC)
                if since <= hour < until:
                    yield Part(path, hour, int(match[2]))


def last_part(folder: Path) -> Part | None:
    """Return the part that was received last."""
    days = sorted((folder / PARTS).iterdir(), reverse=True) if (folder / PARTS).is_dir() else []
    for day in days:
        if _DAY.fullmatch(day.name):
            since = datetime.strptime(day.name, "%Y-%m-%d").replace(tzinfo=UTC)
            if found := list(parts(folder, since, since + timedelta(days=1))):
                return max(found, key=lambda part: part.number)
    return None


def stored_until(folder: Path, now: datetime) -> datetime:
    """Return the moment before which everything that was received is in a part: nothing comes to an earlier hour.

    What was put aside because it cannot be read is in none; the receiver's health tells of it.
    """
    waiting = [hour for path, (hour, _) in segments(folder).items() if path.suffix != ".damaged"]
    return min([now - _MARGIN, *waiting])


def segments(folder: Path) -> dict[Path, tuple[datetime, int]]:
    """Return the hour and the number of what the spool still holds, in the order of receipt."""
    root = folder / SPOOL
    found = {}
    for path in sorted(root.iterdir()) if root.is_dir() else ():
        if match := _SEGMENT.fullmatch(path.name):
            hour = datetime.strptime(match[1], "%Y-%m-%dT%H").replace(tzinfo=UTC)
            found[path] = (hour, int(match[2]))
    return found
