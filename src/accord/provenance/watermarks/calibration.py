"""How often a watermark is found where there is none, and what may be said at that rate.

A scheme's own p-value may be wrong for the one key that there is. So the p-value of some content is its place among
unmarked passages: (1 + those that score as much) / (n + 1), which is right for content like them whatever the scheme
does (V. Vovk, A. Gammerman and G. Shafer, Algorithmic learning in a random world, 2005, chapter 2). It is never less
than the scheme's own. Passages of one text hang together, so many texts tell more than a long one.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path

from accord.errors import ProvenanceError
from accord.evidence import Sighting
from accord.provenance.attack import TEXT, find_samples, kind_of
from accord.provenance.credentials import TYPES
from accord.provenance.watermarks.scheme import Score, Watermark

PASSAGE = 1000
"""Characters of a passage into which unmarked texts are cut."""
SUFFIXES = {".txt": TEXT, ".md": TEXT, **TYPES}
_SHOWN = 1e-99


@dataclass(frozen=True)
class Passage:
    """A piece of unmarked content."""

    name: str
    content: bytes
    kind: str


@dataclass(frozen=True)
class Detection:
    """What was found of a watermark in some content."""

    found: bool | None
    """Whether it is there; none where there is too little content, or it cannot be read."""
    p: float | None = None
    """The chance that unmarked content looks as much like it."""
    size: int = 0
    """On how much that rests."""
    note: str = ""
    """In words."""


@dataclass(frozen=True)
class CalibratedMark:
    """A watermark, with what unmarked content scores, and the rate of false alarms that is accepted."""

    watermark: Watermark
    rate: float
    unmarked: tuple[float, ...] = field(default=(), repr=False)
    """The scheme's own p-values of unmarked passages, in order."""
    id: str = ""
    """What the organisation calls it; the scheme's name where it is empty."""

    def __post_init__(self) -> None:
        if self.watermark.exact:
            return
        needed = ceil(1 / self.rate) - 1
        if len(self.unmarked) < needed:
            raise ProvenanceError(
                "There is too little unmarked content for this rate of false alarms.",
                expected=f"at least {needed} passages of {self.watermark.least} {self.watermark.unit} or more",
                found=f"{len(self.unmarked)}",
                fix="add texts to the folder of unmarked content, or accept a higher rate",
            )

    @property
    def name(self) -> str:
        """What its observations begin with."""
        return f"watermark.{self.id or self.watermark.name}"

    @property
    def title(self) -> str:
        """What it is called in a sentence."""
        return f"watermark {self.id or self.watermark.name}"

    def p_value(self, score: Score) -> float:
        """Return the chance that unmarked content scores as much."""
        if self.watermark.exact:
            return score.p
        return max(score.p, (1 + bisect_right(self.unmarked, score.p)) / (len(self.unmarked) + 1))

    def detect(self, content: bytes, kind: str) -> Detection:
        """Tell whether the mark is in content; nothing is told of content that is too short or cannot be read."""
        if kind not in self.watermark.kinds:
            return Detection(None, note=f"it cannot be in {kind}")
        try:
            score = self.watermark.score(content, kind)
        except ProvenanceError as error:
            return Detection(None, note=error.problem)
        if score.size < self.watermark.least:
            note = f"too short: {score.size} of {self.watermark.least} {self.watermark.unit}"
            return Detection(None, size=score.size, note=note)
        p = self.p_value(score)
        shown = f"p = {p:.2g}" if p >= _SHOWN else f"p < {_SHOWN:g}"
        return Detection(p <= self.rate, p, score.size, f"{shown}, {score.size} {self.watermark.unit}")

    def find(self, content: bytes, kind: str) -> tuple[bool | None, str]:
        """Tell whether the mark is in content, at the rate of false alarms that is accepted."""
        found = self.detect(content, kind)
        return found.found, found.note


def calibrate(watermark: Watermark, passages: Sequence[Passage], rate: float, id: str = "") -> CalibratedMark:  # noqa: A002 - its own name
    """Return a watermark that knows what unmarked passages score; raise ProvenanceError where they are too few."""
    if watermark.exact:
        return CalibratedMark(watermark, rate, id=id)
    scores = [watermark.score(p.content, p.kind) for p in passages if p.kind in watermark.kinds]
    return CalibratedMark(watermark, rate, tuple(sorted(s.p for s in scores if s.size >= watermark.least)), id)


def false_alarms(watermark: Watermark, passages: Sequence[Passage], rate: float, id: str = "") -> Iterator[Sighting]:  # noqa: A002 - its own name
    """Yield for unmarked passages whether no mark is found in them: every second one, judged by the others.

    Nothing is yielded where half of them are too few for the rate.
    """
    judges = passages[::2]
    try:
        mark = calibrate(watermark, judges, rate, id)
    except ProvenanceError:
        return
    for passage in passages[1::2]:
        found = mark.detect(passage.content, passage.kind)
        holds = None if found.found is None else not found.found
        yield Sighting(observation=f"{mark.name}.quiet", subject=passage.name, holds=holds, note=found.note)


def read_unmarked(folder: Path) -> tuple[Passage, ...]:
    """Return the unmarked content of a folder: texts in passages, everything else as it is."""
    found = list[Passage]()
    for path in find_samples(folder, SUFFIXES):
        kind, data = kind_of(path), path.read_bytes()
        if kind != TEXT:
            found.append(Passage(path.name, data, kind))
            continue
        pieces = cut_passages(data.decode("utf-8", "replace"))
        found += (Passage(f"{path.name}#{n}", piece.encode(), kind) for n, piece in enumerate(pieces))
    return tuple(found)


def cut_passages(text: str, size: int = PASSAGE) -> Iterator[str]:
    """Yield a text in passages of at least `size` characters, each ending between words; a rest is left out."""
    start = 0
    while len(text) - start >= size:
        gap = re.compile(r"\s").search(text, start + size)
        end = gap.start() if gap and gap.start() < start + 2 * size else start + size
        yield text[start:end].strip()
        start = end
