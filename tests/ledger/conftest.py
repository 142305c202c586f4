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
