"""What a verification says: one claim for each thing that was checked, and the gaps that no check can close."""

from collections.abc import Container, Iterable, Sequence
from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator

from accord.errors import AccordError
from accord.evidence import Model, Ref

SCHEMA = "https://w3id.org/accord-code/verification/v1"

Text = Annotated[str, BeforeValidator(lambda text: str(text).encode(errors="backslashreplace").decode())]
"""Text that may name a stranger's file, whose name need not be Unicode: what is not is spelled out."""

UNPINNED = "unpinned-key"
"""The gap that there is where the verifier named no key, or none that is the target's."""


class Result(StrEnum):
    """What a check came to, best first."""

    VERIFIED = "verified"
    WITHHELD = "withheld"
    """The bytes were not handed over; their digest still binds whoever shows them later."""
    ERASED = "erased"
    """The bytes were erased on purpose; a record says when and on which ground, and their digest still binds."""
    CANNOT_TELL = "cannot-tell"
    CONTRADICTED = "contradicted"


class Claim(Model):
    """One thing that the target says of itself, and whether that holds.

    `id` is stable: a kind, and what it is about, as in `record.3`. `reason` says why it is not verified. `ref` is
    the log entry that makes the claim.
    """

    id: Text
    text: Text
    result: Result
    reason: Text = ""
    ref: Ref | None = None

    @property
    def kind(self) -> str:
        """The first part of the id: what sort of claim this is."""
        return self.id.partition(".")[0]


class Gap(Model):
    """Something that this verification could not show, whatever its claims say."""

    id: str
    text: Text


class Verification(Model):
    """All that was checked of one target; `key` is the fingerprint of the key that its signatures verify under."""

    target: Text
    key: str | None
    claims: tuple[Claim, ...]
    gaps: tuple[Gap, ...]

    @property
    def worst(self) -> Result:
        """The worst result of any claim; with no claim at all nothing can be told."""
        order = tuple(Result)
        return max((c.result for c in self.claims), key=order.index, default=Result.CANNOT_TELL)

    @property
    def pinned(self) -> bool:
        """Whether the target stands under a key that the verifier named."""
        return all(gap.id != UNPINNED for gap in self.gaps)

    def count(self, result: Result) -> int:
        """Return how many claims came to `result`."""
        return sum(c.result == result for c in self.claims)

    def to_json(self) -> dict[str, object]:
        """Return the stable JSON form."""
        return {"schema": SCHEMA, "worst": self.worst.value, **self.model_dump(mode="json")}


def explain(error: AccordError) -> str:
    """Return an error as one line, without what to do about it: nobody can mend what they only verify."""
    parts = [("at", error.where), ("expected", error.expected), ("found", error.found)]
    detail = "; ".join(f"{name} {text}" for name, text in parts if text)
    return f"{error.problem} ({detail})" if detail else error.problem


def find_contradicted(claims: Iterable[Claim]) -> frozenset[str]:
    """Return the ids of the contradicted claims."""
    return frozenset(c.id for c in claims if c.result == Result.CONTRADICTED)


def rest_on(base: Container[str], claims: Sequence[Claim], reason: str) -> tuple[Claim, ...]:
    """Return `claims` with every verified one, but for those of the base itself, made cannot-tell."""
    return tuple(
        c.model_copy(update={"result": Result.CANNOT_TELL, "reason": reason})
        if c.result == Result.VERIFIED and c.id not in base
        else c
        for c in claims
    )
