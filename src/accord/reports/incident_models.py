"""What a report says of incidents: what the log holds in the open. An empty text was withheld, or not said."""

from datetime import date
from typing import Literal

from accord.evidence import Model, Origin, Sha256, Time


class DeadlineReport(Model):
    """A deadline of an incident as things stood; `done` and `index` are of what met it, in time or late."""

    id: str
    title: str
    source: str
    status: Literal["unknown", "not-started", "running", "met", "late"]
    due: Time | None
    done: Time | None
    index: int | None
    why: str


class StepReport(Model):
    """Something that was done about an incident, as a record (`index`) says: when, and when that was recorded."""

    index: int
    event: str
    time: Time
    made: Time


class NoticeReport(Model):
    """The public was told of an incident (record `index`): where, in which bytes, and in which language."""

    index: int
    time: Time
    address: str
    sha256: Sha256 | None
    language: str


class TellingReport(Model):
    """An authority was told of an incident (record `index`)."""

    index: int
    time: Time
    authority: str
    stage: str
    under: tuple[str, ...]


class IncidentReport(Model):
    """An incident as its open records leave it; `original` is of what it is a duplicate, where it is one."""

    id: str
    title: str
    description: str
    category: str
    severity: str
    state: str
    origin: Origin
    original: str
    duplicates: tuple[str, ...]
    marking: str
    source: str
    occurred: date | None
    affected: tuple[str, ...]
    harms: tuple[str, ...]
    cause: str
    measures: tuple[str, ...]
    partners: tuple[str, ...]
    identifiers: tuple[str, ...]
    risks: tuple[str, ...]
    rewards: int
    deadlines: tuple[DeadlineReport, ...]
    notices: tuple[NoticeReport, ...]
    tellings: tuple[TellingReport, ...]
    steps: tuple[StepReport, ...]


class IncidentsReport(Model):
    """Every incident, in the order in which they were signalled, and the records about incidents that do not count."""

    incidents: tuple[IncidentReport, ...]
    misfits: tuple[str, ...]
