"""Action 1: identify, evaluate and mitigate risk across the lifecycle."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from accord.checks.definition import Practice, check
from accord.checks.reading import (
    documented,
    erasures,
    evaluations,
    find_metric,
    holds,
    nothing,
    told,
)
from accord.evidence import (
    ClosedRecord,
    DecisionRecord,
    Entry,
    ErasureRecord,
    EvaluationRecord,
    ImportRecord,
    Metric,
    Origin,
    PlanRecord,
    Records,
    Ref,
    Status,
    SystemRecord,
    compare_plan,
    open_plans,
    planned,
)
from accord.manifest import System, Tolerance

FAMILIES = ("R1", "R2", "R3", "R4", "R5", "R6", "R7")
FEW = 30
"""Items below which a family counts as hardly tested: 30 of 30 still leaves a 95 % interval down to 89 %."""


@check("a01.testing", clauses=["1.1"])
def testing(system: System, records: Records) -> Practice:
    """The model was tested from inside and, independently, from outside.

    Supported when complete, current evaluations of the declared model exist from both the organisation and an
    independent party, or its own results that it filed and signed; partial with one of them. A test of this model
    that was announced and has no recorded result is a gap, and so is one whose result is withheld: a bad result
    that is left out must not go unseen.
    """
    entries, hidden = evaluations(records), [*_pending_gaps(records), *_closed_gaps(records)]
    if not entries:
        return nothing(f"There is no complete, current evaluation of {system.model.name}.", *hidden)
    outside = _imported(records)
    suites = {e.record.suite.id for e in entries}
    origins = {e.origin for e in entries} | {e.origin for e in outside}
    gaps = []
    if Origin.SELF not in origins:
        gaps.append("There is no internal evaluation.")
    if origins == {Origin.SELF}:
        gaps.append("No independent party has recorded a test.")
    gaps += hidden
    status = Status.PARTIAL if gaps else Status.SUPPORTED
    summary = f"{len(suites)} evaluation suites were run on {system.model.name}."
    return Practice(status, summary, [*entries, *outside], gaps)


def _imported(records: Records) -> tuple[Entry[ImportRecord], ...]:
    """Return what independent parties filed about this model in their own words, and signed."""
    system = records.latest(SystemRecord)
    held = (e for e in records.current(ImportRecord) if e.origin == Origin.INDEPENDENT)
    return tuple(e for e in held if system and e.record.model.sha256 == system.record.model.sha256)


def _pending_gaps(records: Records) -> Iterator[str]:
    for entry in _about_model(open_plans(records), records):
        suite, _ = planned(entry)
        yield f"No result is recorded of the run of suite {suite} that record {entry.ref.index} announced."


def _closed_gaps(records: Records) -> Iterator[str]:
    closed = [e for e in records.current(ClosedRecord) if e.record.of == EvaluationRecord.kind]
    for entry in _about_model(closed, records):
        suite, _ = planned(entry)
        why = {"withheld": "is withheld", "revoked": "was signed by a key that was revoked"}[entry.record.why]
        yield f"The result of suite {suite} in record {entry.ref.index} {why}, and supports nothing."


def _about_model(entries: Iterable[Entry[Any]], records: Records) -> Iterator[Entry[Any]]:
    """Pass on the plans and evaluations of the model that the system now declares."""
    system = records.latest(SystemRecord)
    return (e for e in entries if system and planned(e)[1] == system.record.model.sha256)


@check("a01.tolerances", clauses=["1.3"])
def tolerances(system: System, records: Records) -> Practice:
    """Measured risk stays within the tolerances that the organisation declared.

    The Code leaves "unreasonable risk" undefined, so the organisation's own tolerances are taken. A tolerance holds
    when the whole interval, at the confidence it asks for, lies inside it, and is exceeded when the whole interval lies
    outside; an interval across the bound decides nothing, and neither does a rate whose judge agrees too little with
    people. It must hold in each language, and where the organisation and an independent party both ran a suite, in the
    newest run of each: neither replaces the other. Contradicted when any is exceeded; supported when all hold.
    """
    if not system.tolerances:
        return nothing("accord.toml declares no risk tolerance, so nothing says what risk would be unreasonable.")
    measured = [(t, e, m) for t in system.tolerances for e, m in find_metric(records, t.metric)]
    if not measured:
        return nothing("None of the metrics that a tolerance names has been measured.")
    gaps = [
        f"{t.metric} has a tolerance but was not measured."
        for t in system.tolerances
        if not find_metric(records, t.metric)
    ]
    least = system.evaluation.agreement
    gaps += [_tolerance_gap(t, e.origin, m, least) for t, e, m in measured if holds(t, m, least) is not True]
    entries = [e for _, e, _ in measured]
    if any(holds(t, m, least) is False for t, _, m in measured):
        return Practice(Status.CONTRADICTED, "A declared risk tolerance is exceeded.", entries, gaps)
    if gaps:
        return Practice(
            Status.PARTIAL, "No declared tolerance is exceeded, but not all are shown to hold.", entries, gaps
        )
    return Practice(Status.SUPPORTED, "Every declared risk tolerance holds on the bound of its interval.", entries)


def _tolerance_gap(tolerance: Tolerance, origin: Origin, metric: Metric, least: float) -> str:
    named = metric.id if metric.language == "en" else f"{metric.id} ({metric.language})"
    if doubt := metric.doubt(least):
        return f"{named} decides nothing: {doubt}."
    _, low, high = metric.bounds(tolerance.confidence)
    if low is None or high is None:
        return f"{named} has no scored sample."
    if tolerance.at_most is not None:
        bound, broken = f"at most {100 * tolerance.at_most:g}%", "exceeds"
    else:
        bound, broken = f"at least {100 * (tolerance.at_least or 0.0):g}%", "falls short of"
    exceeded = holds(tolerance, metric, least) is False
    word = f"{broken} the tolerance of" if exceeded else "cannot be told from the tolerance of"
    size = f"n = {metric.n}" if origin == Origin.SELF else f"n = {metric.n}, {origin}"
    return f"{named}, {low:.1%} to {high:.1%} ({size}), {word} {bound}."


@check("a01.traceability", clauses=["1.4"])
def traceability(system: System, records: Records) -> Practice:
    """What was tested, with which items, settings and result can be traced by digest.

    Every evaluation record binds model, suite, settings, log and scores by digest, so the testing side is measured. An
    evaluation that no plan announced, or that is not as announced, is a gap: nobody can tell how many like it were left
    out. So is one whose log or scores were erased. The Code also asks it of datasets, processes and decisions of
    development: those are declared at best, so this is partial at most.
    """
    entries = evaluations(records)
    if not entries:
        return nothing("There is no complete, current evaluation to trace.")
    by_ref = {e.ref: e for e in records}
    decisions = records.current(DecisionRecord)
    gaps = [] if decisions else ["Decisions made during development are not recorded."]
    if not system.datasets:
        gaps.append("accord.toml declares no dataset.")
    gaps += [gap for e in entries if (gap := _plan_gap(e, by_ref))]
    gaps += [gap for e in entries for gap in _erasure_gaps(e, erasures(records))]
    gaps.append("The processes and the data of development are declared; nothing measured them.")
    summary = "Every evaluation names its model, items, settings, log and scores by digest."
    return Practice(Status.PARTIAL, summary, [*entries, *decisions], gaps)


def _plan_gap(entry: Entry[EvaluationRecord], entries: Mapping[Ref, Entry[Any]]) -> str:
    run, ref = f"The run of suite {entry.record.suite.id} in record {entry.ref.index}", entry.record.plan
    plan = entries[ref].record if ref and ref in entries and ref.index < entry.ref.index else None
    if isinstance(plan, ClosedRecord) and plan.of == PlanRecord.kind:
        return f"{run} was announced in a record that is {plan.why}."
    if not isinstance(plan, PlanRecord):
        return f"{run} was not announced."
    difference = compare_plan(plan, entry.record)
    return f"{run} is not as announced. {difference}" if difference else ""


def _erasure_gaps(entry: Entry[EvaluationRecord], erased: Mapping[str, Entry[ErasureRecord]]) -> Iterator[str]:
    for name, artifact in (("log", entry.record.log), ("scores", entry.record.scores)):
        if found := erased.get(artifact.sha256):
            yield f"The {name} of the run in record {entry.ref.index} was erased: {told(found)}."


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
    suites = dict[str, Counter[str]]()
    for entry in entries:  # run by two parties, a suite asks no more than it holds
        suites[entry.record.suite.id] = suites.get(entry.record.suite.id, Counter()) | Counter(entry.record.families)
    items = sum(suites.values(), Counter[str]())
    if not items:
        return nothing(f"No risk family has been tested on {system.model.name}.")
    gaps = [gap for family in FAMILIES if (gap := _family_gap(family, items[family]))]
    status = Status.PARTIAL if gaps else Status.SUPPORTED
    return Practice(status, f"Tested: {', '.join(sorted(items))}.", entries, gaps)


def _family_gap(family: str, items: int) -> str:
    if not items:
        return f"Risk family {family} has not been tested."
    return f"Risk family {family} has been tested with {items} items only." if items < FEW else ""


@check("a01.secure-environments", clauses=["1.6"])
def secure_environments(_system: System, _records: Records) -> Practice:
    """Tests are run in environments that are secure."""
    return nothing("Nobody states how the environments of tests are secured.")


@check("a01.research", clauses=["1.11"])
def research(_system: System, _records: Records) -> Practice:
    """Research and investment advance security, safety, fairness, transparency and robustness against misuse."""
    return nothing("Nobody states such research or investment.")
