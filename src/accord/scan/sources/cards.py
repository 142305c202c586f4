"""Dataset cards: README.md with a front matter of YAML, as model hubs show it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from accord.errors import ScanError
from accord.evidence import Sighting
from accord.scan.sources.reading import parse_yaml, read_bounded

QUESTIONS = {"card.says": "the dataset card says it"}
LARGEST = 1 << 20
_HEAD = re.compile(r"\A---[ \t]*\r?\n(.*?)^---[ \t]*\r?$(.*)", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^#{1,6}[ \t]+(.+?)[ \t]*#*$", re.MULTILINE)
_FIELDS = {
    "license": "its licence",
    "language": "its languages",
    "size_categories": "its size",
    "source_datasets": "what it was made from",
}
_SECTIONS = {
    "what it is for": r"\buses?\b|intended|purpose",
    "how it was collected": r"collect|curation|source data|creation|provenance",
    "how it was cleaned": r"process|clean|filter|preprocess|quality",
    "personal and sensitive data": r"personal|sensitive|privacy",
    "bias, risks and limits": r"\bbias|risk|limitation",
    "who made it": r"author|curator|creator|contact|citation",
}


@dataclass(frozen=True)
class Card:
    """What a card says: its front matter, and the headings of its text that have text below them."""

    fields: Mapping[str, object]
    sections: tuple[str, ...]

    @property
    def licence(self) -> str:
        """The licence that it names; empty for none, or `other`."""
        value = self.fields.get("license")
        named = value[0] if isinstance(value, list) and len(value) == 1 else value
        return named if isinstance(named, str) and named.casefold() not in {"other", "unknown"} else ""


def read_card(path: Path) -> Card:
    """Return what a card says; raise ScanError where it cannot be read."""
    text = read_bounded(path, LARGEST).decode("utf-8-sig", "replace")
    match = _HEAD.match(text)
    fields = parse_yaml(match[1].encode(), path.name) if match else {}
    if not isinstance(fields, dict):
        raise ScanError("The front matter of this card is no table.", where=path.name)
    body = match[2] if match else text
    parts = _HEADING.split(body)[1:]
    filled = (title for title, below in zip(parts[::2], parts[1::2], strict=True) if below.strip(" \t\r\n-*[]."))
    return Card({str(key): value for key, value in fields.items()}, tuple(title.casefold() for title in filled))


def look_at_card(path: Path) -> Iterator[Sighting]:
    """Yield whether a card says what whoever uses the data needs to know."""
    try:
        card = read_card(path)
    except ScanError as error:
        yield Sighting(observation="card.says", subject=path.name, note=error.problem)
        return
    for field, title in _FIELDS.items():
        said = card.fields.get(field) not in (None, "", [], {})
        yield Sighting(observation="card.says", subject=title, holds=said, note=f"front matter: {field}")
    for title, rule in _SECTIONS.items():
        said = any(re.search(rule, heading) for heading in card.sections)
        yield Sighting(observation="card.says", subject=title, holds=said, note="a section with text")
