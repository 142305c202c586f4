"""What was announced and left out, withheld or erased: each is a gap, and none is a contradiction."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from accord.checks import load_checks
from accord.evidence import (
    ClosedRecord,
    DocumentRecord,
    Erasing,
    ErasureRecord,
    EvaluationRecord,
    Finding,
    PlanRecord,
    Record,
    Records,
    Ref,
    Status,
    SystemRecord,
    make_openings,
    open_plans,
    read_entries,
    sign_record,
)
from accord.ledger import SigningKey, leaf_hash
from accord.manifest import System

Make = Callable[..., Any]


class Book:
    """A log in memory: records are signed as they come, with some fields withheld."""

    def __init__(self, key: SigningKey, at: datetime) -> None:
        self._key = key
        self._at = at
        self._signed: list[bytes] = []

    def add(self, record: Record, *withhold: str) -> Ref:
        openings = make_openings(record, withhold, lambda size: bytes([len(self._signed)] * size))
        self._signed.append(sign_record(record, self._key, openings))
        return Ref(index=len(self._signed) - 1, leaf=leaf_hash(self._signed[-1]).hex())

    @property
    def records(self) -> Records:
        return Records(read_entries(self._signed, self._key.public), self._at)

    def find(self, check: str, system: System) -> Finding:
        return next(c for c in load_checks() if c.id == check)(system, self.records)


@pytest.fixture
def book(key: SigningKey, now: datetime, declaration: Callable[..., SystemRecord]) -> Book:
    """Return a log that holds the declaration."""
    made = Book(key, now)
    made.add(declaration())
    return made


@pytest.fixture
def plan(evaluation: Callable[..., EvaluationRecord], now: datetime) -> Callable[..., PlanRecord]:
    """Return a factory of plans of what `evaluation` makes."""

    def make(suite: str = "misuse", **changes: object) -> PlanRecord:
        run = evaluation(suite)
        told = {name: getattr(run, name) for name in ("job", "suite", "model", "settings", "seed", "planned")}
        base = {"made": now - timedelta(minutes=9), "chain": {"about": run.about(), "sequence": 1}}
        return PlanRecord.model_validate(base | told | changes)

    return make


@pytest.fixture
def run(evaluation: Callable[..., EvaluationRecord]) -> Callable[..., EvaluationRecord]:
    """Return a factory of evaluations that stand in a sequence."""
    return lambda suite="misuse", **changes: evaluation(
        suite, chain={"about": evaluation(suite).about(), "sequence": 1}, **changes
    )


def _gaps(finding: Finding, words: str) -> Sequence[str]:
    return [gap for gap in finding.gaps if words in gap]


OPEN = "No result is recorded of the run of suite misuse that record 1 announced."


def test_open_plan_is_a_gap_of_testing(book: Book, plan: Make, run: Make, make_system: Make) -> None:
    book.add(plan())
    book.add(run("other"))
    finding = book.find("a01.testing", make_system())
    assert (Status.PARTIAL, [OPEN]) == (finding.status, _gaps(finding, "announced"))


def test_open_plan_alone_is_no_evidence_and_named(book: Book, plan: Make, make_system: Make) -> None:
    book.add(plan())
    finding = book.find("a01.testing", make_system())
    assert (Status.NO_EVIDENCE, [OPEN]) == (finding.status, _gaps(finding, "announced"))


def test_open_plan_whose_settings_are_withheld_is_a_gap_all_the_same(book: Book, plan: Make, make_system: Make) -> None:
    book.add(plan(), "settings")
    assert [OPEN] == _gaps(book.find("a01.testing", make_system()), "announced")


def test_open_plan_for_another_model_is_no_gap(book: Book, plan: Make, make_system: Make) -> None:
    other = plan().model.model_copy(update={"sha256": "1" * 64})
    book.add(plan(model=other, chain=None))
    assert [] == _gaps(book.find("a01.testing", make_system()), "announced")


def test_plan_with_its_result_is_no_gap(book: Book, plan: Make, run: Make, make_system: Make) -> None:
    book.add(run(plan=book.add(plan())))
    findings = [book.find(check, make_system()) for check in ("a01.testing", "a01.traceability")]
    assert [] == [gap for finding in findings for gap in _gaps(finding, "announced")]


def test_plan_with_a_withheld_result_is_not_open(book: Book, plan: Make, run: Make) -> None:
    book.add(run(plan=book.add(plan())), "metrics")
    assert () == open_plans(book.records)


def test_withheld_result_is_a_gap_and_supports_nothing(book: Book, run: Make, make_system: Make) -> None:
    book.add(run(), "metrics")
    finding = book.find("a01.testing", make_system())
    gap = "The result of suite misuse in record 1 is withheld, and supports nothing."
    assert (Status.NO_EVIDENCE, [gap]) == (finding.status, _gaps(finding, "withheld"))


def test_evaluation_that_nothing_announced_is_a_gap_of_traceability(book: Book, run: Make, make_system: Make) -> None:
    book.add(run())
    gap = "The run of suite misuse in record 1 was not announced."
    assert [gap] == _gaps(book.find("a01.traceability", make_system()), "announced")


def test_evaluation_that_names_no_plan_for_its_plan_was_not_announced(book: Book, run: Make, make_system: Make) -> None:
    declared = next(iter(book.records)).ref
    book.add(run(plan=declared))
    assert 1 == len(_gaps(book.find("a01.traceability", make_system()), "was not announced"))


def test_evaluation_that_is_not_as_announced_is_a_gap(book: Book, plan: Make, run: Make, make_system: Make) -> None:
    book.add(run(plan=book.add(plan(seed=2))))
    gap = "The run of suite misuse in record 2 is not as announced. It differs from its plan in seed."
    assert [gap] == _gaps(book.find("a01.traceability", make_system()), "announced")


def test_evaluation_whose_plan_is_withheld_says_so(book: Book, plan: Make, run: Make, make_system: Make) -> None:
    book.add(run(plan=book.add(plan(), "settings")))
    gap = "The run of suite misuse in record 2 was announced in a record that is withheld."
    assert [gap] == _gaps(book.find("a01.traceability", make_system()), "announced")


@pytest.mark.parametrize("field", ["log", "scores"])
def test_erased_evidence_is_a_gap_of_traceability(
    book: Book, run: Make, make_system: Make, now: datetime, field: str
) -> None:
    bytes_of = run().log.model_copy(update={"sha256": "2" * 64})
    ref = book.add(run(**{field: bytes_of}))
    book.add(ErasureRecord(made=now, erased=bytes_of, records=(ref,), reason=Erasing.RETENTION))
    gap = f"The {field} of the run in record 1 was erased: retention-ended, 2026-11-23, record 2."
    assert [gap] == _gaps(book.find("a01.traceability", make_system()), "erased")


@pytest.fixture
def documented(make_system: Make) -> System:
    """Return a system that names a risk policy."""
    policy = {"id": "risk", "kind": "risk-policy", "title": "Risk policy", "path": "risk.md", "reviewed": "2026-11-01"}
    system: System = make_system(documents=[policy])
    return system


def test_erased_document_is_a_gap(
    book: Book, document: Callable[..., DocumentRecord], documented: System, now: datetime
) -> None:
    ref = book.add(document("risk"))
    book.add(ErasureRecord(made=now, erased=document("risk").document, records=(ref,), reason=Erasing.MISTAKE))
    finding = book.find("a05.risk-policy", documented)
    gap = "was erased, so nobody can look at the text that was read: recorded-by-mistake, 2026-11-23, record 2."
    assert (Status.PARTIAL, 1) == (finding.status, len(_gaps(finding, gap)))


def test_withheld_document_is_a_gap(book: Book, document: Callable[..., DocumentRecord], documented: System) -> None:
    book.add(document("risk", chain={"about": "risk", "sequence": 1}), "document")
    finding = book.find("a05.risk-policy", documented)
    assert [1, 0] == [len(_gaps(finding, words)) for words in ("what it read is withheld", "was not read")]


def test_closed_record_of_a_document_says_no_more_than_its_kind(
    book: Book, document: Callable[..., DocumentRecord]
) -> None:
    book.add(document("risk"), "document")
    closed = book.records.of(ClosedRecord)[0].record
    assert ("document", "withheld", ("document",)) == (closed.of, closed.why, closed.fields)
