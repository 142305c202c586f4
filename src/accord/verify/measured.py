"""Measurements computed again: metrics from their scores, and a judge's agreement from its verdicts."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter

from accord.evidence import (
    Agreement,
    Entry,
    EvaluationRecord,
    InspectionRecord,
    JudgementRecord,
    JudgeRecord,
    Observation,
    Origin,
    Score,
    Sighting,
    Verdict,
)
from accord.verify.claims import Result
from accord.verify.shelf import Shelf, UnsettledError, read_artifact

_SCORES = TypeAdapter(tuple[Score, ...])
_VERDICTS = TypeAdapter(tuple[Verdict, ...])
_SIGHTINGS = TypeAdapter(tuple[Sighting, ...])


def check_metrics(record: EvaluationRecord | JudgementRecord, shelf: Shelf) -> None:
    """Raise UnsettledError unless the record's metrics are what its scores give."""
    scores = read_artifact(shelf, record.scores, _SCORES, Result.CONTRADICTED)
    if isinstance(record, EvaluationRecord):
        _check_coverage(record, scores)
    by_metric = defaultdict[tuple[str, str], list[Score]](list)
    for score in scores:
        by_metric[score.metric, score.language].append(score)
    for said in record.metrics:
        found = said.count_scores(by_metric[said.id, said.language])
        if said != found:
            raise UnsettledError(
                Result.CONTRADICTED,
                f"{said.id} is said to be {said.count:g} of {said.n} ({said.low} to {said.high}); "
                f"its scores give {found.count:g} of {found.n} ({found.low} to {found.high})",
            )
    told = {(metric.id, metric.language) for metric in record.metrics if not metric.group}
    scored = {key for key, rows in by_metric.items() if any(row.score is not None for row in rows)}
    if extra := sorted({f"{metric} ({language})" for metric, language in scored - told}):
        raise UnsettledError(Result.CONTRADICTED, f"There are scores of {', '.join(extra)}, which it leaves out.")


def _check_coverage(record: EvaluationRecord, scores: Sequence[Score]) -> None:
    """Check that no sample is counted twice or left unsaid: a lost one stands among the scores as not answered."""
    said = (record.planned, record.completed)
    found = (len({s.sample for s in scores}), len({s.sample for s in scores if s.answered}))
    if len({(s.sample, s.metric) for s in scores}) != len(scores):
        raise UnsettledError(Result.CONTRADICTED, "A sample is scored twice by one metric.")
    if said != found:
        reason = f"{said[1]} of {said[0]} samples are said to be answered; its scores hold {found[1]} of {found[0]}"
        raise UnsettledError(Result.CONTRADICTED, reason)


def check_agreements(record: JudgeRecord, shelf: Shelf) -> None:
    """Raise UnsettledError unless a judge's agreement with people is what its verdicts give."""
    verdicts = read_artifact(shelf, record.verdicts, _VERDICTS, Result.CONTRADICTED)
    if len({v.answer for v in verdicts}) != len(verdicts):
        raise UnsettledError(Result.CONTRADICTED, "A labelled answer is counted twice.")
    by_language = defaultdict[str, list[tuple[bool, bool | None]]](list)
    for verdict in verdicts:
        by_language[verdict.language].append((verdict.label, verdict.verdict))
    if by_language.keys() != {said.language for said in record.agreements}:
        raise UnsettledError(Result.CONTRADICTED, "Its verdicts are of other languages than it speaks of.")
    for said in record.agreements:
        found = Agreement.of(said.language, by_language[said.language], said.labels)
        if said != found:
            raise UnsettledError(
                Result.CONTRADICTED,
                f"Its kappa ({said.language}) is said to be {said.kappa}; its verdicts give {found.kappa}",
            )


def check_observations(record: InspectionRecord, shelf: Shelf) -> None:
    """Raise UnsettledError unless what was observed is what the sightings give."""
    sightings = read_artifact(shelf, record.sightings, _SIGHTINGS, Result.CONTRADICTED)
    if extra := {s.observation for s in sightings} - {o.id for o in record.observations}:
        raise UnsettledError(
            Result.CONTRADICTED, f"There are sightings of {', '.join(sorted(extra))}, which it leaves out."
        )
    for said in record.observations:
        found = Observation.of(said.id, said.title, sightings, sample=said.sample)
        if said != found:
            raise UnsettledError(
                Result.CONTRADICTED,
                f"{said.id} is said to hold of {said.held} of {said.n}, {said.unknown} untold; "
                f"its sightings give {found.held} of {found.n}, {found.unknown} untold",
            )


def check_judges(entries: Mapping[int, Entry[Any]], entry: Entry[EvaluationRecord | JudgementRecord]) -> None:
    """Raise UnsettledError unless the error that each metric is corrected for is that of a record before it."""
    known = {
        (e.record.judge, agreement)
        for e in entries.values()
        if isinstance(e.record, JudgeRecord) and e.origin == entry.origin and e.ref.index < entry.ref.index
        for agreement in e.record.agreements
    }
    for metric in entry.record.metrics:
        if metric.judge and metric.agreement and (metric.judge, metric.agreement) not in known:
            result = Result.CONTRADICTED if entry.origin == Origin.SELF else Result.CANNOT_TELL
            reason = f"No record before it measured the error of {metric.judge.id} that {metric.id} is corrected for."
            raise UnsettledError(result, reason)
