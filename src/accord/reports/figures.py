"""What was measured, as any format may state it: no share whose judge agrees too little with people."""

from collections.abc import Iterator
from dataclasses import dataclass

from accord.evidence import Metric
from accord.reports.models import Content, Run
from accord.reports.text import format_share

_NO_SHARE = {"value": None, "low": None, "high": None}


@dataclass(frozen=True)
class Figure:
    """A metric of a run, without its share where `doubt` says why none is stated."""

    run: Run
    metric: Metric
    doubt: str

    @property
    def share(self) -> str:
        """The share in words."""
        return "not stated" if self.metric.value is None else format_share(self.metric.value)

    @property
    def interval(self) -> str:
        """The interval in words, or why there is none."""
        low, high = self.metric.low, self.metric.high
        if low is None or high is None:
            return self.doubt or "no interval"
        return f"{format_share(low)} to {format_share(high)}"


def figures(content: Content) -> Iterator[Figure]:
    """Yield what was measured by the runs that a report relies on, in their order."""
    for run in content.runs:
        yield from figures_of(run, content)


def figures_of(run: Run, content: Content) -> Iterator[Figure]:
    """Yield what was measured by a run."""
    for metric in run.evaluation.metrics:
        doubt = metric.doubt(content.declared.evaluation.agreement)
        yield Figure(run, metric.model_copy(update=_NO_SHARE) if doubt else metric, doubt)
