"""Croissant metadata (MLCommons, versions 1.0 and 1.1): checked without a network, and written for a corpus.

Only what can be told from the file and the files that it names beside it: nothing is fetched. The official checker is
`mlcroissant`; tests hold both against each other.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from accord.errors import ScanError
from accord.evidence import Sighting
from accord.ledger import format_json
from accord.scan.sources.reading import parse_json, read_bounded

QUESTIONS = {
    "croissant.valid": "the Croissant metadata is as its specification asks",
    "croissant.files": "the file is the one that the Croissant metadata names (SHA-256)",
}
VERSIONS = ("http://mlcommons.org/croissant/1.0", "http://mlcommons.org/croissant/1.1")
_ASKED = ("name", "description", "license", "url", "creator", "datePublished")
"""What the specification says a dataset must have, beside @context, @type and conformsTo."""
_MOST = 10_000
_SHA256 = re.compile(r"[0-9a-f]{64}")
_ENDINGS = {
    ".jsonl": "application/jsonlines", ".json": "application/json", ".csv": "text/csv",
    ".tsv": "text/tab-separated-values", ".txt": "text/plain", ".parquet": "application/x-parquet",
    ".md": "text/markdown", ".gz": "application/gzip",
    ".zst": "application/zstd", ".arrow": "application/vnd.apache.arrow.file",
}  # fmt: skip
_OWN_TERMS = (
    "citeAs", "column", "extract", "field", "fileProperty", "fileObject", "fileSet", "format", "includes",
    "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet", "references", "regex", "repeated",
    "replace", "separator", "source", "subField", "transform", "equivalentProperty", "samplingRate",
)  # fmt: skip
CONTEXT: Mapping[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "sc": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    **{name: f"cr:{name}" for name in _OWN_TERMS},
}
"""The names of the vocabulary, which every Croissant file carries."""


@dataclass(frozen=True)
class Description:
    """What Accord knows of a corpus that Croissant has a place for."""

    name: str
    description: str
    licence: str
    url: str
    creator: str
    published: str
    """The day, as YYYY-MM-DD."""
    languages: Sequence[str] = ()
    sensitive: str = ""
    """What is known of personal data in it (RAI vocabulary)."""
    biases: str = ""
    """What is known of biases (RAI vocabulary)."""
    limitations: str = ""
    """What was not looked at (RAI vocabulary)."""


@dataclass(frozen=True)
class DataFile:
    """A file of the corpus: its path below the corpus, size and digest."""

    path: str
    size: int
    sha256: str


def read_croissant(path: Path) -> Mapping[str, Any]:
    """Return Croissant metadata as JSON; raise ScanError where it is none."""
    value = parse_json(read_bounded(path), path.name)
    if not isinstance(value, dict):
        raise ScanError(
            "This is no Croissant metadata.", where=path.name, expected="a JSON object with @type sc:Dataset"
        )
    return value


def licence_of(metadata: Mapping[str, Any]) -> str:
    """Return the licence that metadata names: an id, or the last part of an SPDX address; empty for none or several."""
    value = metadata.get("license")
    if isinstance(value, list):
        value = value[0] if len(value) == 1 else None
    if isinstance(value, dict):
        value = value.get("url") or value.get("name")
    if not isinstance(value, str):
        return ""
    match = re.fullmatch(
        r"https?://(?:www\.)?(?:spdx\.org/licenses|choosealicense\.com/licenses)/([\w.+-]+?)(?:\.html|/)?", value
    )
    return match[1] if match else value


def look_at_croissant(path: Path) -> Iterator[Sighting]:
    """Yield what the specification asks and whether it holds, then whether each file here is the one named."""
    try:
        metadata = read_croissant(path)
    except ScanError as error:
        yield Sighting(observation="croissant.valid", subject="it can be read", holds=False, note=error.problem)
        return
    for subject, holds, note in _asked(metadata):
        yield Sighting(observation="croissant.valid", subject=subject, holds=holds, note=note)
    for item in _objects(metadata, "distribution"):
        if _type(item) == "FileObject":
            yield _file(item, path.parent)


def _asked(metadata: Mapping[str, Any]) -> Iterator[tuple[str, bool, str]]:
    yield "it has a @context", isinstance(metadata.get("@context"), dict), ""
    yield "it is a dataset", _type(metadata) == "Dataset", ""
    said = metadata.get("conformsTo", metadata.get("dct:conformsTo"))
    named = [_ref(v) for v in (said if isinstance(said, list) else [said])]
    yield (
        "it says which version of Croissant it follows",
        any(v in VERSIONS for v in named),
        ", ".join(filter(None, named))[:100],
    )
    for name in _ASKED:
        yield f"it has {name}", metadata.get(name) not in (None, "", [], {}), ""
    distribution, records = _objects(metadata, "distribution"), _objects(metadata, "recordSet")
    yield "it names its files", bool(distribution), ""
    ids = [item.get("@id") for item in distribution]
    yield (
        "each of its files has an id of its own",
        all(isinstance(i, str) and i for i in ids) and len(set(map(str, ids))) == len(ids),
        "",
    )
    bare = [
        item
        for item in distribution
        if _type(item) == "FileObject"
        and not (item.get("contentUrl") and item.get("encodingFormat") and (item.get("sha256") or item.get("md5")))
    ]
    yield "each of its files has an address, a format and a digest", not bare, f"{len(bare)} lack one" if bare else ""
    lost = [ref for item in distribution for ref in _refs(item.get("containedIn")) if ref not in ids]
    yield "what contains its files is named", not lost, ""
    yield (
        "no file contains itself",
        not _cyclic({str(i.get("@id")): _refs(i.get("containedIn")) for i in distribution}),
        "",
    )
    fields = [field for record in records for field in _objects(record, "field")]
    known = {*map(str, ids), *(str(record.get("@id")) for record in records), *(str(f.get("@id")) for f in fields)}
    dangling = [ref for field in fields for ref in _sources(field) if ref not in known]
    yield "its fields come from what it names", not dangling, f"{len(dangling)} do not" if dangling else ""


def _file(item: Mapping[str, Any], folder: Path) -> Sighting:
    name, said = str(item.get("contentUrl") or ""), item.get("sha256")
    subject = PurePosixPath(name).name[:200] or "a file without an address"

    def seen(note: str, *, holds: bool | None = None) -> Sighting:
        return Sighting(observation="croissant.files", subject=subject, holds=holds, note=note)

    if "://" in name or not name:
        return seen("it does not lie here, and nothing is fetched")
    if not isinstance(said, str) or not _SHA256.fullmatch(said.casefold()):
        return seen("the metadata has no SHA-256 of it")
    place = (folder / name).resolve()
    if not place.is_relative_to(folder.resolve()):
        return seen("its path leads out of the folder")
    if not place.is_file():
        return seen("it is not there", holds=False)
    with place.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    return seen("" if found == said.casefold() else "it is another", holds=found == said.casefold())


def _objects(value: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    held = value.get(name, [])
    rows = held if isinstance(held, list) else [held]
    if len(rows) > _MOST:
        raise ScanError("This Croissant metadata holds too much.", expected=f"at most {_MOST} of {name}")
    return [row for row in rows if isinstance(row, dict)]


def _type(value: Mapping[str, Any]) -> str:
    """Return the type without its vocabulary: sc:Dataset and https://schema.org/Dataset are one."""
    named = value.get("@type")
    return re.split(r"[:/]", named)[-1] if isinstance(named, str) else ""


def _ref(value: object) -> str:
    held = value.get("@id") if isinstance(value, dict) else value
    return held if isinstance(held, str) else ""


def _refs(value: object) -> list[str]:
    return [_ref(v) for v in (value if isinstance(value, list) else [value]) if v is not None]


def _sources(field: Mapping[str, Any]) -> list[str]:
    source = field.get("source")
    if not isinstance(source, dict):
        return []
    return [ref for name in ("fileObject", "fileSet", "recordSet", "field") if (ref := _ref(source.get(name)))]


def _cyclic(edges: Mapping[str, list[str]]) -> bool:
    """Tell whether one leads back to itself, without recursion: a stranger wrote it."""
    left = {name: set(targets) & edges.keys() for name, targets in edges.items()}
    while True:
        ends = {name for name, targets in left.items() if not targets}
        if not ends:
            return bool(left)
        left = {name: targets - ends for name, targets in left.items() if name not in ends}


def write_croissant(about: Description, files: Sequence[DataFile]) -> bytes:
    """Return Croissant 1.0 metadata of a corpus, with the RAI vocabulary for what is known of its risks."""
    made: dict[str, Any] = {
        "@context": dict(CONTEXT),
        "@type": "sc:Dataset",
        "conformsTo": VERSIONS[0],
        "name": about.name,
        "description": about.description,
        "license": about.licence,
        "url": about.url,
        "creator": {"@type": "Organization", "name": about.creator},
        "datePublished": about.published,
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": f"file-{number}",
                "name": f"file-{number}",
                "contentUrl": file.path,
                "contentSize": f"{file.size} B",
                "encodingFormat": _ENDINGS.get(PurePosixPath(file.path).suffix.casefold(), "application/octet-stream"),
                "sha256": file.sha256,
            }
            for number, file in enumerate(files)
        ],
    }
    more = {
        "inLanguage": list(about.languages),
        "rai:personalSensitiveInformation": about.sensitive,
        "rai:dataBiases": about.biases,
        "rai:dataLimitations": about.limitations,
    }
    return format_json(made | {name: value for name, value in more.items() if value})
