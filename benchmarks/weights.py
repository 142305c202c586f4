"""Signing model files against the official tool and against bare hashing, and what a scan costs, in one run.

    python benchmarks/weights.py [--gib 2]

CPU is user and system time of the process; each figure is the best of the rounds, taken in turns, with the files in the
page cache. The official tool is `model_signing sign key` of the package model-signing, a test dependency.
"""

import argparse
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from accord.weights.cache import DigestCache
from accord.weights.scan import scan_file
from accord.weights.tree import hash_model

ROUNDS = 3
FILES = 4


def main() -> None:
    """Print times, and the ratios that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gib", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        model = _fill(folder / "model", options.gib << 30)
        _signing(folder, model, options.gib)
        _cache(folder, model)
        _start(folder)
        _scan(folder)


def _fill(model: Path, size: int) -> Path:
    model.mkdir()
    piece = os.urandom(1 << 20)
    for number in range(FILES):
        with (model / f"weights-{number}.bin").open("wb") as file:
            for _ in range(size // FILES // len(piece)):
                file.write(piece)
    return model


def _signing(folder: Path, model: Path, gib: int) -> None:
    scripts = Path(sys.executable).parent
    subprocess.run([scripts / "accord", "weights", "key", folder / "key"], check=True, capture_output=True)
    files = sorted(model.iterdir())
    accord = [scripts / "accord", "weights", "sign", model, "--key", folder / "key", "--signature", folder / "a.sig"]
    official = [scripts / "model_signing", "sign", "key", "--private_key", folder / "key", model]
    read = "import sys\nfor p in sys.argv[1:]:\n f = open(p, 'rb', buffering=0)\n while f.read(1 << 20): pass"
    blake3 = "import sys, blake3\nfor p in sys.argv[1:]: blake3.blake3(max_threads=blake3.blake3.AUTO).update_mmap(p)"
    commands: dict[str, Sequence[object]] = {
        "Accord": accord,
        "Accord, one at a time": [*accord, "--jobs", "1"],
        "model_signing": [*official, "--signature", folder / "b.sig"],
        "BLAKE3, by its package": [sys.executable, "-c", blake3, *files],
        "bare read": [sys.executable, "-c", read, *files],
    }
    if shutil.which("openssl"):
        commands["openssl dgst"] = ["openssl", "dgst", "-sha256", *files]
    found = {name: [_run(command)] for name, command in commands.items()}
    for _ in range(ROUNDS - 1):
        for name, command in commands.items():
            found[name].append(_run(command))
    print(f"{gib} GiB in {FILES} files, {os.cpu_count()} processors, best of {ROUNDS}")
    for name, runs in found.items():
        cpu, wall, peak = (min(run[place] for run in runs) for place in range(3))
        print(f"  {name:24} CPU {cpu:6.2f} s   wall {wall:6.2f} s   peak {peak:4.0f} MB")
    best = {name: min(run[0] for run in runs) for name, runs in found.items()}
    print(f"CPU of Accord / of model_signing: {best['Accord'] / best['model_signing']:.2f} (goal: at most 0.75)")


def _run(command: Sequence[object]) -> tuple[float, float, float]:
    """Return CPU seconds, wall seconds and peak MB of a command."""
    began = time.perf_counter()
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    error = process.stderr.read() if process.stderr else b""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - began
    if process.returncode:
        raise SystemExit(error.decode())
    return usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024


def _cache(folder: Path, model: Path) -> None:
    held = DigestCache(folder / "cache.json", clock=lambda: time.time_ns() + 10**10)
    began = time.perf_counter()
    first = hash_model(model, known=held)
    cold = time.perf_counter() - began
    held.write()
    began = time.perf_counter()
    same = hash_model(model, known=DigestCache(folder / "cache.json")) == first
    warm = time.perf_counter() - began
    print(f"Digests again from the cache: {cold / warm:.0f} times faster (goal: at least 20), the same: {same}")


def _start(folder: Path) -> None:
    small = folder / "small"
    small.mkdir()
    (small / "a").write_bytes(b"a")
    scripts = Path(sys.executable).parent
    command = [scripts / "accord", "weights", "sign", small, "--key", folder / "key", "--signature", folder / "c.sig"]
    walls = sorted(_run(command)[1] for _ in range(9))
    print(f"Start-up, a model of one byte: {walls[4]:.3f} s, median of 9 (goal: under 0.2)")


def _scan(folder: Path) -> None:
    for title, value in {
        "arrays": [os.urandom(1 << 20) for _ in range(500)],
        "numbers, an opcode each": [list(range(100)) for _ in range(20_000)],
    }.items():
        path = folder / "p.pkl"
        path.write_bytes(pickle.dumps(value, 4))
        began = time.perf_counter()
        found = scan_file(path)
        rate = path.stat().st_size / 1e6 / (time.perf_counter() - began)
        print(f"Scan of a pickle of {title}: {rate:.0f} MB/s, {found.verdict.value} (goal: at least 100)")


if __name__ == "__main__":
    main()
