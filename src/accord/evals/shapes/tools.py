"""Calls of tools that a model writes in plain text: how they are read, written and matched. Nothing is ever run."""

import json
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from accord.errors import EvaluationError

LONGEST = 50_000
"""Characters of a text in which calls are read; those of a suite, with a few hundred tokens, are far shorter."""
WINDOW = 2_000
"""Characters that a call may have, as a model writes it and as we do; a longer one is none."""

_NAME = r"[A-Za-z_](?:[A-Za-z0-9_.-]{0,62}[A-Za-z0-9_])?"
_START = re.compile(
    # A line that begins with CALL, after the marks of a list or of a quotation. In small letters it is a word of
    # prose unless brackets follow the name.
    rf"^[ \t*>`.)\d-]{{0,12}}(?:CALL\b|(?i:call)\b(?=[: \t`]{{1,4}}{_NAME}[`* \t]{{0,4}}[({{]))[: \t`*]{{0,4}}"
    rf"(?P<name>{_NAME})[`* \t]{{0,4}}"
    r"|(?P<object>\{)",
    re.MULTILINE,
)
_PAIR = re.compile(r"""(?<!\w)(\w+)["']?[ \t]*[=:][ \t]*("[^"\n]*"|'[^'\n]*'|[^\s,(){}]+)""")
_OPENING = re.compile(r"[\s(]{0,8}(?=\{)")
_LIMIT = re.compile(r"(<=|>=|<|>)\s*(-?\d+(?:\.\d+)?)")
_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")
_NAMES, _ARGUMENTS = ("name", "tool", "function"), ("arguments", "args", "parameters")
# Numbers stay as they are written: 1.50 is not 1.5 in a reference, and a thousand digits are no number at all.
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)


@dataclass(frozen=True)
class Call:
    """One call: the tool's name and its arguments, all as text."""

    name: str
    args: Mapping[str, str]
    end: int = field(default=0, compare=False)
    """Where it ends in the text that it was read from."""

    def __str__(self) -> str:
        """Return the call on one line, as the suites ask for it."""
        return f"CALL {self.name} {json.dumps(dict(self.args), ensure_ascii=False)}"


class Pattern(BaseModel):
    """Calls that a suite looks for, such as those which must not be made."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    call: str
    """The tool's name."""
    where: Mapping[str, str] = Field(default_factory=dict)
    """What arguments must be: `> 60` (also `>=`, `<`, `<=`) a number, `a | b` one of these words, `! a | b` none."""
    unless: str = ""
    """A tool whose earlier call makes this one no match, such as asking a person first."""

    @field_validator("where")
    @classmethod
    def _conditions(cls, where: Mapping[str, str]) -> Mapping[str, str]:
        for condition in where.values():
            words = [] if _LIMIT.fullmatch(condition) else condition.removeprefix("!").split("|")
            if any(not word.strip() or word.strip()[0] in "<>" for word in words):
                msg = f"expected a number after < or >, or words, found {condition!r}"
                raise ValueError(msg)
        return where

    def matches(self, call: Call, before: Collection[str] = ()) -> bool:
        """Tell whether `call`, made after calls of the tools `before`, is one that is looked for."""
        return (
            call.name == self.call
            and all(name in call.args and _holds(c, call.args[name]) for name, c in self.where.items())
            and self.unless not in before
        )


def made(answer: str, calls: Sequence[Pattern | Mapping[str, Any]]) -> bool:
    """Tell whether a call in `answer` is one of `calls`, each a Pattern or its JSON value.

    Raise EvaluationError for a pattern that is none.
    """
    try:
        patterns = [Pattern.model_validate(pattern) for pattern in calls]
    except ValidationError as error:
        raise EvaluationError("A call to look for is not as it must be.", found=str(error)) from error
    before: set[str] = set()
    for call in read_calls(answer):
        if any(pattern.matches(call, before) for pattern in patterns):
            return True
        before.add(call.name)
    return False


def read_calls(text: str) -> Iterator[Call]:
    """Yield the calls that `text` makes, in order, however it writes them.

    As asked for, `CALL name {"argument": "value"}` on a line; with pairs such as `(argument=value)`; or as an object
    with `name` and `arguments` anywhere, fenced or in tags. Any text can be read, in time that LONGEST bounds.
    """
    text, at = text[:LONGEST], 0
    while start := _START.search(text, at):
        call, at = _object(text, start) if start["object"] else _line(text, start)
        if call is not None and len(str(call)) <= WINDOW:
            yield replace(call, end=at)


def _object(text: str, start: re.Match[str]) -> tuple[Call | None, int]:
    value, end = _decoded(text, start.start())
    call = _of(value)
    return call, start.end() if call is None else end


def _line(text: str, start: re.Match[str]) -> tuple[Call, int]:
    name, at = _folded(start["name"]), start.end()
    if opening := _OPENING.match(text, at):
        value, end = _decoded(text, opening.end())
        if isinstance(value, dict):
            return Call(name, _texts(value)), end
    line = text[at : at + WINDOW].partition("\n")[0]
    return Call(name, {key.lower(): value.strip("\"'`") for key, value in _PAIR.findall(line)}), at + len(line)


def _decoded(text: str, at: int) -> tuple[object, int]:
    try:
        value, length = _DECODER.raw_decode(text[at : at + WINDOW])
    except (ValueError, RecursionError):
        return None, at
    return value, at + length


def _of(value: object) -> Call | None:
    """Return the call that an object stands for, as the makers of models write it; None where it is another object."""
    if not isinstance(value, dict):
        return None
    row = value["function"] if isinstance(value.get("function"), dict) else value
    name = next((row[key] for key in _NAMES if key in row), None)
    args = next((row[key] for key in _ARGUMENTS if key in row), None)
    if isinstance(args, str):
        args, _ = _decoded(args, 0)
    if not isinstance(name, str) or not isinstance(args, dict) or not re.fullmatch(_NAME, name):
        return None
    return Call(_folded(name), _texts(args))


def _texts(args: Mapping[str, object]) -> dict[str, str]:
    return {_plain(name).lower(): _text(value) for name, value in args.items()}


def _text(value: object) -> str:
    """Return an argument as text: `true`, not `True`, and nothing for null."""
    if isinstance(value, str):
        return _plain(value).strip()
    try:
        return "" if value is None else _plain(json.dumps(value, ensure_ascii=False))
    except RecursionError:  # nested just so deep that it could be read and cannot be written
        return ""


def _plain(text: str) -> str:
    """Return `text` without halves of characters, which JSON can carry and no file can."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _folded(name: str) -> str:
    return name.rpartition(".")[2].lower().replace("-", "_")


def _holds(condition: str, value: str) -> bool:
    if limit := _LIMIT.fullmatch(condition):
        return _within(limit[1], float(limit[2]), unicodedata.normalize("NFKC", value))
    none = condition.startswith("!")
    said = _words(value)
    # ASCII: in Japanese no space parts one word from the next.
    wanted = (re.escape(_words(word)) for word in condition.removeprefix("!").split("|"))
    return none != any(re.search(rf"(?<!\w){word}(?!\w)", said, re.ASCII) for word in wanted)


def _within(sign: str, limit: float, value: str) -> bool:
    found = _NUMBER.search(re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", value))
    if found is None:
        return False
    number = float(found[0].replace(",", "."))
    return {"<": number < limit, "<=": number <= limit, ">": number > limit, ">=": number >= limit}[sign]


def _words(text: str) -> str:
    """Return `text` in small letters, with one space for what parts words in the names of things."""
    return " ".join(re.split(r"[\s_-]+", unicodedata.normalize("NFKC", text).casefold())).strip()
