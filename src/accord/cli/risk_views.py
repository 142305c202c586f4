"""How risks are printed: as JSON, as a table, as a matrix, and one in full."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.table import Table

from accord.cli.output import safe, say
from accord.evidence import Records
from accord.manifest import Scales, System
from accord.risks import Event, Found, Risk, matrix, measured, misfits, works
from accord.workspace import Workspace

_ABOVE = "▲"
"""Marks what is above the level that is tolerated: colour is never alone."""
_WORKS = {True: "works", False: "does not work", None: "not shown to work"}


@dataclass(frozen=True)
class Desk:
    """What a view of the register needs: the records as they stand, and the system as it is declared here."""

    records: Records
    system: System

    @classmethod
    def of(cls, workspace: Workspace, system: System, at: datetime) -> "Desk":
        """Return the desk of a workspace's owner, who sees what is withheld from others."""
        return cls(workspace.records(at, opened=True), system)


def describe(risk: Risk, desk: Desk) -> dict[str, Any]:
    """Return the stable JSON form of a risk."""
    added = risk.added.model_dump(mode="json", exclude_none=True, exclude={"made", "chain", "id", "event", "review"})
    acceptance = risk.acceptance
    return {
        **added,
        "id": risk.id,
        "state": risk.state,
        "level": risk.level,
        "tolerated": risk.tolerated(desk.system.risk),
        "needs_acceptance": risk.needs_acceptance(desk.system.risk),
        "review": risk.review.isoformat() if risk.review else None,
        "overdue": risk.is_overdue,
        "inherent": _event(risk.inherent) if risk.inherent else None,
        "residual": _event(risk.residual) if risk.residual else None,
        "treatments": [{**_event(e), "works": _works(e, desk)} for e in risk.treatments],
        "acceptance": {**_event(acceptance), "holds": risk.is_accepted} if acceptance else None,
        "indicators": {
            m.metric: [_measurement(found, desk) for found in m.found] for m in measured(risk, desk.records)
        },
        "records": [e.ref.index for e in risk.events],
    }


def _event(event: Event) -> dict[str, Any]:
    told = event.record.model_dump(mode="json", exclude_none=True, exclude={"chain", "id", "event", "phase"})
    return {**told, "record": event.ref.index, "origin": event.origin}


def _works(event: Event, desk: Desk) -> bool | None:
    return works(event.record, desk.records, desk.system.evaluation.agreement)


def _measurement(found: Found, desk: Desk) -> dict[str, Any]:
    entry, metric = found
    figures = metric.model_dump(mode="json", include={"language", "value", "low", "high", "level", "n"})
    doubt = metric.doubt(desk.system.evaluation.agreement)
    return {**figures, "doubt": doubt, "origin": entry.origin, "record": entry.ref.index}


def list_table(title: str, risks: Sequence[Risk], scales: Scales) -> Table:
    """Return one row for each risk."""
    table = Table(title=safe(title) if title else None, title_justify="left", expand=True)
    for name, width in (("Risk", 2), ("Level", None), ("State", None), ("Owner", 1), ("Review", None)):
        table.add_column(name, ratio=width, overflow="fold")
    for risk in risks:
        above = f" {_ABOVE}" if risk.needs_acceptance(scales) else ""
        late = " overdue" if risk.is_overdue else ""
        table.add_row(
            safe(f"{risk.id}: {risk.title}"),
            f"{'?' if risk.level is None else risk.level}{above}",
            risk.state,
            safe(risk.owner or "(withheld)"),
            f"{risk.review or '?'}{late}",
        )
    return table


def matrix_table(risks: Sequence[Risk], scales: Scales) -> Table:
    """Return the matrix, the likeliest row first; each cell has its level and the ids of its risks."""
    table = Table(title=f"{_ABOVE} is above the level {scales.tolerated} that is tolerated", show_lines=True)
    table.add_column("", overflow="fold")
    for word in scales.severity:
        table.add_column(safe(word), overflow="fold")
    for likelihood, row in reversed(list(enumerate(matrix(risks, scales), 1))):
        cells = [
            safe("\n".join([f"{level}{_ABOVE if level > scales.tolerated else ''}", *(risk.id for risk in cell)]))
            for level, cell in ((likelihood * severity, cell) for severity, cell in enumerate(row, 1))
        ]
        table.add_row(safe(scales.likelihood[likelihood - 1]), *cells)
    return table


def matrix_json(risks: Sequence[Risk], scales: Scales) -> dict[str, Any]:
    """Return the stable JSON form of the matrix: ids by likelihood, lowest first, then by severity."""
    return {
        "likelihood": list(scales.likelihood),
        "severity": list(scales.severity),
        "tolerated": scales.tolerated,
        "cells": [[[risk.id for risk in cell] for cell in row] for row in matrix(risks, scales)],
        "without_place": [risk.id for risk in risks if not risk.fits(scales)],
    }


def show_risk(risk: Risk, desk: Desk) -> None:
    """Print a risk in full for people."""
    say(f"{risk.id}: {risk.title}", "bold")
    for name, text in _lines(risk, desk):
        say(f"  {name:<12}  {text}")
    for misfit in misfits(desk.records):
        if misfit.risk == risk.id:
            say(misfit.text, "yellow")


def _lines(risk: Risk, desk: Desk) -> Iterator[tuple[str, str]]:
    added = risk.added
    yield "scenario", added.scenario or "(withheld)"
    yield "family", added.family or "(withheld)"
    yield "affected", ", ".join(added.affected or ()) or "(withheld)"
    yield "stage", added.stage or "(withheld)"
    yield "owner", risk.owner or "(withheld)"
    yield "touches", ", ".join(added.touches or ()) or "(withheld)"
    yield "systemic", {True: "yes", False: "no", None: "(withheld)"}[added.systemic]
    yield from (("partner", partner) for partner in added.partners or ())
    yield from (("catalogue", item) for item in added.catalogue or ())
    yield "review", f"{risk.review or '(withheld)'}{', overdue' if risk.is_overdue else ''}"
    yield "level", _level(risk, desk.system.risk)
    yield "state", risk.state
    yield from _assessments(risk)
    for event in risk.treatments:
        told = event.record
        yield (
            "treatment",
            f"{told.mitigation}: {told.treatment} ({told.role}, by {told.due}); {_WORKS[_works(event, desk)]}",
        )
    if accepted := risk.acceptance:
        holds = "holds" if risk.is_accepted else "holds no longer"
        yield (
            "accepted",
            f"by {accepted.record.role or '(withheld)'}, until {accepted.record.expires:%Y-%m-%d %H:%M} UTC; {holds}",
        )
    yield from _indicators(risk, desk)
    yield "records", ", ".join(str(e.ref.index) for e in risk.events)


def _level(risk: Risk, scales: Scales) -> str:
    if risk.level is None:
        return "not assessed, or withheld"
    if not risk.fits(scales):
        return f"{risk.level}, on other scales than those of accord.toml"
    return f"{risk.level}, tolerated up to {scales.tolerated}"


def _assessments(risk: Risk) -> Iterator[tuple[str, str]]:
    for event in (risk.inherent, risk.residual):
        if event is not None:
            told = event.record
            words = [rating.word if rating else "(withheld)" for rating in (told.likelihood, told.severity)]
            yield str(told.phase), f"{', '.join(words)}: {told.reason or '(withheld)'}"


def _indicators(risk: Risk, desk: Desk) -> Iterator[tuple[str, str]]:
    for indicator in measured(risk, desk.records):
        if not indicator.found:
            yield "indicator", f"{indicator.metric}: no evidence"
        for found in indicator.found:
            entry, metric = found
            if metric.low is None or metric.high is None:
                yield "indicator", f"{metric.id} ({metric.language}): nothing was scored"
                continue
            doubt = metric.doubt(desk.system.evaluation.agreement)
            figures = f"{metric.low:.1%} to {metric.high:.1%}, n = {metric.n}, {entry.origin}, record {entry.ref.index}"
            yield "indicator", f"{metric.id} ({metric.language}): {figures}{f'; {doubt}' if doubt else ''}"
