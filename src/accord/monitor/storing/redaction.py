"""What detectors find in texts is replaced before anything is kept in clear."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from accord.scan.detector import Detector
from accord.scan.redaction import Span, as_batch, replace_spans

WITHHELD = "[redacted: no detector could read this]"
_Spans = dict[int, list[Span]]


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
            kept[index] = replace_spans(texts[index], found)
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
    found = detector.detect(as_batch(texts))
    columns = (found.column(name).to_pylist() for name in ("index", "start", "end", "label"))
    for index, *span in zip(*columns, strict=True):
        spans[first + index].append((span[0], span[1], span[2]))
