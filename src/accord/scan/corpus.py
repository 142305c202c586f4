"""A corpus looked at: what its texts are, what is in them that should not be, and what was not looked at."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pyarrow.parquet as pq

from accord.errors import ScanError
from accord.evidence import DetectorRef, ScanRecord
from accord.ledger import digest
from accord.scan import repeats
from accord.scan.detector import Detector
from accord.scan.detectors import load_detectors
from accord.scan.engine import Scan, scan
from accord.scan.plan import Plan, make_plan
from accord.scan.reading import Columns
from accord.scan.reading.known import KnownFiles
from accord.scan.records import find_limits, make_record, record_job
from accord.scan.runners import Runner
from accord.scan.sources.hosts import NAME as HOSTS
from accord.scan.sources.hosts import make_hosts
from accord.scan.whole.contamination import ContaminationDetector, load_benchmarks
from accord.scan.whole.heads import load_head

DETECTORS = ("language", "quality", "personal-data", "secrets", "rights", "portrayals")
"""What looks at a corpus, beside the search for items of benchmarks and for repeats."""
DAYS = 365
"""For how long a scan of the same files may be relied on: detectors get better."""
PACKAGES = ("hyperscan", "phonenumbers", "py3langid", "python-stdnum", "rensa")
_UNSEEN = (
    "Only texts were looked at: no image, sound or film.",
    "Names of people are not found: personal data is what has a form, such as a number.",
    "Portrayals of groups are counted in English alone, by words and not by meaning.",
    "Of languages and portrayals those found in most texts are counted; the table of findings has all.",
    "Repeats of fewer than five words are found only where they are exact; of benchmarks, only those that are named.",
)


@dataclass(frozen=True)
class CorpusScan:
    """What was found in a corpus, with its tables: the findings, repeats among them, and which texts are alike."""

    scan: Scan
    detectors: tuple[DetectorRef, ...]
    limits: tuple[str, ...]
    clusters: Path


def corpus_detectors(benchmarks: Sequence[Path] = (), heads: Sequence[Path] = ()) -> tuple[Detector, ...]:
    """Return what looks at a corpus; the files are numbers of more benchmarks, and heads of the user's own.

    Raises ScanError for a file that is none of these, and for two of one name.
    """
    contamination = ContaminationDetector(load_benchmarks(benchmarks))
    chosen = (*load_detectors(DETECTORS), contamination, *(load_head(path) for path in heads))
    named = [repeats.NAME, *(detector.name for detector in chosen)]
    if twice := sorted({name for name in named if named.count(name) > 1}):
        raise ScanError(
            "Two detectors have the same name.", found=", ".join(twice), fix="train the head by another name"
        )
    return chosen


def plan_hosts(plan: Plan, places: Iterable[str], sources: Path, address: str, known: KnownFiles | None = None) -> Plan:
    """Return a plan beside another that joins the column of addresses to what their hosts say, of the same rows."""
    columns = Columns(preset="address", texts=((address, None),))
    return make_plan(places, [make_hosts(sources)], columns=columns, design=plan.design, known=known)


def corpus_job(plan: Plan, name: str, model: str, hosts: Plan | None = None) -> str:
    """Return the digest over everything that the record of a corpus depends on."""
    joined = f" {hosts.job}" if hosts else ""
    return digest(f"{record_job(plan, 'data', name, model)} {repeats.ref().sha256}{joined}".encode())


def scan_corpus(
    plan: Plan, folder: Path, runner: Runner, report: Callable[[int], object] = bool, hosts: Plan | None = None
) -> CorpusScan:
    """Do what a plan says and look for repeats; `report` is told how many of twice the input's bytes are done.

    With a plan of `hosts`, the addresses are looked at too: their rates are of the rows that have one.
    """
    found = scan(plan, folder, runner, report)
    clusters = repeats.find_repeats(plan, folder, lambda done: report(plan.size + done))
    table = pq.read_table(clusters)
    repeats.merge_repeats(found.findings, table, found.findings)
    rates = (*found.rates, *repeats.count_repeats(table, found.texts))
    refs, limits = (*plan.refs, repeats.ref()), tuple(_limits(plan))
    if hosts:
        seen = scan(hosts, folder / HOSTS, runner)
        rates, refs = (*rates, *seen.rates), (*refs, *hosts.refs)
        limits = (*limits, f"{seen.texts} of {seen.rows} rows have an address that was joined to its host.")
    return CorpusScan(replace(found, rates=rates), refs, limits, clusters)


def _limits(plan: Plan) -> Iterable[str]:
    yield from find_limits(plan)
    if plan.design.method == "sample":
        yield "Repeats are seen within the sample alone."
    yield from _UNSEEN


def corpus_record(
    plan: Plan, found: CorpusScan, *, name: str, model: str, made: datetime, hosts: Plan | None = None
) -> ScanRecord:
    """Return the record of a corpus."""
    record = make_record(
        plan, found.scan, purpose="data", name=name, model=model, made=made, days=DAYS, packages=PACKAGES
    )
    own = {"job": corpus_job(plan, name, model, hosts), "limits": found.limits, "detectors": found.detectors}
    return record.model_copy(update=own)
