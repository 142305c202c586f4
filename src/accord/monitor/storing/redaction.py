"""What detectors find in texts is replaced before anything is kept in clear."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from accord.scan.detector import Detector
from accord.scan.rows import TEXTS

WITHHELD = "[redacted: no detector could read this]"
_Spans = dict[int, list[tuple[int, int, str]]]


@dataclass(frozen=True)
class Redactor:
    """Replaces what its detectors find, each finding by its label."""

    detectors: Sequence[Detector]
    counts: Counter[str] = field(default_factory=Counter)
    """How many findings were replaced, by redacted.LABEL, and how many texts were withheld as a whole."""

    def redact(self, texts: Sequence[str]) -> tuple[list[str], list[int]]:
        """Return the texts without what was found, and how many findings were replaced in each."""
        kept, replaced = list(texts), [0] * len(texts)
        spans, failed = self._find(texts)
        for index, found in spans.items():
            kept[index] = _replace(texts[index], found)
            replaced[index] = len(found)
            self.counts.update(f"redacted.{label}" for _, _, label in found)
        for index in failed:
            kept[index], replaced[index] = WITHHELD, 1
        self.counts["withheld"] += len(failed)
        return kept, replaced

    def _find(self, texts: Sequence[str]) -> tuple[_Spans, set[int]]:
        spans: _Spans = defaultdict(list)
        failed: set[int] = set()
        for detector in self.detectors:
            try:
                _detect(detector, texts, 0, spans)
            except Exception:  # noqa: BLE001 - a plug-in may fail in any way, and nothing may be kept that it did not see
                failed |= _find_failing(detector, texts, spans)
        return spans, failed


def _find_failing(detector: Detector, texts: Sequence[str], spans: _Spans) -> set[int]:
    """Look at each text alone; return those at which the detector fails."""
    failed = set()
    for index, text in enumerate(texts):
        try:
            _detect(detector, [text], index, spans)
        except Exception:  # noqa: BLE001 - as above
            failed.add(index)
    return failed


def _detect(detector: Detector, texts: Sequence[str], first: int, spans: _Spans) -> None:
    columns: dict[str, object] = {
        "source": pa.repeat("", len(texts)),
        "row": pa.array(range(len(texts)), pa.int64()),
        "part": pa.repeat(pa.scalar(0, pa.int32()), len(texts)),
        "text": pa.array(texts, pa.large_string()),
    }
    empty = {f.name: pa.nulls(len(texts), f.type) for f in TEXTS if f.name not in columns}
    found = detector.detect(pa.record_batch({**columns, **empty}, schema=TEXTS))
    names = ("index", "start", "end", "label")
    for index, start, end, label in zip(*(found.column(name).to_pylist() for name in names), strict=True):
        spans[first + index].append((start, end, label))


def _replace(text: str, found: list[tuple[int, int, str]]) -> str:
    data = text.encode()
    parts, place = [], 0
    for start, end, label in sorted(found):
        if start >= place:
            parts += [data[place:start], f"[redacted {label}]".encode()]
        place = max(place, end)
    return b"".join([*parts, data[place:]]).decode("utf-8", "replace")
