"""accord.toml -> System, or one error that lists every mistake with its line and what to write instead."""

import os
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from accord.errors import ManifestError
from accord.manifest import _lines as lines
from accord.manifest import _words as words
from accord.manifest.system import System
from accord.manifest.testing import CHECKPOINTS

LIMIT = 1 << 20
"""The most bytes a manifest may have."""

_DOTS = 200  # tomllib needs quadratic memory for a key of very many parts; no honest line has so many dots
_SHOWN = 50
_MODEL = "a model, or a folder of them"
_LOOKED_AT = {
    "environment": "an environment, or a lock file",
    "advisories": "advisories, or a folder of them",
    "repository": "a repository",
    "forge": "a forge's configuration",
    "security_txt": "security.txt",
    "openpgp": "a certificate",
    "vulnerabilities": "vulnerabilities",
}
_SAMPLES = "content, or a folder of it"
_TRAFFIC = "traffic, or a folder of it"
_PATTERN = re.compile(r"[*?\[]|://")
_FOLDERS = {_MODEL, _SAMPLES, _TRAFFIC, *(_LOOKED_AT[name] for name in ("environment", "advisories", "repository"))}

_REMEDIES = (
    ("Cannot overwrite", "give each key once: remove one of the two lines"),
    ("Cannot declare", "give each table once: merge the two, or begin each item of a list with [[name]]"),
    ("Cannot mutate", "write everything that belongs to an inline table inside its braces"),
    ("Invalid value", 'put text in quotes, as in name = "Acme"; numbers, dates, true and false go without'),
    ("Expected '='", 'write key = value, as in name = "Acme"'),
    ("Unescaped", "write two backslashes for one, or put the text in single quotes"),
    ("Unclosed", "add the closing bracket"),
    ("Unterminated", "add the closing quotes"),
    ("Illegal character", "remove it, or close the quotes before the line ends"),
)
_AT = re.compile(r" \(at line (\d+), column (\d+)\)$| \(at end of document\)$")


@dataclass(frozen=True)
class _Mistake:
    path: lines.Path
    expected: str
    found: str
    fix: str = ""


def load_system(path: Path) -> System:
    """Read accord.toml; the files it names must exist, and its documents must lie in its own folder.

    Raises ManifestError, which names every mistake.
    """
    return parse_system(_read(path), str(path), path.parent)


def parse_system(text: str, where: str, folder: Path | None = None) -> System:
    """Turn the text of a manifest into a System; `where` names it in errors.

    The files it names are looked for only when `folder` says what relative paths start from. Raises ManifestError,
    which names every mistake.
    """
    try:
        return _parse(text, where, folder)
    except RecursionError as error:
        raise ManifestError(
            "The manifest nests lists or tables too deep.", where=where, fix="write tables with [headers]"
        ) from error


def _parse(text: str, where: str, folder: Path | None) -> System:
    data = _tables(text, where)
    system, found = _validate(data)
    mistakes = {mistake.path: mistake for mistake in (*_doubts(data, folder), *found)}
    if system is None or mistakes:
        raise _report(list(mistakes.values()), text, where)
    return system


def _read(path: Path) -> str:
    try:
        # A pipe would block for ever, and a device never ends.
        if path.exists() and not path.is_file():
            raise ManifestError("The manifest is not a file.", where=str(path), expected="a file of TOML")
        with path.open("rb") as file:
            data = file.read(LIMIT + 1)
    except FileNotFoundError as error:
        raise ManifestError("There is no manifest here.", where=str(path), fix="make one with: accord init") from error
    except OSError as error:
        raise ManifestError(
            "The manifest cannot be read.", where=str(path), found=error.strerror or "", fix="make it readable"
        ) from error
    _bound(len(data), str(path))
    return _decode(data, path)


def _decode(data: bytes, path: Path) -> str:
    try:
        # Some editors begin a file with a byte order mark.
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ManifestError(
            "The manifest is not UTF-8 text.",
            where=f"{path}, line {line}",
            found=f"byte 0x{data[error.start]:02x}",
            fix="save the file as UTF-8",
        ) from error


def _tables(text: str, where: str) -> dict[str, Any]:
    _bound(len(text.encode(errors="surrogatepass")), where)
    _refuse_dots(text, where)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _broken(str(error), text, where) from error
    except ValueError as error:  # int() refuses thousands of digits
        raise ManifestError("The manifest has a number of too many digits.", where=where, fix="remove it") from error


def _bound(size: int, where: str) -> None:
    if size > LIMIT:
        raise ManifestError(
            "The manifest is too large.",
            where=where,
            expected=f"at most {LIMIT} bytes",
            fix="put long texts in documents and name them here",
        )


def _refuse_dots(text: str, where: str) -> None:
    for number, line in enumerate(text.split("\n"), 1):
        if line.count(".") > _DOTS:
            raise ManifestError(
                "A line of the manifest has too many dots.",
                where=f"{where}, line {number}",
                expected=f"at most {_DOTS}",
                fix="shorten the text, or write tables with [headers]",
            )


def _broken(message: str, text: str, where: str) -> ManifestError:
    rows = text.split("\n")
    at = _AT.search(message)
    line, column = (int(at[1]), int(at[2])) if at and at[1] else (len(rows), len(rows[-1]) + 1)
    problem = _AT.sub("", message)
    # The line itself is not shown: what stands there unquoted may be a secret.
    return ManifestError(
        f"The manifest is not TOML: {problem}.",
        where=f"{where}, line {line}, column {column}",
        fix=next((fix for start, fix in _REMEDIES if start in problem), "correct the line (https://toml.io)"),
    )


def _validate(data: dict[str, Any]) -> tuple[System | None, list[_Mistake]]:
    try:
        # Strict, so that true is not the number 1; a list of TOML is a tuple of ours.
        return System.model_validate(_frozen(data), strict=True), []
    except ValidationError as error:
        # A list is also called too short when its items are wrong: the items say it better.
        details = (d for d in error.errors(include_url=False) if d["type"] != "too_short" or not d["input"])
        return None, [_mistake(detail) for detail in details]


def _frozen(value: Any) -> Any:  # noqa: ANN401 - whatever TOML holds
    if isinstance(value, dict):
        return {key: _frozen(inner) for key, inner in value.items()}
    return tuple(_frozen(inner) for inner in value) if isinstance(value, list) else value


def _mistake(detail: ErrorDetails) -> _Mistake:
    path, kind = detail["loc"], detail["type"]
    if kind == "extra_forbidden":
        return _unknown(path)
    if kind == "missing":
        return _missing(path)
    if kind == "value_error":
        expected, _, found = str(detail["ctx"]["error"]).removeprefix("expected ").partition(", found ")
        return _Mistake(path, expected, found or words.show(detail["input"], path))
    return _wrong(path, detail["input"], at_least="at least one of: " if kind == "too_short" else "")


def _unknown(path: lines.Path) -> _Mistake:
    known = list(words.keys(words.table_of(words.expectation(path[:-1]))))
    nearest = words.closest(path[-1], known)
    # The value is not shown: a key that we do not know may hold a secret.
    return _Mistake(
        path,
        f"one of the keys {', '.join(known)}",
        f"{words.show_path(path[-1:])}, which is unknown",
        f"write {nearest} instead" if nearest else "remove it",
    )


def _missing(path: lines.Path) -> _Mistake:
    kind, name = words.expectation(path), str(path[-1])
    value = words.example(kind)
    fix = f"add {name} = {value} to the table {words.show_path(path[:-1])}" if value else f"add a table [{name}]"
    return _Mistake(path, words.describe(kind, name), "nothing", fix)


def _wrong(path: lines.Path, value: object, *, at_least: str) -> _Mistake:
    kind, name = words.expectation(path), str(path[-1])
    if at_least:
        kind = words.item(kind)
    return _Mistake(path, at_least + words.describe(kind, name), words.show(value, path), _remedy(kind, value))


def _remedy(kind: object, value: object) -> str:
    nearest = words.closest(value, words.choices(kind))
    write = words.example(kind)
    if nearest:
        return f'write "{nearest}"'
    if write.startswith('"') and isinstance(value, int | float):
        return "put it in quotes"
    return f"write for example {write}" if write.strip('".') else ""


def _doubts(data: dict[str, Any], folder: Path | None) -> Iterator[_Mistake]:
    """Look at the whole: ids given twice, files that are not there. The data may be of any shape yet."""
    for name in ("documents", "datasets", "suites", "stages", "traffic"):
        yield from _repeated(data, name)
    yield from _unknown_stages(data)
    if folder is not None:
        for path, row in _rows(data, "documents"):
            yield from _document((*path, "path"), row.get("path"), folder)
        for path, value, what in _files(data):
            yield from _outside(path, value, what, folder)


def _files(data: dict[str, Any]) -> Iterator[tuple[lines.Path, object, str]]:
    """Yield the files that may lie anywhere, and what they are: weights, whose they are, and items of others."""
    for name in ("model", "judge"):
        table = data.get(name)
        if isinstance(table, dict):
            yield (name, "weights"), table.get("weights"), "model weights"
    table = data.get("weights")
    if isinstance(table, dict):
        yield ("weights", "path"), table.get("path"), _MODEL
        yield ("weights", "key"), table.get("key"), "a public key"
        roots = table.get("roots")
        for index, root in enumerate(roots if isinstance(roots, list) else ()):
            yield ("weights", "roots", index), root, "certificates"
    table = data.get("security")
    for name, what in _LOOKED_AT.items() if isinstance(table, dict) else ():
        value = table.get(name) if isinstance(table, dict) else None
        if not (isinstance(value, str) and value.startswith("https://")):
            yield ("security", name), value, what
    table = data.get("provenance")
    if isinstance(table, dict):
        yield ("provenance", "samples"), table.get("samples"), _SAMPLES
        yield ("provenance", "anchors"), table.get("anchors"), "certificates"
    for path, row in _rows(data, "suites"):
        yield (*path, "path"), row.get("path"), "items"
    yield from _traffic_files(data)


def _traffic_files(data: dict[str, Any]) -> Iterator[tuple[lines.Path, object, str]]:
    """Yield traffic that is a file or a folder; what a pattern or a URI names is looked for when it is scanned."""
    for path, row in _rows(data, "traffic"):
        place = row.get("path")
        if isinstance(place, str) and not _PATTERN.search(place):
            yield (*path, "path"), place, _TRAFFIC
        yield (*path, "account_key"), row.get("account_key"), "a secret"


def _rows(data: dict[str, Any], name: str) -> Iterator[tuple[lines.Path, dict[str, Any]]]:
    rows = data.get(name)
    for index, row in enumerate(rows if isinstance(rows, list) else ()):
        if isinstance(row, dict):
            yield (name, index), row


def _repeated(data: dict[str, Any], name: str) -> Iterator[_Mistake]:
    first: dict[str, lines.Path] = {}
    for path, row in _rows(data, name):
        value = row.get("id")
        if not isinstance(value, str):
            continue
        if value in first:
            found = f"{words.show(value)}, which {words.show_path(first[value])} has already"
            yield _Mistake((*path, "id"), "an id of its own", found, "give it another id")
        first.setdefault(value, path)


def _unknown_stages(data: dict[str, Any]) -> Iterator[_Mistake]:
    """Look for tolerances that name a stage which there is not: no gate would ever read them."""
    declared = [row.get("id") for _, row in _rows(data, "stages")] or [checkpoint.id for checkpoint in CHECKPOINTS]
    for path, row in _rows(data, "tolerances"):
        named = row.get("stages")
        for index, stage in enumerate(named if isinstance(named, list) else ()):
            if stage not in declared:
                expected = f"one of {', '.join(map(str, declared))}"
                yield _Mistake(
                    (*path, "stages", index), expected, words.show(stage), "name one, or add it to [[stages]]"
                )


def _document(path: lines.Path, value: object, folder: Path) -> Iterator[_Mistake]:
    if not isinstance(value, str):
        return
    expected = "a file in the folder of accord.toml"
    try:
        real = Path(os.path.realpath(folder / value, strict=True))
    except (OSError, ValueError):  # ValueError: a path with a null character
        yield _Mistake(path, expected, f"no file at {words.show(value)}", "correct the path, or add the file")
        return
    if not real.is_relative_to(folder.resolve()):
        found = f"{words.show(value)}, which leads out of it"
        yield _Mistake(path, expected, found, "copy the file into the folder")
    elif not real.is_file():
        yield _Mistake(path, expected, f"{words.show(value)}, which is not a file", "name one file")


def _outside(path: lines.Path, value: object, what: str, folder: Path) -> Iterator[_Mistake]:
    if not isinstance(value, str):
        return
    place = folder / value
    try:
        present = place.is_file() or (what in _FOLDERS and place.is_dir())
    except OSError:  # a folder that may not be entered, or a name that is too long
        present = False
    if not present:
        found = f"no file at {words.show(str(place.absolute()), limit=1000)}"
        fix = f"correct the path, or fetch the {'model' if 'model' in what else what.removeprefix('a ')}"
        yield _Mistake(path, f"a file of {what}", found, fix)


def _report(mistakes: list[_Mistake], text: str, where: str) -> ManifestError:
    places = lines.locate(text)
    last = text.count("\n") + 1
    placed = sorted(((_line(mistake.path, places, last), mistake) for mistake in mistakes), key=lambda pair: pair[0])
    blocks = [_block(line, mistake) for line, mistake in placed[:_SHOWN]]
    if len(placed) > _SHOWN:
        blocks.append(f"  and {len(placed) - _SHOWN} more")
    count = "a mistake" if len(placed) == 1 else f"{len(placed)} mistakes"
    return ManifestError("\n".join([f"The manifest has {count}.", *blocks]), where=where)


def _line(path: lines.Path, places: dict[lines.Path, int], last: int) -> int:
    """Return the line of a key, or of the nearest table around it; a table that is missing goes at the end."""
    while path and path not in places:
        path = path[:-1]
    return places.get(path, last)


def _block(line: int, mistake: _Mistake) -> str:
    rows = (("expected", mistake.expected), ("found", mistake.found), ("fix", mistake.fix))
    return "\n".join(
        [f"  line {line}: {words.show_path(mistake.path)}", *(f"    {name}: {text}" for name, text in rows if text)]
    )
