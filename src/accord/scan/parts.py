"""The tables of a scan on disk: a few for each piece while it goes on, one of each at the end."""

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from accord.ledger.files import move_file, replace_file
from accord.scan.reading import UNREADABLE
from accord.scan.rows import FINDINGS, TEXTS

FLAGGED = pa.schema([field for field in TEXTS if field.name != "text"])
"""The texts in which something was found: who spoke, when, in which conversation; never the text."""
QUOTES = pa.schema([*FINDINGS, pa.field("quote", pa.large_string(), nullable=False)])
"""The findings with what was found, word for word: kept only where somebody asked for it."""

TABLES = {"findings": FINDINGS, "flagged": FLAGGED, "unreadable": UNREADABLE, "quotes": QUOTES}
_ROWS = 1 << 17
"""How many rows a row group of a finished table has, so that its bytes do not depend on how the work was cut."""


class PartWriter:
    """Writes the tables of one piece; they are there, all at once and durably, when it is closed with its outcome."""

    def __init__(self, folder: Path, number: int) -> None:
        self._folder, self._number = folder, number
        self._open: dict[str, pq.ParquetWriter] = {}

    def write(self, name: str, rows: pa.RecordBatch | pa.Table) -> None:
        """Add rows to a table, which begins with its first."""
        if not rows.num_rows:
            return
        if name not in self._open:
            path = _scratch(part_path(self._folder, self._number, name))
            self._open[name] = pq.ParquetWriter(path, TABLES[name], compression="zstd")
        self._open[name].write(rows)

    def close(self, outcome: dict[str, Any]) -> None:
        """Give the tables their names, and then the outcome its own: who finds it finds them."""
        for name, writer in self._open.items():
            writer.close()
            path = part_path(self._folder, self._number, name)
            _sync(_scratch(path))
            _scratch(path).rename(path)  # durable with the outcome, which lies in the same folder
        data = json.dumps(outcome | {"tables": sorted(self._open)}).encode()
        replace_file(outcome_path(self._folder, self._number), data, private=True)

    def abandon(self) -> None:
        """Close the files of a piece that was not finished, and remove them."""
        for name, writer in self._open.items():
            writer.close()
            _scratch(part_path(self._folder, self._number, name)).unlink(missing_ok=True)


def part_path(folder: Path, number: int, name: str) -> Path:
    """Return where a table of a piece lies."""
    return folder / f"{number:07}.{name}.parquet"


def outcome_path(folder: Path, number: int) -> Path:
    """Return where the outcome of a piece lies: it is written last."""
    return folder / f"{number:07}.json"


def read_outcome(folder: Path, number: int) -> dict[str, Any] | None:
    """Return the outcome of a piece; none where it is not finished."""
    try:
        outcome: dict[str, Any] = json.loads(outcome_path(folder, number).read_bytes())
    except (OSError, ValueError):
        return None
    return outcome


def join_parts(parts: Iterable[Path], target: Path, schema: pa.Schema) -> Path:
    """Write parts, in order, into one table, and return it: the same bytes however they were cut."""
    with pq.ParquetWriter(_scratch(target), schema, compression="zstd") as writer:
        for rows in _even(_rows_of(parts), schema):
            writer.write_table(rows, row_group_size=_ROWS)
    _scratch(target).chmod(0o600)
    _sync(_scratch(target))
    move_file(_scratch(target), target)
    return target


def _rows_of(parts: Iterable[Path]) -> Iterator[pa.RecordBatch]:
    for path in parts:
        with pq.ParquetFile(path) as part:
            yield from part.iter_batches(batch_size=_ROWS, use_threads=False)


def _even(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.Table]:
    """Yield the same rows in tables of one length, each in one chunk; the last may be shorter."""
    held: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        held.append(batch)
        count += batch.num_rows
        while count >= _ROWS:
            table = pa.Table.from_batches(held, schema)
            yield table.slice(0, _ROWS).combine_chunks()
            held = table.slice(_ROWS).to_batches()
            count -= _ROWS
    if count:
        yield pa.Table.from_batches(held, schema).combine_chunks()


def _scratch(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.uname().nodename}.{os.getpid()}.tmp")


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
