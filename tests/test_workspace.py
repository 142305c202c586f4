"""A workspace: made once, found from below, appended to, and never half there."""

import stat
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from accord.errors import LedgerError, RecordError, SignatureError, WorkspaceError
from accord.evidence import DocumentRecord, KeyRecord, Origin
from accord.ledger import SigningKey, digest, open_checkpoint
from accord.workspace import Workspace, first_key

Document = Callable[..., DocumentRecord]


def test_new_workspace_holds_an_empty_log_of_its_key(workspace: Workspace, key: SigningKey) -> None:
    log = workspace.log()
    assert ("test.invalid/log", 0, key.public) == (log.origin, log.size, workspace.public_key())


def test_key_is_readable_by_its_owner_only(workspace: Workspace) -> None:
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (workspace.keys, workspace.keys / "accord.key")]
    assert [0o700, 0o600] == modes


def test_second_workspace_in_the_same_folder_is_refused(workspace: Workspace, other_key: SigningKey) -> None:
    with pytest.raises(WorkspaceError, match="never started twice"):
        Workspace.create(workspace.root, other_key, "peer.invalid/log")
    assert "test.invalid/log" == workspace.log().origin


def test_workspace_is_found_from_a_folder_below(workspace: Workspace) -> None:
    below = workspace.root / "docs" / "policies"
    below.mkdir(parents=True)
    assert workspace == Workspace.open(below)


def test_missing_workspace_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError) as caught:
        Workspace.open(tmp_path)
    assert (str(tmp_path), "make one with: accord init") == (caught.value.where, caught.value.fix)


def test_missing_public_key_is_named(workspace: Workspace) -> None:
    (workspace.keys / "accord.pub").unlink()
    with pytest.raises(WorkspaceError, match="public key is missing"):
        workspace.public_key()


def test_missing_log_is_not_started_again(workspace: Workspace, document: Document) -> None:
    workspace.ledger.rename(workspace.root / "moved")
    with pytest.raises(LedgerError):
        workspace.append([document("a")])
    assert not (workspace.ledger / "checkpoint").exists()


def test_appended_records_are_read_back_in_order(workspace: Workspace, document: Document, now: datetime) -> None:
    assert [range(2), range(2, 3)] == [
        workspace.append([document("a"), document("b")]),
        workspace.append([document("c")]),
    ]
    entries = list(workspace.records(now))
    assert [document(name) for name in "abc"] == [e.record.model_copy(update={"chain": None}) for e in entries]
    assert [(i, Origin.SELF) for i in range(3)] == [(e.ref.index, e.origin) for e in entries]


def test_record_states_what_only_other_kinds_may_withhold(
    workspace: Workspace, other_key: SigningKey, now: datetime
) -> None:
    workspace.append([first_key(workspace.public_key(), other_key.public, now)], withhold=["reason", "metrics"])
    (entry,) = workspace.records(now)
    assert isinstance(entry.record, KeyRecord)
    assert ("first", ()) == (entry.record.reason, entry.withheld)


def test_nothing_is_appended_where_a_field_can_never_be_withheld(workspace: Workspace, document: Document) -> None:
    with pytest.raises(RecordError, match="cannot be withheld"):
        workspace.append([document("a")], withhold=["made"])
    assert 0 == workspace.log().size


def test_entry_by_a_stranger_is_refused(
    workspace: Workspace, other_key: SigningKey, document: Document, now: datetime
) -> None:
    workspace.append([document("a")])
    (workspace.keys / "accord.pub").write_text(other_key.public.vkey, encoding="utf-8")
    with pytest.raises(SignatureError):
        workspace.records(now)


def test_earlier_checkpoint_is_signed_again(workspace: Workspace, key: SigningKey, document: Document) -> None:
    workspace.append([document("a")])
    root = workspace.log().checkpoint.root
    workspace.append([document("b")])
    checkpoint = open_checkpoint(workspace.sign_checkpoint(1), key.public)
    assert (1, root) == (checkpoint.size, checkpoint.root)


def test_kept_bytes_are_found_by_their_digest(workspace: Workspace) -> None:
    reference = workspace.keep(b"text", "text/plain")
    assert (digest(b"text"), 4, b"text") == (
        reference.sha256,
        reference.size,
        workspace.artifacts.get(reference.sha256),
    )


def test_kept_file_is_the_same_as_its_bytes(workspace: Workspace) -> None:
    path = workspace.root / "risk.md"
    kept = workspace.keep_file(path, "text/plain")
    assert workspace.keep(path.read_bytes(), "text/plain") == kept
