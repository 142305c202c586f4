"""One suite against one model: announced, asked, judged, and kept as a record."""

import importlib
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from accord.assess import Job, Progress
from accord.errors import EvaluationError
from accord.evals.agreement import judge_of
from accord.evals.differences import detectable
from accord.evals.journal import Journal, open_journal
from accord.evals.model_run import DAYS, ModelRun, Settings
from accord.evals.sample import Replies, Sample
from accord.evals.scoring import make_metrics, score_sample
from accord.evals.suite import Suite, count_families
from accord.evals.text import LONGEST, shown
from accord.evidence import (
    Detectable,
    EvaluationRecord,
    JudgeRef,
    PlanRecord,
    Record,
    Ref,
    expiry,
    find_open_plan,
    format_values,
)
from accord.ledger import digest, format_json


@dataclass(frozen=True)
class Measurement(ModelRun):
    """One suite against the declared model."""

    suite: Suite

    def job(self) -> Job:
        """Return what `accord assess` runs; nothing is asked yet."""
        return Job(self.key, f"{self.suite.title}: {self.model.name}", len(self.samples), self._run)

    def _run(self, progress: Progress) -> Iterator[Record]:
        folder = self.workspace.runs / self.key
        folder.mkdir(parents=True, exist_ok=True)
        # Held before the plan is looked for: another process could take it up, or finish the run, meanwhile.
        with open_journal(folder / "answers.jsonl", self.clock()) as journal:
            if self.is_done():
                return
            if not journal.answers and find_open_plan(self.records(), self.key) is None:
                yield self._plan(journal.started)
            plan = find_open_plan(self.records(), self.key)
            record = self._record(journal, plan, *self._ask(journal, folder, progress))
            yield record
            # The record is in its reader's hands. An incomplete one leaves its answers for the next try.
            if record.state == "complete":
                shutil.rmtree(folder)

    def _plan(self, made: datetime) -> PlanRecord:
        """Announce the run and how its result will be judged, before anything is asked."""
        rules = self.rules({measure.id for measure in self.suite.metrics}.__contains__)
        return PlanRecord(
            made=made,
            job=self.key,
            suite=self.suite.ref(),
            model=self.model,
            settings=self.settings,
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
        about = {"suite": self.suite.sha256, "model": self.model.sha256, "job": self.key}
        exam = door.Exam(self.suite.id, about, self.samples, folder, journal.answers, keep, self._judge)
        with ExitStack() as stack:
            place, engine = self.reach(stack, folder)
            run = door.run(exam, door.Place(**place), door.Settings(**self.asking()))
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
            settings=self.used(),
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

    @property
    def max_tokens(self) -> int:
        """The suite's own limit, where the system's is not lower."""
        return min(super().max_tokens, self.suite.max_tokens)

    @cached_property
    def settings(self) -> Settings:
        """The choices of the system that the answers depend on."""
        return self.chosen(" ".join(self.languages)) | dict(self.suite.settings)

    @cached_property
    def key(self) -> str:
        """The job's key: SHA-256 over all that its result depends on."""
        whole = {
            "record": EvaluationRecord.type_uri(),
            "suite": {"id": self.suite.id, "sha256": self.suite.sha256},
            "model": self.model.sha256,
            "settings": self.settings,
            "seed": self.system.evaluation.seed,
            "judges": [judge.sha256 for judge in self._judges()],
            "tools": {tool.name: tool.version for tool in self.tools if tool.name != "accord"},
        }
        return digest(format_json(whole))


def _kind(error: str) -> str:
    """Return the class name in an error's repr as Inspect logs it, of the cause where it was retried."""
    name = re.search(r"raised (\w{1,60})>", error) or re.match(r"(\w{1,60})(?=\()", error)
    return name[1] if name else "Error"
