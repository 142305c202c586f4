"""What a report of a large evaluation costs: time and peak memory for 2,000 and for 200,000 samples.

    python benchmarks/report_samples.py [--samples 200000]

A real workspace asks an endpoint that answers at once. Its scores and its log are then multiplied to that many samples,
recorded and assessed, and `accord report` writes both formats and the bundle in a process of its own. The ratio is of
the peaks; every file that was opened is watched, so that "the log was not opened" is seen and not believed.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
import zipfile
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path

from mock_endpoint import answering

from accord.assess import make_assessment
from accord.checks import find
from accord.codes import load_code
from accord.evidence import EvaluationRecord, Score, format_values
from accord.ledger import parse_json
from accord.manifest import load_system
from accord.reports.publish import publish
from accord.workspace import Workspace

INIT = "--organisation Benchmark --system bench --version 1 --role developer --model-name mock --model-endpoint"
ASKED = 'suites = ["bias"]\nprofile = "quick"\nlanguages = ["en"]\nseed = 1\n'


def main() -> None:
    """Print the two peaks and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=200_000)
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        print(json.dumps(_report(options.work)))
        return
    peaks = {}
    for count in (options.samples // 100, options.samples):
        with tempfile.TemporaryDirectory() as folder:
            log = _make(Path(folder), count)
            ran = subprocess.run([sys.executable, __file__, "--work", folder], check=True, stdout=subprocess.PIPE)
            told = json.loads(ran.stdout)
            peaks[count] = told["mb"]
            opened = "opened" if log.name in told["opened"] else "not opened"
            print(
                f"{count:7,} samples: report and bundle in {told['seconds']:.1f} s, peak {told['mb']:.0f} MB, "
                f"report.html {told['html'] / 1e6:.1f} MB; the log ({log.stat().st_size / 1e6:.0f} MB) was {opened}"
            )
    print(f"Memory of all / of a hundredth: {peaks[options.samples] / peaks[options.samples // 100]:.2f} (flat is 1)")


def _make(folder: Path, count: int) -> Path:
    """Fill a workspace with an evaluation of so many samples, assess it, and return its log."""
    accord = Path(sys.executable).with_name("accord")
    with answering() as url:
        subprocess.run([accord, "init", folder, *INIT.split(), url], check=True, stdout=subprocess.DEVNULL)
        manifest = folder / "accord.toml"
        text = manifest.read_text(encoding="utf-8")
        manifest.write_text(text.replace("seed = 1\n", ASKED, 1), encoding="utf-8")
        # It ends with 1 where there are findings, as there are here.
        subprocess.run([accord, "assess", folder], check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    space, now = Workspace(folder), datetime.now(UTC)
    record = space.records(now).of(EvaluationRecord)[-1].record
    log = _multiply(space, record, count, now)
    system, records = load_system(space.manifest), space.records(now)
    space.append([make_assessment(space, load_code(system.edition), find(system.declared(), records), records)])
    return log


def _multiply(space: Workspace, record: EvaluationRecord, count: int, now: datetime) -> Path:
    """Record the evaluation again with its samples repeated, and return where its log lies."""
    held = [Score.model_validate(row) for row in parse_json(space.artifacts.get(record.scores.sha256))]
    scores = [s.model_copy(update={"sample": f"{s.sample}-{i}"}) for i, s in enumerate(islice(cycle(held), count))]
    metrics = tuple(
        m.count_scores([s for s in scores if (s.metric, s.language) == (m.id, m.language)]) for m in record.metrics
    )
    import zipfile_zstd  # type: ignore[import-untyped]  # noqa: F401, PLC0415 - Inspect's: its logs need it; the measured process does not

    big = space.root / "big.eval"
    with zipfile.ZipFile(space.artifacts.path(record.log.sha256)) as old, zipfile.ZipFile(big, "w") as new:
        texts = [old.read(name) for name in old.namelist() if name.startswith("samples/")]
        for i, text in enumerate(islice(cycle(texts), count)):
            new.writestr(f"samples/{i}_epoch_1.json", text, zipfile.ZIP_DEFLATED, 1)
    changes = {
        "made": now,
        "plan": None,
        "planned": count,
        "completed": count,
        "metrics": metrics,
        "scores": space.keep(format_values(scores), "application/json"),
        "log": space.keep_file(big, record.log.media_type),
        "chain": None,
    }
    big.unlink()
    made = record.model_copy(update=changes)
    space.append([made])
    return space.artifacts.path(made.log.sha256)


def _report(folder: Path) -> dict[str, object]:
    opened: set[str] = set()

    def watch(event: str, args: tuple[object, ...]) -> None:
        if event == "open" and isinstance(args[0], str):
            opened.add(Path(args[0]).name)

    sys.addaudithook(watch)
    began = time.perf_counter()
    publish(Workspace(folder), ("html", "json"), folder, folder / "bundle.zip", (), datetime.now(UTC))
    seconds = time.perf_counter() - began
    # Not ru_maxrss: Linux lets a child begin with its parent's, and this one's parent held all the samples.
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text("ascii").splitlines())
    peak = int(status["VmHWM"].split()[0]) / 1024
    size = (folder / "report.html").stat().st_size
    return {"mb": peak, "seconds": seconds, "html": size, "opened": sorted(opened)}


if __name__ == "__main__":
    main()
