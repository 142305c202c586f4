"""How well the shipped judges agree with people: measured again by every workspace, and kept as records."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import cache

from accord import __version__
from accord.assess import Job, Progress
from accord.evals.judges import RULES, Labels, measure, shipped_labels
from accord.evals.judges.judge import Judge, Task
from accord.evidence import Agreement, JudgeRecord, Record, Tool, Verdict, format_values
from accord.ledger import digest, format_json
from accord.workspace import Workspace


def judge_of(task: Task) -> Judge:
    """Return the judge that decides a task while the model is asked: its rules."""
    return RULES[task]


@cache
def _measured(task: Task) -> tuple[tuple[Agreement, ...], tuple[Verdict, ...]]:
    return measure(RULES[task], shipped_labels(task))


def find_agreement(task: Task, language: str) -> Agreement | None:
    """Return how well the task's judge agrees with people in one language; None where nobody labelled it."""
    agreements, _ = _measured(task)
    return next((a for a in agreements if a.language == language), None)


def judge_jobs(tasks: Iterable[Task], workspace: Workspace, clock: Callable[[], datetime]) -> Iterator[Job]:
    """Yield one job for each judge of `tasks`: it reads the labelled answers and records how well it agrees."""
    for task in tasks:
        yield _job(task, workspace, clock)


def _job(task: Task, workspace: Workspace, clock: Callable[[], datetime]) -> Job:
    labels, ref = shipped_labels(task), RULES[task].ref
    key = digest(format_json({"record": JudgeRecord.type_uri(), "judge": ref.sha256, "labels": labels.sha256}))

    def run(progress: Progress) -> Iterator[Record]:
        agreements, verdicts = _measured(task)
        progress(len(verdicts))
        yield make_judge_record(RULES[task], labels, agreements, verdicts, workspace, clock(), key)

    return Job(key, f"Judge of {task} against people's labels", len(labels.rows), run)


def make_judge_record(
    judge: Judge,
    labels: Labels,
    agreements: tuple[Agreement, ...],
    verdicts: tuple[Verdict, ...],
    workspace: Workspace,
    made: datetime,
    job: str,
) -> JudgeRecord:
    """Return the record of how well a judge agrees with labels; its verdicts are kept as an artifact."""
    return JudgeRecord(
        made=made,
        job=job,
        judge=judge.ref,
        agreements=agreements,
        labels=f"{labels.name} {labels.version}",
        labelled_by=labels.labelled_by,
        verdicts=workspace.keep(format_values(verdicts), "application/json"),
        tools=(Tool(name="accord", version=__version__),),
    )
