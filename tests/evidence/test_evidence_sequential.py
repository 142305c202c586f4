"""Sequential tests: no window has an expectation over 1 where nothing changed, and levels are what the formula says."""

from math import exp, inf, lgamma, log, log1p
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accord.evidence.sequential import (
    HOURS,
    LEVELS,
    RATIOS,
    Count,
    advance,
    learn,
    log_ratio,
    log_statistic,
    threshold,
    trace,
)

MANY = 3_000
each_ratio = pytest.mark.parametrize("ratio", [*RATIOS[:4], *(1 / ratio for ratio in RATIOS)])


def _binomial(k: int, n: int, rate: float) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + k * log(rate) + (n - k) * log1p(-rate)


def _negative_binomial(k: int, mean: float, swing: float) -> float:
    size = 1 / swing
    return (
        lgamma(k + size)
        - lgamma(size)
        - lgamma(k + 1)
        + size * log(size / (size + mean))
        + k * log(mean / (size + mean))
    )


@each_ratio
@pytest.mark.parametrize(("n", "rate"), [(20, 0.1), (300, 0.01), (300, 0.4)])
@pytest.mark.parametrize("swing", [0.0, 0.02, 0.5])
def test_binomial_counts_have_an_expectation_of_at_most_one(n: int, rate: float, ratio: float, swing: float) -> None:
    e = sum(exp(_binomial(k, n, rate) + log_ratio(k, n * rate, ratio, swing)) for k in range(n + 1))
    assert e <= 1 + 1e-9


@each_ratio
def test_a_quieter_rate_than_the_one_that_is_tested_has_less(ratio: float) -> None:
    slack = 0.8 if ratio > 1 else 1.25
    e = sum(exp(_binomial(k, 200, 0.05 * slack) + log_ratio(k, 10, ratio, 0.02)) for k in range(201))
    assert e < 1


@each_ratio
def test_negative_binomial_counts_of_the_same_dispersion_have_exactly_one(ratio: float) -> None:
    e = sum(exp(_negative_binomial(k, 8.0, 0.05) + log_ratio(k, 8.0, ratio, 0.05)) for k in range(MANY))
    assert 1 == pytest.approx(e, abs=1e-6)


@each_ratio
def test_less_dispersion_than_is_allowed_for_has_less_than_one(ratio: float) -> None:
    e = sum(exp(_negative_binomial(k, 8.0, 0.02) + log_ratio(k, 8.0, ratio, 0.1)) for k in range(MANY))
    assert e < 1


def test_nothing_exposed_says_nothing() -> None:
    assert 0 == log_ratio(0, 0.0, 2.0, 0.1)


@given(st.lists(st.tuples(st.integers(0, 40), st.floats(0.1, 20)), max_size=60), st.booleans())
def test_levels_are_the_shiryaev_roberts_recursion_never_above_it(
    seen: list[tuple[int, float]],
    rises: bool,  # noqa: FBT001 - hypothesis draws it
) -> None:
    levels, exact = (0.0,) * LEVELS, [0.0] * LEVELS
    for found, mean in seen:
        levels = advance(levels, found, mean, 0.1, rises=rises)
        ratios = RATIOS if rises else [1 / r for r in RATIOS]
        exact = [(1 + m) * exp(log_ratio(found, mean, r, 0.1)) for m, r in zip(exact, ratios, strict=True)]
    for level, m in zip(levels, exact, strict=True):
        assert level <= log1p(m) + 1e-9
        assert level == pytest.approx(log1p(m), abs=2e-6 * len(seen) + 1e-9)


def test_statistic_is_the_mean_over_sizes() -> None:
    levels = tuple(log1p(m) for m in (1.0, 2.0, 3.0, 4.0, 5.0, 9.0))
    assert log(4.0) == pytest.approx(log_statistic(levels))
    assert -inf == log_statistic((0.0,) * LEVELS)


def test_statistic_of_huge_levels_does_not_overflow() -> None:
    levels = advance((5_000.0,) * LEVELS, 100, 1.0, 0.0, rises=True)
    assert log_statistic(levels) > 5_000


def test_threshold_shares_the_expectation_among_tests_and_windows() -> None:
    assert log(720 * 10 / 0.05) == pytest.approx(threshold(0.05, 10))
    assert log(30 / 0.05) == pytest.approx(threshold(0.05, 1, 24))


def test_expected_false_alarms_stay_within_what_is_declared() -> None:
    random = Random(1)  # noqa: S311 - a simulation
    alarms, runs, hours, bound = 0, 300, 100, threshold(0.5, 1)
    for _ in range(runs):
        levels = (0.0,) * LEVELS
        for _ in range(hours):
            found = sum(random.random() < 0.05 for _ in range(60))
            levels = advance(levels, found, 3.0, 0.0, rises=True)
            if log_statistic(levels) >= bound:
                alarms, levels = alarms + 1, (0.0,) * LEVELS
    assert alarms <= 0.5 * runs * hours / 720 + 3 * (0.5 * runs * hours / 720) ** 0.5


def test_trace_leaves_zero_with_a_change_and_comes_back_after_it() -> None:
    score = 0.0
    for found in (9, 11, 30, 28):
        score = trace(score, found, 10.0, 0.01, rises=True)
    assert score > 0
    for _ in range(40):
        score = trace(score, 8, 10.0, 0.01, rises=True)
    assert 0 == score


def _counts(seed: int, days: int, rate: float, exposed: int = 400, night: float = 0.0) -> list[Count]:
    random = Random(seed)  # noqa: S311 - a simulation
    rates = [rate * (1 + (night if 8 <= hour < 20 else -night)) for hour in range(HOURS)]
    return [
        Count(hour, sum(random.random() < rates[hour] for _ in range(exposed)), exposed)
        for _ in range(days)
        for hour in range(HOURS)
    ]


def test_learning_bounds_the_rate_and_finds_the_shape_of_the_day() -> None:
    learned = learn(_counts(1, 14, 0.02, night=0.5))
    assert learned is not None
    assert learned.low < 0.02 < learned.high < 0.024
    assert learned.shape[12] > 1.3
    assert learned.shape[2] < 0.75
    assert learned.dispersion < 0.05


def test_few_events_show_no_shape_and_leave_a_wide_bound() -> None:
    learned = learn(_counts(1, 7, 0.0))
    assert learned is not None
    assert ((), 0.0, True) == (learned.shape, learned.low, 0 < learned.high < 1e-4)


def test_swings_are_learned_as_dispersion() -> None:
    steady = learn(_counts(1, 14, 0.03))
    random = Random(2)  # noqa: S311 - a simulation
    swinging = learn(
        Count(n % 24, sum(random.random() < rate for _ in range(400)), 400)
        for n in range(336)
        for rate in [0.03 * random.choice((0.5, 1.5))]
    )
    assert steady is not None
    assert swinging is not None
    assert swinging.dispersion > 0.2
    assert steady.dispersion < 0.05
    assert swinging.high - swinging.low > 1.3 * (steady.high - steady.low)


def test_nothing_is_learned_of_nothing() -> None:
    assert learn([]) is learn([Count(0, 0, 0)]) is None
