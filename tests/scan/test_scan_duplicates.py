"""Repeats: the same clusters in whatever order and parts the texts come."""

import random
from pathlib import Path

import pyarrow as pa
import pytest
from batches import make_texts
from hypothesis import given, settings
from hypothesis import strategies as st

from accord.scan.duplicates import CLUSTERS, Duplicates, sign_texts
from accord.scan.words import number_runs, split_words

WORDS = [f"word{n}" for n in range(400)]


def _text(chance: random.Random, size: int = 100) -> str:
    return " ".join(chance.choice(WORDS) for _ in range(size))


def _clusters(folder: Path, texts: pa.RecordBatch, order: list[int], size: int) -> pa.Table:
    folder.mkdir(exist_ok=True)
    duplicates = Duplicates(folder)
    for start in range(0, len(order), size):
        duplicates.add(sign_texts(texts.take(pa.array(order[start : start + size]))))
    return duplicates.close()


@pytest.fixture(scope="module")
def corpus() -> pa.RecordBatch:
    """Return 120 texts: ten are repeated word for word, ten with two words changed, and the rest stand alone."""
    chance = random.Random(7)  # noqa: S311 - texts, not secrets
    plain = [_text(chance) for _ in range(100)]
    near = []
    for text in plain[10:20]:
        words = text.split()
        words[3], words[60] = "one", "two"
        near.append(" ".join(words))
    return make_texts(*plain, *plain[:10], *near)


@given(seed=st.integers(0, 2**32), size=st.integers(1, 50))
@settings(max_examples=15)
def test_clusters_do_not_depend_on_order_or_parts(
    corpus: pa.RecordBatch, tmp_path_factory: pytest.TempPathFactory, seed: int, size: int
) -> None:
    order = list(range(len(corpus)))
    whole = _clusters(tmp_path_factory.mktemp("whole"), corpus, order, len(order))
    random.Random(seed).shuffle(order)  # noqa: S311 - texts, not secrets
    assert whole.equals(_clusters(tmp_path_factory.mktemp("parts"), corpus, order, size))
    assert whole.schema.equals(CLUSTERS)


def test_planted_repeats_are_found_and_nothing_else(corpus: pa.RecordBatch, tmp_path: Path) -> None:
    rows = _clusters(tmp_path, corpus, list(range(len(corpus))), 16).to_pylist()
    assert {*range(10), *range(100, 110)} == {r["row"] for r in rows if r["row"] < 10 or 100 <= r["row"] < 110}
    assert 10 == sum(r["label"] == "exact" for r in rows)
    assert {"exact"} == {r["label"] for r in rows if 100 <= r["row"] < 110}
    near = {r["row"] for r in rows if r["label"] == "near"}
    assert near <= set(range(110, 120))
    assert len(near) >= 8  # two changed words leave a similarity of 0.81, which the estimate misses now and then
    assert all(0.7 < r["score"] < 1 for r in rows if r["label"] == "near")


def test_short_texts_repeat_only_word_for_word(tmp_path: Path) -> None:
    rows = _clusters(tmp_path, make_texts("Yes.", "Yes.", "Yes!", ""), [0, 1, 2, 3], 2).to_pylist()
    assert [(0, "first"), (1, "exact")] == [(r["row"], r["label"]) for r in rows]


@pytest.mark.parametrize("rows", [(), ("one text alone",)])
def test_nothing_to_repeat(tmp_path: Path, rows: tuple[str, ...]) -> None:
    assert 0 == _clusters(tmp_path, make_texts(*rows), list(range(len(rows))), 1).num_rows


def test_many_alike_are_one_cluster(tmp_path: Path) -> None:
    text = _text(random.Random(3))  # noqa: S311 - texts, not secrets
    texts = make_texts(*(f"{text} number {n}" for n in range(300)))
    table = _clusters(tmp_path, texts, list(range(300)), 300)
    assert (300, 1) == (table.num_rows, len(set(table.column("cluster").to_pylist())))


@given(st.lists(st.sampled_from(["a", "bb", "漢", "字", "ccc"]), max_size=30), st.integers(1, 20))
def test_numbers_of_runs_are_those_of_equal_runs(words: list[str], weight: int) -> None:
    def spelled(start: int) -> tuple[str, ...] | None:
        total, taken = 0, []
        for word in words[start:]:
            taken.append(word)
            total += 1 if word in "漢字" else 2
            if total >= weight:
                return tuple(taken)
        return None

    runs = [run for n in range(len(words)) if (run := spelled(n))]
    numbers = number_runs(words, weight).tolist()
    assert len(runs) == len(numbers)
    assert len(set(runs)) == len(set(numbers))
    assert len({*zip(runs, numbers, strict=True)}) == len(set(runs))


def test_words_of_compatibility_forms_are_one() -> None:
    assert split_words("\uff37\uff4f\uff52\uff44 word WORD") == ["word"] * 3
    assert split_words("漢字 a_b c-d") == ["漢", "字", "a", "b", "c", "d"]


def test_numbers_are_the_same_for_ever() -> None:
    assert [5284679287904075154] == number_runs(split_words("one two three four five six seven eight")).tolist()
