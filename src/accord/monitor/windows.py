"""Counts of texts and findings, window by window: a fold that gives the same whatever order the rows come in.

An account counts once a day (UTC) for each label, in the window in which it showed it first. Whoever sends a hundred
texts is one account, so that a few busy people look like what they are, and the counts of different hours do not hang
together through them. Where the account is not known its conversation stands in for it, and else its row.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from accord.evidence import Tally, Window

_KEYS = ["source", "row", "part"]
_SILENCE = timedelta(days=7)
_SECOND = 1_000_000  # microseconds


class Span(NamedTuple):
    """The windows that are counted: from `start` until `end`, each of `period` hours."""

    start: datetime
    end: datetime
    period: int

    def starts(self) -> Iterator[datetime]:
        """Yield the start of each window."""
        start = self.start
        while start < self.end:
            yield start
            start += timedelta(hours=self.period)


def floor_to(moment: datetime, hours: int) -> datetime:
    """Return the start of the window that a moment lies in: windows begin at midnight UTC."""
    day = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day + timedelta(hours=(moment - day) // timedelta(hours=hours) * hours)


def find_start(texts: pa.Table, hours: int) -> datetime | None:
    """Return the start of the first window of some texts, after their last silence of over a week; none without texts.

    A few texts whose clock stood still long ago would else make months of empty windows.
    """
    times = texts["time"]
    days = sorted(set(pc.floor_temporal(times, unit="day").drop_null().to_pylist()))
    if not days:
        return None
    begins = [days[0], *(later for earlier, later in pairwise(days) if later - earlier > _SILENCE)]
    first: datetime = pc.min(times.filter(pc.greater_equal(times, pa.scalar(begins[-1], times.type)))).as_py()
    return floor_to(first, hours)


def fold(texts: pa.Table, findings: pa.Table, span: Span) -> tuple[Window, ...]:
    """Return the windows of a span, also those in which nothing was said.

    `texts` has the columns of TEXTS but the text, and reaches back to midnight before the span; a text that is there
    twice counts once. `findings` are of the schema FINDINGS, and those of other texts count nothing.
    """
    rows = _prepare(texts, span)
    marked = _mark(rows, findings)
    first = marked.group_by(["day", "series", "unit"]).aggregate([("window", "min")])
    shown = {series: _series(marked, first, rows, series) for series in sorted(set(marked["series"].to_pylist()))}
    whole = {name: _distinct(rows, name) for name in ("account", "conversation", "unit")}
    texts_in = _count(rows)
    return tuple(
        Window(
            start=start,
            texts=texts_in.get(number, 0),
            accounts=whole["account"].get(number, 0),
            conversations=whole["conversation"].get(number, 0),
            active=whole["unit"].get(number, 0),
            tallies=tuple(
                Tally(series=series, **{name: of.get(number, 0) for name, of in counts.items()})
                for series, counts in shown.items()
                if counts["texts"].get(number) or counts["exposed"].get(number, 0) != whole["unit"].get(number, 0)
            ),
        )
        for number, start in ((_number(start, span.period), start) for start in span.starts())
    )


def _number(start: datetime, period: int) -> int:
    return int(start.timestamp()) // (3600 * period)


def _prepare(texts: pa.Table, span: Span) -> pa.Table:
    """Return what is counted of each text of the span and of the day before it began, once."""
    midnight = span.start.replace(hour=0, minute=0, second=0, microsecond=0)
    bounds = [pa.scalar(moment, pa.timestamp("us", tz="UTC")) for moment in (midnight, span.end)]
    inside = pc.and_(pc.greater_equal(texts["time"], bounds[0]), pc.less(texts["time"], bounds[1]))
    held = texts.select([*_KEYS, "time", "account", "conversation"]).filter(inside)
    held = held.group_by([*_KEYS, "time", "account", "conversation"]).aggregate([])
    ticks = held["time"].cast(pa.int64())
    row = pc.binary_join_element_wise(held["source"].cast(pa.string()), held["row"].cast(pa.string()), "#")
    account, conversation = (_tagged(held[name], name) for name in ("account", "conversation"))
    unit = pc.coalesce(account, conversation, row)
    return (
        held.drop_columns(["time"])
        .append_column("window", pc.divide(ticks, 3600 * span.period * _SECOND))
        .append_column("day", pc.divide(ticks, 86_400 * _SECOND))
        .append_column("unit", unit)
    )


def _tagged(column: pa.ChunkedArray, tag: str) -> pa.ChunkedArray:
    """Return keys that are of one kind: an account and a conversation of the same name are two."""
    return pc.binary_join_element_wise(pa.scalar(tag), column, "=")


def _mark(rows: pa.Table, findings: pa.Table) -> pa.Table:
    """Return each text once for each series that was found in it."""
    series = pc.binary_join_element_wise(findings["detector"], findings["label"], ":")
    found = findings.select(_KEYS).append_column("series", series).group_by([*_KEYS, "series"]).aggregate([])
    return rows.join(found, _KEYS, join_type="inner")


def _series(marked: pa.Table, first: pa.Table, rows: pa.Table, series: str) -> dict[str, dict[int, int]]:
    own = marked.filter(pc.equal(marked["series"], series))
    started = first.filter(pc.equal(first["series"], series)).select(["day", "unit", "window_min"])
    active = rows.select(["day", "unit", "window"]).group_by(["day", "unit", "window"]).aggregate([])
    known = active.join(started, ["day", "unit"], join_type="left outer")
    before = pc.fill_null(pc.less(known["window_min"], known["window"]), fill_value=False)
    return {
        "texts": _count(own),
        "accounts": _distinct(own, "account"),
        "conversations": _distinct(own, "conversation"),
        "found": _count(started.rename_columns(["day", "unit", "window"])),
        "exposed": _count(known.filter(pc.invert(before))),
    }


def _count(rows: pa.Table) -> dict[int, int]:
    counted = rows.group_by(["window"]).aggregate([([], "count_all")])
    return dict(zip(counted["window"].to_pylist(), counted["count_all"].to_pylist(), strict=True))


def _distinct(rows: pa.Table, name: str) -> dict[int, int]:
    counted = rows.group_by(["window"]).aggregate([(name, "count_distinct", pc.CountOptions(mode="only_valid"))])
    return dict(zip(counted["window"].to_pylist(), counted[f"{name}_count_distinct"].to_pylist(), strict=True))
