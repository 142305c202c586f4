"""Measured shares: each carries its sample size, its interval and its judge's error, and can be recomputed."""

from collections.abc import Iterable, Sequence
from typing import Literal

from pydantic import Field, model_validator

from accord.evidence.estimates import Confusion, effective_size, interval, kappa
from accord.evidence.values import Model, Sha256

LEVEL = 0.95
"""The level of confidence of an interval, where nothing says another."""

MOST = 10**9
"""No run has more samples, and no set of labels more answers: a larger number is a mistake, or an attack."""

MetricId = r"^[a-z0-9-]+\.[a-z0-9-]+$"


class JudgeRef(Model):
    """What turned an answer into a verdict: its rules, its trained weights or its model and question, by digest."""

    id: str
    """The judge's id."""
    version: str
    """The version of its rules or of its question."""
    kind: Literal["rules", "classifier", "model"]
    """How it decides."""
    task: str
    """What it decides, such as `refusal`."""
    sha256: Sha256
    """Over all that its verdicts depend on."""


class Agreement(Model):
    """A judge's verdicts beside human labels of the same answers, in one language."""

    language: str
    """The language of the answers."""
    true_positive: int = Field(ge=0, le=MOST)
    """Both say yes."""
    false_negative: int = Field(ge=0, le=MOST)
    """The judge alone says no."""
    true_negative: int = Field(ge=0, le=MOST)
    """Both say no."""
    false_positive: int = Field(ge=0, le=MOST)
    """The judge alone says yes."""
    abstained: int = Field(ge=0, le=MOST)
    """The judge gave no verdict."""
    labels: Sha256
    """The digest of the labelled answers."""
    kappa: float | None = None
    """Cohen's kappa of the verdicts given; none where it is not defined."""
    low: float | None = None
    """The lower bound of its 95 % interval."""
    high: float | None = None
    """The upper bound."""

    @classmethod
    def of(cls, language: str, pairs: Sequence[tuple[bool, bool | None]], labels: str) -> "Agreement":
        """Count (label, verdict) pairs; a verdict is None where the judge abstained."""
        counted = Confusion(
            true_positive=sum(1 for label, verdict in pairs if label and verdict is True),
            false_negative=sum(1 for label, verdict in pairs if label and verdict is False),
            true_negative=sum(1 for label, verdict in pairs if not label and verdict is False),
            false_positive=sum(1 for label, verdict in pairs if not label and verdict is True),
        )
        value, low, high = kappa(counted)
        abstained = sum(1 for _, verdict in pairs if verdict is None)
        return cls(
            language=language, **counted._asdict(), abstained=abstained, labels=labels, kappa=value, low=low, high=high
        )

    @property
    def error(self) -> Confusion:
        """The counts from which the judge's error is estimated."""
        return Confusion(self.true_positive, self.false_negative, self.true_negative, self.false_positive)

    @property
    def n(self) -> int:
        """How many labelled answers got a verdict."""
        return sum(self.error)


class Score(Model):
    """One sample's result without any text."""

    sample: str
    """The sample's id in the suite."""
    metric: str
    """The metric that it counts for."""
    score: float | None = Field(default=None, ge=0, le=1)
    """1 where it holds, 0 where not, between them where a scorer gives part; left out where there is no verdict."""
    stem: str = ""
    """The item that the sample was made of: samples of one stem are no independent draws. The sample's id if empty."""
    language: str = "en"
    """The language of the question."""
    groups: tuple[str, ...] = ()
    """What else it belongs to, such as R1."""
    answered: bool = True
    """Whether the model answered: without a score, its judge then abstained."""


class Metric(Model):
    """A share with its interval: `count` of `n` verdicts, in one language, of one group or of all."""

    id: str = Field(pattern=MetricId)
    """Suite and metric, as in `misuse.refusal`."""
    title: str
    """What is counted."""
    better: Literal["higher", "lower", "middle"]
    """Which way is better; `middle` where both ends are bad."""
    language: str = "en"
    """The language of the questions."""
    group: str = ""
    """The part of the samples that it is about, such as R1; all of them where it says nothing."""
    count: float = Field(ge=0)
    """The sum of the scores: samples of which the judge says that it holds."""
    n: int = Field(ge=0, le=MOST)
    """Samples with a verdict."""
    abstained: int = Field(default=0, ge=0, le=MOST)
    """Samples that were asked and got no verdict."""
    clusters: int = Field(default=0, ge=0, le=MOST)
    """How many items the samples were made of."""
    effective: float = Field(default=0, ge=0)
    """How many independent samples would tell as much."""
    value: float | None = None
    """The share, corrected for the judge's error; none where nothing was scored or the judge tells nothing."""
    low: float | None = None
    """The lower bound of the interval."""
    high: float | None = None
    """The upper bound of the interval."""
    level: float = Field(default=LEVEL, ge=0.5, le=0.999)
    """The interval's level of confidence."""
    method: Literal["wilson", "wilson-clustered", "rogan-gladen"] = "wilson"
    """How the interval is computed: Wilson's score interval, on the effective size, or corrected for the judge."""
    judge: JudgeRef | None = None
    """What gave the verdicts; none where the answer itself is the measurement."""
    agreement: Agreement | None = None
    """How well the judge agrees with people in this language."""
    denied: bool = False
    """Whether it counts what the judge denies."""

    @model_validator(mode="after")
    def _parts_of_the_whole(self) -> "Metric":
        if self.count > self.n or self.clusters > self.n or self.effective > self.n:
            msg = f"more than its {self.n} samples are counted"
            raise ValueError(msg)
        return self

    @classmethod
    def of(
        cls,
        id: str,  # noqa: A002 - the record's own word
        title: str,
        better: Literal["higher", "lower", "middle"],
        scores: Sequence[float],
    ) -> "Metric":
        """Make the metric of independent `scores` of which nobody doubts the judge."""
        rows = [Score(sample=str(i), metric=id, score=score) for i, score in enumerate(scores)]
        return cls(id=id, title=title, better=better, count=0, n=0).count_scores(rows)

    def count_scores(self, scores: Iterable[Score]) -> "Metric":
        """Return this metric made of those `scores` that are its own: of its id, its language and its group."""
        own = [s for s in scores if s.answered and self._counts(s)]
        pairs = [(s.stem or s.sample, s.score) for s in own if s.score is not None]
        clusters = len({stem for stem, _ in pairs})
        clustered = clusters < len(pairs)
        counted = self.model_copy(
            update={
                "value": None,
                "count": sum(score for _, score in pairs),
                "n": len(pairs),
                "abstained": len(own) - len(pairs),
                "clusters": clusters,
                "effective": round(effective_size(pairs), 6) if pairs else 0.0,
                "method": "rogan-gladen" if self.agreement else "wilson-clustered" if clustered else "wilson",
            }
        )
        value, low, high = counted.bounds(self.level)
        return counted.model_copy(update={"value": value, "low": low, "high": high})

    def bounds(self, level: float) -> tuple[float | None, float | None, float | None]:
        """Return the share and the bounds of its interval at another level of confidence."""
        if level == self.level and self.value is not None:
            return self.value, self.low, self.high
        if not self.n:
            return None, None, None
        # A metric of before there were clusters says nothing of them: its samples were independent.
        effective, clusters = (self.effective, self.clusters) if self.clusters else (self.n, self.n)
        return interval(self.count / self.n, effective, clusters, self.error, level)

    @property
    def error(self) -> Confusion | None:
        """The judge's error about what this metric counts."""
        if self.agreement is None:
            return None
        return self.agreement.error.flipped() if self.denied else self.agreement.error

    def doubt(self, least: float) -> str:
        """Return why no rate may be stated, or "": the lower bound of its judge's kappa must be `least` at least."""
        if self.judge is None:
            return ""
        if self.agreement is None:
            return f"its judge was not measured against people's labels in this language ({self.language})"
        if self.agreement.low is None or self.agreement.low < least:
            found = "is not defined" if self.agreement.kappa is None else f"{self.agreement.kappa:.2f}"
            low = "" if self.agreement.low is None else f", at least {self.agreement.low:.2f}"
            return f"its judge agrees too little with people: kappa {found}{low}, n = {self.agreement.n}, not {least:g}"
        return "" if self.value is not None else "nothing was scored, or its judge tells nothing apart"

    def _counts(self, score: Score) -> bool:
        same = score.metric == self.id and score.language == self.language
        return same and (not self.group or self.group in score.groups)
