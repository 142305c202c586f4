"""What checks ask of the scans of datasets, and of the looks at their papers (action 11)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

from accord.checks.definition import Practice
from accord.checks.scans import scanned
from accord.evidence import (
    Entry,
    InspectionRecord,
    Rate,
    Records,
    ScanRecord,
    Status,
    SystemRecord,
    is_current,
)
from accord.manifest import System

R = TypeVar("R", ScanRecord, InspectionRecord)
_LIKELY = 0.5
"""The lower bound of a detector's precision from which what it finds is believed to be there ..."""
_ENOUGH = 5
"""... where it found it in so many texts."""


def scans(system: System, records: Records) -> Mapping[str, Entry[ScanRecord]]:
    """Return the newest scan of each declared dataset, by its id, where it is current and of the declared model."""
    held = {dataset.id: scanned(records, "data", dataset.id) for dataset in system.datasets}
    return {name: entry for name, entry in held.items() if entry}


def looks(system: System, records: Records, topic: str) -> Mapping[str, Entry[InspectionRecord]]:
    """Return the newest look at each declared dataset's papers of a topic, as `scans` does."""
    declared = records.latest(SystemRecord)
    names = {dataset.id for dataset in system.datasets}
    told = (e for e in records.of(InspectionRecord) if e.record.topic == topic and e.record.name in names)
    newest = {entry.record.name: entry for entry in told}
    return {
        name: entry
        for name, entry in newest.items()
        if declared and entry.record.model == declared.record.model.sha256 and is_current(entry.record, records.at)
    }


def observe(
    system: System, held: Mapping[str, Entry[R]], say: Callable[[R], str], gaps: Iterable[str] = ()
) -> Practice:
    """Return what was seen of each dataset as one practice: partial at most, for it says nothing else."""
    seen = [(dataset.title, held[dataset.id]) for dataset in system.datasets if dataset.id in held]
    told = " ".join(f"Observed in “{title}”: {say(entry.record)}." for title, entry in seen)
    status = Status.PARTIAL if seen else Status.NO_EVIDENCE
    return Practice(status, told, [entry for _, entry in seen], list(gaps))


def unseen(system: System, held: Mapping[str, Entry[R]], gap: str) -> Iterator[str]:
    """Yield the gap of each dataset that was not looked at."""
    return (f"“{d.title}”: {gap}" for d in system.datasets if d.id not in held)


def tell(rates: Iterable[Rate]) -> str:
    """Return rates in words, each with its interval."""
    return "; ".join(f"{rate.title}: {rate.texts} of {rate.n}{_interval(rate)}" for rate in rates)


def _interval(rate: Rate) -> str:
    return f" ({rate.interval[0]:.2%} to {rate.interval[1]:.2%})" if rate.interval else ""


def found(record: ScanRecord, *detectors: str) -> list[Rate]:
    """Return what some detectors found in at least one text, in the order of the detectors, the most frequent first."""
    rates = [rate for rate in record.rates if rate.texts and rate.detector in detectors and not rate.part]
    return sorted(rates, key=lambda rate: (detectors.index(rate.detector), -rate.texts, rate.label))


def likely(record: ScanRecord, rate: Rate) -> bool:
    """Tell whether what was found is likely to be there: often, by a detector known to be right more often than not."""
    known = [
        quality
        for ref in record.detectors
        if ref.name == rate.detector
        for quality in ref.quality
        if quality.label == rate.label
    ]
    shares = [quality.precision for quality in known]
    return rate.texts >= _ENOUGH and bool(shares) and all(share is not None and share[1] > _LIKELY for share in shares)


def failing(system: System, held: Mapping[str, Entry[InspectionRecord]]) -> Iterator[str]:
    """Yield what does not hold of datasets' papers, and what could not be told."""
    for dataset in system.datasets:
        for seen in held[dataset.id].record.observations if dataset.id in held else ():
            if seen.fails:
                yield f"“{dataset.title}”: of {seen.fails} of {seen.n} it does not hold that {seen.title}."
            if seen.unknown:
                yield f"“{dataset.title}”: of {seen.unknown} it could not be told whether {seen.title}."


def contradict(practice: Practice, *, when: bool) -> Practice:
    """Return a practice as contradicted where something speaks against it."""
    if not when or practice.status == Status.NO_EVIDENCE:
        return practice
    return Practice(Status.CONTRADICTED, practice.summary, practice.entries, practice.gaps)


def fails(held: Mapping[str, Entry[InspectionRecord]], *observations: str) -> bool:
    """Tell whether anything that was asked, or one of the observations that are named, does not hold."""
    return any(
        o.fails for e in held.values() for o in e.record.observations if not observations or o.id in observations
    )
