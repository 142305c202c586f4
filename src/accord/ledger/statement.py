"""in-toto Statement v1: what is said (the predicate) about which bytes (the subjects).

Our own reader, because the protobuf one turns large integers into floats and accepts any text as a digest.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from accord.errors import VerificationError
from accord.ledger.canonical import format_json, parse_json

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"

_TEXT = re.compile(r".+", re.DOTALL)
_SHA256 = re.compile(r"[0-9a-f]{64}")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")  # RFC 3986, absolute


@dataclass(frozen=True)
class Subject:
    """One thing that a statement is about: its name, and the SHA-256 of its bytes in lower-case hex."""

    name: str
    sha256: str

    def __post_init__(self) -> None:
        _require(_is_text(self.name), "subject.name", "text", self.name)
        _require(_is_text(self.sha256, _SHA256), "subject.digest.sha256", "64 lower-case hex digits", self.sha256)


@dataclass(frozen=True)
class Statement:
    """A predicate about one or more subjects; building an invalid one raises VerificationError."""

    subjects: tuple[Subject, ...]
    predicate_type: str
    predicate: Mapping[str, Any]

    def __post_init__(self) -> None:
        _require(bool(self.subjects), "subject", "at least one", self.subjects)
        _require(_is_text(self.predicate_type, _URI), "predicateType", "an absolute URI", self.predicate_type)
        _require(isinstance(self.predicate, Mapping), "predicate", "an object", self.predicate)


def format_statement(statement: Statement) -> bytes:
    """Return the statement's RFC 8785 bytes, which are what is signed."""
    return format_json(
        {
            "_type": STATEMENT_TYPE,
            "subject": [{"name": s.name, "digest": {"sha256": s.sha256}} for s in statement.subjects],
            "predicateType": statement.predicate_type,
            "predicate": dict(statement.predicate),
        }
    )


def parse_statement(data: bytes) -> Statement:
    """Read a statement; whatever is missing, unknown or of another shape raises VerificationError."""
    value = _members(parse_json(data, where="statement"), "_type", "subject", "predicateType", "predicate")
    _require(value["_type"] == STATEMENT_TYPE, "_type", STATEMENT_TYPE, value["_type"])
    _require(isinstance(value["subject"], list), "subject", "a list", value["subject"])
    subjects = tuple(_parse_subject(item) for item in value["subject"])
    return Statement(subjects, value["predicateType"], value["predicate"])


def _parse_subject(value: object) -> Subject:
    subject = _members(value, "name", "digest")
    return Subject(subject["name"], _members(subject["digest"], "sha256")["sha256"])


def _is_text(value: object, form: re.Pattern[str] = _TEXT) -> bool:
    return isinstance(value, str) and bool(form.fullmatch(value))


def _members(value: object, *names: str) -> dict[str, Any]:
    _require(isinstance(value, dict), "statement", "an object", value)
    members: dict[str, Any] = dict(value) if isinstance(value, dict) else {}
    _require(set(members) == set(names), "statement", f"the members {', '.join(names)}", sorted(members))
    return members


def _require(holds: bool, where: str, expected: str, found: object) -> None:  # noqa: FBT001 - an assertion's condition
    if not holds:
        raise VerificationError(
            "This is not an in-toto statement.", where=where, expected=expected, found=repr(found)[:200]
        )
