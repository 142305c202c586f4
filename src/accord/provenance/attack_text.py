"""What usually happens to texts: people and programs edit, cut, mix and rewrite them."""

import random
import re
from collections.abc import Callable, Sequence
from itertools import chain

from accord.provenance.attack import Change, Changes, dice

Rewrite = Callable[[str], str]
"""Asks a language model something and returns its answer; empty where it gave none."""

MOST_REWRITTEN = 10
"""Samples that a model rewrites: it takes its time."""
_LOOKALIKES = str.maketrans("aceopxyACEHOPTX", "асеорхуАСЕНОРТХ")  # noqa: RUF001 - Cyrillic letters, on purpose
_UNSEEN = "\u200b"
_SENTENCE = re.compile(r"(?<=[.!?。])\s*")
_PARAPHRASE = "Rewrite this text in other words. Keep its meaning and its length. Answer with the text alone.\n\n"
_INTO = "Translate this text into French. Answer with the translation alone.\n\n"
_BACK = "Translate this text into English. Answer with the translation alone.\n\n"


def edits(unmarked: Sequence[str]) -> Changes:
    """Return the changes that need no model; words and passages that are put in come from unmarked texts."""
    others = [word for text in unmarked for word in text.split()] or ["word"]
    return {
        **{
            f"substitute-{share}": (f"{share} % of the words replaced by others", _by_words(_substitute(share, others)))
            for share in (10, 30, 50)
        },
        **{f"delete-{share}": (f"{share} % of the words left out", _by_words(_delete(share))) for share in (10, 30)},
        "swap-20": ("a fifth of the words changed places with the next one", _by_words(_swap)),
        "sentences": ("the sentences in another order", _edit(_shuffle)),
        "case": ("in lower case", _edit(lambda text, _: text.lower())),
        "spaces": ("line breaks and double spaces gone", _edit(lambda text, _: " ".join(text.split()))),
        "letters": ("a tenth of the letters replaced by look-alikes or followed by an unseen one", _edit(_letters)),
        "cut-100": ("cut after 100 words", _by_words(lambda words, _: words[:100])),
        "cut-50": ("cut after 50 words", _by_words(lambda words, _: words[:50])),
        "mix": ("with as much unmarked text before it", _edit(_mixed(others))),
    }


def rewrites(rewrite: Rewrite) -> Changes:
    """Return the changes that a language model makes."""
    return {
        "paraphrase": ("paraphrased by a model", _edit(lambda text, _: rewrite(_PARAPHRASE + text))),
        "translate": (
            "translated into French and back by a model",
            _edit(lambda text, _: rewrite(_BACK + french) if (french := rewrite(_INTO + text)) else ""),
        ),
    }


def _edit(change: Callable[[str, random.Random], str]) -> Change:
    def changed(data: bytes, kind: str) -> tuple[bytes, str]:
        return change(data.decode("utf-8", "replace"), dice(data)).encode("utf-8", "replace"), kind

    return changed


def _by_words(change: Callable[[list[str], random.Random], list[str]]) -> Change:
    """Change the words of a text and leave what is between them."""

    def changed(text: str, rng: random.Random) -> str:
        if not text.strip():
            return text
        parts = re.split(r"(\s+)", text.strip())
        words = change(parts[::2], rng)
        between = chain(parts[1::2], (" " for _ in words))
        return "".join(chain.from_iterable(zip(words, between, strict=False))).strip()

    return _edit(changed)


def _chosen(words: list[str], share: int, rng: random.Random) -> set[int]:
    return set(rng.sample(range(len(words)), round(len(words) * share / 100)))


def _substitute(share: int, others: Sequence[str]) -> Callable[[list[str], random.Random], list[str]]:
    def change(words: list[str], rng: random.Random) -> list[str]:
        gone = _chosen(words, share, rng)
        return [rng.choice(others) if place in gone else word for place, word in enumerate(words)]

    return change


def _delete(share: int) -> Callable[[list[str], random.Random], list[str]]:
    def change(words: list[str], rng: random.Random) -> list[str]:
        gone = _chosen(words, share, rng)
        return [word for place, word in enumerate(words) if place not in gone]

    return change


def _swap(words: list[str], rng: random.Random) -> list[str]:
    swapped = list(words)
    for place in rng.sample(range(len(words)), len(words) // 10):
        if place + 1 < len(swapped):
            swapped[place], swapped[place + 1] = swapped[place + 1], swapped[place]
    return swapped


def _shuffle(text: str, rng: random.Random) -> str:
    sentences = [sentence for sentence in _SENTENCE.split(text) if sentence]
    rng.shuffle(sentences)
    return " ".join(sentences)


def _letters(text: str, rng: random.Random) -> str:
    return "".join(_other(letter) if letter.isalpha() and rng.randrange(10) == 0 else letter for letter in text)


def _other(letter: str) -> str:
    alike = letter.translate(_LOOKALIKES)
    return alike if alike != letter else letter + _UNSEEN


def _mixed(others: Sequence[str]) -> Callable[[str, random.Random], str]:
    def change(text: str, rng: random.Random) -> str:
        wanted = len(text.split())
        start = rng.randrange(len(others))
        # Round and round, where there is less of it than of the sample.
        return " ".join([*(others[(start + place) % len(others)] for place in range(wanted)), text])

    return change
