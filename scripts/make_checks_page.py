"""Write docs/reference/checks.md from the docstrings of the checks that Accord ships; or, with --check, compare it."""

from collections.abc import Iterator

from pages import escape, paragraphs, publish

from accord.checks import Check, load_checks
from accord.codes import Code, load_code

_INTRODUCTION = """\
A check is a pure function over the declared system and the records of the log. It says what the evidence shows of a
practice that the Code asks for: `supported`, `partial`, `contradicted`, `no-evidence` or `not-applicable`. It never
says more than its records do: what was only declared is `partial` at most, and no evidence is never a pass. An
evaluation counts where it is complete, has not expired, and is of the model that is declared now.

Another package may add checks of its own under the entry point group `accord.checks`."""


def render(code: Code, checks: tuple[Check, ...]) -> Iterator[str]:
    """Yield the parts of the page: each action with its checks, then the clauses that none reads."""
    yield "# Checks"
    yield _INTRODUCTION
    read = {clause for check in checks for clause in check.clauses}
    for action in code.actions:
        yield f"## Action {action.id}: {escape(action.title)}"
        for check in checks:
            if code.clause(check.clauses[0]).action == action.number:
                yield f"### {check.id}"
                yield "\n".join(_clause(code, clause) for clause in check.clauses)
                yield paragraphs(check.doc)
        unread = [c.id for c in code.clauses_of(action.number) if c.id not in read]
        yield f"No check reads these clauses yet: {', '.join(unread)}." if unread else "Every clause has a check."


def _clause(code: Code, clause_id: str) -> str:
    clause = code.clause(clause_id)
    return f"- Clause {clause.id} ({escape(clause.grade)}): {escape(clause.text)}"


if __name__ == "__main__":
    shipped = tuple(c for c in load_checks() if c.function.__module__.startswith("accord."))
    publish("checks.md", __file__, render(load_code(), shipped))
