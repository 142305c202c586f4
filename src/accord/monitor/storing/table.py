"""Rows as a batch of the schema RECEIVED, redacted on the way."""

from collections.abc import Iterable, Sequence
from itertools import accumulate, chain, islice
from operator import attrgetter
from typing import Any

import pyarrow as pa

from accord.monitor.schema import RECEIVED, TEXT
from accord.monitor.storing.redaction import Redactor
from accord.monitor.storing.spans import Row

_AS_IT_IS = ("trace_id", "span_id", "parent_id", "received", "started", "duration", "input_tokens", "output_tokens",
             "account", "conversation")  # fmt: skip
_WORDS = ("service", "operation", "provider", "model", "agent", "tool", "error")


def make_batch(rows: Sequence[Row], redactor: Redactor) -> pa.RecordBatch:
    """Return rows as a batch in which every string that a sender chose was looked at by the detectors."""
    texts, found = redactor.redact([_clean(text) for row in rows for _, _, text in row.texts])
    words = _redact_words(rows, redactor)
    counts = iter(found)
    redacted = [sum(islice(counts, len(row.texts))) for row in rows]
    if any(replaced for _, replaced in words.values()):
        redacted = [n + sum(words[word][1] for word in _short(row)) for n, row in zip(redacted, rows, strict=True)]
    columns: dict[str, Any] = {name: list(map(attrgetter(name), rows)) for name in _AS_IT_IS}
    columns |= {name: [words[v][0] if (v := row.words.get(name)) else None for row in rows] for name in _WORDS}
    columns["name"] = [words[row.name][0] for row in rows]
    columns["finish"] = [[words[word][0] for word in row.finish] if row.finish else row.finish for row in rows]
    columns["redacted"] = redacted
    columns["texts"] = _lists(rows, texts)
    columns["attributes"] = [
        [(words[key][0], words[value][0]) for key, value in row.attributes.items()] if row.attributes else []
        for row in rows
    ]
    arrays = [
        columns[f.name] if isinstance(columns[f.name], pa.Array) else pa.array(columns[f.name], f.type)
        for f in RECEIVED
    ]
    return pa.record_batch(arrays, schema=RECEIVED)


def _short(row: Row) -> Iterable[str]:
    return chain((row.name,), row.words.values(), row.finish, row.attributes, row.attributes.values())


def _redact_words(rows: Sequence[Row], redactor: Redactor) -> dict[str, tuple[str, int]]:
    """Return what every short string becomes, and how much was replaced in it; most repeat, and are looked at once."""
    unique = sorted({word for row in rows for word in _short(row)})
    kept, found = redactor.redact([_clean(word) for word in unique])
    return dict(zip(unique, zip(kept, found, strict=True), strict=True))


def _lists(rows: Sequence[Row], texts: Sequence[str]) -> pa.Array:
    flat = [(place, role) for row in rows for place, role, _ in row.texts]
    columns = [[place for place, _ in flat], [role for _, role in flat], texts]
    inner = pa.StructArray.from_arrays(
        [pa.array(column, f.type) for column, f in zip(columns, TEXT, strict=True)], fields=list(TEXT)
    )
    offsets = pa.array([0, *accumulate(len(row.texts) for row in rows)], pa.int32())
    return pa.ListArray.from_arrays(offsets, inner, type=RECEIVED.field("texts").type)


def _clean(text: str) -> str:
    """Return text that has a UTF-8: half of a surrogate pair, which JSON can write, becomes a question mark."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text
