"""What a check function answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from accord.evidence import Entry, Status


@dataclass(frozen=True)
class Practice:
    """What a check function answers: a status, a sentence, the entries it rests on, and what is missing."""

    status: Status
    summary: str
    entries: Sequence[Entry[Any]] = ()
    gaps: Sequence[str] = ()
