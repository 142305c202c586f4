"""What several checks ask of the records: current evaluations of this model, documents of a kind, declared facts."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from accord.checks.practice import Practice
from accord.evidence import (
    ClosedRecord,
    DocumentRecord,
    Entry,
    ErasureRecord,
    EvaluationRecord,
    InspectionRecord,
    Metric,
    Records,
    Status,
    SystemRecord,
    is_current,
)
from accord.manifest import Document, System, Tolerance

REVIEW_DAYS = 365
"""A document that says no date of review, or one older than this, has a gap. The Code only says "regularly"."""


def tests(records: Records) -> tuple[Entry[EvaluationRecord], ...]:
    """Return every current, complete evaluation of the model that the system now declares, oldest first."""
    system = records.latest(SystemRecord)
    if system is None:
        return ()
    sha256 = system.record.model.sha256
    held = [e for e in records.of(EvaluationRecord) if e.record.is_complete and e.record.model.sha256 == sha256]
    # The newest of a suite decides, also once it has expired: a result must not hide behind an early end.
    newest = {(e.record.suite.id, e.origin): e for e in held}
    past = {key: e.ref.index for key, e in newest.items() if not is_current(e.record, records.at)}
    return tuple(
        e
        for e in held
        if is_current(e.record, records.at) and e.ref.index > past.get((e.record.suite.id, e.origin), -1)
    )


def evaluations(records: Records) -> tuple[Entry[EvaluationRecord], ...]:
    """Return the newest of those `tests` for each suite and each origin.

    A suite that somebody else repeated stands beside the organisation's own run: neither replaces the other.
    """
    return tuple({(e.record.suite.id, e.origin): e for e in tests(records)}.values())


def inspection(records: Records, topic: str) -> Entry[InspectionRecord] | None:
    """Return the newest inspection of a topic, where it is current and the declared model's own."""
    system = records.latest(SystemRecord)
    newest = next((e for e in reversed(records.of(InspectionRecord)) if e.record.topic == topic), None)
    if system is None or newest is None or newest.record.model != system.record.model.sha256:
        return None
    return newest if is_current(newest.record, records.at) else None


def inspected(
    records: Records, missing: Mapping[str, str], gaps: Sequence[str], *, contradicts: bool = True
) -> Practice:
    """Return what inspections show: contradicted where something that was asked does not hold, partial otherwise.

    `missing` has the topics that are read, each with the gap that there is where nobody looked. Where what does not
    hold shows a limit of a technique, it is a gap alone: then nothing `contradicts`.
    """
    found = {topic: inspection(records, topic) for topic in missing}
    entries = [entry for entry in found.values() if entry]
    absent = [gap for topic, gap in missing.items() if not found[topic]]
    if not entries:
        return nothing(*absent)
    seen = [o for entry in entries for o in entry.record.observations]
    summary = "; ".join(f"{o.title}: {o.held} of {o.n}" for o in seen if o.n) or "nothing could be told"
    failing = [f"Of {o.fails} of {o.n} it does not hold that {o.title}." for o in seen if o.fails]
    untold = [f"Of {o.unknown} it could not be told whether {o.title}." for o in seen if o.unknown]
    status = Status.CONTRADICTED if failing and contradicts else Status.PARTIAL
    return Practice(status, f"Observed: {summary}.", entries, [*failing, *untold, *absent, *gaps])


def beside(observed: Practice, said: Practice) -> Practice:
    """Return two practices as one, each in its own sentence: what is observed outweighs what is said."""
    parts = [part for part in (observed, said) if part.status != Status.NO_EVIDENCE]
    gaps = [*observed.gaps, *said.gaps]
    if not parts:
        return nothing(*gaps)
    contradicted = any(part.status == Status.CONTRADICTED for part in parts)
    return Practice(
        Status.CONTRADICTED if contradicted else Status.PARTIAL,
        " ".join(part.summary for part in parts),
        [entry for part in parts for entry in part.entries],
        gaps,
    )


def find_metric(records: Records, metric_id: str) -> tuple[tuple[Entry[EvaluationRecord], Metric], ...]:
    """Return the metric of that id in each of the current `evaluations`, with the entry it stands in.

    There is one for each origin that measured it and each language; those of a part of the samples stay out. What is
    asked of a metric must hold in every one of them: whoever could choose among them would choose the better.
    """
    return tuple((e, m) for e in evaluations(records) for m in e.record.metrics if m.id == metric_id and not m.group)


def holds(tolerance: Tolerance, metric: Metric, least: float) -> bool | None:
    """Tell on the bound of its interval whether a metric is within a tolerance; None where that cannot be told.

    The interval is at the confidence of the tolerance; `least` is the agreement with people that its judge must have.
    """
    _, low, high = metric.bounds(tolerance.confidence)
    if metric.doubt(least) or low is None or high is None:
        return None
    if tolerance.at_most is not None:
        return True if high <= tolerance.at_most else False if low > tolerance.at_most else None
    bound = tolerance.at_least or 0.0
    return True if low >= bound else False if high < bound else None


def erasures(records: Records) -> Mapping[str, Entry[ErasureRecord]]:
    """Return what was erased of the text beside the log: the record of the erasure by the digest of the bytes."""
    return {e.record.erased.sha256: e for e in records.of(ErasureRecord)}


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
    gaps = [gap for d in found for gap in (*_reading_gaps(d, read.get(d.id), records), *_document_gaps(d, records))]
    titles = ", ".join(f"“{d.title}”" for d in found)
    practice = declared(records, f"There is {subject}: {titles}.", gaps)
    return Practice(
        practice.status, practice.summary, [*practice.entries, *entries] if practice.entries else (), practice.gaps
    )


def _reading_gaps(document: Document, entry: Entry[DocumentRecord] | None, records: Records) -> Iterator[str]:
    if entry is None:
        if _is_withheld(document, records):
            yield f"“{document.title}” was read by Accord, and what it read is withheld."
        else:
            yield f"“{document.title}” was not read by Accord, so no digest binds its text."
    elif erased := erasures(records).get(entry.record.document.sha256):
        yield f"“{document.title}” was erased, so nobody can look at the text that was read: {told(erased)}."


def told(erasure: Entry[ErasureRecord]) -> str:
    """Return the ground, the day and the record of an erasure, as the end of a sentence."""
    return f"{erasure.record.reason}, {erasure.record.made:%Y-%m-%d}, record {erasure.ref.index}"


def _is_withheld(document: Document, records: Records) -> bool:
    closed = (e.record for e in records.current(ClosedRecord) if e.record.of == DocumentRecord.kind)
    return any(record.why == "withheld" and record.chain and record.chain.about == document.id for record in closed)


def _document_gaps(document: Document, records: Records) -> list[str]:
    gaps = []
    if document.url is None:
        gaps.append(f"“{document.title}” has no public address.")
    if document.reviewed is None:
        gaps.append(f"“{document.title}” has no date of review.")
    elif document.reviewed < (records.at - timedelta(days=REVIEW_DAYS)).date():
        gaps.append(f"“{document.title}” was last reviewed on {document.reviewed}, over {REVIEW_DAYS} days ago.")
    return gaps
