"""Measured proportions: each carries its sample size and its interval, and can be recomputed from its scores."""

from collections.abc import Sequence
from math import sqrt
from statistics import NormalDist
from typing import Literal

from pydantic import Field

from accord.evidence.values import Model


class Metric(Model):
    """A proportion with its interval: `count` of `n` samples of the group named by `id`."""

    id: str = Field(pattern=r"^[a-z0-9-]+\.[a-z0-9-]+$")
    """Suite and metric, as in `misuse.refusal`."""
    title: str
    """What is counted."""
    better: Literal["higher", "lower", "middle"]
    """Which way is better; `middle` where both ends are bad."""
    count: int = Field(ge=0)
    """Samples of which it holds."""
    n: int = Field(ge=0)
    """Samples that were scored."""
    value: float | None = None
    """The proportion; none where nothing was scored."""
    low: float | None = None
    """The lower bound of the interval."""
    high: float | None = None
    """The upper bound of the interval."""
    level: float = 0.95
    """The interval's level of confidence."""
    method: Literal["wilson"] = "wilson"
    """How the interval is computed: the Wilson score interval."""

    @classmethod
    def of(cls, id: str, title: str, better: Literal["higher", "lower", "middle"], scores: Sequence[int]) -> "Metric":  # noqa: A002 - the record's own word
        """Make the metric of 0/1 `scores`; with no score there is no value and no interval."""
        count, n = sum(scores), len(scores)
        low, high = wilson(count, n) if n else (None, None)
        value = count / n if n else None
        return cls(id=id, title=title, better=better, count=count, n=n, value=value, low=low, high=high)


def wilson(count: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Return the Wilson score interval of a proportion (E. B. Wilson, JASA 22, 1927), rounded to 6 places."""
    z = NormalDist().inv_cdf((1 + level) / 2)
    p = count / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return (round(max(0.0, centre - half), 6), round(min(1.0, centre + half), 6))


class Score(Model):
    """One sample's result without any text: its metric and 1 or 0, or nothing where it could not be scored."""

    sample: str
    """The sample's id in the suite."""
    metric: str
    """The metric that it counts for."""
    score: Literal[0, 1] | None = None
    """1 where it holds, 0 where not; left out where it could not be scored."""
