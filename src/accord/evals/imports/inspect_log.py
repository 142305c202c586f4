"""Logs of Inspect (`.eval`), whoever ran it: what each scorer gave, counted again from the samples."""

import importlib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from accord.errors import MissingExtraError
from accord.evals.imports.reading import Result, bounded, figure, name, number, unfinished
from accord.evidence import ImportedMetric, Metric, Score, Tool

if TYPE_CHECKING:  # slow to import, and only a log needs it
    from accord.evals._inspect_task import Header

_METHODS = {
    "wilson": "Wilson's score interval, 95 %",
    "wilson-clustered": "Wilson's score interval on the effective size, 95 %: samples are repeated",
}


def read(path: Path) -> Result:
    """Return what a log holds; raise EvaluationError for what is none, and for a run that did not finish."""
    try:
        door = importlib.import_module("accord.evals._inspect_task")
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"Reading logs of Inspect needs {error.name}, which is not installed.", fix="pip install 'accord[evals]'"
        ) from error
    header: Header = door.read_header(path)
    if not header.finished:
        raise unfinished(str(path), "the status success", "another")
    given = defaultdict[str, list[Score]](list)
    for mark in door.read_marks(path):
        for scorer, value in mark.scores.items():
            given[scorer].append(
                Score(
                    sample=f"{mark.item}#{mark.epoch}",
                    metric="a.b",
                    score=value,
                    stem=mark.item,
                    answered=mark.answered,
                )
            )
    return Result(
        source=Tool(name="inspect_ai", version=name(header.version)),
        claimed=name(header.model),
        tested=header.created,
        metrics=bounded((*_shares(given), *_others(header, given)), str(path)),
    )


def _shares(given: dict[str, list[Score]]) -> Iterator[ImportedMetric]:
    """Yield the mean of each scorer that gave shares alone, with the interval that our own runs get."""
    for scorer, scores in given.items():
        if all(score.score is None for score in scores):
            continue
        counted = Metric(id="a.b", title="", better="higher", count=0, n=0).count_scores(scores)
        yield ImportedMetric(
            id=name(scorer),
            title=f"Mean score by {name(scorer)}",
            value=round(counted.count / counted.n, 6),
            n=counted.n,
            low=counted.low,
            high=counted.high,
            method=_METHODS[counted.method],
        )


def _others(header: "Header", given: dict[str, list[Score]]) -> Iterator[ImportedMetric]:
    """Yield the log's own figures of scorers whose scores are no shares."""
    for (scorer, metric), (value, error) in header.figures.items():
        counted = [s for i, scores in given.items() if i.partition("/")[0] == scorer for s in scores]
        found = number(value)
        if found is not None and all(s.score is None for s in counted):
            title = name(scorer, metric)
            yield figure(title, f"{name(metric)} of {name(scorer)}", found, n=header.samples, error=number(error))
