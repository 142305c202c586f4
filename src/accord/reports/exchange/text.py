"""Texts that leave: nothing in them is unseen, and where a reader may draw Markdown, nothing in them is Markdown."""

import re
from datetime import datetime
from typing import Any

from accord.reports.text import visible

_MARKS = re.compile(r"([\\`*_{}\[\]<>#|~&!])")
_STARTS = re.compile(r"^([ \t]*)([-+=]|\d+[.)])", re.MULTILINE)
_CVE = re.compile(r"CVE:(CVE-\d{4}-(0\d{3}|[1-9]\d{3,}))")
_ESCAPED = re.compile(r"\\([^\sA-Za-z0-9])")


def plain(text: str) -> str:
    """Return a text in which whatever is not seen, but for the ends of lines, is written out, as in [U+202E]."""
    return "\n".join(str(visible(line)) for line in text.replace("\r\n", "\n").split("\n"))


def neutral(value: Any) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """Return a value of JSON with every text in it plain."""
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, list):
        return [neutral(one) for one in value]
    return {name: neutral(one) for name, one in value.items()} if isinstance(value, dict) else value


def line(text: str) -> str:
    """Return a text on one line."""
    return " ".join(text.split())


def cut(text: str, most: int) -> str:
    """Return a text of at most so many characters; the last of them tells that it was cut."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def markdown(text: str) -> str:
    """Return Markdown that shows a text as it is."""
    escaped = _MARKS.sub(r"\\\1", text)
    return _STARTS.sub(lambda found: f"{found[1]}{_escape_start(found[2])}", escaped)


def _escape_start(start: str) -> str:
    return f"{start[:-1]}\\{start[-1]}"


def unmarkdown(text: str) -> str:
    """Return the text that `markdown` shows."""
    return _ESCAPED.sub(r"\1", text)


def cve(identifier: str) -> str:
    """Return the CVE that an identifier is; nothing where it is none."""
    found = _CVE.fullmatch(identifier)
    return found[1] if found else ""


def stamp(moment: datetime) -> str:
    """Return a moment in UTC, to the second (RFC 3339)."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
