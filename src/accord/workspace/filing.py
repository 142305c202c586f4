"""Filing a record that an independent evaluator signed (clause 1.1), byte for byte as they signed it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from accord.errors import RecordError, WorkspaceError
from accord.evidence import (
    Entry,
    EvaluationRecord,
    ImportRecord,
    Origin,
    Record,
    SystemRecord,
    is_current,
    parse_entry,
    read_entries,
)
from accord.ledger import Log, LogWriter, PublicKey, format_json, open_envelope, parse_json, unverified_payload
from accord.workspace.rotation import commitment, key_spans
from accord.workspace.space import WAIT, Workspace

FILED = (ImportRecord.kind, EvaluationRecord.kind)
"""What an independent party may sign: everything else is the organisation's own to say."""


def file_record(workspace: Workspace, data: bytes, evaluator: PublicKey, now: datetime) -> Entry[Any]:
    """Append a record that an independent evaluator signed, byte for byte; remember their key, and return the entry.

    Raises SignatureError where the evaluator did not sign it, RecordError where it is nothing that may be filed here,
    and WorkspaceError where the key is the organisation's own. Nothing is appended that could not be read back.
    """
    _require_outsider(workspace, evaluator)
    payload, _ = open_envelope(data, (evaluator,))
    _require_canonical(data)
    entry = parse_entry(workspace.log().size, data, payload, Origin.INDEPENDENT)
    _require_fileable(entry.record, workspace, now)
    known, signer = workspace.evaluators, workspace.signing_key()
    with Log.writer(workspace.ledger, signer, memory=workspace.memory, wait=WAIT) as writer:
        _require_new(writer.log.entries(), payload)
        read = _read_back(workspace, writer, data, evaluator)
        known.keep(evaluator)  # first: an entry whose signer is not known could not be read
        writer.append([data])
    return read


def _require_outsider(workspace: Workspace, evaluator: PublicKey) -> None:
    """Raise WorkspaceError for a key that signs, signed or may sign for the organisation itself."""
    spans = key_spans(workspace)
    committed = {span.record.following for span in spans if span.record}
    if evaluator.raw in {span.key.raw for span in spans} or commitment(evaluator) in committed:
        raise WorkspaceError(
            "This key is the organisation's own.",
            expected="the key of an independent party",
            found=evaluator.fingerprint,
        )


def _require_canonical(data: bytes) -> None:
    """Raise RecordError where the envelope could be spelled otherwise, and so be filed again as if it were new."""
    envelope = parse_json(data)
    if format_json(envelope) != data or len(envelope["signatures"]) != 1:
        raise RecordError(
            "This envelope is not as an evaluator writes it.",
            expected="RFC 8785 JSON with one signature, as from: accord evaluate sign-result",
        )


def _require_fileable(record: Record, workspace: Workspace, now: datetime) -> None:
    if not isinstance(record, ImportRecord | EvaluationRecord):
        raise _refusal("Only results may be filed.", ", ".join(FILED), record.signed_as)
    plan = record.plan if isinstance(record, EvaluationRecord) else None
    if record.chain or plan:
        # Places and plans of another log would be taken for those of this one.
        raise _refusal(
            "This record belongs to another log.", "a record without a place and without a plan", "one that has"
        )
    if record.made > now:
        raise _refusal(
            "This record is dated ahead.", f"at most {now:%Y-%m-%d %H:%M} UTC", f"{record.made:%Y-%m-%d %H:%M}"
        )
    if not is_current(record, now):
        raise _refusal(
            "This record has expired.", f"a record that holds on {now:%Y-%m-%d}", f"until {record.expires:%Y-%m-%d}"
        )
    declared = workspace.records(now, opened=True).latest(SystemRecord)
    if declared is None:
        raise WorkspaceError("Nothing has been declared yet.", where=str(workspace.root), fix="run: accord assess")
    model = declared.record.model.sha256
    if record.model.sha256 != model:
        raise _refusal("This record is about another model than the declared one.", model, record.model.sha256)


def _require_new(entries: Iterable[bytes], payload: bytes) -> None:
    """Raise RecordError where the log holds what was signed already, in whatever envelope."""
    for index, entry in enumerate(entries):
        if unverified_payload(entry) == payload:
            raise _refusal("This record was filed already.", "a new one", f"log entry {index}")


def _read_back(workspace: Workspace, writer: LogWriter, data: bytes, evaluator: PublicKey) -> Entry[Any]:
    """Return the entry as every reader will see it; the log cannot forget, so it must never hold what nobody reads."""
    known = (*workspace.evaluators.all(), evaluator)
    return read_entries((*writer.log.entries(), data), workspace.public_key(), evaluators=known)[-1]


def _refusal(problem: str, expected: str, found: str) -> RecordError:
    return RecordError(problem, expected=expected, found=found)
