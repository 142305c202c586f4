"""A translation is data: the edition's own keys, each with a status, and no register of its own."""

import json
from pathlib import Path

import pytest

from accord.codes import Code, load_code, load_translation, translations
from accord.codes.loader import KINDS
from accord.errors import CodeError


def _translate(code: Code) -> str:
    """Return a whole translation as TOML: every text reversed, so that none equals its source."""
    lines = []
    for kind, field in KINDS.items():
        for item in getattr(code, field):
            lines += [f'[{kind}."{item.id}"]', 'status = "own-draft"']
            words = {name: getattr(item, name, None) for name in ("title", "text", "qualifier")}
            lines += [f"{name} = {json.dumps(text[::-1])}" for name, text in words.items() if text]
    return "\n".join(lines)


@pytest.fixture
def translated(root: Path) -> Path:
    (root / "g7-2023" / "i18n").mkdir()
    (root / "g7-2023" / "i18n" / "ja.toml").write_text(_translate(load_code()), encoding="utf-8")
    return root


def _edit(root: Path, old: str, new: str) -> None:
    path = root / "g7-2023" / "i18n" / "ja.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_translations_are_found(translated: Path) -> None:
    assert translations("g7-2023", translated) == ["ja"]


def test_translations_are_none_without_a_folder(root: Path) -> None:
    assert translations("g7-2023", root) == []


def test_translation_has_the_words_of_a_clause(translated: Path) -> None:
    item = load_translation("g7-2023", "ja", translated).item("1.9")
    assert (item.status, item.qualifier) == ("own-draft", "etairporppa sa")


def test_translation_has_every_item_in_order(translated: Path) -> None:
    items = load_translation("g7-2023", "ja", translated).items
    assert [item.id for item in load_code().items()] == [item.id for item in items]


def test_translation_without_an_id_says_so(translated: Path) -> None:
    with pytest.raises(CodeError, match=r"'12\.1'"):
        load_translation("g7-2023", "ja", translated).item("12.1")


@pytest.mark.parametrize("lang", ["fr", "../code", ""])
def test_unknown_language_is_refused(translated: Path, lang: str) -> None:
    with pytest.raises(CodeError, match="found: ja"):
        load_translation("g7-2023", lang, translated)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('[clause."1.10"]', '[clause."1.99"]', r"clause\.1\.10\.text is missing"),
        ('[clause."1.10"]', '[clause."1.99"]', r"clause\.1\.99\.text is not in the edition"),
        ('qualifier = "etairporppa sa"', "", r"clause\.1\.9\.qualifier is missing"),
        ("status =", "stance =", r"fact\.P1\.status is missing"),
        (
            '[clause."1.10"]',
            'force = "commit"\n[clause."1.10"]',
            r"clause\.1\.9\.force is not in the edition",
        ),
        ('[fact."P1"]', '[fact]\nP99 = "x"\n[fact."P1"]', r"fact\.P99\. is not in the edition"),
        ('"own-draft"', '"perfect"', r"fact\.P1\.status: "),
        ('"own-draft"', "3", r"fact\.P1\.status: "),
        ('[fact."P1"]', "[", r"ja\.toml"),
    ],
)
def test_damaged_translation_names_its_key(translated: Path, old: str, new: str, fault: str) -> None:
    _edit(translated, old, new)
    with pytest.raises(CodeError, match=fault):
        load_translation("g7-2023", "ja", translated)


@pytest.mark.parametrize("lang", translations("g7-2023"))
def test_shipped_translation_keeps_each_qualifier_in_its_text(lang: str) -> None:
    items = load_translation("g7-2023", lang).items
    assert [item.id for item in items if item.qualifier and item.qualifier not in str(item.text)] == []
