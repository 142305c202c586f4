"""`accord evaluate import`, `sign-result` and `file`: results that others found, and who vouches for them."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar, get_args

import click

from accord.cli.clock import now
from accord.cli.options import folder_argument, require_declaration, words
from accord.cli.output import json_option, print_json, say
from accord.cli.unlock import Passphrase, passphrase_option, read_public
from accord.errors import VerificationError, WorkspaceError
from accord.evals.imports import FORMATS, Result, digest_file, read_result
from accord.evals.imports.records import Filing, make_record, make_statement
from accord.evidence import ArtifactRef, ImportedMetric, ImportRecord, ModelRef, Origin, Records, sign_record
from accord.ledger import MAX_ENTRY, PublicKey, SigningKey
from accord.ledger.keys import check_name
from accord.manifest import Family, load_system
from accord.workspace import Workspace
from accord.workspace.filing import file_record

_F = TypeVar("_F", bound=Callable[..., Any])
_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
_STATEMENT = "statement"
_KINDS = get_args(ModelRef.model_fields["kind"].annotation)


def _name(value: str) -> str:
    try:
        return check_name(value)
    except VerificationError as error:
        raise click.BadParameter(f"expected {error.expected}, found {error.found}") from error


def _told(function: _F) -> _F:
    """Add to a command what whoever files a result says of it."""
    families = click.Choice(get_args(Family))
    options = (
        click.option(
            "--format", "form", type=click.Choice([*FORMATS, _STATEMENT]), required=True,
            help="What wrote the file; statement: a party's own words, kept outside.",
        ),
        click.option("--title", type=words, required=True, help="What was tested."),
        click.option("--family", "families", type=families, multiple=True, help="A family of risk that it touches."),
        click.option("--party", type=words, help="Who makes the statement."),
        click.option("--tested", type=click.DateTime(["%Y-%m-%d"]), help="The day of the test, for a statement."),
        click.option("--scope", type=words, help="What was covered, and what was not."),
        click.option("--access", type=words, help="What access the tester had to the model and its documentation."),
        click.option("--limits", type=words, help="What of it may not be published, and who decided so."),
    )  # fmt: skip
    for option in reversed(options):
        function = option(function)
    return function


@click.command("import")
@click.argument("path", type=_FILE)
@folder_argument
@_told
@click.option("--keep", is_flag=True, help="Keep the file beside the log; without it, its digest alone is recorded.")
@passphrase_option
@json_option
def import_result(
    path: Path,
    folder: Path,
    party: str | None,
    tested: datetime | None,
    unlock: Passphrase,
    *,
    keep: bool,
    as_json: bool,
    **said: Any,  # noqa: ANN401 - click's own
) -> None:
    """Record in FOLDER a result that another program found, from its file at PATH.

    It is named as its source's, is about the model of the newest declaration, and counts as declared: nobody but the
    source has measured it.
    """
    workspace = unlock.open(folder)
    records = workspace.records(now(), opened=True)
    model = require_declaration(workspace, records).model
    sha256 = digest_file(path)
    result = _read(path, said["form"], party, tested)
    record = make_record(result, _file_as(said), model, sha256, now())
    _refuse_again(record, records)
    if keep:
        record = record.model_copy(update={"file": _keep(workspace, path, sha256)})
    (index,) = workspace.append([record], load_system(workspace.manifest).withhold)
    _tell(record, result, {"record": index}, as_json=as_json)


def _file_as(said: dict[str, Any]) -> Filing:
    return Filing(**{name: value for name, value in said.items() if value is not None})


def _read(path: Path, form: str, party: str | None, tested: datetime | None) -> Result:
    if form == _STATEMENT:
        if party is None:
            raise click.UsageError("--format statement needs --party: who makes the statement.")
        # A day has no zone: its beginning in UTC.
        return make_statement(party, tested and tested.replace(tzinfo=now().tzinfo))
    if party or tested:
        raise click.UsageError("--party and --tested are for --format statement: the file itself says both.")
    return read_result(path, next(known for known in FORMATS if known == form))


def _refuse_again(record: ImportRecord, records: Records) -> None:
    for entry in records.current(ImportRecord):
        if entry.origin == Origin.SELF and entry.record.job == record.job:
            raise WorkspaceError("This result was recorded already.", where=f"log entry {entry.ref.index}")


def _keep(workspace: Workspace, path: Path, sha256: str) -> ArtifactRef:
    kept = workspace.keep_file(path, "application/octet-stream")
    if kept.sha256 != sha256:
        raise VerificationError(
            "The file changed while it was read.", where=str(path), expected=sha256, found=kept.sha256
        )
    return kept


def _tell(record: ImportRecord, result: Result, more: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json({**more, "left_out": list(result.left_out), **record.model_dump(mode="json", exclude_none=True)})
        return
    say(f"{record.source.name} {record.source.version} on {record.claimed}: {record.title}")
    for metric in record.metrics:
        say(f"  {metric.id}  {_figure(metric)}")
    if result.left_out:
        say(f"Without a figure in the source: {', '.join(result.left_out)}", "yellow")
    if "record" in more:
        say(f"It is record {more['record']} of the log, as declared. Next: accord assess")


def _figure(metric: ImportedMetric) -> str:
    parts = [f"{metric.value:g}"]
    if metric.low is not None and metric.high is not None:
        parts.append(f"({metric.low:g} to {metric.high:g}; {metric.method})")
    return " ".join([*parts, *([f"n = {metric.n}"] if metric.n is not None else [])])


@click.command("sign-result")
@click.argument("path", type=_FILE)
@_told
@click.option(
    "--model-sha256", required=True, metavar="SHA256", help="The model's digest, as the organisation declares it."
)
@click.option("--model-name", type=words, required=True, help="The name under which it was tested.")
@click.option(
    "--model-kind", type=click.Choice(_KINDS), default="weights", show_default=True, help="How it was reached."
)
@click.option("--key-file", type=_FILE, required=True, help="Your own Ed25519 key (PEM).")
@click.option("--name", type=_name, required=True, help="The name you sign under, such as lab.example/evaluations.")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The envelope to hand over."
)
@passphrase_option
@json_option
def sign_result(
    path: Path,
    model_sha256: str,
    model_name: str,
    model_kind: str,
    key_file: Path,
    name: str,
    out: Path,
    party: str | None,
    tested: datetime | None,
    unlock: Passphrase,
    *,
    as_json: bool,
    **said: Any,  # noqa: ANN401 - click's own
) -> None:
    """Sign, as an independent evaluator, a result from its file at PATH: an envelope that the organisation files.

    You need no workspace, and the organisation never sees your key. Say what you covered, and what access you had.
    """
    if not said["scope"] or not said["access"]:
        raise click.UsageError("Say what was covered and what access you had: --scope, --access.")
    key = SigningKey.load(key_file, name, unlock)
    model = ModelRef.model_validate(
        {"kind": model_kind, "name": model_name, "locator": model_name, "sha256": _digest(model_sha256)}
    )
    result = _read(path, said["form"], party or (name if said["form"] == _STATEMENT else None), tested)
    record = make_record(result, _file_as(said), model, digest_file(path), now())
    _write(out, sign_record(record, key))
    told = {"envelope": str(out), "verifier_key": key.public.vkey}
    _tell(record, result, told, as_json=as_json)
    if not as_json:
        say(f"Wrote {out}, signed by {key.public.fingerprint}")
        say(f"Verifier key  {key.public.vkey}")
        say("Publish the verifier key where readers find it; the organisation files the envelope: accord evaluate file")


def _digest(value: str) -> str:
    if len(value) != 64 or set(value) - set("0123456789abcdef"):  # noqa: PLR2004 - of a SHA-256 in hex
        raise click.BadParameter("expected 64 lower-case hex digits", param_hint="--model-sha256")
    return value


def _write(path: Path, data: bytes) -> None:
    try:
        with path.open("xb") as file:
            file.write(data)
    except FileExistsError as error:
        raise WorkspaceError(
            "There is a file already, and it is not overwritten.", where=str(path), fix="choose another --out"
        ) from error


@click.command("file")
@click.argument("envelope", type=_FILE)
@folder_argument
@click.option(
    "--evaluator", required=True, metavar="KEY", help="The evaluator's verifier key, or a file that holds it."
)
@passphrase_option
@json_option
def file_result(envelope: Path, folder: Path, evaluator: str, unlock: Passphrase, *, as_json: bool) -> None:
    """File in FOLDER the ENVELOPE of an independent evaluator, byte for byte as they signed it (clause 1.1).

    Have the evaluator's key from the evaluator: its record counts as independent because you say whose key it is, and
    readers believe that only where they know the key themselves.
    """
    key = _parse_key(evaluator)
    with envelope.open("rb") as file:
        data = file.read(MAX_ENTRY + 1)
    if len(data) > MAX_ENTRY:
        raise WorkspaceError("This is too large for a record.", where=str(envelope), expected=f"{MAX_ENTRY} bytes")
    workspace = unlock.open(folder)
    entry = file_record(workspace, data, key, now())
    told = {"record": entry.ref.index, "kind": entry.record.kind, "origin": entry.origin.value, "evaluator": key.vkey}
    if as_json:
        print_json(told)
        return
    say("Filed as record {record} ({kind}, {origin}), signed by {evaluator}".format(**told))
    say("Next: accord assess, accord report. Readers check it with: accord verify --evaluator KEY")


def _parse_key(text: str) -> PublicKey:
    path = Path(text)
    if path.is_file():
        return read_public(path, "", "--evaluator")
    try:
        return PublicKey.parse(text)
    except VerificationError as error:
        raise click.BadParameter(str(error), param_hint="--evaluator") from error
