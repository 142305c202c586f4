"""Write docs/reference/records.md from the record types and their values; or, with --check, compare it."""

from collections.abc import Iterator
from typing import Any

from pages import documented, escape, ours, paragraphs, publish, table
from pydantic import BaseModel

from accord.evidence import (
    RECORD_TYPES,
    ArtifactRef,
    Bounty,
    Design,
    DetectorRef,
    Effect,
    Finding,
    Metric,
    ModelRef,
    Observation,
    Quality,
    Rate,
    Rating,
    Ref,
    Score,
    Sighting,
    SuiteRef,
    Tool,
    Weakness,
)

_INTRODUCTION = """\
A record is the predicate of an in-toto Statement v1 in a DSSE envelope, and each envelope is one entry of the log. It
is canonical JSON (RFC 8785). A member without a value is left out. Times are UTC, to the second, as in
`2026-11-23T15:00:00Z`. A new shape gets a new predicate type; readers keep every old one, keep what they cannot read,
and read past members that they do not know. Texts and files lie beside the log as artifacts, bound by their SHA-256:
they can be erased, and the log stays valid."""
_VALUES = (
    ModelRef,
    SuiteRef,
    Metric,
    Observation,
    ArtifactRef,
    Ref,
    Tool,
    Rating,
    Effect,
    DetectorRef,
    Quality,
    Design,
    Rate,
    Weakness,
    Bounty,
)
_ARTIFACTS: dict[str, type[BaseModel]] = {"findings": Finding, "scores": Score, "sightings": Sighting}
_FORMATS = {"date-time": "time", "date": "day", "^[0-9a-f]{64}$": "SHA-256 in hex"}


def render() -> Iterator[str]:
    """Yield the parts of the page: record types, the values they are made of, and what artifacts hold."""
    yield "# Records"
    yield _INTRODUCTION
    for kind in RECORD_TYPES:
        yield f"## {kind.kind}"
        yield f"Predicate type: `{kind.type_uri()}`. Basis: {kind.basis}."
        yield from _shape(kind)
    yield "## Values"
    for value in _VALUES:
        yield f"### {value.__name__}"
        yield from _shape(value)
    yield "## Artifacts"
    for name, held in _ARTIFACTS.items():
        yield f"### {name}"
        yield f"A canonical JSON list of these: {paragraphs(held.__doc__)}"
        yield _members(held)


def _shape(model: type[BaseModel]) -> Iterator[str]:
    yield paragraphs(model.__doc__)
    yield _members(model)


def _members(model: type[BaseModel]) -> str:
    said = {name: text for kind in reversed(ours(model)) for name, text in documented(kind).items()}
    schema = model.model_json_schema()
    needed = schema.get("required", ())
    rows = (
        (f"`{name}`", _describe(member), "yes" if name in needed else "no", escape(said[name]))
        for name, member in schema["properties"].items()
    )
    return table(("Member", "Value", "Needed", "Meaning"), rows)


def _describe(schema: dict[str, Any]) -> str:
    """Return a JSON schema of pydantic's in a few words."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(_describe(s) for s in schema["anyOf"] if s.get("type") != "null")
    if values := schema.get("enum", [schema["const"]] if "const" in schema else []):
        return ", ".join(f"`{v}`" for v in values)
    if schema["type"] == "array":
        return f"list of {_describe(schema['items'])}"
    if schema["type"] == "object":
        return f"object of {_describe(schema['additionalProperties'])}"
    return _FORMATS.get(schema.get("format", schema.get("pattern", "")), str(schema["type"]))


if __name__ == "__main__":
    publish("records.md", __file__, render())
