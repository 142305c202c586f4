"""Writing a log anew so that all of it fits together: what its owner alone can do."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accord.assess import make_assessment
from accord.checks import find
from accord.codes import load_code
from accord.errors import WorkspaceError
from accord.evidence import (
    AssessmentRecord,
    ClosedRecord,
    KeyRecord,
    Origin,
    Record,
    Ref,
    ReportRecord,
    SystemRecord,
    UnknownRecord,
)
from accord.ledger import digest, parse_json
from accord.manifest import System
from accord.verify.dossier import make_proof
from accord.verify.published import Renderers
from accord.workspace import Workspace

_LEFT_OUT = (KeyRecord, ReportRecord, ClosedRecord, UnknownRecord)
"""Keys and reports are made anew; what cannot be read, or is another's, cannot be signed again."""

_MOST = 200
"""Records of a long log that are taken: the newest, after the newest declaration."""


@dataclass(frozen=True)
class Draft:
    """A record to be written; `old` is where it stood, `hidden` are the fields that it withholds."""

    record: Record
    old: Ref | None = None
    hidden: tuple[str, ...] = ()


def read_drafts(space: Workspace, at: datetime) -> list[Draft]:
    """Return the records of a log to be written anew, as their owner sees them."""
    shown, public = space.records(at, opened=True), space.records(at)
    drafts = [
        Draft(entry.record, entry.ref, closed.withheld)
        for entry, closed in zip(shown, public, strict=True)
        if not isinstance(entry.record, _LEFT_OUT) and entry.origin == Origin.SELF
    ]
    declared = [d for d in drafts[:-_MOST] if isinstance(d.record, SystemRecord)]
    return [*declared[-1:], *drafts[-_MOST:]]


class Scribe:
    """Writes records so that what they say of each other and of the log is true in the new one."""

    def __init__(self, space: Workspace) -> None:
        self._space = space
        self._places = dict[Ref, Ref]()

    def write(self, drafts: Iterable[Draft]) -> None:
        """Append the drafts; one that names a record which was left out is left out too."""
        for draft in drafts:
            record = self._fit(draft.record)
            if record:
                self._append(record, draft)

    def _append(self, record: Record, draft: Draft) -> None:
        (index,) = self._space.append([record], draft.hidden)
        if draft.old:
            self._places[draft.old] = Ref(index=index, leaf=self._space.log().leaf(index).hex())

    def _fit(self, record: Record) -> Record | None:
        if isinstance(record, AssessmentRecord):
            return assess(self._space, record.made)
        named = {name: value for name, value in record if isinstance(value, Ref)}
        many = {name: value for name, value in record if _is_refs(value)}
        if not {*named.values(), *(ref for refs in many.values() for ref in refs)} <= self._places.keys():
            return None
        changed: dict[str, Any] = {name: self._places[ref] for name, ref in named.items()}
        changed |= {name: tuple(self._places[ref] for ref in refs) for name, refs in many.items()}
        return record.model_copy(update={**changed, "chain": None})


def assess(space: Workspace, made: datetime) -> AssessmentRecord:
    """Return the assessment of a log as it is, made as `accord assess` makes it."""
    records = space.records(made)
    system = records.latest(SystemRecord)
    if system is None:
        raise WorkspaceError("There is no declaration in the log to assess.", fix="run: accord assess")
    data = space.artifacts.get(system.record.declaration.sha256)
    findings = find(System.model_validate(parse_json(data)), records)
    return make_assessment(space, load_code(system.record.edition), findings, records)


def render(space: Workspace, renderers: Renderers, at: datetime) -> dict[str, bytes]:
    """Return the report files of the newest assessment."""
    proof = make_proof(space, at)
    return {f"report.{name}": renderer(proof) for name, renderer in renderers.items()}


def report(space: Workspace, renderers: Renderers, at: datetime) -> None:
    """Record the report files of the newest assessment."""
    newest = space.records(at).latest(AssessmentRecord)
    if newest:
        files = {name: digest(data) for name, data in render(space, renderers, at).items()}
        space.append([ReportRecord(made=at, assessment=newest.ref, files=files)])


def _is_refs(value: object) -> bool:
    return isinstance(value, tuple) and bool(value) and all(isinstance(item, Ref) for item in value)
