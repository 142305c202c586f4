"""Rates with their intervals, from the standard library alone: whoever verifies a log recomputes every one.

Two things make a rate less certain than its number of samples says. Samples hang together: several are made of one
item. And the judge errs. `effective_size` says how many independent samples the scores are worth; a `Confusion`, which
compares the judge with people, carries its errors into `interval`. benchmarks/coverage.py shows what it is worth.
"""

from collections.abc import Callable, Sequence
from math import atan, cos, exp, fsum, gamma, isclose, lgamma, log, log1p, pi, sin, sqrt
from statistics import NormalDist
from typing import Literal, NamedTuple

_NORMAL = NormalDist()
_DOUBT = 0.1  # of a cluster that only says yes, and of one that only says no; benchmarks/coverage.py chose it
_STEPS = 32  # halvings of a p-value, or Newton's to a quantile: both end beyond the places that are kept
_TERMS = 100_000  # of a series: enough for billions of samples; nobody's numbers may keep a verifier busy for ever
_LARGE = 100  # degrees of freedom from which the expansion errs by less than 1e-5 at any level in use
_MANY = 1_000  # degrees of freedom beyond which more of them change nothing that shows


class Confusion(NamedTuple):
    """How often a judge agreed with people about the same answers."""

    true_positive: int
    """Both say that it holds."""
    false_negative: int
    """People say that it holds, the judge does not."""
    true_negative: int
    """Both say that it does not hold."""
    false_positive: int
    """The judge says that it holds, people do not."""

    def flipped(self) -> "Confusion":
        """Return the same judge for a metric that counts what it denies: positives and negatives change places."""
        return Confusion(self.true_negative, self.false_positive, self.true_positive, self.false_negative)


class Interval(NamedTuple):
    """An estimate and its interval; all three are none where nothing can be said."""

    value: float | None
    """The estimate."""
    low: float | None
    """The lower bound."""
    high: float | None
    """The upper bound."""


NOTHING = Interval(None, None, None)
"""Where nothing can be said."""


def wilson(count: float, n: float, level: float = 0.95, places: int = 6) -> tuple[float, float]:
    """Return the Wilson score interval of a proportion (E. B. Wilson, JASA 22, 1927), rounded to 6 places or as asked.

    `n` may be an effective size, which is a fraction.
    """
    low, high = _wilson(count / n, n, _normal(level))
    return (round(low, places), round(high, places))


def effective_size(scores: Sequence[tuple[str, float]]) -> float:
    """Return how many independent samples `scores` are worth: pairs of a cluster's name and a score from 0 to 1.

    It is n over the design effect: the variance of the mean as the clusters show it (W. G. Cochran, Sampling
    Techniques, 1977, chapter 11), over that of as many independent samples. It is never more than n. Rare events show
    little of how much clusters hang together, so a tenth of a cluster that only says yes and a tenth of one that only
    says no are added for the design effect alone. Where all scores are equal each cluster counts once. Raises
    ValueError where there are no scores.
    """
    if not scores:
        raise ValueError("no scores")
    clusters: dict[str, list[float]] = {}
    for name, score in scores:
        clusters.setdefault(name, []).append(score)
    n, k = len(scores), len(clusters)
    if k in {1, n} or len({score for _, score in scores}) == 1:
        return float(k)
    doubt = _DOUBT * n / k  # samples of each added cluster, which have the mean size
    size, number = n + 2 * doubt, k + 2 * _DOUBT
    mean = (fsum(score for _, score in scores) + doubt) / size
    apart = fsum((score - mean) ** 2 for _, score in scores) + doubt * ((1 - mean) ** 2 + mean**2)
    together = fsum(fsum(score - mean for score in own) ** 2 for own in clusters.values())
    together += doubt * n / k * ((1 - mean) ** 2 + mean**2)
    effect = (together * number / (number - 1)) / (apart * size / (size - 1))
    return round(n / max(1.0, effect), 6)


def interval(
    value: float, effective: float, clusters: int, error: Confusion | None = None, level: float = 0.95
) -> Interval:
    """Return the estimate of a rate and its interval, rounded to 6 places.

    `value` is the share that the judge saw, `effective` its `effective_size`, `clusters` the number of clusters. With
    `error` the rate is corrected for the judge. Nothing can be said where the judge is no better than chance, or where
    people found no positives or no negatives. Raises ValueError for a share outside 0..1 or an empty sample.
    """
    _check(value, effective)
    if error is not None and not _informs(error):
        return NOTHING
    low, high = _limits(value, effective, clusters, error, level)
    return Interval(round(_estimate(value, error), 6), round(low, 6), round(high, 6))


def tail(
    value: float,
    effective: float,
    clusters: int,
    error: Confusion | None,
    *,
    bound: float,
    side: Literal["above", "below"],
) -> float:
    """Return the p-value of the true rate being at most `bound` (`above`) or at least (`below`), rounded to 6 places.

    It inverts `interval`: it is `a` where the bound just leaves the interval of level 1 - 2a. Where no judge errs it is
    never less than the exact binomial test's, because Wilson's bound alone leaves a small rate too often. It is 1 where
    nothing speaks against the bound. Arguments and errors are those of `interval`.
    """
    _check(value, effective)
    if side == "below":
        flipped = error.flipped() if error else None
        return tail(1 - value, effective, clusters, flipped, bound=1 - bound, side="above")
    if (error is not None and not _informs(error)) or _estimate(value, error) <= bound:
        return 1.0
    if error is None:
        p = max(_score_test(value, effective, clusters, bound), _binomial_test(value, effective, bound))
    else:
        p = _least(lambda a: _limits(value, effective, clusters, error, 1 - 2 * a)[0] > bound)
    return round(p, 6) if p < 0.5 else 1.0  # noqa: PLR2004 - one half is where a one-sided test says nothing


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Return the p-values adjusted for their number, in the given order (S. Holm, Scand. J. Statist. 6, 1979)."""
    adjusted = [0.0] * len(p_values)
    least = 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        least = max(least, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = least
    return tuple(adjusted)


def difference(first: Interval, second: Interval) -> Interval:
    """Return the second estimate less the first with an interval from theirs, rounded to 6 places.

    The variances are recovered from the limits (G. Y. Zou and A. Donner, Statistics in Medicine 27, 2008, 1693-1702),
    so that what widened the two, clusters and a judge that errs, widens this. The two are taken for independent, which
    is wider than they deserve where the same samples were asked. Nothing can be said where one of them says nothing.
    """
    (x, x_low, x_high), (y, y_low, y_high) = first, second
    if x is None or x_low is None or x_high is None or y is None or y_low is None or y_high is None:
        return NOTHING
    below, above = sqrt((y - y_low) ** 2 + (x_high - x) ** 2), sqrt((y_high - y) ** 2 + (x - x_low) ** 2)
    return Interval(round(y - x, 6), round(y - x - below, 6), round(y - x + above, 6))


def kappa(error: Confusion, level: float = 0.95) -> Interval:
    """Return Cohen's kappa of judge and people, rounded to 6 places; nothing where both only ever say one thing.

    The interval has the large-sample standard error (J. L. Fleiss, J. Cohen and B. S. Everitt, Psychol. Bull. 72, 1969)
    of the counts with a half added to each (J. B. S. Haldane, Ann. Hum. Genet. 20, 1956): without it, four verdicts
    that all agree would leave no doubt. It always holds the estimate.
    """
    seen, added = _agreement(error, 0.0), _agreement(error, 0.5)
    if seen is None or added is None:
        return NOTHING
    half = _normal(level) * added[1]
    low, high = max(-1.0, min(seen[0], added[0] - half)), min(1.0, max(seen[0], added[0] + half))
    return Interval(round(seen[0], 6), round(low, 6), round(high, 6))


def _agreement(error: Confusion, extra: float) -> tuple[float, float] | None:
    """Return kappa and its standard error with `extra` added to each count; none where kappa is not defined."""
    n = sum(error) + 4 * extra
    if n == 0:
        return None
    yes, missed, no, invented = ((count + extra) / n for count in error)
    cells, people, judge = ((yes, missed), (invented, no)), (yes + missed, invented + no), (yes + invented, missed + no)
    chance = fsum(people[i] * judge[i] for i in (0, 1))
    if isclose(chance, 1):
        return None
    estimate = (yes + no - chance) / (1 - chance)
    agreeing = fsum(cells[i][i] * (1 - (people[i] + judge[i]) * (1 - estimate)) ** 2 for i in (0, 1))
    differing = (1 - estimate) ** 2 * fsum(cells[i][1 - i] * (judge[i] + people[1 - i]) ** 2 for i in (0, 1))
    spread = agreeing + differing - (estimate - chance * (1 - estimate)) ** 2
    return estimate, sqrt(max(0.0, spread) / n) / (1 - chance)


def student(level: float, df: int) -> float:
    """Return t such that Student's distribution with `df` degrees of freedom has the probability `level` from -t to t.

    By Newton's steps on the exact distribution, and for many degrees of freedom by the expansion about the normal
    quantile (M. Abramowitz and I. A. Stegun, Handbook of Mathematical Functions, 1964, 26.7.5).
    """
    z = _normal(level)
    if df >= _LARGE:
        terms = (
            z,
            (z**3 + z) / 4,
            (5 * z**5 + 16 * z**3 + 3 * z) / 96,
            (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
            (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
        )
        return fsum(term / df**power for power, term in enumerate(terms))
    peak = 2 * gamma((df + 1) / 2) / (sqrt(df * pi) * gamma(df / 2))
    t = z
    for _ in range(_STEPS):  # the probability is concave and z lies below t: each step goes up to it, never beyond
        step = (level - _between(t, df)) / (peak * (1 + t * t / df) ** (-(df + 1) / 2))
        t += step
        if step <= t * 1e-12:
            break
    return t


def _check(value: float, effective: float) -> None:
    if not 0 <= value <= 1 or effective <= 0:
        raise ValueError(f"expected a share of some samples, found {value} of {effective}")


def _informs(error: Confusion) -> bool:
    """Tell whether the judge says more than chance, as it was seen and as Lang and Reiczigel shrink it."""
    seen, shrunk = _rates(error, 0), _rates(error, 1)
    return seen is not None and shrunk is not None and sum(seen) > 1 and sum(shrunk) > 1


def _rates(error: Confusion, added: int) -> tuple[float, float] | None:
    """Return sensitivity and specificity with `added` right and wrong verdicts of each kind; none without labels."""
    positives, negatives = error.true_positive + error.false_negative, error.true_negative + error.false_positive
    if not positives or not negatives:
        return None
    return (
        (error.true_positive + added) / (positives + 2 * added),
        (error.true_negative + added) / (negatives + 2 * added),
    )


def _estimate(value: float, error: Confusion | None) -> float:
    """Return the rate, corrected for the judge (W. J. Rogan and B. Gladen, Am. J. Epidemiol. 107, 1978), in 0..1."""
    rates = _rates(error, 0) if error else None
    if rates is None:
        return value
    return min(1.0, max(0.0, (value + rates[1] - 1) / (sum(rates) - 1)))


def _limits(
    value: float, effective: float, clusters: int, error: Confusion | None, level: float
) -> tuple[float, float]:
    """Return the unrounded interval within 0..1, which always holds the estimate.

    Few clusters tell their own spread badly: the size shrinks by the square of the normal over the t quantile (E. L.
    Korn and B. I. Graubard, Survey Methodology 24, 1998). Where every sample is its own cluster it stands. A judge that
    errs never tells more than one that does not would: Lang and Reiczigel's bounds shrink to a point where the judge
    saw less than it should have invented.
    """
    z = _normal(level)
    if z > 0 and not isclose(effective, clusters):
        effective *= (z / student(level, max(1, clusters - 1))) ** 2
    low, high = _wilson(_estimate(value, error), effective, z)
    if error is not None:
        corrected = _lang_reiczigel(value, effective, error, z)
        low, high = min(low, corrected[0]), max(high, corrected[1])
    return (max(0.0, low), min(1.0, high))


def _wilson(value: float, n: float, z: float) -> tuple[float, float]:
    centre = (value + z * z / (2 * n)) / (1 + z * z / n)
    half = z * sqrt(value * (1 - value) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return (max(0.0, min(value, centre - half)), min(1.0, max(value, centre + half)))


def _lang_reiczigel(value: float, n: float, error: Confusion, z: float) -> tuple[float, float]:
    """Return the interval of a corrected rate (Z. Lang and J. Reiczigel, Prev. Vet. Med. 113, 2014), not clipped."""
    positives, negatives = error.true_positive + error.false_negative, error.true_negative + error.false_positive
    positives, negatives = positives + 2, negatives + 2
    sensitivity, specificity = (error.true_positive + 1) / positives, (error.true_negative + 1) / negatives
    informs = sensitivity + specificity - 1
    seen = (n * value + z * z / 2) / (n + z * z)
    rate = (seen + specificity - 1) / informs
    missed, invented = sensitivity * (1 - sensitivity) / positives, specificity * (1 - specificity) / negatives
    shift = 2 * z * z * (rate * missed - (1 - rate) * invented)
    spread = seen * (1 - seen) / (n + z * z) + rate**2 * missed + (1 - rate) ** 2 * invented
    half = z * sqrt(spread) / informs
    return (rate + shift - half, rate + shift + half)


def _score_test(value: float, effective: float, clusters: int, bound: float) -> float:
    """Return the p-value that Wilson's interval inverts, with the t distribution where samples are clustered."""
    if bound <= 0:
        return 0.0
    score = (value - bound) / sqrt(bound * (1 - bound) / effective)
    if isclose(effective, clusters):
        return _NORMAL.cdf(-score)
    return (1 - _between(score, min(_MANY, max(1, clusters - 1)))) / 2


def _binomial_test(value: float, n: float, bound: float) -> float:
    """Return the probability of at least `value` of `n`, which may be a fraction, where the rate is `bound`."""
    return _beta(bound, n * value, n - n * value + 1)


def _beta(x: float, a: float, b: float) -> float:
    """Return the regularised incomplete beta function, by its series (NIST, DLMF, 8.17.8)."""
    if x <= 0 or x >= 1:
        return float(x > 0)
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta(1 - x, b, a)
    terms = [1.0]
    # The terms fall: they are worth nothing long before the last of these, unless the sample is beyond all measure.
    for i in range(_TERMS):
        terms.append(terms[-1] * x * (a + b + i) / (a + 1 + i))
        if terms[-1] < 1e-17:  # noqa: PLR2004 - of the first: below the last digit of the sum
            break
    return exp(lgamma(a + b) - lgamma(a + 1) - lgamma(b) + a * log(x) + b * log1p(-x)) * fsum(terms)


def _least(is_outside: Callable[[float], bool]) -> float:
    """Return the least p-value from 0 to one half at which the bound is outside; one half where it never is."""
    inside, outside = 0.0, 0.5
    for _ in range(_STEPS):
        middle = (inside + outside) / 2
        inside, outside = (inside, middle) if is_outside(middle) else (middle, outside)
    return outside


def _normal(level: float) -> float:
    return _NORMAL.inv_cdf((1 + level) / 2)


def _between(t: float, df: int) -> float:
    """Return Student's probability from -t to t, a finite sum (Abramowitz and Stegun, 26.7.3 and 26.7.4)."""
    angle = atan(t / sqrt(df))
    squared, odd = cos(angle) ** 2, df % 2
    term, terms = cos(angle) if odd else 1.0, []
    for i in range(1 + odd, df + odd, 2):
        terms.append(term)
        term *= squared * i / (i + 1)
    total = sin(angle) * fsum(terms)
    return 2 / pi * (angle + total) if odd else total
