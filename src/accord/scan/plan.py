"""What a scan will do, fixed before it begins: which pieces of which files, which detectors, which of the texts."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from accord import __version__
from accord.errors import ScanError
from accord.evidence import Design, DetectorRef
from accord.ledger import digest, format_json
from accord.scan.detector import Detector
from accord.scan.reading import Columns, Piece, cut_source, find_sources
from accord.scan.reading.known import KnownFiles
from accord.scan.reading.limits import LONGEST, PIECE
from accord.scan.reading.tally import NO_PRESET

ALL = Design(method="all")


@dataclass(frozen=True)
class Plan:
    """One scan."""

    detectors: tuple[Detector, ...]
    design: Design
    pieces: tuple[Piece, ...]
    files: int
    """How many files are read."""
    sha256: str
    """The digest over the names, sizes and digests of the files."""
    left_out: tuple[str, ...] = ()
    """Files of no known form."""
    key: bytes | None = field(default=None, repr=False)
    """What accounts are sealed with."""
    with_text: bool = False
    """Whether the found text itself is kept, apart from the findings."""

    @property
    def size(self) -> int:
        """About how many bytes are read."""
        return sum(piece.size for piece in self.pieces)

    @property
    def refs(self) -> tuple[DetectorRef, ...]:
        """The detectors as a record names them."""
        return tuple(DetectorRef(name=d.name, sha256=d.sha256, quality=tuple(d.quality)) for d in self.detectors)

    @property
    def presets(self) -> dict[str, int]:
        """How many files are read by which preset."""
        named = {p.source.name: p.columns.preset for p in self.pieces if p.columns}
        return {preset: list(named.values()).count(preset) for preset in sorted(set(named.values()))}

    @property
    def cut(self) -> str:
        """The digest over the job and over how it is cut: parts of work are of use to no other."""
        return digest(repr((self.job, [(p.source.name, p.first, p.last, p.row) for p in self.pieces])).encode())

    @property
    def job(self) -> str:
        """The digest over everything that the findings depend on, but not over how the work is cut or run."""
        columns = {p.source.name: p.columns.model_dump(mode="json") for p in self.pieces if p.columns}
        return digest(
            format_json(
                {
                    "version": __version__,
                    "input": self.sha256,
                    "columns": columns,
                    "detectors": {d.name: d.sha256 for d in self.detectors},
                    "design": self.design.model_dump(mode="json"),
                    "longest": LONGEST,
                    "accounts": digest(self.key) if self.key else None,
                    "text": self.with_text,
                }
            )
        )


def make_plan(
    places: Iterable[str],
    detectors: Sequence[Detector],
    *,
    columns: Columns | None = None,
    design: Design = ALL,
    key: bytes | None = None,
    with_text: bool = False,
    piece: int = PIECE,
    known: KnownFiles | None = None,
) -> Plan:
    """Read every file once for its digest, and cut the input into pieces; raise ScanError where nothing can be read.

    Without `columns` those of each file are told by what it has. The pieces do not change what is found. Files that are
    `known` are not read again.
    """
    if not detectors:
        raise ScanError("No detector is named.")
    sources, left_out = find_sources(places)
    hashed = hashlib.sha256()
    pieces: list[Piece] = []
    for source in sources:
        sha256, cut = cut_source(source, columns, piece, known)
        hashed.update(format_json([source.name, source.size, sha256]) + b"\n")
        pieces += cut
    if all(one.fault == NO_PRESET for one in pieces):
        raise ScanError(
            "It cannot be told which columns hold texts.",
            where=pieces[0].source.name,
            expected="a table of a known form: see the list of presets",
            fix="name them: --column text=NAME, or columns in accord.toml",
        )
    return Plan(tuple(detectors), design, tuple(pieces), len(sources), hashed.hexdigest(), left_out, key, with_text)
