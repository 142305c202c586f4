import pytest
from hypothesis import given
from hypothesis import strategies as st

from accord.errors import LedgerError, VerificationError
from accord.ledger import (
    MAX_ENTRY,
    Tile,
    format_bundle,
    leaf_hash,
    parse_bundle,
    parse_hashes,
    parse_path,
    root,
)
from accord.ledger.tiles import ENTRIES, Edge, edge_tiles, is_leftover

TILES = st.builds(Tile, st.integers(ENTRIES, 63), st.integers(0, 10**13), st.integers(1, 256))


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 1234067, 8), "tile/0/x001/x234/067.p/8"),  # C2SP tlog-tiles' own example
        (Tile(3, 999), "tile/3/999"),
        (Tile(63, 1000, 255), "tile/63/x001/000.p/255"),
        (Tile(ENTRIES, 1234, 5), "tile/entries/x001/234.p/5"),
    ],
)
def test_path_as_published(tile: Tile, path: str) -> None:
    assert path == tile.path
    assert tile == parse_path(path)


@given(TILES)
def test_path_round_trip(tile: Tile) -> None:
    assert tile == parse_path(tile.path)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0/0",
        "tile/0/0000",
        "tile/0/x000/001",
        "tile/0/001/002",
        "tile/0/x001",
        "tile/00/001",
        "tile/64/001",
        "tile/-1/001",
        "tile/0/001.p/0",
        "tile/0/001.p/01",
        "tile/0/001.p/256",
        "tile/0/001.p/999",
        "tile/0/001.p",
        "tile/8/0/001/",
        "tile/0/001\n",
        "/tile/0/001",
        "tile/0/\u0660\u0660\u0661",
        "tile/data/001",
        "tile/0/../001",
    ],
)
def test_path_refused(path: str) -> None:
    with pytest.raises(VerificationError, match="not the path of a tile"):
        parse_path(path)


@given(st.lists(st.binary(min_size=1, max_size=300), max_size=256))
def test_bundle_round_trip(entries: list[bytes]) -> None:
    assert entries == parse_bundle(format_bundle(entries), len(entries))


def test_bundle_bytes() -> None:
    assert format_bundle([b"a", b"b" * 256]) == b"\x00\x01a\x01\x00" + b"b" * 256


@pytest.mark.parametrize("data", [b"", b"\x00", b"\x00\x01", b"\x00\x02a", b"\x00\x01ab", b"\x00\x01a\x00\x01b"])
def test_bundle_refused(data: bytes) -> None:
    with pytest.raises(VerificationError, match="bundle is damaged"):
        parse_bundle(data, 1)


@pytest.mark.parametrize("size", [0, MAX_ENTRY + 1])
def test_bundle_of_an_impossible_entry(size: int) -> None:
    with pytest.raises(LedgerError, match="1 to 65535 bytes"):
        format_bundle([b"a" * size])


def test_hashes_read() -> None:
    assert parse_hashes(b"a" * 32 + b"b" * 32, 2) == [b"a" * 32, b"b" * 32]


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_hashes_refused(length: int) -> None:
    with pytest.raises(VerificationError, match="32 bytes"):
        parse_hashes(b"a" * length, 1)


LEAVES = [leaf_hash(b"%d" % number) for number in range(1200)]


@given(st.lists(st.integers(0, 400), max_size=3))
def test_edge_grows_as_the_tree(steps: list[int]) -> None:
    edge = Edge()
    for step in steps:
        edge, _ = edge.grow(LEAVES[edge.size : edge.size + step])
    assert root(LEAVES[: sum(steps)]) == edge.root()


@given(st.lists(st.integers(0, 4), max_size=4), st.integers(0, 255))
def test_edge_grows_by_full_bundles_as_by_their_leaves(steps: list[int], rest: int) -> None:
    bundle = LEAVES[:256]
    edge, slow = Edge(), Edge()
    for step in steps:
        edge, _ = edge.grow([root(bundle)] * step, level=1)
        slow, _ = slow.grow(bundle * step)
    assert slow.grow(LEAVES[:rest])[0].root() == edge.grow([b"".join(LEAVES[:rest])])[0].root()


def test_edge_names_the_tiles_above_full_bundles() -> None:
    edge, full = Edge().grow(LEAVES[:300], level=1)
    assert [(Tile(1, 0), b"".join(LEAVES[:256]))] == full
    assert (300 * 256, [Tile(1, 1, 44), Tile(2, 0, 1)]) == (edge.size, [tile for tile, _ in edge.partials()])


def test_edge_gives_every_tile_once() -> None:
    edge, full = Edge().grow(LEAVES[:300])
    edge, more = edge.grow(LEAVES[300:600])
    assert [tile for tile, _ in full + more] == [Tile(0, 0), Tile(0, 1)]
    assert [tile for tile, _ in edge.partials()] == [Tile(0, 2, 88), Tile(1, 0, 2)]


def test_edge_reaches_the_third_level() -> None:
    edge, full = Edge().grow(LEAVES[:256] * 256)
    assert dict(full)[Tile(1, 0)] == root(LEAVES[:256]) * 256
    assert [tile for tile, _ in edge.partials()] == [Tile(2, 0, 1)]


@pytest.mark.parametrize(
    ("tile", "leftover"),
    [
        (Tile(0, 0), False),
        (Tile(0, 0, 7), True),  # replaced by the full one
        (Tile(0, 1, 44), False),
        (Tile(0, 1, 43), False),  # of an earlier checkpoint
        (Tile(0, 1, 45), True),
        (Tile(0, 1), True),
        (Tile(1, 0, 1), False),
        (Tile(1, 0, 2), True),
        (Tile(2, 0, 1), True),
        (Tile(ENTRIES, 1, 44), False),
        (Tile(ENTRIES, 2, 1), True),
    ],
)
def test_leftovers_of_a_tree_of_300(tile: Tile, *, leftover: bool) -> None:
    assert leftover == is_leftover(tile, 300)


def test_edge_tiles() -> None:
    assert edge_tiles(65_836, 0) == (257, 44)
    assert edge_tiles(65_836, 1) == (1, 1)
    assert edge_tiles(65_836, 2) == (0, 1)
