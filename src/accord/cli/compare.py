"""`accord compare`: two bundles or reports side by side, after both were verified."""

from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Group
from rich.table import Table

from accord.cli.clock import now
from accord.cli.output import console, json_option, print_json, safe, say
from accord.errors import VerificationError
from accord.ledger.files import replace_file
from accord.reports import RENDERERS
from accord.reports.comparing import Comparison, open_side, to_html, to_markdown
from accord.reports.comparing import compare as compare_sides
from accord.reports.comparing.comparison import FigureRow, group_apart, tell_status
from accord.reports.comparing.pages import (
    NO_VERDICT,
    name_figure,
    tell_apart,
    tell_difference,
    tell_party,
    tell_share,
)
from accord.verify import Trust

_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
_OUT = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("first", metavar="FIRST", type=_FILE)
@click.argument("second", metavar="SECOND", type=_FILE)
@click.option("--key", "keys", multiple=True, metavar="KEY", help="A verifier key or fingerprint of either; repeat it.")
@click.option("--markdown", type=_OUT, help="Also write the comparison as Markdown.")
@click.option("--html", type=_OUT, help="Also write it as one page.")
@json_option
@click.pass_context
def compare(
    ctx: click.Context,
    first: Path,
    second: Path,
    keys: tuple[str, ...],
    markdown: Path | None,
    html: Path | None,
    *,
    as_json: bool,
) -> None:
    """Set two bundles or reports side by side: two releases, or two organisations. Nothing is sent, and nobody wins.

    Both are verified first, and what does not verify is not compared. Figures are compared only where suite, settings,
    language and judge are the same; else it says why not. Exit code 1: a key is not one that you named, or a record
    does not verify. 3: one of them does not verify as a whole, and nothing is compared.
    """
    trust, moment = _trust(keys), now()
    sides = [open_side(path, trust=trust, now=moment, renderers=RENDERERS) for path in (first, second)]
    found = compare_sides(*sides)
    for path, write in ((markdown, to_markdown), (html, to_html)):
        if path:
            replace_file(path, write(found))
    print_json(found.to_json()) if as_json else _show(found)
    ctx.exit(0 if all(side.done.pinned and not side.broken for side in sides) else 1)


def _trust(keys: tuple[str, ...]) -> Trust:
    try:
        return Trust(keys)
    except VerificationError as error:
        raise click.BadParameter(error.problem, param_hint="--key") from error


def _show(found: Comparison) -> None:
    say(f"First:  {tell_party(found.first)}")
    say(f"Second: {tell_party(found.second)}")
    alike = [row for row in found.figures if not row.apart]
    console().print(
        Group(_clauses(found), _figures(alike) if alike else "No figure was measured by both in the same way.")
    )
    for why, rows in group_apart(found.figures).items():
        say(f"Not comparable: {tell_apart(why, rows)}", "yellow")
    say(NO_VERDICT)


def _clauses(found: Comparison) -> Table:
    table = Table("Clause", "First", "Second", "", title="Clause by clause", title_justify="left")
    for row in found.clauses:
        differs = bool(row.first and row.second and row.first.status != row.second.status)
        note = row.apart or ("differs" if differs else "")
        table.add_row(row.id, safe(tell_status(row.first)), safe(tell_status(row.second)), safe(note))
    return table


def _figures(rows: Sequence[FigureRow]) -> Table:
    columns = ("Metric", "First", "Second", "Second less first, in points")
    table = Table(*columns, title="Measured by both in the same way", title_justify="left")
    for row in rows:
        cells = (name_figure(row), tell_share(row.first), tell_share(row.second), tell_difference(row))
        table.add_row(*map(safe, cells))
    return table
