"""The child process that runs llama.cpp's own OpenAI server on loopback, so that its crash is not ours.

One JSON line on standard input says what to serve; one on standard output says where. It then lives until standard
input ends, which the kernel sees to when the parent dies of anything, SIGKILL included. While weights are loaded nobody
reads standard input: on Linux the kernel is asked to kill the process with its parent.
"""

import ctypes
import importlib
import json
import os
import signal
import sys
from types import ModuleType
from typing import Any

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Serve until standard input ends."""
    wanted = json.loads(sys.stdin.readline())
    _follow(wanted.pop("parent"))
    # Only now: loading the library takes a moment, in which the parent may die unseen.
    xllamacpp = importlib.import_module("xllamacpp")
    # llama.cpp may print: our one line keeps the real standard output to itself.
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    server = xllamacpp.Server(_params(xllamacpp, **wanted))
    answer.write(json.dumps({"url": server.listening_address}) + "\n")
    answer.close()
    sys.stdin.read()
    # Nothing is worth saving, and a busy slot would hold an orderly end back.
    os._exit(0)


def _follow(parent: int) -> None:
    """Die with the parent, or now if it is dead already."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            sys.exit("The process that wanted this engine is gone.")


def _params(xllamacpp: ModuleType, *, weights: str, context: int, slots: int, threads: int) -> Any:  # noqa: ANN401 - untyped there
    params = xllamacpp.CommonParams()
    params.model.path = weights
    params.hostnames = ["127.0.0.1"]
    params.port = 0  # the kernel chooses, so there is no race for a free one
    params.n_ctx = context * slots
    params.n_parallel = slots
    params.cpuparams.n_threads = threads
    params.cpuparams_batch.n_threads = threads
    # A prompt read from a cache is summed in another order than one read afresh, and may be answered otherwise.
    params.cache_prompt = False
    params.cache_ram_mib = 0
    params.fit_params = False
    params.offline = True
    params.ui = False
    params.endpoint_slots = False
    return params


if __name__ == "__main__":
    main()
