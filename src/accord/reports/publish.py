"""Write the report's files, record their digests, and bundle them with the log that proves them."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from accord.errors import ReportError
from accord.evidence import AssessmentRecord, Entry, Ref, ReportRecord
from accord.ledger import digest
from accord.reports import COPIES, FORMATS
from accord.reports.json_file import read_content
from accord.verify import write_bundle
from accord.verify.dossier import Proof, make_proof
from accord.workspace import Workspace


@dataclass(frozen=True)
class Publication:
    """What was written: SHA-256 by path, the record that binds it, and the bundle if one was asked for."""

    files: Mapping[Path, str]
    record: int
    bundle: Path | None


def publish(
    workspace: Workspace,
    formats: Sequence[str],
    output: Path,
    bundle: Path | None,
    include: Collection[str],
    now: datetime,
) -> Publication:
    """Write the report's files into the folder `output`, and the bundle; with nothing changed, nothing is recorded.

    A bundle holds every format that carries its own proof, whichever are written beside it. Raises ReportError where
    there is no assessment, or where a file cannot be written, MissingExtraError where a format needs one.
    """
    proof = make_proof(workspace, now)
    wanted = dict.fromkeys([*(FORMATS if bundle else ()), *formats])
    content = read_content(proof) if any(f in COPIES for f in wanted) else None
    files = {_name(f): COPIES[f][1](content) if content and f in COPIES else FORMATS[f](proof) for f in wanted}
    written = {output / _name(f): files[_name(f)] for f in formats}
    for path, data in written.items():
        _write(path, data)
    record = _record(workspace, proof, files, now)
    if bundle:
        write_bundle(workspace, {_name(f): files[_name(f)] for f in FORMATS}, include, bundle)
    return Publication({path: digest(data) for path, data in written.items()}, record, bundle)


def _name(format_name: str) -> str:
    return COPIES[format_name][0] if format_name in COPIES else f"report.{format_name}"


def _record(workspace: Workspace, proof: Proof, files: Mapping[str, bytes], now: datetime) -> int:
    """Return the index of a record that binds `files`, appending one only where none does."""
    records = workspace.records(now)
    proved = records.before(len(proof.entries))  # the log may have grown since
    assessment = proved.of(AssessmentRecord)[-1].ref
    digests = {name: digest(data) for name, data in files.items()}
    for entry in records.of(ReportRecord):
        if _binds(entry, assessment, digests):
            return entry.ref.index
    return workspace.append([ReportRecord(made=now, assessment=assessment, files=digests)])[0]


def _binds(entry: Entry[ReportRecord], assessment: Ref, digests: Mapping[str, str]) -> bool:
    return entry.record.assessment == assessment and digests.items() <= entry.record.files.items()


def _write(path: Path, data: bytes) -> None:
    """Replace a file whole, so that a reader never meets half a report."""
    scratch = path.with_name(f".{path.name}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch.write_bytes(data)
        scratch.replace(path)
    except OSError as error:
        with suppress(OSError):  # what cannot be written may not be removable either; the first error is told
            scratch.unlink(missing_ok=True)
        raise ReportError(
            "The report cannot be written.",
            where=str(path),
            found=error.strerror or str(error),
            fix="free space, or choose a folder that you may write to with --output",
        ) from error
