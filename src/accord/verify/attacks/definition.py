"""What an attack is: a forgery by somebody able, and which of a reader's defences see through it."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from accord.verify.attacks.case import Case


class Defence(StrEnum):
    """What a reader brings, the least first; each but the first is tried together with the first alone."""

    KEY = "key"
    """The organisation's key, from elsewhere: nothing else is needed."""
    WITNESS = "witness"
    """A policy that asks for one witness, who is honest."""
    MEMORY = "memory"
    """What the reader, or whoever they share it with, verified of the log before."""
    TIMESTAMP = "time-stamp"
    """The certificate of an honest time-stamp authority."""


@dataclass(frozen=True)
class Attack:
    """A named attack; `by` are the defences that detect it, and `KEY` among them stands for all.

    Where `by` is empty, `undetectable` says why no verification can; `named` is the id of the gap, or of the claim
    that is not verified, in which verify says so. `unseen` attacks are shown to a reader who sees the log for the
    first time.
    """

    id: str
    area: str
    title: str
    forge: Callable[[Case], Path]
    by: frozenset[Defence]
    undetectable: str = ""
    named: str = ""
    unseen: bool = False

    @property
    def doc(self) -> str:
        """What the attacker does."""
        return self.forge.__doc__ or ""


def attack(
    title: str,
    by: Collection[Defence] = (Defence.KEY,),
    *,
    undetectable: str = "",
    named: str = "",
    unseen: bool = False,
) -> Callable[[Callable[[Case], Path]], Attack]:
    """Make an attack of a function that forges a target from the honest state; its name is the attack's id."""

    def make(forge: Callable[[Case], Path]) -> Attack:
        area = forge.__module__.rpartition(".")[2]
        name = forge.__name__.replace("_", "-")
        return Attack(name, area, title, forge, frozenset(by), undetectable, named, unseen)

    return make
