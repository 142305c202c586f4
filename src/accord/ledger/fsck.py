"""Reading every file of a log, and naming each that is not what the log's entries and checkpoint give."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeVar

from accord.errors import AccordError
from accord.ledger import merkle
from accord.ledger.checkpoint import Checkpoint
from accord.ledger.keys import PublicKey
from accord.ledger.log import CHECKPOINT, LOCK, SCRATCH, Log, find_tile, walk
from accord.ledger.tiles import (
    ENTRIES,
    TILE_WIDTH,
    Edge,
    Tile,
    edge_tiles,
    is_leftover,
    parse_bundle,
    parse_hashes,
    tile_count,
)

_Read = TypeVar("_Read")

MAX_FAULTS = 1_000
"""How many faults of entries and tiles are named before fsck gives up."""


@dataclass(frozen=True)
class Fault:
    """One file (`path` below the log's folder) that is not as expected."""

    path: str
    expected: str
    found: str


@dataclass(frozen=True)
class Fsck:
    """What reading a whole log gave: its checkpoint if that verifies, what is wrong, and what a crash left."""

    checkpoint: Checkpoint | None
    faults: tuple[Fault, ...]
    notes: tuple[Fault, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every file is as the log's entries and checkpoint give it."""
        return not self.faults


def fsck(folder: Path, public_key: PublicKey) -> Fsck:
    """Read every file of a log and report each fault; a damaged log raises nothing.

    Leftovers of a crash (scratch files, tiles that the checkpoint does not need) are notes. Memory does not
    grow with the log: one bundle and one tile of each level are held. It stops at MAX_FAULTS: whoever signs a
    checkpoint can claim any size, and every file of that size would be missing.
    """
    try:
        log = Log.open(folder, public_key)
    except AccordError as error:
        return Fsck(None, (Fault(CHECKPOINT, "a checkpoint signed by the log's key", str(error)),))
    check = _Check(log)
    faults = tuple(islice(check.entries(), MAX_FAULTS))
    if len(faults) == MAX_FAULTS:
        return Fsck(log.checkpoint, faults)
    others, notes = check.files()
    return Fsck(log.checkpoint, faults + others, notes)


class _Check:
    """The state of one reading: the tree as the entries give it, level by level, growing with each bundle."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._edge = Edge()

    def entries(self) -> Iterator[Fault]:
        """Read every bundle; compare every tile that the entries fill, and at the end those still open."""
        full, width = edge_tiles(self._log.size, ENTRIES)
        for index in range(full + bool(width)):
            tile = Tile(ENTRIES, index, width if index == full else TILE_WIDTH)
            leaves, faults = self._leaves(tile)
            yield from faults
            self._edge, filled = self._edge.grow(leaves)
            yield from self._compare(filled)
        yield from self._compare(self._edge.partials())
        root = self._log.checkpoint.root
        if self._edge.root() != root:
            yield Fault(CHECKPOINT, f"root {self._edge.root().hex()}, as the entries give it", root.hex())

    def files(self) -> tuple[tuple[Fault, ...], tuple[Fault, ...]]:
        """Walk the folder: return faults for what does not belong there, notes for what a crash left."""
        faults, notes = list[Fault](), list[Fault]()
        for name in walk(self._log.folder):
            tile = find_tile(name)
            if name in {CHECKPOINT, LOCK}:
                continue
            if name.startswith(f"{SCRATCH}/") or (tile and is_leftover(tile, self._log.size)):
                notes.append(Fault(name, "nothing", "a leftover, which the next writer removes"))
            elif tile is None:
                faults.append(Fault(name, "nothing", "a file that no log has"))
            elif tile.end < tile_count(self._log.size, tile.level) and tile.width < TILE_WIDTH:
                faults.extend(self._older(tile))
        return tuple(faults), tuple(notes)

    def _leaves(self, tile: Tile) -> tuple[list[bytes], list[Fault]]:
        """Return a bundle's leaf hashes, and the bundle's fault if it has one.

        Where the bundle and the hash tile above it differ, the checkpoint decides. Is the hash tile one that
        its root commits to, then the bundle is at fault. Otherwise `_compare` names the hash tile.
        """
        leaves, problem = _attempt(self._hash, tile)
        stored, _ = _attempt(self._log.read_tile, Tile(0, tile.index, tile.width))
        if leaves and b"".join(leaves) == stored:
            return leaves, []
        committed, _ = _attempt(self._committed, tile)
        if leaves and not committed:
            return leaves, []
        fault = Fault(tile.path, "the entries that the checkpoint commits to", problem or "other entries")
        return committed or [merkle.EMPTY_ROOT] * tile.width, [fault]

    def _hash(self, tile: Tile) -> list[bytes]:
        entries = parse_bundle(self._log.read_tile(tile), tile.width)
        return [merkle.leaf_hash(entry) for entry in entries]

    def _committed(self, tile: Tile) -> list[bytes]:
        return self._log.hashes(0, tile.index)

    def _compare(self, tiles: Iterable[tuple[Tile, bytes]]) -> Iterator[Fault]:
        """Compare hash tiles on disk with what they must be."""
        for tile, data in tiles:
            stored, problem = _attempt(self._log.read_tile, tile)
            if stored != data:
                yield Fault(tile.path, "the hashes of the entries below it", problem or "other hashes")

    def _older(self, tile: Tile) -> Iterator[Fault]:
        """Compare a partial tile of an earlier checkpoint with the beginning of the one that followed it."""
        read = self._hash if tile.level == ENTRIES else self._parse
        hashes, problem = _attempt(read, tile)
        row = self._edge.rows[max(tile.level, 0)]
        if hashes is None or tuple(hashes) != row[: tile.width]:
            yield Fault(tile.path, "the beginning of the tile that followed it", problem or "other content")

    def _parse(self, tile: Tile) -> list[bytes]:
        return parse_hashes(self._log.read_tile(tile), tile.width)


def _attempt(read: Callable[[Tile], _Read], tile: Tile) -> tuple[_Read | None, str]:
    """Return what was read, or None and what prevented it: fsck reports every error, and goes on."""
    try:
        return read(tile), ""
    except AccordError as error:
        return None, str(error)
