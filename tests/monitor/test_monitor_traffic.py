"""Traffic from a folder: tables of texts, the receiver's parts, detectors that look, and what cannot be read."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from traffic_scene import Scene
from traffic_scene import Traffic as Drawn

from accord.errors import MonitorError
from accord.monitor.schema import RECEIVED, VERSION, VERSION_KEY
from accord.monitor.traffic import AHEAD, UNDATED, UNREADABLE, Traffic, detect, given, read_traffic
from accord.scan.detectors import load_detectors
from accord.scan.rows import FINDINGS, TEXTS

START = datetime(2026, 11, 1, tzinfo=UTC)
NOW = START + timedelta(days=2)


def _nothing(_texts: pa.Table) -> pa.Table:
    return FINDINGS.empty_table()


def _row(row: int, **changes: object) -> dict[str, Any]:
    base = {"source": "a", "row": row, "part": 0, "text": "hello", "role": "user", "time": START, "account": "u"}
    return {**base, "conversation": "c", "model": "m", **changes}


def _write(folder: Path, *rows: dict[str, Any], name: str = "a") -> None:
    table = pa.Table.from_pylist(list(rows), schema=TEXTS)
    pq.write_table(table, folder / f"{name}.parquet", compression="none", use_dictionary=False)


def _read(folder: Path, since: datetime = START, look: Callable[[pa.Table], pa.Table] = _nothing) -> Traffic:
    return read_traffic(folder, since, NOW, look)


def test_users_texts_without_findings_are_not_kept(tmp_path: Path) -> None:
    _write(tmp_path, _row(0), _row(1, role="assistant", text="an answer"), _row(2, role="tool", text="an answer"))
    texts = _read(tmp_path).texts["text"].to_pylist()
    assert "" == texts[0]
    assert "an answer" not in texts
    assert texts[1] == texts[2] != ""


def test_texts_with_findings_are_kept(tmp_path: Path) -> None:
    _write(tmp_path, _row(0, text="make a chlorine gas bomb"), _row(1))
    found = {"source": "a", "row": 0, "part": 0, "detector": "d", "label": "l", "start": 0, "end": 1, "score": 1.0}
    traffic = _read(tmp_path, look=lambda _: pa.Table.from_pylist([found], schema=FINDINGS))
    assert ["make a chlorine gas bomb", ""] == traffic.texts["text"].to_pylist()


def test_instructions_of_the_organisation_are_left_alone(tmp_path: Path) -> None:
    _write(tmp_path, _row(0, role="system"), _row(1, role=None))
    assert [1] == _read(tmp_path).texts["row"].to_pylist()


def test_what_is_older_is_passed_over_and_counts_what_has_no_time(tmp_path: Path) -> None:
    _write(tmp_path, _row(0), _row(1, time=None), name="old")
    _write(tmp_path, _row(2, time=NOW), _row(3, time=START), name="new")
    traffic = _read(tmp_path, START + timedelta(hours=1))
    assert ([2], {UNDATED: 1}) == (traffic.texts["row"].to_pylist(), traffic.left_out)


def test_a_clock_that_is_a_little_ahead_is_forgiven(tmp_path: Path) -> None:
    _write(tmp_path, _row(0, time=NOW + timedelta(minutes=4)), _row(1, time=NOW + timedelta(minutes=6)))
    traffic = _read(tmp_path)
    assert ([0], {AHEAD: 1}) == (traffic.texts["row"].to_pylist(), traffic.left_out)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"PAR1" + b"\0" * 60 + b"PAR1"),
        lambda path: path.write_bytes(path.read_bytes()[:-20]),
        lambda path: path.write_bytes(path.read_bytes().replace(b"hello", b"\xff\xfe\xfd\xfc\xfb")),
        lambda path: pq.write_table(pa.table({"other": [1]}), path),
        lambda path: pq.write_table(pa.table({"time": [1], "text": ["x"]}), path),
        lambda path: (path.unlink(), path.symlink_to("nowhere")),
    ],
    ids=["empty", "no footer", "torn", "not UTF-8", "other columns", "few columns", "gone"],
)
def test_file_that_cannot_be_read_is_counted_and_stops_nothing(tmp_path: Path, spoil: Callable[[Path], object]) -> None:
    _write(tmp_path, _row(0), name="bad")
    _write(tmp_path, _row(1), name="good")
    spoil(tmp_path / "bad.parquet")
    traffic = _read(tmp_path)
    assert ({UNREADABLE: 1}, [1]) == (traffic.left_out, traffic.texts["row"].to_pylist())


def test_schema_that_changes_between_files_is_read_where_it_can_be(tmp_path: Path) -> None:
    _write(tmp_path, _row(0), name="a")
    wider = pa.Table.from_pylist([_row(1)], schema=TEXTS).append_column("extra", pa.array([1]))
    pq.write_table(wider.set_column(3, "text", wider["text"].cast(pa.string())), tmp_path / "b.parquet")
    assert [0, 1] == _read(tmp_path).texts["row"].to_pylist()


def test_a_faulty_detector_is_no_unreadable_file(tmp_path: Path) -> None:
    _write(tmp_path, _row(0))

    def fail(_texts: pa.Table) -> pa.Table:
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        _read(tmp_path, look=fail)


def test_no_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(MonitorError, match="no folder of traffic"):
        _read(tmp_path / "none")


def test_the_digest_is_of_the_files(tmp_path: Path) -> None:
    _write(tmp_path, _row(0))
    one = _read(tmp_path).sha256
    _write(tmp_path, _row(0, text="other"))
    assert one != _read(tmp_path).sha256


def _span(texts: list[tuple[str, str | None, str]], **changes: object) -> dict[str, Any]:
    said = [{"place": place, "role": role, "text": text} for place, role, text in texts]
    base = {"trace_id": b"t" * 16, "span_id": b"s" * 8, "received": START, "name": "chat", "finish": [], "redacted": 0}
    return {**base, "account": "u", "conversation": "c", "attributes": [], "texts": said, **changes}


def _received(folder: Path, *spans: dict[str, Any]) -> None:
    day = folder / "parts" / "2026-11-01"
    day.mkdir(parents=True)
    table = pa.Table.from_pylist(list(spans), schema=RECEIVED)
    pq.write_table(table.replace_schema_metadata({VERSION_KEY: VERSION.encode()}), day / "00-000000000001.parquet")


def test_received_spans_become_texts_without_what_the_sender_repeats(tmp_path: Path) -> None:
    history = [("input", "user", "first"), ("input", "assistant", "old answer"), ("input", "user", "second")]
    _received(
        tmp_path,
        _span(
            [("instructions", "system", "be kind"), ("input", "user", "first"), ("output", "assistant", "old answer")]
        ),
        _span([*history, ("output", "assistant", "new answer")]),
        _span([]),
        _span([("arguments", "assistant", "{}"), ("result", "tool", "ok")], account=None),
    )
    texts = _read(tmp_path).texts.to_pylist()
    assert [(0, 1), (0, 2), (1, 2), (1, 3), (3, 0), (3, 1)] == [(t["row"], t["part"]) for t in texts]
    assert {"parts/2026-11-01/00-000000000001.parquet"} == {t["source"] for t in texts}
    assert ["u", None] == [texts[0]["account"], texts[-1]["account"]]
    assert {START} == {t["time"] for t in texts}


def test_detectors_look_at_whole_texts_and_say_where(tmp_path: Path) -> None:
    _write(tmp_path, _row(0), _row(5, part=2, text="write to jane.doe@example.com or joe@example.org"), _row(6))
    found = _read(tmp_path, look=detect(load_detectors(["personal-data"]))).findings
    assert FINDINGS == found.schema
    assert {("a", 5, 2, "personal-data", "email")} == {
        (f["source"], f["row"], f["part"], f["detector"], f["label"]) for f in found.to_pylist()
    }


def test_findings_of_a_scan_are_looked_up(tmp_path: Path) -> None:
    scene: Scene = Drawn(1, START, 1, daily=100).scene()
    (tmp_path / "traffic").mkdir()
    (tmp_path / "findings").mkdir()
    pq.write_table(scene.texts, tmp_path / "traffic" / "a.parquet")
    pq.write_table(scene.findings, tmp_path / "findings" / "f.parquet")
    traffic = _read(tmp_path / "traffic", look=given(tmp_path / "findings", {"answers"}))
    assert {"answers"} == set(traffic.findings["detector"].to_pylist())
    assert scene.findings["detector"].to_pylist().count("answers") == traffic.findings.num_rows


def test_findings_that_cannot_be_read_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "f.parquet").write_bytes(b"no table")
    with pytest.raises(MonitorError, match="Findings cannot be read"):
        given(tmp_path, {"answers"})
