"""The answers of an unfinished run, so that nothing is asked twice after a crash at any moment.

One JSON line for each sample with all its replies, forced to disk before the answer counts; a last line cut short by
a crash is dropped.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from accord.errors import EvaluationError
from accord.evals.sample import Replies

STALE = timedelta(days=7)
"""Answers of a run that began longer ago are asked anew: a record speaks of one moment."""


class Journal:
    """The answers so far, by sample, and when the run began. Made by `open_journal`."""

    def __init__(self, file: int, started: datetime, answers: dict[str, Replies]) -> None:
        self._file = file
        self.started = started
        self.answers = answers

    def add(self, sample: str, replies: Replies) -> None:
        """Keep one sample's replies; they are on disk when this returns."""
        _write(self._file, {"sample": sample, "replies": replies})
        self.answers[sample] = replies


@contextmanager
def open_journal(path: Path, now: datetime) -> Iterator[Journal]:
    """Open the journal at `path`, or begin one; only one process at a time may hold it."""
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _lock(file, path)
        yield _read(file, path, now)
    finally:
        os.close(file)


def _lock(file: int, path: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise EvaluationError(
            "Another process is running this evaluation.", where=str(path), fix="wait for it to end"
        ) from error


def _read(file: int, path: Path, now: datetime) -> Journal:
    try:
        return _resume(file, path.read_bytes(), now)
    except (ValueError, KeyError, TypeError) as error:
        raise EvaluationError(
            "The answers of an unfinished run are damaged.", where=str(path), found=str(error), fix="delete the file"
        ) from error


def _resume(file: int, data: bytes, now: datetime) -> Journal:
    whole = data[: data.rfind(b"\n") + 1]
    rows = [json.loads(line) for line in whole.splitlines()]
    started = datetime.fromisoformat(rows[0]["started"]) if rows else now
    if not rows or now - started > STALE:
        os.ftruncate(file, 0)
        _write(file, {"started": now.isoformat()})
        return Journal(file, now, {})
    os.ftruncate(file, len(whole))
    os.lseek(file, 0, os.SEEK_END)
    return Journal(file, started, {row["sample"]: _replies(row["replies"]) for row in rows[1:]})


def _replies(value: object) -> Replies:
    if not isinstance(value, list) or not all(isinstance(reply, str) for reply in value):
        msg = "replies that are no list of texts"
        raise ValueError(msg)
    return tuple(value)


def _write(file: int, row: dict[str, str | Replies]) -> None:
    os.write(file, json.dumps(row).encode() + b"\n")
    os.fsync(file)
