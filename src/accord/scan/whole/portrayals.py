"""How a corpus speaks of groups of people: in how many texts each is named, and beside which words.

An indicator of bias and no measure of it: a sentence counts where a word of the group and a word of a field that
stereotypes tie to groups stand in it, whoever says it and to whatever end. Compare groups with each other, not with
zero. English alone.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files

import pyarrow as pa

from accord.evidence import Quality
from accord.scan.whole.hits import Hit, find_hits, measured, source_digest

LONGEST = 100_000
"""Characters that are read of a text."""
_SENTENCE = re.compile(r"[^.!?\n]+")
_MOST = 1_000  # characters of a sentence: a list without a full stop is none
_Words = Mapping[str, "re.Pattern[str]"]


class PortrayalsDetector:
    """Gives a text a label for each group that it names, and one for each field in whose words it does so."""

    name = "portrayals"

    @property
    def labels(self) -> Mapping[str, str]:
        """Each group, and each group beside each field."""
        groups, fields = _lists()
        named = {group: f"a text that names {_spell(group)}" for group in groups}
        return named | {
            f"{g}.{f}": f"a sentence on {_spell(g)} with words of {_spell(f)}" for g in groups for f in fields
        }

    @property
    def sha256(self) -> str:
        """The digest over the program and its lists of words."""
        return source_digest("portrayals.py", "portrayals.toml")

    @property
    def quality(self) -> Sequence[Quality]:
        """Nothing: whether a sentence portrays a group wrongly is not what it tells."""
        return measured(self.name)

    def detect(self, texts: pa.RecordBatch) -> pa.RecordBatch:
        """Return which groups each text names, and beside which fields."""
        return find_hits(texts, look)


def look(text: str) -> Iterator[Hit]:
    """Yield which groups one text names, and the first sentence of each with words of a field."""
    groups, fields = _lists()
    read = text[:LONGEST]
    folded = read.casefold()
    if len(folded) != len(read):  # a sign that is longer in lower case would move every span
        folded = read.lower() if len(read.lower()) == len(read) else read
    present = [group for group, words in groups.items() if words.search(folded)]
    yield from (Hit(group) for group in present)
    seen = set[str]()
    for sentence in _SENTENCE.finditer(folded) if present else ():
        piece = sentence[0][:_MOST]
        about = [group for group in present if groups[group].search(piece)]
        for field in (name for name, words in fields.items() if about and words.search(piece)):
            for label in {f"{group}.{field}" for group in about} - seen:
                seen.add(label)
                yield Hit(label, 1.0, (sentence.start(), sentence.start() + len(piece)))


@cache
def _lists() -> tuple[_Words, _Words]:
    data = tomllib.loads((files(__package__) / "portrayals.toml").read_text(encoding="utf-8"))
    groups, fields = ({name: _either(words) for name, words in data[part].items()} for part in ("groups", "fields"))
    return groups, fields


def _either(words: Sequence[str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(re.escape(word) for word in sorted(words, key=len, reverse=True))})\b")


def _spell(name: str) -> str:
    return name.replace("-", " ")
