"""How well a judge agrees with labels."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from accord.errors import EvaluationError
from accord.evals.judges.judge import Judge
from accord.evals.judges.labels import Labels, case_digest
from accord.evals.sample import Case
from accord.evals.text import shown
from accord.evidence import Agreement, Verdict


@runtime_checkable
class Trained(Judge, Protocol):
    """A judge that has learnt from labels, and so has seen the answers to some cases."""

    def decide_unseen(self, cases: Sequence[Case]) -> Sequence[bool | None]:
        """Decide each case by what was learnt without it and its like."""


def measure(judge: Judge, labels: Labels) -> tuple[tuple[Agreement, ...], tuple[Verdict, ...]]:
    """Return the agreement in each language, by its code, and every verdict, in the order of the labels.

    A trained judge is measured by verdicts in which the case itself had no part. Raises EvaluationError where the
    labels are of another task than the judge.
    """
    if judge.ref.task != labels.task:
        raise EvaluationError("The labels are of another task.", expected=judge.ref.task, found=shown(labels.task))
    cases = [row.case for row in labels.rows]
    given = judge.decide_unseen(cases) if isinstance(judge, Trained) else judge.decide(cases)
    verdicts = tuple(
        Verdict(answer=case_digest(row.case), language=row.case.language, label=row.label, verdict=verdict)
        for row, verdict in zip(labels.rows, given, strict=True)
    )
    return tuple(_agreement(name, verdicts, labels) for name in sorted({v.language for v in verdicts})), verdicts


def _agreement(language: str, verdicts: Sequence[Verdict], labels: Labels) -> Agreement:
    pairs = [(v.label, v.verdict) for v in verdicts if v.language == language]
    return Agreement.of(language, pairs, labels.sha256)
