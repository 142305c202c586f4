"""RFC 6962 Merkle trees: hashes, proofs and their verification. Pure; hashes are 32 bytes of SHA-256.

Proofs are built over a reader of complete subtrees: `read(level, index)` is the hash over the leaves
`index << level` up to `(index + 1) << level`.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from struct import unpack_from
from typing import TypeAlias

from accord.errors import ConsistencyError, InclusionError

HASH_SIZE = 32
EMPTY_ROOT = sha256(b"").digest()
"""The root of the tree without leaves (RFC 6962, 2.1)."""

_PAIR = 2 * HASH_SIZE

Reader: TypeAlias = Callable[[int, int], bytes]


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of a leaf (RFC 6962, 2.1); its prefix sets it apart from every inner node."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of the node above two others (RFC 6962, 2.1)."""
    return sha256(b"\x01" + left + right).digest()


def hash_leaves(entries: Iterable[bytes]) -> bytes:
    """Return the leaf hashes of these entries, joined: what a hash tile of level 0 holds."""
    return b"".join([sha256(b"\x00" + entry).digest() for entry in entries])


def root(leaf_hashes: Sequence[bytes]) -> bytes:
    """Return the root over these leaf hashes, or over the hashes of equally high complete subtrees."""
    return row_root(b"".join(leaf_hashes))


def row_root(row: bytes) -> bytes:
    """Return the root over joined hashes, as `root` does: the bytes of a whole hash tile in one call."""
    while (pairs := len(row) // _PAIR) > 0:
        # One pass for each level, and one call for each node: nothing in Python computes many hashes at once.
        above = [sha256(b"\x01" + pair).digest() for pair in unpack_from(f"{_PAIR}s" * pairs, row)]
        # A last one without a neighbour moves up as it is: that is RFC 6962's split at a power of two.
        row = b"".join([*above, row[pairs * _PAIR :]])
    return row or EMPTY_ROOT


def tree_root(size: int, read: Reader) -> bytes:
    """Return the root of the first `size` leaves."""
    return _range_hash(0, size, read) if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, read: Reader) -> list[bytes]:
    """Return the audit path of one leaf, the hash next to the leaf first (RFC 6962, 2.1.1)."""
    if not 0 <= index < size:
        raise InclusionError("There is no such leaf to prove.", expected=f"0 to {size - 1}", found=str(index))
    low, high, path = 0, size, list[bytes]()
    while high - low > 1:
        middle = _split(low, high)
        if index < middle:
            path.append(_range_hash(middle, high, read))
            high = middle
        else:
            path.append(_range_hash(low, middle, read))
            low = middle
    return path[::-1]


def consistency_proof(old: int, new: int, read: Reader) -> list[bytes]:
    """Return the proof that the tree of `old` leaves is the beginning of that of `new` (RFC 6962, 2.1.2)."""
    if not 1 <= old <= new:
        raise ConsistencyError(
            "There is no consistency to prove.", expected=f"an older size of 1 to {new}", found=str(old)
        )
    low, high, path = 0, new, list[bytes]()
    while high != old:
        middle = _split(low, high)
        if old <= middle:
            path.append(_range_hash(middle, high, read))
            high = middle
        else:
            path.append(_range_hash(low, middle, read))
            low = middle
    if low:  # the old tree is not one complete subtree: the verifier needs its last part
        path.append(_range_hash(low, high, read))
    return path[::-1]


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Raise InclusionError unless the proof leads from the leaf hash to the root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        raise InclusionError("The leaf lies outside the tree.", expected=f"below {size}", found=str(index))
    if any(len(item) != HASH_SIZE for item in (leaf, *proof)):
        raise InclusionError("The inclusion proof is malformed.", expected=f"hashes of {HASH_SIZE} bytes")
    position, last, hashed = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise InclusionError("The inclusion proof is too long.", found=f"{len(proof)} hashes")
        if position & 1 or position == last:
            hashed = node_hash(sibling, hashed)
            position, last = _skip(position, last)
        else:
            hashed = node_hash(hashed, sibling)
        position, last = position >> 1, last >> 1
    if last or hashed != root:
        raise InclusionError(
            f"Entry {index} is not in the tree of size {size}.", expected=root.hex(), found=hashed.hex()
        )


def verify_consistency(old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Raise ConsistencyError unless the new tree extends the old one (RFC 9162, 2.1.4.2).

    An old size of 0 is refused: every tree extends the empty one, so such a proof would show nothing.
    """
    _check_sizes(old_size, new_size, proof)
    if old_size == new_size:
        if old_root != new_root:
            raise ConsistencyError(
                f"Two trees of size {old_size} differ.", expected=old_root.hex(), found=new_root.hex()
            )
        return
    old, new = _replay(old_size, new_size, old_root, proof)
    if old != old_root or new != new_root:
        raise ConsistencyError(
            f"The tree of size {new_size} does not extend the tree of size {old_size}.",
            expected=f"{old_root.hex()} and {new_root.hex()}",
            found=f"{old.hex()} and {new.hex()}",
        )


def _check_sizes(old_size: int, new_size: int, proof: Sequence[bytes]) -> None:
    if not 1 <= old_size <= new_size:
        raise ConsistencyError(
            "The sizes cannot be compared.",
            expected=f"an older size of 1 to {new_size}",
            found=str(old_size),
        )
    if (old_size == new_size) != (not proof) or any(len(item) != HASH_SIZE for item in proof):
        raise ConsistencyError("The consistency proof is malformed.", found=f"{len(proof)} hashes")


def _replay(old_size: int, new_size: int, old_root: bytes, proof: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Return the roots of the old and the new tree as the proof gives them."""
    # RFC 9162, 2.1.4.2, step 2: a complete old tree is not in the proof, for the verifier has its root.
    path = list(proof) if old_size & (old_size - 1) else [old_root, *proof]
    position, last = old_size - 1, new_size - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old = new = path[0]
    for item in path[1:]:
        if last == 0:
            raise ConsistencyError("The consistency proof is too long.", found=f"{len(proof)} hashes")
        if position & 1 or position == last:
            old, new = node_hash(item, old), node_hash(item, new)
            position, last = _skip(position, last)
        else:
            new = node_hash(new, item)
        position, last = position >> 1, last >> 1
    if last:
        raise ConsistencyError("The consistency proof is too short.", found=f"{len(proof)} hashes")
    return old, new


def _skip(position: int, last: int) -> tuple[int, int]:
    """Move up past the levels where a node on the right edge has no sibling."""
    while position and not position & 1:
        position, last = position >> 1, last >> 1
    return position, last


def _split(low: int, high: int) -> int:
    """Return where a range divides: after the largest power of two that is smaller than it."""
    return low + (1 << ((high - low - 1).bit_length() - 1))


def _range_hash(low: int, high: int, read: Reader) -> bytes:
    """Return the root over the leaves from `low` to before `high`; `low` is aligned as RFC 6962 splits."""
    parts = []
    while low < high:
        level = (high - low).bit_length() - 1
        parts.append(read(level, low >> level))
        low += 1 << level
    hashed = parts.pop()
    while parts:
        hashed = node_hash(parts.pop(), hashed)
    return hashed
