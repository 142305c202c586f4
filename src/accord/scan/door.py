"""The door to scanning where Arrow may be missing: nothing heavy is imported before there is something to scan."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec

from accord.assess import Job
from accord.errors import MissingExtraError
from accord.manifest import System
from accord.workspace import Workspace


@dataclass(frozen=True)
class TrafficEngine:
    """The engine of production traffic (see `accord.assess.Engine`); `clock` tells when a job ends."""

    clock: Callable[[], datetime]

    def __call__(self, workspace: Workspace, system: System) -> Iterator[Job]:
        """Yield a job for each traffic that accord.toml names."""
        if system.traffic:
            require_arrow()
            from accord.scan.traffic import TrafficScanner  # noqa: PLC0415 - Arrow, of an extra

            yield from TrafficScanner(self.clock)(workspace, system)


def require_arrow() -> None:
    """Raise MissingExtraError where what scanning needs is not installed."""
    if find_spec("pyarrow") is None:
        raise MissingExtraError("Looking at texts in bulk needs Arrow.", fix="pip install 'accord[scan]'")
