"""A pattern as data: a regular expression over the bytes of a text, and what must be true of what it matches."""

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from typing import Any

from accord.errors import ScanError
from accord.scan.patterns.checks import Check, find_check
from accord.scan.patterns.superset import derive
from accord.scan.patterns.words import Words

_LABEL = "[a-z0-9][a-z0-9.-]*"
_KEYS = {"label", "regex", "check", "words", "near", "unless", "before", "score"}


@dataclass(frozen=True)
class Pattern:
    """One regular expression, in the syntax of `re` for bytes: word characters are ASCII ones, a dot is one byte."""

    label: str
    """What it finds; several patterns may find the same."""
    regex: str
    """The expression: never empty, of bounded width, and without back-references."""
    check: str = ""
    """The name of a rule that the match must pass, such as luhn."""
    words: tuple[str, ...] = ()
    """Words of which one must stand near the match, in any case."""
    near: int = 48
    """How many bytes before and after the match they are looked for."""
    unless: tuple[str, ...] = ()
    """Words of which none may stand before the match, in any case."""
    before: int = 24
    """How many bytes before the match those are looked for."""
    score: float = 1.0
    """How sure a match is."""

    @cached_property
    def compiled(self) -> re.Pattern[bytes]:
        """The expression, compiled."""
        return re.compile(self.regex.encode())

    @cached_property
    def _checked(self) -> Check | None:
        return find_check(self.check) if self.check else None

    @cached_property
    def _around(self) -> Words | None:
        return Words(self.words) if self.words else None

    @cached_property
    def _against(self) -> Words | None:
        return Words(self.unless) if self.unless else None

    def holds(self, row: memoryview, start: int, end: int) -> bool:
        """Tell whether a match at this place of a text is what the label says."""
        if self._around and not self._around.stand_in(row[max(0, start - self.near) : end + self.near]):
            return False
        if self._against and self._against.stand_in(row[max(0, start - self.before) : start]):
            return False
        return self._checked is None or self._checked(bytes(row[start:end]).decode("utf-8", "replace"))

    def __getstate__(self) -> dict[str, object]:
        """Leave out what is compiled: a copy compiles its own."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass(frozen=True)
class PatternSet:
    """The patterns of a detector, the title of each label, and the bytes that they were read from."""

    patterns: tuple[Pattern, ...]
    titles: dict[str, str]
    source: bytes = field(repr=False)


def load_patterns(*names: str) -> PatternSet:
    """Read the patterns that Accord brings from files in its folder `data`."""
    folder = files("accord.scan.patterns").joinpath("data")
    return parse_patterns([folder.joinpath(f"{name}.toml").read_bytes() for name in names])


def parse_patterns(sources: Sequence[bytes]) -> PatternSet:
    """Read patterns from TOML; raise ScanError for one that cannot be used."""
    patterns: list[Pattern] = []
    titles: dict[str, str] = {}
    for source in sources:
        try:
            rows = tomllib.loads(source.decode())["pattern"]
        except (UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
            raise ScanError(
                "Patterns cannot be read.", expected="TOML with tables [[pattern]]", found=str(error)
            ) from error
        for row in rows:
            title = row.pop("title", "")
            patterns.append(_pattern(row))
            titles[row["label"]] = titles.get(row["label"]) or title
    _refuse_untitled(titles)
    return PatternSet(tuple(patterns), titles, b"\n".join(sources))


def _pattern(row: dict[str, Any]) -> Pattern:
    """Return one pattern, once it is known that it can be used."""
    unknown = sorted(set(row) - _KEYS)
    if unknown:
        raise ScanError("A pattern has unknown keys.", where=str(row.get("label")), found=", ".join(unknown))
    lists = {name: tuple(row.get(name, ())) for name in ("words", "unless")}
    try:
        pattern = Pattern(**{**row, **lists})
        if not re.fullmatch(_LABEL, pattern.label):
            raise ScanError("A pattern cannot be read.", expected=f"a label like {_LABEL}", found=pattern.label)
        derive(pattern.compiled.pattern)
    except (TypeError, re.error) as error:
        raise ScanError("A pattern cannot be read.", where=str(row.get("label")), found=str(error)) from error
    if pattern.check:
        find_check(pattern.check)
    return pattern


def _refuse_untitled(titles: dict[str, str]) -> None:
    untitled: Iterable[str] = sorted(label for label, title in titles.items() if not title)
    if untitled:
        raise ScanError("A label has no title.", found=", ".join(untitled))
