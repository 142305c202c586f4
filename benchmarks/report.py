"""What each format of a report costs over 10,000 records and 11 actions, in every language: seconds and peak memory.

    python benchmarks/report.py [--records 10000] [--only pdf]

The records are signed, logged, checked and assessed as any are. Each format is made in a process of its own, which
first checks the whole proof, as every reader does: that is told apart, once for all formats of `accord report`. Times
are of the CPU, on all threads, and in brackets by the clock: other work on the machine adds to that alone. The ratio is
to a limit, or to a bare peer in the same process: typst's own compile of a table of that length, and json.dumps of the
same content. What a page weighs without its evidence is the page less its records and less the proof inside it.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import typst

from accord.assess import make_assessment
from accord.checks import find
from accord.codes import load_code
from accord.evidence import (
    DocumentRecord,
    EvaluationRecord,
    Metric,
    ModelRef,
    PlanRecord,
    Record,
    Score,
    StatementRecord,
    SuiteRef,
    SystemRecord,
    format_values,
)
from accord.ledger import SigningKey, digest
from accord.manifest import Document, Organisation, Product, Subject, System
from accord.reports import COPIES, FORMATS, LANGUAGES, SPOKEN
from accord.reports.html import format_page
from accord.reports.json_file import format_report, read_content
from accord.reports.models import Content
from accord.reports.pdf import render_pdf
from accord.verify.dossier import Proof, make_proof
from accord.workspace import Workspace

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
MODEL = ModelRef(kind="weights", name="tiny", locator="tiny.gguf", sha256="ab" * 32)
SYSTEM = System(
    organisation=Organisation(name="Benchmark", roles=("developer",)),
    system=Product(name="bench", version="1", description="Answers.", stage="use", languages=("en",)),
    model=Subject(name="tiny", weights="tiny.gguf"),
    documents=(Document(id="policy", kind="risk-policy", title="Policy", path="p.md"),),
)
PDF_SECONDS, HTML_BYTES = 1.0, 300_000
QUARTERS, SUITES = 4, 15
_ANNOUNCED = ("job", "suite", "model", "settings", "seed", "planned")
T = TypeVar("T")


def main() -> None:
    """Print what each format costs, beside its limit or its peer."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--only", help="one format")
    parser.add_argument("--work", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        print(json.dumps(_cost(Path(options.work[0]), options.work[1], options.work[2])))
        return
    with tempfile.TemporaryDirectory() as folder:
        space = _make(Path(folder), options.records)
        clauses = len(load_code().clauses)
        print(f"{space.log().size:,} records, 11 actions, {clauses} clauses; the log is {_mb(space.ledger):.0f} MB")
        for name, language in _wanted(options.only):
            command = [sys.executable, __file__, "--work", folder, name, language]
            told = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
            print(_line(name, language, told))


def _wanted(only: str | None) -> Iterator[tuple[str, str]]:
    for name in (*FORMATS, *COPIES):
        if only in {None, name}:
            yield from ((name, language) for language in (LANGUAGES if name in SPOKEN else ("en",)))


def _mb(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def _line(name: str, language: str, told: dict[str, float]) -> str:
    line = (
        f"{name:13} {language}: {told['seconds']:5.2f} s ({told['clock']:5.2f}), checking {told['read']:.1f} s, "
        f"peak {told['mb']:4.0f} MB, {told['bytes'] / 1e3:7,.0f} kB"
    )
    if name == "html":
        line += f"; {told['bare'] / 1e3:.0f} kB without evidence, {told['bare'] / HTML_BYTES:.2f} of the limit"
    if name == "pdf":
        bare = told["seconds"] / told["peer"]
        line += f"; {told['seconds'] / PDF_SECONDS:.2f} of one second, {bare:.1f} of a bare compile"
    if name not in {"html", "pdf"}:
        line += f"; {told['seconds'] / told['peer']:.2f} of json.dumps of all of it"
    return line


def _cost(folder: Path, name: str, language: str) -> dict[str, float]:
    """Return what one format in one language costs this process."""
    proof = make_proof(Workspace(folder), NOW)
    read, _, content = _time(lambda: read_content(proof))
    seconds, clock, data = _time(_renderer(name, language, content, proof))
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text("ascii").splitlines())
    peak = int(status["VmHWM"].split()[0]) / 1024
    return {
        "seconds": seconds,
        "clock": clock,
        "read": read,
        "mb": peak,
        "bytes": len(data),
        "bare": _bare(data) if name == "html" else 0,
        "peer": _compile_alone(folder) if name == "pdf" else _dump_alone(content),
    }


def _time(work: Callable[[], T]) -> tuple[float, float, T]:
    """Return the seconds of CPU and of the clock that some work takes, and what comes of it."""
    began = time.process_time(), time.perf_counter()
    made = work()
    return time.process_time() - began[0], time.perf_counter() - began[1], made


def _renderer(name: str, language: str, content: Content, proof: Proof) -> Callable[[], bytes]:
    if name == "html":
        return lambda: format_page(content, proof, language).encode()
    if name == "json":
        return lambda: format_report(content, proof)
    if name == "pdf":
        return lambda: render_pdf(content, language)
    return lambda: COPIES[name][1](content)


def _bare(page: bytes) -> int:
    """Return what a page weighs without its records and without the proof inside it."""
    records = page.partition(b'<section id="records"')[2].partition(b"</section>")[0]
    block = page.partition(b'id="accord-report">')[2].partition(b"</script>")[0]
    return len(page) - len(records) - len(block)


def _dump_alone(content: Content) -> float:
    value = content.model_dump(mode="json")
    return _time(lambda: json.dumps(value))[0]


def _compile_alone(folder: Path) -> float:
    """Return how long typst takes for a page that is like the report's in length, without anything of ours."""
    told = "What the evidence shows of it. " * 6
    rows = "\n".join(f"[{clause.id}], [{told}], [partial]," for clause in load_code().clauses)
    page = folder / "bare.typ"
    page.write_text(f"= Bare\n#table(columns: (auto, 1fr, auto),\n{rows})\n", encoding="utf-8")
    return _time(lambda: typst.compile(str(page), format="pdf", pdf_standards=["a-2b"]))[0]


def _make(folder: Path, count: int) -> Workspace:
    """Fill a workspace: a statement on each clause, 15 suites in 5 languages a quarter, announced, and documents."""
    key = SigningKey.generate("bench.invalid/log", entropy=lambda size: bytes(range(size)))
    space = Workspace.create(folder, key, "bench.invalid/log")
    for part in _records(space, count):
        space.append(part)
    records = space.records(NOW)
    space.append([make_assessment(space, load_code(), find(SYSTEM, records), records)])
    return space


def _records(space: Workspace, count: int) -> Iterator[list[Record]]:
    code, document = load_code(), space.keep(b"A policy.", "text/plain")
    declared = SystemRecord(
        made=NOW - timedelta(days=200),
        edition=code.id,
        edition_sha256=code.digest,
        name="bench",
        version="1",
        model=MODEL,
        declaration=space.keep(SYSTEM.to_bytes(), "application/json"),
    )
    yield [declared, *(_statement(clause.id, i) for i, clause in enumerate(code.clauses))]
    runs = [_evaluation(space, f"suite-{i}", quarter) for quarter in range(QUARTERS) for i in range(SUITES)]
    yield [PlanRecord(made=r.started, **{name: getattr(r, name) for name in _ANNOUNCED}) for r in runs]
    plans = [entry.ref for entry in space.records(NOW).of(PlanRecord)]
    yield [run.model_copy(update={"plan": plan}) for run, plan in zip(runs, plans, strict=True)]
    left = count - 2 - len(code.clauses) - 2 * len(runs)
    for start in range(0, left, 1000):
        made = [NOW - timedelta(minutes=left - i) for i in range(start, min(start + 1000, left))]
        yield [DocumentRecord(made=moment, id="policy", document=document) for moment in made]


def _statement(clause: str, number: int) -> Record:
    return StatementRecord(
        made=NOW - timedelta(days=30),
        id=f"s-{number}",
        event="state",
        topic="practice",
        claim="current-practice",
        clauses=(clause,),
        title=f"Practice {number}",
        text=f"What clause {clause} asks is done each quarter, and was last done in October 2026.",
        since=date(2026, 1, 1),
        checked=date(2026, 10, 1),
        owner="Head of Safety",
        confidentiality="public",
        links=("https://bench.example/practice",),
    )


def _evaluation(space: Workspace, suite: str, quarter: int) -> EvaluationRecord:
    scores = [
        Score(sample=f"{n}-{i}", metric=f"{suite}.rate", score=i % 4 > 0, language=n)
        for n in LANGUAGES
        for i in range(20)
    ]
    blank = Metric(id=f"{suite}.rate", title="Rate", better="higher", count=0, n=0)
    metrics = tuple(blank.model_copy(update={"language": n}).count_scores(scores) for n in LANGUAGES)
    kept = space.keep(format_values(scores), "application/json")
    made = NOW - timedelta(days=90 * (QUARTERS - quarter))
    return EvaluationRecord(
        made=made,
        expires=made + timedelta(days=400),
        job=digest(f"{suite} {quarter}".encode()),
        suite=SuiteRef(id=suite, title=suite, version="1", sha256="12" * 32, items=20),
        model=MODEL,
        families={"R1": 20},
        settings={"temperature": 0.7},
        seed=1,
        started=made,
        planned=100,
        completed=100,
        state="complete",
        metrics=metrics,
        log=space.keep(b"a log", "application/octet-stream"),
        scores=kept,
        tools=(),
    )


if __name__ == "__main__":
    main()
