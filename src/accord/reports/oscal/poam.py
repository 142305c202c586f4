"""oscal-poam.json: what is open: gaps of clauses, treatments of the register, and what is planned, with their dates."""

from collections.abc import Iterator
from typing import Any

from accord.evidence import Status
from accord.evidence.statements import AHEAD
from accord.reports.models import Content, LevelReport, RiskReport, TreatmentReport
from accord.reports.oscal.writing import leaf, line, metadata, moment, name, props, resource, resources, strength, write
from accord.reports.stated import StatementReport

_HEAD = "What is open, as the log shows it. That a gap is listed is no promise to close it: a promise has a date."
_CLOSED = {"open": "open", "treated": "remediating", "accepted": "deviation-approved", "closed": "closed"}
"""What OSCAL calls the states of a risk; ours is a property beside it."""


def render_poam(content: Content) -> bytes:
    """Return the plan of action and milestones of an assessment."""
    risks = content.risk_register.risks
    plans = [s for s in content.statements if s.claim in AHEAD]
    used = [i for risk in risks for i in risk.records] + [s.index for s in plans] + [content.assessment]
    items = [*_gaps(content), *(_open(content, r) for r in risks if r.state != "closed")]
    items += [_planned(content, plan) for plan in plans]
    body = {
        "uuid": name("poam", leaf(content, content.assessment)),
        "metadata": metadata(content, "Plan of action and milestones", _HEAD),
        "system-id": {"identifier-type": "https://ietf.org/rfc/rfc4122", "id": _system(content)},
        "risks": [*(_risk(content, r) for r in risks), *(_promise(content, plan) for plan in plans)],
        "poam-items": items or [_nothing(content)],
        "back-matter": {"resources": list(resources(content, used))},
    }
    return write("plan-of-action-and-milestones", body)


def _system(content: Content) -> str:
    return name("system", content.log.origin, content.declared.system.name)


def _nothing(content: Content) -> dict[str, Any]:
    return {
        "uuid": name("nothing", leaf(content, content.assessment)),
        "title": "No gap is recorded",
        "description": "OSCAL asks for an item; no gap, no open risk and no plan is recorded.",
    }


def _gaps(content: Content) -> Iterator[dict[str, Any]]:
    for clause in (clause for action in content.actions for clause in action.clauses):
        bare = clause.status == Status.NO_EVIDENCE
        if (clause.gaps or bare) and clause.status != Status.NOT_APPLICABLE:
            yield {
                "uuid": name("gap", leaf(content, content.assessment), clause.id),
                "title": line(f"Clause {clause.id}: {clause.status}"),
                "description": " ".join(map(line, clause.gaps)) or "There is no evidence.",
                "props": [*props(clause=clause.id), *strength(clause)],
                "related-findings": [{"finding-uuid": name("finding", leaf(content, content.assessment), clause.id)}],
            }


def _open(content: Content, risk: RiskReport) -> dict[str, Any]:
    return {
        "uuid": name("item", _risk_name(content, risk)),
        "title": line(risk.title or risk.id),
        "description": line(risk.scenario),
        "props": props(risk=risk.id, state=risk.state),
        "related-risks": [{"risk-uuid": _risk_name(content, risk)}],
    }


def _risk_name(content: Content, risk: RiskReport) -> str:
    return name("risk", leaf(content, risk.records[0]))


def _risk(content: Content, risk: RiskReport) -> dict[str, Any]:
    due = [t.due for t in risk.treatments if t.due]
    return {
        "uuid": _risk_name(content, risk),
        "title": line(risk.title or risk.id),
        "description": line(risk.scenario),
        "statement": line(f"Touches: {', '.join(risk.touches)}. Affected: {', '.join(risk.affected)}."),
        "props": [
            *props(risk=risk.id, state=risk.state, family=risk.family, owner=risk.owner, review=risk.review),
            *_levels("inherent", risk.inherent),
            *_levels("residual", risk.residual),
        ],
        "links": [{"href": f"#{resource(content, index)}", "rel": "evidence"} for index in risk.records],
        "status": _CLOSED[risk.state],
        "deadline": moment(max(due)) if due else None,
        "remediations": [_treat(content, t) for t in risk.treatments],
    }


def _levels(called: str, level: LevelReport | None) -> list[dict[str, str]]:
    """Return how likely and how bad it is, in the organisation's words, with the places on its own scales."""
    rated = {"likelihood": level.likelihood, "severity": level.severity} if level else {}
    return props(**{f"{called}_{what}": f"{r.word} ({r.position})" for what, r in rated.items() if r})


def _treat(content: Content, treatment: TreatmentReport) -> dict[str, Any]:
    shown = {True: "the measure holds", False: "the measure does not hold", None: "not measured"}[treatment.works]
    uuid = name("treatment", leaf(content, treatment.index))
    return {
        "uuid": uuid,
        "lifecycle": "planned",
        "title": line(treatment.treatment),
        "description": line(treatment.treatment),
        "props": props(role=treatment.role, shown=shown, record=treatment.index),
        "tasks": [_milestone(uuid, treatment.treatment, moment(treatment.due))] if treatment.due else [],
        "remarks": "OSCAL has no word for a treatment that is under way: whether it works is the property shown.",
    }


def _milestone(uuid: str, title: str, day: str) -> dict[str, Any]:
    return {
        "uuid": name("milestone", uuid),
        "type": "milestone",
        "title": line(title),
        "timing": {"on-date": {"date": day}},
    }


def _planned(content: Content, plan: StatementReport) -> dict[str, Any]:
    return {
        "uuid": name("item", leaf(content, plan.index)),
        "title": line(plan.title or plan.id),
        "description": line(plan.text),
        "props": _plan_props(plan),
        "related-risks": [{"risk-uuid": name("promise", leaf(content, plan.index))}],
        "remarks": " ".join(map(line, plan.gaps)),
    }


def _plan_props(plan: StatementReport) -> list[dict[str, str]]:
    return props(
        statement=plan.id,
        claim=plan.claim,
        clauses=" ".join(plan.clauses),
        due=plan.due,
        condition=plan.condition,
        owner=plan.owner,
        record=plan.index,
    )


def _promise(content: Content, plan: StatementReport) -> dict[str, Any]:
    """Return a plan where OSCAL keeps dates: as the remediation of what is not done yet."""
    uuid = name("remediation", leaf(content, plan.index))
    day = moment(plan.due) if plan.due else None
    return {
        "uuid": name("promise", leaf(content, plan.index)),
        "title": line(f"Not done yet: {plan.title or plan.id}"),
        "description": line(plan.text),
        "statement": line(f"Until it is done, it shows nothing of clause {', '.join(plan.clauses)}."),
        "props": _plan_props(plan),
        "links": [{"href": f"#{resource(content, plan.index)}", "rel": "evidence"}],
        "status": "open",
        "deadline": day,
        "remediations": [
            {
                "uuid": uuid,
                "lifecycle": "planned",
                "title": line(plan.title or plan.id),
                "description": line(plan.text),
                "tasks": [_milestone(uuid, plan.title or plan.id, day)] if day else [],
            }
        ],
    }
