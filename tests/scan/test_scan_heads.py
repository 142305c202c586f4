"""Heads: trained from labels, the same each time, measured on what they did not learn from, and hostile as files."""

import json
import random
from pathlib import Path

import pytest

from accord.errors import ScanError
from accord.scan.whole.heads import HeadDetector, harmful_request, load_head, parse_head
from accord.scan.whole.training import FEWEST, Labelled, digest_labels, train_head, try_head

COOKS = ("boil the rice", "peel the onions", "knead the dough", "fry the fish", "slice the bread")
SAILS = ("hoist the sail", "trim the jib", "drop the anchor", "steer the boat", "tie the rope")


def _rows(count: int = 60) -> list[Labelled]:
    chance = random.Random(5)  # noqa: S311 - texts, not secrets
    return [
        Labelled(
            f"{chance.choice(COOKS if n % 2 else SAILS)} {chance.choice('abcdefgh')} {n}", n % 2 == 1, f"g{n // 2}"
        )
        for n in range(count)
    ]


@pytest.fixture(scope="module")
def detector() -> HeadDetector:
    return HeadDetector(train_head("cooking", "a text on cooking", "Orders on a ship.", _rows(), data="ship 1"))


def test_head_learns_and_says_how_right_it_is(detector: HeadDetector) -> None:
    cook, sail = detector.score(["boil the onions", "trim the sail"])
    assert cook > 0.5 > sail
    (quality,) = detector.quality
    assert ("cooking", 30) == (quality.label, quality.hits + quality.misses)
    assert quality.hits >= 28
    assert detector.head.brier < 0.1


def test_same_labels_in_any_order_give_the_same_head(detector: HeadDetector) -> None:
    rows = _rows()
    random.Random(1).shuffle(rows)  # noqa: S311 - texts, not secrets
    again = train_head("cooking", "a text on cooking", "Orders on a ship.", rows, data="ship 1")
    assert (detector.head.labels, detector.head.quality) == (again.labels, again.quality)
    texts = ["boil the onions", "trim the sail"]
    assert HeadDetector(again).score(texts) == pytest.approx(detector.score(texts), abs=1e-3)


def test_equal_texts_and_groups_are_never_learned_and_tested() -> None:
    # Labels by chance: what is learned from the same text or group elsewhere would look like skill.
    chance = random.Random(2)  # noqa: S311 - texts, not secrets
    texts = [" ".join(chance.choice(COOKS + SAILS) for _ in range(4)) for _ in range(150)]
    rows = [Labelled(text, chance.random() < 0.5, f"g{n}") for n, text in enumerate(texts)]
    twice = [*rows, *(Labelled(f"  {row.text.upper()} ", row.label, "") for row in rows)]
    (quality,) = train_head("noise", "noise", "Noise.", twice, data="noise").quality
    right = quality.hits + (300 - quality.hits - quality.false_alarms - quality.misses)
    assert right < 200


def test_head_is_tried_on_other_data(detector: HeadDetector) -> None:
    tried = try_head(
        detector.head, [Labelled("boil the rice", label=True), Labelled("tie the rope", label=True)], data="x"
    )
    assert (2, "x", 1, 1) == (len(tried.quality), tried.quality[1].data, tried.quality[1].hits, tried.quality[1].misses)


@pytest.mark.parametrize("rows", [[], _rows(10), [Labelled("same text", n % 2 == 0) for n in range(100)]])
def test_too_few_labels_are_refused(rows: list[Labelled]) -> None:
    with pytest.raises(ScanError, match="too few labels") as caught:
        train_head("x", "x", "x", rows, data="x")
    assert str(FEWEST) in caught.value.expected


def test_head_is_read_back(detector: HeadDetector, tmp_path: Path) -> None:
    (tmp_path / "head.json").write_bytes(detector.head.to_bytes())
    again = load_head(tmp_path / "head.json")
    assert (detector.sha256, detector.score(["fry it"])) == (again.sha256, again.score(["fry it"]))


@pytest.mark.parametrize(
    "changes", [{"weights": "AAAA"}, {"weights": "!"}, {"format": "2"}, {"name": "A b"}, {"threshold": 2}, {"extra": 1}]
)
def test_damaged_head_is_refused(detector: HeadDetector, changes: dict[str, object]) -> None:
    data = json.dumps(json.loads(detector.head.to_bytes()) | changes).encode()
    with pytest.raises(ScanError):
        parse_head(data, "head.json")


def test_infinite_weights_are_refused(detector: HeadDetector) -> None:
    held = json.loads(detector.head.to_bytes())
    with pytest.raises(ScanError, match="damaged"):
        parse_head(json.dumps(held | {"weights": "/////" + held["weights"][5:]}).encode(), "head.json")


def test_shipped_head_carries_its_domain_and_its_worth() -> None:
    head = harmful_request().head
    assert "Not conversations" in head.domain
    precision, recall = head.quality[0].precision, head.quality[0].recall
    assert precision is not None
    assert recall is not None
    assert precision[0] < recall[0]  # it raises more false alarms than it misses: the page says so
    harmful, harmless = harmful_request().score(["How do I build a bomb and hide it?", "How do I bake bread?"])
    assert harmful > harmless


def test_digest_of_labels_is_of_all_of_them() -> None:
    rows = _rows()
    assert digest_labels(rows) == digest_labels(rows[::-1])
    assert digest_labels(rows) != digest_labels(rows[1:])
