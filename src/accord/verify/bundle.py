"""A bundle: everything one needs to check an assessment, in one deterministic zip.

- `report.html`, `report.json`: the report, in each format that was asked for;
- `ledger/checkpoint`: the signed checkpoint;
- `ledger/tile/...`: exactly the C2SP tlog-tiles files of a tree of that size;
- `anchors/<size>`, `anchors/<size>.tsr`: checkpoints that outsiders cosigned, and RFC 3161 time-stamps of them;
- `evaluators`: the verifier keys, one a line, of independent parties who signed entries of the log;
- `artifacts/<sha256>`: declarations, findings, scores and verdicts; logs and documents where they were included.
"""

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import file_digest
from itertools import islice
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from accord.errors import ReportError, VerificationError
from accord.evidence import ArtifactRef, DocumentRecord, Entry, EvaluationRecord, read_entries
from accord.ledger import Log, Tile, unverified_checkpoint
from accord.ledger.checkpoint import MAX_CHECKPOINT
from accord.ledger.tiles import ENTRIES, edge_tiles, tile_count
from accord.verify.archive import Part, read_archive, write_archive
from accord.verify.dossier import find_evaluators, needed_artifacts
from accord.workspace import Anchor, Workspace
from accord.workspace.evaluators import read_evaluators

REPORTS = ("report.html", "report.json")
"""The report files that a bundle may hold."""

CHECKPOINT = "ledger/checkpoint"
EVALUATORS = "evaluators"

EXTRAS = ("logs", "documents")
"""What is included on request alone: evaluation logs (prompts and answers), and documents of the organisation."""

MAX_ANCHOR = 65_536
"""The most bytes of an anchor's note, and of its time-stamp."""

_NAME = re.compile(
    r"evaluators|report\.(html|json)|ledger/(checkpoint|tile/[0-9a-z/.]+)|anchors/[1-9][0-9]{0,18}(\.tsr)?|artifacts/[0-9a-f]{64}"
)
_STAMP = ".tsr"


@dataclass(frozen=True)
class Bundle:
    """A bundle unpacked into `folder`; its form was checked, and not yet what it says."""

    folder: Path
    names: tuple[str, ...]

    @property
    def ledger(self) -> Path:
        """The folder of the log."""
        return self.folder / "ledger"

    @property
    def reports(self) -> tuple[Path, ...]:
        """The report files."""
        return tuple(self.folder / name for name in self.names if name in REPORTS)

    @property
    def anchors(self) -> tuple[Anchor, ...]:
        """The checkpoints that outsiders fixed in time, smallest log first, as their names say; nothing is verified."""
        names = (name.removeprefix("anchors/") for name in self.names if name.startswith("anchors/"))
        return tuple(self._anchor(size) for size in sorted(int(name) for name in names if not name.endswith(_STAMP)))

    def _anchor(self, size: int) -> Anchor:
        stamp = f"anchors/{size}{_STAMP}"
        token = (self.folder / stamp).read_bytes() if stamp in self.names else None
        return Anchor(size, (self.folder / f"anchors/{size}").read_bytes(), token)

    @property
    def artifacts(self) -> frozenset[str]:
        """The SHA-256 by which each artifact is named, which need not be that of its bytes."""
        return frozenset(name.removeprefix("artifacts/") for name in self.names if name.startswith("artifacts/"))

    @property
    def evaluators(self) -> tuple[str, ...]:
        """The verifier keys of those who, as the bundle says, signed results of their own."""
        path = self.folder / EVALUATORS
        return read_evaluators(path) if EVALUATORS in self.names else ()

    def artifact(self, sha256: str) -> Path | None:
        """Return where an artifact lies, or None where it was not handed over."""
        return self.folder / "artifacts" / sha256 if sha256 in self.artifacts else None


def write_bundle(workspace: Workspace, files: Mapping[str, bytes], include: Collection[str], out: Path) -> None:
    """Write the bundle of a workspace with its report `files`; the same workspace and files give the same bytes.

    `include` names EXTRAS. Artifacts that were erased are left out. Raises ReportError where it cannot be written
    and VerificationError where an artifact was changed; `out` is replaced whole, or left as it was.
    """
    if unknown := (set(files) - set(REPORTS)) | (set(include) - set(EXTRAS)):
        raise ReportError(
            "A bundle has no place for this.",
            expected=f"files {', '.join(REPORTS)}; include {', '.join(EXTRAS)}",
            found=", ".join(sorted(unknown)),
        )
    log = workspace.log()
    try:
        anchors = dict(_anchor_parts(workspace.anchors.all(), log.size))
        named = _evaluator_parts(workspace, log)
        _replace(out, {**files, **_ledger_parts(log), **anchors, **named, **_artifact_parts(workspace, log, include)})
    except OSError as error:
        where = str(error.filename or out)
        raise ReportError("The bundle cannot be written.", where=where, found=str(error)) from error


def read_bundle(path: Path, folder: Path) -> Bundle:
    """Unpack a bundle into an empty folder; raise VerificationError for anything but a bundle's canonical bytes."""
    try:
        with path.open("rb") as archive:
            names = read_archive(archive, lambda name: folder / _checked(name))
    except OSError as error:  # a full disk, or a name that is a file here and a folder there
        where = str(error.filename or path)
        raise VerificationError("The bundle cannot be unpacked.", where=where, found=str(error)) from error
    bundle = Bundle(folder, names)
    if CHECKPOINT not in names or (folder / CHECKPOINT).stat().st_size > MAX_CHECKPOINT:
        raise VerificationError("The bundle has no log.", expected=f"a checkpoint at {CHECKPOINT}")
    found = {name for name in names if name.startswith("ledger/")}
    # A hostile size makes the layout long: one file more than there are is enough to differ.
    size = unverified_checkpoint((folder / CHECKPOINT).read_bytes()).size
    layout = islice(ledger_tiles(size), len(found))
    if different := found ^ {CHECKPOINT, *(f"ledger/{tile.path}" for tile in layout)}:
        raise VerificationError(
            "The bundle's log does not have exactly the files that its checkpoint needs.",
            where=", ".join(sorted(different)[:5]),
        )
    _check_anchors(bundle)
    return bundle


def ledger_tiles(size: int) -> Iterator[Tile]:
    """Yield the entry bundles and hash tiles that a tree of `size` entries needs, and no others."""
    for level in (ENTRIES, *range(64)):
        if not tile_count(size, level):
            continue
        full, width = edge_tiles(size, level)
        for index in range(full):
            yield Tile(level, index)
        if width:
            yield Tile(level, full, width)


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise VerificationError("The bundle holds a file that has no place in it.", where=repr(name))
    return name


def _check_anchors(bundle: Bundle) -> None:
    for name in (name for name in bundle.names if name.startswith("anchors/")):
        if name.removesuffix(_STAMP) not in bundle.names:
            raise VerificationError("The bundle holds a time-stamp of a checkpoint that is not there.", where=name)
        size = (bundle.folder / name).stat().st_size
        if size > MAX_ANCHOR:
            raise VerificationError(
                "An anchor of the bundle is too large.", where=name, expected=f"{MAX_ANCHOR} bytes", found=f"{size}"
            )


def _ledger_parts(log: Log) -> dict[str, Part]:
    tiles = {f"ledger/{tile.path}": _tile_part(log, tile) for tile in ledger_tiles(log.size)}
    return {CHECKPOINT: log.signed_checkpoint, **tiles}


def _tile_part(log: Log, tile: Tile) -> Part:
    # A writer may replace a partial tile at any time, so it is read now; full ones stay as they are.
    return log.folder / tile.path if tile == tile.full else log.read_tile(tile)


def _anchor_parts(anchors: Iterable[Anchor], size: int) -> Iterator[tuple[str, bytes]]:
    for anchor in anchors:
        if 0 < anchor.size <= size:
            yield f"anchors/{anchor.size}", anchor.note
            if anchor.token is not None:
                yield f"anchors/{anchor.size}{_STAMP}", anchor.token


def _evaluator_parts(workspace: Workspace, log: Log) -> dict[str, Part]:
    found = find_evaluators(log.entries(), workspace.evaluators.all())
    return {EVALUATORS: "".join(f"{one.vkey}\n" for one in found).encode()} if found else {}


def _artifact_parts(workspace: Workspace, log: Log, include: Collection[str]) -> dict[str, Part]:
    # What is withheld stays closed here, so none of its artifacts is wanted.
    entries = read_entries(log.entries(), workspace.public_key(), evaluators=workspace.evaluators.all())
    wanted = [*needed_artifacts(entries), *_extras(entries, include)]
    held = workspace.artifacts
    return {f"artifacts/{r.sha256}": _intact(held.path(r.sha256), r) for r in wanted if r.sha256 in held}


def _extras(entries: Collection[Entry[Any]], include: Collection[str]) -> Iterator[ArtifactRef]:
    for record in (e.record for e in entries):
        if isinstance(record, EvaluationRecord) and "logs" in include:
            yield record.log
        elif isinstance(record, DocumentRecord) and "documents" in include:
            yield record.document


def _intact(path: Path, ref: ArtifactRef) -> Path:
    with path.open("rb") as file:
        found = file_digest(file, "sha256").hexdigest()
    if found != ref.sha256:
        raise VerificationError(
            "An artifact was changed.",
            where=str(path),
            expected=ref.sha256,
            found=found,
            fix="restore it from a backup",
        )
    return path


def _replace(out: Path, parts: Mapping[str, Part]) -> None:
    with NamedTemporaryFile(dir=out.parent, prefix=f".{out.name}.", delete=False) as file:
        temporary = Path(file.name)
        try:
            write_archive(parts, file)
            file.flush()
            os.fsync(file.fileno())
            temporary.chmod(0o644)
            temporary.replace(out)
        finally:
            temporary.unlink(missing_ok=True)
