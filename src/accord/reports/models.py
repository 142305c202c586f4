"""What a report says, as frozen values: the `content` of report.json, and all that the HTML page shows.

Log entries are named by their index. Nothing here is a total, a score or a verdict on the organisation.
"""

from datetime import date
from typing import Literal

from accord.codes import Force
from accord.evidence import (
    Basis,
    DecisionRecord,
    Effect,
    Erasing,
    EvaluationRecord,
    Finding,
    ImportRecord,
    JudgementRecord,
    JudgeRecord,
    Model,
    ModelRef,
    Origin,
    Rating,
    ScanRecord,
    Sha256,
    Status,
    Time,
    Tool,
)
from accord.manifest import System
from accord.reports.incident_models import IncidentsReport
from accord.reports.stated import StatementReport


class Edition(Model):
    """The edition of the Code that was assessed; `wording` and `note` say what its texts are not."""

    id: str
    title: str
    date: date
    status: str
    sha256: Sha256
    urls: tuple[str, ...]
    wording: str
    note: str


class Run(Model):
    """One evaluation as it stands in the log."""

    index: int
    origin: Origin
    evaluation: EvaluationRecord


class ClauseReport(Model):
    """A clause with its register, and what the evidence says of it; `findings` are positions in the content's list."""

    id: str
    text: str
    force: Force
    example: bool
    qualifier: str | None
    pages: tuple[int, ...]
    status: Status
    basis: Basis | None
    origin: Origin | None
    date: Time | None
    expires: Time | None
    gaps: tuple[str, ...]
    findings: tuple[int, ...]


class ActionReport(Model):
    """One of the eleven actions; `counts` has every status, also those with no clause."""

    number: int
    title: str
    pages: tuple[int, ...]
    counts: dict[Status, int]
    clauses: tuple[ClauseReport, ...]


class FamilyReport(Model):
    """A family of risk and the evaluations that touched it (log indices); none means that it was not tested."""

    id: str
    title: str
    text: str
    tested_by: tuple[int, ...]


class DecisionReport(Model):
    """A decision that a record (`index`) holds; `model` tells whether it is about the model of this report."""

    index: int
    origin: Origin
    expired: bool
    current_model: bool
    decision: DecisionRecord


class RedLineReport(Model):
    """A ground on which a named role decides, and the current decisions about this model that speak of it (indices)."""

    id: str
    text: str
    decisions: tuple[int, ...]


class JudgeReport(Model):
    """A judge that a record (`index`) measures against labels of people."""

    index: int
    origin: Origin
    measured: JudgeRecord


class ImportReport(Model):
    """A result that others found, as a record (`index`) holds it."""

    index: int
    origin: Origin
    result: ImportRecord


class JudgementReport(Model):
    """What another judge says of the transcripts of a run, as a record (`index`) holds it."""

    index: int
    origin: Origin
    judgement: JudgementRecord


class LevelReport(Model):
    """How likely a risk is and how bad it would be, as a record (`index`) assesses it; none where it is withheld."""

    index: int
    origin: Origin
    likelihood: Rating | None
    severity: Rating | None
    reason: str


class TreatmentReport(Model):
    """What is done about a risk (record `index`), and whether what was measured shows that it works; none: neither."""

    index: int
    treatment: str
    role: str
    due: date | None
    shown_by: tuple[Effect, ...]
    works: bool | None


class AcceptanceReport(Model):
    """A named role accepts a risk (record `index`) until a moment, for a reason; `holds` tells whether it does now."""

    index: int
    role: str
    reason: str
    until: Time | None
    holds: bool


class IndicatorReport(Model):
    """A metric that measures a risk, and the evaluations (log indices) that did; none means that there is none."""

    metric: str
    runs: tuple[int, ...]


class RiskReport(Model):
    """A risk of the organisation's register as its records leave it. An empty text was withheld."""

    id: str
    title: str
    scenario: str
    family: str
    affected: tuple[str, ...]
    stage: str
    owner: str
    state: Literal["open", "treated", "accepted", "closed"]
    touches: tuple[str, ...]
    systemic: bool | None
    partners: tuple[str, ...]
    catalogue: tuple[str, ...]
    review: date | None
    overdue: bool
    tolerated: bool | None
    """Whether it lies within what is tolerated; none where it has no assessment on the declared scales."""
    inherent: LevelReport | None
    residual: LevelReport | None
    treatments: tuple[TreatmentReport, ...]
    acceptance: AcceptanceReport | None
    indicators: tuple[IndicatorReport, ...]
    records: tuple[int, ...]


class RegisterReport(Model):
    """The register of risks, in the order in which they were added, and the records about risks that do not count."""

    risks: tuple[RiskReport, ...]
    misfits: tuple[str, ...]


class ScanReport(Model):
    """The newest current scan of one input as it stands in the log, and what it leaves open."""

    index: int
    origin: Origin
    scan: ScanRecord
    gaps: tuple[str, ...]


class OverrideReport(Model):
    """A decision (record `index`) that lets a stage be passed in spite of a reason, until a moment at the latest."""

    stage: str
    index: int
    until: Time


class ReasonReport(Model):
    """What speaks against passing stages, or has to be known of them: those it blocks, and those it only notes."""

    id: str
    text: str
    records: tuple[int, ...]
    blocks: tuple[str, ...]
    notes: tuple[str, ...]
    overrides: tuple[OverrideReport, ...]


class StageReport(Model):
    """A stage of the lifecycle, and whether anything blocks it."""

    id: str
    kind: str
    passed: bool


class GatesReport(Model):
    """What the gate of each declared stage says of the evidence in this report, each reason once."""

    stages: tuple[StageReport, ...]
    reasons: tuple[ReasonReport, ...]


class Row(Model):
    """One log entry in a line: what it is, when it was made, and what it is about, in words and by digest."""

    index: int
    leaf: Sha256
    kind: str
    basis: Basis
    origin: Origin
    made: Time
    expires: Time | None
    expired: bool
    about: str
    subjects: dict[str, Sha256]


class Announcement(Model):
    """An evaluation that a record (`index`) announces or holds; `model` is a digest where the record is closed."""

    index: int
    made: Time
    suite: str
    model: str


class Closed(Model):
    """Records of one kind of which something cannot be read here, for one reason; `fields` are what they withhold.

    What a field that is withheld says, and what a revoked key signed, supports nothing.
    """

    of: str
    why: Literal["withheld", "revoked"]
    fields: tuple[str, ...]
    records: tuple[int, ...]


class Erased(Model):
    """Text that was erased: the record of it, the ground, and which fields of which records named the bytes."""

    index: int
    made: Time
    reason: Erasing
    sha256: Sha256
    fields: tuple[str, ...]
    records: tuple[int, ...]


class Custody(Model):
    """What was announced, withheld and erased: what there is no result of, and what a reader cannot see."""

    pending: tuple[Announcement, ...]
    """Announced, and no complete result is recorded."""
    unplanned: tuple[Announcement, ...]
    """Recorded, and nothing announced it."""
    closed: tuple[Closed, ...]
    erased: tuple[Erased, ...]
    elsewhere: tuple[int, ...]
    """Records whose scores or verdicts are too large for this file: a bundle has them."""


class KeyReport(Model):
    """A key that came into force with a record (`index`); `revoked_since` is of the key before it."""

    index: int
    made: Time
    fingerprint: str
    reason: str
    revoked_since: int | None


class AnchorReport(Model):
    """A checkpoint that outsiders are said to have signed or time-stamped: nothing of it was checked here."""

    size: int
    signers: tuple[str, ...]
    stamped: bool


class LogFacts(Model):
    """Where everything rests: the keys, the tree of which the checkpoint speaks, and who is said to have seen it."""

    origin: str
    size: int
    root: Sha256
    fingerprint: str
    vkey: str
    keys: tuple[KeyReport, ...]
    """Every key that was in force, oldest first; none where the log has one key for ever."""
    anchors: tuple[AnchorReport, ...]


class Content(Model):
    """Everything that a report says, as things stood when the assessment was made."""

    generator: Tool
    assessed: Time
    assessment: int
    expires: Time | None
    """When the first of the evidence that the findings rest on runs out."""
    edition: Edition
    declared: System
    declaration: int
    model: ModelRef
    actions: tuple[ActionReport, ...]
    findings: tuple[Finding, ...]
    runs: tuple[Run, ...]
    """What the checks rely on: each party's newest complete and current run of each suite on the declared model."""
    others: tuple[Run, ...]
    """Complete and current, but run again since, or run on another model."""
    incomplete: tuple[Run, ...]
    expired: tuple[int, ...]
    families: tuple[FamilyReport, ...]
    red_lines: tuple[RedLineReport, ...]
    decisions: tuple[DecisionReport, ...]
    """What people decided, oldest first."""
    statements: tuple[StatementReport, ...] = ()
    """What the organisation states for everybody to read."""
    risk_register: RegisterReport
    incidents: IncidentsReport
    gates: GatesReport
    scans: tuple[ScanReport, ...] = ()
    """The newest current scan of each traffic and each corpus."""
    judges: tuple[JudgeReport, ...]
    """The newest measurement of each judge."""
    judgements: tuple[JudgementReport, ...]
    imports: tuple[ImportReport, ...]
    """Current results of others on the declared model."""
    custody: Custody
    limits: tuple[str, ...] = ()
    """What this report does not show, in plain sentences."""
    log: LogFacts
    records: tuple[Row, ...]
