"""Two runs beside each other, and what a run of a given size can show.

No verifier recomputes anything here, so it rests on statsmodels. That takes seconds to import, and is imported where it
is needed. It is part of the extra `evals`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from math import asin, fsum, isclose, pi, sin, sqrt
from typing import Any

from accord.errors import EvaluationError, MissingExtraError
from accord.evals.text import shown
from accord.evidence.estimates import holm, wilson


@dataclass(frozen=True)
class Difference:
    """What a metric of the second run is more than that of the first, with its 95 % interval."""

    metric: str
    """The metric."""
    language: str
    """The language of the questions."""
    n: int
    """How many pairs; without pairs, the size of the smaller run."""
    paired: bool
    """Whether both runs answered the same samples."""
    first: float
    """The share in the first run."""
    second: float
    """The share in the second run."""
    difference: float
    """The second less the first."""
    low: float
    """The lower bound of the difference."""
    high: float
    """The upper bound of the difference."""
    p: float
    """The p-value, two-sided, of there being none."""
    adjusted: float | None = None
    """The p-value adjusted for all differences that were looked at; none before `adjust`."""


def compare_pairs(metric: str, language: str, pairs: Sequence[tuple[float, float]]) -> Difference:
    """Compare two runs of the same samples: pairs of their scores, from 0 to 1.

    The p-value is that of the exact McNemar test; a pair of fractions counts by whether it rose or fell. The interval
    is R. G. Newcombe's method 10 (Statistics in Medicine 17, 1998, 2635-2650). Pairs are taken for independent: where
    several samples are made of one item, give the mean scores of each item. Raises EvaluationError without pairs.
    """
    if not pairs:
        raise EvaluationError("Nothing can be compared: no sample was scored in both runs.", where=shown(metric))
    fell, rose = sum(x > y for x, y in pairs), sum(x < y for x, y in pairs)
    p = _stats("contingency_tables").mcnemar([[0, fell], [rose, 0]], exact=True).pvalue if fell or rose else 1.0
    first, second = (fsum(side) / len(pairs) for side in zip(*pairs, strict=True))
    low, high = _newcombe((first, len(pairs)), (second, len(pairs)), _correlation(pairs))
    return _difference(metric, language, len(pairs), (first, second), (low, high), float(p), paired=True)


def compare_independent(
    metric: str, language: str, first: tuple[float, float], second: tuple[float, float]
) -> Difference:
    """Compare two runs of other samples: of each, how many it holds for and how many there are.

    A number of samples may be an effective size. The interval is Newcombe's method 10 (Statistics in Medicine 17, 1998,
    873-890), the p-value that of the score test (O. Miettinen and M. Nurminen, Statistics in Medicine 4, 1985). Raises
    EvaluationError where one of them has no samples.
    """
    if first[1] <= 0 or second[1] <= 0:
        raise EvaluationError("Nothing can be compared: a run scored no sample.", where=shown(metric))
    shares = (first[0] / first[1], second[0] / second[1])
    # Where all say yes, or all no, the test has no variance to divide by: nothing speaks for a difference.
    same = isclose(first[0] + second[0], 0) or isclose(first[0] + second[0], first[1] + second[1])
    test = _stats("proportion").score_test_proportions_2indep
    p = 1.0 if same else test(*second, *first, value=0, compare="diff").pvalue
    low, high = _newcombe((shares[0], first[1]), (shares[1], second[1]), 0.0)
    return _difference(metric, language, int(min(first[1], second[1])), shares, (low, high), float(p), paired=False)


def adjust(differences: Iterable[Difference]) -> tuple[Difference, ...]:
    """Return the differences with their p-values adjusted for all of them (Holm)."""
    family = tuple(differences)
    adjusted = holm([each.p for each in family])
    return tuple(replace(each, adjusted=round(p, 6)) for each, p in zip(family, adjusted, strict=True))


def detectable(
    n: int, baseline: float, *, design_effect: float = 1.0, alpha: float = 0.05, power: float = 0.8
) -> float | None:
    """Return the smallest difference from `baseline` that `n` samples show with that power, whichever way it goes.

    It is that of a two-sided test of one share at level `alpha`, by the arcsine effect size (J. Cohen, Statistical
    Power Analysis, 1988, chapter 6). Where the range ends before one way, the other alone counts; none where it ends
    before both. Samples that hang together count for as many as `n` over their design effect.
    """
    size = n / design_effect
    # No ratio of sizes: the baseline is a fixed bound, not a second run.
    effect = float(_stats("power").NormalIndPower().solve_power(nobs1=size, alpha=alpha, power=power, ratio=0))
    angle = asin(sqrt(baseline))
    others = [angle + way * effect / 2 for way in (-1, 1)]
    found = [abs(sin(other) ** 2 - baseline) for other in others if 0 <= other <= pi / 2]
    return round(max(found), 6) if found else None


def _stats(name: str) -> Any:  # noqa: ANN401 - statsmodels is published without types
    """Import a module of statsmodels; raise MissingExtraError where it is not installed."""
    try:
        return import_module(f"statsmodels.stats.{name}")
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"Planning and comparing runs needs {error.name}, which is not installed.",
            fix="pip install 'accord[evals]'",
        ) from error


def _difference(
    metric: str,
    language: str,
    n: int,
    shares: tuple[float, float],
    bounds: tuple[float, float],
    p: float,
    *,
    paired: bool,
) -> Difference:
    first, second = (round(share, 6) for share in shares)
    change, (low, high) = round(shares[1] - shares[0], 6), (round(bound, 6) for bound in bounds)
    return Difference(metric, language, n, paired, first, second, change, low, high, round(p, 6))


def _newcombe(first: tuple[float, float], second: tuple[float, float], correlation: float) -> tuple[float, float]:
    """Return the interval of the second share less the first, from shares with their sizes and their correlation."""
    (x, n), (y, m) = first, second
    x_low, x_high = wilson(x * n, n)
    y_low, y_high = wilson(y * m, m)
    return (
        y - x - _distance(y - y_low, x_high - x, correlation),
        y - x + _distance(y_high - y, x - x_low, correlation),
    )


def _distance(a: float, b: float, correlation: float) -> float:
    return sqrt(max(0.0, a * a + b * b - 2 * correlation * a * b))


def _correlation(pairs: Sequence[tuple[float, float]]) -> float:
    """Return the correlation of paired scores, made smaller by half a pair where it is positive (Newcombe)."""
    both = fsum(x * y for x, y in pairs)
    fell, rose = fsum(x * (1 - y) for x, y in pairs), fsum((1 - x) * y for x, y in pairs)
    neither = fsum((1 - x) * (1 - y) for x, y in pairs)
    margins = (both + fell) * (rose + neither) * (both + rose) * (fell + neither)
    together = both * neither - fell * rose
    if isclose(margins, 0, abs_tol=1e-12):
        return 0.0
    return (max(0.0, together - len(pairs) / 2) if together > 0 else together) / sqrt(margins)
