"""Decisions of people: whether to go on in view of the red lines, and to override a gate for a time."""

from typing import ClassVar, Literal

from pydantic import model_validator

from accord.evidence.record import Record
from accord.evidence.risks import names_person
from accord.evidence.values import Basis, Model, ModelRef, Ref
from accord.ledger import Subject


class Ground(Model):
    """What was decided about one of the grounds of the preamble (fact P11)."""

    id: str
    """The ground's id in the edition of the Code."""
    crossed: bool
    """Whether going on would cross it."""
    reason: str
    """Why."""


class DecisionRecord(Record):
    """Somebody who answers for it decided, with reasons. The role is named, never the person: the log cannot forget.

    A red-line decision speaks of every ground, before development goes on and before release. An override lets a gate
    pass in spite of the reasons it names, until it expires.
    """

    kind: ClassVar[str] = "decision"
    basis: ClassVar[Basis] = Basis.DECLARED
    named: ClassVar[frozenset[str]] = frozenset(
        {"topic", "stage", "outcome", "role", "model", "grounds", "overrides", "job"}
    )
    topic: Literal["red-lines", "override", "release"]
    """What was decided."""
    stage: str
    """The stage of the manifest that it is for."""
    outcome: Literal["proceed", "stop"]
    """Whether to go on."""
    role: str
    """The role that decided, such as Chief Safety Officer."""
    reason: str
    """Why."""
    model: ModelRef
    """The model that it is about."""
    grounds: tuple[Ground, ...] = ()
    """Each ground of the preamble, for a decision about red lines."""
    overrides: tuple[str, ...] = ()
    """The reasons of a gate that are overridden, by their ids."""
    conditions: tuple[str, ...] | None = None
    """On what it depends that it goes on."""
    rests_on: tuple[Ref, ...] = ()
    """The records that were looked at."""

    @model_validator(mode="after")
    def _impersonal(self) -> "DecisionRecord":
        if names_person(self.role, role=True) or any(
            map(names_person, (self.reason, *(self.conditions or ()), *(g.reason for g in self.grounds)))
        ):
            msg = "a decision names roles and never a person's address: the log cannot forget"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _whole(self) -> "DecisionRecord":
        if self.topic == "red-lines" and not self.grounds:
            msg = "a decision about red lines speaks of every ground"
            raise ValueError(msg)
        if self.outcome == "proceed" and any(g.crossed for g in self.grounds):
            msg = "nobody may decide to go on across a red line: it is not acceptable (fact P11)"
            raise ValueError(msg)
        if self.topic == "override" and not (self.overrides and self.expires):
            msg = "an override names the reasons that it overrides, and when it ends"
            raise ValueError(msg)
        if self.outcome == "stop" and self.conditions:
            msg = "what stops depends on no condition: say in the reason what would have to change"
            raise ValueError(msg)
        return self

    def about(self) -> str:
        """Return the topic and the stage."""
        return f"{self.topic} {self.stage}"

    def subjects(self) -> tuple[Subject, ...]:
        """Name the model."""
        return (Subject(name=self.model.name, sha256=self.model.sha256),)
