"""Alerts on their way: an outbox beside the log, and one try a pass for each that has not arrived.

`.accord/outbox/<index of the alert>-<channel>.json` says how often it was tried, why it failed, and when it arrived.
It is written before the first try, so nothing is lost; what fails after it arrived arrives twice, under the same id.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from accord.errors import MonitorError
from accord.evidence import AlertRecord, Entry
from accord.ledger import format_json
from accord.ledger.files import replace_file
from accord.workspace import STATE, Workspace

FRESH = timedelta(days=7)
"""How old an alert may be to be sent on a channel that was not there when it was made; what waits never grows old."""


@dataclass(frozen=True)
class Message:
    """What is sent of an alert: labels, counts and references, in our own words."""

    id: str
    """The alert's leaf hash: who gets it twice can tell."""
    index: int
    """The alert's place in the log."""
    title: str
    """What happened, in a sentence."""
    fields: Mapping[str, object]
    """The same for programs."""

    def to_bytes(self) -> bytes:
        """Return it as canonical JSON."""
        return format_json({"id": self.id, "record": self.index, "title": self.title, **self.fields})


class Channel(Protocol):
    """A way to whoever has to hear of alerts."""

    @property
    def name(self) -> str:
        """Its name in the outbox."""

    def send(self, message: Message, now: datetime) -> None:
        """Deliver a message; raise MonitorError where it did not arrive for certain."""


@dataclass(frozen=True)
class Parcel:
    """How far one alert came on one channel."""

    index: int
    channel: str
    tries: int = 0
    problem: str = ""
    arrived: str = ""

    @property
    def waits(self) -> bool:
        """Tell whether it has still to arrive."""
        return not self.arrived


class Outbox:
    """The folder of what was sent and what waits."""

    def __init__(self, workspace: Workspace) -> None:
        self.folder = workspace.root / STATE / "outbox"

    def parcels(self) -> tuple[Parcel, ...]:
        """Return every parcel, in the order of the alerts; raise MonitorError for one that is damaged."""
        paths = self.folder.glob("*.json") if self.folder.is_dir() else ()
        return tuple(sorted((_read(path) for path in paths), key=lambda parcel: (parcel.index, parcel.channel)))

    def keep(self, parcel: Parcel) -> None:
        """Write a parcel down, durably."""
        self.folder.mkdir(parents=True, exist_ok=True)
        replace_file(self.folder / f"{parcel.index:09}-{parcel.channel}.json", format_json(asdict(parcel)))


def deliver(
    outbox: Outbox, alerts: Iterable[Entry[AlertRecord]], channels: Iterable[Channel], now: datetime
) -> tuple[Parcel, ...]:
    """Send what has not arrived yet, each once, and return what was tried; a failure is kept for the next time."""
    known = {(parcel.index, parcel.channel): parcel for parcel in outbox.parcels()}
    entries, ways = list(alerts), {channel.name: channel for channel in channels}
    for entry in entries:
        for name in ways:
            if now - entry.record.made <= FRESH and (entry.ref.index, name) not in known:
                known[entry.ref.index, name] = Parcel(entry.ref.index, name)
                outbox.keep(known[entry.ref.index, name])
    by_index = {entry.ref.index: entry for entry in entries}
    waiting = [p for key, p in sorted(known.items()) if p.waits and p.channel in ways and p.index in by_index]
    return tuple(_try(outbox, parcel, ways[parcel.channel], by_index[parcel.index], now) for parcel in waiting)


def compose(entry: Entry[AlertRecord]) -> Message:
    """Return the message of an alert."""
    record = entry.record
    return Message(entry.ref.leaf, entry.ref.index, _title(record), dict(_fields(record)))


def _try(outbox: Outbox, parcel: Parcel, channel: Channel, entry: Entry[AlertRecord], now: datetime) -> Parcel:
    try:
        channel.send(compose(entry), now)
    except MonitorError as error:
        done = replace(parcel, tries=parcel.tries + 1, problem=str(error)[:500])
    else:
        done = replace(parcel, tries=parcel.tries + 1, problem="", arrived=now.isoformat())
    outbox.keep(done)
    return done


def _read(path: Path) -> Parcel:
    try:
        return Parcel(**json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError) as error:
        raise MonitorError(
            "A parcel of the outbox is damaged.", where=str(path), fix="delete it: the alert is sent again"
        ) from error


_TITLES = {
    "campaign": "Many accounts use one jailbreak template",
    "cluster": "Several accounts send nearly the same flagged text",
    "loop": "An agent repeats itself",
    "refusals": "Accounts are refused again and again",
    "tools": "Tools are used in a way that has to be looked at",
}


def _title(record: AlertRecord) -> str:
    if record.cause == "rate":
        said = "rises above" if record.side == "above" else "falls below"
        return f"The rate of {record.series} {said} what is usual in {record.name}"
    of = f" ({record.series})" if record.series else ""
    return f"{_TITLES[record.cause]}{of}: {record.accounts} accounts, {record.texts} texts"


def _fields(record: AlertRecord) -> Iterator[tuple[str, object]]:
    for name in ("cause", "series", "side", "texts", "accounts", "conversations", "name"):
        if (value := getattr(record, name)) is not None:
            yield name, value
    yield "start", f"{record.start:%Y-%m-%dT%H:%M:%SZ}"
    yield "end", f"{record.end:%Y-%m-%dT%H:%M:%SZ}"
    for name in ("before", "since"):
        if share := getattr(record, name):
            yield name, share.model_dump(exclude_none=True)
    yield "windows", [ref.index for ref in record.windows]
    yield "evidence", record.evidence.sha256
