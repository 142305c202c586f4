"""Comparing runs sample by sample: what differs between two models, and what does not."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from statistics import fmean

from pydantic import TypeAdapter

from accord.errors import EvaluationError
from accord.evals.differences import Difference, adjust, compare_independent, compare_pairs
from accord.evidence import Entry, EvaluationRecord, Score
from accord.evidence.comparing import why_not_comparable
from accord.ledger import parse_json
from accord.workspace import Workspace

Runs = Sequence[tuple[Workspace, Entry[EvaluationRecord]]]

_SCORES = TypeAdapter(tuple[Score, ...])


def compare_runs(first: Runs, second: Runs) -> tuple[tuple[Difference, ...], dict[str, str]]:
    """Compare the runs of each suite that both have; p-values are adjusted over all of them (Holm, 1979).

    Returns the differences, second minus first, and for each suite that cannot be compared the reason. Raises
    EvaluationError where there is nothing in common, or where scores are not here any more.
    """
    theirs = {entry.record.suite.id: (space, entry) for space, entry in second}
    shared = [(run, theirs[run[1].record.suite.id]) for run in first if run[1].record.suite.id in theirs]
    if not shared:
        raise EvaluationError(
            "These have no suite in common.",
            expected=", ".join(sorted(entry.record.suite.id for _, entry in first)) or "a current run",
            found=", ".join(sorted(theirs)) or "no current run",
        )
    apart = {a.record.suite.id: why for (_, a), (_, b) in shared if (why := why_not_comparable(a.record, b.record))}
    found = [
        difference
        for one, other in shared
        if one[1].record.suite.id not in apart
        for difference in _compare(_scores(*one), _scores(*other))
    ]
    return adjust(found), apart


def _scores(space: Workspace, entry: Entry[EvaluationRecord]) -> tuple[Score, ...]:
    sha256 = entry.record.scores.sha256
    if sha256 not in space.artifacts:
        raise EvaluationError("The scores of a run are not here any more.", where=f"record {entry.ref.index}")
    return _SCORES.validate_python(parse_json(space.artifacts.get(sha256)))


def _compare(first: Sequence[Score], second: Sequence[Score]) -> Iterator[Difference]:
    """Compare stem by stem: samples of one item are no independent draws, so each item counts once."""
    ours, theirs = _by_stem(first), _by_stem(second)
    for metric, language in sorted(ours.keys() & theirs.keys()):
        one, other = ours[metric, language], theirs[metric, language]
        pairs = [(one[stem], other[stem]) for stem in sorted(one.keys() & other.keys())]
        if pairs:
            yield compare_pairs(metric, language, pairs)
        elif one and other:
            counts = [(sum(side.values()), len(side)) for side in (one, other)]
            yield compare_independent(metric, language, *counts)


def _by_stem(scores: Sequence[Score]) -> dict[tuple[str, str], dict[str, float]]:
    held = defaultdict[tuple[str, str], dict[str, list[float]]](lambda: defaultdict(list))
    for s in scores:
        if s.score is not None:
            held[s.metric, s.language][s.stem or s.sample].append(s.score)
    return {key: {stem: fmean(values) for stem, values in stems.items()} for key, stems in held.items()}
