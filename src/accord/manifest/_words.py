"""What a place in accord.toml expects, and what was found there, in plain words that are safe to show."""

import re
from collections.abc import Iterator
from datetime import date, datetime, time
from difflib import get_close_matches
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Literal, Union, get_args, get_origin, get_type_hints

from accord.manifest._lines import Path
from accord.manifest.system import System
from accord.manifest.values import Part, Shape

_SHOWN = 60
_WIDE = 64
_SECRETS = frozenset(
    {"endpoint", "key_env", "key_file", "secret_file", "password_file", "token_file", "salt_file", "user"}
)
_USER = re.compile(r"://[^/]*@")


def keys(table: type[Part]) -> dict[str, object]:
    """Return the keys of a table with their types, in the order of the manifest's page."""
    hints = _hints(table)
    return {name: hints[name] for name in table.model_fields}


@cache
def _hints(table: type[Part]) -> dict[str, object]:
    return get_type_hints(table, include_extras=True)


def expectation(path: Path) -> object:
    """Return the type that the manifest has at a known path."""
    here: object = System
    for step in path:
        here = item(here) if isinstance(step, int) else keys(table_of(here))[step]
    return here


def table_of(kind: object) -> type[Part]:
    """Return the table that a type is, or is a list of; TypeError where there is none."""
    kind = next(_parts(kind))
    table = item(kind) if get_origin(kind) is tuple else kind
    if isinstance(table, type) and issubclass(table, Part):
        return table
    msg = f"{kind!r} holds no table"
    raise TypeError(msg)


def item(kind: object) -> object:
    """Return the type of a list's items."""
    return next(get_args(part)[0] for part in _parts(kind) if get_origin(part) is tuple)


def _parts(kind: object) -> Iterator[object]:
    if get_origin(kind) in {Union, UnionType}:
        yield from (part for part in get_args(kind) if part is not NoneType)
    else:
        yield kind


def describe(kind: object, name: str = "") -> str:
    """Say what a type asks for; `name` is the table's name where the type is a table."""
    kind = next(_parts(kind))
    origin = get_origin(kind)
    if origin is tuple:
        inner = item(kind)
        return f"tables that begin with [[{name}]]" if _is_table(inner) else f"a list of: {describe(inner)}"
    if origin is Annotated:
        return next(part.words for part in get_args(kind) if isinstance(part, Shape))
    if origin is Literal:
        *most, last = (f'"{choice}"' for choice in get_args(kind))
        return f"{', '.join(most)} or {last}"
    return f"a table that begins with [{name}]" if _is_table(kind) else "a date without quotes, such as 2026-11-23"


def _is_table(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Part)


def example(kind: object) -> str:
    """Write a value of a type in TOML; nothing for a table."""
    kind = next(_parts(kind))
    origin = get_origin(kind)
    if origin is tuple:
        inner = example(item(kind))
        return f"[{inner}]" if inner else ""
    if origin is Annotated:
        return next(part.example for part in get_args(kind) if isinstance(part, Shape))
    if origin is Literal:
        return f'"{get_args(kind)[0]}"'
    return "" if _is_table(kind) else "2026-11-23"


def closest(word: object, known: list[str]) -> str:
    """Return the known word that a mistyped one is nearest to, or nothing."""
    if not isinstance(word, str):
        return ""
    # Matching is quadratic in the length, and the word is a stranger's.
    return next(iter(get_close_matches(word[:_SHOWN].lower(), known, n=1)), "")


def choices(kind: object) -> list[str]:
    """Return the words a type allows, if it allows only some."""
    kind = next(_parts(kind))
    return [str(choice) for choice in get_args(kind)] if get_origin(kind) is Literal else []


def show(value: object, path: Path = (), *, limit: int = _SHOWN) -> str:
    """Show a found value on one line: cut, and with every control character escaped; never a secret."""
    if (path and path[-1] in _SECRETS) or (isinstance(value, str) and _USER.search(value)):
        return "a value that is not shown, since it may be a secret"
    if isinstance(value, str):
        return repr(value) if len(value) <= limit else f"{value[:limit]!r} and {len(value) - limit} more characters"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and value.bit_length() > _WIDE:
        return "a number that is too large"
    return _show_kind(value)


def _show_kind(value: object) -> str:
    if isinstance(value, list | tuple):
        return "an empty list" if not value else f"a list of {len(value)}"
    if isinstance(value, dict):
        return "a table"
    return value.isoformat() if isinstance(value, date | datetime | time) else str(value)


def show_path(path: Path) -> str:
    """Show a key path as TOML writes it, with list positions from 0: documents[1].title."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += ("." if text else "") + (step if step.isidentifier() and step.isascii() else show(step))
    return text
