"""Where each field of an incident's record goes in each format, and what becomes of it: the table of losses."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal, get_args

Fate = Literal["direct", "partial", "approximate", "lost"]
"""What becomes of a field in a format.

- direct: it has a place of the same meaning, and reading it back gives the same value
- partial: it has a place of the same meaning, which takes a part of it
- approximate: it goes to a place of a wider or another meaning
- lost: it is not written
"""
_EVERY = "every"


@dataclass(frozen=True)
class Mark:
    """What becomes of one field: its fate, where it goes, and why it is not direct."""

    field: str
    fate: Fate | Literal["withheld"]
    where: str = ""
    why: str = ""


@cache
def load_marks(name: str) -> tuple[Mark, ...]:
    """Return the marks of a format by its name, those first that it has of its own."""
    return (*_read(name), *_read(_EVERY))


def _read(name: str) -> Iterator[Mark]:
    text = (files("accord.reports.exchange") / "marks" / f"{name}.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        fate: Fate = next(word for word in get_args(Fate) if word == row["fate"])
        yield from (Mark(field, fate, row["where"], row["why"]) for field in row["fields"].split())
