"""What two verified reports say, clause by clause and figure by figure: nothing is added up, and nobody wins.

Figures stand against each other only where the same was measured in the same way; elsewhere it says why not.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from accord.codes import Force
from accord.evidence import Basis, EvaluationRecord, Model, Origin, Sha256, Status, Time
from accord.evidence.comparing import differing_settings
from accord.evidence.estimates import Interval, difference
from accord.reports.comparing.sides import Side
from accord.reports.figures import Figure, figures
from accord.reports.models import ClauseReport, Content
from accord.reports.text import format_words

SCHEMA = "https://w3id.org/accord-code/comparison/v1"


class Party(Model):
    """Whose report it is, of what, and what verifying it came to."""

    target: str
    organisation: str
    system: str
    version: str
    model: str
    model_sha256: Sha256
    edition: str
    edition_sha256: Sha256
    assessed: Time
    log: str
    key: str | None
    pinned: bool
    """Whether its key is one that the reader named."""
    claims: dict[str, int]
    """How many claims came to each result."""


class ClauseSide(Model):
    """What the evidence of one party says of a clause."""

    status: Status
    basis: Basis | None
    origin: Origin | None
    gaps: tuple[str, ...]


class ClauseRow(Model):
    """A clause in both reports; `apart` says why they cannot be set side by side."""

    id: str
    text: str
    force: Force
    qualifier: str | None
    first: ClauseSide | None
    second: ClauseSide | None
    apart: str


class FigureSide(Model):
    """What one party measured; no share where none may be stated."""

    record: int
    suite_version: str
    suite_sha256: Sha256
    n: int
    value: float | None
    low: float | None
    high: float | None
    level: float


class FigureRow(Model):
    """A metric in both reports: the second share less the first, or why there is no difference to state."""

    suite: str
    origin: Origin
    metric: str
    title: str
    language: str
    part: str
    first: FigureSide | None
    second: FigureSide | None
    difference: float | None
    low: float | None
    high: float | None
    apart: str


class Comparison(Model):
    """Two reports side by side."""

    first: Party
    second: Party
    clauses: tuple[ClauseRow, ...]
    figures: tuple[FigureRow, ...]

    def to_json(self) -> dict[str, object]:
        """Return the stable JSON form."""
        return {"schema": SCHEMA, **self.model_dump(mode="json")}


def compare(first: Side, second: Side) -> Comparison:
    """Return two verified reports side by side."""
    return Comparison(
        first=_party(first),
        second=_party(second),
        clauses=tuple(_compare_clauses(first, second)),
        figures=tuple(_compare_figures(first, second)),
    )


def _party(side: Side) -> Party:
    content, declared = side.content, side.content.declared
    results = [claim.result.value for claim in side.done.claims]
    return Party(
        target=side.done.target,
        organisation=declared.organisation.name,
        system=declared.system.name,
        version=declared.system.version,
        model=content.model.name,
        model_sha256=content.model.sha256,
        edition=content.edition.id,
        edition_sha256=content.edition.sha256,
        assessed=content.assessed,
        log=content.log.origin,
        key=side.done.key,
        pinned=side.done.pinned,
        claims={result: results.count(result) for result in sorted(set(results))},
    )


def _compare_clauses(first: Side, second: Side) -> Iterator[ClauseRow]:
    other = first.content.edition.sha256 != second.content.edition.sha256
    held = (_clauses(first.content), _clauses(second.content))
    for name in dict.fromkeys((*held[0], *held[1])):
        told = [(side, clauses.get(name)) for side, clauses in zip((first, second), held, strict=True)]
        clause = held[0].get(name) or held[1][name]
        yield ClauseRow(
            id=name,
            text=clause.text,
            force=clause.force,
            qualifier=clause.qualifier,
            first=_clause_side(*told[0]),
            second=_clause_side(*told[1]),
            apart="the editions of the Code differ" if other else "; ".join(_unsound(told)),
        )


def _clauses(content: Content) -> Mapping[str, ClauseReport]:
    return {clause.id: clause for action in content.actions for clause in action.clauses}


def _clause_side(side: Side, clause: ClauseReport | None) -> ClauseSide | None:
    if clause is None or _find_broken(side, clause):
        return None
    return ClauseSide(status=clause.status, basis=clause.basis, origin=clause.origin, gaps=clause.gaps)


def _unsound(told: Sequence[tuple[Side, ClauseReport | None]]) -> Iterator[str]:
    for which, (side, clause) in zip(("first", "second"), told, strict=True):
        if clause and (broken := _find_broken(side, clause)):
            yield f"the {which} rests on what does not verify: record {', '.join(map(str, sorted(broken)))}"


def _find_broken(side: Side, clause: ClauseReport) -> frozenset[int]:
    """Return the records that a clause rests on and that do not verify; the assessment itself is one of them."""
    used = {ref.index for place in clause.findings for ref in side.content.findings[place].evidence}
    return side.broken & {*used, side.content.assessment, side.content.declaration}


Place = tuple[str, Origin, str, str, str]


def _compare_figures(first: Side, second: Side) -> Iterator[FigureRow]:
    held = (_figures(first), _figures(second))
    for place in dict.fromkeys((*held[0], *held[1])):
        one, other = held[0].get(place), held[1].get(place)
        lost = [*_lost(first, one), *_lost(second, other)]
        title = (one or other or held[0][place]).metric.title
        one, other = _sound(first, one), _sound(second, other)
        same = ["it is the same record"] if one and other and _leaf(first, one) == _leaf(second, other) else []
        yield _row(place, title, one, other, "; ".join(lost or same or _why_apart(one, other)))


def _leaf(side: Side, figure: Figure) -> str:
    return side.content.records[figure.run.index].leaf


def _sound(side: Side, figure: Figure | None) -> Figure | None:
    return None if figure and figure.run.index in side.broken else figure


def _figures(side: Side) -> dict[Place, Figure]:
    return {
        (f.run.evaluation.suite.id, f.run.origin, f.metric.id, f.metric.language, f.metric.group): f
        for f in figures(side.content)
    }


def _lost(side: Side, figure: Figure | None) -> Iterator[str]:
    if figure and figure.run.index in side.broken:
        yield f"record {figure.run.index} of {side.done.target} does not verify"


def _why_apart(one: Figure | None, other: Figure | None) -> Iterator[str]:
    """Say what else than the model differs, so that the model does not explain a difference."""
    if one is None or other is None:
        yield f"measured by the {'second' if one is None else 'first'} alone"
        return
    yield from _differ(one.run.evaluation, other.run.evaluation)
    judges = [f.metric.judge.sha256 if f.metric.judge else "" for f in (one, other)]
    if judges[0] != judges[1]:
        yield "the judges differ"
    if one.metric.level != other.metric.level:
        yield f"the intervals are of {one.metric.level:.0%} and {other.metric.level:.0%}"
    for which, figure in (("first", one), ("second", other)):
        if figure.metric.value is None:
            yield f"no share of the {which} is stated: {figure.doubt or 'nothing was scored'}"


def _differ(one: EvaluationRecord, other: EvaluationRecord) -> Iterator[str]:
    if one.suite.sha256 != other.suite.sha256:
        yield f"the suites differ ({one.suite.version}, {other.suite.version})"
    for name, *values in differing_settings(one, other):
        yield f"the setting {name} differs ({values[0]}, {values[1]})"


def _row(place: Place, title: str, one: Figure | None, other: Figure | None, apart: str) -> FigureRow:
    suite, origin, metric, language, part = place
    spans = [Interval(f.metric.value, f.metric.low, f.metric.high) for f in (one, other) if f]
    found = Interval(None, None, None) if apart else difference(*spans)
    return FigureRow(
        suite=suite,
        origin=origin,
        metric=metric,
        title=title,
        language=language,
        part=part,
        first=_figure_side(one),
        second=_figure_side(other),
        difference=found.value,
        low=found.low,
        high=found.high,
        apart=apart,
    )


def _figure_side(figure: Figure | None) -> FigureSide | None:
    if figure is None:
        return None
    suite, metric = figure.run.evaluation.suite, figure.metric
    return FigureSide(
        record=figure.run.index,
        suite_version=suite.version,
        suite_sha256=suite.sha256,
        n=metric.n,
        value=metric.value,
        low=metric.low,
        high=metric.high,
        level=metric.level,
    )


def tell_status(side: ClauseSide | None) -> str:
    """Return what one party's evidence says of a clause, in words."""
    if side is None:
        return "not compared"
    strength = f" ({side.basis}, {side.origin})" if side.basis else ""
    return f"{format_words(side.status)}{strength}"


def group_apart(rows: Iterable[FigureRow]) -> Mapping[str, Sequence[FigureRow]]:
    """Return what cannot be compared, by the reason; a part is not named beside a whole with the same reason."""
    apart = [row for row in rows if row.apart]
    whole = {_figure(row) for row in apart if not row.part}
    grouped: dict[str, list[FigureRow]] = {}
    for row in apart:
        if not row.part or _figure(row) not in whole:
            grouped.setdefault(row.apart, []).append(row)
    return grouped


def _figure(row: FigureRow) -> tuple[str, ...]:
    return row.suite, row.origin, row.metric, row.language, row.apart
