"""The engine of data: the datasets of accord.toml that have a path, each scanned, and their papers looked at."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from accord.assess import Job, Progress
from accord.evidence import Design, Record
from accord.manifest import Dataset, System, identify_model
from accord.scan.corpus import corpus_detectors, corpus_job, corpus_record, plan_hosts, scan_corpus
from accord.scan.papers import Papers
from accord.scan.plan import ALL, Plan, make_plan
from accord.scan.reading import choose_columns
from accord.scan.reading.known import KnownFiles
from accord.scan.reading.streams import is_remote
from accord.scan.runners import make_runner
from accord.scan.traffic import MEGABYTE, scaled
from accord.workspace import Workspace


@dataclass(frozen=True)
class DataInspector:
    """The engine of data (see `accord.assess.Engine`); `clock` tells when a job ends."""

    clock: Callable[[], datetime]

    def __call__(self, workspace: Workspace, system: System) -> Iterator[Job]:
        """Yield jobs for each dataset that says where it, or what is known of its sources, lies."""
        named = [dataset for dataset in system.datasets if dataset.path or dataset.sources]
        model = identify_model(system, workspace.root).sha256 if named else ""
        known = KnownFiles(workspace.scans / "data-files.json")
        for dataset in named:
            yield from (i.job(workspace, self.clock) for i in papers_of(dataset, workspace.root).inspections(model))
            if dataset.path:
                yield self._job(workspace, dataset, plan_dataset(dataset, workspace.root, known), model, known)
        if named:
            known.write()

    def _job(self, workspace: Workspace, dataset: Dataset, plan: Plan, model: str, known: KnownFiles) -> Job:
        hosts = _plan_hosts(dataset, workspace.root, plan, known)
        key = corpus_job(plan, dataset.id, model, hosts)
        units = max(1, 2 * plan.size // MEGABYTE)
        run = partial(self._run, workspace, dataset, plan, hosts, model)
        return Job(key, f"Scan of data: {dataset.title}", units, run, unit="MB")

    def _run(
        self, workspace: Workspace, dataset: Dataset, plan: Plan, hosts: Plan | None, model: str, progress: Progress
    ) -> Iterator[Record]:
        units = max(1, 2 * plan.size // MEGABYTE)
        place = workspace.scans / f"{dataset.id}-{corpus_job(plan, dataset.id, model, hosts)[:16]}"
        runner = make_runner(dataset.runner)
        found = scan_corpus(plan, place, runner, lambda done: progress(scaled(done, 2 * plan.size, units)), hosts)
        yield corpus_record(plan, found, name=dataset.id, model=model, made=self.clock(), hosts=hosts)
        progress(units)


def plan_dataset(dataset: Dataset, root: Path, known: KnownFiles | None = None) -> Plan:
    """Return what is to be done with a dataset; raise ScanError where there is nothing to read."""
    design = ALL if dataset.sample == 1 else Design(method="sample", fraction=dataset.sample, seed=dataset.seed)
    detectors = corpus_detectors([root / b for b in dataset.benchmarks], [root / h for h in dataset.heads])
    columns = choose_columns(dataset.preset or "", dataset.columns.named() if dataset.columns else {})
    return make_plan([_place(dataset, root)], detectors, columns=columns, design=design, known=known)


def _plan_hosts(dataset: Dataset, root: Path, plan: Plan, known: KnownFiles) -> Plan | None:
    if not (dataset.address and dataset.sources):
        return None
    return plan_hosts(plan, [_place(dataset, root)], root / dataset.sources, dataset.address, known)


def _place(dataset: Dataset, root: Path) -> str:
    path = dataset.path or ""
    return path if is_remote(path) else str(root / path)


def papers_of(dataset: Dataset, root: Path) -> Papers:
    """Return the places of a dataset's papers."""
    return Papers(
        name=dataset.id,
        title=dataset.title,
        folder=root / dataset.path if dataset.path and not is_remote(dataset.path) else None,
        sources=root / dataset.sources if dataset.sources else None,
        licence=dataset.licence,
    )
