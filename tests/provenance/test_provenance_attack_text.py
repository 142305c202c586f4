"""Changes to texts: each does what its title says, and the same thing again to the same text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accord.provenance.attack import TEXT, TEXTS, changes_of
from accord.provenance.attack_text import edits, rewrites

TEXT_SAMPLE = "The keeper lit the lamp. Ships came home! Was it late? " * 20
OTHERS = ["zebra yak xenon " * 40]
EDITS = edits(OTHERS)


def _change(name: str, text: str = TEXT_SAMPLE) -> str:
    return EDITS[name][1](text.encode(), TEXT)[0].decode()


@given(st.text(max_size=300), st.sampled_from(sorted(EDITS)))
def test_any_text_is_changed_the_same_way_again(text: str, name: str) -> None:
    change = EDITS[name][1]
    data = text.encode("utf-8", "replace")
    once = change(data, TEXT)
    assert once == change(data, TEXT)
    once[0].decode()


@given(st.binary(max_size=200), st.sampled_from(sorted(EDITS)))
def test_what_is_no_text_is_changed_all_the_same(data: bytes, name: str) -> None:
    EDITS[name][1](data, TEXT)[0].decode()


@pytest.mark.parametrize("share", [10, 30, 50])
def test_the_stated_share_of_words_is_replaced(share: int) -> None:
    before, after = TEXT_SAMPLE.split(), _change(f"substitute-{share}").split()
    changed = [b for a, b in zip(before, after, strict=True) if a != b]
    assert round(len(before) * share / 100) == len(changed)
    assert set(changed) <= {"zebra", "yak", "xenon"}


@pytest.mark.parametrize("share", [10, 30])
def test_the_stated_share_of_words_is_left_out(share: int) -> None:
    before, after = TEXT_SAMPLE.split(), _change(f"delete-{share}").split()
    assert len(before) - round(len(before) * share / 100) == len(after)


def test_each_other_edit_is_what_its_title_says() -> None:
    words = TEXT_SAMPLE.split()
    assert sorted(words) == sorted(_change("swap-20").split()) == sorted(_change("sentences").split())
    assert words != _change("swap-20").split()
    assert words != _change("sentences").split()
    assert TEXT_SAMPLE.lower() == _change("case")
    assert "a b c" == _change("spaces", "a\n\nb   c")
    assert words[:100] == _change("cut-100").split()
    assert words[:50] == _change("cut-50").split()
    mixed = _change("mix").split()
    assert (2 * len(words), words) == (len(mixed), mixed[len(words) :])
    letters = _change("letters")
    assert 0.05 < sum(c not in TEXT_SAMPLE for c in letters) / len(letters) < 0.15


def test_a_model_paraphrases_and_translates_there_and_back() -> None:
    asked = []

    def rewrite(text: str) -> str:
        asked.append(text)
        return text.partition("\n\n")[2].upper()

    changes = rewrites(rewrite)
    assert b"HELLO" == changes["paraphrase"][1](b"hello", TEXT)[0]
    assert b"HELLO" == changes["translate"][1](b"hello", TEXT)[0]
    assert ["other words", "French", "English"] == [
        next(w for w in ("other words", "French", "English") if w in text) for text in asked
    ]
    assert b"" == rewrites(lambda _: "")["translate"][1](b"hello", TEXT)[0]


def test_texts_meet_edits_and_images_do_not() -> None:
    assert {"copy", "mix"} <= set(changes_of(TEXT, EDITS))
    assert "mix" not in changes_of("image/png", EDITS)
    assert {".txt", ".md"} == set(TEXTS)
