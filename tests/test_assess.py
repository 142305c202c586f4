"""The orchestrator: it runs what is missing and no more, records what became true, and folds findings honestly."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from accord.assess import Assessment, ClauseState, Job, Progress, assess, states
from accord.checks import find
from accord.codes import load_code
from accord.errors import EvaluationError
from accord.evidence import (
    AssessmentRecord,
    Basis,
    DocumentRecord,
    Erasing,
    EvaluationRecord,
    Finding,
    Origin,
    PlanRecord,
    Record,
    Ref,
    Status,
    SystemRecord,
    format_values,
)
from accord.ledger import digest
from accord.manifest import System, identify_model, load_system
from accord.workspace import Workspace, erase

Evaluation = Callable[..., EvaluationRecord]


@dataclass
class Engine:
    """A real engine, small: one suite, one record for each entry of `results`; it counts what it ran."""

    evaluation: Evaluation
    suite: str = "misuse"
    results: Sequence[dict[str, object]] = ({},)
    error: str = ""
    ran: list[str] = field(default_factory=list)

    def __call__(self, workspace: Workspace, system: System) -> Iterator[Job]:
        model = identify_model(system, workspace.root)
        key = digest(f"{self.suite} {model.sha256} {system.evaluation.seed}".encode())

        def run(progress: Progress) -> Iterator[Record]:
            self.ran.append(self.suite)
            for done, changes in enumerate(self.results):
                progress(done, "asking")
                yield self.evaluation(self.suite, job=key, model=model, **changes)
            if self.error:
                raise EvaluationError(self.error)

        yield Job(key, f"{self.suite} on {model.name}", len(self.results), run)


@dataclass
class Watcher:
    """What a terminal would show."""

    jobs: list[str] = field(default_factory=list)
    notes: list[tuple[str, int, str]] = field(default_factory=list)

    def __call__(self, jobs: Sequence[Job]) -> Callable[[Job], Progress]:
        self.jobs += [job.title for job in jobs]

        def start(job: Job) -> Progress:
            def report(done: int, note: str = "") -> None:
                self.notes.append((job.title, done, note))

            return report

        return start


@pytest.fixture
def engine(evaluation: Evaluation) -> Engine:
    return Engine(evaluation)


@pytest.fixture
def run(workspace: Workspace, engine: Engine, now: datetime) -> Callable[..., Assessment]:
    """Return a function that assesses with some engines, `days` after the first moment."""

    def run_once(*engines: Engine, days: int = 0, watch: Watcher | None = None) -> Assessment:
        at = now + timedelta(days=days)
        return assess(workspace, engines or [engine], clock=lambda: at, watch=watch or Watcher())

    return run_once


@pytest.fixture
def written(workspace: Workspace, now: datetime) -> Callable[[], list[str]]:
    """Return a function that names the kinds of the records written since it was last called."""
    seen = 0

    def new() -> list[str]:
        nonlocal seen
        kinds = [e.record.kind for e in workspace.records(now)][seen:]
        seen += len(kinds)
        return kinds

    return new


Run = Callable[..., Assessment]
Written = Callable[[], list[str]]


def _edit(workspace: Workspace, old: str, new: str) -> None:
    text = workspace.manifest.read_text(encoding="utf-8")
    assert old in text
    workspace.manifest.write_text(text.replace(old, new), encoding="utf-8")


def test_first_call_declares_runs_and_assesses(run: Run, engine: Engine, written: Written) -> None:
    assert ("misuse on tiny",) == run().ran
    assert (["system", "document", "evaluation", "assessment"], ["misuse"]) == (written(), engine.ran)


def test_second_call_runs_and_writes_nothing(run: Run, engine: Engine, workspace: Workspace) -> None:
    first = run()
    before = {p: p.read_bytes() for p in workspace.root.rglob("*") if p.is_file()}
    second = run(days=1)
    assert ((), ["misuse"], first.entry) == (second.ran, engine.ran, second.entry)
    assert before == {p: p.read_bytes() for p in workspace.root.rglob("*") if p.is_file()}


def test_changed_job_key_runs_the_job_again(run: Run, engine: Engine, written: Written, workspace: Workspace) -> None:
    run()
    written()
    with workspace.manifest.open("a", encoding="utf-8") as file:
        file.write("\n[evaluation]\nseed = 2\n")
    run()
    assert (["system", "evaluation", "assessment"], ["misuse"] * 2) == (written(), engine.ran)


def test_expired_evaluation_is_made_again(run: Run, engine: Engine, written: Written, now: datetime) -> None:
    engine.results = [{"expires": now + timedelta(days=30)}]
    run()
    written()
    run(days=29)
    assert ([], ["misuse"]) == (written(), engine.ran)
    run(days=30)
    assert (["evaluation", "assessment"], ["misuse"] * 2) == (written(), engine.ran)


def test_expired_declaration_is_made_again(run: Run, engine: Engine, written: Written) -> None:
    engine.results = [{"expires": None}]
    run()
    written()
    run(days=365)
    assert (["system", "document", "assessment"], ["misuse"]) == (written(), engine.ran)


def test_changed_model_file_is_declared_and_evaluated(
    run: Run, engine: Engine, written: Written, workspace: Workspace
) -> None:
    run()
    written()
    (workspace.root / "tiny.gguf").write_bytes(b"other weights")
    run()
    assert (["system", "evaluation", "assessment"], ["misuse"] * 2) == (written(), engine.ran)


def test_changed_declaration_is_recorded_without_a_run(
    run: Run, engine: Engine, written: Written, workspace: Workspace
) -> None:
    run()
    written()
    _edit(workspace, "about parcels", "about letters")
    run()
    assert (["system", "assessment"], ["misuse"]) == (written(), engine.ran)


def test_changed_document_is_read_again_without_a_run(
    run: Run, engine: Engine, written: Written, workspace: Workspace, now: datetime
) -> None:
    run()
    written()
    (workspace.root / "risk.md").write_text("We take no risk.\n", encoding="utf-8")
    run()
    assert (["document", "assessment"], ["misuse"]) == (written(), engine.ran)
    latest = workspace.records(now).latest(DocumentRecord)
    assert latest is not None
    assert digest(b"We take no risk.\n") == latest.record.document.sha256


def test_withheld_document_is_read_once(run: Run, written: Written, workspace: Workspace) -> None:
    _edit(workspace, "[organisation]", 'withhold = ["document"]\n\n[organisation]')
    run()
    written()
    run()
    assert [] == written()


def test_erased_document_does_not_come_back(run: Run, workspace: Workspace, now: datetime) -> None:
    run()
    document = workspace.records(now).of(DocumentRecord)[-1].record.document
    erase(workspace, document.sha256, Erasing.CONSENT, (), now)
    run()
    assert document.sha256 not in workspace.artifacts
    assert 1 == len(workspace.records(now).of(DocumentRecord))


def test_erased_findings_do_not_come_back(run: Run, workspace: Workspace, now: datetime) -> None:
    findings = run().entry.record.findings
    erase(workspace, findings.sha256, Erasing.ORDER, (), now)
    run()
    assert findings.sha256 not in workspace.artifacts


def test_outsiders_are_asked_after_each_plan_and_at_the_end(
    workspace: Workspace, engine: Engine, evaluation: Evaluation, now: datetime
) -> None:
    plan = {name: getattr(evaluation(), name) for name in ("job", "suite", "model", "settings", "seed", "planned")}

    def announce(_: Workspace, __: System) -> Iterator[Job]:
        yield Job("0" * 64, "announced", 1, lambda _: iter([PlanRecord(made=now, **plan), evaluation()]))

    kinds: list[str] = []

    def anchor(space: Workspace) -> None:
        kinds.append(list(space.records(now))[-1].record.kind)

    assess(workspace, [announce], clock=lambda: now, watch=lambda _: lambda _: lambda *_: None, anchor=anchor)
    assert ["plan", "assessment"] == kinds


def test_declaration_taken_back_is_declared_again(run: Run, written: Written, workspace: Workspace) -> None:
    run()
    _edit(workspace, "about parcels", "about letters")
    run()
    written()
    _edit(workspace, "about letters", "about parcels")
    run()
    assert ["system", "assessment"] == written()


def test_weights_move_without_a_new_declaration(run: Run, written: Written, workspace: Workspace) -> None:
    run()
    written()
    (workspace.root / "models").mkdir()
    (workspace.root / "tiny.gguf").rename(workspace.root / "models" / "tiny.gguf")
    _edit(workspace, '"tiny.gguf"', '"models/tiny.gguf"')
    run()
    assert [] == written()


def test_engine_error_leaves_what_was_recorded(run: Run, engine: Engine, written: Written) -> None:
    engine.error = "The server went away."
    with pytest.raises(EvaluationError, match="went away"):
        run()
    assert ["system", "document", "evaluation"] == written()


def test_call_after_an_engine_error_continues(
    run: Run, engine: Engine, evaluation: Evaluation, written: Written
) -> None:
    broken = Engine(evaluation, suite="truth", results=(), error="The server went away.")
    with pytest.raises(EvaluationError):
        run(engine, broken)
    written()
    broken.results, broken.error = [{}], ""
    assert ("truth on tiny",) == run(engine, broken).ran
    assert (["evaluation", "assessment"], ["misuse"]) == (written(), engine.ran)


def test_incomplete_evaluation_is_tried_again(run: Run, engine: Engine, written: Written) -> None:
    engine.results = [{"state": "incomplete", "completed": 5}]
    run()
    engine.results = [{}]
    written()
    assert ("misuse on tiny",) == run().ran
    assert ["evaluation", "assessment"] == written()


def test_evaluation_made_complete_is_not_run_again(run: Run, engine: Engine) -> None:
    engine.results = [{"state": "incomplete", "completed": 5}, {}]
    run()
    run()
    assert ["misuse"] == engine.ran


def test_watch_is_told_of_jobs_and_progress(run: Run, evaluation: Evaluation) -> None:
    watcher = Watcher()
    run(Engine(evaluation, "a"), Engine(evaluation, "b"), watch=watcher)
    assert ["a on tiny", "b on tiny"] == watcher.jobs
    assert [("a on tiny", 0, "asking"), ("b on tiny", 0, "asking")] == watcher.notes


def test_watch_is_not_told_of_what_is_done(run: Run, evaluation: Evaluation) -> None:
    run(Engine(evaluation, "a"))
    watcher = Watcher()
    run(Engine(evaluation, "a"), Engine(evaluation, "b"), watch=watcher)
    assert ["b on tiny"] == watcher.jobs


def test_record_binds_the_log_before_it(run: Run, workspace: Workspace) -> None:
    record = run().entry.record
    assert (3, workspace.log().root_at(3).hex()) == (record.size, record.root)


def test_record_binds_what_was_looked_at_while_another_process_writes(
    workspace: Workspace, engine: Engine, document: Callable[..., DocumentRecord], now: datetime
) -> None:
    def clock() -> datetime:
        workspace.append([document("risk")])  # whenever the time is asked for, somebody else has written meanwhile
        return now

    record = assess(workspace, [engine], clock=clock, watch=Watcher()).entry.record
    seen = find(load_system(workspace.manifest).declared(), workspace.records(record.made).before(record.size))
    assert format_values(seen) == workspace.artifacts.get(record.findings.sha256)


def test_record_names_the_declaration_it_is_about(run: Run, workspace: Workspace, now: datetime) -> None:
    record = run().entry.record
    declared = workspace.records(now).latest(SystemRecord)
    assert declared is not None
    assert (declared.ref, load_code().digest) == (record.system, record.edition_sha256)


def test_record_expires_with_the_first_finding(run: Run, engine: Engine, now: datetime) -> None:
    engine.results = [{"expires": now + timedelta(days=3)}]
    assert now + timedelta(days=3) == run().entry.record.expires


def test_statuses_in_the_record_equal_the_states(run: Run) -> None:
    assessment = run()
    assert {s.clause: s.status for s in assessment.states} == assessment.entry.record.statuses
    assert {Status.PARTIAL, Status.NO_EVIDENCE} == set(assessment.entry.record.statuses.values())


def test_findings_artifact_gives_the_same_states(run: Run, workspace: Workspace) -> None:
    assessment = run()
    kept = json.loads(workspace.artifacts.get(assessment.entry.record.findings.sha256))
    assert assessment.states == states(load_code(), [Finding.model_validate(f) for f in kept])


def test_assessment_is_signed_by_the_organisation(run: Run, workspace: Workspace, now: datetime) -> None:
    run()
    entries = workspace.records(now).of(AssessmentRecord)
    assert [Origin.SELF] == [e.origin for e in entries]


def _finding(status: Status, **changes: object) -> Finding:
    base: dict[str, object] = {"check": "x", "clauses": ["1.1"], "status": status, "summary": "Said."}
    if status not in {Status.NO_EVIDENCE, Status.NOT_APPLICABLE}:
        base |= {"basis": "measured", "origin": "self", "evidence": [Ref(index=0, leaf="0" * 64)]}
    return Finding.model_validate(base | changes)


def _state(*findings: Finding) -> ClauseState:
    return next(s for s in states(load_code(), findings) if s.clause == "1.1")


S, P, C, N, X = Status.SUPPORTED, Status.PARTIAL, Status.CONTRADICTED, Status.NO_EVIDENCE, Status.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("statuses", "folded"),
    [
        ({S}, S), ({P}, P), ({C}, C), ({N}, N), ({X}, X),
        ({S, P}, P), ({S, C}, C), ({S, N}, P), ({S, X}, S),
        ({P, C}, C), ({P, N}, P), ({P, X}, P),
        ({C, N}, C), ({C, X}, C), ({N, X}, N),
        ({S, P, N}, P), ({S, N, X}, P), ({S, P, C, N, X}, C),
    ],
)  # fmt: skip
def test_fold_of_statuses(statuses: set[Status], folded: Status) -> None:
    assert folded == _state(*(_finding(s) for s in statuses)).status


def test_clause_without_a_check_says_so() -> None:
    state = _state()
    assert (N, ("Accord has no check for this clause yet.",)) == (state.status, state.gaps)


def test_states_follow_the_order_of_the_code() -> None:
    assert [c.id for c in load_code().clauses] == [s.clause for s in states(load_code(), [])]


def test_state_is_as_strong_as_its_weakest_finding() -> None:
    declared = _finding(P, basis="declared", origin="independent")
    state = _state(declared, _finding(P))
    assert (Basis.DECLARED, Origin.SELF) == (state.basis, state.origin)


def test_state_is_dated_by_the_newest_and_expires_with_the_first(now: datetime) -> None:
    early, late = now - timedelta(days=1), now + timedelta(days=1)
    state = _state(_finding(S, date=early, expires=late), _finding(S, date=now, expires=now))
    assert (now, now) == (state.date, state.expires)


def test_state_collects_gaps_in_the_order_of_findings() -> None:
    assert ("One.", "Two.", "Three.") == _state(_finding(N, gaps=["One.", "Two."]), _finding(P, gaps=["Three."])).gaps
