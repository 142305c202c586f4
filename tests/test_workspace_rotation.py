"""Changing the key: only to the one that was committed to; stopped at any step, doing it again finishes it."""

from collections.abc import Callable
from datetime import datetime

import pytest

from accord.errors import SignatureError, WorkspaceError
from accord.evidence import DocumentRecord, Erasing, KeyRecord
from accord.ledger import Log, SigningKey
from accord.workspace import Workspace, commitment, erase, first_key, key_spans, rotate

Document = Callable[..., DocumentRecord]


def _key(start: int) -> SigningKey:
    return SigningKey.generate("test.invalid/log", entropy=lambda size: bytes(range(start, start + size)))


SECOND, THIRD, FOURTH = _key(50), _key(90), _key(130)


@pytest.fixture
def space(workspace: Workspace, key: SigningKey, document: Document, now: datetime) -> Workspace:
    """Return a workspace whose log commits to the second key."""
    workspace.append([first_key(key.public, SECOND.public, now), document("a")])
    return workspace


def test_new_key_signs_from_its_record_on(space: Workspace, document: Document, now: datetime) -> None:
    rotate(space, SECOND, THIRD.public, "scheduled", now)
    space.append([document("b")])
    assert (SECOND.public, SECOND.public) == (space.public_key(), space.signing_key().public)
    assert ["key", "document", "key", "document"] == [e.record.kind for e in space.records(now)]


def test_record_commits_to_the_key_after(space: Workspace, now: datetime) -> None:
    record = rotate(space, SECOND, THIRD.public, "lost", now)
    assert (SECOND.public, commitment(THIRD.public), "lost") == (record.key, record.following, record.reason)


def test_keys_change_as_often_as_is_wanted(space: Workspace, key: SigningKey, now: datetime) -> None:
    rotate(space, SECOND, THIRD.public, "scheduled", now)
    rotate(space, THIRD, FOURTH.public, "scheduled", now)
    expected = [(key.public, 0), (SECOND.public, 2), (THIRD.public, 3)]
    assert expected == [(span.key, span.start) for span in key_spans(space)]


def test_key_records_stand_in_one_sequence(space: Workspace, now: datetime) -> None:
    rotate(space, SECOND, THIRD.public, "scheduled", now)
    chains = [e.record.chain for e in space.records(now).of(KeyRecord)]
    assert [1, 2] == [chain.sequence for chain in chains if chain]


def test_other_key_than_the_committed_one_is_refused(space: Workspace, key: SigningKey, now: datetime) -> None:
    with pytest.raises(WorkspaceError, match="commits to another key"):
        rotate(space, THIRD, FOURTH.public, "scheduled", now)
    assert (key.public, 2) == (space.public_key(), len(space.records(now)))


def test_log_without_a_record_of_its_key_keeps_it(workspace: Workspace, document: Document, now: datetime) -> None:
    workspace.append([document("a")])
    with pytest.raises(WorkspaceError, match="commits to no key"):
        rotate(workspace, SECOND, THIRD.public, "scheduled", now)


def test_old_key_opens_the_log_no_more(space: Workspace, key: SigningKey, now: datetime) -> None:
    rotate(space, SECOND, THIRD.public, "scheduled", now)
    with pytest.raises(SignatureError):
        Log.open(space.ledger, key.public)


def test_compromised_key_closes_what_it_signed_since(space: Workspace, document: Document, now: datetime) -> None:
    space.append([document("b")])
    rotate(space, SECOND, THIRD.public, "compromised", now, revoked_since=2)
    assert ["key", "document", "closed", "key"] == [e.record.kind for e in space.records(now)]


def test_new_key_is_stored_encrypted_under_the_passphrase(space: Workspace, now: datetime) -> None:
    rotate(space, SECOND, THIRD.public, "scheduled", now, passphrase=b"secret")
    locked = Workspace(space.root, unlock=lambda: b"secret")
    assert b"ENCRYPTED" in (space.keys / "accord.key").read_bytes()
    assert SECOND.public == locked.signing_key().public


def test_change_that_stopped_after_the_new_key_took_the_log_is_finished(
    space: Workspace, key: SigningKey, now: datetime
) -> None:
    Log.resign(space.ledger, [key.public], SECOND, memory=space.memory)
    rotate(space, SECOND, THIRD.public, "scheduled", now)
    assert ["key", "document", "key"] == [e.record.kind for e in space.records(now)]


def test_change_that_stopped_before_the_signer_remembered_it_is_finished(
    space: Workspace, key: SigningKey, now: datetime
) -> None:
    old = space.memory.read_bytes()
    Log.resign(space.ledger, [key.public], SECOND, memory=space.memory)
    space.memory.write_bytes(old)  # the log's checkpoint is the new key's, the memory still the old one's
    rotate(space, SECOND, THIRD.public, "scheduled", now)
    assert ["key", "document", "key"] == [e.record.kind for e in space.records(now)]


def test_stolen_key_closes_nothing_that_an_earlier_key_signed(
    space: Workspace, document: Document, now: datetime
) -> None:
    rotate(space, SECOND, THIRD.public, "scheduled", now)
    space.append([document("b")])
    fourth = SigningKey.generate(THIRD.name)
    rotate(space, THIRD, fourth.public, "compromised", now, revoked_since=0)
    assert ["key", "document", "key", "closed", "key"] == [e.record.kind for e in space.records(now)]


def test_key_elsewhere_is_named_by_its_uri_and_not_copied(space: Workspace, now: datetime) -> None:
    SECOND.save(space.root / "elsewhere.key")
    rotate(space, SECOND, THIRD.public, "scheduled", now, uri=f"file2:{space.root / 'elsewhere.key'}")
    assert not (space.keys / "accord.key").exists()
    assert SECOND.public == space.signing_key().public


@pytest.mark.parametrize("left", [["accord.key", "accord.pub"], ["accord.pub"], []])
def test_change_that_stopped_before_a_file_was_replaced_is_finished_without_a_second_record(
    space: Workspace, now: datetime, left: list[str]
) -> None:
    old = {name: (space.keys / name).read_bytes() for name in left}
    done = rotate(space, SECOND, THIRD.public, "scheduled", now)
    for name, data in old.items():
        (space.keys / name).write_bytes(data)
    again = rotate(space, SECOND, THIRD.public, "scheduled", now)
    assert (done.vkey, SECOND.public, 3) == (again.vkey, space.signing_key().public, len(space.records(now)))


def test_change_that_stopped_half_way_is_named(space: Workspace, now: datetime) -> None:
    old = (space.keys / "accord.pub").read_bytes()
    rotate(space, SECOND, THIRD.public, "scheduled", now)
    (space.keys / "accord.pub").write_bytes(old)
    with pytest.raises(WorkspaceError, match="a change of keys was interrupted"):
        space.signing_key()


def test_text_that_a_stolen_key_recorded_can_be_erased(space: Workspace, document: Document, now: datetime) -> None:
    text = space.keep(b"What a thief wrote.", "text/plain")
    space.append([document("b", document=text)])
    rotate(space, SECOND, THIRD.public, "compromised", now, revoked_since=2)
    erase(space, text.sha256, Erasing.DATA_SUBJECT, (), now)
    assert text.sha256 not in space.artifacts
