"""The register of risks as a report tells it: words and places on the scales, and no product of them."""

from accord.evidence import Records
from accord.manifest import Scales, System
from accord.reports.models import (
    AcceptanceReport,
    IndicatorReport,
    LevelReport,
    RegisterReport,
    RiskReport,
    TreatmentReport,
)
from accord.risks import Event, Measured, Risk, measured, misfits, register, works


def make_register(system: System, records: Records) -> RegisterReport:
    """Return every risk, also those that are closed, and why a record about risks counts for nothing."""
    return RegisterReport(
        risks=tuple(_make_risk(risk, system, records) for risk in register(records)),
        misfits=tuple(misfit.text for misfit in misfits(records)),
    )


def _make_risk(risk: Risk, system: System, records: Records) -> RiskReport:
    added = risk.added
    return RiskReport(
        id=risk.id,
        title=added.title or "",
        scenario=added.scenario or "",
        family=added.family or "",
        affected=added.affected or (),
        stage=added.stage or "",
        owner=risk.owner,
        state=risk.state,
        touches=added.touches or (),
        systemic=added.systemic,
        partners=added.partners or (),
        catalogue=added.catalogue or (),
        review=risk.review,
        overdue=risk.is_overdue,
        tolerated=_tolerated(risk, system.risk),
        inherent=_make_level(risk.inherent),
        residual=_make_level(risk.residual),
        treatments=tuple(_make_treatment(e, system.evaluation.agreement, records) for e in risk.treatments),
        acceptance=_make_acceptance(risk),
        indicators=tuple(_make_indicator(m) for m in measured(risk, records)),
        records=tuple(e.ref.index for e in risk.events),
    )


def _tolerated(risk: Risk, scales: Scales) -> bool | None:
    return risk.tolerated(scales) if risk.level is not None and risk.fits(scales) else None


def _make_level(event: Event | None) -> LevelReport | None:
    if event is None:
        return None
    told = event.record
    return LevelReport(
        index=event.ref.index,
        origin=event.origin,
        likelihood=told.likelihood,
        severity=told.severity,
        reason=told.reason or "",
    )


def _make_treatment(event: Event, least: float, records: Records) -> TreatmentReport:
    told = event.record
    return TreatmentReport(
        index=event.ref.index,
        treatment=told.treatment or "",
        role=told.role or "",
        due=told.due,
        shown_by=told.shown_by or (),
        works=works(told, records, least),
    )


def _make_acceptance(risk: Risk) -> AcceptanceReport | None:
    held = risk.acceptance
    if held is None:
        return None
    told = held.record
    return AcceptanceReport(
        index=held.ref.index,
        role=told.role or "",
        reason=told.reason or "",
        until=told.expires,
        holds=risk.is_accepted,
    )


def _make_indicator(found: Measured) -> IndicatorReport:
    return IndicatorReport(metric=found.metric, runs=tuple(dict.fromkeys(entry.ref.index for entry, _ in found.found)))
