"""Statements: facts that the organisation states about clauses of the Code, typed, dated and with their evidence.

What a questionnaire in free text leaves open is said here: whether something is done or planned, since when, who
answers for it, when it was last checked and what shows it. A statement is never edited: the next one replaces it.
"""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Annotated, ClassVar, Literal

from pydantic import Field, ValidationInfo, model_validator

from accord.evidence.record import Record
from accord.evidence.risks import names_person
from accord.evidence.values import ArtifactRef, Basis, Model, Ref
from accord.ledger import Subject, digest

Claim = Literal[
    "current-practice",
    "completed-action",
    "commitment",
    "plan",
    "conditional-plan",
    "declared-authority",
    "external-finding",
]
"""What kind of claim it is: what is done, was done, is promised, is meant, is meant if, may be done, was found."""
Topic = Literal["practice", "policy", "research", "funding", "tool", "project", "literacy", "standard", "sharing"]
Confidentiality = Literal["public", "withheld", "private"]
Covered = Literal[
    "risk-management",
    "governance",
    "personal-data",
    "prompts",
    "outputs",
    "acceptable-use",
    "incident-response",
    "security",
    "staff-training",
]
"""What a policy can be about; clause 5.2 asks for personal data, prompts and outputs."""
AHEAD: frozenset[Claim] = frozenset({"commitment", "plan", "conditional-plan"})
"""Claims about what is to come: they show nothing that is done."""

StatementId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=64)]
_Clause = Annotated[str, Field(pattern=r"^([1-9]|1[01])\.[1-9][0-9]?$")]
_Link = Annotated[str, Field(pattern=r"^https://[^\s\x00-\x20]+$", max_length=2_000)]
_Code = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]

_COMMON = frozenset({"topic", "claim", "clauses", "title", "text", "since", "checked", "owner", "confidentiality"})
_NEEDED: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "practice": frozenset(),
        "policy": frozenset({"version", "approver", "review"}),
        "research": frozenset(),
        "funding": frozenset({"amount", "currency"}),
        "tool": frozenset({"disclosed"}),
        "project": frozenset({"goals", "outcome"}),
        "literacy": frozenset({"outcome"}),
        "standard": frozenset({"body", "deliverable"}),
        "sharing": frozenset({"partners"}),
    }
)
_POSSIBLE = frozenset(
    {"condition", "due", "disclosed", "partners", "documents", "links", "records", "review", "outcome"}
)
_ONLY: Mapping[str, frozenset[str]] = MappingProxyType({"policy": frozenset({"covers"})})
"""What a topic may say and no other."""
HIDDEN: frozenset[str] = frozenset(
    {
        "title", "text", "condition", "documents", "links", "records", "disclosed", "version", "approver", "partners",
        "amount", "currency", "goals", "outcome", "body", "deliverable",
    }
)  # fmt: skip
"""What of a statement that the public may not read enters the log as commitments: all but its clauses, its kind, its
days and the role that answers, so that nobody can hide that it is there or overdue."""


class Outcome(Model):
    """A figure that shows what came of it, and how it was found."""

    value: float
    """The figure."""
    unit: str
    """What it counts."""
    method: str
    """How it was found."""


class StatementRecord(Record):
    """The organisation states a fact about clauses of the Code, or withdraws what it stated.

    Which members it has follows from the topic and the claim. Roles are named, never persons: the log cannot forget.
    """

    kind: ClassVar[str] = "statement"
    basis: ClassVar[Basis] = Basis.DECLARED
    named: ClassVar[frozenset[str]] = frozenset(
        {"id", "event", "topic", "claim", "clauses", "since", "checked", "confidentiality", "job"}
    )
    reveals: ClassVar[Mapping[str, frozenset[str]]] = {"text": frozenset({"title", "documents", "links"})}
    id: StatementId
    """Its own id: a later statement under it replaces this one."""
    event: Literal["state", "withdraw"]
    """Whether it is stated or taken back."""
    topic: Topic | None = None
    """What it is about."""
    claim: Claim | None = None
    """What kind of claim it is."""
    clauses: tuple[_Clause, ...] | None = Field(default=None, min_length=1)
    """The clauses that it speaks to."""
    title: str | None = None
    """It in a few words."""
    text: str | None = None
    """The statement."""
    since: date | None = None
    """The day from which it holds, or on which it was done or found."""
    checked: date | None = None
    """The day on which somebody last looked whether it holds."""
    owner: str | None = None
    """The role that answers for it."""
    confidentiality: Confidentiality | None = None
    """Whether everybody may read it, only whom it is disclosed to, or nobody outside."""
    condition: str | None = None
    """On what it depends, of a conditional plan."""
    due: date | None = None
    """The day by which it will be done, of a commitment or a plan."""
    documents: tuple[ArtifactRef, ...] | None = None
    """Documents that show it, by digest."""
    links: tuple[_Link, ...] | None = None
    """Public pages that show it."""
    records: tuple[Ref, ...] | None = None
    """Records that show it."""
    disclosed: _Link | None = None
    """Where it is published."""
    review: date | None = None
    """The day by which it is looked at again."""
    version: str | None = None
    """The version of a policy."""
    approver: str | None = None
    """The role that approved a policy."""
    covers: tuple[Covered, ...] | None = Field(default=None, min_length=1)
    """What a policy is about."""
    partners: tuple[str, ...] | None = None
    """The organisations and sectors with which it is done."""
    amount: float | None = Field(default=None, ge=0)
    """How much money, of funding."""
    currency: _Code | None = None
    """Its currency (ISO 4217)."""
    goals: tuple[Annotated[int, Field(ge=1, le=17)], ...] | None = Field(default=None, min_length=1)
    """The Sustainable Development Goals of a project, by their numbers."""
    outcome: Outcome | None = None
    """What came of it, as a figure."""
    body: str | None = None
    """The standards body."""
    deliverable: str | None = None
    """The standard that is worked on."""
    reason: str | None = None
    """Why it is withdrawn."""

    @model_validator(mode="after")
    def _as_the_topic_needs(self, info: ValidationInfo) -> "StatementRecord":
        if info.mode == "json":  # read back: what is missing may be withheld
            return self
        given = {name for name, value in self if value not in (None, ())} - {
            "id", "event", "made", "expires", "job", "chain",
        }  # fmt: skip
        needed, possible = _shape(self)
        if missing := needed - given:
            msg = f"to {self.event} a {self.topic or 'statement'} says also: {', '.join(sorted(missing))}"
            raise ValueError(msg)
        if foreign := given - needed - possible:
            msg = f"to {self.event} a {self.topic or 'statement'} does not say: {', '.join(sorted(foreign))}"
            raise ValueError(msg)
        if self.since and self.checked and self.checked < self.since and self.claim not in AHEAD:
            msg = "it cannot have been checked before the day from which it holds"
            raise ValueError(msg)
        if named := sorted(name for name in given if _names_person(name, getattr(self, name))):
            msg = f"a person's address cannot be taken back from the log: {', '.join(named)}"
            raise ValueError(msg)
        return self

    def about(self) -> str:
        """Return the statement's id."""
        return self.id

    def subjects(self) -> tuple[Subject, ...]:
        """Name the statement, by the digest of its id."""
        return (Subject(name=self.id, sha256=digest(self.id.encode())),)


def _shape(record: StatementRecord) -> tuple[frozenset[str], frozenset[str]]:
    """Return what a statement has to say, and what it may."""
    if record.event == "withdraw":
        return frozenset({"reason"}), frozenset()
    needed = _COMMON | _NEEDED.get(record.topic or "practice", frozenset())
    if record.claim == "conditional-plan":
        needed |= {"condition"}
    if record.claim == "commitment":
        needed |= {"due"}
    return needed, _POSSIBLE | _ONLY.get(record.topic or "", frozenset())


def _names_person(name: str, value: object) -> bool:
    texts = (
        (value.unit, value.method) if isinstance(value, Outcome) else value if isinstance(value, tuple) else (value,)
    )
    role = name in {"owner", "approver"}
    return any(isinstance(text, str) and names_person(text, role=role) for text in texts)
