"""Work that goes on where workers died: what they did is kept, and what is missing is done again."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from accord.errors import ScanError
from accord.scan.parts import outcome_path

ATTEMPTS = 3


def keep_trying(
    folder: Path,
    numbers: Sequence[int],
    run: Callable[[Sequence[int]], Iterator[int]],
    lost: tuple[type[BaseException], ...],
) -> Iterator[int]:
    """Yield the number of each piece once it is done by `run`, which is called again for the rest where workers died.

    Raises ScanError where they die again and again without any piece being done in between.
    """
    waiting, left = list(numbers), ATTEMPTS
    while waiting:
        before = len(waiting)
        cause: BaseException | None = None
        try:
            yield from run(waiting)
        except lost as error:
            cause = error
        waiting = [number for number in waiting if not outcome_path(folder, number).exists()]
        left = ATTEMPTS if len(waiting) < before else left - 1
        if waiting and not left:
            raise ScanError(
                "Workers of the scan ended early, again and again.",
                where=str(folder),
                found=str(cause or "parts that are not where the workers said"),
                fix="look for memory that runs out, and for workers that do not share this folder; then run it again",
            ) from cause
