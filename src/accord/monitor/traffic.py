"""Traffic read from a folder of Parquet: tables of texts, or the parts that the receiver stores.

Texts stay in memory only where something was found in them, batch by batch. Of the rest the patterns need no more than
whether two are the same, so a digest stands in for them.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from accord.errors import MonitorError
from accord.ledger import digest, format_json
from accord.scan.detector import Detector
from accord.scan.rows import FINDINGS, TEXTS

Look = Callable[[pa.Table], pa.Table]
"""Gives what was found in some texts, as a table of the schema FINDINGS."""

UNDATED, AHEAD, UNREADABLE = "texts without a time", "texts ahead of the clock", "files that cannot be read"

SKEW = timedelta(minutes=5)
"""How far a clock may be ahead."""

_BATCH = 10_000
_KEYS = ["source", "row", "part"]
_COMPARED = pa.array(["assistant", "tool"])
_ERRORS = (pa.ArrowException, OSError, KeyError, ValueError)


class _UnreadableError(MonitorError):
    """A file is no table of texts, or is damaged; what detectors raise is never this."""


@dataclass(frozen=True)
class Traffic:
    """What was read of a folder."""

    texts: pa.Table
    """Of the schema TEXTS, without the organisation's own instructions; see the module on what `text` holds."""
    findings: pa.Table
    """Of the schema FINDINGS."""
    left_out: dict[str, int]
    """What could not be used, by reason."""
    sha256: str
    """The digest over the names, sizes and digests of the files."""


def read_traffic(folder: Path, since: datetime, now: datetime, look: Look) -> Traffic:
    """Return what was said from `since` on, and what was found in it; raise MonitorError where there is no folder.

    A file that cannot be read, a text without a time and one that is ahead of the clock are counted.
    """
    if not folder.is_dir():
        raise MonitorError("There is no folder of traffic here.", where=str(folder), expected="a folder of Parquet")
    held, found, left_out, files = [TEXTS.empty_table()], [FINDINGS.empty_table()], Counter[str](), []
    for path in sorted(folder.rglob("*.parquet")):
        name = path.relative_to(folder).as_posix()
        try:
            if (skipped := _undated_of_old(path, since)) is not None:
                left_out[UNDATED] += skipped
                continue
            texts, findings, counted = _read_file(path, name, since, now + SKEW, look)
            files.append([name, path.stat().st_size, digest_file(path)])
        except _UnreadableError:
            left_out[UNREADABLE] += 1
            continue
        held.append(texts)
        found.append(findings)
        left_out.update(counted)
    sha256 = digest(format_json(files))
    return Traffic(pa.concat_tables(held), pa.concat_tables(found), dict(sorted((+left_out).items())), sha256)


def detect(detectors: Iterable[Detector]) -> Look:
    """Return what looks with some detectors."""
    chosen = tuple(detectors)

    def look(texts: pa.Table) -> pa.Table:
        batches = [
            _place(batch, detector.name, detector.detect(batch))
            for batch in texts.combine_chunks().to_batches(max_chunksize=_BATCH)
            for detector in chosen
        ]
        return pa.concat_tables([FINDINGS.empty_table(), *batches])

    return look


def given(folder: Path, detectors: Collection[str]) -> Look:
    """Return what looks up what some detectors found, in a folder of Parquet; raise MonitorError where it cannot."""
    try:
        tables = [
            pq.read_table(path).select(FINDINGS.names).cast(FINDINGS) for path in sorted(folder.rglob("*.parquet"))
        ]
    except _ERRORS as error:
        raise MonitorError("Findings cannot be read.", where=str(folder), found=str(error)[:200]) from error
    known = pa.concat_tables([FINDINGS.empty_table(), *tables])
    known = known.filter(pc.is_in(known["detector"], pa.array(sorted(detectors), pa.string())))

    def look(texts: pa.Table) -> pa.Table:
        return known.join(texts.select(_KEYS), _KEYS, join_type="left semi").select(FINDINGS.names).cast(FINDINGS)

    return look


def as_texts(name: str, table: pa.Table, rows: pa.Array) -> pa.Table:
    """Return a table as one of the schema TEXTS: it is one already, or rows of a part of the receiver's, `name`."""
    if set(TEXTS.names) <= set(table.column_names):
        return table.select(TEXTS.names).cast(TEXTS)
    return _unfold(name, table.append_column("row", rows))


def _place(texts: pa.RecordBatch, detector: str, found: pa.RecordBatch) -> pa.Table:
    keys = {key: texts[key].take(found["index"]) for key in _KEYS}
    rest = {name: found[name] for name in ("label", "start", "end", "score")}
    return pa.table({**keys, "detector": pa.repeat(detector, found.num_rows), **rest}).cast(FINDINGS)


def _undated_of_old(path: Path, since: datetime) -> int | None:
    """Return how many rows have no time, of a file in which all others are older; none for one that must be read."""
    with _reading():
        metadata = pq.read_metadata(path)
        columns = [metadata.schema.column(n).path for n in range(metadata.num_columns)]
        column = columns.index("time") if "time" in columns else columns.index("received")
        chunks = [metadata.row_group(n).column(column).statistics for n in range(metadata.num_row_groups)]
    if not all(c is not None and c.has_null_count and (not c.has_min_max or _is_before(c.max, since)) for c in chunks):
        return None
    return sum(int(c.null_count) for c in chunks)


def _is_before(last: object, since: datetime) -> bool:
    if not isinstance(last, datetime):
        return False
    return (last if last.tzinfo else last.replace(tzinfo=UTC)) < since


def _read_file(
    path: Path, name: str, since: datetime, until: datetime, look: Look
) -> tuple[pa.Table, pa.Table, Counter[str]]:
    held, found, counted = [TEXTS.empty_table()], [FINDINGS.empty_table()], Counter[str]()
    for texts in _decode(path, name):
        said, findings, left_out = take(texts, since, until, look)
        held.append(said)
        found.append(findings)
        counted += left_out
    return pa.concat_tables(held), pa.concat_tables(found), counted


def take(texts: pa.Table, since: datetime, until: datetime, look: Look) -> tuple[pa.Table, pa.Table, Counter[str]]:
    """Return what counts of some texts, what is found in it, and how many have no time or one after `until`."""
    said = texts.filter(pc.not_equal(pc.fill_null(texts["role"], ""), "system"))
    late = pc.greater(said["time"], pa.scalar(until, pa.timestamp("us", tz="UTC")))
    recent = pc.greater_equal(said["time"], pa.scalar(since, pa.timestamp("us", tz="UTC")))
    counted = Counter({UNDATED: said["time"].null_count, AHEAD: pc.sum(late).as_py() or 0})
    said = said.filter(pc.and_(recent, pc.invert(late)))
    findings = look(said)
    return _shorten(said, findings), findings, counted


@contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except _ERRORS as error:
        raise _UnreadableError("A file of traffic cannot be read.") from error


def _decode(path: Path, name: str) -> Iterator[pa.Table]:
    with _reading():
        file = pq.ParquetFile(path)
    with file:
        batches, start = file.iter_batches(batch_size=_BATCH), 0
        while True:
            with _reading():
                batch = next(batches, None)
                if batch is None:
                    return
                rows = pa.array(range(start, start + batch.num_rows), pa.int64())
                texts = as_texts(name, pa.Table.from_batches([batch]), rows)
                texts.validate(full=True)  # what is not UTF-8 would end in every detector
            start += batch.num_rows
            yield texts


def _unfold(name: str, spans: pa.Table) -> pa.Table:
    """Return the texts of received spans that are new in them.

    A sender repeats the conversation in each input, up to the assistant's last answer: that was counted when it was
    said. The instructions are the organisation's own.
    """
    spans = spans.combine_chunks()
    texts = pc.list_flatten(spans["texts"]).combine_chunks()
    parent = pc.list_parent_indices(spans["texts"]).combine_chunks()
    place, role = texts.field("place"), texts.field("role")
    starts = pc.fill_null(pc.cumulative_sum(pc.list_value_length(spans["texts"])), 0)
    starts = pc.subtract(starts, pc.list_value_length(spans["texts"])).combine_chunks()
    part = pc.subtract(pa.array(range(len(texts)), pa.int64()), starts.take(parent))
    keep = pc.and_(_is_new(parent, place, role, part), pc.not_equal(place, "instructions"))
    columns: dict[str, Any] = {
        "source": pa.repeat(name, len(texts)),
        "row": spans["row"].take(parent),
        "part": part,
        "text": texts.field("text"),
        "role": role,
        "time": spans["received"].take(parent),
        **{key: spans[key].take(parent) for key in ("account", "conversation", "model")},
    }
    return pa.table(columns).filter(keep).cast(TEXTS)


def _is_new(parent: pa.Array, place: pa.Array, role: pa.Array, part: pa.Array) -> pa.Array:
    is_input = pc.equal(place, "input")
    answered = pc.and_(is_input, pc.equal(pc.fill_null(role, ""), "assistant"))
    answers = pa.table({"parent": parent, "part": part}).filter(answered)
    last = dict(zip(*answers.group_by("parent").aggregate([("part", "max")]).to_pydict().values(), strict=True))
    after = pa.array([last.get(index, -1) for index in parent.to_pylist()], pa.int64())
    return pc.or_(pc.invert(is_input), pc.greater(part, after))


def _shorten(texts: pa.Table, findings: pa.Table) -> pa.Table:
    """Return the texts with a digest in the place of those in which nothing was found, and nothing for users'."""
    marked = set(zip(*(findings[key].to_pylist() for key in _KEYS), strict=True))
    keys = zip(*(texts[key].to_pylist() for key in _KEYS), strict=True)
    compared = pc.is_in(texts["role"], _COMPARED).to_pylist()
    column = texts["text"]
    kept = [
        column[n].as_py() if key in marked else _digest(column[n].as_py()) if compared[n] else ""
        for n, key in enumerate(keys)
    ]
    return texts.set_column(TEXTS.get_field_index("text"), TEXTS.field("text"), pa.array(kept, pa.large_string()))


def _digest(text: str) -> str:
    return hashlib.blake2b(" ".join(text.split()).encode(), digest_size=16).hexdigest()


def digest_file(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
