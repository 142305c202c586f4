"""Write docs/reference/code.md from the shipped edition; with --check, exit 1 where it is not current."""

import argparse
import re
import sys
from collections.abc import Iterable
from pathlib import Path

from accord.codes import Code, load_code

_PAGE = Path(__file__).parent.parent / "docs" / "reference" / "code.md"
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


def render(code: Code) -> str:
    """Return the page, in Markdown, that lists everything in an edition."""
    parts = [
        "<!-- Written by scripts/make_code_page.py; do not edit. -->",
        f"# The Code, edition {code.id}",
        f"{_escape(code.title)}, {code.date}. Status: {code.status}. Digest: `{code.digest}`.",
        _escape(code.note),
        "\n".join(f"- <{url}>" for url in code.urls),
        "## How strongly a clause binds",
        _GRADES,
        "## Preamble",
        _table(("Id", "Fact", "Confirmed"), ((fact.id, fact.text, fact.confidence) for fact in code.facts)),
        "## Red lines",
        _table(
            ("Id", "Red line", "Confirmed"),
            ((line.id, line.text, line.confidence) for line in code.red_lines),
        ),
        "## Families of risk (clause 1.9)",
        _table(("Id", "Family", "What it covers", "Confirmed"), _families(code)),
        *_actions(code),
    ]
    return "\n\n".join(parts) + "\n"


def main() -> None:
    """Write the page, or check it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    page = render(load_code())
    if not check:
        _PAGE.parent.mkdir(parents=True, exist_ok=True)
        _PAGE.write_text(page, encoding="utf-8")
    elif not _PAGE.is_file() or _PAGE.read_text(encoding="utf-8") != page:
        sys.exit(f"{_PAGE} is not current: run scripts/make_code_page.py")


def _families(code: Code) -> Iterable[tuple[str, ...]]:
    return ((family.id, family.title, family.text, family.confidence) for family in code.risk_families)


def _actions(code: Code) -> Iterable[str]:
    for action in code.actions:
        pages = " and ".join(str(page) for page in action.pages)
        yield f"## Action {action.id}"
        yield f"{_escape(action.title)}. (Official PDF, p. {pages}; title confirmed: {action.confidence}.)"
        rows = (
            (clause.id, clause.grade, clause.text, ", ".join(clause.lifecycle), clause.confidence)
            for clause in code.clauses_of(action.number)
        )
        yield _table(("Clause", "Grade", "Text", "Lifecycle", "Confirmed"), rows)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *(tuple(_escape(cell) for cell in row) for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _escape(text: str) -> str:
    """Make text safe in a Markdown table: no cell break, no HTML, no markup."""
    return re.sub(r"([\\`*_\[\]<>|&])", r"\\\1", " ".join(text.split()))


if __name__ == "__main__":
    main()
