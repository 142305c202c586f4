"""False alarms and delays of the sequential monitor, on simulated traffic whose truth is known.

    python benchmarks/monitoring.py [--months 1000] [--seed 1]

Prints the tables of docs/explanation/monitoring.md. Every month learns what is usual from 14 days before it. The tests
are those of `accord.evidence.sequential` in numpy; before anything is measured, both must agree to the last place.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from accord.evidence import wilson
from accord.evidence.sequential import LEVELS, RATIOS, Count, advance, learn, log_statistic, threshold

Array = npt.NDArray[np.float64]
LEARNT, TESTED = 14 * 24, 30 * 24
RATES = np.geomspace(2e-4, 3e-2, 10)
"""The usual rates of ten labels: of the accounts in an hour, how many show it first."""
ACCOUNTS = 1_000
ALPHA, MARGIN = 0.05, 1.25


@dataclass(frozen=True)
class Quiet:
    """A kind of traffic in which nothing happens."""

    name: str
    night: float = 0.0
    """By how much the rate swings over the day."""
    swing: float = 0.0
    """The coefficient of variation of the rate from hour to hour."""
    days: float = 0.0
    """That of the rate from day to day, where each day is like the one before (correlation 0.5)."""
    stay: float = 1.0
    """How many hours an abusive account stays, and shows it in each."""


SCENES = (
    Quiet("binomial"),
    Quiet("day and night: the rate swings by 50 %", night=0.5),
    Quiet("the rate swings by 20 % from hour to hour", swing=0.2),
    Quiet("the rate swings by 10 % from day to day", days=0.1),
    Quiet("abusive accounts stay for 4 hours", stay=4),
    Quiet("all of these at once", night=0.5, swing=0.2, days=0.1, stay=4),
)


def main() -> None:
    """Print false alarms by kind of traffic, then delays by size of campaign."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--months", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    _agree(np.random.default_rng(asked.seed))
    print(f"{asked.months} quiet months, {len(RATES)} labels each; declared: {ALPHA} false alarms a month\n")
    print("| quiet traffic | months with a false alarm | 95 % interval | false alarms a month |")
    print("|---|---|---|---|")
    _known(asked.months, 1.0, np.random.default_rng([asked.seed, 97]))
    for number, scene in enumerate(SCENES):
        _false_alarms(scene, asked.months, np.random.default_rng([asked.seed, number]))
    print("\nthe same tests of texts, not of accounts once a day:\n")
    for number, scene in enumerate(SCENES[-2:]):
        _false_alarms(scene, asked.months, np.random.default_rng([asked.seed, number, 2]), texts=True)
    print("\n| usual an hour | campaign: accounts an hour | found within a day | median hours | 95 % of them within |")
    print("|---|---|---|---|---|")
    for rate in (0.0005, 0.005, 0.02):
        for size in (2, 5, 10, 20, 50):
            _delay(rate, size, asked.months, np.random.default_rng([asked.seed, int(rate * 1e5), size]))


def _traffic(scene: Quiet, rate: float, months: int, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Return accounts that are exposed, that show it first on their day, and texts that show it, by month and hour."""
    hours = LEARNT + TESTED
    hour = np.arange(hours) % 24
    wave = np.sin(2 * np.pi * (hour - 8) / 24)
    exposed = rng.poisson(ACCOUNTS * (1 + 0.6 * wave), (months, hours)).astype(float)
    level = rate * (1 + scene.night * wave) * _gamma(scene.swing, (months, hours), rng)
    level = level * np.repeat(_days(scene.days, months, hours // 24, rng), 24, axis=1)
    arriving = rng.binomial(exposed.astype(int), np.minimum(level, 1)).astype(float)
    if scene.stay == 1:
        return exposed, arriving, arriving * 1.0
    present = np.zeros((months, hours))
    found = arriving.copy()
    there = np.zeros(months)
    for now in range(hours):
        there = rng.binomial(there.astype(int), 1 - 1 / scene.stay).astype(float)
        if hour[now] == 0:
            found[:, now] += there  # whoever is still there is counted once more on the new day
        there = there + arriving[:, now]
        present[:, now] = there
    return exposed, np.minimum(found, exposed), rng.poisson(2 * present) + present


def _gamma(spread: float, shape: tuple[int, int], rng: np.random.Generator) -> Array:
    return rng.gamma(spread**-2, spread**2, shape) if spread else np.ones(shape)


def _days(spread: float, months: int, days: int, rng: np.random.Generator) -> Array:
    drawn = rng.normal(size=(months, days))
    for day in range(1, days):
        drawn[:, day] = 0.5 * drawn[:, day - 1] + np.sqrt(0.75) * drawn[:, day]
    return np.asarray(np.exp(spread * drawn - spread**2 / 2))


def _means(exposed: Array, found: Array) -> tuple[Array, Array]:
    """Return the mean of each tested hour at the bound of what is usual, and the dispersion, of each month."""
    means, swings = np.empty((len(exposed), exposed.shape[1] - LEARNT)), np.empty(len(exposed))
    hour = np.arange(exposed.shape[1]) % 24
    for month in range(len(exposed)):
        counts = (
            Count(int(h), int(f), int(e)) for h, f, e in zip(hour[:LEARNT], found[month], exposed[month], strict=False)
        )
        usual = learn(counts)
        if usual is None:
            sys.exit("no account was active")
        shape = np.array(usual.shape or (1.0,) * 24)
        means[month] = exposed[month, LEARNT:] * usual.high * MARGIN * shape[hour[LEARNT:]]
        swings[month] = usual.dispersion
    return means, swings


def _steps(found: Array, means: Array, swings: Array, bound: float) -> Iterator[npt.NDArray[np.bool_]]:
    """Yield which months raise an alarm at the end of each hour; a test starts anew after one."""
    ratios = np.array(RATIOS)
    levels = np.zeros((len(found), LEVELS))
    swings = swings[:, None]
    for now in range(found.shape[1]):
        mean, seen = means[:, now, None], found[:, now, None]
        swing = np.log1p(swings * mean) - np.log1p(swings * ratios * mean)
        value = levels + seen * (np.log(ratios) + swing) + swing / swings
        levels = np.floor(np.logaddexp(0, value) * 1e6) / 1e6
        top = levels.max(axis=1)
        with np.errstate(divide="ignore"):
            statistic = top + np.log(np.maximum(np.exp(levels - top[:, None]).mean(axis=1) - np.exp(-top), 0))
        alarms = statistic >= bound
        levels[alarms] = 0
        yield alarms


def _agree(rng: np.random.Generator) -> None:
    found, means = rng.poisson(12.0, (1, 200)).astype(float), np.full((1, 200), 10.0)
    bound = threshold(ALPHA, len(RATES))
    levels: tuple[float, ...] = (0.0,) * LEVELS
    for now, alarms in enumerate(_steps(found, means, np.array([0.02]), bound)):
        levels = advance(levels, int(found[0, now]), 10.0, 0.02, rises=True)
        mine = log_statistic(levels) >= bound
        if mine != alarms[0]:
            sys.exit(f"the two disagree at hour {now}")
        levels = (0.0,) * LEVELS if mine else levels


def _known(months: int, margin: float, rng: np.random.Generator) -> None:
    """Print false alarms where each rate is known and binomial: what the guarantee speaks of."""
    counted = np.zeros(months)
    for rate in RATES:
        exposed, found, _ = _traffic(SCENES[0], float(rate), months, rng)
        means, swings = exposed[:, LEARNT:] * rate * margin, np.full(months, 1e-9)
        bound = threshold(ALPHA, len(RATES))
        counted += sum(alarms.astype(float) for alarms in _steps(found[:, LEARNT:], means, swings, bound))
    _row(f"binomial, each rate known, margin {margin}", counted)


def _row(name: str, counted: Array) -> None:
    hit, months = int((counted > 0).sum()), len(counted)
    low, high = wilson(hit, months)
    print(f"| {name} | {hit / months:.1%} | {low:.1%} to {high:.1%} | {counted.mean():.3f} |", flush=True)


def _false_alarms(scene: Quiet, months: int, rng: np.random.Generator, *, texts: bool = False) -> None:
    counted = np.zeros(months)
    for rate in RATES:
        exposed, found, said = _traffic(scene, float(rate), months, rng)
        exposed, found = (exposed * 5, np.minimum(said, exposed * 5)) if texts else (exposed, found)
        means, swings = _means(exposed, found)
        bound = threshold(ALPHA, len(RATES))
        counted += sum(alarms.astype(float) for alarms in _steps(found[:, LEARNT:], means, swings, bound))
    _row(scene.name, counted)


def _delay(rate: float, size: int, months: int, rng: np.random.Generator) -> None:
    exposed, found, _ = _traffic(SCENES[-1], rate, months, rng)
    means, swings = _means(exposed, found)
    tested = found[:, LEARNT:]
    start = 5 * 24  # after five quiet days, at midnight
    tested[:, start:] += rng.poisson(size, tested[:, start:].shape)
    first = np.full(months, np.inf)
    for now, alarms in enumerate(_steps(tested, means, swings, threshold(ALPHA, len(RATES)))):
        if now >= start:
            first[alarms] = np.minimum(first[alarms], now - start + 1)
    found_early = float((first <= 24).mean())  # noqa: PLR2004 - hours in a day
    shown = [
        f"{value:.0f}" if np.isfinite(value) else "more than 600"
        for value in np.quantile(first, (0.5, 0.95), method="higher")
    ]
    print(f"| {rate * ACCOUNTS:g} | {size} | {found_early:.1%} | {shown[0]} | {shown[1]} |", flush=True)


if __name__ == "__main__":
    main()
