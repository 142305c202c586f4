"""Statements in files, TOML or YAML: what is told under each id, and on which line, so that a mistake is found."""

import difflib
import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from accord.cli.output import visible
from accord.evidence import StatementRecord
from accord.manifest import locate

LARGEST = 1 << 20
"""The most bytes of a file of statements."""
MEMBERS = tuple(
    name
    for name in StatementRecord.model_fields
    if name not in {"made", "expires", "job", "chain", "id", "event", "reason"}
)
"""What a statement may say in a file."""
LISTS = frozenset({"clauses", "covers", "documents", "links", "records", "partners", "goals"})
_DAYS = frozenset({"since", "checked", "due", "review"})
_SHOWN = 60


@dataclass(frozen=True)
class Told:
    """What is told under one id."""

    name: str
    members: Mapping[str, Any]
    file: str = ""
    line: int = 0
    lines: Mapping[str, int] = field(default_factory=dict)
    """On which line each member stands."""

    def place(self, member: str = "") -> str:
        """Return where a member stands, or the statement itself."""
        line = self.lines.get(member, self.line)
        told = ", ".join(filter(None, [self.file, f"line {line}" if line else ""]))
        return ": ".join(filter(None, [told, f"{self.name}.{member}" if member else self.name]))

    def mistakes(self) -> Iterator[str]:
        """Yield each member that there is not, and each that has not the form that it needs."""
        for member, value in self.members.items():
            if member not in MEMBERS:
                near = difflib.get_close_matches(member, MEMBERS, 1)
                hint = f"did you mean {near[0]}?" if near else f"expected one of {', '.join(MEMBERS)}"
                yield f"{self.place(member)}: there is no such member; {hint}"
            elif member in LISTS and not isinstance(value, list):
                yield f"{self.place(member)}: expected a list in [brackets], found {_show(value)}"
            elif member in _DAYS and (not isinstance(value, date) or isinstance(value, datetime)):
                yield f"{self.place(member)}: expected a day without quotes, as in 2026-11-23, found {_show(value)}"


def read_files(paths: Iterable[Path]) -> tuple[Told, ...]:
    """Return the statements of files; a usage error that names every mistake and its line."""
    held: dict[str, Told] = {}
    mistakes: list[str] = []
    for path in paths:
        for told in _read(path):
            if told.name in held:
                mistakes.append(f"{told.place()}: it stands in {held[told.name].place()} too")
            held[told.name] = told
    mistakes += [mistake for told in held.values() for mistake in told.mistakes()]
    refuse(mistakes)
    return tuple(held.values())


def refuse(mistakes: Iterable[str]) -> None:
    """Raise a usage error where there are mistakes, with a line for each."""
    if lines := [f"  {line}" for line in mistakes]:
        raise click.UsageError("\n".join(["Nothing was recorded:", *lines]))


def _read(path: Path) -> Iterator[Told]:
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise click.UsageError(f"{path} is too large: a file of statements has at most {LARGEST} bytes.")
    try:
        text = data.decode("utf-8-sig")
        yaml = path.suffix.lower() in {".yaml", ".yml"}
        held, lines = _yaml(text) if yaml else (tomllib.loads(text), None)
        lines = locate(text) if lines is None else lines
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, ValueError) as error:
        raise click.UsageError(f"{path} cannot be read: {error}") from error
    except RecursionError as error:
        raise click.UsageError(f"{path} cannot be read: it nests lists or tables too deep.") from error
    if not isinstance(held, dict) or not held:
        raise click.UsageError(f"{path}: expected a table for each statement, under its id")
    for name, members in held.items():
        line = lines.get((str(name),), 0)
        if not isinstance(name, str) or not isinstance(members, dict):
            raise click.UsageError(f"{path}, line {line}: expected a table for each statement, under its id")
        own = {str(at[1]): number for at, number in lines.items() if at[:1] == (name,) and len(at) == 2}  # noqa: PLR2004 - id and member
        yield Told(name, {str(key): value for key, value in members.items()}, os.path.relpath(path), line, own)


def _yaml(text: str) -> tuple[object, dict[tuple[Any, ...], int]]:
    try:
        import yaml  # noqa: PLC0415 - of an extra; TOML needs none
    except ImportError as error:
        raise click.UsageError("Reading YAML needs PyYAML: pip install 'accord[scan]', or write TOML.") from error
    try:
        # Anchors make a small file huge, and no statement needs one.
        if alias := next((t for t in yaml.scan(text) if isinstance(t, yaml.AliasToken | yaml.AnchorToken)), None):
            raise ValueError(f"line {alias.start_mark.line + 1}: anchors and aliases are not read")
        return yaml.safe_load(text), dict(_yaml_lines(yaml.compose(text, Loader=yaml.SafeLoader)))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise ValueError(where + visible(getattr(error, "problem", None) or str(error))) from error


def _yaml_lines(root: Any) -> Iterator[tuple[tuple[Any, ...], int]]:  # noqa: ANN401 - a node of PyYAML
    """Yield the line of each statement and each member; a ValueError for a key that is there twice."""
    for name, node in _pairs(root):
        yield (name.value,), name.start_mark.line + 1
        for member, _ in _pairs(node):
            yield (name.value, member.value), member.start_mark.line + 1


def _pairs(node: Any) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401 - as above
    seen: set[str] = set()
    for key, value in node.value if getattr(node, "id", "") == "mapping" else ():
        told = str(key.value)
        if told in seen:
            raise ValueError(f"line {key.start_mark.line + 1}: {told} stands there twice")
        seen.add(told)
        yield key, value


def _show(value: object) -> str:
    text = re.sub(r"\s+", " ", ascii(value))
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
