"""What every record has, whatever its kind; and records whose content this reader does not have."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from accord.evidence.values import Basis, Model, Ref, Sha256, Time
from accord.ledger import Subject

TYPE_BASE = "https://w3id.org/accord-code/record/"


class Chain(Model):
    """Where a record stands among those of its kind about one subject: a dropped one leaves a hole."""

    about: str
    """What they are about, in a few identifiers."""
    sequence: int = Field(ge=1)
    """Its number among them, from 1 and without gaps."""
    previous: Sha256 | None = None
    """The leaf hash of the one before it; the first has none."""

    @model_validator(mode="after")
    def _first_has_none(self) -> "Chain":
        if (self.sequence == 1) != (self.previous is None):
            msg = "the first of a sequence has no predecessor, and every other one has"
            raise ValueError(msg)
        return self


class Record(Model):
    """What every record has: when it was made, until when it may be relied on, and its place in a sequence."""

    kind: ClassVar[str]
    basis: ClassVar[Basis]
    named: ClassVar[frozenset[str]] = frozenset()
    """Fields that say what the record is about: they are never withheld, and neither are those of every record."""
    bound: ClassVar[str] = ""
    """The field whose digest is the subject's: withheld, its commitment is the subject's digest."""
    reveals: ClassVar[Mapping[str, frozenset[str]]] = {}
    """Fields from which another could be guessed: whoever withholds that one withholds these with it."""
    made: Time
    """When it was made."""
    expires: Time | None = None
    """Until when it may be relied on; for ever where it says nothing."""
    job: Sha256 | None = None
    """SHA-256 over everything that a measurement depends on: made again with the same job, nothing is new."""
    chain: Chain | None = None
    """Its place in its sequence, given when it is appended."""

    @property
    def is_complete(self) -> bool:
        """Tell whether all that was meant to be measured was."""
        return True

    @property
    def signed_as(self) -> str:
        """The kind as which it was signed."""
        return self.kind

    @classmethod
    def type_uri(cls) -> str:
        """Return the predicate type of this record."""
        return f"{TYPE_BASE}{cls.kind}/v1"

    @classmethod
    def withholdable(cls) -> frozenset[str]:
        """Return the fields that may be published as commitments alone."""
        return frozenset(cls.model_fields) - cls.named - {"made", "expires", "chain"}

    def about(self) -> str:
        """Return what the record's sequence is about: one sequence for the whole kind where it says nothing."""
        return ""

    def subjects(self) -> tuple[Subject, ...]:
        """Return what the record is about, by digest."""
        raise NotImplementedError


class UnknownRecord(Record):
    """A record of a type this version cannot read: kept, counted, and left alone."""

    kind: ClassVar[str] = "unknown"
    basis: ClassVar[Basis] = Basis.DECLARED
    predicate_type: str

    @property
    def signed_as(self) -> str:
        """The type that it has in its statement."""
        return self.predicate_type

    def subjects(self) -> tuple[Subject, ...]:
        """Name nothing: what it is about cannot be read."""
        return ()


class ClosedRecord(Record):
    """A record that supports nothing for this reader: what it says is withheld, or its key was revoked."""

    kind: ClassVar[str] = "closed"
    basis: ClassVar[Basis] = Basis.DECLARED
    of: str
    """The kind of the record that is closed."""
    why: Literal["withheld", "revoked"]
    """Fields are commitments that no opening was handed over for, or its signer's key is no longer believed."""
    fields: tuple[str, ...] = ()
    """The fields that are withheld."""
    plan: Ref | None = None
    """The plan of which it is the result, where it is one."""
    topic: str = ""
    """What the record's sequence is about, as its public fields say."""
    complete: bool = True
    """Whether all that was meant to be measured was, as its public fields say."""

    @property
    def is_complete(self) -> bool:
        """Tell whether all that was meant to be measured was."""
        return self.complete

    @property
    def signed_as(self) -> str:
        """The kind of the record that is closed."""
        return self.of

    def about(self) -> str:
        """Return what its sequence is about."""
        return self.topic

    def subjects(self) -> tuple[Subject, ...]:
        """Name nothing: what it is about stands in its statement."""
        return ()
