"""The shipped translations: every key there, nothing left in English, and each duty as strong as the edition has it."""

import re

import pytest

from accord.codes import Clause, Translation, load_code, load_translation, translations

EDITION = "g7-2023"

# By language, the words in a text by which its force is heard: as in the edition, one grade is never said as another.
FORCES = {
    "de": {
        "commit": "verpflichten sich",
        "should": "sollten?",
        "expected": "Von Organisationen wird erwartet",
        "encouraged": "werden ermutigt",
        "includes": "Dazu gehör(t|en)",
        "may-include": "kann es gehören|könnten",
        "example": "Beispiel",
    },
    "fr": {
        "commit": "s.engagent à",
        "should": "devrai(en)?t",
        "expected": "Il est attendu des organisations qu",
        "encouraged": "sont encouragées à",
        "includes": "Cela comprend",
        "may-include": "(peuvent|pourraient) comprendre",
        "example": "exemple",
    },
    "it": {
        "commit": "si impegnano a",
        "should": "[Dd]ovrebbe(ro)?",
        "expected": "Ci si attende che",
        "encouraged": "sono incoraggiate a",
        "includes": "Ciò comprende",
        "may-include": "(possono|potrebbero) comprendere",
        "example": "esempio",
    },
    "ja": {
        "commit": "約束する",
        "should": "べきである",
        "expected": "期待される",
        "encouraged": "奨励される",
        "includes": "含まれる",
        "may-include": "含まれ得る",
        "example": "例えば",
    },
}


@pytest.fixture(params=translations(EDITION))
def translation(request: pytest.FixtureRequest) -> Translation:
    return load_translation(EDITION, request.param)


def _texts(item: object) -> set[str]:
    return {text for name in ("title", "text", "qualifier") if (text := getattr(item, name, None))}


def _speaks(words: dict[str, str], clause: Clause, text: str) -> bool:
    others = [words[force] for force in words.keys() - {clause.force, "example"}]
    heard = re.search(words[clause.force], text) and not any(re.search(other, text) for other in others)
    return bool(heard) and (not clause.example or words["example"] in text)


def test_translation_ships_every_item(translation: Translation) -> None:
    assert [item.id for item in load_code(EDITION).items()] == [item.id for item in translation.items]


def test_translation_leaves_nothing_in_english(translation: Translation) -> None:
    words = {text for item in load_code(EDITION).items() for text in _texts(item)}
    assert [item.id for item in translation.items if words & _texts(item)] == []


def test_translated_clause_speaks_its_force(translation: Translation) -> None:
    pairs = [(clause, translation.item(clause.id).text or "") for clause in load_code(EDITION).clauses]
    assert [clause.id for clause, text in pairs if not _speaks(FORCES[translation.lang], clause, text)] == []


def test_one_qualifier_has_one_translation(translation: Translation) -> None:
    pairs = {(clause.qualifier, translation.item(clause.id).qualifier) for clause in load_code(EDITION).clauses}
    assert len({source for source, _ in pairs}) == len(pairs) == len({words for _, words in pairs})
