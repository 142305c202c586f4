"""The pieces of a scan on this machine, with nothing but Arrow."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from accord.errors import ScanError
from accord.ledger.workers import share
from accord.scan.runners.trying import keep_trying
from accord.scan.work import do_piece


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True)
class LocalRunner:
    """Runs pieces in this process, or in `jobs` of our own."""

    jobs: int = 1

    def __call__(self, folder: Path, numbers: Sequence[int]) -> Iterator[int]:
        """Yield the number of each piece once it is done."""
        place = str(folder.absolute())
        if min(self.jobs, len(numbers)) > 1:
            yield from keep_trying(
                folder, numbers, lambda rest: _share(place, rest, self.jobs), (ChildProcessError, BrokenPipeError)
            )
            return
        for number in numbers:
            do_piece(place, number)
            yield number


def _share(place: str, numbers: Sequence[int], jobs: int) -> Iterator[int]:
    requests = ({"folder": place, "number": number} for number in numbers)
    answers = share("accord.scan.work:answer", requests, min(jobs, len(numbers)))
    for number, said in zip(numbers, answers, strict=True):
        raise_error(said)
        yield number


def raise_error(said: dict[str, list[str]]) -> None:
    """Raise the error that a worker answered, if it did."""
    if "error" in said:
        problem, where, expected, found, fix = said["error"]
        raise ScanError(problem, where=where, expected=expected, found=found, fix=fix)
