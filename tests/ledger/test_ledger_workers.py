import argparse
import linecache
import sys
from itertools import count, islice
from pathlib import Path

import pytest

from accord.ledger.workers import share


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_answers_come_in_the_order_of_the_requests(jobs: int) -> None:
    assert list(range(0, -20, -1)) == list(share("operator:neg", range(20), jobs))


def test_requests_may_be_without_end() -> None:
    assert [0, -1, -2] == list(islice(share("operator:neg", count(), 2), 3))


def test_fewer_requests_than_processes() -> None:
    assert [-1] == list(share("operator:neg", [1], 2))


def test_answers_before_a_failure_are_given() -> None:
    answers = share("math:sqrt", [4, -1], 1)
    assert 2.0 == next(answers)
    with pytest.raises(ChildProcessError, match="ended early"):
        next(answers)


def test_long_answers_do_not_block() -> None:
    lines = argparse.__file__
    answers = list(share("linecache:getlines", [lines] * 6, 1))
    assert [linecache.getlines(lines)] * 6 == answers
    assert sum(map(len, answers[0])) > 65_536  # more than a pipe holds


def test_a_module_in_the_working_folder_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit")
    monkeypatch.chdir(tmp_path)
    assert [-1] == list(share("operator:neg", [1], 1))


@pytest.mark.parametrize("program", ["/bin/false", "/nowhere", ""])
def test_a_process_that_cannot_start_is_an_error(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", program)
    with pytest.raises(OSError, match=r"ended early|No such file|Broken pipe|denied"):
        list(share("operator:neg", [1], 1))
