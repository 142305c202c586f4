"""Items of benchmarks are found by numbers alone, in texts that hold them."""

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accord.errors import ScanError
from accord.scan.whole.contamination import (
    Benchmark,
    ContaminationDetector,
    load_benchmarks,
    read_benchmark,
    sketch_benchmark,
)

ITEM = "Which of the two lighthouses on the northern cape was built before the harbour wall was finished, and by whom?"
OTHER = "How many turns must the winch of the old ferry make until the second rope is tight enough to hold the barge?"
BENCHMARK = sketch_benchmark("sea", "1.0", [ITEM, OTHER, "too short"])


def _found(text: str, *benchmarks: Benchmark) -> dict[str, float]:
    return {hit.label: hit.score for hit in ContaminationDetector(benchmarks or (BENCHMARK,)).look(text)}


def test_item_is_found_among_other_text_whatever_case_and_space() -> None:
    assert {"sea": 1.0} == _found(f"An exam from last year. {ITEM.upper()} Answer: the keeper.")
    assert {"sea": 1.0} == _found(ITEM.replace(" ", "\n  "))


def test_item_with_a_changed_word_is_still_found() -> None:
    assert 0.3 <= _found(ITEM.replace("harbour", "harbor"))["sea"] < 1


def test_other_text_is_not() -> None:
    assert {} == _found(
        "Two lighthouses stand on the cape. The harbour wall was finished later. Who built it is not known."
    )
    assert {} == _found("")


def test_text_of_the_items_is_not_in_the_file() -> None:
    data = BENCHMARK.to_bytes()
    assert not any(word.encode() in data for word in ITEM.split() if len(word) > 4)
    assert BENCHMARK == read_benchmark(data, "sea.json")
    assert 2 == len(BENCHMARK.items)


def test_phrase_of_many_items_is_no_item() -> None:
    frame = "Read the passage below with care and then answer in one short sentence of your own"
    made = sketch_benchmark("framed", "1", [f"{frame} {n} {OTHER} {n} {n} {ITEM[n:]}" for n in range(6)] + [frame] * 2)
    assert {} == _found(frame, made)


def test_japanese_items_are_found() -> None:
    item = "港の壁が完成する前に北の岬に建てられた二つの灯台のうち、どちらが先に建てられましたか。"
    assert {"ja": 1.0} == _found(f"去年の試験です。{item}答えは書かれていません。", sketch_benchmark("ja", "1", [item]))


def test_own_suites_are_there_and_another_of_the_same_name_is_refused(tmp_path: Path) -> None:
    names = {benchmark.name for benchmark in load_benchmarks()}
    assert {"accord-refusal", "accord-privacy", "accord-capability"} <= names
    (tmp_path / "sea.json").write_bytes(BENCHMARK.to_bytes())
    assert "sea" in {benchmark.name for benchmark in load_benchmarks([tmp_path / "sea.json"])}
    with pytest.raises(ScanError, match="same name"):
        load_benchmarks([tmp_path / "sea.json"] * 2)


GOOD = json.loads(BENCHMARK.to_bytes())


@pytest.mark.parametrize(
    "bad",
    [
        b"", b"[]", b"{}", b"\xff", b"[" * 100_000, json.dumps(GOOD | {"format": "x"}).encode(),
        json.dumps(GOOD | {"items": ["!"]}).encode(),
        json.dumps(GOOD | {"items": [base64.b64encode(b"abc").decode()]}).encode(),
        json.dumps(GOOD | {"items": [""]}).encode(), json.dumps(GOOD | {"name": "../x"}).encode(),
        json.dumps(GOOD | {"items": 5}).encode(), json.dumps(GOOD | {"name": "A\x1b"}).encode(),
    ],
)  # fmt: skip
def test_what_is_no_file_of_numbers_is_refused(bad: bytes) -> None:
    with pytest.raises(ScanError, match="no benchmark's numbers"):
        read_benchmark(bad, "bad.json")


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        read_benchmark(data, "x")
    except ScanError:
        return
    pytest.fail("random bytes are no benchmark")


def test_finding_depends_on_the_numbers() -> None:
    assert ContaminationDetector((BENCHMARK,)).sha256 != ContaminationDetector(()).sha256
