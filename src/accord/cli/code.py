"""`accord code`: read the Code in the terminal, each clause with its force and its qualifier."""

import click
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from accord.cli.crosswalk import crosswalk
from accord.cli.output import console, json_option, print_json, safe
from accord.codes import DEFAULT_EDITION, Action, Code, Item, load_code, load_translation, translate


@click.group()
def code() -> None:
    """Read the Code of Conduct as data, and other frameworks beside it."""


code.add_command(crosswalk)


@code.command()
@click.argument("item_id", metavar="[ID]", required=False)
@click.option("--edition", default=DEFAULT_EDITION, show_default=True, help="Which edition of the Code.")
@click.option("--language", default="en", show_default=True, help="Our own translation to show: fr, de, it or ja.")
@json_option
def show(item_id: str | None, edition: str, language: str, *, as_json: bool) -> None:
    """Show the eleven actions with their clauses, or one item in full.

    ID is an action (3), a clause (1.9), a fact of the preamble (P8), a family of risk (R2) or a red line (c).
    """
    loaded = load_code(edition)
    item = loaded.item(item_id) if item_id else None
    if as_json:
        whole = _bound(loaded, item) if item else loaded.model_dump(mode="json")
        print_json(whole | _translation(loaded, item, language))
        return
    told = loaded if language == "en" else translate(loaded, language)
    console().print(_item(told, told.item(item.id)) if item else _listing(told), soft_wrap=False)


def _bound(loaded: Code, item: Item) -> dict[str, object]:
    """Return an item as JSON, bound to its edition by id and digest."""
    entry = {"kind": item.kind, **item.model_dump(mode="json")}
    return {"edition": loaded.id, "digest": loaded.digest, "item": entry}


def _translation(loaded: Code, item: Item | None, language: str) -> dict[str, object]:
    """Return the words of another language with whose they are, for the JSON of an item or of all."""
    if language == "en":
        return {}
    whole = load_translation(loaded.id, language)
    words = whole.item(item.id) if item else whole
    return {"language": language, "translation": words.model_dump(mode="json", exclude_none=True)}


def _listing(loaded: Code) -> Group:
    parts: list[RenderableType] = [
        safe(f"{loaded.title} ({loaded.date})", "bold"),
        safe(loaded.note, "dim"),
    ]
    for action in loaded.actions:
        parts += [Text(), safe(f"{action.id}  {action.title}", "bold"), _clauses(loaded, action)]
    return Group(*parts)


def _clauses(loaded: Code, action: Action) -> Padding:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(width=24)
    table.add_column()
    for clause in loaded.clauses_of(action.number):
        style = "bold" if clause.force == "commit" else ""
        table.add_row(safe(clause.id), safe(clause.grade, style), safe(clause.text))
    return Padding(table, (0, 0, 0, 2))


def _item(loaded: Code, item: Item) -> Group:
    table = Table.grid(padding=(0, 2, 0, 0))
    for name, value in item.model_dump(exclude={"id"}, exclude_none=True).items():
        shown = ", ".join(str(part) for part in value) if isinstance(value, tuple) else str(value)
        table.add_row(safe(name, "dim"), safe(shown))
    clauses = [_clauses(loaded, item)] if isinstance(item, Action) else []
    heading = safe(f"{item.kind} {item.id} of {loaded.id} ({loaded.wording})", "bold")
    return Group(heading, table, *clauses)
