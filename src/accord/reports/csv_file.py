"""findings.csv: every clause with what the evidence says of it, a row a clause (RFC 4180)."""

import csv
import io

from accord.reports.models import ClauseReport, Content
from accord.reports.text import escape_cell

COLUMNS = (
    "action", "clause", "force", "qualifier", "status", "basis", "origin", "date", "expires", "summaries", "gaps",
    "checks", "records",
)  # fmt: skip


def render_csv(content: Content) -> bytes:
    """Return the table; no cell begins as a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for action in content.actions:
        for clause in action.clauses:
            writer.writerow(map(escape_cell, _row(action.number, clause, content)))
    return out.getvalue().encode()


def _row(action: int, clause: ClauseReport, content: Content) -> tuple[str, ...]:
    findings = [content.findings[place] for place in clause.findings]
    records = dict.fromkeys(str(ref.index) for finding in findings for ref in finding.evidence)
    return (
        str(action),
        clause.id,
        clause.force,
        clause.qualifier or "",
        clause.status,
        clause.basis or "",
        clause.origin or "",
        clause.date.isoformat() if clause.date else "",
        clause.expires.isoformat() if clause.expires else "",
        " ".join(finding.summary for finding in findings),
        " ".join(clause.gaps),
        " ".join(finding.check for finding in findings),
        " ".join(records),
    )
