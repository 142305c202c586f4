"""Files cut into pieces that can be read on their own, in any order and on any machine."""

import hashlib
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from accord.scan.reading.accounts import seal_accounts
from accord.scan.reading.arrow_files import arrow_tables, open_parquet, parquet_tables
from accord.scan.reading.columns import PRESETS, Columns, detect_preset
from accord.scan.reading.csv_files import csv_rows
from accord.scan.reading.eval_logs import eval_rows
from accord.scan.reading.json_files import line_rows, list_rows
from accord.scan.reading.known import KnownFiles
from accord.scan.reading.limits import CHUNK, PIECE
from accord.scan.reading.rows import Row, read_rows
from accord.scan.reading.sources import Source
from accord.scan.reading.streams import open_file, read_chunks
from accord.scan.reading.tables import read_tables
from accord.scan.reading.tally import BROKEN, NO_PRESET, Tally, UnreadableError

_LOOKED_AT = 100
"""How many rows are looked at to tell which preset fits."""


@dataclass(frozen=True)
class Piece:
    """A part of a file: row groups of Parquet, bytes of JSON Lines, or all of it."""

    source: Source
    columns: Columns | None
    """Which columns are read; none where that cannot be told."""
    first: int = 0
    """The first row group or byte."""
    last: int = -1
    """The one after the last; all where it is negative."""
    row: int = 0
    """The number of the first row."""
    size: int = 0
    """About how many bytes it has, to tell how far a scan is."""
    fault: str = ""
    """Why the file cannot be read, where that is known."""


def cut_source(
    source: Source, columns: Columns | None = None, size: int = PIECE, known: KnownFiles | None = None
) -> tuple[str, tuple[Piece, ...]]:
    """Return the SHA-256 of a file (hex) and its pieces; what is wrong with it is said in its only piece.

    Where no columns are named, they are those of the preset that fits. A file that is `known` is not read again.
    """
    try:
        sha256, breaks = known.get(source, size, _hash) if known else _hash(source, size)
        chosen = columns or _detect(source)
        if chosen is None:
            return sha256, (Piece(source, None, size=source.size, fault=NO_PRESET),)
        if source.form == "parquet":
            return sha256, tuple(_cut_groups(source, chosen, size))
    except UnreadableError as error:
        return "", (Piece(source, columns, size=source.size, fault=error.reason),)
    end = source.size if source.form == "lines" and not source.codec else -1
    edges = [(0, 0), *breaks, (end, 0)]
    return sha256, tuple(
        Piece(source, chosen, first=first, last=last, row=row, size=(source.size if last < 0 else last) - first)
        for (first, row), (last, _) in itertools.pairwise(edges)
    )


def _hash(source: Source, size: int) -> tuple[str, list[tuple[int, int]]]:
    """Return a file's SHA-256, and for plain JSON Lines where to cut it: the byte, and the number of the next line."""
    hashed = hashlib.sha256()
    breaks: list[tuple[int, int]] = []
    begun = offset = row = 0
    cut = source.form == "lines" and not source.codec
    with _opened(source) as file:
        for chunk in read_chunks(file):
            if cut:
                chunk = chunk[: source.size - offset]  # noqa: PLW2901 - a log that grows is read as far as it was found
            hashed.update(chunk)
            place = 0
            while cut and (end := chunk.find(b"\n", max(place, begun + size - offset - 1))) >= 0:
                row += chunk.count(b"\n", place, end + 1)
                begun, place = offset + end + 1, end + 1
                if begun < source.size:
                    breaks.append((begun, row))
            row += chunk.count(b"\n", place) if cut else 0
            offset += len(chunk)
    return hashed.hexdigest(), breaks


def _cut_groups(source: Source, columns: Columns, size: int) -> Iterator[Piece]:
    with _opened(source) as file:
        meta = open_parquet(file).metadata
        begun = row = held = rows = 0
        for group in range(meta.num_row_groups):
            rows += meta.row_group(group).num_rows
            held += _group_size(meta.row_group(group))
            if held >= size or group + 1 == meta.num_row_groups:
                yield Piece(source, columns, begun, group + 1, row, held)
                begun, row, held, rows = group + 1, row + rows, 0, 0


def _group_size(group: Any) -> int:  # noqa: ANN401 - pyarrow has no types
    return sum(group.column(place).total_compressed_size for place in range(group.num_columns))


def _detect(source: Source) -> Columns | None:
    if source.form == "eval":
        return PRESETS["inspect"]
    with _opened(source) as file:
        if source.form == "parquet":
            return detect_preset(open_parquet(file).schema_arrow.names)
        if source.form == "arrow":
            return next((detect_preset(table.schema.names) for _, table in arrow_tables(file)), PRESETS["text"])
        names: dict[str, None] = {}
        try:
            for _, row in itertools.islice(_rows(source, file, Piece(source, None)), _LOOKED_AT):
                names |= dict.fromkeys(row) if not isinstance(row, str) else {}
        except UnreadableError:
            if not names:
                raise  # else what came before tells the preset, and reading it again counts the rest
        return detect_preset(names)


def read_piece(piece: Piece, tally: Tally, key: bytes | None = None) -> Iterator[pa.RecordBatch]:
    """Yield the texts of a piece in batches of TEXTS; `tally` counts its rows, and those it cannot read.

    Accounts are replaced by what `key` makes of them, or left out where there is none.
    """
    if piece.fault or piece.columns is None:
        tally.rows += 1
        tally.miss(0, piece.fault or NO_PRESET)
        return
    try:
        with _opened(piece.source) as file:
            for texts in _read(piece, piece.columns, file, tally):
                yield seal_accounts(texts, key)
    except UnreadableError as error:
        tally.rows += 1
        tally.miss(piece.row + tally.rows - 1, error.reason)


def _read(piece: Piece, columns: Columns, file: Any, tally: Tally) -> Iterator[pa.RecordBatch]:  # noqa: ANN401 - pyarrow has no types
    source = piece.source
    if source.form == "parquet":
        tables = parquet_tables(file, range(piece.first, piece.last), piece.row, columns, tally)
        return read_tables(tables, source.name, columns, tally)
    if source.form == "arrow":
        return read_tables(arrow_tables(file), source.name, columns, tally)
    return read_rows(_rows(source, file, piece), source.name, columns, tally)


def _rows(source: Source, file: Any, piece: Piece) -> Iterator[tuple[int, Row]]:  # noqa: ANN401 - pyarrow has no types
    if source.form == "eval":
        return eval_rows(file)
    if piece.last >= 0:
        chunks = _span(file, piece.first, piece.last)
    else:
        file.seek(piece.first)
        chunks = read_chunks(file, source.codec, source.size)
    if source.form == "lines":
        return line_rows(chunks, piece.row)
    if source.form == "json":
        return list_rows(chunks)
    return csv_rows(chunks, "\t" if source.form == "tsv" else ",")


def _span(file: Any, first: int, last: int) -> Iterator[bytes]:  # noqa: ANN401 - pyarrow has no types
    file.seek(first)
    while first < last:
        chunk = file.read(min(CHUNK, last - first))
        if not chunk:
            raise UnreadableError(BROKEN)
        first += len(chunk)
        yield chunk


@contextmanager
def _opened(source: Source) -> Iterator[Any]:
    file = open_file(source.place)
    with file:
        yield file
