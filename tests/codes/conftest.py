"""An edition that a test may damage: a copy of the shipped one, without its translations, in a temporary folder."""

import shutil
from importlib.resources import as_file, files
from pathlib import Path

import pytest


@pytest.fixture
def root(tmp_path: Path) -> Path:
    with as_file(files("accord.codes").joinpath("g7-2023")) as shipped:
        shutil.copytree(shipped, tmp_path / "g7-2023", ignore=shutil.ignore_patterns("i18n"))
    return tmp_path


@pytest.fixture
def scripts() -> Path:
    return Path(__file__).parents[2] / "scripts"
