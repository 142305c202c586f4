"""Texts whose spans are known: chat lines in five languages with numbers put in, and lines written to mislead.

The same seed gives the same texts. `labelled_hard.txt` holds lines written by hand, a mark around each span; those of
`labelled_unseen.txt` were written after the patterns, which were never changed for them: keep it so.
"""

import hashlib
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import labelled_numbers as numbers
import labelled_secrets as secrets

VERSION = "1"
SEED = 1
EACH = 40
"""How many texts of each label and language."""
LANGUAGES = ("de", "en", "fr", "it", "ja")

Span = tuple[str, int, int]
"""A label, and from which byte to which."""


@dataclass(frozen=True)
class Labelled:
    """A text and what is in it."""

    language: str
    text: str
    spans: frozenset[Span]


_OPEN = {
    "en": (
        "Hi, my {what} is {value}.",
        "{value} - please use this one.",
        "Is {value} still valid?",
        "I wrote: {value}, ok?",
        "Send it to ({value}), thanks",
        "It says “{value}” at the top",
    ),
    "fr": (
        "Bonjour, voici : {value}.",
        "C'est bien {value} ?",
        "Merci d'utiliser {value}, s'il vous plaît.",
        "J'ai noté « {value} » hier",
    ),
    "de": (
        "Hallo, hier ist er: {value}.",
        "Stimmt {value} noch?",
        "Bitte {value} verwenden, danke",
        "Ich habe „{value}“ notiert",
    ),
    "it": ("Ciao, ecco: {value}.", "È giusto {value}?", "Per favore usa {value}, grazie", "Ho scritto «{value}» ieri"),
    "ja": ("こちらです、{value}。", "{value}で合っていますか。", "{value}をお使いください", "「{value}」と書きました"),
}
"""Lines that say nothing of what the value is."""
_WHATS = {
    "email": "address",
    "url": "page",
    "ip": "server",
    "mac": "device",
    "card": "card",
    "iban": "account",
    "phone": "number",
}
_WORDED = {
    "id.us-ssn": {"en": "My SSN is {value}."},
    "id.gb-nino": {"en": "National Insurance number: {value}"},
    "id.fr-nir": {"fr": "Mon numéro de sécu est le {value}."},
    "id.de-tax": {"de": "Meine Steuer-ID lautet {value}.", "en": "The German tax ID is {value}."},
    "id.it-tax": {"it": "Il mio codice fiscale è {value}."},
    "id.jp-number": {"ja": "マイナンバーは{value}です。"},
    "id.es-dni": {"en": "Her DNI is {value}, issued in Sevilla."},
    "id.nl-bsn": {"en": "The BSN on the form is {value}."},
    "id.pl-pesel": {"en": "PESEL: {value}"},
    "id.br-cpf": {"en": "CPF {value}, please check"},
    "birth-date": {
        "en": "She was born on {value} in Leeds.",
        "fr": "Je suis né le {value} à Lyon.",
        "de": "Geburtsdatum: {value}",
        "it": "Sono nata il {value} a Roma.",
        "ja": "生年月日は{value}です。",
    },
    "bare-phone": {
        "en": "Call me at {value} tonight.",
        "fr": "Mon portable : {value}",
        "de": "Ruf mich an: {value}",
        "it": "Il mio cellulare è {value}",
        "ja": "電話番号は{value}です。",
    },
}
_MAKERS: dict[str, numbers.Make] = {
    "email": numbers.email, "url": numbers.url, "ip": numbers.ip, "mac": numbers.mac, "card": numbers.card,
    "iban": numbers.iban, "phone": numbers.phone, "bare-phone": numbers.bare_phone, "id.us-ssn": numbers.ssn,
    "id.gb-nino": numbers.nino, "id.fr-nir": numbers.nir, "id.de-tax": numbers.steuer_id,
    "id.it-tax": numbers.codice_fiscale, "id.jp-number": numbers.my_number, "id.es-dni": numbers.dni,
    "id.nl-bsn": numbers.bsn, "id.pl-pesel": numbers.pesel, "id.br-cpf": numbers.cpf, "birth-date": numbers.birth_date,
}  # fmt: skip
_NOTHING = {
    "en": (
        "Order {d10} shipped on {date}.",
        "Version {v4} fixes {d3} bugs.",
        "It costs {price} in {year}.",
        "Tracking number {d16}",
        "ISBN {isbn}",
        "From {time} to {time}, {year}-{year}",
        "The hash is {hex40}",
        "Ticket #{d7} of {date}",
        "Population: {grouped}",
        "pi is 3.14159265358979",
        "Ratio {d3}:{d3}, score {d2}-{d2}",
        "id={uuid}",
        "Error 0x{hex8} at {d10}",
        "Unix time {d10}",
        "invoice no. {d12}, total {price}",
    ),
    "fr": (
        "Commande {d10} du {date}.",
        "La version {v4} corrige {d3} erreurs.",
        "Cela coûte {price} en {year}.",
        "De {time} à {time}, de {year} à {year}",
        "Facture n° {d12}",
        "Population : {grouped}",
        "Article {d3}-{d3} du code",
    ),
    "de": (
        "Bestellung {d10} vom {date}.",
        "Version {v4} behebt {d3} Fehler.",
        "Das kostet {price} im Jahr {year}.",
        "Von {time} bis {time}, {year} bis {year}",
        "Rechnung Nr. {d12}",
        "Einwohner: {grouped}",
        "§ {d3} Abs. {d2} Satz 1",
    ),
    "it": (
        "Ordine {d10} del {date}.",
        "La versione {v4} corregge {d3} errori.",
        "Costa {price} nel {year}.",
        "Dalle {time} alle {time}, dal {year} al {year}",
        "Fattura n. {d12}",
        "Abitanti: {grouped}",
    ),
    "ja": (
        "注文番号{d10}、{date}発送。",
        "バージョン{v4}で{d3}件の不具合を修正。",
        "{year}年は{price}でした。",
        "{time}から{time}まで、{year}年",
        "伝票番号 {d12}",
        "人口は{grouped}人",
    ),
}
"""Lines that hold numbers, and nothing that is looked for."""


def load(detector: str) -> list[Labelled]:
    """Return the labelled texts that a detector is measured on."""
    texts = _secrets() if detector == "secrets" else _personal()
    return [*texts, *written("labelled_hard.txt", detector)]


def written(file: str, detector: str) -> Iterator[Labelled]:
    """Yield the lines written by hand for a detector in a file beside this one."""
    for line in Path(__file__).with_name(file).read_text("utf-8").splitlines():
        name, language, marked = line.split(" ", 2)
        if name == detector:
            yield _unmark(language, marked)


def digest(texts: list[Labelled]) -> str:
    """Return the digest of labelled texts."""
    rows = [[text.language, text.text, sorted(text.spans)] for text in texts]
    return hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode()).hexdigest()


def _personal() -> Iterator[Labelled]:
    chance = random.Random(SEED)  # noqa: S311 - text, no secret
    for label, what in _WHATS.items():
        for language in LANGUAGES:
            for _ in range(EACH):
                line = chance.choice(_OPEN[language]).replace("{what}", what)
                yield _put(language, line, label, _MAKERS[label](chance))
    for label, lines in _WORDED.items():
        for language, line in lines.items():
            for _ in range(EACH):
                yield _put(language, line, label.replace("bare-", ""), _MAKERS[label](chance))
    for language in LANGUAGES:
        for _ in range(4 * EACH):
            yield Labelled(language, _nothing(chance, language), frozenset())


def _secrets() -> Iterator[Labelled]:
    chance = random.Random(SEED)  # noqa: S311 - text, no secret
    for label, makers in secrets.MAKERS.items():
        for make in makers:
            for _ in range(EACH):
                line = chance.choice(secrets.LINES)
                yield _put("en", line, label, make(chance))
    for _ in range(8 * EACH):
        yield Labelled("en", chance.choice(secrets.NOTHING)(chance), frozenset())
    for language in LANGUAGES:
        for _ in range(EACH):
            yield Labelled(language, _nothing(chance, language), frozenset())


def _put(language: str, line: str, label: str, value: str) -> Labelled:
    before, _, after = line.partition("{value}")
    start = len(before.encode())
    return Labelled(language, before + value + after, frozenset({(label, start, start + len(value.encode()))}))


def _nothing(chance: random.Random, language: str) -> str:
    def fill(match: re.Match[str]) -> str:
        kind = match.group(1)
        if kind[0] == "d" and kind[1:].isdigit():
            return numbers.digits(chance, int(kind[1:]))
        if kind.startswith("hex"):
            return f"{chance.getrandbits(4 * int(kind[3:])):0{kind[3:]}x}"
        return _FILLS[kind](chance)

    return re.sub(r"\{(\w+)\}", fill, chance.choice(_NOTHING[language]))


def _date(chance: random.Random) -> str:
    year, month, day = chance.randint(2000, 2026), chance.randint(1, 12), chance.randint(1, 28)
    return chance.choice((f"{year}-{month:02}-{day:02}", f"{day:02}.{month:02}.{year}"))


def _price(chance: random.Random) -> str:
    euros = f"{chance.randint(1, 9999)}.{chance.randint(0, 99):02} €"
    return chance.choice((euros, f"${chance.randint(1, 99)},{chance.randint(0, 999):03}.00"))


_FILLS: dict[str, numbers.Make] = {
    "date": _date,
    "grouped": lambda c: f"{c.randint(10**6, 10**9):_}".replace("_", c.choice((",", " ", "."))),
    "isbn": lambda c: f"978-{c.randint(0, 9)}-{c.randint(10, 99)}-{c.randint(100000, 999999)}-{c.randint(0, 9)}",
    "price": _price,
    "time": lambda c: f"{c.randint(0, 23)}:{c.randint(0, 59):02}",
    "uuid": lambda c: "-".join(f"{c.getrandbits(4 * n):0{n}x}" for n in (8, 4, 4, 4, 12)),
    "v4": lambda c: ".".join(str(c.randint(0, 40)) for _ in range(c.choice((2, 3, 4)))),
    "year": lambda c: str(c.randint(1800, 2030)),
}


def _unmark(language: str, marked: str) -> Labelled:
    text, spans = "", set()
    for piece in re.split(r"(<<[a-z0-9.-]+\|.*?>>)", marked):
        value, label = piece, ""
        if piece.startswith("<<"):
            label, _, value = piece[2:-2].partition("|")
        start = len(text.encode())
        text += value
        if label:
            spans.add((label, start, start + len(value.encode())))
    return Labelled(language, text, frozenset(spans))
