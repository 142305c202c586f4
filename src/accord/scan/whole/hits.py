"""What one look at one text gives, and the batch of the schema FOUND that many of them make."""

import json
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import pyarrow as pa

from accord.evidence import Quality
from accord.ledger import digest
from accord.scan.rows import FOUND

_DIGITS = 4  # of a score: the last ones differ between processors


class Hit(NamedTuple):
    """One thing found in a text; the span is in characters, and none is the whole text."""

    label: str
    score: float = 1.0
    span: tuple[int, int] | None = None


Look = Callable[[str], Iterable[Hit]]


def find_hits(texts: pa.RecordBatch, look: Look) -> pa.RecordBatch:
    """Return what `look` finds in each text, with spans in bytes, sorted and without repetitions."""
    rows = sorted({row for index, text in enumerate(_texts(texts)) for row in _rows(index, text, look)})
    columns = zip(*rows, strict=True) if rows else ([] for _ in FOUND)
    arrays = [pa.array(list(column), field.type) for column, field in zip(columns, FOUND, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=FOUND)


def _texts(texts: pa.RecordBatch) -> Iterator[str]:
    for value in texts.column("text"):
        yield value.as_py()


def _rows(index: int, text: str, look: Look) -> Iterator[tuple[int, str, int, int, float]]:
    for hit in look(text):
        first, last = hit.span or (0, len(text))
        start = len(text[:first].encode()) if first else 0
        end = start + len(text[first:last].encode())
        yield index, hit.label, start, end, round(hit.score, _DIGITS)


def source_digest(*names: str) -> str:
    """Return the digest over files of this package, which a detector's findings depend on."""
    folder = files(__package__)
    return digest(b"".join((folder / name).read_bytes() for name in (*names, "hits.py")))


@cache
def measured(detector: str) -> tuple[Quality, ...]:
    """Return how right a detector is, as scripts/measure_whole.py counted it; nothing where it was not measured."""
    held = json.loads((files(__package__) / "measured.json").read_text(encoding="utf-8"))
    return tuple(Quality.model_validate(row) for row in held.get(detector, ()))
