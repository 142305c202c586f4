"""Withholding a field: a salted commitment stands in its place, and an opening shows the value to whom one likes.

A commitment is SHA-256 over 32 random bytes and the value's canonical JSON: it tells neither the value nor its length,
nor whether two records hold the same. Only whole members of a record are withheld: no list tells how long it is.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any

from pydantic import Field

from accord.errors import RecordError, VerificationError
from accord.evidence.record import Record
from accord.evidence.values import Model
from accord.ledger import format_json

MEMBER = "withheld"
"""The member of a predicate that holds its commitments: SHA-256 by field."""

_SALT = 32
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Opening(Model):
    """What a commitment hides: whoever holds it can check that the value was fixed when the record was signed."""

    field: str
    """The record's field."""
    salt: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """The 32 random bytes, in hexadecimal."""
    value: Any = None
    """The value, as JSON."""

    @property
    def commitment(self) -> str:
        """The SHA-256 that the record holds in the value's place."""
        return hashlib.sha256(bytes.fromhex(self.salt) + format_json(self.value)).hexdigest()


def make_openings(record: Record, fields: Iterable[str], entropy: Callable[[int], bytes]) -> tuple[Opening, ...]:
    """Return the openings with which `record` is signed so that these fields are withheld, and what would reveal them.

    Fields that this kind of record does not have are passed over: one list serves all kinds. Raises RecordError for a
    field that says what the record is about.
    """
    asked = {field for field in fields if field in type(record).model_fields}
    if kept := asked - record.withholdable():
        raise RecordError(
            "A field that says what a record is about cannot be withheld.",
            where=f"record of the kind {record.kind}",
            expected=", ".join(sorted(record.withholdable())),
            found=", ".join(sorted(kept)),
        )
    whole = asked.union(*(record.reveals.get(field, frozenset()) for field in asked))
    values = record.model_dump(mode="json", exclude_none=True)
    return tuple(Opening(field=f, salt=entropy(_SALT).hex(), value=values.get(f)) for f in sorted(whole))


def withhold(predicate: Mapping[str, Any], openings: Iterable[Opening]) -> dict[str, Any]:
    """Return a predicate with the commitments of these openings in the place of their fields."""
    hidden = {opening.field: opening.commitment for opening in openings}
    kept = {name: value for name, value in predicate.items() if name not in hidden}
    return {**kept, MEMBER: hidden} if hidden else kept


def withheld(predicate: Mapping[str, Any]) -> dict[str, str]:
    """Return the commitments of a predicate by field; VerificationError where they are not such, or hide nothing."""
    hidden = predicate.get(MEMBER, {})
    if not isinstance(hidden, dict) or not all(_is_sha256(value) for value in hidden.values()):
        raise VerificationError("A record's commitments are malformed.", expected="SHA-256 by field")
    if both := set(hidden) & set(predicate):
        raise VerificationError("A record withholds a field and states it.", found=", ".join(sorted(both)))
    return hidden


def _is_sha256(value: object) -> bool:
    return isinstance(value, str) and bool(_SHA256.fullmatch(value))


def disclose(predicate: Mapping[str, Any], openings: Iterable[Opening]) -> dict[str, Any]:
    """Return a predicate with the values of these openings in place; VerificationError where one does not fit."""
    hidden = dict(withheld(predicate))
    shown = {name: value for name, value in predicate.items() if name != MEMBER}
    for opening in openings:
        if hidden.get(opening.field) != opening.commitment:
            raise VerificationError(
                "An opening is not that of the record's commitment.",
                where=opening.field,
                expected=hidden.get(opening.field, "a field that is withheld"),
                found=opening.commitment,
            )
        del hidden[opening.field]  # a second opening of one field has nothing left to open
        if opening.value is not None:
            shown[opening.field] = opening.value
    return {**shown, MEMBER: hidden} if hidden else shown
