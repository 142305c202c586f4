"""`accord declare`: state facts about clauses of the Code, once, with their evidence, and take them back."""

import json
import os
import shlex
import subprocess
import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import click

from accord.cli.clock import now
from accord.cli.options import folder_argument, make, signing, words
from accord.cli.output import json_option, print_json, say
from accord.cli.statement_asking import ask_statement, require_terminal
from accord.cli.statement_files import read_files
from accord.cli.statement_links import try_links
from accord.cli.statement_making import Desk, append, content, record_told
from accord.cli.unlock import Passphrase
from accord.errors import RecordError
from accord.evidence import StatementRecord
from accord.statements import Statement, dead_links, gaps, overdue
from accord.workspace import Workspace

_ID = click.argument("statement_id", metavar="ID")
_CHECK = click.option("--check", "only_check", is_flag=True, help="Say what would be recorded, and record nothing.")
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
#version = "1.0" # of a policy, with approver = "Board", review = {today} and covers = ["personal-data", "prompts"]
#disclosed = "https://acme.example/policy" # where a policy or a tool is published
#amount = 250000.0 # of funding, with currency = "EUR"
#goals = [4] # of a project, with outcome = {{ value = 120, unit = "teachers trained", method = "register" }}
#body = "ISO/IEC JTC 1/SC 42" # of work on a standard, with deliverable = "ISO/IEC 42119-2"
#partners = ["AI Safety Institute"] # of sharing
"""


@click.group()
def declare() -> None:
    """State facts about clauses of the Code once: typed, dated, with their evidence, each in a signed record."""


@declare.command("add")
@click.argument("files", type=click.Path(path_type=Path, dir_okay=False, exists=True), nargs=-1, required=True)
@click.option(
    "--folder", type=click.Path(path_type=Path, file_okay=False, exists=True), default=".", help="The workspace."
)
@_CHECK
@json_option
def add(files: tuple[Path, ...], folder: Path, *, only_check: bool, as_json: bool) -> None:
    """Record the statements in FILES, TOML or YAML: a table for each, under its id. All of them, or none.

    What is as it was is left out, so that a file may be given again after a change. A vague text is questioned, and
    recorded all the same. Every mistake is named with its line.
    """
    record_told(Desk(Passphrase(None).open(folder)), read_files(files), dry=only_check, as_json=as_json)


@declare.command()
@_ID
@signing
@json_option
def new(statement_id: str, folder: Path, unlock: Passphrase, *, as_json: bool) -> None:
    """Ask on the terminal, one question after the other, for the statement ID, show it, and record it."""
    require_terminal()
    desk = Desk(unlock.open(folder))
    if statement_id in desk.held:
        raise click.UsageError(f"{statement_id} is stated already: accord declare edit {statement_id} replaces it.")
    text = _to_toml(statement_id, ask_statement(desk))
    say(f"\n{text}")
    if click.confirm("Change it in your editor first?", default=False):
        _edit(desk, text, as_json=as_json, unchanged="record")
    else:
        _record_text(desk, text, as_json=as_json)


@declare.command()
@_ID
@signing
@json_option
def edit(statement_id: str, folder: Path, unlock: Passphrase, *, as_json: bool) -> None:
    """Write the statement ID in your editor ($EDITOR), as it stands or from a template, and record it.

    What is wrong with it is said, and the editor opens again until it is right or you give up.
    """
    require_terminal()
    desk = Desk(unlock.open(folder))
    held = desk.held.get(statement_id)
    text = _as_toml(held) if held else _TEMPLATE.format(id=statement_id, today=now().date())
    _edit(desk, text, as_json=as_json, unchanged="stop")


@declare.command()
@_ID
@signing
@click.option("--reason", type=words, required=True, help="Why; it enters the log.")
@json_option
def withdraw(statement_id: str, folder: Path, unlock: Passphrase, reason: str, *, as_json: bool) -> None:
    """Take the statement ID back: it supports nothing from now on, and stays in the log."""
    desk = Desk(unlock.open(folder))
    if statement_id not in desk.held:
        known = ", ".join(sorted(desk.held)) or "none"
        raise RecordError("There is no such statement.", expected=f"one of: {known}", found=ascii(statement_id))
    index = append(desk, make(StatementRecord, made=now(), id=statement_id, event="withdraw", reason=reason))
    print_json({"record": index}) if as_json else say(f"Recorded as entry {index}: {statement_id} is withdrawn")


@declare.command("list")
@folder_argument
@click.option("--clause", help="Only what speaks to this clause.")
@click.option("--overdue", "only_late", is_flag=True, help="Only what is overdue: a look, a review, a promise.")
@json_option
def list_command(folder: Path, clause: str | None, *, only_late: bool, as_json: bool) -> None:
    """List what is stated in FOLDER, with what is missing of each statement and what a reader would ask."""
    desk = Desk(Workspace.open(folder.resolve()))
    today = desk.records.at.date()
    held = [s for s in desk.held.values() if clause is None or clause in (s.record.clauses or ())]
    held = [s for s in held if not only_late or any(overdue(s, today))]
    if as_json:
        print_json([_describe(desk, s, today) for s in held])
        return
    for statement in held:
        _show(desk, statement, today)
    say(f"{len(held)} statements.")


@declare.command()
@signing
@json_option
@click.pass_context
def links(ctx: click.Context, folder: Path, unlock: Passphrase, *, as_json: bool) -> None:
    """Try every link of the statements in FOLDER, and record which ones answer: the sites that they name are asked.

    Exit code 1 where one does not answer. Nothing else of Accord ever tries them.
    """
    tried = try_links(Desk(unlock.open(folder, ask=True)))
    dead = sum(1 for one in tried for link in one.links if link.problem)
    if as_json:
        print_json([one.to_json() for one in tried])
    else:
        for one in tried:
            for link in one.links:
                told = f"does not answer: {link.problem}" if link.problem else "answers"
                say(f"{one.statement}: {link.address}: {told}", "yellow" if link.problem else "")
        say(f"{sum(len(one.links) for one in tried)} links tried, {dead} do not answer.")
    ctx.exit(1 if dead else 0)


def _edit(desk: Desk, text: str, *, as_json: bool, unchanged: str) -> None:
    """Open the person's editor until what is written can be recorded, or they give up: then it is kept for them."""
    with tempfile.NamedTemporaryFile("w", suffix=".toml", delete=False, encoding="utf-8") as file:
        file.write(text)
    path = Path(file.name)
    editor = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    while True:
        subprocess.run([*editor, str(path)], check=True)  # noqa: S603 - the person's own editor
        if unchanged == "stop" and path.read_text(encoding="utf-8") == text:
            say("Nothing was changed, and nothing is recorded.")
            break
        try:
            record_told(desk, read_files([path]), dry=False, as_json=as_json)
            break
        except click.UsageError as error:
            say(error.message, "yellow")
            if not click.confirm("Open the editor again?", default=True, err=True):
                say(f"What you wrote is kept in {path}. Correct it, then run: accord declare add {path}", "yellow")
                raise
    path.unlink()


def _record_text(desk: Desk, text: str, *, as_json: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "statement.toml"
        path.write_text(text, encoding="utf-8")
        record_told(desk, read_files([path]), dry=False, as_json=as_json)


def _describe(desk: Desk, statement: Statement, today: date) -> dict[str, Any]:
    return {
        "record": statement.entry.ref.index,
        "statement": content(statement.record),
        "replaces": [e.ref.index for e in statement.history[:-1]],
        "overdue": list(overdue(statement, today)),
        "gaps": [*gaps(statement, today), *dead_links(statement, desk.records)],
        "questions": desk.questions(statement.record),
    }


def _show(desk: Desk, statement: Statement, today: date) -> None:
    record = statement.record
    clauses = ", ".join(record.clauses or ())
    say(f"{record.id}  {record.claim}  {clauses}  since {record.since}, checked {record.checked}, by {record.owner}")
    say(f"    {record.title or '(withheld)'}: {record.text or '(withheld)'}")
    for line in (*gaps(statement, today), *dead_links(statement, desk.records), *desk.questions(record)):
        say(f"    {line}", "yellow")


def _as_toml(statement: Statement) -> str:
    """Return a statement as a file to edit; its documents are named by their digests, its records by their index."""
    record = statement.record
    left_out = {"made", "chain", "expires", "job", "id", "event", "documents", "records"}
    members = record.model_dump(mode="python", exclude=left_out, exclude_none=True)
    if record.documents:
        members["documents"] = [f"sha256:{document.sha256}" for document in record.documents]
    if record.records:
        members["records"] = [ref.index for ref in record.records]
    return _to_toml(record.id, members)


def _to_toml(name: str, members: Mapping[str, Any]) -> str:
    lines = [f"{member} = {_toml(value)}" for member, value in members.items()]
    return "\n".join([f"[{_toml(name)}]", *lines]) + "\n"


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{k} = {_toml(v)}" for k, v in value.items()) + " }"
    if isinstance(value, tuple | list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    # A string of JSON is one of TOML, but for the one control character that JSON leaves as it is.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f") if isinstance(value, str) else str(value)
