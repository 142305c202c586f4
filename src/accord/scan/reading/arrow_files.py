"""Parquet, and Arrow's own files as Hugging Face datasets keep them, in batches of bounded size."""

import io
from collections.abc import Iterator
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from accord.scan.reading.columns import Columns
from accord.scan.reading.limits import BATCH_BYTES, CHUNK, PIECE, UNPACKED, too_much
from accord.scan.reading.pages import dictionary_size
from accord.scan.reading.tally import BROKEN, TOO_MUCH, Tally, UnreadableError

_ROWS = 4096
_MAGIC = b"ARROW1\0\0"


def open_parquet(file: BinaryIO) -> pq.ParquetFile:
    """Open a Parquet file to be read a little at a time; UnreadableError where its footer is damaged."""
    try:
        return pq.ParquetFile(
            file,
            buffer_size=CHUNK,
            pre_buffer=False,
            thrift_string_size_limit=UNPACKED // 8,
            thrift_container_size_limit=10_000_000,
        )
    except (OSError, pa.ArrowException, MemoryError) as error:
        raise UnreadableError(BROKEN) from error


def parquet_tables(
    file: BinaryIO, groups: range, first: int, columns: Columns, tally: Tally
) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Yield the rows of some row groups with the number of the first, a batch at a time.

    A row group that is damaged, or would unpack to too much, is counted and passed over: the next one stands alone.
    """
    parquet = open_parquet(file)
    names = _top_names(parquet.schema_arrow, columns)
    for group in groups:
        here = first
        try:
            for table in _gathered(_read_group(file, parquet, group, names)):
                yield here, table
                here += table.num_rows
        except UnreadableError as error:
            tally.rows += 1
            tally.miss(here, error.reason)
        first += parquet.metadata.row_group(group).num_rows


def arrow_tables(file: BinaryIO) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Yield the rows of an Arrow IPC stream or file with the number of the first, as it holds them."""
    first = 0
    try:
        file.seek(0)
        magic = file.read(len(_MAGIC))
        file.seek(0)
        if magic == _MAGIC:
            reader = pa.ipc.open_file(file)
            tables = (reader.get_batch(number) for number in range(reader.num_record_batches))
        else:
            tables = iter(pa.ipc.open_stream(file))
        for table in tables:
            yield first, table
            first += table.num_rows
    except (OSError, pa.ArrowException, MemoryError) as error:
        raise UnreadableError(BROKEN) from error


def _read_group(
    file: BinaryIO, parquet: pq.ParquetFile, group: int, names: list[str] | None
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a row group; UnreadableError where it is damaged, or unpacks to too much.

    Its metadata is asked first, and then what it really becomes is counted: metadata can lie.
    """
    meta = parquet.metadata.row_group(group)
    columns = [
        column
        for column in (meta.column(place) for place in range(meta.num_columns))
        if names is None or column.path_in_schema.split(".", 1)[0] in names
    ]
    packed = min(sum(column.total_compressed_size for column in columns), _size(file))
    if too_much(packed, sum(column.total_uncompressed_size for column in columns), PIECE):
        raise UnreadableError(TOO_MUCH)
    unpacked = 0
    try:
        batches = parquet.iter_batches(
            batch_size=_batch_rows(file, columns), row_groups=[group], columns=names, use_threads=False
        )
        for table in batches:
            unpacked += table.nbytes
            if too_much(packed, unpacked, PIECE):
                raise UnreadableError(TOO_MUCH)
            yield table
    except (OSError, pa.ArrowException, MemoryError) as error:
        raise UnreadableError(BROKEN) from error


def _size(file: BinaryIO) -> int:
    """Return how many bytes a file has."""
    file.seek(0, io.SEEK_END)
    return file.tell()


def _batch_rows(file: BinaryIO, columns: list[Any]) -> int:
    """Return how many rows may be unpacked at once.

    Where a column has a dictionary, one entry of it may stand in every row: so few rows are read at once that even
    then they fit.
    """
    rows = _ROWS
    for column in columns:
        if column.physical_type == "BYTE_ARRAY" and column.has_dictionary_page:
            rows = min(rows, max(1, UNPACKED // max(1, dictionary_size(file, column.dictionary_page_offset))))
    return rows


def _gathered(tables: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Join small batches until there is enough to be worth a detector's while."""
    held: list[pa.RecordBatch] = []
    size = 0
    for table in tables:
        held.append(table)
        size += table.nbytes
        if size >= BATCH_BYTES:
            yield _join(held)
            held, size = [], 0
    if held:
        yield _join(held)


def _join(tables: list[pa.RecordBatch]) -> pa.RecordBatch:
    return tables[0] if len(tables) == 1 else pa.concat_batches(tables)


def _top_names(schema: pa.Schema, columns: Columns) -> list[str] | None:
    """Return the columns of a file that are read; none where all are."""
    if not columns.named:
        return None
    wanted = {*columns.named, *(name.split(".", 1)[0] for name in columns.named)}
    return [name for name in schema.names if name in wanted]
