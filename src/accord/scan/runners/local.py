"""The pieces of a scan on this machine, with nothing but Arrow."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from accord.errors import ScanError
from accord.ledger.workers import share
from accord.scan.parts import outcome_path
from accord.scan.work import do_piece

_ATTEMPTS = 3


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True)
class LocalRunner:
    """Runs pieces in this process, or in `jobs` of our own; what a process that dies leaves is done again."""

    jobs: int = 1

    def __call__(self, folder: Path, numbers: Sequence[int]) -> Iterator[int]:
        """Yield the number of each piece once it is done."""
        jobs = min(self.jobs, len(numbers))
        if jobs > 1:
            yield from self._beside(folder, numbers, jobs)
            return
        for number in numbers:
            do_piece(str(folder), number)
            yield number

    def _beside(self, folder: Path, numbers: Sequence[int], jobs: int) -> Iterator[int]:
        waiting = list(numbers)
        for attempt in range(1, _ATTEMPTS + 1):
            requests = ({"folder": str(folder.absolute()), "number": number} for number in waiting)
            try:
                for number, said in zip(list(waiting), share("accord.scan.work:answer", requests, jobs), strict=True):
                    if "error" in said:
                        problem, where, expected, found, fix = said["error"]
                        raise ScanError(problem, where=where, expected=expected, found=found, fix=fix)
                    yield number
            except (ChildProcessError, BrokenPipeError) as error:
                waiting = [number for number in waiting if not outcome_path(folder, number).exists()]
                if attempt == _ATTEMPTS:
                    raise ScanError(
                        "Processes of the scan ended early, again and again.",
                        where=str(folder),
                        found=str(error),
                        fix="see whether the machine has memory enough; what was done is kept for the next run",
                    ) from error
            else:
                return
