"""`accord log witness`: have a log cosigned by witnesses, and be one. `accord log timestamp`: have it time-stamped."""

import signal
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn, get_args

import click

from accord.cli.anchor import ask as ask_witnesses
from accord.cli.anchor import askable, read_policy
from accord.cli.clock import now
from accord.cli.output import json_option, print_json, say
from accord.cli.unlock import Passphrase, passphrase_option
from accord.errors import VerificationError, WorkspaceError
from accord.ledger import Policy, PublicKey, WitnessSigner
from accord.ledger.cosignature import Algorithm
from accord.ledger.files import disk_errors, read_file, replace_file
from accord.ledger.policy import MAX_POLICY
from accord.ledger.timestamp import unverified_time
from accord.ledger.timestamp_client import request
from accord.ledger.witness import Witness
from accord.ledger.witness_server import open_server
from accord.workspace import Workspace

_TIMEOUT = 30.0
"""Seconds for a request to a time-stamp authority."""

_folder = click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True), default=".")
_own_folder = click.argument("folder", type=click.Path(path_type=Path, file_okay=False))


@click.group()
def witness() -> None:
    """Have the log cosigned by witnesses, who see that nothing in it is rewritten; or be a witness of others' logs."""


@witness.command()
@_folder
@passphrase_option
@json_option
@click.pass_context
def ask(ctx: click.Context, folder: Path, unlock: Passphrase, *, as_json: bool) -> None:
    """Ask the witnesses of the log in FOLDER to cosign its newest checkpoint, and keep what they signed.

    Exit code 1 where the policy's quorum is not met.
    """
    workspace = unlock.open(folder)
    policy = read_policy(workspace)
    if policy is None:
        raise WorkspaceError(
            "No witnesses are named.", where=str(workspace.witnesses), fix="name them with: accord log witness use"
        )
    note, failures = ask_witnesses(workspace, policy)
    quorum = policy.check(note)
    rows = [{"witness": c.key.name, "time": f"{c.time:%Y-%m-%dT%H:%M:%SZ}"} for c in quorum.cosignatures]
    problems = [str(failure) for failure in failures]
    told = {"size": workspace.log().size, "cosigned": rows, "failures": problems, "missing": quorum.missing}
    print_json({**told, "quorum": quorum.satisfied}) if as_json else _show_quorum(told, met=quorum.satisfied)
    ctx.exit(0 if quorum.satisfied else 1)


def _show_quorum(told: dict[str, Any], *, met: bool) -> None:
    for row in told["cosigned"]:
        say("Cosigned by {witness} at {time}".format(**row))
    for problem in told["failures"]:
        say(f"Failed: {problem}", "yellow")
    say("The policy's quorum is met." if met else f"The policy's quorum is not met: {told['missing']}")


@witness.command()
@click.argument("policy", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@_folder
@json_option
def use(policy: Path, folder: Path, *, as_json: bool) -> None:
    """Name in POLICY, a file in the C2SP tlog-policy format, which witnesses are asked about the log in FOLDER."""
    workspace = Workspace.open(folder.resolve())
    data = _read(policy)
    parsed = Policy.parse(data)
    own = workspace.public_key()
    if parsed.logs and own not in {known.key for known in parsed.logs}:
        raise VerificationError("This policy is about other logs.", where=str(policy), expected=f"log {own.vkey}")
    replace_file(workspace.witnesses, data)
    names = [known.name for known in askable(parsed)]
    if as_json:
        print_json({"policy": str(workspace.witnesses), "witnesses": names, "quorum": parsed.quorum})
        return
    say(f"Installed {workspace.witnesses}: {len(names)} of {len(parsed.witnesses)} witnesses can be asked.")
    say("accord assess and accord report ask them from now on; at once: accord log witness ask")


def _read(path: Path) -> bytes:
    with disk_errors("The policy cannot be read.", path):
        return read_file(path, MAX_POLICY)


@witness.command()
@_own_folder
@click.argument("name")
@click.option(
    "--algorithm",
    type=click.Choice(get_args(Algorithm)),
    default="ml-dsa-44",
    show_default=True,
    help="What it signs with; older clients know ed25519 alone.",
)
@json_option
def init(folder: Path, name: str, algorithm: Algorithm, *, as_json: bool) -> None:
    """Make a witness called NAME, such as witness.example/w1, in FOLDER, which is new or empty."""
    signer = WitnessSigner.generate(name, algorithm)
    Witness.create(folder, signer)
    if as_json:
        print_json({"folder": str(folder), "name": name, "verifier_key": signer.public.vkey})
        return
    say(f"Witness       {name}, in {folder}")
    say(f"Verifier key  {signer.public.vkey}")
    say(f"Next: accord log witness trust {folder} VKEY, then accord log witness serve {folder}")


@witness.command()
@_own_folder
@click.argument("vkey")
@json_option
def trust(folder: Path, vkey: str, *, as_json: bool) -> None:
    """Have the witness in FOLDER watch the log whose verifier key is VKEY; it is served after a restart."""
    key, path = PublicKey.parse(vkey), folder / "policy"
    Witness.open(folder, now)
    data = _read(path)
    if key not in {known.key for known in Policy.parse(data).logs}:
        data += f"log {key.vkey}\n".encode()
        Policy.parse(data)
        replace_file(path, data)
    logs = [known.key.name for known in Policy.parse(data).logs]
    print_json({"logs": logs}) if as_json else say(f"It watches {', '.join(logs)}.")


@witness.command()
@_own_folder
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="The port; 0 is any free.")
@json_option
def serve(folder: Path, host: str, port: int, *, as_json: bool) -> None:
    """Run the witness in FOLDER until SIGTERM or Ctrl-C. It speaks plain HTTP: put it behind a proxy that adds TLS."""
    opened = Witness.open(folder, now)
    server = open_server(opened, host, port)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    shown = f"[{host}]" if ":" in host else host
    told = {"verifier_key": opened.public.vkey, "url": f"http://{shown}:{server.effective_port}"}
    if as_json:
        print_json(told)
    else:
        say("{verifier_key}\nListening at {url}".format(**told))
    server.run()


def _end(_number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


@click.command()
@click.argument("url")
@_folder
@passphrase_option
@json_option
def timestamp(url: str, folder: Path, unlock: Passphrase, *, as_json: bool) -> None:
    """Have the authority at URL time-stamp the newest checkpoint of the log in FOLDER (RFC 3161), and keep the token.

    Only a digest is sent. Whose signature the token bears is checked by accord verify.
    """
    workspace = unlock.open(folder)
    log = workspace.log()
    text = log.checkpoint.text.encode()
    token = request(url, text, timeout=_TIMEOUT)
    workspace.keep_checkpoint(log.signed_checkpoint, token)
    claimed = f"{unverified_time(token, text):%Y-%m-%dT%H:%M:%SZ}"
    if as_json:
        print_json({"size": log.size, "url": url, "claimed_time": claimed})
    else:
        say(f"Stamped at {claimed}, as {url} says: {log.size} entries, kept in {workspace.anchors.folder}")
