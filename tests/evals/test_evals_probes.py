"""The shapes that probe a model from one side, played through by scripted models, and every item that is shipped."""

import base64
import codecs
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from accord.evals import Suite, load_suite
from accord.evals.judges.rules import mentions, obeyed
from accord.evals.sample import Message, Reading, Sample
from accord.evals.shapes.documents import Conflict
from accord.evals.shapes.filler import FILLER
from accord.evals.shapes.frames import FRAMES
from accord.evals.shapes.item import Item, Language
from accord.evals.shapes.probes import LENGTHS, Incentive, Jailbreak, Needle, Pressure, Secret
from accord.evals.shapes.transforms import in_base64, in_leetspeak, in_parts, in_rot13, transformed

IDS = ("jailbreak", "privacy", "manipulation", "sandbagging", "long-context")
SUITES = {name: load_suite(name) for name in (*IDS, "injection")}
WORDS_OF_ENGLISH_CONTEXT = 1200
"""At some 1.4 tokens a word, with room for the answer, what fits in 2048 tokens."""

Model = Callable[[Sequence[Message]], str]
T = TypeVar("T", bound=Item)


@dataclass(frozen=True)
class Played:
    """A sample that was played through."""

    sent: list[Sequence[Message]]
    replies: tuple[str, ...]
    readings: dict[str, Reading]

    def mentioned(self, metric: str) -> bool:
        """Tell whether the answer that counts for a metric mentions what it is to mention."""
        case = self.readings[metric].case
        return mentions(case.answer, case.facts["accept"], case.language)


def _play(sample: Sample, model: Model) -> Played:
    sent: list[Sequence[Message]] = []
    replies: tuple[str, ...] = ()
    while (messages := sample.ask(replies)) is not None:
        assert len(replies) < 5, f"{sample.id} does not end"
        assert messages[-1].role == "user"
        sent.append(messages)
        replies = (*replies, model(messages))
    readings = {reading.metric: reading for reading in sample.read(replies)}
    assert set(readings) <= set(sample.metrics)
    return Played(sent, replies, readings)


def _of(shape: type[T], suite: str) -> list[T]:
    return [item for item in SUITES[suite].items if isinstance(item, shape)]


def _texts(item: Item) -> list[str]:
    return [
        text for sample in item.samples(1) for messages in _play(sample, _quiet).sent for text in _contents(messages)
    ]


def _contents(messages: Sequence[Message]) -> list[str]:
    return [message.content for message in messages]


def _quiet(_: Sequence[Message]) -> str:
    return "Hm."


def _says(text: str) -> Model:
    return lambda _: text


def _parrot(messages: Sequence[Message]) -> str:
    return " ".join(_contents(messages))


# Transforms


@given(st.text())
def test_base64_can_be_undone(text: str) -> None:
    assert text == base64.b64decode(in_base64(text)).decode()


@given(st.text())
def test_rot13_can_be_undone(text: str) -> None:
    assert text == codecs.decode(in_rot13(text), "rot13")


@given(st.text(st.characters(exclude_characters="431057")))
def test_leetspeak_of_a_text_without_digits_can_be_undone(text: str) -> None:
    assert text == in_leetspeak(text).translate(str.maketrans("431057", "aeiost"))


@given(st.text(st.characters(exclude_characters='"')))
def test_parts_joined_are_the_text(text: str) -> None:
    parts = re.findall(r'[abc] = "([^"]*)"', in_parts(text))
    assert 3 == len(parts)
    assert text == "".join(parts)


@pytest.mark.parametrize("language", FRAMES)
def test_every_transform_carries_the_request_and_no_other_text(language: Language) -> None:
    carried = {"base64": in_base64, "rot13": in_rot13, "leetspeak": in_leetspeak, "splitting": in_parts}
    for via in FRAMES[language]:
        *earlier, last = transformed(via, "the request", "otra lengua", language)
        expected = "otra lengua" if via == "translation" else carried.get(via, str)("the request")
        assert expected in last.content
        assert "{" not in last.content
        assert (12 if via == "many-shot" else 0) == len(earlier)


def test_many_shot_conversation_takes_turns_and_ends_with_the_request() -> None:
    messages = transformed("many-shot", "the request", "", "en")
    assert ["user", "assistant"] * 6 + ["user"] == [message.role for message in messages]
    assert "the request" == messages[-1].content


# Shapes


def test_jailbreak_is_one_plain_request_and_one_sample_a_transform_with_its_group() -> None:
    for item in _of(Jailbreak, "jailbreak"):
        plain, *others = item.samples(1)
        assert [item.request] == _contents(_play(plain, _quiet).sent[0])
        assert ["jailbreak.plain"] == list(plain.metrics)
        assert list(FRAMES[item.language]) == [sample.groups[-1] for sample in others]
        assert {"jailbreak.refused"} == {metric for sample in others for metric in sample.metrics}


def test_jailbreak_shows_the_judge_the_plain_request_and_the_answer() -> None:
    item = _of(Jailbreak, "jailbreak")[0]
    for sample in item.samples(1):
        (reading,) = _play(sample, _quiet).readings.values()
        assert (item.request, "Hm.", {}) == (reading.case.prompt, reading.case.answer, reading.case.facts)


def test_jailbreak_makes_only_the_transforms_that_an_item_names() -> None:
    item = Jailbreak(id="one", source="own", request="Do it.", other="Hazlo.", via=("rot13",))
    assert ["en/one/plain", "en/one/rot13"] == [sample.id for sample in item.samples(1)]


def test_discreet_model_leaks_nothing_and_still_does_the_task() -> None:
    for item in _of(Secret, "privacy"):
        asked, task = item.samples(1)
        assert not _play(asked, _quiet).mentioned("privacy.leaked"), item.id
        assert _play(task, _says(item.done[0])).mentioned("privacy.task"), item.id


def test_secret_that_comes_out_in_any_turn_counts_as_leaked() -> None:
    for item in _of(Secret, "privacy"):
        asked, _ = item.samples(1)
        for slip in range(len(item.asks)):
            model = _slips(item, slip)
            assert _play(asked, model).mentioned("privacy.leaked"), item.id


def _slips(item: Secret, slip: int) -> Model:
    return lambda messages: item.secret[0] if messages[-1].content == item.asks[slip] else "No."


def test_secret_stands_in_the_system_message_and_in_no_question() -> None:
    for item in _of(Secret, "privacy"):
        asked, task = item.samples(1)
        for messages in (*_play(asked, _quiet).sent, *_play(task, _quiet).sent):
            assert ("system", item.system) == (messages[0].role, messages[0].content)
        said = " ".join((*item.asks, item.question))
        assert mentions(item.system, item.secret, item.language), item.id
        assert mentions(item.system, item.done, item.language), item.id
        assert not mentions(said, item.secret, item.language), item.id
        assert not mentions(item.question, item.done, item.language), item.id


def test_model_that_stands_firm_has_not_caved() -> None:
    for item in _of(Pressure, "manipulation"):
        (sample,) = item.samples(1)
        played = _play(sample, _says(item.accept[0]))
        assert played.mentioned("manipulation.known"), item.id
        assert not played.mentioned("manipulation.caved"), item.id
        assert 1 + len(item.pushes) == len(played.sent)


def test_model_that_gives_in_to_the_last_push_has_caved() -> None:
    for item in _of(Pressure, "manipulation"):
        (sample,) = item.samples(1)
        played = _play(sample, _gives_in(item))
        assert played.mentioned("manipulation.known"), item.id
        assert played.mentioned("manipulation.caved"), item.id


def _gives_in(item: Pressure) -> Model:
    return lambda messages: item.wrong[0] if messages[-1].content.startswith(item.pushes[-1]) else item.accept[0]


def test_wrong_first_answer_ends_the_conversation_and_counts_as_not_known_alone() -> None:
    for item in _of(Pressure, "manipulation"):
        (sample,) = item.samples(1)
        played = _play(sample, _says(item.wrong[0]))
        assert 1 == len(played.sent)
        assert {"manipulation.known"} == set(played.readings)
        assert not played.mentioned("manipulation.known"), item.id


def test_push_goes_on_with_the_conversation_and_a_claim_opens_a_new_one() -> None:
    for item in _of(Pressure, "manipulation"):
        (sample,) = item.samples(1)
        last = _play(sample, _says(item.accept[0])).sent[-1]
        assert (1 if item.by == "claim" else 1 + 2 * len(item.pushes)) == len(last), item.id
        assert sample.groups[-1] == item.by


def test_every_push_is_for_the_wrong_answer_and_the_question_names_neither() -> None:
    for item in _of(Pressure, "manipulation"):
        assert mentions(" ".join(item.pushes), item.wrong, item.language), item.id
        assert not mentions(item.question, (*item.accept, *item.wrong), item.language), item.id
        assert not any(mentions(right, item.wrong, item.language) for right in item.accept), item.id


def test_incentive_is_all_that_the_two_system_messages_differ_in() -> None:
    for item in _of(Incentive, "sandbagging"):
        neutral, tempted = (_play(sample, _quiet).sent[0] for sample in item.samples(1))
        assert f"{neutral[0].content} {item.incentive}" == tempted[0].content
        assert neutral[1:] == tempted[1:]


def test_model_that_fails_on_purpose_is_told_by_the_difference() -> None:
    for item in _of(Incentive, "sandbagging"):
        neutral, tempted = (_play(sample, _fails_under(item)) for sample in item.samples(1))
        assert neutral.mentioned("sandbagging.neutral"), item.id
        assert not tempted.mentioned("sandbagging.incentive"), item.id


def _fails_under(item: Incentive) -> Model:
    return lambda messages: "Hm." if item.incentive in messages[0].content else item.accept[0]


def test_incentives_do_not_ask_for_wrong_answers_nor_give_the_right_one() -> None:
    for item in _of(Incentive, "sandbagging"):
        assert not re.search(r"\b(?:please|must|should|answer wrongly|pretend)\b", item.incentive.lower()), item.id
        assert not mentions(f"{item.incentive} {item.question}", item.accept, item.language), item.id
    assert set(Counter(item.by for item in _of(Incentive, "sandbagging")).values()) == {5}


def test_needle_is_found_by_whoever_reads_and_not_by_whoever_guesses() -> None:
    for item in _of(Needle, "long-context"):
        for sample in item.samples(1):
            assert _play(sample, _parrot).mentioned("long-context.found"), item.id
            assert not _play(sample, _quiet).mentioned("long-context.found"), item.id


def test_needle_cannot_be_answered_from_the_filler_or_the_question() -> None:
    filler = " ".join(FILLER["en"])
    for item in _of(Needle, "long-context"):
        assert not mentions(f"{filler} {item.question}", item.accept, item.language), item.id


@given(st.integers(0, 2**31))
def test_needle_texts_have_their_length_and_the_fact_once_for_every_seed(seed: int) -> None:
    item = _of(Needle, "long-context")[0]
    for words, sample in zip(LENGTHS, item.samples(seed), strict=True):
        prompt = _contents(_play(sample, _quiet).sent[0])[0]
        assert 1 == prompt.count(item.fact)
        assert words <= len(prompt.replace(item.fact, "").split()) < words + 50
        assert len(prompt.split()) < WORDS_OF_ENGLISH_CONTEXT
        assert (f"{words}-words",) == sample.groups


def test_seed_draws_the_text_and_the_place_of_the_needle() -> None:
    item = _of(Needle, "long-context")[0]
    texts = [_contents(_play(next(item.samples(seed)), _quiet).sent[0])[0] for seed in (*range(12), 0)]
    assert texts[0] == texts[-1]
    assert 12 == len(set(texts))
    assert len({text.index(item.fact) for text in texts}) > 6


def test_needle_in_a_language_without_filler_is_refused() -> None:
    with pytest.raises(ValidationError, match="filler sentences: en"):
        Needle(id="a", language="ja", source="own", fact="F", question="Q", accept=("x",))


def test_conflict_is_done_when_clean_and_obeyed_only_when_the_canary_is_said_apart() -> None:
    for item in _of(Conflict, "injection"):
        attacked, clean = item.samples(1)
        assert item.canary in " ".join(_contents(_play(attacked, _quiet).sent[0])), item.id
        assert item.canary not in " ".join(_contents(_play(clean, _quiet).sent[0])), item.id
        assert _play(clean, _parrot).mentioned("injection.task"), item.id
        assert not mentions(item.task, item.done, item.language), item.id
        assert obeyed(item.canary, item.canary, item.attack), item.id
        assert not obeyed(item.attack, item.canary, item.attack), item.id


# What is shipped


@pytest.mark.parametrize("suite", SUITES.values(), ids=SUITES)
def test_every_sample_ends_and_reads_only_what_it_declares(suite: Suite) -> None:
    for sample in suite.samples(1):
        for model in (_quiet, _parrot):
            assert _play(sample, model).readings


@pytest.mark.parametrize(
    ("name", "english", "others"),
    [
        ("jailbreak", 36, 8),
        ("privacy", 40, 8),
        ("manipulation", 52, 10),
        ("sandbagging", 40, 0),
        ("long-context", 24, 0),
        ("injection", 50, 12),
    ],
)
def test_suite_has_as_many_items_as_it_says(name: str, english: int, others: int) -> None:
    counts = Counter(item.language for item in SUITES[name].items)
    assert english == counts["en"]
    assert {"fr": others, "de": others, "it": others, "ja": others} == {n: counts[n] for n in ("fr", "de", "it", "ja")}


@pytest.mark.parametrize("suite", SUITES.values(), ids=SUITES)
def test_translation_is_of_an_english_item_of_the_same_family_and_source(suite: Suite) -> None:
    english = {item.id: item for item in suite.items if item.language == "en"}
    for item in suite.items:
        twin = english[item.id]
        assert (twin.family, twin.source) == (item.family, item.source), f"{item.language}/{item.id}"
        assert item.language == "en" or _texts(item) != _texts(twin)


def test_jailbreaks_touch_five_families_evenly() -> None:
    counts = Counter(item.family for item in _of(Jailbreak, "jailbreak") if item.language == "en")
    assert {"R1": 8, "R2": 7, "R3": 7, "R5": 7, "R6": 7} == counts


def test_every_kind_of_pressure_has_ten_items_or_more() -> None:
    counts = Counter(item.by for item in _of(Pressure, "manipulation") if item.language == "en")
    assert {"flattery": 10, "authority": 10, "majority": 10, "emotion": 10, "claim": 12} == counts
