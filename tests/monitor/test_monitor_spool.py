"""The spool on a disk that fails, over hours, restarts and clocks that go back."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from accord.errors import MonitorError
from accord.monitor.parts import segments, stored_until
from accord.monitor.spool import Spool, drop_segment, open_segment

NOON = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


class _Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


@pytest.fixture
def spool(tmp_path: Path, clock: _Clock) -> Spool:
    made = Spool(tmp_path, tmp_path / "keys", clock)
    made.start()
    return made


def _read(folder: Path) -> list[list[tuple[datetime, bytes]]]:
    return [list(open_segment(path, folder / "keys").records()) for path in segments(folder)]


def test_what_was_appended_is_there_without_a_seal(spool: Spool, tmp_path: Path) -> None:
    spool.append([b"one", b"two"])
    spool.append([b"three"])
    assert [[b"one", b"two", b"three"]] == [[data for _, data in held] for held in _read(tmp_path)]


def test_only_the_owner_reads_the_spool_and_its_keys(spool: Spool, tmp_path: Path) -> None:
    spool.append([b"one"])
    files = [*(tmp_path / "spool").iterdir(), *(tmp_path / "keys").iterdir()]
    assert [0o600] * 2 == [path.stat().st_mode & 0o777 for path in files]
    assert [0o700] * 2 == [(tmp_path / name).stat().st_mode & 0o777 for name in ("spool", "keys")]


def test_segment_holds_one_hour(spool: Spool, tmp_path: Path, clock: _Clock) -> None:
    spool.append([b"one"])
    clock.now += timedelta(minutes=59, seconds=59)
    spool.append([b"two"])
    clock.now += timedelta(seconds=1)
    spool.append([b"three"])
    assert [2, 1] == [len(held) for held in _read(tmp_path)]
    assert [12, 13] == [hour.hour for hour, _ in segments(tmp_path).values()]


def test_time_of_receipt_never_goes_back(spool: Spool, tmp_path: Path, clock: _Clock) -> None:
    spool.append([b"one"])
    clock.now -= timedelta(days=400)
    spool.append([b"two"])
    assert [NOON, NOON] == [received for held in _read(tmp_path) for received, _ in held]


def test_restart_takes_what_was_open_as_whole_and_goes_on_with_the_numbers(
    spool: Spool, tmp_path: Path, clock: _Clock
) -> None:
    spool.append([b"one"])
    again = Spool(tmp_path, tmp_path / "keys", clock)
    again.start()
    again.append([b"two"])
    assert [(".spool", 1), (".open", 2)] == [(path.suffix, n) for path, (_, n) in segments(tmp_path).items()]


def test_restart_with_a_clock_that_went_back_does_not_reopen_an_hour(
    spool: Spool, tmp_path: Path, clock: _Clock
) -> None:
    spool.append([b"one"])
    clock.now -= timedelta(hours=5)
    again = Spool(tmp_path, tmp_path / "keys", clock)
    again.start()
    again.append([b"two"])
    assert {12} == {hour.hour for hour, _ in segments(tmp_path).values()}


def test_large_segment_is_followed_by_another(tmp_path: Path, clock: _Clock) -> None:
    spool = Spool(tmp_path, tmp_path / "keys", clock, largest=1000)
    spool.start()
    for _ in range(4):
        spool.append([bytes(600)])
    assert [2, 2] == [len(held) for held in _read(tmp_path)]


@pytest.mark.parametrize("call", ["write", "fdatasync"])
def test_failed_write_takes_nothing_away_and_reuses_no_key(
    spool: Spool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    spool.append([b"one"])

    def fail(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, call, fail)
        with pytest.raises(OSError, match="No space left"):
            spool.append([b"two"])
    spool.append([b"three"])
    assert [[b"one"], [b"three"]] == [[data for _, data in held] for held in _read(tmp_path)]
    keys = [path.read_bytes() for path in (tmp_path / "keys").iterdir()]
    assert 2 == len(set(keys))


def test_half_written_record_is_cut_off(spool: Spool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool.append([b"one"])
    real, calls = os.write, []

    def half(descriptor: int, data: memoryview) -> int:
        calls.append(1)
        if len(calls) > 1:
            raise OSError(28, "No space left on device")
        return real(descriptor, data[: len(data) // 2])

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", half)
        with pytest.raises(OSError, match="No space left"):
            spool.append([bytes(500)])
    (path,) = segments(tmp_path)
    segment = open_segment(path, tmp_path / "keys")
    assert [b"one"] == [data for _, data in segment.records()]
    assert 0 == segment.torn


def test_segment_without_its_key_is_named(spool: Spool, tmp_path: Path) -> None:
    spool.append([b"one"])
    (path,) = segments(tmp_path)
    next((tmp_path / "keys").iterdir()).unlink()
    with pytest.raises(MonitorError, match="without its key"):
        open_segment(path, tmp_path / "keys")


def test_dropped_segment_leaves_no_key(spool: Spool, tmp_path: Path) -> None:
    spool.append([b"one"])
    (path,) = segments(tmp_path)
    drop_segment(path, tmp_path / "keys")
    assert [] == [*(tmp_path / "keys").iterdir(), *(tmp_path / "spool").iterdir()]


def test_keys_without_a_segment_are_cleared(spool: Spool, tmp_path: Path, clock: _Clock) -> None:
    spool.append([b"one"])
    (tmp_path / "keys/2026-11-28T12-000000000009.key").write_bytes(bytes(32))
    (tmp_path / "keys/mine.txt").write_bytes(b"")
    Spool(tmp_path, tmp_path / "keys", clock).start()
    names = sorted(path.name for path in (tmp_path / "keys").iterdir())
    assert ["2026-11-28T12-000000000001.key", "mine.txt"] == names


def test_hour_is_complete_once_nothing_of_it_waits(spool: Spool, tmp_path: Path, clock: _Clock) -> None:
    assert clock.now - timedelta(minutes=1) == stored_until(tmp_path, clock.now)
    spool.append([b"one"])
    later = clock.now + timedelta(hours=3)
    assert NOON == stored_until(tmp_path, later)
    drop_segment(next(iter(segments(tmp_path))), tmp_path / "keys")
    assert later - timedelta(minutes=1) == stored_until(tmp_path, later)
