"""Claims about what records say: artifacts digested again, metrics, findings and statuses computed again."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import file_digest
from os import SEEK_END
from typing import Any

from pydantic import TypeAdapter

from accord.assess import states
from accord.checks import find, load_checks
from accord.codes import load_code
from accord.errors import CodeError
from accord.evidence import (
    AlertRecord,
    ArtifactRef,
    AssessmentRecord,
    BaselineRecord,
    ClosedRecord,
    Entry,
    ErasureRecord,
    EvaluationRecord,
    Finding,
    InspectionRecord,
    JudgementRecord,
    JudgeRecord,
    Record,
    Records,
    Ref,
    ReportRecord,
    SystemRecord,
    WindowRecord,
    format_values,
    this_build,
)
from accord.ledger import digest, root
from accord.manifest import System
from accord.verify.archive import Part, open_part
from accord.verify.claims import Claim, Result
from accord.verify.history import Opened, check_reference
from accord.verify.measured import check_agreements, check_judges, check_metrics, check_observations
from accord.verify.monitored import check_alert, check_baseline, check_windows
from accord.verify.shelf import Find, Shelf, UnsettledError, read_artifact

_FINDINGS = TypeAdapter(tuple[Finding, ...])
_SYSTEM = TypeAdapter(System)


def recompute(opened: Opened, find: Find, disclosed: Mapping[int, Entry[Any]] | None = None) -> Iterator[Claim]:
    """Yield the claims of every record that could be opened; `find` is asked for each artifact by its digest.

    `disclosed` are entries of which withheld fields were shown: what they say is checked too, and supports nothing.
    """
    shelf = Shelf(find, opened.erased)
    shown = {**opened.entries, **(disclosed or {})}
    yield from _check_artifacts(shown.values(), shelf)
    for entry in shown.values():
        if isinstance(entry.record, EvaluationRecord | JudgementRecord):
            yield _claim(entry, "metrics", "are what its scores give", lambda e: check_metrics(e.record, shelf))
            if any(metric.judge for metric in entry.record.metrics):
                yield _claim(entry, "judges", "err as was measured", lambda e: check_judges(shown, e))
        elif isinstance(entry.record, JudgeRecord):
            yield _claim(entry, "agreements", "are what its verdicts give", lambda e: check_agreements(e.record, shelf))
        elif isinstance(entry.record, InspectionRecord):
            yield _claim(
                entry, "observations", "are what its sightings give", lambda e: check_observations(e.record, shelf)
            )
        elif isinstance(entry.record, WindowRecord | BaselineRecord | AlertRecord):
            yield _check_monitoring(shown, entry, shelf)
        elif isinstance(entry.record, AssessmentRecord):
            yield from _check_assessment(opened, entry, shelf)
        elif isinstance(entry.record, ReportRecord):
            yield _claim(
                entry, "assessment", "is the one it names", lambda e: _check_reference(opened, e, e.record.assessment)
            )
        elif isinstance(entry.record, ErasureRecord):
            yield _claim(entry, "records", "are those that name what it erased", lambda e: _check_erasure(shown, e))
            yield _claim(entry, "bytes", "are here no longer", lambda e: _check_erased(shelf, e.record))


def _check_monitoring(shown: Mapping[int, Entry[Any]], entry: Entry[Any], shelf: Shelf) -> Claim:
    if isinstance(entry.record, WindowRecord):
        return _claim(entry, "tests", "are what its windows give", lambda e: check_windows(shown, e))
    if isinstance(entry.record, BaselineRecord):
        return _claim(entry, "rates", "are what the windows before it give", lambda e: check_baseline(shown, e))
    return _claim(entry, "counts", "are what its windows and its evidence give", lambda e: check_alert(shown, e, shelf))


def _check_artifacts(entries: Iterable[Entry[Any]], shelf: Shelf) -> Iterator[Claim]:
    """Yield one claim for each artifact that a record names."""
    named = defaultdict[str, list[tuple[Entry[Any], str, ArtifactRef]]](list)
    for entry in entries:
        for name, value in entry.record:
            if isinstance(value, ArtifactRef) and not isinstance(entry.record, ErasureRecord):
                named[value.sha256].append((entry, name, value))
    for sha256, uses in named.items():
        entry, name, _ = uses[0]
        text = f"The {name} of record {entry.ref.index} ({entry.record.kind}) is as it was when it was signed."
        part = shelf.find(sha256)
        result, reason = (
            shelf.absent(sha256) if part is None else _digest_again(sha256, {ref.size for _, _, ref in uses}, part)
        )
        yield Claim(id=f"artifact.{sha256}", text=text, result=result, reason=reason, ref=entry.ref)


def _check_erased(shelf: Shelf, record: ErasureRecord) -> None:
    if shelf.find(record.erased.sha256) is not None:
        reason = f"The artifact {record.erased.sha256} is still here: whoever erases it again finishes it."
        raise UnsettledError(Result.CONTRADICTED, reason)


def _check_erasure(entries: Mapping[int, Entry[Any]], entry: Entry[ErasureRecord]) -> None:
    for ref in entry.record.records:
        if reason := check_reference(entries, ref, Record, entry.ref.index):
            raise UnsettledError(Result.CONTRADICTED, reason)
        named = {value.sha256 for _, value in entries[ref.index].record if isinstance(value, ArtifactRef)}
        if isinstance(entries[ref.index].record, ClosedRecord):
            raise UnsettledError(Result.WITHHELD, f"What record {ref.index} names is withheld.")
        if entry.record.erased.sha256 not in named:
            raise UnsettledError(Result.CONTRADICTED, f"Record {ref.index} does not name it.")


def find_artifacts(entries: Iterable[Entry[Any]]) -> frozenset[str]:
    """Return the SHA-256 of every artifact that a record names."""
    return frozenset(v.sha256 for e in entries for _, v in e.record if isinstance(v, ArtifactRef))


def judge_difference(record: AssessmentRecord) -> tuple[Result, str]:
    """Return what a difference means: another version of the tool may honestly come to another result."""
    ours = this_build()
    if record.tool == ours:
        return Result.CONTRADICTED, ""
    return Result.CANNOT_TELL, f" It was made by version {record.tool.version}, and this is {ours.version}."


def _digest_again(sha256: str, sizes: set[int], part: Part) -> tuple[Result, str]:
    with open_part(part) as file:
        found, size = file_digest(file, "sha256").hexdigest(), file.seek(0, SEEK_END)
    if found != sha256 or {size} != sizes:
        reason = f"expected {min(sizes)} bytes with SHA-256 {sha256}; found {size} bytes with SHA-256 {found}"
        return Result.CONTRADICTED, reason
    return Result.VERIFIED, ""


def _claim(entry: Entry[Any], part: str, says: str, check: Callable[[Entry[Any]], None]) -> Claim:
    kind, index = entry.record.kind, entry.ref.index
    text = f"The {part} of record {index} ({kind}) {says}."
    try:
        check(entry)
    except UnsettledError as end:
        return Claim(id=f"{kind}.{index}.{part}", text=text, result=end.result, reason=end.problem, ref=entry.ref)
    return Claim(id=f"{kind}.{index}.{part}", text=text, result=Result.VERIFIED, ref=entry.ref)


def _check_assessment(opened: Opened, entry: Entry[AssessmentRecord], shelf: Shelf) -> Iterator[Claim]:
    yield _claim(entry, "root", "is that of the log at the size it names", lambda e: _check_root(opened, e))
    yield _claim(entry, "findings", "are what the records before it give", lambda e: _check_findings(opened, e, shelf))
    yield _claim(entry, "statuses", "follow from its findings", lambda e: _check_statuses(e.record, shelf))


def _check_root(opened: Opened, entry: Entry[AssessmentRecord]) -> None:
    record = entry.record
    leaves = opened.history.leaves[: record.size]
    if record.size > entry.ref.index:
        raise UnsettledError(
            Result.CONTRADICTED, f"It says {record.size} entries, yet it is entry {entry.ref.index} itself."
        )
    if root(leaves).hex() != record.root:
        raise UnsettledError(Result.CONTRADICTED, f"expected {record.root}; found {root(leaves).hex()}")


def _check_reference(opened: Opened, entry: Entry[ReportRecord], ref: Ref) -> None:
    if reason := check_reference(opened.entries, ref, AssessmentRecord, entry.ref.index):
        raise UnsettledError(Result.CONTRADICTED, reason)


def _check_findings(opened: Opened, entry: Entry[AssessmentRecord], shelf: Shelf) -> None:
    record = entry.record
    missing = [i for i in range(min(record.size, entry.ref.index)) if i not in opened.entries]
    if missing:
        raise UnsettledError(Result.CANNOT_TELL, f"It rests on record {missing[0]}, which is contradicted or missing.")
    records = Records(opened.entries.values(), record.made).before(record.size)
    found = find(_read_system(opened, records, entry, shelf), records)
    if digest(format_values(found)) != record.findings.sha256:
        _compare(record, found, shelf)


def _read_system(opened: Opened, records: Records, entry: Entry[AssessmentRecord], shelf: Shelf) -> System:
    ref = entry.record.system
    reason = check_reference(opened.entries, ref, SystemRecord, entry.record.size)
    newest = records.latest(SystemRecord)
    if reason or newest is None or newest.ref != ref:
        raise UnsettledError(Result.CONTRADICTED, reason or f"Record {ref.index} was not the newest declaration.")
    return read_artifact(shelf, newest.record.declaration, _SYSTEM, judge_difference(entry.record)[0])


def _compare(record: AssessmentRecord, found: tuple[Finding, ...], shelf: Shelf) -> None:
    """Say how recomputed findings differ from those that were recorded; plug-in checks need not be installed here."""
    result, note = judge_difference(record)
    said = read_artifact(shelf, record.findings, _FINDINGS, result)
    ours = {c.id for c in load_checks() if c.function.__module__.startswith("accord.checks.")}
    mine, theirs = ({f.check: f for f in findings} for findings in (found, said))
    different = sorted(i for i in mine.keys() | theirs.keys() if mine.get(i) != theirs.get(i))
    if shipped := [i for i in different if i in ours]:
        raise UnsettledError(result, f"Findings differ: {', '.join(shipped)}.{note}")
    if different:
        reason = f"It was made with other checks installed beside Accord's own: {', '.join(different)}."
        raise UnsettledError(Result.CANNOT_TELL, reason)
    raise UnsettledError(result, f"The findings are not written as this version writes them.{note}")


def _check_statuses(record: AssessmentRecord, shelf: Shelf) -> None:
    result, note = judge_difference(record)
    findings = read_artifact(shelf, record.findings, _FINDINGS, result)
    try:
        code = load_code(record.edition)
    except CodeError as error:
        raise UnsettledError(Result.CANNOT_TELL, error.problem) from error
    if code.digest != record.edition_sha256:
        raise UnsettledError(result, f"It names another text of the edition {record.edition}.{note}")
    again = {s.clause: s.status for s in states(code, findings)}
    different = sorted(c for c in again.keys() | record.statuses.keys() if again.get(c) != record.statuses.get(c))
    if different:
        raise UnsettledError(result, f"The findings give other statuses for {', '.join(different)}.{note}")
