"""Catalogues: current, whole, and with the places and elements of the English messages, in every language."""

import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from accord.codes import translations
from accord.reports.languages import LANGUAGES
from accord.reports.languages.templates import Template

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "src" / "accord" / "reports" / "languages"
TRANSLATED = [name for name in LANGUAGES if name != "en"]
PLACE = re.compile(r"%\(\w+\)s|%%|\{\w+(?::[^{}]*)?\}")
ELEMENT = re.compile(r"</?\w+[^>]*>|&\w+;")


def _read(name: str) -> Catalog:
    with (FOLDER / name).open("rb") as file:
        return read_po(file, locale=None if name.endswith(".pot") else name.partition(".")[0])


def _keys(catalogue: Catalog) -> list[tuple[object, object]]:
    return [(message.context, message.id) for message in catalogue if message.id]


def _pairs(message: Message) -> Iterator[tuple[str, str]]:
    """Yield each translated text with the English one that says the same."""
    if not isinstance(message.string, tuple):
        yield str(message.id), str(message.string)
    else:
        one, many = message.id[0], message.id[1]
        yield from (
            (one if place == 0 and len(message.string) > 1 else many, text) for place, text in enumerate(message.string)
        )


@pytest.fixture(scope="module", params=TRANSLATED)
def catalogue(request: pytest.FixtureRequest) -> Catalog:
    return _read(f"{request.param}.po")


def test_catalogues_hold_what_the_sources_say(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run scripts/make_messages.py after a change of what a report says, and translate what is new."""
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    monkeypatch.delitem(sys.modules, "make_messages", raising=False)
    from make_messages import make_catalogues  # noqa: PLC0415 - found where the line above says

    assert [] == [path.name for path, data in make_catalogues().items() if path.read_bytes() != data]


def test_every_language_has_the_same_keys(catalogue: Catalog) -> None:
    assert _keys(_read("messages.pot")) == _keys(catalogue)


def test_every_message_is_translated(catalogue: Catalog) -> None:
    assert [] == [
        m.id for m in catalogue if m.id and not all(text.strip() or not said.strip() for said, text in _pairs(m))
    ]


def test_translations_have_the_places_of_the_english(catalogue: Catalog) -> None:
    def places(text: str) -> Counter[str]:
        return Counter(PLACE.findall(text))

    assert [] == [
        (said, text) for m in catalogue if m.id for said, text in _pairs(m) if text and places(said) != places(text)
    ]


def test_translations_have_the_elements_of_the_english_and_nothing_that_acts(catalogue: Catalog) -> None:
    def elements(text: str) -> Counter[str]:
        return Counter(element for element in ELEMENT.findall(text) if element != "&nbsp;")

    pairs = [(said, text) for m in catalogue if m.id for said, text in _pairs(m) if text]
    assert [] == [(said, text) for said, text in pairs if elements(said) != elements(text)]
    assert [] == [text for _, text in pairs if re.search(r"[\u200b-\u200f\u2028-\u202e\u2066-\u2069]", text)]


def test_no_two_sentences_have_the_same_shape() -> None:
    shapes = Counter[tuple[tuple[str, ...], tuple[str, ...]]]()
    for message in _read("messages.pot"):
        if message.id and not message.context and isinstance(message.id, str) and "%(" not in message.id:
            made = Template.parse(message.id)
            shapes[made.said, tuple(place.shape for place in made.places)] += 1
    assert {} == {shape: count for shape, count in shapes.items() if count > 1}


def test_every_language_of_reports_has_the_code() -> None:
    assert set(TRANSLATED) <= set(translations("g7-2023"))
