"""Texts of every common form, read in batches of bounded size; what cannot be read is counted."""

from collections.abc import Iterable, Iterator

import pyarrow as pa

from accord.scan.reading.columns import PRESETS, Columns, choose_columns
from accord.scan.reading.pieces import Piece, cut_source, read_piece
from accord.scan.reading.sources import Source, find_sources
from accord.scan.reading.tally import UNREADABLE, Tally

__all__ = [
    "PRESETS",
    "UNREADABLE",
    "Columns",
    "Piece",
    "Source",
    "Tally",
    "choose_columns",
    "cut_source",
    "find_sources",
    "read_piece",
    "read_texts",
]


def read_texts(
    places: Iterable[str], columns: Columns | None = None, tally: Tally | None = None, key: bytes | None = None
) -> Iterator[pa.RecordBatch]:
    """Yield all texts of files, folders, globs or URIs as batches of TEXTS, in the order of source, row and part.

    Memory is bounded whatever the size of the input. `tally` counts what could not be read; accounts are replaced by
    what `key` makes of them, or left out.
    """
    counted = tally or Tally()
    for source in find_sources(places)[0]:
        for piece in cut_source(source, columns)[1]:
            yield from read_piece(piece, counted, key)
