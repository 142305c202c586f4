"""Which Accord it is: two builds of one version may honestly come to different findings, and must be told apart."""

from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable

from accord import __version__
from accord.evidence.values import Tool


@cache
def this_build() -> Tool:
    """Return Accord's version and, after a plus sign, a digest (12 hex digits) of its installed source."""
    whole = sha256()
    for name, file in sorted(_sources(files("accord"))):
        data = file.read_bytes()
        whole.update(f"{name} {len(data)}\n".encode() + data)
    return Tool(name="accord", version=f"{__version__}+{whole.hexdigest()[:12]}")


def _sources(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, Traversable]]:
    for item in folder.iterdir():
        name = f"{prefix}{item.name}"
        if item.is_dir() and item.name != "__pycache__":
            yield from _sources(item, f"{name}/")
        elif item.is_file():
            yield name, item
