"""Words on the page: fixed forms, and nothing that a reader cannot see."""

import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from accord.reports import text


@given(st.characters(categories=["Cc", "Zl", "Zp"]))
def test_visible_shows_every_control(char: str) -> None:
    assert f"a[U+{ord(char):04X}]b" == text.visible(f"a{char}b")


@pytest.mark.parametrize("char", ["\u202e", "\u2066", "\u200b", "\u00ad", "\u2060", "\ufe0f", "\U000e0041", "\u3164"])
def test_visible_shows_bidi_and_invisible_characters(char: str) -> None:
    assert f"[U+{ord(char):04X}]" == text.visible(char)


@given(
    st.text(st.characters(categories=["L", "N", "P", "S", "Zs"], exclude_characters="\u115f\u1160\u2800\u3164\uffa0"))
)
def test_visible_leaves_plain_text_alone(plain: str) -> None:
    assert plain == text.visible(plain)


@pytest.mark.parametrize("value", [7, None, Markup("<b>\u200b</b>")])
def test_visible_leaves_all_else_alone(value: object) -> None:
    assert value is text.visible(value)


def test_moment_is_in_words_of_no_locale() -> None:
    shown = text.format_moment(datetime(2026, 3, 1, 9, 5, tzinfo=UTC))
    assert "1 March 2026, 09:05 UTC" == unicodedata.normalize("NFKC", shown)


@pytest.mark.parametrize(("pages", "shown"), [((), "no page"), ((4,), "p. 4"), ((2, 3), "pp. 2\u20133")])
def test_pages_are_shown_as_a_span(pages: tuple[int, ...], shown: str) -> None:
    assert shown == text.format_pages(pages)
