"""What the findings of patterns depend on beside the patterns: our own rules, and the libraries that know numbers."""

from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files

_FILES = ("checks.py", "detector.py", "kernel.py", "pattern.py", "plain.py")
"""The files that say what is found; an automaton only makes it fast."""
_LIBRARIES = ("phonenumbers", "python-stdnum")


@cache
def source() -> bytes:
    """Return the text of our rules and the versions of the libraries, each ended by a NUL."""
    folder = files("accord.scan.patterns")
    parts = [folder.joinpath(name).read_bytes() for name in _FILES]
    return b"".join(part + b"\0" for part in [*parts, *(_version(name).encode() for name in _LIBRARIES)])


def _version(name: str) -> str:
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:
        return f"no {name}"
