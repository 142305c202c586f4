"""The embedded engine: a child process of ours that serves a weight file on loopback while a `with` block lasts."""

import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from accord.errors import EvaluationError
from accord.evals.text import shown

PATIENCE = 600.0
"""Seconds that a model may take to load; large weights on a slow disk need minutes."""

_ENVIRONMENT = {"GOMP_SPINCOUNT": "50000"}
"""How long a thread spins before it sleeps: never halves the speed of a quiet machine, for long that of a busy one."""


@dataclass(frozen=True)
class Engine:
    """A running engine: `url` is the base of its OpenAI interface."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def death(self) -> str:
        """Return how the engine ended, in words; empty while it runs."""
        code = self.process.poll()
        if code is None:
            return ""
        return f"the engine ended by signal {-code}" if code < 0 else f"the engine ended with exit code {code}"


def threads() -> int:
    """Return how many threads the engine computes with: the processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def serve(weights: Path, *, context: int, slots: int, log: Path, patience: float = PATIENCE) -> Iterator[Engine]:
    """Run the engine on `weights` and stop it in any case; its own words go to the file `log`.

    Raises EvaluationError with the engine's last words when it does not come up within `patience` seconds.
    """
    # By path and isolated: the child imports the engine alone, and nothing from the folder it happens to run in.
    command = [sys.executable, "-I", str(Path(__file__).with_name("_server.py"))]
    with log.open("wb") as words:
        process = subprocess.Popen(  # noqa: S603 - our own module
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=words, env=os.environ | _ENVIRONMENT
        )
    try:
        wanted: dict[str, str | int] = {
            "parent": os.getpid(),
            "weights": str(weights),
            "context": context,
            "slots": slots,
            "threads": threads(),
        }
        url = _start(process, wanted, patience)
        if not url:
            raise _failure(weights, process, log)
        yield Engine(f"{url}/v1", process, log)
    finally:
        process.kill()
        process.communicate()


def _start(process: subprocess.Popen[bytes], wanted: dict[str, str | int], patience: float) -> str:
    if process.stdin is None or process.stdout is None:
        return ""
    try:
        process.stdin.write(json.dumps(wanted).encode() + b"\n")
        process.stdin.flush()
    except BrokenPipeError:
        return ""
    ready, _, _ = select.select([process.stdout], [], [], patience)
    line = process.stdout.readline() if ready else b""
    return str(json.loads(line)["url"]) if line else ""


def _failure(weights: Path, process: subprocess.Popen[bytes], log: Path) -> EvaluationError:
    # The pipe closes a moment before the process is gone.
    try:
        process.wait(1)
        problem = "The engine could not load the model."
    except subprocess.TimeoutExpired:
        problem = "The engine did not come up in time."
    return EvaluationError(
        problem,
        where=str(weights),
        found=_last_words(log),
        fix=f"fetch the file again if it is damaged; the engine's own log is {log}",
    )


def _last_words(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    errors = [line for line in lines if " E " in line or "Error" in line]
    return "; ".join(shown(line) for line in (errors or lines)[-3:])
