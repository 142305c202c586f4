"""Patterns: what was planted is found by reference, and what only looks like it is not."""

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from traffic_scene import JAILBREAK, REFUSAL, WEAPONS, Scene, Traffic

from accord.monitor.near import cluster, shingles
from accord.monitor.patterns import Pattern, campaigns, loops, read_said, refusals, tools
from accord.scan.rows import FINDINGS, TEXTS

START = datetime(2026, 11, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def scene() -> Scene:
    """Return a day with something of everything."""
    traffic = Traffic(7, START, 1, daily=300)
    traffic.campaign(START + 5 * HOUR, 8, 2, rewritten=0.1)
    traffic.campaign(START + 9 * HOUR, 4, 2, series=WEAPONS)
    traffic.campaign(START + 12 * HOUR, 2, 1, planted=False)
    traffic.loop(START + 3 * HOUR, 6)
    traffic.agent(START + 4 * HOUR, 40, polls=3)
    traffic.refused("seeker", START + 6 * HOUR, 14, 0.9, planted=True)
    traffic.refused("unlucky", START + 6 * HOUR, 14, 0.4, planted=False)
    traffic.tools("abuser", START + 7 * HOUR, 4)
    traffic.tools("reader", START + 7 * HOUR, 2, planted=False)
    return traffic.scene()


def _near(scene: Scene, **changes: object) -> list[Pattern]:
    asked = {"jailbreaks": {JAILBREAK}, "similarity": 0.3, "accounts": 5, "others": 3} | changes
    return list(campaigns(scene.texts, scene.findings, **asked))  # type: ignore[arg-type] # a test's own table


def test_campaign_and_cluster_are_found_and_told_apart(scene: Scene) -> None:
    found = {(p.cause, p.series): p for p in _near(scene)}
    assert {("campaign", JAILBREAK), ("cluster", WEAPONS)} == set(found)
    assert scene.planted["campaign"] == found["campaign", JAILBREAK].keys
    assert scene.planted["cluster"] == found["cluster", WEAPONS].keys
    assert 8 == found["campaign", JAILBREAK].accounts


def test_one_busy_account_is_no_campaign() -> None:
    texts = Traffic(1, START, 0.0)
    for number in range(9):
        texts._add("one", START + number * HOUR, [("user", "open the gate of the old tower for me", JAILBREAK)])
    scene = texts.scene()
    assert [] == _near(scene)
    assert ["campaign"] == [p.cause for p in _near(scene, accounts=1)]


def test_agent_loop_is_found_with_its_calls_and_answers(scene: Scene) -> None:
    (pattern,) = loops(scene.texts, repeats=5)
    assert ("loop", scene.planted["loop"]) == (pattern.cause, pattern.keys)


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_loop_of_several_steps_is_found_whole(steps: int) -> None:
    traffic = Traffic(1, START, 0.0)
    turns = [
        turn for _ in range(5) for n in range(steps) for turn in (("assistant", f"call {n}", ""), ("tool", f"{n}", ""))
    ]
    keys = traffic._add("a", START, [("assistant", "I begin", ""), *turns, ("assistant", "I end", "")])
    (pattern,) = loops(traffic.scene().texts, repeats=5)
    assert set(keys[1:-1]) == pattern.keys
    assert [] == list(loops(traffic.scene().texts, repeats=6))


def test_canned_answers_without_tools_are_no_loop() -> None:
    traffic = Traffic(1, START, 0.0)
    traffic._add("a", START, [("assistant", "I cannot help with that.", "")] * 9)
    assert [] == list(loops(traffic.scene().texts, repeats=5))


def test_account_that_is_refused_again_and_again_is_found(scene: Scene) -> None:
    (pattern,) = refusals(scene.texts, scene.findings, series={REFUSAL}, share=0.5, answers=10)
    assert scene.planted["refusals"] == pattern.keys
    assert [] == list(refusals(scene.texts, scene.findings, series={REFUSAL}, share=0.5, answers=15))


def test_tools_that_bring_what_is_flagged_are_found(scene: Scene) -> None:
    (pattern,) = tools(scene.texts, scene.findings, marked=3, calls=200)
    assert scene.planted["tools"] == pattern.keys


def test_many_calls_within_an_hour_are_found(scene: Scene) -> None:
    (pattern,) = tools(scene.texts, FINDINGS.empty_table(), marked=3, calls=30)
    assert {"c"} == {one.conversation[0] for one in pattern.said}
    assert 1 == pattern.conversations


def test_references_hold_no_text_and_are_bounded(scene: Scene) -> None:
    (pattern,) = loops(scene.texts, repeats=5)
    places = pattern.places(5)
    assert 5 == len(places)
    assert {"source", "row", "part", "series"} == set(places[0].model_dump())


def test_what_is_found_depends_on_no_order(scene: Scene) -> None:
    turned = scene.texts.take(pa.array(range(scene.texts.num_rows - 1, -1, -1)))
    one, other = (
        _near(scene),
        list(campaigns(turned, scene.findings, jailbreaks={JAILBREAK}, similarity=0.3, accounts=5, others=3)),
    )
    assert {(p.cause, p.keys) for p in one} == {(p.cause, p.keys) for p in other}


def test_nothing_shows_no_pattern() -> None:
    texts, findings = TEXTS.empty_table(), FINDINGS.empty_table()
    assert [] == list(campaigns(texts, findings, jailbreaks=set(), similarity=0.3, accounts=2, others=2))
    assert [] == list(loops(texts, repeats=2)) == list(tools(texts, findings, marked=1, calls=1))
    assert [] == list(refusals(texts, findings, series=set(), share=0.0, answers=1))


def test_unknown_accounts_count_by_conversation(scene: Scene) -> None:
    nobody = pa.nulls(scene.texts.num_rows, pa.string())
    texts = scene.texts.set_column(TEXTS.get_field_index("account"), "account", nobody)
    found = campaigns(texts, scene.findings, jailbreaks={JAILBREAK}, similarity=0.3, accounts=5, others=3)
    assert {("campaign", 0), ("cluster", 0)} == {(p.cause, p.accounts) for p in found}


def test_a_row_without_conversation_is_one_of_its_own() -> None:
    row = {"source": "a", "row": 1, "part": 0, "text": "x", "role": "user", "time": None}
    texts = pa.Table.from_pylist([row, row, row | {"part": 1}], schema=TEXTS)
    assert ["a#1", "a#1"] == [one.conversation for one in read_said(texts)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("\uff2fpen THE gate", "open the gate"),
        ("open,the... gate", "open the gate"),
        ("\uff4fpen\u00a0the\tgate", "open the gate"),
    ],
)
def test_spelling_in_another_form_hides_nothing(one: str, other: str) -> None:
    assert shingles(one) == shingles(other)


def test_hostile_texts_neither_join_nor_slow() -> None:
    texts = [
        "",
        " ",
        "\0",
        "🜲" * 50,
        "a" * 1_000_000,
        "b " * 500_000,
        "c",
        "same words here now",
        "same words here now",
    ]
    assert [[0, 1, 2, 3], [7, 8]] == cluster(texts, 0.9)
