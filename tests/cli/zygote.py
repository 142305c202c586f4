"""Runs `accord` again and again, each time in a fork that has all its imports behind it.

Importing Inspect takes seconds; the forks are processes like any other, to be killed, interrupted and run at once.
Orders are JSON lines on standard input: what to run is answered by a process id, a process id by how it ended.
"""

import json
import os
import signal
import sys
from importlib import import_module
from typing import Any

from inspect_ai.model import get_model_info

from accord.cli import COMMANDS, main

LONGEST = 600
"""Seconds after which a run is ended by SIGALRM: a test that hangs should say so, one on a busy machine go on."""


_LATE = ("inspect_ai.agent._acp.server",)
"""What Inspect imports as an evaluation begins; only how long the tests take depends on it."""


def serve() -> None:
    """Carry out orders until standard input ends."""
    for name in ["accord.evals._inspect", *_LATE, *(f"accord.cli.{name}" for name in COMMANDS)]:
        import_module(name)
    get_model_info("openai/none")  # Inspect reads its tables of models once, which takes a second
    for line in sys.stdin:
        order = json.loads(line)
        answer = os.waitpid(order, 0)[1] if isinstance(order, int) else _fork(order)
        os.write(1, f"{answer}\n".encode())


def _fork(order: dict[str, Any]) -> int:
    pid = os.fork()
    if pid == 0:
        _run(**order)
    return pid


def _run(*, args: list[str], cwd: str, env: dict[str, str], output: list[str]) -> None:
    os.setsid()
    signal.alarm(LONGEST)
    for number, path in enumerate(["/dev/null", *output]):
        os.dup2(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), number)
    os.chdir(cwd)
    os.environ.update(env)
    main(args)


if __name__ == "__main__":
    serve()
