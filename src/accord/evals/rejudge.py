"""The same transcripts, another judge: nothing is asked of the model under test again."""

import importlib
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter

from accord import __version__
from accord.assess import Job, Progress
from accord.errors import EvaluationError
from accord.evals.agreement import make_judge_record
from accord.evals.judges import RULES, Judge, Labels, Task, measure, shipped_labels
from accord.evals.judges.classifier import TASKS, ClassifierJudge
from accord.evals.judges.model import ModelJudge
from accord.evals.place import open_place
from accord.evals.sample import Reading
from accord.evals.scoring import make_metrics
from accord.evals.suite import SHIPPED, Measure, Suite, load_suite, suite_ids
from accord.evidence import (
    Agreement,
    Entry,
    EvaluationRecord,
    JudgementRecord,
    JudgeRecord,
    Record,
    Score,
    Tool,
    format_values,
)
from accord.ledger import digest, format_json, parse_json
from accord.manifest import System, identify_model
from accord.workspace import Workspace

Kind = Literal["rules", "classifier", "model"]
FindLabels = Callable[[Task], Labels]
MakeJudge = Callable[[Task], Judge | None]
"""Returns the judge of a task; None where it cannot decide that one."""

_SCORES = TypeAdapter(tuple[Score, ...])


@contextmanager
def open_judges(kind: Kind, system: System, root: Path, labels: FindLabels = shipped_labels) -> Iterator[MakeJudge]:
    """Yield what makes the judges of one kind; the manifest's [judge] is served while the block lasts."""
    if kind != "model":
        yield RULES.get if kind == "rules" else lambda task: _classifier(task, labels)
        return
    if system.judge is None:
        raise EvaluationError(
            "accord.toml names no model that judges.", fix="add a table [judge] with name, and weights or endpoint"
        )
    door = importlib.import_module("accord.evals._inspect")
    subject = identify_model(system.model_copy(update={"model": system.judge}), root)
    wanted = system.evaluation
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="accord-judge-")))
        place, _ = open_place(stack, system, system.judge, root, folder)
        settings = door.Settings(
            seed=wanted.seed, temperature=0.0, max_tokens=32, slots=wanted.slots, timeout=wanted.timeout
        )

        def ask(texts: Sequence[str], schema: Mapping[str, Any]) -> Sequence[str]:
            replies: Sequence[str] = door.ask_texts(texts, schema, door.Place(**place), settings)
            return replies

        yield lambda task: ModelJudge(task, subject, ask)


def _classifier(task: Task, labels: FindLabels) -> Judge | None:
    # What an answer alone does not show, a classifier cannot learn.
    return ClassifierJudge(labels(task)) if task in TASKS else None


@dataclass(frozen=True)
class Rejudging:
    """One evaluation whose transcripts are read again; metrics whose task the judge cannot decide stay out."""

    clock: Callable[[], datetime]
    workspace: Workspace
    entry: Entry[EvaluationRecord]
    make_judge: MakeJudge
    labels: FindLabels = shipped_labels
    folder: Traversable = SHIPPED
    """Where the suites are."""

    def job(self) -> Job:
        """Return what is to be run: its records are the judges' agreement with people, then the judgement."""
        run = self.entry.record
        key = digest(format_json({"evaluation": self.entry.ref.leaf, "judges": self._digests}))
        return Job(key, f"{run.suite.title}: judged again", len(self._readings), lambda p: self._run(key, p))

    def _run(self, key: str, progress: Progress) -> Iterator[Record]:
        agreements: dict[Task, tuple[Agreement, ...]] = {}
        for task, judge in self._judges.items():
            agreements[task], record = self._measure(task, judge)
            yield record
        scores = self._score(progress)
        metrics = make_metrics(self._measures, scores, lambda t: self._judges[t], lambda t, n: _find(agreements[t], n))
        last = [*self._judges.values()][-1:]
        for judge in self._judges.values():
            own = [m for m in metrics if m.judge == judge.ref]
            rows = [s for s in scores if s.metric in {m.id for m in own}]
            yield JudgementRecord(
                made=self.clock(),
                # Under the job's own key stands the last: only with it is all of it done.
                job=key if judge in last else digest(f"{key} {judge.ref.sha256}".encode()),
                evaluation=self.entry.ref,
                judge=judge.ref,
                metrics=tuple(own),
                scores=self.workspace.keep(format_values(rows), "application/json"),
                between=self._compare(rows),
                tools=(Tool(name="accord", version=__version__),),
            )

    def _measure(self, task: Task, judge: Judge) -> tuple[tuple[Agreement, ...], JudgeRecord]:
        labels = self.labels(task)
        agreements, verdicts = measure(judge, labels)
        job = digest(f"{judge.ref.sha256} {labels.sha256}".encode())
        record = make_judge_record(judge, labels, agreements, verdicts, self.workspace, self.clock(), job)
        return agreements, record

    def _score(self, progress: Progress) -> list[Score]:
        """Decide every reading, a task at a time."""
        by_task = defaultdict[Task, list[tuple[Score, Reading]]](list)
        tasks = {m.id: m.task for m in self._measures}
        for blank, reading in self._readings:
            task = tasks.get(reading.metric)
            if task:
                by_task[task].append((blank, reading))
        denied = {m.id: m.denied for m in self._measures}
        scores: list[Score] = []
        for task, rows in by_task.items():
            verdicts = self._judges[task].decide([reading.case for _, reading in rows])
            for (blank, reading), verdict in zip(rows, verdicts, strict=True):
                score = None if verdict is None else float(verdict != denied[reading.metric])
                scores.append(blank.model_copy(update={"score": score}))
            progress(len(scores))
        return scores

    def _compare(self, scores: Sequence[Score]) -> tuple[Agreement, ...]:
        """Count the first judge's verdicts, as labels, beside these."""
        run = self.entry.record
        first = _SCORES.validate_python(parse_json(self.workspace.artifacts.get(run.scores.sha256)))
        known = {(s.sample, s.metric): s.score for s in first if s.score is not None}
        pairs = defaultdict[str, list[tuple[bool, bool | None]]](list)
        for s in scores:
            if (s.sample, s.metric) in known:
                pairs[s.language].append((bool(known[s.sample, s.metric]), None if s.score is None else bool(s.score)))
        return tuple(Agreement.of(name, pairs[name], run.scores.sha256) for name in sorted(pairs))

    @cached_property
    def _judges(self) -> dict[Task, Judge]:
        wanted = sorted({m.task for m in self._suite.metrics if m.task})
        return {task: judge for task in wanted if (judge := self.make_judge(task)) is not None}

    @cached_property
    def _digests(self) -> list[str]:
        return [judge.ref.sha256 for judge in self._judges.values()]

    @cached_property
    def _measures(self) -> tuple[Measure, ...]:
        return tuple(m for m in self._suite.metrics if m.task in self._judges)

    @cached_property
    def _suite(self) -> Suite:
        ref = self.entry.record.suite
        suite = load_suite(ref.id, self.folder) if ref.id in suite_ids(self.folder) else None
        if suite is None or suite.sha256 != ref.sha256:
            raise EvaluationError(
                "The items of this run are not here, so nobody can tell what its answers answer.",
                where=f"record {self.entry.ref.index}, suite {ref.id} {ref.version}",
                expected=ref.sha256,
                found=suite.sha256 if suite else "no shipped suite of that id",
            )
        return suite

    @cached_property
    def _readings(self) -> list[tuple[Score, Reading]]:
        """Return each reading of the transcripts with its score still to be given."""
        run = self.entry.record
        if run.log.sha256 not in self.workspace.artifacts:
            raise EvaluationError(
                "The transcripts of this run are not here any more.", where=f"record {self.entry.ref.index}"
            )
        door = importlib.import_module("accord.evals._inspect")
        with tempfile.TemporaryDirectory(prefix="accord-log-") as folder:
            path = Path(folder) / "transcripts.eval"
            path.write_bytes(self.workspace.artifacts.get(run.log.sha256))
            replies = door.read_replies(path)
        made = {s.id: s for s in self._suite.samples(run.seed)}
        rows = []
        for name, said in sorted(replies.items()):
            sample = made.get(name.partition("#")[0])
            if sample is None or not said:
                continue
            sample = replace(sample, id=name)
            blank = {"sample": name, "stem": sample.stem, "language": sample.language, "groups": sample.groups}
            rows += [(Score(metric=reading.metric, **blank), reading) for reading in sample.read(said)]
        return rows


def _find(agreements: Sequence[Agreement], language: str) -> Agreement | None:
    return next((a for a in agreements if a.language == language), None)
