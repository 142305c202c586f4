"""What is known of an incident: the facts that it is recorded, compared and reported by.

They follow the 29 criteria of the OECD's common reporting framework for AI incidents (February 2025); the number of
each stands in brackets. Words and groupings are our own.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from accord.evidence.values import ArtifactRef, Model, Time

IncidentId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=64)]
Category = Literal["incident", "hazard", "near-miss", "vulnerability"]
Severity = Literal["hazard", "serious-hazard", "incident", "serious-incident", "disaster"]
Harm = Literal[
    "physical", "psychological", "economic", "property", "reputational", "rights", "public-interest", "environmental",
    "security", "other",
]  # fmt: skip
Consequence = Literal[
    "death", "health", "critical-infrastructure", "cyber-breach", "rights", "widespread-rights", "property",
    "environment", "none",
]  # fmt: skip
Intent = Literal["intended-use", "unintended-use", "wrongful-use", "unknown"]
Principle = Literal["1.1", "1.2", "1.3", "1.4", "1.5"]
Breadth = Literal["pilot", "narrow", "broad", "widespread"]
Task = Literal[
    "recognition", "event-detection", "forecasting", "personalisation", "interaction-support", "optimisation",
    "reasoning", "content-generation", "other",
]  # fmt: skip
Autonomy = Literal["none", "low", "medium", "high"]
Tlp = Literal["clear", "green", "amber", "amber+strict", "red"]

SEVERITIES: tuple[Severity, ...] = ("hazard", "serious-hazard", "incident", "serious-incident", "disaster")
"""The words for how bad it is, lowest first."""

Text = Annotated[str, Field(max_length=8_000)]
Words = Annotated[str, Field(max_length=300)]
Groups = Annotated[tuple[Words, ...], Field(min_length=1, max_length=50)]
Link = Annotated[str, Field(pattern=r"^https://[^\s@/?#]+([/?#][^\s]*)?$", max_length=2_000)]
_Links = Annotated[tuple[Link, ...], Field(min_length=1, max_length=50)]
_Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
_Industry = Annotated[str, Field(pattern=r"^[A-V]([0-9]{2,4})?$")]
_Cwe = Annotated[str, Field(pattern=r"^CWE-[1-9][0-9]{0,5}$")]
_BASES = {"3": "AV AC PR UI S C I A", "4": "AV AC AT PR UI VC VI VA SC SI SA"}


def _whole(vector: str) -> str:
    version, *parts = vector.removeprefix("CVSS:").split("/")
    names = [part.partition(":")[0] for part in parts]
    if missing := [name for name in _BASES[version[0]].split() if name not in names]:
        msg = f"a vector of CVSS {version} says also: {', '.join(missing)}"
        raise ValueError(msg)
    if len(set(names)) != len(names):
        msg = "a vector says each metric once"
        raise ValueError(msg)
    return vector


Cvss = Annotated[str, Field(pattern=r"^CVSS:(3\.[01]|4\.0)(/[A-Z]{1,3}:[A-Za-z]{1,6}){8,32}$"), AfterValidator(_whole)]
"""A vector of CVSS 3.0, 3.1 or 4.0, by its form alone: no score is made of it."""


class Weakness(Model):
    """The security side of an incident or a vulnerability: what an attacker needs, and where it lies."""

    component: Words | None = None
    """The part that is affected, as in the tokenizer or the plug-in for mail."""
    resources: Literal["none", "low", "moderate", "high", "state"] | None = None
    """What an attacker needs of time, money, access and skill."""
    objectives: Words | None = None
    """What an attacker would be after."""
    detection: Literal["testing", "red-team", "bounty", "monitoring", "audit", "use", "other"] | None = None
    """How it was found."""
    relation: Literal["model", "data", "application", "infrastructure", "supply-chain", "people"] | None = None
    """On what of the system it lies."""
    cvss: Cvss | None = None
    """A CVSS vector."""
    cwe: tuple[_Cwe, ...] = Field(default=(), max_length=20)
    """Kinds of weakness, by their CWE ids."""


class Facts(Model):
    """What was said of an incident; each member that says nothing here says nothing anew."""

    title: Words | None = None
    """What it is, in a few words (1)."""
    description: Text | None = None
    """What happened, or could have (2)."""
    relation: Text | None = None
    """How the AI system relates to it (3)."""
    occurred: date | None = None
    """The day on which it first happened, as far as is known (5)."""
    ended: date | None = None
    """The day on which it ended."""
    aware: Time | None = None
    """When the organisation came to know that the system is or may be involved: legal deadlines run from here."""
    jurisdictions: tuple[_Country, ...] | None = Field(default=None, min_length=1, max_length=250)
    """Where it happened, in two capital letters each (ISO 3166-1) (6)."""
    materials: _Links | None = None
    """Public pages that support it (7)."""
    developers: Groups | None = None
    """The organisations that developed the system (9)."""
    deployers: Groups | None = None
    """The organisations that deployed it (9)."""
    category: Category | None = None
    """Whether harm came about, could come about, nearly did, or whether it is a weakness that others could use."""
    severity: Severity | None = None
    """How bad it is (10)."""
    harms: tuple[Harm, ...] | None = Field(default=None, min_length=1, max_length=20)
    """The kinds of harm (11)."""
    consequences: tuple[Consequence, ...] | None = Field(default=None, min_length=1, max_length=20)
    """The serious consequences on which legal deadlines depend; `none` where there is none of them."""
    quantification: Text | None = None
    """How much harm: people, money, time (12)."""
    use: Intent | None = None
    """Whether the system was used as it was meant to be (13)."""
    affected: Groups | None = None
    """The groups of people who are affected (14)."""
    rights: Groups | None = None
    """The human and fundamental rights that are touched (15)."""
    principles: tuple[Principle, ...] | None = Field(default=None, min_length=1, max_length=5)
    """The OECD AI Principles that are touched (16)."""
    industries: tuple[_Industry, ...] | None = Field(default=None, min_length=1, max_length=50)
    """The industries, by their ISIC section, division, group or class (17)."""
    functions: Groups | None = None
    """The business functions (18)."""
    infrastructure: Groups | None = None
    """The critical functions and infrastructure (19)."""
    breadth: Breadth | None = None
    """How widely the system is deployed (20)."""
    data_page: Link | None = None
    """Where the training data is described (21)."""
    model_page: Link | None = None
    """Where the model is described (22)."""
    licence: Words | None = None
    """Under which rights the model may be used (23)."""
    interaction: Text | None = None
    """How several AI systems worked on one another (24)."""
    tasks: tuple[Task, ...] | None = Field(default=None, min_length=1, max_length=20)
    """What the system was doing (25)."""
    autonomy: Autonomy | None = None
    """The most autonomy that it had (26)."""
    steps: ArtifactRef | None = None
    """How it can be brought about again: a text beside the log (28)."""
    additional: Text | None = None
    """What else there is to say (29)."""
    security: Weakness | None = None
    """The security side, where there is one."""
    cause: Text | None = None
    """Its root cause, with the safeguards that failed."""
    tlp: Tlp | None = None
    """Who may see it, by the Traffic Light Protocol; all that is above clear is withheld when it is signed."""


FACTS = frozenset(Facts.model_fields)
"""The members that are facts."""
