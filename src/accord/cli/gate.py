"""`accord gate`."""

import os
from pathlib import Path
from urllib.parse import quote

import click

from accord.cli.clock import now
from accord.cli.output import json_option, print_json, say
from accord.errors import WorkspaceError
from accord.gate import Gate, Held, Reason, pass_gate
from accord.manifest import identify_model, load_system, locate
from accord.reports.junit import render_junit
from accord.reports.sarif import render_sarif
from accord.workspace import Workspace

_FILE = click.Path(path_type=Path, dir_okay=False)
_STYLES = {"block": "red", "note": "yellow", "holds": "green"}


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True), default=".")
@click.option("--stage", required=True, metavar="ID", help="The stage of accord.toml that is to be passed.")
@click.option("--junit", type=_FILE, help="Also write it here as JUnit XML.")
@click.option("--sarif", type=_FILE, help="Also write it here as SARIF 2.1.0.")
@json_option
@click.pass_context
def gate(
    ctx: click.Context, folder: Path, stage: str, junit: Path | None, sarif: Path | None, *, as_json: bool
) -> None:
    """Decide whether the system in FOLDER may pass a stage of its lifecycle, on what the log holds. It runs nothing.

    Exit code 0 where nothing blocks, 1 where anything does. What is not shown blocks: a tolerance whose interval
    crosses it, evidence that is missing or too old, a risk that nobody accepts, red lines that nobody decided about.
    """
    workspace, moment = Workspace.open(folder.resolve()), now()
    system = load_system(workspace.manifest)
    model = identify_model(system, workspace.root)
    found = pass_gate(system, workspace.records(moment, opened=True), stage, model=model)
    if junit:
        _write(junit, render_junit(found, moment))
    if sarif:
        lines = locate(workspace.manifest.read_text(encoding="utf-8-sig"))
        _write(sarif, render_sarif(found, moment, _uri(workspace.manifest), lines))
    print_json(to_json(found)) if as_json else _show(found)
    ctx.exit(0 if found.passed else 1)


def to_json(found: Gate) -> dict[str, object]:
    """Return the stable JSON form of what a gate found."""
    return {
        "stage": found.stage,
        "passed": found.passed,
        "reasons": [
            {
                **_told(reason),
                "level": reason.level,
                "overridden_by": reason.overridden_by.index if reason.overridden_by else None,
            }
            for reason in found.reasons
        ],
        "held": [_told(held) for held in found.held],
    }


def _told(each: Reason | Held) -> dict[str, object]:
    return {"id": each.id, "kind": each.kind, "text": each.text, "records": [ref.index for ref in each.records]}


def _show(found: Gate) -> None:
    for held in found.held:
        _say("holds", held.id, held.text)
    for reason in found.reasons:
        over = f" Overridden by record {reason.overridden_by.index}." if reason.overridden_by else ""
        _say(reason.level, reason.id, f"{reason.text}{over}")
    blocking = sum(reason.level == "block" for reason in found.reasons)
    count = {0: "nothing blocks", 1: "1 reason blocks"}.get(blocking, f"{blocking} reasons block")
    say(f"Stage {found.stage}: {count}.")


def _say(level: str, name: str, text: str) -> None:
    # A line break in what a stranger wrote could pretend to be another reason.
    say(f"{level:<5}  {name}  {text}".replace("\n", r"\n"), _STYLES[level])


def _uri(manifest: Path) -> str:
    """Return accord.toml as the folder in which CI runs knows it."""
    return quote(Path(os.path.relpath(manifest)).as_posix())


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise WorkspaceError(
            "What the gate found cannot be written.",
            where=str(path),
            found=error.strerror or str(error),
            fix="choose a folder that is there and that you may write to",
        ) from error
