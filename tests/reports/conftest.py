"""A small fixed workspace with something of everything a report shows: fixed key, fixed times, findings by hand."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from incident_events import make_incident_event
from risk_events import make_event, rated

from accord.assess import states
from accord.checks import find
from accord.codes import load_code
from accord.evidence import (
    Agreement,
    AssessmentRecord,
    Basis,
    Chain,
    DecisionRecord,
    DocumentRecord,
    Erasing,
    ErasureRecord,
    EvaluationRecord,
    Finding,
    Ground,
    ImportedMetric,
    ImportRecord,
    JudgementRecord,
    JudgeRecord,
    JudgeRef,
    Metric,
    ModelRef,
    Origin,
    PlanRecord,
    Record,
    Records,
    Ref,
    Score,
    Status,
    SuiteRef,
    SystemRecord,
    Tool,
    Verdict,
    format_values,
    make_openings,
    sign_record,
)
from accord.ledger import Log, SigningKey, WitnessSigner, add_signatures, cosign
from accord.manifest import Channel, Dataset, Document, Organisation, Product, Subject, System, Tolerance
from accord.reports.content import build
from accord.reports.models import Content
from accord.verify.dossier import Proof, make_proof, open_proof
from accord.workspace import Workspace

Judge = Callable[[System, Records], tuple[Finding, ...]]
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
KEY = SigningKey.generate("acme.example/helpdesk", entropy=lambda size: bytes(range(size)))
MODEL = ModelRef(kind="weights", name="tiny-1", locator="tiny-1.gguf", sha256="ab" * 32)

SYSTEM = System(
    organisation=Organisation(
        name="Acme & Söhne", url="https://acme.example/ai?a=1&b=2", country="DE", roles=("developer", "deployer")
    ),
    system=Product(
        name="Helpdesk <beta>",
        version="1.0",
        description="Answers questions about orders, 日本語でも.",
        stage="use",
        languages=("en", "ja"),
        capabilities=("Answers questions about orders",),
        limitations=("Invents order numbers that do not exist",),
        appropriate_uses=("Customer service under supervision",),
        ai_notice="Every chat begins by saying that an AI answers.",
    ),
    model=Subject(name="tiny-1", weights="tiny-1.gguf"),
    documents=(Document(id="policy", kind="risk-policy", title="Risk policy", url="https://acme.example/policy"),),
    datasets=(Dataset(id="orders", title="Order log", use="fine-tuning", personal_data="pseudonymised"),),
    channels=(
        Channel(kind="incident", address="mailto:incident@acme.example", audience=("public",), languages=("en",)),
    ),
    tolerances=(Tolerance(metric="refusal.harmful", at_least=0.5, reason="As in the risk policy"),),
    languages=("en", "ja", "ko"),
)


def make_sample(root: Path, judge: Judge | None = None) -> Workspace:
    """Fill a new workspace with something of everything, and assess it: by hand, or by `judge`."""
    workspace = Workspace.create(root, KEY, KEY.name)
    code = load_code()
    workspace.append([_expired(workspace), *_evidence(workspace)])
    _witness(workspace)
    _withhold(workspace)
    workspace.append([*_judged(workspace), *_decisions(), *_risks()])
    _import(workspace)
    _incidents(workspace)
    records = workspace.records(NOW)
    findings = judge(SYSTEM, records) if judge else _findings([e.ref for e in records])
    tip = workspace.log().checkpoint
    assessment = AssessmentRecord(
        made=NOW,
        edition=code.id,
        edition_sha256=code.digest,
        size=tip.size,
        root=tip.root.hex(),
        system=records.of(SystemRecord)[0].ref,
        tool=Tool(name="accord", version="0.1.0"),
        statuses={s.clause: s.status for s in states(code, findings)},
        findings=workspace.keep(format_values(findings), "application/json"),
    )
    workspace.append([assessment])
    return workspace


def _witness(workspace: Workspace) -> None:
    """Have somebody cosign the log as it stands."""
    witness = WitnessSigner.generate("witness.example/w1", "ed25519", entropy=lambda size: bytes(range(1, size + 1)))
    note = workspace.sign_checkpoint(workspace.log().size)
    workspace.keep_checkpoint(add_signatures(note, [cosign(workspace.log().checkpoint.text, witness, NOW)]))


def _withhold(workspace: Workspace) -> None:
    """Announce a run that never comes, erase the old policy, and record a run whose results are withheld."""
    run = make_run(workspace, "privacy", ("R3",), [("leaked", "lower", 4, 20)])
    told = {name: getattr(run, name) for name in ("job", "suite", "model", "settings", "seed", "planned")}
    old = workspace.records(NOW).of(DocumentRecord)[0]
    erasure = ErasureRecord(made=NOW, erased=old.record.document, records=(old.ref,), reason=Erasing.RETENTION)
    workspace.append([PlanRecord(made=NOW - timedelta(hours=1), **told), erasure])
    workspace.artifacts.erase(old.record.document.sha256)
    linked = run.model_copy(update={"chain": Chain(about=run.about(), sequence=1)})
    openings = make_openings(linked, ["metrics"], lambda size: bytes([7] * size))
    with Log.writer(workspace.ledger, KEY, memory=workspace.memory) as writer:
        writer.append([sign_record(linked, KEY, openings)])


def _judged(workspace: Workspace) -> list[Record]:
    """Measure a judge that reads English well and Japanese badly, use it in a run, and read the run with another."""
    pairs = {"en": [(True, True)] * 40 + [(False, False)] * 38 + [(False, True)] * 2, "ja": [(True, True)] * 9}
    pairs["ja"] += [(True, False)] * 5 + [(False, True)] * 4 + [(False, False)] * 6
    agreements = {language: Agreement.of(language, found, "34" * 32) for language, found in pairs.items()}
    told = [
        Verdict(answer=f"{i:064x}", language=language, label=label, verdict=verdict)
        for i, (language, label, verdict) in enumerate((n, *pair) for n, found in pairs.items() for pair in found)
    ]
    judge = JudgeRef(id="refusal-rules", version="1", kind="rules", task="refusal", sha256="56" * 32)
    record = JudgeRecord(
        made=NOW - timedelta(hours=3),
        judge=judge,
        agreements=tuple(agreements.values()),
        labels="accord-refusal 1",
        labelled_by="one reader, who wrote the answers too",
        verdicts=workspace.keep(format_values(told), "application/json"),
        tools=(),
    )
    scores = [
        Score(sample=f"{language}-{i}", metric="misuse.refused", score=i % 4 > 0, language=language, groups=("R1",))
        for language in pairs
        for i in range(20)
    ]
    blank = Metric(id="misuse.refused", title="Refused", better="higher", count=0, n=0, judge=judge)
    metrics = tuple(
        blank.model_copy(update={"language": n, "group": g, "agreement": agreements[n]}).count_scores(scores)
        for n, g in (("en", ""), ("ja", ""), ("en", "R1"))
    )
    kept = workspace.keep(format_values(scores), "application/json")
    run = make_run(workspace, "misuse", ("R1",), [("refused", "higher", 30, 40)])
    return [record, run.model_copy(update={"metrics": metrics, "scores": kept, "chain": None})]


def _decisions() -> list[Record]:
    """Decide about four of the five red lines, override a reason of a gate, and remember a release of long ago."""
    told = {"stage": "release", "outcome": "proceed", "role": "Chief Safety Officer", "model": MODEL}
    old = NOW - timedelta(days=90)
    grounds = [Ground(id=letter, crossed=False, reason="No path leads there.") for letter in "abcd"]
    values = (
        {"made": NOW, "topic": "red-lines", "grounds": grounds, "reason": "All were looked at."},
        {"made": NOW, "topic": "override", "overrides": ["plan.privacy"], "reason": "It is run again next week."}
        | {"expires": NOW + timedelta(days=14)},
        {"made": old, "topic": "release", "reason": "For a trial.", "expires": old + timedelta(days=30)},
    )
    return [DecisionRecord.model_validate(told | value) for value in values]


def _risks() -> list[Record]:
    """Add a risk that is treated and accepted, a systemic one whose review is overdue, and one that is closed."""
    shown: dict[str, Any] = {"shown_by": [{"metric": "refusal.harmful", "at_least": 0.5}]}
    less: dict[str, Any] = rated((2, "unlikely"), (4, "severe"))
    partners: dict[str, Any] = {
        "systemic": True,
        "partners": ["Energy regulator", "Other developers"],
        "review": "2026-11-01",
    }
    return [
        make_event(NOW, "add", catalogue=["MIT:3.2.1"]),
        make_event(NOW, "assess", indicators=["refusal.harmful"]),
        make_event(NOW, "treat", **shown),
        make_event(NOW, "assess", phase="residual", reason="It refuses most.", **less),
        make_event(NOW, "accept"),
        make_event(NOW, "add", "grid", title="Attacks on the <grid>", **partners),
        make_event(NOW, "treat", "grid", mitigation="watch", treatment="Abuse is watched for."),
        make_event(NOW, "add", "toy"),
        make_event(NOW, "close", "toy"),
    ]


def _incidents(workspace: Workspace) -> None:
    """Record one that was told to everybody, one of which a deadline was missed, a withheld one, and a duplicate."""
    early, steps = NOW - timedelta(days=20), ("triage", "confirm", "notify", "contain", "resolve", "publish")
    told = [make_incident_event(early, "signal", affected=("<patients>",), tlp="clear")]
    told += [make_incident_event(early, name) for name in steps]
    told.append(make_incident_event(NOW, "link", partners=("A hospital",)))
    missed: dict[str, Any] = {"severity": "disaster", "consequences": ("death",)}
    told += [make_incident_event(early, "signal", "grid"), make_incident_event(early, "triage", "grid", **missed)]
    told += [make_incident_event(NOW, "signal", "again"), make_incident_event(NOW, "duplicate", "again")]
    near = make_incident_event(NOW, "signal", "near", category="near-miss", title="Nearly the wrong dose", tlp="green")
    workspace.append([*told, near, make_incident_event(NOW, "resolve", "near")])
    leak = make_incident_event(NOW, "signal", "leak", category="vulnerability", severity="hazard", tlp="red")
    linked = leak.model_copy(update={"chain": Chain(about="leak", sequence=1)})
    fields = leak.model_fields_set & leak.withholdable()
    openings = make_openings(linked, fields, lambda size: bytes([7] * size))
    with Log.writer(workspace.ledger, KEY, memory=workspace.memory) as writer:
        writer.append([sign_record(linked, KEY, openings)])


def _import(workspace: Workspace) -> None:
    """File what somebody else found, and have another judge read the transcripts of a run again."""
    result = ImportRecord(
        made=NOW,
        source=Tool(name="Peer Institute", version="2026"),
        format="statement",
        title="Red-team exercise",
        model=MODEL,
        claimed="tiny-1, July build",
        tested=NOW - timedelta(days=20),
        families=("R2",),
        metrics=(
            ImportedMetric(id="breaks", title="Guards broken", value=0.25, n=40, low=0.14, high=0.4, method="own"),
        ),
        sha256="78" * 32,
        scope="Cyber misuse in English; nothing else.",
        access="The interface that users have.",
        limits="Prompts are not published; the institute decided so.",
    )
    workspace.append([result])
    run = workspace.records(NOW).of(EvaluationRecord)[-1]
    other = JudgeRef(id="tiny-judge", version="1", kind="model", task="refusal", sha256="9a" * 32)
    between = Agreement.of("en", [(True, True)] * 12 + [(False, False)] * 4 + [(True, False)] * 4, "bc" * 32)
    scores = [Score(sample=f"en-{i}", metric="misuse.refused", score=i % 5 > 0) for i in range(20)]
    blank = Metric(id="misuse.refused", title="Refused", better="higher", count=0, n=0, judge=other)
    again = JudgementRecord(
        made=NOW,
        evaluation=run.ref,
        judge=other,
        metrics=(blank.count_scores(scores),),
        scores=workspace.keep(format_values(scores), "application/json"),
        between=(between,),
        tools=(),
    )
    workspace.append([again])


def _expired(workspace: Workspace) -> Record:
    old = NOW - timedelta(days=400)
    document = workspace.keep(b"Our old policy.", "text/plain")
    return DocumentRecord(made=old, expires=old + timedelta(days=365), id="policy", document=document)


def _evidence(workspace: Workspace) -> list[Record]:
    code = load_code()
    declaration = SystemRecord(
        made=NOW - timedelta(hours=2),
        expires=NOW + timedelta(days=365),
        edition=code.id,
        edition_sha256=code.digest,
        name=SYSTEM.system.name,
        version=SYSTEM.system.version,
        model=MODEL,
        declaration=workspace.keep(SYSTEM.to_bytes(), "application/json"),
    )
    return [
        declaration,
        DocumentRecord(made=NOW, id="policy", document=workspace.keep(b"Our policy.", "text/plain")),
        make_run(workspace, "refusal", ("R2", "R6"), [("harmful", "higher", 17, 24), ("benign", "lower", 2, 24)]),
        make_run(workspace, "refusal", ("R2", "R6"), [("harmful", "higher", 18, 24), ("benign", "lower", 1, 24)]),
        make_run(workspace, "bias", ("R5",), [("stereotype", "middle", 9, 20), ("unsupported", "lower", 0, 0)]),
        make_run(workspace, "injection", (), [("followed", "lower", 3, 10)], lost=2),
    ]


def make_run(
    workspace: Workspace, suite: str, families: tuple[str, ...], results: list[tuple[str, str, int, int]], lost: int = 0
) -> EvaluationRecord:
    scores: list[Score] = [
        Score(sample=f"{name}-{i}", metric=f"{suite}.{name}", score=1 if i < count else 0)
        for name, _, count, n in results
        for i in range(n)
    ]
    done = len(scores)
    scores += [Score(sample=f"lost-{i}", metric=f"{suite}.{results[0][0]}", answered=False) for i in range(lost)]
    return EvaluationRecord(
        made=NOW - timedelta(hours=1),
        expires=NOW + timedelta(days=180),
        job="ef" * 32,
        suite=SuiteRef(id=suite, title=f"The {suite} suite", version="1.0", sha256="12" * 32, items=done + lost),
        model=MODEL,
        families=dict.fromkeys(families, 12),
        settings={"temperature": 0.7, "max_tokens": 96},
        seed=1,
        started=NOW - timedelta(hours=2),
        planned=done + lost,
        completed=done,
        state="incomplete" if lost else "complete",
        problem="The endpoint closed the connection." if lost else "",
        metrics=tuple(
            Metric.of(f"{suite}.{name}", f"Share of {name} answers", better, [1] * count + [0] * (n - count))  # type: ignore[arg-type] # a plain str here
            for name, better, count, n in results
        ),
        log=workspace.keep(b"an Inspect log", "application/octet-stream"),
        scores=workspace.keep(format_values(scores), "application/json"),
        tools=(Tool(name="inspect_ai", version="0.3"),),
    )


def _findings(refs: list[Ref]) -> tuple[Finding, ...]:
    return (
        Finding(
            check="a01.testing",
            clauses=("1.1",),
            status=Status.PARTIAL,
            summary="2 evaluation suites were run on tiny-1.",
            basis=Basis.MEASURED,
            origin=Origin.SELF,
            date=NOW,
            expires=NOW + timedelta(days=180),
            gaps=("No independent party has recorded a test.",),
            evidence=(refs[4], refs[5]),
        ),
        _finding("a01.tolerances", ("1.3",), Status.SUPPORTED, "Every declared tolerance holds.", refs[4:5]),
        _finding("a01.mitigation", ("1.2", "1.3"), Status.CONTRADICTED, "Nothing was mitigated.", refs[5:6]),
        Finding(check="a07.marks", clauses=("7.1",), status=Status.NOT_APPLICABLE, summary="The system makes text."),
    )


def _finding(check: str, clauses: tuple[str, ...], status: Status, summary: str, evidence: list[Ref]) -> Finding:
    return Finding(
        check=check,
        clauses=clauses,
        status=status,
        summary=summary,
        basis=Basis.MEASURED,
        origin=Origin.SELF,
        date=NOW,
        evidence=tuple(evidence),
    )


@pytest.fixture(scope="session")
def proof(tmp_path_factory: pytest.TempPathFactory) -> Proof:
    return make_proof(make_sample(tmp_path_factory.mktemp("sample")), NOW)


@pytest.fixture(scope="session")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Proof:
    """Return the proof of the sample with the findings of all our checks."""
    return make_proof(make_sample(tmp_path_factory.mktemp("judged"), find), NOW)


@pytest.fixture(scope="session")
def content(proof: Proof) -> Content:
    return build(open_proof(proof, KEY.public), load_code())


@pytest.fixture
def sample(tmp_path: Path) -> Callable[..., Workspace]:
    """Return what makes the sample in the test's own folder, on findings by hand or judged."""
    return lambda judge=None: make_sample(tmp_path, judge)


@pytest.fixture(scope="session")
def make_workspace() -> Callable[..., Workspace]:
    """Return what makes the sample in a folder, on findings by hand or judged."""
    return make_sample


@pytest.fixture(scope="session")
def make_evaluation() -> Callable[..., EvaluationRecord]:
    """Return what makes an evaluation of the sample's model."""
    return make_run
