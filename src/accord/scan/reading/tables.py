"""Batches of an Arrow table become texts: in bulk where columns are plain, row by row where they are not."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from accord.scan.reading.columns import Columns, as_word
from accord.scan.reading.limits import BATCH_BYTES, BATCH_ROWS, LONGEST
from accord.scan.reading.messages import as_role
from accord.scan.reading.moments import as_moment
from accord.scan.reading.rows import Row, read_rows
from accord.scan.reading.tally import NOT_TEXT, NOT_UTF8, Tally
from accord.scan.rows import TEXTS

_MOMENT = TEXTS.field("time").type


def read_tables(
    tables: Iterable[tuple[int, pa.RecordBatch]], source: str, columns: Columns, tally: Tally
) -> Iterator[pa.RecordBatch]:
    """Yield the texts of numbered batches of a table, each in batches of bounded size."""
    for first, table in tables:
        texts = None if columns.spans or columns.parsed else _in_bulk(first, table, source, columns, tally)
        if texts is None:
            yield from read_rows(_slowly(first, table), source, columns, tally)
        else:
            yield from _bounded(texts)


def _bounded(texts: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """Cut a batch where it holds too much; each piece is a view."""
    step = BATCH_ROWS
    if texts.num_rows and (size := texts.column("text").nbytes) > BATCH_BYTES:
        step = max(1, min(step, texts.num_rows * BATCH_BYTES // size))
    for start in range(0, texts.num_rows, step):
        yield texts.slice(start, step)


def _in_bulk(first: int, table: pa.RecordBatch, source: str, columns: Columns, tally: Tally) -> pa.RecordBatch | None:
    """Return the texts of a table whose only text column holds plain texts; None where it is not so simple."""
    named = [(name, role) for name, role in columns.texts if name in table.schema.names]
    if len(named) != 1 or any("." in column for column in columns.named):
        return None
    role, values = named[0][1], table.column(named[0][0])
    if not (pa.types.is_string(values.type) or pa.types.is_large_string(values.type)) or not _is_clean(values):
        return None
    tally.rows += table.num_rows
    known = [_rows(first, table.num_rows), values.cast(pa.large_string()), *_about(table, columns, role)]
    if values.null_count:
        mask = values.is_valid()
        known = [array.filter(mask) for array in known]
    count = len(known[0])
    sources, parts = (
        pa.repeat(pa.scalar(value, kind), count) for value, kind in ((source, pa.string()), (0, pa.int32()))
    )
    rows, texts, *rest = known
    return pa.record_batch([sources, rows, parts, texts, *rest], schema=TEXTS)


def _is_clean(values: pa.Array) -> bool:
    """Tell whether all texts are UTF-8 and none is too long: else each row is looked at on its own."""
    try:
        values.validate(full=True)
    except pa.ArrowInvalid:
        return False
    longest = pc.max(pc.binary_length(values)).as_py() or 0
    return bool(longest <= LONGEST)


def _rows(first: int, count: int) -> pa.Array:
    return pc.cumulative_sum(pa.repeat(pa.scalar(1, pa.int64()), count), start=first - 1)


def _about(table: pa.RecordBatch, columns: Columns, role: str | None) -> Iterator[pa.Array]:
    """Yield role, time, account, conversation and model of each row."""
    if role:
        yield pa.repeat(pa.scalar(role, pa.string()), table.num_rows)
    else:
        yield _first_of(table, (columns.role,) if columns.role else (), as_role, pa.string())
    yield _first_of(table, columns.time, as_moment, _MOMENT)
    for names in (columns.account, columns.conversation, columns.model):
        yield _first_of(table, names, as_word, pa.string())


def _first_of(
    table: pa.RecordBatch, names: Iterable[str], change: Callable[[Any], object], kind: pa.DataType
) -> pa.Array:
    """Return for each row what the first of the columns says that says anything."""
    held = [table.column(name) for name in names if name in table.schema.names]
    read = [_quickly(values, change) or _mapped(values, change, kind) for values in held]
    return pc.coalesce(*read) if read else pa.nulls(table.num_rows, kind)


def _quickly(values: pa.Array, change: Callable[[Any], object]) -> pa.Array | None:
    """Return the same as `_mapped` where Arrow can do it; none where it cannot."""
    if change is as_moment and pa.types.is_timestamp(values.type):
        return _as_moments(values)
    if change is as_word and pa.types.is_integer(values.type):
        return values.cast(pa.string())
    if change is as_word and pa.types.is_string(values.type):
        return pc.if_else(pc.equal(values, ""), pa.scalar(None, pa.string()), values)
    return None


def _as_moments(values: pa.Array) -> pa.Array:
    if values.type.tz is None:
        values = pc.assume_timezone(values.cast(pa.timestamp(values.type.unit)), "UTC")
    return values.cast(_MOMENT, safe=False)


def _mapped(values: pa.Array, change: Callable[[Any], object], kind: pa.DataType) -> pa.Array:
    """Return what a function makes of each value, asked once for each that is different."""
    try:
        coded = values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):  # a list or a struct is no word
        return pa.nulls(len(values), kind)
    return pa.array([change(value) for value in coded.dictionary.to_pylist()], kind).take(coded.indices)


def _slowly(first: int, table: pa.RecordBatch) -> Iterator[tuple[int, Row]]:
    """Yield the rows of a table as Python values, a few at a time."""
    size = max(1, table.nbytes)
    step = max(1, min(1024, table.num_rows * BATCH_BYTES // size))
    for start in range(0, table.num_rows, step):
        part = table.slice(start, step)
        try:
            rows = part.to_pylist()
        except (ValueError, pa.ArrowException):
            yield from _one_by_one(first + start, part)
        else:
            yield from enumerate(rows, first + start)


def _one_by_one(first: int, table: pa.RecordBatch) -> Iterator[tuple[int, Row]]:
    for index in range(table.num_rows):
        try:
            yield first + index, table.slice(index, 1).to_pylist()[0]
        except UnicodeDecodeError:
            yield first + index, NOT_UTF8
        except (ValueError, pa.ArrowException):
            yield first + index, NOT_TEXT
