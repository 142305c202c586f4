"""Two files of answers beside each other: two years of one form question by question, two forms clause by clause."""

from collections.abc import Iterator
from dataclasses import dataclass

from accord.codes import Form
from accord.reports.forms.answers import Answer, Answers


@dataclass(frozen=True)
class Change:
    """What is different at one place."""

    place: str
    """A question, or a clause where the forms differ: their questions cannot be joined by their numbers."""
    gone: tuple[str, ...]
    """Sentences that stood there before."""
    new: tuple[str, ...]
    """Sentences that stand there now."""


def compare_answers(old: tuple[Answers, Form], new: tuple[Answers, Form]) -> tuple[Change, ...]:
    """Return what changed between two files of answers; places at which nothing did are left out."""
    places = _by_question if old[1].id == new[1].id else _by_clause
    before, after = dict(places(*old)), dict(places(*new))
    changes = (
        Change(
            place,
            tuple(text for text in before.get(place, ()) if text not in after.get(place, ())),
            tuple(text for text in after.get(place, ()) if text not in before.get(place, ())),
        )
        for place in dict.fromkeys([*before, *after])
    )
    return tuple(change for change in changes if change.gone or change.new)


def unmapped(form: Form) -> tuple[str, ...]:
    """Return the questions of which nobody said which clauses they are about: they cannot be compared."""
    return tuple(question.id for question in form.questions if not question.clauses)


def _by_question(answers: Answers, form: Form) -> Iterator[tuple[str, tuple[str, ...]]]:
    for question in form.questions:
        yield question.id, _texts(answers.of(question.id))


def _by_clause(answers: Answers, form: Form) -> Iterator[tuple[str, tuple[str, ...]]]:
    held: dict[str, list[str]] = {}
    for question in form.questions:
        for clause in question.clauses:
            held.setdefault(clause, []).extend(_texts(answers.of(question.id)))
    for clause in sorted(held, key=lambda name: tuple(map(int, name.split(".")))):
        yield clause, tuple(dict.fromkeys(held[clause]))


def _texts(answer: Answer) -> tuple[str, ...]:
    return tuple(sentence.text for sentence in answer.sentences)
