"""Scanning chat texts in Parquet: the whole pipeline on every runner, beside others that read the same texts.

    python benchmarks/scan.py [--mb 200] [--folder DIR] [--only NAME ...] [--presidio PYTHON]

The texts are those of chat.py, repeated until there are enough; sizes are of text in UTF-8. Each way runs in a process
of its own; CPU is user and system time of all its processes, the peak is the resident memory of all of them together,
asked for 20 times a second. What is slow reads a slice, and its rate is compared. Presidio is measured where
PYTHON, or this one, has presidio-analyzer and pyarrow: its recognisers of patterns alone, and its whole engine over the
same with a blank model of spaCy, which splits words and knows no names.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from chat import batches

MB = 1_000_000
DISTINCT = 60 * MB
FILE = 250 * MB
PATTERNS = ("personal-data", "secrets", "terms")
"""The detectors that the goals are about: those of whole texts read a hundredth as fast."""
WAYS = ("plain loop", "local, 1", "local, 2", "daft", "ray", "re", "presidio", "presidio engine", "one buffer")
SLICES = {"re": 2 * MB, "presidio": MB // 5, "presidio engine": MB // 5, "one buffer": 500 * MB}
_LONG = max(map(len, WAYS)) + 1


@dataclass(frozen=True)
class Run:
    """What one way needed."""

    size: int
    rows: int
    wall: float
    cpu: float
    peak: int
    findings: int


def main() -> None:
    """Make the texts, run every way, and print rates and ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mb", type=int, default=200)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--only", nargs="*", default=WAYS, choices=WAYS)
    parser.add_argument("--presidio", default=sys.executable, help="The python of an environment with Presidio.")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.way:
        _report(options.way, options.folder)
        return
    with tempfile.TemporaryDirectory() as made:
        folder = options.folder or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        if not list(folder.glob("*.parquet")):
            _fill(folder, options.mb * MB)
        _run_all(folder, options.only, options.presidio)


def _fill(folder: Path, size: int) -> None:
    """Write texts with what a log of production has beside them."""
    distinct = list(batches(min(DISTINCT, size)))
    number = written = row = 0
    while written < size:
        with pq.ParquetWriter(
            folder / f"chat-{number:04}.parquet", _table(distinct[0], 0).schema, compression="zstd"
        ) as file:
            held = 0
            while held < FILE and written + held < size:
                array = distinct[row % len(distinct)]
                file.write_table(_table(array, row), row_group_size=50_000)
                held += array.buffers()[2].size
                row += 1
        number, written = number + 1, written + held


def _table(texts: pa.LargeStringArray, number: int) -> pa.Table:
    count = len(texts)
    rows = range(number * count, (number + 1) * count)
    return pa.table(
        {
            "text": texts.cast(pa.string()),
            "role": pa.array(["user" if row % 2 else "assistant" for row in rows]),
            "time": pa.array([1_764_000_000 + row for row in rows], pa.timestamp("s", "UTC")),
            "user_id": pa.array([f"user-{row % 5003}" for row in rows]),
            "conversation_id": pa.array([f"talk-{row // 6}" for row in rows]),
        }
    )


def _run_all(folder: Path, ways: list[str], presidio: str) -> None:
    print(f"{'':{_LONG}}{'MB/s':>9}{'MB/s CPU':>10}{'rows/s':>11}{'peak MB':>9}{'found':>10}{'MB':>8}")
    found: dict[str, Run] = {}
    for way in ways:
        python = presidio if way.startswith("presidio") else sys.executable
        if (missing := _missing(way, python)) is not None:
            print(f"{way:{_LONG}}  left out: {missing} is not installed")
            continue
        run = found[way] = _run(way, folder, python)
        rates = f"{run.size / MB / run.wall:9.1f}{run.size / MB / run.cpu:10.1f}{run.rows / run.wall:11.0f}"
        print(f"{way:{_LONG}}{rates}{run.peak / MB:9.0f}{run.findings:10}{run.size / MB:8.0f}", flush=True)
    _ratios(found)


def _missing(way: str, python: str) -> str | None:
    needed = {"daft": "daft", "ray": "ray", "one buffer": "hyperscan"}.get(way)
    needed = "presidio_analyzer" if way.startswith("presidio") else needed
    if needed is None:
        return None
    if python == sys.executable:
        return None if find_spec(needed) else needed
    return needed if subprocess.run([python, "-c", f"import {needed}"], check=False).returncode else None


def _ratios(found: dict[str, Run]) -> None:
    def rate(way: str) -> float:
        return found[way].size / found[way].cpu

    def show(words: str, value: float, goal: str) -> None:
        print(f"{words}: {value:,.2f} (goal: {goal})")

    if "local, 1" in found:
        show("Whole pipeline, MB per CPU second", rate("local, 1") / MB, "at least 400")
    for first, second, words, goal in (
        ("local, 1", "re", "Against a plain loop of re", "about 390"),
        ("local, 1", "presidio", "Against Presidio's patterns alone", "at least 2,000"),
        (
            "local, 1",
            "presidio engine",
            "Against Presidio's whole engine, patterns and a blank model",
            "at least 2,000",
        ),
        ("daft", "local, 1", "Daft against the loop of one process that does the same", "at least 0.90"),
        ("daft", "plain loop", "Daft against the plain loop, which keeps no journal and no accounts", "at least 0.90"),
        ("local, 1", "plain loop", "One process against the plain loop", "near 1"),
        ("local, 1", "one buffer", "One process against the bare engine on one buffer", "as near 1 as it gets"),
    ):
        if first in found and second in found:
            show(f"{words}, by CPU", rate(first) / rate(second), goal)
    if {"local, 1", "local, 2"} <= set(found):
        one, two = found["local, 1"], found["local, 2"]
        show("Two processes against one, by wall", one.wall / two.wall, "near 2 on two quiet processors")
    counts = {run.findings for way, run in found.items() if way in WAYS[:5]}
    if counts:
        print(f"The same number of findings on every runner: {len(counts) == 1}")


def _run(way: str, folder: Path, python: str) -> Run:
    """Run this file in a process of its own, and watch it."""
    command = [python, __file__, "--way", way, "--folder", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        peak = 0
        while process.poll() is None:
            peak = max(peak, _resident(process.pid))
            time.sleep(0.05)
        said = process.stdout.read() if process.stdout else ""
    if process.returncode:
        raise SystemExit(f"{way}: exit code {process.returncode}")
    size, rows, findings, cpu, wall = said.split()[-5:]
    return Run(int(size), int(rows), float(wall), float(cpu), peak, int(findings))


def _resident(pid: int) -> int:
    """Return the resident memory of a process and all below it."""
    parents: dict[int, list[int]] = {}
    sizes: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        try:
            number = int(entry.name)
            stat = (entry / "stat").read_text().rpartition(")")[2].split()
            sizes[number] = int((entry / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except (ValueError, OSError):
            continue
        parents.setdefault(int(stat[1]), []).append(number)
    total, waiting = 0, [pid]
    while waiting:
        number = waiting.pop()
        total += sizes.get(number, 0)
        waiting += parents.get(number, [])
    return total


def _report(way: str, folder: Path) -> None:
    """Run one way here, and print size, rows, findings, CPU seconds and wall seconds."""
    texts = list(_texts(folder, SLICES[way])) if way in SLICES else []
    if way == "one buffer":
        _one_buffer(texts[:99])  # the patterns are compiled at first use, which here is no part of the rate
    began, before = time.perf_counter(), _cpu()
    if way in SLICES:
        findings = _ON_SLICES[way](texts)
        size, rows = sum(map(len, texts)), len(texts)
    else:
        size, rows, findings = _HOW[way](folder)
    print(size, rows, findings, _cpu() - before, time.perf_counter() - began)


def _cpu() -> float:
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def _pipeline(runner: str, jobs: int) -> Callable[[Path], tuple[int, int, int]]:
    def run(folder: Path) -> tuple[int, int, int]:
        from accord.scan.engine import scan  # noqa: PLC0415 - as above
        from accord.scan.plan import make_plan  # noqa: PLC0415 - as above
        from accord.scan.runners import make_runner  # noqa: PLC0415 - as above

        plan = make_plan([str(folder)], _detectors(), key=b"benchmark")
        with tempfile.TemporaryDirectory(dir=folder.parent) as out:
            found = scan(plan, Path(out), make_runner(runner, jobs))
        return found.size, found.texts, sum(rate.found for rate in found.rates)

    return run


def _plain_loop(folder: Path) -> tuple[int, int, int]:
    """Read texts, detect and write findings, with nothing around it: no digest, no counts, no journal."""
    from accord.scan.rows import FOUND, TEXTS  # noqa: PLC0415 - as above

    detectors = _detectors()
    size = rows = findings = 0
    with (
        tempfile.TemporaryDirectory(dir=folder.parent) as out,
        pq.ParquetWriter(Path(out) / "f.parquet", FOUND) as file,
    ):
        for path in sorted(folder.glob("*.parquet")):
            for batch in pq.ParquetFile(path).iter_batches(batch_size=16_384, columns=["text"], use_threads=False):
                texts = batch.column(0).cast(pa.large_string())
                made = [texts if f.name == "text" else pa.repeat(_empty(f), len(texts)) for f in TEXTS]
                table = pa.record_batch(made, schema=TEXTS)
                for detector in detectors:
                    found = detector.detect(table)
                    file.write_batch(found)
                    findings += found.num_rows
                rows, size = rows + len(texts), size + batch.column(0).buffers()[2].size
    return size, rows, findings


def _empty(field: pa.Field) -> pa.Scalar:
    if field.nullable:
        return pa.scalar(None, field.type)
    return pa.scalar("" if pa.types.is_string(field.type) else 0, field.type)


def _texts(folder: Path, size: int) -> Iterator[bytes]:
    for path in sorted(folder.glob("*.parquet")):
        for batch in pq.ParquetFile(path).iter_batches(columns=["text"]):
            for text in batch.column(0).cast(pa.binary()).to_pylist():
                yield text
                size -= len(text)
                if size <= 0:
                    return


@cache
def _detectors() -> Any:  # noqa: ANN401 - imported late
    from accord.scan.detectors import load_detectors  # noqa: PLC0415 - only in the processes that scan

    return load_detectors(PATTERNS)


def _re(texts: list[bytes]) -> int:
    """Find with one pass of `re` over each text for each pattern, without any check of what matches."""
    from accord.scan.patterns.pattern import load_patterns  # noqa: PLC0415 - as above
    from accord.scan.patterns.terms import load_terms  # noqa: PLC0415 - as above

    sets = (load_patterns("personal", "identity"), load_patterns("secrets"), load_terms())
    searches = [pattern.compiled.finditer for one in sets for pattern in one.patterns]
    return sum(1 for text in texts for search in searches for _ in search(text))


def _one_buffer(texts: list[bytes]) -> int:
    """Run the kernel of all detectors over texts that lie end to end in memory: no file, no table."""
    from accord.scan.rows import TEXTS  # noqa: PLC0415 - as above

    made = pa.array(texts, pa.large_binary()).cast(pa.large_string())
    table = pa.record_batch(
        [made if f.name == "text" else pa.repeat(_empty(f), len(made)) for f in TEXTS], schema=TEXTS
    )
    return sum(detector.detect(table).num_rows for detector in _detectors())


def _presidio(texts: list[bytes]) -> int:
    """Find with Presidio's own recognisers of patterns, one after the other."""
    registry = _recognisers()
    return sum(
        len(one.analyze(text.decode(), one.supported_entities)) for text in texts for one in registry.recognizers
    )


def _presidio_engine(texts: list[bytes]) -> int:
    """Find with Presidio's engine, which asks the same recognisers, weighs words around, and resolves overlaps."""
    import spacy  # noqa: PLC0415 - comes with Presidio
    from presidio_analyzer import AnalyzerEngine  # noqa: PLC0415 - not a dependency of ours
    from presidio_analyzer.nlp_engine import SpacyNlpEngine  # noqa: PLC0415 - as above

    words = SpacyNlpEngine(models=[{"lang_code": "en", "model_name": "blank"}])
    words.nlp = {"en": spacy.blank("en")}
    engine = AnalyzerEngine(registry=_recognisers(), nlp_engine=words, supported_languages=["en"])
    return sum(len(engine.analyze(text.decode(), language="en")) for text in texts)


def _recognisers() -> Any:  # noqa: ANN401 - not a dependency of ours
    """Return Presidio's registry with its recognisers of patterns for English alone."""
    from presidio_analyzer import PatternRecognizer, RecognizerRegistry  # noqa: PLC0415 - as above

    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"])
    registry.recognizers = [one for one in registry.recognizers if isinstance(one, PatternRecognizer)]
    return registry


_ON_SLICES = {"re": _re, "presidio": _presidio, "presidio engine": _presidio_engine, "one buffer": _one_buffer}
_HOW = {
    "plain loop": _plain_loop,
    "local, 1": _pipeline("local", 1),
    "local, 2": _pipeline("local", 2),
    "daft": _pipeline("daft", 0),
    "ray": _pipeline("ray", 0),
}

if __name__ == "__main__":
    main()
