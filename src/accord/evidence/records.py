"""Every record type that Accord signs.

A new shape is a new predicate type URI; readers keep every old one. The URIs are identifiers and stay for ever.
"""

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from accord.evidence.metrics import Metric
from accord.evidence.values import ArtifactRef, Basis, Model, Ref, Sha256, Status, Time, Tool
from accord.ledger import Subject

TYPE_BASE = "https://w3id.org/accord-code/record/"


class SuiteRef(Model):
    """Which items were asked."""

    id: str
    """The suite's id."""
    title: str
    """What it measures, in a few words."""
    version: str
    """The version of its items and scoring."""
    sha256: Sha256
    """The digest of the suite's files."""
    items: int = Field(ge=1)
    """How many items it holds."""


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


class Record(Model):
    """What every record has: when it was made, and until when it may be relied on."""

    kind: ClassVar[str]
    basis: ClassVar[Basis]
    made: Time
    """When it was made."""
    expires: Time | None = None
    """Until when it may be relied on; for ever where it says nothing."""
    job: Sha256 | None = None
    """SHA-256 over everything that a measurement depends on: made again with the same job, nothing is new."""

    @property
    def is_complete(self) -> bool:
        """Tell whether all that was meant to be measured was."""
        return True

    @classmethod
    def type_uri(cls) -> str:
        """Return the predicate type of this record."""
        return f"{TYPE_BASE}{cls.kind}/v1"

    def subjects(self) -> tuple[Subject, ...]:
        """Return what the record is about, by digest."""
        raise NotImplementedError


class SystemRecord(Record):
    """The organisation declares its system: the digest of the declaration, whose text lies beside the log."""

    kind: ClassVar[str] = "system"
    basis: ClassVar[Basis] = Basis.DECLARED
    edition: str
    """The edition of the Code that is answered."""
    edition_sha256: Sha256
    """The digest of that edition."""
    name: str
    """The name users know the system by."""
    version: str
    """The version that is declared."""
    model: ModelRef
    """The model inside it."""
    declaration: ArtifactRef
    """The declaration in full, without paths of the machine or names of secrets."""

    def subjects(self) -> tuple[Subject, ...]:
        """Name the declaration of this version."""
        return (Subject(name=f"{self.name}@{self.version}", sha256=self.declaration.sha256),)


class DocumentRecord(Record):
    """A program read a document that the manifest names: its digest, never its text."""

    kind: ClassVar[str] = "document"
    basis: ClassVar[Basis] = Basis.MEASURED
    id: str
    """The id that the manifest gives it."""
    document: ArtifactRef
    """The bytes that were read."""

    def subjects(self) -> tuple[Subject, ...]:
        """Name the document."""
        return (Subject(name=self.id, sha256=self.document.sha256),)


class EvaluationRecord(Record):
    """One suite run against one model.

    `scores` is the artifact from which anyone recomputes `metrics`; `log` is the Inspect log itself.
    """

    kind: ClassVar[str] = "evaluation"
    basis: ClassVar[Basis] = Basis.MEASURED
    job: Sha256
    suite: SuiteRef
    """Which items were asked."""
    model: ModelRef
    """The model that was asked."""
    families: dict[str, int]
    """How many items of the suite touch each risk family, R1 to R7 (clause 1.9)."""
    settings: dict[str, str | int | float | bool | None]
    """Every setting that the answers depend on."""
    seed: int
    """Where random choices started from."""
    started: Time
    """When the first item was asked."""
    planned: int = Field(ge=1)
    """How many samples were meant to be scored."""
    completed: int = Field(ge=0)
    """How many were."""
    state: Literal["complete", "incomplete"]
    """Whether it may be relied on: an incomplete one never counts."""
    problem: str = ""
    """Why it is incomplete."""
    metrics: tuple[Metric, ...]
    """The results, each with its interval."""
    log: ArtifactRef
    """The Inspect log, with every question and answer."""
    scores: ArtifactRef
    """The scores, from which the metrics can be recomputed."""
    tools: tuple[Tool, ...]
    """The programs that took part."""

    @property
    def is_complete(self) -> bool:
        """Tell whether every planned sample was scored."""
        return self.state == "complete"

    @model_validator(mode="after")
    def _complete_means_all(self) -> "EvaluationRecord":
        if self.state == "complete" and self.completed != self.planned:
            msg = f"complete, yet {self.completed} of {self.planned} samples were scored"
            raise ValueError(msg)
        return self

    def subjects(self) -> tuple[Subject, ...]:
        """Name the model under test."""
        return (Subject(name=self.model.name, sha256=self.model.sha256),)


class AssessmentRecord(Record):
    """All findings over the log as it stood: `size` entries with Merkle root `root`."""

    kind: ClassVar[str] = "assessment"
    basis: ClassVar[Basis] = Basis.MEASURED
    edition: str
    """The edition of the Code that is answered."""
    edition_sha256: Sha256
    """The digest of that edition."""
    size: int = Field(ge=1)
    """How many entries of the log were looked at."""
    root: Sha256
    """The Merkle root of those entries (RFC 6962)."""
    system: Ref
    """The declaration that was assessed."""
    tool: Tool
    """The program that found it, whose checks can be run again."""
    statuses: dict[str, Status]
    """The status of each clause."""
    findings: ArtifactRef
    """The findings, with gaps and the records that they rest on."""

    def subjects(self) -> tuple[Subject, ...]:
        """Name the findings."""
        return (Subject(name="findings", sha256=self.findings.sha256),)


class ReportRecord(Record):
    """The files in which an assessment was published."""

    kind: ClassVar[str] = "report"
    basis: ClassVar[Basis] = Basis.MEASURED
    assessment: Ref
    """The assessment that is reported."""
    files: dict[str, Sha256] = Field(min_length=1)
    """The SHA-256 of each file, by its name."""

    def subjects(self) -> tuple[Subject, ...]:
        """Name every file."""
        return tuple(Subject(name=name, sha256=digest) for name, digest in sorted(self.files.items()))


class UnknownRecord(Record):
    """A record of a type this version cannot read: kept, counted, and left alone."""

    kind: ClassVar[str] = "unknown"
    basis: ClassVar[Basis] = Basis.DECLARED
    predicate_type: str

    def subjects(self) -> tuple[Subject, ...]:
        """Name nothing: what it is about cannot be read."""
        return ()


RECORD_TYPES: tuple[type[Record], ...] = (
    SystemRecord,
    DocumentRecord,
    EvaluationRecord,
    AssessmentRecord,
    ReportRecord,
)
