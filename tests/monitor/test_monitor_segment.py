"""The spool's file format: a torn end, a changed byte and a wrong key are seen, and what is whole is read."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accord.monitor.segment import KEY_SIZE, Sealer, Segment, sealed_size

KEY = bytes(range(KEY_SIZE))
AT = datetime(2026, 11, 28, 17, 0, 0, 123456, tzinfo=UTC)
_REQUESTS = st.lists(st.binary(max_size=200), max_size=6)


def _seal(requests: list[bytes]) -> list[bytes]:
    sealer = Sealer(KEY)
    sealed = [bytearray(sealed_size(request)) for request in requests]
    for n, (request, into) in enumerate(zip(requests, sealed, strict=True)):
        sealer.seal(AT + timedelta(seconds=n), request, memoryview(into))
    return [bytes(record) for record in sealed]


def _read(data: bytes, key: bytes = KEY) -> tuple[Segment, list[bytes]]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "segment"
        path.write_bytes(data)
        segment = Segment(path, key)
        return segment, [request for _, request in segment.records()]


@given(_REQUESTS)
def test_records_are_read_as_they_were_written(requests: list[bytes]) -> None:
    segment, read = _read(b"".join(_seal(requests)))
    assert (requests, 0, 0) == (read, segment.damaged, segment.torn)


def test_time_of_receipt_is_kept_to_the_microsecond(tmp_path: Path) -> None:
    (tmp_path / "s").write_bytes(_seal([b"x"])[0])
    assert [(AT, b"x")] == list(Segment(tmp_path / "s", KEY).records())


@given(_REQUESTS, st.data())
def test_torn_end_loses_the_last_record_alone(requests: list[bytes], data: st.DataObject) -> None:
    sealed = _seal(requests)
    whole = b"".join(sealed)
    cut = data.draw(st.integers(0, len(whole)))
    segment, read = _read(whole[:cut])
    ends = [sum(map(len, sealed[: n + 1])) for n in range(len(sealed))]
    left = [end for end in ends if end <= cut]
    assert requests[: len(left)] == read
    assert cut - (left[-1] if left else 0) == segment.torn


@given(st.lists(st.binary(max_size=50), min_size=1, max_size=4), st.data())
def test_changed_byte_is_never_read_as_something_else(requests: list[bytes], data: st.DataObject) -> None:
    whole = bytearray(b"".join(_seal(requests)))
    whole[data.draw(st.integers(0, len(whole) - 1))] ^= data.draw(st.integers(1, 255))
    segment, read = _read(bytes(whole))
    assert set(read) <= set(requests)
    assert len(read) < len(requests)
    assert segment.damaged or segment.torn


def test_record_that_was_changed_does_not_hide_those_after_it() -> None:
    first, second, third = _seal([b"one", b"two", b"three"])
    changed = second[:-1] + bytes([second[-1] ^ 1])
    segment, read = _read(first + changed + third)
    assert ([b"one", b"three"], 1, 0) == (read, segment.damaged, segment.torn)


def test_records_in_another_order_do_not_open() -> None:
    first, second = _seal([b"one", b"two"])
    assert [] == _read(second + first)[1]


@pytest.mark.parametrize("tail", [bytes(1000), b"\xff" * 1000], ids=["zeros", "ones"])
def test_what_a_power_failure_leaves_behind_is_torn(tail: bytes) -> None:
    segment, read = _read(_seal([b"one"])[0] + tail)
    assert ([b"one"], 1000) == (read, segment.torn)


def test_nothing_opens_with_another_key_or_stands_in_clear() -> None:
    data = b"".join(_seal([b"a secret of some length"]))
    assert b"secret" not in data
    assert [] == _read(data, bytes(KEY_SIZE))[1]
