"""What is watched, and with what: all that a pass needs beside the traffic and the moment."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath

from accord.errors import MonitorError
from accord.evidence import BaselineRecord, DetectorRef, Entry, Records, ScanRecord, SystemRecord, WindowRecord
from accord.evidence.watching import same_detectors
from accord.manifest import System, Watch, identify_model
from accord.monitor.declared import read_declared
from accord.monitor.parts import PARTS, stored_until
from accord.monitor.traffic import Look, Traffic, detect, given, read_traffic
from accord.scan.detectors import load_detectors
from accord.workspace import Workspace

LOOKBACK = timedelta(days=1)
"""How far back patterns are looked for."""


@dataclass(frozen=True)
class Eyes:
    """What looks at texts, and which detectors that are."""

    look: Look
    """Gives what is found in texts."""
    detectors: tuple[DetectorRef, ...]
    """The detectors."""
    series: frozenset[str]
    """All that they can find, also what they never found."""


@dataclass(frozen=True)
class Post:
    """What is watched, and with what: all that a pass needs beside the traffic."""

    workspace: Workspace
    system: System
    watch: Watch
    eyes: Eyes

    @property
    def name(self) -> str:
        """What is watched, without where it lies."""
        return PurePosixPath(self.watch.traffic).name

    @property
    def hours(self) -> int:
        """Hours in a window."""
        return 1 if self.watch.period == "hour" else 24

    def windows(self, records: Records) -> tuple[Entry[WindowRecord], ...]:
        """Return the records of these windows, oldest first."""
        return tuple(
            e for e in records.of(WindowRecord) if e.record.name == self.name and e.record.period == self.hours
        )

    def baseline(self, records: Records) -> Entry[BaselineRecord] | None:
        """Return what is usual as these detectors see it."""
        held = (e for e in reversed(records.of(BaselineRecord)) if self._compares(e.record))
        return next(held, None)

    def read(self, since: datetime, now: datetime) -> Traffic:
        """Return the traffic from `since` on: of a [[traffic]] of that id, or else of a folder of Parquet."""
        declared = next((t for t in self.system.traffic if t.id == self.watch.traffic), None)
        if declared:
            return read_declared(self.workspace, declared, since, now, self.eyes.look)
        return read_traffic(self.workspace.root / self.watch.traffic, since, now, self.eyes.look)

    def complete_until(self, now: datetime) -> datetime:
        """Return the moment until which the traffic is all there: what the receiver has yet to store is waited for."""
        folder = self.workspace.root / self.watch.traffic
        return stored_until(folder, now) if (folder / PARTS).is_dir() else now

    def model(self, records: Records) -> str:
        """Return the digest of the declared model, or of that of accord.toml where nothing was declared yet."""
        declared = records.latest(SystemRecord)  # weights take long to digest, and a pass may come every minute
        if declared is None:
            return identify_model(self.system, self.workspace.root).sha256
        return declared.record.model.sha256

    def _compares(self, record: BaselineRecord) -> bool:
        same = (record.name, record.period) == (self.name, self.hours)
        return same and same_detectors(record.detectors, self.eyes.detectors)


def watch_of(system: System) -> Watch:
    """Return what accord.toml says of watching; raise MonitorError where it says nothing."""
    if system.monitor is None or system.monitor.watch is None:
        raise MonitorError("accord.toml names no traffic to watch.", fix="add [monitor.watch] with traffic")
    return system.monitor.watch


def open_eyes(workspace: Workspace, watch: Watch, now: datetime) -> Eyes:
    """Return what looks: the findings that a scan wrote, or the detectors that accord.toml names.

    Raises MonitorError where findings are named and no scan of traffic is on record, which says what made them.
    """
    if watch.findings is None:
        detectors = load_detectors(watch.detectors)
        refs = tuple(DetectorRef(name=d.name, sha256=d.sha256, quality=tuple(d.quality)) for d in detectors)
        return Eyes(detect(detectors), refs, frozenset(f"{d.name}:{label}" for d in detectors for label in d.labels))
    scans = workspace.records(now).of(ScanRecord)
    scan = next((e.record for e in reversed(scans) if e.record.purpose == "traffic"), None)
    if scan is None:
        raise MonitorError("No scan of traffic says what made the findings.", fix="run: accord scan traffic")
    wanted = [ref for ref in scan.detectors if not watch.detectors or ref.name in watch.detectors]
    names = {ref.name for ref in wanted}
    series = frozenset(f"{rate.detector}:{rate.label}" for rate in scan.rates if rate.detector in names)
    return Eyes(given(workspace.root / watch.findings, names), tuple(wanted), series)
