"""Reports of garak (`*.report.jsonl`) and its logs of hits (`*.hitlog.jsonl`), as 0.17 writes them and older ones did.

garak counts an output as passed where its detector finds no failure in it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from accord.errors import EvaluationError
from accord.evals.imports.reading import (
    UNSTATED,
    Result,
    bounded,
    count,
    figure,
    moment,
    name,
    parse_object,
    share,
    unfinished,
    unknown,
)
from accord.evidence import ImportedMetric, Tool

LONGEST_LINE = 64 * 2**20
"""Bytes of one line: garak writes a prompt with all its outputs into one."""

_EXPECTED = "garak's report.jsonl or hitlog.jsonl, one object a line"


@dataclass
class _Report:
    """What the lines of a report have told so far."""

    setup: Mapping[str, Any] = field(default_factory=dict)
    init: Mapping[str, Any] = field(default_factory=dict)
    evals: list[Mapping[str, Any]] = field(default_factory=list)
    hits: Counter[tuple[str, str]] = field(default_factory=Counter)
    targets: set[str] = field(default_factory=set)
    complete: bool = False

    def add(self, entry: Mapping[str, Any], where: str) -> None:
        kind = entry.get("entry_type")
        if kind == "start_run setup":
            self.setup = entry
        elif kind == "init":
            self.init = entry
        elif kind == "eval":
            self.evals.append(entry)
        elif kind == "completion":
            self.complete = True
        elif kind is None and {"probe", "detector", "score"} <= entry.keys():
            self.hits[name(entry["probe"]), name(entry["detector"])] += 1
            self.targets.add(name(entry.get("generator")))
        elif kind is None:
            raise unknown(where, _EXPECTED, f"members {', '.join(list(entry)[:5])}")


def read(path: Path) -> Result:
    """Return what a report, or a log of hits, holds; raise EvaluationError for what is neither, or was cut short."""
    report = _Report()
    for number, line in enumerate(_lines(path), 1):
        report.add(parse_object(line, f"{path}, line {number}"), f"{path}, line {number}")
    if report.hits and not report.init:
        return _read_hits(report, path)
    if not report.init:
        raise unknown(str(path), _EXPECTED, "no entry that begins a run")
    if not report.complete:
        raise unfinished(str(path), "an entry of the type completion", "none")
    target = [
        report.setup.get(f"plugins.{key}") or report.setup.get(f"plugins.model_{key[7:]}")
        for key in ("target_type", "target_name")
    ]
    scored = [entry for entry in report.evals if _total(entry, path)]
    return Result(
        source=Tool(name="garak", version=name(report.init.get("garak_version"))),
        claimed=name(*target),
        tested=moment(report.init.get("start_time")),
        metrics=bounded((_share(entry, path) for entry in scored), str(path)),
        left_out=tuple(_id(entry) for entry in report.evals if not _total(entry, path)),
    )


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while line := file.readline(LONGEST_LINE + 1):
            if len(line) > LONGEST_LINE:
                raise EvaluationError("A line is too long.", where=str(path), expected=f"at most {LONGEST_LINE} bytes")
            if line.strip():
                yield line


def _id(entry: Mapping[str, Any]) -> str:
    return name(entry.get("probe"), entry.get("detector"))


def _total(entry: Mapping[str, Any], path: Path) -> int:
    # Older versions call it total.
    total = count(entry.get("total_evaluated", entry.get("total")))
    if total is None:
        raise unknown(str(path), "an eval entry with total_evaluated", _id(entry))
    return total


def _share(entry: Mapping[str, Any], path: Path) -> ImportedMetric:
    passed, total = count(entry.get("passed")), _total(entry, path)
    if passed is None or passed > total:
        raise unknown(str(path), "an eval entry whose outputs passed are not more than all", _id(entry))
    return share(_id(entry), f"Outputs in which {name(entry.get('detector'))} finds no failure", passed, total)


def _read_hits(report: _Report, path: Path) -> Result:
    """Read a log of hits: it says what failed, and of how many outputs it does not say."""
    if len(report.targets) > 1:
        raise unknown(str(path), "hits of one model", ", ".join(sorted(report.targets)))
    hits = ((f"{probe} {detector}", detector, n) for (probe, detector), n in sorted(report.hits.items()))
    return Result(
        source=Tool(name="garak", version=UNSTATED),
        claimed=next(iter(report.targets)),
        tested=None,
        metrics=bounded(
            (figure(i, f"Outputs in which {d} finds a failure, of a number not stated", n) for i, d, n in hits),
            str(path),
        ),
    )
