"""Every record type that Accord signs.

A new shape is a new predicate type URI; readers keep every old one. The URIs are identifiers and stay for ever.
"""

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from accord.evidence.custody import ErasureRecord, KeyRecord
from accord.evidence.decisions import DecisionRecord
from accord.evidence.imports import ImportRecord
from accord.evidence.incidents import IncidentRecord
from accord.evidence.inspections import InspectionRecord
from accord.evidence.judging import JudgementRecord, JudgeRecord
from accord.evidence.metrics import LEVEL, JudgeRef, Metric
from accord.evidence.record import Record
from accord.evidence.risks import RiskRecord
from accord.evidence.scans import ScanRecord
from accord.evidence.values import ArtifactRef, Basis, Model, ModelRef, Ref, Sha256, Status, Time, Tool
from accord.ledger import Subject


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


class SystemRecord(Record):
    """The organisation declares its system: the digest of the declaration, whose text lies beside the log."""

    kind: ClassVar[str] = "system"
    basis: ClassVar[Basis] = Basis.DECLARED
    named: ClassVar[frozenset[str]] = frozenset(
        {"edition", "edition_sha256", "name", "version", "model", "declaration", "job"}
    )
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

    def about(self) -> str:
        """Return the system's name."""
        return self.name

    def subjects(self) -> tuple[Subject, ...]:
        """Name the declaration of this version."""
        return (Subject(name=f"{self.name}@{self.version}", sha256=self.declaration.sha256),)


class DocumentRecord(Record):
    """A program read a document that the manifest names: its digest, never its text."""

    kind: ClassVar[str] = "document"
    basis: ClassVar[Basis] = Basis.MEASURED
    named: ClassVar[frozenset[str]] = frozenset({"id", "job"})
    bound: ClassVar[str] = "document"
    id: str
    """The id that the manifest gives it."""
    document: ArtifactRef
    """The bytes that were read."""

    def about(self) -> str:
        """Return the document's id."""
        return self.id

    def subjects(self) -> tuple[Subject, ...]:
        """Name the document."""
        return (Subject(name=self.id, sha256=self.document.sha256),)


_TESTED = frozenset({"suite", "model", "plan", "planned", "completed", "state", "rules"})
"""What a test is about, and whether it was finished: withheld, it would say nothing at all."""


class Rule(Model):
    """What is accepted of a metric, fixed before it was measured; the whole interval must lie inside."""

    metric: str
    """The metric."""
    at_most: float | None = None
    """The most that is accepted."""
    at_least: float | None = None
    """The least that is accepted."""
    confidence: float = Field(default=LEVEL, ge=0.5, le=0.999)
    """The confidence at which it must hold."""


class Detectable(Model):
    """What a run of this size can show: the smallest difference that it finds four times in five."""

    metric: str
    """The metric."""
    language: str
    """The language of the questions."""
    n: int = Field(ge=0)
    """How many samples will count for it."""
    baseline: float
    """The share from which the difference is taken: the tolerance's bound, or one half."""
    difference: float | None = None
    """The smallest difference that is found with a power of 80 % at 5 %; none where not even the largest is."""


class PlanRecord(Record):
    """An evaluation is announced before its first question is asked: a result that is not liked cannot be left out."""

    kind: ClassVar[str] = "plan"
    basis: ClassVar[Basis] = Basis.DECLARED
    named: ClassVar[frozenset[str]] = _TESTED
    reveals: ClassVar[Mapping[str, frozenset[str]]] = {"settings": frozenset({"job"}), "seed": frozenset({"job"})}
    job: Sha256
    suite: SuiteRef
    """Which items will be asked."""
    model: ModelRef
    """The model that will be asked."""
    settings: dict[str, str | int | float | bool | None]
    """Every setting that the answers depend on."""
    seed: int
    """Where random choices will start from."""
    planned: int = Field(ge=1)
    """How many samples will be scored."""
    samples: Sha256 | None = None
    """The digest of the ids of all samples that will be asked, in their order."""
    judges: tuple[JudgeRef, ...] = ()
    """What will give the verdicts."""
    rules: tuple[Rule, ...] = ()
    """The tolerances by which the result will be judged."""
    detectable: tuple[Detectable, ...] = ()
    """What a run of this size can show."""

    @property
    def is_complete(self) -> bool:
        """Tell that nothing was measured yet."""
        return False

    def about(self) -> str:
        """Return the suite and the model."""
        return f"{self.suite.id} {self.model.sha256}"

    def subjects(self) -> tuple[Subject, ...]:
        """Name the model under test."""
        return (Subject(name=self.model.name, sha256=self.model.sha256),)


class EvaluationRecord(Record):
    """One suite run against one model.

    `scores` is the artifact from which anyone recomputes `metrics`; `log` is the Inspect log itself.
    """

    kind: ClassVar[str] = "evaluation"
    basis: ClassVar[Basis] = Basis.MEASURED
    named: ClassVar[frozenset[str]] = _TESTED
    reveals: ClassVar[Mapping[str, frozenset[str]]] = {
        "settings": frozenset({"job"}),
        "seed": frozenset({"job"}),
        # A list of a few dozen ones and zeros can be found by trying: its digest would tell it.
        "metrics": frozenset({"scores", "log"}),
        "scores": frozenset({"metrics", "log"}),
    }
    job: Sha256
    suite: SuiteRef
    """Which items were asked."""
    model: ModelRef
    """The model that was asked."""
    families: dict[str, int]
    """How many items of the suite touch each risk family, R1 to R7 (clause 1.9)."""
    plan: Ref | None = None
    """The record that announced it, where there is one."""
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
    samples: Sha256 | None = None
    """The digest of the ids of all samples that were asked, in their order."""
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

    def about(self) -> str:
        """Return the suite and the model."""
        return f"{self.suite.id} {self.model.sha256}"

    def subjects(self) -> tuple[Subject, ...]:
        """Name the model under test."""
        return (Subject(name=self.model.name, sha256=self.model.sha256),)


class AssessmentRecord(Record):
    """All findings over the log as it stood: `size` entries with Merkle root `root`."""

    kind: ClassVar[str] = "assessment"
    basis: ClassVar[Basis] = Basis.MEASURED
    named: ClassVar[frozenset[str]] = frozenset(
        {"edition", "edition_sha256", "size", "root", "system", "tool", "statuses", "findings", "job"}
    )
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
    named: ClassVar[frozenset[str]] = frozenset({"assessment", "files", "job"})
    assessment: Ref
    """The assessment that is reported."""
    files: dict[str, Sha256] = Field(min_length=1)
    """The SHA-256 of each file, by its name."""

    def subjects(self) -> tuple[Subject, ...]:
        """Name every file."""
        return tuple(Subject(name=name, sha256=digest) for name, digest in sorted(self.files.items()))


RECORD_TYPES: tuple[type[Record], ...] = (
    SystemRecord,
    DocumentRecord,
    PlanRecord,
    EvaluationRecord,
    AssessmentRecord,
    ReportRecord,
    KeyRecord,
    ErasureRecord,
    JudgeRecord,
    JudgementRecord,
    ImportRecord,
    DecisionRecord,
    RiskRecord,
    InspectionRecord,
    ScanRecord,
    IncidentRecord,
)

WITHHOLDABLE: frozenset[str] = frozenset[str]().union(*(kind.withholdable() for kind in RECORD_TYPES))
"""The fields that some kind of record may withhold; where another kind has to state one, it stays stated there."""
