"""What changed from one release to the next: clause by clause, and figures only where they were measured alike."""

from collections.abc import Iterator

from accord.evidence import EvaluationRecord, Metric
from accord.evidence.comparing import why_not_comparable
from accord.reports.models import ClauseReport, Content
from accord.reports.site.models import Apart, Changes, ClauseChange, Figure, MetricChange
from accord.reports.site.releases import Release

_NOT_RUN = "it was run for one of the two releases only"


def find_changes(earlier: Release, later: Release) -> Changes:
    """Return what the reports of two releases say differently."""
    old, new = earlier.content, later.content
    blank = Changes(earlier=earlier.line, later=later.line, clauses=(), same=0, metrics=(), apart=())
    if old is None or new is None:
        return blank.model_copy(update={"reason": earlier.line.reason or later.line.reason})
    if old.edition.sha256 != new.edition.sha256:
        return blank.model_copy(update={"reason": "They were assessed against different texts of the Code."})
    before, after = _clauses(old), _clauses(new)
    clauses = tuple(c for c in (_compare(before[i], after[i]) for i in after) if c)
    metrics, apart = _runs(old, new)
    return blank.model_copy(
        update={"clauses": clauses, "same": len(after) - len(clauses), "metrics": metrics, "apart": apart}
    )


def _clauses(content: Content) -> dict[str, ClauseReport]:
    return {clause.id: clause for action in content.actions for clause in action.clauses}


def _compare(before: ClauseReport, after: ClauseReport) -> ClauseChange | None:
    closed = tuple(gap for gap in before.gaps if gap not in after.gaps)
    opened = tuple(gap for gap in after.gaps if gap not in before.gaps)
    if before.status == after.status and not closed and not opened:
        return None
    return ClauseChange(
        id=after.id, text=after.text, before=before.status, after=after.status, closed=closed, opened=opened
    )


def _runs(old: Content, new: Content) -> tuple[tuple[MetricChange, ...], tuple[Apart, ...]]:
    first = {run.evaluation.suite.id: run.evaluation for run in old.runs}
    second = {run.evaluation.suite.id: run.evaluation for run in new.runs}
    metrics, apart = list[MetricChange](), list[Apart]()
    for suite in sorted(first.keys() | second.keys()):
        if suite not in first or suite not in second:
            apart.append(Apart(suite=suite, why=_NOT_RUN))
        elif why := why_not_comparable(first[suite], second[suite]):
            apart.append(Apart(suite=suite, why=f"they differ in {why}"))
        elif first[suite] != second[suite]:
            metrics += _metrics(first[suite], second[suite], old.declared.evaluation.agreement)
    return tuple(metrics), tuple(apart)


def _metrics(first: EvaluationRecord, second: EvaluationRecord, least: float) -> Iterator[MetricChange]:
    held = {(m.id, m.language): m for m in first.metrics if not m.group}
    for metric in second.metrics:
        before = held.get((metric.id, metric.language))
        if before and not metric.group:
            yield MetricChange(
                suite=second.suite.id,
                metric=metric.id,
                title=metric.title,
                language=metric.language,
                before=_figure(before, least),
                after=_figure(metric, least),
            )


def _figure(metric: Metric, least: float) -> Figure:
    if not metric.n or metric.doubt(least):
        return Figure(value=None, low=None, high=None, n=metric.n)
    return Figure(value=metric.value, low=metric.low, high=metric.high, n=metric.n)
