"""What commands print with: a console, stable JSON, safe text, and progress on a terminal or a plain line elsewhere."""

import io
import json
import sys
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.text import Text

from accord.assess import Job
from accord.assess import Progress as Report
from accord.errors import AccordError

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON with a stable schema.")


_WIDTH = 100
"""Columns of tables where nothing says how wide the reader's screen is."""


def console(*, stderr: bool = False) -> Console:
    """Return a console that treats nothing in a string as markup."""
    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, highlight=False, markup=False, width=None if stream.isatty() else _WIDTH)


def say(line: str, style: str = "") -> None:
    """Print a line that may hold hostile text; it is never wrapped, so that a path or a key can be copied."""
    console().print(safe(line, style), soft_wrap=True)


def safe(text: str, style: str = "") -> Text:
    """Return hostile text as Rich text: control and invisible formatting characters are shown, never obeyed."""
    return Text("".join(_visible(c) for c in text), style=style)


def _visible(char: str) -> str:
    if char == "\n" or unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}:
        return char
    return f"\\u{ord(char):04x}" if ord(char) > 0xFF else f"\\x{ord(char):02x}"  # noqa: PLR2004 - Latin-1 ends there


def print_json(value: Any) -> None:  # noqa: ANN401 - whatever JSON can hold
    """Print `value` as JSON on standard output, one stable form: ASCII alone, so that no terminal obeys a string."""
    click.echo(json.dumps(value, indent=2, sort_keys=True))


def show_error(error: AccordError, *, as_json: bool) -> None:
    """Print an error: for people on standard error, for programs as JSON on standard output."""
    parts = {"problem": error.problem, "where": error.where, "expected": error.expected, "found": error.found}
    if as_json:
        kind = type(error).__name__
        print_json({"error": {"kind": kind, **{k: v for k, v in {**parts, "fix": error.fix}.items() if v}}})
        return
    console(stderr=True).print(Text("error: ", style="bold red") + safe(str(error)), soft_wrap=True)


def show_usage(error: click.ClickException) -> None:
    """Print on standard error what click says of a mistake in the arguments, which it may repeat raw."""
    words = io.StringIO()
    error.show(words)
    click.echo(str(safe(words.getvalue())), err=True, nl=False)


@contextmanager
def job_watch(*, quiet: bool) -> Iterator[Callable[[Sequence[Job]], Callable[[Job], Report]]]:
    """Yield the watch that `assess` wants: bars on a terminal, plain lines on standard error elsewhere."""
    if quiet or not sys.stderr.isatty():
        yield _Lines(quiet=quiet)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console(stderr=True)) as progress:
        yield _Bars(progress)


class _Bars:
    """One bar for each job."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def __call__(self, jobs: Sequence[Job]) -> Callable[[Job], Report]:
        tasks = {job.key: self._progress.add_task(job.title, total=job.units, start=False) for job in jobs}

        def start(job: Job) -> Report:
            self._progress.start_task(tasks[job.key])

            def report(done: int, note: str = "") -> None:  # noqa: ARG001 - the bar has no room for it
                self._progress.update(tasks[job.key], completed=done)

            return report

        return start


class _Lines:
    """A line when a job starts and when it is done; nothing when quiet."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet

    def __call__(self, _jobs: Sequence[Job]) -> Callable[[Job], Report]:
        def start(job: Job) -> Report:
            # A job of one unit is a whole: how many samples it asks is not known before it runs.
            self._say(f"{job.title}: {job.units} samples" if job.units > 1 else f"{job.title}: begins")

            def report(done: int, note: str = "") -> None:  # noqa: ARG001 - a line for each sample would be noise
                if done == job.units:
                    self._say(f"{job.title}: done")

            return report

        return start

    def _say(self, line: str) -> None:
        if not self._quiet:
            click.echo(str(safe(line)), err=True)
