"""The repeats of a scan: signatures of its texts piece by piece, folded, and put among its findings."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from accord.evidence import DetectorRef, Rate
from accord.ledger.files import move_file
from accord.scan.duplicates import Duplicates, sign_texts, version_digest
from accord.scan.plan import Plan
from accord.scan.reading import Tally, read_piece
from accord.scan.rows import FINDINGS
from accord.scan.sampling import choose

NAME = "duplicates"
LABELS = {
    "exact": "a text that repeats an earlier one word for word",
    "near": "a text nearly the same as an earlier one",
}
_KEY = ("source", "row", "part")
_ORDER = [(name, "ascending") for name in (*_KEY, "detector", "label", "start", "end")]
_ROWS = 1 << 17


def ref() -> DetectorRef:
    """Return the fold as a record names it: what it finds was compared, so that nothing is estimated but likeness."""
    return DetectorRef(name=NAME, sha256=version_digest())


def find_repeats(plan: Plan, folder: Path, report: Callable[[int], object] = bool) -> Path:
    """Return the table CLUSTERS of a scan's texts, in its folder; `report` is told how many bytes of input are done."""
    scratch = folder / "signatures"
    scratch.mkdir(mode=0o700, exist_ok=True)
    duplicates, done = Duplicates(scratch), 0
    for piece in plan.pieces:
        for texts in read_piece(piece, Tally()):
            chosen = choose(texts, plan.design)
            if chosen.num_rows:
                duplicates.add(sign_texts(chosen))
        done += piece.size
        report(done)
    target = folder / "clusters.parquet"
    pq.write_table(duplicates.close(), target, compression="zstd")
    target.chmod(0o600)
    for path in scratch.iterdir():
        path.unlink()
    scratch.rmdir()
    return target


def count_repeats(clusters: pa.Table, texts: int) -> tuple[Rate, ...]:
    """Return how many of the texts repeat an earlier one."""
    labels = clusters.column("label").to_pylist()
    counts = {label: labels.count(label) for label in LABELS}
    return tuple(
        Rate(detector=NAME, label=label, title=title, texts=counts[label], found=counts[label], n=texts)
        for label, title in LABELS.items()
    )


def merge_repeats(findings: Path, clusters: pa.Table, target: Path) -> None:
    """Write the findings with the repeats among them, in their order, a part at a time."""
    scratch = target.with_name(f".{target.name}.tmp")
    with pq.ParquetFile(findings) as held, pq.ParquetWriter(scratch, FINDINGS, compression="zstd") as writer:
        for rows in _merged(held, _as_findings(clusters)):
            writer.write_table(rows, row_group_size=_ROWS)
    scratch.chmod(0o600)
    with scratch.open("rb") as file:
        os.fsync(file.fileno())
    move_file(scratch, target)


def _merged(held: pq.ParquetFile, waiting: pa.Table) -> Iterator[pa.Table]:
    carried = FINDINGS.empty_table()
    for batch in held.iter_batches(batch_size=_ROWS, use_threads=False):
        rows = pa.concat_tables([carried, pa.Table.from_batches([batch], FINDINGS)])
        last = tuple(rows.column(name)[-1].as_py() for name in _KEY)
        before = _up_to(waiting, last)
        rows = pa.concat_tables([rows, waiting.slice(0, before)]).sort_by(_ORDER)
        waiting = waiting.slice(before)
        # Rows of the last text wait for what may still come of it.
        ready = rows.num_rows - _of_text(rows, last)
        yield rows.slice(0, ready).combine_chunks()
        carried = rows.slice(ready).combine_chunks()
    yield pa.concat_tables([carried, waiting]).sort_by(_ORDER).combine_chunks()


def _up_to(rows: pa.Table, last: tuple[object, ...]) -> int:
    low, high = 0, rows.num_rows
    while low < high:
        middle = (low + high) // 2
        if tuple(rows.column(name)[middle].as_py() for name in _KEY) <= last:
            low = middle + 1
        else:
            high = middle
    return low


def _of_text(rows: pa.Table, key: tuple[object, ...]) -> int:
    matches = [
        pc.equal(rows.column(name), pa.scalar(value, FINDINGS.field(name).type))
        for name, value in zip(_KEY, key, strict=True)
    ]
    return pc.sum(pc.and_(pc.and_(matches[0], matches[1]), matches[2])).as_py() or 0


def _as_findings(clusters: pa.Table) -> pa.Table:
    later = clusters.filter(pc.not_equal(clusters.column("label"), "first")).sort_by(
        [(name, "ascending") for name in _KEY]
    )
    count = later.num_rows
    columns = [
        *(later.column(name) for name in _KEY),
        pa.repeat(pa.scalar(NAME), count),
        later.column("label"),
        pa.repeat(pa.scalar(0, pa.uint32()), count),
        later.column("size"),
        later.column("score"),
    ]
    return pa.table(columns, schema=FINDINGS)
