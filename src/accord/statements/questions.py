"""What a reader would ask of a statement: how often, of what, and whether it is done at all.

An aid to whoever writes and not a judgement of it: it finds words of lists, in English, French, German, Italian and
Japanese (vague.toml).
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files

_ASKED: Mapping[str, str] = {
    "frequency": "how often is that, as a number in a period",
    "hedge": "is it done or not, and on what does that depend",
    "scope": "of what exactly, and how many",
}
_HAN_OR_KANA = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")


def ask(text: str) -> Iterator[str]:
    """Yield a question for each vague word of a text; one that names a number is not asked how often."""
    folded = text.lower()
    for kind, words in _lists().items():
        if kind == "frequency" and re.search(r"\d", text):
            continue
        for word in dict.fromkeys(match[0] for match in words.finditer(folded)):
            yield f"“{word}”: {_ASKED[kind]}?"


@cache
def _lists() -> Mapping[str, re.Pattern[str]]:
    held = tomllib.loads(files(__package__).joinpath("vague.toml").read_text("utf-8"))
    return {kind: _pattern(words) for kind, words in held.items()}


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    ordered = sorted((word.lower() for word in words), key=len, reverse=True)
    # Japanese has no spaces between its words.
    whole = [re.escape(w) if _HAN_OR_KANA.search(w) else rf"(?<!\w){re.escape(w)}(?!\w)" for w in ordered]
    return re.compile("|".join(whole))
