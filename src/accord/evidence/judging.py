"""Judges as evidence: how well each agrees with people, and what another judge says of the same transcripts."""

from typing import ClassVar

from pydantic import Field

from accord.evidence.metrics import Agreement, JudgeRef, Metric
from accord.evidence.record import Record
from accord.evidence.values import ArtifactRef, Basis, Model, Ref, Tool
from accord.ledger import Subject


class Verdict(Model):
    """What a judge says of one labelled answer, without its text."""

    answer: str
    """The SHA-256 of the labelled answer, its question and what a right one is."""
    language: str
    """Its language."""
    label: bool
    """What a person says."""
    verdict: bool | None = None
    """What the judge says; left out where it abstains."""


class JudgeRecord(Record):
    """A judge was measured against human labels."""

    kind: ClassVar[str] = "judge"
    basis: ClassVar[Basis] = Basis.MEASURED
    named: ClassVar[frozenset[str]] = frozenset({"judge", "agreements", "labels", "labelled_by", "job"})
    judge: JudgeRef
    """The judge."""
    agreements: tuple[Agreement, ...] = Field(min_length=1)
    """How well it agrees, in each language of the labels."""
    labels: str
    """The name and version of the labelled answers."""
    labelled_by: str
    """Who read the answers, and how."""
    verdicts: ArtifactRef
    """Label and verdict of every answer, from which the agreement can be recomputed."""
    tools: tuple[Tool, ...]
    """The programs that took part."""

    def about(self) -> str:
        """Return the judge and the labels."""
        return f"{self.judge.id} {self.labels}"

    def subjects(self) -> tuple[Subject, ...]:
        """Name the judge."""
        return (Subject(name=self.judge.id, sha256=self.judge.sha256),)


class JudgementRecord(Record):
    """The transcripts of an evaluation were given to another judge: nothing was asked of the model again."""

    kind: ClassVar[str] = "judgement"
    basis: ClassVar[Basis] = Basis.MEASURED
    named: ClassVar[frozenset[str]] = frozenset({"evaluation", "judge", "job"})
    evaluation: Ref
    """The evaluation whose transcripts were read."""
    judge: JudgeRef
    """The judge that read them."""
    metrics: tuple[Metric, ...]
    """The metrics as this judge has them."""
    scores: ArtifactRef
    """Its scores, from which the metrics can be recomputed."""
    between: tuple[Agreement, ...]
    """Its verdicts beside those of the evaluation's own judge, which stand as labels here."""
    tools: tuple[Tool, ...]
    """The programs that took part."""

    def about(self) -> str:
        """Return the evaluation's place and the judge."""
        return f"{self.evaluation.index} {self.judge.id}"

    def subjects(self) -> tuple[Subject, ...]:
        """Name the scores."""
        return (Subject(name=self.judge.id, sha256=self.scores.sha256),)
