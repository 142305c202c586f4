"""Finding the template of a finished sentence, and what was put into it.

A template is text with places such as `{count}` or `{low:.1%}`, as the source writes them. What was put in is matched
and never read as a template itself, and the time that it takes is bounded: there is no search that goes back on itself.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

LONGEST = 4_000
"""The most characters of a sentence that is looked at: what is longer was not composed by us alone."""

_PLACE = re.compile(r"\{(\w+)(?::([^{}]*))?\}")
_NUMBERS = frozenset({
    "accounts", "bad", "commits", "completed", "count", "datasets", "days", "declared", "fails", "fresh_days",
    "high", "index", "items", "level", "low", "n", "near", "outside", "planned", "reported", "review_days", "rewards",
    "size", "stale_days", "texts", "tolerated", "unknown",
})  # fmt: skip
_NAMES = frozenset(
    {
        "fingerprint",
        "id",
        "metric",
        "model_name",
        "name",
        "names",
        "role",
        "stage",
        "stage_id",
        "suite",
        "suite_id",
        "suites",
    }
)
"""What the organisation, or Accord, calls something: it stays as it is, also where it is a word of ours."""
_IDS = frozenset({"event", "fingerprint", "id", "kind", "language", "metric", "stage_id", "suite_id"})
_SHAPES = {
    "number": re.compile(r"\d[\d,]{0,30}"),
    "share": re.compile(r"-?\d{1,20}(\.\d{1,9})?%"),
    "figure": re.compile(r"-?\d{1,20}(\.\d{1,20})?(e[-+]\d\d)?"),
    "day": re.compile(r"\d{4}-\d\d-\d\d"),
    "moment": re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d"),
    "id": re.compile(r"\S*"),
}


@dataclass(frozen=True)
class Place:
    """Where a value stands in a template: its name, how it is written, and whether quotation marks enclose it."""

    name: str
    spec: str = ""
    quoted: bool = False

    @property
    def is_name(self) -> bool:
        """Whether a name stands there."""
        return self.name.rstrip("0123456789") in _NAMES

    @cached_property
    def shape(self) -> str:
        """What can stand there: "text", or one of the shapes that a value is checked against."""
        if self.spec.endswith("%") and not self.spec.startswith("%"):
            return "share"
        if self.spec.startswith("%"):
            return "moment" if "%H" in self.spec else "day"
        if self.spec == ",":
            return "number"
        if self.spec:
            return "figure"
        bare = self.name.rstrip("0123456789")
        return "number" if bare in _NUMBERS else "id" if bare in _IDS else "text"

    def takes(self, value: str) -> bool:
        """Tell whether a value can stand there."""
        shape = _SHAPES.get(self.shape)
        return shape is None or bool(shape.fullmatch(value))


@dataclass(frozen=True)
class Template:
    """A sentence with places: what is always said around them, in order."""

    said: tuple[str, ...]
    places: tuple[Place, ...]

    @classmethod
    def parse(cls, text: str) -> "Template":
        """Return the template that a message writes."""
        parts = _PLACE.split(text.replace("{{", "\0").replace("}}", "\1"))
        said = tuple(part.replace("\0", "{").replace("\1", "}") for part in parts[::3])
        named = zip(parts[1::3], parts[2::3], said, said[1:], strict=False)
        return cls(said, tuple(Place(n, s or "", b.endswith("“") and a.startswith("”")) for n, s, b, a in named))

    @cached_property
    def weight(self) -> int:
        """How much of it is always said: of two templates the one that says more is more likely meant."""
        return sum(len(part) for part in self.said)

    @cached_property
    def is_telling(self) -> bool:
        """Whether it says enough for what it matches to be it: "X at Y" is said by anybody."""
        letters = sum(char.isalpha() for part in self.said for char in part)
        return letters > 2 or len(self.places) < 2 or any(place.shape != "text" for place in self.places)  # noqa: PLR2004 - a short word between two texts

    def match(self, text: str) -> Mapping[str, str] | None:
        """Return what stands at each place of a sentence, or None where the sentence is another one."""
        first, last = self.said[0], self.said[-1]
        if len(text) < self.weight or not text.startswith(first) or not text.endswith(last):
            return None
        if not self.places:
            return {} if text == first else None
        values = self._read(text, 0, len(first), set())
        return None if values is None else {p.name: v for p, v in zip(self.places, values, strict=True)}

    def _read(self, text: str, place: int, start: int, dead: set[tuple[int, int]]) -> tuple[str, ...] | None:
        """Return the values from a place on, which begins at `start`; `dead` are starts that led nowhere."""
        end = len(text) - len(self.said[-1])
        if place == len(self.places) - 1:
            value = text[start:end] if start <= end else None
            return (value,) if value is not None and self.places[place].takes(value) else None
        if (place, start) in dead:
            return None
        after, at = self.said[place + 1], start
        while after and (at := text.find(after, at, end)) >= 0:
            value = text[start:at]
            rest = self._read(text, place + 1, at + len(after), dead) if self.places[place].takes(value) else None
            if rest is not None:
                return (value, *rest)
            at += 1
        dead.add((place, start))
        return None


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return a translated message with values at its places; a value is put in as it is."""
    whole = text.replace("{{", "\0").replace("}}", "\1")
    parts = _PLACE.split(whole)
    said = [part.replace("\0", "{").replace("\1", "}") for part in parts[::3]]
    names = parts[1::3]
    return said[0] + "".join(values[name] + after for name, after in zip(names, said[1:], strict=True))
