"""How incidents are printed: as JSON, as a table, and one in full with its timeline and deadlines."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.table import Table

from accord.cli.clock import now
from accord.cli.output import safe, say
from accord.evidence import Records, Ref
from accord.evidence.incidents import LINKS
from accord.incidents import Clock, Event, Incident, Rule, clocks, misfits, missing, possible, register, rules
from accord.manifest import System, load_system
from accord.workspace import Workspace

_URGENT = ("late", "running", "unknown")
_SIGNS = {
    "late": ("✕", "red"), "running": ("◐", "yellow"), "unknown": ("○", "yellow"), "met": ("●", "green"),
    "not-started": ("-", "dim"), "not-applicable": ("-", "dim"),
}  # fmt: skip
"""Each status has a shape as well as a colour: colour is never alone."""


@dataclass(frozen=True)
class Desk:
    """What a view of incidents needs: the records as the owner sees them, and the system as it is declared here."""

    workspace: Workspace
    system: System
    records: Records

    @classmethod
    def of(cls, workspace: Workspace, at: datetime | None = None) -> "Desk":
        """Return the desk of a workspace's owner, who sees what is withheld from others."""
        return cls(workspace, load_system(workspace.manifest), workspace.records(at or now(), opened=True))

    @property
    def incidents(self) -> tuple[Incident, ...]:
        """Every incident, in the order in which they were signalled."""
        return register(self.records)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The deadlines that are asked for here."""
        return rules(self.system.incidents.regimes, self.system.incident_clocks)

    def find(self, name: str) -> Incident | None:
        """Return the incident of an id."""
        return next((one for one in self.incidents if one.id == name), None)


def describe(incident: Incident, desk: Desk) -> dict[str, Any]:
    """Return the stable JSON form of an incident."""
    links = {name: [_linked(value) for value in incident.linked(name)] for name in sorted(LINKS)}
    return {
        "id": incident.id,
        "state": incident.state,
        "open": incident.is_open,
        "facts": incident.facts.model_dump(mode="json", exclude_none=True),
        "source": incident.signal.source,
        "aware": _stamp(incident.aware),
        "roles": list(incident.roles),
        "original": incident.original or None,
        "duplicates": [one.id for one in incident.duplicates],
        "links": {name: values for name, values in links.items() if values},
        "timeline": [_event(event) for event in incident.timeline],
        "clocks": [_clock(clock) for clock in clocks(incident, desk.rules)],
        "missing": [criterion.number for criterion in missing(incident)],
        "possible": list(possible(incident)),
        "keep_until": _stamp(incident.keep_until),
        "records": [event.ref.index for event in incident.events],
    }


def _linked(value: object) -> object:
    return value.index if isinstance(value, Ref) else value


def _event(event: Event) -> dict[str, Any]:
    told = event.record.model_dump(mode="json", exclude_none=True, exclude={"chain", "at"})
    return {**told, "time": _stamp(event.record.time), "record": event.ref.index, "origin": event.origin}


def _clock(clock: Clock) -> dict[str, Any]:
    return {
        "id": clock.rule.id,
        "regime": clock.rule.regime,
        "title": clock.rule.title,
        "source": clock.rule.source,
        "status": clock.status,
        "why": clock.why or None,
        "start": _stamp(clock.start),
        "due": _stamp(clock.due),
        "done": _stamp(clock.done.record.time) if clock.done else None,
        "record": clock.done.ref.index if clock.done else None,
    }


def _stamp(moment: datetime | None) -> str | None:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}" if moment else None


def list_table(incidents: Sequence[Incident], desk: Desk) -> Table:
    """Return one row for each incident, with the next of its deadlines."""
    table = Table(expand=True)
    for name, ratio in (("Incident", 2), ("What", 1), ("State", None), ("Next deadline", 2)):
        table.add_column(name, ratio=ratio, overflow="fold")
    for one in incidents:
        facts = one.facts
        what = ", ".join(word for word in (facts.category, facts.severity) if word) or "not triaged"
        state = f"duplicate of {one.original}" if one.original else one.state
        due = next_clock(clocks(one, desk.rules))
        line = safe(f"{_sign(due)} {_when(due)}: {due.rule.title}", _SIGNS[due.status][1]) if due else safe("")
        table.add_row(safe(f"{one.id}: {one.title}"), what, safe(state), line)
    return table


def next_clock(found: Iterable[Clock]) -> Clock | None:
    """Return the deadline to look at first: one that was missed and not met since, else the next that is due."""
    left = [clock for clock in found if clock.status in _URGENT and clock.due and not clock.done]
    return min(left, key=lambda c: (_URGENT.index(c.status), c.due), default=None)


def _sign(clock: Clock) -> str:
    return f"{_SIGNS[clock.status][0]} {clock.status}"


def _when(clock: Clock) -> str:
    return f"{clock.due:%Y-%m-%d %H:%M}" if clock.due else ""


def show_incident(incident: Incident, desk: Desk) -> None:
    """Print an incident in full for people."""
    say(f"{incident.id}: {incident.title}", "bold")
    for name, text in _lines(incident):
        say(f"  {name:<14}  {text}")
    say("Timeline", "bold")
    for event in incident.timeline:
        say(f"  {event.record.time:%Y-%m-%d %H:%M}  {_told(event)}")
    found = clocks(incident, desk.rules)
    if asked := [clock for clock in found if clock.status != "not-applicable"]:
        say("Deadlines (UTC)", "bold")
        for clock in asked:
            say(f"  {_clock_line(clock)}", _SIGNS[clock.status][1])
    elif not incident.original:
        say("No deadline applies.")
    for misfit in misfits(desk.records):
        if misfit.incident == incident.id:
            say(misfit.text, "yellow")


def _lines(incident: Incident) -> Iterator[tuple[str, str]]:
    yield "state", f"duplicate of {incident.original}" if incident.original else incident.state
    for name, value in incident.facts.model_dump(mode="json", exclude_none=True, exclude={"title"}).items():
        yield name, _text(value)
    yield "aware", f"{incident.aware:%Y-%m-%d %H:%M} UTC"
    for name in sorted(LINKS):
        if values := incident.linked(name):
            yield name, ", ".join(f"record {v.index}" if isinstance(v, Ref) else str(v) for v in values)
    if incident.duplicates:
        yield "duplicates", ", ".join(one.id for one in incident.duplicates)
    yield "roles", ", ".join(incident.roles)
    if left := missing(incident):
        yield "not said yet", ", ".join(f"{c.title} ({c.number})" for c in left)
    yield "kept until", f"{incident.keep_until:%Y-%m-%d}"
    yield "may follow", ", ".join(possible(incident))


def _text(value: object) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{name} {_text(inner)}" for name, inner in value.items())
    return ", ".join(map(_text, value)) if isinstance(value, list) else str(value)


def _told(event: Event) -> str:
    record = event.record
    said = record.measure or record.reason or record.authority or record.address or record.of or ""
    stage = f" ({record.stage})" if record.stage else ""
    late = "" if record.time == record.made else f", recorded on {record.made:%Y-%m-%d}"
    about = f"{record.event}{stage}: {said}" if said else f"{record.event}{stage}"
    return f"{about} [{record.role or 'withheld'}, record {event.ref.index}{late}]"


def _clock_line(clock: Clock) -> str:
    done = f", done on {clock.done.record.time:%Y-%m-%d %H:%M}, record {clock.done.ref.index}" if clock.done else ""
    due = f"due {_when(clock)}" if clock.due else "no day yet"
    why = f" {clock.why}" if clock.why else ""
    return f"{_sign(clock):<14} {due}{done}: {clock.rule.title} ({clock.rule.regime}).{why}"
