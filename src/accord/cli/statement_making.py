"""From what is told to records: every mistake at once, what is as it was left out, what is not public withheld."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import click
from pydantic import ValidationError

from accord.cli.clock import now
from accord.cli.options import find_refs, words
from accord.cli.output import print_json, say
from accord.cli.statement_files import Told, refuse
from accord.codes import load_code
from accord.errors import CodeError
from accord.evidence import ArtifactRef, Records, StatementRecord
from accord.evidence.statements import HIDDEN
from accord.ledger import digest
from accord.manifest import System, load_system
from accord.statements import Statement, ask, stated
from accord.workspace import Workspace

_TYPE = "application/octet-stream"
_KEPT = "sha256:"
_TEXTS = ("title", "text", "condition", "version", "body", "deliverable")


@dataclass(frozen=True)
class Desk:
    """A workspace, and what is stated in it at this moment."""

    workspace: Workspace

    @cached_property
    def records(self) -> Records:
        """What the log holds, opened."""
        return self.workspace.records(now(), opened=True)

    @cached_property
    def held(self) -> Mapping[str, Statement]:
        """What stands now, by id."""
        return {statement.record.id: statement for statement in stated(self.records)}

    @cached_property
    def system(self) -> System:
        """What accord.toml declares."""
        return load_system(self.workspace.manifest)

    def questions(self, record: StatementRecord) -> list[str]:
        """Return what a reader would ask of a statement."""
        names = (self.system.organisation.name, self.system.system.name, self.system.model.name)
        return list(ask(record, names))

    @cached_property
    def documents(self) -> Mapping[str, ArtifactRef]:
        """Every document that a statement ever named, by digest."""
        held = (entry.record for entry in self.records.of(StatementRecord))
        return {document.sha256: document for record in held for document in record.documents or ()}


def record_told(desk: Desk, told: Sequence[Told], *, dry: bool, as_json: bool) -> None:
    """Record what is new or changed of what is told, all of it or nothing, and say what a reader would ask."""
    made = _make_all(desk, told, dry=dry)
    new = [r for r in made if r.id not in desk.held or content(r) != content(desk.held[r.id].record)]
    questions = {record.id: desk.questions(record) for record in new}
    indices = [] if dry else [append(desk, record) for record in new]
    if as_json:
        print_json({"recorded": indices, "statements": [r.id for r in new], "questions": questions})
        return
    for name, lines in questions.items():
        for line in lines:
            say(f"{name}: {line}", "yellow")
    done = "would be recorded" if dry else "recorded"
    say(f"{len(new)} statements {done}, {len(made) - len(new)} as they were.")


def append(desk: Desk, record: StatementRecord) -> int:
    """Append a statement, with what is not public as commitments; a withdrawal is as public as what it withdraws."""
    stands = desk.held.get(record.id)
    public = record.confidentiality or (stands.record.confidentiality if stands else None)
    hidden: Iterable[str] = () if public in {"public", None} else {*HIDDEN, "reason"}
    return desk.workspace.append([record], {*desk.system.withhold, *hidden})[0]


def content(record: StatementRecord) -> dict[str, Any]:
    """Return what a statement says, as JSON: when it was made is no part of it."""
    return record.model_dump(mode="json", exclude={"made", "chain"}, exclude_none=True)


def make_statement(desk: Desk, told: Told, *, dry: bool) -> StatementRecord:
    """Return the record of what is told; a usage error that names every mistake. A dry run keeps no document."""
    (record,) = _make_all(desk, [told], dry=dry)
    return record


def _make_all(desk: Desk, told: Sequence[Told], *, dry: bool) -> list[StatementRecord]:
    mistakes: list[str] = []
    made = [record for one in told if (record := _make(desk, one, mistakes, dry=True))]
    refuse(mistakes)
    # Documents are kept beside the log only where nothing is wrong with any statement.
    return made if dry else [record for one in told if (record := _make(desk, one, mistakes, dry=False))]


def _make(desk: Desk, told: Told, mistakes: list[str], *, dry: bool) -> StatementRecord | None:
    members, found = dict(told.members), list(told.mistakes())
    record: StatementRecord | None = None
    for member in set(members) & {"clauses", "covers", "links", "partners", "goals"} if not found else ():
        members[member] = tuple(members[member])
    try:
        if not found:
            members["documents"] = tuple(_documents(desk, told, found, dry=dry))
            members["records"] = _records(desk, told, found)
            given = {name: value for name, value in members.items() if value not in (None, ())}
            record = StatementRecord(made=desk.records.at, id=told.name, event="state", **given)
            found += _doubts(desk, told, record)
    except ValidationError as error:
        for each in error.errors():
            member = next((str(part) for part in each["loc"]), "")
            found.append(f"{told.place(member)}: {each['msg'].removeprefix('Value error, ')}")
    mistakes += found
    return None if found else record


def _documents(desk: Desk, told: Told, found: list[str], *, dry: bool) -> Iterator[ArtifactRef]:
    for given in told.members.get("documents", ()):
        path = desk.workspace.root / str(given)
        if str(given).startswith(_KEPT):
            if kept := desk.documents.get(str(given).removeprefix(_KEPT)):
                yield kept
            else:
                found.append(f"{told.place('documents')}: no statement names a document of this digest: {given}")
        elif not path.is_file():
            found.append(f"{told.place('documents')}: there is no document {path}")
        elif dry:
            data = path.read_bytes()
            yield ArtifactRef(sha256=digest(data), size=len(data), media_type=_TYPE)
        else:
            yield desk.workspace.keep_file(path, _TYPE)


def _records(desk: Desk, told: Told, found: list[str]) -> tuple[Any, ...]:
    indices = told.members.get("records", ())
    if not all(isinstance(index, int) and not isinstance(index, bool) for index in indices):
        found.append(f"{told.place('records')}: records are named by their index in the log")
        return ()
    try:
        return find_refs(desk.records, indices)
    except click.BadParameter as error:
        found.append(f"{told.place('records')}: {error.message}")
        return ()


def _doubts(desk: Desk, told: Told, record: StatementRecord) -> Iterator[str]:
    code = load_code(desk.system.edition)
    for clause in record.clauses or ():
        try:
            code.item(clause)
        except CodeError as error:
            yield f"{told.place('clauses')}: {error.problem} {clause}"
    for member in ("since", "checked"):
        day, today = getattr(record, member), desk.records.at.date()
        if day > today and not (member == "since" and record.claim in {"commitment", "plan", "conditional-plan"}):
            yield f"{told.place(member)}: {day} is still to come"
    for member in _TEXTS:
        if isinstance(value := getattr(record, member), str):
            try:
                words(value)
            except click.BadParameter as error:
                yield f"{told.place(member)}: {error.message}"
