"""Building the trail of a release: which records belong to it, and what each of them rests on."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from math import inf
from typing import Any

from accord.checks.reading import erasures, told
from accord.errors import WorkspaceError
from accord.evidence import (
    AlertRecord,
    ArtifactRef,
    AssessmentRecord,
    BaselineRecord,
    ClosedRecord,
    DecisionRecord,
    DocumentRecord,
    Entry,
    ErasureRecord,
    EvaluationRecord,
    Finding,
    ImportRecord,
    IncidentRecord,
    InspectionRecord,
    JudgementRecord,
    JudgeRecord,
    JudgeRef,
    KeyRecord,
    Metric,
    ModelRef,
    PlanRecord,
    Record,
    Records,
    Ref,
    ReportRecord,
    RiskRecord,
    ScanRecord,
    StatementRecord,
    SuiteRef,
    SystemRecord,
    WindowRecord,
    planned,
)
from accord.manifest import System
from accord.trace.graph import Link, Node, Trail


def releases(records: Records) -> dict[str, tuple[Entry[SystemRecord], ...]]:
    """Return the declarations of each version, in the order in which the versions were last declared."""
    found: dict[str, tuple[Entry[SystemRecord], ...]] = {}
    for entry in records.of(SystemRecord):
        version = entry.record.version
        found[version] = (*found.pop(version, ()), entry)
    return found


def trace(
    records: Records, system: System | None = None, release: str | None = None, findings: Sequence[Finding] = ()
) -> Trail:
    """Return the trail of a release, the newest where none is named.

    `system` is its newest declaration, for the datasets; `findings` are those of its newest assessment: both lie beside
    the log, and may have been erased. Raises WorkspaceError where that version was never declared.
    """
    declared = releases(records)
    version = next(reversed(declared), None) if release is None else release
    if version not in declared:
        raise WorkspaceError(
            "No such release was declared.",
            expected=f"one of {', '.join(declared)}" if declared else "a declaration",
            found=version or "none",
            fix="name one of them" if declared else "run: accord assess",
        )
    builder = _Builder(records)
    for entry in _choose(records, declared[version], findings):
        builder.add(entry)
    if system:
        builder.add_datasets(declared[version][-1], system)
    builder.add_risks()
    builder.add_findings(findings)
    return Trail(version, builder.nodes, tuple(dict.fromkeys(builder.links)))


def _choose(
    records: Records, declared: Sequence[Entry[SystemRecord]], findings: Iterable[Finding]
) -> Iterator[Entry[Any]]:
    """Yield the records of a release, in the order of the log."""
    later = (e.ref.index for e in records.of(SystemRecord) if e.ref.index > declared[-1].ref.index)
    end = next(later, inf)
    models = {e.record.model.sha256 for e in declared}
    chosen = {e.ref for e in declared} | {ref for finding in findings for ref in finding.evidence}
    read = [e for e in records.of(DocumentRecord) if e.ref.index < end]
    chosen |= {e.ref for e in {e.record.id: e for e in read}.values()}
    chosen |= {e.ref for e in read if e.ref.index > declared[0].ref.index}
    judges = set[str]()
    for entry in records:
        kept = isinstance(entry.record, RiskRecord | IncidentRecord | KeyRecord) and entry.ref.index < end
        if kept or _model_of(entry) in models or not chosen.isdisjoint(_subjects_of(entry.record)):
            chosen.add(entry.ref)
        if entry.ref in chosen:
            judges |= {judge.sha256 for judge in _judges(entry.record)}
    for entry in records:
        if entry.ref in chosen or (isinstance(entry.record, JudgeRecord) and entry.record.judge.sha256 in judges):
            yield entry


def _model_of(entry: Entry[Any]) -> str:
    """Return the SHA-256 of the model that a record is about."""
    record = entry.record
    if isinstance(record, DecisionRecord | ImportRecord | PlanRecord | EvaluationRecord):
        return record.model.sha256
    if isinstance(record, InspectionRecord | ScanRecord | WindowRecord | BaselineRecord | AlertRecord):
        return record.model
    return planned(entry)[1] if isinstance(record, ClosedRecord) else ""


def _subjects_of(record: Record) -> tuple[Ref, ...]:
    """Return the records that a record is about: it belongs where they do."""
    if isinstance(record, JudgementRecord):
        return (record.evaluation,)
    if isinstance(record, AssessmentRecord):
        return (record.system,)
    if isinstance(record, ReportRecord):
        return (record.assessment,)
    return record.records if isinstance(record, ErasureRecord) else ()


def _judges(record: Record) -> set[JudgeRef]:
    if isinstance(record, JudgementRecord):
        return {record.judge}
    if isinstance(record, PlanRecord):
        return set(record.judges)
    return {m.judge for m in record.metrics if m.judge} if isinstance(record, EvaluationRecord) else set()


class _Builder:
    """Collects nodes and links, one record after another."""

    def __init__(self, records: Records) -> None:
        self.nodes: dict[str, Node] = {}
        self.links: list[Link] = []
        self._erased = erasures(records)
        self._known = {e.ref: e for e in records}
        self._judged = {e.record.judge.sha256: e for e in records.of(JudgeRecord)}
        self._waiting: list[Entry[Any]] = []

    def add(self, entry: Entry[Any]) -> None:
        """Add a record, what it names, and the records that it rests on."""
        self._waiting.append(entry)
        while self._waiting:  # not a call of itself: a stranger can make a chain of any length
            each = self._waiting.pop()
            name = _record(each.ref)
            if name not in self.nodes:
                self.nodes[name] = Node(name, "record", "", each.ref.leaf, each)
                adding = _ADD.get(type(each.record))
                if adding:
                    adding(self, name, each.record)

    def add_datasets(self, entry: Entry[SystemRecord], system: System) -> None:
        """Add what a declaration says of data."""
        for dataset in system.datasets:
            personal = f"personal data: {dataset.personal_data}"
            text = f"{dataset.title}, used for {dataset.use}; {personal}"
            self._link(_record(entry.ref), Node(f"dataset.{dataset.id}", "dataset", text, value=dataset), "data")

    def add_risks(self) -> None:
        """Link each record about a risk or an incident to the one before it, and to what measures the risk."""
        events = sorted((n for n in self.nodes.values() if n.entry), key=lambda n: n.entry.ref.index if n.entry else 0)
        metrics = [n for n in self.nodes.values() if isinstance(n.value, Metric)]
        last: dict[tuple[str, str], str] = {}
        for node in events:
            record = node.entry.record if node.entry else None
            if isinstance(record, RiskRecord | IncidentRecord):
                before = last.get((record.kind, record.id))
                self.links += [Link(node.id, before, "after")] if before else []
                last[record.kind, record.id] = node.id
            if isinstance(record, RiskRecord):
                wanted = {*(record.indicators or ()), *(effect.metric for effect in record.shown_by or ())}
                measured = [m for m in metrics if isinstance(m.value, Metric) and m.value.id in wanted]
                self.links += [Link(node.id, m.id, "measured by") for m in measured]

    def add_findings(self, findings: Iterable[Finding]) -> None:
        """Add findings, and the clauses that they speak of."""
        assessments = [n.id for n in self.nodes.values() if n.entry and isinstance(n.entry.record, AssessmentRecord)]
        for finding in findings if assessments else ():
            text = f"{finding.check} is {finding.status}: {finding.summary}"
            node = Node(f"finding.{finding.check}", "finding", text, value=finding)
            self.nodes[node.id] = node
            held = (ref for ref in finding.evidence if ref in self._known)
            self.links += [Link(node.id, _record(ref), "evidence") for ref in held]
            self.links.append(Link(node.id, assessments[-1], "found in"))
            for clause in finding.clauses:
                self.nodes.setdefault(f"clause.{clause}", Node(f"clause.{clause}", "clause", clause))
                self.links.append(Link(f"clause.{clause}", node.id, "finding"))

    def system(self, name: str, record: SystemRecord) -> None:
        """Add what a declaration names."""
        self._model(name, record.model, "declares")
        self._artifact(name, record.declaration, "declaration")

    def document(self, name: str, record: DocumentRecord) -> None:
        """Add the bytes that were read."""
        self._artifact(name, record.document, "read")

    def plan(self, name: str, record: PlanRecord) -> None:
        """Add what was announced."""
        self._suite(name, record.suite)
        self._model(name, record.model, "tested")
        for judge in record.judges:
            self._judge(name, judge)

    def evaluation(self, name: str, record: EvaluationRecord) -> None:
        """Add what a run was made of and what it gave."""
        if record.plan:
            self._to(name, record.plan, "announced in")
        self._suite(name, record.suite)
        self._model(name, record.model, "tested")
        self._artifact(name, record.log, "log")
        self._artifact(name, record.scores, "scores")
        if record.scores != record.log:
            self._artifact(f"artifact.{record.scores.sha256}", record.log, "judged from")
        for metric in record.metrics:
            self._metric(name, metric, record.scores)

    def judge(self, name: str, record: JudgeRecord) -> None:
        """Add what was measured of a judge."""
        self._judge_node(name, record.judge, "measured")
        self._artifact(name, record.verdicts, "verdicts")

    def judgement(self, name: str, record: JudgementRecord) -> None:
        """Add who judged which run again."""
        self._to(name, record.evaluation, "judged again")
        self._judge(name, record.judge)
        self._artifact(name, record.scores, "scores")
        for metric in record.metrics:
            self._metric(name, metric, record.scores)

    def imported(self, name: str, record: ImportRecord) -> None:
        """Add the file that a result of others came from."""
        self._model(name, record.model, "filed at")
        if record.file:
            self._artifact(name, record.file, "came from")

    def inspection(self, name: str, record: InspectionRecord) -> None:
        """Add every single sighting, and what was made of it."""
        self._artifact(name, record.sightings, "saw")
        if record.product:
            self._artifact(name, record.product, "made")

    def scan(self, name: str, record: ScanRecord) -> None:
        """Add the table of findings."""
        self._artifact(name, record.findings, "found")

    def window(self, name: str, record: WindowRecord) -> None:
        """Add what the windows were compared with."""
        if record.baseline:
            self._to(name, record.baseline, "compared with")

    def alert(self, name: str, record: AlertRecord) -> None:
        """Add the windows that an alert is computed from, and where its texts lie."""
        for ref in record.windows:
            self._to(name, ref, "computed from")
        self._artifact(name, record.evidence, "lists")

    def statement(self, name: str, record: StatementRecord) -> None:
        """Add what a statement names as its evidence."""
        for ref in record.records or ():
            self._to(name, ref, "shown by")
        for document in record.documents or ():
            self._artifact(name, document, "shown by")

    def incident(self, name: str, record: IncidentRecord) -> None:
        """Add what an incident is tied to, and the texts beside the log."""
        shown = {"concerns": (*(record.systems or ()), *(record.releases or ())), "shown by": record.evaluations or ()}
        for how, refs in {**shown, "began with": record.alerts or ()}.items():
            for ref in refs:
                self._to(name, ref, how)
        for how in ("report", "steps", "notice", "credited"):
            if text := getattr(record, how):
                self._artifact(name, text, how)

    def decision(self, name: str, record: DecisionRecord) -> None:
        """Add what somebody decided about, in view of what."""
        self._model(name, record.model, "about")
        for ref in record.rests_on:
            self._to(name, ref, "in view of")

    def assessment(self, name: str, record: AssessmentRecord) -> None:
        """Add what was assessed."""
        self._to(name, record.system, "assessed")
        self._artifact(name, record.findings, "findings")

    def report(self, name: str, record: ReportRecord) -> None:
        """Add what was published."""
        self._to(name, record.assessment, "reports")
        for file, sha256 in sorted(record.files.items()):
            node = Node(f"file.{sha256}", "file", file, sha256)
            self.nodes.setdefault(node.id, node)
            self.links.append(Link(node.id, name, "published in"))

    def erasure(self, name: str, record: ErasureRecord) -> None:
        """Add what was erased."""
        self._artifact(name, record.erased, "erased")

    def closed(self, name: str, record: ClosedRecord) -> None:
        """Add the plan of a run of which nothing else can be read."""
        if record.plan:
            self._to(name, record.plan, "announced in")

    def _link(self, source: str, node: Node, how: str) -> None:
        self.nodes.setdefault(node.id, node)
        self.links.append(Link(source, node.id, how))

    def _to(self, source: str, ref: Ref, how: str) -> None:
        """Link to another record, which is added too; a reference to nothing is passed over: verify says so."""
        entry, target = self._known.get(ref), _record(ref)
        if entry is None:
            return
        self._waiting.append(entry)
        self.links.append(Link(source, target, how))

    def _artifact(self, source: str, ref: ArtifactRef, how: str) -> None:
        gone = self._erased.get(ref.sha256)
        text = f"{ref.size:,} bytes, {ref.media_type}" + (f"; erased: {told(gone)}" if gone else "")
        self._link(source, Node(f"artifact.{ref.sha256}", "artifact", text, ref.sha256), how)

    def _model(self, source: str, model: ModelRef, how: str) -> None:
        text = f"{model.name} ({model.kind}: {model.locator})"
        self._link(source, Node(f"model.{model.sha256}", "model", text, model.sha256), how)

    def _suite(self, source: str, suite: SuiteRef) -> None:
        text = f"{suite.id} {suite.version}, {suite.items} items"
        self._link(source, Node(f"suite.{suite.sha256}", "suite", text, suite.sha256), "asked")

    def _judge(self, source: str, judge: JudgeRef) -> None:
        """Link to how well a judge agrees with people, where that was recorded; otherwise to the judge alone."""
        measured = self._judged.get(judge.sha256)
        if measured:
            self._to(source, measured.ref, "judged by")
        else:
            self._judge_node(source, judge, "judged by")

    def _judge_node(self, source: str, judge: JudgeRef, how: str) -> None:
        text = f"{judge.id} {judge.version} ({judge.kind}: {judge.task})"
        self._link(source, Node(f"judge.{judge.sha256}", "judge", text, judge.sha256), how)

    def _metric(self, source: str, metric: Metric, scores: ArtifactRef) -> None:
        if metric.group:
            return
        name = f"metric.{source.removeprefix('record.')}.{metric.id}.{metric.language}"
        shares = "no share" if metric.low is None else f"{metric.value:.1%}, {metric.low:.1%} to {metric.high:.1%}"
        text = f"{metric.id} ({metric.language}): {shares}, n = {metric.n}"
        self.nodes.setdefault(name, Node(name, "metric", text, value=metric))
        self.links.append(Link(name, source, "measured in"))
        self._artifact(name, scores, "scores")
        if metric.judge:
            self._judge(name, metric.judge)


_ADD: dict[type[Record], Callable[[_Builder, str, Any], None]] = {
    SystemRecord: _Builder.system,
    DocumentRecord: _Builder.document,
    PlanRecord: _Builder.plan,
    EvaluationRecord: _Builder.evaluation,
    JudgeRecord: _Builder.judge,
    JudgementRecord: _Builder.judgement,
    ImportRecord: _Builder.imported,
    InspectionRecord: _Builder.inspection,
    ScanRecord: _Builder.scan,
    WindowRecord: _Builder.window,
    AlertRecord: _Builder.alert,
    StatementRecord: _Builder.statement,
    IncidentRecord: _Builder.incident,
    DecisionRecord: _Builder.decision,
    AssessmentRecord: _Builder.assessment,
    ReportRecord: _Builder.report,
    ErasureRecord: _Builder.erasure,
    ClosedRecord: _Builder.closed,
}
"""What each kind of record names; keys name nothing; risks and incidents are linked to each other."""


def _record(ref: Ref) -> str:
    return f"record.{ref.index}"
