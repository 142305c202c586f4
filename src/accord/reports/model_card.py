"""model-card.md: a model card as Hugging Face reads it, with what was measured as a model index."""

import json
from collections.abc import Iterator

from accord.reports.figures import Figure, figures
from accord.reports.models import Content
from accord.reports.text import escape_markdown, seen

_UNSAID = "Not stated."


def render_model_card(content: Content) -> bytes:
    """Return the card: metadata that a hub's tools read, and prose for people. What is not known is said."""
    return "\n".join(["---", *_metadata(content), "---", "", *_prose(content)]).encode() + b"\n"


def _metadata(content: Content) -> Iterator[str]:
    """Yield the metadata as YAML; every text is quoted as JSON quotes it, which YAML reads alike."""
    yield f"language: {_quote(list(content.declared.system.languages))}"
    yield "tags: [accord, g7-code-of-conduct]"
    results = [figure for figure in figures(content) if figure.metric.value is not None]
    if not results:
        return
    yield "model-index:"
    yield f"- name: {_quote(content.model.name)}"
    yield "  results:"
    for figure in results:
        yield from _result(figure)


def _result(figure: Figure) -> Iterator[str]:
    run, metric = figure.run, figure.metric
    part = f", {metric.group}" if metric.group else ""
    yield "  - task: {type: text-generation}"
    yield f"    dataset: {{type: {_quote(run.evaluation.suite.id)}, name: {_quote(run.evaluation.suite.title)}, "
    yield f"      revision: {_quote(run.evaluation.suite.version)}, split: {_quote(metric.language)}}}"
    yield "    metrics:"
    yield f"    - type: {_quote(metric.id)}"
    yield f"      name: {_quote(f'{metric.title}, {metric.language}{part}, n={metric.n}, {_interval(figure)}')}"
    yield f"      value: {metric.value}"
    yield "      verified: false"


def _interval(figure: Figure) -> str:
    metric = figure.metric
    if metric.low is None or metric.high is None:
        return figure.interval
    return f"{metric.level:.0%} interval {metric.low} to {metric.high}"


def _quote(value: object) -> str:
    text = seen(value) if isinstance(value, str) else value
    return json.dumps(text, ensure_ascii=True)


def _prose(content: Content) -> Iterator[str]:
    system = content.declared.system
    yield f"# {escape_markdown(content.model.name)}"
    yield ""
    yield f"Inside of {escape_markdown(system.name)} {escape_markdown(system.version)}, by "
    yield f"{escape_markdown(content.declared.organisation.name)}. {escape_markdown(system.description)}"
    yield ""
    yield f"Identity: `{content.model.kind}`, SHA-256 `{content.model.sha256}`."
    yield from _list("Intended uses", system.appropriate_uses)
    yield from _list("Out of scope", system.inappropriate_uses)
    yield from _list("Capabilities", system.capabilities)
    yield from _list("Limitations", system.limitations)
    yield from _list(
        "Training data",
        tuple(f"{d.title} ({d.use}): {d.licence or 'no licence stated'}" for d in content.declared.datasets),
    )
    yield from _list("Energy", tuple(f"{e.activity}: {e.kwh:g} kWh ({e.method})" for e in content.declared.energy))
    yield from _evaluations(content)
    yield from _state(content)


def _list(heading: str, lines: tuple[str, ...]) -> Iterator[str]:
    yield from ("", f"## {heading}", "")
    yield from (f"- {escape_markdown(line)}" for line in lines)
    if not lines:
        yield _UNSAID


def _evaluations(content: Content) -> Iterator[str]:
    yield from ("", "## Evaluation", "")
    if not content.runs:
        yield "Nothing was measured."
        return
    yield from (
        "| Suite | Measure | Language | n | Value | Interval | Record |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    )
    for figure in figures(content):
        suite, metric = figure.run.evaluation.suite, figure.metric
        if metric.group:
            continue
        named = (f"{suite.id} {suite.version}", metric.title, metric.language, str(metric.n))
        cells = (*named, figure.share, _interval(figure), str(figure.run.index))
        yield f"| {' | '.join(map(escape_markdown, cells))} |"


def _state(content: Content) -> Iterator[str]:
    yield from ("", "## Where the Code of Conduct stands", "")
    yield f"{escape_markdown(content.edition.title)}, assessed {content.assessed:%Y-%m-%d}. Nobody certifies it."
    yield ""
    for action in content.actions:
        told = ", ".join(f"{count} {status}" for status, count in action.counts.items() if count)
        yield f"- Action {action.number}: {escape_markdown(told)}"
    yield ""
    yield f"Record {content.assessment} of the log {escape_markdown(content.log.origin)}, "
    yield f"whose key is `{content.log.fingerprint}`."
