"""What a gate finds: reasons against passing it, and what is as it has to be."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from accord.evidence import Ref

Kind = Literal[
    "declaration", "red-lines", "stopped", "exceeded", "not-shown", "missing", "expired", "judge", "plan", "withheld",
    "risk", "incident", "loosened", "language", "condition",
]  # fmt: skip
Level = Literal["block", "note"]

KINDS: Mapping[Kind, str] = MappingProxyType(
    {
        "declaration": "What accord.toml says, and the model that lies there, are what was declared last.",
        "red-lines": "A person decided about every red line of the Code, and that it goes on.",
        "stopped": "Nobody decided to stop.",
        "exceeded": "No tolerance is exceeded.",
        "not-shown": "Every tolerance is shown to hold.",
        "missing": "What a tolerance names was measured.",
        "expired": "No measurement is older than the stage allows.",
        "judge": "The judge behind a rate agrees with people.",
        "plan": "Every run that was announced has its result.",
        "withheld": "No result is closed to the gate.",
        "risk": "Every risk is tolerated, closed, or accepted by a named role.",
        "incident": "No confirmed incident is left unresolved that is as bad as accord.toml says.",
        "loosened": "No tolerance was set or loosened after its run was announced.",
        "language": "What a tolerance names was measured in every language of the system.",
        "condition": "What was decided depends on no condition that people have to see to.",
    }
)
"""Every kind of reason, by what has to be so."""

FIRM = frozenset[Kind]({"declaration", "red-lines", "stopped"})
"""Kinds that no override bends: what was decided is decided anew, and what was not declared was never judged."""


@dataclass(frozen=True)
class Reason:
    """What speaks against passing a stage, or has to be known of it; overrides name its `id`, which is stable."""

    id: str
    kind: Kind
    text: str
    records: tuple[Ref, ...] = ()
    """The records that it rests on."""
    level: Level = "block"
    """Whether it blocks; one that is overridden is a note."""
    overridden_by: Ref | None = None
    """The decision that overrides it."""
    place: tuple[str | int, ...] = ()
    """The key of accord.toml that it is about."""


@dataclass(frozen=True)
class Held:
    """What was looked at and is as it has to be."""

    id: str
    kind: Kind
    text: str
    records: tuple[Ref, ...] = ()


Found = Iterator[Reason | Held]


@dataclass(frozen=True)
class Gate:
    """What the gate of a stage found."""

    stage: str
    reasons: tuple[Reason, ...]
    held: tuple[Held, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing blocks."""
        return all(reason.level != "block" for reason in self.reasons)
