"""What a text says of rights in it: a licence by name or id, a notice of copyright, or words that reserve rights."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from accord.evidence import Quality
from accord.ledger import digest
from accord.scan.sources import licences
from accord.scan.whole.hits import Hit, find_hits, measured, source_digest

_ENDS = 20_000
"""Characters at each end of a text that are read: notices stand there."""
_COPYRIGHT = re.compile(r"(?:©|\(c\)|\bcopyright\b)[ \t]*(?:©|\(c\))?[ \t,:-]*(?:19|20)\d\d\b", re.IGNORECASE)
_RESERVED = re.compile(
    r"\ball rights reserved\b|\balle rechte vorbehalten\b|\btous droits réservés\b"
    r"|\btutti i diritti (?:sono )?riservati\b|無断転載を禁|無断複製"
    r"|\bmay not be (?:reproduced|used (?:to|for) train\w*)\b"
    r"|\b(?:text and data|data) mining (?:is|are) (?:expressly )?reserved\b",
    re.IGNORECASE,
)
_OPEN, _NON_COMMERCIAL, _NO_CHANGES = "licence-open", "licence-non-commercial", "licence-no-derivatives"


class RightsDetector:
    """Gives a text labels for what it says of its own licence and copyright."""

    name = "rights"
    labels: Mapping[str, str] = {
        _OPEN: "a text that names a licence without such limits",
        _NON_COMMERCIAL: "a text that names a licence for non-commercial use alone",
        _NO_CHANGES: "a text that names a licence without derivatives",
        "copyright": "a text with a notice of copyright",
        "reserved": "a text that reserves rights in words",
    }

    @property
    def sha256(self) -> str:
        """The digest over the program, which holds its rules."""
        return digest(source_digest("rights.py").encode() + Path(licences.__file__).read_bytes())

    @property
    def quality(self) -> Sequence[Quality]:
        """How right it is on labelled texts of ours."""
        return measured(self.name)

    def detect(self, texts: pa.RecordBatch) -> pa.RecordBatch:
        """Return what each text says of rights in it."""
        return find_hits(texts, look)


def look(text: str) -> Iterator[Hit]:
    """Yield what one text says of rights in it."""
    read = text if len(text) <= 2 * _ENDS else f"{text[:_ENDS]}\n{text[-_ENDS:]}"
    for name in licences.find_licences(read):
        parts = name.split("-")
        if "NC" in parts:
            yield Hit(_NON_COMMERCIAL)
        elif "ND" in parts:
            yield Hit(_NO_CHANGES)
        else:
            yield Hit(_OPEN)
    if _COPYRIGHT.search(read):
        yield Hit("copyright")
    if _RESERVED.search(read):
        yield Hit("reserved")
