"""Deadlines, computed when they are read: when each starts, when it is due, and whether it was met.

What an organisation has to report follows from law and from its own policy; both are rules here, and neither is advice.
"""

import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Literal, Protocol

from accord.evidence import Model
from accord.evidence.incident_facts import Category, Consequence, Severity
from accord.incidents.incident import LAST, Event, Incident

Status = Literal["not-applicable", "unknown", "not-started", "running", "met", "late"]
Start = Literal["aware", "signal", "triage", "confirm", "contain", "resolve", "notify"]
End = Literal["acknowledge", "triage", "confirm", "contain", "resolve", "publish", "notify", "notify.final"]
OWN = "own"
"""The regime of the organisation's own policy: whatever was told to an authority counts for it."""
_WITHIN = frozenset({"staff", "monitoring", "media"})
_UNKNOWN = "Whether it applies is not known: it was not triaged yet, or that is withheld."


class Rule(Protocol):
    """A deadline: for which incidents, from when, until what, in which time."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def regime(self) -> str:
        """The law or the policy that it belongs to."""

    @property
    def title(self) -> str:
        """What is to be done."""

    @property
    def source(self) -> str:
        """Where it says so."""

    @property
    def categories(self) -> tuple[Category, ...]:
        """For which categories; none means all."""

    @property
    def severities(self) -> tuple[Severity, ...]:
        """For which severities; none means all."""

    @property
    def consequences(self) -> tuple[Consequence, ...]:
        """For which consequences, any of them; none means whatever they are."""

    @property
    def starts(self) -> Start:
        """The event from which it runs."""

    @property
    def ends(self) -> End:
        """The event by which it is met."""

    @property
    def period(self) -> timedelta:
        """In which time."""

    @property
    def repeats(self) -> bool:
        """Whether it starts again each time it is met, until the incident is resolved."""

    @property
    def extendable(self) -> bool:
        """Whether the organisation can put it off."""


class ShippedRule(Model):
    """A rule of clocks.toml."""

    id: str
    regime: str
    title: str
    source: str
    url: str
    confidence: Literal["S", "S2", "M"]
    categories: tuple[Category, ...] = ()
    severities: tuple[Severity, ...] = ()
    consequences: tuple[Consequence, ...] = ()
    starts: Start
    ends: End
    days: int
    repeats: bool = False
    extendable: bool = False

    @property
    def period(self) -> timedelta:
        """In which time."""
        return timedelta(days=self.days)


@dataclass(frozen=True)
class Clock:
    """A deadline of one incident at the moment it was read."""

    rule: Rule
    status: Status
    why: str = ""
    """What is not plain from the rest, as a sentence."""
    start: datetime | None = None
    due: datetime | None = None
    done: Event | None = None
    """What met it, in time or late."""

    @property
    def is_late(self) -> bool:
        """Whether it was missed, or was met too late."""
        return self.status == "late"


@cache
def load_rules() -> tuple[ShippedRule, ...]:
    """Return the rules that Accord ships."""
    data = tomllib.loads((files("accord.incidents") / "clocks.toml").read_text(encoding="utf-8"))
    regimes = data["regime"]
    return tuple(
        ShippedRule(source=regimes[row["regime"]]["title"], url=regimes[row["regime"]]["url"], **row)
        for row in data["clocks"]
    )


def rules(regimes: Collection[str], own: Iterable[Rule] = ()) -> tuple[Rule, ...]:
    """Return the rules of some regimes, and the organisation's own; one of its own replaces that of the same id."""
    shipped: Mapping[str, Rule] = {rule.id: rule for rule in load_rules() if rule.regime in regimes}
    return tuple({**shipped, **{rule.id: rule for rule in own}}.values())


def clocks(incident: Incident, asked: Iterable[Rule]) -> tuple[Clock, ...]:
    """Return every deadline of an incident; none for a duplicate, whose deadlines are those of its original."""
    return () if incident.original else tuple(clock for rule in asked for clock in _read(incident, rule))


def _read(incident: Incident, rule: Rule) -> Iterator[Clock]:
    applies, why = _applies(incident, rule)
    if applies is False:
        yield Clock(rule, "not-applicable", why)
    elif rule.repeats:
        yield from _repeat(incident, rule, why)
    else:
        start = _start(incident, rule)
        yield _judge(incident, rule, start, _end(incident, rule, start), why) if start else _waiting(rule)


def _waiting(rule: Rule) -> Clock:
    return Clock(rule, "not-started", f"It starts with: {rule.starts}.")


def _applies(incident: Incident, rule: Rule) -> tuple[bool | None, str]:
    """Tell whether a rule is for an incident, and why not; none where what it depends on is not known."""
    if incident.handling == "dismissed":
        return False, "It was dismissed."
    if rule.ends == "acknowledge" and incident.signal.source in _WITHIN:
        return False, "Nobody outside reported it."
    unknown = False
    for name, wanted in (
        ("category", rule.categories), ("severity", rule.severities), ("consequences", rule.consequences),
    ):  # fmt: skip
        said = getattr(incident.facts, name)
        held = said if isinstance(said, tuple) else (said,)
        if not wanted:
            continue
        if said is None:
            unknown = True
        elif not set(held) & set(wanted):
            return False, f"Its {name}: {', '.join(held)}."
    return (None, _UNKNOWN) if unknown else (True, "")


def _start(incident: Incident, rule: Rule) -> datetime | None:
    if rule.starts == "aware":
        return incident.aware
    if rule.starts == "signal":
        return incident.noticed
    if rule.starts == "resolve":
        told = incident.of("resolve") if incident.handling == "resolved" else ()
        return told[-1].record.time if told else None
    return next((e.record.time for e in _events(incident, rule, rule.starts)), None)


def _end(incident: Incident, rule: Rule, start: datetime | None) -> Event | None:
    """Return what meets a rule: the first such event, and of what starts anew the first after the start."""
    found = _events(incident, rule, rule.ends)
    if rule.ends == "resolve":
        found = found[-1:] if incident.handling == "resolved" else []
    if rule.starts in {"aware", "signal"} or start is None:
        return next(iter(found), None)
    return next((e for e in found if e.record.time >= start), None)


def _events(incident: Incident, rule: Rule, name: str) -> list[Event]:
    """Return the events of one kind that count for a rule, in the order in which they happened."""
    event, _, stage = name.partition(".")
    others = incident.duplicates if event in {"notify", "publish"} else ()
    found = [e for one in (incident, *others) for e in one.of(event)]
    if event == "notify":
        found = [e for e in found if rule.regime == OWN or rule.regime in (e.record.under or ())]
        found = [e for e in found if not stage or e.record.stage == stage]
    return sorted(found, key=lambda e: (e.record.time, e.ref.index))


def _repeat(incident: Incident, rule: Rule, why: str) -> Iterator[Clock]:
    """Yield one deadline for each period: it starts with a report, and ends with the next or when it is resolved."""
    told = _events(incident, rule, rule.starts)
    resolved = incident.of("resolve")[-1].record.time if incident.handling == "resolved" else None
    if not told:
        yield _waiting(rule)
        return
    for begun, done in zip(told, (*told[1:], None), strict=True):
        if begun.record.stage == "final":
            continue
        start = begun.record.time
        due = _after(start, rule.period)
        if resolved is not None and resolved <= due and (done is None or done.record.time > due):
            yield Clock(rule, "not-applicable", "It was resolved before.", start, due)
        else:
            yield _judge(incident, rule, start, done, why)


def _judge(incident: Incident, rule: Rule, start: datetime, done: Event | None, why: str) -> Clock:
    due = _after(start, rule.period)
    if rule.extendable:
        put_off = [e.record.until for e in incident.of("extend") if e.record.clock == rule.id and e.record.until]
        due = max(due, put_off[-1]) if put_off else due
    if done:
        status: Status = "met" if done.record.time <= due else "late"
        if status == "met" and done.record.made > due:
            why = "It was recorded after it was due."
    elif why:
        return Clock(rule, "unknown", why, start, due)
    else:
        status = "running" if incident.at <= due else "late"
    return Clock(rule, status, why, start, due, done)


def _after(start: datetime, period: timedelta) -> datetime:
    try:
        return start + period
    except OverflowError:
        return LAST
