"""`accord scan data` and what belongs to it: numbers of benchmarks, heads that learn, Croissant metadata."""

from pathlib import Path

import click

from accord.cli.output import json_option, print_json, say
from accord.ledger.files import replace_file
from accord.scan.door import require_arrow

_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
_NEW = click.Path(path_type=Path, dir_okay=False)
_FOLDER = click.Path(path_type=Path, file_okay=False)
_columns = click.option("--column", "columns", multiple=True, metavar="PART=NAME", help="A column, as in text=body.")
_out = click.option("--out", type=_NEW, required=True, help="The file to write.")


@click.command()
@click.argument("places", metavar="PATH...", nargs=-1, required=True)
@click.option("--sources", type=click.Path(path_type=Path, file_okay=False, exists=True), help="A folder of its sites.")
@click.option("--address", help="The column of each text's address: joined to what its host says, of --sources.")
@click.option("--licence", help="The licence that it is meant to be under (SPDX).")
@click.option("--benchmark", "benchmarks", type=_FILE, multiple=True, help="Numbers of a benchmark to look for.")
@click.option("--head", "heads", type=_FILE, multiple=True, help="A head of your own that also looks.")
@click.option("--preset", default="", help="The form of the rows; told by their columns where it is not given.")
@_columns
@click.option("--sample", type=click.FloatRange(0, 1, min_open=True), default=1.0, help="The chance of each text.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Where that chance starts from.")
@click.option("--jobs", type=click.IntRange(1), default=None, help="Processes that look.")
@click.option("--out", type=_FOLDER, help="The folder to keep the tables in.")
@json_option
def data(places: tuple[str, ...], columns: tuple[str, ...], *, as_json: bool, **given: object) -> None:
    """Look at the data that a model learns from: what its texts are, what should not be in them, and its papers.

    Texts: languages, quality, personal data, secrets, rights, portrayals of groups, items of benchmarks, repeats.
    Papers: what its sources say of training, licences, the dataset card, Croissant metadata. Nothing is recorded:
    `accord assess` does that for each [[datasets]] of accord.toml that has a path.
    """
    if given["address"] and not given["sources"]:
        raise click.UsageError("--address joins texts to what their hosts say: give --sources too.")
    require_arrow()
    from accord.cli.corpus import CorpusOrder, run_corpus, show_corpus  # noqa: PLC0415 - Arrow, of an extra

    named = dict(pair(column) for column in columns)
    done = run_corpus(CorpusOrder.model_validate({"places": places, "columns": named, **given}), quiet=as_json)
    print_json(done.to_json()) if as_json else show_corpus(done)


@click.command()
@click.argument("places", metavar="PATH...", nargs=-1, required=True)
@click.option("--name", required=True, help="Its name, in lower case with hyphens.")
@click.option("--version", required=True, help="Its version.")
@_columns
@_out
@json_option
def benchmark(
    places: tuple[str, ...], name: str, version: str, columns: tuple[str, ...], out: Path, *, as_json: bool
) -> None:
    """Write the numbers of a benchmark's texts, by which `accord scan data` finds them, and not the texts."""
    require_arrow()
    from accord.cli.corpus import make_benchmark  # noqa: PLC0415 - Arrow, of an extra

    made = make_benchmark(places, dict(pair(column) for column in columns), name, version)
    replace_file(out, made.to_bytes())
    if as_json:
        print_json({"file": str(out), "name": name, "version": version, "items": len(made.items)})
    else:
        say(f"Written: {out}, numbers of {len(made.items):,} texts. Who can guess a text can check the guess.")


@click.command()
@click.argument("labels", type=_FILE)
@click.option("--name", required=True, help="What it finds, in lower case with hyphens.")
@click.option("--title", required=True, help="The same as a noun phrase, such as: a request for medical advice.")
@click.option("--domain", required=True, help="Which texts the labels are of: it is good for no others.")
@click.option("--threshold", type=click.FloatRange(0, 1), default=0.5, show_default=True, help="From which it finds.")
@click.option("--try", "others", type=_FILE, multiple=True, help="Other labels, to see what it is worth there.")
@_out
@json_option
def train(labels: Path, others: tuple[Path, ...], out: Path, *, as_json: bool, **given: object) -> None:
    """Learn a head from LABELS, JSON Lines of text, label and perhaps group, and say what it is worth.

    Texts of one group, such as a conversation, are never both learned from and measured on.
    """
    require_arrow()
    from accord.cli.corpus import make_head, show_head  # noqa: PLC0415 - Arrow, of an extra

    head = make_head(labels, others, **given)
    replace_file(out, head.to_bytes())
    if as_json:
        print_json({"file": str(out), **head.model_dump(mode="json", exclude={"weights"})})
    else:
        show_head(head, out)


@click.command()
@click.argument("dataset")
@click.option("--workspace", type=_FOLDER, default=".", help="The folder of accord.toml.")
@_out
@json_option
def describe(dataset: str, workspace: Path, out: Path, *, as_json: bool) -> None:
    """Write Croissant metadata of a DATASET of accord.toml, with what its newest scan found."""
    require_arrow()
    from accord.cli.corpus import describe_dataset  # noqa: PLC0415 - Arrow, of an extra

    made = describe_dataset(dataset, workspace)
    replace_file(out, made)
    print_json({"file": str(out)}) if as_json else say(f"Written: {out}. Put it beside the data as croissant.json.")


def pair(column: str) -> tuple[str, str]:
    """Return the part and the name of a column; a usage error for what is not PART=NAME."""
    part, equals, name = column.partition("=")
    if not equals or not name:
        raise click.BadParameter(f"expected a part, = and a column, as in text=body, found {column!r}")
    return part, name
