"""What detectors find is replaced in every string of a row, whatever its letters, and never kept by a failure."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from receiver_client import chat, request

from accord.evidence import Quality
from accord.monitor.schema import RECEIVED
from accord.monitor.storing.names import load_names
from accord.monitor.storing.redaction import WITHHELD, Redactor
from accord.monitor.storing.spans import SpanReader
from accord.monitor.storing.table import make_batch
from accord.scan.detectors import load_detectors
from accord.scan.rows import FOUND


class _Finder:
    """Finds a word, and fails at another."""

    name = "finder"
    sha256 = "0" * 64
    labels: Mapping[str, str] = {"word": "a word"}
    quality: Sequence[Quality] = ()

    def __init__(self, word: str, fails_at: str = "never said", label: str = "word") -> None:
        self.word, self.fails_at, self.label = word.encode(), fails_at.encode(), label

    def detect(self, texts: pa.RecordBatch) -> pa.RecordBatch:
        rows = []
        for index, text in enumerate(texts.column("text").to_pylist()):
            data = text.encode()
            if self.fails_at in data:
                raise ValueError(text)
            place = data.find(self.word)
            while place >= 0:
                rows.append(
                    {"index": index, "label": self.label, "start": place, "end": place + len(self.word), "score": 1}
                )
                place = data.find(self.word, place + 1)
        return pa.RecordBatch.from_pylist(rows, schema=FOUND)


def test_findings_are_replaced_by_their_label() -> None:
    redactor = Redactor([_Finder("bob")])
    kept, found = redactor.redact(["ä bob, bob!", "", "alice"])
    assert (["ä [word], [word]!", "", "alice"], [2, 0, 0]) == (kept, found)
    assert 2 == redactor.counts["redacted.word"]


def test_overlapping_findings_leave_nothing_of_either() -> None:
    kept, _ = Redactor([_Finder("abc"), _Finder("cde", label="other"), _Finder("abcde", label="whole")]).redact(
        ["xabcdey"]
    )
    assert "x[whole]y" == kept[0]


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=5), st.text("abä日", min_size=1, max_size=2)
)
def test_word_is_gone_and_all_else_stays(texts: list[str], word: str) -> None:
    kept, _ = Redactor([_Finder(word, label="0")]).redact(texts)
    for text, after in zip(texts, kept, strict=True):
        if word not in text:
            assert text == after
        elif set(word) - set("[0]"):
            assert word not in after


def test_text_at_which_a_detector_fails_is_withheld_as_a_whole() -> None:
    redactor = Redactor([_Finder("bob", fails_at="boom"), _Finder("alice")])
    kept, _ = redactor.redact(["bob and alice", "boom", "fine"])
    assert ["[word] and [word]", WITHHELD, "fine"] == kept
    assert 1 == redactor.counts["withheld"]


def test_every_string_of_a_row_is_looked_at() -> None:
    address = "bob@example.org"
    attributes = {
        "gen_ai.request.model": address,
        "gen_ai.agent.name": address,
        "gen_ai.tool.name": address,
        "gen_ai.provider.name": address,
        "gen_ai.response.finish_reasons": [address],
        "gen_ai.new": address,
        f"gen_ai.{address}": 1,
        "error.type": address,
        "gen_ai.tool.call.arguments": '{"to": "bob\\u0040example.org"}',
    }
    span = chat(1, f"write to {address}", address, **attributes)
    span.name = address
    reader = SpanReader(load_names(), b"salt")
    rows = list(reader.rows(datetime(2026, 11, 28, tzinfo=UTC), request([span], **{"service.name": address})))
    batch = make_batch(rows, Redactor(load_detectors(["personal-data", "secrets"])))
    assert batch.schema.equals(RECEIVED)
    assert "example.org" not in str(batch.to_pylist())
    (row,) = batch.to_pylist()
    assert "write to [email]" == row["texts"][0]["text"]
    assert 13 == row["redacted"]


def test_half_of_a_surrogate_pair_becomes_a_question_mark() -> None:
    span = chat(1)
    span.attributes[1].value.string_value = '[{"role": "user", "content": "a\\ud800b"}]'
    rows = list(SpanReader(load_names(), b"salt").rows(datetime(2026, 11, 28, tzinfo=UTC), request([span])))
    assert "a?b" == make_batch(rows, Redactor([])).to_pylist()[0]["texts"][0]["text"]
