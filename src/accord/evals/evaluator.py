"""The engine that evaluates: a job for each judge, then one for each suite."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from importlib.resources.abc import Traversable

from accord import __version__
from accord.assess import Job
from accord.errors import MissingExtraError
from accord.evals.agreement import judge_jobs
from accord.evals.canaries import known_canaries, load_canaries
from accord.evals.measurement import Measurement
from accord.evals.others import load_items, refuse_shipped
from accord.evals.suite import SHIPPED, Suite, load_suite, suite_ids
from accord.evals.tasks import TaskMeasurement
from accord.evidence import ModelRef, Tool
from accord.manifest import OtherSuite, System, identify_model
from accord.workspace import Workspace


@dataclass(frozen=True)
class Evaluator:
    """The engine of evaluations (see `accord.assess.Engine`); `clock` tells when a job starts and ends."""

    clock: Callable[[], datetime]
    folder: Traversable = SHIPPED
    """Where the suites are."""

    def __call__(self, workspace: Workspace, system: System) -> Iterator[Job]:
        """Yield one job for each judge and each suite of the system; the model is hashed here, and not yet run."""
        model = identify_model(system, workspace.root)
        tools = _tools(model)
        others = self._others(system)
        chosen = self._chosen(system, workspace, others)
        runs = [Measurement(self.clock, workspace, system, model, tools, suite) for suite in chosen]
        asked = [run for run in runs if run.samples]
        tasks = {m.task for run in asked for m in run.suite.metrics if m.task}
        yield from judge_jobs(sorted(tasks), workspace, self.clock)
        yield from (run.job() for run in asked)
        for other in others.values():
            if other.task:
                yield TaskMeasurement(self.clock, workspace, system, model, tools, other).job()

    def _chosen(self, system: System, workspace: Workspace, others: Mapping[str, OtherSuite]) -> Iterator[Suite]:
        for name in system.evaluation.suites or (*suite_ids(self.folder), *others):
            if name not in others:
                yield load_suite(name, self.folder)
            elif others[name].expects == "canaries":
                known = known_canaries(workspace.records(self.clock(), opened=True))
                yield load_canaries(others[name], workspace.root, known)
            elif others[name].path:
                yield load_items(others[name], workspace.root)

    def _others(self, system: System) -> dict[str, OtherSuite]:
        """Return the suites of [[suites]] that are wanted, by id."""
        refuse_shipped(system.suites, suite_ids(self.folder))
        wanted = system.evaluation.suites
        return {other.id: other for other in system.suites if not wanted or other.id in wanted}


def _tools(model: ModelRef) -> tuple[Tool, ...]:
    """Name the programs that take part; raise MissingExtraError where one is not installed."""
    names = ("inspect_ai", "openai", *(("xllamacpp",) if model.kind == "weights" else ()))
    try:
        installed = tuple(Tool(name=name, version=version(name)) for name in names)
    except PackageNotFoundError as error:
        raise MissingExtraError(
            f"Evaluating needs {error.name}, which is not installed.", fix="pip install 'accord[evals]'"
        ) from error
    return (Tool(name="accord", version=__version__), *installed)
