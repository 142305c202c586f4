"""Read an edition of the Code from its folder, and refuse it unless every entry is as it was sealed."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from pydantic import ValidationError

from accord.codes.digest import Document, digest_of, find_faults
from accord.codes.models import Code, id_order
from accord.errors import CodeError

DEFAULT_EDITION = "g7-2023"

KINDS = {
    "fact": "facts",
    "redline": "red_lines",
    "family": "risk_families",
    "action": "actions",
    "clause": "clauses",
}
"""The tables of code.toml, and the field of Code that holds each."""

_FIX = "Install accord again; an edition is never edited by hand."


def load_code(edition: str = DEFAULT_EDITION, root: Traversable | None = None) -> Code:
    """Load an edition, from `root` if given, else from this package (and then only once).

    Raises CodeError if the edition is unknown, differs from its sealed digests, or breaks the schema; the
    message names every key at fault.
    """
    return _shipped_code(edition) if root is None else _read_code(edition, root)


def editions(root: Traversable | None = None) -> list[str]:
    """Return the ids of the editions at hand, in the order of their names."""
    folder = root or files("accord.codes")
    return sorted(entry.name for entry in folder.iterdir() if entry.joinpath("code.toml").is_file())


def parse_code(document: Document) -> Code:
    """Build a Code from a parsed code.toml; raise CodeError naming each key that breaks the schema.

    It checks the schema alone: nothing is compared with a sealed digest.
    """
    fields = _fields(document)
    try:
        return Code.model_validate(fields)
    except ValidationError as error:
        faults = [f"{_place(fields, fault['loc'])}: {fault['msg']}" for fault in error.errors()]
        raise CodeError("The edition breaks the schema of the Code.", where="; ".join(faults)) from error


def edition_folder(edition: str, root: Traversable | None = None) -> Traversable:
    """Return the folder of an edition; raise CodeError if there is none of that id."""
    known = editions(root)
    if edition not in known:  # compared, not joined: an id such as ../x must never become a path
        raise CodeError(f"There is no edition of the Code called {edition!r}.", expected="one of " + ", ".join(known))
    return (root or files("accord.codes")).joinpath(edition)


def read_toml(path: Traversable) -> dict[str, object]:
    """Parse one TOML file of an edition; raise CodeError if it is absent or is not UTF-8 TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:  # ValueError: bad TOML and bad UTF-8 alike
        raise CodeError("A file of the Code cannot be read.", where=str(path), found=str(error)) from error


@cache
def _shipped_code(edition: str) -> Code:
    return _read_code(edition, files("accord.codes"))


def _read_code(edition: str, root: Traversable) -> Code:
    folder = edition_folder(edition, root)
    document = read_toml(folder.joinpath("code.toml"))
    _check_seal(document, read_toml(folder.joinpath("digests.toml")))
    code = parse_code(document)
    if code.id != edition:
        raise CodeError("An edition lies in the wrong folder.", expected=edition, found=code.id, fix=_FIX)
    return code


def _check_seal(document: Document, seal: Document) -> None:
    sealed = seal.get("entry")
    faults = find_faults(document, sealed if isinstance(sealed, Mapping) else {})
    if not faults and seal.get("edition") != digest_of(document):
        faults = ["the edition as a whole was changed"]
    if faults:
        raise CodeError("The edition is not as it was sealed.", where="; ".join(faults), fix=_FIX)


def _fields(document: Document) -> dict[str, object]:
    header = document.get("code")
    fields = dict(header) if isinstance(header, Mapping) else {}
    for kind, table in document.items():
        if kind != "code":
            fields[KINDS.get(kind, kind)] = _with_ids(table)
    return fields | {"digest": digest_of(document)}


def _with_ids(table: object) -> object:
    if not isinstance(table, Mapping):
        return table  # the schema refuses it, by name
    return [
        {**entry, "id": name} if isinstance(entry, Mapping) else entry
        for name, entry in sorted(table.items(), key=lambda pair: id_order(pair[0]))
    ]


def _place(fields: Mapping[str, object], location: tuple[int | str, ...]) -> str:
    """Turn a place in the model, such as clauses[8].force, into the key in the file: clause.1.9.force."""
    if not location:
        return "code"
    name, *rest = location
    kind = {name: kind for kind, name in KINDS.items()}.get(str(name))
    entries = fields.get(str(name))
    if kind and rest and isinstance(entries, list):
        entry = entries[int(rest[0])]
        rest[0] = str(entry["id"]) if isinstance(entry, Mapping) else f"number {rest[0]}"
    return ".".join(str(part) for part in (kind or f"code.{name}", *rest))
