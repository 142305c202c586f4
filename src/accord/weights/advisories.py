"""Known vulnerabilities of packages, from advisories in the OSV format (https://ossf.github.io/osv-schema/).

Either an export that somebody fetched, whose age is told, or the service itself where it is asked for. A package whose
version cannot be compared counts as untold, and a service that does not answer ends with an error: never as clean.
"""

import json
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from accord.errors import WeightsError
from accord.ledger import digest
from accord.weights.packages import Package

SERVICE = "https://api.osv.dev"
FRESH_DAYS = 7
"""The age from which an export is stale: advisories come every day."""
_ECOSYSTEM = "PyPI"
_LARGEST = 1 << 22
_MOST = 1 << 33
_BATCH = 1000


@dataclass(frozen=True)
class Advisories:
    """What is known: advisories by the name of the package, their newest date, and a digest of it all."""

    by_package: Mapping[str, tuple[Mapping[str, Any], ...]]
    newest: datetime
    sha256: str

    def find(self, package: Package) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the ids of the advisories that affect a package, and of those of which it cannot be told."""
        affects, unclear = set(), set()
        for advisory in self.by_package.get(package.name, ()):
            told = [_affects(part, package) for part in advisory["affected"] if _is_about(part, package.name)]
            if any(told):
                affects.add(str(advisory["id"]))
            elif None in told:
                unclear.add(str(advisory["id"]))
        return tuple(sorted(affects)), tuple(sorted(unclear))


def read_advisories(export: Path) -> Advisories:
    """Read a folder, a zip archive or a file of advisories; raise WeightsError for what is none, or has no date."""
    held: dict[str, list[Mapping[str, Any]]] = {}
    dates, parts = [], []
    for where, data in _texts(export):
        parts.append(digest(data))
        for advisory in _parse(where, data):
            dates.append(_date(where, advisory))
            if advisory.get("withdrawn"):
                continue
            for part in advisory["affected"]:
                if _package(part).get("ecosystem") == _ECOSYSTEM:
                    held.setdefault(canonicalize_name(str(_package(part).get("name"))), []).append(advisory)
    if not dates:
        raise WeightsError(
            "There are no advisories here.",
            where=str(export),
            expected="an OSV export: a folder or a zip archive of JSON files, one advisory each",
            fix="fetch https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip",
        )
    return Advisories({n: tuple(a) for n, a in held.items()}, max(dates), digest("".join(sorted(parts)).encode()))


def _texts(export: Path) -> Iterator[tuple[str, bytes]]:
    try:
        if export.is_dir():
            for path in sorted(export.rglob("*.json")):
                yield str(path), path.read_bytes()
        elif zipfile.is_zipfile(export):
            with zipfile.ZipFile(export) as archive:
                names = [i for i in archive.infolist() if i.filename.endswith(".json")]
                if any(i.file_size > _LARGEST for i in names) or sum(i.file_size for i in names) > _MOST:
                    raise WeightsError("The advisories are too large.", where=str(export))
                for info in names:
                    yield f"{export}, {info.filename!a}", archive.read(info)
        else:
            yield str(export), export.read_bytes()
    except (OSError, zipfile.BadZipFile) as error:
        raise WeightsError("The advisories cannot be read.", where=str(export), found=str(error)) from error


def _parse(where: str, data: bytes) -> Iterator[Mapping[str, Any]]:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise WeightsError("An advisory is no JSON.", where=where) from error
    for advisory in value if isinstance(value, list) else [value]:
        if not isinstance(advisory, dict) or not isinstance(advisory.get("id"), str):
            raise WeightsError("An advisory has no id.", where=where, expected="one in the OSV format")
        affected = advisory.get("affected", [])
        if not isinstance(affected, list) or not all(isinstance(part, dict) for part in affected):
            raise WeightsError("An advisory does not say what it affects.", where=where, found=ascii(advisory["id"]))
        yield advisory | {"affected": affected}


def _date(where: str, advisory: Mapping[str, Any]) -> datetime:
    try:
        made = datetime.fromisoformat(str(advisory["modified"]))
    except (KeyError, ValueError) as error:
        raise WeightsError("An advisory has no date.", where=where, expected="modified, as RFC 3339") from error
    return made if made.tzinfo else made.replace(tzinfo=UTC)


def _package(part: Mapping[str, Any]) -> Mapping[str, Any]:
    held = part.get("package")
    return held if isinstance(held, dict) else {}


def _is_about(part: Mapping[str, Any], name: str) -> bool:
    package = _package(part)
    return package.get("ecosystem") == _ECOSYSTEM and canonicalize_name(str(package.get("name"))) == name


def _affects(part: Mapping[str, Any], package: Package) -> bool | None:
    """Tell whether a part of an advisory affects a version, as the schema evaluates it; None where that is unclear."""
    versions = part.get("versions")
    if isinstance(versions, list) and package.version in versions:
        return True
    try:
        ours = Version(package.version)
        if isinstance(versions, list) and any(_parsed(v) == ours for v in versions):
            return True
        ranges = part.get("ranges")
        events = [
            r.get("events", [])
            for r in (ranges if isinstance(ranges, list) else [])
            if isinstance(r, dict) and r.get("type") in {"ECOSYSTEM", "SEMVER"}
        ]
        if not events and not versions:
            return None  # it names commits alone, or nothing
        return any(_in_range(ours, held) for held in events)
    except (InvalidVersion, TypeError, AttributeError):
        return None


def _parsed(version: object) -> Version | None:
    try:
        return Version(str(version))
    except InvalidVersion:
        return None


def _in_range(version: Version, events: Sequence[Mapping[str, str]]) -> bool:
    steps = sorted(
        ((Version(at) if at != "0" else None, kind) for event in events for kind, at in event.items()),
        key=lambda step: (step[0] is not None, step[0] or version),
    )
    inside = False
    for at, kind in steps:
        if kind == "introduced" and (at is None or version >= at):
            inside = True
        elif at is not None and ((kind == "fixed" and version >= at) or (kind == "last_affected" and version > at)):
            inside = False
    return inside


def ask_service(
    packages: Sequence[Package], now: datetime, url: str = SERVICE, *, timeout: float = 30
) -> dict[str, tuple[str, ...]]:
    """Ask the OSV service which advisories affect each package; raise WeightsError where any stays unanswered.

    The names and versions of the packages leave the machine, so nothing calls this unless it was asked to.
    """
    found: dict[str, tuple[str, ...]] = {}
    for start in range(0, len(packages), _BATCH):
        part = packages[start : start + _BATCH]
        body = {"queries": [{"package": {"purl": package.purl}} for package in part]}
        results = _post(f"{url}/v1/querybatch", body, timeout).get("results")
        if not isinstance(results, list) or len(results) != len(part):
            raise WeightsError("The service did not answer for every package.", where=url, found=f"at {now:%Y-%m-%d}")
        for package, result in zip(part, results, strict=True):
            if not isinstance(result, dict) or result.get("next_page_token"):
                raise WeightsError("The service did not answer in full.", where=url, found=package.purl)
            found[package.name] = tuple(sorted(str(v.get("id")) for v in result.get("vulns") or ()))
    return found


def _post(url: str, body: object, timeout: float) -> dict[str, Any]:
    if not url.startswith(("https://", "http://127.0.0.1:")):
        raise WeightsError("This address is not asked.", where=url, expected="one that starts with https://")
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})  # noqa: S310 - looked at above
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:  # noqa: S310 - looked at above
            value = json.loads(answer.read(_LARGEST))
    except (OSError, ValueError, urllib.error.URLError) as error:
        raise WeightsError(
            "The service of advisories does not answer.",
            where=url,
            found=str(error),
            fix="try again, or name an export: [security] advisories",
        ) from error
    return value if isinstance(value, dict) else {}
