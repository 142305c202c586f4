"""`accord form`: answer the forms that others ask for from the facts at hand."""

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import get_args

import click

from accord.checks import find
from accord.cli.clock import now
from accord.cli.options import folder_argument
from accord.cli.output import json_option, print_json, say
from accord.cli.reaching import reach
from accord.codes import Form, Question, Section, forms, load_form
from accord.errors import MissingExtraError, ReportError
from accord.evidence import Finding, Records, SystemRecord
from accord.ledger.files import replace_file
from accord.manifest import Role, System, load_system
from accord.reports.forms.answers import Answers, format_answers, parse_answers
from accord.reports.forms.checking import check as check_answers
from accord.reports.forms.comparing import compare_answers, unmapped
from accord.reports.forms.declared import read_facts
from accord.reports.forms.drafting import draft as draft_answers
from accord.reports.forms.importing import import_form
from accord.reports.forms.writing import WRITERS
from accord.workspace import Workspace

_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
_FORM = click.option(
    "--form", "name", default="haip-v1", show_default=True, help="Its id, or the file of an imported one."
)
_FIELDS = ("id", "text", "clauses", "roles", "words")


@click.group()
def form() -> None:
    """Answer the forms that others ask for: drafted from the log, checked, compared, written out. Nothing is sent."""


@form.command("list")
@json_option
def list_command(*, as_json: bool) -> None:
    """List the forms that come with Accord."""
    held = [load_form(name) for name in forms()]
    if as_json:
        print_json([{"id": f.id, "title": f.title, "questions": len(f.questions), "url": f.url} for f in held])
        return
    for one in held:
        say(f"{one.id}: {one.title}, {len(one.questions)} questions. {one.url}")


@form.command()
@folder_argument
@_FORM
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default="answers.toml",
    show_default=True,
    help="The file to write.",
)
@click.option(
    "--role", "roles", multiple=True, type=click.Choice(get_args(Role)), help="Answer in this role; may be repeated."
)
@json_option
def draft(folder: Path, name: str, out: Path, roles: tuple[str, ...], *, as_json: bool) -> None:
    """Draft the answers to a form from what FOLDER's log shows, each sentence with its source.

    What nothing bears out stays unanswered, and with --role what the form asks of other roles alone. An existing file
    is never written over: what somebody wrote is in it.
    """
    _refuse_existing(out)
    chosen = _load(name)
    findings, records, system = _facts(folder)
    answers = _draft(chosen, findings, records, system, roles)
    replace_file(out, format_answers(answers, chosen).encode())
    asked = [q.id for q in chosen.questions if not answers.leaves_out(q)]
    others = [q.id for q in chosen.questions if answers.leaves_out(q)]
    open_ = [name for name in asked if not answers.of(name).sentences]
    if as_json:
        print_json({"file": str(out), "questions": len(asked), "unanswered": open_, "asked_of_others": others})
        return
    say(f"Wrote {out}: {len(asked) - len(open_)} of {len(asked)} questions have a draft.")
    say(f"Unanswered: {', '.join(open_)}" if open_ else "None is unanswered.")
    if others:
        say(f"Asked of other roles alone: {', '.join(others)}")


@form.command()
@click.argument("answers_file", metavar="ANSWERS", type=_FILE)
@folder_argument
@_FORM
@click.option(
    "--words",
    type=click.IntRange(0),
    default=0,
    help="The most words of an answer where the form says none; 0 for no limit.",
)
@click.option("--links", is_flag=True, help="Try every link: the sites that they name are asked.")
@json_option
@click.pass_context
def check(
    ctx: click.Context, answers_file: Path, folder: Path, name: str, words: int, *, links: bool, as_json: bool
) -> None:
    """Say what to look at before ANSWERS are published: unanswered questions, claims beyond the evidence in FOLDER.

    Also sentences that no longer say what their sources say, secrets and personal data, invisible characters, length,
    and dead links. Exit code 1 where there is anything.
    """
    chosen, answers = _load(name), _read(answers_file)
    findings, records, system = _facts(folder)
    finders, missing = _finders()
    found = check_answers(
        answers,
        chosen,
        findings,
        drafted=_draft(chosen, findings, records, system, answers.roles),
        most_words=words,
        finders=finders,
        reach=reach if links else None,
    )
    if as_json:
        print_json({"remarks": [vars(remark) for remark in found], "not_looked_for": list(missing)})
    else:
        for remark in found:
            say(f"{remark.question}: {remark.kind}: {remark.text}", "yellow")
        for what in missing:
            say(f"Not looked for: {what}", "yellow")
        say(f"{len(found)} remarks." if found else "Nothing stands out.")
    ctx.exit(1 if found else 0)


@form.command()
@click.argument("answers_file", metavar="ANSWERS", type=_FILE)
@_FORM
@click.option(
    "--format", "ending", type=click.Choice(list(WRITERS)), default="md", show_default=True, help="The kind of file."
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Where to; else beside ANSWERS.")
@json_option
def export(answers_file: Path, name: str, ending: str, out: Path | None, *, as_json: bool) -> None:
    """Write ANSWERS as a file to paste or upload."""
    chosen, answers = _load(name), _read(answers_file)
    target = out or answers_file.with_suffix(f".{ending}")
    replace_file(target, WRITERS[ending](answers, chosen))
    print_json({"file": str(target)}) if as_json else say(f"Wrote {target}")


@form.command()
@click.argument("old_file", metavar="OLD", type=_FILE)
@click.argument("new_file", metavar="NEW", type=_FILE)
@click.option("--old-form", default="haip-v1", show_default=True, help="The form of OLD.")
@click.option("--new-form", default="haip-v1", show_default=True, help="The form of NEW.")
@json_option
def diff(old_file: Path, new_file: Path, old_form: str, new_form: str, *, as_json: bool) -> None:
    """Show what changed from the answers OLD to NEW: by question, or by clause where their forms are not the same."""
    old, new = _load(old_form), _load(new_form)
    changes = compare_answers((_read(old_file), old), (_read(new_file), new))
    left_out = [] if old.id == new.id else [*unmapped(old), *unmapped(new)]
    if as_json:
        print_json({"changes": [vars(change) for change in changes], "not_compared": left_out})
        return
    for change in changes:
        say(change.place)
        for text in change.gone:
            say(f"  - {text}", "red")
        for text in change.new:
            say(f"  + {text}", "green")
    say(f"{len(changes)} places differ.")
    if left_out:
        say(f"Not compared, because nobody said which clauses they are about: {', '.join(left_out)}", "yellow")


@form.command("import")
@click.argument("document", type=_FILE)
@click.option("--sha256", default="", help="What its digest has to be, where it was pinned.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default="form.json",
    show_default=True,
    help="The file to write.",
)
@json_option
def import_command(document: Path, sha256: str, out: Path, *, as_json: bool) -> None:
    """Read the form in DOCUMENT, a DOCX file as its publisher offers it, such as the OECD's form 2.0.

    Its address: https://oecd.ai/assets/files/haip-reporting-framework-v2.docx. The questions keep their numbers and the
    roles that they are recommended for; add to each in the file that is written the clauses that it is about.
    """
    made = import_form(document.read_bytes(), str(document), sha256=sha256)
    _refuse_existing(out)
    replace_file(out, json.dumps(_as_json(made), indent=1, ensure_ascii=False).encode())
    if as_json:
        print_json({"file": str(out), "sha256": made.sha256, "questions": len(made.questions)})
        return
    say(f"Wrote {out}: {len(made.sections)} sections, {len(made.questions)} questions. SHA-256: {made.sha256}")


def _facts(folder: Path) -> tuple[Sequence[Finding], Records, System]:
    workspace = Workspace.open(folder.resolve())
    system = load_system(workspace.manifest).declared()
    records = workspace.records(now())  # what is withheld is withheld here too
    return find(system, records), records, system


def _draft(
    chosen: Form, findings: Sequence[Finding], records: Records, system: System, roles: Sequence[str]
) -> Answers:
    declared = records.latest(SystemRecord)
    facts = read_facts(system, declared.record.model, declared.ref.index) if declared else {}
    return draft_answers(chosen, system.system.name, findings, records, facts, roles)


def _load(name: str) -> Form:
    return _from_json(Path(name)) if name.endswith(".json") else load_form(name)


def _as_json(made: Form) -> dict[str, object]:
    sections = [
        {
            "number": s.number,
            "title": s.title,
            "questions": [{field: getattr(q, field) for field in _FIELDS} for q in s.questions],
        }
        for s in made.sections
    ]
    return {"id": made.id, "title": made.title, "url": made.url, "sha256": made.sha256, "sections": sections}


def _from_json(path: Path) -> Form:
    try:
        held = json.loads(path.read_bytes())
        sections = tuple(
            Section(
                int(s["number"]),
                str(s["title"]),
                tuple(
                    Question(
                        str(q["id"]),
                        str(q["text"]),
                        _texts(q["clauses"]),
                        _texts(q["roles"]),
                        words=int(q.get("words", 0)),
                    )
                    for q in s["questions"]
                ),
            )
            for s in held["sections"]
        )
        return Form(str(held["id"]), str(held["title"]), str(held["url"]), sections, str(held["sha256"]))
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ReportError(
            "This is no imported form.", where=str(path), fix="make it with: accord form import"
        ) from error


def _texts(value: Iterable[object]) -> tuple[str, ...]:
    return tuple(str(part) for part in value)


def _read(path: Path) -> Answers:
    return parse_answers(path.read_bytes(), str(path))


def _finders() -> tuple[Sequence[Callable[[str], Iterable[str]]], Sequence[str]]:
    """Return what looks for personal data and secrets, where the scan is installed; else what is not looked for."""
    try:
        import pyarrow as pa  # noqa: PLC0415 - of an extra

        from accord.scan.detectors import load_detectors  # noqa: PLC0415 - as above
        from accord.scan.rows import TEXTS  # noqa: PLC0415 - as above

        detectors = load_detectors(["personal-data", "secrets"])
    except (ImportError, MissingExtraError):
        return (), ["personal data and secrets: pip install 'accord[scan]'"]

    def look(text: str) -> Iterable[str]:
        row = {"source": "answer", "row": 0, "part": 0, "text": text}
        batch = pa.RecordBatch.from_pylist([row], schema=TEXTS)
        return [d.labels[label] for d in detectors for label in d.detect(batch).column("label").to_pylist()]

    return (look,), ()


def _refuse_existing(out: Path) -> None:
    if out.exists():
        raise ReportError("This file is there already.", where=str(out), fix="give another --out, or move it away")
