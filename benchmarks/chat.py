"""Chat text as benchmarks need it: five languages, code, lists and numbers, and now and then something personal.

The same seed gives the same text. Most of it is prose made of our own sentences; one message in twelve carries code of
this Python's standard library, as people paste code; one in fifty carries what the detectors look for.
"""

import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pyarrow as pa

SEED = 6
_CODE = 1 / 12
_PERSONAL = 1 / 50
_SENTENCES = {
    "en": (
        "Could you explain how {n} differs from {n} when the weather changes?",
        "I have been trying to bake {n} for {d} hours and it still does not rise.",
        "The meeting on {w} was moved to {h}, so we have about {d} minutes left.",
        "Here is a short summary: the {n} costs {p} and lasts for {d} years.",
        "In {y} the city built a new bridge over the river, which opened in {y}.",
        "First, open the settings; second, choose the {n}; third, wait {d} seconds.",
        "That depends on the {n}, but most people would start with version {v}.",
        "My grandmother used to say that a good {n} needs patience and a quiet room.",
        "You are right, I made a mistake in step {d}: the result should be {p}.",
        "Let me know if you would like a longer answer, or a table with {d} rows.",
    ),
    "fr": (
        "Pourriez-vous m'expliquer la différence entre {n} et {n} en quelques phrases ?",
        "La réunion de {w} est repoussée à {h}, il nous reste environ {d} minutes.",
        "Voici un résumé : cela coûte {p} et dure au moins {d} ans, selon les années.",
        "En {y}, la ville a construit un nouveau pont, inauguré l'été suivant.",
        "Je vous conseille de commencer par la version {v}, puis d'attendre un peu.",
    ),
    "de": (
        "Kannst du mir bitte erklären, worin sich {n} und {n} unterscheiden?",
        "Die Besprechung am {w} wurde auf {h} Uhr verschoben, es bleiben {d} Minuten.",
        "Kurz gesagt: Das kostet {p} und hält ungefähr {d} Jahre, je nach Nutzung.",
        "Im Jahr {y} wurde die Brücke über den Fluss gebaut und {y} eröffnet.",
        "Am besten beginnst du mit Version {v} und wartest danach {d} Sekunden.",
    ),
    "it": (
        "Potresti spiegarmi la differenza tra {n} e {n} con parole semplici?",
        "La riunione di {w} è spostata alle {h}, restano circa {d} minuti.",
        "In breve: costa {p} e dura almeno {d} anni, a seconda dell'uso.",
        "Nel {y} la città costruì un ponte nuovo, aperto l'estate successiva.",
        "Ti consiglio di iniziare con la versione {v} e poi di aspettare un po'.",
    ),
    "ja": (
        "{n}と{n}の違いを、わかりやすく説明していただけますか。",
        "会議は{h}に変更になりましたので、あと{d}分ほどあります。",
        "簡単にまとめると、費用は{p}で、だいたい{d}年もちます。",
        "{y}年に新しい橋が完成し、翌年の夏に開通しました。",
        "まずバージョン{v}から始めて、そのあと少し待ってみてください。",
    ),
}
_NOUNS = (
    "a solar panel|photosynthesis|a sourdough starter|Python|the guitar|inflation|a mortgage|Kubernetes|la grammaire|"
    "die Bremse|il bilancio|水質|the second law of thermodynamics|a bicycle chain|chess openings|la recette|Wärmepumpe"
)
_WEEKDAYS = "Monday|Thursday|lundi|Freitag|martedì|水曜日"
_PERSONALS = (
    "My e-mail is {a}.{b}{d}@example.org, please write to me.",
    "Call me on +1 202 555 {k}, any time after {h}.",
    "Meine Nummer ist 030 23125 {c}, ich bin ab {h} erreichbar.",
    "Mon IBAN est FR{c} 2004 1010 0505 0001 3M02 606, merci.",
    "See https://www.example.com/articles/{y}/{a}-{b}?page={d}#top for more.",
    "The server at 192.0.2.{e} answers, 198.51.100.{e} does not.",
    "Order {k}{k}{k}{k} was paid with card 4111 1111 1111 1111.",
    "My SSN is 219-09-{k}; is that enough?",
    "電話番号は03-1234-{k}です。よろしくお願いします。",
    "export API_TOKEN=ghp_{a}{b}{k}{k}{a}{b}{k}{k}{a}{b}",
    "I sometimes read about suicide prevention and phishing in the news.",
)


def batches(
    size: int, *, rows: int = 50_000, seed: int = SEED, personal: float = _PERSONAL
) -> Iterator[pa.LargeStringArray]:
    """Yield arrays of so many texts until they hold `size` bytes; so many of them carry what is looked for."""
    left = size
    while left > 0:
        chance = random.Random(f"{seed}/{left}")  # noqa: S311 - text, no secret
        texts = [_message(chance, personal) for _ in range(rows)]
        array = pa.array(texts, pa.large_string())
        left -= array.buffers()[2].size
        yield array


def _message(chance: random.Random, personal: float) -> str:
    language = chance.choices(tuple(_SENTENCES), (6, 1, 1, 1, 1))[0]
    sentences = [_fill(chance, chance.choice(_SENTENCES[language])) for _ in range(chance.randint(1, 14))]
    if chance.random() < _CODE:
        sentences.append("\n```python\n" + chance.choice(_code()) + "\n```\n")
    if chance.random() < personal:
        sentences.insert(chance.randrange(len(sentences) + 1), _fill(chance, chance.choice(_PERSONALS)))
    return chance.choice((" ", " ", "\n", "\n- ")).join(sentences)


def _fill(chance: random.Random, sentence: str) -> str:
    r = chance.random
    return sentence.format(
        n=chance.choice(_nouns()),
        w=chance.choice(_weekdays()),
        a=chance.choice(("anna", "luca", "jean", "mika")),
        b=chance.choice(("weber", "rossi", "martin", "sato")),
        d=int(2 + r() * 58),
        h=f"{int(r() * 24)}:{int(r() * 60):02}",
        p=f"{int(r() * 9000)}.{int(r() * 100):02} €",
        y=int(1850 + r() * 175),
        v=f"{int(r() * 12)}.{int(r() * 30)}.{int(r() * 9)}",
        k=f"{int(r() * 10_000):04}",
        c=f"{int(10 + r() * 89)}",
        e=int(r() * 255),
    )


@cache
def _nouns() -> list[str]:
    return _NOUNS.split("|")


@cache
def _weekdays() -> list[str]:
    return _WEEKDAYS.split("|")


@cache
def _code() -> list[str]:
    """Return pieces of the standard library's source, of forty lines each."""
    pieces = []
    for path in sorted(Path(random.__file__).parent.glob("*.py"))[:120]:
        lines = path.read_text("utf-8", "replace").splitlines()
        pieces += ["\n".join(lines[at : at + 40]) for at in range(0, len(lines) - 40, 40)]
    return pieces
