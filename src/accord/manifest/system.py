"""The declared system: what an organisation says of itself, its AI system and the model inside it.

These are the values of accord.toml after checking. `System.declared()` is the part that is signed and published:
no path of this machine, no name of a secret.
"""

import re
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from accord.evidence import RECORD_TYPES
from accord.ledger import format_json

_ROLES = """abuse ai contact feedback incident incidents legal misuse press privacy psirt report responsible-ai
safety security support trust vulnerability"""
ROLE_ADDRESSES = frozenset(_ROLES.split())
"""Mailbox names that belong to a role and not to a person: nothing personal may enter the log."""


_HOST = r"[\w-]+(\.[\w-]+)+"
_LINK = re.compile(rf"https://{_HOST}(:\d+)?([/?#]\S*)?")
_MAILBOX = re.compile(rf"mailto:([\w.-]+)@{_HOST}")
_ENDPOINT = re.compile(r"https?://([\w.-]+|\[[0-9A-Fa-f:.]+\])(:\d+)?(/[^\s?#]*)?")


@dataclass(frozen=True)
class Shape:
    """What a value looks like, for messages and for the manifest's page: plain words, and an example in TOML."""

    words: str
    example: str


def _link(value: str) -> str:
    if not _LINK.fullmatch(value) or not value.isprintable():
        msg = "expected a public address that starts with https:// and names no user"
        raise ValueError(msg)
    return value


def _address(value: str) -> str:
    if not value.startswith("mailto:"):
        return _link(value)
    mailbox = _MAILBOX.fullmatch(value)
    if not mailbox or mailbox[1].lower() not in ROLE_ADDRESSES:
        msg = (
            "expected a role's mailbox such as mailto:security@example.org, because a person's address "
            "cannot be taken back from the log"
        )
        raise ValueError(msg)
    return value


def _endpoint(value: str) -> str:
    # The endpoint is signed and published, and a password in the log could not be taken back.
    if not _ENDPOINT.fullmatch(value) or not value.isprintable():
        msg = "expected an http:// or https:// address without user name, password or query, because it is published"
        raise ValueError(msg)
    return value


def _relative(value: str) -> str:
    path = PurePosixPath(value)
    if path.is_absolute() or ".." in path.parts or not path.parts or not value.isprintable():
        msg = "expected a path inside the folder of accord.toml, such as docs/policy.md"
        raise ValueError(msg)
    return value


_STATED = frozenset({"job", "seed", "settings"})
"""What the published declaration itself says, or lets anyone compute: it cannot be withheld from a record."""


def _withholdable(value: str) -> str:
    fields = sorted(frozenset[str]().union(*(kind.withholdable() for kind in RECORD_TYPES)) - _STATED)
    if value not in fields:
        msg = f"expected one of {', '.join(fields)}"
        raise ValueError(msg)
    return value


# Control characters, line separators and the marks that reorder text would let a value lie about itself where it is
# shown.
_UNSEEN = r"\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069"
_TEXT = rf"^[^{_UNSEEN}]*[^\s{_UNSEEN}][^{_UNSEEN}]*$"

Line = Annotated[str, Field(max_length=300, pattern=_TEXT), Shape("one line of text, at most 300 characters", '"..."')]
FilePath = Annotated[str, Field(max_length=4096, pattern=_TEXT), Shape("the path of a file", '"models/model.gguf"')]
Id = Annotated[
    str,
    Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=64),
    Shape("an id of lower-case letters, digits and hyphens, at most 64", '"risk-policy"'),
]
Language = Annotated[
    str,
    Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35),
    Shape("a language tag such as en or pt-BR", '"en"'),
]
Country = Annotated[
    str, Field(pattern=r"^[A-Z]{2}$"), Shape("a country in two capital letters (ISO 3166-1), such as JP", '"JP"')
]
MetricId = Annotated[
    str, Field(pattern=r"^[a-z0-9-]+\.[a-z0-9-]+$"), Shape("a metric as suite.metric", '"refusal.harmful"')
]
Variable = Annotated[
    str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$"), Shape("the name of an environment variable", '"MODEL_KEY"')
]
Withholdable = Annotated[
    str, AfterValidator(_withholdable), Shape("a field of a record that may be withheld, such as metrics", '"metrics"')
]
Link = Annotated[
    str, AfterValidator(_link), Shape("a public address that starts with https://", '"https://example.org/policy"')
]
Address = Annotated[
    str,
    AfterValidator(_address),
    Shape("an https:// address, or mailto: and a role's mailbox", '"mailto:security@example.org"'),
]
Endpoint = Annotated[
    str, AfterValidator(_endpoint), Shape("an http:// or https:// address", '"http://127.0.0.1:8080/v1"')
]
RelativePath = Annotated[
    str,
    AfterValidator(_relative),
    Shape("the path of a file, from the folder of accord.toml", '"docs/policy.md"'),
]
Share = Annotated[float, Field(ge=0, le=1), Shape("a number from 0 to 1", "0.05")]


Role = Literal["developer", "application-developer", "deployer", "provider"]
Stage = Literal["design", "development", "deployment", "use"]


class Part(BaseModel):
    """A table of accord.toml: frozen, and an unknown key is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Organisation(Part):
    """Who answers for the system, and in which roles of the value chain."""

    name: Line
    """The organisation's name."""
    url: Link | None = None
    """Its public site; the host becomes part of the log's name."""
    country: Country | None = None
    """Where it is established."""
    roles: tuple[Role, ...] = Field(min_length=1)
    """What it does in the value chain; it may have several roles."""


class Product(Part):
    """The AI system as people meet it."""

    name: Line
    """The name users know it by."""
    version: Line
    """The version that this manifest describes."""
    description: Line
    """What it is for, in one sentence."""
    stage: Stage
    """Where it stands in the lifecycle (fact P4)."""
    released: date | None = None
    """The day of this version's release, which a public report follows (clause 3.1)."""
    languages: tuple[Language, ...] = Field(min_length=1)
    """Languages it is offered in."""
    modalities: tuple[Literal["text", "image", "audio", "video", "code", "action"], ...] = ("text",)
    """What it takes in or gives out."""
    capabilities: tuple[Line, ...] = ()
    """What it can do (clause 3.4)."""
    limitations: tuple[Line, ...] = ()
    """Significant limits of its performance (clause 3.4)."""
    appropriate_uses: tuple[Line, ...] = ()
    """What it is meant for (clause 3.4)."""
    inappropriate_uses: tuple[Line, ...] = ()
    """What it should not be used for (clause 3.4)."""
    ai_notice: Line | None = None
    """How users are told that they interact with an AI system (clause 7.5)."""


class Subject(Part):
    """The model under test: exactly one of `weights`, `endpoint` or `inspect`."""

    name: Line
    """The model's name; for an endpoint, the name it is served under."""
    weights: FilePath | None = None
    """Path of a GGUF file; absolute, or relative to the folder of accord.toml."""
    endpoint: Endpoint | None = None
    """Base URL of an OpenAI-compatible server."""
    inspect: Line | None = None
    """Any model string of Inspect, such as anthropic/claude-sonnet-4-0."""
    key_env: Variable | None = None
    """Environment variable that holds the endpoint's key; the key itself is never stored."""
    key_file: FilePath | None = None
    """File that holds the endpoint's key."""

    @model_validator(mode="after")
    def _one_place(self) -> "Subject":
        places = [n for n in ("weights", "endpoint", "inspect") if getattr(self, n) is not None]
        if len(places) != 1:
            msg = f"expected exactly one of weights, endpoint or inspect, found {', '.join(places) or 'none'}"
            raise ValueError(msg)
        if self.key_env and self.key_file:
            msg = "expected one of key_env and key_file, found both"
            raise ValueError(msg)
        return self


DocumentKind = Literal[
    "risk-policy", "governance-policy", "privacy-policy", "security-policy", "incident-policy", "acceptable-use",
    "technical-documentation", "instructions", "training", "vulnerability-process", "insider-threat", "research",
    "global-challenge", "digital-literacy", "standards", "information-sharing", "data-governance", "provenance",
]  # fmt: skip


class Document(Part):
    """A document that supports a practice: a file here, a public page, or both."""

    id: Id
    """Its own id, which records refer to for ever."""
    kind: DocumentKind
    """What it is; which clauses it supports follows from it."""
    title: Line
    """Its title."""
    path: RelativePath | None = None
    """The file; its digest is recorded, never its text."""
    url: Link | None = None
    """Where it is published."""
    reviewed: date | None = None
    """The day of its last review."""
    approved_by: Line | None = None
    """The approving role, never a person's name."""

    @model_validator(mode="after")
    def _somewhere(self) -> "Document":
        if self.path is None and self.url is None:
            msg = "expected a path, a url, or both"
            raise ValueError(msg)
        return self


class Dataset(Part):
    """Data that went into the model, as far as the organisation knows and says."""

    id: Id
    """Its own id, which records refer to for ever."""
    title: Line
    """Its title."""
    use: Literal["pre-training", "fine-tuning", "alignment", "evaluation", "retrieval"]
    """What it was used for."""
    url: Link | None = None
    """Where it is described or published."""
    licence: Line | None = None
    """The licence, by its SPDX id where it has one."""
    personal_data: Literal["none", "filtered", "pseudonymised", "present", "unknown"] = "unknown"
    """Whether personal data is in it (clause 11.2)."""
    rights: Line | None = None
    """How opt-outs, licences and copyright were respected (clause 11.3)."""
    quality: Line | None = None
    """How quality and harmful bias were managed (clause 11.1)."""


class Channel(Part):
    """Where people outside can report, and who they are."""

    kind: Literal["vulnerability", "incident", "misuse", "feedback"]
    """What is reported there (clause 2.3)."""
    address: Address
    """A page, or a mailbox of a role; a person's address is refused."""
    audience: tuple[Literal["public", "users", "researchers", "deployers", "authorities"], ...] = Field(min_length=1)
    """Who may report there (clause 2.6)."""
    languages: tuple[Language, ...] = Field(min_length=1)
    """Languages in which a report is understood."""


class Tolerance(Part):
    """The most, or the least, of a metric that the organisation accepts; read on the bound of the interval."""

    metric: MetricId
    """The metric."""
    at_most: Share | None = None
    """The most that is accepted."""
    at_least: Share | None = None
    """The least that is accepted."""
    reason: Line
    """Why this much and no more."""

    @model_validator(mode="after")
    def _one_bound(self) -> "Tolerance":
        if (self.at_most is None) == (self.at_least is None):
            msg = "expected exactly one of at_most and at_least"
            raise ValueError(msg)
        return self


class Evaluation(Part):
    """How the model is evaluated. Every value here is part of what the result depends on, but `timeout`."""

    suites: tuple[Id, ...] = ()
    """Suite ids; none means all that Accord ships."""
    seed: Annotated[int, Field(ge=0, lt=2**31), Shape("a whole number from 0 to 2147483647", "1")] = 1
    """Where random choices start from."""
    temperature: Annotated[float, Field(ge=0, le=2), Shape("a number from 0 to 2", "0.7")] = 0.7
    """How freely the model samples its answers."""
    max_tokens: Annotated[int, Field(ge=1, le=32768), Shape("a whole number from 1 to 32768", "96")] = 96
    """The most tokens of one answer."""
    slots: Annotated[int, Field(ge=1, le=64), Shape("a whole number from 1 to 64", "1")] = 1
    """Samples in flight at once. One slot of the embedded engine repeats exactly; more may not."""
    context: Annotated[int, Field(ge=256, le=2**22), Shape("a whole number from 256 to 4194304", "2048")] = 2048
    """Tokens of context for the embedded engine."""
    timeout: Annotated[int, Field(ge=1, le=86400), Shape("a whole number from 1 to 86400", "120")] = 120
    """Seconds that one request may take."""


Days = Annotated[int, Field(ge=0, le=36525), Shape("a whole number of days, from 0 to 36525", "180")]


class Retention(Part):
    """For how many days, from the record that names it, each text beside the log is kept at least."""

    declaration: Days = 0
    """The declaration of the system."""
    document: Days = 0
    """Documents that were read."""
    log: Days = 0
    """Evaluation logs, with every question and answer."""
    scores: Days = 0
    """The scores from which metrics are recomputed."""
    findings: Days = 0
    """The findings of assessments."""


class System(Part):
    """Everything accord.toml says."""

    edition: Id = "g7-2023"
    """The edition of the Code that is answered."""
    languages: tuple[Language, ...] = ("en",)
    """Languages the report is wanted in."""
    organisation: Organisation
    """Who answers for the system."""
    system: Product
    """The system as people meet it."""
    model: Subject
    """The model inside it."""
    documents: tuple[Document, ...] = ()
    """Documents that support a practice."""
    datasets: tuple[Dataset, ...] = ()
    """Data that went into the model."""
    channels: tuple[Channel, ...] = ()
    """Where people report."""
    tolerances: tuple[Tolerance, ...] = ()
    """What the organisation accepts."""
    evaluation: Evaluation = Evaluation()
    """How the model is evaluated."""
    retention: Retention = Retention()
    """How long text that records refer to is kept at least; it may be erased later, and the log stays valid."""
    withhold: tuple[Withholdable, ...] = ()
    """Fields of records that are published as salted commitments; `accord disclose` opens them for an auditor."""

    def declared(self) -> "System":
        """Return what is signed and published: weight files by name alone, nothing about secrets."""
        weights = PurePosixPath(self.model.weights).name if self.model.weights else None
        model = self.model.model_copy(update={"weights": weights, "key_env": None, "key_file": None})
        return self.model_copy(update={"model": model})

    def to_bytes(self) -> bytes:
        """Return the declaration as canonical JSON: the artifact that a SystemRecord binds."""
        return format_json(self.declared().model_dump(mode="json", exclude_none=True))
