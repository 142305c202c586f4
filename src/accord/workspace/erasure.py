"""Erasing text that records refer to: the ground is recorded, the bytes are removed, and every proof stays valid."""

import shutil
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from accord.errors import WorkspaceError
from accord.evidence import ArtifactRef, Entry, Erasing, ErasureRecord
from accord.workspace.space import Workspace

Floors = Mapping[str, int]
"""The least number of days for which artifacts are kept, by the field of the record that names them."""


def erase(workspace: Workspace, sha256: str, reason: Erasing, floors: Iterable[Floors], now: datetime) -> ErasureRecord:
    """Record that an artifact is erased, then remove its bytes; what a crash left undone is done the next time.

    The longest of the `floors` counts. Raises WorkspaceError where no record names the artifact, or where one names it
    that is too young.
    """
    uses = tuple(_find_uses(workspace, sha256, now))
    if not uses:
        raise WorkspaceError(
            "No record names such an artifact.", where=sha256, fix="see the digests with: accord log show --entry N"
        )
    held = tuple(floors)
    for entry, field, _ in uses:
        _require_age(entry, field, max((floor.get(field, 0) for floor in held), default=0), now)
    record = _held(workspace, sha256, now)
    if record is None:
        refs = tuple(dict.fromkeys(entry.ref for entry, _, _ in uses))
        record = ErasureRecord(made=now, erased=uses[0][2], records=refs, reason=reason)
        # The digest of what could be guessed is withheld here too where the record that names it withholds it.
        hidden = {(e.ref, field) for e in workspace.records(now) for field in e.withheld}
        secret = any((entry.ref, field) in hidden for entry, field, _ in uses)
        workspace.append([record], {"erased"} if secret else ())
    workspace.artifacts.erase(sha256)
    for job in {entry.record.job for entry, _, _ in uses if entry.record.job}:
        if (workspace.runs / job).exists():  # answers of a run that is tried again, and its log
            shutil.rmtree(workspace.runs / job)
    return record


def _find_uses(workspace: Workspace, sha256: str, now: datetime) -> Iterator[tuple[Entry[Any], str, ArtifactRef]]:
    for entry in workspace.records(now, opened=True, doubted=True):
        for field, value in entry.record:
            if (
                isinstance(value, ArtifactRef)
                and value.sha256 == sha256
                and not isinstance(entry.record, ErasureRecord)
            ):
                yield entry, field, value


def _held(workspace: Workspace, sha256: str, now: datetime) -> ErasureRecord | None:
    """Return the record of an erasure that was recorded already."""
    records = (entry.record for entry in workspace.records(now, opened=True).of(ErasureRecord))
    return next((record for record in records if record.erased.sha256 == sha256), None)


def _require_age(entry: Entry[Any], field: str, days: int, now: datetime) -> None:
    until = entry.record.made + timedelta(days=days)
    if now < until:
        raise WorkspaceError(
            "It is too early to erase this: accord.toml says how long it is kept.",
            where=f"{field} of record {entry.ref.index}, made on {entry.record.made:%Y-%m-%d}",
            expected=f"[retention] {field} = {days} days, until {until:%Y-%m-%d}",
            found=f"{now:%Y-%m-%d}",
            fix="wait; a shorter time counts once it was declared with: accord assess",
        )
