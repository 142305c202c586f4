"""What does the pieces of a scan: this process, processes beside it, Daft, or Daft on a Ray cluster."""

from accord.scan.runners.choosing import RUNNERS, make_runner
from accord.scan.runners.runner import Runner

__all__ = ["RUNNERS", "Runner", "make_runner"]
