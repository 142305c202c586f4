"""`accord init`."""

import re
import shlex
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlsplit

import click

from accord.cli.clock import now
from accord.cli.output import json_option, print_json, say
from accord.cli.unlock import Passphrase, is_locked, passphrase_option, read_public, refuse_same
from accord.errors import ManifestError, VerificationError, WorkspaceError
from accord.ledger import PublicKey, Signer, SigningKey, load_signer
from accord.ledger.keys import check_name
from accord.manifest import (
    Answers,
    Place,
    Role,
    Stage,
    System,
    check_answer,
    load_system,
    parse_system,
    write_manifest,
)
from accord.workspace import MANIFEST, STATE, Workspace, first_key
from accord.workspace.succession import NEXT

_PLACES: tuple[Place, ...] = get_args(Place)
_KEYS = {"key": "accord.key", "next_key": NEXT}
_NEEDED = ("organisation", "system", "version", "role")
_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)


def _origin(value: str) -> str:
    try:
        return check_name(value)
    except VerificationError as error:
        raise click.BadParameter(f"expected {error.expected}, found {error.found}") from error


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option("--organisation", help="Who answers for the system.")
@click.option("--url", help="The organisation's https:// site.")
@click.option("--role", multiple=True, type=click.Choice(get_args(Role)), help="Its role; may be repeated.")
@click.option("--system", help="The name of the AI system.")
@click.option("--version", help="Its version.")
@click.option("--description", help="What it is for, in one sentence.")
@click.option("--stage", type=click.Choice(get_args(Stage)), help="Its stage in the lifecycle.  [development]")
@click.option("--language", multiple=True, help="A language it is offered in; may be repeated.  [en]")
@click.option("--model-weights", type=_FILE, help="The model is this GGUF file.")
@click.option("--model-endpoint", help="The model answers at this OpenAI-compatible address.")
@click.option("--model-inspect", help="The model is this one of Inspect's, such as anthropic/claude-sonnet-4-0.")
@click.option("--model-name", help="The model's name.")
@click.option("--contact", help="Where flaws are reported: an https:// page, or mailto: and a role's mailbox.")
@click.option("--origin", type=_origin, metavar="NAME", help="The log's name for ever, such as acme.example/helpdesk.")
@click.option("--key", type=_FILE, help="Sign with this Ed25519 key (PEM) instead of a new one.")
@click.option("--signer", metavar="URI", help="Sign with a key that is kept elsewhere, by its signer URI.")
@click.option("--public-key", type=_FILE, help="The public half of that key: a verifier key, or PEM.")
@click.option("--following", type=_FILE, help="The public key that may come after it; else one is made, as next.key.")
@passphrase_option
@click.option("--yes", is_flag=True, help="Ask nothing.")
@json_option
def init(
    folder: Path,
    *,
    origin: str | None,
    key: Path | None,
    signer: str | None,
    public_key: Path | None,
    following: Path | None,
    unlock: Passphrase,
    yes: bool,
    as_json: bool,
    **given: Any,  # noqa: ANN401 - click's own
) -> None:
    """Start a workspace in FOLDER: accord.toml, a log, the key that signs it, and the key that may follow that one.

    An accord.toml that is there already is used as it is. On a terminal it asks for what the flags do not say. With
    --passphrase-file the keys' files are encrypted.
    """
    _check_keys(key, signer, public_key, following)
    root = folder.absolute()
    Workspace.refuse(root)
    ask = sys.stdin.isatty() and not yes and not as_json
    system, text = _declare(root, given, ask=ask)
    name = origin or _name_log(system, ask=ask)
    passphrase = unlock() if unlock.file or (key and is_locked(key)) else None
    own = _load_key(name, key, signer, public_key, unlock)
    after = read_public(following, name, "--following") if following else SigningKey.generate(name)
    start(root, text, own, after, passphrase=passphrase, uri=signer or "")
    made = _summary(root, own.public, new=text is not None)
    print_json(made) if as_json else _show(made)


def _name_log(system: System, *, ask: bool) -> str:
    default = default_origin(system)
    return click.prompt("The log's name, for ever", default, value_proc=_origin) if ask else default


def default_origin(system: System) -> str:
    """Name the log after the organisation's site, or else its name, and the system: acme.example/helpdesk."""
    host = urlsplit(system.organisation.url or "").hostname
    return f"{host or _slug(system.organisation.name) or 'organisation'}/{_slug(system.system.name) or 'system'}"


def _check_keys(key: Path | None, signer: str | None, public: Path | None, following: Path | None) -> None:
    if bool(signer) != bool(public):
        raise click.UsageError(
            "--signer and --public-key go together: what signs is checked against what is published."
        )
    if signer and key:
        raise click.UsageError("Give --key or --signer: the key is in a file, or elsewhere.")
    if signer and not following:
        raise click.UsageError("--signer needs --following: the public half of another key that is kept elsewhere.")


def _load_key(name: str, key: Path | None, uri: str | None, public: Path | None, unlock: Passphrase) -> Signer:
    if uri and public:
        return load_signer(uri, read_public(public, name, "--public-key"), unlock)
    return SigningKey.load(key, name, unlock) if key else SigningKey.generate(name)


def begin(
    root: Path, key: Signer, following: SigningKey | PublicKey, *, passphrase: bytes | None = None, uri: str = ""
) -> Workspace:
    """Start a log under the key's name, whose first record commits to the key that may follow."""
    public = following if isinstance(following, PublicKey) else following.public
    refuse_same(key.public, public)
    records = [first_key(key.public, public, now())]
    return Workspace.create(root, key, key.name, following=following, records=records, passphrase=passphrase, uri=uri)


def start(
    root: Path,
    text: str | None,
    key: Signer,
    following: SigningKey | PublicKey,
    *,
    passphrase: bytes | None = None,
    uri: str = "",
) -> Workspace:
    """Write a new accord.toml where `text` is one, and begin the log: all of it or nothing."""
    try:
        with ExitStack() as undo:
            if not root.exists():
                root.mkdir()
                undo.callback(root.rmdir)
            if text is not None:
                _write(root / MANIFEST, text, undo)
            space = begin(root, key, following, passphrase=passphrase, uri=uri)
            undo.pop_all()
    except OSError as error:
        raise WorkspaceError(
            "The workspace cannot be made.",
            where=str(root),
            found=error.strerror or str(error),
            fix="choose a folder that you may write to",
        ) from error
    return space


def _write(path: Path, text: str, undo: ExitStack) -> None:
    with path.open("x", encoding="utf-8") as file:
        undo.callback(path.unlink)
        file.write(text)


def _slug(name: str) -> str:
    # Letters of every script stay: a signed note's name may have them.
    words = re.findall(r"\w+", unicodedata.normalize("NFKC", name).casefold())
    return "-".join(words)[:64].strip("-")


def _declare(root: Path, given: dict[str, Any], *, ask: bool) -> tuple[System, str | None]:
    """Return the system, and the text of a new manifest unless one is there."""
    path = root / MANIFEST
    if path.exists():
        flags = [_flag(name) for name, value in given.items() if value]
        if flags:
            raise click.UsageError(f"{MANIFEST} is there already and is used as it is: leave out {', '.join(flags)}.")
        return load_system(path), None
    text = write_manifest(_answers(root, _ask(given) if ask else _complete(given)))
    return parse_system(text, f"the new {MANIFEST}", root), text


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _place(given: dict[str, Any]) -> Place | None:
    """Return which of the three places of a model was given, or None; a usage error when it is more than one."""
    places = [place for place in _PLACES if given[f"model_{place}"]]
    if len(places) > 1:
        raise click.UsageError(f"Give one of {', '.join(_flag(f'model_{place}') for place in places)}.")
    return places[0] if places else None


def _complete(given: dict[str, Any]) -> dict[str, Any]:
    """Return the flags as they are, or a usage error that names all that are missing."""
    missing = [_flag(name) for name in _NEEDED if not given[name]]
    place = _place(given)
    if not place:
        missing.append(" or ".join(_flag(f"model_{place}") for place in _PLACES))
    if place == "endpoint" and not given["model_name"]:
        missing.append(_flag("model_name"))
    if missing:
        raise click.UsageError(f"Missing {', '.join(missing)}. On a terminal, accord init asks instead.")
    return given


def _ask(given: dict[str, Any]) -> dict[str, Any]:
    """Ask for what the flags do not say."""
    said = dict(given)
    for name in ("organisation", "system", "version"):
        said[name] = said[name] or _prompt(name, name.capitalize())
    said["url"] = said["url"] or _prompt("url", "The organisation's https:// site (empty for none)", "")
    said["description"] = said["description"] or _prompt("description", "What it is for", _description(said))
    said["role"] = said["role"] or (click.prompt("Your role", type=click.Choice(get_args(Role))),)
    said["stage"] = said["stage"] or click.prompt("Stage", "development", type=click.Choice(get_args(Stage)))
    if not _place(said):
        place: Place = click.prompt("The model is given by its", "weights", type=click.Choice(_PLACES))
        said[f"model_{place}"] = _prompt(place, f"Its {place}")
    said["model_name"] = said["model_name"] or _prompt("model", "Name of the model", _model_name(said))
    said["language"] = said["language"] or (_prompt("language", "Language it is offered in", "en"),)
    said["contact"] = said["contact"] or _prompt("contact", "Where flaws are reported (empty for none yet)", "")
    return said


def _prompt(question: str, text: str, default: str | None = None) -> Any:  # noqa: ANN401 - as click.prompt
    if question == "weights":
        return click.prompt(text, type=_FILE)
    return click.prompt(text, default, show_default=bool(default), value_proc=lambda answer: _checked(question, answer))


def _checked(question: str, answer: str) -> str:
    try:
        return check_answer(question, answer) if answer else ""
    except ManifestError as error:
        raise click.BadParameter(f"expected {error.expected}, found {error.found}") from error


def _description(said: dict[str, Any]) -> str:
    return f"{said['system']}, an AI system of {said['organisation']}"


def _model_name(said: dict[str, Any]) -> str | None:
    if said["model_weights"]:
        return str(said["model_weights"].stem)
    return said["model_inspect"].rpartition("/")[2] if said["model_inspect"] else None


def _answers(root: Path, said: dict[str, Any]) -> Answers:
    place = _place(said) or "weights"
    value = said[f"model_{place}"]
    return Answers(
        organisation=said["organisation"],
        url=said["url"] or "",
        roles=said["role"],
        system=said["system"],
        version=said["version"],
        description=said["description"] or _description(said),
        stage=said["stage"] or "development",
        languages=said["language"] or ("en",),
        place=place,
        value=_from(root, value) if place == "weights" else value,
        model=said["model_name"] or _model_name(said) or "",
        contact=said["contact"] or "",
    )


def _from(root: Path, path: Path) -> str:
    """Return how accord.toml in `root` names a file that the command line names from the current folder."""
    place = path.absolute()
    return str(place.relative_to(root) if place.is_relative_to(root) else place)


def _summary(root: Path, key: PublicKey, *, new: bool) -> dict[str, Any]:
    here = root == Path.cwd()
    keys = root / STATE / "keys"
    held = {name: str(keys / file) for name, file in _KEYS.items() if (keys / file).is_file()}
    return {
        "workspace": str(root),
        "manifest": str(root / MANIFEST),
        "manifest_is_new": new,
        "origin": key.name,
        "fingerprint": key.fingerprint,
        "verifier_key": key.vkey,
        **held,
        "next": "accord assess" if here else f"accord assess {shlex.quote(str(root))}",
    }


def _tell_keys(made: dict[str, Any]) -> Iterator[str]:
    if "key" in made:
        yield f"Key           {made['key']}: keep a copy in a safe place, and never publish it"
    if "next_key" in made:
        yield f"Next key      {made['next_key']}: move it to another place; a lost or stolen key is replaced with it"


def _show(made: dict[str, Any]) -> None:
    for line in (
        f"Manifest      {made['manifest']} ({'new' if made['manifest_is_new'] else 'as it was'})",
        f"Log           {made['origin']}, in {made['workspace']}/.accord/ledger",
        *_tell_keys(made),
        f"Fingerprint   {made['fingerprint']}",
        f"Verifier key  {made['verifier_key']}",
        "Give the verifier key to everyone who is to check your records.",
        f"Next: {made['next']}",
    ):
        say(line)
