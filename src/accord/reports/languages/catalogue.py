"""Reading a catalogue: messages of one language, with their plurals, by what English says."""

import gettext
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from io import BytesIO

from accord.reports.languages.typography import typeset


@dataclass(frozen=True)
class Catalogue:
    """The messages of a language that are translated."""

    texts: Mapping[tuple[str, str], str]
    """Each message without a plural, by its context and its English text."""
    plurals: gettext.NullTranslations
    """Those with one, as gettext counts them."""
    counted: Mapping[str, str] = field(default_factory=dict)
    """The English plural of each, by its English singular."""
    words: Mapping[str, str] = field(default_factory=dict)
    """Words whatever kind they are of: the first that is meant by it."""

    def sentences(self) -> Iterator[tuple[str, str]]:
        """Yield what a composed sentence can be: each English text, and the message that it belongs to."""
        for context, text in self.texts:
            if not context and "%(" not in text:
                yield text, text
        for one, many in self.counted.items():
            if "%(" not in one:
                yield from ((one, one), (many, one))


@cache
def read_catalogue(language: str) -> Catalogue:
    """Return the catalogue of one of our languages."""
    from babel.messages.mofile import write_mo  # noqa: PLC0415 - only where another language than English is asked for
    from babel.messages.pofile import read_po  # noqa: PLC0415 - as above

    data = files("accord.reports.languages").joinpath(f"{language}.po").read_bytes()
    held = read_po(BytesIO(data), locale=language)
    texts: dict[tuple[str, str], str] = {}
    counted: dict[str, str] = {}
    for message in held:
        if isinstance(message.id, str):
            if message.id and message.string:
                texts[message.context or "", message.id] = typeset(str(message.string), language)
        elif isinstance(message.string, tuple):
            message.string = tuple(typeset(text, language) for text in message.string)
            if all(message.string):
                counted[message.id[0]] = message.id[1]
    binary = BytesIO()
    write_mo(binary, held)
    binary.seek(0)
    words: dict[str, str] = {}
    for (context, text), translated in texts.items():
        if context:
            words.setdefault(text, translated)
    return Catalogue(texts, gettext.GNUTranslations(binary), counted, words)
