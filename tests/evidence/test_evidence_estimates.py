"""Rates, their intervals and their p-values, beside statsmodels, scipy and published examples."""

import importlib.util
import random
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from accord.evidence.estimates import (
    NOTHING,
    Confusion,
    Interval,
    effective_size,
    holm,
    interval,
    kappa,
    student,
    tail,
    wilson,
)

GOOD = Confusion(true_positive=57, false_negative=3, true_negative=66, false_positive=4)
FLIP = Confusion(true_positive=15, false_negative=15, true_negative=20, false_positive=20)

shares = st.integers(0, 200).map(lambda count: count / 200)
sizes = st.floats(5, 2_000)
levels = st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99, 0.999])
judges = st.builds(Confusion, *[st.integers(0, 150)] * 4)
errors = st.none() | judges
scored = st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from([0.0, 0.25, 1.0])), min_size=1, max_size=60)


def bounds(found: Interval) -> tuple[float, float, float]:
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    return found.value, found.low, found.high


@given(st.integers(1, 5_000), st.data(), levels)
def test_wilson_is_what_statsmodels_has(n: int, data: st.DataObject, level: float) -> None:
    count = data.draw(st.integers(0, n))
    expected = proportion_confint(count, n, alpha=1 - level, method="wilson")
    assert pytest.approx(expected, abs=1e-6) == wilson(count, n, level)


def test_independent_samples_count_in_full() -> None:
    assert 40.0 == effective_size([(str(i), float(i % 3 == 0)) for i in range(40)])


def test_equal_scores_count_once_in_each_cluster() -> None:
    assert 8.0 == effective_size([(str(i // 5), 1.0) for i in range(40)])


def test_one_cluster_counts_once() -> None:
    assert 1.0 == effective_size([("a", float(i % 2)) for i in range(40)])


def test_clusters_that_agree_within_themselves_count_about_once_each() -> None:
    assert 20 == pytest.approx(effective_size([(str(i // 5), float(i // 5 % 2)) for i in range(100)]), rel=0.1)


def test_no_scores_have_no_size() -> None:
    with pytest.raises(ValueError, match="no scores"):
        effective_size([])


@given(scored)
def test_effective_size_is_more_than_none_and_never_more_than_the_samples(scores: list[tuple[str, float]]) -> None:
    assert 1 <= effective_size(scores) <= len(scores)


@given(scored, st.randoms(use_true_random=False))
def test_effective_size_does_not_depend_on_the_order(scores: list[tuple[str, float]], chance: random.Random) -> None:
    shuffled = chance.sample(scores, len(scores))
    assert effective_size(scores) == effective_size(shuffled)


def test_design_effect_is_that_of_cluster_robust_regression() -> None:
    rng = np.random.default_rng(7)
    groups = np.repeat(np.arange(400), 5)
    answers = (rng.random(2_000) < np.repeat(rng.beta(1, 2, 400), 5)).astype(float)
    robust = OLS(answers, np.ones(2_000)).fit(cov_type="cluster", cov_kwds={"groups": groups})
    plain = OLS(answers, np.ones(2_000)).fit()
    expected = 2_000 * float(plain.bse[0] / robust.bse[0]) ** 2
    found = effective_size(list(zip(map(str, groups), map(float, answers), strict=True)))
    assert pytest.approx(expected, rel=0.01) == found


@pytest.mark.parametrize("df", [1, 2, 3, 4, 9, 30, 99, 100, 101, 1_000])
@pytest.mark.parametrize("level", [0.1, 0.5, 0.95, 0.99, 0.9999])
def test_student_is_what_scipy_has(level: float, df: int) -> None:
    assert pytest.approx(stats.t.ppf((1 + level) / 2, df), rel=1e-6) == student(level, df)


def test_corrected_interval_is_the_published_one() -> None:
    # The first example of Z. Lang and J. Reiczigel, Preventive Veterinary Medicine 113 (2014) 13-22.
    found = interval(4060 / 11284, 11284, 11284, Confusion(178, 1, 358, 1))
    assert (0.349, 0.372) == tuple(round(bound, 3) for bound in bounds(found)[1:])


def test_correction_is_that_of_rogan_and_gladen() -> None:
    value, _, _ = bounds(interval(0.3, 200, 200, GOOD))
    assert pytest.approx((0.3 + 66 / 70 - 1) / (57 / 60 + 66 / 70 - 1), abs=1e-6) == value


def test_without_an_error_the_interval_is_wilsons() -> None:
    assert (0.3, *wilson(60, 200)) == interval(0.3, 200, 200)


@given(shares, sizes, st.integers(1, 500), errors, levels)
def test_interval_holds_the_estimate_within_the_range(
    value: float, effective: float, clusters: int, error: Confusion | None, level: float
) -> None:
    found = interval(value, effective, clusters, error, level)
    assume(found != NOTHING)
    estimate, low, high = bounds(found)
    assert 0 <= low <= estimate <= high <= 1


@given(shares, sizes, st.integers(2, 500), errors)
def test_interval_of_what_is_denied_is_mirrored(
    value: float, effective: float, clusters: int, error: Confusion | None
) -> None:
    found = interval(value, effective, clusters, error)
    mirrored = interval(1 - value, effective, clusters, error.flipped() if error else None)
    assume(found != NOTHING)
    estimate, low, high = bounds(mirrored)
    assert bounds(found) == pytest.approx((1 - estimate, 1 - high, 1 - low), abs=2e-6)


@given(shares, sizes, st.none() | st.just(GOOD))
def test_interval_is_narrower_with_more_samples(value: float, effective: float, error: Confusion | None) -> None:
    _, low, high = bounds(interval(value, effective, 100, error))
    _, closer_low, closer_high = bounds(interval(value, 4 * effective, 100, error))
    assert closer_high - closer_low < high - low


@pytest.mark.parametrize(("value", "error"), [(0.0, GOOD), (1.0, GOOD.flipped()), (0.0, Confusion(500, 1, 400, 100))])
def test_a_judge_that_errs_never_tells_more_than_one_that_does_not(value: float, error: Confusion) -> None:
    # It saw nothing, though it should have invented some: the data speak for a rate of less than none.
    assert interval(value, 169, 169) == interval(value, 169, 169, error)


def test_interval_is_narrower_with_more_labels() -> None:
    _, low, high = bounds(interval(0.3, 200, 200, GOOD))
    _, closer_low, closer_high = bounds(interval(0.3, 200, 200, Confusion(*(10 * cell for cell in GOOD))))
    assert low < closer_low < closer_high < high


def test_interval_is_wider_with_few_clusters() -> None:
    _, low, high = bounds(interval(0.3, 50, 50))
    _, wide_low, wide_high = bounds(interval(0.3, 50, 10))
    assert wide_low < low < high < wide_high


@pytest.mark.parametrize(
    "error", [FLIP, Confusion(10, 20, 10, 20), Confusion(0, 0, 30, 2), Confusion(30, 2, 0, 0), Confusion(1, 0, 2, 98)]
)
def test_nothing_is_said_by_a_judge_that_tells_nothing(error: Confusion) -> None:
    assert NOTHING == interval(0.3, 100, 100, error)
    assert 1.0 == tail(0.9, 100, 100, error, bound=0.1, side="above")


@pytest.mark.parametrize(("value", "effective"), [(-0.1, 10), (1.1, 10), (0.5, 0), (0.5, -1), (float("nan"), 10)])
def test_what_is_no_share_of_a_sample_is_refused(value: float, effective: float) -> None:
    with pytest.raises(ValueError, match="expected a share"):
        interval(value, effective, 10)
    with pytest.raises(ValueError, match="expected a share"):
        tail(value, effective, 10, None, bound=0.1, side="above")


@given(st.integers(0, 300), st.integers(0, 100).map(lambda percent: percent / 100))
def test_tail_is_the_greater_of_the_exact_test_and_the_score_test(count: int, bound: float) -> None:
    n = 300
    exact = stats.binomtest(count, n, bound, alternative="greater").pvalue
    spread = (bound * (1 - bound) / n) ** 0.5
    score = stats.norm.sf((count / n - bound) / spread) if spread else 0.0
    expected = max(exact, score) if count / n > bound and max(exact, score) < 0.5 else 1.0
    assert pytest.approx(expected, abs=2e-6) == tail(count / n, n, n, None, bound=bound, side="above")


@pytest.mark.parametrize(("value", "n", "bound"), [(1.0, 2_000, 0.69), (0.6, 10**9, 0.5), (1.0, 10**12, 1e-12)])
def test_tail_ends_on_any_numbers(value: float, n: int, bound: float) -> None:
    assert 0.0 == tail(value, n, n, None, bound=bound, side="above")
    assert tail(value, n, n // 2, GOOD, bound=bound, side="above") < 1e-5


def test_tail_of_clusters_has_the_heavier_tails_of_student() -> None:
    score = (0.4 - 0.2) / (0.2 * 0.8 / 30) ** 0.5
    assert pytest.approx(stats.t.sf(score, 9), abs=1e-6) == tail(0.4, 30, 10, None, bound=0.2, side="above")


@given(shares, sizes, st.integers(2, 500), errors, st.tuples(shares, shares).map(sorted))
def test_tail_grows_with_the_bound(
    value: float, effective: float, clusters: int, error: Confusion | None, pair: list[float]
) -> None:
    nearer, farther = (tail(value, effective, clusters, error, bound=bound, side="above") for bound in pair)
    assert nearer <= farther


@given(shares, sizes, st.integers(2, 500), errors, shares)
def test_tail_below_is_the_mirror_of_the_tail_above(
    value: float, effective: float, clusters: int, error: Confusion | None, bound: float
) -> None:
    below = tail(value, effective, clusters, error, bound=bound, side="below")
    flipped = error.flipped() if error else None
    assert below == tail(1 - value, effective, clusters, flipped, bound=1 - bound, side="above")


@given(shares, sizes, st.integers(2, 500), errors, shares, st.sampled_from([0.005, 0.025, 0.05, 0.1]))
def test_a_bound_that_is_left_lies_outside_the_interval(
    value: float, effective: float, clusters: int, error: Confusion | None, bound: float, a: float
) -> None:
    assume(tail(value, effective, clusters, error, bound=bound, side="above") < a - 1e-6)
    _, low, _ = bounds(interval(value, effective, clusters, error, 1 - 2 * a))
    assert bound - 1e-6 <= low


@given(shares, sizes, st.integers(2, 500), shares, st.sampled_from([0.005, 0.025, 0.05, 0.1]))
def test_with_a_judge_a_bound_outside_the_interval_is_left(
    value: float, effective: float, clusters: int, bound: float, a: float
) -> None:
    _, low, _ = bounds(interval(value, effective, clusters, GOOD, 1 - 2 * a))
    assume(bound < low - 1e-6)
    assert a + 1e-6 >= tail(value, effective, clusters, GOOD, bound=bound, side="above")


@settings(max_examples=15)  # statsmodels collects garbage in every call
@given(st.lists(shares, min_size=1, max_size=12))
def test_holm_is_what_statsmodels_has(p_values: list[float]) -> None:
    assert pytest.approx(multipletests(p_values, method="holm")[1]) == holm(p_values)


def test_nothing_to_adjust_is_nothing() -> None:
    assert () == holm([])


@given(st.builds(Confusion, *[st.integers(1, 150)] * 4), levels)
def test_kappa_is_what_statsmodels_has(error: Confusion, level: float) -> None:
    table = np.array([[error.true_positive, error.false_negative], [error.false_positive, error.true_negative]])
    seen, added = cohens_kappa(table), cohens_kappa(table + 0.5)
    half = stats.norm.ppf((1 + level) / 2) * added.std_kappa
    low, high = max(-1.0, min(seen.kappa, added.kappa - half)), min(1.0, max(seen.kappa, added.kappa + half))
    assert pytest.approx((seen.kappa, low, high), abs=2e-6) == bounds(kappa(error, level))


def test_a_few_verdicts_that_all_agree_leave_doubt() -> None:
    value, few, _ = bounds(kappa(Confusion(2, 0, 2, 0)))
    _, many, high = bounds(kappa(Confusion(100, 0, 100, 0)))
    assert (1.0, 1.0) == (value, high)
    assert few < 0.4
    assert 0.9 < many < 1


@given(judges)
def test_kappa_does_not_depend_on_what_is_called_positive(error: Confusion) -> None:
    assert kappa(error) == kappa(error.flipped())


@pytest.mark.parametrize("error", [Confusion(0, 0, 0, 0), Confusion(9, 0, 0, 0), Confusion(0, 0, 9, 0)])
def test_kappa_is_nothing_where_only_one_thing_is_ever_said(error: Confusion) -> None:
    assert NOTHING == kappa(error)


@given(judges)
def test_flipping_twice_changes_nothing(error: Confusion) -> None:
    assert error == error.flipped().flipped()


@pytest.fixture(scope="module")
def coverage() -> ModuleType:
    path = Path(__file__).parents[2] / "benchmarks" / "coverage.py"
    spec = importlib.util.spec_from_file_location("coverage_benchmark", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_intervals_hold_the_true_rate_as_often_as_they_say(coverage: ModuleType) -> None:
    found = coverage.by_block(coverage.misses(coverage.GRID, 3, np.random.default_rng(1)))
    assert {"plain", "clustered", "judge error", "both", "all"} == found.keys()
    assert all(0.9 <= share <= 0.995 for share in found.values()), found


def test_intervals_of_kappa_hold_it_as_often_as_they_say(coverage: ModuleType) -> None:
    held = coverage.hold_kappa((0.95, 0.95), 60, 400, np.random.default_rng(4))
    assert 0.92 <= held <= 0.995


def test_gates_seldom_give_a_false_alarm(coverage: ModuleType) -> None:
    assert coverage.false_alarms(coverage.GRID, 200, np.random.default_rng(2), on_the_bound=True) <= 0.08


def test_gates_seldom_pass_what_is_outside(coverage: ModuleType) -> None:
    passed, exceeded = coverage.false_passes(200, np.random.default_rng(3), 0.1)
    assert passed <= 0.02 < exceeded
