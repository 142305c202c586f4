"""Detectors of whole texts: each finds what its labels say, in bytes, and in a text alone."""

import pickle
import subprocess
import sys
import time
from pathlib import Path

import pytest
from batches import make_texts
from hypothesis import given, settings
from hypothesis import strategies as st

from accord.scan.detector import Detector
from accord.scan.detectors import load_detectors
from accord.scan.rows import FOUND
from accord.scan.whole import answers, portrayals, quality, rights
from accord.scan.whole.hits import Hit
from accord.scan.whole.language import UNDETERMINED, LanguageDetector

ROOT = Path(__file__).parents[2]
NAMES = ("language", "quality", "answers", "rights", "portrayals", "contamination", "harmful-request")
DETECTORS = load_detectors(NAMES)
each_detector = pytest.mark.parametrize("detector", DETECTORS, ids=NAMES)
TEXTS = st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from("aé漢 \n.©")), max_size=80)


def _labels(look: object, text: str) -> set[str]:
    assert callable(look)
    return {hit.label for hit in look(text)}


@each_detector
def test_detector_travels_to_another_process_and_is_the_same(detector: Detector) -> None:
    texts = make_texts("We cannot help you with that, and all rights are reserved. © 2019 Acme", "x")
    copy = pickle.loads(pickle.dumps(detector))  # noqa: S301 - our own bytes
    assert (detector.sha256, detector.detect(texts)) == (copy.sha256, copy.detect(texts))


@each_detector
@given(rows=st.lists(TEXTS, max_size=5))
@settings(max_examples=30)
def test_findings_are_sorted_lie_within_their_text_and_do_not_depend_on_the_others(
    detector: Detector, rows: list[str]
) -> None:
    found = detector.detect(make_texts(*rows))
    assert found.schema.equals(FOUND)
    listed = [tuple(row.values()) for row in found.to_pylist()]
    assert sorted(set(listed)) == listed
    for index, label, start, end, score in listed:
        assert label in detector.labels
        assert 0 <= start <= end <= len(rows[index].encode())
        assert 0 <= score <= 1
    alone = [
        (n, *tuple(row.values())[1:])
        for n, text in enumerate(rows)
        for row in detector.detect(make_texts(text)).to_pylist()
    ]
    assert listed == alone


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The library opens at nine on weekdays, and is closed on Sundays.", "en"),
        ("Die Bücherei öffnet werktags um neun und bleibt sonntags geschlossen.", "de"),
        ("La bibliothèque ouvre à neuf heures en semaine et reste fermée le dimanche.", "fr"),
        ("図書館は平日は九時に開きます。日曜日は休みです。", "ja"),
        ("12 + 30 = 42", UNDETERMINED),
        ("", UNDETERMINED),
    ],
)
def test_language_is_told_or_said_to_be_unknown(text: str, language: str) -> None:
    assert {language} == _labels(LanguageDetector().look, text)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Too short.", "short"),
        ("All work and no play.\n" * 40, "repetitive"),
        ("0x3F;;{}[]#!@ 99 88 77 66 (*&^%$) 1234567890 == == ||", "symbols"),
        (
            "We use cookies. Read more in our privacy policy. All rights reserved by the publisher of this page.",
            "boilerplate",
        ),
        ("word " * 30_000, "long"),
    ],
)
def test_indicators_of_quality(text: str, label: str) -> None:
    assert label in _labels(quality.look, text)


def test_plain_prose_shows_no_indicator() -> None:
    text = "The mill stood by the river for two hundred years. When it burnt down, the town kept its wheel in the park."
    assert set() == _labels(quality.look, text)
    assert set() == _labels(quality.look, "यह एक साधारण वाक्य है जो हिंदी में लिखा गया है और इसमें कोई विशेष चिह्न नहीं है।")


def test_answers_of_the_system_alone_are_looked_at() -> None:
    detector = answers.AnswersDetector()
    said = "I'm sorry, but I can't help with that."
    assert 1 == detector.detect(make_texts(said, role="assistant")).num_rows
    assert 1 == detector.detect(make_texts(said)).num_rows
    assert 0 == detector.detect(make_texts(said, role="user")).num_rows


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("I'm sorry, but I can't help with that.", {"refusal"}),
        ("Ich kann Ihnen dabei leider nicht helfen.", {"refusal"}),
        ("Je ne peux pas vous aider à faire cela.", {"refusal"}),
        ("Non posso aiutarti con questa richiesta.", {"refusal"}),
        ("そのご依頼にはお答えできません。", {"refusal"}),
        ("Sure, here is the list. I cannot help noticing that it is long.", set()),
        ("HTTP 503", {"error"}),
        ("", {"empty"}),
        ("go on and on " * 9, {"loop"}),
        ("It opens at nine.", set()),
    ],
)
def test_how_answers_fail(text: str, labels: set[str]) -> None:
    assert labels == _labels(answers.look, text)


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("© 2020 Acme. All rights reserved.", {"copyright", "reserved"}),
        ("Shared under CC BY-NC 4.0.", {"licence-non-commercial"}),
        ("Shared under CC BY-ND 4.0.", {"licence-no-derivatives"}),
        ("SPDX-License-Identifier: Apache-2.0", {"licence-open"}),
        ("Her licence to drive was new.", set()),
    ],
)
def test_what_a_text_says_of_rights(text: str, labels: set[str]) -> None:
    assert labels == _labels(rights.look, text)


def test_notice_at_the_end_of_a_long_text_is_seen() -> None:
    assert {"copyright"} == _labels(rights.look, "word " * 50_000 + "\nCopyright 2021 Acme")


def test_groups_are_named_beside_words_of_a_field_in_one_sentence() -> None:
    text = "Ünlü said hello. The women were cooking dinner. The men slept. A leader came."
    hits = {hit.label: hit.span for hit in portrayals.look(text)}
    assert {"women", "men", "women.home"} == set(hits)
    start, end = hits["women.home"] or (0, 0)
    assert "The women were cooking dinner" == text[start:end].strip()


def test_span_of_a_sentence_is_in_bytes() -> None:
    text = "Ü. Women cook in the kitchen."
    found = portrayals.PortrayalsDetector().detect(make_texts(text)).to_pylist()
    row = next(row for row in found if row["label"] == "women.home")
    assert " Women cook in the kitchen" == text.encode()[row["start"] : row["end"]].decode()


HOSTILE = (
    "a" * 1_000_000, "© " * 300_000, "i can't " * 100_000, "SPDX-License-Identifier: " * 40_000,
    "\u202e\x00\ufeff" * 1000,
    "she " * 200_000, "redistribution and use in source and binary forms " * 4_000, "=1" * 300_000,
    "İ women kitchen " * 5_000,
)  # fmt: skip


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_hostile_text_takes_no_longer_than_other_text(number: int) -> None:
    texts = make_texts(HOSTILE[number])
    begun = time.process_time()
    for detector in DETECTORS:
        detector.detect(texts)
    assert time.process_time() - begun < 10


def test_hit_of_a_whole_text_spans_its_bytes() -> None:
    found = quality.QualityDetector().detect(make_texts("é" * 10)).to_pylist()
    assert [("short", 0, 20)] == [(row["label"], row["start"], row["end"]) for row in found]
    assert Hit("short") == Hit("short", 1.0, None)


@pytest.mark.parametrize("script", ["make_benchmark.py", "measure_whole.py"])
def test_what_is_shipped_is_what_the_script_makes(script: str) -> None:
    ran = subprocess.run(
        [sys.executable, ROOT / "scripts" / script, "--check"], capture_output=True, text=True, check=False
    )
    assert (0, "") == (ran.returncode, ran.stderr)


@pytest.mark.parametrize("name", ["language", "answers", "rights", "contamination", "harmful-request"])
def test_what_estimates_carries_how_right_it_is(name: str) -> None:
    (detector,) = load_detectors([name])
    assert detector.quality
    assert {q.label for q in detector.quality} <= set(detector.labels)
