"""Files of strangers, read with bounds: a robots.txt that never ends, JSON that nests, YAML that multiplies."""

import json
from collections.abc import Hashable, Iterable
from pathlib import Path
from typing import Any

from accord.errors import MissingExtraError, ScanError

LARGEST = 4 << 20
"""The most bytes of a description of a corpus."""
DEEPEST = 64
"""How deep JSON and YAML may nest."""
_MOST_NODES = 100_000


def read_bounded(path: Path, limit: int = LARGEST) -> bytes:
    """Return the bytes of a file; raise ScanError where it is no file, cannot be read, or is larger than `limit`."""
    try:
        if not path.is_file():  # a pipe would block for ever, and a device never ends
            raise ScanError("This is no file.", where=str(path))
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise ScanError("This file cannot be read.", where=str(path), found=error.strerror or "") from error
    if len(data) > limit:
        raise ScanError(
            "This file is too large to be what its name says.", where=path.name, expected=f"at most {limit} bytes"
        )
    return data


def read_start(path: Path, limit: int) -> tuple[bytes, bool]:
    """Return the first bytes of a file, and whether that is all of it; raise ScanError where it cannot be read."""
    try:
        if not path.is_file():
            raise ScanError("This is no file.", where=str(path))
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise ScanError("This file cannot be read.", where=str(path), found=error.strerror or "") from error
    return data[:limit], len(data) <= limit


def parse_json(data: bytes, where: str) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Return what JSON says; raise ScanError where it is none, says a key twice, or nests too deep."""
    try:
        value = json.loads(data, object_pairs_hook=_once, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise ScanError("This is not JSON.", where=where, found=_first(error)) from error
    _bound(value, where)
    return value


def parse_yaml(data: bytes, where: str) -> Any:  # noqa: ANN401 - whatever YAML holds
    """Return what plain YAML says; raise ScanError for tags and aliases, by which a few lines become gigabytes."""
    try:
        import yaml  # noqa: PLC0415 - of an extra
    except ImportError as error:
        raise MissingExtraError(
            "YAML cannot be read: PyYAML is not installed.", fix="pip install 'accord[scan]'"
        ) from error
    try:
        _look_ahead(yaml.parse(data, Loader=yaml.SafeLoader), where)
        value = yaml.safe_load(data)
    except (yaml.YAMLError, ValueError, RecursionError, TypeError) as error:
        raise ScanError("This is not plain YAML.", where=where, found=_first(error)) from error
    _bound(value, where)
    return value


def _look_ahead(events: Iterable[Any], where: str) -> None:
    """Raise ScanError before anything is built of YAML that multiplies, nests too deep, or holds too much."""
    depth = 0
    for count, event in enumerate(events):
        kind = type(event).__name__
        depth += kind.endswith("StartEvent") - kind.endswith("EndEvent")
        if kind == "AliasEvent" or getattr(event, "anchor", None):
            raise ScanError("Aliases are not read in YAML.", where=where, fix="write what they stand for")
        if count > _MOST_NODES or depth > DEEPEST:
            raise ScanError("This YAML holds too much.", where=where, expected=f"at most {_MOST_NODES} nodes")


def _once(pairs: list[tuple[str, Any]]) -> dict[Hashable, Any]:
    made: dict[Hashable, Any] = dict(pairs)
    if len(made) != len(pairs):
        msg = "a key stands there twice"
        raise ValueError(msg)
    return made


def _refuse(name: str) -> None:
    msg = f"{name} is no number of JSON"
    raise ValueError(msg)


def _bound(value: object, where: str) -> None:
    """Raise ScanError where lists and tables nest deeper than DEEPEST."""
    level = [value]
    for _ in range(DEEPEST):
        level = [inner for held in level for inner in _inside(held)]
        if not level:
            return
    raise ScanError("This nests too deep.", where=where, expected=f"at most {DEEPEST} levels")


def _inside(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _first(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0][:200]
