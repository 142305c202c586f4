"""Traffic that [[traffic]] of accord.toml declares, in any form that a scan reads; it is read whole in each pass."""

from collections import Counter
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from accord.ledger import digest, format_json
from accord.manifest import Traffic as Declared
from accord.monitor.traffic import SKEW, Look, Traffic, digest_file, take
from accord.scan.reading import Tally, choose_columns, find_sources, read_texts
from accord.scan.reading.streams import is_remote
from accord.scan.rows import FINDINGS, TEXTS
from accord.scan.traffic import account_key
from accord.workspace import Workspace


def read_declared(workspace: Workspace, declared: Declared, since: datetime, now: datetime, look: Look) -> Traffic:
    """Return what was said from `since` on, and what was found in it; raise ScanError where there is nothing to read.

    Rows and files that cannot be read are counted by reason, as are texts without a time and those ahead of the clock.
    """
    place = declared.path if is_remote(declared.path) else str(workspace.root / declared.path)
    columns = choose_columns(declared.preset or "", declared.columns.named() if declared.columns else {})
    tally, left_out = Tally(), Counter[str]()
    held, found = [TEXTS.empty_table()], [FINDINGS.empty_table()]
    for batch in read_texts([place], columns, tally, account_key(workspace, declared)):
        said, findings, counted = take(pa.Table.from_batches([batch]).cast(TEXTS), since, now + SKEW, look)
        held.append(said)
        found.append(findings)
        left_out += counted
    left_out.update({f"rows: what {reason}": count for reason, count in tally.reasons.items()})
    sha256 = digest(format_json([[s.name, s.size, _digest(s.place)] for s in find_sources([place])[0]]))
    return Traffic(pa.concat_tables(held), pa.concat_tables(found), dict(sorted((+left_out).items())), sha256)


def _digest(place: str) -> str:
    """Return the digest of a file; of one elsewhere its name and size alone are told."""
    path = Path(place)
    return digest_file(path) if path.is_file() else ""
