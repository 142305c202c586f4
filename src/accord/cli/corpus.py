"""What `accord scan data` and its neighbours do once Arrow is known to be there."""

import hashlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from accord.assess import Job
from accord.cli.clock import now
from accord.cli.output import console, say
from accord.cli.progress import job_watch
from accord.cli.scanning import rate_table
from accord.errors import ScanError
from accord.evidence import Design, Observation, Quality, Rate, ScanRecord
from accord.manifest import Dataset, System, load_system
from accord.scan.corpus import CorpusScan, corpus_detectors, plan_hosts, scan_corpus
from accord.scan.papers import Papers
from accord.scan.plan import ALL, Plan, make_plan
from accord.scan.reading import choose_columns, find_sources, read_texts
from accord.scan.reading.batches import mend
from accord.scan.reading.streams import is_remote
from accord.scan.runners import make_runner
from accord.scan.sources.croissant import DataFile, Description, write_croissant
from accord.scan.sources.reading import parse_json, read_bounded
from accord.scan.traffic import MEGABYTE, scaled
from accord.scan.whole.contamination import Benchmark, sketch_benchmark
from accord.scan.whole.heads import LARGEST, Head
from accord.scan.whole.training import Labelled, train_head, try_head
from accord.workspace import Workspace


class CorpusOrder(BaseModel):
    """What `accord scan data` asks for."""

    model_config = ConfigDict(frozen=True)
    places: tuple[str, ...]
    sources: Path | None
    licence: str | None
    benchmarks: tuple[Path, ...]
    heads: tuple[Path, ...]
    preset: str
    columns: dict[str, str]
    sample: float
    seed: int
    jobs: int | None
    out: Path | None
    address: str | None = None


@dataclass(frozen=True)
class CorpusDone:
    """A corpus that was looked at; `kept` is the folder of its tables, where they were to be kept."""

    plan: Plan
    found: CorpusScan
    papers: tuple[Observation, ...]
    kept: Path | None

    def to_json(self) -> dict[str, Any]:
        """Return the stable JSON form."""
        scan = self.found.scan
        return {
            "sha256": self.plan.sha256,
            "presets": self.plan.presets,
            "design": self.plan.design.model_dump(mode="json"),
            "files": self.plan.files,
            "rows": scan.rows,
            "texts": scan.texts,
            "bytes": scan.size,
            "unreadable": scan.unreadable,
            "limits": list(self.found.limits),
            "detectors": [d.model_dump(mode="json") for d in self.found.detectors],
            "rates": [r.model_dump(mode="json") | {"interval": r.interval} for r in scan.rates],
            "papers": [o.model_dump(mode="json") for o in self.papers],
            "folder": str(self.kept) if self.kept else None,
        }


def run_corpus(order: CorpusOrder, *, quiet: bool) -> CorpusDone:
    """Look at a corpus as ordered, with progress where it is not to be quiet."""
    design = ALL if order.sample == 1 else Design(method="sample", fraction=order.sample, seed=order.seed)
    detectors = corpus_detectors(order.benchmarks, order.heads)
    plan = make_plan(order.places, detectors, columns=choose_columns(order.preset, order.columns), design=design)
    hosts = plan_hosts(plan, order.places, order.sources, order.address) if order.address and order.sources else None
    units = max(1, 2 * plan.size // MEGABYTE)
    job = Job(plan.job, "Scan of data", units, lambda _: iter(()), unit="MB")
    papers = tuple(_look_at_papers(order))
    with ExitStack() as stack:
        progress = stack.enter_context(job_watch(quiet=quiet))([job])(job)
        folder = order.out or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        runner = make_runner("local", order.jobs or 0)
        found = scan_corpus(plan, folder, runner, lambda done: progress(scaled(done, 2 * plan.size, units)), hosts)
        progress(units)
    return CorpusDone(plan, found, papers, order.out)


def _look_at_papers(order: CorpusOrder) -> Iterator[Observation]:
    folder = Path(order.places[0]) if len(order.places) == 1 else None
    papers = Papers("data", "the data", folder, order.sources, order.licence)
    for inspection in papers.inspections(""):
        seen = tuple(inspection.look())
        yield from (Observation.of(name, title, seen) for name, title in inspection.questions.items())


def show_corpus(done: CorpusDone) -> None:
    """Print for people what was found in a corpus."""
    found, design = done.found.scan, done.plan.design
    part = "" if design.method == "all" else f", a sample of {design.fraction:.2%} (seed {design.seed})"
    size = f"{found.size / MEGABYTE:,.1f} MB"
    say(f"{found.texts:,} texts of {size}, in {found.rows:,} rows of {done.plan.files} files{part}.")
    console().print(rate_table(tuple(rate for rate in found.rates if rate.texts), done.found.detectors))
    if nothing := [rate.title for rate in found.rates if not rate.texts]:
        say(f"Not found: {'; '.join(nothing)}.")
    for seen in done.papers:
        unknown = f", and of {seen.unknown} it could not be told" if seen.unknown else ""
        say(f"{seen.title}: {seen.held} of {seen.n}{unknown}", "red" if seen.fails else "green" if seen.n else "yellow")
    for reason, count in found.unreadable.items():
        say(f"Unreadable: {count:,} rows: {reason}", "yellow")
    for limit in done.found.limits:
        say(limit, "yellow")
    if done.kept:
        say(f"The tables are in {done.kept}: findings, clusters of repeats, flagged and unreadable rows.")


def make_benchmark(places: Sequence[str], columns: Mapping[str, str], name: str, version: str) -> Benchmark:
    """Return the numbers of the texts of a benchmark's files."""
    batches = read_texts(places, choose_columns("", dict(columns)))
    texts = (text for batch in batches for text in batch.column("text").to_pylist())
    return sketch_benchmark(name, version, texts)


def make_head(labels: Path, others: Sequence[Path], **given: Any) -> Head:  # noqa: ANN401 - the options of the command
    """Return the head that labels teach, tried on others; raise ScanError where the labels cannot be used."""
    name, title, domain, threshold = (given[key] for key in ("name", "title", "domain", "threshold"))
    try:
        head = train_head(name, title, domain, _read_labels(labels), data=labels.name, threshold=threshold)
    except ValidationError as error:
        fault = error.errors()[0]
        raise ScanError("A head cannot be called this.", where=str(fault["loc"][0]), expected=fault["msg"]) from error
    for path in others:
        head = try_head(head, _read_labels(path), data=path.name)
    return head


def _read_labels(path: Path) -> list[Labelled]:
    rows = []
    for number, line in enumerate(read_bounded(path, LARGEST).split(b"\n"), 1):
        if not line.strip():
            continue
        where = f"{path.name}, line {number}"
        row = parse_json(line, where)
        if not isinstance(row, dict) or not isinstance(row.get("text"), str) or not isinstance(row.get("label"), bool):
            raise ScanError("A label is not as it must be.", where=where, expected="text, and label true or false")
        rows.append(Labelled(mend(row["text"]), row["label"], mend(str(row.get("group", "")))))
    return rows


def show_head(head: Head, out: Path) -> None:
    """Print for people what a head is worth."""
    say(f"Written: {out}. It is good for: {head.domain}")
    for quality in head.quality:
        say(f"{quality.data}: precision {_share(quality, 'precision')}, recall {_share(quality, 'recall')}")
    say(f"Mean square error of its probabilities (Brier): {head.brier}")


def _share(quality: Quality, name: str) -> str:
    share = getattr(quality, name)
    return f"{share[0]:.0%} (95 % interval {share[1]:.0%} to {share[2]:.0%})" if share else "unknown"


def describe_dataset(name: str, folder: Path) -> bytes:
    """Return Croissant metadata of a declared dataset; raise ScanError where it was not scanned or described enough."""
    workspace = Workspace.open(folder)
    system = load_system(workspace.manifest)
    dataset = next((d for d in system.datasets if d.id == name), None)
    if dataset is None or not dataset.path:
        known = ", ".join(d.id for d in system.datasets if d.path) or "none"
        raise ScanError("accord.toml has no such dataset with a path.", found=name, expected=f"one of: {known}")
    if is_remote(dataset.path):
        raise ScanError("Only files on this machine can be listed.", where=dataset.path)
    records = workspace.records(now(), opened=True).of(ScanRecord)
    scanned = next((e.record for e in reversed(records) if (e.record.purpose, e.record.name) == ("data", name)), None)
    if scanned is None:
        raise ScanError("This dataset was not scanned.", where=name, fix="run: accord assess")
    return write_croissant(_description(system, dataset, scanned), _files(workspace.root / dataset.path))


def _description(system: System, dataset: Dataset, scanned: ScanRecord) -> Description:
    missing = [key for key in ("licence", "url") if getattr(dataset, key) is None]
    if missing:
        fix = f"add {' and '.join(missing)} to its table in accord.toml"
        raise ScanError(
            "Croissant asks for more than is declared.", where=dataset.id, expected="licence and url", fix=fix
        )
    return Description(
        name=dataset.id,
        description=dataset.title,
        licence=dataset.licence or "",
        url=dataset.url or "",
        creator=system.organisation.name,
        published=f"{scanned.made:%Y-%m-%d}",
        languages=[rate.label for rate in _found(scanned, "language") if rate.label != "und"],
        sensitive=_tell(_found(scanned, "personal-data")) or "A scan found no personal data of a known form.",
        biases=_tell(_found(scanned, "portrayals")),
        limitations=" ".join(scanned.limits),
    )


def _found(scanned: ScanRecord, detector: str) -> list[Rate]:
    return [rate for rate in scanned.rates if rate.detector == detector and rate.texts and "." not in rate.label]


def _tell(rates: Sequence[Rate]) -> str:
    return "; ".join(f"{rate.title}: {rate.texts} of {rate.n} texts" for rate in rates)


def _files(place: Path) -> list[DataFile]:

    files = []
    for source in find_sources([str(place)])[0]:
        with Path(source.place).open("rb") as file:
            files.append(DataFile(source.name, source.size, hashlib.file_digest(file, "sha256").hexdigest()))
    return files
