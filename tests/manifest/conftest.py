"""A small valid workspace folder, and ways to read errors."""

from pathlib import Path

import pytest

MANIFEST = """\
[organisation]
name = "Acme"
roles = ["developer"]

[system]
name = "Helpdesk"
version = "1.0"
description = "Answers questions"
stage = "deployment"
languages = ["en"]

[model]
name = "m"
inspect = "mockllm/model"
"""


@pytest.fixture
def manifest() -> str:
    """Return the text of a valid manifest that names no file."""
    return MANIFEST


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a valid manifest."""
    (tmp_path / "accord.toml").write_text(MANIFEST, encoding="utf-8")
    return tmp_path


@pytest.fixture
def scripts() -> Path:
    """Return the folder of the maintainers' scripts."""
    return Path(__file__).parents[2] / "scripts"
