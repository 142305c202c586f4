"""The engine of data: the datasets of accord.toml that have a path, each scanned, and their papers looked at."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from accord.assess import Job, Progress
from accord.evidence import Design, Record
from accord.manifest import Dataset, System, identify_model
from accord.scan.corpus import corpus_detectors, corpus_job, corpus_record, scan_corpus
from accord.scan.papers import Papers
from accord.scan.plan import ALL, Plan, make_plan
from accord.scan.runners.local import LocalRunner, processors
from accord.workspace import Workspace


@dataclass(frozen=True)
class DataInspector:
    """The engine of data (see `accord.assess.Engine`); `clock` tells when a job ends."""

    clock: Callable[[], datetime]

    def __call__(self, workspace: Workspace, system: System) -> Iterator[Job]:
        """Yield jobs for each dataset that says where it, or what is known of its sources, lies."""
        named = [dataset for dataset in system.datasets if dataset.path or dataset.sources]
        if not named:
            return
        model = identify_model(system, workspace.root).sha256
        for dataset in named:
            yield from (i.job(workspace, self.clock) for i in papers_of(dataset, workspace.root).inspections(model))
            if dataset.path:
                yield self._scan(workspace, system, dataset, model)

    def _scan(self, workspace: Workspace, system: System, dataset: Dataset, model: str) -> Job:
        plan = plan_of(dataset, workspace.root, system.evaluation.seed)
        run = partial(self._run, workspace, plan, dataset.id, model)
        return Job(corpus_job(plan, model), f"Texts of {dataset.title}", max(1, 2 * plan.size), run)

    def _run(self, workspace: Workspace, plan: Plan, name: str, model: str, progress: Progress) -> Iterator[Record]:
        folder = workspace.runs / f"data-{name}"
        found = scan_corpus(plan, folder, LocalRunner(processors()), progress)
        yield corpus_record(workspace, plan, found, name=name, model=model, now=self.clock())


def plan_of(dataset: Dataset, root: Path, seed: int) -> Plan:
    """Return what is to be done with a dataset; raise ScanError where there is nothing to read."""
    design = ALL if dataset.sample >= 1 else Design(method="sample", fraction=dataset.sample, seed=seed)
    benchmarks = [root / path for path in dataset.benchmarks]
    return make_plan([str(root / (dataset.path or ""))], corpus_detectors(benchmarks), design=design)


def papers_of(dataset: Dataset, root: Path) -> Papers:
    """Return the places of a dataset's papers."""
    return Papers(
        name=dataset.id,
        title=dataset.title,
        folder=root / dataset.path if dataset.path else None,
        sources=root / dataset.sources if dataset.sources else None,
        licence=dataset.licence,
    )
