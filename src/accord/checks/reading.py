"""What several checks ask of the records: current evaluations of this model, documents of a kind, declared facts."""

from collections.abc import Sequence
from datetime import timedelta

from accord.checks.definition import Practice
from accord.evidence import DocumentRecord, Entry, EvaluationRecord, Metric, Records, Status, SystemRecord
from accord.manifest import Document, System

REVIEW_DAYS = 365
"""A document that says no date of review, or one older than this, has a gap. The Code only says "regularly"."""


def tests(records: Records) -> tuple[Entry[EvaluationRecord], ...]:
    """Return every current, complete evaluation of the model that the system now declares, oldest first."""
    system = records.latest(SystemRecord)
    if system is None:
        return ()
    sha256 = system.record.model.sha256
    held = records.current(EvaluationRecord)
    return tuple(e for e in held if e.record.is_complete and e.record.model.sha256 == sha256)


def evaluations(records: Records) -> tuple[Entry[EvaluationRecord], ...]:
    """Return the newest of those `tests` for each suite."""
    return tuple({e.record.suite.id: e for e in tests(records)}.values())


def find_metric(records: Records, metric_id: str) -> tuple[Entry[EvaluationRecord], Metric] | None:
    """Return the metric of that id among the current evaluations, with the entry it stands in."""
    for entry in evaluations(records):
        for metric in entry.record.metrics:
            if metric.id == metric_id:
                return entry, metric
    return None


def declaration(records: Records) -> tuple[Entry[SystemRecord], ...]:
    """Return the current declaration as the entries to rest on."""
    return records.current(SystemRecord)[-1:]


def declared(records: Records, summary: str, gaps: Sequence[str] = ()) -> Practice:
    """Return a practice that rests on the declaration alone: partial at most."""
    entries = declaration(records)
    if not entries:
        return nothing("The declaration of the system has expired.")
    return Practice(Status.PARTIAL, summary, entries, [*gaps, "It is declared; nothing measured it."])


def nothing(*gaps: str) -> Practice:
    """Return the practice of which there is no evidence."""
    return Practice(Status.NO_EVIDENCE, "No evidence.", (), gaps)


def documented(system: System, records: Records, kind: str, subject: str) -> Practice:
    """Return what documents of a kind show of a practice: that they exist, not that they are followed.

    `subject` names the document in a sentence, such as "a risk-management policy".
    """
    found = [d for d in system.documents if d.kind == kind]
    if not found:
        return nothing(f"accord.toml names no document of the kind {kind} ({subject}).")
    read = {e.record.id: e for e in records.current(DocumentRecord)}
    entries = [read[d.id] for d in found if d.id in read]
    gaps = [gap for d in found for gap in _document_gaps(d, read.get(d.id), records)]
    titles = ", ".join(f"“{d.title}”" for d in found)
    practice = declared(records, f"There is {subject}: {titles}.", gaps)
    return Practice(
        practice.status, practice.summary, [*practice.entries, *entries] if practice.entries else (), practice.gaps
    )


def _document_gaps(document: Document, entry: Entry[DocumentRecord] | None, records: Records) -> list[str]:
    gaps = []
    if entry is None:
        gaps.append(f"“{document.title}” was not read by Accord, so no digest binds its text.")
    if document.url is None:
        gaps.append(f"“{document.title}” has no public address.")
    if document.reviewed is None:
        gaps.append(f"“{document.title}” has no date of review.")
    elif document.reviewed < (records.at - timedelta(days=REVIEW_DAYS)).date():
        gaps.append(f"“{document.title}” was last reviewed on {document.reviewed}, over {REVIEW_DAYS} days ago.")
    return gaps
