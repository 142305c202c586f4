"""report.md: the report as plain Markdown, for whoever keeps text: the same facts as the page, with their records."""

from collections.abc import Iterator, Sequence

from accord.evidence import Status
from accord.reports.figures import figures
from accord.reports.models import ActionReport, ClauseReport, Content
from accord.reports.text import escape_markdown, format_moment


def render_markdown(content: Content) -> bytes:
    """Return the report; every text that was declared, measured or signed is shown and never read as Markdown."""
    parts = (_head(content), _limits(content), _glance(content), _clauses(content), _measured(content), _rest(content))
    return ("\n".join(line for part in parts for line in part) + "\n").encode()


def _head(content: Content) -> Iterator[str]:
    system, organisation = content.declared.system, content.declared.organisation
    yield f"# {escape_markdown(system.name)}: the G7 Code of Conduct, clause by clause"
    yield ""
    yield f"{escape_markdown(system.name)} {escape_markdown(system.version)}, {escape_markdown(organisation.name)}. "
    yield f"{escape_markdown(system.description)}"
    yield ""
    yield f"Assessed {format_moment(content.assessed)}. {escape_markdown(content.edition.title)}: "
    yield f"{escape_markdown(content.edition.note)} The Code has no certifier: nothing here is a verdict."


def _limits(content: Content) -> Iterator[str]:
    yield from ("", "## What this report does not show", "")
    yield from (f"- {escape_markdown(limit)}" for limit in content.limits)


def _glance(content: Content) -> Iterator[str]:
    yield from ("", "## At a glance", "")
    yield _row("", "Action", *Status)
    yield _row(*["---"] * (len(Status) + 2))
    for action in content.actions:
        yield _row(str(action.number), escape_markdown(action.title), *(str(action.counts[s]) for s in Status))


def _clauses(content: Content) -> Iterator[str]:
    yield from ("", "## Clause by clause")
    for action in content.actions:
        yield from _action(action, content)


def _action(action: ActionReport, content: Content) -> Iterator[str]:
    yield from ("", f"### {action.number}. {escape_markdown(action.title)}")
    for clause in action.clauses:
        yield from ("", f"#### {clause.id}: {clause.status}", "", escape_markdown(clause.text), "")
        yield from _told(clause, content)


def _told(clause: ClauseReport, content: Content) -> Iterator[str]:
    register = (clause.force, clause.qualifier, "example only" if clause.example else None)
    yield f"- Force: {', '.join(escape_markdown(part) for part in register if part)}"
    if clause.basis:
        yield f"- Strength: {clause.basis}, {clause.origin}"
    for place in clause.findings:
        finding = content.findings[place]
        named = ", ".join(f"record {ref.index}" for ref in finding.evidence)
        source = f"check {finding.check}{f', {named}' if named else ''}"
        yield f"- {escape_markdown(finding.summary)} ({escape_markdown(source)})"
    yield from (f"- Gap: {escape_markdown(gap)}" for gap in clause.gaps)


def _measured(content: Content) -> Iterator[str]:
    yield from ("", "## What was measured", "")
    if not content.runs:
        yield "Nothing was measured."
        return
    yield _row("Suite", "Metric", "Language", "Part", "n", "Share", "Interval", "Record")
    yield _row(*["---"] * 8)
    for figure in figures(content):
        suite, metric = figure.run.evaluation.suite, figure.metric
        named = (f"{suite.id} {suite.version}", metric.id, metric.language, metric.group or "all", str(metric.n))
        yield _row(*map(escape_markdown, (*named, figure.share, figure.interval)), str(figure.run.index))


def _rest(content: Content) -> Iterator[str]:
    log, model = content.log, content.model
    yield from ("", "## Where it rests", "")
    yield f"- Model {escape_markdown(model.name)} ({model.kind}): SHA-256 `{model.sha256}`"
    yield f"- Edition of the Code: SHA-256 `{content.edition.sha256}`"
    yield f"- Log {escape_markdown(log.origin)}: {log.size} records, root `{log.root}`, key `{log.fingerprint}`"
    yield f"- Assessment: record {content.assessment}"
    yield from (f"- Record {index}: leaf `{content.records[index].leaf}`" for index in _named(content))
    yield ""
    yield "This file carries no proof of its own: anyone checks the bundle with `accord verify`."


def _named(content: Content) -> Sequence[int]:
    """Return the records that the report rests on."""
    used = {ref.index for finding in content.findings for ref in finding.evidence}
    return sorted(used | {run.index for run in content.runs} | {content.assessment, content.declaration})


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
