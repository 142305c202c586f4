"""From a dossier to what a report says: pure, and as of the moment at which the newest assessment was made."""

from collections.abc import Iterable, Sequence

from pydantic import TypeAdapter, ValidationError

from accord import __version__
from accord.assess import ClauseState, states
from accord.checks.reading import evaluations
from accord.codes import Code
from accord.errors import ReportError
from accord.evidence import (
    ArtifactRef,
    AssessmentRecord,
    Entry,
    EvaluationRecord,
    Finding,
    Records,
    Status,
    SystemRecord,
    Tool,
    is_current,
)
from accord.ledger import parse_json
from accord.manifest import System
from accord.reports.custody import make_anchors, make_custody, make_keys
from accord.reports.gates import make_gates
from accord.reports.incidents import make_incidents
from accord.reports.limits import find_limits
from accord.reports.models import (
    ActionReport,
    ClauseReport,
    Content,
    Edition,
    FamilyReport,
    LogFacts,
    Run,
)
from accord.reports.people import make_decisions, make_imports, make_judgements, make_judges, make_red_lines
from accord.reports.register import make_register
from accord.reports.rows import make_rows
from accord.reports.scans import make_scans
from accord.reports.stated import make_statements
from accord.verify.dossier import Dossier

_FINDINGS = TypeAdapter(tuple[Finding, ...])


def build(dossier: Dossier, code: Code) -> Content:
    """Return what a report on the newest assessment of `dossier` says.

    Raises ReportError when there is no assessment, when `code` is not the edition that was assessed, or when the
    declaration or the findings were not handed over.
    """
    entry = dossier.assessment()
    _check_edition(entry.record, code)
    records = dossier.records(entry.record.made)
    seen = records.before(entry.ref.index)  # a proof may go on to a later change of the key
    declaration = _find_declaration(dossier, entry.record)
    declared = _read_declaration(dossier, declaration)
    findings = _read_findings(dossier, entry.record)
    runs, others, incomplete = _sort_runs(seen)
    decisions = make_decisions(seen)
    content = Content(
        generator=Tool(name="accord", version=__version__),
        assessed=entry.record.made,
        assessment=entry.ref.index,
        expires=entry.record.expires,
        edition=_make_edition(code),
        declared=declared,
        model=declaration.model,
        declaration=entry.record.system.index,
        actions=_make_actions(code, findings),
        findings=findings,
        runs=runs,
        others=others,
        incomplete=incomplete,
        expired=tuple(e.ref.index for e in records if not is_current(e.record, records.at)),
        families=_make_families(code, runs),
        red_lines=make_red_lines(code, decisions),
        decisions=decisions,
        statements=make_statements(seen),
        risk_register=make_register(declared, seen),
        incidents=make_incidents(declared, seen),
        gates=make_gates(declared, seen),
        scans=make_scans(seen),
        judges=make_judges(seen),
        judgements=make_judgements(seen),
        imports=make_imports(seen),
        custody=make_custody(records),
        log=_make_log(dossier, records),
        records=make_rows(records),
    )
    return content.model_copy(update={"limits": find_limits(content)})


def _check_edition(assessment: AssessmentRecord, code: Code) -> None:
    expected = (assessment.edition, assessment.edition_sha256)
    if expected != (code.id, code.digest):
        raise ReportError(
            "The assessment was made against another edition of the Code than the one at hand.",
            expected=" ".join(expected),
            found=f"{code.id} {code.digest}",
            fix="use the version of Accord that made the assessment, or assess again",
        )


def _find_declaration(dossier: Dossier, assessment: AssessmentRecord) -> SystemRecord:
    index = assessment.system.index
    record = dossier.entries[index].record if index < assessment.size else None
    if not isinstance(record, SystemRecord):
        raise ReportError("The assessment does not name a declared system.", where=f"log entry {index}")
    return record


def _read_declaration(dossier: Dossier, record: SystemRecord) -> System:
    data = _artifact(dossier, record.declaration, "declaration of the system")
    try:
        return System.model_validate(parse_json(data))
    except ValidationError as error:
        raise ReportError("The declaration of the system cannot be read.", found=str(error)) from error


def _read_findings(dossier: Dossier, assessment: AssessmentRecord) -> tuple[Finding, ...]:
    data = _artifact(dossier, assessment.findings, "findings of the assessment")
    try:
        return _FINDINGS.validate_python(parse_json(data))
    except ValidationError as error:
        raise ReportError("The findings of the assessment cannot be read.", found=str(error)) from error


def _artifact(dossier: Dossier, ref: ArtifactRef, what: str) -> bytes:
    data = dossier.artifact(ref)
    if data is None:
        raise ReportError(f"The report cannot be made without the {what}: erased or withheld.", expected=ref.sha256)
    return data


def _make_edition(code: Code) -> Edition:
    return Edition(
        id=code.id,
        title=code.title,
        date=code.date,
        status=code.status,
        sha256=code.digest,
        urls=code.urls,
        wording=code.wording,
        note=code.note,
    )


def _sort_runs(records: Records) -> tuple[tuple[Run, ...], tuple[Run, ...], tuple[Run, ...]]:
    """Split the current evaluations into those that the checks rely on, other complete ones, and the incomplete."""
    current = records.current(EvaluationRecord)
    relied = evaluations(records)
    return (
        _make_runs(relied),
        _make_runs(e for e in current if e.record.is_complete and e not in relied),
        _make_runs(e for e in current if not e.record.is_complete),
    )


def _make_runs(entries: Iterable[Entry[EvaluationRecord]]) -> tuple[Run, ...]:
    return tuple(Run(index=e.ref.index, origin=e.origin, evaluation=e.record) for e in entries)


def _make_actions(code: Code, findings: Sequence[Finding]) -> tuple[ActionReport, ...]:
    by_clause = {state.clause: state for state in states(code, findings)}
    return tuple(
        _make_action(
            code, action.number, [_make_clause(code, by_clause[c.id], findings) for c in code.clauses_of(action.number)]
        )
        for action in code.actions
    )


def _make_action(code: Code, number: int, clauses: Sequence[ClauseReport]) -> ActionReport:
    action = code.action(number)
    given = [c.status for c in clauses]
    return ActionReport(
        number=number,
        title=action.title,
        pages=action.pages,
        counts={status: given.count(status) for status in Status},
        clauses=tuple(clauses),
    )


def _make_clause(code: Code, state: ClauseState, findings: Sequence[Finding]) -> ClauseReport:
    clause = code.clause(state.clause)
    return ClauseReport(
        id=clause.id,
        text=clause.text,
        force=clause.force,
        example=clause.example,
        qualifier=clause.qualifier,
        pages=clause.pages,
        status=state.status,
        basis=state.basis,
        origin=state.origin,
        date=state.date,
        expires=state.expires,
        gaps=state.gaps,
        findings=tuple(i for i, finding in enumerate(findings) if clause.id in finding.clauses),
    )


def _make_families(code: Code, runs: Sequence[Run]) -> tuple[FamilyReport, ...]:
    return tuple(
        FamilyReport(
            id=family.id,
            title=family.title,
            text=family.text,
            tested_by=tuple(r.index for r in runs if family.id in r.evaluation.families),
        )
        for family in code.risk_families
    )


def _make_log(dossier: Dossier, records: Records) -> LogFacts:
    return LogFacts(
        origin=dossier.checkpoint.origin,
        size=dossier.checkpoint.size,
        root=dossier.checkpoint.root.hex(),
        fingerprint=dossier.key.fingerprint,
        vkey=dossier.key.vkey,
        keys=make_keys(records),
        anchors=make_anchors(dossier),
    )
