"""`accord status` ends with what was announced and has no result, what is withheld, and what was erased."""

import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner

from accord.cli.status import status
from accord.reports import Content
from accord.workspace import Workspace


@pytest.fixture
def run(sample: Callable[[], Workspace]) -> Callable[..., str]:
    root = str(sample().root)
    return lambda *arguments: CliRunner().invoke(status, [root, *arguments], catch_exceptions=False).output


@pytest.mark.parametrize(
    "line",
    [
        "Announced, and no result is recorded: 1: privacy (entry 7).",
        "Fields are withheld, and support nothing: 2: evaluation (entry 9), incident (entry 40).",
        "Erased artifacts: 1: retention-ended (entry 8).",
    ],
)
def test_status_ends_with_what_cannot_be_seen(run: Callable[..., str], line: str) -> None:
    assert line in run("--brief").splitlines()


def test_status_json_is_what_the_report_says(run: Callable[..., str], content: Content) -> None:
    assert content.custody.model_dump(mode="json") == json.loads(run("--json"))["custody"]
