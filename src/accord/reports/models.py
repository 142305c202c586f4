"""What a report says, as frozen values: the `content` of report.json, and all that the HTML page shows.

Log entries are named by their index. Nothing here is a total, a score or a verdict on the organisation.
"""

from datetime import date
from typing import Literal

from accord.codes import Force
from accord.evidence import (
    Basis,
    Erasing,
    EvaluationRecord,
    Finding,
    Model,
    ModelRef,
    Origin,
    Sha256,
    Status,
    Time,
    Tool,
)
from accord.manifest import System


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


class RedLineReport(Model):
    """A ground on which a named person decides; this version of Accord cannot record the decision yet."""

    id: str
    text: str
    decision: Literal["none-recorded"] = "none-recorded"


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
    custody: Custody
    limits: tuple[str, ...] = ()
    """What this report does not show, in plain sentences."""
    log: LogFacts
    records: tuple[Row, ...]
