"""Detectors made of patterns."""

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
import pyarrow as pa

from accord.evidence import Quality
from accord.ledger import digest
from accord.scan.patterns.automaton import Places, engine
from accord.scan.patterns.kernel import Kernel, Span
from accord.scan.patterns.pattern import Pattern, PatternSet, load_patterns
from accord.scan.patterns.quality import load_quality
from accord.scan.patterns.sources import source
from accord.scan.patterns.terms import load_terms
from accord.scan.rows import FOUND


class PatternDetector:
    """A detector that finds what patterns say: the spans that one pass of `re` for each pattern finds.

    Where patterns of one label overlap, the span that begins first counts, and of those the longest.
    """

    def __init__(self, name: str, patterns: PatternSet, quality: Sequence[Quality] = ()) -> None:
        self.name = name
        self.quality = tuple(quality)
        self._set = patterns
        self._kernel = Kernel(patterns.patterns)

    @property
    def labels(self) -> Mapping[str, str]:
        """What it finds: a noun phrase by label."""
        return self._set.titles

    @property
    def patterns(self) -> tuple[Pattern, ...]:
        """What it looks for."""
        return self._set.patterns

    @property
    def engine(self) -> str:
        """What reads the texts: an automaton and its version, or `re`, which finds the same and is slow."""
        return engine() or "re"

    @cached_property
    def sha256(self) -> str:
        """The digest over everything that its findings depend on."""
        return digest(self._set.source + source())

    def detect(self, texts: pa.RecordBatch) -> pa.RecordBatch:
        """Return what is found in texts of the schema TEXTS as a batch of the schema FOUND."""
        column = texts.column("text")
        spans = self._kernel.find(*_buffers(column)) if len(column) else []
        return _batch(spans, self._kernel.patterns)


def personal_data() -> PatternDetector:
    """Return the detector of personal data."""
    return _ours("personal-data", "personal", "identity")


def secrets() -> PatternDetector:
    """Return the detector of secrets."""
    return _ours("secrets", "secrets")


def terms() -> PatternDetector:
    """Return the detector of terms that a monitor looks for."""
    return PatternDetector("terms", load_terms(), load_quality("terms"))


def _ours(name: str, *files: str) -> PatternDetector:
    return PatternDetector(name, load_patterns(*files), load_quality(name))


def _buffers(column: pa.LargeStringArray) -> tuple[memoryview, Places]:
    """Return the bytes of all texts, and where each begins and the last one ends."""
    _, offsets, data = column.buffers()
    borders = np.frombuffer(offsets, np.int64)[column.offset : column.offset + len(column) + 1]
    return memoryview(data or b""), borders


def _batch(spans: list[Span], patterns: Sequence[Pattern]) -> pa.RecordBatch:
    """Return spans as a batch of the schema FOUND; of those of one label that overlap, the first."""
    ordered = sorted((row, patterns[number].label, start, -end, number) for row, number, start, end in spans)
    rows: list[tuple[int, str, int, int, float]] = []
    for row, label, start, minus, number in ordered:
        if not rows or rows[-1][:2] != (row, label) or rows[-1][3] <= start:
            rows.append((row, label, start, -minus, patterns[number].score))
    columns = list(zip(*rows, strict=True)) or [()] * len(FOUND)
    return pa.record_batch([pa.array(c, f.type) for c, f in zip(columns, FOUND, strict=True)], schema=FOUND)
