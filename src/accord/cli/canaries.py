"""`accord evaluate canaries`: made-up secrets for the training data, made and recorded before the training."""

import secrets
from pathlib import Path

import click

from accord.cli.clock import now
from accord.cli.options import folder_argument, require_declaration
from accord.cli.output import json_option, print_json, say
from accord.cli.unlock import Passphrase, passphrase_option
from accord.errors import WorkspaceError
from accord.evals.canaries import format_canaries, format_planted, make_canaries, record_canaries
from accord.ledger import digest
from accord.ledger.private_file import write_private
from accord.manifest import load_system

_MOST = 100_000


def _even(_ctx: click.Context, _option: click.Parameter, value: int) -> int:
    if value % 2:
        raise click.BadParameter(f"expected an even number, half of them planted, found {value}")
    return value


@click.command("canaries")
@folder_argument
@click.option(
    "--number", type=click.IntRange(2, _MOST), callback=_even, default=200,
    show_default=True, help="How many are made; half of them are planted.",
)  # fmt: skip
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="The new file of all of them, to keep.",
)
@click.option(
    "--plant", type=click.Path(path_type=Path, dir_okay=False), required=True,
    help="The new file of those to put into the training data, as JSON Lines with text.",
)  # fmt: skip
@passphrase_option
@json_option
def make_canary_files(folder: Path, number: int, out: Path, plant: Path, unlock: Passphrase, *, as_json: bool) -> None:
    """Make canaries before a training, and record in FOLDER the digest of their file and how many are planted.

    After the training, [[suites]] with expects = "canaries" asks the model for all of them.
    """
    workspace = unlock.open(folder)
    model = require_declaration(workspace, workspace.records(now(), opened=True)).model
    canaries = make_canaries(number // 2, secrets.token_bytes)
    data = format_canaries(canaries, secrets.token_bytes)
    _write(out, data)
    _write(plant, format_planted(canaries))
    record = record_canaries(canaries, digest(data), model.sha256, workspace, now())
    (index,) = workspace.append([record], load_system(workspace.manifest).withhold)
    if as_json:
        told = {"record": index, "sha256": record.sha256, "planted": number // 2, "controls": number // 2}
        print_json({"file": str(out), "plant": str(plant), **told})
        return
    say(f"Written: {out}, {number} canaries. Keep it secret and unchanged until the model was trained and tested.")
    say(f"Written: {plant}, the {number // 2} to put into the training data. The others must never get there.")
    say(f"Record {index} of the log holds the digest of {out.name}, and nothing of what is in it.")


def _write(path: Path, data: bytes) -> None:
    try:
        write_private(path, data)
    except FileExistsError as error:
        raise WorkspaceError(
            "There is a file already, which may hold canaries of a training.",
            where=str(path),
            fix="choose another name",
        ) from error
    except OSError as error:
        raise WorkspaceError("The file cannot be written.", where=str(path), found=str(error.strerror)) from error
