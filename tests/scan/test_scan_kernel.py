"""The kernel finds what one pass of `re` for each pattern finds in each text alone: the same spans, no others."""

import pickle
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accord.scan.patterns import PatternDetector, automaton, kernel, personal_data, secrets, terms
from accord.scan.patterns.kernel import Kernel, Span
from accord.scan.patterns.pattern import Pattern, PatternSet
from accord.scan.rows import TEXTS

Same = Callable[[Kernel, Sequence[bytes]], list[Span]]

TRICKY = Kernel(
    [
        Pattern(label=f"t{number}", regex=regex)
        for number, regex in enumerate(
            (
                r"\bab+\b".replace("+", "{1,9}"),
                r"^a[0-9]",
                r"[0-9]b$",
                r"(?<![0-9])[0-9]{3}(?![0-9])",
                r"(?<=a)b{2,4}?(?=c|$)",
                r"a.{0,5}b",
                r"(?s)a.{0,3}?1",
                r"(?i)AB|BC{2}|(?:ca){1,3}",
                r"[^a]{2,3}c",
                r"(?:a|ab)(?:c|bcd)?[0-9]",
                r"1(?:[ab]{1,3}|c)*?2".replace("*?", "{0,4}?"),
                r"(?>a{1,3})b",
                r"\d{2}-\d{2}|\d{4}",
                r"\Bb\B\w",
                r"[0-9](?:[ .]?[0-9]){6,9}(?![0-9])",
                r"(?<![A-Z0-9])[A-Z]{2}[0-9]{6}[A-Z]",
                r"[1-9][0-9]{7}",
                r"(?<!1)[0-9]{7,12}(?!2)",
                r"[0-9]{3}[ .][0-9]{4}",
                r"[0-9]{2}[0-9A-Z]{5}(?=a|$)",
                r"0[0-9]{8}|[0-9]{3}-[0-9]{5}",
                r"(?:[0-9]{4} ){2}",
                r"[0-9]{9}$",
                r"ab[a-d]{0,9}",
                r"[A-C]{1,20}[0-9]{7}",
                r"a[0-9]{1,3}(?!b|$)",
            )
        )
    ]
)
LETTERS = st.sampled_from(
    ["a", "b", "c", "A", "C", "1", "2", "0", "12", "1234567", "AB", " ", ".", "-", "\n", "d", "é"]
)
PIECES = st.sampled_from(
    [
        "a.b@example.org", "@", "x@y.z", "https://example.org/a_(b)", "www.example.com", "192.0.2.1", "::1", "1.2.3",
        "4111 1111 1111 1111", "4111", "DE89 3704 0044 0532 0130 00", "GB29NWBK60161331926819", "+1 212 555 0123",
        "(212) 555-0123", "030/23125-123", "03-5555-1234", "0", "12", "345-67", "536-22-8145", "SSN", "phone ", "tel ",
        "order ", "born ", "12.03.1985", "3 March 1985", "ghp_0123456789abcdefghij0123456789abcdef", "AKIA", "eyJ",
        "AKIAABCDEFGHIJKLMNOP", "password='f9Jq2LxV8tYw3Zb7'", "suicide", "Nazi", "爆薬", "電話", "é", "„", "“", " ",
        "\n", "\0", "-----BEGIN PRIVATE KEY-----", "A", "z", "7", "(", ")", "+", "\N{PILE OF POO}", "\u202e",
    ]
)  # fmt: skip
SHIPPED = [make()._kernel for make in (personal_data, secrets, terms)]


def rows(pieces: st.SearchStrategy[str]) -> st.SearchStrategy[list[bytes]]:
    return st.lists(st.lists(pieces, max_size=14).map(lambda row: "".join(row).encode()), max_size=30)


@given(rows(LETTERS))
@settings(max_examples=400, deadline=None)
def test_tricky_patterns(same: Same, texts: list[bytes]) -> None:
    same(TRICKY, texts)


@given(rows(PIECES))
@settings(max_examples=150, deadline=None)
def test_shipped_patterns(same: Same, texts: list[bytes]) -> None:
    for shipped in SHIPPED:
        same(shipped, texts)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200))
@settings(max_examples=100, deadline=None)
def test_any_text(same: Same, text: str) -> None:
    for shipped in [*SHIPPED, TRICKY]:
        same(shipped, [text.encode(), b"", text[::-1].encode()])


def test_corners(same: Same) -> None:
    """A match that is longer than what is reported, one that looks just beyond, one that begins far before."""
    texts = [
        b"abccabcab abcdabcdabcdab",
        b"3345678903452",
        b"ACBACBACBACBACBACBA1234567",
        b"a123a12a1ba",
        b"12345671 1234567",
    ]
    assert same(TRICKY, [*texts, *(text + b"\n" for text in texts), b"2".join(texts)])


def test_stretches_are_in_order_and_lie_in_their_texts() -> None:
    text = b"a@example.org 4111 1111 1111 1111 192.0.2.1 +1 212 555 0123 536-22-8145 " + b"and so on. " * 200
    data, offsets = memoryview(text * 3), np.arange(4) * len(text)
    found, dense = SHIPPED[0]._places(data, offsets)
    stretches = list(SHIPPED[0]._candidates.stretches(found, dense, data, offsets))
    assert stretches
    assert stretches == sorted(stretches)
    assert all(offsets[row] <= begin < stop <= offsets[row + 1] for _, row, begin, stop in stretches)
    assert sum(stop - begin for _, _, begin, stop in stretches) < 40 * len(stretches)


def test_nothing_is_found_across_texts(same: Same) -> None:
    assert [] == [
        span for span in same(SHIPPED[0], [b"me@exam", b"ple.org"]) if SHIPPED[0].patterns[span[1]].label == "email"
    ]


def test_text_ends_where_it_ends(same: Same) -> None:
    """What stands at the border of a text has no neighbour, whatever the next text begins with."""
    assert [(0, 3, 0, 3), (1, 3, 0, 3)] == [span for span in same(TRICKY, [b"123", b"456"]) if span[1] == 3]


def test_thousands_of_texts(same: Same) -> None:
    chance = np.random.default_rng(3)
    pieces = [
        b"a@example.org",
        b"+1 212 555 0123",
        b"4111111111111111",
        b" ",
        b"x",
        b"1",
        b"\n",
        b"ghp_",
        b"born 1.1.1990",
    ]
    texts = [b"".join(pieces[i] for i in chance.integers(0, len(pieces), chance.integers(0, 9))) for _ in range(5_000)]
    assert same(SHIPPED[0], texts)


@pytest.mark.parametrize("text", [b"1" * 60_000, b"12 " * 20_000, b"1a" * 20_000, b"a@a." * 9_000, b"AB12CD34" * 5_000])
def test_where_nearly_everything_may_match(same: Same, text: bytes) -> None:
    """The automaton is given up for such a stretch, alone and between others."""
    for shipped in SHIPPED[:2]:
        same(shipped, [b"a@example.org", text, b"", b"+1 212 555 0123", text[:100] + b" 4111111111111111"])


def test_many_ways_through_one_automaton_at_once() -> None:
    batch = np.array([0, 13, 28], np.int64)
    data = memoryview(b"a@example.org+1 212 555 0123")
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: str(sorted(SHIPPED[0].find(data, batch))), range(200)))
    assert len(found) == 1


def test_without_the_automaton_the_same_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    detector, batch = personal_data(), _batch(["call +1 212 555 0123", "", "a@example.org"])
    fast = detector.detect(batch)
    monkeypatch.setattr(kernel, "engine", lambda: "")
    assert fast.equals(detector.detect(batch))


@pytest.mark.parametrize("stored", [None, b"", b"of another version"])
def test_a_copy_takes_its_automata_along(stored: bytes | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be loaded is compiled again."""
    detector, batch = secrets(), _batch(["password='f9Jq2LxV8tYw3Zb7'", "AKIAABCDEFGHIJKLMNOP"])
    made: list[object] = []
    make = automaton._make
    monkeypatch.setattr(automaton, "_compiled", {})
    copied = pickle.loads(pickle.dumps(detector))  # noqa: S301 - our own bytes
    if stored is not None:
        copied._kernel._direct.automaton._stored = stored
    monkeypatch.setattr(automaton, "_compiled", {})

    def note(expressions: tuple[bytes, ...]) -> object:
        made.append(expressions)
        return make(expressions)

    monkeypatch.setattr(automaton, "_make", note)
    assert detector.detect(batch).equals(copied.detect(batch))
    monkeypatch.setattr(automaton, "_compiled", {})
    assert copied.detect(batch).num_rows
    assert len(made) == 1 + (stored is not None)


def test_batch_may_be_a_slice() -> None:
    detector = personal_data()
    whole = _batch(["x a@example.org", "b@example.org", "c@example.org", ""])
    for start in range(4):
        for length in range(4 - start + 1):
            found = detector.detect(whole.slice(start, length)).to_pylist()
            kept = [row for row in detector.detect(whole).to_pylist() if start <= row["index"] < start + length]
            assert [{**row, "index": row["index"] - start} for row in kept] == found


def test_overlapping_spans_of_a_label_are_one() -> None:
    patterns = (
        Pattern(label="n", regex="[0-9]{3}"),
        Pattern(label="n", regex="[0-9]{3,5}"),
        Pattern(label="m", regex="2[0-9]"),
    )
    detector = PatternDetector("test", PatternSet(patterns, {"n": "a number", "m": "another"}, b""))
    found = detector.detect(_batch(["1234567"])).to_pylist()
    assert [("m", 1, 3), ("n", 0, 5)] == [(row["label"], row["start"], row["end"]) for row in found]


def _batch(texts: Sequence[str]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist(
        [{"source": "a", "row": row, "part": 0, "text": text} for row, text in enumerate(texts)], schema=TEXTS
    )
