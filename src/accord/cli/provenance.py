"""`accord provenance`: put credentials into content, check them, attack them, and let users ask."""

import signal
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click

from accord.cli.clock import now
from accord.cli.output import json_option, print_json, say
from accord.cli.watermark import (
    attack_watermark,
    check_watermark,
    content_files,
    open_mark,
    watermark,
    watermark_options,
)
from accord.evidence import Observation
from accord.ledger.http_server import open_server
from accord.manifest import identify_model, load_system
from accord.provenance.attack import ANY, IMAGES, CredentialMark, find_samples, questions
from accord.provenance.attack import attack as attack_mark
from accord.provenance.credentials import Credential, Maker, Verdict, check_file, sign_content
from accord.provenance.keys import load_certificates, load_content_signer, make_content_signer
from accord.provenance.origin import LARGEST, origin_app

_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
_FOLDER = click.Path(path_type=Path, file_okay=False)
_WORKSPACE = click.option("--workspace", type=_FOLDER, default=".", help="The folder of accord.toml.")
_ANCHORS = click.option("--anchors", type=_FILE, help="The trust list: certificates, in PEM.")
_COLOURS = {Verdict.TRUSTED: "green", Verdict.INVALID: "red"}


@click.group()
def provenance() -> None:
    """Put credentials and watermarks into content, check and attack them, and let users ask about it (action 7)."""


provenance.add_command(watermark)


@provenance.command()
@click.argument("folder", type=_FOLDER)
@_WORKSPACE
@click.option("--days", type=click.IntRange(1, 3650), default=365, help="For how many days its certificates hold.")
@json_option
def key(folder: Path, workspace: Path, days: int, *, as_json: bool) -> None:
    """Make a signer of content in FOLDER: signer.key, signer.pem, and root.pem for others to trust.

    For whoever has no certificate of an authority yet: others trust it only where they were told to.
    """
    system = load_system(workspace / "accord.toml")
    make_content_signer(folder, system.organisation.name, system.system.name, now(), days)
    if as_json:
        print_json({"key": str(folder / "signer.key"), "anchors": str(folder / "root.pem")})
        return
    say(f"Private key: {folder / 'signer.key'}, readable by you alone. To hand out: {folder / 'root.pem'}")


@provenance.command()
@click.argument("content", type=_FILE)
@click.argument("output", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--key", "key_file", type=_FILE, required=True, help="The private key: P-256 or P-384, in PEM.")
@click.option("--certificates", type=_FILE, required=True, help="Its certificates, its own first, in PEM.")
@_WORKSPACE
@json_option
def sign(content: Path, output: Path, key_file: Path, certificates: Path, workspace: Path, *, as_json: bool) -> None:
    """Write CONTENT to OUTPUT with a credential that names the system and the model, and nothing of the user."""
    system = load_system(workspace / "accord.toml")
    model = identify_model(system, workspace)
    maker = Maker(system.system.name, system.system.version, model.name, model.sha256)
    sign_content(content, output, load_content_signer(key_file, certificates), maker)
    if as_json:
        print_json({"file": str(output), **asdict(maker)})
        return
    say(f"Signed: {output}, as made by {maker.system} {maker.version}.")


@provenance.command()
@click.argument("files", type=_FILE, nargs=-1, required=True)
@_ANCHORS
@watermark_options
@json_option
@click.pass_context
def check(
    ctx: click.Context,
    files: tuple[Path, ...],
    anchors: Path | None,
    key_file: Path | None,
    tokenizer: Path | None,
    unmarked: Path | None,
    rate: float,
    *,
    as_json: bool,
) -> None:
    """Say what the credential in each of FILES is worth, or with --watermark, whether that mark is found in it.

    Exit code 3 where one was changed since it was signed, else 1 where one is not trusted or the mark is not found.
    Without --anchors nobody is trusted. Nothing is fetched from a network.
    """
    if key_file:
        marking = open_mark(key_file, tokenizer, unmarked, rate, files)
        ctx.exit(check_watermark(marking, as_json=as_json))
    trusted = load_certificates(anchors) if anchors else ()
    found = {path: check_file(path, trusted) for path in files}
    if as_json:
        print_json({"files": [{"file": str(path), **asdict(one)} for path, one in found.items()]})
    else:
        for path, one in found.items():
            _show(path, one)
    verdicts = {one.verdict for one in found.values()}
    ctx.exit(3 if Verdict.INVALID in verdicts else 0 if verdicts == {Verdict.TRUSTED} else 1)


def _show(path: Path, found: Credential) -> None:
    say(f"{found.verdict.value}: {path}", _COLOURS.get(found.verdict, "yellow"))
    rows = {
        "signed by": found.signer,
        "system": found.system,
        "model": found.model,
        "made by a model": "yes" if found.generated else "",
        "problems": ", ".join(found.problems),
        "problems of what it was made from": ", ".join(found.ingredients),
        "may name people": ", ".join(found.personal),
    }
    for name, value in rows.items():
        if value:
            say(f"  {name}: {value}")


@provenance.command()
@click.argument("samples", type=click.Path(path_type=Path, exists=True))
@_ANCHORS
@watermark_options
@click.option("--workspace", type=_FOLDER, help="Have the model of the accord.toml there paraphrase and translate.")
@json_option
def attack(
    samples: Path,
    anchors: Path | None,
    key_file: Path | None,
    tokenizer: Path | None,
    unmarked: Path | None,
    rate: float,
    workspace: Path | None,
    *,
    as_json: bool,
) -> None:
    """Change SAMPLES, a file or a folder, as usually happens, and say how much of their credentials survives.

    With --watermark, how much of that mark. Nothing is written. `accord assess` records the same for the samples that
    accord.toml names.
    """
    if key_file:
        marking = open_mark(key_file, tokenizer, unmarked, rate, content_files(samples))
        count, rows = attack_watermark(marking, workspace)
    elif anchors:
        mark = CredentialMark(load_certificates(anchors))
        files = find_samples(samples) if samples.is_dir() else (samples,)
        seen, asked = tuple(attack_mark(files, mark)), questions(mark.name, mark.title, {**ANY, **IMAGES})
        count, rows = len(files), [Observation.of(name, title, seen, sample=True) for name, title in asked.items()]
    else:
        raise click.UsageError("Expected --anchors or --watermark.")
    if as_json:
        print_json({"samples": count, "observations": [r.model_dump(mode="json") for r in rows if r.n or r.unknown]})
        return
    for row in rows:
        untold = f"; of {row.unknown} it cannot be told" if row.unknown else ""
        if row.n and row.low is not None and row.high is not None:
            say(f"{row.title}: {row.held} of {row.n} (95 % interval {row.low:.0%} to {row.high:.0%}){untold}")
        elif row.unknown:
            say(f"{row.title}: of {row.unknown} it cannot be told", "yellow")


@provenance.command()
@_WORKSPACE
@click.option("--anchors", type=_FILE, required=True, help="Whom the system's credentials lead to, in PEM.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option("--port", type=click.IntRange(0, 65535), default=8081, show_default=True, help="The port; 0 is any free.")
@json_option
def serve(workspace: Path, anchors: Path, host: str, port: int, *, as_json: bool) -> None:
    """Let users ask whether the system made something: a page, and POST /check. Runs until SIGTERM or Ctrl-C.

    It keeps nothing and speaks plain HTTP: put it behind a proxy that adds TLS.
    """
    system = load_system(workspace / "accord.toml")
    app = origin_app(system.system.name, load_certificates(anchors))
    server = open_server(app, host, port, LARGEST)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    url = f"http://{f'[{host}]' if ':' in host else host}:{server.effective_port}"
    print_json({"url": url}) if as_json else say(f"Listening at {url}")
    server.run()


def _end(_number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)
