"""Reading every file of a log, and naming each that is not what the log's entries and checkpoint give."""

import os
import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import astuple, dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

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
    check_hashes,
    cut_hashes,
    edge_tiles,
    is_leftover,
    parse_bundle,
    tile_count,
)
from accord.ledger.tree import Tree
from accord.ledger.workers import share

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


def fsck(folder: Path, public_key: PublicKey, *, jobs: int | None = None) -> Fsck:
    """Read every file of a log and report each fault; a damaged log raises nothing.

    Leftovers of a crash (scratch files, tiles that the checkpoint does not need) are notes. Memory does not
    grow with the log: one bundle and one tile of each level are held. It stops at MAX_FAULTS: whoever signs a
    checkpoint can claim any size, and every file of that size would be missing.

    `jobs` processes read the entries; None is as many as this machine has processors where the log is so large
    that it gains by them. The result is the same.
    """
    try:
        log = Log.open(folder, public_key)
    except AccordError as error:
        return Fsck(None, (Fault(CHECKPOINT, "a checkpoint signed by the log's key", str(error)),))
    check = _Check(log)
    with closing(check.entries(jobs or _processors(log.size))) as found:
        faults = tuple(islice(found, MAX_FAULTS))
    if len(faults) == MAX_FAULTS:
        return Fsck(log.checkpoint, faults)
    others, notes = check.files()
    return Fsck(log.checkpoint, faults + others, notes)


def _processors(size: int) -> int:
    """Return how many processes shorten the reading: each must have two sections, or starting it costs more."""
    if getattr(sys, "frozen", False):  # there is no interpreter to start: the executable is the program itself
        return 1
    allowed = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return max(1, min(allowed, tile_count(size, 2) // 2))


class _Check:
    """The state of one reading: the tree as the entries give it, level by level, growing with each section."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._edge = Edge()

    def entries(self, jobs: int) -> Generator[Fault]:
        """Read every bundle; compare every tile that the entries fill, and at the end those still open."""
        tail = b""
        for section in _sections(self._log, jobs):
            yield from section.faults
            self._edge, filled = self._edge.grow([section.hashes], level=1)
            yield from _compare(self._log, filled)
            tail = section.tail
        self._edge, _ = self._edge.grow([tail])
        yield from _compare(self._log, self._edge.partials())
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

    def _older(self, tile: Tile) -> Iterator[Fault]:
        """Compare a partial tile of an earlier checkpoint with the beginning of the one that followed it."""
        read = _hash_bundle if tile.level == ENTRIES else _read_hashes
        hashes, problem = _attempt(read, self._log, tile)
        if hashes != cut_hashes(self._edge.rows[max(tile.level, 0)], 0, tile.width):
            yield Fault(tile.path, "the beginning of the tile that followed it", problem or "other content")


@dataclass(frozen=True)
class _Section:
    """What 256 bundles gave, or the fewer at the log's end: the part of the reading that needs no other part.

    `hashes` has one for each full bundle, the root over its leaves: together a hash tile of level 1. `tail` has the
    leaf hashes of a partial bundle. Both are joined.
    """

    faults: tuple[Fault, ...]
    hashes: bytes
    tail: bytes


def _sections(tree: Tree, jobs: int) -> Iterator[_Section]:
    """Read the log section by section, ahead of the caller in processes when there are several `jobs`."""
    count, done = -(-tree.size // TILE_WIDTH**2), 0
    if min(jobs, count) > 1:
        point = tree.checkpoint
        request = [str(tree.folder), point.origin, point.size, point.root.hex()]
        # A process that cannot be started or dies (no memory, a limit) costs time: what it left is read here.
        with suppress(OSError):
            numbers = ([*request, number] for number in range(count))
            for answer in share(f"{__name__}:read_section", numbers, min(jobs, count)):
                faults, hashes, tail = answer
                yield _Section(tuple(Fault(*each) for each in faults), bytes.fromhex(hashes), bytes.fromhex(tail))
                done += 1
    for number in range(done, count):
        yield _read_section(tree, number)


def read_section(request: list[Any]) -> list[Any]:
    """Read one section in a process of its own, for `fsck` alone: from JSON values, to JSON values."""
    folder, origin, size, root, number = request
    tree = Tree(Path(folder), b"", Checkpoint(origin, size, bytes.fromhex(root)))
    section = _read_section(tree, number)
    return [[astuple(fault) for fault in section.faults], section.hashes.hex(), section.tail.hex()]


def _read_section(tree: Tree, number: int) -> _Section:
    full, width = edge_tiles(tree.size, ENTRIES)
    first = number * TILE_WIDTH
    faults, hashes, tail = list[Fault](), list[bytes](), b""
    for index in range(first, min(first + TILE_WIDTH, full)):
        leaves, found = _read_leaves(tree, Tile(ENTRIES, index))
        faults += found
        hashes.append(merkle.row_root(leaves))
    if width and full < first + TILE_WIDTH:
        tail, found = _read_leaves(tree, Tile(ENTRIES, full, width))
        faults += found
    return _Section(tuple(faults), b"".join(hashes), tail)


def _read_leaves(tree: Tree, tile: Tile) -> tuple[bytes, list[Fault]]:
    """Return a bundle's leaf hashes, and what is wrong with the bundle and the full hash tile above it.

    Where the two differ, the checkpoint decides. Is the hash tile one that its root commits to, then the bundle is
    at fault, otherwise the hash tile.
    """
    above = Tile(0, tile.index, tile.width)
    leaves, problem = _attempt(_hash_bundle, tree, tile)
    stored, _ = _attempt(Tree.read_tile, tree, above)
    if leaves and leaves == stored:
        return leaves, []
    faults = []
    committed, _ = _attempt(_committed, tree, tile)
    if committed or not leaves:
        faults.append(Fault(tile.path, "the entries that the checkpoint commits to", problem or "other entries"))
        leaves = committed or merkle.EMPTY_ROOT * tile.width
    if tile.width == TILE_WIDTH:
        faults += _compare(tree, [(above, leaves)])
    return leaves, faults


def _hash_bundle(tree: Tree, tile: Tile) -> bytes:
    return merkle.hash_leaves(parse_bundle(tree.read_tile(tile), tile.width))


def _read_hashes(tree: Tree, tile: Tile) -> bytes:
    data = tree.read_tile(tile)
    check_hashes(data, tile.width)
    return data


def _committed(tree: Tree, tile: Tile) -> bytes:
    return b"".join(tree.hashes(0, tile.index))


def _compare(tree: Tree, tiles: Iterable[tuple[Tile, bytes]]) -> Iterator[Fault]:
    """Compare hash tiles on disk with what they must be."""
    for tile, data in tiles:
        stored, problem = _attempt(Tree.read_tile, tree, tile)
        if stored != data:
            yield Fault(tile.path, "the hashes of the entries below it", problem or "other hashes")


def _attempt(read: Callable[[Tree, Tile], _Read], tree: Tree, tile: Tile) -> tuple[_Read | None, str]:
    """Return what was read, or None and what prevented it: fsck reports every error, and goes on."""
    try:
        return read(tree, tile), ""
    except AccordError as error:
        return None, str(error)
