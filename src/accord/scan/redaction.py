"""Texts without what detectors find in them: every span is replaced by its label in brackets."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import pyarrow as pa

from accord.scan.detector import Detector
from accord.scan.rows import TEXTS

_Span = tuple[int, int, str]


def redact(texts: Sequence[str], detectors: Iterable[Detector]) -> list[str]:
    """Return the texts with what was found replaced, such as `[email]`; the rest stays as it is, byte for byte.

    Where spans overlap, all of them is replaced by the label of the one that begins first, and of those the longest.
    """
    batch = _batch(texts)
    spans: dict[int, list[_Span]] = defaultdict(list)
    for detector in detectors:
        found = detector.detect(batch)
        columns = (found.column(name).to_pylist() for name in ("index", "start", "end", "label"))
        for index, start, end, label in zip(*columns, strict=True):
            spans[index].append((start, end, label))
    return [_replace(text, spans[index]) if index in spans else text for index, text in enumerate(texts)]


def _batch(texts: Sequence[str]) -> pa.RecordBatch:
    rows = {"source": [""] * len(texts), "row": range(len(texts)), "part": [0] * len(texts), "text": texts}
    columns = [
        pa.array(rows[field.name], field.type) if field.name in rows else pa.nulls(len(texts), field.type)
        for field in TEXTS
    ]
    return pa.record_batch(columns, schema=TEXTS)


def _replace(text: str, spans: Iterable[_Span]) -> str:
    data, parts, done = text.encode(), [], 0
    for start, end, label in sorted(spans, key=lambda span: (span[0], -span[1], span[2])):
        if start >= done:
            parts += [data[done:start], f"[{label}]".encode()]
        done = max(done, end)
    return b"".join([*parts, data[done:]]).decode()
