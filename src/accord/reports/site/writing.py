"""Putting a site where a web server finds it: only what changed is written, and only over a site of the same log."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path

from accord.errors import ReportError, VerificationError
from accord.ledger import format_json, parse_json
from accord.reports.site.building import Site
from accord.reports.site.models import SCHEMA
from accord.verify.archive import Part, open_part

MARK = "site.json"
"""The file by which a site of ours is known, with the SHA-256 of each of its files."""
_LARGEST = 256 * 2**20
_OURS = re.compile(
    r"(index|site)\.(html|json)|feed\.xml|sitemap\.xml|robots\.txt|\.well-known/security\.txt|log/(checkpoint|tile/[0-9a-z./]+)|"
    r"records/[0-9a-z]+\.(html|json)|releases/[0-9-]+/[a-z.-]+\.(html|json)"
)


@dataclass(frozen=True)
class Written:
    """The paths that were written and removed, and how many stayed as they were."""

    written: tuple[str, ...]
    removed: tuple[str, ...]
    kept: int


def write_site(site: Site, folder: Path) -> Written:
    """Make `folder` hold the site: each file is replaced whole, and what leads to others is written after them.

    What is not a site's is left alone. Raises ReportError, before anything is written, for a folder that holds
    something and is no site of this log; and where a file cannot be written.
    """
    with _refusals(folder):
        held = _read_mark(folder, site.origin)
        digests = {path: _digest(part) for path, part in site.files.items()}
        changed = [path for path, sha256 in digests.items() if not _is_same(folder / path, sha256)]
        gone = sorted(set(held) - set(digests))
        if not changed and digests == held:
            return Written((), (), len(digests))
        if not held:
            _write(folder / MARK, _format_mark(site.origin, {}))  # so that a run that is stopped can be done again
        for path in changed:
            _write(folder / path, site.files[path])
        for path in gone:
            _remove(folder, path)
        _write(folder / MARK, _format_mark(site.origin, digests))
    return Written(tuple(changed), tuple(gone), len(digests) - len(changed))


def _read_mark(folder: Path, origin: str) -> Mapping[str, str]:
    """Return the SHA-256 of each file that the site there should have, by path; none for an empty folder."""
    if not folder.exists() or not any(folder.iterdir()):
        return {}
    mark = folder / MARK
    try:
        value = parse_json(mark.read_bytes()) if mark.is_file() and mark.stat().st_size <= _LARGEST else {}
    except VerificationError:
        value = {}
    found = value.get("origin") if isinstance(value, dict) and value.get("schema") == SCHEMA else None
    files = value.get("files") if found == origin else None
    if not isinstance(files, dict) or not all(_OURS.fullmatch(path) and ".." not in path for path in files):
        raise ReportError(
            "This folder holds something that is not a site of this log.",
            where=str(folder),
            expected=f"an empty folder, or one with the {MARK} of {origin!r}",
            found=f"the site of {found!r}" if found else f"no {MARK} of a site",
            fix="choose another folder with --output",
        )
    return files


def _format_mark(origin: str, files: Mapping[str, str]) -> bytes:
    return format_json({"schema": SCHEMA, "origin": origin, "files": dict(files)})


def _is_same(path: Path, sha256: str) -> bool:
    return path.is_file() and _digest(path) == sha256


def _digest(part: Part) -> str:
    with open_part(part) as file:
        return file_digest(file, "sha256").hexdigest()


def _write(path: Path, part: Part) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.tmp")
    try:
        with open_part(part) as source, scratch.open("wb") as target:
            while chunk := source.read(1 << 20):
                target.write(chunk)
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)


def _remove(folder: Path, path: str) -> None:
    place = folder / path
    place.unlink(missing_ok=True)
    for parent in place.parents:
        if parent == folder or not parent.is_dir() or any(parent.iterdir()):
            return
        parent.rmdir()


@contextmanager
def _refusals(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ReportError(
            "The site cannot be written.",
            where=str(error.filename or folder),
            found=error.strerror or str(error),
            fix="free space, or choose a folder that you may write to with --output",
        ) from error
