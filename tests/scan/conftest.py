"""What tests of scanning share: inputs of many forms, a scan in one call, and what is in texts by the plain way."""

import hashlib
import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from small_detector import SmallDetector

from accord.scan.engine import Scan, scan
from accord.scan.patterns.kernel import Kernel, Span
from accord.scan.plan import make_plan
from accord.scan.reading import Tally, read_texts
from accord.scan.runners import Runner
from accord.scan.runners.local import LocalRunner

_WORDS = ("write to", "me at", "jo@example.org", "or call", "555", "12345", "the", "secret", "is safe", "日本語 été")


def make_texts(count: int, seed: int = 1) -> list[str]:
    """Return texts of which some have something to find."""
    chosen = random.Random(seed)  # noqa: S311 - texts of a test
    return [" ".join(chosen.choices(_WORDS, k=chosen.randint(1, 30))) for _ in range(count)]


def write_lines(path: Path, rows: list[Any]) -> Path:
    """Write JSON Lines."""
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with several forms and some rows that cannot be read; no test changes it."""
    folder = tmp_path_factory.mktemp("mixed")
    write_lines(folder / "a.jsonl", [{"text": text, "role": "user"} for text in make_texts(400)])
    with (folder / "a.jsonl").open("ab") as file:
        file.write(b'not json\n\xff\xfe\n{"other": 1}\n{"text": "last secret"}\n')
    table = pa.table({"text": make_texts(900, 2), "user_id": [str(n % 7) for n in range(900)]})
    pq.write_table(table, folder / "b.parquet", row_group_size=100)
    talks = [{"messages": [{"role": "user", "content": text}] * 2} for text in make_texts(50, 3)]
    write_lines(folder / "c.jsonl", talks)
    return folder


@pytest.fixture(scope="session")
def read() -> Callable[..., tuple[list[dict[str, Any]], Tally]]:
    """Return a function that reads places into rows of TEXTS, and what was counted."""

    def call(*places: Path | str, **options: Any) -> tuple[list[dict[str, Any]], Tally]:  # noqa: ANN401 - passed on
        tally = Tally()
        batches = list(read_texts([str(place) for place in places], tally=tally, **options))
        return [row for batch in batches for row in batch.to_pylist()], tally

    return call


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Scan]:
    """Return a function that scans places in a folder of their own."""

    def call(place: Path, name: str = "out", runner: Runner | None = None, **options: Any) -> Scan:  # noqa: ANN401 - passed on
        detectors = options.pop("detectors", (SmallDetector(),))
        return scan(make_plan([str(place)], detectors, **options), tmp_path / name, runner or LocalRunner())

    return call


@pytest.fixture(scope="session")
def digests() -> Callable[[Scan], tuple[str, ...]]:
    """Return a function that gives the digest of each table of a scan."""
    return lambda found: tuple(
        hashlib.sha256(path.read_bytes()).hexdigest() for path in (found.findings, found.flagged, found.unread)
    )


@pytest.fixture(scope="session")
def lines() -> Callable[[Path, list[Any]], Path]:
    """Return the writer of JSON Lines."""
    return write_lines


@pytest.fixture(scope="session")
def texts() -> Callable[..., list[str]]:
    """Return the maker of texts."""
    return make_texts


@pytest.fixture(scope="session")
def same() -> Callable[[Kernel, Sequence[bytes]], list[Span]]:
    """Return a function that finds patterns in rows in both ways, requires that they agree, and returns the spans."""

    def find(kernel: Kernel, rows: Sequence[bytes]) -> list[Span]:
        data = memoryview(b"".join(rows))
        offsets = np.cumsum([0, *map(len, rows)]).astype(np.int64)
        found = sorted(kernel.find(data, offsets))
        assert sorted(kernel.find_plainly(data, offsets)) == found
        return found

    return find
