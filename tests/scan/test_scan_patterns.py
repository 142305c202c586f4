"""The shipped patterns: what they are, what is known of their errors, and that hostile text does not stop them."""

import re
from collections import Counter
from collections.abc import Callable, Sequence

import pytest

from accord.evidence import DetectorRef
from accord.scan.patterns import PatternDetector, personal_data, secrets, terms
from accord.scan.patterns.checks import find_check
from accord.scan.patterns.kernel import Kernel, Span
from accord.scan.patterns.pattern import Pattern, PatternSet
from accord.scan.redaction import redact

DETECTORS = [personal_data(), secrets(), terms()]
GOALS = {"card": 0.99, "iban": 0.99, "email": 0.99, "ip": 0.99, "url": 0.99, "phone": 0.85}


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda detector: detector.name)
def test_labels_and_quality_fit_a_record(detector: PatternDetector) -> None:
    ref = DetectorRef(name=detector.name, sha256=detector.sha256, quality=detector.quality)
    assert {quality.label for quality in ref.quality} <= set(detector.labels)
    assert all(re.match(r"(?:an?|the) ", title) for title in detector.labels.values())


def test_there_are_patterns_enough() -> None:
    assert len(DETECTORS[0].patterns) >= 60
    assert len(DETECTORS[2].patterns) == 5 * len(DETECTORS[2].labels)


@pytest.mark.parametrize("label", GOALS)
def test_measured_quality_reaches_the_goal(label: str) -> None:
    usual = next(q for q in DETECTORS[0].quality if q.label == label and "usual" in q.data)
    assert 2 * usual.hits / (2 * usual.hits + usual.false_alarms + usual.misses) >= GOALS[label]


def test_telephone_numbers_never_seen_reach_the_goal_too() -> None:
    unseen = next(q for q in DETECTORS[0].quality if q.label == "phone" and "unseen" in q.data)
    assert 2 * unseen.hits / (2 * unseen.hits + unseen.false_alarms + unseen.misses) >= GOALS["phone"]


def test_digest_depends_on_the_patterns() -> None:
    one, two = (
        PatternDetector("a", PatternSet((Pattern(label="a", regex="ab"),), {"a": "an a"}, source))
        for source in (b"1", b"2")
    )
    assert one.sha256 != two.sha256
    assert personal_data().sha256 == DETECTORS[0].sha256


@pytest.mark.parametrize(
    ("rule", "right", "wrong"),
    [
        ("luhn", "4111 1111 1111 1111", "4111 1111 1111 1112"),
        ("luhn", "79927398713", "0000 0000"),
        ("iban", "GB82 WEST 1234 5698 7654 32", "GB82 WEST 1234 5698 7654 33"),
        ("ipv6", "2001:db8::1", "12:30:45"),
        ("mrz", "L898902C36UTO7408122F1204159ZE184226B<<<<<10", "L898902C37UTO7408122F1204159ZE184226B<<<<<10"),
        ("email", "a@example.org", "icon@2x.png"),
        ("taj", "111 111 110", "111 111 111"),
        ("random", "api_key=f9Jq2LxV8tYw3Zb7", "api_key=aaaaaaaaaaaa"),
        ("phone:GB", "020 7946 0018", "020 7946 001"),
        ("possible:", "+44 7700 900123", "+44 77"),
        ("stdnum:us.ssn", "536-22-8145", "000-12-3456"),
    ],
)
def test_rules(rule: str, right: str, wrong: str) -> None:
    assert (True, False) == (find_check(rule)(right), find_check(rule)(wrong))


HOSTILE = {
    "at signs": "@" * 50_000,
    "nested mail": "a@" * 30_000,
    "dots": "a." * 30_000 + "@b",
    "address": "https://" + "(" * 30_000,
    "brackets": "https://a.example/" + "()" * 20_000 + ".",
    "colons": "a:" * 30_000,
    "fillers": "P<" + "<" * 40_000,
    "dashes": "-----BEGIN " * 5_000,
    "tokens": "eyJ" * 15_000,
    "assignments": "password = '" * 5_000,
    "spaced digits": "1 2-3." * 10_000,
    "capitals": "AB12" * 12_000,
    "streets": "1 Aa " * 12_000,
    "via": "via a " * 9_000,
    "NUL": "\0" * 50_000 + "a@example.org\0",
    "emoji": "\N{PILE OF POO}" * 12_000 + "+12025550123",
    "right to left": "\u202e\u05d0" * 12_000 + "a@example.org",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_read_to_its_end(same: Callable[[Kernel, Sequence[bytes]], list[Span]], name: str) -> None:
    for detector in DETECTORS:
        same(Kernel(detector.patterns), [HOSTILE[name].encode(), b"a@example.org"])


def test_one_long_text() -> None:
    """Memory and time stay those of its size: 16 MB in one row."""
    text = ("Nothing to see here, version 1.2.3 of 2024.\n" * 24_000 + "Mail a@example.org now. ") * 16
    found = Counter(redact([text], DETECTORS)[0].split())
    assert 16 == found["[email]"]
    assert "a@example.org" not in found


def test_redaction() -> None:
    texts = [
        "Mail a@example.org, call +1 202 555 0123.",
        "",
        "Grüße, 東京",
        "see https://user:f9Jq2LxV8t@example.org/x",
    ]
    assert ["Mail [email], call [phone].", "", "Grüße, 東京", "see [url]"] == redact(texts, DETECTORS[:2])


def test_redaction_of_what_overlaps_takes_all_of_it() -> None:
    first, second = (
        PatternDetector(label, PatternSet((Pattern(label=label, regex=regex),), {label: f"a {label}"}, b""))
        for label, regex in (("one", "abcd"), ("two", "cdef"))
    )
    assert ["x[one]x"] == redact(["xabcdefx"], [first, second])
    assert ["x[one]x"] == redact(["xabcdefx"], [second, first])


def test_redacting_nothing() -> None:
    assert [] == redact([], DETECTORS)
    assert ["a@example.org"] == redact(["a@example.org"], [])
