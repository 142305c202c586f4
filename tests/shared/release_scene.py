"""A small log with something of everything that the trail of a release is made of, after an earlier release."""

from datetime import datetime, timedelta

from accord.assess import make_assessment
from accord.checks import find
from accord.codes import load_code
from accord.evidence import (
    Agreement,
    DecisionRecord,
    DocumentRecord,
    Erasing,
    ErasureRecord,
    EvaluationRecord,
    Ground,
    ImportedMetric,
    ImportRecord,
    JudgementRecord,
    JudgeRecord,
    JudgeRef,
    Metric,
    ModelRef,
    PlanRecord,
    Rating,
    Record,
    Ref,
    ReportRecord,
    RiskRecord,
    Score,
    SuiteRef,
    SystemRecord,
    Tool,
    Verdict,
    format_values,
)
from accord.ledger import digest
from accord.manifest import System
from accord.workspace import Workspace

OLD = ModelRef(kind="weights", name="tiny", locator="old.gguf", sha256=digest(b"old weights"))
MODEL = ModelRef(kind="weights", name="tiny", locator="tiny.gguf", sha256=digest(b"new weights"))
SUITE = SuiteRef(id="misuse", title="Misuse", version="1", sha256=digest(b"suite"), items=20)
JUDGE = JudgeRef(id="rules-refusal", version="1", kind="rules", task="refusal", sha256=digest(b"judge"))
SECOND = JudgeRef(id="classifier", version="1", kind="classifier", task="refusal", sha256=digest(b"second judge"))
TOOL = Tool(name="accord", version="0.1")
PAIRS = [(label, label) for label in (True, False)] * 40
DATASET = {"id": "orders", "title": "Orders", "use": "fine-tuning", "personal_data": "filtered"}


def fill(space: Workspace, system: System, now: datetime) -> dict[str, int]:
    """Record an earlier release and this one; return the index of each record of this one by what it is."""
    old = system.model_copy(update={"system": system.system.model_copy(update={"version": "0.9"})})
    space.append([_declare(space, old, OLD, now), _run(space, OLD, None, now, JUDGE)])
    placed = dict[str, int]()

    def put(name: str, record: Record) -> Ref:
        placed[name] = space.append([record])[0]
        return next(e.ref for e in space.records(now) if e.ref.index == placed[name])

    put("system", _declare(space, system, MODEL, now))
    for name, text in (("draft", b"Draft."), ("document", b"Policy.")):
        put(name, DocumentRecord(made=now, id="policy", document=space.keep(text, "text/plain")))
    put("judge", _judge(space, JUDGE, now))
    plan = put("plan", _plan(now))
    run = put("run", _run(space, MODEL, plan, now, JUDGE))
    put("judgement", _judgement(space, run, now))
    put("import", _import(now))
    _risks(put, now)
    put("decision", _decision(now, (run,)))
    records = space.records(now)
    assessment = make_assessment(space, load_code(), find(system, records), records)
    put("report", ReportRecord(made=now, assessment=put("assessment", assessment), files={"report.json": "a" * 64}))
    draft = space.records(now).of(DocumentRecord)[0]
    put("erasure", ErasureRecord(made=now, erased=draft.record.document, records=(draft.ref,), reason=Erasing.MISTAKE))
    return placed


def _declare(space: Workspace, system: System, model: ModelRef, now: datetime) -> SystemRecord:
    return SystemRecord(
        made=now,
        edition="g7-2023",
        edition_sha256=load_code().digest,
        name=system.system.name,
        version=system.system.version,
        model=model,
        declaration=space.keep(system.to_bytes(), "application/json"),
    )


def _plan(now: datetime) -> PlanRecord:
    made = now - timedelta(minutes=10)
    return PlanRecord(
        made=made, job="1" * 64, suite=SUITE, model=MODEL, settings={}, seed=1, planned=20, judges=(JUDGE,)
    )


def _run(space: Workspace, model: ModelRef, plan: Ref | None, now: datetime, judge: JudgeRef) -> EvaluationRecord:
    scores = _scores(2 if model == MODEL else 3)
    return EvaluationRecord(
        made=now,
        expires=now + timedelta(days=180),
        job="1" * 64,
        suite=SUITE,
        model=model,
        families={"R2": 20},
        plan=plan,
        settings={},
        seed=1,
        started=now - timedelta(minutes=5),
        planned=20,
        completed=20,
        state="complete",
        metrics=(_metric(scores, judge),),
        log=space.keep(b"transcripts of " + model.locator.encode(), "application/vnd.inspect.eval+zip"),
        scores=space.keep(format_values(scores), "application/json"),
        tools=(TOOL,),
    )


def _scores(count: int) -> tuple[Score, ...]:
    return tuple(
        Score(sample=f"en/item{i}/plain", metric="misuse.complied", score=float(i < count), stem=f"item{i}")
        for i in range(20)
    )


def _metric(scores: tuple[Score, ...], judge: JudgeRef) -> Metric:
    agreement = Agreement.of("en", PAIRS, "2" * 64)
    blank = Metric(id="misuse.complied", title="Complied", better="lower", count=0, n=0)
    return blank.model_copy(update={"judge": judge, "agreement": agreement}).count_scores(scores)


def _judge(space: Workspace, judge: JudgeRef, now: datetime) -> JudgeRecord:
    verdicts = (Verdict(answer="3" * 64, language="en", label=True, verdict=True),)
    return JudgeRecord(
        made=now,
        judge=judge,
        agreements=(Agreement.of("en", PAIRS, "2" * 64),),
        labels="labels 1",
        labelled_by="Two people.",
        verdicts=space.keep(format_values(verdicts), "application/json"),
        tools=(TOOL,),
    )


def _judgement(space: Workspace, run: Ref, now: datetime) -> JudgementRecord:
    scores = _scores(5)
    return JudgementRecord(
        made=now,
        evaluation=run,
        judge=SECOND,
        metrics=(_metric(scores, SECOND),),
        scores=space.keep(format_values(scores), "application/json"),
        between=(Agreement.of("en", PAIRS, "4" * 64),),
        tools=(TOOL,),
    )


def _import(now: datetime) -> ImportRecord:
    return ImportRecord(
        made=now,
        source=Tool(name="garak", version="1"),
        format="garak",
        title="Probes",
        model=MODEL,
        claimed="tiny",
        metrics=(ImportedMetric(id="probes", title="Probes", value=0.1),),
        sha256="5" * 64,
    )


def _risks(put: object, now: datetime) -> None:
    assert callable(put)
    rating = Rating(position=2, word="unlikely")
    severity = Rating(position=3, word="serious")
    put("risk", RiskRecord(
        made=now, id="leak", event="add", title="Leak", scenario="It leaks.", family="R5", affected=("users",),
        stage="use", owner="Privacy Lead", review=now.date(), touches=("11.2",), systemic=False,
    ))  # fmt: skip
    put("assessed", RiskRecord(
        made=now, id="leak", event="assess", phase="inherent", likelihood=rating, severity=severity, reason="Seen.",
        indicators=("misuse.complied",),
    ))  # fmt: skip


def _decision(now: datetime, refs: tuple[Ref, ...]) -> DecisionRecord:
    return DecisionRecord(
        made=now,
        topic="red-lines",
        stage="release",
        outcome="proceed",
        role="Chief Safety Officer",
        reason="Looked at.",
        model=MODEL,
        grounds=tuple(Ground(id=line.id, crossed=False, reason="Looked at.") for line in load_code().red_lines),
        rests_on=refs,
    )
