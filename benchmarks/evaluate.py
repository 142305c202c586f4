"""What Accord adds to Inspect, and what Inspect adds to a bare loop, on the same samples and the same engine.

    python benchmarks/evaluate.py [--samples 200] [--weights FILE.gguf] [--memory 20000]

Each of the three asks the same prompts, one at a time, of one running engine, in turns; the ratio is of the medians of
wall time. With --memory the model is a local endpoint that answers at once, and what is printed is the peak memory of
Accord and of bare Inspect, for a quarter of the samples and for all of them.
"""

import argparse
import asyncio
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import inspect_ai
from inspect_ai.dataset import MemoryDataset
from inspect_ai.dataset import Sample as Row
from inspect_ai.model import ChatMessageUser, GenerateConfig, get_model
from inspect_ai.scorer import includes
from inspect_ai.solver import generate
from mock_endpoint import answering
from openai import AsyncOpenAI

from accord.evals import Sample, _inspect, demo_weights, load_suite
from accord.evals.engine import serve
from accord.evals.journal import open_journal
from accord.evals.scoring import score_sample
from accord.evals.shapes import draw

TOKENS = 24
ROUNDS = 3


def main() -> None:
    """Print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=200)
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--memory", type=int, default=0)
    parser.add_argument("--peak", nargs=2, metavar=("RUNNER", "SAMPLES"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peak:
        print(json.dumps(_peak(options.peak[0], int(options.peak[1]))))
    elif options.memory:
        _memory(options.memory)
    else:
        _time(options.weights or demo_weights(), options.samples)


def _time(weights: Path, count: int) -> None:
    suite = load_suite("refusal")
    once = len(suite.samples(1, ["en"]))
    samples = suite.samples(1, ["en"], repeats=-(-count // once))[:count]
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        with serve(weights, context=2048, slots=1, log=folder / "engine.log") as engine:
            runs: dict[str, Callable[[], None]] = {
                "asyncio loop": lambda: asyncio.run(_loop(engine.url, samples)),
                "Inspect": lambda: _bare(engine.url, samples, folder),
                "Accord": lambda: _accord(engine.url, samples, folder),
            }
            asyncio.run(_loop(engine.url, samples[:5]))
            seconds = {name: list[float]() for name in runs}
            for _ in range(ROUNDS):
                for name, run in runs.items():
                    began = time.perf_counter()
                    run()
                    seconds[name].append(time.perf_counter() - began)
    middle = {name: statistics.median(values) for name, values in seconds.items()}
    print(f"{len(samples)} samples of at most {TOKENS} tokens on {weights.name}, median of {ROUNDS} rounds")
    for name, values in seconds.items():
        print(f"  {name:12} {middle[name]:7.2f} s  ({min(values):.2f} to {max(values):.2f})")
    print(f"Accord / Inspect: {middle['Accord'] / middle['Inspect']:.3f} (goal: at most 1.03)")
    print(f"Inspect / loop:   {middle['Inspect'] / middle['asyncio loop']:.3f}")


def _prompt(sample: Sample) -> str:
    return (sample.ask(()) or ())[-1].content


async def _loop(url: str, samples: Sequence[Sample]) -> None:
    client = AsyncOpenAI(base_url=url, api_key="none")
    for sample in samples:
        await client.chat.completions.create(
            model="weights",
            messages=[{"role": "user", "content": _prompt(sample)}],
            max_tokens=TOKENS,
            temperature=0,
            seed=draw(1, sample.id),
        )


def _bare(url: str, samples: Sequence[Sample], folder: Path) -> None:
    rows = [Row(input=[ChatMessageUser(content=_prompt(s))], id=s.id, target="sorry") for s in samples]
    config = GenerateConfig(temperature=0, max_tokens=TOKENS, max_connections=1, seed=1)
    model = get_model("openai-api/bare/weights", config=config, base_url=url, api_key="none", memoize=False)
    task = inspect_ai.Task(dataset=MemoryDataset(rows), solver=generate(), scorer=includes())
    inspect_ai.eval(
        task, model=model, log_dir=str(folder / "bare"), display="none", log_level="critical", max_samples=1
    )


def _accord(url: str, samples: Sequence[Sample], folder: Path) -> None:
    measures = load_suite("refusal").metrics
    place = tempfile.mkdtemp(dir=folder)
    with open_journal(Path(place) / "answers.jsonl", datetime.now(UTC)) as journal:
        exam = _inspect.Exam(
            "refusal",
            {},
            tuple(samples),
            Path(place),
            journal.answers,
            journal.add,
            lambda sample, replies: {s.metric: s.score for s in score_sample(sample, replies, measures)},
        )
        settings = _inspect.Settings(seed=1, temperature=0.0, max_tokens=TOKENS, slots=1, timeout=120)
        _inspect.run(exam, _inspect.Place("weights", url), settings)


def _memory(count: int) -> None:
    grown = {}
    for runner in ("Inspect", "Accord"):
        peaks = []
        for n in (count // 4, count):
            command = [sys.executable, __file__, "--peak", runner, str(n)]
            ran = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            peaks.append(ran["mb"])
            print(f"{runner:8} {n:7,} mock samples: peak {ran['mb']:.0f} MB, {ran['seconds']:.0f} s", flush=True)
        grown[runner] = (peaks[1] - peaks[0]) * 1024 / (count - count // 4)
        print(f"{runner:8} all / a quarter: {peaks[1] / peaks[0]:.2f} (flat is 1); {grown[runner]:.0f} kB per sample")
    print(f"Growth of Accord / of Inspect: {grown['Accord'] / grown['Inspect']:.2f}")


def _peak(runner: str, count: int) -> dict[str, float]:
    ask = {"Inspect": _bare, "Accord": _accord}[runner]
    every = load_suite("refusal").samples(1, repeats=count // 900 + 1)[:count]
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, answering() as url:
        ask(url, every, Path(folder))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"mb": peak, "seconds": time.perf_counter() - began}


if __name__ == "__main__":
    main()
