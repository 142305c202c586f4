"""What an edition of the Code consists of: frozen values, each with the register that the Code gives it."""

import difflib
import re
from datetime import date
from typing import Annotated, ClassVar, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from accord.errors import CodeError

Confidence = Literal["S", "S2", "M", "D"]
"""How a line was confirmed: in a published source, in a source that quotes the official text, from general
knowledge and still to be confirmed, or not at all because it is our own draft."""

Force = Literal["commit", "should", "expected", "encouraged", "includes", "may-include"]
"""The strength of a clause in the Code's own grades; it must be shown wherever the clause is shown."""

Role = Literal["developer", "deployer", "provider"]
Stage = Literal["design", "development", "deployment", "use"]
Text = Annotated[str, Field(min_length=1)]


class Value(BaseModel):
    """A frozen record that refuses unknown keys: a misspelt `force` must never vanish unseen."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Fact(Value):
    """A statement of the preamble, P1 to P13; `pages` is empty where the page is not known."""

    kind: ClassVar[str] = "fact"
    id: str
    text: Text
    pages: tuple[int, ...] = ()
    confidence: Confidence


class RedLine(Value):
    """One of the five grounds, a to e, on which the preamble's `fact` rules out a development or a use."""

    kind: ClassVar[str] = "red-line"
    id: str
    fact: str
    text: Text
    confidence: Confidence


class RiskFamily(Value):
    """One of the seven families of risk, R1 to R7, that testing under `clause` gives attention to."""

    kind: ClassVar[str] = "risk-family"
    id: str
    clause: str
    title: Text
    text: Text
    confidence: Confidence


class Action(Value):
    """One of the eleven actions; `pages` are those of the official PDF."""

    kind: ClassVar[str] = "action"
    id: str = Field(pattern=r"^[1-9][0-9]*$")
    title: Text
    pages: tuple[int, ...]
    confidence: Confidence

    @property
    def number(self) -> int:
        """The action's number, 1 to 11."""
        return int(self.id)


class Clause(Value):
    """A single duty of an action, in paraphrase.

    `qualifier` is the part of `text`, word for word, that limits the duty. `example` is true where the Code
    gives the clause as an example only. `pages` spans the whole action where the page is not better known.
    """

    kind: ClassVar[str] = "clause"
    id: str
    action: int
    text: Text
    force: Force
    example: bool = False
    qualifier: Text | None = None
    pages: tuple[int, ...]
    lifecycle: tuple[Stage, ...]
    roles: tuple[Role, ...]
    confidence: Confidence

    @property
    def grade(self) -> str:
        """How strongly the clause binds, on one line: force, qualifier, and whether it is an example only."""
        parts = [self.force, self.qualifier, "example only" if self.example else None]
        return ", ".join(part for part in parts if part)

    @model_validator(mode="after")
    def _check_qualifier(self) -> Self:
        # The text alone must already say it, so that no reader of the text can lose it.
        if self.qualifier and self.qualifier not in self.text:
            raise ValueError("the text does not contain its qualifier")
        return self


Item = Action | Clause | Fact | RiskFamily | RedLine
_Item = TypeVar("_Item", bound=Item)


class Code(Value):
    """One edition of the Code, in the order of its ids.

    `wording` and `derived` say once, for the whole edition, that texts are paraphrases and which fields are
    our own derivation. `digest` is the SHA-256, in hexadecimal, that records bind to.
    """

    id: str
    title: Text
    date: date
    status: Literal["draft", "released"]
    urls: tuple[str, ...]
    wording: Literal["paraphrase", "official"]
    derived: tuple[str, ...]
    note: Text
    digest: str
    facts: tuple[Fact, ...]
    red_lines: tuple[RedLine, ...]
    risk_families: tuple[RiskFamily, ...]
    actions: tuple[Action, ...]
    clauses: tuple[Clause, ...]

    @model_validator(mode="after")
    def _check_references(self) -> Self:
        ids = [item.id for item in self.items()]
        used = [str(clause.action) for clause in self.clauses]
        used += [line.fact for line in self.red_lines] + [family.clause for family in self.risk_families]
        if len(ids) != len(set(ids)):
            raise ValueError("two entries have the same id")
        if unknown := set(used) - set(ids):
            raise ValueError("no entry has the id " + ", ".join(sorted(unknown)))
        return self

    def action(self, number: int) -> Action:
        """Return the action with this number; raise CodeError if there is none."""
        return _find(self.actions, str(number))

    def clause(self, clause_id: str) -> Clause:
        """Return the clause with this id, such as `1.9`; raise CodeError naming near ids if there is none."""
        return _find(self.clauses, clause_id)

    def clauses_of(self, number: int) -> tuple[Clause, ...]:
        """Return the clauses of one action; raise CodeError if there is no such action."""
        self.action(number)
        return tuple(clause for clause in self.clauses if clause.action == number)

    def item(self, item_id: str) -> Item:
        """Return whatever bears this id: action `3`, clause `1.9`, fact `P8`, family `R2` or red line `c`."""
        return _find(self.items(), item_id)

    def items(self) -> tuple[Item, ...]:
        """Return everything that bears an id: facts, red lines, risk families, actions, clauses."""
        return (*self.facts, *self.red_lines, *self.risk_families, *self.actions, *self.clauses)


def id_order(item_id: str) -> tuple[str, list[int]]:
    """Sort ids as a reader counts: `1.9` before `1.10`, `P2` before `P10`."""
    return re.sub(r"[\d.]", "", item_id), [int(number) for number in re.findall(r"\d+", item_id)]


def _find(items: tuple[_Item, ...], item_id: str) -> _Item:
    for item in items:
        if item.id == item_id:
            return item
    ids = [item.id for item in items]
    # Only a few near ids: a list of eighty helps nobody; all of them where nothing is near.
    near = difflib.get_close_matches(item_id, ids, n=5, cutoff=0.5) or ids
    raise CodeError(f"The Code has nothing with the id {item_id!r}.", expected="one of " + ", ".join(near))
