"""How often what is called a pattern of misuse is one, on simulated days whose truth is known.

    python benchmarks/patterns.py [--days 100] [--seed 1]

Each day has ordinary traffic, misuse of a size drawn anew, and what only looks like misuse: flagged texts that many
quote, agents that poll, accounts that are refused now and then, tools that bring a flagged page once or twice. Prints
the table of docs/explanation/monitoring.md: precision and recall over texts with their 95 % intervals (Wilson).
"""

import argparse
import random
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from accord.evidence import wilson
from accord.manifest import Watch
from accord.monitor.patterns import campaigns, loops, refusals, tools

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "shared"))

from traffic_scene import JAILBREAK, REFUSAL, SERIES, WEAPONS, Scene, Traffic

START = datetime(2026, 11, 1, tzinfo=UTC)
CAUSES = ("campaign", "cluster", "loop", "refusals", "tools")


def main() -> None:
    """Print precision and recall of each pattern."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    hits, extra, missed = Counter[str](), Counter[str](), Counter[str]()
    texts = taken = 0.0
    for day in range(asked.days):
        scene = _day(asked.seed * 10_000 + day)
        began = time.perf_counter()
        found = _find(scene)
        taken += time.perf_counter() - began
        texts += scene.texts.num_rows
        for cause in CAUSES:
            planted = scene.planted.get(cause, frozenset())
            hits[cause] += len(found[cause] & planted)
            extra[cause] += len(found[cause] - planted)
            missed[cause] += len(planted - found[cause])
    print(f"{asked.days} days of {texts / asked.days:,.0f} texts; {texts / taken:,.0f} texts a second\n")
    print("| pattern | precision | recall |\n|---|---|---|")
    for cause in CAUSES:
        print(f"| {cause} | {_share(hits[cause], extra[cause])} | {_share(hits[cause], missed[cause])} |")


def _share(right: int, wrong: int) -> str:
    n = right + wrong
    low, high = wilson(right, n) if n else (0.0, 1.0)
    return f"{right} of {n} ({low:.0%} to {high:.0%})"


def _day(seed: int) -> Scene:
    drawn = random.Random(seed)  # noqa: S311 - a simulation
    traffic = Traffic(seed, START, 1.0, daily=1_500)

    def moment() -> datetime:
        return START + timedelta(hours=20 * drawn.random())

    for series in (JAILBREAK, WEAPONS):
        for _ in range(2):
            traffic.campaign(
                moment(),
                drawn.randint(2, 25),
                3,
                series=series,
                size=drawn.randint(15, 80),
                rewritten=0.3 * drawn.random(),
            )
    if drawn.random() < 0.3:  # noqa: PLR2004 - on so many days a text is quoted that a detector takes for misuse
        traffic.campaign(moment(), drawn.randint(2, 8), 6, planted=False)
    for number in range(3):
        traffic.loop(moment(), drawn.randint(4, 20))
        traffic.agent(moment(), drawn.randint(5, 40), polls=drawn.choice((0, 0, 2, 4, 6)))
        traffic.refused(f"seeker-{number}", moment(), drawn.randint(8, 30), drawn.uniform(0.6, 1.0), planted=True)
        traffic.refused(f"unlucky-{number}", moment(), drawn.randint(8, 30), drawn.uniform(0.1, 0.6), planted=False)
        traffic.tools(f"abuser-{number}", moment(), drawn.randint(2, 9))
        traffic.tools(f"reader-{number}", moment(), drawn.choice((1, 1, 2, 3)), planted=False)
    return traffic.scene()


def _find(scene: Scene) -> dict[str, frozenset[tuple[str, int, int]]]:
    watch, found = Watch(traffic="traffic"), {cause: frozenset[tuple[str, int, int]]() for cause in CAUSES}
    texts, findings = scene.texts, scene.findings
    patterns = [
        *campaigns(
            texts,
            findings,
            jailbreaks={JAILBREAK},
            similarity=watch.similarity,
            accounts=watch.campaign,
            others=watch.cluster,
        ),
        *loops(texts, repeats=watch.repeats),
        *refusals(texts, findings, series={REFUSAL} & set(SERIES), share=watch.refused, answers=watch.answers),
        *tools(texts, findings, marked=watch.marked, calls=watch.calls),
    ]
    for pattern in patterns:
        found[pattern.cause] |= pattern.keys
    return found
"""The patterns' speed beside the bare automaton, passes of `re` and Presidio, in one run; and a fuzz run against `re`.
    python benchmarks/patterns.py [--mb 64] [--fuzz 0] [--seed 6]
Text is made as chat.py says, 2 GB of it with `--mb 2000`. A rate is megabytes a second of CPU time, once everything is
loaded. The automaton and the kernel read all of the text, the slow ones what a few seconds allow of its beginning.
`--fuzz 1000000` compares the spans of so many texts with one pass of `re` for each pattern. Presidio is measured where
`pip install presidio-analyzer` was done in this environment; Accord does not need it.
import re
import resource
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
    """Compare with `re` on texts of which half are chat and half are pieces thrown together; stop at a difference."""
    kernels, done, found = [Kernel(detector.patterns) for detector in detectors], 0, 0
    while done < count:
        chance = np.random.default_rng([seed, done])
        texts = next(batches(1, rows=500, seed=seed + done)).to_pylist()
        pieces = [piece for text in texts for piece in re.split(r"(\W)", text)]
        texts += [
            "".join(pieces[i] for i in chance.integers(0, len(pieces), chance.integers(0, 40))) for _ in range(1500)
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
