"""`accord status`."""

from datetime import datetime
from pathlib import Path

import click

from accord.assess import ClauseState, states
from accord.checks import find
from accord.cli.clock import now
from accord.cli.output import console, json_option, print_json, say
from accord.cli.tables import action_table, clause_tables
from accord.codes import Code, load_code
from accord.errors import WorkspaceError
from accord.evidence import AssessmentRecord, Records, SystemRecord
from accord.manifest import System
from accord.workspace import Workspace


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True), default=".")
@click.option("--brief", is_flag=True, help="Only the eleven actions, without their clauses.")
@json_option
def status(folder: Path, *, brief: bool, as_json: bool) -> None:
    """Show what the records in FOLDER support today, clause by clause.

    It reads the log and runs nothing; evidence that has expired since the last assessment no longer counts.
    """
    workspace = Workspace.open(folder.resolve())
    records = workspace.records(now())
    code, current = read_states(workspace, records)
    if as_json:
        print_json({"clauses": [s.model_dump(mode="json", exclude_none=True) for s in current]})
        return
    console().print(action_table(code, current) if brief else clause_tables(code, current))
    say(_closing(records))


def read_states(workspace: Workspace, records: Records) -> tuple[Code, tuple[ClauseState, ...]]:
    """Return the Code and what `records` support of it, for the declaration that stands in the log."""
    entry = records.latest(SystemRecord)
    if entry is None:
        raise WorkspaceError("Nothing has been recorded yet.", where=str(workspace.root), fix="run: accord assess")
    system = System.model_validate_json(workspace.artifacts.get(entry.record.declaration.sha256))
    code = load_code(entry.record.edition)
    return code, states(code, find(system, records))


def _closing(records: Records) -> str:
    newest = records.latest(AssessmentRecord)
    assessed = (
        f"Last assessment: {_day(newest.record.made)}, entry {newest.ref.index}." if newest else "Not assessed yet."
    )
    return f"{assessed} Red lines (preamble): no decision is recorded. No evidence is never a pass."


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
