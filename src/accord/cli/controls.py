"""`accord controls`: what can be observed of security controls, and the security.txt that says where to report."""

from pathlib import Path

import click

from accord.cli.clock import now
from accord.cli.output import json_option, print_json, say
from accord.cli.unlock import Passphrase, passphrase_option
from accord.controls.engine import ControlsInspector
from accord.controls.security_txt import read_file, sign_text, write_security_txt
from accord.evidence import Observation
from accord.inspecting import Inspection
from accord.ledger.files import replace_file
from accord.manifest import load_system
from accord.workspace import Workspace

_FOLDER = click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True), default=".")
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def controls() -> None:
    """Look at security controls, and write security.txt (action 6)."""


@controls.command()
@_FOLDER
@json_option
@click.pass_context
def check(ctx: click.Context, folder: Path, *, as_json: bool) -> None:
    """Look at everything that [security] in the accord.toml of FOLDER names; nothing is recorded.

    Exit code 1 where something does not hold. What could not be told is said, and counts for nothing.
    """
    workspace = Workspace(folder.resolve())
    found = [_see(i) for i in ControlsInspector(now).inspect(workspace, load_system(workspace.manifest))]
    if as_json:
        print_json({"inspections": found})
    else:
        show_sightings(found)
    ctx.exit(1 if any(s["holds"] is False for one in found for s in one["sightings"]) else 0)


def _see(inspection: Inspection) -> dict[str, list[dict[str, object]]]:
    seen = tuple(inspection.look())
    return {
        "observations": [
            Observation.of(name, title, seen).model_dump(mode="json", exclude_none=True)
            for name, title in inspection.questions.items()
        ],
        "sightings": [s.model_dump(mode="json") for s in seen],
    }


def show_sightings(found: list[dict[str, list[dict[str, object]]]]) -> None:
    """Print observations for people, each with what does not hold and what could not be told."""
    for one in found:
        for observation in one["observations"]:
            say(f"{observation['title']}: {observation['held']} of {observation['n']}")
            for seen in one["sightings"]:
                if seen["observation"] == observation["id"] and seen["holds"] is not True:
                    word = "no" if seen["holds"] is False else "untold"
                    note = f": {seen['note']}" if seen["note"] else ""
                    say(f"  {word}: {seen['subject']}{note}", "red" if word == "no" else "yellow")
    if not found:
        say("accord.toml names nothing to look at: add [security].")


@controls.command("security-txt")
@_FOLDER
@click.option("--key", "key_file", type=_FILE, help="The OpenPGP private key that signs it.")
@click.option("--days", type=click.IntRange(1, 366), default=180, help="For how many days it holds.")
@click.option("--output", type=_FILE, help="The file to write, instead of printing it.")
@passphrase_option
@json_option
def security_txt(
    folder: Path, key_file: Path | None, days: int, output: Path | None, unlock: Passphrase, *, as_json: bool
) -> None:
    """Write security.txt (RFC 9116) from the channels of FOLDER's accord.toml, signed where a key is given.

    An encrypted key's passphrase is read from --passphrase-file.
    """
    text = write_security_txt(load_system(folder / "accord.toml"), now(), days)
    if key_file:
        text = sign_text(text, read_file(key_file), unlock().decode() if unlock.file else None)
    if output:
        output.parent.mkdir(parents=True, exist_ok=True)
        replace_file(output, text.encode())
    if as_json:
        print_json({"security_txt": text, "signed": bool(key_file), "file": str(output) if output else None})
    elif output:
        say(f"Written: {output}. Publish it as /.well-known/security.txt, and name it in [security] security_txt.")
    else:
        say(text.rstrip("\n"))
