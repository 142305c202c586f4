"""What to look at before answers are published: nothing here is a judgement, and nothing is changed."""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from accord.codes import Form
from accord.evidence import Finding, Status, names_person
from accord.reports.forms.answers import Answer, Answers, unknown
from accord.reports.text import visible

_LINK = re.compile(r"https?://[^\s<>\"'\uff09)\]]+")
_SHOWN = 80
Find = Callable[[str], Iterable[str]]
"""What finds things in a text, such as secrets or personal data, and names them without repeating them."""
Reach = Callable[[str], str]
"""What tries a link, and says what is wrong with it, or nothing."""


@dataclass(frozen=True)
class Remark:
    """Something that whoever publishes should look at."""

    question: str
    kind: str
    text: str


def check(
    answers: Answers,
    form: Form,
    findings: Sequence[Finding],
    *,
    drafted: Answers | None = None,
    most_words: int = 0,
    finders: Sequence[Find] = (),
    reach: Reach | None = None,
) -> tuple[Remark, ...]:
    """Return what stands out in answers: unanswered questions, claims beyond the evidence, words, secrets, links.

    `drafted` is what the log bears out today: a sentence that names sources has to stand there, or somebody changed it
    or what it rests on. `most_words` is the limit of an answer where the form says none, 0 for none. Links are tried
    only where `reach` is given: it asks a network.
    """
    by_clause = {clause: finding for finding in findings for clause in finding.clauses}
    remarks = [Remark(name, "unknown", "the form asks no such question") for name in unknown(answers, form)]
    for question in form.questions:
        answer = answers.of(question.id)
        states = {by_clause[clause].status for clause in question.clauses if clause in by_clause}
        if not answer.sentences and answers.leaves_out(question):
            continue
        remarks += _whole(answer, question.words or most_words)
        remarks += _borne_out(answer, drafted.of(question.id)) if drafted else ()
        remarks += _claims(answer, states)
        remarks += [Remark(answer.question, "private", f"it may hold {what}") for what in _private(answer, finders)]
        if reach:
            remarks += _links(answer, reach)
    return tuple(remarks)


def _whole(answer: Answer, most_words: int) -> Iterator[Remark]:
    if not answer.sentences:
        yield Remark(answer.question, "unanswered", "every question has to be answered, also with what is not done")
    if most_words and answer.words > most_words:
        yield Remark(answer.question, "length", f"it has {answer.words} words, of at most {most_words}")
    if answer.text != visible(answer.text):
        yield Remark(answer.question, "invisible", "it has characters that nobody sees, or that reorder what is read")


def _claims(answer: Answer, states: set[Status]) -> Iterator[Remark]:
    strong = dict.fromkeys(match[0] for match in _strong().finditer(answer.text.lower()))
    for word in strong:
        yield Remark(answer.question, "claim", f"“{word}” says more than the Code or any evidence can")
    own = [sentence for sentence in answer.sentences if not sentence.sources]
    if own and Status.CONTRADICTED in states:
        yield Remark(answer.question, "claim", "the evidence contradicts a practice that it is about")
    elif own and states <= {Status.NO_EVIDENCE}:
        yield Remark(answer.question, "claim", "nothing in the log supports it")


def _borne_out(answer: Answer, drafted: Answer) -> Iterator[Remark]:
    """Yield each sentence that names sources and is not what they say today."""
    held = {(sentence.text, frozenset(sentence.sources)) for sentence in drafted.sentences}
    for sentence in answer.sentences:
        if sentence.sources and (sentence.text, frozenset(sentence.sources)) not in held:
            said = f"“{sentence.text[:_SHOWN]}” is not what {sentence.sources[0]} says today"
            yield Remark(answer.question, "source", f"{said}: draft it again, or take its sources away")


def _private(answer: Answer, finders: Sequence[Find]) -> Iterator[str]:
    found = ["a person's address"] if names_person(answer.text) else []
    yield from dict.fromkeys([*found, *(what for find in finders for what in find(answer.text))])


def _links(answer: Answer, reach: Reach) -> Iterator[Remark]:
    for link in dict.fromkeys(match[0].rstrip(".,;:") for match in _LINK.finditer(answer.text)):
        if problem := reach(link):
            yield Remark(answer.question, "link", f"{link}: {problem}")


@cache
def _strong() -> re.Pattern[str]:
    words: Mapping[str, list[str]] = tomllib.loads(files(__package__).joinpath("strong.toml").read_text("utf-8"))
    listed = sorted((word for held in words.values() for word in held), key=len, reverse=True)
    written = [re.escape(w) for w in listed if re.search(r"[\u3040-\u9fff]", w)]
    spoken = "|".join(re.escape(w) for w in listed if not re.search(r"[\u3040-\u9fff]", w))
    return re.compile("|".join([rf"(?<!\w)(?:{spoken})(?!\w)", *written]))
