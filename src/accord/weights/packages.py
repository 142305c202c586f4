"""The Python packages of an environment: what they are, what they need, and whether they are as they were installed.

Nothing of the environment is imported or run: only its metadata and the bytes of its files are read.
"""

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from accord.errors import WeightsError

_PINNED = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;\\]+)")
_HASHES = ("sha256", "sha384", "sha512")
_LONGEST = 100
"""Characters of the name of a licence; what is longer is its text."""


@dataclass(frozen=True)
class Package:
    """One package: `name` is normalised (PEP 503)."""

    name: str
    version: str
    licence: str = ""
    """Its SPDX expression, or what it says instead; nothing where it says nothing."""
    requires: tuple[str, ...] = ()
    """The names of what it needs here."""
    damage: tuple[str, ...] | None = None
    """Its files that are not as its own record lists them; none where it has no record, or is only named."""

    @property
    def purl(self) -> str:
        """The package URL (ECMA-427)."""
        return f"pkg:pypi/{self.name}@{self.version}"


def list_packages(environment: Path) -> tuple[Package, ...]:
    """Return the packages of a virtual environment, of a folder of packages, or those that a lock file pins.

    Raises WeightsError where it is none of them, or where a package has no name or version: a list that leaves out
    something is not an inventory.
    """
    if environment.is_file():
        return _pinned(environment)
    folders = sorted({p.resolve() for p in environment.glob("lib*/python*/site-packages")}) or [environment]
    found = [_read(held) for held in distributions(path=[str(folder) for folder in folders])]
    if not found:
        raise WeightsError(
            "There are no packages here.",
            where=str(environment),
            expected="a virtual environment, a folder of installed packages, or a lock file",
        )
    return tuple(sorted({p.name: p for p in reversed(found)}.values(), key=lambda p: p.name))


def _read(held: Distribution) -> Package:
    said = held.metadata.json
    name, version = str(said.get("name") or ""), str(said.get("version") or "")
    if not name or not version:
        raise WeightsError(
            "A package has no name or no version.",
            where=ascii(str(getattr(held, "_path", ""))),
            fix="install it again, or remove what is left of it",
        )
    licence = str(said.get("license_expression") or "") or _licence(str(said.get("license") or ""))
    return Package(canonicalize_name(name), version, licence, tuple(sorted(set(_needs(held)))), _damage(held))


def _licence(said: str) -> str:
    line = said.strip()
    return line if line and "\n" not in line and len(line) <= _LONGEST and line != "UNKNOWN" else ""


def _needs(held: Distribution) -> Iterator[str]:
    for line in held.requires or ():
        try:
            need = Requirement(line)
        except InvalidRequirement as error:
            raise WeightsError(
                "A package needs what cannot be read.", where=held.metadata["Name"], found=ascii(line)
            ) from error
        if need.marker is None or need.marker.evaluate({"extra": ""}):
            yield canonicalize_name(need.name)


def _damage(held: Distribution) -> tuple[str, ...] | None:
    listed = [(file, file.hash) for file in held.files or () if file.hash and file.hash.mode in _HASHES]
    if not listed:
        return None
    wrong = []
    for file, said in listed:
        try:
            with Path(str(file.locate())).open("rb") as data:
                found = hashlib.file_digest(data, said.mode).digest()
        except OSError:
            wrong.append(str(file))
            continue
        if base64.urlsafe_b64encode(found).rstrip(b"=").decode() != said.value:
            wrong.append(str(file))
    return tuple(wrong)


def _pinned(lock: Path) -> tuple[Package, ...]:
    try:
        lines = lock.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise WeightsError("This lock file cannot be read.", where=str(lock)) from error
    found = {}
    for number, line in enumerate(lines, 1):
        text = line.split(" #")[0].strip()
        if not text or text.startswith(("#", "--")):
            continue
        pinned = _PINNED.match(text)
        if pinned is None:
            raise WeightsError(
                "A line of the lock file pins nothing.",
                where=f"{lock}, line {number}",
                expected="name==version",
                found=ascii(text[:100]),
                fix="lock every package, as uv pip compile or pip-compile do",
            )
        name = canonicalize_name(pinned[1])
        found[name] = Package(name, pinned[2])
    if not found:
        raise WeightsError("The lock file pins nothing.", where=str(lock))
    return tuple(found[name] for name in sorted(found))
