"""One suite against one model: announced, asked, judged, and kept as a record."""

import importlib
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from accord.assess import Job, Progress
from accord.errors import EvaluationError
from accord.evals.agreement import find_agreement, judge_of
from accord.evals.comparison import detectable
from accord.evals.engine import Engine, serve, threads
from accord.evals.journal import Journal, open_journal
from accord.evals.judges import Judge, Task
from accord.evals.sample import Replies, Sample
from accord.evals.suite import Measure, Suite, count_families
from accord.evals.text import LONGEST, shown
from accord.evals.weights import check_weights
from accord.evidence import (
    Agreement,
    Detectable,
    EvaluationRecord,
    JudgeRef,
    Metric,
    ModelRef,
    Origin,
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
from accord.manifest import Subject, System
from accord.workspace import Workspace

Settings = dict[str, str | int | float | bool | None]

DAYS = 180
"""How long an evaluation may be relied on."""


@dataclass(frozen=True)
class Measurement:
    """One suite against the declared model; `clock` tells when it starts and ends."""

    clock: Callable[[], datetime]
    workspace: Workspace
    system: System
    suite: Suite
    model: ModelRef
    tools: tuple[Tool, ...]

    def job(self) -> Job:
        """Return what `accord assess` runs; nothing is asked yet."""
        return Job(self.key, f"{self.suite.title}: {self.model.name}", len(self.samples), self._run)

    def _run(self, progress: Progress) -> Iterator[Record]:
        folder = self.workspace.runs / self.key
        folder.mkdir(parents=True, exist_ok=True)
        # Held before the plan is looked for: another process could take it up, or finish the run, meanwhile.
        with open_journal(folder / "answers.jsonl", self.clock()) as journal:
            if self._is_done():
                return
            if not journal.answers and find_open_plan(self._records(), self.key) is None:
                yield self._plan(journal.started)
            plan = find_open_plan(self._records(), self.key)
            record = self._record(journal, plan, *self._ask(journal, folder, progress))
            yield record
            # The record is in its reader's hands. An incomplete one leaves its answers for the next try.
            if record.state == "complete":
                shutil.rmtree(folder)

    def _records(self) -> Records:
        return self.workspace.records(self.clock(), opened=True)

    def _is_done(self) -> bool:
        held = self._records().current(EvaluationRecord)
        return any(e.record.job == self.key and e.record.is_complete and e.origin == Origin.SELF for e in held)

    def _plan(self, made: datetime) -> PlanRecord:
        """Announce the run and how its result will be judged, before anything is asked."""
        measured = {measure.id for measure in self.suite.metrics}
        rules = tuple(
            Rule(metric=t.metric, at_most=t.at_most, at_least=t.at_least, confidence=t.confidence)
            for t in self.system.tolerances
            if t.metric in measured
        )
        return PlanRecord(
            made=made,
            job=self.key,
            suite=self.suite.ref(),
            model=self.model,
            settings=self._settings(),
            seed=self.system.evaluation.seed,
            planned=len(self.samples),
            samples=self._listed(),
            judges=self._judges(),
            rules=rules,
            detectable=tuple(self._detectable({r.metric: r.at_most or r.at_least or 0.0 for r in rules})),
        )

    def _detectable(self, bounds: Mapping[str, float]) -> Iterator[Detectable]:

        for language in self.languages:
            for measure in self.suite.metrics:
                n = sum(measure.id in s.metrics for s in self.samples if s.language == language)
                baseline = bounds.get(measure.id, 0.5)
                found = detectable(n, baseline) if n else None
                yield Detectable(metric=measure.id, language=language, n=n, baseline=baseline, difference=found)

    def _ask(self, journal: Journal, folder: Path, progress: Progress) -> tuple[Path, str]:
        """Ask what is not answered yet; return Inspect's log and what went wrong, in our words."""

        def keep(sample: str, replies: Replies) -> None:
            journal.add(sample, replies)
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
        about = {"suite": self.suite.sha256, "model": self.model.sha256, "job": self.key}
        exam = door.Exam(self.suite.id, about, self.samples, folder, journal.answers, keep, self._judge)
        with ExitStack() as stack:
            place, engine = open_place(stack, self.system, self.system.model, self.workspace.root, folder)
            run = door.run(exam, door.Place(**place), settings)
            death = engine.death() if engine else ""
        return run.log, self._problem(journal.answers, run.unverified_errors, death)

    def _judge(self, sample: Sample, replies: Replies) -> dict[str, float | None]:
        return {score.metric: score.score for score in score_sample(sample, replies, self.suite.metrics)}

    def _problem(self, answers: Mapping[str, Replies], unverified_errors: Mapping[str, str], death: str) -> str:
        """Say what was lost, by kind alone: the words of an error are a stranger's and do not enter the log."""
        lost = [s.id for s in self.samples if s.id not in answers]
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
        return f"{len(lost)} of {len(self.samples)} samples were lost: {death or ', '.join(kinds)}"

    def _record(self, journal: Journal, plan: Ref | None, log: Path, problem: str) -> EvaluationRecord:
        measures = self.suite.metrics
        scores = tuple(row for s in self.samples for row in score_sample(s, journal.answers.get(s.id), measures))
        made = self.clock()
        return EvaluationRecord(
            made=made,
            expires=expiry(made, DAYS),
            job=self.key,
            suite=self.suite.ref(),
            model=self.model,
            families=count_families(self.samples),
            plan=plan,
            settings=self._settings() | ({"threads": threads()} if self.system.model.weights else {}),
            seed=self.system.evaluation.seed,
            started=journal.started,
            planned=len(self.samples),
            completed=len(journal.answers),
            state="incomplete" if problem else "complete",
            problem=problem,
            samples=self._listed(),
            metrics=make_metrics(measures, scores),
            log=self.workspace.keep_file(log, "application/vnd.inspect.eval+zip"),
            scores=self.workspace.keep(format_values(scores), "application/json"),
            tools=self.tools,
        )

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The languages that are asked: those wanted that the suite has."""
        wanted = self.system.evaluation.languages or self.system.system.languages
        return tuple(language for language in self.suite.languages if language in wanted)

    @cached_property
    def samples(self) -> tuple[Sample, ...]:
        """The samples that are asked, in their order; none where the suite has none of the languages."""
        wanted = self.system.evaluation
        if not self.languages:
            return ()
        return self.suite.samples(wanted.seed, self.languages, quick=wanted.profile == "quick", repeats=wanted.repeats)

    def _listed(self) -> str:
        return digest("".join(f"{s.id}\n" for s in self.samples).encode())

    def _judges(self) -> tuple[JudgeRef, ...]:
        refs = {m.task: judge_of(m.task).ref for m in self.suite.metrics if m.task}
        return tuple(ref for _, ref in sorted(refs.items()))

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
            "profile": wanted.profile,
            "languages": " ".join(self.languages),
            "repeats": wanted.repeats,
            **context,
        }

    @cached_property
    def key(self) -> str:
        """The job's key: SHA-256 over all that its result depends on."""
        whole = {
            "record": EvaluationRecord.type_uri(),
            "suite": {"id": self.suite.id, "sha256": self.suite.sha256},
            "model": self.model.sha256,
            "settings": self._settings(),
            "seed": self.system.evaluation.seed,
            "judges": [judge.sha256 for judge in self._judges()],
            "tools": {tool.name: tool.version for tool in self.tools if tool.name != "accord"},
        }
        return digest(format_json(whole))


def score_sample(sample: Sample, replies: Replies | None, measures: Sequence[Measure]) -> tuple[Score, ...]:
    """Return the scores of one sample by the shipped judges; one row without a score where it was not answered."""

    def row(metric: str, score: float | None, *, answered: bool = True) -> Score:
        return Score(
            sample=sample.id,
            metric=metric,
            score=score,
            stem=sample.stem,
            language=sample.language,
            groups=sample.groups,
            answered=answered,
        )

    if replies is None:
        return (row(sample.metrics[0], None, answered=False),)
    by_id = {m.id: m for m in measures}
    rows = []
    for reading in sample.read(replies):
        measure = by_id[reading.metric]
        (verdict,) = judge_of(measure.task).decide([reading.case]) if measure.task else (None,)
        rows.append(row(measure.id, None if verdict is None else float(verdict != measure.denied)))
    return tuple(rows) or (row(sample.metrics[0], None),)


def make_metrics(
    measures: Sequence[Measure],
    scores: Sequence[Score],
    judge: Callable[[Task], Judge] = judge_of,
    agreement: Callable[[Task, str], Agreement | None] = find_agreement,
) -> tuple[Metric, ...]:
    """Return each measure in each language, then the same for each of its groups where there are several.

    `judge` gave the verdicts on a task, and `agreement` tells how well it agrees with people in a language.
    """

    def blank(measure: Measure, language: str, group: str = "") -> Metric:
        return Metric(
            id=measure.id,
            title=measure.title,
            better=measure.better,
            language=language,
            group=group,
            count=0,
            n=0,
            judge=judge(measure.task).ref if measure.task else None,
            agreement=agreement(measure.task, language) if measure.task else None,
            denied=measure.denied,
        )

    languages = sorted({s.language for s in scores}, key=lambda name: (name != "en", name))
    made = []
    for measure in measures:
        for language in languages:
            own = [s for s in scores if s.metric == measure.id and s.language == language]
            whole = blank(measure, language).count_scores(own)
            groups = sorted({group for s in own for group in s.groups})
            apart = [blank(measure, language, group).count_scores(own) for group in groups if len(groups) > 1]
            made += [whole, *apart]
    return tuple(made)


def open_place(
    stack: ExitStack, system: System, model: Subject, root: Path, folder: Path
) -> tuple[dict[str, str], Engine | None]:
    """Return where `model` answers, for the door to Inspect; its engine runs until `stack` ends, where it needs one."""
    if model.weights is not None:
        path = root / model.weights
        check_weights(path)
        wanted = system.evaluation
        log = folder / "engine.log"
        engine = stack.enter_context(serve(path, context=wanted.context, slots=wanted.slots, log=log))
        return {"name": "weights", "url": engine.url}, engine
    key = _key(model, root)
    if model.inspect:
        return {"name": model.name, "inspect": model.inspect, "key": key}, None
    return {"name": model.name, "url": model.endpoint or "", "key": key}, None


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
