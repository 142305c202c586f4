"""A disclosure: the openings of chosen fields, and the artifacts that they name, in one file for one auditor.

It is worth nothing alone: each opening must fit the commitment of a record in a log that is verified.
"""

from base64 import b64decode, b64encode
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import FailFast, Field, ValidationError

from accord.errors import AccordError, VerificationError, WorkspaceError
from accord.evidence import (
    ArtifactRef,
    ClosedRecord,
    Entry,
    Model,
    Opening,
    Sha256,
    UnknownRecord,
    parse_entry,
)
from accord.evidence.withholding import disclose
from accord.ledger import format_json, leaf_hash, parse_json, parse_statement, unverified_payload
from accord.verify.claims import Claim, Result, explain
from accord.verify.dossier import NamedTexts
from accord.verify.history import Opened
from accord.workspace import Workspace

SCHEMA: Literal["https://w3id.org/accord-code/disclosure/v1"] = "https://w3id.org/accord-code/disclosure/v1"

MAX_DISCLOSURE = 64 * 2**20
"""The most bytes of a disclosure that are read."""

_SHOWN = 200


class DisclosedEntry(Model):
    """Openings of one log entry, which its leaf hash names."""

    index: int
    leaf: Sha256
    openings: Annotated[tuple[Opening, ...], FailFast()]


class Disclosure(Model):
    """What an auditor is shown of the log `origin`: openings, and artifacts (base64) by their SHA-256."""

    format: Literal["https://w3id.org/accord-code/disclosure/v1"] = SCHEMA
    origin: str
    entries: Annotated[tuple[DisclosedEntry, ...], FailFast()]
    artifacts: NamedTexts = Field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """Return the file's canonical JSON."""
        return format_json(self.model_dump(mode="json"))

    def find(self, sha256: str) -> bytes | None:
        """Return an artifact that is shown."""
        encoded = self.artifacts.get(sha256)
        return None if encoded is None else b64decode(encoded)


def parse_disclosure(data: bytes) -> Disclosure:
    """Read a disclosure; nothing of it is checked yet. Raises VerificationError where it is malformed."""
    if len(data) > MAX_DISCLOSURE:
        raise VerificationError("This is too large for a disclosure.", expected=f"{MAX_DISCLOSURE} bytes")
    try:
        shown = Disclosure.model_validate(parse_json(data, where="disclosure"))
        _ = [b64decode(encoded, validate=True) for encoded in shown.artifacts.values()]
    except ValueError as error:
        found = "; ".join(e["msg"] for e in error.errors()[:5]) if isinstance(error, ValidationError) else str(error)
        raise VerificationError("This is not a disclosure.", expected=SCHEMA, found=found) from error
    named = [(entry.index, opening.field) for entry in shown.entries for opening in entry.openings]
    if len(set(named)) != len(named) or len({entry.index for entry in shown.entries}) != len(shown.entries):
        raise VerificationError("A disclosure opens a record, or a field of it, twice.")
    return shown


def make_disclosure(workspace: Workspace, wanted: Mapping[int, Collection[str]], now: datetime) -> Disclosure:
    """Return the openings of the fields that are wanted of each record (all of them where none is named).

    Artifacts that the fields name go with them. Raises WorkspaceError for what is not withheld, or not kept here.
    """
    records = {entry.ref.index: entry for entry in workspace.records(now)}
    entries = [_choose(workspace, records, index, fields) for index, fields in sorted(wanted.items())]
    held = workspace.artifacts
    refs = {ref.sha256 for entry in entries for ref in _find_refs(entry.openings) if ref.sha256 in held}
    artifacts = {sha256: b64encode(held.get(sha256)).decode() for sha256 in sorted(refs)}
    return Disclosure(origin=workspace.public_key().name, entries=tuple(entries), artifacts=artifacts)


def _choose(
    workspace: Workspace, records: Mapping[int, Entry[Any]], index: int, fields: Collection[str]
) -> DisclosedEntry:
    entry = records.get(index)
    hidden = entry.withheld if entry else ()
    if entry is None or not hidden or set(fields) - set(hidden):
        raise WorkspaceError(
            "This is not withheld.",
            where=f"record {index}",
            expected=", ".join(hidden) or "a record with withheld fields",
            found=", ".join(sorted(fields)) or "nothing",
        )
    kept = {opening.field: opening for opening in workspace.openings.get(entry.ref.leaf, ())}
    chosen = sorted(fields or hidden)
    if lost := [field for field in chosen if field not in kept]:
        raise WorkspaceError(
            "The openings of this record are not here.",
            where=str(workspace.openings.folder / f"{entry.ref.leaf}.json"),
            expected=", ".join(lost),
            fix="restore the file from a backup: without it nobody can open the commitment",
        )
    return DisclosedEntry(index=index, leaf=entry.ref.leaf, openings=tuple(kept[field] for field in chosen))


def _find_refs(openings: Iterable[Opening]) -> Iterator[ArtifactRef]:
    for opening in openings:
        if isinstance(opening.value, dict) and set(opening.value) == set(ArtifactRef.model_fields):
            yield ArtifactRef.model_validate(opening.value)


def check_disclosure(shown: Disclosure, opened: Opened) -> tuple[tuple[Claim, ...], dict[int, Entry[Any]]]:
    """Check each opening against the commitment of its record; return the claims, and the records as they then read."""
    claims, entries = list[Claim](), dict[int, Entry[Any]]()
    for part in shown.entries:
        fits = [_check_opening(part, opening, opened) for opening in part.openings]
        claims += fits
        good = [o for o, claim in zip(part.openings, fits, strict=True) if claim.result == Result.VERIFIED]
        if not good:
            continue
        data, origin = opened.history.entries[part.index], opened.entries[part.index].origin
        try:
            entries[part.index] = parse_entry(part.index, data, unverified_payload(data), origin, good)
        except AccordError as error:
            text = f"Record {part.index} has the shape of its type with what was opened."
            name = f"opening.{part.index}"
            claims.append(Claim(id=name, text=text, result=Result.CONTRADICTED, reason=explain(error)))
    return tuple(claims), entries


def check_withheld(entries: Iterable[Entry[Any]]) -> Iterator[Claim]:
    """Yield a claim for each record of which fields are withheld, and still closed."""
    for entry in entries:
        if entry.withheld:
            fields = ", ".join(entry.withheld)
            text = f"Record {entry.ref.index} commits to what it withholds: {fields}."
            reason = "The fields were not opened: they support nothing here."
            yield Claim(
                id=f"withheld.{entry.ref.index}", text=text, result=Result.WITHHELD, reason=reason, ref=entry.ref
            )


def _check_opening(part: DisclosedEntry, opening: Opening, opened: Opened) -> Claim:
    value = format_json(opening.value).decode()
    shortened = value if len(value) <= _SHOWN else f"{value[:_SHOWN]}... ({len(value)} characters)"
    text = f"The field {opening.field} of record {part.index} was committed to as: {shortened}"
    name = f"opening.{part.index}.{opening.field}"
    entry, data = opened.entries.get(part.index), opened.history.entries.get(part.index)
    if entry is None or data is None:
        reason = f"Record {part.index} cannot be read."
        return Claim(id=name, text=text, result=Result.CANNOT_TELL, reason=reason)
    if leaf_hash(data).hex() != part.leaf:
        return Claim(id=name, text=text, result=Result.CONTRADICTED, reason="It was made for another record.")
    if isinstance(entry.record, UnknownRecord) or (
        isinstance(entry.record, ClosedRecord) and entry.record.why == "revoked"
    ):
        reason = f"Record {part.index} supports nothing here, whatever it says."
        return Claim(id=name, text=text, result=Result.CANNOT_TELL, reason=reason, ref=entry.ref)
    try:
        disclose(parse_statement(unverified_payload(data)).predicate, (opening,))
    except AccordError as error:
        return Claim(id=name, text=text, result=Result.CONTRADICTED, reason=explain(error), ref=entry.ref)
    return opened.standing.weigh(Claim(id=name, text=text, result=Result.VERIFIED, ref=entry.ref))
