"""Proportions and their intervals."""

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from accord.evidence import Metric, Score, format_values, wilson

# R. G. Newcombe, Statistics in Medicine 17 (1998) 857-872, Table I, method 3 (Wilson, no continuity correction).
NEWCOMBE = [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]

SCORED: tuple[Literal[0, 1] | None, ...] = (0, 1, None)


@pytest.mark.parametrize(("count", "n", "low", "high"), NEWCOMBE)
def test_wilson_gives_the_published_interval(count: int, n: int, low: float, high: float) -> None:
    assert (low, high) == tuple(round(bound, 4) for bound in wilson(count, n))


def test_wilson_is_wider_at_a_higher_level() -> None:
    low, high = wilson(5, 20)
    wider_low, wider_high = wilson(5, 20, level=0.99)
    assert wider_low < low < high < wider_high


@given(st.lists(st.sampled_from([0, 1]), min_size=1))
def test_interval_holds_the_value(scores: list[int]) -> None:
    metric = Metric.of("suite.metric", "Title", "higher", scores)
    assert metric.low is not None
    assert metric.value is not None
    assert metric.high is not None
    assert 0 <= metric.low <= round(metric.value, 6) <= metric.high <= 1


@given(st.integers(1, 1000), st.data())
def test_interval_of_the_complement_is_mirrored(n: int, data: st.DataObject) -> None:
    count = data.draw(st.integers(0, n))
    low, high = wilson(count, n)
    assert (low, high) == pytest.approx(tuple(1 - bound for bound in reversed(wilson(n - count, n))), abs=1e-6)


@given(st.lists(st.sampled_from([0, 1])))
def test_metric_does_not_depend_on_the_order_of_scores(scores: list[int]) -> None:
    metric = Metric.of("suite.metric", "Title", "higher", scores)
    assert metric == Metric.of("suite.metric", "Title", "higher", sorted(scores))


def test_metric_of_no_scores_has_no_value_and_no_interval() -> None:
    metric = Metric.of("suite.metric", "Title", "lower", [])
    assert (0, 0, None, None, None) == (metric.count, metric.n, metric.value, metric.low, metric.high)


@pytest.mark.parametrize("name", ["refusal", "Misuse.refusal", "misuse.refusal.x", "misuse.", ""])
def test_metric_refuses_an_id_that_is_not_suite_and_metric(name: str) -> None:
    with pytest.raises(ValidationError, match="id"):
        Metric.of(name, "Title", "higher", [1])


def test_scores_read_back_from_their_artifact() -> None:
    scores = [Score(sample=str(score), metric="suite.metric", score=score) for score in SCORED]
    assert scores == TypeAdapter(list[Score]).validate_json(format_values(scores))
