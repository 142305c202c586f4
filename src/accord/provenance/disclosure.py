"""Are people told that they face an AI: the page or API that they meet is fetched, and its label looked for (7.5)."""

import html
import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser

from accord.errors import ProvenanceError
from accord.evidence import Sighting
from accord.manifest import Notice

_LARGEST = 1 << 22
_TIMEOUT = 30.0
_UNSEEN = frozenset({"script", "style", "template", "noscript", "head"})
_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)


def look_at_notices(notices: Iterable[Notice]) -> Iterator[Sighting]:
    """Yield for each notice whether its label is in what is served; nothing of a page is kept but that.

    A page that scripts write may show the label to people all the same: no script is run, so that stays untold.
    """
    for notice in notices:
        subject = f"{notice.address} ({notice.language})"
        try:
            kind, text = _fetch(notice.address, notice.language)
        except ProvenanceError as error:
            yield Sighting(observation="notice.shown", subject=subject, note=f"{error.problem} {error.found}".strip())
            continue
        seen, scripted = find_label(kind, text, notice.label)
        holds = True if seen else None if scripted else False
        note = "" if holds is not None else "it is not in the page as it is served; its scripts were not run"
        yield Sighting(observation="notice.shown", subject=subject, holds=holds, note=note)


def find_label(kind: str, text: str, label: str) -> tuple[bool, bool]:
    """Tell whether a label is in what people read of a page or an answer, and whether scripts could add to it."""
    wanted = _plain(label)
    if kind == "application/json":
        return wanted in _plain(" ".join(_strings(text))), False
    if kind not in {"text/html", "application/xhtml+xml"}:
        return wanted in _plain(text), False
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return wanted in _plain("".join(reader.shown)), reader.scripted


class _Reader(HTMLParser):
    """Keeps the text that a browser shows, as far as the markup alone tells."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[str] = []
        self.scripted = False
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        self.scripted = self.scripted or tag == "script"
        style = re.sub(r"\s", "", held.get("style") or "").lower()
        away = "display:none" in style or "visibility:hidden" in style or "hidden" in held or tag in _UNSEEN
        if tag not in _VOID:
            self._open.append((tag, away or self._is_away()))
        self.shown.append(" ")

    def handle_endtag(self, tag: str) -> None:
        places = [n for n, (name, _) in enumerate(self._open) if name == tag]
        if places:
            del self._open[places[-1] :]
        self.shown.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._is_away():
            self.shown.append(data)

    def _is_away(self) -> bool:
        return bool(self._open) and self._open[-1][1]


def _plain(text: str) -> str:
    return " ".join(html.unescape(text).casefold().split())


def _strings(text: str) -> Iterator[str]:
    try:
        waiting = [json.loads(text)]
    except (ValueError, RecursionError):
        yield text
        return
    while waiting:
        held = waiting.pop(0)
        if isinstance(held, str):
            yield held
        elif isinstance(held, dict):
            waiting[:0] = held.values()
        elif isinstance(held, list):
            waiting[:0] = held


def _fetch(address: str, language: str) -> tuple[str, str]:
    headers = {"User-Agent": "accord (checks whether people are told of AI)", "Accept-Language": language}
    request = urllib.request.Request(address, headers=headers)  # noqa: S310 - the manifest takes http and https alone
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310 - as above
            data = answer.read(_LARGEST + 1)
            kind, charset = answer.headers.get_content_type(), answer.headers.get_content_charset() or "utf-8"
    except (OSError, ValueError, urllib.error.URLError) as error:
        raise ProvenanceError("The page cannot be fetched.", found=str(error)[:200]) from error
    if len(data) > _LARGEST:
        raise ProvenanceError("The page is too large.", expected=f"at most {_LARGEST} bytes")
    try:
        return kind, data.decode(charset, errors="replace")
    except LookupError:
        return kind, data.decode("utf-8", errors="replace")
