"""What could not be read, counted: nothing is skipped in silence."""

import pyarrow as pa

from accord.errors import ScanError

UNREADABLE = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),
        pa.field("row", pa.int64(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
    ]
)
"""One row for each that could not be read; where a file breaks off, one for all that should have followed."""

NOT_JSON = "is not JSON"
NOT_UTF8 = "is not UTF-8"
TOO_LONG = "is longer than the limit"
TOO_MUCH = "unpacks to more than the limit"
NO_TEXT = "has none of the columns that hold texts"
NOT_TEXT = "holds something else where a text is expected"
BROKEN = "is damaged or cut off: nothing after it was read"
NO_FILE = "is not a file that can be opened"
NOT_CSV = "does not fit its header"
TOO_DEEP = "is nested too deep"
NO_PRESET = "is of no known form"

_DRAIN = 65_536  # rows: what is pending stays small, however much of a file is bad


class UnreadableError(ScanError):
    """The rest of a file cannot be read; the reader counts it and goes on with the next. It never leaves `reading`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Tally:
    """How many rows a piece has, and which of them could not be read."""

    def __init__(self) -> None:
        self.rows = 0
        self.reasons: dict[str, int] = {}
        self._pending: list[tuple[int, str]] = []

    @property
    def is_full(self) -> bool:
        """Tell whether so many rows are pending that they should be taken."""
        return len(self._pending) >= _DRAIN

    def miss(self, row: int, reason: str) -> None:
        """Count a row that could not be read."""
        self.reasons[reason] = self.reasons.get(reason, 0) + 1
        self._pending.append((row, reason))

    def take(self, source: str) -> pa.RecordBatch:
        """Return those that were counted since the last time, as rows of UNREADABLE."""
        held, self._pending = self._pending, []
        rows, reasons = zip(*held, strict=True) if held else ((), ())
        return pa.record_batch(
            [pa.array([source] * len(held), pa.string()), pa.array(rows, pa.int64()), pa.array(reasons, pa.string())],
            schema=UNREADABLE,
        )
