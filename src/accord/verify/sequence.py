"""Claims that nothing was left out: sequences without holes, and runs that are as they were announced."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from accord.evidence import (
    Chain,
    ClosedRecord,
    Entry,
    EvaluationRecord,
    Origin,
    PlanRecord,
    Record,
    Ref,
    UnknownRecord,
    compare_plan,
)
from accord.verify.claims import Claim, Result
from accord.verify.history import check_reference

_NAMED = 5


def check_sequences(entries: Mapping[int, Entry[Any]]) -> Iterator[Claim]:
    """Yield a claim for each kind: every record of it follows the one before it about the same subject.

    Records of before there were sequences have no place in one, and nothing can be told of what stood between them.
    """
    ends, faults, placed = dict[tuple[str, str], tuple[int, str]](), defaultdict[str, list[str]](list), set[str]()
    bare = defaultdict[str, int](int)
    for index in sorted(entries):
        entry = entries[index]
        if entry.origin != Origin.SELF:
            continue
        kind, chain = entry.record.signed_as, entry.record.chain
        if chain is None and kind not in placed:
            bare[kind] += 1
            continue
        placed.add(kind)
        faults[kind] += _find_fault(entry, ends.get((kind, chain.about)) if chain else None)
        if chain:
            ends[kind, chain.about] = chain.sequence, entry.ref.leaf
    for kind in sorted({*faults, *bare}):
        yield _judge(kind, faults[kind], bare[kind])


def _judge(kind: str, faults: Sequence[str], bare: int) -> Claim:
    result, reason = Result.VERIFIED, " ".join(faults[:_NAMED])
    if faults:
        result = Result.CONTRADICTED
    elif bare:
        result, reason = Result.CANNOT_TELL, f"{bare} of them are older than sequences are."
    text = f"No record of the kind {kind} is missing between those that are here."
    return Claim(id=f"sequence.{kind}", text=text, result=result, reason=reason)


def _find_fault(entry: Entry[Any], end: tuple[int, str] | None) -> list[str]:
    index, record = entry.ref.index, entry.record
    chain: Chain | None = record.chain
    if chain is None:
        return [f"Record {index} has no place in a sequence."]
    if not isinstance(record, UnknownRecord) and chain.about != record.about():
        return [f"Record {index} stands in a sequence about something else: {chain.about}."]
    sequence, previous = end or (0, None)
    if chain.sequence != sequence + 1:
        return [f"Record {index} is number {chain.sequence} of its sequence, and number {sequence + 1} is missing."]
    if chain.previous != previous:
        return [f"Record {index} follows another record than the one that stands before it."]
    return []


def check_plans(entries: Mapping[int, Entry[Any]]) -> Iterator[Claim]:
    """Yield a claim for each evaluation that names its plan: it was run as it was announced, and completed once."""
    used = set[int]()
    for index, entry in sorted(entries.items()):
        plan = entry.record.plan if isinstance(entry.record, EvaluationRecord | ClosedRecord) else None
        if plan is None:
            continue
        result, reason = _judge_run(entries, entry, plan, again=plan.index in used)
        if entry.record.is_complete:
            used.add(plan.index)
        text = f"The run of record {index} (evaluation) is as record {plan.index} announced it."
        yield Claim(id=f"evaluation.{index}.plan", text=text, result=result, reason=reason, ref=entry.ref)


def _judge_run(entries: Mapping[int, Entry[Any]], entry: Entry[Any], plan: Ref, *, again: bool) -> tuple[Result, str]:
    if again:
        return Result.CONTRADICTED, "Another run is its result already."
    held = entries.get(plan.index)
    closed = held is not None and isinstance(held.record, ClosedRecord) and held.record.of == PlanRecord.kind
    if reason := check_reference(entries, plan, ClosedRecord if closed else PlanRecord, entry.ref.index):
        return Result.CONTRADICTED, reason
    announced: Record = entries[plan.index].record
    if announced.about() != entry.record.about():
        return Result.CONTRADICTED, "It differs from its plan in suite or model."
    if closed or isinstance(entry.record, ClosedRecord):
        return Result.WITHHELD, "Too little of it is told to compare the two."
    reason = compare_plan(entries[plan.index].record, entry.record)
    return (Result.CONTRADICTED if reason else Result.VERIFIED), reason
