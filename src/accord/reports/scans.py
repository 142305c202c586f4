"""What a report says of texts that were looked at in bulk."""

from accord.checks.scans import scan_gaps, scanned
from accord.evidence import Records, ScanRecord
from accord.reports.models import ScanReport


def make_scans(records: Records) -> tuple[ScanReport, ...]:
    """Return the newest current scan of each input, traffic first, by name."""
    named = sorted(
        {(e.record.purpose, e.record.name) for e in records.of(ScanRecord)}, key=lambda n: (n[0] == "data", n)
    )
    found = (scanned(records, *purpose_and_name) for purpose_and_name in named)
    return tuple(
        ScanReport(
            index=entry.ref.index,
            origin=entry.origin,
            scan=entry.record,
            gaps=tuple(scan_gaps(entry.record.name, entry.record)),
        )
        for entry in found
        if entry
    )
