"""What a check is: a pure function over the declared system and the records, with an id and the clauses it reads."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from accord.checks.practice import Practice
from accord.checks.stating import add_statements
from accord.evidence import Basis, Entry, Finding, Origin, Records
from accord.manifest import System

__all__ = ["Check", "Practice", "check"]


@dataclass(frozen=True)
class Check:
    """A named check; its docstring is its page in the reference."""

    id: str
    clauses: tuple[str, ...]
    function: Callable[[System, Records], Practice]

    @property
    def doc(self) -> str:
        """The function's docstring."""
        return self.function.__doc__ or ""

    def __call__(self, system: System, records: Records) -> Finding:
        """Return the finding: as strong as the weakest entry it rests on, and good until the first one expires."""
        practice = add_statements(self.function(system, records), self.clauses, records)
        entries = sorted({e.ref.index: e for e in practice.entries}.values(), key=lambda e: e.ref.index)
        kept = [e.record for e in entries]
        return Finding(
            check=self.id,
            clauses=self.clauses,
            status=practice.status,
            summary=practice.summary,
            basis=_weakest_basis(entries),
            origin=_weakest_origin(entries),
            date=max((r.made for r in kept), default=None),
            expires=min((r.expires for r in kept if r.expires), default=None),
            gaps=tuple(practice.gaps),
            evidence=tuple(e.ref for e in entries),
        )


def check(id: str, *, clauses: Sequence[str]) -> Callable[[Callable[[System, Records], Practice]], Check]:  # noqa: A002 - the finding's own word
    """Make a check of a function `(system, records) -> Practice`."""
    return lambda function: Check(id, tuple(clauses), function)


def _weakest_basis(entries: Sequence[Entry[Any]]) -> Basis | None:
    if not entries:
        return None
    return Basis.MEASURED if all(e.record.basis == Basis.MEASURED for e in entries) else Basis.DECLARED


def _weakest_origin(entries: Sequence[Entry[Any]]) -> Origin | None:
    order = (Origin.SELF, Origin.INDEPENDENT, Origin.AUTHORITY)
    return min((e.origin for e in entries), key=order.index, default=None)
