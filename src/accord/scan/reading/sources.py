"""What there is to read: files, folders, globs and object storage, each file with its form."""

import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Literal

import pyarrow as pa
from pyarrow import fs

from accord.errors import ScanError
from accord.scan.reading.streams import CODECS, is_remote

Form = Literal["parquet", "arrow", "lines", "json", "csv", "tsv", "eval"]

_FORMS: dict[str, Form] = {
    ".parquet": "parquet", ".pq": "parquet", ".arrow": "arrow", ".feather": "arrow", ".jsonl": "lines",
    ".ndjson": "lines", ".json": "json", ".csv": "csv", ".tsv": "tsv", ".eval": "eval",
}  # fmt: skip
_WHOLE = frozenset({"parquet", "arrow", "eval"})
_WILD = re.compile(r"[*?\[]")
_ASIDE = frozenset({"dataset_info.json", "state.json", "dataset_dict.json", "dataset_infos.json", "package.json"})


@dataclass(frozen=True)
class Source:
    """A file to read: its name below the input, where it lies, its form, and how it is compressed."""

    name: str
    place: str
    form: Form
    codec: str
    size: int


def find_sources(places: Iterable[str]) -> tuple[tuple[Source, ...], tuple[str, ...]]:
    """Return the files of all places, sorted by name, and the names of those that are of no known form.

    A place is a file, a folder, a glob, or a URI of any of these. Raises ScanError where there is nothing, and where
    two files would have one name.
    """
    given = list(places)
    found: dict[str, Source] = {}
    others: list[str] = []
    for place in given:
        before = len(found) + len(others)
        for name, path, size in _list(place):
            named = name if len(given) == 1 else f"{PurePosixPath(_bare(place)).name}/{name}"
            form, codec = form_of(path)
            if form is None:
                others.append(named)
            elif named in found:
                raise ScanError("Two inputs have the same name.", found=named, fix="scan them one at a time")
            else:
                found[named] = Source(named, path, form, codec, size)
        if before == len(found) + len(others):
            raise ScanError("There is nothing to scan here.", where=place, expected="files, a folder or a glob")
    if not found:
        expected = f"files that end in {', '.join(_FORMS)}, some also with {', '.join(CODECS)}"
        raise ScanError("None of the files is of a known form.", expected=expected, found=", ".join(sorted(others)[:5]))
    return tuple(found[name] for name in sorted(found)), tuple(sorted(others))


def form_of(path: str) -> tuple[Form | None, str]:
    """Return the form that a file's name tells, and how the file is compressed."""
    name = PurePosixPath(path).name.lower()
    if name in _ASIDE:
        return None, ""
    codec = CODECS.get(PurePosixPath(name).suffix, "")
    form = _FORMS.get(PurePosixPath(PurePosixPath(name).stem if codec else name).suffix)
    return (None, "") if codec and form in _WHOLE else (form, codec)


def _bare(place: str) -> str:
    """Return a place as far as its first wildcard's folder: names are counted from there."""
    wild = _WILD.search(place)
    return place[: wild.start()].rpartition("/")[0] if wild else place.rstrip("/")


def _list(place: str) -> Iterator[tuple[str, str, int]]:
    """Yield name, path or URI, and size of each file of a place."""
    yield from _list_remote(place) if is_remote(place) else _list_local(place)


def _list_local(place: str) -> Iterator[tuple[str, str, int]]:
    if not Path(place).exists() and _WILD.search(place):
        base = Path(_bare(place) or ("/" if place.startswith("/") else "."))
        pattern = Path(place).relative_to(base).as_posix() if _bare(place) else place.lstrip("/")
        for path in sorted(base.glob(pattern)):
            if path.is_file():
                yield path.relative_to(base).as_posix(), str(path), path.stat().st_size
        return
    root = Path(place)
    if root.is_file():
        yield root.name, str(root), root.stat().st_size
    elif root.is_dir():
        for path in _walk(root):
            yield path.relative_to(root).as_posix(), str(path), path.stat().st_size if path.is_file() else 0


def _walk(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder; what is hidden is not data, and of a saved dataset its own list counts."""
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "_")))
        listed = _data_files(Path(here))
        for name in sorted(names):
            if not name.startswith((".", "_")) and (listed is None or name in listed):
                yield Path(here) / name


def _data_files(folder: Path) -> set[str] | None:
    """Return the files that make up a Hugging Face dataset on disk; none where a folder is not one."""
    try:
        state = json.loads((folder / "state.json").read_bytes())
        return {str(file["filename"]) for file in state["_data_files"]}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _list_remote(place: str) -> Iterator[tuple[str, str, int]]:
    base = _bare(place)
    try:
        system, root = fs.FileSystem.from_uri(base)
        found = system.get_file_info(fs.FileSelector(root, recursive=True, allow_not_found=True))
        alone = system.get_file_info(root)
    except (OSError, pa.ArrowException) as error:
        raise ScanError("This storage cannot be listed.", where=place, found=str(error)) from error
    if alone.type == fs.FileType.File:
        yield PurePosixPath(root).name, base, alone.size
        return
    pattern = place[len(base) :].lstrip("/")
    for file in sorted(found, key=lambda f: f.path):
        name = file.path[len(root) :].lstrip("/")
        hidden = any(part.startswith((".", "_")) for part in PurePosixPath(name).parts)
        if file.type == fs.FileType.File and not hidden and (not pattern or fnmatchcase(name, pattern)):
            yield name, f"{base}/{name}", file.size
