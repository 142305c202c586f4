"""Runners by name."""

from accord.errors import ScanError
from accord.scan.runners.daft import DaftRunner
from accord.scan.runners.local import LocalRunner, processors
from accord.scan.runners.runner import Runner

RUNNERS = ("local", "daft", "ray")


def make_runner(name: str, jobs: int = 0, address: str | None = None) -> Runner:
    """Return a runner; `jobs` are the processes of the local one, as many as there are processors where it is 0."""
    if name not in RUNNERS:
        raise ScanError("There is no such runner.", expected=", ".join(RUNNERS), found=name)
    if name == "local":
        return LocalRunner(jobs or processors())
    return DaftRunner(cluster=name == "ray", address=address)
