"""`accord provenance watermark`, and what `check` and `attack` do with a watermark's key."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import click

from accord.cli.output import json_option, print_json, say
from accord.cli.rewriting import open_rewriter
from accord.errors import ProvenanceError
from accord.evidence import Observation
from accord.manifest import load_system
from accord.provenance.attack import find_samples, kind_of
from accord.provenance.watermarks.calibration import SUFFIXES
from accord.provenance.watermarks.image import SpreadSpectrum
from accord.provenance.watermarks.keys import SECRET, WatermarkKey, load_watermark_key, make_watermark_key
from accord.provenance.watermarks.looking import Marking
from accord.provenance.watermarks.scheme import load_schemes, open_watermark
from accord.provenance.watermarks.texts import generate as generate_texts

FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
PLACE = click.Path(path_type=Path, exists=True)
F = TypeVar("F", bound=Callable[..., object])
_OPTIONS = (
    click.option("--watermark", "key_file", type=FILE, help="The key of a watermark, which is looked for instead."),
    click.option("--tokenizer", type=PLACE, help="For marks in text: the model's tokenizer, a folder or a GGUF file."),
    click.option("--unmarked", type=PLACE, help="Like content without the mark, to measure false alarms on."),
    click.option(
        "--rate",
        type=click.FloatRange(0.0001, 0.5),
        default=0.01,
        show_default=True,
        help="How much of unmarked content may be taken for marked.",
    ),
)


def watermark_options(command: F) -> F:
    """Give a command the options that find a watermark."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.group()
def watermark() -> None:
    """Make keys of watermarks, and content that is marked with them."""


@watermark.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--scheme", required=True, help="What kind of mark: synthid-text, kgw, spread-spectrum, or a plug-in's.")
@click.option("--parameters", type=FILE, help="A JSON file of parameters that your own server uses.")
@json_option
def key(file: Path, scheme: str, parameters: Path | None, *, as_json: bool) -> None:
    """Write a new key to FILE, readable by you alone: who has it can find the mark, and forge it."""
    if scheme not in load_schemes():
        raise click.BadParameter(f"expected one of {', '.join(load_schemes())}", param_hint="--scheme")
    wanted = _parameters(parameters)
    # Parameters that cannot be used are refused now, and not at the first check.
    open_watermark(WatermarkKey(scheme, bytes(SECRET), wanted))
    made = make_watermark_key(file, scheme, wanted)
    if as_json:
        print_json({"file": str(file), "scheme": scheme, "sha256": made.sha256})
        return
    say(f"Key: {file}, readable by you alone. Records name it by its digest {made.sha256[:16]}…")


def _parameters(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        value = json.loads(path.read_bytes())
    except ValueError as error:
        raise ProvenanceError("These parameters are not JSON.", where=str(path)) from error
    if not isinstance(value, dict):
        raise ProvenanceError("These parameters are not an object of JSON.", where=str(path))
    return value


@watermark.command()
@click.argument("prompts", type=FILE)
@click.argument("output", type=click.Path(path_type=Path, file_okay=False))
@click.option("--model", type=PLACE, required=True, help="The model: a GGUF file, or a folder of Hugging Face's.")
@click.option("--watermark", "key_file", type=FILE, help="The key; without it, the texts are unmarked.")
@click.option("--tokens", type=click.IntRange(1, 4096), default=300, show_default=True, help="The most of each text.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=1, show_default=True, help="Where choices start.")
@json_option
def generate(
    prompts: Path, output: Path, model: Path, key_file: Path | None, tokens: int, seed: int, *, as_json: bool
) -> None:
    """Have a local model answer each line of PROMPTS, a text in OUTPUT each: samples to check and attack.

    Beside them, samples.json says how they were made. An inference server embeds the mark itself, by the same
    parameters; this is no server.
    """
    key = load_watermark_key(key_file) if key_file else None
    embedder = getattr(open_watermark(key, model), "embedder", None) if key else None
    if key and embedder is None:
        raise ProvenanceError("This watermark is not one of texts.", found=key.scheme)
    asked = [line.strip() for line in prompts.read_text(encoding="utf-8").splitlines() if line.strip()]
    output.mkdir(parents=True, exist_ok=True)
    texts = list[str]()
    for number, text in enumerate(generate_texts(model, embedder, asked, tokens=tokens, seed=seed)):
        (output / f"{number:04}.txt").write_text(text, encoding="utf-8")
        texts.append(text)
    made = {"scheme": key.scheme if key else "", "key": key.sha256 if key else "", "model": model.name}
    whole = {**made, "tokens": tokens, "seed": seed, "texts": len(texts)}
    (output / "samples.json").write_text(json.dumps(whole, indent=2) + "\n", encoding="utf-8")
    print_json(whole) if as_json else say(f"Wrote {len(texts)} texts to {output}.")


@watermark.command()
@click.argument("image", type=FILE)
@click.argument("output", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--watermark", "key_file", type=FILE, required=True, help="The key, of the scheme spread-spectrum.")
@json_option
def mark(image: Path, output: Path, key_file: Path, *, as_json: bool) -> None:
    """Write IMAGE to OUTPUT with a watermark. Mark before you sign: a credential does not survive a change."""
    opened = open_watermark(load_watermark_key(key_file))
    if not isinstance(opened, SpreadSpectrum):
        raise ProvenanceError("This watermark is not one of images.", found=opened.name)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_bytes(opened.mark(image.read_bytes(), kind_of(output)))
    print_json({"file": str(output), "scheme": opened.name}) if as_json else say(f"Marked: {output}")


def open_mark(
    key_file: Path, tokenizer: Path | None, unmarked: Path | None, rate: float, files: Sequence[Path]
) -> Marking:
    """Return the watermark of the options, with the files that it is looked for in."""
    key = load_watermark_key(key_file)
    opened = open_watermark(key, tokenizer)
    return Marking(key.scheme, opened, key.sha256, rate, tuple(files), unmarked)


def check_watermark(marking: Marking, *, as_json: bool) -> int:
    """Say of each file whether the watermark is found, and at which rate of false alarms; return the exit code."""
    found = {path: marking.mark.detect(path.read_bytes(), kind_of(path)) for path in marking.samples}
    alarms = Observation.of(f"{marking.mark_name}.quiet", "", marking.look_unmarked(), sample=True)
    if as_json:
        files = [{"file": str(path), **asdict(one)} for path, one in found.items()]
        print_json({"rate": marking.rate, "unmarked": alarms.model_dump(mode="json"), "files": files})
    else:
        for path, one in found.items():
            word, colour = {True: ("found", "green"), False: ("not found", "yellow"), None: ("unknown", "yellow")}[
                one.found
            ]
            say(f"{word}: {path}: {one.note}", colour)
        say(_accuracy(marking, alarms))
    return 0 if all(one.found for one in found.values()) else 1


def _accuracy(marking: Marking, alarms: Observation) -> str:
    start = f"Accepted false-positive rate: {marking.rate:.2%}."
    if alarms.n and alarms.low is not None and alarms.high is not None:
        low, high = 1 - alarms.high, 1 - alarms.low
        return f"{start} Measured: {alarms.fails} of {alarms.n} unmarked (95 % interval {low:.2%} to {high:.2%})."
    if marking.watermark.exact:
        return f"{start} It follows from the key, and was not measured on unmarked content."
    return f"{start} There is too little unmarked content to measure it on passages that did not set it."


def attack_watermark(marking: Marking, workspace: Path | None) -> tuple[int, list[Observation]]:
    """Return of how many files the watermark was attacked, and what survives; a workspace's model rewrites texts."""
    marked = [path for path in marking.samples if marking.mark.find(path.read_bytes(), kind_of(path))[0]]
    if not marked:
        raise ProvenanceError(f"None of the samples has the {marking.mark.title} to attack.")
    if workspace is None:
        seen = tuple(marking.survive(None))
    else:
        with open_rewriter(load_system(workspace / "accord.toml"), workspace) as rewrite:
            seen = tuple(marking.survive(rewrite))
    return len(marked), [Observation.of(name, title, seen, sample=True) for name, title in marking.survival().items()]


def content_files(samples: Path) -> Sequence[Path]:
    """Return a file, or the files of a folder that can carry a watermark."""
    return find_samples(samples, SUFFIXES) if samples.is_dir() else (samples,)
