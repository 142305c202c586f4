"""C2SP tlog-tiles: where the parts of a log lie, how they are encoded, and how they grow. Pure.

A hash tile of level L holds up to 256 hashes of tree level 8 L; an entry bundle holds up to 256 entries.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from struct import Struct
from typing import Self

from accord.errors import LedgerError, VerificationError
from accord.ledger import merkle

TILE_WIDTH = 256
"""How many hashes or entries a full tile holds (tile height 8)."""

ENTRIES = -1
"""The level under which entry bundles count as tiles."""

MAX_ENTRY = 65_535
"""The most bytes that an entry can have: its length is a 16-bit number."""

MAX_BUNDLE = TILE_WIDTH * (2 + MAX_ENTRY)
"""The most bytes that a bundle can have."""

_MAX_LEVEL = 63
_TILE_SIZE = TILE_WIDTH * merkle.HASH_SIZE
_LENGTH = Struct(">H").unpack_from
_PATH = re.compile(
    r"tile/(?P<level>entries|0|[1-9][0-9]?)/(?P<parents>(?:x[0-9]{3}/)*)(?P<last>[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
)


@dataclass(frozen=True)
class Tile:
    """The name of one tile: its level (ENTRIES for a bundle), its index in the level, and its width."""

    level: int
    index: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        """The path below the log's folder, for instance `tile/0/x001/234.p/5`."""
        level = "entries" if self.level == ENTRIES else str(self.level)
        groups = f"{self.index:,}".split(",")
        groups = [f"x{group:0>3}" for group in groups[:-1]] + [f"{groups[-1]:0>3}"]
        partial = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"tile/{level}/{'/'.join(groups)}{partial}"

    @property
    def full(self) -> Self:
        """The full tile that this one becomes, or is."""
        return type(self)(self.level, self.index)

    @property
    def end(self) -> int:
        """How many hashes or entries its level has when this tile is its last."""
        return self.index * TILE_WIDTH + self.width


def parse_path(path: str) -> Tile:
    """Read a tile's path below the log's folder; any spelling but `Tile.path`'s raises VerificationError."""
    match = _PATH.fullmatch(path)
    if match:
        level = ENTRIES if match["level"] == "entries" else int(match["level"])
        index = int(match["parents"].replace("x", "").replace("/", "") + match["last"])
        tile = Tile(level, index, int(match["width"] or TILE_WIDTH))
        # Comparing with our own spelling refuses leading zero groups (x000/001) and a `.p/256`.
        if level <= _MAX_LEVEL and tile.width <= TILE_WIDTH and tile.path == path:
            return tile
    raise VerificationError("This is not the path of a tile.", found=repr(path))


def tile_count(size: int, level: int) -> int:
    """Return how many hashes (or, for ENTRIES, entries) the level has in a tree of `size` leaves."""
    return size >> (8 * max(level, 0))


def is_leftover(tile: Tile, size: int) -> bool:
    """Whether a tree of `size` leaves does without this tile: it lies beyond it, or a full one replaced it."""
    count = tile_count(size, tile.level)
    return tile.end > count or (tile.width < TILE_WIDTH and tile.full.end <= count)


def format_bundle(entries: Sequence[bytes]) -> bytes:
    """Return the bundle of up to 256 entries, each after its length (uint16, big-endian)."""
    for entry in entries:
        check_entry(entry)
    return b"".join([part for entry in entries for part in (len(entry).to_bytes(2, "big"), entry)])


def parse_bundle(data: bytes, width: int) -> list[bytes]:
    """Return exactly `width` entries; too few, too many or broken ones raise VerificationError."""
    entries, at, end = list[bytes](), 0, len(data)
    while at + 2 <= end:
        start = at + 2
        at = start + _LENGTH(data, at)[0]
        entries.append(data[start:at])
    if at != end or len(entries) != width:
        whole = "whole" if at == end else "broken"
        raise VerificationError(
            "An entry bundle is damaged.", expected=f"{width} entries", found=f"{len(entries)} entries, {whole}"
        )
    return entries


def parse_hashes(data: bytes, width: int) -> list[bytes]:
    """Return the `width` hashes of a hash tile; any other length raises VerificationError."""
    check_hashes(data, width)
    return [data[at : at + merkle.HASH_SIZE] for at in range(0, len(data), merkle.HASH_SIZE)]


def check_hashes(data: bytes, width: int) -> None:
    """Raise VerificationError unless these are the bytes of `width` hashes."""
    if len(data) != width * merkle.HASH_SIZE:
        raise VerificationError(
            "A hash tile is damaged.", expected=f"{width * merkle.HASH_SIZE} bytes", found=f"{len(data)} bytes"
        )


def cut_hashes(row: bytes, start: int, count: int) -> bytes:
    """Return `count` of a row's joined hashes, from the one numbered `start`."""
    return row[start * merkle.HASH_SIZE : (start + count) * merkle.HASH_SIZE]


def check_entry(entry: bytes) -> None:
    """Raise LedgerError unless an entry has 1 to 65,535 bytes."""
    if not 1 <= len(entry) <= MAX_ENTRY:
        raise LedgerError(
            "An entry cannot have this size.",
            expected=f"1 to {MAX_ENTRY} bytes",
            found=f"{len(entry)} bytes",
            fix="keep the evidence as an artifact, and log its digest",
        )


@dataclass(frozen=True)
class Edge:
    """The right edge of a tree: the hashes of each level's last tile while it is not full.

    With it alone a tree can grow and its root be known; `rows[level]` holds 0 to 255 hashes, joined.
    """

    size: int = 0
    rows: tuple[bytes, ...] = ()

    def grow(self, hashes: Iterable[bytes], level: int = 0) -> tuple["Edge", list[tuple[Tile, bytes]]]:
        """Return the edge after more hashes of a tile level, and the hash tiles that became full, with their bytes.

        They are leaf hashes, or those of the complete subtrees under one hash of a higher level: every row
        below that level must be empty then.
        """
        new, full = b"".join(hashes), list[tuple[Tile, bytes]]()
        size = self.size + (len(new) // merkle.HASH_SIZE << 8 * level)
        rows = [*self.rows[:level], *[b""] * (level - len(self.rows))]
        while new or len(rows) < len(self.rows):
            level = len(rows)
            row = b"".join([*self.rows[level : level + 1], new])
            first, end = tile_count(self.size, level) // TILE_WIDTH, len(row) - len(row) % _TILE_SIZE
            tiles = [row[at : at + _TILE_SIZE] for at in range(0, end, _TILE_SIZE)]
            full += [(Tile(level, first + number), data) for number, data in enumerate(tiles)]
            new = b"".join([merkle.row_root(data) for data in tiles])
            rows.append(row[end:])
        return Edge(size, tuple(rows)), full

    def partials(self) -> Iterator[tuple[Tile, bytes]]:
        """Yield the hash tiles that are not full, with their bytes."""
        for level, row in enumerate(self.rows):
            if row:
                index = tile_count(self.size, level) // TILE_WIDTH
                yield Tile(level, index, len(row) // merkle.HASH_SIZE), row

    def root(self) -> bytes:
        """Return the root of the whole tree."""
        return merkle.tree_root(self.size, self._read)

    def _read(self, level: int, index: int) -> bytes:
        # Only for the root: its complete subtrees all end in the partial tiles.
        row, start, count = locate(level, index)
        return merkle.row_root(cut_hashes(self.rows[row], start % TILE_WIDTH, count))


def locate(level: int, index: int) -> tuple[int, int, int]:
    """Return where a complete subtree's hash is found: tile level, first hash in that level, how many."""
    row, above = divmod(level, 8)
    return row, index << above, 1 << above


def edge_tiles(size: int, level: int) -> tuple[int, int]:
    """Return how many full tiles a level has, and how wide the partial one after them is (0: none)."""
    return divmod(tile_count(size, level), TILE_WIDTH)
