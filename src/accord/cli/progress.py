"""How far a job is: bars on a terminal, a plain line elsewhere."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import click
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from accord.assess import Job
from accord.assess import Progress as Report
from accord.cli.output import console, safe


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
        _Rate(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console(stderr=True)) as progress:
        yield _Bars(progress)


class _Rate(ProgressColumn):
    """How many units are done in a second, where they are many."""

    def render(self, task: Task) -> Text:
        """Return it as text."""
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f} {task.fields['unit']}/s" if speed and speed >= 1 else str(task.fields["unit"]))


class _Bars:
    """One bar for each job."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def __call__(self, jobs: Sequence[Job]) -> Callable[[Job], Report]:
        tasks = {
            job.key: self._progress.add_task(job.title, total=job.units, start=False, unit=job.unit) for job in jobs
        }

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
            self._say(f"{job.title}: {job.units} {job.unit}" if job.units > 1 else f"{job.title}: begins")

            def report(done: int, note: str = "") -> None:  # noqa: ARG001 - a line for each sample would be noise
                if done == job.units:
                    self._say(f"{job.title}: done")

            return report

        return start

    def _say(self, line: str) -> None:
        if not self._quiet:
            click.echo(str(safe(line)), err=True)
