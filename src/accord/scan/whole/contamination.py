"""Items of benchmarks that stand in a text: whoever learns from it has seen the question before the test.

A benchmark is known by numbers alone, never by its text: of each item a sketch of its runs of eight words. A text that
holds a third of an item's sketch holds the item, or much of it.
"""

import base64
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from pathlib import Path

import numpy as np
import pyarrow as pa

from accord.errors import ScanError
from accord.evidence import Quality
from accord.ledger import digest, format_json
from accord.scan.sources.reading import read_bounded
from accord.scan.whole.hits import Hit, find_hits, measured, source_digest
from accord.scan.words import Numbers, number_runs, split_words

SKETCH = 12
"""The most numbers that are kept of an item: its smallest ones."""
HELD = 0.3
"""The share of an item's numbers that a text holds from which the item is said to stand in it."""
LARGEST = 64 << 20
"""The most bytes that a file of a benchmark's numbers may have."""
_COMMON = 3
"""Items of one benchmark that share a run beyond which it is a phrase of its own, such as how to answer."""
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")
_VERSION = re.compile(r"[\w.+-]{1,64}")
_SHIPPED = "benchmarks"
_FORMAT = "accord-benchmark-1"
_NUMBER = np.dtype("<u8")


@dataclass(frozen=True)
class Benchmark:
    """What is known of a benchmark: its name, its version and the numbers of each item."""

    name: str
    version: str
    items: tuple[bytes, ...]
    """The sketch of each item: little-endian 64-bit numbers, in rising order."""

    def to_bytes(self) -> bytes:
        """Return it as a file."""
        items = [base64.b64encode(item).decode() for item in self.items]
        return format_json({"format": _FORMAT, "name": self.name, "version": self.version, "items": items})


def sketch_benchmark(name: str, version: str, texts: Iterable[str]) -> Benchmark:
    """Return the numbers of a benchmark's texts: each question, passage or answer is an item of its own.

    Texts that are too short to tell, or have no words of their own, stay out. Raises ScanError for a name that is none.
    """
    if not _NAME.fullmatch(name) or not _VERSION.fullmatch(version):
        expected = "a name of lower-case letters, digits and hyphens, and a version without spaces"
        raise ScanError("A benchmark cannot be called this.", found=f"{name} {version}", expected=expected)
    runs = [np.unique(number_runs(split_words(text))) for text in set(texts)]
    shared = Counter(number for item in runs for number in item.tolist())
    own = (sorted(n for n in item.tolist() if shared[n] <= _COMMON)[:SKETCH] for item in runs)
    return Benchmark(name, version, tuple(sorted({np.array(item, _NUMBER).tobytes() for item in own if item})))


def read_benchmark(data: bytes, where: str) -> Benchmark:
    """Return the benchmark of a file; raise ScanError where it is not one."""
    fault = ScanError(
        "This is no benchmark's numbers.", where=where, expected=_FORMAT, fix="make it with: accord scan benchmark"
    )
    try:
        held = json.loads(data)
        items = tuple(base64.b64decode(item, validate=True) for item in held["items"])
        made = Benchmark(str(held["name"]), str(held["version"]), items)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise fault from error
    whole = all(item and not len(item) % _NUMBER.itemsize for item in made.items)
    named = _NAME.fullmatch(made.name) and _VERSION.fullmatch(made.version)
    if held.get("format") != _FORMAT or not whole or not named:
        raise fault
    return made


def load_benchmarks(paths: Sequence[Path] = ()) -> tuple[Benchmark, ...]:
    """Return the benchmarks that come with Accord, its own suites, and those of the files that are named."""
    shipped = sorted((files(__package__) / _SHIPPED).iterdir(), key=lambda file: file.name)
    own = [read_benchmark(file.read_bytes(), file.name) for file in shipped if file.name.endswith(".json")]
    made = [*own, *(read_benchmark(read_bounded(path, LARGEST), str(path)) for path in paths)]
    twice = sorted(name for name, count in Counter(b.name for b in made).items() if count > 1)
    if twice:
        raise ScanError(
            "Two benchmarks have the same name.", found=", ".join(twice), fix="make one with another --name"
        )
    return tuple(made)


@dataclass(frozen=True)
class ContaminationDetector:
    """Finds items of benchmarks."""

    benchmarks: Sequence[Benchmark] = field(default_factory=load_benchmarks)
    name: str = "contamination"

    @property
    def labels(self) -> Mapping[str, str]:
        """An item of each benchmark."""
        return {b.name: f"an item of the benchmark {b.name} {b.version}" for b in self.benchmarks}

    @property
    def sha256(self) -> str:
        """The digest over the program and the numbers of all benchmarks."""
        numbers = b"".join(b.to_bytes() for b in self.benchmarks)
        return digest(source_digest("contamination.py").encode() + digest(numbers).encode() + np.__version__.encode())

    @property
    def quality(self) -> Sequence[Quality]:
        """How right it is on items that were planted into other text."""
        return measured(self.name)

    def detect(self, texts: pa.RecordBatch) -> pa.RecordBatch:
        """Return which benchmarks' items stand in each text."""
        return find_hits(texts, self.look)

    def look(self, text: str) -> Iterator[Hit]:
        """Yield the benchmarks of which an item stands in one text, each once, with the best share."""
        runs = number_runs(split_words(text))
        numbers, items, sizes, owners = self._index
        if not runs.size or not numbers.size:
            return
        seen = np.unique(runs)
        left, right = np.searchsorted(numbers, seen, "left"), np.searchsorted(numbers, seen, "right")
        held = Counter(int(i) for a, b in zip(left[right > left], right[right > left], strict=True) for i in items[a:b])
        best: dict[str, float] = {}
        for item, count in held.items():
            share = count / sizes[item]
            if share >= HELD:
                best[owners[item]] = max(best.get(owners[item], 0.0), share)
        for name, share in sorted(best.items()):
            yield Hit(name, share)

    @cached_property
    def _index(self) -> tuple[Numbers, np.ndarray[tuple[int], np.dtype[np.int64]], list[int], list[str]]:
        owners = [b.name for b in self.benchmarks for _ in b.items]
        sketches = [np.frombuffer(item, _NUMBER) for b in self.benchmarks for item in b.items]
        sizes = [len(sketch) for sketch in sketches]
        numbers = np.concatenate(sketches) if sketches else np.zeros(0, np.uint64)
        items = np.repeat(np.arange(len(sketches)), sizes)
        order = np.argsort(numbers, kind="stable")
        return numbers[order].astype(np.uint64), items[order], sizes, owners
