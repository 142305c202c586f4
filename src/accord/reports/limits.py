"""What a report does not show: each limit found in the facts is one plain sentence."""

from collections.abc import Iterator, Sequence

from accord.evidence import Origin, Records, Status
from accord.manifest import System
from accord.reports.models import ActionReport, FamilyReport, Run


def find_limits(
    declared: System,
    actions: Sequence[ActionReport],
    families: Sequence[FamilyReport],
    runs: Sequence[Run],
    records: Records,
) -> tuple[str, ...]:
    """Return the limits of a report, most general first; `runs` are those that the checks rely on."""
    return (
        *_find_origins(records),
        *_find_clauses(actions),
        *_find_families(families),
        *_find_samples(runs),
        *_find_languages(declared),
        "Samples and answers are not in this file. The evaluation logs that hold them are named here by digest.",
        "This file cannot show whether the log has grown since, or whether another log exists under the same key.",
    )


def _find_origins(records: Records) -> Iterator[str]:
    if all(entry.origin == Origin.SELF for entry in records):
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
        empty = [m.id for m in run.evaluation.metrics if m.value is None]
        if empty:
            yield f"Record {run.index} could score no sample of: {', '.join(empty)}."


def _find_languages(declared: System) -> Iterator[str]:
    wanted = [name for name in declared.languages if name.partition("-")[0] != "en"]
    if wanted:
        yield f"The report was also wanted in: {', '.join(wanted)}. This version of Accord writes English only."
