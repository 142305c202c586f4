import json
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accord.errors import EvaluationError
from accord.evals.journal import STALE, open_journal

START = b'{"started": "2026-11-23T15:00:00+00:00"}\n'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "answers.jsonl"


def test_answers_are_there_when_opened_again(path: Path, now: datetime) -> None:
    with open_journal(path, now) as journal:
        journal.add("a", ("one\ntwo \u2603", "\x1b[2J"))
    with open_journal(path, now + timedelta(days=1)) as journal:
        assert {"a": ("one\ntwo \u2603", "\x1b[2J")} == journal.answers
        assert now == journal.started


def test_stale_answers_are_dropped(path: Path, now: datetime) -> None:
    with open_journal(path, now) as journal:
        journal.add("a", ("old",))
    later = now + STALE + timedelta(seconds=1)
    with open_journal(path, later) as journal:
        assert ({}, later) == (journal.answers, journal.started)
        journal.add("b", ("new",))
    with open_journal(path, later) as journal:
        assert {"b": ("new",)} == journal.answers


@given(answers=st.lists(st.lists(st.text(), min_size=1, max_size=3), max_size=5), data=st.data())
def test_journal_cut_anywhere_keeps_the_whole_answers_before_the_cut(
    answers: list[list[str]], data: st.DataObject, now: datetime
) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "answers.jsonl"
        with open_journal(path, now) as journal:
            for number, replies in enumerate(answers):
                journal.add(str(number), tuple(replies))
        whole = path.read_bytes()
        cut = data.draw(st.integers(0, len(whole)))
        path.write_bytes(whole[:cut])
        kept = max(whole[:cut].count(b"\n") - 1, 0)
        with open_journal(path, now) as journal:
            assert {str(n): tuple(answers[n]) for n in range(kept)} == journal.answers
            journal.add("after", ("x",))
        assert "after" == json.loads(path.read_bytes().splitlines()[-1])["sample"]


def test_second_holder_is_refused(path: Path, now: datetime) -> None:
    with open_journal(path, now), pytest.raises(EvaluationError, match="Another process"), open_journal(path, now):
        pass


def test_only_the_owner_can_read_it(path: Path, now: datetime) -> None:
    with open_journal(path, now):
        assert 0o600 == path.stat().st_mode & 0o777


@pytest.mark.parametrize(
    "data",
    [
        b"{}\n",
        b"not json\n",
        b"[1]\n",
        b'{"started": 5}\n',
        b"\xff\n",
        START + b'{"sample": "a", "replies": "x"}\n',
        START + b'{"sample": "a", "replies": [1]}\n',
    ],
)
def test_damaged_journal_is_an_error_with_its_path(path: Path, now: datetime, data: bytes) -> None:
    path.write_bytes(data)
    with pytest.raises(EvaluationError, match=r"answers\.jsonl"), open_journal(path, now):
        pass
