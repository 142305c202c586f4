"""oscal-assessment-results.json: an assessment as observations, and a finding on each clause that applies.

OSCAL lets a finding be `satisfied` or `not-satisfied` alone. Which of them is said is about an objective of ours, that
records support the practice and nothing is missing, and not about the Code: decision 0034.
"""

from collections.abc import Iterator
from typing import Any

from accord.evidence import Basis, Finding, Status
from accord.reports.figures import Figure, figures
from accord.reports.models import ClauseReport, Content
from accord.reports.oscal.catalog import control, objective
from accord.reports.oscal.writing import (
    evidence,
    grade,
    leaf,
    line,
    metadata,
    moment,
    name,
    props,
    resources,
    strength,
    write,
)

_METHODS = {Basis.MEASURED: "TEST", Basis.DECLARED: "EXAMINE"}
_MEANING = {
    Status.SUPPORTED: "Records support the practice. It is no verdict on the organisation: the Code has no certifier.",
    Status.PARTIAL: "Records support a part of it; the gaps say what is missing.",
    Status.CONTRADICTED: "Records contradict the practice.",
    Status.NO_EVIDENCE: "Nothing was found, neither for the practice nor against it.",
}
_HEAD = (
    "Each status is a property in our own words. The state satisfied means that records support the practice with no"
    " gap known, and nothing more; every other status is not-satisfied, also where nothing was found either way."
)


def render_results(content: Content) -> bytes:
    """Return the results; a clause that does not apply is excluded, and has no finding."""
    used = {ref.index for finding in content.findings for ref in finding.evidence}
    used |= {run.index for run in content.runs} | {content.assessment, content.declaration}
    plan = name("checks", leaf(content, content.assessment))
    body = {
        "uuid": name("results", leaf(content, content.assessment)),
        "metadata": metadata(content, "Assessment results", _HEAD),
        "import-ap": {"href": f"#{plan}", "remarks": "There is no plan in OSCAL: the checks of Accord are the plan."},
        "results": [_result(content)],
        "back-matter": {"resources": [_plan(content, plan), *resources(content, used)]},
    }
    return write("assessment-results", body)


def observation(content: Content, finding: Finding) -> str:
    """Return the UUID of what a check found."""
    return name("observation", leaf(content, content.assessment), finding.check, *finding.clauses)


def _plan(content: Content, uuid: str) -> dict[str, Any]:
    tool = content.generator
    return {
        "uuid": uuid,
        "title": line(f"The checks of {tool.name} {tool.version}"),
        "description": line(", ".join(dict.fromkeys(finding.check for finding in content.findings))),
    }


def _result(content: Content) -> dict[str, Any]:
    clauses = [clause for action in content.actions for clause in action.clauses]
    inside = [c for c in clauses if c.status != Status.NOT_APPLICABLE]
    outside = [c for c in clauses if c.status == Status.NOT_APPLICABLE]
    return {
        "uuid": name("result", leaf(content, content.assessment)),
        "title": line(f"{content.edition.title}, clause by clause"),
        "description": line(" ".join(content.limits)),
        "start": moment(content.assessed),
        "end": moment(content.assessed),
        "reviewed-controls": {
            "control-selections": [
                {
                    "include-controls": [{"control-id": control(c.id)} for c in inside],
                    "exclude-controls": [{"control-id": control(c.id)} for c in outside],
                    "remarks": "What is excluded does not apply to the system; its observation says why.",
                }
            ]
        },
        "observations": [*_observe(content), *_measure(content)],
        "findings": [_finding(content, clause) for clause in inside],
    }


def _observe(content: Content) -> Iterator[dict[str, Any]]:
    for finding in content.findings:
        yield {
            "uuid": observation(content, finding),
            "title": line(f"{finding.check}: {', '.join(finding.clauses)}"),
            "description": line(finding.summary),
            "props": [
                *props(check=finding.check, clauses=" ".join(finding.clauses)),
                *grade(finding.status, finding.basis, finding.origin),
            ],
            "methods": [_METHODS[finding.basis] if finding.basis else "UNKNOWN"],
            "types": ["finding"],
            "relevant-evidence": evidence(content, (ref.index for ref in finding.evidence)),
            "collected": moment(finding.date or content.assessed),
            "expires": moment(finding.expires) if finding.expires else None,
            "remarks": " ".join(map(line, finding.gaps)),
        }


def _measure(content: Content) -> Iterator[dict[str, Any]]:
    for figure in figures(content):
        run, metric = figure.run, figure.metric
        yield {
            "uuid": name("metric", leaf(content, run.index), metric.id, metric.language, metric.group),
            "title": line(f"{run.evaluation.suite.title}: {metric.title}"),
            "description": line(f"{figure.share}, n = {metric.n}, {figure.interval}"),
            "props": _props(figure),
            "methods": ["TEST"],
            "types": ["metric"],
            "relevant-evidence": evidence(content, [run.index]),
            "collected": moment(run.evaluation.made),
            "expires": moment(run.evaluation.expires) if run.evaluation.expires else None,
        }


def _props(figure: Figure) -> list[dict[str, str]]:
    run, metric = figure.run, figure.metric
    return props(
        metric=metric.id,
        language=metric.language,
        part=metric.group,
        value=metric.value,
        low=metric.low,
        high=metric.high,
        level=metric.level,
        n=metric.n,
        method=metric.method,
        suite=run.evaluation.suite.id,
        suite_version=run.evaluation.suite.version,
        suite_sha256=run.evaluation.suite.sha256,
        origin=run.origin,
    )


def _finding(content: Content, clause: ClauseReport) -> dict[str, Any]:
    satisfied = clause.status == Status.SUPPORTED
    return {
        "uuid": name("finding", leaf(content, content.assessment), clause.id),
        "title": line(f"Clause {clause.id}: {clause.status}"),
        "description": line(clause.text),
        "props": strength(clause),
        "target": {
            "type": "objective-id",
            "target-id": objective(clause.id),
            "status": {
                "state": "satisfied" if satisfied else "not-satisfied",
                "reason": str(clause.status),
                "remarks": _MEANING[clause.status],
            },
        },
        "related-observations": [
            {"observation-uuid": observation(content, content.findings[place])} for place in clause.findings
        ],
        "remarks": " ".join(map(line, clause.gaps)),
    }
