"""What a report asks of its language: messages, sentences, words, the Code's texts, dates and numbers."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache, cached_property

from accord.codes import DEFAULT_EDITION, Translation, load_code, load_translation, translations
from accord.errors import ReportError
from accord.reports import text as english
from accord.reports.languages.catalogue import Catalogue, read_catalogue
from accord.reports.languages.templates import LONGEST, Place, Template, fill
from accord.reports.languages.typography import QUOTES

LANGUAGES: tuple[str, ...] = ("en", "fr", "de", "it", "ja")
"""The languages that a report is written in, as BCP 47 tags; English first, which all others are made from."""

_MOST_SENTENCES = 40
_HEAD = re.compile(r"(?:“([^”]{1,300})”|([^\s:]{1,100})): (.+)", re.DOTALL)
_QUOTED = re.compile(r"“([^“”]*)”")
_BRACKETED = re.compile(r"([^(),;]{1,300}) \(([^()]{1,300})\)")
_METRIC_PART = re.compile(r"[a-z-]+\.[a-z-]+ \([\w-]+\)")
_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?: (\d\d:\d\d))?")
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def find_language(name: str) -> "Language":
    """Return a language; raise ReportError where reports are not written in it."""
    if name not in LANGUAGES:
        raise ReportError("Reports are not written in this language.", expected=", ".join(LANGUAGES), found=name[:40])
    return _open(name)


def name_file(name: str, language: str) -> str:
    """Return the name of a report's file in a language: `report.html` in French is `report.fr.html`."""
    stem, _, ending = name.partition(".")
    return name if language == "en" else f"{stem}.{language}.{ending}"


@cache
def _open(name: str) -> "Language":
    return ENGLISH if name == "en" else Translated(name)


class Language:
    """English: every message is its own text, and values are written as `accord.reports.text` writes them."""

    def __init__(self, name: str) -> None:
        self.name = name

    def gettext(self, message: str) -> str:
        """Return a message in this language, or as it is."""
        return message

    def ngettext(self, one: str, many: str, n: int) -> str:
        """Return a message as this language says it of `n`."""
        return one if n == 1 else many

    def term(self, word: str, kind: str) -> str:  # noqa: ARG002 - English writes every word as it is
        """Return a word of ours, such as a status, as this language has it."""
        return word

    def said(self, text: str) -> str | None:
        """Return a composed sentence in this language, or None where no template knows it."""
        return text

    def code(self, text: str, edition: str, item: str, field: str) -> str | None:  # noqa: ARG002 - as `term`
        """Return a text of the Code in our own translation, or None where there is none."""
        return text

    def tongue(self, tag: str) -> str:
        """Return the name of a language, or its tag."""
        return tag

    def day(self, value: date) -> str:
        """Return a day, as in 23 November 2026."""
        return english.format_date(value)

    def moment(self, value: datetime) -> str:
        """Return a moment in UTC."""
        return english.format_moment(value)

    def share(self, value: float) -> str:
        """Return a proportion in per cent with one decimal."""
        return english.format_share(value)

    def rate(self, value: float) -> str:
        """Return a proportion that may be small in per cent."""
        return english.format_rate(value)

    def whole(self, value: float) -> str:
        """Return a proportion in whole per cent."""
        return f"{round(value * 100)}\u00a0%"

    def count(self, value: int) -> str:
        """Return a number of things, grouped."""
        return f"{value:,}"

    def places(self, value: float) -> str:
        """Return a figure with two places."""
        return f"{value:.2f}"

    def figure(self, value: float) -> str:
        """Return a figure with up to four places."""
        return english.format_figure(value)

    def pages(self, pages: tuple[int, ...]) -> str:
        """Return the pages of the official PDF."""
        return english.format_pages(pages)


ENGLISH = Language("en")


class Translated(Language):
    """A language with a catalogue; Babel knows how it writes dates and numbers."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._codes: dict[str, Translation | None] = {}
        self._known: dict[str, str | None] = {}

    @cached_property
    def _catalogue(self) -> Catalogue:
        return read_catalogue(self.name)

    @cached_property
    def _templates(self) -> list[tuple[Template, str]]:
        """Every template with its message, those that say most first."""
        held = [(Template.parse(text), message) for text, message in self._catalogue.sentences()]
        return sorted((pair for pair in held if pair[0].is_telling), key=lambda pair: -pair[0].weight)

    def gettext(self, message: str) -> str:
        """Return a message in this language, or as it is."""
        return self._catalogue.texts.get(("", message), message)

    def ngettext(self, one: str, many: str, n: int) -> str:
        """Return a message as this language says it of `n`."""
        return self._catalogue.plurals.ngettext(one, many, n)

    def term(self, word: str, kind: str) -> str:
        """Return a word of ours, such as a status, as this language has it."""
        return self._catalogue.texts.get((kind, word.replace("-", " ")), word)

    def code(self, text: str, edition: str, item: str, field: str) -> str | None:  # noqa: ARG002 - what there is no translation of
        """Return a text of the Code in our own translation, or None where there is none."""
        if edition not in self._codes:
            known = self.name in translations(edition)
            self._codes[edition] = load_translation(edition, self.name) if known else None
        held = self._codes[edition]
        return getattr(held.item(item), field) if held else None

    def said(self, text: str) -> str | None:
        """Return a composed sentence in this language, or None where no template knows it."""
        if text not in self._known:
            self._known[text] = self._tell(text) if len(text) <= LONGEST else None
        return self._known[text]

    def _tell(self, text: str) -> str | None:
        # Several first: what a sentence ends with may be anything, the next sentence too.
        return self._several(text) or self._whole(text) or self._headed(text)

    def _whole(self, text: str) -> str | None:
        """Return what one template makes of a text; None where two would say as much of it and differ."""
        found: tuple[Template, str, Mapping[str, str]] | None = None
        for template, message in self._templates:
            if found and template.weight < found[0].weight:
                break
            values = template.match(text)
            if values is None:
                continue
            if found and found[1] != message and self._put(template, message, values) != self._put(*found):
                return None
            found = template, message, values
        return self._put(*found) if found else None

    def _put(self, template: Template, message: str, values: Mapping[str, str]) -> str:
        told = {p.name: self._told(p, values[p.name]) for p in template.places}
        if many := self._catalogue.counted.get(message):
            return fill(self.ngettext(message, many, int(values["count"].replace(",", ""))), told)
        return fill(self.gettext(message), told)

    def _several(self, text: str) -> str | None:
        """Return several sentences, where each of them is known."""
        done: list[str] = []
        rest = text
        while rest and len(done) < _MOST_SENTENCES:
            head, told = self._first(rest)
            if told is None:
                return None
            done.append(told)
            rest = rest[len(head) + 1 :]
        return self._gap.join(done) if not rest and len(done) > 1 else None

    def _first(self, text: str) -> tuple[str, str | None]:
        """Return the first sentence of a text, and what is known of it."""
        at = -1
        for _ in range(_MOST_SENTENCES):
            if (at := text.find(". ", at + 1)) < 0:
                break
            if told := self._whole(text[: at + 1]):
                return text[: at + 1], told
        return text, self._whole(text)

    def _headed(self, text: str) -> str | None:
        """Return a known sentence behind the name of what it speaks of."""
        found = _HEAD.fullmatch(text)
        told = self._whole(found[3]) if found else None
        if not found or told is None:
            return None
        head = self.quote(found[1]) if found[1] else found[2]
        return f"{head}{self.gettext(': ')}{told}"

    @property
    def _gap(self) -> str:
        return "" if self.name == "ja" else " "

    def quote(self, title: str) -> str:
        """Return a title between the quotation marks of this language."""
        before, after = QUOTES[self.name]
        return f"{before}{title}{after}"

    def _told(self, place: Place, value: str) -> str:
        if place.quoted or place.is_name:
            return value
        return self.tongue(value) if place.name == "language" else self._value(value, place.shape)

    def _value(self, value: str, shape: str) -> str:
        """Return what was put into a sentence as this language writes it: a figure, a word or a phrase of ours."""
        if shape == "share":
            return self._percent(value)
        if shape == "figure":
            return self._decimal(float(value), len(value.partition(".")[2]))
        if shape == "number":
            return self.count(int(value.replace(",", ""))) if "," in value else value
        if found := _DAY.fullmatch(value):
            return self._dated(value, found[1], found[2])
        return self._phrase(value)

    def _dated(self, value: str, day: str, time: str | None) -> str:
        try:
            shown = self.day(date.fromisoformat(day))
        except ValueError:  # no day of any calendar: it was not written by us
            return value
        return f"{shown}{self.gettext(', ')}{time}" if time else shown

    def _phrase(self, value: str) -> str:
        """Return a word or a phrase of ours, or a list of them; whatever else is put in stays as it is."""
        if known := self._word(value):
            return known
        for separator in ("; ", ", "):
            items = value.split(separator)
            if len(items) > 1:
                told = [self._word(item) for item in items]
                if any(told) or separator == ", ":
                    pairs = zip(told, items, strict=True)
                    return self.gettext(separator).join(
                        one or (self._phrase(item) if separator == "; " else item) for one, item in pairs
                    )
        return value

    def _word(self, value: str) -> str | None:
        """Return one word or phrase of ours, in quotation marks too, or with one in brackets; None where it is none."""
        if found := _QUOTED.fullmatch(value):
            return self.quote(found[1])
        known = self._catalogue.words.get(value.replace("-", " ")) or self._tell(value) or self._families.get(value)
        if known or _METRIC_PART.fullmatch(value) or not (found := _BRACKETED.fullmatch(value)):
            return known  # a part of a metric's samples is an id, though it may be spelled as a word of ours
        head, tail = self._word(found[1]) or found[1], self._phrase(found[2])
        return f"{head} ({tail})" if (head, tail) != found.groups() else None

    @cached_property
    def _families(self) -> Mapping[str, str]:
        """The titles of the families of risk, by what English calls them."""
        if self.name not in translations(DEFAULT_EDITION):
            return {}
        held = load_translation(DEFAULT_EDITION, self.name)
        return {family.title: held.item(family.id).title or "" for family in load_code().risk_families}

    def tongue(self, tag: str) -> str:
        """Return the name of a language, or its tag."""
        from babel import Locale, UnknownLocaleError  # noqa: PLC0415 - only for another language than English

        if not _TAG.fullmatch(tag):
            return tag
        try:
            return Locale.parse(tag, sep="-").get_display_name(self.name) or tag
        except (UnknownLocaleError, ValueError):
            return tag

    def day(self, value: date) -> str:
        """Return a day, as in 23 novembre 2026."""
        from babel.dates import format_date  # noqa: PLC0415 - as above

        shown = format_date(value, "long", locale=self.name)
        return shown.replace("1 ", "1er ", 1) if self.name == "fr" and value.day == 1 else shown

    def moment(self, value: datetime) -> str:
        """Return a moment in UTC."""
        return fill(self.gettext("{day}, {time} UTC"), {"day": self.day(value), "time": f"{value:%H:%M}"})

    def share(self, value: float) -> str:
        """Return a proportion in per cent with one decimal."""
        return self._percent(f"{value * 100:.1f}%")

    def rate(self, value: float) -> str:
        """Return a proportion that may be small in per cent."""
        return self._percent(english.format_rate(value).replace("\u00a0", ""))

    def whole(self, value: float) -> str:
        """Return a proportion in whole per cent."""
        return self._percent(f"{round(value * 100)}%")

    def _percent(self, shown: str) -> str:
        """Return a proportion with as many places as English shows: 70.8% as 70,8 %."""
        from babel.numbers import format_percent  # noqa: PLC0415 - as above

        digits = shown.removesuffix("%")
        places = len(digits.partition(".")[2])
        pattern = "#,##0" + ("." + "0" * places if places else "")
        sign = format_percent(0, locale=self.name).replace("0", "")
        return self._format(float(digits), pattern) + sign

    def _decimal(self, value: float, places: int) -> str:
        return self._format(value, "#,##0" + ("." + "0" * places if places else ""))

    def _format(self, value: float, pattern: str) -> str:
        from babel.numbers import format_decimal  # noqa: PLC0415 - as above

        return format_decimal(value, format=pattern, locale=self.name)

    def count(self, value: int) -> str:
        """Return a number of things, grouped."""
        return self._format(value, "#,##0")

    def places(self, value: float) -> str:
        """Return a figure with two places."""
        return self._format(value, "0.00")

    def figure(self, value: float) -> str:
        """Return a figure with up to four places."""
        return self._format(float(english.format_figure(value)), "0.####")

    def pages(self, pages: tuple[int, ...]) -> str:
        """Return the pages of the official PDF."""
        if len(pages) < 2:  # noqa: PLR2004 - one page or several
            one = self.gettext("p. {page}") if pages else self.gettext("no page")
            return fill(one, {"page": str(pages[0]) if pages else ""})
        return fill(self.gettext("pp. {first}\u2013{last}"), {"first": str(pages[0]), "last": str(pages[-1])})
