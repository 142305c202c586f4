"""The engine that evaluates: one job per suite, and what it measured as a record."""

import importlib
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from importlib.resources.abc import Traversable
from pathlib import Path

from accord import __version__
from accord.assess import Job, Progress
from accord.errors import EvaluationError, MissingExtraError
from accord.evals.engine import Engine, serve, threads
from accord.evals.items import Sample
from accord.evals.journal import Journal, open_journal
from accord.evals.suite import SHIPPED, Measure, Suite, load_suite, suites
from accord.evals.text import LONGEST, shown
from accord.evals.weights import check_weights
from accord.evidence import (
    EvaluationRecord,
    Metric,
    ModelRef,
    PlanRecord,
    Record,
    Records,
    Ref,
    Rule,
    Score,
    Tool,
    expiry,
    find_open_plan,
    format_values,
)
from accord.ledger import digest, format_json
from accord.manifest import Subject, System, identify_model
from accord.workspace import Workspace

Settings = dict[str, str | int | float | bool | None]

DAYS = 180
"""How long an evaluation may be relied on."""


@dataclass(frozen=True)
class Evaluator:
    """The engine of evaluations (see `accord.assess.Engine`); `clock` tells when a job starts and ends."""

    clock: Callable[[], datetime]
    folder: Traversable = SHIPPED
    """Where the suites are."""

    def __call__(self, workspace: Workspace, system: System) -> Iterator[Job]:
        """Yield one job for each suite of the system; the model is hashed here, and not yet run."""
        chosen = tuple(load_suite(i, self.folder) for i in system.evaluation.suites) or suites(self.folder)
        model = identify_model(system, workspace.root)
        tools = _tools(model)
        for suite in chosen:
            yield _Measurement(self.clock, workspace, system, suite, model, tools).job()


@dataclass(frozen=True)
class _Measurement:
    """One suite against one model."""

    clock: Callable[[], datetime]
    workspace: Workspace
    system: System
    suite: Suite
    model: ModelRef
    tools: tuple[Tool, ...]

    def job(self) -> Job:
        planned = len(self.suite.samples(self.system.evaluation.seed))
        return Job(self._key(), f"{self.suite.title}: {self.model.name}", planned, self._run)

    def _run(self, progress: Progress) -> Iterator[Record]:
        folder = self.workspace.runs / self._key()
        folder.mkdir(parents=True, exist_ok=True)
        # Held before the plan is looked for: another process could take it up, or finish the run, meanwhile.
        with open_journal(folder / "answers.jsonl", self.clock()) as journal:
            if self._is_done():
                return
            if not journal.answers and find_open_plan(self._records(), self._key()) is None:
                yield self._plan(journal.started)
            plan = find_open_plan(self._records(), self._key())
            record = self._record(journal, plan, *self._ask(journal, folder, progress))
            yield record
            # The record is in its reader's hands. An incomplete one leaves its answers for the next try.
            if record.state == "complete":
                shutil.rmtree(folder)

    def _records(self) -> Records:
        return self.workspace.records(self.clock(), opened=True)

    def _is_done(self) -> bool:
        held = self._records().current(EvaluationRecord)
        return any(e.record.job == self._key() and e.record.is_complete for e in held)

    def _plan(self, made: datetime) -> PlanRecord:
        """Announce the run and how its result will be judged, before anything is asked."""
        measured = {measure.id for measure in self.suite.metrics}
        return PlanRecord(
            made=made,
            job=self._key(),
            suite=self.suite.ref(),
            model=self.model,
            settings=self._settings(),
            seed=self.system.evaluation.seed,
            planned=len(self._samples()),
            rules=tuple(
                Rule(metric=t.metric, at_most=t.at_most, at_least=t.at_least)
                for t in self.system.tolerances
                if t.metric in measured
            ),
        )

    def _ask(self, journal: Journal, folder: Path, progress: Progress) -> tuple[Path, str]:
        """Ask what is not answered yet; return Inspect's log and what went wrong, in our words."""

        def keep(sample: str, answer: str) -> None:
            journal.add(sample, answer)
            progress(len(journal.answers), sample)

        progress(len(journal.answers))
        # Inspect takes seconds to import: only a job that runs does it.
        door = importlib.import_module("accord.evals._inspect")
        wanted = self.system.evaluation
        settings = door.Settings(
            seed=wanted.seed,
            temperature=wanted.temperature,
            max_tokens=self._max_tokens(),
            slots=wanted.slots,
            timeout=wanted.timeout,
        )
        about = {"suite": self.suite.sha256, "model": self.model.sha256, "job": self._key()}
        exam = door.Exam(self.suite.id, about, self._samples(), folder, journal.answers, keep)
        with ExitStack() as stack:
            engine = self._serve(stack, folder)
            run = door.run(exam, door.Place(**self._place(engine)), settings)
            death = engine.death() if engine else ""
        return run.log, self._problem(journal.answers, run.unverified_errors, death)

    def _serve(self, stack: ExitStack, folder: Path) -> Engine | None:
        model, wanted = self.system.model, self.system.evaluation
        if model.weights is None:
            return None
        path = self.workspace.root / model.weights
        check_weights(path)
        log = folder / "engine.log"
        return stack.enter_context(serve(path, context=wanted.context, slots=wanted.slots, log=log))

    def _place(self, engine: Engine | None) -> dict[str, str]:
        model = self.system.model
        if engine:
            return {"name": "weights", "url": engine.url}
        key = _key(model, self.workspace.root)
        if model.inspect:
            return {"name": model.name, "inspect": model.inspect, "key": key}
        return {"name": model.name, "url": model.endpoint or "", "key": key}

    def _problem(self, answers: Mapping[str, str], unverified_errors: Mapping[str, str], death: str) -> str:
        """Say what was lost, by kind alone: the words of an error are a stranger's and do not enter the log."""
        lost = [s.id for s in self._samples() if s.id not in answers]
        if not lost:
            return ""
        errors = [unverified_errors[i] for i in lost if i in unverified_errors]
        if not answers:
            # An error's last words tell more than its first: those repeat the request.
            found = "; ".join(part for part in (death, *(shown(e[-LONGEST:]) for e in errors[:1])) if part)
            raise EvaluationError(
                "Nothing could be measured: the model answered no question.",
                where=self.model.locator,
                found=found,
                fix="see that the model answers, then run this again",
            )
        kinds = sorted({_kind(error) for error in errors})
        return f"{len(lost)} of {len(self._samples())} samples were lost: {death or ', '.join(kinds)}"

    def _record(self, journal: Journal, plan: Ref | None, log: Path, problem: str) -> EvaluationRecord:
        scores = tuple(row for s in self._samples() for row in _scores(s, journal.answers.get(s.id)))
        made = self.clock()
        return EvaluationRecord(
            made=made,
            expires=expiry(made, DAYS),
            job=self._key(),
            suite=self.suite.ref(),
            model=self.model,
            families=self.suite.families,
            plan=plan,
            settings=self._settings() | ({"threads": threads()} if self.system.model.weights else {}),
            seed=self.system.evaluation.seed,
            started=journal.started,
            planned=len(self._samples()),
            completed=len(journal.answers),
            state="incomplete" if problem else "complete",
            problem=problem,
            metrics=tuple(_metric(m, scores) for m in self.suite.metrics),
            log=self.workspace.keep_file(log, "application/vnd.inspect.eval+zip"),
            scores=self.workspace.keep(format_values(scores), "application/json"),
            tools=self.tools,
        )

    def _samples(self) -> tuple[Sample, ...]:
        return self.suite.samples(self.system.evaluation.seed)

    def _max_tokens(self) -> int:
        return min(self.system.evaluation.max_tokens, self.suite.max_tokens)

    def _settings(self) -> Settings:
        wanted = self.system.evaluation
        # The engine's threads stay out: they are the machine's, and not a choice of the system.
        context = {"context": wanted.context} if self.system.model.weights else {}
        return {
            "temperature": wanted.temperature,
            "max_tokens": self._max_tokens(),
            "slots": wanted.slots,
            **context,
        }

    def _key(self) -> str:
        whole = {
            "record": EvaluationRecord.type_uri(),
            "suite": {"id": self.suite.id, "sha256": self.suite.sha256},
            "model": self.model.sha256,
            "settings": self._settings(),
            "seed": self.system.evaluation.seed,
            "tools": {tool.name: tool.version for tool in self.tools if tool.name != "accord"},
        }
        return digest(format_json(whole))


def _scores(sample: Sample, answer: str | None) -> tuple[Score, ...]:
    if answer is None:
        return (Score(sample=sample.id, metric=sample.metrics[0], score=None),)
    verdicts = sample.judge(answer)
    return tuple(Score(sample=sample.id, metric=m, score=1 if v else 0) for m, v in verdicts.items())


def _metric(measure: Measure, scores: Sequence[Score]) -> Metric:
    values = [s.score for s in scores if s.metric == measure.id and s.score is not None]
    return Metric.of(measure.id, measure.title, measure.better, values)


def _kind(error: str) -> str:
    """Return the class name in an error's repr as Inspect logs it, of the cause where it was retried."""
    name = re.search(r"raised (\w{1,60})>", error) or re.match(r"(\w{1,60})(?=\()", error)
    return name[1] if name else "Error"


def _key(model: Subject, root: Path) -> str:
    """Return the endpoint's key from where the manifest says it is; it is passed on and never stored."""
    if model.key_file:
        path = root / model.key_file
        if not path.is_file():
            raise EvaluationError("The key's file is not there.", where=str(path), fix="correct [model] key_file")
        return path.read_text(encoding="utf-8").strip()
    if model.key_env and model.key_env not in os.environ:
        raise EvaluationError(
            f"The variable {model.key_env} that holds the endpoint's key is not set.",
            fix=f"export {model.key_env}=... before the run",
        )
    return os.environ[model.key_env] if model.key_env else ""


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
