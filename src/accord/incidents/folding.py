"""Folding events into incidents, and which event may follow which.

The organisation deals with its incidents; somebody else may signal one. What does not fit counts for nothing and is
named: a stranger may sign anything, and the rest stays readable.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from accord.errors import RecordError
from accord.evidence import ClosedRecord, IncidentRecord, Origin, Records, Ref, RiskRecord
from accord.incidents.incident import Event, Incident, Misfit, State, stand

_ALWAYS = frozenset({"acknowledge", "correct", "link", "notify", "reward"})
_NEXT: Mapping[State, frozenset[str]] = MappingProxyType(
    {
        "signalled": frozenset({"triage", "dismiss", "duplicate", "extend"}),
        "triaged": frozenset({"triage", "confirm", "dismiss", "duplicate", "extend", "publish"}),
        "confirmed": frozenset({"contain", "resolve", "dismiss", "duplicate", "extend", "publish"}),
        "contained": frozenset({"contain", "resolve", "dismiss", "duplicate", "extend", "publish"}),
        "resolved": frozenset({"reopen", "duplicate", "publish"}),
        "dismissed": frozenset({"reopen", "publish"}),
        "duplicate": frozenset({"reopen"}),
    }
)
_KINDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "systems": ("system",),
        "releases": ("decision",),
        "evaluations": ("evaluation", "imported-result", "judgement"),
        "alerts": ("alert",),
    }
)
"""What the records are to which an incident is tied by their place in the log."""

Held = dict[str, list[Event]]


def register(records: Records) -> tuple[Incident, ...]:
    """Return every incident, in the order in which they were signalled; duplicates stand there and with their own."""
    held = _fold(records)[0]
    roots = {name: _root(held, name) for name in held}
    alone = {
        name: Incident(tuple(events), records.at, original=roots[name] if roots[name] != name else "")
        for name, events in held.items()
    }
    doubles: dict[str, list[Incident]] = {}
    for one in alone.values():
        doubles.setdefault(one.original, []).append(one)
    return tuple(one.with_duplicates(doubles.get(name, ())) for name, one in alone.items())


def misfits(records: Records) -> tuple[Misfit, ...]:
    """Return the records about incidents that count for nothing, oldest first."""
    return tuple(_fold(records)[1])


def possible(incident: Incident) -> tuple[str, ...]:
    """Return the events that may follow, those that move it on first."""
    return (*sorted(_NEXT[incident.handling]), *sorted(_ALWAYS))


def require_fit(record: IncidentRecord, records: Records) -> None:
    """Raise RecordError where the organisation's `record` does not fit what is known, with what is possible."""
    held = _fold(records)[0]
    kinds = {entry.ref: entry.record.signed_as for entry in records}
    problem = _problem(record, Origin.SELF, held, kinds)
    if problem or (problem := _untied(record, records, held, kinds)):
        raise RecordError(
            "This does not fit what is known of incidents.",
            where=f"incident {record.id}",
            expected=_expected(record, held),
            found=f"{record.event}, and {problem}",
        )


def _fold(records: Records) -> tuple[Held, list[Misfit]]:
    held: Held = {}
    left: list[Misfit] = []
    kinds: dict[Ref, str] = {}
    for entry in records:
        record = entry.record
        if isinstance(record, ClosedRecord) and record.of == IncidentRecord.kind:
            why = f"Record {entry.ref.index} about the incident {record.topic} is {record.why}, and counts for nothing."
            left.append(Misfit(entry.ref, record.topic, why))
        elif isinstance(record, IncidentRecord):
            if problem := _problem(record, entry.origin, held, kinds):
                text = f"Record {entry.ref.index} ({record.event}, incident {record.id}) does not count: {problem}."
                left.append(Misfit(entry.ref, record.id, text))
            else:
                held.setdefault(record.id, []).append(entry)
        kinds[entry.ref] = record.signed_as
    return held, left


def _problem(record: IncidentRecord, origin: Origin, held: Held, kinds: Mapping[Ref, str]) -> str:
    """Return why an event cannot follow those before it, or ""."""
    events = held.get(record.id, ())
    if origin != Origin.SELF and record.event != "signal":
        return "only the organisation deals with its incidents"
    if record.event == "signal":
        if events:
            return f"record {events[0].ref.index} signalled it already"
    elif not events:
        return "no such incident was signalled before"
    elif record.event not in _ALWAYS | _NEXT[stand(events)]:
        return f"it is {stand(events)}"
    if record.event == "duplicate":
        return _doubled(record, held)
    lost = [ref for name in _KINDS for ref in getattr(record, name) or () if ref not in kinds]
    return f"record {lost[0].index} of this log is not the one that it names" if lost else ""


def _doubled(record: IncidentRecord, held: Held) -> str:
    if record.of is None or record.of not in held:
        return f"there is no incident {record.of} of which it could be a duplicate"
    if _root(held, record.of) == record.id:
        return f"{record.of} is itself, or is a duplicate of it"
    return ""


def _root(held: Held, name: str) -> str:
    """Return the incident that one is a duplicate of in the end: itself, where it is none."""
    while stand(held[name]) == "duplicate":
        name = next(e.record.of for e in reversed(held[name]) if e.record.event == "duplicate") or name
    return name


def _untied(record: IncidentRecord, records: Records, held: Held, kinds: Mapping[Ref, str]) -> str:
    """Return what of the ties of a new record leads nowhere; a reader who does not see all cannot tell."""
    for name, allowed in _KINDS.items():
        for ref in getattr(record, name) or ():
            if kinds[ref] not in allowed:
                return f"record {ref.index} is of the kind {kinds[ref]}: {name} are of the kind {' or '.join(allowed)}"
    known = {"related": set(held) - {record.id}, "risks": _risks(records), "mitigations": _mitigations(records)}
    for name, ids in known.items():
        if lost := [value for value in getattr(record, name) or () if value not in ids]:
            return f"there is no {lost[0]!r} among {name}: {', '.join(sorted(ids)) or 'there are none yet'}"
    return ""


def _risks(records: Records) -> set[str]:
    return {entry.record.id for entry in records.of(RiskRecord)}


def _mitigations(records: Records) -> set[str]:
    return {entry.record.mitigation for entry in records.of(RiskRecord) if entry.record.mitigation}


def _expected(record: IncidentRecord, held: Held) -> str:
    events: Sequence[Event] = held.get(record.id, ())
    if not events:
        known = f", or one of the incidents {', '.join(sorted(held))}" if held else ": none was signalled yet"
        return f"signal{known}"
    return f"{', '.join(sorted(_NEXT[stand(events)]))}, or at any time {', '.join(sorted(_ALWAYS))}"
