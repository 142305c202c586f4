"""Results of the Language Model Evaluation Harness: `results_*.json`, as lm-eval 0.4 writes it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from accord.evals.imports.reading import (
    Result,
    bounded,
    count,
    figure,
    member,
    moment,
    name,
    number,
    read_json,
    share,
    whole,
)
from accord.evidence import ImportedMetric, Tool

COUNTED = frozenset({"acc", "acc_norm", "acc_mutual_info", "exact_match"})
"""Metrics that are a share of the samples, each of them right or wrong; any other has the source's own interval."""

_TOLD = frozenset({"alias", "name", "sample_len", "sample_count"})
"""Members of a task's results that are no metric."""


def read(path: Path) -> Result:
    """Return what a file of results holds; raise EvaluationError for anything else."""
    data = read_json(path)
    where = str(path)
    results = member(data, "results", dict, where)
    version = name(data.get("lm_eval_version"))
    config = data.get("config")
    told = config if isinstance(config, dict) else {}
    models = (data.get("model_name"), told.get("model_args"), told.get("model"))
    found = list(_figures(results, data.get("n-samples"), where))
    return Result(
        source=Tool(name="lm-eval", version=version),
        claimed=name(next((n for n in models if isinstance(n, str) and n), None)),
        tested=moment(data.get("date")),
        metrics=bounded((metric for _, metric in found if metric), where),
        left_out=tuple(i for i, metric in found if metric is None),
    )


def _figures(results: Mapping[str, Any], sizes: object, where: str) -> Iterator[tuple[str, ImportedMetric | None]]:
    """Yield every metric of every task by name; None where the source could not compute it."""
    for task in results:
        row = member(results, task, dict, where)
        n = _size(sizes, task)
        for key, value in row.items():
            metric, _, chosen = key.partition(",")
            if key in _TOLD or metric.endswith("_stderr"):
                continue
            found = number(value)
            error = number(row.get(f"{metric}_stderr,{chosen}" if chosen else f"{metric}_stderr"))
            yield name(task, key), None if found is None else _figure(name(task, key), metric, found, n, error)


def _figure(title: str, metric: str, value: float, n: int | None, error: float | None) -> ImportedMetric:
    right = whole(value, n) if n and metric in COUNTED else None
    if n and right is not None:
        return share(title, f"Samples with {name(metric)}", right, n)
    return figure(title, name(metric), value, n=n, error=error)


def _size(sizes: object, task: str) -> int | None:
    """Return how many samples of a task were asked; groups of tasks do not say."""
    told = sizes.get(task) if isinstance(sizes, dict) else None
    return count(told.get("effective")) if isinstance(told, dict) else None
