"""Forms that ask about the Code: sections, questions, and the clauses that each question is about."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from accord.codes.crosswalk import load_crosswalk
from accord.errors import CodeError


@dataclass(frozen=True)
class Question:
    """One question of a form."""

    id: str
    """Its number on the form."""
    text: str
    """What it asks: our paraphrase, or the words of a form that was imported."""
    clauses: tuple[str, ...]
    """The clauses that it is about, those that it is most about first; none where nobody said so yet."""
    roles: tuple[str, ...] = ()
    """For whom it is recommended, of a form that says so."""


@dataclass(frozen=True)
class Section:
    """A part of a form."""

    number: int
    title: str
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Form:
    """A form, with its questions in their order."""

    id: str
    title: str
    url: str
    sections: tuple[Section, ...]
    sha256: str = ""
    """The digest of the document that it was imported from."""

    @property
    def questions(self) -> tuple[Question, ...]:
        """Every question, in its order."""
        return tuple(question for section in self.sections for question in section.questions)

    def question(self, name: str) -> Question:
        """Return the question of an id; raise CodeError where there is none."""
        found = next((q for q in self.questions if q.id == name), None)
        if found is None:
            raise CodeError("The form has no such question.", where=self.id, found=ascii(name))
        return found


def forms() -> tuple[str, ...]:
    """Return the ids of the forms that come with Accord."""
    folder = files("accord.codes").joinpath("forms")
    return tuple(sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml")))


@cache
def load_form(name: str) -> Form:
    """Return a form that comes with Accord; raise CodeError where there is none of that id."""
    if name not in forms():
        raise CodeError("There is no such form.", expected=", ".join(forms()), found=ascii(name))
    held = tomllib.loads(files("accord.codes").joinpath("forms", f"{name}.toml").read_text("utf-8"))
    walk = load_crosswalk(held["crosswalk"])

    def question(item: str) -> Question:
        clauses = tuple(link.clause for link in walk.of_item(item))
        return Question(item, walk.items[item], clauses)

    sections = tuple(
        Section(part["number"], part["title"], tuple(map(question, part["questions"]))) for part in held["sections"]
    )
    return Form(held["id"], held["title"], held["url"], sections)
