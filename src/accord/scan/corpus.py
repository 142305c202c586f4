"""A corpus looked at: what its texts are, what is in them that should not be, and what was not looked at."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow.parquet as pq

from accord import __version__
from accord.evidence import DetectorRef, Rate, ScanRecord, Tool, expiry
from accord.ledger import digest
from accord.scan import repeats
from accord.scan.detector import Detector
from accord.scan.detectors import load_detectors
from accord.scan.engine import Scan, scan
from accord.scan.plan import Plan
from accord.scan.runners import Runner
from accord.scan.whole.contamination import ContaminationDetector, load_benchmarks
from accord.workspace import Workspace

DETECTORS = ("language", "quality", "personal-data", "secrets", "rights", "portrayals")
"""What looks at a corpus, beside the search for items of benchmarks and for repeats."""
DAYS = 365
"""For how long a scan of the same files may be relied on: detectors get better."""
_SPARSE = frozenset({"language", "portrayals"})
"""Detectors of very many labels, of which those that were not found are left out of the record."""
_UNSEEN = (
    "Only texts were looked at: no image, sound or film.",
    "Names and addresses of people are not found: personal data is what has a form, such as a number.",
    "Portrayals of groups are counted in English alone, by words and not by meaning.",
    "Repeats of fewer than five words are found where they are exact; benchmarks are those that are named alone.",
)


@dataclass(frozen=True)
class CorpusScan:
    """What was found in a corpus, with the tables in the folder of the scan."""

    scan: Scan
    rates: tuple[Rate, ...]
    detectors: tuple[DetectorRef, ...]
    limits: tuple[str, ...]
    findings: Path
    clusters: Path


def corpus_detectors(benchmarks: Sequence[Path] = ()) -> tuple[Detector, ...]:
    """Return what looks at a corpus; the files are numbers of more benchmarks."""
    return (*load_detectors(DETECTORS), ContaminationDetector(load_benchmarks(benchmarks)))


def corpus_job(plan: Plan, model: str) -> str:
    """Return the digest over everything that the record of a corpus depends on."""
    return digest(f"{plan.job} {model} {repeats.ref().sha256}".encode())


def scan_corpus(plan: Plan, folder: Path, runner: Runner, report: Callable[[int], object] = bool) -> CorpusScan:
    """Do what a plan says and look for repeats; `report` is told how many of twice the input's bytes are done."""
    found = scan(plan, folder, runner, report)
    clusters = repeats.find_repeats(plan, folder, lambda done: report(plan.size + done))
    table = pq.read_table(clusters)
    findings = folder / "all-findings.parquet"
    repeats.merge_repeats(found.findings, table, findings)
    rates = (r for r in found.rates if r.texts or r.detector not in _SPARSE)
    return CorpusScan(
        scan=found,
        rates=(*rates, *repeats.count_repeats(table, found.texts)),
        detectors=(*plan.refs, repeats.ref()),
        limits=tuple(_limits(plan)),
        findings=findings,
        clusters=clusters,
    )


def _limits(plan: Plan) -> Iterable[str]:
    if plan.left_out:
        yield f"{len(plan.left_out)} file(s) of no known form were not read."
    if plan.design.method == "sample":
        yield f"Each text had a chance of {plan.design.fraction:g} to be looked at; no repeat beyond those is seen."
    yield from _UNSEEN


def corpus_record(
    workspace: Workspace, plan: Plan, found: CorpusScan, *, name: str, model: str, now: datetime
) -> ScanRecord:
    """Keep the table of findings beside the log, and return the record of a corpus."""
    return ScanRecord(
        made=now,
        expires=expiry(now, DAYS),
        job=corpus_job(plan, model),
        purpose="data",
        name=name,
        sha256=plan.sha256,
        model=model,
        design=plan.design,
        files=plan.files,
        rows=found.scan.rows,
        texts=found.scan.texts,
        size=found.scan.size,
        unreadable=found.scan.unreadable,
        limits=found.limits,
        detectors=found.detectors,
        rates=found.rates,
        findings=workspace.keep_file(found.findings, "application/vnd.apache.parquet"),
        tools=(Tool(name="accord", version=__version__),),
    )
