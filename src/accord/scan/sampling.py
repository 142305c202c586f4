"""Which texts are looked at: each is chosen by its own place and the seed, whatever stands around it."""

import hashlib

import pyarrow as pa
import pyarrow.compute as pc

from accord.evidence import Design

_GOLDEN = 0x9E3779B97F4A7C15
_FIRST, _SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_ALL = 1 << 64


def choose(texts: pa.RecordBatch, design: Design) -> pa.RecordBatch:
    """Return the texts that are looked at."""
    if design.method == "all" or not texts.num_rows:
        return texts
    threshold = min(int(design.fraction * _ALL), _ALL - 1)
    sources = texts.column("source").dictionary_encode()
    keys = pa.array([_key(design.seed or 0, source) for source in sources.dictionary.to_pylist()], pa.uint64())
    mixed = _mix(pc.bit_wise_xor(keys.take(sources.indices), texts.column("row").cast(pa.uint64())))
    mixed = _mix(pc.bit_wise_xor(mixed, texts.column("part").cast(pa.uint64())))
    return texts.filter(pc.less(mixed, pa.scalar(threshold, pa.uint64())))


def _key(seed: int, source: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}\n{source}".encode()).digest()[:8])


def _mix(values: pa.Array) -> pa.Array:
    """Return SplitMix64's output function of each value: every bit of it depends on every bit of the value."""
    values = pc.add(values, _word(_GOLDEN))
    values = pc.multiply(pc.bit_wise_xor(values, pc.shift_right(values, _word(30))), _word(_FIRST))
    values = pc.multiply(pc.bit_wise_xor(values, pc.shift_right(values, _word(27))), _word(_SECOND))
    return pc.bit_wise_xor(values, pc.shift_right(values, _word(31)))


def _word(value: int) -> pa.Scalar:
    return pa.scalar(value, pa.uint64())
