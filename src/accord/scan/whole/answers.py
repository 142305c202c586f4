"""Answers of a system that decline, fail, or are cut off, by rules over how they begin.

Whether a refusal was right is another question: rates over time show that something changed. The rules know English,
French, German, Italian and Japanese.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial
from importlib.resources import files

import pyarrow as pa

from accord.evidence import Quality
from accord.scan.whole.hits import Hit, find_hits, measured, source_digest

OPENING = 240
"""Characters of an answer in which a refusal is looked for: it is said first."""
BRIEF = 600
"""Characters up to which an answer may be an error message; a longer one speaks of errors."""


class AnswersDetector:
    """Gives an answer the labels of how it fails; what is said to the system is not looked at."""

    name = "answers"
    labels: Mapping[str, str] = {
        "refusal": "an answer that declines",
        "error": "an error message in the place of an answer",
        "empty": "an empty answer",
        "loop": "an answer that says the same again and again",
    }

    @property
    def sha256(self) -> str:
        """The digest over the program, which holds its rules."""
        return source_digest("answers.py", "answers.toml")

    @property
    def quality(self) -> Sequence[Quality]:
        """How right it is on labelled answers."""
        return measured(self.name)

    def detect(self, texts: pa.RecordBatch) -> pa.RecordBatch:
        """Return how answers fail; a text whose role is given and is not the assistant's is left alone."""
        roles = iter(texts.column("role").to_pylist())
        return find_hits(texts, partial(_of_role, roles))


def _of_role(roles: Iterator[str | None], text: str) -> Iterator[Hit]:
    if next(roles) in {None, "assistant"}:
        yield from look(text)


def look(text: str) -> Iterator[Hit]:
    """Yield how one answer fails."""
    stripped = text.strip()
    if not stripped:
        yield Hit("empty")
        return
    folded = unicodedata.normalize("NFKC", stripped[: BRIEF + 1]).replace("\u2019", "'").casefold()
    if _rules()["refusal"].search(folded[:OPENING]):
        yield Hit("refusal")
    if len(stripped) <= BRIEF and _rules()["error"].search(folded):
        yield Hit("error")
    if _loops(stripped):
        yield Hit("loop")


def _loops(text: str, times: int = 4, longest: int = 400) -> bool:
    """Tell whether a text ends in the same piece of at least eight characters, said `times` times or more."""
    tail = text[-longest * times :]
    for size in range(8, min(longest, len(tail) // times) + 1):
        piece = tail[-size:]
        if tail.endswith(piece * times) and len(set(piece)) > 1:
            return True
    return False


@cache
def _rules() -> Mapping[str, re.Pattern[str]]:
    rules = tomllib.loads((files(__package__) / "answers.toml").read_text(encoding="utf-8"))
    return {name: re.compile("|".join(f"(?:{rule})" for rule in held), re.DOTALL) for name, held in rules.items()}
