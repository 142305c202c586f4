"""Write docs/reference/code.md from the shipped edition; with --check, exit 1 where it is not current."""

from collections.abc import Iterable, Iterator

from pages import escape, publish, table

from accord.codes import Code, load_code

_GRADES = """\
| Word | Meaning |
| --- | --- |
| commit | organisations commit to it |
| should | the Code's ordinary grade |
| expected | organisations are expected to do it |
| encouraged | organisations are encouraged to do it |
| includes | named as part of what the action asks |
| may-include | named as something the action may or could include |
| example only | the Code gives it as an example |

What follows the force is the qualifier, word for word as in the text. The last column says how a line was
confirmed: S in a published source, S2 in a source that quotes the official text, M from general knowledge and
still to be confirmed, D our own draft."""


def render(code: Code) -> Iterator[str]:
    """Yield the parts of a page that lists everything in an edition."""
    yield f"# The Code, edition {code.id}"
    yield f"{escape(code.title)}, {code.date}. Status: {code.status}. Digest: `{code.digest}`."
    yield escape(code.note)
    yield "\n".join(f"- <{url}>" for url in code.urls)
    yield "## How strongly a clause binds"
    yield _GRADES
    yield "## Preamble"
    yield _table(("Id", "Fact", "Confirmed"), ((fact.id, fact.text, fact.confidence) for fact in code.facts))
    yield "## Red lines"
    yield _table(("Id", "Red line", "Confirmed"), ((line.id, line.text, line.confidence) for line in code.red_lines))
    yield "## Families of risk (clause 1.9)"
    yield _table(("Id", "Family", "What it covers", "Confirmed"), _families(code))
    yield from _actions(code)


def _families(code: Code) -> Iterable[tuple[str, ...]]:
    return ((family.id, family.title, family.text, family.confidence) for family in code.risk_families)


def _actions(code: Code) -> Iterable[str]:
    for action in code.actions:
        pages = " and ".join(str(page) for page in action.pages)
        yield f"## Action {action.id}"
        yield f"{escape(action.title)}. (Official PDF, p. {pages}; title confirmed: {action.confidence}.)"
        rows = (
            (clause.id, clause.grade, clause.text, ", ".join(clause.lifecycle), clause.confidence)
            for clause in code.clauses_of(action.number)
        )
        yield _table(("Clause", "Grade", "Text", "Lifecycle", "Confirmed"), rows)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return table(head, (tuple(escape(cell) for cell in row) for row in rows))


if __name__ == "__main__":
    publish("code.md", __file__, render(load_code()))
