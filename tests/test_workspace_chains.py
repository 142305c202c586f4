"""Places in sequences: from 1 and without a gap, whatever is appended with what, and read back from the log."""

from collections.abc import Callable
from datetime import datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from accord.evidence import Chain, DocumentRecord, Record
from accord.ledger import SigningKey
from accord.workspace import Workspace

Document = Callable[..., DocumentRecord]


def _chains(workspace: Workspace, now: datetime) -> list[tuple[str, int, str | None]]:
    chains = [e.record.chain for e in workspace.records(now)]
    return [(chain.about, chain.sequence, chain.previous) for chain in chains if chain]


def test_first_of_a_sequence_has_no_predecessor(workspace: Workspace, document: Document, now: datetime) -> None:
    workspace.append([document("a")])
    assert [("a", 1, None)] == _chains(workspace, now)


def test_each_names_the_leaf_of_the_one_before(workspace: Workspace, document: Document, now: datetime) -> None:
    workspace.append([document("a"), document("a")])
    workspace.append([document("a")])
    leaves = [e.ref.leaf for e in workspace.records(now)]
    assert [("a", 1, None), ("a", 2, leaves[0]), ("a", 3, leaves[1])] == _chains(workspace, now)


def test_sequences_of_others_do_not_count(workspace: Workspace, document: Document, now: datetime) -> None:
    workspace.append([document("a"), document("b"), document("b")])
    workspace.append([document("c"), document("a")])
    assert [("a", 1), ("b", 1), ("b", 2), ("c", 1), ("a", 2)] == [c[:2] for c in _chains(workspace, now)]


def test_kinds_are_sequences_of_their_own(
    workspace: Workspace, document: Document, declaration: Callable[..., Record], now: datetime
) -> None:
    workspace.append([document("Helpdesk"), declaration()])
    assert [("Helpdesk", 1), ("Helpdesk", 1)] == [c[:2] for c in _chains(workspace, now)]


def test_withheld_record_keeps_its_place(workspace: Workspace, document: Document, now: datetime) -> None:
    workspace.append([document("a")], ["document"])
    workspace.append([document("a")])
    leaf = next(iter(workspace.records(now))).ref.leaf
    assert [("a", 1, None), ("a", 2, leaf)] == _chains(workspace, now)


@pytest.mark.parametrize("chain", [{"sequence": 1, "previous": "00" * 32}, {"sequence": 2}, {"sequence": 0}])
def test_chain_without_its_predecessor_is_refused(chain: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Chain.model_validate({"about": "a", **chain})


@settings(max_examples=20)
@given(st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=4), min_size=1, max_size=5))
def test_any_appends_give_sequences_without_gaps(
    tmp_path_factory: pytest.TempPathFactory,
    document: Document,
    now: datetime,
    key: SigningKey,
    batches: list[list[str]],
) -> None:
    workspace = Workspace.create(tmp_path_factory.mktemp("log"), key, key.name)
    for batch in batches:
        workspace.append([document(name) for name in batch])
    entries = list(workspace.records(now))
    for name in "abc":
        own = [e for e in entries if e.record.about() == name]
        assert list(range(1, len(own) + 1)) == [e.record.chain.sequence for e in own]
        assert all(before.ref.leaf == after.record.chain.previous for before, after in pairwise(own))
