"""What the attributes of spans are called, by every convention that is read: the table names.toml."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

Kind = tuple[str, str]
"""The place of a text, and its role where it does not say its own."""

_SPREAD = re.compile(r"(.+?)\.(\d{1,4})(?:\.(.+))?")


@dataclass(frozen=True)
class Names:
    """The names of one version of the table."""

    version: str
    """The version, which each part names in its metadata."""
    columns: Mapping[str, tuple[str, int]]
    """The column of an attribute, and its rank among the names of that column."""
    texts: Mapping[str, Kind]
    """Attributes that hold texts."""
    fallbacks: Mapping[str, Kind]
    """Attributes that hold texts where nothing better was found."""
    prefixes: Mapping[str, Kind]
    """What the names of messages that are spread over attributes begin with."""
    events: Mapping[str, Kind]
    """Events that hold messages."""
    operations: Mapping[str, str]
    """The operation that a kind of span stands for."""
    roles: Mapping[str, str]
    """The role that a name of a role stands for."""
    conventions: tuple[str, ...]
    """What the names of attributes of the conventions begin with."""
    private: tuple[str, ...]
    """What the names of attributes begin with that are never kept as they are."""

    def spread(self, name: str) -> tuple[str, int, str] | None:
        """Return prefix, number and rest of the name of an attribute that is a piece of a message."""
        match = _SPREAD.fullmatch(name)
        return (match[1], int(match[2]), match[3] or "") if match and match[1] in self.prefixes else None

    def kept(self, name: str) -> bool:
        """Tell whether an attribute without a column is kept."""
        return name.startswith(self.conventions) and not name.startswith(self.private)


@cache
def load_names() -> Names:
    """Return the table that is shipped."""
    table = tomllib.loads(files(__package__).joinpath("names.toml").read_text(encoding="utf-8"))
    kinds = {
        part: {name: (place, role) for name, (place, role) in table[part].items()}
        for part in ("texts", "fallbacks", "spread", "events")
    }
    return Names(
        version=table["version"],
        columns={name: (column, rank) for column, names in table["columns"].items() for rank, name in enumerate(names)},
        texts=kinds["texts"],
        fallbacks=kinds["fallbacks"],
        prefixes=kinds["spread"],
        events=kinds["events"],
        operations=table["operations"],
        roles=table["roles"],
        conventions=tuple(table["prefixes"]["conventions"]),
        private=tuple(table["prefixes"]["private"]),
    )
