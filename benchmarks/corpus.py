"""How fast corpora are looked at, on one core: each detector alone, and the search for repeats with its memory.

Texts are the answers of small models that Accord's labels hold, in five languages, shuffled into texts of about 700
bytes; a tenth of them are repeated, half of these with two words changed. `python benchmarks/corpus.py [MEGABYTES]`.
"""

import os
import random
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from accord.evals.judges import shipped_labels
from accord.scan.corpus import corpus_detectors
from accord.scan.detectors import load_detectors
from accord.scan.duplicates import Duplicates, sign_texts
from accord.scan.rows import TEXTS

_TEXT = 700
_BATCH = 2_000
_EXTRA = ("answers", "terms", "harmful-request")


def main() -> None:
    """Print what was measured."""
    wanted = float(sys.argv[1]) if len(sys.argv) > 1 else 5.0
    texts, changed = make_texts(int(wanted * 1e6))
    batches = list(make_batches(texts))
    size = sum(len(text.encode()) for text in texts) / 1e6
    print(f"{len(texts):,} texts, {size:.1f} MB, {os.cpu_count()} cores of which one is used")
    for detector in (*corpus_detectors(), *load_detectors(_EXTRA)):
        detector.detect(batches[0].slice(0, 10))
        begun = time.process_time()
        for batch in batches:
            detector.detect(batch)
        spent = time.process_time() - begun
        print(f"{detector.name}: {size / spent:,.1f} MB/s, {len(texts) / spent:,.0f} texts/s")
    _repeats(batches, len(texts), size, changed)


def _repeats(batches: list[pa.RecordBatch], count: int, size: float, changed: set[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        duplicates = Duplicates(Path(folder))
        begun = time.process_time()
        for batch in batches:
            duplicates.add(sign_texts(batch))
        signed = time.process_time() - begun
        tracemalloc.start()
        table = duplicates.close()
        folded = time.process_time() - begun - signed
        held = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    near = {row["row"] for row in table.to_pylist() if row["label"] == "near"}
    print(f"repeats: signed {size / signed:,.1f} MB/s, folded {count / folded:,.0f} texts/s while memory is traced")
    print(f"repeats: the fold holds {held / count:,.0f} bytes a text at most")
    print(f"repeats: {len(near & changed)} of {len(changed)} changed texts found; {len(near - changed)} false alarms")


def make_texts(size: int) -> tuple[list[str], set[int]]:
    """Return texts of about so many bytes in all, and the rows of those that are others with two words changed."""
    chance = random.Random(1)  # noqa: S311 - a sample, the same each time
    rows = [
        row.case.answer.split() for task in ("refusal", "admission", "mention") for row in shipped_labels(task).rows
    ]
    words = [word for row in rows for word in row]
    texts: list[str] = []
    held = 0
    while held < size * 10 // 11:
        start = chance.randrange(len(words))
        text = ""
        while len(text) < _TEXT:
            piece = chance.choice(rows)
            text += " ".join(chance.sample(piece, len(piece))) + f". {words[start]} "
        texts.append(text)
        held += len(text.encode())
    for index in range(len(texts) // 10):
        parts = texts[index].split(" ")
        if index % 2:
            parts[len(parts) // 4] = parts[len(parts) // 2] = "changed"
        texts.append(" ".join(parts))
    first = len(texts) - len(texts) // 11
    return texts, {row for row in range(first, len(texts)) if (row - first) % 2}


def make_batches(texts: list[str]) -> Iterator[pa.RecordBatch]:
    """Yield the texts in batches of TEXTS."""
    for start in range(0, len(texts), _BATCH):
        rows = [
            {"source": "a", "row": start + n, "part": 0, "text": t} for n, t in enumerate(texts[start : start + _BATCH])
        ]
        yield pa.RecordBatch.from_pylist(rows, schema=TEXTS)


if __name__ == "__main__":
    main()
