"""`accord log attack`: forge copies of a log in every way that we know, and show what sees through it."""

import os
from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from accord.cli.clock import now
from accord.cli.output import console, json_option, print_json, safe
from accord.reports import FORMATS
from accord.verify.attacks import AREAS, ATTACKS, Outcome, run_attacks
from accord.workspace import Workspace

_LONGEST = 200
"""Characters of what gave an attack away that the table shows."""


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True), default=".")
@json_option
@click.pass_context
def attack(ctx: click.Context, folder: Path, *, as_json: bool) -> None:
    """Forge copies of the log in FOLDER, its bundle and its report, and see which forgeries accord verify detects.

    Each copy is signed by a key that is made for the occasion; the workspace is only read. Exit code 0: each attack
    was detected by what docs/security/attack-matrix.md says. 3: one was not.
    """
    workspace = Workspace.open(folder.resolve())
    outcomes = list[Outcome]()
    with (
        TemporaryDirectory(prefix="accord-attack-") as scratch,
        console(stderr=True).status("Setting the scene") as status,
    ):
        for outcome in run_attacks(workspace, FORMATS, now(), Path(scratch), os.urandom, attacks=ATTACKS):
            outcomes.append(outcome)
            status.update(f"Attacks: {len(outcomes)} of {len(ATTACKS)}")
    wrong = [outcome.attack.id for outcome in outcomes if not outcome.expected]
    if as_json:
        print_json({"attacks": [_row(outcome) for outcome in outcomes], "unexpected": wrong})
    else:
        console().print(_view(outcomes))
    ctx.exit(3 if wrong else 0)


def _row(outcome: Outcome) -> dict[str, object]:
    attack = outcome.attack
    return {
        "id": attack.id,
        "area": attack.area,
        "title": attack.title,
        "result": outcome.result,
        "detected_by": sorted(outcome.by),
        "not_tried": sorted(outcome.untried),
        "evidence": outcome.evidence,
        "named": list(outcome.named),
        "undetectable": attack.undetectable,
        "expected": outcome.expected,
    }


def _view(outcomes: Sequence[Outcome]) -> RenderableType:
    tables = [_table(AREAS[area], list(group)) for area, group in groupby(outcomes, lambda o: o.attack.area)]
    counts = Counter(outcome.result for outcome in outcomes)
    wrong = [outcome.attack.id for outcome in outcomes if not outcome.expected]
    lines = [f"{len(outcomes)} attacks: {', '.join(f'{count} {result}' for result, count in counts.items())}."]
    if any(outcome.untried for outcome in outcomes):
        lines.append("No time-stamp authority took part: what time-stamps add was not tried.")
    lines.append(f"Not as it should be: {', '.join(wrong)}." if wrong else "Each is as it should be.")
    return Group(*tables, Text("\n" + "\n".join(lines), style="bold"))


def _table(title: str, outcomes: Sequence[Outcome]) -> Table:
    table = Table("", "Attack", "Result", "What gave it away, or why nothing can", title=title, title_justify="left")
    for outcome in outcomes:
        mark = Text("✓", "green") if outcome.expected else Text("✕", "bold red")
        table.add_row(mark, outcome.attack.title, outcome.result, safe(_explain(outcome)))
    return table


def _explain(outcome: Outcome) -> str:
    """Return one line: what a stranger wrote could otherwise pretend to be another row."""
    text = outcome.evidence or outcome.attack.undetectable or "Nothing was found."
    shown = " ".join(text.split())
    return shown if len(shown) <= _LONGEST or not outcome.evidence else f"{shown[:_LONGEST]}…"
