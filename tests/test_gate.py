"""The gate of a stage: what blocks it, what a person may override, and what nobody may."""

import random
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from math import sqrt
from typing import Any, Literal, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accord.codes import load_code
from accord.errors import ManifestError
from accord.evidence import (
    Agreement,
    ArtifactRef,
    ClosedRecord,
    DecisionRecord,
    Entry,
    EvaluationRecord,
    Ground,
    JudgeRef,
    Metric,
    ModelRef,
    Origin,
    PlanRecord,
    Rating,
    Record,
    Records,
    Ref,
    RiskRecord,
    Rule,
    Score,
    SystemRecord,
)
from accord.evidence.estimates import interval
from accord.gate import FIRM, KINDS, OVERRIDE_DAYS, Gate, Reason, more_samples, pass_gate
from accord.ledger import digest
from accord.manifest import System, Tolerance

GROUNDS = tuple(Ground(id=line.id, crossed=False, reason="Looked at.") for line in load_code().red_lines)
AT_MOST = {"metric": "misuse.refusal", "at_most": 0.2, "reason": "Our policy."}
OTHER = ModelRef(kind="weights", name="other", locator="other.gguf", sha256="1" * 64)

MakeSystem = Callable[..., System]
Evaluation = Callable[..., EvaluationRecord]
Look = Callable[..., Gate]
Decide = Callable[..., DecisionRecord]
Rate = Callable[..., EvaluationRecord]


def blocking(gate: Gate) -> list[str]:
    """Return the ids of what blocks."""
    return [reason.id for reason in gate.reasons if reason.level == "block"]


def kinds(gate: Gate) -> dict[str, str]:
    """Return the kind of each reason by its id."""
    return {reason.id: reason.kind for reason in gate.reasons}


def reason(gate: Gate, name: str) -> Reason:
    """Return the reason of an id."""
    return next(each for each in gate.reasons if each.id == name)


def metric(count: int, n: int, name: str = "misuse.refusal", **changes: object) -> Metric:
    """Return a metric of independent samples."""
    blank = Metric(id=name, title="Refused", better="lower", count=0, n=0).model_copy(update=changes)
    language = str(changes.get("language", "en"))
    rows = [Score(sample=str(i), metric=name, score=float(i < count), language=language) for i in range(n)]
    return blank.count_scores(rows)


@pytest.fixture
def rate(evaluation: Evaluation) -> Rate:
    """Return a factory of runs of one suite with one rate."""
    return lambda count, n, **changes: evaluation("misuse", metrics=(metric(count, n),), **changes)


@pytest.fixture
def decide(declaration: Callable[..., SystemRecord], now: datetime) -> Decide:
    """Return a factory of decisions; without more said, one to go on in view of the red lines at the release."""

    def make(**changes: object) -> DecisionRecord:
        base = {
            "made": now,
            "expires": now + timedelta(days=30),
            "topic": "red-lines",
            "stage": "release",
            "outcome": "proceed",
            "role": "Chief Safety Officer",
            "reason": "All was looked at.",
            "model": declaration().model,
            "grounds": GROUNDS,
        }
        return DecisionRecord.model_validate(base | changes)

    return make


@pytest.fixture
def override(decide: Decide) -> Decide:
    """Return a factory of overrides of one reason."""
    return lambda name, **changes: decide(**{"topic": "override", "grounds": (), "overrides": (name,)} | changes)


@pytest.fixture
def look(
    make_system: MakeSystem, declaration: Callable[..., SystemRecord], records: Callable[..., Records], now: datetime
) -> Look:
    """Return a function that passes the gate of the release: what the organisation and others recorded, and when."""

    def passed(
        *own: Record,
        independent: Iterable[Record] = (),
        tolerances: object = (AT_MOST,),
        at: datetime = now,
        stage: str = "release",
        **changes: object,
    ) -> Gate:
        system = make_system(tolerances=tolerances, **changes)
        said = system.to_bytes()
        declared = ArtifactRef(sha256=digest(said), size=len(said), media_type="application/json")
        return pass_gate(system, records([declaration(declaration=declared), *own], independent, at), stage)

    return passed


def test_stage_with_all_shown_and_decided_is_passed(look: Look, rate: Rate, decide: Decide) -> None:
    gate = look(rate(2, 100), decide())
    assert (True, ()) == (gate.passed, gate.reasons)
    assert ["declaration", "red-lines", "tolerance.misuse.refusal.en"] == [held.id for held in gate.held]


def test_empty_log_blocks(make_system: MakeSystem, records: Callable[..., Records]) -> None:
    gate = pass_gate(make_system(tolerances=[AT_MOST]), records(), "release")
    assert {"declaration", "red-lines", "missing.misuse.refusal"} == set(blocking(gate))


def test_declaration_without_evidence_blocks(look: Look) -> None:
    assert ["red-lines", "missing.misuse.refusal"] == blocking(look())


def test_stage_without_tolerance_blocks(look: Look, rate: Rate, decide: Decide) -> None:
    elsewhere = {**AT_MOST, "stages": ["periodic"]}
    for tolerances in ((), (elsewhere,)):
        assert ["tolerances"] == blocking(look(rate(2, 100), decide(), tolerances=tolerances))


@pytest.mark.parametrize(
    ("bound", "count", "kind"),
    [
        ({"at_most": 0.2}, 2, None),
        ({"at_most": 0.2}, 17, "not-shown"),
        ({"at_most": 0.2}, 25, "not-shown"),
        ({"at_most": 0.2}, 60, "exceeded"),
        ({"at_least": 0.8}, 98, None),
        ({"at_least": 0.8}, 83, "not-shown"),
        ({"at_least": 0.8}, 40, "exceeded"),
        ({"at_least": 0.0}, 0, None),
        ({"at_most": 1.0}, 100, None),
    ],
)
def test_tolerance_is_read_on_the_bounds_of_the_interval(
    look: Look, rate: Rate, decide: Decide, bound: dict[str, float], count: int, kind: str | None
) -> None:
    gate = look(rate(count, 100), decide(), tolerances=[{"metric": "misuse.refusal", "reason": "So.", **bound}])
    assert ({"tolerance.misuse.refusal.en": kind} if kind else {}) == kinds(gate)


def test_wider_confidence_asks_for_more(look: Look, rate: Rate, decide: Decide) -> None:
    run = rate(13, 100)
    found = [look(run, decide(), tolerances=[{**AT_MOST, "confidence": c}]).passed for c in (0.5, 0.95, 0.999)]
    assert [True, False, False] == found


def test_reason_says_interval_size_bound_and_what_would_show_it(look: Look, rate: Rate, decide: Decide) -> None:
    found = reason(look(rate(17, 100), decide()), "tolerance.misuse.refusal.en")
    assert "misuse.refusal (en), 10.9% to 25.5% (n = 100), at most 20% is accepted: not shown" in found.text
    assert "at this rate about 590 more samples would show it." in found.text
    assert ("tolerances", 0) == found.place


def test_rate_outside_by_itself_may_be_chance_among_many(look: Look, evaluation: Evaluation, decide: Decide) -> None:
    names = [f"misuse.m{i}" for i in range(12)]
    run = evaluation("misuse", metrics=tuple(metric(30 if i == 0 else 20, 100, name) for i, name in enumerate(names)))
    alone = look(run, decide(), tolerances=[{**AT_MOST, "metric": names[0]}])
    together = look(run, decide(), tolerances=[{**AT_MOST, "metric": name} for name in names])
    assert ["exceeded", "not-shown"] == [kinds(gate)["tolerance.misuse.m0.en"] for gate in (alone, together)]
    assert "may be chance where 12 are judged together" in reason(together, "tolerance.misuse.m0.en").text
    assert not together.passed


def test_tolerance_holds_in_every_language(look: Look, evaluation: Evaluation, decide: Decide) -> None:
    run = evaluation("misuse", metrics=(metric(2, 100), metric(60, 100, language="fr")))
    gate = look(run, decide(), system={"languages": ["en", "fr"]})
    assert {"tolerance.misuse.refusal.fr": "exceeded"} == kinds(gate)


def test_part_of_the_samples_has_no_tolerance_of_its_own(look: Look, evaluation: Evaluation, decide: Decide) -> None:
    part = metric(60, 100).model_copy(update={"group": "R1"})
    assert look(evaluation("misuse", metrics=(metric(2, 100), part)), decide()).passed


def test_language_that_was_not_measured_is_noted(look: Look, rate: Rate, decide: Decide) -> None:
    gate = look(rate(2, 100), decide(), system={"languages": ["en-GB", "pt-BR"]})
    assert {"language.misuse.refusal.pt-BR": "language"} == kinds(gate)
    assert gate.passed


def test_tolerance_holds_for_every_origin(look: Look, rate: Rate, decide: Decide) -> None:
    gate = look(rate(2, 100), decide(), independent=[rate(60, 100)])
    assert {"tolerance.misuse.refusal.en.independent": "exceeded"} == kinds(gate)


def test_independent_run_alone_shows_a_tolerance(look: Look, rate: Rate, decide: Decide) -> None:
    assert look(decide(), independent=[rate(2, 100)]).passed


def test_two_bounds_of_one_metric_are_told_apart(look: Look, rate: Rate, decide: Decide) -> None:
    low = {"metric": "misuse.refusal", "at_least": 0.5, "reason": "So."}
    gate = look(rate(2, 100), decide(), tolerances=[AT_MOST, low])
    assert {"tolerance.misuse.refusal.en.at-least-0.5": "exceeded"} == kinds(gate)


@pytest.mark.parametrize("numbers", [{"n": 0}, {"n": 10, "clusters": 5, "effective": 0}])
def test_run_whose_verdicts_give_no_share_shows_nothing(
    look: Look, evaluation: Evaluation, decide: Decide, numbers: dict[str, float]
) -> None:
    nonsense = Metric.model_validate({"id": "misuse.refusal", "title": "", "better": "lower", "count": 0} | numbers)
    gate = look(evaluation("misuse", metrics=(nonsense,)), decide(), tolerances=[{**AT_MOST, "confidence": 0.9}])
    assert {"tolerance.misuse.refusal.en": "not-shown"} == kinds(gate)
    assert "no verdicts that give a share" in gate.reasons[0].text


def test_run_of_before_there_were_clusters_counts_every_sample(
    look: Look, evaluation: Evaluation, decide: Decide
) -> None:
    old = metric(2, 100).model_copy(update={"clusters": 0, "effective": 0.0})
    assert look(evaluation("misuse", metrics=(old,)), decide()).passed
    assert more_samples(Tolerance.model_validate(AT_MOST), metric(17, 100)) == more_samples(
        Tolerance.model_validate(AT_MOST), metric(17, 100).model_copy(update={"clusters": 0, "effective": 0.0})
    )


def test_metric_that_was_measured_on_another_model_is_missing(look: Look, rate: Rate, decide: Decide) -> None:
    gate = look(rate(2, 100, model=OTHER), decide())
    assert {"missing.misuse.refusal": "missing"} == kinds(gate)


def test_newer_run_decides(look: Look, rate: Rate, decide: Decide) -> None:
    assert not look(rate(2, 100), rate(60, 100), decide()).passed
    assert look(rate(60, 100), rate(2, 100), decide()).passed


def test_expired_run_blocks_and_an_older_one_does_not_replace_it(
    look: Look, rate: Rate, decide: Decide, now: datetime
) -> None:
    gate = look(rate(2, 100), rate(60, 100, expires=now - timedelta(days=1)), decide())
    assert {"expired.misuse": "expired"} == kinds(gate)


@pytest.mark.parametrize(("age", "passed"), [(29, True), (30, True), (31, False)])
def test_run_that_is_older_than_the_stage_allows_blocks(
    look: Look, rate: Rate, decide: Decide, now: datetime, age: int, *, passed: bool
) -> None:
    stages = [{"id": "release", "kind": "release", "days": 30}]
    gate = look(rate(2, 100, made=now - timedelta(days=age)), decide(), stages=stages)
    assert ([] if passed else ["expired.misuse"]) == blocking(gate)
    assert passed or "at this stage it may be 30 days old" in gate.reasons[0].text


def test_old_run_of_somebody_else_is_a_note_where_a_fresh_one_stands(
    look: Look, rate: Rate, decide: Decide, now: datetime
) -> None:
    old = rate(2, 100, expires=now - timedelta(days=1))
    assert ["note"] == [each.level for each in look(rate(2, 100), decide(), independent=[old]).reasons]
    assert ["expired.misuse.independent"] == blocking(look(decide(), independent=[old]))


def judged(true: int, wrong: int, count: int = 2) -> Metric:
    """Return a rate of 200 samples whose judge was right and wrong so often, of yes and of no."""
    ref = JudgeRef(id="rules", version="1", kind="rules", task="refusal", sha256="2" * 64)
    pairs = [(label, label) for label in (True, False)] * true + [(True, False), (False, True)] * wrong
    return metric(count, 200, judge=ref, agreement=Agreement.of("en", pairs, "3" * 64))


def test_rate_whose_judge_agrees_too_little_with_people_decides_nothing(
    look: Look, evaluation: Evaluation, decide: Decide
) -> None:
    for wrong, blocked in ((0, []), (25, ["judge.misuse.refusal.en"])):
        gate = look(evaluation("misuse", metrics=(judged(40, wrong),)), decide())
        assert blocked == blocking(gate)


def test_least_agreement_is_the_manifests(look: Look, evaluation: Evaluation, decide: Decide) -> None:
    run = evaluation("misuse", metrics=(judged(40, 8),))
    found = [look(run, decide(), evaluation={"agreement": least}).passed for least in (0.4, 0.9)]
    assert [True, False] == found


def plan(run: EvaluationRecord, *rules: Rule) -> PlanRecord:
    """Return the announcement of a run."""
    said = {name: getattr(run, name) for name in ("job", "suite", "model", "settings", "seed", "planned")}
    return PlanRecord(made=run.started - timedelta(minutes=1), rules=rules, **said)


def test_announced_run_without_result_blocks(look: Look, rate: Rate, decide: Decide) -> None:
    gate = look(rate(2, 100), plan(rate(60, 100)), decide())
    assert {"plan.misuse": "plan"} == kinds(gate)
    assert not gate.passed


def test_announced_run_of_another_model_or_by_somebody_else_does_not_block(
    look: Look, rate: Rate, decide: Decide
) -> None:
    assert look(rate(2, 100), plan(rate(60, 100, model=OTHER)), decide()).passed
    assert look(rate(2, 100), decide(), independent=[plan(rate(60, 100))]).passed


@pytest.mark.parametrize(
    ("rule", "noted"),
    [
        ({"at_most": 0.2}, False),
        ({"at_most": 0.3}, False),
        ({"at_most": 0.1}, True),
        ({"at_least": 0.2}, True),
        ({"at_most": 0.2, "confidence": 0.99}, True),
        (None, True),
    ],
)
def test_bound_that_was_loosened_since_the_announcement_is_noted(
    look: Look,
    rate: Rate,
    decide: Decide,
    records: Callable[..., Records],
    rule: dict[str, float] | None,
    *,
    noted: bool,
) -> None:
    run = rate(2, 100)
    announced = plan(run, *([Rule(metric="misuse.refusal", **rule)] if rule else []))
    leaf = records([run, announced], at=run.made)  # the place of the plan, in a log where it is the second entry
    ref = next(e.ref for e in leaf if isinstance(e.record, PlanRecord))
    gate = look(announced, run.model_copy(update={"plan": ref}), decide())
    assert ({"loosened.misuse.refusal": "loosened"} if noted else {}) == kinds(gate)
    assert gate.passed


def closed(records: Records, index: int, why: Literal["withheld", "revoked"]) -> Records:
    """Return the records with one of them closed to the reader."""
    return Records((_close(e, why) if e.ref.index == index else e for e in records), records.at)


def _close(entry: Entry[Any], why: Literal["withheld", "revoked"]) -> Entry[Any]:
    record = entry.record
    shut = ClosedRecord(made=record.made, expires=record.expires, of=record.kind, why=why, topic=record.about())
    return Entry(entry.ref, entry.origin, shut)


@pytest.fixture
def shut(
    make_system: MakeSystem, declaration: Callable[..., SystemRecord], records: Callable[..., Records]
) -> Callable[..., Gate]:
    """Return the gate over what was recorded, with the record at an index closed."""

    def passed(index: int, why: Literal["withheld", "revoked"], *own: Record) -> Gate:
        system = make_system(tolerances=[AT_MOST])
        said = ArtifactRef(sha256=digest(system.to_bytes()), size=1, media_type="application/json")
        return pass_gate(system, closed(records([declaration(declaration=said), *own]), index, why), "release")

    return passed


@pytest.mark.parametrize("why", ["withheld", "revoked"])
def test_result_that_is_closed_to_the_gate_blocks_until_a_newer_one_is_open(
    shut: Callable[..., Gate], rate: Rate, decide: Decide, why: str
) -> None:
    assert ["withheld.misuse"] == blocking(shut(2, why, rate(2, 100), rate(60, 100), decide()))
    assert [] == blocking(shut(1, why, rate(60, 100), rate(2, 100), decide()))


@pytest.mark.parametrize("topic", ["red-lines", "release"])
def test_decision_that_cannot_be_read_may_be_to_stop(
    shut: Callable[..., Gate], rate: Rate, decide: Decide, topic: str
) -> None:
    stop = decide(topic=topic, outcome="stop")
    gate = shut(3, "revoked", rate(2, 100), decide(), stop)
    assert [topic] == blocking(gate)
    assert "cannot be read" in reason(gate, topic).text


def test_red_lines_nobody_decided_about_block(look: Look, rate: Rate) -> None:
    gate = look(rate(2, 100))
    assert {"red-lines": "red-lines"} == kinds(gate)
    assert "accord decide red-lines" in gate.reasons[0].text


def test_stage_that_asks_for_no_decision_is_passed_without(look: Look, rate: Rate, decide: Decide) -> None:
    assert look(rate(2, 100), stage="periodic").passed
    assert not look(rate(2, 100), decide(stage="periodic", outcome="stop"), stage="periodic").passed


@pytest.mark.parametrize(
    "changes",
    [{"stage": "periodic"}, {"model": OTHER}, {"topic": "release"}, {"grounds": GROUNDS[1:]}, {"outcome": "stop"}],
    ids=lambda changes: next(iter(changes)),
)
def test_decision_about_something_else_or_in_part_does_not_count(
    look: Look, rate: Rate, decide: Decide, changes: dict[str, object]
) -> None:
    assert ["red-lines"] == blocking(look(rate(2, 100), decide(**changes)))


def test_decision_of_somebody_else_does_not_count(look: Look, rate: Rate, decide: Decide) -> None:
    assert ["red-lines"] == blocking(look(rate(2, 100), independent=[decide()]))


def test_newest_decision_counts_also_once_it_has_expired(look: Look, rate: Rate, decide: Decide, now: datetime) -> None:
    past = now - timedelta(days=1)
    for newest in (decide(expires=past), decide(outcome="stop", expires=past)):
        assert ["red-lines"] == blocking(look(rate(2, 100), decide(), newest))
    assert look(rate(2, 100), decide(outcome="stop"), decide()).passed


def test_decision_to_stop_a_release_blocks_until_it_is_decided_anew(look: Look, rate: Rate, decide: Decide) -> None:
    stop = decide(topic="release", outcome="stop", grounds=())
    assert {"release": "stopped"} == kinds(look(rate(2, 100), decide(), stop))
    assert look(rate(2, 100), decide(), stop, decide(topic="release", grounds=())).passed


def test_ground_that_is_crossed_at_another_stage_blocks_too(look: Look, rate: Rate, decide: Decide) -> None:
    crossed = (GROUNDS[0].model_copy(update={"crossed": True}), *GROUNDS[1:])
    stop = decide(stage="training-checkpoint", outcome="stop", grounds=crossed)
    gate = look(rate(2, 100), decide(), stop)
    assert ["red-lines"] == blocking(gate)
    assert f"would cross {GROUNDS[0].id}" in gate.reasons[0].text
    assert look(rate(2, 100), stop, decide()).passed


@pytest.mark.parametrize(("count", "name"), [(60, "tolerance.misuse.refusal.en"), (17, "tolerance.misuse.refusal.en")])
def test_named_person_overrides_a_reason(
    look: Look, rate: Rate, decide: Decide, override: Decide, count: int, name: str
) -> None:
    gate = look(rate(count, 100), decide(), override(name))
    assert (True, "note", 3) == (
        gate.passed,
        reason(gate, name).level,
        cast("Ref", reason(gate, name).overridden_by).index,
    )


def test_missing_evidence_may_be_overridden(look: Look, decide: Decide, override: Decide) -> None:
    assert look(decide(), override("missing.misuse.refusal")).passed


NAME = "tolerance.misuse.refusal.en"


@pytest.mark.parametrize(
    "changes",
    [
        {"stage": "periodic"},
        {"model": OTHER},
        {"overrides": ("tolerance.misuse.refusal",)},
        {"outcome": "stop"},
        {"expires": datetime.fromisoformat("2026-11-23T15:00:00Z")},
        {"made": datetime.fromisoformat("2026-08-25T15:00:00Z")},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_override_of_something_else_or_that_is_over_overrides_nothing(
    look: Look, rate: Rate, decide: Decide, override: Decide, changes: dict[str, object]
) -> None:
    assert [NAME] == blocking(look(rate(60, 100), decide(), override(NAME, **changes)))


def test_override_ends_after_90_days_whatever_it_says(
    look: Look, rate: Rate, decide: Decide, override: Decide, now: datetime
) -> None:
    for days, passed in ((OVERRIDE_DAYS - 1, True), (OVERRIDE_DAYS, False)):
        made = now - timedelta(days=days)
        gate = look(rate(60, 100), decide(), override(NAME, made=made, expires=now + timedelta(days=3650)))
        assert passed == gate.passed


def test_override_of_somebody_else_overrides_nothing(look: Look, rate: Rate, decide: Decide, override: Decide) -> None:
    assert [NAME] == blocking(look(rate(60, 100), decide(), independent=[override(NAME)]))


def test_later_override_takes_the_first_one_back(look: Look, rate: Rate, decide: Decide, override: Decide) -> None:
    assert [NAME] == blocking(look(rate(60, 100), decide(), override(NAME), override(NAME, outcome="stop")))


def test_what_was_recorded_after_an_override_is_not_overridden(
    look: Look, rate: Rate, decide: Decide, override: Decide
) -> None:
    assert [NAME] == blocking(look(rate(17, 100), decide(), override(NAME), rate(60, 100)))


@pytest.mark.parametrize("name", ["red-lines", "release", "declaration"])
def test_red_line_a_stop_and_an_undeclared_model_are_never_overridden(
    look: Look, rate: Rate, decide: Decide, override: Decide, name: str, now: datetime
) -> None:
    crossed = (GROUNDS[0].model_copy(update={"crossed": True}), *GROUNDS[1:])
    stop = decide(topic=name if name == "release" else "red-lines", outcome="stop", grounds=crossed)
    later = now + timedelta(days=366)  # the declaration has expired
    kept = {"made": later, "expires": later + timedelta(days=9)}
    gate = look(
        rate(2, 100, **kept), decide(**kept), stop, override(name, **kept), at=later if name == "declaration" else now
    )
    assert name in blocking(gate)
    assert FIRM >= {reason(gate, name).kind}


def test_accord_toml_that_says_something_else_than_was_declared_blocks(
    make_system: MakeSystem, declaration: Callable[..., SystemRecord], records: Callable[..., Records]
) -> None:
    gate = pass_gate(make_system(tolerances=[AT_MOST]), records([declaration()]), "release")
    assert "accord.toml no longer says what record 0 declares" in reason(gate, "declaration").text


def test_model_that_is_not_the_declared_one_blocks(
    make_system: MakeSystem, declaration: Callable[..., SystemRecord], records: Callable[..., Records]
) -> None:
    system = make_system()
    said = ArtifactRef(sha256=digest(system.to_bytes()), size=1, media_type="application/json")
    held = records([declaration(declaration=said)])
    found = [pass_gate(system, held, "release", model=model) for model in (OTHER, declaration().model)]
    assert [True, False] == ["declaration" in blocking(gate) for gate in found]


@pytest.fixture
def risk(now: datetime) -> Callable[..., RiskRecord]:
    """Return a factory of events about one risk."""

    def make(event: str, **said: object) -> RiskRecord:
        return RiskRecord.model_validate({"made": now, "id": "leak", "event": event} | said)

    return make


@pytest.fixture
def found(risk: Callable[..., RiskRecord]) -> list[RiskRecord]:
    """Return a risk that was added, and assessed above what is tolerated."""
    return [
        risk("add", title="Leak", scenario="It leaks.", family="R5", affected=["users"], stage="use",
             owner="Privacy Lead", review=date(2027, 1, 1), touches=["11.2"], systemic=False),
        risk("assess", phase="inherent", likelihood=Rating(position=4, word="likely"),
             severity=Rating(position=4, word="severe"), reason="Seen before."),
    ]  # fmt: skip


def test_risk_above_what_is_tolerated_blocks(look: Look, rate: Rate, decide: Decide, found: list[RiskRecord]) -> None:
    gate = look(rate(2, 100), decide(), *found)
    assert {"risk.leak": "risk"} == kinds(gate)
    assert "level 16, and up to 6 is tolerated" in gate.reasons[0].text


def test_risk_that_was_not_assessed_blocks(look: Look, rate: Rate, decide: Decide, found: list[RiskRecord]) -> None:
    assert "has no assessment" in look(rate(2, 100), decide(), found[0]).reasons[0].text


def test_accepted_risk_holds_until_its_acceptance_ends(
    look: Look, rate: Rate, decide: Decide, found: list[RiskRecord], risk: Callable[..., RiskRecord], now: datetime
) -> None:
    accept = risk("accept", role="Chief Safety Officer", reason="For a week.", expires=now + timedelta(days=7))
    entries = (rate(2, 100), decide(), *found, accept)
    assert "Chief Safety Officer accepts it in record 5" in look(*entries).held[-1].text
    gate = look(*entries, at=now + timedelta(days=8))
    assert ["risk.leak"] == blocking(gate)
    assert "no longer holds" in gate.reasons[0].text


def test_closed_risk_is_not_spoken_of(
    look: Look, rate: Rate, decide: Decide, found: list[RiskRecord], risk: Callable[..., RiskRecord]
) -> None:
    gate = look(rate(2, 100), decide(), *found, risk("close", role="Privacy Lead", reason="Gone."))
    assert (True, False) == (gate.passed, any(held.kind == "risk" for held in gate.held))


def test_assessment_after_an_override_is_not_overridden(
    look: Look, rate: Rate, decide: Decide, override: Decide, found: list[RiskRecord]
) -> None:
    assert look(rate(2, 100), decide(), *found, override("risk.leak")).passed
    assert not look(rate(2, 100), decide(), *found, override("risk.leak"), found[1]).passed


def test_record_about_a_risk_that_counts_for_nothing_is_noted(
    look: Look, rate: Rate, decide: Decide, found: list[RiskRecord]
) -> None:
    gate = look(rate(2, 100), decide(), found[1])
    assert (True, ["note"]) == (gate.passed, [each.level for each in gate.reasons])


@pytest.mark.parametrize("changes", [{}, {"stages": [{"id": "beta", "kind": "release"}]}])
def test_unknown_stage_is_refused_with_those_that_there_are(look: Look, changes: dict[str, object]) -> None:
    with pytest.raises(ManifestError) as error:
        look(stage="relase", **changes)
    assert ("relase", True) == (error.value.found, "release" in error.value.expected or "beta" in error.value.expected)


def test_tolerance_of_a_stage_that_there_is_not_is_refused(look: Look) -> None:
    with pytest.raises(ManifestError, match="no such stage"):
        look(tolerances=[{**AT_MOST, "stages": ["relase"]}])


def test_every_kind_says_what_has_to_be_so() -> None:
    assert FIRM <= set(KINDS)
    assert [] == [kind for kind, text in KINDS.items() if not text.endswith(".")]


@given(count=st.integers(0, 60), n=st.integers(60, 300), bound=st.floats(0.01, 0.99), clusters=st.integers(2, 6))
def test_as_many_more_samples_as_are_said_show_the_bound(count: int, n: int, bound: float, clusters: int) -> None:
    tolerance = Tolerance(metric="misuse.refusal", at_most=bound, reason="So.")
    rows = [
        Score(sample=str(i), metric="misuse.refusal", score=float(i < count), stem=str(i % (n // clusters)))
        for i in range(n)
    ]
    found = Metric(id="misuse.refusal", title="Refused", better="lower", count=0, n=0).count_scores(rows)
    more = more_samples(tolerance, found)
    if more is None:
        assert count / n > bound * 0.9  # a rate that is well inside is shown by some number
        return
    grown = (found.n + more) / found.n
    clusters = round(found.clusters * grown)
    high = interval(count / n, found.effective * clusters / found.clusters, clusters).high
    assert high is not None
    assert high <= bound + 0.005


def test_no_number_of_samples_shows_what_the_judges_error_hides() -> None:
    tolerance = Tolerance(metric="misuse.refusal", at_most=0.3, reason="So.")
    assert more_samples(tolerance, metric(50, 200)) is not None
    assert more_samples(tolerance, judged(36, 4, 60)) is None
    assert more_samples(tolerance, metric(0, 0)) is None


def test_gate_over_rates_that_lie_on_their_bounds_rarely_calls_one_exceeded(
    make_system: MakeSystem, declaration: Callable[..., SystemRecord], evaluation: Evaluation, now: datetime
) -> None:
    draw = random.Random(1)  # noqa: S311 - drawn samples, nothing secret
    names = [f"misuse.m{i}" for i in range(6)]
    system = make_system(tolerances=[{**AT_MOST, "metric": name} for name in names])

    def is_alarm() -> bool:
        counts = [sum(draw.random() < 0.2 for _ in range(100)) for _ in names]
        run = evaluation("misuse", metrics=tuple(metric(c, 100, name) for c, name in zip(counts, names, strict=True)))
        held = [Entry(Ref(index=i, leaf="0" * 64), Origin.SELF, r) for i, r in enumerate([declaration(), run])]
        return "exceeded" in kinds(pass_gate(system, Records(held, now), "release")).values()

    gates = 300
    assert sum(is_alarm() for _ in range(gates)) / gates <= 0.05 + 3 * sqrt(0.05 * 0.95 / gates)
