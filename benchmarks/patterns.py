"""The patterns' speed beside the bare automaton, passes of `re` and Presidio, in one run; and a fuzz run against `re`.

    python benchmarks/patterns.py [--mb 64] [--fuzz 0] [--seed 6]

Text is made as chat.py says, 2 GB of it with `--mb 2000`. A rate is megabytes a second of CPU time, once everything is
loaded. The automaton and the kernel read all of the text, the slow ones what a few seconds allow of its beginning.
`--fuzz 1000000` compares the spans of so many texts with one pass of `re` for each pattern. Presidio is measured where
`pip install presidio-analyzer` was done in this environment; Accord does not need it.
"""

import argparse
import re
import resource
import time
from collections.abc import Callable, Iterable, Iterator

import numpy as np
import pyarrow as pa
from chat import SEED, batches

from accord.scan.patterns import PatternDetector, personal_data, secrets, terms
from accord.scan.patterns.automaton import Automaton
from accord.scan.patterns.kernel import Kernel

SIXTY = 60
_SECONDS = 4.0
_Texts = tuple[memoryview, np.ndarray[tuple[int], np.dtype[np.int64]]]


def main() -> None:
    """Print rates, and what the fuzz run found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mb", type=int, default=64)
    parser.add_argument("--fuzz", type=int, default=0)
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    detectors = [personal_data(), secrets(), terms()]
    if options.fuzz:
        _fuzz(detectors, options.fuzz, options.seed)
        return
    sixty = Kernel([pattern for detector in detectors for pattern in detector.patterns][:SIXTY])
    size = options.mb * 1_000_000
    first = _buffers(next(batches(size, seed=options.seed)))
    average = len(first[0]) / (len(first[1]) - 1)
    print(f"{options.mb} MB of chat text, {average:.0f} bytes a text, seed {options.seed}:")
    _whole(sixty, detectors, size, options.seed)
    _slow(sixty, first)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def _whole(sixty: Kernel, detectors: Iterable[PatternDetector], size: int, seed: int) -> None:
    """Print the rates of what reads all of the text."""
    ways: dict[str, Callable[[_Texts], int]] = {
        f"bare automaton, {SIXTY} patterns as derived": _bare(sixty),
        f"kernel with confirmation, {SIXTY} patterns": lambda texts: len(sixty.find(*texts)),
    }
    for detector in detectors:
        kernel = Kernel(detector.patterns)
        ways[f"kernel, {detector.name}, {len(detector.patterns)} patterns"] = lambda texts, k=kernel: len(
            k.find(*texts)
        )  # type: ignore[misc] # a default that a loop binds
    began = time.process_time()
    small = _buffers(next(batches(1, rows=2_000, seed=seed + 1)))
    for way in ways.values():
        way(small)
    print(f"  (compiling and loading on first use: {time.process_time() - began:.1f} s of CPU)")
    spent = dict.fromkeys(ways, 0.0)
    found, read, count = dict.fromkeys(ways, 0), 0, 0
    for array in batches(size, seed=seed):
        texts = _buffers(array)
        read, count = read + len(texts[0]), count + len(array)
        for name, way in ways.items():
            began = time.process_time()
            found[name] += way(texts)
            spent[name] += time.process_time() - began
    for name, seconds in spent.items():
        _say(name, read, count, seconds, found[name])


def _bare(kernel: Kernel) -> Callable[[_Texts], int]:
    expressions = [superset.expression for superset in kernel.supersets]
    automaton = Automaton(sorted(set(expressions)), 0, 100.0)
    return lambda texts: sum(map(len, automaton.scan(texts[0], 0, len(texts[0]))[0]))


def _slow(kernel: Kernel, texts: _Texts) -> None:
    """Print the rates of what reads only the beginning."""
    rows = [bytes(texts[0][a:b]) for a, b in zip(texts[1][:-1], texts[1][1:], strict=True)]
    compiled = [pattern.compiled for pattern in kernel.patterns]
    _timed(
        f"{SIXTY} passes of re.finditer a text, no checks",
        rows,
        lambda row: sum(1 for p in compiled for _ in p.finditer(row)),
    )
    _timed(f"{SIXTY} passes of re.finditer a text, with checks", rows, lambda row: len(list(_plain(kernel, row))))
    for row in _presidio():
        _timed("Presidio, its patterns for English without a language model", rows, row)


def _plain(kernel: Kernel, row: bytes) -> Iterator[tuple[int, int, int, int]]:
    yield from kernel.find_plainly(memoryview(row), np.array([0, len(row)], np.int64))


def _timed(name: str, rows: list[bytes], way: Callable[[bytes], int]) -> None:
    began, read, count, found = time.process_time(), 0, 0, 0
    for row in rows:
        found += way(row)
        read, count = read + len(row), count + 1
        if time.process_time() - began > _SECONDS:
            break
    _say(name, read, count, time.process_time() - began, found)


def _presidio() -> Iterator[Callable[[bytes], int]]:
    try:
        from presidio_analyzer import RecognizerRegistry  # noqa: PLC0415 - only where it is installed
        from presidio_analyzer.pattern_recognizer import PatternRecognizer  # noqa: PLC0415 - as above
    except ImportError:
        print("  Presidio is not installed: pip install presidio-analyzer")
        return
    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"])
    chosen = [r for r in registry.recognizers if isinstance(r, PatternRecognizer) and r.supported_language == "en"]
    print(f"  ({len(chosen)} recognisers of Presidio)")
    yield lambda row: sum(len(r.analyze(row.decode(), r.supported_entities)) for r in chosen)


def _fuzz(detectors: Iterable[PatternDetector], count: int, seed: int) -> None:
    """Compare with `re` on texts of which one in ten is chat and the rest are pieces of it; stop at a difference."""
    kernels, done, found = [Kernel(detector.patterns) for detector in detectors], 0, 0
    while done < count:
        chance = np.random.default_rng([seed, done])
        texts = next(batches(1, rows=200, seed=seed + done, personal=0.9)).to_pylist()
        pieces = [piece for text in texts for piece in re.split(r"(\W)", text)]
        texts += [
            "".join(pieces[i] for i in chance.integers(0, len(pieces), chance.integers(0, 40))) for _ in range(1800)
        ]
        data, offsets = _buffers(pa.array(texts, pa.large_string()))
        for kernel in kernels:
            fast = sorted(kernel.find(data, offsets))
            if fast != sorted(kernel.find_plainly(data, offsets)):
                raise SystemExit(f"The spans differ: seed {seed}, after {done} texts.")
            found += len(fast)
        done += len(texts)
        print(f"\r{done} texts, {found} spans, no difference", end="", flush=True)
    print()


def _buffers(array: pa.LargeStringArray) -> _Texts:
    _, offsets, data = array.buffers()
    return memoryview(data), np.frombuffer(offsets, np.int64)[: len(array) + 1]


def _say(name: str, read: int, count: int, seconds: float, found: int) -> None:
    rates = f"{read / 1e6 / seconds:8.2f} MB/s {count / seconds:9.0f} texts/s"
    print(f"  {name:60} {rates}, {found} found in {read / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
