"""`accord code crosswalk`: another framework beside the Code, both ways, with today's findings where there are any."""

from collections.abc import Mapping
from pathlib import Path

import click
from rich.table import Table

from accord.assess import ClauseState, states
from accord.checks import find
from accord.cli.clock import now
from accord.cli.output import console, json_option, print_json, safe, say
from accord.codes import Crosswalk, Link, crosswalks, load_code, load_crosswalk
from accord.errors import WorkspaceError
from accord.evidence import Status
from accord.manifest import load_system
from accord.workspace import Workspace

_ORDER = (Status.CONTRADICTED, Status.SUPPORTED, Status.PARTIAL, Status.NO_EVIDENCE, Status.NOT_APPLICABLE)


@click.command()
@click.argument("name", metavar="[NAME]", required=False)
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), default=".", help="A workspace, if any.")
@click.option(
    "--by", type=click.Choice(["item", "clause"]), default="item", show_default=True, help="Which way to read."
)
@json_option
def crosswalk(name: str | None, folder: Path, by: str, *, as_json: bool) -> None:
    """Show what of the framework NAME meets which clause of the Code; without NAME, the frameworks.

    Inside of a workspace the findings of today stand beside the clauses. Links are drafts until people reviewed them,
    and none says that whoever does the one has done the other.
    """
    if name is None:
        held = [load_crosswalk(one) for one in crosswalks()]
        if as_json:
            print_json([{"id": c.id, "title": c.title, "items": len(c.items), "links": len(c.links)} for c in held])
        for one in () if as_json else held:
            say(f"{one.id}: {one.title}, {len(one.items)} items, {len(one.links)} links")
        return
    chosen, found = load_crosswalk(name), _findings(folder)
    rows = {item: chosen.of_item(item) for item in chosen.items} if by == "item" else {
        clause.id: chosen.of_clause(clause.id) for clause in load_code().clauses
    }  # fmt: skip
    if as_json:
        print_json(_as_json(chosen, by, rows, found))
        return
    console().print(_table(chosen, by, rows, found))
    met = sum(1 for links in rows.values() if links)
    say(f"{met} of {len(rows)} {'items' if by == 'item' else 'clauses'} meet the other side; {_drafts(chosen)}")
    if found:
        told = _told(coverage(by, rows, found))
        say(f"Today, by the strongest practice that each meets: {told}. Counts, not a score.")
    say(f"{chosen.title}: {chosen.source}. {chosen.url}")


def coverage(by: str, rows: Mapping[str, tuple[Link, ...]], found: Mapping[str, ClauseState]) -> dict[str, int]:
    """Return of how many items, or clauses that meet an item, today's findings say what; "nothing" meets no clause.

    An item counts once, under what speaks for it most, unless evidence contradicts a clause that it meets.
    """
    counts = dict.fromkeys([*_ORDER, "nothing"], 0)
    for name, links in rows.items():
        clauses = [name] if by == "clause" else [link.clause for link in links]
        states = {found[clause].status for clause in clauses if clause in found} if links else set()
        counts[next((status for status in _ORDER if status in states), "nothing")] += 1
    return {str(status): count for status, count in counts.items()}


def _told(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {status}" for status, count in counts.items() if count)


def _findings(folder: Path) -> Mapping[str, ClauseState]:
    """Return the state of each clause today, by its id; nothing where there is no workspace."""
    try:
        workspace = Workspace.open(folder.resolve())
    except WorkspaceError:
        return {}
    system = load_system(workspace.manifest)
    code = load_code(system.edition)
    return {s.clause: s for s in states(code, find(system.declared(), workspace.records(now())))}


def _table(chosen: Crosswalk, by: str, rows: Mapping[str, tuple[Link, ...]], found: Mapping[str, ClauseState]) -> Table:
    table = Table(title=safe(chosen.title), title_justify="left", show_lines=False)
    for head in (by, "what it is", "meets"):
        table.add_column(head)
    code = load_code()
    for name, links in rows.items():
        title = chosen.items[name] if by == "item" else code.clause(name).text
        own = f"{name} ({found[name].status})" if by == "clause" and name in found else name
        table.add_row(safe(own), safe(title), safe("\n".join(_spell(link, by, found) for link in links) or "nothing"))
    return table


def _spell(link: Link, by: str, found: Mapping[str, ClauseState]) -> str:
    other = link.clause if by == "item" else link.item
    status = f", {found[link.clause].status}" if by == "item" and link.clause in found else ""
    return f"{other} ({link.strength}{status}): {link.rationale}"


def _drafts(chosen: Crosswalk) -> str:
    count = sum(1 for link in chosen.links if link.state == "draft")
    return f"{count} of {len(chosen.links)} links are drafts that nobody reviewed."


def _as_json(
    chosen: Crosswalk, by: str, rows: Mapping[str, tuple[Link, ...]], found: Mapping[str, ClauseState]
) -> dict[str, object]:
    titles = chosen.items if by == "item" else {clause.id: clause.text for clause in load_code().clauses}
    return {
        "framework": {"id": chosen.id, "title": chosen.title, "url": chosen.url, "source": chosen.source},
        "by": by,
        "coverage": coverage(by, rows, found) if found else None,
        "drafts": sum(1 for link in chosen.links if link.state == "draft"),
        "rows": [
            {by: name, "title": titles[name], "links": [_link(link, found) for link in links]}
            for name, links in rows.items()
        ],
    }


def _link(link: Link, found: Mapping[str, ClauseState]) -> dict[str, object]:
    state = found.get(link.clause)
    return {**vars(link), "status": state.status if state else None}
