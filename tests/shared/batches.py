"""Batches of texts, as readers give them to detectors."""

import pyarrow as pa

from accord.scan.rows import TEXTS


def make_texts(*rows: str, role: str | None = None, source: str = "a.jsonl") -> pa.RecordBatch:
    """Return texts in rows of one source."""
    held = [{"source": source, "row": n, "part": 0, "text": text, "role": role} for n, text in enumerate(rows)]
    return pa.RecordBatch.from_pylist(held, schema=TEXTS)
