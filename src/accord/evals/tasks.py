"""An Inspect task that somebody else wrote, run on the declared model through the same door as our own suites."""

import importlib
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING

from accord.assess import Job, Progress
from accord.errors import EvaluationError
from accord.evals.journal import open_journal
from accord.evals.model_run import DAYS, ModelRun, Settings
from accord.evals.scoring import make_metrics
from accord.evals.shapes import order
from accord.evals.suite import QUICK, Measure
from accord.evals.text import LONGEST, shown
from accord.evidence import (
    EvaluationRecord,
    PlanRecord,
    Record,
    Ref,
    Score,
    SuiteRef,
    Tool,
    expiry,
    find_open_plan,
    format_values,
)
from accord.ledger import digest, format_json
from accord.manifest import OtherSuite

if TYPE_CHECKING:  # slow to import, and only a job that runs needs it
    from accord.evals._inspect import Run
    from accord.evals._inspect_task import Loaded, Marked

_GROUP = "inspect_ai"
"""The entry points by which packages offer tasks to Inspect."""


@dataclass(frozen=True)
class Source:
    """Where a task comes from: how Inspect finds it, its version, and the digest of what there is of it to digest."""

    spec: str
    version: str
    sha256: str
    tools: tuple[Tool, ...] = ()


def find_source(task: str, root: Path) -> Source:
    """Return the source of a task, without running any of its code; a relative file starts from `root`.

    Of a file the bytes are digested, and nothing that it imports; of a package the name and the version.
    """
    name, _, member = task.partition("@")
    if name.endswith(".py"):
        path = (root / name).resolve()
        if not path.is_file():
            raise EvaluationError("The file of the task is not there.", where=str(path), fix="correct [[suites]] task")
        if not member:
            raise EvaluationError(
                "A file may hold several tasks.", where=str(path), expected=f"{name}@task", fix="name one in [[suites]]"
            )
        sha256 = digest(path.read_bytes())
        return Source(f"{path}@{member}", sha256[:12], sha256)
    package = task.partition("/")[0]
    found = next((point.dist for point in entry_points(group=_GROUP, name=package) if point.dist), None)
    if found is None:
        offered = sorted({point.name for point in entry_points(group=_GROUP)})
        raise EvaluationError(
            "No installed package offers this task.",
            where=shown(task),
            expected=f"a file.py@task, or a task of {', '.join(offered) or 'a package that is installed'}",
            fix="install the package beside Accord, or correct [[suites]] task",
        )
    tool = Tool(name=found.name, version=found.version)
    return Source(task, found.version, digest(format_json(tool.model_dump(mode="json"))), (tool,))


@dataclass(frozen=True)
class TaskMeasurement(ModelRun):
    """One task against the declared model."""

    other: OtherSuite

    def job(self) -> Job:
        """Return what `accord assess` runs; nothing of the task is loaded yet, so how long it is is not known."""
        return Job(self.key, f"{self.other.title}: {self.model.name}", 1, self._run)

    def _run(self, progress: Progress) -> Iterator[Record]:
        folder = self.workspace.runs / self.key
        folder.mkdir(parents=True, exist_ok=True)
        with open_journal(folder / "answers.jsonl", self.clock()):  # held for as long as the run lasts
            if self.is_done():
                return
            # Inspect takes seconds to import, and a task may take long to load: only a job that runs does it.
            door = importlib.import_module("accord.evals._inspect_task")
            loaded = door.load(self.source.spec)
            names = self._draw(tuple(loaded.rows))
            plan = self._plan(loaded, names)
            if self._find_plan(plan) is None:
                yield plan
            started = self.clock()
            run = self._ask(loaded, names, folder)
            yield self._record(plan, self._find_plan(plan), names, started, run)
            progress(1)
            shutil.rmtree(folder)

    def _draw(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Return the items that are asked, in the task's order: of no more than the limit, which the seed draws."""
        wanted = self.system.evaluation
        limits = [limit for limit in (self.other.limit, QUICK if wanted.profile == "quick" else None) if limit]
        drawn = set(order(names, wanted.seed, "limit")[: min(limits, default=len(names))])
        return tuple(name for name in names if name in drawn)

    def _find_plan(self, plan: PlanRecord) -> Ref | None:
        """Return the open plan of this job, also of a run that was interrupted, where it announces the same."""
        records = self.records()
        ref = find_open_plan(records, self.key)
        held = next((e.record for e in records.of(PlanRecord) if e.ref == ref), None)
        same = held is not None and (held.suite, held.samples) == (plan.suite, plan.samples)
        return ref if same else None

    def _plan(self, loaded: "Loaded", names: tuple[str, ...]) -> PlanRecord:
        rules = self.rules(lambda metric: metric.startswith(f"{self.other.id}."))
        listed = digest("".join(f"{name}\n" for name in self._samples(names)).encode())
        sha256 = digest(format_json({"dataset": loaded.sha256, "source": self.source.sha256}))
        return PlanRecord(
            made=self.clock(),
            job=self.key,
            suite=SuiteRef(
                id=self.other.id,
                title=self.other.title,
                version=self.source.version,
                sha256=sha256,
                items=len(loaded.rows),
            ),
            model=self.model,
            settings=self.settings,
            seed=self.system.evaluation.seed,
            planned=len(names) * self.system.evaluation.repeats,
            samples=listed,
            rules=rules,
        )

    def _samples(self, names: Iterable[str]) -> Iterator[str]:
        repeats = self.system.evaluation.repeats
        return (self._sample(name, epoch) for name in names for epoch in range(1, repeats + 1))

    def _sample(self, name: str, epoch: int) -> str:
        return f"{self.other.language}/{name}/task" + (f"#{epoch}" if epoch > 1 else "")

    def _ask(self, loaded: "Loaded", names: tuple[str, ...], folder: Path) -> "Run":
        door = importlib.import_module("accord.evals._inspect_task")
        settings = door.Settings(**self.asking())
        repeats = self.system.evaluation.repeats
        about = {"suite": self.other.id, "model": self.model.sha256, "job": self.key}
        with ExitStack() as stack:
            place, _ = self.reach(stack, folder)
            run: Run = door.run(loaded, names, door.Place(**place), settings, folder, about, repeats=repeats)
        return run

    def _record(
        self, plan: PlanRecord, ref: Ref | None, names: tuple[str, ...], started: datetime, run: "Run"
    ) -> EvaluationRecord:
        marks = self._read(run)
        measures = name_measures(self.other.id, [scorer for mark in marks.values() for scorer in mark.scores])
        scores = tuple(row for name in self._samples(names) for row in self._rows(name, marks.get(name), measures))
        made, lost = self.clock(), plan.planned - len(marks)
        return EvaluationRecord(
            made=made,
            expires=expiry(made, DAYS),
            job=self.key,
            suite=plan.suite,
            model=self.model,
            families=dict.fromkeys(sorted(self.other.families), len({mark.item for mark in marks.values()})),
            plan=ref,
            settings=self.used(),
            seed=plan.seed,
            started=started,
            planned=plan.planned,
            completed=len(marks),
            state="incomplete" if lost else "complete",
            problem=f"{lost} of {plan.planned} samples were lost" if lost else "",
            samples=plan.samples,
            metrics=make_metrics(tuple(measures.values()), scores),
            log=self.workspace.keep_file(run.log, "application/vnd.inspect.eval+zip"),
            scores=self.workspace.keep(format_values(scores), "application/json"),
            tools=(*self.tools, *self.source.tools),
        )

    def _read(self, run: "Run") -> dict[str, "Marked"]:
        """Return what the scorers gave each sample that was answered and scored, by the sample's name."""
        door = importlib.import_module("accord.evals._inspect_task")
        marks = {self._sample(m.item, m.epoch): m for m in door.read_marks(run.log) if m.answered and m.scores}
        if not marks:
            # An error's last words tell more than its first: those repeat the request.
            first = next(iter(run.unverified_errors.values()), "")
            raise EvaluationError(
                "Nothing could be measured: no sample of the task was scored.",
                where=shown(str(self.other.task)),
                found=shown(first[-LONGEST:]),
                fix="see that the model answers and that the task has what it needs, then run this again",
            )
        return marks

    def _rows(self, name: str, mark: "Marked | None", measures: Mapping[str, Measure]) -> Iterator[Score]:
        def row(measure: Measure, score: float | None) -> Score:
            return Score(
                sample=name,
                metric=measure.id,
                score=score,
                stem=name.split("/")[1],
                language=self.other.language,
                groups=self.other.families,
                answered=mark is not None,
            )

        if mark is None:
            yield row(next(iter(measures.values())), None)
        else:
            yield from (row(measures[scorer], score) for scorer, score in mark.scores.items())

    @cached_property
    def settings(self) -> Settings:
        """The choices of the system that the answers depend on."""
        return self.chosen(self.other.language) | {"limit": self.other.limit}

    @cached_property
    def source(self) -> Source:
        """Where the task comes from."""
        return find_source(str(self.other.task), self.workspace.root)

    @cached_property
    def key(self) -> str:
        """The job's key: SHA-256 over all that can be told of its result without running the task's code."""
        whole = {
            "record": EvaluationRecord.type_uri(),
            "suite": {"id": self.other.id, "task": self.other.task, "sha256": self.source.sha256},
            "language": self.other.language,
            "families": list(self.other.families),
            "model": self.model.sha256,
            "settings": self.settings,
            "seed": self.system.evaluation.seed,
            "tools": {tool.name: tool.version for tool in self.tools if tool.name != "accord"},
        }
        return digest(format_json(whole))


def name_measures(suite: str, scorers: Iterable[str]) -> dict[str, Measure]:
    """Return a metric of the suite for each of the scorers, by the scorer's own name.

    Inspect does not say which way is good; its scorers mostly give 1 for what is right, so higher counts as better.
    """
    measures, used = dict[str, Measure](), set[str]()
    for scorer in dict.fromkeys(scorers):
        name = re.sub(r"[^a-z0-9]+", "-", scorer.lower()).strip("-") or "score"
        number = next(n for n in range(1, len(used) + 2) if (f"{name}-{n}" if n > 1 else name) not in used)
        name = f"{name}-{number}" if number > 1 else name
        used.add(name)
        measures[scorer] = Measure(id=f"{suite}.{name}", title=f"Mean score by {shown(scorer, 60)}", better="higher")
    return measures
