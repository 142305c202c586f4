"""Tables that several commands print."""

from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from accord.assess import ClauseState
from accord.cli.output import safe
from accord.codes import Action, Code
from accord.evidence import Status

SHAPES = {
    Status.SUPPORTED: ("●", "green"),
    Status.PARTIAL: ("◐", "yellow"),
    Status.CONTRADICTED: ("✕", "red"),
    Status.NO_EVIDENCE: ("○", "dim"),
    Status.NOT_APPLICABLE: ("-", "dim"),
}
"""Each status has a shape as well as a colour: colour is never alone."""


def mark(status: Status) -> Text:
    """Return a status as shape and word."""
    shape, style = SHAPES[status]
    return Text(f"{shape} {status}", style=style)


def action_table(code: Code, states: Sequence[ClauseState]) -> RenderableType:
    """Return one row for each of the eleven actions, with the count of clauses in each status."""
    table = Table(title=code.title, title_justify="left")
    table.add_column("")
    table.add_column("Action", ratio=1)
    for status in Status:
        table.add_column(SHAPES[status][0], justify="right", style=SHAPES[status][1])
    for action in code.actions:
        own = _of(code, action, states)
        counts = [sum(s.status == status for s in own) for status in Status]
        table.add_row(action.id, safe(action.title), *(str(n) if n else "·" for n in counts))
    legend = "  ".join(f"{shape} {status}" for status, (shape, _) in SHAPES.items())
    return Group(table, Text(f"{legend}\nCounts of clauses; not a score."))


def clause_tables(code: Code, states: Sequence[ClauseState]) -> RenderableType:
    """Return a table for each action: its clauses with force, status, strength and gaps."""
    return Group(*(_clause_table(code, action, _of(code, action, states)) for action in code.actions))


def _clause_table(code: Code, action: Action, states: Iterable[ClauseState]) -> Table:
    table = Table(title=f"\nAction {action.id}: {action.title}", title_justify="left", expand=True, show_lines=True)
    table.add_column("", width=4)
    table.add_column("Status", width=15)
    table.add_column("Force, what supports it, what is missing", ratio=1)
    for state in states:
        clause = code.clause(state.clause)
        strength = [f"{state.basis}, {state.origin}"] if state.basis else []
        missing = safe("\n".join(["", *strength, *state.gaps]))
        table.add_row(
            clause.id, mark(state.status), safe(clause.text, "bold") + safe(f"\n{clause.grade}", "dim") + missing
        )
    return table


def _of(code: Code, action: Action, states: Sequence[ClauseState]) -> list[ClauseState]:
    ids = {c.id for c in code.clauses if c.action == action.number}
    return [s for s in states if s.clause in ids]
