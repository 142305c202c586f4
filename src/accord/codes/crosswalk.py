"""Crosswalks: what of another framework meets which clause of the Code, as data, each link with its reason.

A link is a `draft` until two people reviewed it. None says that whoever does the one has done the other.
"""

import csv
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from io import StringIO
from typing import Literal

from accord.codes.loader import load_code
from accord.errors import CodeError

Strength = Literal["strong", "partial", "weak"]
STRENGTHS: tuple[Strength, ...] = ("strong", "partial", "weak")
_STATES = ("draft", "reviewed")
_LINK = ("item", "clause", "strength", "rationale", "state")
_ITEM = ("item", "title")


@dataclass(frozen=True)
class Link:
    """An item of a framework meets a clause."""

    item: str
    clause: str
    strength: Strength
    """How far: both ask for the same, they meet in part, or they touch."""
    rationale: str
    state: str
    """Whether people reviewed it."""


@dataclass(frozen=True)
class Crosswalk:
    """A framework beside the Code."""

    id: str
    title: str
    url: str
    source: str
    """Where the list of its items comes from."""
    items: Mapping[str, str]
    """What it holds, by id, in our own words."""
    links: tuple[Link, ...]

    def of_item(self, item: str) -> tuple[Link, ...]:
        """Return what an item meets, the strongest first."""
        return self._sorted(link for link in self.links if link.item == item)

    def of_clause(self, clause: str) -> tuple[Link, ...]:
        """Return what meets a clause, the strongest first."""
        return self._sorted(link for link in self.links if link.clause == clause)

    def _sorted(self, links: Iterator[Link]) -> tuple[Link, ...]:
        return tuple(sorted(links, key=lambda link: STRENGTHS.index(link.strength)))


def crosswalks() -> tuple[str, ...]:
    """Return the ids of the frameworks that there are crosswalks to."""
    return tuple(_frameworks())


@cache
def load_crosswalk(name: str) -> Crosswalk:
    """Return the crosswalk to a framework; raise CodeError where there is none, or a row is damaged."""
    held = _frameworks().get(name)
    if held is None:
        raise CodeError("There is no such crosswalk.", expected=", ".join(crosswalks()), found=ascii(name))
    items = {row[0]: row[1] for row in _rows(f"{held['file']}.items.csv", _ITEM)}
    links = tuple(_link(row, items, held["file"]) for row in _rows(f"{held['file']}.csv", _LINK))
    return Crosswalk(name, held["title"], held["url"], held["source"], items, links)


def _link(row: tuple[str, ...], items: Mapping[str, str], file: str) -> Link:
    item, clause, strength, rationale, state = row
    if item not in items or strength not in STRENGTHS or state not in _STATES or not rationale:
        raise CodeError("A row of a crosswalk is damaged.", where=f"{file}.csv", found=ascii(",".join(row)))
    load_code().clause(clause)
    return Link(item, clause, strength, rationale, state)


def _rows(name: str, head: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    reader = csv.reader(StringIO(_folder().joinpath(name).read_text("utf-8")), strict=True)
    try:
        if tuple(next(reader)) != head:
            raise CodeError("A crosswalk has other columns.", where=name, expected=",".join(head))
        for row in reader:
            if len(row) != len(head):
                raise CodeError("A row of a crosswalk is damaged.", where=name, found=ascii(",".join(row)))
            yield tuple(row)
    except (csv.Error, StopIteration) as error:
        raise CodeError("A crosswalk cannot be read.", where=name, found=str(error)) from error


@cache
def _frameworks() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(_folder().joinpath("frameworks.toml").read_text("utf-8"))


def _folder() -> Traversable:
    return files("accord.codes").joinpath("crosswalks")
