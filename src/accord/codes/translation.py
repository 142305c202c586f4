"""Translations of an edition: one file `i18n/<lang>.toml` in its folder, with the keys of code.toml.

A translation carries each item's title, text and qualifier, and no register of its own: force, example and
pages stay with the edition, so that a translator cannot change them.
"""

from collections.abc import Iterable, Mapping
from importlib.resources.abc import Traversable
from typing import Literal

from pydantic import ValidationError

from accord.codes.digest import entries_of
from accord.codes.loader import KINDS, edition_folder, load_code, read_toml
from accord.codes.models import Code, Text, Value
from accord.errors import CodeError

TranslationStatus = Literal["own-draft", "reviewed", "official-provisional", "official"]
"""Whose words these are: our draft, our draft reviewed by a second person, or a government's."""

_FIELDS = ("title", "text", "qualifier")


class TranslatedItem(Value):
    """The words of one item and their status; a field is absent where the edition has none."""

    id: str
    status: TranslationStatus
    title: Text | None = None
    text: Text | None = None
    qualifier: Text | None = None


class Translation(Value):
    """An edition in one language; `lang` is a BCP 47 tag such as `ja`."""

    edition: str
    lang: str
    items: tuple[TranslatedItem, ...]

    def item(self, item_id: str) -> TranslatedItem:
        """Return the words for an id of the edition; raise CodeError if the edition has no such id."""
        for item in self.items:
            if item.id == item_id:
                return item
        raise CodeError(f"The translation {self.lang!r} has nothing with the id {item_id!r}.")


def translations(edition: str, root: Traversable | None = None) -> list[str]:
    """Return the languages an edition has a translation for."""
    folder = edition_folder(edition, root).joinpath("i18n")
    names = [entry.name for entry in folder.iterdir()] if folder.is_dir() else []
    return sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml"))


def load_translation(edition: str, lang: str, root: Traversable | None = None) -> Translation:
    """Load a translation; raise CodeError, naming each key at fault, unless its keys are the edition's."""
    known = translations(edition, root)
    if lang not in known:
        found = ", ".join(known) or "none"
        raise CodeError(f"The edition {edition} has no translation {lang!r}.", found=found)
    path = edition_folder(edition, root).joinpath("i18n").joinpath(f"{lang}.toml")
    return _parse(load_code(edition, root), lang, read_toml(path))


def translate(code: Code, lang: str) -> Code:
    """Return an edition in the words of its translation, for reading: ids, register and pages are the edition's."""
    words = {item.id: item for item in load_translation(code.id, lang).items}
    told = {
        field: tuple(item.model_copy(update=_words(words[item.id])) for item in getattr(code, field))
        for field in KINDS.values()
    }
    return code.model_copy(update=told)


def _words(item: TranslatedItem) -> dict[str, str]:
    return {name: said for name in _FIELDS if (said := getattr(item, name)) is not None}


def _parse(code: Code, lang: str, document: Mapping[str, object]) -> Translation:
    entries = {key: _table(entry) for key, entry in entries_of(document).items()}
    source = _source(code)
    _check_keys(_keys(source), _keys(entries))
    items = [{"id": key.partition(".")[2], **entries[key]} for key in source]
    try:
        return Translation.model_validate({"edition": code.id, "lang": lang, "items": items})
    except ValidationError as error:
        keys = list(source)
        places = [(fault["loc"], fault["msg"]) for fault in error.errors()]
        faults = [f"{keys[int(place[1])]}.{place[2]}: {problem}" for place, problem in places]
        raise CodeError(f"The translation {lang!r} breaks the schema.", where="; ".join(faults)) from error


def _table(entry: object) -> dict[str, object]:
    return dict(entry) if isinstance(entry, Mapping) else {"": entry}  # a nameless field is in no edition


def _source(code: Code) -> dict[str, list[str]]:
    """Return what a translation must hold: for each entry a status, and every field that has words."""
    return {
        f"{kind}.{item.id}": ["status", *(name for name in _FIELDS if getattr(item, name, None))]
        for kind, field in KINDS.items()
        for item in getattr(code, field)
    }


def _keys(entries: Mapping[str, Iterable[str]]) -> set[str]:
    return {f"{key}.{field}" for key, fields in entries.items() for field in fields}


def _check_keys(expected: set[str], actual: set[str]) -> None:
    faults = [f"{key} is missing" for key in expected - actual]
    faults += [f"{key} is not in the edition" for key in actual - expected]
    if faults:
        raise CodeError("A translation must have the keys of its edition.", where="; ".join(sorted(faults)))
