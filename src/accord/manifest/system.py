"""The declared system: what an organisation says of itself, its AI system and the model inside it.

These are the values of accord.toml after checking. `System.declared()` is the part that is signed and published:
no path of this machine, no name of a secret.
"""

from datetime import date
from pathlib import PurePosixPath
from typing import Literal, TypeVar

from pydantic import Field, model_validator

from accord.ledger import format_json
from accord.manifest.testing import CHECKPOINTS, Checkpoint, Evaluation, OtherSuite, Scales, Tolerance
from accord.manifest.traffic import Traffic
from accord.manifest.values import (
    Address,
    Advisories,
    Country,
    Days,
    Endpoint,
    FilePath,
    Flag,
    Id,
    Language,
    Line,
    Link,
    Part,
    RelativePath,
    Role,
    Stage,
    Variable,
    Withholdable,
)
from accord.manifest.watching import Alerts, Monitor


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


class Weights(Part):
    """The model's files, which are looked at without being loaded (action 6)."""

    path: FilePath | None = None
    """The folder or file; where nothing is said, that of [model] weights."""
    signature: FilePath | None = None
    """Its OpenSSF model signature; where nothing is said, model.sig in the folder, or beside the file with .sig."""
    key: FilePath | None = None
    """The signer's public key, in PEM."""
    roots: tuple[FilePath, ...] = ()
    """Certificates, in PEM, to which the signer's must lead; instead of `key`."""
    released: Flag = False
    """Whether everybody may have the weights: then who can read them here says nothing (clause 6.3)."""

    @model_validator(mode="after")
    def _one_signer(self) -> "Weights":
        if self.key and self.roots:
            msg = "expected one of key and roots, found both"
            raise ValueError(msg)
        if self.signature and not (self.key or self.roots):
            msg = "expected key or roots beside signature: it is worth what it is checked against"
            raise ValueError(msg)
        return self


class Security(Part):
    """What can be observed of security controls (action 6); each look is a record."""

    environment: FilePath | None = None
    """The Python environment that the system runs in, a folder of packages, or a lock file that pins them."""
    advisories: Advisories | None = None
    """Advisories in the OSV format: an export, or https://api.osv.dev, which is then told the packages' names."""
    repository: FilePath | None = None
    """The git repository of the system: are commits signed, do secrets lie in it (clause 6.2)."""
    forge: FilePath | None = None
    """The configuration of its main branch as the forge exports it: GitHub's or GitLab's JSON (clause 6.2)."""
    security_txt: FilePath | None = None
    """The security.txt that is published (RFC 9116, clause 6.4)."""
    openpgp: FilePath | None = None
    """The OpenPGP certificate that signs it."""
    vulnerabilities: FilePath | None = None
    """A register in CSV of reported vulnerabilities, with the columns id, reported and fixed (clause 6.4)."""
    fix_within_days: Days = 90
    """Within how many days a reported vulnerability is to be fixed."""
    access_reviewed: date | None = None
    """The day on which it was last reviewed who has access to the weights (clauses 6.3 and 6.5)."""


class Provenance(Part):
    """How what the system makes can be recognised (action 7)."""

    samples: FilePath | None = None
    """A folder of content that the system made, as it was published (clauses 7.1 and 7.2)."""
    anchors: FilePath | None = None
    """The trust list against which its credentials are checked: certificates, in PEM."""
    check: Endpoint | None = None
    """The address where users can ask whether the system made something, as `accord provenance serve` (clause 7.3)."""


class Notice(Part):
    """Where people meet the system, and the words by which they are told that it is an AI (clause 7.5)."""

    address: Endpoint
    """The page, or the API; it is fetched."""
    language: Language
    """The language in which it is asked for."""
    label: Line
    """The words that people read there."""


DocumentKind = Literal[
    "risk-policy", "governance-policy", "privacy-policy", "security-policy", "incident-policy", "acceptable-use",
    "technical-documentation", "instructions", "training", "vulnerability-process", "insider-threat", "research",
    "global-challenge", "digital-literacy", "standards", "information-sharing", "data-governance", "provenance",
    "provenance-research",
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
    verdicts: Days = 0
    """What judges said of labelled answers."""
    file: Days = 0
    """Files of results that others found."""
    sightings: Days = 0
    """Every single thing that an inspection saw."""
    product: Days = 0
    """What an inspection made, such as an inventory."""
    evidence: Days = 0
    """The references of the texts that an alert is about."""


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
    weights: Weights | None = None
    """The model's files."""
    security: Security | None = None
    """Security controls."""
    provenance: Provenance | None = None
    """How what the system makes can be recognised."""
    notices: tuple[Notice, ...] = ()
    """Where people are told that they face an AI."""
    monitor: Monitor | None = None
    """How production traffic is watched."""
    traffic: tuple[Traffic, ...] = ()
    """Production traffic that is looked at in bulk."""
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
    suites: tuple[OtherSuite, ...] = ()
    """Suites of others that the model is also asked."""
    judge: Subject | None = None
    """A model that judges answers, for `accord evaluate rejudge`; the name is its own."""
    stages: tuple[Checkpoint, ...] = CHECKPOINTS
    """Where a gate decides whether to go on."""
    risk: Scales = Scales()
    """How risks are assessed."""
    retention: Retention = Retention()
    """How long text that records refer to is kept at least; it may be erased later, and the log stays valid."""
    withhold: tuple[Withholdable, ...] = ()
    """Fields of records that are published as salted commitments; `accord disclose` opens them for an auditor."""

    def declared(self) -> "System":
        """Return what is signed and published: weight files by name alone, nothing about secrets."""
        return self.model_copy(
            update={
                "model": _publish(self.model),
                "judge": self.judge and _publish(self.judge),
                "weights": self.weights and _names_alone(self.weights),
                "security": self.security and _names_alone(self.security),
                "provenance": self.provenance and _names_alone(self.provenance),
                "monitor": self.monitor and _publish_monitor(self.monitor),
                "traffic": tuple(_names_alone(t).model_copy(update={"account_key": None}) for t in self.traffic),
                "suites": tuple(
                    s.model_copy(update={"path": s.path and PurePosixPath(s.path).name}) for s in self.suites
                ),
            }
        )

    def to_bytes(self) -> bytes:
        """Return the declaration as canonical JSON: the artifact that a SystemRecord binds."""
        return format_json(self.declared().model_dump(mode="json", exclude_none=True))


P = TypeVar("P", bound=Part)


def _names_alone(part: P) -> P:
    """Return a table with the last part of each path: where files lie on this machine is nobody's business."""
    named: dict[str, object] = {}
    for name, value in part:
        if isinstance(value, str):
            named[name] = _last(value)
        elif isinstance(value, tuple):
            named[name] = tuple(_last(held) if isinstance(held, str) else held for held in value)
    return part.model_copy(update=named)


def _last(path: str) -> str:
    return path if path.startswith(("https://", "http://")) else PurePosixPath(path).name


def _publish_monitor(monitor: Monitor) -> Monitor:
    """Return what is watched, and nothing of who hears of it but after how long again."""
    watch, alerts = monitor.watch and _names_alone(monitor.watch), Alerts(cooldown=monitor.alerts.cooldown)
    receive = monitor.receive and monitor.receive.published()
    return monitor.model_copy(update={"receive": receive, "watch": watch, "alerts": alerts})


def _publish(model: Subject) -> Subject:
    return model.model_copy(
        update={"weights": model.weights and _last(model.weights), "key_env": None, "key_file": None}
    )
