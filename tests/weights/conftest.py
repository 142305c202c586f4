import tarfile
from pathlib import Path

import pytest

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Unpack what others published to test with (tests/weights/data/README.md)."""
    folder = tmp_path_factory.mktemp("published")
    for archive in DATA.glob("*.tar.gz"):
        with tarfile.open(archive) as packed:
            packed.extractall(folder / archive.name.removesuffix(".tar.gz"), filter="data")
    return folder
