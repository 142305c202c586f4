"""`accord report`."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path

import click

from accord.cli.anchor import anchor
from accord.cli.clock import now
from accord.cli.output import json_option, print_json, say
from accord.cli.unlock import Passphrase, passphrase_option
from accord.reports import COPIES, FORMATS, LANGUAGES
from accord.reports.publish import Publication, publish
from accord.verify.bundle import EXTRAS
from accord.workspace import Workspace


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True), default=".")
@click.option(
    "--format",
    "formats",
    type=click.Choice([*FORMATS, *COPIES]),
    multiple=True,
    help="Which to write; html and json if none. The others carry no proof of their own.",
)
@click.option(
    "--language",
    "languages",
    type=click.Choice(LANGUAGES),
    multiple=True,
    default=["en"],
    show_default=True,
    help="In which to write what people read, html and pdf; the file of another than English is report.fr.html.",
)
@click.option("--output", type=click.Path(path_type=Path, file_okay=False), help="Where to; else into FOLDER.")
@click.option("--bundle", type=click.Path(path_type=Path, dir_okay=False), help="Also write the report with its log.")
@click.option("--include", type=click.Choice(list(EXTRAS)), multiple=True, help="Put these into the bundle too.")
@passphrase_option
@json_option
def report(
    folder: Path,
    formats: tuple[str, ...],
    languages: tuple[str, ...],
    output: Path | None,
    bundle: Path | None,
    include: tuple[str, ...],
    unlock: Passphrase,
    *,
    as_json: bool,
) -> None:
    """Write the report on the newest assessment of the workspace in FOLDER, and record its digest in the log."""
    if include and not bundle:
        raise click.UsageError("--include needs --bundle: a report alone holds no logs and no documents.")
    workspace = unlock.open(folder)
    wanted = partial(publish, workspace, formats or tuple(FORMATS), output or folder, bundle, include)
    result = _publish(workspace, partial(wanted, languages=tuple(dict.fromkeys(languages))), bundled=bool(bundle))
    if as_json:
        print_json(to_json(result))
    else:
        show_publication(result, workspace.public_key().fingerprint)


def _publish(workspace: Workspace, write: Callable[[datetime], Publication], *, bundled: bool) -> Publication:
    """Publish between two checkpoints that witnesses cosign, if there are any: what it rests on, and its record."""
    moment = now()
    anchor(workspace)
    result = write(moment)
    if anchor(workspace) and bundled:
        # Nothing has changed but the cosignatures: nothing more is recorded, and the bundle holds them.
        result = write(moment)
    return result


def to_json(result: Publication) -> dict[str, object]:
    """Return the stable JSON form of a publication."""
    files = {str(path): sha256 for path, sha256 in result.files.items()}
    return {"files": files, "record": result.record, "bundle": str(result.bundle) if result.bundle else None}


def show_publication(result: Publication, fingerprint: str) -> None:
    """Print for people what was written, and how anyone checks it."""
    for path in (*result.files, *([result.bundle] if result.bundle else [])):
        say(f"Wrote {path}")
    first = result.bundle or next(iter(result.files))
    say(f"Their digests are in record {result.record} of the log. Anyone can check them with:")
    say(f"  accord verify {first} --key {fingerprint}")
