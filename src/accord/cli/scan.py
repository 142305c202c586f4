"""`accord scan`: detectors over many texts, production traffic among them."""

from pathlib import Path

import click

from accord.cli.output import json_option, print_json
from accord.scan.door import require_arrow

_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
_RUNNERS = click.Choice(["local", "daft", "ray"])


@click.group()
def scan() -> None:
    """Look at many texts for personal data, secrets and whatever else detectors are installed for (actions 2, 11)."""


@scan.command()
@click.argument("places", metavar="PATH...", nargs=-1, required=True)
@click.option("--detector", "detectors", multiple=True, help="Only this detector; may be given again.")
@click.option("--preset", default="", help="The form of the rows; told by their columns where it is not given.")
@click.option(
    "--column", "columns", multiple=True, metavar="PART=NAME", help="A column, as in text=body or account=uid."
)
@click.option("--sample", type=click.FloatRange(0, 1, min_open=True), default=1.0, help="The chance of each text.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Where that chance starts from.")
@click.option("--runner", type=_RUNNERS, default="local", show_default=True, help="What does the work.")
@click.option("--address", help="The Ray cluster's address.")
@click.option("--jobs", type=click.IntRange(1), default=None, help="Processes of the local runner.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="The folder to keep the findings in.")
@click.option("--with-text", is_flag=True, help="Keep what was found word for word too.")
@click.option("--account-key", type=_FILE, help="The file of the secret that makes keys of accounts.")
@json_option
def traffic(
    places: tuple[str, ...], columns: tuple[str, ...], out: Path | None, *, as_json: bool, **given: object
) -> None:
    """Look at what people and the system said: files, folders, patterns or URIs of object storage.

    Nothing is recorded: `accord assess` does that for each [[traffic]] of accord.toml. Without --out nothing is kept;
    with it, a scan that was stopped goes on when it is begun again.
    """
    require_arrow()
    if given["with_text"] and out is None:
        raise click.UsageError("give --out with --with-text: the folder where the texts may lie")
    named = dict(_pair(column) for column in columns)
    from accord.cli.scanning import Order, run_order, show_scan  # noqa: PLC0415 - Arrow, of an extra

    done = run_order(Order.model_validate({"places": places, "columns": named, "out": out, **given}), quiet=as_json)
    print_json(done.to_json()) if as_json else show_scan(done)


def _pair(column: str) -> tuple[str, str]:
    part, equals, name = column.partition("=")
    if not equals or not name:
        raise click.BadParameter(f"expected a part, = and a column, as in text=body, found {column!r}")
    return part, name
