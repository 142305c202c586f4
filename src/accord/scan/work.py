"""The work on one piece of a scan, the same on every runner: read, choose, detect, write."""

import pickle
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from accord.errors import AccordError, ScanError
from accord.scan.detector import Detector
from accord.scan.parts import FLAGGED, QUOTES, PartWriter, outcome_path
from accord.scan.plan import Plan
from accord.scan.reading import Tally, read_piece
from accord.scan.rows import FINDINGS, FOUND
from accord.scan.sampling import choose

PLAN = "plan.pickle"
_ORDER = [(name, "ascending") for name in ("row", "part", "detector", "label", "start", "end")]


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Do one piece in a process of its own (see `accord.ledger.workers`); what goes wrong on purpose is the answer."""
    try:
        do_piece(request["folder"], request["number"])
    except AccordError as error:
        return {"error": [error.problem, error.where, error.expected, error.found, error.fix]}
    except Exception as error:  # noqa: BLE001 - whatever it is, it must not look like a process that was killed
        return {"error": ["A piece of the scan failed.", "", "", f"{type(error).__name__}: {error}", ""]}
    return {}


def do_piece(folder: str, number: int) -> None:
    """Scan one piece of the plan in a folder, unless that was done before."""
    place = Path(folder)
    if outcome_path(place, number).exists():
        return
    scan_piece(_load_plan(folder), place, number)


@lru_cache(maxsize=1)
def _load_plan(folder: str) -> Plan:
    # Our own file in a folder that nobody else may write to; a detector is code that the user installed.
    with (Path(folder) / PLAN).open("rb") as file:
        plan = pickle.load(file)  # noqa: S301 - as above
    if not isinstance(plan, Plan):
        raise ScanError("This is not the plan of a scan.", where=folder)
    return plan


def scan_piece(plan: Plan, folder: Path, number: int) -> None:
    """Scan one piece, and leave its tables and its outcome in the folder."""
    writer = PartWriter(folder, number)
    tally, counts = Tally(), Counts()
    piece = plan.pieces[number]
    try:
        for texts in read_piece(piece, tally, plan.key):
            chosen = choose(texts, plan.design)
            counts.look(chosen)
            _write(writer, chosen, _detect_all(plan.detectors, chosen, counts), quotes=plan.with_text)
            writer.write("unreadable", tally.take(piece.source.name))
        writer.write("unreadable", tally.take(piece.source.name))
    except BaseException:
        writer.abandon()
        raise
    writer.close({"rows": tally.rows, "unreadable": tally.reasons, **counts.outcome()})


class Counts:
    """What was looked at and what was found, added up over batches."""

    def __init__(self) -> None:
        self.texts = self.size = 0
        self._rates: Counter[tuple[str, str, str]] = Counter()

    def look(self, texts: pa.RecordBatch) -> None:
        """Count texts that are looked at."""
        self.texts += texts.num_rows
        self.size += pc.sum(pc.binary_length(texts.column("text"))).as_py() or 0

    def find(self, detector: str, found: pa.RecordBatch) -> None:
        """Count what one detector found in a batch."""
        if not found.num_rows:
            return
        grouped = (
            pa.Table.from_batches([found])
            .group_by("label")
            .aggregate([("index", "count_distinct"), ("index", "count")])
        )
        for row in grouped.to_pylist():
            self._rates[detector, row["label"], "texts"] += row["index_count_distinct"]
            self._rates[detector, row["label"], "found"] += row["index_count"]

    def outcome(self) -> dict[str, Any]:
        """Return the sums as JSON."""
        rates = [[*key, count] for key, count in sorted(self._rates.items())]
        return {"texts": self.texts, "size": self.size, "rates": rates}


def _detect_all(
    detectors: tuple[Detector, ...], texts: pa.RecordBatch, counts: Counts
) -> Iterator[tuple[str, pa.RecordBatch]]:
    for detector in detectors if texts.num_rows else ():
        found = run_detector(detector, texts)
        counts.find(detector.name, found)
        yield detector.name, found


def run_detector(detector: Detector, texts: pa.RecordBatch) -> pa.RecordBatch:
    """Return what a detector finds; ScanError where it fails, or says what it may not say."""
    place = f"{detector.name} in {texts.column('source')[0]}, from row {texts.column('row')[0]}"
    try:
        found = detector.detect(texts)
    except AccordError:
        raise
    except Exception as error:
        raise ScanError("A detector failed.", where=place, found=f"{type(error).__name__}: {error}") from error
    if not isinstance(found, pa.RecordBatch) or not found.schema.equals(FOUND):
        raise ScanError("A detector does not answer as it should.", where=place, expected="a batch of the schema FOUND")
    unknown = set(pc.unique(found.column("label")).to_pylist()) - set(detector.labels)
    if unknown or _outside(found, texts):
        said = f"the label {min(unknown)}" if unknown else "a span that is not in its text"
        raise ScanError("A detector found what it cannot find.", where=place, found=said)
    return found


def _outside(found: pa.RecordBatch, texts: pa.RecordBatch) -> bool:
    if not found.num_rows:
        return False
    if pc.max(found.column("index")).as_py() >= texts.num_rows:
        return True
    lengths = pc.binary_length(texts.column("text")).take(found.column("index"))
    start, end = found.column("start"), found.column("end")
    return bool(pc.any(pc.or_(pc.greater(start, end), pc.greater(end, lengths))).as_py())


def _write(
    writer: PartWriter, texts: pa.RecordBatch, found: Iterator[tuple[str, pa.RecordBatch]], *, quotes: bool
) -> None:
    parts, places = [], []
    for name, batch in found:
        if batch.num_rows:
            parts.append(_findings(texts, name, batch))
            places.append(batch.column("index"))
    if not parts:
        return
    findings, indices = pa.Table.from_batches(parts), pa.chunked_array(places)
    order = pc.sort_indices(findings, _ORDER)
    writer.write("findings", findings.take(order))
    flagged = pc.unique(indices.take(pc.sort_indices(indices)))
    writer.write("flagged", texts.select(FLAGGED.names).take(flagged))
    if quotes:
        rows = findings.append_column(
            QUOTES.field("quote"), pa.array(_quotes(texts, findings, indices), pa.large_string())
        )
        writer.write("quotes", rows.take(order))


def _findings(texts: pa.RecordBatch, detector: str, found: pa.RecordBatch) -> pa.RecordBatch:
    index = found.column("index")
    columns = {name: texts.column(name).take(index) for name in ("source", "row", "part")}
    columns["detector"] = pa.repeat(pa.scalar(detector), len(index))
    return pa.record_batch([columns[f.name] if f.name in columns else found.column(f.name) for f in FINDINGS], FINDINGS)


def _quotes(texts: pa.RecordBatch, findings: pa.Table, indices: pa.ChunkedArray) -> Iterator[str]:
    for index, start, end in zip(indices, findings["start"], findings["end"], strict=True):
        whole = texts.column("text")[index.as_py()].as_buffer()
        yield whole[start.as_py() : end.as_py()].to_pybytes().decode(errors="replace")
