"""What checks ask of scans: the newest of each input, and what one leaves open."""

from collections.abc import Iterator
from typing import Literal

from accord.evidence import Entry, Records, ScanRecord, SystemRecord, is_current


def scanned(records: Records, purpose: Literal["traffic", "data"], name: str) -> Entry[ScanRecord] | None:
    """Return the newest scan of an input, where it is current and was made beside the declared model."""
    system = records.latest(SystemRecord)
    held = (e for e in reversed(records.of(ScanRecord)) if (e.record.purpose, e.record.name) == (purpose, name))
    newest = next(held, None)
    if system is None or newest is None or newest.record.model != system.record.model.sha256:
        return None
    return newest if is_current(newest.record, records.at) else None


def scan_gaps(name: str, record: ScanRecord) -> Iterator[str]:
    """Yield what a scan leaves open, a sentence each."""
    if not record.texts:
        yield f"The scan of {name} found no text to look at."
    if record.design.method == "sample":
        yield f"Of {name} a sample of {record.design.fraction:.2%} was looked at: what is rare may not be in it."
    for reason, count in record.unreadable.items():
        yield f"{count:,} rows of {name} could not be read: each {reason}."
    yield from (f"{name}: {limit}" for limit in record.limits)
    measured = {(d.name, q.label) for d in record.detectors for q in d.quality}
    unmeasured = sorted({f"{r.detector} ({r.label})" for r in record.rates if (r.detector, r.label) not in measured})
    if unmeasured:
        yield f"How often these are right, and how much they miss, was not measured: {', '.join(unmeasured)}."
