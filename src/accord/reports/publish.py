"""Write the report's files, record their digests, and bundle them with the log that proves them."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from pathlib import Path

from accord.errors import ReportError
from accord.evidence import AssessmentRecord, Entry, Ref, ReportRecord
from accord.ledger import digest
from accord.reports import COPIES, FORMATS, SPOKEN, Content
from accord.reports.json_file import format_report, read_content
from accord.reports.languages import name_file
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
    languages: Sequence[str] = ("en",),
) -> Publication:
    """Write the report's files into the folder `output`, and the bundle; with nothing changed, nothing is recorded.

    What people read is written in each of the languages. A bundle holds every format that carries its own proof, in
    English, whichever are written beside it. Raises ReportError where there is no assessment, or where a file cannot
    be written, MissingExtraError where a format needs one.
    """
    proof = make_proof(workspace, now)
    read = cache(partial(read_content, proof))  # checking a proof costs more than any format
    bundled = {name: make for f in FORMATS for name, make in _find_makers(f, proof, read, ["en"])} if bundle else {}
    makers = {name: make for f in formats for name, make in _find_makers(f, proof, read, languages)}
    files = {name: make() for name, make in (bundled | makers).items()}
    written = {output / name: files[name] for name in makers}
    for path, data in written.items():
        _write(path, data)
    record = _record(workspace, proof, files, now)
    if bundle:
        write_bundle(workspace, {name: files[name] for name in bundled}, include, bundle)
    return Publication({path: digest(data) for path, data in written.items()}, record, bundle)


def _find_makers(
    form: str, proof: Proof, read: Callable[[], Content], languages: Sequence[str]
) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Yield the name of each file of a format, and what makes its bytes."""
    if form in SPOKEN:
        name, render = SPOKEN[form]
        for language in languages:
            yield name_file(name, language), partial(_speak, render, read, proof, language)
    elif form in COPIES:
        name, copy = COPIES[form]
        yield name, lambda: copy(read())
    else:
        yield "report.json", lambda: format_report(read(), proof)


def _speak(
    render: Callable[[Content, Proof, str], bytes], read: Callable[[], Content], proof: Proof, language: str
) -> bytes:
    return render(read(), proof, language)


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
