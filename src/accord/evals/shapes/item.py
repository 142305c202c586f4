"""What every item has, and how chance is drawn."""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from accord.evals.sample import Sample

Family = Literal["R1", "R2", "R3", "R4", "R5", "R6", "R7"]
Language = Literal["en", "fr", "de", "it", "ja"]


class Item(BaseModel):
    """What every item has; its subclasses are the shapes that a suite may have."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_min_length=1)

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    """The same in every language: translations of an item are one stem."""
    language: Language = "en"
    """The language that its file is of."""
    family: Family | None = None
    """The family of risk that the item touches, where it touches one."""
    source: str
    """A key of the suite's `sources`: whose idea it is."""

    def samples(self, seed: int) -> Iterator[Sample]:
        """Yield the item's samples; `seed` draws what is drawn."""
        raise NotImplementedError

    def name(self, kind: str) -> str:
        """Return the id of the item's sample of a kind."""
        return f"{self.language}/{self.id}/{kind}"

    def groups(self, *more: str) -> tuple[str, ...]:
        """Return the family, where there is one, and `more`."""
        return (*((self.family,) if self.family else ()), *more)


def order(names: Iterable[str], seed: int, salt: str = "") -> list[str]:
    """Return `names` in the order that `seed` draws: by SHA-256, so the same on every machine for ever."""
    return sorted(names, key=lambda name: _drawn(seed, salt, name))


def draw(seed: int, sample: str) -> int:
    """Return the model's own seed for one sample, 31 bits.

    One seed for all would draw the first word of every answer at the same point of its distribution.
    """
    return int.from_bytes(_drawn(seed, "model", sample)[:4]) >> 1


def _drawn(seed: int, salt: str, name: str) -> bytes:
    return hashlib.sha256(f"{seed}\0{salt}\0{name}".encode()).digest()
