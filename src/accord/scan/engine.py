"""A scan from beginning to end: the plan, the work on its pieces, one table of findings, and what they add up to."""

import fcntl
import pickle
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from accord.errors import ScanError
from accord.evidence import Rate
from accord.ledger.files import replace_file
from accord.scan.detector import Detector
from accord.scan.parts import TABLES, join_parts, outcome_path, part_path, read_outcome
from accord.scan.plan import Plan
from accord.scan.runners import Runner
from accord.scan.work import PLAN

FEW = 60
"""Labels of a detector up to which each has a rate, found or not: an entry of the log has room for some hundreds."""
MANY = 30
"""Labels that have a rate where a detector has more: those found in most texts."""

Report = Callable[[int], object]
"""Is told how many bytes of the input are done."""


@dataclass(frozen=True)
class Scan:
    """What a scan found, in numbers; the tables lie in its folder."""

    rows: int
    texts: int
    size: int
    unreadable: dict[str, int]
    rates: tuple[Rate, ...]
    findings: Path
    flagged: Path
    unread: Path
    quotes: Path | None


def scan(plan: Plan, folder: Path, runner: Runner, report: Report = bool) -> Scan:
    """Do what a plan says, in a folder of its own, and return what was found.

    A scan that was killed goes on where it was when it is begun again with the same plan in the same folder. The
    tables are the same, byte for byte, whatever the runner and however the input was cut. Raises ScanError where a
    detector fails or the work cannot be finished; what was done until then stays.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(folder):
        work = _prepare(plan, folder)
        waiting = [n for n in range(len(plan.pieces)) if not outcome_path(work, n).exists()]
        done = plan.size - sum(plan.pieces[n].size for n in waiting)
        report(done)
        for number in runner(work, waiting) if waiting else ():
            done += plan.pieces[number].size
            report(done)
        found = _finish(plan, work, folder)
        shutil.rmtree(work)
    return found


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder: two scans in one would do the same work twice."""
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ScanError("Another process is at this scan.", where=str(folder), fix="wait for it to end") from error
        yield


def _prepare(plan: Plan, folder: Path) -> Path:
    """Return the folder of the work that goes on, with the plan for the workers; that of other plans is dropped."""
    work = folder / f"work-{plan.cut[:16]}"
    for old in folder.glob("work-*"):
        if old != work:
            shutil.rmtree(old)
    work.mkdir(mode=0o700, exist_ok=True)
    for scratch in work.glob(".*.tmp"):
        scratch.unlink()
    replace_file(work / PLAN, pickle.dumps(plan), private=True)
    return work


def _finish(plan: Plan, work: Path, folder: Path) -> Scan:
    outcomes = [o for n in range(len(plan.pieces)) if (o := read_outcome(work, n)) is not None]
    if len(outcomes) != len(plan.pieces):
        raise ScanError(
            "Some parts of the scan are not here.",
            where=str(work),
            found=f"{len(outcomes)} of {len(plan.pieces)}",
            fix="with workers on several machines, give a folder that all of them share",
        )
    unreadable: Counter[str] = Counter()
    found: Counter[tuple[str, str, str]] = Counter()
    for outcome in outcomes:
        unreadable.update(outcome["unreadable"])
        found.update({(d, label, what): count for d, label, what, count in outcome["rates"]})
    texts = sum(o["texts"] for o in outcomes)
    return Scan(
        rows=sum(o["rows"] for o in outcomes),
        texts=texts,
        size=sum(o["size"] for o in outcomes),
        unreadable=dict(sorted(unreadable.items())),
        rates=tuple(
            Rate(
                detector=d.name,
                label=label,
                title=title,
                texts=found[d.name, label, "texts"],
                found=found[d.name, label, "found"],
                n=texts,
            )
            for d in plan.detectors
            for label, title in _told(d, found)
        ),
        findings=_join(work, folder, "findings", outcomes),
        flagged=_join(work, folder, "flagged", outcomes),
        unread=_join(work, folder, "unreadable", outcomes),
        quotes=_join(work, folder, "quotes", outcomes) if plan.with_text else None,
    )


def _join(work: Path, folder: Path, name: str, outcomes: Sequence[dict[str, Any]]) -> Path:
    parts = (part_path(work, number, name) for number, done in enumerate(outcomes) if name in done["tables"])
    return join_parts(parts, folder / f"{name}.parquet", TABLES[name])


def _told(detector: Detector, found: Counter[tuple[str, str, str]]) -> list[tuple[str, str]]:
    """Return the labels that have a rate, sorted, each with its title."""
    labels = sorted(detector.labels.items())
    if len(labels) <= FEW:
        return labels
    there = [(label, title) for label, title in labels if found[detector.name, label, "texts"]]
    return sorted(sorted(there, key=lambda held: -found[detector.name, held[0], "texts"])[:MANY])
