"""The small values that records are made of."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer


def _as_utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        msg = "a time needs its zone, as in 2026-11-23T15:00:00Z"
        raise ValueError(msg)
    try:
        return value.astimezone(UTC).replace(microsecond=0)
    except OverflowError as error:  # 9999-12-31T23:59:59-12:00: not a ValueError, so pydantic would let it through
        msg = "a time must be between the years 1 and 9999 in UTC"
        raise ValueError(msg) from error


Time = Annotated[
    datetime,
    AfterValidator(_as_utc),
    PlainSerializer(lambda t: t.strftime("%Y-%m-%dT%H:%M:%SZ"), return_type=str, when_used="json"),
]
"""A moment in UTC, to the second."""

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Model(BaseModel):
    """A frozen value; members that this version does not know are left to the signed bytes."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Basis(StrEnum):
    """How it is known: a program observed it, or a person said so."""

    MEASURED = "measured"
    DECLARED = "declared"


class Origin(StrEnum):
    """Whose evidence it is."""

    SELF = "self"
    INDEPENDENT = "independent"
    AUTHORITY = "authority"


class Status(StrEnum):
    """What the evidence says of a clause's practice. It is never a verdict on the organisation."""

    SUPPORTED = "supported"
    PARTIAL = "partial"
    CONTRADICTED = "contradicted"
    NO_EVIDENCE = "no-evidence"
    NOT_APPLICABLE = "not-applicable"


class ArtifactRef(Model):
    """Bytes that lie beside the log and may be erased without breaking it."""

    sha256: Sha256
    """The digest of the bytes."""
    size: int = Field(ge=0)
    """Their number."""
    media_type: str
    """What they are (RFC 6838)."""


class Ref(Model):
    """An entry of the log: its index and its RFC 6962 leaf hash (hex)."""

    index: int = Field(ge=0)
    """Its place in the log, from 0."""
    leaf: Sha256
    """Its leaf hash."""


class Tool(Model):
    """A program that took part in a measurement."""

    name: str
    """The program's name."""
    version: str
    """Its version."""


class ModelRef(Model):
    """The model under test: `sha256` is of the weight file, or of the canonical identity of an endpoint."""

    kind: Literal["weights", "endpoint", "inspect"]
    """How it is reached, which decides what the digest shows."""
    name: str
    """The name that the organisation declares."""
    locator: str
    """The weight file's name, the endpoint's address, or Inspect's model string."""
    sha256: Sha256
    """Of the weight file's bytes; of the canonical identity where there are no bytes to see."""


def expiry(made: datetime, days: int) -> datetime:
    """Return the moment at which something made then, good for `days`, expires."""
    return made + timedelta(days=days)
