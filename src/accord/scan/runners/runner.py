"""What a runner is."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol


class Runner(Protocol):
    """Does pieces of the plan in a folder, in any order."""

    def __call__(self, folder: Path, numbers: Sequence[int]) -> Iterator[int]:
        """Yield the number of each piece once it is done; raise ScanError where one cannot be."""
