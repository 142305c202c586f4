"""What was announced, withheld and erased, and the keys and outsiders of the log, as a report tells them."""

from collections.abc import Iterable, Iterator
from typing import Any

from accord.evidence import (
    ArtifactRef,
    ClosedRecord,
    Entry,
    ErasureRecord,
    EvaluationRecord,
    KeyRecord,
    PlanRecord,
    Records,
    open_plans,
    planned,
    unplanned,
)
from accord.ledger.note import parse_note
from accord.reports.models import AnchorReport, Announcement, Closed, Custody, Erased, KeyReport
from accord.verify.dossier import Dossier, carried_artifacts, needed_artifacts


def make_custody(records: Records) -> Custody:
    """Return what the records show of their own keeping, in the order of the log."""
    carried = {ref.sha256 for ref in carried_artifacts(records)}
    return Custody(
        pending=tuple(_announce(entry) for entry in open_plans(records)),
        unplanned=tuple(_announce(entry) for entry in unplanned(records)),
        closed=tuple(_group_closed(records)),
        erased=tuple(_make_erased(entry, records) for entry in records.of(ErasureRecord)),
        elsewhere=tuple(e.ref.index for e in records if any(r.sha256 not in carried for r in needed_artifacts([e]))),
    )


def make_keys(records: Records) -> tuple[KeyReport, ...]:
    """Return the keys that came into force, oldest first."""
    return tuple(
        KeyReport(
            index=entry.ref.index,
            made=entry.record.made,
            fingerprint=entry.record.key.fingerprint,
            reason=entry.record.reason,
            revoked_since=entry.record.revoked_since,
        )
        for entry in records.of(KeyRecord)
    )


def make_anchors(dossier: Dossier) -> tuple[AnchorReport, ...]:
    """Return who is said to have signed which checkpoint beside the log's own key; nothing of it is verified."""
    return tuple(
        AnchorReport(
            size=anchor.size,
            signers=tuple(
                dict.fromkeys(s.name for s in parse_note(anchor.note).signatures if s.name != dossier.key.name)
            ),
            stamped=anchor.token is not None,
        )
        for anchor in dossier.anchors
    )


def _announce(entry: Entry[Any]) -> Announcement:
    record, (suite, model) = entry.record, planned(entry)
    name = record.model.name if isinstance(record, PlanRecord | EvaluationRecord) else model
    return Announcement(index=entry.ref.index, made=record.made, suite=suite, model=name)


def _group_closed(records: Records) -> Iterator[Closed]:
    groups: dict[tuple[Any, ...], list[int]] = {}
    for entry in records:
        closed = entry.record if isinstance(entry.record, ClosedRecord) else None
        if closed or entry.withheld:
            kind, why = (closed.of, closed.why) if closed else (entry.record.kind, "withheld")
            groups.setdefault((kind, why, entry.withheld), []).append(entry.ref.index)
    for (of, why, fields), indices in groups.items():
        yield Closed(of=of, why=why, fields=fields, records=tuple(indices))


def _make_erased(entry: Entry[ErasureRecord], records: Iterable[Entry[Any]]) -> Erased:
    sha256, named = entry.record.erased.sha256, {ref.index for ref in entry.record.records}
    fields = [
        field
        for other in records
        if other.ref.index in named
        for field, value in other.record
        if isinstance(value, ArtifactRef) and value.sha256 == sha256
    ]
    return Erased(
        index=entry.ref.index,
        made=entry.record.made,
        reason=entry.record.reason,
        sha256=sha256,
        fields=tuple(dict.fromkeys(fields)),
        records=tuple(sorted(named)),
    )
