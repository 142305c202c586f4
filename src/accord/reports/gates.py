"""What the gates say of the evidence in a report: each reason once, with the stages that it speaks of."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from accord.evidence import DecisionRecord, Records
from accord.gate import OVERRIDE_DAYS, Gate, Reason, pass_gate
from accord.manifest import System
from accord.reports.models import GatesReport, OverrideReport, ReasonReport, StageReport

Told = tuple[str, Reason]


def make_gates(system: System, records: Records) -> GatesReport:
    """Return what each declared stage's gate finds; what only its owner can read is not seen here.

    Raises ManifestError where the declaration names a stage that it does not have.
    """
    gates = [pass_gate(system, records, stage.id) for stage in system.stages]
    kinds = {stage.id: stage.kind for stage in system.stages}
    return GatesReport(
        stages=tuple(StageReport(id=gate.stage, kind=kinds[gate.stage], passed=gate.passed) for gate in gates),
        reasons=tuple(_merge(told, records) for told in _group(gates)),
    )


def _group(gates: Sequence[Gate]) -> Iterator[list[Told]]:
    """Yield the same reason of several stages together; those that block any come first."""
    groups: dict[tuple[str, str], list[Told]] = {}
    for gate in gates:
        for reason in gate.reasons:
            groups.setdefault((reason.id, reason.text), []).append((gate.stage, reason))
    yield from sorted(groups.values(), key=lambda told: all(reason.level == "note" for _, reason in told))


def _merge(told: Sequence[Told], records: Records) -> ReasonReport:
    first = told[0][1]
    return ReasonReport(
        id=first.id,
        text=first.text,
        records=tuple(ref.index for ref in first.records),
        blocks=tuple(stage for stage, reason in told if reason.level == "block"),
        notes=tuple(stage for stage, reason in told if reason.level == "note" and reason.overridden_by is None),
        overrides=tuple(_make_overrides(told, records)),
    )


def _make_overrides(told: Sequence[Told], records: Records) -> Iterator[OverrideReport]:
    decisions = {entry.ref: entry.record for entry in records.of(DecisionRecord)}
    for stage, reason in told:
        if reason.overridden_by is not None:
            decision = decisions[reason.overridden_by]
            longest = decision.made + timedelta(days=OVERRIDE_DAYS)
            until = min(longest, decision.expires or longest)
            yield OverrideReport(stage=stage, index=reason.overridden_by.index, until=until)
