"""Watching is computed again from the log: whoever changes a count, a rate, a test or an alert is contradicted."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from small_manifest import SMALL
from traffic_scene import JAILBREAK, Traffic
from watched import post_of, prepare

from accord.evidence import (
    AlertRecord,
    BaselineRecord,
    ClosedRecord,
    Entry,
    Record,
    Share,
    SystemRecord,
    WindowRecord,
)
from accord.ledger import SigningKey
from accord.monitor.watching import watch
from accord.verify.claims import Result
from accord.verify.monitored import check_alert, check_baseline, check_windows
from accord.verify.shelf import Shelf, UnsettledError
from accord.workspace import Workspace

START = datetime(2026, 11, 1, tzinfo=UTC)
END = START + timedelta(days=9)
Entries = dict[int, Entry[Any]]


@pytest.fixture(scope="module")
def space(
    tmp_path_factory: pytest.TempPathFactory, key: SigningKey, declaration: Callable[..., SystemRecord]
) -> Workspace:
    """Return a workspace that watched nine days, the last with a campaign, in two passes."""
    root = tmp_path_factory.mktemp("watched")
    (root / "accord.toml").write_text(SMALL, encoding="utf-8")
    traffic = Traffic(1, START, 9, daily=250)
    traffic.campaign(START + timedelta(days=8, hours=10), 25, 4)
    workspace = Workspace.create(root, key, "test.invalid/log")
    post = post_of(prepare(workspace, declaration(made=START), traffic.scene()), END)
    watch(post, START + timedelta(days=8))
    watch(post, START + timedelta(days=8, hours=16))
    return workspace


@pytest.fixture
def entries(space: Workspace) -> Entries:
    return {e.ref.index: e for e in space.records(END)}


@pytest.fixture
def shelf(space: Workspace) -> Shelf:
    def find(sha256: str) -> Path | None:
        return space.artifacts.path(sha256) if sha256 in space.artifacts else None

    return Shelf(find, {})


def _of(entries: Entries, kind: type[Record], **where: object) -> list[Entry[Any]]:
    found = [e for e in entries.values() if isinstance(e.record, kind)]
    return [e for e in found if all(getattr(e.record, name) == value for name, value in where.items())]


def _change(entries: Entries, entry: Entry[Any], **changes: object) -> Entry[Any]:
    """Put a changed record in the place of one, as whoever rewrites the log with its key could."""
    entries[entry.ref.index] = replace(entry, record=entry.record.model_copy(update=changes))
    return entries[entry.ref.index]


def _contradicted(check: Callable[[], None], says: str) -> None:
    with pytest.raises(UnsettledError, match=says) as caught:
        check()
    assert Result.CONTRADICTED == caught.value.result


def test_everything_that_was_recorded_is_computed_again(entries: Entries, shelf: Shelf) -> None:
    windows, baselines, alerts = (_of(entries, kind) for kind in (WindowRecord, BaselineRecord, AlertRecord))
    assert windows
    assert baselines
    assert {"rate", "campaign"} == {e.record.cause for e in alerts}
    for entry in windows:
        check_windows(entries, entry)
    for entry in baselines:
        check_baseline(entries, entry)
    for entry in alerts:
        check_alert(entries, entry, shelf)


def _fewer(record: WindowRecord) -> dict[str, object]:
    """Return the windows with one finding less in the first that has some."""
    windows = list(record.windows)
    for number, window in enumerate(windows):
        tally = window.find(JAILBREAK)
        if tally.found:
            fewer = tally.model_copy(update={"found": tally.found - 1})
            others = tuple(t for t in window.tallies if t.series != JAILBREAK)
            windows[number] = window.model_copy(update={"tallies": (*others, fewer)})
            return {"windows": tuple(windows)}
    raise AssertionError("nothing was found")


@pytest.mark.parametrize(
    "change",
    [
        _fewer,
        lambda _: {"states": ()},
        lambda record: {"states": tuple(s.model_copy(update={"levels": (0.0,) * 6}) for s in record.states)},
        lambda _: {"alarms": ()},
        lambda record: {"alarms": tuple(a.model_copy(update={"since": a.window}) for a in record.alarms)},
        lambda record: {"alarms": tuple(a.model_copy(update={"evidence": 99.0}) for a in record.alarms)},
    ],
    ids=["a count", "no states", "other levels", "no alarms", "another beginning", "more evidence"],
)
def test_changed_counts_and_tests_are_contradicted(
    entries: Entries, change: Callable[[WindowRecord], dict[str, object]]
) -> None:
    entry = next(e for e in _of(entries, WindowRecord) if e.record.alarms)
    changed = _change(entries, entry, **change(entry.record))
    _contradicted(lambda: check_windows(entries, changed), "not those that its windows give")


def test_left_out_windows_are_contradicted(entries: Entries) -> None:
    entry = _of(entries, WindowRecord)[-1]
    for kept in (entry.record.windows[1:], (*entry.record.windows[:2], *entry.record.windows[3:])):
        changed = _change(entries, entry, windows=kept)
        _contradicted(lambda changed=changed: check_windows(entries, changed), "gap or overlap")  # type: ignore[misc] # a default


def test_tests_that_compare_with_nothing_are_contradicted(entries: Entries) -> None:
    entry = next(e for e in _of(entries, WindowRecord) if e.record.states)
    changed = _change(entries, entry, baseline=None)
    _contradicted(lambda: check_windows(entries, changed), "names nothing that they compare with")


def test_rates_that_hide_a_rise_are_contradicted(entries: Entries) -> None:
    (entry,) = _of(entries, BaselineRecord)
    higher = tuple(u.model_copy(update={"high": min(1.0, u.high * 2)}) for u in entry.record.usual)
    changed = _change(entries, entry, usual=higher)
    _contradicted(lambda: check_baseline(entries, changed), "not those that its windows give")
    states = next(e for e in _of(entries, WindowRecord) if e.record.alarms)
    _contradicted(lambda: check_windows(entries, states), "not those that its windows give")


def test_a_rate_alert_that_says_less_is_contradicted(entries: Entries, shelf: Shelf) -> None:
    entry = _of(entries, AlertRecord, cause="rate")[0]
    for changes, says in (
        ({"since": Share.of(1, 1000)}, "since it began"),
        ({"texts": 1}, "since it began"),
        ({"before": Share.of(500, 1000)}, "before it"),
        ({"windows": ()}, "hold no such alarm"),
        ({"start": START}, "hold no such alarm"),
        ({"side": "below"}, "hold no such alarm"),
        ({"listed": 1}, "are listed"),
    ):
        changed = replace(entry, record=entry.record.model_copy(update=changes))
        _contradicted(lambda changed=changed: check_alert(entries, changed, shelf), says)  # type: ignore[misc] # a default


def test_evidence_that_is_not_here_cannot_be_counted(entries: Entries) -> None:
    entry = _of(entries, AlertRecord, cause="campaign")[0]
    with pytest.raises(UnsettledError, match="not handed over") as caught:
        check_alert(entries, entry, Shelf(lambda _: None, {}))
    assert Result.WITHHELD == caught.value.result


def test_missing_windows_leave_it_untold(entries: Entries) -> None:
    (baseline,) = _of(entries, BaselineRecord)
    first = _of(entries, WindowRecord)[0]
    del entries[first.ref.index]
    with pytest.raises(UnsettledError, match="Not all windows") as caught:
        check_baseline(entries, baseline)
    assert Result.CANNOT_TELL == caught.value.result
    with pytest.raises(UnsettledError, match="before it is not here"):
        check_windows(entries, _of(entries, WindowRecord)[0])


def test_withheld_windows_leave_it_withheld(entries: Entries) -> None:
    windows = _of(entries, WindowRecord)
    entries[windows[-2].ref.index] = replace(
        windows[-2], record=ClosedRecord(made=START, of="window", why="withheld", fields=("windows",))
    )
    with pytest.raises(UnsettledError, match="is withheld") as caught:
        check_windows(entries, windows[-1])
    assert Result.WITHHELD == caught.value.result
