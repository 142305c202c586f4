"""The register of risks: a pure fold over signed events, never a table that can be edited.

The organisation keeps it. Somebody else may add a risk to it and assess one; only the organisation treats, accepts and
closes. What does not fit is left out and named (`misfits`): a stranger may sign anything, and the rest stays readable.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import inf
from typing import Literal, Protocol

from accord.errors import RecordError
from accord.evidence import (
    ClosedRecord,
    Effect,
    Entry,
    EvaluationRecord,
    Metric,
    Origin,
    Records,
    Ref,
    RiskRecord,
    SystemRecord,
    is_current,
)

Event = Entry[RiskRecord]
State = Literal["open", "treated", "accepted", "closed"]
Found = tuple[Entry[EvaluationRecord], Metric]

_OWN = frozenset({"treat", "accept", "close"})


class Scales(Protocol):
    """The words in which risks are assessed, lowest first, and the level up to which they are tolerated."""

    @property
    def likelihood(self) -> tuple[str, ...]:
        """How likely a scenario is."""

    @property
    def severity(self) -> tuple[str, ...]:
        """How bad it would be."""

    @property
    def tolerated(self) -> int:
        """The highest level that needs no acceptance."""


@dataclass(frozen=True)
class Risk:
    """A risk as its events leave it at the moment `at`; the first of them added it."""

    events: tuple[Event, ...]
    at: datetime

    @property
    def id(self) -> str:
        """Its id in the register."""
        return self.added.id

    @property
    def added(self) -> RiskRecord:
        """What was said of it when it was added."""
        return self.events[0].record

    @property
    def title(self) -> str:
        """What it is, in a few words."""
        return self.added.title or "(withheld)"

    @property
    def owner(self) -> str:
        """The role that answers for it; none where that is withheld."""
        return self.added.owner or ""

    @property
    def review(self) -> date | None:
        """The day by which it is looked at again, as was said last; none where that is withheld."""
        return next((e.record.review for e in reversed(self.events) if e.record.review), None)

    @property
    def is_overdue(self) -> bool:
        """Whether the day of its review has passed; one whose day is not known is overdue too."""
        return self.state != "closed" and (self.review is None or self.review < self.at.date())

    @property
    def inherent(self) -> Event | None:
        """The newest assessment without its treatments: of those by different origins the worst."""
        return _worst(e for e in self.events if e.record.phase == "inherent")

    @property
    def residual(self) -> Event | None:
        """The newest assessment with its treatments: of those by different origins the worst."""
        return _worst(e for e in self.events if e.record.phase == "residual")

    @property
    def assessment(self) -> Event | None:
        """The assessment that stands: each origin's newest, and of these the worst.

        An inherent one that is newer than a residual one counts: what remains of it has to be assessed again.
        """
        return _worst(self._of("assess"))

    @property
    def level(self) -> int | None:
        """The product of the positions of the assessment that stands; none where there is none, or it is withheld."""
        return _level(self.events)

    @property
    def indicators(self) -> tuple[str, ...]:
        """The metrics that measure it, as each origin's newest assessment names them."""
        return tuple(dict.fromkeys(m for e in _newest(self._of("assess")) for m in e.record.indicators or ()))

    @property
    def treatments(self) -> tuple[Event, ...]:
        """What is done about it: the newest event of each mitigation."""
        return tuple({e.record.mitigation or e.ref.index: e for e in self._of("treat")}.values())

    @property
    def acceptance(self) -> Event | None:
        """The newest acceptance, whether it still holds or not."""
        return next(reversed(self._of("accept")), None)

    @property
    def is_accepted(self) -> bool:
        """Whether a named role accepts it now: the acceptance has not ended, and no worse assessment came after it."""
        held = self.acceptance
        if held is None or held.record.expires is None or not held.record.role:
            return False
        then, now = _level(self.events[: self.events.index(held)]), self.level
        return is_current(held.record, self.at) and then is not None and now is not None and now <= then

    @property
    def state(self) -> State:
        """Where it stands; an acceptance that has ended leaves it as it was before."""
        if self._of("close"):
            return "closed"
        if self.is_accepted:
            return "accepted"
        return "treated" if self.treatments else "open"

    @property
    def standing(self) -> tuple[Event, ...]:
        """What it rests on now: its adding, its assessment, its treatments, an acceptance that holds, its closing."""
        held = (self.assessment, *self.treatments, self.acceptance if self.is_accepted else None, *self._of("close"))
        return (self.events[0], *(e for e in held if e))

    def tolerated(self, scales: Scales) -> bool:
        """Tell whether its level is tolerated; one that was not assessed, or on other scales, is not."""
        return self.level is not None and self.level <= scales.tolerated and self.fits(scales)

    def fits(self, scales: Scales) -> bool:
        """Tell whether the assessments that stand were made on these scales: each word is where it was."""
        standing = _newest(self._of("assess"))
        return bool(standing) and all(_place(e.record, scales) for e in standing)

    def needs_acceptance(self, scales: Scales) -> bool:
        """Tell whether a named role has to accept it before anybody goes on, and none does now."""
        return self.state not in {"closed", "accepted"} and not self.tolerated(scales)

    def _of(self, event: str) -> tuple[Event, ...]:
        return tuple(e for e in self.events if e.record.event == event)


@dataclass(frozen=True)
class Misfit:
    """A record about a risk that counts for nothing, and why, in a sentence."""

    ref: Ref
    risk: str
    text: str


@dataclass(frozen=True)
class Measured:
    """An indicator of a risk, with its newest measurements of the declared model: none where there is no evidence."""

    metric: str
    found: tuple[Found, ...]


def register(records: Records) -> tuple[Risk, ...]:
    """Return every risk, in the order in which they were added."""
    return tuple(Risk(tuple(events), records.at) for events in _fold(records)[0].values())


def misfits(records: Records) -> tuple[Misfit, ...]:
    """Return the records about risks that count for nothing, oldest first."""
    return tuple(_fold(records)[1])


def require_fit(record: RiskRecord, records: Records) -> None:
    """Raise RecordError where the organisation's `record` does not fit the register, with what is possible."""
    held = _fold(records)[0]
    events = held.get(record.id, [])
    if problem := _problem(record, Origin.SELF, events):
        raise RecordError(
            "This does not fit the register of risks.",
            where=f"risk {record.id}",
            expected=_possible(events, sorted(held)),
            found=f"{record.event}, and {problem}",
        )


def works(treatment: RiskRecord, records: Records, least: float) -> bool | None:
    """Tell whether measurements show that a treatment works: the whole interval, in every language and origin.

    None where it is not shown either way: nothing says what would show it, nothing measured it, an interval crosses the
    bound, or a judge agrees too little with people (by `least`, as in `Metric.doubt`).
    """
    verdicts = [
        _holds(effect, metric, least)
        for effect in treatment.shown_by or ()
        for _, metric in find_measured(effect.metric, records) or [(None, None)]
    ]
    if False in verdicts:
        return False
    return True if verdicts and None not in verdicts else None


def measured(risk: Risk, records: Records) -> tuple[Measured, ...]:
    """Return each indicator of a risk with what was measured of it."""
    return tuple(Measured(name, find_measured(name, records)) for name in risk.indicators)


def find_measured(metric: str, records: Records) -> tuple[Found, ...]:
    """Return a metric over all its samples, in each language, from each origin's newest run on the declared model.

    A run that has expired is not replaced by an older one that has not: a result must not hide behind an early end.
    """
    system = records.latest(SystemRecord)
    model = system.record.model.sha256 if system else ""
    runs = (e for e in records.of(EvaluationRecord) if e.record.is_complete and e.record.model.sha256 == model)
    newest = {(e.record.suite.id, e.origin): e for e in runs}.values()
    current = (e for e in newest if is_current(e.record, records.at))
    return tuple((e, m) for e in current for m in e.record.metrics if m.id == metric and not m.group)


def matrix(risks: Iterable[Risk], scales: Scales) -> tuple[tuple[tuple[Risk, ...], ...], ...]:
    """Return the risks that are not closed by likelihood, lowest first, and in each row by severity.

    One that was not assessed on these scales has no place.
    """
    placed = [
        (risk, place)
        for risk in risks
        if risk.state != "closed" and risk.assessment and risk.fits(scales)
        if (place := _place(risk.assessment.record, scales))
    ]
    return tuple(
        tuple(
            tuple(risk for risk, place in placed if place == (likelihood, severity))
            for severity in range(1, len(scales.severity) + 1)
        )
        for likelihood in range(1, len(scales.likelihood) + 1)
    )


def by_action(risks: Iterable[Risk]) -> dict[int, tuple[Risk, ...]]:
    """Return the risks that touch each action of the Code, by its number; actions without any are left out."""
    pairs = [(int(item.partition(".")[0]), risk) for risk in risks for item in risk.added.touches or ()]
    return {
        action: tuple(dict.fromkeys(r for a, r in pairs if a == action)) for action in sorted({a for a, _ in pairs})
    }


def overdue(risks: Iterable[Risk]) -> tuple[Risk, ...]:
    """Return the risks whose review is overdue."""
    return tuple(risk for risk in risks if risk.is_overdue)


def last_release(records: Records) -> Ref | None:
    """Return the newest declaration of the version before the one that is declared now; none where it is the first."""
    declared = records.of(SystemRecord)
    return next((e.ref for e in reversed(declared) if e.record.version != declared[-1].record.version), None)


def changed_since(risks: Iterable[Risk], release: Ref | None) -> tuple[Risk, ...]:
    """Return the risks about which anything was recorded after a declaration; all of them where there is none."""
    return tuple(risk for risk in risks if release is None or risk.events[-1].ref.index > release.index)


def _fold(records: Records) -> tuple[dict[str, list[Event]], list[Misfit]]:
    held: dict[str, list[Event]] = {}
    left: list[Misfit] = []
    for entry in records:
        record = entry.record
        if isinstance(record, ClosedRecord) and record.of == RiskRecord.kind:
            why = f"Record {entry.ref.index} about the risk {record.topic} is {record.why}, and counts for nothing."
            left.append(Misfit(entry.ref, record.topic, why))
        elif isinstance(record, RiskRecord):
            if problem := _problem(record, entry.origin, held.get(record.id, ())):
                text = f"Record {entry.ref.index} ({record.event}, risk {record.id}) does not count: {problem}."
                left.append(Misfit(entry.ref, record.id, text))
            else:
                held.setdefault(record.id, []).append(entry)
    return held, left


def _problem(record: RiskRecord, origin: Origin, events: Sequence[Event]) -> str:
    """Return why an event cannot follow those before it, or ""."""
    if origin != Origin.SELF and record.event in _OWN:
        return "only the organisation treats, accepts and closes its risks"
    if record.event == "add":
        return f"record {events[0].ref.index} added it already" if events else ""
    if not events:
        return "no such risk was added before"
    if events[-1].record.event == "close":
        return f"record {events[-1].ref.index} closed it"
    if record.event == "accept" and not _newest(e for e in events if e.record.event == "assess"):
        return "it has not been assessed"
    return ""


def _possible(events: Sequence[Event], known: Sequence[str]) -> str:
    if not events:
        return f"add, or one of the risks {', '.join(known)}" if known else "add: the register has no risk yet"
    if events[-1].record.event == "close":
        return "add, under another id: a closed risk stays closed"
    is_assessed = any(e.record.event == "assess" for e in events)
    return "assess, treat, accept or close" if is_assessed else "assess, treat or close"


def _newest(assessments: Iterable[Event]) -> tuple[Event, ...]:
    """Return the newest of each origin: nobody's replaces another's."""
    return tuple({e.origin: e for e in assessments}.values())


def _worst(assessments: Iterable[Event]) -> Event | None:
    # One that is withheld may be worse than any that can be read.
    return max(_newest(assessments), key=lambda e: inf if e.record.level is None else e.record.level, default=None)


def _level(events: Iterable[Event]) -> int | None:
    standing = _worst(e for e in events if e.record.event == "assess")
    return standing.record.level if standing else None


def _place(assessment: RiskRecord, scales: Scales) -> tuple[int, int] | None:
    """Return the positions of an assessment where they mean on these scales what they meant when it was made."""
    likelihood, severity = assessment.likelihood, assessment.severity
    if likelihood is None or severity is None:
        return None
    same = [
        words[rating.position - 1 : rating.position] == (rating.word,)
        for rating, words in ((likelihood, scales.likelihood), (severity, scales.severity))
    ]
    return (likelihood.position, severity.position) if all(same) else None


def _holds(effect: Effect, metric: Metric | None, least: float) -> bool | None:
    if metric is None or metric.low is None or metric.high is None or metric.doubt(least):
        return None
    if effect.at_most is not None:
        return True if metric.high <= effect.at_most else False if metric.low > effect.at_most else None
    bound = effect.at_least or 0.0
    return True if metric.low >= bound else False if metric.high < bound else None
