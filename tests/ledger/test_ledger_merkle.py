import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accord.errors import ConsistencyError, InclusionError, VerificationError
from accord.ledger import (
    EMPTY_ROOT,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root,
    tree_root,
    verify_consistency,
    verify_inclusion,
)
from accord.ledger.merkle import hash_leaves

LEAVES = [leaf_hash(b"%d" % number) for number in range(200)]
SIZES = st.integers(1, len(LEAVES))


def split(size: int) -> int:
    power = 1
    while power * 2 < size:
        power *= 2
    return power


def naive(leaves: list[bytes]) -> bytes:
    """RFC 6962, 2.1, word for word."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return node_hash(naive(leaves[:k]), naive(leaves[k:]))


def naive_path(index: int, leaves: list[bytes]) -> list[bytes]:
    """RFC 6962, 2.1.1, word for word."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if index < k:
        return [*naive_path(index, leaves[:k]), naive(leaves[k:])]
    return [*naive_path(index - k, leaves[k:]), naive(leaves[:k])]


def naive_consistency(old: int, leaves: list[bytes], *, whole: bool = True) -> list[bytes]:
    """RFC 6962, 2.1.2, word for word."""
    if old == len(leaves):
        return [] if whole else [naive(leaves)]
    k = split(len(leaves))
    if old <= k:
        return [*naive_consistency(old, leaves[:k], whole=whole), naive(leaves[k:])]
    return [*naive_consistency(old - k, leaves[k:], whole=False), naive(leaves[:k])]


def read(level: int, index: int) -> bytes:
    return naive(LEAVES[index << level : (index + 1) << level])


@pytest.mark.parametrize("size", range(70))
def test_root_same_as_the_definition(size: int) -> None:
    assert naive(LEAVES[:size]) == root(LEAVES[:size]) == tree_root(size, read)


@given(st.data(), SIZES)
def test_inclusion_same_as_the_definition(data: st.DataObject, size: int) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, size, read)
    assert naive_path(index, LEAVES[:size]) == proof
    verify_inclusion(index, size, LEAVES[index], proof, root(LEAVES[:size]))


@given(st.data(), SIZES)
def test_consistency_same_as_the_definition(data: st.DataObject, new: int) -> None:
    old = data.draw(st.integers(1, new))
    proof = consistency_proof(old, new, read)
    assert naive_consistency(old, LEAVES[:new]) == proof
    verify_consistency(old, new, root(LEAVES[:old]), root(LEAVES[:new]), proof)


def flip(data: st.DataObject, hashes: list[bytes]) -> list[bytes]:
    """Change one bit of one hash."""
    at = data.draw(st.integers(0, len(hashes) - 1))
    bit = data.draw(st.integers(0, 255))
    changed = (int.from_bytes(hashes[at], "big") ^ (1 << bit)).to_bytes(32, "big")
    return [*hashes[:at], changed, *hashes[at + 1 :]]


@given(st.data(), SIZES)
def test_inclusion_of_changed_hashes(data: st.DataObject, size: int) -> None:
    index = data.draw(st.integers(0, size - 1))
    hashes = [LEAVES[index], root(LEAVES[:size]), *inclusion_proof(index, size, read)]
    leaf, top, *proof = flip(data, hashes)
    with pytest.raises(InclusionError):
        verify_inclusion(index, size, leaf, proof, top)


@given(st.data(), SIZES)
def test_consistency_of_changed_hashes(data: st.DataObject, new: int) -> None:
    old = data.draw(st.integers(1, new))
    hashes = [root(LEAVES[:old]), root(LEAVES[:new]), *consistency_proof(old, new, read)]
    before, after, *proof = flip(data, hashes)
    with pytest.raises(ConsistencyError):
        verify_consistency(old, new, before, after, proof)


@pytest.mark.parametrize("change", [lambda p: p[:-1], lambda p: [*p, p[0]], lambda p: [p[0][:-1], *p[1:]]])
def test_proofs_of_another_length(change: Callable[[list[bytes]], list[bytes]]) -> None:
    with pytest.raises(InclusionError):
        verify_inclusion(3, 7, LEAVES[3], change(inclusion_proof(3, 7, read)), root(LEAVES[:7]))
    proof = change(consistency_proof(3, 7, read))
    with pytest.raises(ConsistencyError):
        verify_consistency(3, 7, root(LEAVES[:3]), root(LEAVES[:7]), proof)


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_inclusion_outside_the_tree(index: int, size: int) -> None:
    with pytest.raises(InclusionError):
        inclusion_proof(index, size, read)
    with pytest.raises(InclusionError):
        verify_inclusion(index, size, LEAVES[0], [], LEAVES[0])


@pytest.mark.parametrize(("old", "new"), [(0, 0), (0, 3), (-1, 3), (4, 3)])
def test_consistency_outside_the_tree(old: int, new: int) -> None:
    with pytest.raises(ConsistencyError):
        consistency_proof(old, new, read)
    with pytest.raises(ConsistencyError):
        verify_consistency(old, new, EMPTY_ROOT, EMPTY_ROOT, [])


def hashes(values: list[str] | None) -> list[bytes]:
    return [base64.b64decode(value) for value in values or []]


def judge(verify: Callable[..., None], *arguments: Any) -> bool:  # noqa: ANN401 - a proof's parts
    try:
        verify(*arguments)
    except VerificationError:
        return False
    return True


def cases(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_bytes()) for path in sorted(folder.rglob("*.json"))]


@pytest.mark.vectors
def test_published_inclusion_proofs(vectors: Path) -> None:
    found = cases(vectors / "merkle/inclusion")
    wrong = [
        case["desc"]
        for case in found
        if judge(
            verify_inclusion,
            case["leafIdx"],
            case["treeSize"],
            *hashes([case["leafHash"]]),
            hashes(case["proof"]),
            *hashes([case["root"]]),
        )
        == case["wantErr"]
    ]
    assert len(found) > 90
    assert wrong == []


@pytest.mark.vectors
def test_published_consistency_proofs(vectors: Path) -> None:
    found = cases(vectors / "merkle/consistency")
    wrong = [
        case["desc"]
        for case in found
        if judge(
            verify_consistency,
            case["size1"],
            case["size2"],
            *hashes([case["root1"], case["root2"]]),
            hashes(case["proof"]),
        )
        == case["wantErr"]
    ]
    assert len(found) > 90
    assert wrong == []


@given(st.lists(st.binary(), max_size=5))
def test_hash_leaves_are_leaf_hashes_joined(entries: list[bytes]) -> None:
    assert b"".join(leaf_hash(entry) for entry in entries) == hash_leaves(entries)
