"""A statement asked for question by question on a terminal, for whoever states a fact for the first time."""

import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, get_args

import click

from accord.cli.options import day, role, words
from accord.cli.output import say
from accord.cli.statement_making import Desk
from accord.codes import Code, load_code
from accord.errors import CodeError
from accord.evidence.statements import AHEAD, Covered
from accord.statements import ask_text

TOPICS: Mapping[str, str] = {
    "practice": "something that is done",
    "policy": "a policy, with its version, who approved it and when it is reviewed",
    "research": "research on risk, safety or trust",
    "funding": "money given, with the amount",
    "tool": "a tool that was released, with its address",
    "project": "work for the Sustainable Development Goals, with a figure of what came of it",
    "literacy": "digital literacy and training of the public, with a figure",
    "standard": "work on a standard, with the body and the document",
    "sharing": "information that is shared, with whom",
}
CLAIMS: Mapping[str, str] = {
    "current-practice": "it is done now",
    "completed-action": "it was done, and is over",
    "commitment": "it is promised, for a day",
    "plan": "it is planned",
    "conditional-plan": "it is planned, if something else comes true",
    "declared-authority": "somebody may do it; that it was done is not said",
    "external-finding": "somebody outside found it",
}
SECRECY: Mapping[str, str] = {
    "public": "everybody may read it",
    "withheld": "only whom it is disclosed to",
    "private": "nobody outside",
}
Text = Callable[[str], Any]


def require_terminal() -> None:
    """Raise a usage error where nobody can be asked."""
    if not sys.stdin.isatty():
        raise click.UsageError("There is no terminal to ask on: write a file and use accord declare add.")


def ask_statement(desk: Desk) -> dict[str, Any]:
    """Return the members of a statement, each asked for; what a topic does not have is not asked."""
    today, code = desk.records.at.date(), load_code(desk.system.edition)
    topic, claim = _choose("What is it about?", TOPICS, "practice"), _choose("What kind of claim?", CLAIMS)
    told: dict[str, Any] = {"topic": topic, "claim": claim, "clauses": _ask_clauses(code)}
    told["title"] = _ask("In a few words", words)
    told["text"] = _ask_text()
    told["since"] = _ask("The day from which it holds, or on which it was done", day, str(today))
    told["checked"] = _ask("The day on which somebody last looked whether it is so", day, str(today))
    told["owner"] = _ask("The role that answers for it, never a person", role)
    told |= _ask_claim(claim) | _ask_topic(topic, today)
    told["confidentiality"] = _choose("Who may read it?", SECRECY, "public")
    told |= {name: held for name, held in _ask_evidence() if held}
    return told


def _ask_text() -> str:
    text: str = _ask("The statement itself, in one or two sentences", words)
    while questions := list(ask_text(text)):
        for question in questions:
            say(f"  {question}", "yellow")
        again = _ask("Write it again, or press Enter to leave it so", words, text)
        if again == text:
            break
        text = again
    return text


def _ask_clauses(code: Code) -> list[str]:
    say("The clauses of the Code that it speaks to. Those of an action are listed when you give its number.")
    while True:
        given = [part for part in click.prompt("Clauses, such as 5.1 5.3").replace(",", " ").split() if part]
        for action in (action for action in code.actions if action.id in given):
            for one in (one for one in code.clauses if one.action == action.number):
                say(f"  {one.id}  {one.text}")
        clauses = [part for part in given if "." in part]
        try:
            for clause in clauses:
                code.clause(clause)
        except CodeError as error:
            say(f"  {error.problem} {error.found}", "yellow")
            continue
        if clauses:
            return list(dict.fromkeys(clauses))


def _ask_claim(claim: str) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if claim == "conditional-plan":
        told["condition"] = _ask("On what it depends", words)
    if claim == "commitment":
        told["due"] = _ask("The day by which it will be done", day)
    elif claim in AHEAD and (due := _ask("The day by which it will be done, or nothing", _optional(day), "")):
        told["due"] = due
    return told


def _ask_topic(topic: str, today: date) -> dict[str, Any]:
    asked: Mapping[str, Callable[[], dict[str, Any]]] = {
        "policy": lambda: {
            "version": _ask("Its version", words),
            "approver": _ask("The role that approved it", role),
            "review": _ask("The day by which it is reviewed", day, str(today.replace(year=today.year + 1, day=1))),
            **_listed("covers", f"What it covers, of {', '.join(get_args(Covered))}, or nothing"),
            **_given("disclosed", "Where it is published (https://), or nothing"),
        },
        "funding": lambda: {
            "amount": click.prompt("The amount", type=float),
            "currency": _ask("Its currency, such as EUR", words),
        },
        "tool": lambda: {"disclosed": _ask("Its address (https://)", words)},
        "project": lambda: {
            "goals": _ask("The goals by their numbers, such as 4 13", _goals),
            "outcome": _ask_outcome(),
        },
        "literacy": lambda: {"outcome": _ask_outcome()},
        "standard": lambda: {
            "body": _ask("The body, such as ISO/IEC JTC 1/SC 42", words),
            "deliverable": _ask("The document that is worked on", words),
        },
        "sharing": lambda: {"partners": [_ask("With whom", words)]},
    }
    return asked[topic]() if topic in asked else {}


def _ask_outcome() -> dict[str, Any]:
    return {
        "value": click.prompt("A figure of what came of it", type=float),
        "unit": _ask("What it counts", words),
        "method": _ask("How it was found", words),
    }


def _ask_evidence() -> Iterator[tuple[str, list[Any]]]:
    yield "documents", _several("A document that shows it, as a path in the workspace, or nothing", words)
    yield "links", _several("A public page that shows it (https://), or nothing", words)
    yield "records", _several("A record of the log that shows it, by its number, or nothing", _whole)


def _several(question: str, read: Text) -> list[Any]:
    held: list[Any] = []
    while (given := _ask(question, _optional(read), "")) != "":
        held.append(given)
    return held


def _listed(member: str, question: str) -> dict[str, list[str]]:
    given = _ask(question, _optional(words), "")
    return {member: given.replace(",", " ").split()} if given else {}


def _given(member: str, question: str) -> dict[str, str]:
    given = _ask(question, _optional(words), "")
    return {member: given} if given else {}


def _choose(question: str, choices: Mapping[str, str], default: str | None = None) -> str:
    say(question)
    names = list(choices)
    for number, (name, what) in enumerate(choices.items(), 1):
        say(f"  {number}  {name}: {what}")

    def pick(value: str) -> str:
        text = value.strip()
        if text in choices:
            return text
        if text.isascii() and text.isdigit() and 1 <= int(text[:4]) <= len(names):
            return names[int(text) - 1]
        raise click.BadParameter(f"expected a number from 1 to {len(names)}, or one of the words")

    chosen: str = _ask("Number", pick, default)
    return chosen


def _ask(question: str, read: Text, default: str | None = None) -> Any:  # noqa: ANN401 - whatever is read
    return click.prompt(question, default, value_proc=read, show_default=bool(default))


def _optional(read: Text) -> Text:
    return lambda value: read(value) if value.strip() else ""


def _whole(value: str) -> int:
    if not (value.strip().isascii() and value.strip().isdigit()):
        raise click.BadParameter("expected a number of the log, as in 12")
    return int(value)


def _goals(value: str) -> list[int]:
    parts = value.replace(",", " ").split()
    if not parts or not all(part.isascii() and part.isdigit() and 1 <= int(part[:4]) <= 17 for part in parts):  # noqa: PLR2004 - so many goals
        raise click.BadParameter("expected numbers from 1 to 17, as in 4 13")
    return [int(part) for part in parts]
