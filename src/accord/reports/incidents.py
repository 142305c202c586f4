"""Incidents as a report tells them: of what is withheld it says nothing."""

from accord.evidence import Records
from accord.incidents import Clock, Event, Incident, Rule, clocks, misfits, register, rules
from accord.manifest import System
from accord.reports.incident_models import (
    DeadlineReport,
    IncidentReport,
    IncidentsReport,
    NoticeReport,
    StepReport,
    TellingReport,
)


def make_incidents(system: System, records: Records) -> IncidentsReport:
    """Return every incident, also duplicates and those that were dismissed, and why a record counts for nothing."""
    asked = rules(system.incidents.regimes, system.incident_clocks)
    return IncidentsReport(
        incidents=tuple(_make_incident(one, asked) for one in register(records)),
        misfits=tuple(misfit.text for misfit in misfits(records)),
    )


def _make_incident(one: Incident, asked: tuple[Rule, ...]) -> IncidentReport:
    facts = one.facts
    return IncidentReport(
        id=one.id,
        title=facts.title or "",
        description=facts.description or "",
        category=facts.category or "",
        severity=facts.severity or "",
        state=one.state,
        origin=one.events[0].origin,
        original=one.original,
        duplicates=tuple(other.id for other in one.duplicates),
        marking=facts.tlp or "",
        source=one.signal.source or "",
        occurred=facts.occurred,
        affected=facts.affected or (),
        harms=facts.harms or (),
        cause=facts.cause or "",
        measures=_measures(one),
        partners=one.linked("partners"),
        identifiers=one.linked("identifiers"),
        risks=one.linked("risks"),
        rewards=len(one.rewards),
        deadlines=tuple(filter(None, map(_make_deadline, clocks(one, asked)))),
        notices=tuple(map(_make_notice, one.notices)),
        tellings=tuple(map(_make_telling, one.notifications)),
        steps=tuple(_make_step(event) for event in one.timeline if event.record.id == one.id),
    )


def _measures(one: Incident) -> tuple[str, ...]:
    """Return what was done about it, in the words that are open: those said for the public, where there are such."""
    told = [event.record.measure for event in one.notices if event.record.measure]
    return tuple(told or [event.record.measure for event in one.measures if event.record.measure])


def _make_deadline(clock: Clock) -> DeadlineReport | None:
    if clock.status == "not-applicable":
        return None
    return DeadlineReport(
        id=clock.rule.id,
        title=clock.rule.title,
        source=clock.rule.source,
        status=clock.status,
        due=clock.due,
        done=clock.done.record.time if clock.done else None,
        index=clock.done.ref.index if clock.done else None,
        why=clock.why,
    )


def _make_notice(event: Event) -> NoticeReport:
    record = event.record
    return NoticeReport(
        index=event.ref.index,
        time=record.time,
        address=record.address or "",
        sha256=record.notice.sha256 if record.notice else None,
        language=record.language or "",
    )


def _make_telling(event: Event) -> TellingReport:
    record = event.record
    return TellingReport(
        index=event.ref.index,
        time=record.time,
        authority=record.authority or "",
        stage=record.stage or "",
        under=record.under or (),
    )


def _make_step(event: Event) -> StepReport:
    record = event.record
    return StepReport(index=event.ref.index, event=record.event, time=record.time, made=record.made)
