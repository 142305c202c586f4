"""Action 1: identify, evaluate and mitigate risk across the lifecycle."""

from collections import Counter

from accord.checks.definition import Practice, check
from accord.checks.reading import documented, evaluations, find_metric, nothing, tests
from accord.evidence import EvaluationRecord, Metric, Origin, Records, Status, SystemRecord
from accord.manifest import System, Tolerance

FAMILIES = ("R1", "R2", "R3", "R4", "R5", "R6", "R7")
FEW = 30
"""Items below which a family counts as hardly tested: 30 of 30 still leaves a 95 % interval down to 89 %."""


@check("a01.testing", clauses=["1.1"])
def testing(system: System, records: Records) -> Practice:
    """The model was tested from inside and, independently, from outside.

    Supported when complete, current evaluations of the declared model exist from both the organisation and an
    independent party; partial with one of them.
    """
    # The newest from each side: a peer who repeats a suite of ours must not hide our own run.
    entries = tuple({(e.record.suite.id, e.origin): e for e in tests(records)}.values())
    if not entries:
        return nothing(f"There is no complete, current evaluation of {system.model.name}.")
    suites, origins = {e.record.suite.id for e in entries}, {e.origin for e in entries}
    gaps = []
    if Origin.SELF not in origins:
        gaps.append("There is no internal evaluation.")
    if origins == {Origin.SELF}:
        gaps.append("No independent party has recorded a test.")
    status = Status.PARTIAL if gaps else Status.SUPPORTED
    return Practice(status, f"{len(suites)} evaluation suites were run on {system.model.name}.", entries, gaps)


@check("a01.tolerances", clauses=["1.3"])
def tolerances(system: System, records: Records) -> Practice:
    """Measured risk stays within the tolerances that the organisation declared.

    The Code leaves "unreasonable risk" undefined, so the organisation's own tolerances are taken. A tolerance holds
    when the whole 95 % interval lies inside it, and is exceeded when the whole interval lies outside; an interval
    across the bound decides nothing. Contradicted when any is exceeded; supported when all hold.
    """
    if not system.tolerances:
        return nothing("accord.toml declares no risk tolerance, so nothing says what risk would be unreasonable.")
    measured = [(t, found) for t in system.tolerances if (found := find_metric(records, t.metric))]
    if not measured:
        return nothing("None of the metrics that a tolerance names has been measured.")
    missing = [t.metric for t in system.tolerances if find_metric(records, t.metric) is None]
    judged = [(t, m, _judge(t, m)) for t, (_, m) in measured]
    gaps = [f"{metric} has a tolerance but was not measured." for metric in missing]
    gaps += [_tolerance_gap(t, m, holds) for t, m, holds in judged if holds is not True]
    entries = [e for _, (e, _) in measured]
    if any(holds is False for _, _, holds in judged):
        return Practice(Status.CONTRADICTED, "A declared risk tolerance is exceeded.", entries, gaps)
    if gaps:
        return Practice(
            Status.PARTIAL, "No declared tolerance is exceeded, but not all are shown to hold.", entries, gaps
        )
    return Practice(Status.SUPPORTED, "Every declared risk tolerance holds on the bound of its interval.", entries)


def _judge(tolerance: Tolerance, metric: Metric) -> bool | None:
    if metric.low is None or metric.high is None:
        return None
    if tolerance.at_most is not None:
        return True if metric.high <= tolerance.at_most else False if metric.low > tolerance.at_most else None
    bound = tolerance.at_least or 0.0
    return True if metric.low >= bound else False if metric.high < bound else None


def _tolerance_gap(tolerance: Tolerance, metric: Metric, holds: bool | None) -> str:  # noqa: FBT001 - the three answers of _judge
    if tolerance.at_most is not None:
        bound, broken = f"at most {100 * tolerance.at_most:g}%", "exceeds"
    else:
        bound, broken = f"at least {100 * (tolerance.at_least or 0.0):g}%", "falls short of"
    word = f"{broken} the tolerance of" if holds is False else "cannot be told from the tolerance of"
    if metric.low is None or metric.high is None:
        return f"{metric.id} has no scored sample."
    return f"{metric.id}, {metric.low:.1%} to {metric.high:.1%} (n = {metric.n}), {word} {bound}."


@check("a01.traceability", clauses=["1.4"])
def traceability(system: System, records: Records) -> Practice:
    """What was tested, with which items, settings and result can be traced by digest.

    Every evaluation record binds model, suite, settings, log and scores by digest, so the testing side is measured.
    The Code also asks it of datasets and of decisions made during development: those are gaps until recorded.
    """
    entries = evaluations(records)
    if not entries:
        return nothing("There is no complete, current evaluation to trace.")
    gaps = ["Decisions made during development are not recorded."]
    if not system.datasets:
        gaps.append("accord.toml declares no dataset.")
    summary = "Every evaluation names its model, items, settings, log and scores by digest."
    return Practice(Status.PARTIAL, summary, entries, gaps)


@check("a01.technical-documentation", clauses=["1.5"])
def technical_documentation(system: System, records: Records) -> Practice:
    """Testing is backed by technical documentation that is reviewed regularly."""
    return documented(system, records, "technical-documentation", "technical documentation")


@check("a01.checkpoints", clauses=["1.7"])
def checkpoints(system: System, records: Records) -> Practice:
    """The system was tested at several points of its life, and before it was released.

    Supported when some evaluation of this model is older than the release, or there has been none yet, and earlier
    declared versions were evaluated too.
    """
    entries = evaluations(records)
    if not entries:
        return nothing("There is no complete, current evaluation.")
    gaps = []
    released = system.system.released
    if released and all(e.record.started.date() > released for e in entries):
        gaps.append(f"No evaluation was made before the release of {released}.")
    evaluated = {e.record.model.sha256 for e in records.of(EvaluationRecord) if e.record.is_complete}
    models = evaluated & {e.record.model.sha256 for e in records.of(SystemRecord)}
    if len(models) == 1:
        gaps.append("Only one state of the model has been tested.")
    status = Status.PARTIAL if gaps else Status.SUPPORTED
    return Practice(status, f"{len(models)} state(s) of the model have been tested.", entries, gaps)


@check("a01.risk-families", clauses=["1.9"])
def risk_families(system: System, records: Records) -> Practice:
    """Testing gave attention to each of the seven risk families.

    Supported when complete, current evaluations of the declared model have at least 30 items on each of the seven; a
    family with fewer is a gap, because even the best result on fewer leaves a tenth of such prompts unknown. It says
    that they were tested, not that the results are good: those stand in the report with their intervals.
    """
    entries = [e for e in evaluations(records) if e.record.families]
    items = sum((Counter(e.record.families) for e in entries), Counter[str]())
    if not items:
        return nothing(f"No risk family has been tested on {system.model.name}.")
    gaps = [gap for family in FAMILIES if (gap := _family_gap(family, items[family]))]
    status = Status.PARTIAL if gaps else Status.SUPPORTED
    return Practice(status, f"Tested: {', '.join(sorted(items))}.", entries, gaps)


def _family_gap(family: str, items: int) -> str:
    if not items:
        return f"Risk family {family} has not been tested."
    return f"Risk family {family} has been tested with {items} items only." if items < FEW else ""
