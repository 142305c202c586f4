"""Rows that are tables of Python values become texts, one way for all formats that have such rows."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import pyarrow as pa

from accord.scan.reading.batches import Batch
from accord.scan.reading.columns import Columns, has_texts, read_row
from accord.scan.reading.limits import LONGEST
from accord.scan.reading.tally import NO_TEXT, NOT_JSON, NOT_TEXT, NOT_UTF8, TOO_DEEP, TOO_LONG, Tally, UnreadableError

Row = Mapping[str, Any] | str
"""A row, or why there is none."""


def read_rows(rows: Iterable[tuple[int, Row]], source: str, columns: Columns, tally: Tally) -> Iterator[pa.RecordBatch]:
    """Yield the texts of numbered rows in batches, and count those that cannot be read."""
    batch, last = Batch(source), -1
    try:
        for number, row in rows:
            last = number
            tally.rows += 1
            if reason := _add(batch, number, row, columns):
                tally.miss(number, reason)
            if batch.is_full or tally.is_full:
                yield batch.take()
    except UnreadableError as error:
        tally.rows += 1
        tally.miss(last + 1, error.reason)
    yield batch.take()


def _add(batch: Batch, number: int, row: Row, columns: Columns) -> str:
    """Add the texts of a row; return why it cannot be read where it cannot."""
    if isinstance(row, str):
        return row
    if not has_texts(row, columns):
        return NO_TEXT
    try:
        texts = list(read_row(row, columns))
    except UnreadableError as error:
        return error.reason
    if any(len(said.text) * 4 > LONGEST and len(said.text.encode()) > LONGEST for said in texts):
        return TOO_LONG
    for part, said in enumerate(texts):
        batch.add(number, part, said)
    return "" if texts or _is_empty(row, columns) else NOT_TEXT


def _is_empty(row: Mapping[str, Any], columns: Columns) -> bool:
    """Tell whether there is nothing where texts would be: no text is then missed."""
    return columns.spans or all(row.get(name) in (None, [], {}) for name, _ in columns.texts)


def parse_line(line: bytes | None, parse: Callable[[str], Any] = json.loads) -> Row | None:
    """Return the row of a line of JSON, or why there is none; None for a line that is empty."""
    if line is None:
        return TOO_LONG
    if not line.strip():
        return None
    try:
        row = parse(line.decode())
    except UnicodeDecodeError:
        return NOT_UTF8
    except RecursionError:
        return TOO_DEEP
    except ValueError:
        return NOT_JSON
    return row if isinstance(row, dict) else {"text": row} if isinstance(row, str) else NOT_JSON
