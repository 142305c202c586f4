"""Runs `accord` in the test's own process, by the entry point that a shell calls: for tests of many small refusals."""

import io
import json
from dataclasses import dataclass
from typing import Any

import pytest

from accord.cli import main


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - whatever JSON can hold
        """What standard output holds, parsed."""
        return json.loads(self.out)


class Terminal(io.StringIO):
    """Standard input that says it is a terminal, with the lines that somebody types."""

    def isatty(self) -> bool:
        """Tell that it is one."""
        return True


def run_here(capsys: pytest.CaptureFixture[str], *args: object) -> Done:
    """Run one command and return its exit code and what it printed."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as end:
        main([str(arg) for arg in args])
    code = end.value.code or 0  # click returns nothing where all is fine
    assert isinstance(code, int)
    return Done(code, *capsys.readouterr())
