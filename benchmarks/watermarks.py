"""What watermarks survive, how often they are found where there is none, and how long looking takes, in one run.

    python benchmarks/watermarks.py [--texts 24] [--tokens 250] [--images 12]

Texts are answers of the demo's model to our own prompts, marked while they are generated; pictures are made by
numbers, with contrast that falls with frequency as that of photographs does. Unmarked texts are the documentation that
comes with Python. Each scheme has a new key in each run unless --seed says otherwise. Paraphrases and translations are
by the demo's model, on a server of its own, and its translations are poor.
"""

import argparse
import io
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from pydoc_data import topics
from random import Random

import numpy as np
from PIL import Image

from accord.cli.rewriting import open_rewriter
from accord.evals import demo_weights
from accord.evidence import Observation, wilson
from accord.manifest import parse_system
from accord.provenance.watermarks.calibration import Passage, read_unmarked
from accord.provenance.watermarks.image import SpreadSpectrum
from accord.provenance.watermarks.keys import WatermarkKey
from accord.provenance.watermarks.looking import Marking
from accord.provenance.watermarks.scheme import Watermark, open_watermark
from accord.provenance.watermarks.texts import generate

RATE = 0.01
FORMS = (
    "Write a short story about {}.",
    "Explain {} to a student, in several paragraphs.",
    "Write a newspaper article about {}.",
    "Write a long letter to a friend about {}.",
)
THINGS = ("a lighthouse", "the history of bread", "a train journey", "keeping bees", "how bridges are built",
          "a village market", "the night sky", "learning to swim", "an old library", "growing tomatoes")  # fmt: skip
SYSTEM = """
[organisation]
name = "Benchmark"
roles = ["developer"]
[system]
name = "Benchmark"
version = "1"
description = "Rewrites texts"
stage = "development"
languages = ["en"]
[model]
name = "demo"
weights = "{weights}"
[evaluation]
timeout = 600
"""


def main() -> None:
    """Print one table for each scheme."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, default in (("texts", 24), ("tokens", 250), ("images", 12), ("keys", 5), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    rng, model = Random(options.seed), demo_weights()  # noqa: S311 - a benchmark that can be repeated
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        _images(folder, rng.randbytes(32), options.images)
        passages = _unmarked(folder / "unmarked")
        for scheme in ("kgw", "synthid-text"):
            key = WatermarkKey(scheme, rng.randbytes(32))
            _texts(folder, key, model, options)
            _keys(scheme, [rng.randbytes(32) for _ in range(options.keys)], model, passages)


def _images(folder: Path, secret: bytes, count: int) -> None:
    mark = SpreadSpectrum(WatermarkKey("spread-spectrum", secret))
    plain, marked = folder / "plain", folder / "marked"
    for place in (plain, marked):
        place.mkdir()
    loss = []
    for number in range(count):
        data = _scene(number)
        (plain / f"{number}.png").write_bytes(data)
        (marked / f"{number}.png").write_bytes(mark.mark(data, "image/png"))
        loss.append(_noise(data, (marked / f"{number}.png").read_bytes()))
    print(f"spread-spectrum, {count} pictures of 512 by 384 pixels, PSNR {statistics.mean(loss):.1f} dB")
    _report(Marking("spread-spectrum", mark, "", RATE, tuple(sorted(marked.iterdir())), plain), None)


def _texts(place: Path, key: WatermarkKey, model: Path, options: argparse.Namespace) -> None:
    folder = place / key.scheme
    folder.mkdir()
    prompts = [form.format(thing) for thing in THINGS for form in FORMS][: options.texts]
    mark = open_watermark(key, model)
    embedder: Callable[[int], object] = mark.embedder  # type: ignore[attr-defined] # of marks in texts
    began, words = time.perf_counter(), 0
    for number, text in enumerate(generate(model, embedder, prompts, tokens=options.tokens, seed=options.seed)):
        (folder / f"{number:03}.txt").write_text(text, encoding="utf-8")
        words += len(text.split())
    spent = time.perf_counter() - began
    print(f"{key.scheme}, {len(prompts)} texts of at most {options.tokens} tokens, {words / spent:.0f} words a second")
    _report(Marking(key.scheme, mark, "", RATE, tuple(sorted(folder.iterdir())), place / "unmarked"), model)


def _report(marking: Marking, model: Path | None) -> None:
    mark = marking.mark
    seen = list(marking.look())
    for name, title in marking.asked().items():
        _print(Observation.of(name, title, seen, sample=True))
    print(
        f"  looking takes {_speed(mark.watermark, marking.passages) * 1000:.1f} ms of CPU for unmarked content (median)"
    )
    if model is None:
        survived = list(marking.survive(None))
    else:
        system = parse_system(SYSTEM.format(weights=model), "benchmark")
        with open_rewriter(system, Path()) as rewrite:
            survived = list(marking.survive(rewrite))
    for name, title in marking.survival().items():
        _print(Observation.of(name, title, survived, sample=True))


def _print(row: Observation) -> None:
    share = f"{row.held} of {row.n} ({row.low:.0%} to {row.high:.0%})" if row.n else "none told"
    print(f"  {row.title}: {share}" + (f", unknown {row.unknown}" if row.unknown else ""))


def _keys(scheme: str, secrets: Sequence[bytes], model: Path, passages: Sequence[Passage]) -> None:
    """Show how wrong the scheme's own p-value is for single keys."""
    for secret in secrets:
        mark = open_watermark(WatermarkKey(scheme, secret), model)
        scores = [s.p for p in passages if (s := mark.score(p.content, p.kind)).size >= mark.least]
        alarms = sum(p <= RATE for p in scores)
        low, high = wilson(alarms, len(scores))
        print(f"  by its own p-value, another key: {alarms} of {len(scores)} unmarked ({low:.1%} to {high:.1%})")


def _speed(mark: Watermark, passages: Sequence[Passage]) -> float:
    spent = []
    for passage in passages[:50]:
        began = time.process_time()
        mark.score(passage.content, passage.kind)
        spent.append(time.process_time() - began)
    return statistics.median(spent)


def _unmarked(folder: Path) -> Sequence[Passage]:
    folder.mkdir()
    for name, text in topics.topics.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    return read_unmarked(folder)


def _scene(seed: int, width: int = 512, height: int = 384) -> bytes:
    rng = np.random.default_rng(seed)
    distance = np.hypot(np.fft.fftfreq(width)[None], np.fft.fftfreq(height)[:, None])
    distance[0, 0] = 1
    planes = []
    for _ in range(3):
        plane = np.fft.ifft2(np.fft.fft2(rng.standard_normal((height, width))) / distance**1.3).real
        planes.append((plane - plane.min()) / (plane.max() - plane.min()) * 255)
    held = io.BytesIO()
    Image.fromarray(np.stack(planes, -1).astype(np.uint8)).save(held, "PNG")
    return held.getvalue()


def _noise(before: bytes, after: bytes) -> float:
    one, other = (np.asarray(Image.open(io.BytesIO(data)), float) for data in (before, after))
    return float(10 * np.log10(255**2 / ((one - other) ** 2).mean()))


if __name__ == "__main__":
    main()
