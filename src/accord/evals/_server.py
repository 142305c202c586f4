"""The child process that runs llama.cpp's own OpenAI server on loopback, so that its crash is not ours.

One JSON line on standard input says what to serve; one on standard output says where. It then lives until standard
input ends, which the kernel sees to when the parent dies of anything, SIGKILL included.
"""

import json
import os
import sys

import xllamacpp


def main() -> None:
    """Serve until standard input ends."""
    wanted = json.loads(sys.stdin.readline())
    # llama.cpp may print: our one line keeps the real standard output to itself.
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    server = xllamacpp.Server(_params(**wanted))
    answer.write(json.dumps({"url": server.listening_address}) + "\n")
    answer.close()
    sys.stdin.read()
    # Nothing is worth saving, and a busy slot would hold an orderly end back.
    os._exit(0)


def _params(*, weights: str, context: int, slots: int, threads: int) -> xllamacpp.CommonParams:
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
