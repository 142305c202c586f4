"""From the spool to parts: exactly once through every crash, nothing in clear, and gone when its days are over."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from multiprocessing import Pipe
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from receiver_client import body, chat, make_span

from accord.errors import LedgerError, MonitorError
from accord.ledger.files import Disk
from accord.monitor.parts import Part, parts, segments, stored_until
from accord.monitor.schema import RECEIVED
from accord.monitor.spool import Spool
from accord.monitor.storing import store as storing
from accord.monitor.storing import worker
from accord.monitor.storing.retention import DELETED, retire
from accord.monitor.storing.store import Policy, Store
from accord.scan.reading.columns import detect_preset
from accord.scan.reading.tables import read_tables
from accord.scan.reading.tally import Tally

NOON = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
POLICY = Policy(("personal-data",), (), 30, b"salt" * 8)
ADDRESS = "bob@example.org"


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    made = Spool(tmp_path, tmp_path / "keys", lambda: NOON)
    made.start()
    return made


@pytest.fixture
def open_store(tmp_path: Path) -> Callable[[], Store]:
    """Return a function that opens the store as a process that starts does."""

    def make() -> Store:
        made = Store(tmp_path, tmp_path / "keys", POLICY)
        made.start(NOON)
        return made

    return make


def _store_all(store: Store) -> None:
    for path in store.waiting():
        store.store(path)


def _put(spool: Spool, *bodies: bytes) -> None:
    spool.append(bodies)
    spool.seal()


def _parts(folder: Path) -> list[Part]:
    return list(parts(folder, NOON - DAY, NOON + DAY))


def _ids(folder: Path) -> list[int]:
    rows = [row for part in _parts(folder) for row in pq.read_table(part.path).to_pylist()]
    return [int.from_bytes(row["span_id"], "big") - 1 for row in rows]


def test_segment_becomes_a_part_and_is_erased(spool: Spool, open_store: Callable[[], Store], tmp_path: Path) -> None:
    _put(spool, body(chat(1), chat(2)), body(chat(3), make_span(4, {"http.method": "GET"})))
    _store_all(open_store())
    (part,) = _parts(tmp_path)
    assert (NOON, 1) == (part.hour, part.number)
    assert RECEIVED.equals(pq.read_schema(part.path).remove_metadata())
    assert {"spans": 3, "texts": 6, "other": 1, "untimed": 3} == dict(part.counts)
    assert [] == [*(tmp_path / "spool").iterdir(), *(tmp_path / "keys").iterdir()]
    assert NOON + DAY - timedelta(minutes=1) == stored_until(tmp_path, NOON + DAY)


def test_nothing_personal_is_ever_on_the_disk_in_clear(
    spool: Spool, open_store: Callable[[], Store], tmp_path: Path
) -> None:
    _put(spool, body(chat(1, f"I am {ADDRESS}", **{"user.id": "alice-the-user"})))
    before = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    _store_all(open_store())
    (part,) = _parts(tmp_path)
    table = pq.read_table(part.path)
    after = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    for held in (*before, *after, str(table.to_pylist()).encode()):
        assert ADDRESS.encode() not in held
        assert b"alice" not in held
    assert "I am [email]" == table["texts"][0].as_py()[0]["text"]
    assert {"email": 1} == {n.partition(".")[2]: c for n, c in part.counts.items() if n.startswith("redacted.")}
    assert ["personal-data"] == list(json.loads(pq.read_metadata(part.path).metadata[b"accord.redacted_by"]))


def test_part_is_read_by_a_scan(spool: Spool, open_store: Callable[[], Store], tmp_path: Path) -> None:
    _put(spool, body(chat(1, "Hi", "Hello", **{"user.id": "bob", "gen_ai.request.model": "m"}), chat(2, "Who?", "Me")))
    _store_all(open_store())
    (part,) = _parts(tmp_path)
    columns = detect_preset(RECEIVED.names)
    assert columns is not None
    tables = [(0, batch) for batch in pq.ParquetFile(part.path).iter_batches()]
    rows = [row for batch in read_tables(tables, "x", columns, Tally()) for row in batch.to_pylist()]
    assert [(0, 0, "Hi", "user"), (0, 1, "Hello", "assistant"), (1, 0, "Who?", "user"), (1, 1, "Me", "assistant")] == [
        (row["row"], row["part"], row["text"], row["role"]) for row in rows
    ]
    assert {(NOON, "m"), (NOON, None)} == {(row["time"], row["model"]) for row in rows}
    assert pq.read_table(part.path)["account"][0].as_py() == rows[0]["account"]


def test_only_the_owner_gets_at_parts(open_store: Callable[[], Store], tmp_path: Path) -> None:
    open_store()
    assert 0o700 == (tmp_path / "parts").stat().st_mode & 0o777


def test_span_that_comes_again_is_kept_once(spool: Spool, open_store: Callable[[], Store], tmp_path: Path) -> None:
    _put(spool, body(chat(1), chat(2), chat(1)))
    store = open_store()
    _store_all(store)
    _put(spool, body(chat(2), chat(3)))
    _store_all(store)
    _put(spool, body(chat(3), chat(4)))
    _store_all(open_store())  # after a restart too
    assert [1, 2, 3, 4] == _ids(tmp_path)
    assert [1, 1, 1] == [part.counts["duplicates"] for part in _parts(tmp_path)]


def test_crash_between_part_and_erasure_stores_nothing_twice(
    spool: Spool, open_store: Callable[[], Store], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _put(spool, body(chat(1)))
    with monkeypatch.context() as patch:
        patch.setattr(storing, "drop_segment", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            _store_all(open_store())
    _store_all(open_store())
    assert ([1], {}) == (_ids(tmp_path), segments(tmp_path))


def test_disk_that_fails_loses_nothing(
    spool: Spool, open_store: Callable[[], Store], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _put(spool, body(chat(1)))
    store = open_store()

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Disk, "sync", fail)
        with pytest.raises((OSError, LedgerError), match="No space left"):
            _store_all(store)
    assert [] == [path for path in (tmp_path / "parts").rglob("*") if path.is_file()]
    _store_all(store)
    assert ([1], {}) == (_ids(tmp_path), segments(tmp_path))


def test_segment_without_key_is_put_aside_and_the_others_go_on(
    spool: Spool, open_store: Callable[[], Store], tmp_path: Path
) -> None:
    _put(spool, body(chat(1)))
    _put(spool, body(chat(2)))
    (tmp_path / "keys/2026-11-28T12-000000000001.key").unlink()
    store = open_store()
    with pytest.raises(MonitorError, match="without its key"):
        _store_all(store)
    _store_all(store)
    assert [2] == _ids(tmp_path)
    assert [".damaged"] == [path.suffix for path in segments(tmp_path)]
    assert NOON + DAY - timedelta(minutes=1) == stored_until(tmp_path, NOON + DAY)


def test_segment_that_breaks_the_reader_is_put_aside_and_the_others_go_on(
    spool: Spool, open_store: Callable[[], Store], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _put(spool, body(chat(1)))
    _put(spool, body(chat(2)))
    store = open_store()
    real = store.store

    def breaks(path: Path) -> Mapping[str, int]:
        if path.stem.endswith("1"):
            raise ZeroDivisionError
        return real(path)

    monkeypatch.setattr(store, "store", breaks)
    ours, theirs = Pipe()
    assert worker._store_all(store, theirs)
    theirs.close()
    assert ("failed", "ZeroDivisionError at 2026-11-28T12-000000000001.spool") == ours.recv()
    assert "stored" == ours.recv()[0]
    ours.close()
    assert ([2], [".damaged"]) == (_ids(tmp_path), [path.suffix for path in segments(tmp_path)])


def test_changed_record_is_counted_and_the_others_are_kept(
    spool: Spool, open_store: Callable[[], Store], tmp_path: Path
) -> None:
    _put(spool, body(chat(1)), body(chat(2)))
    (path,) = segments(tmp_path)
    data = bytearray(path.read_bytes())
    data[20] ^= 1
    path.write_bytes(data + b"torn")
    _store_all(open_store())
    (part,) = _parts(tmp_path)
    assert ([2], 1, 4) == (_ids(tmp_path), part.counts["damaged"], part.counts["torn"])


def test_unfinished_files_are_cleared(open_store: Callable[[], Store], tmp_path: Path) -> None:
    open_store()
    day = tmp_path / "parts/2026-11-28"
    day.mkdir()
    (day / ".12-000000000001.parquet.tmp").write_bytes(b"half")
    open_store()
    assert [] == [path for path in tmp_path.rglob("*") if path.is_file()]


def test_many_spans_are_stored_in_bounded_groups(spool: Spool, open_store: Callable[[], Store], tmp_path: Path) -> None:
    _put(spool, *(body(*(chat(n * 1000 + i) for i in range(1000))) for n in range(10)))
    _store_all(open_store())
    (part,) = _parts(tmp_path)
    assert (10_000, list(range(10_000))) == (part.counts["spans"], _ids(tmp_path))
    assert pq.read_metadata(part.path).num_row_groups > 1


def test_parts_are_found_by_their_hour(spool: Spool, open_store: Callable[[], Store], tmp_path: Path) -> None:
    hours = [NOON, NOON + timedelta(hours=1), NOON + timedelta(hours=13)]
    moments = iter(hours)
    spool.clock = lambda: next(moments)
    for n, _ in enumerate(hours):
        _put(spool, body(chat(n)))
    _store_all(open_store())
    assert hours == [part.hour for part in _parts(tmp_path)]
    assert hours[1:2] == [part.hour for part in parts(tmp_path, hours[1], hours[2])]
    (tmp_path / "parts/notes").mkdir()
    (tmp_path / "parts/2026-11-28/x.parquet").write_bytes(b"")
    assert 3 == len(_parts(tmp_path))


def test_part_of_another_schema_is_named(spool: Spool, open_store: Callable[[], Store], tmp_path: Path) -> None:
    _put(spool, body(chat(1)))
    _store_all(open_store())
    (part,) = _parts(tmp_path)
    pq.write_table(pq.read_table(part.path).replace_schema_metadata({"accord.received": "9"}), part.path)
    with pytest.raises(MonitorError, match="no part that this Accord reads"):
        _ = part.counts


def test_parts_go_when_their_days_are_over_and_their_counts_stay(
    spool: Spool, open_store: Callable[[], Store], tmp_path: Path
) -> None:
    _put(spool, body(chat(1), chat(2)))
    _store_all(open_store())
    assert [] == list(retire(tmp_path, 30, NOON + 30 * DAY))
    late = NOON + 30 * DAY + timedelta(hours=2)
    assert 1 == len(list(retire(tmp_path, 30, late)))
    assert [] == list((tmp_path / "parts").iterdir())
    (line,) = (tmp_path / DELETED).read_text().splitlines()
    assert {
        "part": "2026-11-28/12-000000000001.parquet",
        "spans": 2,
        "days": 30,
        "deleted": f"{late:%Y-%m-%dT%H:%M:%SZ}",
    } == json.loads(line)
    assert [] == list(retire(tmp_path, 30, late))


def test_deletion_that_was_interrupted_is_told_once(
    spool: Spool, open_store: Callable[[], Store], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _put(spool, body(chat(1)))
    _store_all(open_store())
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            list(retire(tmp_path, 1, NOON + 3 * DAY))
    list(retire(tmp_path, 1, NOON + 3 * DAY))
    assert 1 == len((tmp_path / DELETED).read_text().splitlines())
    assert [] == _parts(tmp_path)


def test_part_that_cannot_be_read_is_deleted_all_the_same(
    spool: Spool, open_store: Callable[[], Store], tmp_path: Path
) -> None:
    _put(spool, body(chat(1)))
    _store_all(open_store())
    _parts(tmp_path)[0].path.write_bytes(b"not Parquet")
    list(retire(tmp_path, 1, NOON + 3 * DAY))
    assert json.loads((tmp_path / DELETED).read_text())["spans"] is None
