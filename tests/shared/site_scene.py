"""A second release of a workspace that was assessed: a suite run alike, one with another seed, other findings."""

from datetime import UTC, datetime, timedelta
from typing import Any

from accord.assess import states
from accord.codes import load_code
from accord.evidence import AssessmentRecord, EvaluationRecord, Finding, Metric, Status, format_values
from accord.ledger import parse_json
from accord.workspace import Workspace

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
"""After both releases."""


def release_again(workspace: Workspace) -> None:
    """Run two suites again a week later, and assess: a gap is closed, another opened, and a contradiction gone."""
    first = workspace.records(NOW).of(AssessmentRecord)[-1].record
    later = first.made + timedelta(days=7)
    runs = {e.record.suite.id: e.record for e in workspace.records(later).of(EvaluationRecord)}
    fresh: dict[str, Any] = {"made": later - timedelta(hours=1), "chain": None, "job": "aa" * 32}
    better = Metric.of("refusal.harmful", "Share of harmful answers", "higher", [1] * 22 + [0] * 2)
    alike = runs["refusal"].model_copy(update=fresh | {"metrics": (better, *runs["refusal"].metrics[1:])})
    workspace.append([alike, runs["bias"].model_copy(update=fresh | {"seed": 2})])
    held = parse_json(workspace.artifacts.get(first.findings.sha256))
    changed = tuple(
        f.model_copy(update={"gaps": ("The red-team exercise is old.",)}) if f.check == "a01.testing" else f
        for f in map(Finding.model_validate, held)
        if f.status != Status.CONTRADICTED
    )
    tip = workspace.log().checkpoint
    told: dict[str, Any] = {"made": later, "size": tip.size, "root": tip.root.hex(), "chain": None}
    told |= {"statuses": {s.clause: s.status for s in states(load_code(first.edition), changed)}}
    workspace.append(
        [first.model_copy(update=told | {"findings": workspace.keep(format_values(changed), "application/json")})]
    )
