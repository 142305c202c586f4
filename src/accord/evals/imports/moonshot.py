"""Results of benchmarks run by AI Verify's Moonshot: `results/<runner>.json`, as 0.5 to 0.7 write it.

The file does not say which version wrote it, and grades are percentages.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from accord.evals.imports.reading import (
    UNSTATED,
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
    unfinished,
    unknown,
    whole,
)
from accord.evidence import ImportedMetric, Tool

COUNTED = frozenset({"accuracy", "attack_success_rate", "exact_str_match", "refusal_rate"})
"""Metrics that are a percentage of the prompts, each of them one or the other."""

_PERCENT = 100
_FORMS = ("%Y%m%d-%H%M%S",)


def read(path: Path) -> Result:
    """Return what a file of results holds; raise EvaluationError for anything else, and for several models in one."""
    data, where = read_json(path), str(path)
    about = member(data, "metadata", dict, where)
    if about.get("status") != "completed":
        raise unfinished(where, "the status completed", name(about.get("status")))
    runs = [
        (label, run)
        for label, recipe in _recipes(member(data, "results", dict, where), where)
        for run in _details(label, recipe, where)
    ]
    models = {name(run.get("model_id")) for _, run in runs}
    if len(models) != 1:
        raise unknown(where, "results of one model: run each one by itself", ", ".join(sorted(models)) or "none")
    return Result(
        source=Tool(name="moonshot", version=UNSTATED),
        claimed=models.pop(),
        tested=moment(about.get("start_time"), *_FORMS),
        metrics=bounded((metric for label, run in runs for metric in _figures(label, run, where)), where),
    )


def _recipes(results: Mapping[str, Any], where: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each recipe with its name: after that of its cookbook, where it was run as part of one."""
    if "cookbooks" not in results:
        yield from _named(results, "recipes", "", where)
        return
    for label, book in _named(results, "cookbooks", "", where):
        yield from _named(book, "recipes", f"{label}/", where)


def _details(label: str, recipe: Mapping[str, Any], where: str) -> Iterator[Mapping[str, Any]]:
    for row in member(recipe, "details", list, f"{where}, {label}"):
        if not isinstance(row, dict):
            raise unknown(where, "details that are objects", type(row).__name__)
        yield row


def _named(parent: Mapping[str, Any], key: str, before: str, where: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for row in member(parent, key, list, where):
        if not isinstance(row, dict):
            raise unknown(where, f"{key} that are objects", type(row).__name__)
        yield f"{before}{name(row.get('id'))}", row


def _figures(label: str, run: Mapping[str, Any], where: str) -> Iterator[ImportedMetric]:
    """Yield what a recipe is graded by, on one dataset under one prompt template."""
    asked = run.get("data")
    n = count(len(asked)) if isinstance(asked, list) else None
    place = name(label, run.get("dataset_id"), run.get("prompt_template_id"))
    for row in member(run, "metrics", list, f"{where}, {label}"):
        graded = row.get("grading_criteria") if isinstance(row, dict) else None
        for metric, value in (graded if isinstance(graded, dict) else {}).items():
            found = number(value)
            if found is None:
                raise unknown(f"{where}, {label}", f"a number for {name(metric)}", name(type(value).__name__))
            yield _figure(name(place, metric), str(metric), found, n)


def _figure(title: str, metric: str, value: float, n: int | None) -> ImportedMetric:
    part = whole(value / _PERCENT, n) if n and metric in COUNTED else None
    if n and part is not None:
        return share(title, name(metric), part, n)
    return figure(title, f"{name(metric)}, in the source's own unit", value, n=n)
