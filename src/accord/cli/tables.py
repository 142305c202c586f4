"""Tables that several commands print."""

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from accord.assess import ClauseState
from accord.cli.output import safe
from accord.codes import Action, Clause, Code
from accord.evidence import Status
from accord.reports.languages import ENGLISH, Language
from accord.reports.languages.templates import fill

SHAPES = {
    Status.SUPPORTED: ("●", "green"),
    Status.PARTIAL: ("◐", "yellow"),
    Status.CONTRADICTED: ("✕", "red"),
    Status.NO_EVIDENCE: ("○", "dim"),
    Status.NOT_APPLICABLE: ("-", "dim"),
}
"""Each status has a shape as well as a colour: colour is never alone."""


def mark(status: Status, language: Language) -> Text:
    """Return a status as shape and word."""
    shape, style = SHAPES[status]
    return Text(f"{shape} {language.term(status, 'status')}", style=style)


def action_table(code: Code, states: Sequence[ClauseState], language: Language = ENGLISH) -> RenderableType:
    """Return one row for each of the eleven actions, with the count of clauses in each status."""
    table = Table(title=language.said(code.title) or code.title, title_justify="left")
    table.add_column("")
    table.add_column(language.gettext("Action"), ratio=1)
    for status in Status:
        table.add_column(SHAPES[status][0], justify="right", style=SHAPES[status][1])
    for action in code.actions:
        own = _of(code, action, states)
        counts = [sum(s.status == status for s in own) for status in Status]
        table.add_row(
            action.id,
            safe(_code(code, action.title, action.id, "title", language)),
            *(str(n) if n else "·" for n in counts),
        )
    legend = "  ".join(f"{shape} {language.term(status, 'status')}" for status, (shape, _) in SHAPES.items())
    return Group(table, Text(f"{legend}\n{language.gettext('Counts of clauses; not a score.')}"))


def clause_tables(code: Code, states: Sequence[ClauseState], language: Language = ENGLISH) -> RenderableType:
    """Return a table for each action: its clauses with force, status, strength and gaps."""
    return Group(*(_clause_table(code, action, _of(code, action, states), language) for action in code.actions))


def _clause_table(code: Code, action: Action, states: Iterable[ClauseState], language: Language) -> Table:
    title = _code(code, action.title, action.id, "title", language)
    named = fill(language.gettext("Action {number}: {title}"), {"number": action.id, "title": title})
    table = Table(title=f"\n{named}", title_justify="left", expand=True, show_lines=True)
    table.add_column("", width=4)
    table.add_column(language.gettext("Status"), width=15)
    table.add_column(language.gettext("Force, what supports it, what is missing"), ratio=1)
    for state in states:
        clause = code.clause(state.clause)
        gaps = [language.said(gap) or gap for gap in state.gaps]
        missing = safe("\n".join(["", *_strength(state, language), *gaps]))
        text = safe(_code(code, clause.text, clause.id, "text", language), "bold")
        grade = safe(f"\n{_grade(code, clause, language)}", "dim")
        table.add_row(clause.id, mark(state.status, language), text + grade + missing)
    return table


def _strength(state: ClauseState, language: Language) -> Iterator[str]:
    if state.basis and state.origin:
        words = (language.term(state.basis, "basis"), language.term(state.origin, "origin"))
        yield language.gettext(", ").join(words)


def _grade(code: Code, clause: Clause, language: Language) -> str:
    """Return how strongly a clause binds, on one line: its force, its qualifier, and whether it is an example only."""
    qualifier = _code(code, clause.qualifier, clause.id, "qualifier", language) if clause.qualifier else ""
    example = language.gettext("example only") if clause.example else ""
    return language.gettext(", ").join(
        word for word in (language.term(clause.force, "force"), qualifier, example) if word
    )


def _code(code: Code, text: str, item: str, field: str, language: Language) -> str:
    return language.code(text, code.id, item, field) or text


def _of(code: Code, action: Action, states: Sequence[ClauseState]) -> list[ClauseState]:
    ids = {c.id for c in code.clauses if c.action == action.number}
    return [s for s in states if s.clause in ids]
