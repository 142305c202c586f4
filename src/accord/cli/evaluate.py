"""`accord evaluate`: the engine of evaluations alone, and what to do with its results."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from accord.assess import declare, run_jobs
from accord.checks.reading import evaluations
from accord.cli.anchor import anchor
from accord.cli.canaries import make_canary_files
from accord.cli.clock import now
from accord.cli.imports import file_result, import_result, sign_result
from accord.cli.output import console, json_option, print_json, safe, say
from accord.cli.progress import job_watch
from accord.cli.unlock import Passphrase, passphrase_option
from accord.codes import load_code
from accord.evals import Evaluator
from accord.evals.compare import compare_runs
from accord.evals.differences import Difference
from accord.evals.judges import Labels, Task, load_labels, shipped_labels
from accord.evals.rejudge import Kind, Rejudging, open_judges
from accord.evidence import Entry, EvaluationRecord, JudgementRecord, Metric
from accord.manifest import System, load_system
from accord.workspace import Workspace

_FOLDER = click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True), default=".")


@click.group()
def evaluate() -> None:
    """Evaluate the declared model, judge its answers again, compare runs, and take in what others found."""


@evaluate.command()
@_FOLDER
@click.option("--suite", "suites", multiple=True, help="Only this suite; may be given again.")
@click.option("--quick", is_flag=True, help="Ask a stratified sample of each suite: less time, wider intervals.")
@passphrase_option
@json_option
@click.pass_context
def run(
    ctx: click.Context, folder: Path, suites: tuple[str, ...], unlock: Passphrase, *, quick: bool, as_json: bool
) -> None:
    """Run the suites whose results are missing, expired or about something that changed; assess nothing.

    Exit code 1 where a run lost samples.
    """
    workspace = unlock.open(folder, ask=True)
    system = _choose(load_system(workspace.manifest), suites, quick=quick)
    before = workspace.log().size
    declare(workspace, load_system(workspace.manifest), load_code(system.edition), now())
    with job_watch(quiet=as_json) as watch:
        ran = run_jobs(workspace, Evaluator(now)(workspace, system), system, clock=now, watch=watch, anchor=anchor)
    new = [e for e in workspace.records(now(), opened=True).of(EvaluationRecord) if e.ref.index >= before]
    lost = [f"{e.record.suite.id}: {e.record.problem}" for e in new if not e.record.is_complete]
    if as_json:
        print_json({"ran": list(ran), "incomplete": lost, "evaluations": [_to_json(e) for e in new]})
    else:
        console().print(_metric_table([(e, m) for e in new for m in e.record.metrics], system.evaluation.agreement))
        say(f"Ran: {', '.join(ran)}." if ran else "All results are current: nothing ran.")
        for line in lost:
            say(f"Incomplete: {line}", "yellow")
    ctx.exit(1 if lost else 0)


def _choose(system: System, suites: Sequence[str], *, quick: bool) -> System:
    changes: dict[str, object] = {"suites": tuple(suites) or system.evaluation.suites}
    if quick:
        changes["profile"] = "quick"
    return system.model_copy(update={"evaluation": system.evaluation.model_copy(update=changes)})


@evaluate.command()
@_FOLDER
@click.option(
    "--judge",
    "kind",
    type=click.Choice(["rules", "classifier", "model"]),
    default="rules",
    help="What decides: our rules, a classifier that learns from labels, or the model of the table [judge].",
)
@click.option("--suite", "suites", multiple=True, help="Only the runs of this suite; may be given again.")
@click.option(
    "--labels",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Your own labelled answers (JSON Lines), to measure the judge on instead of the shipped ones.",
)
@passphrase_option
@json_option
def rejudge(
    folder: Path, kind: Kind, suites: tuple[str, ...], labels: Path | None, unlock: Passphrase, *, as_json: bool
) -> None:
    """Give the transcripts of the current runs to another judge; the model under test is not asked again.

    The judge is measured against labels of people first. `model` asks the model of the table [judge] in accord.toml.
    """
    workspace = unlock.open(folder, ask=True)
    system = load_system(workspace.manifest)
    held = [e for e in evaluations(workspace.records(now(), opened=True)) if not suites or e.record.suite.id in suites]

    def find(task: Task) -> Labels:
        return load_labels(labels, task) if labels else shipped_labels(task)

    before = workspace.log().size
    with open_judges(kind, system, workspace.root, find) as judges, job_watch(quiet=as_json) as watch:
        jobs = [Rejudging(now, workspace, entry, judges, find).job() for entry in held]
        run_jobs(workspace, jobs, system, clock=now, watch=watch, anchor=anchor)
    new = [e for e in workspace.records(now(), opened=True).of(JudgementRecord) if e.ref.index >= before]
    if as_json:
        print_json({"judgements": [_to_json(e) for e in new]})
        return
    console().print(_metric_table([(e, m) for e in new for m in e.record.metrics], system.evaluation.agreement))
    for entry in new:
        for a in entry.record.between:
            kappa = "not defined" if a.kappa is None else f"{a.kappa:.2f}"
            say(f"{entry.record.judge.id} and the first judge ({a.language}): kappa {kappa}, n = {a.n}")
    if not new:
        say("Nothing new: these judges have read the current runs before, or can decide none of their metrics.")


@evaluate.command()
@click.argument("first", metavar="FIRST")
@click.argument("second", metavar="SECOND")
@json_option
def compare(first: str, second: str, *, as_json: bool) -> None:
    """Compare the current runs of two workspaces, or two runs: FOLDER, or FOLDER#RECORD.

    Where the same samples were asked the test is paired (McNemar); p-values are adjusted over all metrics (Holm). Runs
    that differ in more than the model are not comparable, and it says why.
    """
    differences, apart = compare_runs(_runs(first), _runs(second))
    if as_json:
        rows = [asdict(d) for d in differences]
        print_json({"differences": rows, "not_comparable": apart})
        return
    console().print(_difference_table(differences))
    for suite, why in apart.items():
        say(f"Not comparable: {suite}: {why}", "yellow")


def _runs(place: str) -> list[tuple[Workspace, Entry[EvaluationRecord]]]:
    folder, _, index = place.partition("#")
    workspace = Workspace(Path(folder))
    records = workspace.records(now(), opened=True)
    if not index:
        return [(workspace, e) for e in evaluations(records)]
    found = [(workspace, e) for e in records.of(EvaluationRecord) if str(e.ref.index) == index]
    if not found:
        known = ", ".join(str(e.ref.index) for e in records.of(EvaluationRecord))
        raise click.UsageError(f"Record {index} of {folder} is no evaluation that can be read; these are: {known}")
    return found


def _difference_table(differences: Sequence[Difference]) -> Table:
    table = Table(title="Second minus first", title_justify="left")
    for name in ("Metric", "First", "Second", "Difference and 95 % interval", "n", "p, adjusted"):
        table.add_column(name, justify="left" if name == "Metric" else "right")
    for d in differences:
        named = d.metric if d.language == "en" else f"{d.metric} ({d.language})"
        found = d.adjusted if d.adjusted is not None else d.p
        differs = found < 0.05  # noqa: PLR2004 - the level that the intervals have
        table.add_row(
            safe(named),
            f"{d.first:.1%}",
            f"{d.second:.1%}",
            f"{d.difference:+.1%} ({d.low:+.1%} to {d.high:+.1%})",
            f"{d.n} {'pair' if d.n == 1 else 'pairs'}" if d.paired else str(d.n),
            Text(f"{found:.4f}{' *' if differs else ''}", style="bold" if differs else ""),
        )
    return table


def _metric_table(
    rows: Sequence[tuple[Entry[EvaluationRecord] | Entry[JudgementRecord], Metric]], least: float
) -> Table:
    table = Table(title="Results", title_justify="left")
    for name in ("Metric", "Share", "95 % interval", "Counted", "Judge's kappa"):
        table.add_column(name, justify="left" if name == "Metric" else "right")
    for _, metric in rows:
        if metric.group:
            continue
        doubt = metric.doubt(least)
        named = metric.id if metric.language == "en" else f"{metric.id} ({metric.language})"
        stated = not doubt and metric.value is not None
        kappa = metric.agreement.kappa if metric.agreement else None
        table.add_row(
            safe(named),
            f"{metric.value:.1%}" if stated else "not stated",
            f"{metric.low:.1%} to {metric.high:.1%}" if stated else safe(doubt or "nothing was scored"),
            f"{metric.count:g} of {metric.n}{f', {metric.abstained} without a verdict' if metric.abstained else ''}",
            "" if kappa is None else f"{kappa:.2f}",
        )
    return table


def _to_json(entry: Entry[EvaluationRecord] | Entry[JudgementRecord]) -> dict[str, object]:
    return {"ref": entry.ref.model_dump(mode="json"), "record": entry.record.model_dump(mode="json", exclude_none=True)}


for command in (make_canary_files, import_result, sign_result, file_result):
    evaluate.add_command(command)
