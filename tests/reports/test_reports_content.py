"""What a report says follows from its dossier, and nothing is left out."""

import dataclasses
from datetime import datetime, timedelta

import pytest

from accord.codes import load_code
from accord.errors import ReportError
from accord.evidence import RECORD_TYPES, ClosedRecord, Metric, Ref, ReportRecord, Status, UnknownRecord
from accord.ledger import PublicKey
from accord.reports import Content, build
from accord.reports.limits import find_limits
from accord.reports.models import OverrideReport
from accord.reports.rows import DESCRIBED, describe
from accord.verify import Dossier, Proof, open_proof


@pytest.fixture
def dossier(proof: Proof) -> Dossier:
    return open_proof(proof, PublicKey.parse(proof.vkey))


def test_every_clause_is_reported_in_order(content: Content) -> None:
    expected = [clause.id for clause in load_code().clauses]
    assert expected == [clause.id for action in content.actions for clause in action.clauses]


def test_every_clause_keeps_its_register(content: Content) -> None:
    expected = [(c.text, c.force, c.example, c.qualifier) for c in load_code().clauses]
    reported = [c for action in content.actions for c in action.clauses]
    assert expected == [(c.text, c.force, c.example, c.qualifier) for c in reported]


def test_counts_add_up_to_the_clauses_of_the_action(content: Content) -> None:
    assert all(len(action.clauses) == sum(action.counts.values()) for action in content.actions)


def test_statuses_are_those_of_the_assessment(content: Content, dossier: Dossier) -> None:
    expected = dossier.assessment().record.statuses
    assert expected == {c.id: c.status for action in content.actions for c in action.clauses}


def test_clause_without_finding_has_no_evidence_and_a_gap(content: Content) -> None:
    clause = content.actions[10].clauses[3]
    assert (Status.NO_EVIDENCE, (), True) == (clause.status, clause.findings, bool(clause.gaps))


def test_newest_run_of_a_suite_is_relied_on(content: Content) -> None:
    assert ([4, 5, 11], [3]) == ([r.index for r in content.runs], [r.index for r in content.others])


def test_incomplete_run_is_told_apart(content: Content) -> None:
    assert [(6, "incomplete")] == [(r.index, r.evaluation.state) for r in content.incomplete]


def test_expired_record_is_named(content: Content) -> None:
    assert (0, 14) == content.expired


def test_untested_families_are_named(content: Content) -> None:
    assert ["R3", "R4", "R7"] == [f.id for f in content.families if not f.tested_by]


def test_red_line_leads_to_the_current_decision_that_speaks_of_it(content: Content) -> None:
    assert {**dict.fromkeys("abcd", (12,)), "e": ()} == {r.id: r.decisions for r in content.red_lines}


def test_expired_decision_stays_to_be_seen(content: Content) -> None:
    assert [(12, False), (13, False), (14, True)] == [(d.index, d.expired) for d in content.decisions]


def test_override_is_told_with_its_stage_and_end(content: Content) -> None:
    told = [(r.id, r.overrides) for r in content.gates.reasons if r.overrides]
    until = content.assessed + timedelta(days=14)
    assert [("plan.privacy", (OverrideReport(stage="release", index=13, until=until),))] == told


def test_override_of_one_stage_leaves_the_others_blocked(content: Content) -> None:
    plan = next(r for r in content.gates.reasons if r.id == "plan.privacy")
    assert ("training-checkpoint", "pre-deployment", "periodic") == plan.blocks


def test_stage_is_blocked_by_what_is_not_overridden(content: Content) -> None:
    blocking = {stage for reason in content.gates.reasons for stage in reason.blocks}
    assert [(s.id, s.id not in blocking) for s in content.gates.stages] == [
        (s.id, s.passed) for s in content.gates.stages
    ]


def test_register_tells_where_each_risk_stands(content: Content) -> None:
    told = [(r.id, r.state, r.overdue, r.tolerated) for r in content.risk_register.risks]
    assert [
        ("uplift", "accepted", False, False),
        ("grid", "treated", True, None),
        ("toy", "closed", False, None),
    ] == told


def test_register_keeps_the_level_before_and_after(content: Content) -> None:
    risk = content.risk_register.risks[0]
    assert risk.inherent
    assert risk.residual
    words = [level.likelihood.word for level in (risk.inherent, risk.residual) if level.likelihood]
    assert ["possible", "unlikely"] == words


def test_treatment_that_nothing_measures_is_not_shown_to_work(content: Content) -> None:
    assert [True, None] == [t.works for r in content.risk_register.risks for t in r.treatments]


def test_every_record_has_its_row(content: Content, dossier: Dossier) -> None:
    assert [(e.ref.index, e.ref.leaf) for e in dossier.entries] == [(r.index, r.leaf) for r in content.records]


def test_every_kind_of_record_can_be_described() -> None:
    assert {*RECORD_TYPES, ClosedRecord, UnknownRecord} == set(DESCRIBED)


def test_report_record_is_described_by_its_files(now: datetime) -> None:
    record = ReportRecord(made=now, assessment=Ref(index=3, leaf="00" * 32), files={"report.html": "11" * 32})
    assert "Publication of the assessment in record 3: report.html" == describe(record)


def test_unknown_record_is_described_by_its_type(now: datetime) -> None:
    assert "https://a.test/x/v9" in describe(UnknownRecord(made=now, predicate_type="https://a.test/x/v9"))


@pytest.mark.parametrize(
    "words",
    [
        "Nobody outside",
        "no evidence on",
        "3 of 7 risk families",
        "no sample of: bias.unsupported",
        "also wanted in: ko",
        "No rate is stated of misuse.refused (ja, record 11)",
        "Who gave them: one reader, who wrote the answers too.",
        "Not measured here: 1 result of others",
        "1 of 5 red lines have no current decision about this model: e.",
        "overrides 1 reason: plan.privacy at the stage release (record 13).",
    ],
)
def test_limits_say_what_is_not_shown(content: Content, words: str) -> None:
    assert 1 == sum(words in limit for limit in content.limits)


def test_build_refuses_another_edition(dossier: Dossier) -> None:
    with pytest.raises(ReportError, match="another edition"):
        build(dossier, load_code().model_copy(update={"digest": "00" * 32}))


def test_build_refuses_erased_findings(dossier: Dossier) -> None:
    erased = dossier.assessment().record.findings.sha256
    held = {k: v for k, v in dossier.artifacts.items() if k != erased}
    with pytest.raises(ReportError, match="findings"):
        build(dataclasses.replace(dossier, artifacts=held), load_code())


def test_build_refuses_a_log_without_assessment(dossier: Dossier) -> None:
    with pytest.raises(ReportError, match="no assessment"):
        build(dataclasses.replace(dossier, entries=dossier.entries[:-1]), load_code())


def test_limits_name_the_part_of_which_no_sample_was_scored(content: Content) -> None:
    def metric(name: str, n: int, group: str = "", language: str = "en") -> Metric:
        value = 0.0 if n else None
        return Metric(id=name, title="", better="lower", group=group, language=language, count=0, n=n, value=value)

    metrics = (metric("a.b", 3), metric("a.b", 0, "R5"), metric("a.c", 0, "", "de"), metric("a.c", 0, "R5", "de"))
    run = content.runs[0].model_copy(
        update={"evaluation": content.runs[0].evaluation.model_copy(update={"metrics": metrics})}
    )
    limits = find_limits(content.model_copy(update={"runs": (run,)}))
    assert f"Record {run.index} could score no sample of: a.b (R5), a.c (de)." in limits
