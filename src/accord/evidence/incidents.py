"""An incident, one event at a time: from the first signal over triage and containment to what the public is told."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, ClassVar, Literal

from pydantic import Field, ValidationInfo, model_validator

from accord.evidence.incident_facts import FACTS, Facts, Groups, IncidentId, Link, Text, Words
from accord.evidence.record import Record
from accord.evidence.risks import RiskId, names_person
from accord.evidence.values import ArtifactRef, Basis, Model, Ref, Time
from accord.ledger import Subject, digest

IncidentEvent = Literal[
    "signal", "acknowledge", "triage", "confirm", "contain", "resolve", "dismiss", "duplicate", "reopen", "correct",
    "link", "notify", "extend", "reward", "publish",
]  # fmt: skip
IncidentSource = Literal[
    "user", "affected-person", "researcher", "staff", "monitoring", "partner", "authority", "media", "other"
]
NotifyStage = Literal["initial", "interim", "final"]
Crediting = Literal["declined", "anonymous", "named"]

_Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=64)]
_Known = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9-]{0,31}:[A-Za-z0-9][A-Za-z0-9._-]{0,126}$")]
_Refs = Annotated[tuple[Ref, ...], Field(min_length=1, max_length=100)]

LINKS = frozenset(
    {"systems", "releases", "risks", "mitigations", "evaluations", "alerts", "related", "partners", "identifiers",
     "changes"}
)  # fmt: skip
"""The members that tie an incident to something else."""

_NEEDED: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "signal": frozenset({"title", "description", "source", "role"}),
        "acknowledge": frozenset({"role"}),
        "triage": frozenset({"category", "severity", "harms", "consequences", "relation", "role", "reason"}),
        "confirm": frozenset({"role", "reason"}),
        "contain": frozenset({"role", "measure"}),
        "resolve": frozenset({"role", "measure", "cause"}),
        "dismiss": frozenset({"role", "reason"}),
        "duplicate": frozenset({"role", "of"}),
        "reopen": frozenset({"role", "reason"}),
        "correct": frozenset({"role", "reason"}),
        "link": frozenset({"role"}),
        "notify": frozenset({"role", "authority", "stage"}),
        "extend": frozenset({"role", "reason", "clock", "until"}),
        "reward": frozenset({"role", "credit"}),
        "publish": frozenset({"role", "notice", "address"}),
    }
)
_POSSIBLE: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "signal": FACTS | LINKS | {"report", "at"},
        "acknowledge": frozenset({"at"}),
        "triage": FACTS | LINKS | {"at"},
        "confirm": FACTS | LINKS | {"at"},
        "contain": FACTS | LINKS | {"at"},
        "resolve": FACTS | LINKS | {"at"},
        "dismiss": frozenset({"at"}),
        "duplicate": frozenset({"at", "reason"}),
        "reopen": frozenset({"at"}),
        "correct": FACTS | {"at"},
        "link": LINKS | {"reason"},
        "notify": frozenset({"at", "under", "report", "recommendation", "reference"}),
        "extend": frozenset({"at"}),
        "reward": frozenset({"at", "bounty", "credited"}),
        "publish": FACTS | {"at", "language", "measure"},
    }
)
_ONE_OF: Mapping[str, frozenset[str]] = MappingProxyType({"correct": FACTS, "link": LINKS})
"""Events that say nothing unless they say one of these."""
_OPEN = frozenset({"id", "event", "at", "of", "tlp", "category", "severity", "stage", "under", "clock", "until"})


class Bounty(Model):
    """What was paid for a report; never to whom."""

    amount: str = Field(pattern=r"^(0|[1-9][0-9]{0,11})(\.[0-9]{1,4})?$")
    """The amount, as a decimal."""
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    """The currency (ISO 4217)."""


class IncidentRecord(Facts, Record):
    """Something was done about an incident, a hazard, a near miss or a vulnerability.

    Which members it has follows from the event; a fact that is said anew replaces what was said before. Roles are
    named, never persons: what a reporter wrote, and who they are, lies beside the log and can be erased.
    """

    kind: ClassVar[str] = "incident"
    basis: ClassVar[Basis] = Basis.DECLARED
    # What happened when, and how bad it is held to be: without these nobody outside could follow it at all.
    named: ClassVar[frozenset[str]] = _OPEN | {"job"}
    id: IncidentId
    """The incident's id."""
    event: IncidentEvent
    """What was done."""
    at: Time | None = None
    """When it was done; when it was recorded, where it says nothing."""
    role: Words | None = None
    """The role that does it."""
    reason: Text | None = None
    """Why."""
    source: IncidentSource | None = None
    """Who noticed it (signal)."""
    report: ArtifactRef | None = None
    """What was reported, as it came in (signal), or what an authority was told (notify)."""
    measure: Text | None = None
    """What is done about it (contain, resolve); said anew for the public (publish)."""
    of: IncidentId | None = None
    """The incident that it is a duplicate of (duplicate)."""
    systems: _Refs | None = None
    """The declarations of the systems and versions that it concerns (8)."""
    releases: _Refs | None = None
    """The decisions that released them."""
    risks: tuple[RiskId, ...] | None = Field(default=None, min_length=1)
    """The risks of the register that it shows to be real, by their ids."""
    mitigations: tuple[RiskId, ...] | None = Field(default=None, min_length=1)
    """The treatments of risks that answer it, or failed, by their ids."""
    evaluations: _Refs | None = None
    """The evaluations that show it, or that should have."""
    alerts: _Refs | None = None
    """The alerts of monitoring that it began with."""
    related: tuple[IncidentId, ...] | None = Field(default=None, min_length=1)
    """Incidents that form a pattern with it."""
    partners: Groups | None = None
    """The organisations with which it is worked on (clause 2.5)."""
    identifiers: tuple[_Known, ...] | None = Field(default=None, min_length=1)
    """Its ids elsewhere, as in `CVE:CVE-2026-12345` or `AIID:815`."""
    changes: tuple[Link, ...] | None = Field(default=None, min_length=1)
    """Where the changes that mend it can be seen."""
    authority: Words | None = None
    """The authority that was told (notify)."""
    stage: NotifyStage | None = None
    """Whether it was the first report, one in between, or the last (notify)."""
    under: tuple[_Id, ...] | None = Field(default=None, min_length=1)
    """The rules under which it was told, by their ids (notify)."""
    reference: Words | None = None
    """The authority's own reference (notify)."""
    recommendation: Text | None = None
    """What the authority is recommended to do (notify)."""
    clock: _Id | None = None
    """The deadline that is put off (extend)."""
    until: Time | None = None
    """To when (extend)."""
    bounty: Bounty | None = None
    """What was paid (reward)."""
    credit: Crediting | None = None
    """Whether the reporter is credited: not at all, without a name, or by name as they asked (reward)."""
    credited: ArtifactRef | None = None
    """The credit by name: a text beside the log, which can be erased (reward)."""
    notice: ArtifactRef | None = None
    """What the public was told (publish)."""
    address: Link | None = None
    """Where (publish)."""
    language: str | None = Field(default=None, pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35)
    """In which language (publish)."""

    @property
    def time(self) -> datetime:
        """When it was done, as far as is said."""
        return self.at or self.made

    @property
    def stated(self) -> dict[str, object]:
        """The facts that it states."""
        return {name: value for name in Facts.model_fields if (value := getattr(self, name)) is not None}

    @model_validator(mode="after")
    def _as_the_event_needs(self, info: ValidationInfo) -> "IncidentRecord":
        if info.mode == "json":  # read back: what is missing may be withheld, and the fold counts nothing on it
            return self
        given = {name for name, value in self if _says(value)} - {"id", "event", "made", "job", "chain"}
        if problem := _misfit(self.event, given) or self._doubt(given):
            raise ValueError(problem)
        return self

    def _doubt(self, given: set[str]) -> str:
        """Return what cannot be so of what was given, or nothing."""
        named = sorted(name for name in given if names_somebody(name, getattr(self, name)))
        follows = self.consequences or ()
        doubts = (
            (self.time > self.made, "at is after it was recorded"),
            (bool(self.aware and self.aware > self.made), "aware is after it was recorded"),
            (bool(self.occurred and self.ended and self.ended < self.occurred), "it ended before it occurred"),
            ("none" in follows and len(follows) > 1, "consequences are none, or some"),
            (
                self.event == "reward" and (self.credit == "named") != (self.credited is not None),
                "a credit by name, and only that, has its text beside the log: credited",
            ),
            (bool(named), f"a person's address cannot be taken back from the log: {', '.join(named)}"),
        )
        return next((text for holds, text in doubts if holds), "")

    def about(self) -> str:
        """Return the incident's id."""
        return self.id

    def subjects(self) -> tuple[Subject, ...]:
        """Name the incident, by the digest of its id."""
        return (Subject(name=self.id, sha256=digest(self.id.encode())),)


def _misfit(event: str, given: set[str]) -> str:
    needed = _NEEDED[event]
    if missing := needed - given:
        return f"to {event} an incident says also: {', '.join(sorted(missing))}"
    if foreign := given - needed - _POSSIBLE[event]:
        return f"to {event} an incident does not say: {', '.join(sorted(foreign))}"
    if event in _ONE_OF and not given & _ONE_OF[event]:
        return f"to {event} an incident says one of: {', '.join(sorted(_ONE_OF[event]))}"
    return ""


def event_members(event: IncidentEvent) -> tuple[frozenset[str], frozenset[str]]:
    """Return the members that an event needs, and those that it may have."""
    return _NEEDED[event], _POSSIBLE[event]


def names_somebody(name: str, value: object) -> bool:
    """Tell whether a member holds an e-mail address, in a text, in a list or inside a value."""
    if isinstance(value, str):
        return names_person(value, role=name == "role")
    if isinstance(value, Model):
        return any(names_somebody(inner, held) for inner, held in value)
    return isinstance(value, tuple) and any(names_somebody(name, held) for held in value)


def _says(value: object) -> bool:
    return bool(value.strip()) if isinstance(value, str) else value is not None and value != ()
