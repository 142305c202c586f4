"""What people decided, how well judges agree with people, and what others found, as a report tells it."""

from accord.codes import Code
from accord.evidence import (
    DecisionRecord,
    EvaluationRecord,
    ImportRecord,
    JudgementRecord,
    JudgeRecord,
    Origin,
    Records,
    SystemRecord,
    is_current,
)
from accord.reports.models import DecisionReport, ImportReport, JudgementReport, JudgeReport, RedLineReport


def make_decisions(records: Records) -> tuple[DecisionReport, ...]:
    """Return every decision, oldest first; an expired one stays to be seen."""
    model = _declared(records)
    return tuple(
        DecisionReport(
            index=e.ref.index,
            origin=e.origin,
            expired=not is_current(e.record, records.at),
            current_model=e.record.model.sha256 == model,
            decision=e.record,
        )
        for e in records.of(DecisionRecord)
    )


def make_red_lines(code: Code, decisions: tuple[DecisionReport, ...]) -> tuple[RedLineReport, ...]:
    """Return each ground with the organisation's own current decisions that speak of it, about the declared model."""
    own = [d for d in decisions if d.origin == Origin.SELF and not d.expired and d.current_model]
    return tuple(
        RedLineReport(
            id=line.id,
            text=line.text,
            decisions=tuple(d.index for d in own if any(g.id == line.id for g in d.decision.grounds)),
        )
        for line in code.red_lines
    )


def make_judges(records: Records) -> tuple[JudgeReport, ...]:
    """Return the newest measurement of each judge on each set of labels, by each party."""
    newest = {(e.origin, e.record.judge.id, e.record.labels): e for e in records.of(JudgeRecord)}
    return tuple(JudgeReport(index=e.ref.index, origin=e.origin, measured=e.record) for e in newest.values())


def make_judgements(records: Records) -> tuple[JudgementReport, ...]:
    """Return what other judges said of the runs of the declared model."""
    model = _declared(records)
    runs = {e.ref for e in records.of(EvaluationRecord) if e.record.model.sha256 == model}
    held = [e for e in records.of(JudgementRecord) if e.record.evaluation in runs]
    return tuple(JudgementReport(index=e.ref.index, origin=e.origin, judgement=e.record) for e in held)


def make_imports(records: Records) -> tuple[ImportReport, ...]:
    """Return the current results of others on the declared model."""
    model = _declared(records)
    held = [e for e in records.current(ImportRecord) if e.record.model.sha256 == model]
    return tuple(ImportReport(index=e.ref.index, origin=e.origin, result=e.record) for e in held)


def _declared(records: Records) -> str:
    system = records.latest(SystemRecord)
    return system.record.model.sha256 if system else ""
