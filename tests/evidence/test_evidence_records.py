"""Record types: frozen URIs, round trips, and what they refuse."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from accord.errors import VerificationError
from accord.evidence import (
    RECORD_TYPES,
    Agreement,
    Alarm,
    AlertRecord,
    ArtifactRef,
    AssessmentRecord,
    BaselineRecord,
    Chain,
    DecisionRecord,
    Design,
    DetectorRef,
    DocumentRecord,
    Erasing,
    ErasureRecord,
    EvaluationRecord,
    ImportedMetric,
    ImportRecord,
    IncidentRecord,
    InspectionRecord,
    JudgementRecord,
    JudgeRecord,
    JudgeRef,
    KeyRecord,
    Metric,
    ModelRef,
    Observation,
    PlanRecord,
    Quality,
    Rate,
    Record,
    Ref,
    ReportRecord,
    RiskRecord,
    Rule,
    ScanRecord,
    Share,
    Sighting,
    State,
    StatementRecord,
    Status,
    SuiteRef,
    SystemRecord,
    Tally,
    Tool,
    Usual,
    Window,
    WindowRecord,
    read_entry,
    sign_record,
)
from accord.ledger import SigningKey

URIS = {
    "https://w3id.org/accord-code/record/system/v1": SystemRecord,
    "https://w3id.org/accord-code/record/document/v1": DocumentRecord,
    "https://w3id.org/accord-code/record/plan/v1": PlanRecord,
    "https://w3id.org/accord-code/record/evaluation/v1": EvaluationRecord,
    "https://w3id.org/accord-code/record/assessment/v1": AssessmentRecord,
    "https://w3id.org/accord-code/record/report/v1": ReportRecord,
    "https://w3id.org/accord-code/record/key/v1": KeyRecord,
    "https://w3id.org/accord-code/record/erasure/v1": ErasureRecord,
    "https://w3id.org/accord-code/record/judge/v1": JudgeRecord,
    "https://w3id.org/accord-code/record/judgement/v1": JudgementRecord,
    "https://w3id.org/accord-code/record/imported-result/v1": ImportRecord,
    "https://w3id.org/accord-code/record/decision/v1": DecisionRecord,
    "https://w3id.org/accord-code/record/risk/v1": RiskRecord,
    "https://w3id.org/accord-code/record/inspection/v1": InspectionRecord,
    "https://w3id.org/accord-code/record/scan/v1": ScanRecord,
    "https://w3id.org/accord-code/record/window/v1": WindowRecord,
    "https://w3id.org/accord-code/record/baseline/v1": BaselineRecord,
    "https://w3id.org/accord-code/record/alert/v1": AlertRecord,
    "https://w3id.org/accord-code/record/incident/v1": IncidentRecord,
    "https://w3id.org/accord-code/record/statement/v1": StatementRecord,
}

NAMES = st.text(min_size=1, max_size=12)
COUNTS = st.integers(0, 2**53 - 1)
HASHES = st.binary(min_size=32, max_size=32).map(bytes.hex)
TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone
ARTIFACTS = st.builds(ArtifactRef, sha256=HASHES, size=COUNTS, media_type=NAMES)
REFS = st.builds(Ref, index=COUNTS, leaf=HASHES)
TOOLS = st.builds(Tool, name=NAMES, version=NAMES)
KINDS = st.sampled_from(["weights", "endpoint", "inspect"])
MODELS = st.builds(ModelRef, kind=KINDS, name=NAMES, locator=NAMES, sha256=HASHES)
SUITES = st.builds(SuiteRef, id=NAMES, title=NAMES, version=NAMES, sha256=HASHES, items=st.integers(1, 1000))
SCORES = st.lists(st.sampled_from([0, 1]), max_size=9)
METRICS = st.builds(Metric.of, st.just("suite.metric"), NAMES, st.sampled_from(["higher", "lower", "middle"]), SCORES)
SETTINGS = NAMES | COUNTS | st.floats(-1e6, 1e6) | st.booleans() | st.none()
CHAINS = st.builds(Chain, about=NAMES, sequence=st.just(1)) | st.builds(
    Chain, about=NAMES, sequence=st.integers(2, 2**53 - 1), previous=HASHES
)
JUDGES = st.builds(
    JudgeRef,
    id=NAMES,
    version=NAMES,
    kind=st.sampled_from(["rules", "classifier", "model"]),
    task=NAMES,
    sha256=HASHES,
)
PAIRS = st.lists(st.tuples(st.booleans(), st.none() | st.booleans()), max_size=9)
AGREEMENTS = st.builds(Agreement.of, st.sampled_from(["en", "ja"]), PAIRS, HASHES)
JUDGED = st.builds(
    lambda metric, judge, agreement: metric.model_copy(update={"judge": judge, "agreement": agreement}),
    METRICS,
    JUDGES,
    AGREEMENTS,
)
SIGHTINGS = st.lists(
    st.builds(Sighting, observation=st.just("a.b"), subject=NAMES, holds=st.none() | st.booleans(), note=NAMES),
    max_size=9,
)
OBSERVATIONS = st.builds(
    lambda seen, sample: Observation.of("a.b", "it holds", seen, sample=sample), SIGHTINGS, st.booleans()
)
RULES = st.builds(Rule, metric=NAMES, at_most=st.none() | st.floats(0, 1), at_least=st.none() | st.floats(0, 1))
QUALITIES = st.builds(
    Quality, label=st.just("email"), data=NAMES, sha256=HASHES, hits=COUNTS, false_alarms=COUNTS, misses=COUNTS
)
DETECTORS = st.builds(DetectorRef, name=st.just("pattern"), sha256=HASHES, quality=st.tuples(QUALITIES))
RATES = st.builds(
    lambda counts: Rate(
        detector="pattern", label="email", title="an address", texts=counts[0], found=counts[1], n=counts[2]
    ),
    st.tuples(COUNTS, COUNTS, COUNTS).map(sorted),
)
SERIES = st.just("pattern:email")
TALLIES = st.builds(
    lambda counts, rest: Tally(series="pattern:email", found=counts[0], exposed=counts[1], **rest),
    st.tuples(COUNTS, COUNTS).map(sorted),
    st.fixed_dictionaries({"texts": COUNTS, "accounts": COUNTS, "conversations": COUNTS}),
)
WINDOWS = st.builds(
    Window, start=TIMES, texts=COUNTS, accounts=COUNTS, conversations=COUNTS, active=COUNTS, tallies=st.tuples(TALLIES)
)
SIDES = st.sampled_from(["above", "below"])
LEVELS = st.tuples(*[st.floats(0, 1e6)] * 6)
STATES = st.builds(State, series=SERIES, side=SIDES, levels=LEVELS, since=st.none() | TIMES)
ALARMS = st.builds(Alarm, series=SERIES, side=SIDES, window=TIMES, since=TIMES, evidence=st.floats(0, 1e6))
USUAL = st.builds(
    Usual,
    series=SERIES,
    found=COUNTS,
    exposed=COUNTS,
    low=st.floats(0, 1),
    high=st.floats(0.001, 1),
    shape=st.just(()) | st.tuples(*[st.floats(0, 9)] * 24),
    dispersion=st.floats(0, 9),
)
SHARES = st.builds(lambda counts: Share.of(*counts), st.tuples(COUNTS, COUNTS).map(sorted))
TIMED: dict[str, st.SearchStrategy[Any]] = {
    "made": TIMES,
    "expires": st.none() | TIMES,
    "job": st.none() | HASHES,
    "chain": st.none() | CHAINS,
}
EDITION = {"edition": NAMES, "edition_sha256": HASHES}


def _ran(planned: int, completed: int) -> dict[str, Any]:
    done = completed >= planned
    return {
        "planned": planned,
        "completed": min(planned, completed),
        "state": "complete" if done else "incomplete",
        "problem": "" if done else "interrupted",
    }


EVALUATIONS = st.builds(
    lambda ran, **members: EvaluationRecord(**ran, **members),
    st.builds(_ran, st.integers(1, 99), st.integers(0, 99)),
    **TIMED | {"job": HASHES},
    suite=SUITES,
    model=MODELS,
    families=st.dictionaries(NAMES, COUNTS, max_size=3),
    plan=st.none() | REFS,
    settings=st.dictionaries(NAMES, SETTINGS, max_size=3),
    seed=COUNTS,
    started=TIMES,
    metrics=st.tuples(METRICS),
    log=ARTIFACTS,
    scores=ARTIFACTS,
    tools=st.tuples(TOOLS),
)
RECORDS = {
    SystemRecord: st.builds(
        SystemRecord, **TIMED, **EDITION, name=NAMES, version=NAMES, model=MODELS, declaration=ARTIFACTS
    ),
    DocumentRecord: st.builds(DocumentRecord, **TIMED, id=NAMES, document=ARTIFACTS),
    PlanRecord: st.builds(
        PlanRecord,
        **TIMED | {"job": HASHES},
        suite=SUITES,
        model=MODELS,
        settings=st.dictionaries(NAMES, SETTINGS, max_size=3),
        seed=COUNTS,
        planned=st.integers(1, 99),
        rules=st.tuples(RULES),
    ),
    EvaluationRecord: EVALUATIONS,
    AssessmentRecord: st.builds(
        AssessmentRecord,
        **TIMED,
        **EDITION,
        size=st.integers(1, 2**53 - 1),
        root=HASHES,
        system=REFS,
        tool=TOOLS,
        statuses=st.dictionaries(NAMES, st.sampled_from(Status), max_size=3),
        findings=ARTIFACTS,
    ),
    ReportRecord: st.builds(
        ReportRecord, **TIMED, assessment=REFS, files=st.dictionaries(NAMES, HASHES, min_size=1, max_size=3)
    ),
    KeyRecord: st.builds(
        KeyRecord,
        **TIMED,
        vkey=st.binary(min_size=32, max_size=32).map(
            lambda seed: SigningKey.generate("log", entropy=lambda _: seed).public.vkey
        ),
        following=HASHES,
        reason=st.sampled_from(["first", "scheduled", "lost", "compromised"]),
    ),
    JudgeRecord: st.builds(
        JudgeRecord,
        **TIMED,
        judge=JUDGES,
        agreements=st.tuples(AGREEMENTS),
        labels=NAMES,
        labelled_by=NAMES,
        verdicts=ARTIFACTS,
        tools=st.tuples(TOOLS),
    ),
    JudgementRecord: st.builds(
        JudgementRecord,
        **TIMED,
        evaluation=REFS,
        judge=JUDGES,
        metrics=st.tuples(JUDGED),
        scores=ARTIFACTS,
        between=st.tuples(AGREEMENTS),
        tools=st.tuples(TOOLS),
    ),
    ImportRecord: st.builds(
        ImportRecord,
        **TIMED,
        source=TOOLS,
        format=st.sampled_from(["inspect", "garak", "lm-eval", "moonshot", "statement"]),
        title=NAMES,
        model=MODELS,
        claimed=NAMES,
        tested=st.none() | TIMES,
        families=st.sampled_from([(), ("R1",), ("R5", "R7")]),
        metrics=st.tuples(st.builds(ImportedMetric, id=NAMES, title=NAMES, value=st.floats(-1e6, 1e6), n=COUNTS)),
        sha256=HASHES,
        file=st.none() | ARTIFACTS,
        scope=st.text(max_size=12),
    ),
    DecisionRecord: st.builds(
        DecisionRecord,
        **TIMED,
        topic=st.just("release"),
        stage=NAMES,
        outcome=st.sampled_from(["proceed", "stop"]),
        role=st.just("Board"),
        reason=st.just("It is safe enough for its use."),
        model=MODELS,
        rests_on=st.tuples(REFS),
    ),
    RiskRecord: st.builds(
        RiskRecord,
        **TIMED | {"expires": st.none()},
        id=st.just("flood"),
        event=st.just("close"),
        role=st.just("Owner"),
        reason=st.just("Gone"),
    ),
    IncidentRecord: st.builds(
        IncidentRecord,
        **TIMED | {"expires": st.none()},
        id=st.just("flood"),
        event=st.just("link"),
        role=st.just("Owner"),
        systems=st.tuples(REFS),
        identifiers=st.just(("AIID:815",)),
    ),
    StatementRecord: st.builds(
        StatementRecord,
        **TIMED,
        id=st.just("policy"),
        event=st.just("withdraw"),
        reason=st.just("It ended."),
    ),
    InspectionRecord: st.builds(
        InspectionRecord,
        **TIMED,
        topic=st.just("scan"),
        name=NAMES,
        sha256=HASHES,
        model=HASHES,
        settings=st.dictionaries(NAMES, SETTINGS, max_size=3),
        observations=st.tuples(OBSERVATIONS),
        sightings=ARTIFACTS,
        product=st.none() | ARTIFACTS,
        tools=st.tuples(TOOLS),
    ),
    ScanRecord: st.builds(
        ScanRecord,
        **TIMED,
        purpose=st.sampled_from(["traffic", "data"]),
        name=NAMES,
        sha256=HASHES,
        model=HASHES,
        design=st.just(Design(method="all")) | st.just(Design(method="sample", fraction=0.5, seed=1)),
        files=COUNTS,
        rows=COUNTS,
        texts=COUNTS,
        size=COUNTS,
        unreadable=st.dictionaries(NAMES, COUNTS, max_size=2),
        limits=st.tuples(NAMES),
        detectors=st.tuples(
            st.builds(DetectorRef, name=st.just("pattern"), sha256=HASHES, quality=st.tuples(QUALITIES))
        ),
        rates=st.tuples(RATES),
        findings=ARTIFACTS,
        tools=st.tuples(TOOLS),
    ),
    WindowRecord: st.builds(
        WindowRecord,
        **TIMED,
        name=NAMES,
        sha256=HASHES,
        model=HASHES,
        period=st.sampled_from([1, 24]),
        windows=st.tuples(WINDOWS),
        left_out=st.dictionaries(NAMES, COUNTS, max_size=2),
        detectors=st.tuples(DETECTORS),
        baseline=st.none() | REFS,
        states=st.tuples(STATES),
        alarms=st.tuples(ALARMS),
    ),
    BaselineRecord: st.builds(
        BaselineRecord,
        **TIMED,
        name=NAMES,
        model=HASHES,
        period=st.sampled_from([1, 24]),
        first=TIMES,
        last=TIMES,
        alpha=st.floats(0.001, 1),
        margin=st.floats(1, 10),
        usual=st.tuples(USUAL),
        falls=st.tuples(SERIES),
        detectors=st.tuples(DETECTORS),
    ),
    AlertRecord: st.builds(
        AlertRecord,
        **TIMED,
        name=NAMES,
        model=HASHES,
        cause=st.sampled_from(["rate", "campaign", "cluster", "loop", "refusals", "tools"]),
        series=st.none() | SERIES,
        side=st.none() | SIDES,
        start=TIMES,
        end=TIMES,
        before=st.none() | SHARES,
        since=st.none() | SHARES,
        texts=COUNTS,
        accounts=COUNTS,
        conversations=COUNTS,
        thresholds=st.dictionaries(st.just("alpha"), st.floats(0, 1), max_size=1),
        windows=st.tuples(REFS),
        evidence=ARTIFACTS,
        listed=COUNTS,
    ),
    ErasureRecord: st.builds(
        ErasureRecord, **TIMED, erased=ARTIFACTS, records=st.tuples(REFS), reason=st.sampled_from(Erasing)
    ),
}


def test_type_uris_are_frozen() -> None:
    assert list(URIS.items()) == [(t.type_uri(), t) for t in RECORD_TYPES]


@pytest.mark.parametrize("kind", RECORD_TYPES)
@settings(max_examples=30)
@given(data=st.data())
def test_record_reads_back_as_signed(kind: type[Record], key: SigningKey, data: st.DataObject) -> None:
    record = data.draw(RECORDS[kind])
    assert record == read_entry(0, sign_record(record, key), [key.public]).record


def test_record_is_signed_the_same_twice(evaluation: Callable[..., EvaluationRecord], key: SigningKey) -> None:
    assert sign_record(evaluation(), key) == sign_record(evaluation(), key)


def test_record_refuses_a_time_without_zone(evaluation: Callable[..., EvaluationRecord]) -> None:
    with pytest.raises(ValidationError, match="a time needs its zone"):
        evaluation(made=datetime(2026, 11, 23))  # noqa: DTZ001 - the fault under test


def test_record_refuses_a_time_that_no_utc_time_is(evaluation: Callable[..., EvaluationRecord]) -> None:
    with pytest.raises(ValidationError, match="made"):
        evaluation(made="9999-12-31T23:59:59-12:00")


def test_record_keeps_time_in_utc_to_the_second(evaluation: Callable[..., EvaluationRecord]) -> None:
    made = evaluation(made="2026-11-23T16:00:00.9+01:00").made
    assert (datetime(2026, 11, 23, 15, tzinfo=UTC), UTC) == (made, made.tzinfo)


def test_record_cannot_be_changed(evaluation: Callable[..., EvaluationRecord]) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        evaluation().seed = 2  # type: ignore[misc] # the fault under test


@pytest.mark.parametrize("digest", ["0" * 63, "0" * 65, "G" * 64, "A" * 64, "0" * 64 + "\n"])
def test_record_refuses_what_is_not_a_digest(evaluation: Callable[..., EvaluationRecord], digest: str) -> None:
    with pytest.raises(ValidationError, match="job"):
        evaluation(job=digest)


def test_evaluation_is_complete_only_when_all_was_scored(evaluation: Callable[..., EvaluationRecord]) -> None:
    with pytest.raises(ValidationError, match="complete, yet 19 of 20 samples were scored"):
        evaluation(completed=19)


def test_incomplete_evaluation_says_so(evaluation: Callable[..., EvaluationRecord]) -> None:
    assert not evaluation(completed=19, state="incomplete").is_complete


def test_evaluation_is_about_its_model(evaluation: Callable[..., EvaluationRecord]) -> None:
    model = evaluation().model
    assert [(model.name, model.sha256)] == [(s.name, s.sha256) for s in evaluation().subjects()]


def test_report_is_about_every_file(now: datetime) -> None:
    files = {"report.json": "1" * 64, "report.html": "0" * 64}
    report = ReportRecord(made=now, assessment=Ref(index=0, leaf="2" * 64), files=files)
    assert sorted(files.items()) == [(s.name, s.sha256) for s in report.subjects()]


@given(SIGHTINGS)
def test_observation_counts_what_could_not_be_told_apart(seen: list[Sighting]) -> None:
    found = Observation.of(
        "a.b", "it holds", [*seen, Sighting(observation="c.d", subject="x", holds=True)], sample=True
    )
    assert len(seen) == found.held + found.fails + found.unknown
    assert (found.low is None) == (found.n == 0)
    if found.low is not None and found.high is not None:
        assert found.low <= found.held / found.n <= found.high


@given(QUALITIES, RATES)
def test_shares_lie_within_their_intervals(quality: Quality, rate: Rate) -> None:
    for share in (quality.precision, quality.recall):
        if share:
            assert share[1] - 1e-6 <= share[0] <= share[2] + 1e-6
    if rate.interval:
        assert rate.interval[0] - 1e-6 <= rate.texts / rate.n <= rate.interval[1] + 1e-6
    assert (rate.interval is None) == (rate.n == 0)


@pytest.mark.parametrize(("texts", "found", "n"), [(2, 1, 3), (2, 2, 1)])
def test_rate_counts_no_more_texts_than_there_are(texts: int, found: int, n: int) -> None:
    with pytest.raises(ValidationError, match=r"of \d texts"):
        Rate(detector="pattern", label="email", title="an address", texts=texts, found=found, n=n)


def test_record_about_nothing_cannot_be_signed(document: Callable[..., DocumentRecord], key: SigningKey) -> None:
    with pytest.raises(VerificationError, match="in-toto statement"):
        sign_record(document(""), key)
