"""Reading a log from its folder, with every byte checked against a verified checkpoint."""

from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property, lru_cache
from pathlib import Path

from accord.errors import LedgerError, VerificationError
from accord.ledger import merkle
from accord.ledger.checkpoint import Checkpoint
from accord.ledger.files import disk_errors, read_file
from accord.ledger.tiles import (
    ENTRIES,
    MAX_BUNDLE,
    TILE_WIDTH,
    Edge,
    Tile,
    check_hashes,
    cut_hashes,
    edge_tiles,
    format_bundle,
    locate,
    parse_bundle,
    parse_hashes,
    tile_count,
)

_CACHED_TILES = 256  # 5 MiB of hashes
_CACHED_BUNDLES = 4


class Tree:
    """The tree of one verified checkpoint, read from a folder.

    Nothing is believed: the tiles of the right edge must give the checkpoint's root, each full tile its hash
    in the tile above, each entry its leaf. What does not raises VerificationError naming the file.
    """

    def __init__(self, folder: Path, signed: bytes, checkpoint: Checkpoint) -> None:
        self.folder = folder
        self.signed_checkpoint = signed
        self.checkpoint = checkpoint
        self._tile = lru_cache(_CACHED_TILES)(self._load_tile)
        self._bundle = lru_cache(_CACHED_BUNDLES)(self._load_bundle)

    @property
    def origin(self) -> str:
        """The line of text that names the log."""
        return self.checkpoint.origin

    @property
    def size(self) -> int:
        """How many entries the checkpoint covers."""
        return self.checkpoint.size

    def entry(self, index: int) -> bytes:
        """Return one entry."""
        self._require(index, self.size - 1)
        return self._bundle(index // TILE_WIDTH)[index % TILE_WIDTH]

    def entries(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Yield the entries from `start` to before `end` (the log's size when None), one bundle in memory."""
        end = self.size if end is None else end
        self._require(end, self.size)
        self._require(start, end)
        for number in range(start // TILE_WIDTH, -(-end // TILE_WIDTH)):
            first = number * TILE_WIDTH
            yield from self._bundle(number)[max(start - first, 0) : end - first]

    def leaf(self, index: int) -> bytes:
        """Return the leaf hash of one entry."""
        self._require(index, self.size - 1)
        return self._read(0, index)

    def hashes(self, level: int, index: int) -> list[bytes]:
        """Return the hashes of one hash tile of the tree."""
        self._require(index * TILE_WIDTH, tile_count(self.size, level) - 1)
        data = self._tile(level, index)
        return parse_hashes(data, len(data) // merkle.HASH_SIZE)

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """Return the proof that an entry is in the tree of `size` (the log's when None)."""
        size = self.size if size is None else size
        self._require(size, self.size)
        return merkle.inclusion_proof(index, size, self._read)

    def consistency(self, old: int, new: int | None = None) -> list[bytes]:
        """Return the proof that the tree of `new` (the log's when None) extends the tree of `old`."""
        new = self.size if new is None else new
        self._require(new, self.size)
        return merkle.consistency_proof(old, new, self._read)

    def root_at(self, size: int) -> bytes:
        """Return the root that the log had at an earlier size."""
        self._require(size, self.size)
        return merkle.tree_root(size, self._read)

    @cached_property
    def edge(self) -> Edge:
        """The tree's right edge, checked against the checkpoint's root."""
        rows, level = list[bytes](), 0
        while tile_count(self.size, level):
            index, width = edge_tiles(self.size, level)
            data = self.read_tile(Tile(level, index, width)) if width else b""
            check_hashes(data, width)
            rows.append(data)
            level += 1
        edge = Edge(self.size, tuple(rows))
        if edge.root() != self.checkpoint.root:
            raise VerificationError(
                "The log's tiles do not give its checkpoint's root.",
                where=str(self.folder),
                expected=self.checkpoint.root.hex(),
                found=edge.root().hex(),
            )
        return edge

    def read_tile(self, tile: Tile) -> bytes:
        """Return a tile's bytes as they are on disk, unchecked but for their number of hashes or entries.

        A partial tile whose file is gone is cut from the full one: a writer may have gone on meanwhile.
        """
        for source in (tile,) if tile.width == TILE_WIDTH else (tile, tile.full):
            path = self.folder / source.path
            with disk_errors("The log cannot be read.", path), suppress(FileNotFoundError):
                return _cut(read_file(path, MAX_BUNDLE), source, tile.width)
        raise VerificationError("A part of the log is missing.", where=str(self.folder / tile.path))

    def _require(self, number: int, limit: int) -> None:
        if not 0 <= number <= limit:
            raise LedgerError(
                "The log does not reach there.", expected=f"0 to {limit}", found=str(number), where=self.origin
            )

    def _read(self, level: int, index: int) -> bytes:
        """Return the hash of a complete subtree (see accord.ledger.merkle)."""
        row, start, count = locate(level, index)
        at = start % TILE_WIDTH
        return merkle.row_root(cut_hashes(self._tile(row, start // TILE_WIDTH), at, count))

    def _load_tile(self, level: int, index: int) -> bytes:
        full, _ = edge_tiles(self.size, level)
        if index == full:
            return self.edge.rows[level]
        tile = Tile(level, index)
        data = self.read_tile(tile)
        check_hashes(data, TILE_WIDTH)
        self._match(tile, merkle.row_root(data), self._read(8 * (level + 1), index))
        return data

    def _load_bundle(self, index: int) -> list[bytes]:
        full, width = edge_tiles(self.size, ENTRIES)
        tile = Tile(ENTRIES, index, width if index == full else TILE_WIDTH)
        entries = parse_bundle(self.read_tile(tile), tile.width)
        self._match(tile, merkle.hash_leaves(entries), self._tile(0, index))
        return entries

    def _match(self, tile: Tile, found: bytes, expected: bytes) -> None:
        if found != expected:
            raise VerificationError(
                "A part of the log is not what its checkpoint commits to.", where=str(self.folder / tile.path)
            )


def _cut(data: bytes, tile: Tile, width: int) -> bytes:
    """Return the first `width` hashes or entries of a tile's bytes."""
    if tile.width == width:
        return data
    if tile.level == ENTRIES:
        return format_bundle(parse_bundle(data, tile.width)[:width])
    return cut_hashes(data, 0, width)
