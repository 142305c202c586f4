"""Texts that repeat others, word for word or nearly: signatures that any worker makes, and one fold over them.

A text's signature depends on that text alone. The fold gives the same clusters in whatever order signatures come: what
is compared with what is decided by the texts' own digests. Signatures lie in files; about 130 bytes a text
are in memory, as benchmarks/corpus.py counts them.
"""

import hashlib
import importlib
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from accord.errors import MissingExtraError
from accord.ledger import digest
from accord.scan.rows import TEXTS
from accord.scan.words import number_runs, split_words

VALUES = 128
"""Values of a signature: the similarity that it estimates errs by about 0.04."""
BANDS = 16
"""Parts of a signature; texts that share one are compared."""
ALIKE = 0.8
"""The estimated share of common runs (Jaccard) from which two texts are near-duplicates."""
LEADERS = 16
"""The most texts of one band that others are compared with: where more differ, some pairs may be missed."""
_WEIGHT = 10
"""The weight of a run: five words, or ten signs (see `accord.scan.words`)."""
_SEED = 20260101
_ROW = np.dtype([("digest", "V16"), ("long", "u1"), ("size", "<u4"), ("values", "<u4", (VALUES,))])

SIGNATURES = pa.schema(
    [
        *(TEXTS.field(name) for name in ("source", "row", "part")),
        pa.field("size", pa.uint32(), nullable=False),
        pa.field("digest", pa.binary(16), nullable=False),
        pa.field("values", pa.binary(VALUES * 4)),
    ]
)
"""A text's place, size in bytes, digest, and signature; null where it is too short to be like any but its equals."""

CLUSTERS = pa.schema(
    [
        pa.field("cluster", pa.string(), nullable=False),
        *(TEXTS.field(name) for name in ("source", "row", "part")),
        pa.field("size", pa.uint32(), nullable=False),
        pa.field("label", pa.string(), nullable=False),
        pa.field("score", pa.float32(), nullable=False),
    ]
)
"""The texts that are like another, by cluster and place. `label` says what a text is to its cluster: `first`, `exact`
where it repeats one before it word for word, or `near`; `score` is how like the first it is."""

_KEYS = pa.schema([TEXTS.field(name) for name in ("source", "row", "part")])
_HEAD = ("cluster", *_KEYS.names)
_CHUNK = 4096
Rows = npt.NDArray[np.void]
Ids = npt.NDArray[np.int64]
Values = npt.NDArray[np.uint32]


def sign_texts(texts: pa.RecordBatch) -> pa.RecordBatch:
    """Return the signatures of a batch of texts, in its order; raise MissingExtraError."""
    rensa = _rensa()
    strings = texts.column("text").to_pylist()
    runs = [number_runs(split_words(text), _WEIGHT) for text in strings]
    offsets = np.cumsum([0, *(r.size for r in runs)]).astype(np.uint64)
    flat = np.concatenate([np.zeros(0, np.uint64), *runs])
    rows = rensa.RMinHash.digest_matrix_from_flat_token_hashes(flat, offsets, VALUES, _SEED).to_rows() if runs else []
    values = [np.array(row, "<u4").tobytes() if r.size else None for r, row in zip(runs, rows, strict=True)]
    data = [text.encode() for text in strings]
    columns = [
        *(texts.column(name) for name in ("source", "row", "part")),
        pa.array([len(held) for held in data], pa.uint32()),
        pa.array([hashlib.sha256(held).digest()[:16] for held in data], pa.binary(16)),
        pa.array(values, pa.binary(VALUES * 4)),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=SIGNATURES)


class Duplicates:
    """The fold: takes signatures in any order, keeps them in files of a folder, and finds the clusters at the end."""

    def __init__(self, folder: Path) -> None:
        self._rows = (folder / "signatures").open("w+b")
        self._keys = pa.OSFile(str(folder / "keys"), "wb")
        self._writer = pa.ipc.new_file(self._keys, _KEYS)
        self._folder = folder
        self.texts = 0

    def add(self, signatures: pa.RecordBatch) -> None:
        """Take in a batch of the schema SIGNATURES."""
        rows = np.zeros(len(signatures), _ROW)
        for index, (size, held, values) in enumerate(
            zip(*(signatures.column(name).to_pylist() for name in ("size", "digest", "values")), strict=True)
        ):
            rows[index]["size"], rows[index]["digest"], rows[index]["long"] = size, np.void(held), values is not None
            if values is not None:
                rows[index]["values"] = np.frombuffer(values, "<u4")
        self._rows.write(rows.tobytes())
        self._writer.write_batch(signatures.select(_KEYS.names))
        self.texts += len(signatures)

    def close(self) -> pa.Table:
        """Return the table CLUSTERS of all texts that are like another, and end: nothing can be added afterwards."""
        self._writer.close()
        self._keys.close()
        self._rows.flush()
        rows = np.memmap(self._rows.name, _ROW, "r", shape=(self.texts,)) if self.texts else np.zeros(0, _ROW)
        try:
            roots, digests = _components(rows)
            return self._table(rows, roots, digests)
        finally:
            del rows
            self._rows.close()

    def _table(self, rows: Rows, roots: Ids, digests: npt.NDArray[np.bytes_]) -> pa.Table:
        counts = np.bincount(roots) if roots.size else roots
        chosen = np.flatnonzero(counts[roots] > 1) if roots.size else roots
        with pa.memory_map(str(self._folder / "keys")) as source:
            keys = _take(pa.ipc.open_file(source), chosen)
        cluster = pa.array([bytes(digests[root]).ljust(16, b"\0").hex() for root in roots[chosen]], pa.string())
        own = pa.array([rows[i]["digest"].tobytes() for i in chosen], pa.binary(16))
        sizes = pa.array([int(rows[i]["size"]) for i in chosen], pa.uint32())
        place = pa.array(chosen, pa.int64())
        table = pa.table([cluster, *keys.columns, sizes, own, place], [*_HEAD, "size", "digest", "place"])
        return _relate(table.sort_by([(name, "ascending") for name in _HEAD]), rows)


def _take(reader: pa.ipc.RecordBatchFileReader, chosen: Ids) -> pa.Table:
    """Return the keys at the places that are chosen, one batch of all at a time."""
    kept, start = [], 0
    for index in range(reader.num_record_batches):
        batch = reader.get_batch(index)
        first, last = np.searchsorted(chosen, [start, start + len(batch)])
        kept.append(batch.take(pa.array(chosen[first:last] - start)))
        start += len(batch)
    return pa.Table.from_batches(kept, _KEYS)


def _relate(table: pa.Table, rows: Rows) -> pa.Table:
    """Add how each text is like its cluster's first: `first`, `exact` where it repeats one before it, or `near`."""
    labels, scores, seen = [], [], set[bytes]()
    cluster, first = None, 0
    for name, own, place in zip(*(table.column(n).to_pylist() for n in ("cluster", "digest", "place")), strict=True):
        begins = name != cluster
        if begins:
            cluster, first, seen = name, place, set()
        labels.append("first" if begins else "exact" if own in seen else "near")
        scores.append(
            1.0 if own in seen or begins else _similarity(rows[first]["values"], rows[place]["values"][None])[0]
        )
        seen.add(own)
    kept = table.drop_columns(["digest", "place"])
    kept = kept.append_column("label", pa.array(labels, pa.string()))
    return kept.append_column("score", pa.array(scores, pa.float32())).cast(CLUSTERS)


def _components(rows: Rows) -> tuple[Ids, npt.NDArray[np.bytes_]]:
    """Return which cluster each text belongs to, and the digest that stands for each."""
    digests, first, places = np.unique(
        np.ascontiguousarray(rows["digest"]).view("S16"), return_index=True, return_inverse=True
    )
    parents = np.arange(len(digests))
    compared = first[rows["long"][first] == 1]
    # In the order of the digests, so that it does not matter in which order the texts came.
    ids = np.flatnonzero(rows["long"][first] == 1)
    for band in range(BANDS):
        keys = _band_keys(rows, compared, band)
        order = np.argsort(keys, kind="stable")
        starts = np.flatnonzero(np.diff(keys[order], prepend=~keys[order[:1]]))
        ends = np.append(starts[1:], order.size)
        for start, end in zip(starts[ends - starts > 1], ends[ends - starts > 1], strict=True):
            _join(rows, compared, ids, order[start:end], parents)
    roots = np.array([_root(parents, i) for i in range(len(parents))], np.int64)
    return roots[places], digests


def _band_keys(rows: Rows, places: Ids, band: int) -> npt.NDArray[np.uint64]:
    width = VALUES // BANDS
    keys = np.zeros(len(places), np.uint64)
    for start in range(0, len(places), _CHUNK):
        values = rows["values"][places[start : start + _CHUNK], band * width : (band + 1) * width].astype(np.uint64)
        with np.errstate(over="ignore"):
            mixed = values[:, 0]
            for column in range(1, width):
                mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9) + values[:, column]
        keys[start : start + _CHUNK] = mixed
    return keys


def _join(rows: Rows, places: Ids, ids: Ids, run: Ids, parents: Ids) -> None:
    """Join the texts of one band that are alike: each with the first of the leaders that it is like, or as a leader."""
    leaders: list[int] = []
    for start in range(0, len(run), _CHUNK):
        members = run[start : start + _CHUNK]
        values = rows["values"][places[members]]
        waiting = np.ones(len(members), bool)
        for leader in leaders:
            waiting &= ~_unite(values, rows["values"][places[leader]], members, leader, ids, parents, waiting)
        while waiting.any() and len(leaders) < LEADERS:
            at = int(np.argmax(waiting))
            leaders.append(int(members[at]))
            waiting &= ~_unite(values, values[at], members, leaders[-1], ids, parents, waiting)


def _unite(
    values: Values,
    leader_values: Values,
    members: Ids,
    leader: int,
    ids: Ids,
    parents: Ids,
    waiting: npt.NDArray[np.bool_],
) -> npt.NDArray[np.bool_]:
    alike = waiting & (_similarity(leader_values, values) >= ALIKE)
    for member in members[alike]:
        a, b = sorted((_root(parents, int(ids[member])), _root(parents, int(ids[leader]))))
        parents[b] = a
    return alike


def _similarity(one: Values, others: Values) -> npt.NDArray[np.float64]:
    return np.asarray((others == one).mean(axis=1), np.float64)


def _root(parents: Ids, node: int) -> int:
    while parents[node] != node:
        parents[node] = parents[parents[node]]
        node = int(parents[node])
    return node


def _rensa() -> Any:  # noqa: ANN401 - rensa has no types
    try:
        return importlib.import_module("rensa")
    except ImportError as error:
        raise MissingExtraError("Near-duplicates need rensa.", fix="pip install 'accord[scan]'") from error


def version_digest() -> str:
    """Return the digest over all that the clusters depend on."""
    source = (files(__package__) / "duplicates.py").read_bytes() + (files(__package__) / "words.py").read_bytes()
    return digest(source + f"rensa {version('rensa')}".encode())
