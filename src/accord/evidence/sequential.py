"""Tests of counts that may be looked at after every window, from the standard library alone.

For each size of change there is a Shiryaev-Roberts statistic: M = (1 + M) * e, where e is the likelihood ratio of the
newest window (A. N. Shiryaev, Theory Prob. Appl. 8, 1963; S. W. Roberts, Technometrics 8, 1966). Their mean is an
e-detector (J. Shin, A. Ramdas and A. Rinaldo, New England J. Statist. Data Sci. 2, 2024): as long as a window's e has
an expectation of at most 1, whatever came before, M less the number of windows is a supermartingale. So is M plus the
threshold c times the alarms so far, where M starts anew at each. Therefore

    expected number of false alarms in T windows  <=  T / c,

for every T, and by Markov's inequality so is the probability of any. Nothing is assumed of how several tests depend
on each other, so they share the expectation: c = windows in a month * number of tests / alpha.

e is a ratio of negative binomials of equal dispersion d (and of Poissons where d is 0): it is e^(tk) over its own
expectation. Its expectation is at most 1 for every distribution of counts that has at most that mean and is smaller in
the convex order: binomial counts with any mean below it, whose rate swings between windows by at most the squared
coefficient of variation d as a gamma variable does.

benchmarks/monitoring.py counts false alarms and delays; docs/explanation/monitoring.md says what they rest on.
"""

from collections.abc import Iterable, Sequence
from math import exp, floor, fsum, isfinite, log, log1p
from typing import NamedTuple

from accord.evidence.estimates import wilson

HOURS = 24
RATIOS = (1.2, 1.5, 2.0, 3.0, 5.0, 10.0)
"""The sizes of change that are looked for, all at once; a fall is by the inverse."""
LEVELS = len(RATIOS)
MONTH = 720
"""Hours in the month of which a false alarm is counted."""

_TRACED = 1.5  # the size of change by which its beginning is told
_PLACES = 1e6  # levels are rounded down to six places: never more evidence than there is
_ONE_SIDED = 0.9  # both bounds of a 90 % interval, of which each fails in 5 %
_WEIGHT = 20.0  # events of the mean rate that are added to each hour of the day
_SHAPED = 100  # events from which an hour of the day is told from another: fewer show no shape
_LEAST = 0.01  # dispersion: nobody's rate swings by less than a tenth


class Count(NamedTuple):
    """What one window says of one series."""

    hour: int
    """Its hour of the day (UTC)."""
    found: int
    """In how many accounts it was found first."""
    exposed: int
    """In how many it could have been."""


class Learned(NamedTuple):
    """What is usual of counts, as `learn` found it."""

    low: float
    """The rate is at least this."""
    high: float
    """The rate is at most this."""
    shape: tuple[float, ...]
    """By how much it differs in each hour; not at all where it is empty."""
    dispersion: float
    """How much it swings beyond chance."""


def threshold(alpha: float, tests: int, period: int = 1) -> float:
    """Return log(c) for `alpha` expected false alarms in a month, of all tests together; a period has so many hours."""
    return log(MONTH / period * tests / alpha)


def log_ratio(found: int, mean: float, ratio: float, dispersion: float) -> float:
    """Return the log likelihood ratio of a count for `ratio` times the `mean` against the mean itself."""
    if mean <= 0:
        return 0.0
    if dispersion == 0:
        return found * log(ratio) - mean * (ratio - 1)
    swing = log1p(dispersion * mean) - log1p(dispersion * ratio * mean)
    return found * (log(ratio) + swing) + swing / dispersion


def advance(levels: Sequence[float], found: int, mean: float, dispersion: float, *, rises: bool) -> tuple[float, ...]:
    """Return the levels after one more window, from those before it: log(1 + M) for each of the RATIOS."""
    ratios = RATIOS if rises else tuple(1 / ratio for ratio in RATIOS)
    grown = (level + log_ratio(found, mean, ratio, dispersion) for level, ratio in zip(levels, ratios, strict=True))
    return tuple(floor(_log_one_plus(value) * _PLACES) / _PLACES for value in grown)


def trace(score: float, found: int, mean: float, dispersion: float, *, rises: bool) -> float:
    """Return a CUSUM score after one more window (E. S. Page, Biometrika 41, 1954): since it left 0, something goes on.

    It says when a change began, and decides nothing.
    """
    ratio = _TRACED if rises else 1 / _TRACED
    return max(0.0, round(score + log_ratio(found, mean, ratio, dispersion), 6))


def log_statistic(levels: Sequence[float]) -> float:
    """Return the log of the mean of the statistics, -inf where all are 0."""
    top = max(levels)
    if top <= 0:
        return float("-inf")
    mean = fsum(exp(level - top) for level in levels) / len(levels) - exp(-top)
    return top + log(mean) if mean > 0 else float("-inf")


def learn(counts: Iterable[Count]) -> Learned | None:
    """Return what is usual of counts that are taken for ordinary; nothing where no account was exposed.

    The shape over the day is drawn towards none by 20 events an hour, and there is none of fewer than 100. The
    dispersion is what the counts show beyond Poisson's (by moments), plus what the shape is uncertain by. The bounds
    are Wilson's for as many independent accounts as the dispersion leaves.
    """
    held = [count for count in counts if count.exposed]
    exposed, found = sum(c.exposed for c in held), sum(c.found for c in held)
    if not exposed:
        return None
    rate = found / exposed
    shape, doubt = _shape(held, rate) if found >= _SHAPED else ([], 0.0)
    means = [c.exposed * rate * (shape[c.hour] if shape else 1.0) for c in held]
    squares = fsum(mean * mean for mean in means)
    excess = fsum((c.found - mean) ** 2 - mean for c, mean in zip(held, means, strict=True))
    swing = max(0.0, excess / squares) if squares else 0.0
    effect = 1 + (swing * squares / fsum(means) if found else 0.0)
    low, high = wilson(found / effect, exposed / effect, _ONE_SIDED, places=12)
    return Learned(low, high, tuple(round(s, 6) for s in shape), round(max(_LEAST, swing) + doubt, 6))


def _shape(held: Sequence[Count], rate: float) -> tuple[list[float], float]:
    expected, seen = [0.0] * HOURS, [0] * HOURS
    for count in held:
        expected[count.hour] += count.exposed * rate
        seen[count.hour] += count.found
    raw = [(s + _WEIGHT) / (e + _WEIGHT) for s, e in zip(seen, expected, strict=True)]
    total, reached = fsum(expected), fsum(r * e for r, e in zip(raw, expected, strict=True))
    scale = total / reached if reached else 1.0
    hours = [s for s, e in zip(seen, expected, strict=True) if e]
    doubt = fsum(1 / (s + _WEIGHT) for s in hours) / len(hours) if hours else 0.0
    return [r * scale for r in raw], doubt


def _log_one_plus(value: float) -> float:
    """Return log(1 + e^value) without overflow."""
    if not isfinite(value):
        return 0.0
    return value + log1p(exp(-value)) if value > 0 else log1p(exp(value))
