"""The register of risks, one event at a time: found, assessed, treated, accepted, closed."""

import re
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Annotated, ClassVar, Literal

from pydantic import Field, ValidationInfo, model_validator

from accord.evidence.metrics import MetricId
from accord.evidence.record import Record
from accord.evidence.values import Basis, Model
from accord.ledger import Subject, digest

RiskEvent = Literal["add", "assess", "treat", "accept", "close"]
RiskFamily = Literal["R1", "R2", "R3", "R4", "R5", "R6", "R7", "other"]
RiskStage = Literal["design", "development", "deployment", "use"]
RiskPhase = Literal["inherent", "residual"]

RiskId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=64)]
_Measured = Annotated[str, Field(pattern=MetricId)]
_Touched = Annotated[str, Field(pattern=r"^([1-9]|1[01])(\.[1-9][0-9]?)?$")]
_Catalogued = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9-]{0,31}:[A-Za-z0-9][A-Za-z0-9._-]{0,126}$")]

_NEEDED: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "add": frozenset(
            {"title", "scenario", "family", "affected", "stage", "owner", "review", "touches", "systemic"}
        ),
        "assess": frozenset({"phase", "likelihood", "severity", "reason"}),
        "treat": frozenset({"mitigation", "treatment", "role", "due"}),
        "accept": frozenset({"role", "reason", "expires"}),
        "close": frozenset({"role", "reason"}),
    }
)
_POSSIBLE: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "add": frozenset({"partners", "catalogue"}),
        "assess": frozenset({"indicators", "review"}),
        "treat": frozenset({"shown_by"}),
        "accept": frozenset(),
        "close": frozenset(),
    }
)
_ROLES = ("owner", "role")
_MAILBOX = re.compile(r"[^\s@\uff20]+[@\uff20][^\s@\uff20]+\.[^\s@\uff20]+")


def names_person(text: str, *, role: bool = False) -> bool:
    """Tell whether a text holds an e-mail address; a `role` may hold no @ at all, not even a full-width one."""
    return bool(re.search(r"[@\uff20]", text) if role else _MAILBOX.search(text))


class Rating(Model):
    """A place on a scale of accord.toml, with its word: it stays readable when the scale changes."""

    position: int = Field(ge=1, le=10)
    """The place, counted from 1, the lowest."""
    word: str
    """What the scale called it."""


class Effect(Model):
    """What would show that a treatment works: the whole interval of a metric within a bound."""

    metric: _Measured
    """The metric, as in `refusal.harmful`."""
    at_most: float | None = Field(default=None, ge=0, le=1)
    """The most that it may be."""
    at_least: float | None = Field(default=None, ge=0, le=1)
    """The least that it may be."""

    @model_validator(mode="after")
    def _one_bound(self) -> "Effect":
        if (self.at_most is None) == (self.at_least is None):
            msg = "expected exactly one of at_most and at_least"
            raise ValueError(msg)
        return self


class RiskRecord(Record):
    """Something was done about a risk: it was added to the register, assessed, treated, accepted or closed.

    Which members it has follows from the event. Roles are named, never persons: the log cannot forget.
    """

    kind: ClassVar[str] = "risk"
    basis: ClassVar[Basis] = Basis.DECLARED
    # The phase too: of a withheld assessment it must show what it replaces.
    named: ClassVar[frozenset[str]] = frozenset({"id", "event", "phase", "job"})
    id: RiskId
    """The risk's id in the register."""
    event: RiskEvent
    """What was done about it."""
    title: str | None = None
    """The risk in a few words (add)."""
    scenario: str | None = None
    """How it would come about, and what would follow (add)."""
    family: RiskFamily | None = None
    """The family of clause 1.9 that it belongs to (add)."""
    affected: tuple[str, ...] | None = Field(default=None, min_length=1)
    """The groups of people whom it would harm (add)."""
    stage: RiskStage | None = None
    """The stage of the lifecycle at which it arises (add; fact P4)."""
    owner: str | None = None
    """The role that answers for it (add)."""
    review: date | None = None
    """The day by which it is looked at again (add); an assessment may name the next one."""
    touches: tuple[_Touched, ...] | None = Field(default=None, min_length=1)
    """The actions and clauses of the Code that it touches (add)."""
    systemic: bool | None = None
    """Whether it is a systemic risk, as the organisation sees it: the Code leaves the word undefined (add)."""
    partners: tuple[str, ...] | None = None
    """The organisations and sectors with which it is worked on (add; clause 1.10)."""
    catalogue: tuple[_Catalogued, ...] | None = None
    """Its ids in catalogues of risks, as in `MIT:3.2.1` (add)."""
    phase: RiskPhase | None = None
    """Whether it is assessed without its treatments or with them (assess)."""
    likelihood: Rating | None = None
    """How likely it is (assess)."""
    severity: Rating | None = None
    """How bad it would be (assess)."""
    indicators: tuple[_Measured, ...] | None = None
    """The metrics that measure it (assess)."""
    mitigation: RiskId | None = None
    """The treatment's own id: treated again under it, the newer one counts (treat)."""
    treatment: str | None = None
    """What is done (treat)."""
    due: date | None = None
    """The day by which it is done (treat)."""
    shown_by: tuple[Effect, ...] | None = None
    """What shows that it works (treat)."""
    role: str | None = None
    """The role that treats, accepts or closes it."""
    reason: str | None = None
    """Why it is assessed so, accepted or closed."""

    @property
    def level(self) -> int | None:
        """The product of the two positions of an assessment; none where one of them is not said or is withheld."""
        return self.likelihood.position * self.severity.position if self.likelihood and self.severity else None

    @model_validator(mode="after")
    def _as_the_event_needs(self, info: ValidationInfo) -> "RiskRecord":
        if info.mode == "json":  # read back: what is missing may be withheld, and the fold counts nothing on it
            return self
        given = {name for name, value in self if _says(value)} - {"id", "event", "made", "job", "chain"}
        needed = _NEEDED[self.event]
        if missing := needed - given:
            msg = f"to {self.event} a risk says also: {', '.join(sorted(missing))}"
            raise ValueError(msg)
        if foreign := given - needed - _POSSIBLE[self.event]:
            msg = f"to {self.event} a risk does not say: {', '.join(sorted(foreign))}"
            raise ValueError(msg)
        if named := sorted(name for name in given if _names_person(name, getattr(self, name))):
            msg = f"a person's address cannot be taken back from the log: {', '.join(named)}"
            raise ValueError(msg)
        return self

    def about(self) -> str:
        """Return the risk's id."""
        return self.id

    def subjects(self) -> tuple[Subject, ...]:
        """Name the risk, by the digest of its id."""
        return (Subject(name=self.id, sha256=digest(self.id.encode())),)


def _says(value: object) -> bool:
    return bool(value.strip()) if isinstance(value, str) else value is not None and value != ()


def _names_person(name: str, value: object) -> bool:
    texts = value if isinstance(value, tuple) else (value,)
    return any(isinstance(text, str) and names_person(text, role=name in _ROLES) for text in texts)
