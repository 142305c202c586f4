"""The seal of an edition: a SHA-256 for every entry and one for the whole, so that damage has a name.

Digests are taken over canonical JSON of the parsed TOML, so comments and layout may change and facts may not.
"""

import hashlib
import json
from collections.abc import Mapping

Document = Mapping[str, object]
"""A parsed code.toml: entries in a table by kind (`clause`, `fact`), the edition's own fields in `code`."""


def entries_of(document: Document) -> dict[str, object]:
    """Return a document's entries in one flat mapping, by keys such as `clause.1.9`."""
    entries: dict[str, object] = {}
    for kind, table in document.items():
        if isinstance(table, Mapping):
            entries |= {f"{kind}.{name}": value for name, value in table.items()}
        else:
            entries[kind] = table
    return entries


def digest_of(value: object) -> str:
    """Return the SHA-256, in hexadecimal, of a value's canonical JSON."""
    # repr: a TOML date where a string belongs must change the digest, and must not end in a TypeError.
    text = json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"), default=repr)
    return hashlib.sha256(text.encode()).hexdigest()


def digests_of(document: Document) -> dict[str, str]:
    """Return the digest of every entry, by keys such as `clause.1.9` and `code.title`."""
    return {key: digest_of(value) for key, value in entries_of(document).items()}


def find_faults(document: Document, sealed: Mapping[str, object]) -> list[str]:
    """Compare an edition with its sealed entry digests; return a line for every key that is not as sealed."""
    actual = digests_of(document)
    faults = [f"{key} is missing" for key in sealed.keys() - actual.keys()]
    faults += [f"{key} was added" for key in actual.keys() - sealed.keys()]
    faults += [f"{key} was changed" for key in actual.keys() & sealed.keys() if actual[key] != sealed[key]]
    return sorted(faults)
