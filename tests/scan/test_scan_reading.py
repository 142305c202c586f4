"""Every form that is read, each as a real small file."""

import bz2
import csv
import gzip
import json
import lzma
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inspect_ai.log import EvalConfig, EvalDataset, EvalLog, EvalSample, EvalSpec, write_eval_log
from inspect_ai.model import ChatMessageAssistant, ChatMessageUser, ModelOutput

from accord.errors import ScanError
from accord.scan.reading import PRESETS, choose_columns
from accord.scan.reading.accounts import seal_account
from accord.scan.reading.columns import detect_preset
from accord.scan.reading.lines import split_lines
from accord.scan.reading.moments import as_moment
from accord.scan.reading.sources import find_sources
from accord.scan.rows import TEXTS

Read = Callable[..., Any]
ROWS = [{"text": f"text {n} é日本"} for n in range(20)]
DATA = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ROWS).encode()


def _said(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(r["row"], r["part"], r["role"], r["text"]) for r in rows]


_PACK: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
}


def _compress_zstd(data: bytes, path: Path) -> None:
    with pa.OSFile(str(path), "wb") as sink, pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)


@pytest.mark.parametrize("suffix", ["", ".gz", ".bz2", ".xz", ".zst"])
def test_lines_are_read_plain_and_compressed(read: Read, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.jsonl{suffix}"
    if suffix == ".zst":
        _compress_zstd(DATA, path)
    else:
        pack = _PACK[suffix]
        # Two members, one after the other, are one file to every tool.
        path.write_bytes(pack(DATA[:300]) + pack(DATA[300:]))
    rows, tally = read(path)
    assert [(n, 0, None, ROWS[n]["text"]) for n in range(20)] == _said(rows)
    assert (20, {}) == (tally.rows, tally.reasons)


def test_what_a_batch_holds_is_of_the_schema(read: Read, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(DATA)
    assert [field.name for field in TEXTS] == list(read(tmp_path)[0][0])


def test_parquet_in_bulk_and_row_by_row_read_the_same(read: Read, tmp_path: Path) -> None:
    columns = {
        "text": ["a", None, "c\u00e9", "d"],
        "role": ["user", "gpt", "SYSTEM", "nobody"],
        "user_id": [1, None, 3, 3],
        "user": ["x", "y", None, "z"],
        "timestamp": pa.array([1764000000, None, 3, 4], pa.timestamp("s")),
        "model": ["m", "m", None, "n"],
    }
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    key = b"0" * 32
    bulk, _ = read(tmp_path / "a.parquet", key=key)
    rows = [
        {name: column[n].as_py() if isinstance(column, pa.Array) else column[n] for name, column in columns.items()}
        for n in range(4)
    ]
    (tmp_path / "a.parquet").unlink()
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row, default=str) + "\n" for row in rows))
    slow, _ = read(tmp_path / "a.jsonl", key=key)
    assert [{**row, "source": ""} for row in slow] == [{**row, "source": ""} for row in bulk]
    assert ["user", "system", None] == [row["role"] for row in bulk]
    assert datetime.fromtimestamp(1764000000, UTC) == bulk[0]["time"]
    assert seal_account("1", key) == bulk[0]["account"]


def test_accounts_are_left_out_without_a_key(read: Read, tmp_path: Path, lines: Callable[..., Path]) -> None:
    path = lines(tmp_path / "a.jsonl", [{"text": "x", "user_id": "jo@example.org"}])
    assert [None] == [row["account"] for row in read(path)[0]]


def test_conversations_in_parquet(read: Read, tmp_path: Path) -> None:
    talk = [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "hi"}]
    pq.write_table(pa.table({"messages": [talk, None, talk[:1]]}), tmp_path / "a.parquet")
    expected = [(0, 0, "user", "hello"), (0, 1, "assistant", "hi"), (2, 0, "user", "hello")]
    assert expected == _said(read(tmp_path / "a.parquet")[0])


def test_csv_whose_cells_go_over_lines(read: Read, tmp_path: Path) -> None:
    with (tmp_path / "a.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([["prompt", "response"], ["a\nb", 'say "x"'], ["c", ""], ["only one"]])
    rows, tally = read(tmp_path / "a.csv")
    expected = [(0, 0, "user", "a\nb"), (0, 1, "assistant", 'say "x"'), (1, 0, "user", "c"), (1, 1, "assistant", "")]
    assert expected == _said(rows)
    assert {"does not fit its header": 1} == tally.reasons


def test_json_lists_are_read_item_by_item(read: Read, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(ROWS, indent=1, ensure_ascii=False))
    assert [row["text"] for row in ROWS] == [row["text"] for row in read(tmp_path / "a.json")[0]]


def test_a_hugging_face_dataset_on_disk(read: Read, tmp_path: Path) -> None:
    # As datasets.save_to_disk writes it: an Arrow stream, a list of the files, and files that are none of the data.
    folder = tmp_path / "train"
    folder.mkdir()
    table = pa.table({"instruction": ["do", "go"], "output": ["done", "gone"]})
    for name in ("data-00000-of-00001.arrow", "cache-1234.arrow"):
        with pa.OSFile(str(folder / name), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
    (folder / "state.json").write_text(json.dumps({"_data_files": [{"filename": "data-00000-of-00001.arrow"}]}))
    (folder / "dataset_info.json").write_text("{}")
    (tmp_path / "dataset_dict.json").write_text('{"splits": ["train"]}')
    rows, tally = read(tmp_path)
    assert ["do", "done", "go", "gone"] == [row["text"] for row in rows]
    assert (2, {"train/data-00000-of-00001.arrow"}) == (tally.rows, {row["source"] for row in rows})


def _eval_log(path: Path) -> None:
    output = ModelOutput.from_content("m", "the answer")
    messages = [ChatMessageUser(content="the question"), ChatMessageAssistant(content="the answer")]
    sample = EvalSample(id="s1", epoch=1, input="the question", target="x", messages=messages, output=output)
    spec = EvalSpec(
        created="2026-01-01T00:00:00+00:00", task="t", dataset=EvalDataset(), model="m", config=EvalConfig()
    )
    write_eval_log(EvalLog(eval=spec, samples=[sample]), str(path))


def test_an_inspect_log_as_inspect_writes_it(read: Read, tmp_path: Path) -> None:
    _eval_log(tmp_path / "a.eval")
    rows, tally = read(tmp_path / "a.eval")
    assert [(0, 0, "user", "the question"), (0, 1, "assistant", "the answer")] == _said(rows)
    assert ({}, "m") == (tally.reasons, rows[0]["model"])


_LANGFUSE = {
    "id": "o1",
    "traceId": "t1",
    "type": "GENERATION",
    "startTime": "2026-01-02T03:04:05.678Z",
    "userId": "u1",
    "input": [{"role": "system", "content": "be kind"}, {"role": "user", "content": "hello"}],
    "output": {"role": "assistant", "content": "hi"},
    "providedModelName": "gpt",
}
_SAID = [(0, 0, "system", "be kind"), (0, 1, "user", "hello"), (0, 2, "assistant", "hi")]


@pytest.mark.parametrize("form", ["jsonl", "json", "csv", "parquet"])
def test_langfuse_exports(read: Read, tmp_path: Path, lines: Callable[..., Path], form: str) -> None:
    path = tmp_path / f"a.{form}"
    flat = {k: json.dumps(v) if k in {"input", "output"} else v for k, v in _LANGFUSE.items()}
    if form == "jsonl":
        lines(path, [_LANGFUSE])
    elif form == "json":
        path.write_text(json.dumps([_LANGFUSE]))
    elif form == "csv":
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([list(flat), list(flat.values())])
    else:
        pq.write_table(pa.Table.from_pylist([flat]), path)
    rows, _ = read(path)
    assert _SAID == _said(rows)
    assert ("t1", "gpt", 678000) == (rows[0]["conversation"], rows[0]["model"], rows[0]["time"].microsecond)


def test_phoenix_exports_its_spans_with_dotted_columns(read: Read, tmp_path: Path) -> None:
    span = {
        "context.span_id": "1",
        "context.trace_id": "t1",
        "start_time": datetime(2026, 1, 1, tzinfo=UTC),
        "attributes.llm.model_name": "gpt",
        "attributes.input.value": '{"messages": "what is also in llm.input_messages"}',
        "attributes.llm.input_messages": [
            {"message.role": "system", "message.content": "be kind"},
            {"message.role": "user", "message.content": "hello"},
        ],
        "attributes.llm.output_messages": [{"message.role": "assistant", "message.content": "hi"}],
    }
    pq.write_table(pa.Table.from_pylist([span]), tmp_path / "a.parquet")
    rows, _ = read(tmp_path / "a.parquet")
    assert _SAID == _said(rows)
    assert ("t1", "gpt") == (rows[0]["conversation"], rows[0]["model"])


def test_openinference_spans_with_flattened_attributes(read: Read, tmp_path: Path, lines: Callable[..., Path]) -> None:
    attributes = {
        "llm.input_messages.0.message.role": "system",
        "llm.input_messages.0.message.content": "be kind",
        "llm.input_messages.1.message.role": "user",
        "llm.input_messages.1.message.contents.0.message_content.type": "text",
        "llm.input_messages.1.message.contents.0.message_content.text": "hello",
        "llm.output_messages.0.message.role": "assistant",
        "llm.output_messages.0.message.content": "hi",
        "something.unknown": "is passed by",
    }
    path = lines(tmp_path / "a.jsonl", [{"span_id": "1", "trace_id": "t", "attributes": attributes}])
    assert _SAID == _said(read(path)[0])


def _otlp(attributes: dict[str, Any], events: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    pairs = [{"key": key, "value": {"stringValue": value}} for key, value in attributes.items()]
    span = {"traceId": "t", "startTimeUnixNano": "1764000000123456789", "attributes": pairs, "events": events or []}
    return {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}


_CONVENTIONS = {
    "1.37": _otlp(
        {
            "gen_ai.system_instructions": json.dumps([{"type": "text", "content": "be kind"}]),
            "gen_ai.input.messages": json.dumps([{"role": "user", "parts": [{"type": "text", "content": "hello"}]}]),
            "gen_ai.output.messages": json.dumps([{"role": "assistant", "parts": [{"type": "text", "content": "hi"}]}]),
        }
    ),
    "1.28": _otlp(
        {},
        [
            {"name": name, "attributes": [{"key": "content", "value": {"stringValue": text}}]}
            for name, text in (
                ("gen_ai.system.message", "be kind"),
                ("gen_ai.user.message", "hello"),
                ("gen_ai.assistant.message", "hi"),
            )
        ],
    ),
    "1.26": _otlp(
        {},
        [
            {"name": "gen_ai.content.prompt", "attributes": [_pair]}
            for _pair in (
                {"key": "gen_ai.prompt", "value": {"stringValue": json.dumps(_LANGFUSE["input"])}},
                {"key": "gen_ai.completion", "value": {"stringValue": json.dumps(_LANGFUSE["output"])}},
            )
        ],
    ),
    "OpenLLMetry": _otlp(
        {
            "gen_ai.prompt.0.role": "system",
            "gen_ai.prompt.0.content": "be kind",
            "gen_ai.prompt.1.role": "user",
            "gen_ai.prompt.1.content": "hello",
            "gen_ai.completion.0.role": "assistant",
            "gen_ai.completion.0.content": "hi",
        }
    ),
}


@pytest.mark.parametrize("version", list(_CONVENTIONS))
def test_genai_spans_of_every_version_of_the_conventions(
    read: Read, tmp_path: Path, lines: Callable[..., Path], version: str
) -> None:
    rows, _ = read(lines(tmp_path / "a.jsonl", [_CONVENTIONS[version]]))
    assert _SAID == _said(rows)
    assert 123456 == rows[0]["time"].microsecond


def test_spans_in_a_table_with_a_map_of_attributes(read: Read, tmp_path: Path) -> None:
    kind = pa.map_(pa.string(), pa.string())
    table = pa.table(
        {
            "trace_id": ["t"],
            "span_id": ["s"],
            "start_time_unix_nano": pa.array([1764000000000000000], pa.int64()),
            "attributes": pa.array([[("gen_ai.prompt", "hello"), ("user.id", "u")]], kind),
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    rows, _ = read(tmp_path / "a.parquet", key=b"k")
    assert [(0, 0, "user", "hello")] == _said(rows)
    assert seal_account("u", b"k") == rows[0]["account"]


def test_a_local_uri_stays_a_uri(read: Read, tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    for name in ("a.jsonl", "b.jsonl", "_SUCCESS", ".hidden.jsonl", "c.txt"):
        (tmp_path / "logs" / name).write_bytes(DATA)
    whole, one = (read(f"{(tmp_path / 'logs').as_uri()}{tail}")[0] for tail in ("", "/b*.jsonl"))
    assert ({"a.jsonl", "b.jsonl"}, {"b.jsonl"}) == ({r["source"] for r in whole}, {r["source"] for r in one})
    sources, left_out = find_sources([(tmp_path / "logs").as_uri()])
    assert (True, ("c.txt",)) == (all(s.place.startswith("file://") for s in sources), left_out)


def test_names_are_counted_from_the_place(tmp_path: Path) -> None:
    for name in ("x/day=1/a.jsonl", "x/day=2/a.jsonl", "y/a.jsonl"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_bytes(DATA)
    found = {
        place: [s.name for s in find_sources([str(tmp_path / place)])[0]] for place in ("x", "x/*/*.jsonl", "y/a.jsonl")
    }
    both = ["day=1/a.jsonl", "day=2/a.jsonl"]
    assert {"x": both, "x/*/*.jsonl": both, "y/a.jsonl": ["a.jsonl"]} == found
    two = find_sources([str(tmp_path / "x"), str(tmp_path / "y")])[0]
    assert ["x/day=1/a.jsonl", "x/day=2/a.jsonl", "y/a.jsonl"] == [s.name for s in two]


@pytest.mark.parametrize("place", ["nothing", "empty", "*.nothing"])
def test_where_there_is_nothing_it_says_so(tmp_path: Path, place: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ScanError, match="nothing to scan"):
        find_sources([str(tmp_path / place)])


def test_columns_can_be_named(read: Read, tmp_path: Path, lines: Callable[..., Path]) -> None:
    path = lines(tmp_path / "a.jsonl", [{"body": {"said": "x"}, "who": "human", "uid": 7}])
    columns = choose_columns("", {"text": "body.said", "role": "who", "account": "uid"})
    rows, _ = read(path, columns=columns, key=b"k")
    assert [(0, 0, "user", "x")] == _said(rows)
    assert seal_account("7", b"k") == rows[0]["account"]


@pytest.mark.parametrize(("preset", "columns"), [("nonsense", {}), ("", {"nonsense": "x"}), ("", {"role": "who"})])
def test_columns_that_cannot_be_are_refused(preset: str, columns: dict[str, str]) -> None:
    with pytest.raises(ScanError):
        choose_columns(preset, columns)


def test_a_preset_is_found_by_what_it_reads() -> None:
    for name in ("messages", "conversation", "prompt-response", "preference", "text", "content", "instruction"):
        found = detect_preset([column for column, _ in PRESETS[name].texts])
        assert found is not None
        assert name == found.preset
    assert detect_preset(["a", "b"]) is None


@given(st.lists(st.binary(max_size=12).filter(lambda b: b"\n" not in b)), st.integers(1, 9), st.integers(1, 12))
def test_lines_are_the_same_however_the_bytes_come(rows: list[bytes], step: int, longest: int) -> None:
    data = b"".join(row + b"\n" for row in rows)
    chunks = [data[start : start + step] for start in range(0, len(data), step)]
    assert [row if len(row) <= longest else None for row in rows] == list(split_lines(chunks, longest))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1764000000, 1764000000), (1764000000.0, 1764000000), ("1764000000000", 1764000000),
        (1764000000000000, 1764000000), (1764000000000000000, 1764000000), ("2025-11-24T16:00:00Z", 1764000000),
        ("2025-11-24 16:00:00", 1764000000), (True, None), ("soon", None), (None, None), (float("nan"), None),
        (10**40, None), (-5, None), ([], None), ("9" * 5000, None),
    ],
)  # fmt: skip
def test_moments_in_every_form(value: object, expected: int | None) -> None:
    found = as_moment(value)
    assert expected == (int(found.timestamp()) if found else None)
