"""Detectors that are small enough to see through, for tests of everything around them."""

import os
import re
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from accord.evidence import Quality
from accord.ledger import digest
from accord.scan.rows import FOUND

_PATTERNS = {"at": rb"[a-z0-9]+@[a-z0-9.]+", "number": rb"\d{4,}", "word": rb"\bsecret\b"}


def found_batch(rows: Sequence[tuple[int, str, int, int]]) -> pa.RecordBatch:
    """Return what was found as a batch of FOUND, sorted."""
    columns = list(zip(*((*row, 1.0) for row in sorted(set(rows))), strict=True)) or [()] * len(FOUND)
    return pa.record_batch([pa.array(c, f.type) for c, f in zip(columns, FOUND, strict=True)], schema=FOUND)


@dataclass(frozen=True)
class SmallDetector:
    """One pass of `re` for each of three patterns."""

    name: str = "small"
    quality: tuple[Quality, ...] = ()

    @property
    def labels(self) -> Mapping[str, str]:
        return {"at": "an address", "number": "a long number", "word": "the word"}

    @property
    def sha256(self) -> str:
        return digest(repr((self.name, _PATTERNS)).encode())

    def detect(self, texts: pa.RecordBatch) -> pa.RecordBatch:
        return found_batch(
            [
                (index, label, *match.span())
                for index, text in enumerate(texts.column("text"))
                for label, pattern in _PATTERNS.items()
                for match in re.finditer(pattern, text.as_py().encode())
            ]
        )


@dataclass(frozen=True)
class SlowDetector(SmallDetector):
    """The same, a moment for each batch."""

    seconds: float = 0.02

    def detect(self, texts: pa.RecordBatch) -> pa.RecordBatch:
        time.sleep(self.seconds)
        return super().detect(texts)


@dataclass(frozen=True)
class DeadlyDetector(SmallDetector):
    """The same, but each of the first calls kills its process: `place` holds a file for each that did."""

    place: str = ""
    deaths: int = 1

    def detect(self, texts: pa.RecordBatch) -> pa.RecordBatch:
        for number in range(self.deaths):
            try:
                (Path(self.place) / str(number)).touch(exist_ok=False)
            except FileExistsError:
                continue
            os.kill(os.getpid(), signal.SIGKILL)
        return super().detect(texts)
