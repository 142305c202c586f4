"""The same input gives the same tables, byte for byte: however it is cut, wherever it runs, however often it dies."""

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_detector import DeadlyDetector, SmallDetector, found_batch

from accord.errors import AccordError, ScanError
from accord.evidence import Design
from accord.scan.engine import Scan, scan
from accord.scan.parts import QUOTES
from accord.scan.plan import make_plan
from accord.scan.reading.pieces import cut_source, read_piece
from accord.scan.reading.sources import find_sources
from accord.scan.reading.tally import Tally
from accord.scan.rows import FINDINGS, TEXTS
from accord.scan.runners import make_runner
from accord.scan.runners.local import LocalRunner
from accord.scan.runners.trying import ATTEMPTS
from accord.scan.sampling import choose
from accord.scan.work import run_detector

Run = Callable[..., Scan]
Digests = Callable[[Scan], tuple[str, ...]]


def test_what_is_found_is_what_the_detector_says(run: Run, mixed: Path) -> None:
    found = run(mixed)
    rows = pq.read_table(found.findings).to_pylist()
    texts: dict[tuple[str, int, int], str] = {}
    for source in find_sources([str(mixed)])[0]:
        for piece in cut_source(source)[1]:
            for batch in read_piece(piece, Tally()):
                texts |= {(r["source"], r["row"], r["part"]): r["text"] for r in batch.to_pylist()}
    assert len(texts) == found.texts
    assert rows
    for row in rows:
        said = texts[row["source"], row["row"], row["part"]].encode()[row["start"] : row["end"]].decode()
        assert {"at": "@" in said, "number": said.isdecimal(), "word": said == "secret"}[row["label"]]
    order = [tuple(row[name] for name in FINDINGS.names[:7]) for row in rows]
    assert sorted(set(order)) == order


def test_the_counts_are_those_of_the_table(run: Run, mixed: Path) -> None:
    found = run(mixed)
    rows = pq.read_table(found.findings).to_pylist()
    for rate in found.rates:
        own = [r for r in rows if r["label"] == rate.label]
        assert (len(own), found.texts) == (rate.found, rate.n)
        assert len({(r["source"], r["row"], r["part"]) for r in own}) == rate.texts
    flagged = pq.read_table(found.flagged)
    assert len({(r["source"], r["row"], r["part"]) for r in rows}) == flagged.num_rows
    assert "text" not in flagged.schema.names
    unread = pq.read_table(found.unread).to_pylist()
    assert sum(found.unreadable.values()) == len(unread) == 3
    assert {("a.jsonl", 400), ("a.jsonl", 401), ("a.jsonl", 402)} == {(r["source"], r["row"]) for r in unread}


@pytest.fixture(scope="module")
def expected(mixed: Path, digests: Digests, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """Return the digests of the tables of the same input scanned in one go."""
    return digests(scan(make_plan([str(mixed)], (SmallDetector(),)), tmp_path_factory.mktemp("w"), LocalRunner()))


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(piece=st.integers(1_500, 40_000), rows=st.sampled_from([7, 64, 32_768]))
def test_however_it_is_cut_it_is_the_same(
    run: Run, mixed: Path, digests: Digests, expected: tuple[str, ...], piece: int, rows: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for module in ("batches", "tables"):
            patch.setattr(f"accord.scan.reading.{module}.BATCH_ROWS", rows)
        assert expected == digests(run(mixed, "cut", piece=piece))


@pytest.mark.parametrize("name", ["local", "daft"])
def test_every_runner_gives_the_same(run: Run, mixed: Path, digests: Digests, name: str) -> None:
    if name == "daft":
        pytest.importorskip("daft")
    expected = run(mixed, "whole")
    found = run(mixed, "cut", make_runner(name, 2), piece=5_000)
    assert digests(expected) == digests(found)
    assert expected.rates == found.rates


def test_a_process_that_dies_is_replaced(run: Run, mixed: Path, digests: Digests, tmp_path: Path) -> None:
    (tmp_path / "deaths").mkdir()
    deaths = ATTEMPTS - 1  # as many as no piece may be done between: which process is first is chance
    deadly = DeadlyDetector(place=str(tmp_path / "deaths"), deaths=deaths)
    expected = run(mixed, "whole")
    found = run(mixed, "cut", LocalRunner(2), piece=5_000, detectors=(deadly,))
    assert digests(expected) == digests(found)
    assert deaths == len(list((tmp_path / "deaths").iterdir()))


def test_a_piece_that_kills_whoever_takes_it_is_given_up(run: Run, mixed: Path, tmp_path: Path) -> None:
    (tmp_path / "deaths").mkdir()
    with pytest.raises(ScanError, match="again and again"):
        run(mixed, "cut", LocalRunner(2), detectors=(DeadlyDetector(place=str(tmp_path / "deaths"), deaths=99),))


_CHILD = """
import sys
from pathlib import Path
from small_detector import SlowDetector
from accord.scan.engine import scan
from accord.scan.plan import make_plan
from accord.scan.runners.local import LocalRunner
scan(make_plan([sys.argv[1]], (SlowDetector(),), piece=4_000), Path(sys.argv[2]), LocalRunner(int(sys.argv[3])))
"""


def _child(*args: object) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", _CHILD, *map(str, args)]
    return subprocess.Popen(command, env=environment, start_new_session=True, stderr=subprocess.PIPE)


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_scan_that_is_killed_goes_on(mixed: Path, expected: tuple[str, ...], tmp_path: Path, jobs: int) -> None:
    chosen, place, kills = random.Random(jobs), tmp_path / "killed", 0  # noqa: S311 - when to kill
    for _ in range(4):
        process = _child(mixed, place, jobs)
        before = len(list(place.glob("work-*/*.json"))) if place.exists() else 0
        deadline = time.monotonic() + 20
        while process.poll() is None and len(list(place.glob("work-*/*.json"))) == before:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        time.sleep(chosen.random() / 5)
        if process.poll() is None:
            kills += 1
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    assert kills
    process = _child(mixed, place, jobs)
    _, error = process.communicate()
    assert (0, b"") == (process.returncode, error)
    tables = [place / f"{name}.parquet" for name in ("findings", "flagged", "unreadable")]
    assert expected == tuple(hashlib.sha256(path.read_bytes()).hexdigest() for path in tables)
    assert not list(place.glob("work-*"))


def test_what_was_done_for_another_plan_is_not_used(run: Run, mixed: Path, digests: Digests, tmp_path: Path) -> None:
    stale = tmp_path / "out" / "work-0123456789abcdef"
    stale.mkdir(parents=True)
    (stale / "0000000.json").write_text("{}")
    found = run(mixed)
    assert not stale.exists()
    assert digests(run(mixed, "other")) == digests(found)


def test_two_scans_in_one_folder_are_refused(mixed: Path, tmp_path: Path) -> None:
    process = _child(mixed, tmp_path / "out", 1)
    try:
        while not list(tmp_path.glob("out/work-*/*.json")):
            assert process.poll() is None
            time.sleep(0.01)
        with pytest.raises(ScanError, match="Another process"):
            scan(make_plan([str(mixed)], (SmallDetector(),)), tmp_path / "out", LocalRunner())
    finally:
        process.kill()
        process.communicate()


def test_progress_ends_at_the_whole(mixed: Path, tmp_path: Path) -> None:
    plan, seen = make_plan([str(mixed)], (SmallDetector(),), piece=5_000), list[int]()
    scan(plan, tmp_path / "out", LocalRunner(), seen.append)
    assert sorted(seen) == seen
    assert (0, plan.size, len(plan.pieces) + 1) == (seen[0], seen[-1], len(seen))


def test_nothing_of_what_was_said_is_kept_unless_asked(run: Run, mixed: Path, tmp_path: Path) -> None:
    run(mixed)
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"findings.parquet", "flagged.parquet", "unreadable.parquet", "lock"} == names
    for path in (tmp_path / "out").glob("*.parquet"):
        assert "jo@example.org" not in str(pq.read_table(path).to_pylist())
    assert 0o700 == (tmp_path / "out").stat().st_mode & 0o777
    found = run(mixed, "quoted", with_text=True)
    assert found.quotes is not None
    quotes = pq.read_table(found.quotes)
    assert QUOTES.equals(quotes.schema)
    assert {"jo@example.org", "12345", "secret"} == set(quotes["quote"].to_pylist())
    assert 0o600 == found.quotes.stat().st_mode & 0o777


def _batch(count: int, source: str = "a") -> pa.RecordBatch:
    rows = [{"source": source, "row": n, "part": n % 3, "text": "x"} for n in range(count)]
    return pa.RecordBatch.from_pylist(rows, schema=TEXTS)


@given(st.floats(0.01, 1), st.integers(0, 2**31 - 1), st.integers(0, 499), st.integers(1, 200))
def test_a_text_is_chosen_by_its_place_alone(fraction: float, seed: int, start: int, count: int) -> None:
    design = Design(method="sample", fraction=fraction, seed=seed)
    whole = choose(_batch(500), design).to_pylist()
    part = choose(_batch(500).slice(start, count), design).to_pylist()
    assert [row for row in whole if start <= row["row"] < start + count] == part


def test_a_sample_is_as_large_as_it_says_and_another_with_each_seed() -> None:
    chosen = [
        {r["row"] for r in choose(_batch(100_000), Design(method="sample", fraction=0.1, seed=n)).to_pylist()}
        for n in range(3)
    ]
    for rows in chosen:
        assert 9_600 < len(rows) < 10_400  # four standard deviations
    assert (
        800 < len(chosen[0] & chosen[1]) < 1_200
    )  # as much as chance gives two that have nothing to do with each other
    again = choose(_batch(100_000, "b"), Design(method="sample", fraction=0.1, seed=0)).to_pylist()
    assert 800 < len(chosen[0] & {r["row"] for r in again}) < 1_200


def test_a_sample_is_the_same_however_it_is_cut(run: Run, mixed: Path, digests: Digests) -> None:
    design = Design(method="sample", fraction=0.3, seed=7)
    whole, cut = run(mixed, "whole", design=design), run(mixed, "cut", design=design, piece=3_000)
    assert digests(whole) == digests(cut)
    assert 350 < whole.texts < 500


def test_the_job_is_of_the_input_the_detectors_and_the_design(mixed: Path, tmp_path: Path) -> None:
    def job(place: Path = mixed, **options: Any) -> str:  # noqa: ANN401 - passed on
        return make_plan([str(place)], options.pop("detectors", (SmallDetector(),)), **options).job

    (tmp_path / "copy").mkdir()
    for path in mixed.iterdir():
        (tmp_path / "copy" / path.name).write_bytes(path.read_bytes())
    assert job() == job(piece=1_000) == job(tmp_path / "copy")
    with (tmp_path / "copy" / "a.jsonl").open("ab") as file:
        file.write(b" ")
    others = [
        job(tmp_path / "copy"),
        job(detectors=(SmallDetector("other"),)),
        job(design=Design(method="sample", fraction=0.5, seed=1)),
        job(key=b"k"),
        job(with_text=True),
    ]
    assert len({job(), *others}) == len(others) + 1


@dataclass(frozen=True)
class _Bad(SmallDetector):
    found: Any = None

    def detect(self, texts: pa.RecordBatch) -> Any:  # noqa: ANN401, ARG002 - what it should not be
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


@pytest.mark.parametrize(
    "found",
    [
        ValueError("broken"),
        "nothing",
        found_batch([(0, "at", 0, 1)]).select(["index"]),
        found_batch([(0, "unknown", 0, 1)]),
        found_batch([(9, "at", 0, 1)]),
        found_batch([(0, "at", 0, 2)]),
        found_batch([(0, "at", 1, 0)]),
    ],
)
def test_a_detector_that_says_what_it_may_not_say_stops_the_scan(found: object) -> None:
    with pytest.raises(ScanError, match=r"[Dd]etector"):
        run_detector(_Bad(found=found), _batch(3))


def test_what_a_worker_refuses_reaches_the_user(run: Run, mixed: Path) -> None:
    with pytest.raises(AccordError, match="A detector failed"):
        run(mixed, "cut", LocalRunner(2), piece=5_000, detectors=(_Bad(found=ValueError("broken")),))


def test_a_log_that_grows_is_read_as_far_as_it_was_found(tmp_path: Path, lines: Callable[..., Path]) -> None:
    path = lines(tmp_path / "a.jsonl", [{"text": f"{n} secret"} for n in range(50)])
    plan = make_plan([str(path)], (SmallDetector(),), piece=200)
    with path.open("a", encoding="utf-8") as file:
        file.write('{"text": "a secret that came later"}\n')
    found = scan(plan, tmp_path / "out", LocalRunner())
    assert (50, 50, {}) == (found.rows, found.texts, found.unreadable)
