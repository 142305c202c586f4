"""`accord publish`: a static site of everything that was reported, which any web server can host."""

import re
from functools import partial
from pathlib import Path

import click

from accord.cli.anchor import anchor
from accord.cli.clock import now
from accord.cli.output import json_option, print_json, say, visible
from accord.cli.unlock import Passphrase, passphrase_option
from accord.ledger.files import disk_errors
from accord.manifest import load_system
from accord.reports import LANGUAGES
from accord.reports.html import format_page
from accord.reports.site import Site, Written, build_site, write_site
from accord.workspace import Workspace

_SIGNED = b"-----BEGIN PGP SIGNED MESSAGE-----"
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._~/-]*)?")


def _address(_ctx: click.Context, _option: click.Parameter, value: str | None) -> str:
    if value is None:
        return ""
    if not _ADDRESS.fullmatch(value):
        raise click.BadParameter("expected an address such as https://example.org/ai/, without a query")
    return value if value.endswith("/") else f"{value}/"


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True), default=".")
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="The folder of the site: a new one, or one that this log's site was written to.",
)
@click.option(
    "--language",
    "languages",
    type=click.Choice(LANGUAGES),
    multiple=True,
    help="A language of the reports beside English; all of them if none is named.",
)
@click.option("--url", callback=_address, help="Where the site will be found: a sitemap needs it.")
@passphrase_option
@json_option
def publish(
    folder: Path, output: Path, languages: tuple[str, ...], url: str, unlock: Passphrase, *, as_json: bool
) -> None:
    """Write a static site: every report, what changed between them, their evidence, and the log itself.

    With nothing new, nothing is written. A signed security.txt that accord.toml names is published too.
    """
    workspace = unlock.open(folder)
    moment, wanted = now(), {"en", *(languages or LANGUAGES)}
    pages = {name: partial(format_page, language=name) for name in LANGUAGES if name in wanted}
    security = _security(workspace)
    site = build_site(workspace, pages, moment, url=url, security=security)
    if anchor(workspace):
        # Nothing has changed but the cosignatures on the checkpoint, which the site then has.
        site = build_site(workspace, pages, moment, url=url, security=security)
    written = write_site(site, output)
    if as_json:
        print_json(to_json(site, written))
    else:
        _show(site, written, output, workspace.public_key().fingerprint)


def _security(workspace: Workspace) -> bytes:
    """Return the signed security.txt that accord.toml names; nothing where there is none."""
    security = load_system(workspace.manifest).security if workspace.manifest.is_file() else None
    if security is None or security.security_txt is None:
        return b""
    path = workspace.root / security.security_txt
    with disk_errors("The security.txt that accord.toml names cannot be read.", path):
        data = path.read_bytes()
    if not data.startswith(_SIGNED):
        click.echo(visible(f"warning: {path} is not signed, and is left out of the site."), err=True)
        return b""
    return data


def to_json(site: Site, written: Written) -> dict[str, object]:
    """Return the stable JSON form of what was published."""
    releases = [release.line.model_dump(mode="json") for release in site.releases]
    return {
        "releases": releases,
        "written": list(written.written),
        "removed": list(written.removed),
        "kept": written.kept,
    }


def _show(site: Site, written: Written, output: Path, fingerprint: str) -> None:
    """Print for people what was written, and how anyone checks it."""
    if not written.written and not written.removed:
        say(f"Nothing is new: {output} is as it was, {written.kept} files.")
        return
    say(f"Wrote {len(written.written)} files into {output}; {written.kept} are as they were.")
    for release in site.releases:
        say(f"  {release.line.slug}  {release.line.system} {release.line.version}")
    say(f"Open {output / 'index.html'}, or copy the folder to a web server. Anyone can check the log with:")
    say(f"  accord verify {output / 'log'} --key {fingerprint}")
