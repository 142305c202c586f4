"""What a source says of use for training: robots.txt, Content-Signal lines, ai.txt, TDMRep files and headers.

Each reader takes the bytes of one file and gives what it says: reserved, open, or nothing. Which of them binds whom is
for lawyers: that they were said is what can be seen.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from accord.errors import MissingExtraError, ScanError
from accord.scan.sources.reading import parse_json

LARGEST = 500 << 10
"""Bytes of a text file that are read: RFC 9309 asks for as much of robots.txt, and lets the rest be ignored."""
CRAWLERS = (
    "AI2Bot", "Amazonbot", "anthropic-ai", "Applebot-Extended", "Bytespider", "CCBot", "ChatGPT-User", "ClaudeBot",
    "cohere-ai", "cohere-training-data-crawler", "Diffbot", "FacebookBot", "Google-Extended", "GPTBot", "img2dataset",
    "Meta-ExternalAgent", "omgili", "PerplexityBot", "Timpibot", "YouBot",
)  # fmt: skip
"""Names under which texts are collected to train models, as their operators publish them (November 2026)."""
_MEDIA = re.compile(r"^\*?\.?(?:txt|html?|pdf|docx?|md)$", re.IGNORECASE)
_HEAD = 64 << 10  # bytes of a page in which its head lies
_NOBODY = "accord-nobody-at-all"
_LINE = re.compile(r"\s*([A-Za-z][A-Za-z-]*)\s*:\s*(.*)")


@dataclass(frozen=True)
class Signal:
    """What one file says of one source; `reserved` is None where it says nothing of training."""

    kind: str
    """Which convention it is, such as robots.txt."""
    reserved: bool | None
    note: str = ""
    """What it says, in words of ours."""


def read_robots(data: bytes) -> Iterator[Signal]:
    """Yield what a robots.txt says: of the crawlers of model makers, and in Content-Signal lines."""
    text = _text(data)
    try:
        from protego import Protego  # noqa: PLC0415 - of an extra
    except ImportError as error:
        raise MissingExtraError(
            "robots.txt cannot be read: Protego is not installed.", fix="pip install 'accord[scan]'"
        ) from error
    rules = Protego.parse(text)
    shut = [name for name in CRAWLERS if not rules.can_fetch("/", name)]
    if not rules.can_fetch("/", _NOBODY):
        yield Signal("robots.txt", reserved=True, note="no robot may read its front page")
    elif shut:
        yield Signal(
            "robots.txt",
            reserved=True,
            note=f"its front page is shut to {len(shut)} of {len(CRAWLERS)} crawlers of model makers",
        )
    else:
        yield Signal("robots.txt", reserved=False, note="its front page is open to crawlers of model makers")
    yield from _content_signals(text)


def _content_signals(text: str) -> Iterator[Signal]:
    """Yield what Content-Signal lines say of training; the strictest of several counts."""
    said = [
        match[2].casefold()
        for line in text.splitlines()
        if (match := _LINE.fullmatch(line)) and match[1].casefold() == "content-signal"
    ]
    answers = {answer for value in said for answer in re.findall(r"\bai-train\s*=\s*(yes|no)\b", value)}
    if answers:
        reserved = "no" in answers
        yield Signal("Content-Signal", reserved=reserved, note=f"ai-train={'no' if reserved else 'yes'}")
    elif said:
        yield Signal("Content-Signal", reserved=None, note="it says nothing of ai-train")


def read_ai_txt(data: bytes) -> Iterator[Signal]:
    """Yield what an ai.txt says of texts: its lines are those of robots.txt, and name kinds of files."""
    shut = opened = False
    for line in _text(data).splitlines():
        match = _LINE.fullmatch(line.partition("#")[0].rstrip())
        if match and match[1].casefold() in {"disallow", "allow"} and _of_texts(match[2].strip()):
            shut |= match[1].casefold() == "disallow"
            opened |= match[1].casefold() == "allow"
    if shut or opened:
        yield Signal("ai.txt", reserved=shut, note="it shuts texts" if shut else "it opens texts")
    else:
        yield Signal("ai.txt", reserved=None, note="it says nothing of texts")


def _of_texts(value: str) -> bool:
    return value in {"/", "*", "/*"} or bool(_MEDIA.fullmatch(value.lstrip("/")))


def read_tdmrep(data: bytes, where: str) -> Iterator[Signal]:
    """Yield what a tdmrep.json says (TDM Reservation Protocol); raise ScanError where it is not one."""
    rows = parse_json(data, where)
    if not isinstance(rows, list) or not all(map(_is_rule, rows)):
        raise ScanError(
            "This is no tdmrep.json.", where=where, expected="a list of locations with tdm-reservation 0 or 1"
        )
    reserved = [row for row in rows if row["tdm-reservation"] == 1]
    if not rows:
        yield Signal("TDMRep", reserved=None, note="it names no place")
    else:
        policies = sum("tdm-policy" in row for row in reserved)
        more = f"; {policies} name a policy by which rights can be had" if policies else ""
        yield Signal(
            "TDMRep", reserved=bool(reserved), note=f"{len(reserved)} of {len(rows)} places are reserved{more}"
        )


def _is_rule(row: Any) -> bool:  # noqa: ANN401 - whatever JSON holds
    if not isinstance(row, dict) or not isinstance(row.get("location"), str):
        return False
    value = row.get("tdm-reservation")
    return isinstance(value, int) and not isinstance(value, bool) and value in {0, 1}


def read_headers(data: bytes) -> Iterator[Signal]:
    """Yield what stored headers of a page say: TDM-Reservation, and X-Robots-Tag with noai."""
    said: dict[str, list[str]] = {}
    for line in _text(data).splitlines():
        if match := _LINE.fullmatch(line):
            said.setdefault(match[1].casefold(), []).append(match[2].strip().casefold())
    values = said.get("tdm-reservation", [])
    if values:
        yield Signal("TDMRep header", reserved="1" in values, note=f"tdm-reservation: {1 if '1' in values else 0}")
    tags = {part.strip() for value in said.get("x-robots-tag", []) for part in value.replace(":", ",").split(",")}
    if tags & {"noai", "noml"}:
        yield Signal("X-Robots-Tag", reserved=True, note="noai")
    yield from (s for value in said.get("content-signal", []) for s in _content_signals(f"Content-Signal: {value}"))


def read_page(data: bytes) -> Iterator[Signal]:
    """Yield what the head of a stored page says in its meta elements."""
    from html.parser import HTMLParser  # noqa: PLC0415 - pages are rare

    found: list[Signal] = []

    class _Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            held = {name: (value or "").strip().casefold() for name, value in attrs}
            if tag != "meta":
                return
            content = held.get("content", "")
            if held.get("name") == "tdm-reservation":
                found.append(
                    Signal(
                        "TDMRep meta", reserved=content == "1", note=f"tdm-reservation: {1 if content == '1' else 0}"
                    )
                )
            elif held.get("name") == "robots" and {"noai", "noml"} & set(re.split(r"[\s,]+", content)):
                found.append(Signal("robots meta", reserved=True, note="noai"))

    _Reader().feed(_text(data[:_HEAD]))
    yield from found


def _text(data: bytes) -> str:
    """Return a file as text; what is not UTF-8 becomes marks, and a cut last line is left out."""
    held = data[:LARGEST]
    if len(data) > LARGEST:
        held = held.rpartition(b"\n")[0]
    return held.decode("utf-8-sig", "replace").replace("\0", "\ufffd")
