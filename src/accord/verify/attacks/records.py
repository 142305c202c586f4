"""Attacks by which an operator says, in well-formed records of their own log, what is not so."""

from datetime import datetime
from pathlib import Path

from accord.assess import states
from accord.codes import load_code
from accord.evidence import (
    Basis,
    Chain,
    DocumentRecord,
    Erasing,
    ErasureRecord,
    EvaluationRecord,
    Finding,
    Opening,
    Origin,
    Status,
    format_values,
    sign_record,
)
from accord.ledger import Statement, Subject, digest, format_json, format_statement, parse_json, sign_envelope
from accord.verify.attacks.case import Case, drop
from accord.verify.attacks.definition import Defence, attack
from accord.verify.attacks.scene import BAD, GOOD, MINUTE, announce, make_run
from accord.verify.attacks.scribe import assess
from accord.workspace import first_key, rotate

_DATED = (Defence.WITNESS, Defence.TIMESTAMP)


@attack("State better metrics than the scores give")
def better_metrics(case: Case) -> Path:
    """Announce and record a bad run with the metrics of a good one."""
    return case.append(_run(case, BAD, metrics=case.runs()[1].record.metrics))


@attack(
    "Invent the scores",
    [],
    undetectable="Scores follow from answers, and only who asked the model saw them. Whoever is shown the evaluation's "
    "log can compare the two, and whoever runs the suite again knows.",
)
def invent_scores(case: Case) -> Path:
    """Announce a run, ask the model nothing, and record scores and metrics that fit together."""
    return case.append(_run(case, GOOD))


@attack("Score fewer samples than were announced")
def drop_samples(case: Case) -> Path:
    """Leave out the samples that went badly, from the scores and from the number of what was planned."""
    scores = parse_json(case.space.artifacts.get(case.runs()[1].record.scores.sha256))[:GOOD]
    kept = case.space.keep(format_json(scores), "application/json")
    run = _run(case, GOOD, scores=kept, planned=GOOD, completed=GOOD)
    (metric,) = run.metrics
    better = metric.of(metric.id, metric.title, metric.better, [1] * GOOD)
    return case.append(run.model_copy(update={"metrics": (better,)}))


@attack("Run with other settings than were announced")
def other_settings(case: Case) -> Path:
    """Announce one seed and record a run with another, which gave a better result."""
    return case.append(_run(case, GOOD, seed=2))


@attack("Record a second result of one plan")
def second_result(case: Case) -> Path:
    """Repeat the bad run until it goes well, and record that as what its plan announced."""
    plan = case.runs()[0].record.plan
    return case.append(_run(case, GOOD, plan=plan))


@attack("Begin a run before its plan")
def begin_early(case: Case) -> Path:
    """Record a run that says it was begun before the plan that it names was made."""
    return case.append(_run(case, GOOD, started=case.scene.start))


@attack(
    "Announce a run after it went well",
    [],
    undetectable="Between two moments that outsiders fixed, what came first is the operator's word. The plans that "
    "`accord assess` makes are cosigned each before the run begins, where witnesses are named: their anchors show it.",
)
def announce_late(case: Case) -> Path:
    """Run in secret, then append a plan that is dated before the run, and its result, in one go."""
    return case.append(_run(case, GOOD, made=case.scene.later))


@attack(
    "Run in secret until the result is good, then announce",
    [],
    undetectable="What is computed unseen leaves no trace: a plan binds what comes after it. Only a run that somebody "
    "else watches, or repeats, shows that it was the first.",
)
def try_in_secret(case: Case) -> Path:
    """Announce only the last of many runs, whose outcome is known because seed and settings are the same."""
    return case.append(_run(case, GOOD))


@attack(
    "Drop a failed run whose plan stays",
    [],
    undetectable="A run that goes on and one that was dropped look alike: verify names every plan without a result.",
    named="open-plans",
)
def drop_result(case: Case) -> Path:
    """Announce a run, see it fail, and never record it."""
    announce(case.space, case.scene.later - 30 * MINUTE)
    return case.append()


@attack(
    "Record a run that nobody announced",
    [],
    undetectable="A record need not have a plan: verify names every evaluation without one.",
    named="unplanned-evaluations",
)
def skip_plan(case: Case) -> Path:
    """Run until it goes well, and record the last run without a plan."""
    return case.append(case.runs()[1].record.model_copy(update={"plan": None}))


@attack("Find more support than the records give")
def better_findings(case: Case) -> Path:
    """Record an assessment whose findings are all `supported`, with the statuses that follow from them."""
    honest = assess(case.space, case.scene.later)
    told = parse_json(case.space.artifacts.get(honest.findings.sha256))
    resting = {"status": Status.SUPPORTED, "basis": Basis.MEASURED, "origin": Origin.SELF}
    evidence = [case.runs()[1].ref]
    findings = [Finding.model_validate({**finding, **resting, "evidence": evidence}) for finding in told]
    statuses = {s.clause: s.status for s in states(load_code(honest.edition), findings)}
    kept = case.space.keep(format_values(findings), "application/json")
    case.append(honest.model_copy(update={"findings": kept, "statuses": statuses}))
    return case.bundle()


@attack("Give clauses a status that the findings do not give")
def better_statuses(case: Case) -> Path:
    """Record an assessment with honest findings, and call every clause `supported`."""
    honest = assess(case.space, case.scene.later)
    return case.append(honest.model_copy(update={"statuses": dict.fromkeys(honest.statuses, Status.SUPPORTED)}))


@attack(
    "Declare what is not so",
    [],
    undetectable="A signature shows who said it. What was only declared is marked so, and is never full support.",
)
def declare_falsely(case: Case) -> Path:
    """Record that a document exists, of which not a word is followed."""
    return case.append(_document(case, case.scene.later))


@attack("Date a record back, and hand over every anchor", _DATED)
def backdate(case: Case) -> Path:
    """Append a document that says it was there before outsiders saw the log without it."""
    return case.append(_document(case, case.scene.now))


@attack(
    "Date a record back, and hand over the newest checkpoint alone",
    [],
    undetectable="That a record was not there before shows only in an earlier checkpoint that an outsider fixed, and "
    "the owner may keep those to themselves. A reader who asks for anchors, or kept one, has it.",
)
def backdate_without_anchors(case: Case) -> Path:
    """Append the same, and remove every earlier checkpoint that an outsider fixed in time."""
    case.append(_document(case, case.scene.now))
    for anchor in case.space.anchors.all()[:-1]:
        drop(case.space, anchor)
    return case.space.root


@attack("Date a record ahead", _DATED)
def postdate(case: Case) -> Path:
    """Append a document that is dated a month from now, so that it looks newer than it is."""
    return case.append(_document(case, case.scene.later.replace(year=case.scene.later.year + 1)))


@attack("Use a record of another organisation's system")
def reuse_foreign(case: Case) -> Path:
    """Copy a good result, as it was signed by its own organisation, into the log."""
    return case.relog([*case.entries(), sign_record(case.runs()[1].record, case.scene.stranger)])


@attack("Use a record of another system of one's own, as if it were of this")
def reuse_relabelled(case: Case) -> Path:
    """Copy a run of another model from a sister log of the same key, into the sequence of this log's own runs."""
    other = case.runs()[1].record
    run = other.model_copy(update={"model": other.model.model_copy(update={"sha256": digest(b"another")})})
    return case.relog([*case.entries(), sign_record(run, case.scene.key)])


@attack(
    "Use a record of another system of one's own",
    [],
    undetectable="It is no forgery: the record says by digest which model it is of, and checks count it for no other.",
    named="unplanned-evaluations",
)
def reuse_sister(case: Case) -> Path:
    """Copy a good result about another model as it stands in a sister log of the same key, first of its sequence."""
    other = case.runs()[1].record
    model = other.model.model_copy(update={"sha256": digest(b"another")})
    run = other.model_copy(update={"model": model, "plan": None})
    run = run.model_copy(update={"chain": Chain(about=run.about(), sequence=1)})
    return case.relog([*case.entries(), sign_record(run, case.scene.key)])


@attack(
    "Withhold a bad result",
    [],
    undetectable="A commitment hides what it binds: verify names each field that is withheld, and the record counts "
    "for nothing.",
    named="withheld",
)
def withhold_result(case: Case) -> Path:
    """Record the bad run with its metrics and scores as commitments alone."""
    return case.append(_run(case, BAD), hidden=["metrics"])


@attack("Withhold which model was tested")
def withhold_model(case: Case) -> Path:
    """Record a run of another model, and withhold the field that says so."""
    run = _run(case, GOOD)
    chain = Chain(about=run.about(), sequence=3, previous=case.runs()[1].ref.leaf)
    opening = Opening(field="model", salt="00" * 32, value=run.model.model_dump(mode="json"))
    return case.relog(
        [*case.entries(), sign_record(run.model_copy(update={"chain": chain}), case.scene.key, [opening])]
    )


@attack("Account for a missing artifact with an erasure of something else")
def erase_falsely(case: Case) -> Path:
    """Remove the bad run's scores, and record their erasure on the ground of a record that does not name them."""
    bad, good = case.runs()
    case.space.artifacts.erase(bad.record.scores.sha256)
    made, ground = case.scene.later, Erasing.DATA_SUBJECT
    return case.append(ErasureRecord(made=made, erased=bad.record.scores, records=(good.ref,), reason=ground))


@attack(
    "Disown a bad result by calling the key stolen",
    [],
    undetectable="Who holds a key may say that a thief used it: verify names every record that this closes.",
    named="revoked-records",
)
def disown(case: Case) -> Path:
    """Change to the key that was committed to, and revoke the old one from the bad run on."""
    scene = case.scene
    since = case.runs()[0].ref.index
    rotate(case.space, scene.following, scene.stranger.public, "compromised", scene.later, revoked_since=since)
    case.outsiders.fix(case.space, scene.later)
    return case.space.root


@attack("Change to a key that nothing committed to")
def change_key(case: Case) -> Path:
    """Have a thief's key sign the record by which it comes into force, and everything after it."""
    thief = case.scene.stranger
    record = first_key(thief.public, case.scene.following.public, case.scene.later)
    return case.relog([*case.entries(), sign_record(record.model_copy(update={"reason": "scheduled"}), thief)], thief)


@attack(
    "Hide a bad result under a type that no reader knows",
    [],
    undetectable="A reader of today cannot read a type of tomorrow: verify says of the record that it cannot tell.",
    named="record.",
)
def unknown_type(case: Case) -> Path:
    """Record the failure as a statement of a type that is made up."""
    predicate = {"made": f"{case.scene.later:%Y-%m-%dT%H:%M:%SZ}", "chain": {"about": "", "sequence": 1}, "right": 0}
    statement = Statement((Subject("run", digest(b"run")),), "https://example.org/incident/v9", predicate)
    return case.relog([*case.entries(), sign_envelope(format_statement(statement), case.scene.key)])


def _run(case: Case, count: int, **change: object) -> EvaluationRecord:
    """Announce a run and return its record, with so many right answers and some fields changed."""
    plan = announce(case.space, case.scene.later - 15 * MINUTE)
    return make_run(case.space, plan, count).model_copy(update=change)


def _document(case: Case, made: datetime) -> DocumentRecord:
    return DocumentRecord(made=made, id="attack", document=case.space.keep(b"We are careful.", "text/plain"))
