"""Windows: the fold counts what a plain loop counts, whatever the order, and an account once a day for each label."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from accord.evidence import Window
from accord.monitor.windows import Span, floor_to, fold
from accord.scan.rows import FINDINGS, TEXTS

START = datetime(2026, 11, 1, tzinfo=UTC)
SPAN = Span(START + timedelta(hours=20), START + timedelta(hours=32), 1)


def _texts(rows: list[dict[str, Any]]) -> pa.Table:
    base = {"source": "a", "part": 0, "text": "x", "role": None, "model": None, "account": None, "conversation": None}
    return pa.Table.from_pylist([{**base, "row": n, **row} for n, row in enumerate(rows)], schema=TEXTS)


def _found(*rows: int, label: str = "weapons", times: int = 1) -> pa.Table:
    base = {"source": "a", "part": 0, "detector": "terms", "label": label, "end": 1, "score": 1.0}
    return pa.Table.from_pylist(
        [{**base, "row": row, "start": n} for row in rows for n in range(times)], schema=FINDINGS
    )


def _at(hours: float, account: str | None = None, **more: object) -> dict[str, Any]:
    return {"time": START + timedelta(hours=hours), "account": account, **more}


def _plain(rows: list[dict[str, Any]], marked: set[int], span: Span) -> list[tuple[int, int, int, int]]:
    """Count texts, active accounts, and of one label what is found first and exposed, with loops alone."""
    seen = defaultdict[datetime, set[str]](set)
    result = []
    for start in (START + timedelta(hours=n) for n in range(48)):
        day = start.replace(hour=0)
        own = [(n, row) for n, row in enumerate(rows) if start <= row["time"] < start + timedelta(hours=1)]
        active = {row["account"] for _, row in own}
        exposed = active - seen[day]
        found = {row["account"] for n, row in own if n in marked} - seen[day]
        seen[day] |= found
        if span.start <= start < span.end:
            result.append((len(own), len(active), len(found), len(exposed)))
    return result


def _shown(windows: tuple[Window, ...]) -> list[tuple[int, int, int, int]]:
    tallies = [(w, w.find("terms:weapons")) for w in windows]
    return [(w.texts, w.active, t.found, t.exposed) for w, t in tallies]


ROWS = st.lists(st.tuples(st.integers(0, 47 * 60), st.sampled_from("abcd"), st.booleans()), max_size=60)


@settings(max_examples=60)
@given(rows=ROWS, data=st.data())
def test_fold_counts_what_a_plain_loop_counts_in_any_order(
    rows: list[tuple[int, str, bool]], data: st.DataObject
) -> None:
    said = [_at(minutes / 60, account) for minutes, account, _ in rows]
    marked = {n for n, (_, _, mark) in enumerate(rows) if mark}
    texts, findings = _texts(said), _found(*marked, times=2)
    order = data.draw(st.permutations(range(len(rows))))
    expected = _plain(said, marked, SPAN)
    windows = fold(texts, findings, SPAN)
    assert expected == _shown(windows)
    assert windows == fold(texts.take(pa.array(order, pa.int64())), findings, SPAN)


def test_account_counts_once_a_day_and_again_on_the_next() -> None:
    texts = _texts([_at(21, "a"), _at(22, "a"), _at(22.5, "b"), _at(25, "a")])
    windows = fold(texts, _found(0, 1, 3), SPAN)
    shown = [(w.start.hour, w.find("terms:weapons").found, w.find("terms:weapons").exposed) for w in windows if w.texts]
    assert [(21, 1, 1), (22, 0, 1), (1, 1, 1)] == shown


def test_texts_accounts_and_conversations_with_a_finding_are_counted_each() -> None:
    texts = _texts([_at(21, "a", conversation="1"), _at(21, "a", conversation="2"), _at(21, "b", conversation="3")])
    (tally,) = fold(texts, _found(0, 1, times=3), SPAN)[1].tallies
    assert (2, 1, 2) == (tally.texts, tally.accounts, tally.conversations)


def test_what_was_found_before_the_span_on_the_same_day_is_remembered() -> None:
    windows = fold(_texts([_at(3, "a"), _at(21, "a")]), _found(0, 1), SPAN)
    assert (0, 0) == (windows[1].find("terms:weapons").found, windows[1].find("terms:weapons").exposed)


def test_conversation_stands_in_for_an_unknown_account_and_the_row_for_both() -> None:
    rows = [_at(21, conversation="c"), _at(21.5, conversation="c"), _at(21.1), _at(21.2), _at(21.3, "c")]
    window = fold(_texts(rows), _found(0, 1, 2), SPAN)[1]
    assert (4, 1, 1, 2) == (window.active, window.accounts, window.conversations, window.find("terms:weapons").found)


def test_text_that_is_there_twice_counts_once() -> None:
    row = _at(21, "a", row=7)
    window = fold(_texts([row, row]), _found(7), SPAN)[1]
    assert (1, 1) == (window.texts, window.find("terms:weapons").texts)


def test_two_labels_are_counted_apart() -> None:
    texts = _texts([_at(21, "a"), _at(21, "b")])
    findings = pa.concat_tables([_found(0), _found(0, 1, label="fraud")])
    window = fold(texts, findings, SPAN)[1]
    assert {"terms:weapons": 1, "terms:fraud": 2} == {t.series: t.found for t in window.tallies}


def test_empty_traffic_gives_empty_windows() -> None:
    windows = fold(TEXTS.empty_table(), FINDINGS.empty_table(), SPAN)
    assert [0] * 12 == [w.texts for w in windows]
    assert [START + timedelta(hours=n) for n in range(20, 32)] == [w.start for w in windows]


def test_days_are_windows_too() -> None:
    texts = _texts([_at(1, "a"), _at(30, "a"), _at(31, "b")])
    windows = fold(texts, _found(0, 1), Span(START, START + timedelta(days=2), 24))
    assert [(1, 1, 1), (2, 1, 2)] == [
        (w.texts, w.find("terms:weapons").found, w.find("terms:weapons").exposed) for w in windows
    ]


def test_text_without_a_time_is_in_no_window() -> None:
    assert 0 == sum(w.texts for w in fold(_texts([{"time": None}]), FINDINGS.empty_table(), SPAN))


def test_windows_begin_at_midnight_utc() -> None:
    moment = datetime.fromisoformat("2026-11-02T01:30:00+05:30")
    assert datetime(2026, 11, 1, 20, tzinfo=UTC) == floor_to(moment, 1)
    assert datetime(2026, 11, 1, tzinfo=UTC) == floor_to(moment, 24)
