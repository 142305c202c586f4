"""What may leave of an incident under a marking, as plain values: an export sees nothing else of it."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from accord.evidence import Entry, IncidentRecord, Records, Ref, SystemRecord
from accord.evidence.incident_facts import Facts, Tlp, Weakness
from accord.evidence.incidents import LINKS
from accord.incidents import Incident
from accord.reports.exchange.text import neutral, plain

LEVELS: tuple[Tlp, ...] = ("clear", "green", "amber", "amber+strict", "red")
"""The markings of the Traffic Light Protocol 2.0, from what everybody may see to what few may."""
FIELDS = (
    *(name for name in IncidentRecord.model_fields if name != "security"),
    *(f"security.{name}" for name in Weakness.model_fields),
)
"""Every field of an incident's record; the members of its security side each for itself."""


@dataclass(frozen=True)
class Product:
    """A system at one version, as the organisation declared it."""

    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


@dataclass(frozen=True)
class Sender:
    """Who tells it: the organisation, its public site, its system now, where people may write, and its log."""

    organisation: str
    site: str | None
    develops: bool
    system: Product
    contacts: tuple[str, ...]
    origin: str


@dataclass(frozen=True)
class Step:
    """An event that may leave: when it was done and recorded, and what of it may be said."""

    event: str
    time: datetime
    made: datetime
    record: int
    said: Mapping[str, Any]


@dataclass(frozen=True)
class Case:
    """An incident as it may leave at a level; texts hold nothing that is not seen."""

    incident: Incident
    """The incident without what may not leave."""
    sender: Sender
    systems: tuple[Product, ...]
    """The systems and versions that it concerns."""
    level: Tlp
    """The level at which it leaves."""
    hidden: frozenset[str]
    """The fields of which something is known that may not leave."""
    language: str
    """The language of its texts."""
    at: datetime
    """When it leaves."""

    @property
    def id(self) -> str:
        """The incident's id."""
        return self.incident.id

    @property
    def marking(self) -> str:
        """The marking, as in TLP:AMBER+STRICT."""
        return f"TLP:{self.level.upper()}"

    @property
    def is_vulnerability(self) -> bool:
        """Whether it is a weakness that others could use."""
        return bool(self.incident.facts.category == "vulnerability")

    @cached_property
    def said(self) -> dict[str, Any]:
        """What may be said of it, by field, as JSON; a list for what each event says anew."""
        return dict(_said(self.incident))

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Its own events, in the order in which they were recorded."""
        return tuple(
            Step(e.record.event, e.record.time, e.record.made, e.ref.index, _members(e.record))
            for e in self.incident.events
        )

    @property
    def title(self) -> str:
        """What it is in a few words; its id, where that may not leave."""
        return self.text("title") or self.id

    def text(self, field: str) -> str:
        """Return what is said by a field as one text; nothing where it is silent."""
        value = self.said.get(field, "")
        return "\n".join(map(str, value)) if isinstance(value, list) else str(value)

    def list(self, field: str) -> list[str]:
        """Return what is said by a field, one by one."""
        value = self.said.get(field, [])
        return [str(one) for one in value] if isinstance(value, list) else [str(value)]

    def uuid(self, *what: str) -> str:
        """Return an identifier of something about it that is the same each time it leaves."""
        return str(uuid5(NAMESPACE_URL, "/".join((self.sender.origin, self.id, *what))))


def make_case(
    owner: Incident,
    public: Records,
    sender: Sender,
    *,
    level: Tlp = "clear",
    reserved: Collection[str] = (),
    language: str = "en",
    at: datetime,
) -> Case:
    """Return what may leave of an incident, as its owner knows it, at a level.

    What everybody can read in the log (`public`) may always leave. What is withheld there may at the level that the
    incident is marked with; where it is not marked above clear, and for the fields that are `reserved`, at red alone.
    """
    withheld = {entry.ref: frozenset(entry.withheld) for entry in public.of(IncidentRecord)}
    shown = _clear(owner, withheld, level, reserved)
    shown = shown.with_duplicates(_clear(one, withheld, level, reserved) for one in owner.duplicates)
    declared = {entry.ref: entry.record for entry in public.of(SystemRecord)}
    concerned = (declared[ref] for ref in shown.linked("systems") if ref in declared)
    return Case(
        incident=shown,
        sender=_plain_sender(sender),
        systems=tuple(dict.fromkeys(Product(plain(one.name), plain(one.version)) for one in concerned)),
        level=level,
        hidden=frozenset(_differing(owner, shown)),
        language=language,
        at=at,
    )


def _clear(
    incident: Incident, withheld: Mapping[Ref, frozenset[str]], level: Tlp, reserved: Collection[str]
) -> Incident:
    marking = incident.facts.tlp or "clear"

    def hide(event: Entry[IncidentRecord]) -> Entry[IncidentRecord]:
        closed = withheld.get(event.ref, IncidentRecord.withholdable())
        needed = {name: "red" if marking == "clear" or name in reserved else marking for name in closed}
        kept_back = [name for name, least in needed.items() if LEVELS.index(level) < LEVELS.index(least)]
        return replace(event, record=event.record.model_copy(update=dict.fromkeys(kept_back)))

    return replace(incident, events=tuple(map(hide, incident.events)))


def _differing(owner: Incident, shown: Incident) -> Iterator[str]:
    """Yield the fields that say less than the owner knows, of the incident and of its duplicates."""
    known, left = dict(_said(owner)), dict(_said(shown))
    yield from (name for name, value in known.items() if left.get(name) != value)


def _said(incident: Incident) -> Iterator[tuple[str, Any]]:
    yield "id", incident.id
    facts = incident.facts.model_dump(mode="json", exclude_none=True)
    weakness = facts.pop("security", {})
    yield from ((name, neutral(value)) for name, value in facts.items())
    yield from ((f"security.{name}", neutral(value)) for name, value in weakness.items() if value != [])
    for name in sorted(LINKS):
        if values := incident.linked(name):
            yield name, neutral([value.index if isinstance(value, Ref) else value for value in values])
    rows = [_members(event.record) for event in incident.events]
    for name in IncidentRecord.model_fields:
        told = [row[name] for row in rows if name in row]
        if told and name not in {*Facts.model_fields, *LINKS, "id"}:
            yield name, told[0] if name == "source" else told


def _members(record: IncidentRecord) -> dict[str, Any]:
    told = neutral(record.model_dump(mode="json", exclude_none=True, exclude={"id"}))
    return dict(told)


def _plain_sender(sender: Sender) -> Sender:
    return Sender(
        organisation=plain(sender.organisation),
        site=sender.site,
        develops=sender.develops,
        system=Product(plain(sender.system.name), plain(sender.system.version)),
        contacts=sender.contacts,
        origin=sender.origin,
    )
