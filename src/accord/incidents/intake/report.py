"""A report as it came in, and the little of it that may be proposed for the log."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, get_args

from pydantic import ValidationError

from accord.evidence import Facts, IncidentRecord
from accord.evidence.incidents import IncidentSource
from accord.ledger import digest

_EPOCH = datetime.fromtimestamp(0, UTC)
_LIMIT = 20_000
"""The most characters of a stranger's text that are shown."""


@dataclass(frozen=True)
class Attachment:
    """Something that came with a report: what it is said to be, and how long its encoded form is; it is not opened."""

    media_type: str
    size: int


@dataclass(frozen=True)
class Report:
    """A report: its bytes, what it says for a person to read, and what it proposes in words of our lists."""

    format: str
    data: bytes
    media_type: str
    title: str
    """Its title, as a stranger wrote it: never for the log."""
    text: str
    """What it says, as a stranger wrote it: never for the log."""
    dated: datetime | None = None
    """When it says that it was written."""
    proposed: Mapping[str, Any] = field(default_factory=dict)
    """Facts in words of lists that the record knows."""
    attachments: tuple[Attachment, ...] = ()
    notes: tuple[str, ...] = ()
    """What a person has to know before it is recorded."""

    @property
    def sha256(self) -> str:
        """The digest of its bytes."""
        return digest(self.data)

    def name(self, at: datetime) -> str:
        """Return an id for its incident: of the day, and of its bytes, so that it is the same when read again."""
        return f"report-{at:%Y%m%d}-{self.sha256[:8]}"

    def words(self) -> tuple[str, str]:
        """Return a title and a description of our own: what came in, and nothing that it says."""
        many = f" with {len(self.attachments)} attachments" if self.attachments else ""
        return (
            f"A report in the form {self.format}",
            f"A report of {len(self.data):,} bytes{many} came in. It is kept beside the log.",
        )


def cut(text: str) -> str:
    """Return a stranger's text, cut."""
    return text if len(text) <= _LIMIT else f"{text[:_LIMIT]}... ({len(text):,} characters)"


def propose(told: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return those of the facts that are words of our lists, and a note on each that is not: it stays in the report."""
    kept: dict[str, Any] = {}
    notes = []
    for name, value in told.items():
        if value in (None, "", [], {}, ()):
            continue
        if name == "source":
            valid = isinstance(value, str) and value in get_args(IncidentSource)
        else:
            valid = _is_valid(name, value)
        if valid:
            kept[name] = value
        else:
            notes.append(f"Its {name} is in no word that we know, and is left to you.")
    return kept, tuple(notes)


def _is_valid(name: str, value: object) -> bool:
    try:
        if name == "identifiers":
            IncidentRecord(made=_EPOCH, id="a", event="link", role="a", identifiers=value)
        else:
            Facts.model_validate({name: value})
    except ValidationError:
        return False
    return True
