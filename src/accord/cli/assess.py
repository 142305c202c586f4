"""`accord assess`."""

from pathlib import Path

import click

from accord.assess import Assessment, Engine
from accord.assess import assess as run_assessment
from accord.cli.anchor import anchor
from accord.cli.clock import now
from accord.cli.output import console, json_option, print_json, say
from accord.cli.progress import job_watch
from accord.cli.rewriting import open_rewriter
from accord.cli.tables import action_table
from accord.cli.unlock import Passphrase, passphrase_option
from accord.codes import load_code
from accord.controls.engine import ControlsInspector
from accord.evals import Evaluator
from accord.evidence import EvaluationRecord
from accord.provenance.engine import ProvenanceInspector
from accord.scan.door import DataEngine, TrafficEngine
from accord.weights.engine import WeightsInspector
from accord.weights.inventory import InventoryInspector
from accord.workspace import Workspace


def engines() -> list[Engine]:
    """Return every engine, wired here because siblings never meet."""
    return [
        WeightsInspector(now),
        ControlsInspector(now),
        DataEngine(now),
        TrafficEngine(now),
        ProvenanceInspector(now, open_rewriter),
        Evaluator(now),
        InventoryInspector(now),
    ]


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True), default=".")
@passphrase_option
@json_option
@click.pass_context
def assess(ctx: click.Context, folder: Path, unlock: Passphrase, *, as_json: bool) -> None:
    """Run what is missing, expired or changed in FOLDER, then record what the evidence supports.

    Exit code 1 where a run lost samples: it is recorded as incomplete, and tried again next time.
    """
    workspace = unlock.open(folder, ask=True)
    before = workspace.log().size
    with job_watch(quiet=as_json) as watch:
        result = run_assessment(workspace, engines(), clock=now, watch=watch, anchor=anchor)
    lost = _lost(workspace, before)
    if as_json:
        print_json(to_json(result, lost))
    else:
        show_assessment(result, lost)
    ctx.exit(1 if lost else 0)


def _lost(workspace: Workspace, before: int) -> list[str]:
    """Return what went wrong in each incomplete run that was recorded since the log had `before` entries."""
    new = (e.record for e in workspace.records(now(), opened=True).of(EvaluationRecord) if e.ref.index >= before)
    return [f"{record.suite.id}: {record.problem}" for record in new if not record.is_complete]


def to_json(result: Assessment, lost: list[str]) -> dict[str, object]:
    """Return the stable JSON form of an assessment."""
    return {
        "assessment": result.entry.ref.model_dump(mode="json"),
        "ran": list(result.ran),
        "incomplete": lost,
        "clauses": [s.model_dump(mode="json", exclude_none=True) for s in result.states],
    }


def show_assessment(result: Assessment, lost: list[str]) -> None:
    """Print an assessment for people."""
    console().print(action_table(load_code(result.entry.record.edition), result.states))
    say(f"Ran: {', '.join(result.ran)}." if result.ran else "All evidence is current: no engine ran.")
    for line in lost:
        say(f"Incomplete: {line}", "yellow")
    say(f"The assessment is entry {result.entry.ref.index} of the log. Next: accord status, accord report")
