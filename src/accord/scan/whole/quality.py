"""Signs that a text is of little use to learn from: too short, repetitive, mostly symbols, or boilerplate of pages.

They are indicators, with thresholds that anyone can read below, and not a judgement: code and tables are full of
symbols, and a refrain repeats itself.
"""

import re
import tomllib
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files

import pyarrow as pa

from accord.evidence import Quality
from accord.scan.whole.hits import Hit, find_hits, measured, source_digest

LONGEST = 200_000
"""Characters that are read of a text."""
SHORT = 50
"""Characters below which a text is short."""
LONG = 100_000
"""Characters above which a text is long, as when pages were not cut apart."""
SYMBOLS = 0.4
"""The share of signs that are neither letters nor spaces from which a text is mostly symbols."""
LINES = 0.3
"""The share of the lines that repeat another from which a text repeats itself."""
SQUEEZED = 0.15
"""The share that is left of a text when it is compressed, at which it repeats itself ..."""
ENOUGH = 500
"""... where it has at least so many bytes."""
_FEW_LINES = 5
_FRAMES = 3
"""Different phrases of boilerplate from which a text is called that."""


class QualityDetector:
    """Gives a text the labels of the indicators that it shows."""

    name = "quality"
    labels: Mapping[str, str] = {
        "short": f"a text of fewer than {SHORT} characters",
        "long": f"a text of more than {LONG} characters",
        "repetitive": "a text that repeats itself",
        "symbols": "a text of mostly symbols",
        "boilerplate": "a text with several phrases of page furniture",
    }

    @property
    def sha256(self) -> str:
        """The digest over the program, which holds its thresholds and phrases."""
        return source_digest("quality.py", "quality.toml")

    @property
    def quality(self) -> Sequence[Quality]:
        """How right it is on labelled texts of ours."""
        return measured(self.name)

    def detect(self, texts: pa.RecordBatch) -> pa.RecordBatch:
        """Return which indicators each text shows."""
        return find_hits(texts, look)


def look(text: str) -> Iterator[Hit]:
    """Yield the indicators that one text shows."""
    read = text[:LONGEST]
    stripped = read.strip()
    if len(stripped) < SHORT:
        yield Hit("short")
    if len(text) > LONG:
        yield Hit("long")
    if (share := _symbols(stripped)) >= SYMBOLS:
        yield Hit("symbols", share)
    if (share := _repeated(stripped)) >= LINES:
        yield Hit("repetitive", share)
    if len(set(_boilerplate().findall(stripped.casefold()))) >= _FRAMES:
        yield Hit("boilerplate")


def _symbols(text: str) -> float:
    signs = [sign for sign in text if not sign.isspace()]
    # A mark that belongs to a letter, as of Hindi or Thai, is none.
    return sum(not (sign.isalpha() or "\u0300" <= sign <= "\u1cff") for sign in signs) / len(signs) if signs else 0.0


def _repeated(text: str) -> float:
    """Return the share of lines that repeat another, or 1 where nearly nothing is left when it is compressed."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    data = text.encode()
    if len(data) >= ENOUGH and len(zlib.compress(data, 6)) / len(data) <= SQUEEZED:
        return 1.0
    if len(lines) < _FEW_LINES:
        return 0.0
    return sum(count - 1 for count in Counter(lines).values()) / len(lines)


@cache
def _boilerplate() -> re.Pattern[str]:
    phrases = tomllib.loads((files(__package__) / "quality.toml").read_text(encoding="utf-8"))["boilerplate"]
    return re.compile("|".join(re.escape(phrase) for phrase in sorted(phrases, key=len, reverse=True)))
