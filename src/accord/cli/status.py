"""`accord status`."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import click

from accord.assess import ClauseState, states
from accord.checks import find
from accord.cli.clock import now
from accord.cli.output import console, json_option, print_json, say
from accord.cli.tables import action_table, clause_tables
from accord.codes import Code, load_code
from accord.errors import WorkspaceError
from accord.evidence import AssessmentRecord, DecisionRecord, Records, SystemRecord
from accord.manifest import System
from accord.reports.custody import make_custody
from accord.reports.languages import LANGUAGES, find_language
from accord.reports.models import Custody
from accord.statements import overdue, stated
from accord.workspace import Workspace


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True), default=".")
@click.option("--brief", is_flag=True, help="Only the eleven actions, without their clauses.")
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True, help="In which to show it.")
@json_option
def status(folder: Path, language: str, *, brief: bool, as_json: bool) -> None:
    """Show what the records in FOLDER support today, clause by clause.

    It reads the log and runs nothing; evidence that has expired since the last assessment no longer counts.
    """
    workspace = Workspace.open(folder.resolve())
    records = workspace.records(now())
    code, current = read_states(workspace, records)
    custody, late = make_custody(records), _overdue(records)
    if as_json:
        clauses = [s.model_dump(mode="json", exclude_none=True) for s in current]
        print_json({"clauses": clauses, "custody": custody.model_dump(mode="json"), "overdue": late})
        return
    spoken = find_language(language)
    console().print(action_table(code, current, spoken) if brief else clause_tables(code, current, spoken))
    for line in (*_unseen(custody), *_late(late), *_closing(records)):
        say(spoken.said(line) or line)


def read_states(workspace: Workspace, records: Records) -> tuple[Code, tuple[ClauseState, ...]]:
    """Return the Code and what `records` support of it, for the declaration that stands in the log."""
    entry = records.latest(SystemRecord)
    if entry is None:
        raise WorkspaceError("Nothing has been recorded yet.", where=str(workspace.root), fix="run: accord assess")
    system = System.model_validate_json(workspace.artifacts.get(entry.record.declaration.sha256))
    code = load_code(entry.record.edition)
    return code, states(code, find(system, records))


def _unseen(custody: Custody) -> Iterator[str]:
    if custody.pending:
        named = ", ".join(f"{plan.suite or 'a suite not told'} (entry {plan.index})" for plan in custody.pending)
        yield f"Announced, and no result is recorded: {len(custody.pending)}: {named}."
    for why, words in (("withheld", "Fields are withheld"), ("revoked", "Signed by a revoked key")):
        closed = [
            f"{group.of} (entry {index})" for group in custody.closed if group.why == why for index in group.records
        ]
        if closed:
            yield f"{words}, and support nothing: {len(closed)}: {', '.join(closed)}."
    if custody.erased:
        named = ", ".join(f"{erased.reason} (entry {erased.index})" for erased in custody.erased)
        yield f"Erased artifacts: {len(custody.erased)}: {named}."


def _overdue(records: Records) -> dict[str, list[str]]:
    """Return what is overdue of what is stated, by statement."""
    found = {s.record.id: list(overdue(s, records.at.date())) for s in stated(records)}
    return {name: late for name, late in found.items() if late}


def _late(late: Mapping[str, Sequence[str]]) -> Iterator[str]:
    if late:
        what = "statement" if len(late) == 1 else "statements"
        yield f"Overdue: {len(late)} {what}: {', '.join(late)}. See accord declare list --overdue."


def _closing(records: Records) -> Iterator[str]:
    newest = records.latest(AssessmentRecord)
    assessed = (
        f"Last assessment: {newest.record.made:%Y-%m-%d %H:%M} UTC, entry {newest.ref.index}."
        if newest
        else "Not assessed yet."
    )
    yield f"{assessed} Red lines (preamble): {_red_lines(records)}. No evidence is never a pass."


def _red_lines(records: Records) -> str:
    held = [e.record for e in records.current(DecisionRecord) if e.record.topic == "red-lines"]
    newest = {d.stage: d for d in held}
    return ", ".join(f"{d.outcome} at {d.stage} (decided by {d.role})" for d in newest.values()) or (
        "no decision is recorded"
    )
