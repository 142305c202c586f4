"""Answers to a form, as a person edits them: a TOML file with each sentence and what it rests on."""

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from accord.codes import Form, Question
from accord.errors import ReportError

LARGEST = 4 << 20
_LONGEST = 200_000


@dataclass(frozen=True)
class Sentence:
    """One sentence of an answer, and where it comes from."""

    text: str
    sources: tuple[str, ...] = ()
    """The check or the statement that it is from, and the records of the log that it rests on; none for one's own."""


@dataclass(frozen=True)
class Answer:
    """What is answered to one question."""

    question: str
    sentences: tuple[Sentence, ...] = ()
    notes: tuple[str, ...] = ()
    """What whoever answers should know, and nobody else: gaps, plans that are no practice, contradictions."""

    @property
    def text(self) -> str:
        """The answer in one piece."""
        return " ".join(sentence.text for sentence in self.sentences)

    @property
    def words(self) -> int:
        """How many words it has; scripts without spaces count two signs as one."""
        spoken = self.text.split()
        return sum(1 if part.isascii() or not _dense(part) else (len(part) + 1) // 2 for part in spoken)


@dataclass(frozen=True)
class Answers:
    """Every answer to one form."""

    form: str
    system: str
    made: str
    """The day on which they were drafted."""
    answers: Mapping[str, Answer] = field(default_factory=dict)
    roles: tuple[str, ...] = ()
    """The roles in which it is answered: what is asked of others alone need not be."""

    def leaves_out(self, question: Question) -> bool:
        """Tell whether a question is asked of other roles alone."""
        return not question.is_for(self.roles)

    def of(self, question: str) -> Answer:
        """Return the answer to a question: an empty one where there is none."""
        return self.answers.get(question, Answer(question))


def format_answers(answers: Answers, form: Form) -> str:
    """Return answers as a file to edit; notes stand in comments, and are no part of an answer."""
    lines = [
        "# Answers to a form, drafted from what the log shows. Edit the sentences: your own have no sources.",
        "# What stands in comments is for you, and is no part of an answer.",
        f"form = {_text(answers.form)}",
        f"system = {_text(answers.system)}",
        f"made = {_text(answers.made)}",
        f"roles = [{', '.join(map(_text, answers.roles))}]",
    ]
    for section in form.sections:
        lines += ["", f"# {section.number}. {_line(section.title)}"]
        for question in section.questions:
            if answers.leaves_out(question):
                lines += ["", f"# {question.id} is asked of: {_line(', '.join(question.roles))}"]
            lines += ["", *_answer_lines(answers.of(question.id), question.text)]
    return "\n".join(lines) + "\n"


def _answer_lines(answer: Answer, asked: str) -> Iterator[str]:
    yield f"# {answer.question}: {_line(asked)}"
    yield from (f"#   {_line(note)}" for note in answer.notes)
    if not answer.sentences:
        yield f"# [[{_text(answer.question)}]] # unanswered: take the # away and write"
        yield '# text = ""'
    for sentence in answer.sentences:
        yield f"[[{_text(answer.question)}]]"
        yield f"text = {_text(sentence.text)}"
        if sentence.sources:
            yield f"sources = [{', '.join(map(_text, sentence.sources))}]"


def parse_answers(data: bytes, where: str) -> Answers:
    """Return the answers of a file; raise ReportError where it is not one, with what was found."""
    if len(data) > LARGEST:
        raise ReportError("This file of answers is too large.", where=where, expected=f"at most {LARGEST} bytes")
    try:
        held = tomllib.loads(data.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise ReportError("This file of answers cannot be read.", where=where, found=str(error)[:300]) from error
    head = {name: held.pop(name, None) for name in ("form", "system", "made")}
    if not all(isinstance(value, str) for value in head.values()):
        raise ReportError("This is no file of answers.", where=where, expected="form, system and made, as texts")
    roles = held.pop("roles", [])
    if not _texts(roles):
        raise ReportError("This is no file of answers.", where=where, expected="roles, as a list of texts")
    answers = {name: _answer(name, rows, where) for name, rows in held.items()}
    return Answers(str(head["form"]), str(head["system"]), str(head["made"]), answers, tuple(roles))


def _answer(name: str, rows: object, where: str) -> Answer:
    fault = ReportError(
        "An answer is not made of sentences.", where=f"{where}, {name!a}", expected='[["1a"]] with text = "..."'
    )
    if not isinstance(rows, list):
        raise fault
    sentences = []
    for row in rows:
        text, sources = (row.get("text"), row.get("sources", [])) if isinstance(row, dict) else (None, [])
        if not isinstance(text, str) or len(text) > _LONGEST or not _texts(sources):
            raise fault
        if text.strip():
            sentences.append(Sentence(text.strip(), tuple(sources)))
    return Answer(name, tuple(sentences))


def unknown(answers: Answers, form: Form) -> tuple[str, ...]:
    """Return the ids that are answered and that the form does not ask."""
    asked = {question.id for question in form.questions}
    return tuple(name for name in answers.answers if name not in asked)


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(part, str) for part in value)


def _dense(text: str) -> bool:
    return any("\u3040" <= sign <= "\u9fff" for sign in text)


def _text(value: str) -> str:
    # A string of JSON is one of TOML, but for the one control character that JSON leaves as it is.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _line(text: str) -> str:
    """Return text that cannot leave its comment."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
