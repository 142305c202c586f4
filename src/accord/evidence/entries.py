"""Signing records, reading them back, and the view of a log that checks and reports look at."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from accord.errors import RecordError, VerificationError
from accord.evidence.records import RECORD_TYPES, Record, UnknownRecord
from accord.evidence.values import Model, Origin, Ref
from accord.ledger import (
    PublicKey,
    SigningKey,
    Statement,
    format_json,
    format_statement,
    leaf_hash,
    open_envelope,
    parse_statement,
    sign_envelope,
)

_BY_URI = {t.type_uri(): t for t in RECORD_TYPES}
_EPOCH = datetime.fromtimestamp(0, UTC)

R = TypeVar("R", bound=Record)


@dataclass(frozen=True)
class Entry(Generic[R]):
    """A record where it stands in the log."""

    ref: Ref
    origin: Origin
    record: R


def sign_record(record: Record, key: SigningKey) -> bytes:
    """Return the signed envelope of `record`: the bytes of one log entry."""
    predicate = record.model_dump(mode="json", exclude_none=True)
    statement = Statement(record.subjects(), record.type_uri(), predicate)
    return sign_envelope(format_statement(statement), key)


def read_entry(index: int, data: bytes, keys: Sequence[PublicKey]) -> Entry[Record]:
    """Verify and parse one log entry; `keys[0]` is the organisation's own, the others independent.

    Raises SignatureError when no key verifies it, VerificationError or RecordError when it is malformed.
    """
    payload, key = open_envelope(data, keys)
    record = _parse_record(index, parse_statement(payload))
    origin = Origin.SELF if key == keys[0] else Origin.INDEPENDENT
    return Entry(Ref(index=index, leaf=leaf_hash(data).hex()), origin, record)


def _parse_record(index: int, statement: Statement) -> Record:
    known = _BY_URI.get(statement.predicate_type)
    if known is None:
        return _keep_unknown(statement)
    try:
        record = known.model_validate(statement.predicate)
    except ValidationError as error:
        raise RecordError(
            f"A record does not have the shape of its type {statement.predicate_type}.",
            where=f"log entry {index}",
            found="; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()),
        ) from error
    if record.subjects() != tuple(statement.subjects):
        raise VerificationError("A record's subjects are not what its predicate says.", where=f"log entry {index}")
    return record


def _keep_unknown(statement: Statement) -> UnknownRecord:
    """Keep a record of a type to come, whatever it says of its time: one unreadable entry must not close the log."""
    made = statement.predicate.get("made")
    try:
        return UnknownRecord(made=made if isinstance(made, str) else _EPOCH, predicate_type=statement.predicate_type)
    except ValidationError:
        return UnknownRecord(made=_EPOCH, predicate_type=statement.predicate_type)


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
