"""`accord declare`: state facts about clauses of the Code, once, with their evidence, and take them back."""

import json
import os
import shlex
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import click

from accord.cli.clock import now
from accord.cli.options import find_refs, folder_argument, make, signing, words
from accord.cli.output import json_option, print_json, say
from accord.cli.unlock import Passphrase
from accord.codes import load_code
from accord.errors import RecordError
from accord.evidence import Records, StatementRecord
from accord.manifest import load_system
from accord.statements import Statement, ask, gaps, stated
from accord.workspace import Workspace

_ID = click.argument("statement_id", metavar="ID")
_SAID = ("title", "text", "condition", "outcome")
_WITHHELD = ("title", "text", "documents", "links")
"""What enters the log as commitments where the public may not read a statement."""
_TEMPLATE = """\
# A statement of fact. Lines that begin with # are left out. What is public enters the log, which cannot forget:
# name roles and organisations, never people.
[{id}]
topic = "practice" # practice, policy, research, funding, tool, project, literacy, standard or sharing
claim = "current-practice" # completed-action, commitment, plan, conditional-plan, declared-authority, external-finding
clauses = ["5.1"]
title = ""
text = ""
since = {today} # the day from which it holds
checked = {today} # the day on which somebody last looked
owner = "" # a role
confidentiality = "public" # or withheld, private
#documents = ["docs/policy.pdf"]
#links = ["https://acme.example/policy"]
#records = [12]
#due = {today} # of a commitment or plan
#condition = "" # of a conditional plan
#version = "1.0" # of a policy, with approver = "Board" and review = {today}
#goals = [4] # of a project, with outcome = {{ value = 120, unit = "teachers trained", method = "register" }}
"""


@click.group()
def declare() -> None:
    """State facts about clauses of the Code once: typed, dated, with their evidence, each in a signed record."""


@declare.command("add")
@click.argument("files", type=click.Path(path_type=Path, dir_okay=False, exists=True), nargs=-1, required=True)
@click.option(
    "--folder", type=click.Path(path_type=Path, file_okay=False, exists=True), default=".", help="The workspace."
)
@click.option("--check", "only_check", is_flag=True, help="Say what would be recorded and asked, and record nothing.")
@json_option
def add(files: tuple[Path, ...], folder: Path, *, only_check: bool, as_json: bool) -> None:
    """Record the statements in FILES, TOML or YAML: a table for each, under its id. All of them, or none.

    What is as it was is left out, so that a file may be given again after a change. A vague text is questioned, and
    recorded all the same.
    """
    told: dict[str, Mapping[str, Any]] = {}
    for file in files:
        for name, members in _read(file).items():
            if name in told:
                raise click.UsageError(f"The statement {name} stands in two files.")
            told[name] = members
    _record(Passphrase(None), folder, told, dry=only_check, as_json=as_json)


@declare.command()
@_ID
@signing
@json_option
def edit(statement_id: str, folder: Path, unlock: Passphrase, *, as_json: bool) -> None:
    """Write the statement ID in your editor ($EDITOR), as it stands or from a template, and record it."""
    if not sys.stdin.isatty():
        raise click.UsageError("There is no terminal to edit on: write a file and use accord declare add.")
    workspace = unlock.open(folder)
    held = {s.record.id: s for s in stated(workspace.records(now(), opened=True))}
    text = _as_toml(held[statement_id]) if statement_id in held else _template(statement_id)
    with tempfile.NamedTemporaryFile("w", suffix=".toml", delete=False, encoding="utf-8") as file:
        file.write(text)
    path = Path(file.name)
    editor = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    subprocess.run([*editor, str(path)], check=True)  # noqa: S603 - the person's own editor
    if path.read_text(encoding="utf-8") == text:
        say("Nothing was changed, and nothing is recorded.")
    else:
        try:
            _record(unlock, folder, _read(path), dry=False, as_json=as_json)
        except Exception:
            say(f"What you wrote is kept in {path}. Correct it, then run: accord declare add {path}", "yellow")
            raise
    path.unlink()


@declare.command()
@_ID
@signing
@click.option("--reason", type=words, required=True, help="Why; it enters the log.")
@json_option
def withdraw(statement_id: str, folder: Path, unlock: Passphrase, reason: str, *, as_json: bool) -> None:
    """Take the statement ID back: it supports nothing from now on, and stays in the log."""
    workspace = unlock.open(folder)
    held = {s.record.id for s in stated(workspace.records(now(), opened=True))}
    if statement_id not in held:
        known = ", ".join(sorted(held)) or "none"
        raise RecordError("There is no such statement.", expected=f"one of: {known}", found=ascii(statement_id))
    record = make(StatementRecord, made=now(), id=statement_id, event="withdraw", reason=reason)
    index = workspace.append([record])[0]
    print_json({"record": index}) if as_json else say(f"Recorded as entry {index}: {statement_id} is withdrawn")


@declare.command("list")
@folder_argument
@click.option("--clause", help="Only what speaks to this clause.")
@json_option
def list_command(folder: Path, clause: str | None, *, as_json: bool) -> None:
    """List what is stated in FOLDER, with what is missing of each statement and what a reader would ask."""
    records = Workspace.open(folder.resolve()).records(now(), opened=True)
    held = [s for s in stated(records) if clause is None or clause in (s.record.clauses or ())]
    if as_json:
        print_json([_describe(s, records.at.date()) for s in held])
        return
    for statement in held:
        _show(statement, records.at.date())
    say(f"{len(held)} statements.")


def _read(path: Path) -> dict[str, Mapping[str, Any]]:
    """Return the tables of a TOML or YAML file; a usage error where it is not made of them."""
    try:
        data = path.read_text(encoding="utf-8")
        held = _yaml(data) if path.suffix in {".yaml", ".yml"} else tomllib.loads(data)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, ValueError) as error:
        raise click.UsageError(f"{path} cannot be read: {error}") from error
    if not isinstance(held, dict) or not held or not all(isinstance(v, dict) for v in held.values()):
        raise click.UsageError(f"{path}: expected a table for each statement, under its id")
    return {str(name): members for name, members in held.items()}


def _yaml(text: str) -> object:
    try:
        import yaml  # noqa: PLC0415 - of an extra; TOML needs none
    except ImportError as error:
        raise click.UsageError("Reading YAML needs PyYAML: pip install 'accord[scan]', or write TOML.") from error
    try:
        # Anchors make a small file huge, and no statement needs one.
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text)):
            raise ValueError("aliases are not read")
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error


def _record(
    unlock: Passphrase, folder: Path, told: Mapping[str, Mapping[str, Any]], *, dry: bool, as_json: bool
) -> None:
    workspace = unlock.open(folder)
    system = load_system(workspace.manifest)
    records = workspace.records(now(), opened=True)
    made = [_make(workspace, records, name, members) for name, members in told.items()]
    code = load_code(system.edition)
    for record in made:
        for clause in record.clauses or ():
            code.item(clause)
    held = {s.record.id: s.record for s in stated(records)}
    new = [r for r in made if r.id not in held or _content(r) != _content(held[r.id])]
    questions = {r.id: list(ask(r.text or "")) for r in new}
    indices = [] if dry else [_append(workspace, record, system.withhold) for record in new]
    if as_json:
        print_json({"recorded": indices, "statements": [r.id for r in new], "questions": questions})
        return
    for record in new:
        for line in questions[record.id]:
            say(f"{record.id}: {line}", "yellow")
    done = "would be recorded" if dry else "recorded"
    say(f"{len(new)} statements {done}, {len(made) - len(new)} as they were.")


def _append(workspace: Workspace, record: StatementRecord, withhold: Iterable[str]) -> int:
    hidden = () if record.confidentiality == "public" else _WITHHELD
    return workspace.append([record], {*withhold, *hidden})[0]


def _make(workspace: Workspace, records: Records, name: str, members: Mapping[str, Any]) -> StatementRecord:
    told = dict(members)
    paths = [workspace.root / str(path) for path in told.pop("documents", ())]
    if missing := [path for path in paths if not path.is_file()]:
        raise click.UsageError(f"{name}: there is no document {missing[0]}")
    indices = told.pop("records", ())
    if not all(isinstance(index, int) for index in indices):
        raise click.UsageError(f"{name}: records are named by their index in the log")
    for member in ("clauses", "links", "partners", "goals"):
        if member in told:
            told[member] = tuple(told[member])
    record = make(
        StatementRecord,
        made=records.at,
        id=name,
        event="state",
        records=find_refs(records, indices),
        documents=tuple(workspace.keep_file(path, "application/octet-stream") for path in paths),
        **told,
    )
    for member in _SAID:
        if isinstance(value := getattr(record, member), str):
            words(value)
    return record


def _content(record: StatementRecord) -> dict[str, Any]:
    return record.model_dump(mode="json", exclude={"made", "chain"}, exclude_none=True)


def _describe(statement: Statement, today: date) -> dict[str, Any]:
    return {
        "record": statement.entry.ref.index,
        "statement": _content(statement.record),
        "replaces": [e.ref.index for e in statement.history[:-1]],
        "gaps": list(gaps(statement, today)),
        "questions": list(ask(statement.record.text or "")),
    }


def _show(statement: Statement, today: date) -> None:
    record = statement.record
    clauses = ", ".join(record.clauses or ())
    say(f"{record.id}  {record.claim}  {clauses}  since {record.since}, checked {record.checked}, by {record.owner}")
    say(f"    {record.title or '(withheld)'}: {record.text or '(withheld)'}")
    for line in (*gaps(statement, today), *ask(record.text or "")):
        say(f"    {line}", "yellow")


def _template(name: str) -> str:
    return _TEMPLATE.format(id=name, today=now().date())


def _as_toml(statement: Statement) -> str:
    """Return a statement as a file to edit; documents and records stay as they are named there by digest and index."""
    record = statement.record
    left_out = {"made", "chain", "expires", "job", "id", "event", "documents", "records"}
    lines = [f"[{record.id}]"]
    for name, value in record.model_dump(mode="python", exclude=left_out, exclude_none=True).items():
        lines.append(f"{name} = {_toml(value)}")
    if record.records:
        lines.append(f"records = {[ref.index for ref in record.records]}")
    if record.documents:
        lines.append("# name its documents again: documents = [...]")
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{k} = {_toml(v)}" for k, v in value.items()) + " }"
    if isinstance(value, tuple | list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)
