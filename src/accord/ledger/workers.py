"""Work shared out to processes of our own: a JSON line for each request, a JSON line for each answer.

Not threads: hashlib lets another thread run only while it hashes 2 KiB or more. Not multiprocessing: each of its
start methods that is safe beside threads runs the caller's main program again in every child.
"""

import json
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from itertools import cycle
from typing import Any

_AHEAD = 2  # requests that wait at each process, so that it never waits for us


def share(work: str, requests: Iterable[object], jobs: int) -> Iterator[Any]:
    """Yield the answers to these requests, in their order, from `jobs` processes that each run `work`.

    `work` is the dotted path of a module and the function in it (`a.b:c`) that answers one request, both as JSON.
    Requests are taken as answers are, so they may be without end; each must be short, as a pipe has to hold all that
    wait (Linux: 64 KiB), or both sides would wait for ever. Raises OSError when a process cannot be started or
    ends early, as it does when `work` raises.
    """
    with ExitStack() as stack:
        processes = [_start(work, stack) for _ in range(jobs)]
        asked = deque[subprocess.Popen[bytes]]()
        for process, request in zip(cycle(processes), requests, strict=False):
            if len(asked) == _AHEAD * jobs:
                yield _answer(asked.popleft())
            _ask(process, request)
            asked.append(process)
        while asked:
            yield _answer(asked.popleft())


def serve(work: Callable[[Any], object]) -> None:
    """Answer every request on standard input, in a process that `share` began; it ends with its parent."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    for line in sys.stdin.buffer:
        sys.stdout.write(json.dumps(work(json.loads(line))) + "\n")
        sys.stdout.flush()


def _start(work: str, stack: ExitStack) -> subprocess.Popen[bytes]:
    module, _, name = work.partition(":")
    code = f"from accord.ledger.workers import serve; from {module} import {name}; serve({name})"
    process = subprocess.Popen(  # noqa: S603 - our own interpreter runs our own code
        [sys.executable, "-P", "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        start_new_session=True,  # Ctrl-C is for the parent, which then ends its children
    )
    stack.enter_context(process)
    stack.callback(process.kill)
    return process


def _ask(process: subprocess.Popen[bytes], request: object) -> None:
    if process.stdin:
        process.stdin.write(json.dumps(request).encode() + b"\n")
        process.stdin.flush()


def _answer(process: subprocess.Popen[bytes]) -> Any:  # noqa: ANN401 - the shape is the work's
    line = process.stdout.readline() if process.stdout else b""
    if not line.endswith(b"\n"):
        raise ChildProcessError(f"process {process.pid} ended early")
    return json.loads(line)
