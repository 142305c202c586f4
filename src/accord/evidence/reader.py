"""Reading a log's entries in order, each under the key that was in force when it was signed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import pairwise
from typing import Any

from accord.errors import SignatureError, VerificationError
from accord.evidence.custody import KeyRecord
from accord.evidence.entries import Entry, parse_entry, parse_record, read_entry
from accord.evidence.imports import ImportRecord
from accord.evidence.record import ClosedRecord
from accord.evidence.records import EvaluationRecord
from accord.evidence.values import Origin
from accord.evidence.withholding import Opening
from accord.ledger import PublicKey, leaf_hash, parse_statement, unverified_payload

_INDEPENDENT = (ImportRecord.kind, EvaluationRecord.kind)
"""What an evaluator may sign."""

Openings = Mapping[str, Sequence[Opening]]
"""What is known of withheld fields, by the leaf hash (hex) of the entry."""


@dataclass(frozen=True)
class Span:
    """A key of the organisation, and the log index from which it signs."""

    key: PublicKey
    start: int
    record: KeyRecord | None = None
    """The record that brought it into force; a log without any has one key for ever."""


class Reader:
    """Reads entries from the first on; `newest` is the key that signed the checkpoint above them.

    A log whose first entry is a KeyRecord may change its key: each later KeyRecord is signed by the key that the one
    before it committed to, and from there on no other key's signature is accepted. `openings` are what is known of
    withheld fields, `signers` whose signatures were verified before, by index. `evaluators` are independent parties
    who may sign results, and nothing else; a key of the log's own is none, whoever says so.
    """

    def __init__(
        self,
        newest: PublicKey,
        openings: Openings | None = None,
        signers: Mapping[int, PublicKey] | None = None,
        evaluators: Sequence[PublicKey] = (),
    ) -> None:
        self._newest = newest
        self._openings = openings or {}
        self._signers = signers or {}
        self._evaluators = tuple(evaluators)
        self.spans: tuple[Span, ...] = ()

    @property
    def keys(self) -> tuple[PublicKey, ...]:
        """The keys that were in force so far, oldest first; before the first entry was read, the newest alone."""
        return tuple(span.key for span in self.spans) or (self._newest,)

    def read(self, index: int, data: bytes) -> Entry[Any]:
        """Verify and parse the next entry; errors as of `read_entry`, and the same entry may then be passed over."""
        if not self.spans:
            return self._begin(index, data)
        try:
            entry = self._read(index, data, self.keys[-1])
        except SignatureError:
            change = _key_record(index, data)
            if change is None or not self._may_follow(change):
                raise
            return self._change(index, data, change)
        if isinstance(entry.record, KeyRecord):
            raise VerificationError(
                "A key comes into force by its own signature, and as the one before it committed to.",
                where=f"log entry {index}",
                expected=entry.record.key.fingerprint,
                found=self.keys[-1].fingerprint,
            )
        return entry

    def _read(self, index: int, data: bytes, key: PublicKey) -> Entry[Any]:
        openings = self._openings.get(leaf_hash(data).hex(), ()) if self._openings else ()
        if self._signers.get(index) == key:
            return parse_entry(index, data, unverified_payload(data), Origin.SELF, openings)
        entry = read_entry(index, data, (key, *self._outsiders(key)), openings)
        kind = entry.record.of if isinstance(entry.record, ClosedRecord) else entry.record.signed_as
        if entry.origin != Origin.SELF and kind not in _INDEPENDENT:
            raise VerificationError(
                "A record of this kind is the organisation's own to sign.",
                where=f"log entry {index}",
                expected=", ".join(_INDEPENDENT),
                found=kind,
            )
        return entry

    def _outsiders(self, key: PublicKey) -> tuple[PublicKey, ...]:
        """Return the evaluators whose key never was, and may not become, the organisation's own."""
        own = {key.raw, self._newest.raw, *(span.key.raw for span in self.spans)}
        committed = {span.record.following for span in self.spans if span.record}
        return tuple(
            one for one in self._evaluators if one.raw not in own and sha256(one.raw).hexdigest() not in committed
        )

    def _begin(self, index: int, data: bytes) -> Entry[Any]:
        first = _key_record(index, data)
        if index == 0 and first is not None and first.reason == "first":
            return self._change(index, data, first)
        entry = self._read(index, data, self._newest)
        self.spans = (Span(self._newest, index),)
        return entry

    def _change(self, index: int, data: bytes, change: KeyRecord) -> Entry[Any]:
        entry = read_entry(index, data, (change.key,))
        self.spans = (*self.spans, Span(change.key, index, change))
        return entry

    def finish(self) -> None:
        """Raise SignatureError where the key that is in force at the end is not the one that signed the checkpoint."""
        if self.keys[-1] != self._newest:
            raise SignatureError(
                "The checkpoint is signed by a key that was not in force.",
                expected=self.keys[-1].fingerprint,
                found=self._newest.fingerprint,
            )

    def believe(self, entries: Iterable[Entry[Any]]) -> tuple[Entry[Any], ...]:
        """Return entries with those closed that a compromised key signed after it was stolen, as its owner says."""
        doubts = [
            (max(new.record.revoked_since, old.start), new.start)  # of no key but the one that was stolen
            for old, new in pairwise(self.spans)
            if new.record and new.record.revoked_since is not None
        ]
        return tuple(_close(e) if _is_doubted(e, doubts) else e for e in entries)

    def _may_follow(self, change: KeyRecord) -> bool:
        last = self.spans[-1]
        return (
            last.record is not None
            and change.reason != "first"
            and change.key.name == last.key.name
            and sha256(change.key.raw).hexdigest() == last.record.following
        )


def read_entries(
    entries: Iterable[bytes],
    newest: PublicKey,
    openings: Openings | None = None,
    *,
    doubted: bool = False,
    evaluators: Sequence[PublicKey] = (),
) -> tuple[Entry[Any], ...]:
    """Verify and parse all entries of a log, whose checkpoint `newest` signed; raises at the first fault.

    What a stolen key signed is closed, unless it is to be seen although it is `doubted`. What one of the `evaluators`
    signed is independent.
    """
    reader = Reader(newest, openings, evaluators=evaluators)
    read = [reader.read(index, data) for index, data in enumerate(entries)]
    if read:
        reader.finish()
    return tuple(read) if doubted else reader.believe(read)


def _is_doubted(entry: Entry[Any], doubts: Iterable[tuple[int, int]]) -> bool:
    # The record of a key proves itself by what was committed to before it: the history of keys stays readable.
    after = any(since <= entry.ref.index < start for since, start in doubts)
    return after and not isinstance(entry.record, KeyRecord)


def _close(entry: Entry[Any]) -> Entry[Any]:
    record = entry.record
    plan = record.plan if isinstance(record, EvaluationRecord | ClosedRecord) else None
    closed = ClosedRecord(
        made=record.made,
        expires=record.expires,
        chain=record.chain,
        of=record.signed_as,
        why="revoked",
        plan=plan,
        topic=record.about(),
        complete=record.is_complete,
    )
    return replace(entry, record=closed)


def _key_record(index: int, data: bytes) -> KeyRecord | None:
    """Return the record of a key that an entry holds, unverified: it says under which key to look."""
    record = parse_record(index, parse_statement(unverified_payload(data)))
    return record if isinstance(record, KeyRecord) else None


def claimed_key(data: bytes) -> PublicKey | None:
    """Return the key that a log's first entry names, unverified: the entry must then verify under it."""
    record = _key_record(0, data)
    return record.key if record and record.reason == "first" else None
