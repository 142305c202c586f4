"""From a figure down to one sample: what each judge said of it, and where its transcript lies."""

import difflib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from accord.errors import VerificationError, WorkspaceError
from accord.evidence import ArtifactRef, Entry, EvaluationRecord, JudgementRecord, Metric, Records, Score
from accord.ledger import parse_json

_SCORES = TypeAdapter(tuple[Score, ...])
_NEAR = 5

Read = Callable[[ArtifactRef], bytes | None]
"""Gives the bytes of an artifact; None where they are not here."""


@dataclass(frozen=True)
class Verdicts:
    """What one record says of a sample: each score, with the metric that it counts for, where that is in the record."""

    entry: Entry[EvaluationRecord] | Entry[JudgementRecord]
    scores: tuple[tuple[Score, Metric | None], ...]
    """None of them where the scores are not here."""


@dataclass(frozen=True)
class SampleTrail:
    """One sample in one run."""

    sample: str
    """Its id, under which its transcript stands in the run's log."""
    run: Entry[EvaluationRecord]
    """The run, whose `log` holds every question and answer."""
    verdicts: tuple[Verdicts, ...]
    """Those of the run itself, then those of each judge that read its transcripts again."""


def trace_sample(records: Records, read: Read, suite: str, sample: str) -> tuple[SampleTrail, ...]:
    """Return a sample of a suite in every run that asked it, the newest first.

    Raises WorkspaceError where nothing ran the suite, or no run that can be read asked the sample; VerificationError
    where scores are not of their shape.
    """
    runs = [e for e in reversed(records.of(EvaluationRecord)) if e.record.suite.id == suite]
    if not runs:
        known = sorted({e.record.suite.id for e in records.of(EvaluationRecord)})
        raise WorkspaceError("No run of this suite is recorded.", expected=f"one of {', '.join(known)}", found=suite)
    scores = [(run, _read(run, read)) for run in runs]
    found = tuple(
        SampleTrail(sample, run, (_pick(run, own, sample), *_judged_again(records, run, read, sample)))
        for run, own in scores
        if any(score.sample == sample for score in own)
    )
    if not found:
        near = difflib.get_close_matches(sample, {score.sample for _, own in scores for score in own}, n=_NEAR)
        raise WorkspaceError(
            "No run asked this sample, as far as scores are here.",
            where=f"suite {suite}",
            expected=f"one such as {', '.join(near)}" if near else "",
            found=sample,
        )
    return found


def _judged_again(records: Records, run: Entry[EvaluationRecord], read: Read, sample: str) -> Iterator[Verdicts]:
    for entry in records.of(JudgementRecord):
        if entry.record.evaluation == run.ref:
            yield _pick(entry, _read(entry, read), sample)


def _pick(entry: Entry[EvaluationRecord] | Entry[JudgementRecord], scores: Sequence[Score], sample: str) -> Verdicts:
    metrics = {(m.id, m.language): m for m in entry.record.metrics if not m.group}
    own = [score for score in scores if score.sample == sample]
    return Verdicts(entry, tuple((score, metrics.get((score.metric, score.language))) for score in own))


def _read(entry: Entry[EvaluationRecord] | Entry[JudgementRecord], read: Read) -> tuple[Score, ...]:
    data = read(entry.record.scores)
    if data is None:
        return ()
    try:
        return _SCORES.validate_python(parse_json(data))
    except ValidationError as error:
        raise VerificationError("Scores are not of their shape.", where=f"record {entry.ref.index}") from error
