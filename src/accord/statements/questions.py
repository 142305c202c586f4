"""What a reader would ask of a statement: how often, of what, by when, and whether it is done at all.

An aid to whoever writes and not a judgement of it: it finds words of lists, in English, French, German, Italian and
Japanese (vague.toml), and misses what has no word.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files

from accord.evidence import StatementRecord
from accord.evidence.statements import AHEAD

_ASKED: Mapping[str, str] = {
    "frequency": "how often is that, as a number in a period",
    "hedge": "is it done or not, and on what does that depend",
    "scope": "of what exactly, and how many",
    "date": "on which day, or by which",
}
_NO_DAY = "It says no day by which it will be done: by when?"
_NO_SCOPE = "It says neither a number nor of what it speaks: all systems and people, or which?"
_NO_FINDER = "It says of no document, page or record who found it: where can that be read?"
_HAN_OR_KANA = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")


def ask(record: StatementRecord, names: Iterable[str] = ()) -> Iterator[str]:
    """Yield what a reader would ask of a statement; `names` are those of the organisation, the system and the model.

    One whose text is withheld is asked nothing that its text may answer.
    """
    if record.text:
        yield from ask_text(record.text)
        if _is_unbounded(record, record.text, names):
            yield _NO_SCOPE
    if record.claim in AHEAD and record.due is None:
        yield _NO_DAY
    if record.claim == "external-finding" and record.text and not (record.documents or record.links or record.records):
        yield _NO_FINDER


def ask_text(text: str) -> Iterator[str]:
    """Yield a question for each vague word of a text; one that names a number is not asked how often or when."""
    folded = text.lower()
    for kind, words in _lists().items():
        if kind not in _ASKED or (kind in {"frequency", "date"} and re.search(r"\d", text)):
            continue
        for word in dict.fromkeys(match[0] for match in words.finditer(folded)):
            yield f"“{word}”: {_ASKED[kind]}?"


def _is_unbounded(record: StatementRecord, text: str, names: Iterable[str]) -> bool:
    """Tell whether nothing bounds of what a statement speaks: a figure, a word for all or none, a name, a member."""
    folded = text.lower()
    told = any(name.lower() in folded for name in names if name)
    figures = record.outcome or record.amount is not None or record.deliverable or record.covers
    return not (told or figures or re.search(r"\d", text) or _lists()["whole"].search(folded))


@cache
def _lists() -> Mapping[str, re.Pattern[str]]:
    held = tomllib.loads(files(__package__).joinpath("vague.toml").read_text("utf-8"))
    return {kind: _pattern(words) for kind, words in held.items()}


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    ordered = sorted((word.lower() for word in words), key=len, reverse=True)
    # Japanese has no spaces between its words.
    whole = [re.escape(w) if _HAN_OR_KANA.search(w) else rf"(?<!\w){re.escape(w)}(?!\w)" for w in ordered]
    return re.compile("|".join(whole))
