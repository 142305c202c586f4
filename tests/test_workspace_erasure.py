"""Erasing: on a recorded ground, never too early, never of what no record names; and the log stays valid."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from accord.errors import WorkspaceError
from accord.evidence import DocumentRecord, Erasing, ErasureRecord
from accord.ledger import digest
from accord.ledger.fsck import fsck
from accord.workspace import Workspace, erase

Document = Callable[..., DocumentRecord]
TEXT = b"What Jo Bloggs told us."
SHA = digest(TEXT)


@pytest.fixture
def held(workspace: Workspace, document: Document) -> Workspace:
    """Return a workspace with a text that two records name."""
    reference = workspace.keep(TEXT, "text/plain")
    workspace.append([document("a", document=reference), document("b"), document("c", document=reference)])
    return workspace


def test_erasing_removes_the_bytes_and_records_the_ground(held: Workspace, now: datetime) -> None:
    record = erase(held, SHA, Erasing.DATA_SUBJECT, (), now)
    last = list(held.records(now))[-1].record
    assert (False, record.erased, record.reason) == (SHA in held.artifacts, last.erased, last.reason)
    assert (Erasing.DATA_SUBJECT, SHA, len(TEXT)) == (record.reason, record.erased.sha256, record.erased.size)


def test_erasing_names_every_record_that_names_the_bytes(held: Workspace, now: datetime) -> None:
    refs = [entry.ref for entry in held.records(now)]
    assert (refs[0], refs[2]) == erase(held, SHA, Erasing.CONSENT, (), now).records


def test_log_is_whole_without_what_was_erased(held: Workspace, now: datetime) -> None:
    erase(held, SHA, Erasing.CONSENT, (), now)
    assert () == fsck(held.ledger, held.public_key()).faults


def test_erasing_twice_records_it_once(held: Workspace, now: datetime) -> None:
    first = erase(held, SHA, Erasing.CONSENT, (), now)
    again = erase(held, SHA, Erasing.ORDER, (), now)
    assert (first.reason, 1) == (again.reason, len(held.records(now).of(ErasureRecord)))


def test_erasing_finishes_what_a_crash_left_undone(held: Workspace, now: datetime) -> None:
    erase(held, SHA, Erasing.CONSENT, (), now)
    held.keep(TEXT, "text/plain")  # as if it had stopped between the record and the removal
    erase(held, SHA, Erasing.CONSENT, (), now)
    assert (False, 1) == (SHA in held.artifacts, len(held.records(now).of(ErasureRecord)))


def test_text_that_no_record_names_is_not_erased(held: Workspace, now: datetime) -> None:
    other = held.keep(b"something else", "text/plain").sha256
    with pytest.raises(WorkspaceError, match="No record names"):
        erase(held, other, Erasing.CONSENT, (), now)
    assert other in held.artifacts


@pytest.mark.parametrize("floors", [({"document": 30},), ({"document": 1}, {"document": 30}), ({}, {"document": 30})])
def test_longest_retention_counts(held: Workspace, now: datetime, floors: tuple[dict[str, int], ...]) -> None:
    with pytest.raises(WorkspaceError, match="too early") as caught:
        erase(held, SHA, Erasing.CONSENT, floors, now + timedelta(days=29))
    assert ("[retention] document = 30 days" in caught.value.expected, True) == (True, SHA in held.artifacts)


def test_text_is_erased_on_the_day_that_retention_ends(held: Workspace, now: datetime) -> None:
    erase(held, SHA, Erasing.RETENTION, ({"document": 30},), now + timedelta(days=30))
    assert SHA not in held.artifacts


def test_retention_of_another_field_does_not_count(held: Workspace, now: datetime) -> None:
    erase(held, SHA, Erasing.CONSENT, ({"log": 9999},), now)
    assert SHA not in held.artifacts


def test_youngest_record_that_names_it_decides(held: Workspace, document: Document, now: datetime) -> None:
    later = now + timedelta(days=10)
    held.append([document("a", made=later, document=held.keep(TEXT, "text/plain"))])
    with pytest.raises(WorkspaceError, match="too early"):
        erase(held, SHA, Erasing.CONSENT, ({"document": 30},), now + timedelta(days=31))


def test_withheld_text_can_be_erased(workspace: Workspace, document: Document, now: datetime) -> None:
    workspace.append([document("a", document=workspace.keep(TEXT, "text/plain"))], ["document"])
    erase(workspace, SHA, Erasing.CONSENT, (), now)
    assert SHA not in workspace.artifacts


def test_digest_of_a_withheld_text_stays_withheld(workspace: Workspace, document: Document, now: datetime) -> None:
    workspace.append([document("a", document=workspace.keep(TEXT, "text/plain"))], {"document"})
    erase(workspace, SHA, Erasing.CONSENT, (), now)
    (public,) = list(workspace.records(now))[1:]
    assert ("erased",) == public.withheld
    assert SHA.encode() not in b"".join(workspace.log().entries())
    assert [SHA] == [e.record.erased.sha256 for e in workspace.records(now, opened=True).of(ErasureRecord)]
