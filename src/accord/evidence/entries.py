"""Signing records, reading them back, and the view of a log that checks and reports look at."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any, Generic, TypeVar

from pydantic import ValidationError, create_model
from pydantic_core import to_json

from accord.errors import RecordError, VerificationError
from accord.evidence.record import Chain, ClosedRecord, Record, UnknownRecord
from accord.evidence.records import RECORD_TYPES
from accord.evidence.values import Model, Origin, Ref, Time
from accord.evidence.withholding import MEMBER, Opening, disclose, withheld, withhold
from accord.ledger import (
    PublicKey,
    Signer,
    Statement,
    Subject,
    format_json,
    format_statement,
    leaf_hash,
    open_envelope,
    parse_statement,
    sign_envelope,
)

_BY_URI = {t.type_uri(): t for t in RECORD_TYPES}
_NAMED = 5  # mistakes of one record; a stranger may make thousands
_EPOCH = datetime.fromtimestamp(0, UTC)

R = TypeVar("R", bound=Record)


@dataclass(frozen=True)
class Entry(Generic[R]):
    """A record where it stands in the log."""

    ref: Ref
    origin: Origin
    record: R
    withheld: tuple[str, ...] = ()
    """The fields that are commitments, for whoever reads it so."""


def sign_record(record: Record, key: Signer, openings: Sequence[Opening] = ()) -> bytes:
    """Return the signed envelope of `record`, the bytes of one log entry, with the fields of `openings` withheld."""
    predicate = withhold(record.model_dump(mode="json", exclude_none=True), openings)
    statement = Statement(_subjects(record, withheld(predicate)), record.type_uri(), predicate)
    return sign_envelope(format_statement(statement), key)


def _subjects(record: Record, hidden: Mapping[str, str]) -> tuple[Subject, ...]:
    """Return what a record is about, by a commitment where the field that tells the digest is withheld."""
    digest = hidden.get(record.bound)
    return tuple(replace(s, sha256=digest) if digest else s for s in record.subjects())


def read_entry(index: int, data: bytes, keys: Sequence[PublicKey], openings: Sequence[Opening] = ()) -> Entry[Record]:
    """Verify and parse one log entry; `keys[0]` is the organisation's own, the others independent.

    Fields that are withheld are filled in from `openings`; where one stays closed that the record cannot do without,
    the record is a ClosedRecord. Raises SignatureError when no key verifies it, VerificationError or RecordError when
    it is malformed, or when an opening is not that of its commitment.
    """
    payload, key = open_envelope(data, keys)
    origin = Origin.SELF if key == keys[0] else Origin.INDEPENDENT
    return parse_entry(index, data, payload, origin, openings)


def parse_entry(
    index: int, data: bytes, payload: bytes, origin: Origin, openings: Sequence[Opening] = ()
) -> Entry[Record]:
    """Return the entry of an envelope's payload, whose signature was verified before; errors as of `read_entry`."""
    statement = parse_statement(payload)
    record = parse_record(index, statement, openings)
    # What a type to come means by such a member cannot be known.
    own = {} if isinstance(record, UnknownRecord) else withheld(statement.predicate)
    hidden = set(own) - {opening.field for opening in openings}
    return Entry(Ref(index=index, leaf=leaf_hash(data).hex()), origin, record, tuple(sorted(hidden)))


def parse_record(index: int, statement: Statement, openings: Sequence[Opening] = ()) -> Record:
    """Return the record that a statement holds; see `read_entry`."""
    known = _BY_URI.get(statement.predicate_type)
    if known is None:
        return _keep_unknown(statement)
    predicate = disclose(statement.predicate, openings)
    if hidden := withheld(predicate):
        _refuse_named(index, known, hidden)
        required = {name for name, field in known.model_fields.items() if field.is_required()}
        if required & set(hidden):
            return _close(index, statement, known, predicate)
    record = _validate(index, known, {name: value for name, value in predicate.items() if name != MEMBER})
    _check_subjects(index, record, statement)
    return record


def _validate(index: int, known: type[R], predicate: Mapping[str, Any]) -> R:
    try:
        # Strict, as JSON: a number that is spelled as text is another value to other readers.
        return known.model_validate_json(to_json(dict(predicate)), strict=True)
    except ValidationError as error:
        raise RecordError(
            f"A record does not have the shape of its type {known.type_uri()}.",
            where=f"log entry {index}",
            found="; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:_NAMED]),
        ) from error


def _refuse_named(index: int, known: type[Record], hidden: Mapping[str, str]) -> None:
    if wrong := set(hidden) - known.withholdable():
        raise VerificationError(
            "A record withholds what no record may.", where=f"log entry {index}", found=", ".join(sorted(wrong))
        )


def _close(index: int, statement: Statement, known: type[Record], predicate: Mapping[str, Any]) -> ClosedRecord:
    """Check all that a record with withheld fields still says, and keep of it what it is about and where it stands."""
    hidden = withheld(predicate)
    told = {name: value for name, value in predicate.items() if name != MEMBER}
    if known.bound in hidden:
        told[known.bound] = {"sha256": hidden[known.bound], "size": 0, "media_type": MEMBER}
    public = _validate(index, _without(known, frozenset(hidden) - {known.bound}), told)
    _check_subjects(index, public, statement)
    return ClosedRecord(
        made=public.made,
        expires=public.expires,
        chain=public.chain,
        of=known.kind,
        why="withheld",
        fields=tuple(sorted(hidden)),
        plan=getattr(public, "plan", None),
        topic=public.about(),
        complete=public.is_complete,
    )


@cache
def _without(known: type[Record], hidden: frozenset[str]) -> type[Record]:
    """Return a kind of record whose hidden fields need not be there."""
    fields: dict[str, Any] = dict.fromkeys(hidden, (None, None))
    return create_model(known.__name__, __base__=known, **fields)


def _check_subjects(index: int, record: Record, statement: Statement) -> None:
    if _subjects(record, withheld(statement.predicate)) != tuple(statement.subjects):
        raise VerificationError("A record's subjects are not what its predicate says.", where=f"log entry {index}")


class _Dated(Model):
    """The little that can be read of a record of a type to come."""

    made: Time = _EPOCH
    chain: Chain | None = None


def _keep_unknown(statement: Statement) -> UnknownRecord:
    """Keep a record of a type to come, whatever it says of itself: one unreadable entry must not close the log."""
    told = statement.predicate if isinstance(statement.predicate.get("made"), str) else {}
    try:
        said = _Dated.model_validate(told)
    except ValidationError:
        said = _Dated()
    return UnknownRecord(made=said.made, chain=said.chain, predicate_type=statement.predicate_type)


class Records:
    """Verified entries of one log, as they stand at the moment `at`."""

    def __init__(self, entries: Iterable[Entry[Any]], at: datetime) -> None:
        self._entries = tuple(entries)
        self.at = at

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry[Any]]:
        return iter(self._entries)

    def before(self, size: int) -> "Records":
        """Return the view of the first `size` entries."""
        return Records((e for e in self._entries if e.ref.index < size), self.at)

    def of(self, kind: type[R]) -> tuple[Entry[R], ...]:
        """Return all entries of one kind, oldest first."""
        return tuple(e for e in self._entries if isinstance(e.record, kind))

    def current(self, kind: type[R]) -> tuple[Entry[R], ...]:
        """Return the entries of one kind that have not expired, oldest first."""
        return tuple(e for e in self.of(kind) if is_current(e.record, self.at))

    def latest(self, kind: type[R]) -> Entry[R] | None:
        """Return the newest entry of one kind, expired or not."""
        return next(iter(reversed(self.of(kind))), None)


def is_current(record: Record, at: datetime) -> bool:
    """Tell whether `record` may still be relied on at the moment `at`."""
    return record.expires is None or at < record.expires


def format_values(values: Iterable[Model]) -> bytes:
    """Return the canonical JSON list of some values: the bytes of an artifact."""
    return format_json([v.model_dump(mode="json", exclude_none=True) for v in values])
