"""The releases of a log: its assessments that were published, each with a report that its own proof gives."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from accord.errors import ReportError
from accord.evidence import AssessmentRecord, Entry, Records, ReportRecord, SystemRecord
from accord.ledger import digest
from accord.reports.json_file import format_report, read_content
from accord.reports.languages import name_file
from accord.reports.models import Content
from accord.reports.site.models import Line
from accord.verify.dossier import Proof, make_proof
from accord.workspace import Workspace

Pages = Mapping[str, Callable[[Content, Proof], str]]
"""What writes the report's page, by language."""

_PAGE = "report.html"
"""The report's page in English."""
_CITED = re.compile(r'href="#record-([0-9]+)"')


@dataclass(frozen=True)
class Release:
    """An assessment that was published; `content` and `files` are missing where its report can no longer be made."""

    entry: Entry[AssessmentRecord]
    line: Line
    content: Content | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)
    """The report, in each language and as JSON, by name."""
    cited: frozenset[int] = frozenset()
    """The records that the report leads to."""


def find_releases(workspace: Workspace, pages: Pages, now: datetime) -> tuple[Release, ...]:
    """Return the newest assessment and every earlier one that was published, oldest first, with their reports.

    Raises ReportError where there is no assessment, or the newest one's report cannot be made.
    """
    records = workspace.records(now)
    published = {e.record.assessment.index for e in records.of(ReportRecord)}
    found = [e for e in records.of(AssessmentRecord) if e.ref.index in published]
    newest = records.latest(AssessmentRecord)
    if newest is None:
        raise ReportError("There is no assessment to publish.", where=str(workspace.root), fix="run: accord assess")
    entries = found if newest in found else [*found, newest]
    return tuple(_make(workspace, entry, records, pages, now, must=entry is entries[-1]) for entry in entries)


def _make(
    workspace: Workspace,
    entry: Entry[AssessmentRecord],
    records: Records,
    pages: Pages,
    now: datetime,
    *,
    must: bool,
) -> Release:
    line = _draft(entry, records)
    try:
        proof = make_proof(workspace, now, entry.ref.index)
        content = read_content(proof)
    except ReportError as error:
        if must:
            raise
        return Release(entry, line.model_copy(update={"reason": error.problem}))
    files = {name_file(_PAGE, language): write(content, proof).encode() for language, write in pages.items()}
    cited = {int(index) for index in _CITED.findall(files[_PAGE].decode())}
    told = {"organisation": content.declared.organisation.name, "model": content.model.name}
    return Release(
        entry,
        line.model_copy(update=told | {"reports": {language: name_file(_PAGE, language) for language in pages}}),
        content,
        {**files, "report.json": format_report(content, proof)},
        frozenset({*cited, content.assessment, content.declaration}),
    )


def _draft(entry: Entry[AssessmentRecord], records: Records) -> Line:
    """Return what the log alone tells of a release."""
    declared = next((e.record for e in records.of(SystemRecord) if e.ref == entry.record.system), None)
    made = entry.record.made
    return Line(
        slug=f"{made:%Y-%m-%d}-{entry.ref.index}",
        assessment=entry.ref.index,
        assessed=made,
        system=declared.name if declared else "",
        version=declared.version if declared else "",
        organisation="",
        model=declared.model.name if declared else "",
        reports={},
    )


def record_files(workspace: Workspace, releases: tuple[Release, ...], now: datetime) -> tuple[Release, ...]:
    """Return the releases with the record that binds the files of each, appending one only where none does."""
    held = workspace.records(now).of(ReportRecord)
    digests = [{name: digest(data) for name, data in release.files.items()} for release in releases]
    places = [
        next((e.ref.index for e in held if _binds(e, release, files)), None)
        for release, files in zip(releases, digests, strict=True)
    ]
    missing = [at for at, place in enumerate(places) if place is None and digests[at]]
    new = [ReportRecord(made=now, assessment=releases[at].entry.ref, files=digests[at]) for at in missing]
    filled = dict(zip(missing, workspace.append(new), strict=True)) if new else {}
    return tuple(
        _recorded(release, filled.get(at, place))
        for at, (release, place) in enumerate(zip(releases, places, strict=True))
    )


def _binds(entry: Entry[ReportRecord], release: Release, digests: Mapping[str, str]) -> bool:
    return entry.record.assessment == release.entry.ref and digests.items() <= entry.record.files.items()


def _recorded(release: Release, place: int | None) -> Release:
    line = release.line.model_copy(update={"recorded": place})
    cited = release.cited if place is None else release.cited | {place}
    return Release(release.entry, line, release.content, release.files, cited)
