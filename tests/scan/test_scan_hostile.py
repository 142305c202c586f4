"""Input that is damaged, huge or made to hurt: it ends, in bounded memory, and everything missed is counted."""

import gzip
import hashlib
import json
import os
import resource
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accord.errors import ScanError
from accord.scan.reading import PRESETS, limits
from accord.scan.reading.pages import dictionary_size

Read = Callable[..., Any]


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


def test_a_line_of_a_gigabyte_is_passed_over(read: Read, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with path.open("wb") as file:
        file.write(b'{"text": "before"}\n')
        file.seek(1 << 30, os.SEEK_CUR)  # a hole, which reads as zeros
        file.write(b'\n{"text": "after"}\n')
    before = _peak()
    rows, tally = read(path)
    assert [(0, "before"), (2, "after")] == [(r["row"], r["text"]) for r in rows]
    assert (3, {"is longer than the limit": 1}) == (tally.rows, tally.reasons)
    assert _peak() - before < 200 << 20


def test_bad_rows_are_counted_by_reason_and_place(read: Read, tmp_path: Path) -> None:
    lines = [
        b'{"text": "a"}', b"", b"not json", b'{"text": "\xff"}', b'{"texts": "other"}', b"[1, 2]", b'{"text": 7}',
        b'{"text": null}', b"[" * 100_000, b'{"text": "\\ud800"}', b'"a bare text"', b'{"text": "z"}', b'{"text": "cut',
    ]  # fmt: skip
    (tmp_path / "a.jsonl").write_bytes(b"\n".join(lines))
    rows, tally = read(tmp_path / "a.jsonl")
    assert [(0, "a"), (9, "\ufffd"), (10, "a bare text"), (11, "z")] == [(r["row"], r["text"]) for r in rows]
    found = {row["row"]: row["reason"] for row in tally.take("a").to_pylist()}
    assert {
        2: "is not JSON", 3: "is not UTF-8", 4: "has none of the columns that hold texts", 5: "is not JSON",
        6: "holds something else where a text is expected", 8: "is nested too deep", 12: "is not JSON",
    } == found  # fmt: skip
    assert 12 == tally.rows


def test_texts_in_parquet_that_are_not_utf8_are_counted(read: Read, tmp_path: Path) -> None:
    values = pa.array([b"good", b"\xff\xfe", b"also good", None], pa.binary())
    text = pa.StringArray.from_buffers(4, *[values.buffers()[n] for n in (1, 2, 0)])
    pq.write_table(pa.table({"text": text}), tmp_path / "a.parquet")
    rows, tally = read(tmp_path / "a.parquet")
    assert [(0, "good"), (2, "also good")] == [(r["row"], r["text"]) for r in rows]
    assert (4, {"is not UTF-8": 1}) == (tally.rows, tally.reasons)


def test_a_schema_that_changes_from_file_to_file(read: Read, tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": ["a"]}), tmp_path / "1.parquet")
    pq.write_table(pa.table({"text": [1]}), tmp_path / "2.parquet")
    pq.write_table(pa.table({"text": [["b"]], "more": [1]}), tmp_path / "3.parquet")
    pq.write_table(pa.table({"nothing": ["c"]}), tmp_path / "4.parquet")
    rows, tally = read(tmp_path)
    assert [("1.parquet", "a"), ("3.parquet", "b")] == [(r["source"], r["text"]) for r in rows]
    assert {"holds something else where a text is expected": 1, "is of no known form": 1} == tally.reasons


@pytest.mark.parametrize("form", ["parquet", "arrow", "jsonl.gz", "json", "eval"])
def test_a_file_that_is_cut_off_gives_what_came_before(read: Read, tmp_path: Path, form: str) -> None:
    whole = tmp_path / f"whole.{form}"
    rows = [{"text": f"text {hashlib.sha256(bytes([n % 251, n // 251])).hexdigest()}"} for n in range(9000)]
    table = pa.Table.from_pylist(rows)
    if form == "parquet":
        pq.write_table(table, whole)
    elif form == "arrow":
        with pa.OSFile(str(whole), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table, max_chunksize=500)
    elif form == "eval":
        with zipfile.ZipFile(whole, "w") as archive:
            archive.writestr("samples/1.json", json.dumps({"messages": []}))
    else:
        data = json.dumps(rows).encode() if form == "json" else b"".join(json.dumps(r).encode() + b"\n" for r in rows)
        whole.write_bytes(gzip.compress(data) if form.endswith("gz") else data)
    (tmp_path / "cut").mkdir()
    (tmp_path / "cut" / f"a.{form}").write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    found, tally = read(tmp_path / "cut")
    assert {"is damaged or cut off: nothing after it was read": 1} == tally.reasons
    assert (form in {"arrow", "jsonl.gz", "json"}) == (0 < len(found) < 9000)


def test_a_row_group_that_is_damaged_does_not_hide_the_others(read: Read, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    table = pa.table({"text": [f"{n} {hashlib.sha256(bytes([n % 251, n // 251])).hexdigest()}" for n in range(300)]})
    pq.write_table(table, path, row_group_size=100, use_dictionary=False)
    start = pq.ParquetFile(path).metadata.row_group(1).column(0).data_page_offset
    data = bytearray(path.read_bytes())
    data[start : start + 200] = b"\xff" * 200
    path.write_bytes(data)
    rows, tally = read(path)
    assert [*range(100), *range(200, 300)] == [r["row"] for r in rows]
    assert {"is damaged or cut off: nothing after it was read": 1} == tally.reasons


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make bombs cheap to build: what any file may unpack to is a hundredth of what it is."""
    monkeypatch.setattr(limits, "UNPACKED", 10 << 20)


@pytest.mark.usefixtures("small")
def test_a_packed_file_that_swells_is_stopped(read: Read, tmp_path: Path) -> None:
    line = json.dumps({"text": "a" * 100_000}).encode() + b"\n"
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(line * 400))
    rows, tally = read(tmp_path / "a.jsonl.gz")
    assert {"unpacks to more than the limit": 1} == tally.reasons
    assert 100 <= len(rows) <= 110


@pytest.mark.usefixtures("small")
def test_an_archive_whose_members_share_their_bytes_is_stopped(read: Read, tmp_path: Path) -> None:
    path = tmp_path / "a.eval"
    sample = json.dumps({"messages": [{"role": "user", "content": "a" * 2_000_000}]})
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("samples/0.json", sample)
        for number in range(1, 40):
            copy = zipfile.ZipInfo(f"samples/{number}.json")
            for name in ("header_offset", "CRC", "compress_size", "file_size", "compress_type"):
                setattr(copy, name, getattr(archive.infolist()[0], name))
            archive.filelist.append(copy)
            archive.NameToInfo[copy.filename] = copy
        vars(archive)["_didModify"] = True  # so that the forged list is written
    rows, tally = read(path)
    assert {"unpacks to more than the limit": 1} == tally.reasons
    assert len(rows) < 10


def test_a_dictionary_that_stands_in_every_row_is_stopped(read: Read, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    entry = pa.array(["a" * (8 << 20)])
    table = pa.table({"text": pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int32()), 200_000), entry)})
    pq.write_table(table, path, compression="zstd", dictionary_pagesize_limit=1 << 30, store_schema=False)
    assert path.stat().st_size < 1 << 20
    before = _peak()
    rows, tally = read(path)
    assert {"unpacks to more than the limit": 1} == tally.reasons
    assert len(rows) < 100
    assert _peak() - before < 3 << 30


def test_the_size_of_a_dictionary_is_read_from_its_page(tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": ["abc" * 100, "x"]}), tmp_path / "a.parquet", compression="none")
    column = pq.ParquetFile(tmp_path / "a.parquet").metadata.row_group(0).column(0)
    with (tmp_path / "a.parquet").open("rb") as file:
        assert 300 + 4 + 1 + 4 == dictionary_size(file, column.dictionary_page_offset)


def test_a_pipe_does_not_hang(read: Read, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "a"}\n')
    os.mkfifo(tmp_path / "b.jsonl")
    rows, tally = read(tmp_path)
    assert (["a"], {"is not a file that can be opened": 1}) == ([r["text"] for r in rows], tally.reasons)


def test_a_quote_that_is_never_closed(read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accord.scan.reading.csv_files.LONGEST", 10_000)
    (tmp_path / "a.csv").write_text('text\ngood\n"never closed\n' + "more\n" * 10_000)
    rows, tally = read(tmp_path / "a.csv")
    assert ("good", {"is longer than the limit": 1}) == (rows[0]["text"], tally.reasons)


@pytest.mark.parametrize("header", [b"a\rb\n", b"te\xffxt\n"])
def test_a_table_without_a_header_that_can_be_read(read: Read, tmp_path: Path, header: bytes) -> None:
    (tmp_path / "a.csv").write_bytes(header + b"x\n")
    rows, tally = read(tmp_path / "a.csv")
    assert ([], 1) == (rows, sum(tally.reasons.values()))


def test_a_conversation_that_is_nested_without_end(read: Read, tmp_path: Path) -> None:
    talk: Any = "deep"
    for _ in range(60):
        talk = {"content": [talk]}
    (tmp_path / "a.jsonl").write_text(json.dumps({"messages": talk}) + '\n{"messages": "shallow"}\n')
    rows, tally = read(tmp_path / "a.jsonl")
    assert (["shallow"], {"is nested too deep": 1}) == ([r["text"] for r in rows], tally.reasons)


@pytest.mark.parametrize("form", ["jsonl", "json", "csv", "parquet", "arrow", "eval", "jsonl.zst", "jsonl.xz", "tsv"])
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=200), head=st.sampled_from([b"", b"PAR1", b"ARROW1\0\0", b"PK\x03\x04", b"{", b"["]))
def test_any_bytes_are_read_or_refused(read: Read, tmp_path: Path, form: str, data: bytes, head: bytes) -> None:
    (tmp_path / f"a.{form}").write_bytes(head + data)
    rows, tally = read(tmp_path / f"a.{form}")
    assert isinstance(rows, list)
    assert tally.rows >= sum(tally.reasons.values())


_KEYS = ["text", "messages", "role", "content", "attributes", "resourceSpans", "scopeSpans", "spans", "key", "value",
         "events", "body", "input", "output", "trace_id", "time"]  # fmt: skip
_TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_TREES, max_size=4))
def test_any_json_is_read_or_counted(read: Read, tmp_path: Path, rows: list[Any]) -> None:
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    for preset in ("text", "messages", "otlp", "langfuse"):
        _, tally = read(tmp_path / "a.jsonl", columns=PRESETS[preset])
        assert len(rows) == tally.rows


def test_where_no_columns_are_known_it_says_what_to_do(run: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"x": 1}\n')
    with pytest.raises(ScanError, match="which columns hold texts"):
        run(tmp_path / "a.jsonl")
