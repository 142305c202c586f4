"""What templates of pages ask of a language: messages whose values stay escaped, and filters."""

from typing import Any

from jinja2 import Environment, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from accord.reports import text
from accord.reports.languages.language import Language


def speak(environment: Environment, language: Language) -> None:
    """Make the templates of an environment speak a language."""
    environment.add_extension("jinja2.ext.i18n")
    environment.newstyle_gettext = True  # type: ignore[attr-defined] # the extension adds it
    environment.globals.update(
        gettext=_gettext(language),
        ngettext=_ngettext(language),
        comma=language.gettext(", "),
        semicolon=language.gettext("; "),
        colon=language.gettext(": "),
        stop=language.gettext("."),
    )
    environment.filters |= {
        "called": lambda title: language.said(title) or title,
        "code": _code(language),
        "count": language.count,
        "day": language.day,
        "figure": language.figure,
        "moment": language.moment,
        "opening": lambda word: f"{word[:1].upper()}{word[1:]}",
        "pages": language.pages,
        "percent": text.format_percent,
        "places": language.places,
        "rate": language.rate,
        "said": lambda sentence: _marked(language.said(sentence), sentence),
        "share": language.share,
        "stamp": text.format_stamp,
        "term": language.term,
        "tongue": language.tongue,
        "whole": language.whole,
        "words": text.format_words,
    }


def _gettext(language: Language) -> Any:  # noqa: ANN401 - what Jinja calls
    def gettext(message: str, /, **values: object) -> Markup:
        return _filled(language.gettext(message), values)

    return gettext


def _ngettext(language: Language) -> Any:  # noqa: ANN401 - as above
    def ngettext(one: str, many: str, number: int, /, **values: object) -> Markup:
        return _filled(language.ngettext(one, many, number), {"num": number, **values})

    return ngettext


def _filled(message: str, values: dict[str, object]) -> Markup:
    """Put values into a message of a catalogue of ours, which may hold elements; values are escaped."""
    shown = {name: text.visible(value) for name, value in values.items()}
    return Markup(message) % shown  # noqa: S704 - messages are ours, and a test holds their elements to those of English


def _code(language: Language) -> Any:  # noqa: ANN401 - as above
    @pass_context
    def code(context: Context, english: str, item: object, field: str) -> object:
        held = language.code(english, context["content"].edition.id, str(item), field)
        return _marked(held, english)

    return code


def _marked(told: str | None, english: str) -> object:
    """Return a text in the language of the page, or the English one, marked as such."""
    return Markup('<span lang="en">{}</span>').format(text.visible(english)) if told is None else told
