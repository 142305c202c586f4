"""Two runs beside each other, and what a run can show, beside statsmodels, scipy and published examples."""

import sys
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_effectsize

from accord.errors import EvaluationError, MissingExtraError
from accord.evals.differences import adjust, compare_independent, compare_pairs, detectable
from accord.evidence import EvaluationRecord, JudgeRef, Metric, SuiteRef
from accord.evidence.comparing import why_not_comparable

Evaluation = Callable[..., EvaluationRecord]

# R. G. Newcombe, Statistics in Medicine 17 (1998) 2635-2650, method 10: what holds in both runs, the first, the second,
# neither; and the interval of the first less the second.
PAIRED = [
    ((36, 12, 2, 0), 0.0569, 0.3404),
    ((18, 12, 2, 18), 0.0562, 0.3290),
    ((53, 0, 0, 1), -0.0729, 0.0729),
]

cells = st.tuples(*[st.integers(0, 60)] * 4).filter(any)
counts = st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
fractions = st.sampled_from([0.0, 0.25, 0.5, 1.0])


def pairs(both: int, first: int, second: int, neither: int) -> list[tuple[float, float]]:
    return [(1.0, 1.0)] * both + [(1.0, 0.0)] * first + [(0.0, 1.0)] * second + [(0.0, 0.0)] * neither


@pytest.mark.parametrize(("table", "low", "high"), PAIRED)
def test_interval_of_pairs_is_the_published_one(table: tuple[int, int, int, int], low: float, high: float) -> None:
    found = compare_pairs("suite.metric", "en", pairs(*table))
    assert pytest.approx((-high, -low), abs=5.1e-5) == (found.low, found.high)


@given(cells)
def test_p_of_pairs_is_that_of_the_exact_test(table: tuple[int, int, int, int]) -> None:
    _, fell, rose, _ = table
    expected = stats.binomtest(fell, fell + rose, 0.5).pvalue if fell or rose else 1.0
    assert pytest.approx(expected, abs=1e-6) == compare_pairs("suite.metric", "en", pairs(*table)).p


@given(st.lists(st.tuples(fractions, fractions), min_size=1, max_size=60))
def test_a_difference_of_pairs_lies_in_its_interval_and_turns_with_the_runs(scores: list[tuple[float, float]]) -> None:
    there = compare_pairs("suite.metric", "en", scores)
    back = compare_pairs("suite.metric", "en", [(y, x) for x, y in scores])
    assert -1 <= there.low <= there.difference <= there.high <= 1
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low), abs=2e-6)
    assert (there.difference, there.p) == (-back.difference, back.p)


def test_pairs_that_agree_make_the_interval_narrower() -> None:
    scores = pairs(30, 5, 5, 60)
    paired = compare_pairs("suite.metric", "en", scores)
    independent = compare_independent("suite.metric", "en", (35, 100), (35, 100))
    assert independent.low < paired.low < 0 < paired.high < independent.high


def test_a_run_beside_itself_shows_nothing() -> None:
    found = compare_pairs("suite.metric", "pt", pairs(20, 0, 0, 30))
    assert ("suite.metric", "pt", 50, True, 0.4, 0.4, 0.0, 1.0, None) == (
        found.metric,
        found.language,
        found.n,
        found.paired,
        found.first,
        found.second,
        found.difference,
        found.p,
        found.adjusted,
    )
    assert found.low < 0 < found.high


def test_interval_of_two_runs_is_the_published_one() -> None:
    # R. G. Newcombe, Statistics in Medicine 17 (1998) 873-890, method 10: 56 of 70 and 48 of 80.
    found = compare_independent("suite.metric", "en", (48, 80), (56, 70))
    assert (0.0524, 0.3339, 70, False) == (round(found.low, 4), round(found.high, 4), found.n, found.paired)


@given(counts, counts)
def test_interval_of_two_runs_is_what_statsmodels_has(first: tuple[int, int], second: tuple[int, int]) -> None:
    expected = confint_proportions_2indep(*second, *first, method="newcomb", compare="diff")
    found = compare_independent("suite.metric", "en", first, second)
    assert pytest.approx(expected, abs=4e-6) == (found.low, found.high)


@given(counts, counts)
def test_p_of_two_runs_turns_with_them(first: tuple[int, int], second: tuple[int, int]) -> None:
    there = compare_independent("suite.metric", "en", first, second)
    back = compare_independent("suite.metric", "en", second, first)
    assert 0 <= there.p <= 1
    assert (-there.difference, there.p) == pytest.approx((back.difference, back.p), abs=1e-6)


@pytest.mark.parametrize("count", [0, 40])
def test_runs_that_only_say_one_thing_do_not_differ(count: int) -> None:
    assert 1.0 == compare_independent("suite.metric", "en", (count, 40), (count, 40)).p


def test_a_clear_difference_of_two_runs_shows() -> None:
    found = compare_independent("suite.metric", "en", (10, 100), (60, 100))
    assert found.p < 0.001
    assert found.low > 0.3


def test_nothing_to_compare_is_an_error() -> None:
    with pytest.raises(EvaluationError, match="no sample was scored in both runs"):
        compare_pairs("suite.metric", "en", [])
    with pytest.raises(EvaluationError, match="a run scored no sample"):
        compare_independent("suite.metric", "en", (0, 0), (1, 2))


def test_the_more_is_looked_at_the_less_each_shows() -> None:
    found = compare_independent("suite.metric", "en", (10, 100), (20, 100))
    (alone,) = adjust([found])
    many = adjust([found, *[compare_pairs("suite.other", "en", pairs(9, 1, 1, 9))] * 4])
    assert (found.p, 5) == (alone.adjusted, len(many))
    assert many[0].adjusted == pytest.approx(5 * found.p, abs=1e-5)
    assert () == adjust([])


@given(st.integers(8, 2_000), st.integers(0, 100).map(lambda percent: percent / 100))
def test_a_detectable_difference_has_the_power_that_it_says(n: int, baseline: float) -> None:
    found = detectable(n, baseline)
    assert found is not None
    rates = [rate for rate in (baseline - found, baseline + found) if -1e-6 <= rate <= 1 + 1e-6]
    effects = [proportion_effectsize(min(1.0, max(0.0, rate)), baseline) for rate in rates]
    powers = [NormalIndPower().power(abs(effect), n, 0.05, ratio=0) for effect in effects]
    assert min(powers) == pytest.approx(0.8, abs=1e-3)


def test_more_samples_detect_less() -> None:
    found = [detectable(n, 0.1) or 1.0 for n in (20, 50, 100, 400, 1_000)]
    assert found == sorted(found, reverse=True)


def test_samples_that_hang_together_detect_what_fewer_would() -> None:
    assert detectable(100, 0.1) == detectable(300, 0.1, design_effect=3)


def test_too_few_samples_detect_nothing() -> None:
    assert detectable(1, 0.5) is None
    assert detectable(100, 0.5, design_effect=60) is None


def test_without_statsmodels_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "statsmodels.stats.power", None)
    with pytest.raises(MissingExtraError, match=r"accord\[evals\]"):
        detectable(100, 0.5)


def judged(sha256: str) -> tuple[Metric, ...]:
    judge = JudgeRef(id="refusal", version="1", kind="rules", task="refusal", sha256=sha256)
    metric = Metric.of("misuse.refusal", "Refused", "higher", [1] * 20)
    return (metric.model_copy(update={"judge": judge}),)


def test_runs_of_two_models_are_comparable(evaluation: Evaluation) -> None:
    other = evaluation().model.model_copy(update={"sha256": "b" * 64, "name": "other"})
    settings = {"temperature": 0.7, "threads": 4, "slots": 2}
    assert "" == why_not_comparable(evaluation(), evaluation(model=other, settings=settings))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        (
            {"suite": SuiteRef(id="misuse", title="t", version="2", sha256="b" * 64, items=20)},
            "the suite (misuse 1, misuse 2)",
        ),
        ({"settings": {"temperature": 0.2}}, "the setting temperature (0.7, 0.2)"),
        ({"settings": {"temperature": 0.7, "profile": "quick"}}, "the setting profile (None, quick)"),
        ({"seed": 2}, "the seed (1, 2)"),
        ({"samples": "b" * 64}, "the samples"),
        ({"metrics": judged("b" * 64)}, "the judge of misuse.refusal"),
        ({"seed": 2, "samples": "b" * 64}, "the seed (1, 2); the samples"),
    ],
)
def test_what_differs_besides_the_model_is_named(evaluation: Evaluation, changes: dict[str, object], why: str) -> None:
    changed = evaluation().model_copy(update=changes)
    assert why == why_not_comparable(evaluation(), changed)


def test_other_rules_of_a_judge_are_another_judge(evaluation: Evaluation) -> None:
    first, second = evaluation(metrics=judged("b" * 64)), evaluation(metrics=judged("c" * 64))
    assert "the judge of misuse.refusal" == why_not_comparable(first, second)


def test_other_languages_are_named(evaluation: Evaluation) -> None:
    metric = Metric.of("misuse.refusal", "Refused", "higher", [1]).model_copy(update={"language": "pt"})
    assert "the languages (en, pt)" == why_not_comparable(evaluation(), evaluation(metrics=(metric,)))


def test_what_a_record_says_cannot_steer_a_terminal(evaluation: Evaluation) -> None:
    hostile = evaluation(settings={"temperature": 0.7, "\x1b[2J": "\x1b]0;x\x07"})
    assert "\x1b" not in why_not_comparable(evaluation(), hostile)
