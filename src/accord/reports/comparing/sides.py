"""One side of a comparison: a bundle or a report that was verified first, and what of it holds."""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from accord.errors import VerificationError
from accord.ledger.files import read_file
from accord.reports.json_file import read_content
from accord.reports.models import Content
from accord.verify import Result, Trust, Verification, parse_report, read_bundle, verify
from accord.verify.claims import Claim
from accord.verify.published import Renderers
from accord.verify.report_file import MAX_REPORT

_RECORD = re.compile(r"[a-z-]+\.(\d+)(\.|$)")


@dataclass(frozen=True)
class Side:
    """What a bundle or a report says, and what verifying it came to."""

    content: Content
    done: Verification

    @property
    def broken(self) -> frozenset[int]:
        """The records of which something is contradicted."""
        claims = (claim for claim in self.done.claims if claim.result == Result.CONTRADICTED)
        return frozenset(index for claim in claims if (index := _record(claim)) is not None)


def open_side(path: Path, *, trust: Trust, now: datetime, renderers: Renderers) -> Side:
    """Verify a bundle or a report, and return what it says.

    Raises VerificationError where anything is contradicted that is not of single records: the key, the log, the
    report's proof. Nothing of it could be compared then.
    """
    done = verify(path, trust=trust, now=now, renderers=renderers)
    whole = [claim for claim in done.claims if claim.result == Result.CONTRADICTED and _record(claim) is None]
    if whole:
        raise VerificationError(
            "This does not verify, and nothing of it is compared.",
            where=str(path),
            found="; ".join(f"{claim.text} {claim.reason}" for claim in whole[:3]),
            fix="look at all of it with: accord verify",
        )
    return Side(read_content(parse_report(_read_report(path))), done)


def _record(claim: Claim) -> int | None:
    """Return the index of the record that a claim is about; none where it is about the whole."""
    if claim.ref:
        return claim.ref.index
    found = _RECORD.match(claim.id)
    return int(found[1]) if found else None


def _read_report(path: Path) -> bytes:
    data = read_file(path, MAX_REPORT) if path.is_file() and path.stat().st_size <= MAX_REPORT else b"PK"
    if data[:2] != b"PK":
        return data
    with TemporaryDirectory(prefix="accord-compare-") as folder:
        reports = {report.name: report for report in read_bundle(path, Path(folder)).reports} if path.is_file() else {}
        found = reports.get("report.json") or reports.get("report.html")
        if found is None:
            raise VerificationError("There is no report in it.", where=str(path), expected="a bundle or a report")
        return read_file(found, MAX_REPORT)
