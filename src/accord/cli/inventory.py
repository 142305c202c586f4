"""`accord weights inventory` and `vulnerabilities`: what a system is made of, and what is known of that."""

from pathlib import Path

import click

from accord.cli.clock import now
from accord.cli.output import json_option, print_json, say
from accord.ledger.files import replace_file
from accord.manifest import load_system
from accord.weights.advisories import SERVICE, ask_service, read_advisories
from accord.weights.cyclonedx import format_cyclonedx
from accord.weights.inventory import gather, look_at_advisories, look_at_service
from accord.weights.packages import list_packages
from accord.weights.spdx import format_spdx
from accord.workspace import Workspace

_PLACE = click.Path(path_type=Path, exists=True)
_FORMATS = {"cyclonedx": format_cyclonedx, "spdx": format_spdx}


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True), default=".")
@click.option("--environment", type=_PLACE, help="The packages it runs on, if not [security] environment.")
@click.option("--format", "shape", type=click.Choice(list(_FORMATS)), default="cyclonedx", help="CycloneDX or SPDX.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="The file, instead of printing it.")
@json_option
def inventory(folder: Path, environment: Path | None, shape: str, output: Path | None, *, as_json: bool) -> None:
    """Write the inventory of FOLDER's system: model, files, evaluations, data and packages.

    CycloneDX 1.7 with a model card, or SPDX 3.0.1. Without an environment it lists no packages, and says so.
    """
    workspace = Workspace.open(folder.resolve())
    system = load_system(workspace.manifest)
    named = system.security.environment if system.security else None
    place = environment or (workspace.root / named if named else None)
    packages = list_packages(place.absolute()) if place else ()
    data = _FORMATS[shape](gather(workspace, system, packages, now()))
    if output:
        replace_file(output, data)
    if as_json:
        print_json({"format": shape, "packages": len(packages), "file": str(output) if output else None})
    elif output:
        say(f"Written: {output}, with {len(packages)} packages.")
    else:
        click.echo(data)
    if not place and not as_json:
        click.echo("No packages are listed: give --environment, or name [security] environment.", err=True)


@click.command()
@click.argument("environment", type=_PLACE)
@click.option("--advisories", "export", type=_PLACE, help="An export in the OSV format: a folder, zip or JSON file.")
@click.option("--online", is_flag=True, help=f"Ask {SERVICE}, which is told the packages' names and versions.")
@json_option
@click.pass_context
def vulnerabilities(ctx: click.Context, environment: Path, export: Path | None, *, online: bool, as_json: bool) -> None:
    """Look up known vulnerabilities of the packages in ENVIRONMENT: a virtual environment, a folder or a lock file.

    Exit code 1 where one affects a package, where it could not be told of one, or where the advisories are old.
    """
    if (export is None) == (not online):
        raise click.UsageError("give either --advisories or --online")
    packages = list_packages(environment.absolute())
    if export:
        seen = tuple(look_at_advisories(read_advisories(export), packages, now()))
    else:
        seen = tuple(look_at_service(ask_service(packages, now())))
    if as_json:
        print_json({"packages": len(packages), "sightings": [s.model_dump(mode="json") for s in seen]})
    else:
        for one in seen:
            if one.holds is not True:
                say(f"{'no' if one.holds is False else 'untold'}: {one.subject}: {one.note}", "red")
        clean = sum(s.holds is True for s in seen if s.observation == "packages.no-advisory")
        say(f"{clean} of {len(packages)} packages have no known vulnerability.")
    ctx.exit(0 if all(s.holds for s in seen) else 1)
