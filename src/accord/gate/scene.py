"""What a gate looks at: one system, one log, one stage; and what people decided about them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from accord.checks.reading import find_metric
from accord.errors import ManifestError
from accord.evidence import (
    ClosedRecord,
    DecisionRecord,
    Entry,
    EvaluationRecord,
    Metric,
    Origin,
    Records,
    SystemRecord,
    is_current,
)
from accord.gate.models import Reason
from accord.manifest import Checkpoint, System, Tolerance

OVERRIDE_DAYS = 90
"""How long an override holds at most, whatever end it names."""

Row = tuple[Tolerance, Entry[EvaluationRecord], Metric]


def find_stage(system: System, stage: str) -> Checkpoint:
    """Return the stage with this id; ManifestError where there is none, or a tolerance names one that there is not."""
    stages = {checkpoint.id: checkpoint for checkpoint in system.stages}
    named = [stage, *(name for tolerance in system.tolerances for name in tolerance.stages)]
    if unknown := next((name for name in named if name not in stages), None):
        raise ManifestError(
            "accord.toml has no such stage.",
            where="[[stages]]",
            expected=f"one of {', '.join(stages)}",
            found=unknown,
            fix="name one of them, or add it to [[stages]]",
        )
    return stages[stage]


@dataclass(frozen=True)
class Scene:
    """One system, one log, one stage."""

    system: System
    records: Records
    stage: Checkpoint

    @cached_property
    def model(self) -> str:
        """The SHA-256 of the model that was declared last; empty where none was."""
        declared = self.records.latest(SystemRecord)
        return declared.record.model.sha256 if declared else ""

    @cached_property
    def tolerances(self) -> tuple[Tolerance, ...]:
        """The tolerances that this stage asks for."""
        return tuple(t for t in self.system.tolerances if not t.stages or self.stage.id in t.stages)

    @cached_property
    def newest(self) -> tuple[Entry[EvaluationRecord], ...]:
        """Each origin's newest complete run of each suite on this model, expired or not."""
        runs = (e for e in self.records.of(EvaluationRecord) if e.record.is_complete)
        mine = (e for e in runs if e.record.model.sha256 == self.model)
        return tuple({(e.record.suite.id, e.origin): e for e in mine}.values())

    def is_fresh(self, entry: Entry[EvaluationRecord]) -> bool:
        """Tell whether a run has not expired, and is not older than the stage allows."""
        days, record = self.stage.days, entry.record
        is_old = days is not None and self.records.at - record.made > timedelta(days=days)
        return is_current(record, self.records.at) and not is_old

    def rows(self, tolerance: Tolerance) -> tuple[Row, ...]:
        """Return what was measured of a tolerance's metric, in each language and by each origin, if it is fresh."""
        found = find_metric(self.records, tolerance.metric)
        return tuple((tolerance, e, m) for e, m in found if self.is_fresh(e))

    def place(self, tolerance: Tolerance) -> tuple[str | int, ...]:
        """Return where accord.toml says a tolerance."""
        return ("tolerances", self.system.tolerances.index(tolerance))

    def decision(self, topic: str, stage: str | None = None) -> Entry[Any] | None:
        """Return the newest decision of a topic on this model, at a stage or at any; expired or closed as it may be."""
        told = [e for e in self._decided() if (topic, stage or _about(e)[1]) == _about(e)]
        return told[-1] if told else None

    def override(self, reason: Reason) -> Entry[DecisionRecord] | None:
        """Return the newest override that names a reason, where it holds: a later one may take it back."""
        named = [e for e in self._decided() if ("override", self.stage.id) == _about(e) and _names(e, reason)]
        newest = named[-1] if named else None
        # What was recorded after the decision was not known when it was made.
        if newest is None or any(ref.index > newest.ref.index for ref in reason.records):
            return None
        over = newest.record.made + timedelta(days=OVERRIDE_DAYS) <= self.records.at
        holds = newest.record.outcome == "proceed" and is_current(newest.record, self.records.at) and not over
        return newest if holds else None

    def _decided(self) -> Iterator[Entry[Any]]:
        """Yield what the organisation decided about this model; a closed decision may be about it."""
        own = (e for e in self.records if e.origin == Origin.SELF and e.record.signed_as == DecisionRecord.kind)
        for entry in own:
            if isinstance(entry.record, ClosedRecord) or entry.record.model.sha256 == self.model:
                yield entry


def _about(entry: Entry[Any]) -> tuple[str, str]:
    """Return the topic and the stage of a decision, also of one that is closed."""
    topic, _, stage = entry.record.about().partition(" ")
    return topic, stage


def _names(entry: Entry[Any], reason: Reason) -> bool:
    return isinstance(entry.record, DecisionRecord) and reason.id in entry.record.overrides
