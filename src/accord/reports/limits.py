"""What a report does not show: each limit found in the facts is one plain sentence."""

from collections.abc import Iterator, Sequence

from accord.evidence import Metric, Origin, Status
from accord.manifest import System
from accord.reports.languages import LANGUAGES
from accord.reports.models import (
    ActionReport,
    Content,
    Custody,
    FamilyReport,
    GatesReport,
    ImportReport,
    JudgeReport,
    LogFacts,
    RedLineReport,
    Row,
    Run,
)


def find_limits(content: Content) -> tuple[str, ...]:
    """Return the limits of a report, most general first, from all else that it says."""
    return (
        *_find_origins(content.records),
        *_find_clauses(content.actions),
        *_find_families(content.families),
        *_find_samples(content.runs),
        *_find_doubts(content.runs, content.declared.evaluation.agreement),
        *_find_labels(content.judges),
        *_find_imports(content.imports),
        *_find_red_lines(content.red_lines),
        *_find_overrides(content.gates),
        *_find_custody(content.custody),
        *_find_languages(content.declared),
        "Samples and answers are not in this file. The evaluation logs that hold them are named here by digest.",
        *_find_outsiders(content.log),
        "This file cannot show whether the log has grown since, or whether another log exists under the same key.",
    )


def _find_origins(rows: Sequence[Row]) -> Iterator[str]:
    if all(row.origin == Origin.SELF for row in rows):
        yield "Nobody outside the organisation has signed any of this evidence: all of it is the organisation's own."


def _find_clauses(actions: Sequence[ActionReport]) -> Iterator[str]:
    bare = [c.id for action in actions for c in action.clauses if c.status == Status.NO_EVIDENCE]
    total = sum(len(action.clauses) for action in actions)
    if bare:
        yield f"There is no evidence on {len(bare)} of {total} clauses: {', '.join(bare)}."


def _find_families(families: Sequence[FamilyReport]) -> Iterator[str]:
    bare = [f"{f.id} ({f.title})" for f in families if not f.tested_by]
    if bare:
        yield f"No current and complete evaluation touches {len(bare)} of {len(families)} risk families: " + (
            "; ".join(bare) + "."
        )


def _find_samples(runs: Sequence[Run]) -> Iterator[str]:
    for run in runs:
        empty = [m for m in run.evaluation.metrics if m.value is None]
        whole = {(m.id, m.language) for m in empty if not m.group}
        named = [_name(m) for m in empty if not m.group or (m.id, m.language) not in whole]
        if named:
            yield f"Record {run.index} could score no sample of: {', '.join(named)}."


def _name(metric: Metric) -> str:
    """Name a metric, and of its samples the part and the language where they are not all and not English."""
    told = [*([metric.group] if metric.group else []), *([metric.language] if metric.language != "en" else [])]
    return f"{metric.id} ({', '.join(told)})" if told else metric.id


def _find_doubts(runs: Sequence[Run], least: float) -> Iterator[str]:
    reasons: dict[str, list[str]] = {}
    for run in runs:
        for metric in run.evaluation.metrics:
            # What has no sample is told elsewhere, and a part of the samples has the doubt of the whole.
            if metric.n and not metric.group and (doubt := metric.doubt(least)):
                reasons.setdefault(doubt, []).append(f"{metric.id} ({metric.language}, record {run.index})")
    for doubt, named in reasons.items():
        yield f"No rate is stated of {', '.join(named)}: {doubt}."


def _find_labels(judges: Sequence[JudgeReport]) -> Iterator[str]:
    readers = {judge.measured.labelled_by: None for judge in judges}
    for reader in readers:
        named = dict.fromkeys(j.measured.labels for j in judges if j.measured.labelled_by == reader)
        yield f"How much a judge errs is known from these labels alone: {', '.join(named)}. Who gave them: {reader}."


def _find_imports(imports: Sequence[ImportReport]) -> Iterator[str]:
    if imports:
        named = ", ".join(str(item.index) for item in imports)
        yield f"Not measured here: {_count(imports, 'result')} of others, see record {named}."


def _find_red_lines(lines: Sequence[RedLineReport]) -> Iterator[str]:
    bare = [line.id for line in lines if not line.decisions]
    if bare:
        yield f"{len(bare)} of {len(lines)} red lines have no current decision about this model: {', '.join(bare)}."


def _find_overrides(gates: GatesReport) -> Iterator[str]:
    overrides = [(reason.id, override) for reason in gates.reasons for override in reason.overrides]
    if overrides:
        named = "; ".join(f"{name} at the stage {o.stage} (record {o.index})" for name, o in overrides)
        yield f"At a gate a person overrides {_count(overrides, 'reason')}: {named}."


def _find_languages(declared: System) -> Iterator[str]:
    wanted = [name for name in declared.languages if name.partition("-")[0] not in LANGUAGES]
    if wanted:
        named = ", ".join(wanted)
        yield f"The report was also wanted in: {named}. This version of Accord does not write it in that language."


def _find_custody(custody: Custody) -> Iterator[str]:
    if custody.pending:
        named = "; ".join(f"{p.suite or 'a suite that is not told'} (record {p.index})" for p in custody.pending)
        yield f"No result is recorded of {_count(custody.pending, 'announced evaluation')}: {named}."
    for why, words in (("withheld", "fields that are withheld in"), ("revoked", "what a revoked key signed in")):
        closed = sorted(index for group in custody.closed if group.why == why for index in group.records)
        if closed:
            yield f"Nothing here rests on {words} {_count(closed, 'record')}: {', '.join(map(str, closed))}."
    if custody.erased:
        named = ", ".join(str(erased.index) for erased in custody.erased)
        yield f"{_count(custody.erased, 'text')} beside the log can no longer be looked at: erased, see record {named}."
    if custody.elsewhere:
        named = f"{_count(custody.elsewhere, 'record')}: {', '.join(map(str, custody.elsewhere))}"
        yield f"The scores of {named} are too large for this file. They are in a bundle, for metrics to be recomputed."


def _count(items: Sequence[object], noun: str) -> str:
    return f"{len(items)} {noun}{'' if len(items) == 1 else 's'}"


def _find_outsiders(log: LogFacts) -> Iterator[str]:
    if not any(anchor.signers for anchor in log.anchors):
        yield "No witness has signed a checkpoint of this log: that everybody is shown the same one is not shown."
    if not log.anchors:
        yield "No outsider fixed the log in time: every date in it is the organisation's own word."
