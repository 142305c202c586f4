"""From the spool to parts: each segment becomes one Parquet file, redacted, and is erased once that is durable."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from accord.errors import MonitorError
from accord.ledger.files import Disk, move_file
from accord.monitor.parts import PARTS, Part, part_path, segments
from accord.monitor.schema import COUNTS_KEY, RECEIVED, VERSION, VERSION_KEY
from accord.monitor.segment import Segment
from accord.monitor.spool import drop_segment, open_segment
from accord.monitor.storing.names import load_names
from accord.monitor.storing.redaction import Redactor
from accord.monitor.storing.seen import Seen
from accord.monitor.storing.spans import Row, SpanReader
from accord.monitor.storing.table import make_batch
from accord.scan.detectors import load_detectors

_DISK = Disk()
_WINDOW = timedelta(days=1)
_SPANS = 4096
_BYTES = 8 << 20


@dataclass(frozen=True)
class Policy:
    """What is replaced, what is kept, and for how long."""

    redact: tuple[str, ...]
    """The detectors whose findings are replaced."""
    keep: tuple[str, ...]
    """Attributes beyond those of the conventions that are kept."""
    days: int
    """For how many days parts are kept."""
    salt: bytes
    """What accounts and conversations are salted with."""


@dataclass
class Store:
    """Makes parts of the segments of one folder; one process at a time does."""

    folder: Path
    keys: Path
    policy: Policy
    seen: Seen = field(default_factory=Seen)
    _redactor: Redactor = field(init=False)

    def start(self, now: datetime) -> None:
        """Load the detectors, remember what was kept within a day, and clear what an earlier process left half done."""
        self._redactor = Redactor(load_detectors(self.policy.redact) if self.policy.redact else ())
        root = self.folder / PARTS
        root.mkdir(mode=0o700, parents=True, exist_ok=True)  # what people said is nobody else's to read
        for scratch in root.glob("*/.*.tmp"):
            scratch.unlink()
        self.seen.load(self.folder, now - _WINDOW, now + _WINDOW)

    def waiting(self) -> Iterator[Path]:
        """Yield the segments that are whole, in the order of receipt."""
        yield from (path for path in segments(self.folder) if path.suffix == ".spool")

    def store(self, path: Path) -> Mapping[str, int]:
        """Make the part of a segment, erase the segment, and return the part's counts.

        A segment without its key is put aside as FILE.damaged, and MonitorError says so.
        """
        hour, number = segments(self.folder)[path]
        part = Part(part_path(self.folder, hour, number), hour, number)
        if part.path.exists():  # a process ended between the two
            drop_segment(path, self.keys)
            return {}
        try:
            segment = open_segment(path, self.keys)
        except MonitorError:
            path.rename(path.with_suffix(".damaged"))
            raise
        try:
            counts = self._write(segment, part.path)
        except BaseException:
            self.seen.forget()
            raise
        self.seen.settle()
        drop_segment(path, self.keys)
        return counts

    def _write(self, segment: Segment, target: Path) -> Mapping[str, int]:
        if not target.parent.exists():
            _DISK.make(target.parent)
            _DISK.sync([target.parent.parent])
        scratch = target.with_name(f".{target.name}.tmp")
        self._redactor.counts.clear()
        reader = SpanReader(load_names(), self.policy.salt, frozenset(self.policy.keep))
        counts = reader.counts
        try:
            with pq.ParquetWriter(scratch, RECEIVED, compression="zstd", compression_level=1) as writer:
                for rows in self._batches(segment, reader):
                    writer.write_batch(make_batch(rows, self._redactor))
                    counts["spans"] += len(rows)
                    counts["texts"] += sum(len(row.texts) for row in rows)
                counts.update(self._redactor.counts, damaged=segment.damaged, torn=segment.torn)
                writer.add_key_value_metadata(self._metadata(counts))
            _DISK.sync([scratch])
            move_file(scratch, target)
        finally:
            scratch.unlink(missing_ok=True)
        return dict(counts)

    def _batches(self, segment: Segment, reader: SpanReader) -> Iterator[list[Row]]:
        held: list[Row] = []
        size = 0
        for received, data in segment.records():
            held += reader.rows(received, ExportTraceServiceRequest.FromString(data))
            size += len(data)
            if len(held) >= _SPANS or size >= _BYTES:
                yield self._fresh(held, reader.counts)
                held, size = [], 0
        yield self._fresh(held, reader.counts)

    def _fresh(self, rows: list[Row], counts: Counter[str]) -> list[Row]:
        fresh = self.seen.fresh([row.trace_id for row in rows], [row.span_id for row in rows])
        counts["duplicates"] += fresh.count(False)
        return [row for row, new in zip(rows, fresh, strict=True) if new]

    def _metadata(self, counts: Mapping[str, int]) -> dict[str, str]:
        detectors = {detector.name: detector.sha256 for detector in self._redactor.detectors}
        return {
            VERSION_KEY.decode(): VERSION,
            COUNTS_KEY.decode(): json.dumps({name: n for name, n in sorted(counts.items()) if n}),
            "accord.names": load_names().version,
            "accord.redacted_by": json.dumps(detectors),
        }
