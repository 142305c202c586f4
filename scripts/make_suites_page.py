"""Write docs/reference/suites.md from the shipped suites; with --check, exit 1 where it is not current."""

from collections.abc import Iterator, Sequence

from pages import escape, paragraphs, publish, table

from accord.evals import Sample, Suite, suites
from accord.evidence import wilson

_HEAD = "# Evaluation suites"
_INTRO = """What `accord assess` asks of a model. Every item is our own, and lies as data in
`src/accord/evals/suites`; a record binds the suite by the SHA-256 of its files and of the programs that make samples
of them. A result is of this suite, this model and these settings, and never of safety as such: read each suite's
limits. The quick profile asks a stratified sample of each suite in each language. What that loses is given as half the
width of the 95 % interval about a share of one half, in percentage points, as if samples were independent and the judge
never erred: where several samples are made of one item, or the judge errs, intervals are wider."""


def main() -> None:
    """Write the page, or check it."""
    publish("suites.md", __file__, [_HEAD, " ".join(_INTRO.split()), *(p for s in suites() for p in _suite(s))])


def _suite(suite: Suite) -> Iterator[str]:
    facts = [
        ("Id", f"`{suite.id}`"),
        ("Version", suite.version),
        ("SHA-256", f"`{suite.sha256}`"),
        ("Items", f"{len({item.id for item in suite.items})} ({len(suite.items)} with translations)"),
        ("Clauses", ", ".join(suite.clauses)),
        ("Families", ", ".join(f"{family} ({n} items)" for family, n in suite.families.items()) or "none"),
        ("Most tokens of an answer", str(suite.max_tokens)),
    ]
    yield f"## {escape(suite.title)}"
    yield paragraphs(suite.description)
    yield table(("What", "Value"), facts)
    yield table(("Metric", "Meaning", "Better"), [(f"`{m.id}`", escape(m.title), m.better) for m in suite.metrics])
    yield table(("Language", "Items", "Samples", "Quick", "Metric with fewest samples: full, quick"), _languages(suite))
    yield "**What it cannot see.** " + paragraphs(suite.limits)
    yield "Ideas: " + "; ".join(escape(text) for text in suite.sources.values()) + "."


def _languages(suite: Suite) -> Iterator[tuple[str, ...]]:
    for language in suite.languages:
        items = sum(item.language == language for item in suite.items)
        full, quick = suite.samples(1, [language]), suite.samples(1, [language], quick=True)
        share = f"{len(quick)} ({len(quick) / len(full):.0%})"
        yield language, str(items), str(len(full)), share, f"{_half(suite, full)}, {_half(suite, quick)}"


def _half(suite: Suite, samples: Sequence[Sample]) -> str:
    """Return half the width of the interval about one half, of the metric that has the fewest samples."""
    fewest = min(sum(measure.id in s.metrics for s in samples) for measure in suite.metrics)
    if not fewest:
        return "none"
    low, high = wilson(fewest / 2, fewest)
    return f"±{50 * (high - low):.0f} (n = {fewest})"


if __name__ == "__main__":
    main()
