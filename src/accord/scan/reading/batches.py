"""Texts gathered into batches of bounded size."""

from datetime import datetime
from typing import NamedTuple

import pyarrow as pa

from accord.scan.reading.limits import BATCH_BYTES, BATCH_ROWS
from accord.scan.rows import TEXTS


class Said(NamedTuple):
    """A text, and what is known of it."""

    text: str
    role: str | None = None
    time: datetime | None = None
    account: str | None = None
    conversation: str | None = None
    model: str | None = None


class Batch:
    """Texts of one source that become a batch of TEXTS."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._places: list[tuple[int, int]] = []
        self._held: list[Said] = []
        self._bytes = 0

    @property
    def is_full(self) -> bool:
        """Tell whether there is enough for a batch."""
        return self._bytes >= BATCH_BYTES or len(self._held) >= BATCH_ROWS

    def add(self, row: int, part: int, said: Said) -> None:
        """Add one text."""
        self._places.append((row, part))
        self._held.append(said)
        self._bytes += len(said.text)

    def take(self) -> pa.RecordBatch:
        """Return what was added since the last time."""
        places, held = self._places, self._held
        self._places, self._held, self._bytes = [], [], 0
        columns = [
            [self._source] * len(held),
            [row for row, _ in places],
            [part for _, part in places],
            *(list(column) for column in zip(*held, strict=True)),
        ]
        columns += [[]] * (len(TEXTS) - len(columns))
        arrays = [pa.array(c, field.type) for c, field in zip(columns, TEXTS, strict=True)]
        return pa.record_batch(arrays, schema=TEXTS)


def mend(text: str) -> str:
    """Return a text that UTF-8 can hold: JSON can name halves of a character, which become U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
