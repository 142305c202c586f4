"""Catalogues of risks, read from the user's own copy: ids and titles are kept beside the log, and none is shipped."""

import csv
import difflib
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from accord.errors import AccordError, WorkspaceError
from accord.ledger import digest, format_json, parse_json
from accord.ledger.files import replace_file
from accord.workspace import STATE, Workspace

_FOLDER = "catalogues"
_LIMIT = 64 << 20
_PREAMBLE = 50  # rows above the header: the sheet of the MIT repository begins with its licence and a guide
_TITLES = ("risk subcategory", "risk category", "title", "sub-domain", "domain")
_NUMBERED = re.compile(r"(\d+(?:\.\d+)?)\.?[\s>:.-]+(\S.*)", re.DOTALL)
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,126}")
_SHOWN = 5

Entries = Mapping[str, str]


def import_catalogue(workspace: Workspace, name: str, path: Path) -> tuple[Path, Entries]:
    """Keep the ids and titles of the user's copy of a catalogue, MIT or IBM; return where, and what was kept."""
    with path.open("rb") as file:
        data = file.read(_LIMIT + 1)
    if len(data) > _LIMIT:
        raise click.BadParameter(f"The file is larger than {_LIMIT >> 20} MiB.", param_hint=str(path))
    pairs = _read_mit(data, path) if name == "MIT" else _read_ibm(data, path)
    entries: dict[str, str] = {}
    for key, title in pairs:
        if _ID.fullmatch(key):
            entries.setdefault(key, " ".join(title.split())[:300])
    if not entries:
        raise click.BadParameter("No row or item has an id that can be used.", param_hint=str(path))
    target = _path(workspace, name)
    target.parent.mkdir(exist_ok=True)
    replace_file(target, format_json({"catalogue": name, "sha256": digest(data), "entries": entries}))
    return target, entries


def check_catalogued(workspace: Workspace, ids: Iterable[str]) -> tuple[str, ...]:
    """Return ids such as MIT:3.1 as they are; a usage error for one that no imported catalogue has."""
    wanted = tuple(dict.fromkeys(ids))
    for item in wanted:
        name, _, key = item.partition(":")
        entries = _load(workspace, name)
        if entries is None:
            known = sorted(path.stem.upper() for path in (workspace.root / STATE / _FOLDER).glob("*.json"))
            held = f"imported are {', '.join(known)}" if known else "none has been imported"
            raise _refuse(f"{item} is of no imported catalogue: {held}; see accord risk import --help")
        if key not in entries:
            near = difflib.get_close_matches(key, entries, n=_SHOWN, cutoff=0.3) or list(entries)[:_SHOWN]
            raise _refuse(f"{name} has no entry {key}; near it: {', '.join(f'{name}:{k}' for k in near)}")
    return wanted


def _refuse(problem: str) -> click.BadParameter:
    return click.BadParameter(problem, param_hint="--catalogue")


def _path(workspace: Workspace, name: str) -> Path:
    return workspace.root / STATE / _FOLDER / f"{name.lower()}.json"


def _load(workspace: Workspace, name: str) -> Entries | None:
    if not re.fullmatch(r"[A-Z]{1,16}", name) or not _path(workspace, name).is_file():
        return None
    path = _path(workspace, name)
    held = parse_json(path.read_bytes(), where=str(path))
    if not isinstance(held, dict) or not isinstance(held.get("entries"), dict):
        raise WorkspaceError(
            "A catalogue is damaged.", where=str(path), fix=f"import it again with: accord risk import --{name.lower()}"
        )
    entries: Entries = held["entries"]
    return entries


def _read_mit(data: bytes, path: Path) -> Iterator[tuple[str, str]]:
    """Yield the risks by Ev_ID, and the domains and sub-domains by their numbers, of the repository's table as CSV."""
    try:
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise _unreadable(path, "a CSV file in UTF-8, as the spreadsheet exports it", str(error)) from error
    heads = [[cell.strip().lower() for cell in row] for row in rows[:_PREAMBLE]]
    at = next((number for number, head in enumerate(heads) if "ev_id" in head), None)
    if at is None or not set(_TITLES) & set(heads[at]):
        wanted = "a row of column names with Ev_ID and one of Title, Domain and Sub-domain"
        raise _unreadable(path, wanted, f"none in the first {_PREAMBLE} rows")
    for cells in rows[at + 1 :]:
        row = dict(zip(heads[at], (cell.strip() for cell in cells), strict=False))
        yield row.get("ev_id", ""), next((row[name] for name in _TITLES if row.get(name)), "")
        for name in ("domain", "sub-domain"):
            if numbered := _NUMBERED.fullmatch(row.get(name, "")):
                yield numbered[1], numbered[2]


def _read_ibm(data: bytes, path: Path) -> Iterator[tuple[str, str]]:
    """Yield the items of a JSON list with id and name, or of such a list under `risks`."""
    try:
        held = parse_json(data, where=str(path))
    except AccordError as error:
        raise _unreadable(path, "a JSON file", error.found or error.problem) from error
    items: Any = held.get("risks") if isinstance(held, dict) else held
    if not isinstance(items, list):
        raise _unreadable(path, "a JSON list of objects with id and name, or one under the key risks", "neither")
    for item in items:
        if isinstance(item, dict) and isinstance(item.get("id"), str) and isinstance(item.get("name"), str):
            yield item["id"], item["name"]


def _unreadable(path: Path, expected: str, found: str) -> click.BadParameter:
    return click.BadParameter(f"expected {expected}; found: {found}", param_hint=str(path))
