"""Whether the figures of two runs may be held against each other at all."""

from collections.abc import Iterator

from accord.evidence.records import EvaluationRecord
from accord.evidence.text import shown

_NO_BEARING = frozenset({"slots", "threads"})
"""Settings that say how fast a run goes, and nothing about its answers."""


def why_not_comparable(first: EvaluationRecord, second: EvaluationRecord) -> str:
    """Say what else than the model differs between two runs, so that the model does not explain the difference."""
    differing = []
    if first.suite.sha256 != second.suite.sha256:
        differing.append(f"the suite ({_both(*(f'{run.suite.id} {run.suite.version}' for run in (first, second)))})")
    settings = differing_settings(first, second)
    differing += [f"the setting {shown(name)} ({_both(*values)})" for name, *values in settings]
    if first.seed != second.seed:
        differing.append(f"the seed ({_both(first.seed, second.seed)})")
    languages = tuple(" ".join(sorted({m.language for m in run.metrics})) for run in (first, second))
    if languages[0] != languages[1]:
        differing.append(f"the languages ({_both(*languages)})")
    if first.samples != second.samples:
        differing.append("the samples")
    judges = [{m.id: m.judge.sha256 if m.judge else "" for m in run.metrics} for run in (first, second)]
    changed = sorted(m for m in judges[0].keys() & judges[1].keys() if judges[0][m] != judges[1][m])
    differing += [f"the judge of {metric}" for metric in changed]
    return "; ".join(differing)


def differing_settings(first: EvaluationRecord, second: EvaluationRecord) -> Iterator[tuple[str, object, object]]:
    """Yield each setting that bears on answers and differs, with what both runs have; its name may be hostile."""
    for name in sorted((first.settings.keys() | second.settings.keys()) - _NO_BEARING):
        values = first.settings.get(name), second.settings.get(name)
        if values[0] != values[1]:
            yield name, *values


def _both(first: object, second: object) -> str:
    return f"{shown(str(first))}, {shown(str(second))}"
