import os
from collections.abc import Callable
from pathlib import Path

import pytest

from accord.ledger import Log, SigningKey

Maker = Callable[[list[bytes]], Path]


@pytest.fixture
def key() -> SigningKey:
    return SigningKey.generate("log.example", entropy=lambda n: b"\x01" * n)


@pytest.fixture
def stranger() -> SigningKey:
    return SigningKey.generate("log.example", entropy=lambda n: b"\x02" * n)


@pytest.fixture
def folder(tmp_path: Path, key: SigningKey) -> Path:
    """An empty log."""
    return Log.create(tmp_path / "ledger", key, "log.example").folder


@pytest.fixture
def fill(folder: Path, key: SigningKey) -> Maker:
    """Append to the log, and return its folder."""

    def append(entries: list[bytes]) -> Path:
        with Log.writer(folder, key) as writer:
            writer.append(entries)
        return folder

    return append


@pytest.fixture
def vectors() -> Path:
    """The published test vectors, which are not part of the checkout."""
    beside = Path(__file__).parents[2].parent / "shared" / "vectors"
    path = Path(os.environ.get("ACCORD_VECTORS", beside))
    if not path.is_dir():
        pytest.skip(f"no published vectors at {path}")
    return path
