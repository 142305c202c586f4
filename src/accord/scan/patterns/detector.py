"""Detectors made of patterns."""

from collections.abc import Mapping, Sequence
from functools import cached_property

import pyarrow as pa

from accord.evidence import Quality
from accord.ledger import digest
from accord.scan.patterns.pattern import PatternSet, load_patterns
from accord.scan.patterns.plain import find_plainly
from accord.scan.rows import FOUND


class PatternDetector:
    """A detector that finds what patterns say: the spans that one pass of `re` for each pattern finds."""

    def __init__(self, name: str, patterns: PatternSet, quality: Sequence[Quality] = ()) -> None:
        self.name = name
        self.quality = tuple(quality)
        self._set = patterns

    @property
    def labels(self) -> Mapping[str, str]:
        """What it finds: a noun phrase by label."""
        return self._set.titles

    @cached_property
    def sha256(self) -> str:
        """The digest over everything that its findings depend on."""
        return digest(self._set.source)

    def detect(self, texts: pa.RecordBatch) -> pa.RecordBatch:
        """Return what is found in texts of the schema TEXTS as a batch of the schema FOUND."""
        rows = texts.column("text")
        found: set[tuple[int, str, int, int, float]] = set()
        for index, text in enumerate(rows):
            row = memoryview(text.as_buffer())
            for pattern in self._set.patterns:
                found.update((index, pattern.label, *span, pattern.score) for span in find_plainly(pattern, row))
        columns = list(zip(*sorted(found), strict=True)) or [()] * len(FOUND)
        return pa.record_batch([pa.array(c, f.type) for c, f in zip(columns, FOUND, strict=True)], schema=FOUND)


def personal_data() -> PatternDetector:
    """Return the detector of personal data."""
    return PatternDetector("personal-data", load_patterns("personal"))


def secrets() -> PatternDetector:
    """Return the detector of secrets."""
    return PatternDetector("secrets", load_patterns("secrets"))


def terms() -> PatternDetector:
    """Return the detector of terms."""
    return PatternDetector("terms", load_patterns("terms"))
