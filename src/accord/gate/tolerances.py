"""What was measured beside what is tolerated: on the bounds of intervals, all tolerances of a stage together."""

from collections import Counter
from typing import Any, Literal

from accord.checks.reading import holds
from accord.evidence import Entry, Metric, Origin, PlanRecord, Rule, holm, is_current, tail
from accord.evidence.estimates import interval
from accord.gate.models import Found, Held, Kind, Level, Reason
from accord.gate.scene import Row, Scene
from accord.manifest import Tolerance

MAX_GROWTH = 4096
"""How many times larger a run is imagined at most, to tell how many more samples would show that a bound holds."""


def judge_tolerances(scene: Scene) -> Found:
    """Yield what was found of every tolerance, in every language and by every origin.

    It holds where its interval lies inside. It is exceeded where its interval lies outside, and does so too when all
    that are judged here are taken together (S. Holm, 1979): of twenty intervals at 95 % one may miss by chance.
    """
    if not scene.tolerances:
        text = f"accord.toml declares no tolerance for the stage {scene.stage.id}: no result could ever block it."
        yield Reason("tolerances", "missing", text)
    yield from _missing(scene)
    rows = [row for tolerance in scene.tolerances for row in scene.rows(tolerance)]
    least, judged = scene.system.evaluation.agreement, list[Row]()
    for row in rows:
        tolerance, entry, metric = row
        if doubt := metric.doubt(least):
            text = f"{_named(entry, metric)} decides nothing: {doubt}."
            yield Reason(_id("judge", entry, metric), "judge", text, (entry.ref,), place=scene.place(tolerance))
        elif not _says(tolerance, metric):
            text = f"{_named(entry, metric)} has no verdicts that give a share."
            name = _tolerance_id(scene, row)
            yield Reason(name, "not-shown", text, (entry.ref,), place=scene.place(tolerance))
        else:
            judged.append(row)
    together = holm([_p_value(tolerance, metric) for tolerance, _, metric in judged])
    for row, p_value in zip(judged, together, strict=True):
        yield _judge(scene, row, p_value, len(judged))


def _missing(scene: Scene) -> Found:
    measured = {m.id for e in scene.newest for m in e.record.metrics}
    for tolerance in scene.tolerances:
        if tolerance.metric not in measured:
            text = f"{tolerance.metric} was not measured on this model."
            yield Reason(f"missing.{tolerance.metric}", "missing", text, place=scene.place(tolerance))


def _judge(scene: Scene, row: Row, p_value: float, family: int) -> Reason | Held:
    tolerance, entry, metric = row
    name, within = _tolerance_id(scene, row), holds(tolerance, metric, scene.system.evaluation.agreement)
    _, low, high = metric.bounds(tolerance.confidence)
    text = f"{_named(entry, metric)}, {low:.1%} to {high:.1%} (n = {metric.n}), {_bound(tolerance)} is accepted"
    if within:
        return Held(name, "not-shown", f"{text}: it holds.", (entry.ref,))
    kind: Kind = "not-shown"
    if within is None:
        more = more_samples(tolerance, metric)
        needed = "no number of samples" if more is None else f"about {_rough(more)} more samples"
        why = f"not shown; at this rate {needed} would show it"
    elif p_value > round(1 - tolerance.confidence, 9):
        why = f"outside, which may be chance where {family} are judged together"
    else:
        kind, why = "exceeded", "the whole interval is outside"
    return Reason(name, kind, f"{text}: {why}.", (entry.ref,), place=scene.place(tolerance))


def _p_value(tolerance: Tolerance, metric: Metric) -> float:
    side: Literal["above", "below"] = "below" if tolerance.at_most is None else "above"
    bound = (tolerance.at_least or 0.0) if tolerance.at_most is None else tolerance.at_most
    return tail(metric.count / metric.n, *_size(metric), metric.error, bound=bound, side=side)


def _size(metric: Metric) -> tuple[float, int]:
    """Return how many independent samples a metric is worth, and of how many items; all, where it says nothing."""
    return (metric.effective, metric.clusters) if metric.clusters else (metric.n, metric.n)


def _says(tolerance: Tolerance, metric: Metric) -> bool:
    return bool(_size(metric)[0]) and metric.bounds(tolerance.confidence)[0] is not None


def more_samples(tolerance: Tolerance, metric: Metric) -> int | None:
    """Return how many more samples, roughly, would show that a tolerance holds at the rate that was measured.

    None where none would: the rate is not within it, or the error of the judge hides it.
    """
    effective, items = _size(metric)
    if not items:
        return None

    def shows(clusters: int) -> bool:
        size = effective * clusters / items
        _, low, high = interval(metric.count / metric.n, size, clusters, metric.error, tolerance.confidence)
        if low is None or high is None:
            return False
        return high <= tolerance.at_most if tolerance.at_most is not None else low >= (tolerance.at_least or 0.0)

    few, enough = items, items * MAX_GROWTH
    if not shows(enough):
        return None
    while enough - few > 1:
        middle = (few + enough) // 2
        few, enough = (few, middle) if shows(middle) else (middle, enough)
    return max(1, round(metric.n * enough / items) - metric.n)


def find_stale(scene: Scene) -> Found:
    """Yield every run that a tolerance needs and that is too old to count."""
    for entry in scene.newest:
        asked = [t for t in scene.tolerances if t.metric in {m.id for m in entry.record.metrics}]
        if not asked or scene.is_fresh(entry):
            continue
        days = "" if scene.stage.days is None else f"; at this stage it may be {scene.stage.days} days old"
        ended = "" if is_current(entry.record, scene.records.at) else " and has expired"
        made, suite = f"{entry.record.made:%Y-%m-%d}", entry.record.suite.id
        text = f"The run of suite {suite} in record {entry.ref.index} is of {made}{ended}{days}."
        # Somebody else's run need not be made again for ever where a fresh one stands beside it.
        replaced = entry.origin != Origin.SELF and all(map(scene.rows, asked))
        level: Level = "note" if replaced else "block"
        yield Reason(f"expired.{suite}{by_whom(entry)}", "expired", text, (entry.ref,), level)


def find_loosened(scene: Scene) -> Found:
    """Yield a note on every bound that is not as strict as the one that was announced with the run."""
    plans = {e.ref: e.record for e in scene.records.of(PlanRecord)}
    pairs = {(t, e.ref): e for tolerance in scene.tolerances for t, e, _ in scene.rows(tolerance)}
    for (tolerance, _), entry in pairs.items():
        ref = entry.record.plan
        if ref in plans and not any(_is_as_strict(tolerance, rule) for rule in plans[ref].rules):
            name = f"loosened.{tolerance.metric}{by_whom(entry)}"
            text = f"{tolerance.metric}: {_bound(tolerance)} was set, or loosened, after record {ref.index}"
            why = f"{text} announced the run."
            yield Reason(name, "loosened", why, (entry.ref,), "note", place=scene.place(tolerance))


def _is_as_strict(tolerance: Tolerance, rule: Rule) -> bool:
    if rule.metric != tolerance.metric or tolerance.confidence < rule.confidence:
        return False
    if tolerance.at_most is not None:
        return rule.at_most is not None and tolerance.at_most <= rule.at_most
    return rule.at_least is not None and (tolerance.at_least or 0.0) >= rule.at_least


def find_languages(scene: Scene) -> Found:
    """Yield a note on every language of the system in which a metric was not measured, though it was in others."""
    for tolerance in scene.tolerances:
        measured = {metric.language for _, _, metric in scene.rows(tolerance)}
        for language in scene.system.system.languages if measured else ():
            if language.partition("-")[0] not in measured:
                text = f"{tolerance.metric} was not measured in {language}, in which the system is offered."
                name = f"language.{tolerance.metric}.{language}"
                yield Reason(name, "language", text, (), "note", place=scene.place(tolerance))


def by_whom(entry: Entry[Any]) -> str:
    """Return what the id of a reason says of whose evidence it is: nothing where it is the organisation's own."""
    return "" if entry.origin == Origin.SELF else f".{entry.origin}"


def _tolerance_id(scene: Scene, row: Row) -> str:
    tolerance, entry, metric = row
    name, several = _id("tolerance", entry, metric), Counter(t.metric for t in scene.tolerances)[tolerance.metric] > 1
    bound = f"at-most-{tolerance.at_most:g}" if tolerance.at_most is not None else f"at-least-{tolerance.at_least:g}"
    return f"{name}.{bound}" if several else name


def _id(kind: str, entry: Entry[Any], metric: Metric) -> str:
    return f"{kind}.{metric.id}.{metric.language}{by_whom(entry)}"


def _named(entry: Entry[Any], metric: Metric) -> str:
    by = "" if entry.origin == Origin.SELF else f", {entry.origin}"
    return f"{metric.id} ({metric.language}{by})"


def _bound(tolerance: Tolerance) -> str:
    if tolerance.at_most is not None:
        return f"at most {100 * tolerance.at_most:g}%"
    return f"at least {100 * (tolerance.at_least or 0.0):g}%"


def _rough(count: int) -> int:
    """Return a number to two digits, not below: the rate that it rests on will be another one."""
    scale = int("1" + "0" * max(0, len(str(count)) - 2))
    return -(-count // scale) * scale
