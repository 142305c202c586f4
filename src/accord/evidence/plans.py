"""Plans and their results: what was announced, and whether what came of it was recorded."""

from typing import Any

from accord.evidence.entries import Entry, Records
from accord.evidence.record import ClosedRecord, Record
from accord.evidence.records import EvaluationRecord, PlanRecord
from accord.evidence.values import Ref


def open_plans(records: Records) -> tuple[Entry[Any], ...]:
    """Return the plans without a complete result, oldest first: of a run under way, or of one that was dropped.

    A run that lost samples leaves its plan open, for the next try.

    A plan is a ClosedRecord where its settings are withheld or its key was revoked; it was announced all the same.
    """
    results = (e.record for e in records if isinstance(e.record, EvaluationRecord | ClosedRecord))
    done = {record.plan for record in results if record.is_complete}
    return tuple(e for e in records if _is_plan(e.record) and e.ref not in done)


def _is_plan(record: Record) -> bool:
    return isinstance(record, PlanRecord) or (isinstance(record, ClosedRecord) and record.of == PlanRecord.kind)


def find_open_plan(records: Records, job: str) -> Ref | None:
    """Return the newest plan of a job that still waits for its result."""
    return next((e.ref for e in reversed(open_plans(records)) if e.record.job == job), None)


def planned(entry: Entry[Any]) -> tuple[str, str]:
    """Return the suite's id and the model's digest that a plan or an evaluation is about, also where it is closed.

    Both are empty where the record says nothing of its sequence.
    """
    told = entry.record.about() or (entry.record.chain.about if entry.record.chain else "")
    suite, _, model = told.partition(" ")
    return suite, model


def unplanned(records: Records) -> tuple[Entry[EvaluationRecord], ...]:
    """Return the evaluations that nothing announced."""
    return tuple(e for e in records.of(EvaluationRecord) if e.record.plan is None)


def compare_plan(plan: PlanRecord, run: EvaluationRecord) -> str:
    """Return how a run differs from what was announced, or ""; settings that were not announced are the machine's."""
    pairs: dict[str, tuple[Any, Any]] = {
        "suite": (plan.suite, run.suite),
        # By its bytes: what it is called here may change meanwhile.
        "model": ((plan.model.kind, plan.model.sha256), (run.model.kind, run.model.sha256)),
        "seed": (plan.seed, run.seed),
        "planned": (plan.planned, run.planned),
        # A plan of before samples and judges were announced says nothing of them.
        "samples": (plan.samples, run.samples if plan.samples else None),
        "judges": (set(plan.judges), {m.judge for m in run.metrics if m.judge} if plan.judges else set()),
        "settings": (plan.settings, {name: run.settings.get(name) for name in plan.settings}),
    }
    different = [name for name, (said, found) in pairs.items() if said != found]
    if different:
        return f"It differs from its plan in {', '.join(different)}."
    return "It was begun before its plan was made." if run.started < plan.made else ""
