"""Every record in one line, so that a sentence of the report can lead to it."""

from collections.abc import Callable
from typing import Any

from accord.evidence import (
    AlertRecord,
    AssessmentRecord,
    BaselineRecord,
    ClosedRecord,
    DecisionRecord,
    DocumentRecord,
    Entry,
    ErasureRecord,
    EvaluationRecord,
    ImportRecord,
    IncidentRecord,
    InspectionRecord,
    JudgementRecord,
    JudgeRecord,
    KeyRecord,
    PlanRecord,
    Record,
    Records,
    ReportRecord,
    RiskRecord,
    ScanRecord,
    StatementRecord,
    SystemRecord,
    UnknownRecord,
    WindowRecord,
    is_current,
)
from accord.reports.models import Row


def make_rows(records: Records) -> tuple[Row, ...]:
    """Return one row for each record, oldest first; a row is `expired` as of `records.at`."""
    return tuple(_make_row(entry, expired=not is_current(entry.record, records.at)) for entry in records)


def _make_row(entry: Entry[Any], *, expired: bool) -> Row:
    record = entry.record
    return Row(
        index=entry.ref.index,
        leaf=entry.ref.leaf,
        kind=record.kind,
        basis=record.basis,
        origin=entry.origin,
        made=record.made,
        expires=record.expires,
        expired=expired,
        about=describe(record),
        subjects={subject.name: subject.sha256 for subject in record.subjects()},
    )


def describe(record: Record) -> str:
    """Return what a record is about, in one line of plain text; what it quotes is hostile."""
    return DESCRIBED[type(record)](record)


def _system(record: SystemRecord) -> str:
    return f"Declaration of {record.name}, version {record.version}"


def _document(record: DocumentRecord) -> str:
    return f"Document {record.id}, {record.document.size:,} bytes"


def _plan(record: PlanRecord) -> str:
    return (
        f"Announcement of suite {record.suite.id} {record.suite.version} on {record.model.name}: "
        f"{record.planned} samples, {len(record.rules)} tolerances"
    )


def _evaluation(record: EvaluationRecord) -> str:
    done = f"{record.state}, {record.completed} of {record.planned} samples scored"
    return f"Suite {record.suite.id} {record.suite.version} on {record.model.name}: {done}"


def _assessment(record: AssessmentRecord) -> str:
    return f"Assessment of the {record.size} records before it, by {record.tool.name} {record.tool.version}"


def _report(record: ReportRecord) -> str:
    return f"Publication of the assessment in record {record.assessment.index}: {', '.join(sorted(record.files))}"


def _key(record: KeyRecord) -> str:
    return f"Key {record.key.fingerprint} comes into force: {record.reason}"


def _erasure(record: ErasureRecord) -> str:
    named = ", ".join(str(ref.index) for ref in record.records)
    return f"Erasure of {record.erased.size:,} bytes that are named in record {named}: {record.reason}"


def _judge(record: JudgeRecord) -> str:
    languages = ", ".join(sorted({agreement.language for agreement in record.agreements}))
    return f"Judge {record.judge.id} {record.judge.version} beside people's labels {record.labels}: {languages}"


def _judgement(record: JudgementRecord) -> str:
    return f"Judge {record.judge.id} {record.judge.version} on the transcripts of record {record.evaluation.index}"


def _import(record: ImportRecord) -> str:
    return f"Result of {record.source.name} {record.source.version}: {record.title}, {len(record.metrics)} figures"


def _decision(record: DecisionRecord) -> str:
    what = f"Decision on {record.topic} at the stage {record.stage}: {record.outcome}, by the role {record.role}"
    return f"{what}; overridden: {', '.join(record.overrides)}" if record.overrides else what


def _inspection(record: InspectionRecord) -> str:
    seen = "; ".join(
        f"{o.title}: {o.held} of {o.n}" + (f", {o.unknown} untold" if o.unknown else "") for o in record.observations
    )
    return f"Inspection ({record.topic}) of {record.name}: {seen}"


def _scan(record: ScanRecord) -> str:
    part = "all" if record.design.method == "all" else f"a sample of {record.design.fraction:.2%}"
    bad = sum(record.unreadable.values())
    left = f"; {bad:,} rows could not be read" if bad else ""
    names = ", ".join(detector.name for detector in record.detectors)
    return f"Scan of {record.purpose} {record.name}: {record.texts:,} texts ({part}), by {names}{left}"


def _window(record: WindowRecord) -> str:
    texts = sum(window.texts for window in record.windows)
    alarms = f"; {len(record.alarms)} alarms" if record.alarms else ""
    return f"{len(record.windows)} windows of {record.name} to {record.end:%Y-%m-%d %H:%M}: {texts:,} texts{alarms}"


def _baseline(record: BaselineRecord) -> str:
    declared = sum(usual.declared for usual in record.usual)
    days = f"{record.first:%Y-%m-%d} to {record.last:%Y-%m-%d}"
    return f"What is usual in {record.name}, {days}: {len(record.usual)} rates, {declared} of them declared"


def _alert(record: AlertRecord) -> str:
    hours = f"{record.start:%Y-%m-%d %H:%M} to {record.end:%Y-%m-%d %H:%M}"
    return f"Alert on {record.name} ({record.topic}): {record.texts:,} texts of {record.accounts:,} accounts, {hours}"


def _statement(record: StatementRecord) -> str:
    if record.event == "withdraw":
        return f"Statement {record.id} withdrawn"
    what = f"Statement {record.id} ({record.claim}) on {', '.join(record.clauses or ())}"
    return f"{what}: {record.title}" if record.title else what


RISK_EVENTS = {
    "add": "added", "assess": "assessed", "treat": "treated", "accept": "accepted", "close": "closed",
}  # fmt: skip
"""What an event did to a risk."""


def _risk(record: RiskRecord) -> str:
    what = f"Risk {record.id} {RISK_EVENTS[record.event]}"
    if record.likelihood and record.severity:
        return f"{what}, {record.phase}: {record.likelihood.word}, {record.severity.word}"
    said = record.title or record.treatment or (f"by the role {record.role}" if record.role else "")
    return f"{what}: {said}" if said else what


INCIDENT_EVENTS = {
    "signal": "signalled", "acknowledge": "acknowledged to whoever reported it", "triage": "triaged",
    "confirm": "confirmed", "contain": "contained", "resolve": "resolved", "dismiss": "dismissed",
    "duplicate": "found to be a duplicate", "reopen": "opened again", "correct": "corrected", "link": "linked",
    "notify": "told to an authority", "extend": "given more time", "reward": "rewarded", "publish": "made public",
}  # fmt: skip
"""What an event did to an incident."""


def _incident(record: IncidentRecord) -> str:
    what = f"Incident {record.id} {INCIDENT_EVENTS[record.event]}"
    held = ", ".join(word for word in (record.category, record.severity, record.stage, record.of) if word)
    said = f"{what} ({held})" if held else what
    return f"{said}: {record.title}" if record.title else said


def _closed(record: ClosedRecord) -> str:
    why = f"withheld: {', '.join(record.fields)}" if record.why == "withheld" else "its key was revoked"
    return f"{record.of}, which supports nothing here; {why}"


def _unknown(record: UnknownRecord) -> str:
    return f"A type that this version cannot read: {record.predicate_type}"


DESCRIBED: dict[type[Record], Callable[[Any], str]] = {
    SystemRecord: _system,
    DocumentRecord: _document,
    PlanRecord: _plan,
    EvaluationRecord: _evaluation,
    AssessmentRecord: _assessment,
    ReportRecord: _report,
    KeyRecord: _key,
    ErasureRecord: _erasure,
    JudgeRecord: _judge,
    JudgementRecord: _judgement,
    ImportRecord: _import,
    DecisionRecord: _decision,
    RiskRecord: _risk,
    IncidentRecord: _incident,
    InspectionRecord: _inspection,
    ScanRecord: _scan,
    WindowRecord: _window,
    BaselineRecord: _baseline,
    AlertRecord: _alert,
    StatementRecord: _statement,
    ClosedRecord: _closed,
    UnknownRecord: _unknown,
}
