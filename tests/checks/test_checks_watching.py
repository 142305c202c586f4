"""Checks that read watching: windows that are current, what is missing of them, and alerts that nobody answered."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from accord.evidence import (
    AlertRecord,
    ArtifactRef,
    BaselineRecord,
    DecisionRecord,
    DetectorRef,
    Erasing,
    ErasureRecord,
    Finding,
    Record,
    Records,
    Ref,
    Status,
    SystemRecord,
    Window,
    WindowRecord,
)
from accord.ledger import digest
from accord.manifest import System

Run = Callable[..., Finding]
Make = Callable[..., WindowRecord]
HASH = digest(b"anything")


@pytest.fixture
def system(make_system: Callable[..., System]) -> System:
    return make_system()


@pytest.fixture
def windows(now: datetime) -> Make:
    """Return a factory of a day's windows that end at a moment."""

    def make(end: datetime = now, texts: int = 40, **changes: object) -> WindowRecord:
        starts = [end - timedelta(hours=n) for n in range(24, 0, -1)]
        base: dict[str, object] = {
            "made": now,
            "expires": now + timedelta(days=30),
            "name": "traffic",
            "sha256": HASH,
            "model": HASH,
            "period": 1,
            "windows": tuple(
                Window(start=start, texts=texts, accounts=9, conversations=9, active=9) for start in starts
            ),
            "detectors": (DetectorRef(name="terms", sha256=HASH),),
        }
        return WindowRecord.model_validate(base | changes)

    return make


@pytest.fixture
def alert(now: datetime) -> Callable[..., AlertRecord]:
    def make(days: int = 0) -> AlertRecord:
        return AlertRecord(
            made=now - timedelta(days=days),
            name="traffic",
            model=HASH,
            cause="campaign",
            series="prompts:jailbreak",
            start=now - timedelta(days=days, hours=3),
            end=now - timedelta(days=days),
            texts=30,
            accounts=20,
            conversations=25,
            evidence=ArtifactRef(sha256=HASH, size=8, media_type="application/json"),
            listed=30,
        )

    return make


def _decision(declaration: SystemRecord, now: datetime, *rests_on: Ref) -> DecisionRecord:
    return DecisionRecord(
        made=now,
        topic="release",
        stage="release",
        outcome="stop",
        role="Head of Safety",
        reason="The template is blocked.",
        model=declaration.model,
        rests_on=rests_on,
    )


def _ref(records: Callable[..., Records], *own: Record) -> Ref:
    return tuple(records(own))[-1].ref


def test_nothing_watched_is_no_evidence(run: Run, system: System) -> None:
    found = run("a02.monitoring", system)
    assert Status.NO_EVIDENCE == found.status
    assert any("No window of production traffic" in gap for gap in found.gaps)


def test_current_windows_are_partial_and_say_what_was_watched(run: Run, system: System, windows: Make) -> None:
    found = run("a02.monitoring", system, [windows()])
    assert Status.PARTIAL == found.status
    assert "traffic, 24 windows" in found.summary
    assert "960 texts" in found.summary
    assert any("still being learned" in gap for gap in found.gaps)


def test_watch_that_ended_is_a_gap_and_then_no_evidence(run: Run, system: System, windows: Make, now: datetime) -> None:
    late = run("a02.monitoring", system, [windows(now - timedelta(days=3))])
    assert any("was last watched until" in gap for gap in late.gaps)
    assert Status.NO_EVIDENCE == run("a02.monitoring", system, [windows()], at=now + timedelta(days=31)).status


def test_silence_is_a_gap(run: Run, system: System, windows: Make) -> None:
    found = run("a02.monitoring", system, [windows(texts=0)])
    assert any("In 24 of the last windows" in gap for gap in found.gaps)


def test_what_is_in_no_window_is_a_gap(
    run: Run, system: System, windows: Make, now: datetime, records: Callable[..., Records]
) -> None:
    usual = BaselineRecord(
        made=now - timedelta(days=100),
        expires=now - timedelta(days=10),
        name="traffic",
        model=HASH,
        period=1,
        first=now,
        last=now,
        alpha=0.05,
        margin=1.25,
        usual=(),
        detectors=(),
    )
    watched = windows(baseline=_ref(records, usual), left_out={"texts without a time": 7})
    found = run("a02.monitoring", system, [usual, watched])
    assert any("7 texts or files of traffic are in no window" in gap for gap in found.gaps)
    assert any("learn it anew" in gap for gap in found.gaps)


def test_no_alert_shows_nothing_of_what_is_done(run: Run, system: System) -> None:
    assert Status.NO_EVIDENCE == run("a02.action", system).status


def test_alert_that_a_decision_names_is_acted_on(
    run: Run,
    system: System,
    alert: Callable[..., AlertRecord],
    declaration: Callable[..., SystemRecord],
    now: datetime,
    records: Callable[..., Records],
) -> None:
    answered = _decision(declaration(), now, _ref(records, alert(20)))
    found = run("a02.action", system, [alert(20), answered])
    assert (Status.PARTIAL, ()) == (found.status, found.gaps)
    assert "Of 1 alerts 1 are named" in found.summary


@pytest.mark.parametrize(("days", "gaps"), [(7, 0), (8, 1)])
def test_alert_that_nobody_answered_in_time_is_a_gap(
    run: Run,
    system: System,
    alert: Callable[..., AlertRecord],
    declaration: Callable[..., SystemRecord],
    now: datetime,
    records: Callable[..., Records],
    days: int,
    gaps: int,
) -> None:
    answered = _decision(declaration(), now, _ref(records, alert(20)))
    found = run("a02.action", system, [alert(20), answered, alert(days)])
    assert (Status.PARTIAL, gaps) == (found.status, len(found.gaps))


def test_erasing_an_alerts_evidence_is_no_answer(
    run: Run, system: System, alert: Callable[..., AlertRecord], now: datetime, records: Callable[..., Records]
) -> None:
    erased = ErasureRecord(
        made=now, erased=alert().evidence, records=(_ref(records, alert()),), reason=next(iter(Erasing))
    )
    assert Status.NO_EVIDENCE == run("a02.action", system, [alert(), erased]).status
