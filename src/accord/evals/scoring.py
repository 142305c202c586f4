"""From replies to scores, and from scores to the metrics of a record."""

from collections.abc import Callable, Sequence

from accord.evals.agreement import find_agreement, judge_of
from accord.evals.judges import Judge, Task
from accord.evals.sample import Replies, Sample
from accord.evals.suite import Measure
from accord.evidence import Agreement, Metric, Score


def score_sample(sample: Sample, replies: Replies | None, measures: Sequence[Measure]) -> tuple[Score, ...]:
    """Return the scores of one sample by the shipped judges; one row without a score where it was not answered."""

    def row(metric: str, score: float | None, *, answered: bool = True) -> Score:
        return Score(
            sample=sample.id,
            metric=metric,
            score=score,
            stem=sample.stem,
            language=sample.language,
            groups=sample.groups,
            answered=answered,
        )

    if replies is None:
        return (row(sample.metrics[0], None, answered=False),)
    by_id = {m.id: m for m in measures}
    rows = []
    for reading in sample.read(replies):
        measure = by_id[reading.metric]
        (verdict,) = judge_of(measure.task).decide([reading.case]) if measure.task else (reading.held,)
        rows.append(row(measure.id, None if verdict is None else float(verdict != measure.denied)))
    return tuple(rows) or (row(sample.metrics[0], None),)


def make_metrics(
    measures: Sequence[Measure],
    scores: Sequence[Score],
    judge: Callable[[Task], Judge] = judge_of,
    agreement: Callable[[Task, str], Agreement | None] = find_agreement,
) -> tuple[Metric, ...]:
    """Return each measure in each language, then the same for each of its groups where there are several.

    `judge` gave the verdicts on a task, and `agreement` tells how well it agrees with people in a language.
    """

    def blank(measure: Measure, language: str, group: str = "") -> Metric:
        return Metric(
            id=measure.id,
            title=measure.title,
            better=measure.better,
            language=language,
            group=group,
            count=0,
            n=0,
            judge=judge(measure.task).ref if measure.task else None,
            agreement=agreement(measure.task, language) if measure.task else None,
            denied=measure.denied,
        )

    languages = sorted({s.language for s in scores}, key=lambda name: (name != "en", name))
    made = []
    for measure in measures:
        for language in languages:
            own = [s for s in scores if s.metric == measure.id and s.language == language]
            whole = blank(measure, language).count_scores(own)
            groups = sorted({group for s in own for group in s.groups})
            apart = [blank(measure, language, group).count_scores(own) for group in groups if len(groups) > 1]
            made += [whole, *apart]
    return tuple(made)
