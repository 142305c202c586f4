"""Reading what others wrote: bounded JSON, and the few values in it that are of the shape that is looked for."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from accord.errors import IntakeError, VerificationError
from accord.incidents.intake import Report
from accord.incidents.intake.report import cut, propose
from accord.ledger import parse_json

LARGEST = 4 << 20
"""The most bytes of a file of an incident."""
_MOST = 1_000  # values of one list that are looked at
_LONGEST = 20_000  # characters of one text that are looked at
_PROPOSED = (
    "category", "severity", "harms", "consequences", "occurred", "ended", "jurisdictions", "use", "principles",
    "industries", "breadth", "tasks", "autonomy", "identifiers",
)  # fmt: skip
"""The fields whose values are words of lists, days or codes: only they may be proposed for the log."""
_WEAKNESS = ("resources", "detection", "relation", "cvss", "cwe")
_STRICT = ("amber+strict", "red")
_HTTPS = re.compile(r"https://[^\s@/?#]+([/?#][^\s]*)?")


@dataclass
class Found:
    """What a file says of an incident, by the fields of the record; nothing of it is believed, or checked yet."""

    format: str
    fits: bool
    """Whether it says that it is of the format."""
    values: dict[str, Any] = field(default_factory=dict)

    def take(self, name: str, value: object) -> None:
        """Take a value for a field, where it says something."""
        if value not in (None, "", [], {}):
            self.values[name] = value

    def take_all(self, told: Mapping[str, Any]) -> None:
        """Take several."""
        for name, value in told.items():
            self.take(name, value)

    def report(self, data: bytes) -> Report:
        """Return it as a report from outside: its words stay in the file, and the words of our lists are proposed."""
        proposed: dict[str, Any] = {}
        notes: list[str] = []
        weakness = {name: self.values[f"security.{name}"] for name in _WEAKNESS if f"security.{name}" in self.values}
        marking = self.values.get("tlp")
        told = {name: self.values.get(name) for name in _PROPOSED} | {"security": weakness}
        for name, value in (told | {"tlp": marking if marking in _STRICT else None}).items():
            kept, said = _propose(name, value)
            proposed |= kept
            notes += said
        title = str(self.values.get("title", ""))
        rest = [f"{name}: {value}" for name, value in self.values.items() if name not in {"title", "description"}]
        text = "\n".join([str(self.values.get("description", "")), *rest])
        return Report(
            self.format, data, "application/json", cut(title), cut(text), proposed=proposed, notes=tuple(notes)
        )


def _propose(name: str, value: object) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return what may be proposed of a value: of a list that is not sound as a whole, what is sound by itself."""
    kept, notes = propose({name: value})
    if kept or not isinstance(value, list):
        return kept, notes
    sound = [one for one in value if propose({name: [one]})[0]]
    return propose({name: sound})[0], notes


def write_json(value: object) -> bytes:
    """Return JSON in one stable form: ASCII alone, keys in order."""
    return (json.dumps(value, indent=2, sort_keys=True) + "\n").encode("ascii")


def read_json(data: bytes) -> dict[str, Any]:
    """Return the object that a file holds; raise IntakeError for what is too large, or no strict JSON object."""
    if len(data) > LARGEST:
        raise IntakeError(
            "This file is too large.", expected=f"at most {LARGEST:,} bytes", found=f"{len(data):,} bytes"
        )
    try:
        value = parse_json(data.removeprefix(b"\xef\xbb\xbf"))
    except VerificationError as error:
        raise IntakeError(error.problem, found=error.found) from error
    if not isinstance(value, dict):
        raise IntakeError("This is not an incident in JSON.", expected="an object", found=type(value).__name__)
    return value


def table(told: Mapping[str, Any], *path: str) -> dict[str, Any]:
    """Return the object at a path; an empty one where there is none."""
    for name in path:
        value = told.get(name)
        told = value if isinstance(value, dict) else {}
    return dict(told)


def rows(told: Mapping[str, Any], *path: str) -> list[dict[str, Any]]:
    """Return the objects of a list at a path."""
    *above, last = path
    return [row for row in _listed(table(told, *above).get(last)) if isinstance(row, dict)]


def text(told: Mapping[str, Any], *path: str) -> str:
    """Return the text at a path; nothing where there is none."""
    *above, last = path
    value = table(told, *above).get(last)
    return value[:_LONGEST] if isinstance(value, str) else ""


def texts(told: Mapping[str, Any], *path: str) -> list[str]:
    """Return the texts of a list at a path, or the one text there."""
    *above, last = path
    value = table(told, *above).get(last)
    return [one[:_LONGEST] for one in _listed([value] if isinstance(value, str) else value) if isinstance(one, str)]


def number(told: Mapping[str, Any], name: str) -> int | None:
    """Return the whole number of a name."""
    value = told.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def links(found: list[str]) -> list[str]:
    """Return those of some texts that are links, as the record has them."""
    return [one for one in found if _HTTPS.fullmatch(one)]


def labelled(told: list[str], name: str) -> Iterator[str]:
    """Yield the words of those labels that are of a name, as in `harm:physical`."""
    yield from (one.removeprefix(f"{name}:") for one in told if one.startswith(f"{name}:"))


def _listed(value: object) -> list[Any]:
    return value[:_MOST] if isinstance(value, list) else []
