"""An incident as its events leave it at a moment, with the reports that were found to be about the same."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Literal

from accord.evidence import Entry, Facts, IncidentRecord, Ref

Event = Entry[IncidentRecord]
State = Literal["signalled", "triaged", "confirmed", "contained", "resolved", "published", "dismissed", "duplicate"]

KEEP_YEARS = 5
"""For how many years what is known of an incident is kept, as the EU's code of practice has it (Measure 9.4)."""
LAST = datetime.max.replace(tzinfo=UTC, microsecond=0)
"""The last moment that can be said."""
_MOVES: dict[str, State] = {
    "triage": "triaged", "confirm": "confirmed", "contain": "contained", "resolve": "resolved", "dismiss": "dismissed",
    "duplicate": "duplicate",
}  # fmt: skip


@dataclass(frozen=True)
class Incident:
    """An incident as its events leave it at the moment `at`; the first of them signalled it."""

    events: tuple[Event, ...]
    at: datetime
    original: str = ""
    """The id of the incident that it is a duplicate of, where it is one."""
    duplicates: tuple["Incident", ...] = ()
    """Those that are duplicates of it, directly or not."""

    @property
    def id(self) -> str:
        """Its id."""
        return self.signal.id

    @property
    def signal(self) -> IncidentRecord:
        """What was said of it at first."""
        return self.events[0].record

    @cached_property
    def facts(self) -> Facts:
        """What is known of it: each fact as it was said last."""
        return Facts(**{name: value for event in self.events for name, value in event.record.stated.items()})

    @property
    def title(self) -> str:
        """What it is, in a few words."""
        return self.facts.title or "(withheld)"

    @property
    def handling(self) -> State:
        """How far it was dealt with, whatever the public was told."""
        return stand(self.events)

    @property
    def state(self) -> State:
        """Where it stands: published, once it is resolved and the public was told."""
        return "published" if self.handling == "resolved" and self.notices else self.handling

    @property
    def is_open(self) -> bool:
        """Whether something is left to be done about it."""
        return self.handling in {"signalled", "triaged", "confirmed", "contained"}

    @property
    def was_confirmed(self) -> bool:
        """Whether it was found to be real, and that was not taken back."""
        return self.handling in {"confirmed", "contained", "resolved"}

    @property
    def aware(self) -> datetime:
        """When the organisation came to know of it, by this report or by an earlier one of the same."""
        return min(one.facts.aware or one.signal.time for one in (self, *self.duplicates))

    @property
    def noticed(self) -> datetime:
        """When it was first reported or seen."""
        return min(one.signal.time for one in (self, *self.duplicates))

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles that dealt with it, in the order in which they did."""
        return tuple(dict.fromkeys(e.record.role for e in self.events if e.record.role))

    @property
    def timeline(self) -> tuple[Event, ...]:
        """What was done, also about its duplicates, in the order in which it happened."""
        found = (event for one in (self, *self.duplicates) for event in one.events)
        return tuple(sorted(found, key=lambda e: (e.record.time, e.ref.index)))

    @property
    def measures(self) -> tuple[Event, ...]:
        """What was done to contain and resolve it."""
        return tuple(e for e in self.events if e.record.event in {"contain", "resolve"})

    @property
    def notices(self) -> tuple[Event, ...]:
        """What the public was told, and where."""
        return self.of("publish")

    @property
    def notifications(self) -> tuple[Event, ...]:
        """What authorities were told."""
        return self.of("notify")

    @property
    def rewards(self) -> tuple[Event, ...]:
        """What reporters were given, and how they are credited; those of its duplicates too."""
        return tuple(e for one in (self, *self.duplicates) for e in one.of("reward"))

    @property
    def keep_until(self) -> datetime:
        """Until when what is known of it is to be kept: five years from the last that was recorded of it."""
        return add_years(max(e.record.made for e in self.events), KEEP_YEARS)

    def of(self, event: str) -> tuple[Event, ...]:
        """Return its events of one kind, oldest first."""
        return tuple(e for e in self.events if e.record.event == event)

    def linked(self, name: str) -> tuple[Any, ...]:
        """Return everything of one kind that it or a duplicate of it is tied to, such as its risks."""
        found = (value for one in (self, *self.duplicates) for e in one.events for value in _listed(e, name))
        return tuple(dict.fromkeys(found))

    def with_duplicates(self, others: Iterable["Incident"]) -> "Incident":
        """Return it with those that are duplicates of it."""
        return replace(self, duplicates=tuple(others))


@dataclass(frozen=True)
class Misfit:
    """A record about an incident that counts for nothing, and why, in a sentence."""

    ref: Ref
    incident: str
    text: str


def stand(events: Iterable[Event]) -> State:
    """Return how far an incident was dealt with, after events of which each fits those before it.

    Reopened, it stands where it stood before it was set aside; one that was resolved is confirmed again.
    """
    passed: list[State] = ["signalled"]
    for event in events:
        if event.record.event == "reopen":
            passed = ["confirmed"] if passed[-1] == "resolved" else passed[:-1]
        elif state := _MOVES.get(event.record.event):
            passed.append(state)
    return passed[-1]


def add_years(moment: datetime, years: int) -> datetime:
    """Return the same day some years later; of a 29 February the 1 March, where there is none."""
    if moment.year + years > LAST.year:
        return LAST
    try:
        return moment.replace(year=moment.year + years)
    except ValueError:
        return moment.replace(year=moment.year + years, month=3, day=1)


def _listed(event: Event, name: str) -> tuple[Any, ...]:
    value = getattr(event.record, name)
    return value if isinstance(value, tuple) else ()
