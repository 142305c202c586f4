"""The one orchestrator: run the engines whose evidence is missing, expired or about something changed; then find.

An engine is a callable that takes the workspace and the system and names its jobs. A job's key digests
everything that its result depends on, so "missing, expired or changed" is one question: is there a current,
complete record with this key?
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from accord.checks import find
from accord.codes import Clause, Code, load_code
from accord.errors import EvaluationError
from accord.evidence import (
    AssessmentRecord,
    Basis,
    DocumentRecord,
    Entry,
    Finding,
    Model,
    Origin,
    PlanRecord,
    Record,
    Records,
    Status,
    SystemRecord,
    Time,
    expiry,
    format_values,
    this_build,
)
from accord.manifest import System, identify_model, load_system
from accord.workspace import Workspace

DECLARATION_DAYS = 365
"""How long a declaration or the reading of a document may be relied on before it must be made again."""

Clock = Callable[[], datetime]


class Progress(Protocol):
    """Where a job says how far it is."""

    def __call__(self, done: int, note: str = "") -> None:
        """Report that `done` units are finished, and what is being done."""


@dataclass(frozen=True)
class Job:
    """One measurement that an engine can make."""

    key: str
    """SHA-256 (hex) over everything the result depends on."""
    title: str
    units: int
    run: Callable[[Progress], Iterator[Record]]
    """Yields records as they become true; raises EvaluationError when nothing could be measured."""
    unit: str = "samples"
    """What its units are."""


Engine = Callable[[Workspace, System], Iterable[Job]]
Anchor = Callable[[Workspace], object]
"""Has outsiders fix the log in time, where the workspace names any: called after each plan, and at the end."""
Watch = Callable[[Sequence[Job]], Callable[[Job], Progress]]
"""Told once which jobs will run, it gives for each job, as it starts, where to report progress."""


class ClauseState(Model):
    """What all findings together say of one clause."""

    clause: str
    status: Status
    basis: Basis | None = None
    origin: Origin | None = None
    date: Time | None = None
    expires: Time | None = None
    gaps: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Assessment:
    """The newest assessment of a workspace, and what was done to reach it."""

    entry: Entry[AssessmentRecord]
    states: tuple[ClauseState, ...]
    ran: tuple[str, ...]
    """Titles of the jobs that were run; none where nothing had changed."""


def assess(
    workspace: Workspace, engines: Sequence[Engine], *, clock: Clock, watch: Watch, anchor: Anchor = bool
) -> Assessment:
    """Bring the evidence up to date, then record what it supports. With nothing changed, nothing is written."""
    system = load_system(workspace.manifest)
    code = load_code(system.edition)
    declare(workspace, system, code, clock())
    jobs = [job for engine in engines for job in engine(workspace, system)]
    ran = run_jobs(workspace, jobs, system, clock=clock, watch=watch, anchor=anchor)
    records = workspace.records(clock())
    findings = find(system.declared(), records)
    entry = _record(workspace, code, findings, records)
    anchor(workspace)
    return Assessment(entry, states(code, findings), ran)


def run_jobs(
    workspace: Workspace, jobs: Iterable[Job], system: System, *, clock: Clock, watch: Watch, anchor: Anchor = bool
) -> tuple[str, ...]:
    """Run the jobs of which there is no current, complete record, keep what they yield, and return their titles."""
    held = workspace.records(clock(), opened=True)
    waiting = [job for job in jobs if not _is_done(job, held)]
    start = watch(waiting)
    for job in waiting:
        for record in job.run(start(job)):
            workspace.append([record], system.withhold)
            if isinstance(record, PlanRecord):
                anchor(workspace)  # before the first question: afterwards nobody could tell which came first
    return tuple(job.title for job in waiting)


def declare(workspace: Workspace, system: System, code: Code, now: datetime) -> None:
    """Record the declaration and the documents that it names, where they are new, changed or expired."""
    records = workspace.records(now, opened=True)
    record = SystemRecord(
        made=now,
        expires=expiry(now, DECLARATION_DAYS),
        edition=code.id,
        edition_sha256=code.digest,
        name=system.system.name,
        version=system.system.version,
        model=identify_model(system, workspace.root),
        declaration=workspace.keep(system.to_bytes(), "application/json"),
    )
    held = records.current(SystemRecord)[-1:]
    new: list[Record] = [] if any(_same(e.record, record) for e in held) else [record]
    read = {e.record.id: e.record for e in records.current(DocumentRecord)}
    for document in system.documents:
        if document.path is not None:
            reference = workspace.keep_file(workspace.root / document.path, "application/octet-stream")
            made = DocumentRecord(made=now, expires=record.expires, id=document.id, document=reference)
            if not _same(read.get(document.id), made):
                new.append(made)
    if new:
        workspace.append(new, system.withhold)


def _same(held: Record | None, new: Record) -> bool:
    changing = {"made", "expires", "chain"}
    return held is not None and held.model_dump(exclude=changing) == new.model_dump(exclude=changing)


def _is_done(job: Job, records: Records) -> bool:
    own = (e.record for e in records.current(Record) if e.origin == Origin.SELF)  # nobody else's replaces it
    return any(record.job == job.key and record.is_complete for record in own)


def _record(
    workspace: Workspace, code: Code, findings: tuple[Finding, ...], records: Records
) -> Entry[AssessmentRecord]:
    record = make_assessment(workspace, code, findings, records)
    held = records.latest(AssessmentRecord)
    based = {"made", "size", "root", "chain"}
    if held is None or held.record.model_dump(exclude=based) != record.model_dump(exclude=based):
        index = workspace.append([record])[0]
        held = next(e for e in workspace.records(records.at).of(AssessmentRecord) if e.ref.index == index)
    return held


def make_assessment(
    workspace: Workspace, code: Code, findings: Sequence[Finding], records: Records
) -> AssessmentRecord:
    """Return the record of findings over `records`, the first of the log, as of the moment at which they were read."""
    system = records.latest(SystemRecord)
    if system is None:
        raise EvaluationError("There is no declaration in the log to assess.", fix="run: accord assess")
    size = len(records)  # what was looked at, and not the tip: another process may have written since
    return AssessmentRecord(
        made=records.at,
        expires=min((f.expires for f in findings if f.expires), default=None),
        edition=code.id,
        edition_sha256=code.digest,
        size=size,
        root=workspace.log().root_at(size).hex(),
        system=system.ref,
        tool=this_build(),
        statuses={s.clause: s.status for s in states(code, findings)},
        findings=workspace.keep(format_values(findings), "application/json"),
    )


def states(code: Code, findings: Iterable[Finding]) -> tuple[ClauseState, ...]:
    """Fold findings into one state for each clause of the Code, in its order."""
    held = tuple(findings)
    return tuple(_state(clause, [f for f in held if clause.id in f.clauses]) for clause in code.clauses)


def _state(clause: Clause, findings: Sequence[Finding]) -> ClauseState:
    if not findings:
        gap = "Accord has no check for this clause yet."
        return ClauseState(clause=clause.id, status=Status.NO_EVIDENCE, gaps=(gap,))
    resting = [f for f in findings if f.evidence]
    return ClauseState(
        clause=clause.id,
        status=_fold({f.status for f in findings}),
        basis=Basis.DECLARED
        if any(f.basis == Basis.DECLARED for f in resting)
        else next((f.basis for f in resting), None),
        origin=next((o for o in Origin if any(f.origin == o for f in resting)), None),
        date=max((f.date for f in resting if f.date), default=None),
        expires=min((f.expires for f in resting if f.expires), default=None),
        gaps=tuple(gap for f in findings for gap in f.gaps),
        findings=tuple(findings),
    )


def _fold(statuses: set[Status]) -> Status:
    """Contradiction outweighs all; anything short of full support is partial; not-applicable adds nothing."""
    if Status.CONTRADICTED in statuses:
        return Status.CONTRADICTED
    relevant = statuses - {Status.NOT_APPLICABLE}
    if not relevant:
        return Status.NOT_APPLICABLE
    return relevant.pop() if len(relevant) == 1 else Status.PARTIAL
