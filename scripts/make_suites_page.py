"""Write docs/reference/suites.md from the shipped suites; with --check, exit 1 where it is not current."""

from collections.abc import Iterator

from pages import escape, paragraphs, publish, table

from accord.evals import Suite, suites

_HEAD = "# Evaluation suites"
_INTRO = """What `accord assess` asks of a model. Every item is our own, and lies as data in
`src/accord/evals/suites`; a record binds the suite by the SHA-256 of its file. A result is of this suite, this model
and these settings, and never of safety as such: read each suite's limits."""


def main() -> None:
    """Write the page, or check it."""
    publish("suites.md", __file__, [_HEAD, " ".join(_INTRO.split()), *(p for s in suites() for p in _suite(s))])


def _suite(suite: Suite) -> Iterator[str]:
    facts = [
        ("Id", f"`{suite.id}`"),
        ("Version", suite.version),
        ("SHA-256", f"`{suite.sha256}`"),
        ("Items", f"{len(suite.items)} ({len(suite.samples(0))} samples)"),
        ("Clauses", ", ".join(suite.clauses)),
        ("Families", ", ".join(f"{family} ({count} items)" for family, count in suite.families.items())),
        ("Most tokens of an answer", str(suite.max_tokens)),
    ]
    yield f"## {escape(suite.title)}"
    yield paragraphs(suite.description)
    yield table(("What", "Value"), facts)
    yield table(("Metric", "Meaning", "Better"), [(f"`{m.id}`", escape(m.title), m.better) for m in suite.metrics])
    yield "**What it cannot see.** " + paragraphs(suite.limits)
    yield "Ideas: " + "; ".join(escape(text) for text in suite.sources.values()) + "."


if __name__ == "__main__":
    main()
