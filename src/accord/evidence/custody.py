"""Records about the log's own keeping: which key signs, and which text was erased."""

from enum import StrEnum
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from accord.errors import VerificationError
from accord.evidence.record import Record
from accord.evidence.values import ArtifactRef, Basis, Ref, Sha256
from accord.ledger import PublicKey, Subject


class KeyRecord(Record):
    """A key comes into force, by its own signature, and names the digest of the one that may follow it.

    The first entry of a log may be one (`first`). Every other revokes the key before it, and is believed only
    where its key is the one that was committed to: whoever steals a key cannot put their own in its place.
    """

    kind: ClassVar[str] = "key"
    basis: ClassVar[Basis] = Basis.DECLARED
    named: ClassVar[frozenset[str]] = frozenset({"vkey", "following", "reason", "revoked_since", "job"})
    vkey: str
    """The key as a signed note's verifier key; from this record on every record is signed by it."""
    following: Sha256
    """The SHA-256 of the raw public key that may come after it."""
    reason: Literal["first", "scheduled", "lost", "compromised"]
    """Why the key before it is no longer used."""
    revoked_since: int | None = Field(None, ge=0)
    """The log index from which records by the key before it are not believed; None where all of them still are."""

    @model_validator(mode="after")
    def _since_needs_reason(self) -> "KeyRecord":
        if self.revoked_since is not None and self.reason != "compromised":
            msg = "only a compromised key is revoked for records that it signed already"
            raise ValueError(msg)
        try:
            _ = self.key
        except VerificationError as error:
            raise ValueError(str(error)) from error
        return self

    @property
    def key(self) -> PublicKey:
        """The key itself."""
        return PublicKey.parse(self.vkey)

    def subjects(self) -> tuple[Subject, ...]:
        """Name the key, by its key id."""
        return (Subject(name=self.key.name, sha256=self.key.keyid),)


class Erasing(StrEnum):
    """Why text was erased: a ground, never a story, because the log cannot forget what it is told."""

    DATA_SUBJECT = "data-subject-request"
    CONSENT = "consent-withdrawn"
    RETENTION = "retention-ended"
    ORDER = "legal-order"
    RIGHTS = "rights-of-others"
    MISTAKE = "recorded-by-mistake"


class ErasureRecord(Record):
    """Bytes beside the log were erased on purpose; the records that name them, and every proof, stay as they are."""

    kind: ClassVar[str] = "erasure"
    basis: ClassVar[Basis] = Basis.DECLARED
    named: ClassVar[frozenset[str]] = frozenset({"records", "reason", "job"})
    bound: ClassVar[str] = "erased"
    erased: ArtifactRef
    """The bytes that were erased."""
    records: tuple[Ref, ...] = Field(min_length=1)
    """The records that name them."""
    reason: Erasing
    """The ground on which they were erased."""

    def subjects(self) -> tuple[Subject, ...]:
        """Name what was erased."""
        return (Subject(name="erased", sha256=self.erased.sha256),)
