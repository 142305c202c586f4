"""Digests kept from one look to the next, for files whose identity has not changed.

Whoever can set the clock can make a changed file look unchanged, so this serves `accord assess`, which asks whether
there is anything new to measure; verifying a signature never reads it.
"""

import json
import time
from collections.abc import Callable
from dataclasses import astuple
from pathlib import Path

from accord.ledger.files import replace_file
from accord.weights.tree import Identity

_SETTLED = 2_000_000_000
"""Nanoseconds: a file that changed less than this before it was hashed could change again within one tick."""


class DigestCache:
    """A `Digests` in one JSON file; a damaged one is an empty one."""

    def __init__(self, path: Path, clock: Callable[[], int] = time.time_ns) -> None:
        self._path = path
        self._clock = clock
        self._held = _read(path)
        self._new: dict[str, str] = {}

    def get(self, identity: Identity) -> str | None:
        """Return the SHA-256 (hex) of a file that has not changed since it was kept."""
        return self._held.get(_key(identity))

    def keep(self, identity: Identity, sha256: str) -> None:
        """Keep a digest, unless the file is so young that it could change and look the same."""
        if self._clock() - max(identity.mtime_ns, identity.ctime_ns) > _SETTLED:
            self._new[_key(identity)] = sha256

    def write(self) -> None:
        """Write what is new; LedgerError when the disk refuses."""
        if self._new:
            self._held |= self._new
            replace_file(self._path, json.dumps(self._held, indent=0).encode())


def _key(identity: Identity) -> str:
    return ":".join(str(part) for part in astuple(identity))


def _read(path: Path) -> dict[str, str]:
    try:
        held = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(held, dict):
        return {}
    return {k: v for k, v in held.items() if isinstance(v, str) and len(v) == 64}  # noqa: PLR2004 - hex of SHA-256
