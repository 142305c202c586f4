"""Forms that ask about the Code: sections, questions, and the clauses that each question is about."""

import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from accord.codes.crosswalk import load_crosswalk
from accord.errors import CodeError

_ICON = ("icon: ", "an icon")  # a picture whose words name no role: nobody is left out by it
_SAME: Mapping[str, tuple[str, ...]] = {
    "developer": ("model developer", "application developer"),
    "provider": ("model developer", "application developer"),
}
"""The OECD's second form takes developer and provider as one, and tells those of models and of applications apart."""


def _spell_role(role: str) -> tuple[str, ...]:
    plain = role.replace("-", " ").lower()
    return _SAME.get(plain, (plain,))


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
    declared: tuple[str, ...] = ()
    """The declared facts that answer it, by name."""
    words: int = 0
    """The most words of an answer, of a form that says so."""

    def is_for(self, roles: Collection[str]) -> bool:
        """Tell whether any of some roles is asked: all are where the question names none, or nobody says a role."""
        named = {part for role in self.roles if not role.startswith(_ICON) for part in _spell_role(role)}
        return not roles or not named or bool(named & {part for role in roles for part in _spell_role(role)})


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
    ask = _from_crosswalk(held["crosswalk"]) if "crosswalk" in held else _question
    sections = tuple(
        Section(part["number"], part["title"], tuple(map(ask, part["questions"]))) for part in held["sections"]
    )
    return Form(held["id"], held["title"], held["url"], sections)


def _from_crosswalk(name: str) -> Callable[[str], Question]:
    """Return what makes a question of an item of a crosswalk."""
    walk = load_crosswalk(name)
    return lambda item: Question(item, walk.items[item], tuple(link.clause for link in walk.of_item(item)))


def _question(held: Mapping[str, Any]) -> Question:
    """Return a question that a form holds itself."""
    return Question(held["id"], held["text"], tuple(held.get("clauses", ())), declared=tuple(held.get("declared", ())))
