"""A commitment tells nothing: neither the value, nor its length, nor whether two are the same; and it binds."""

import json
from collections.abc import Callable, Iterator
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accord.errors import AccordError, RecordError, VerificationError
from accord.evidence import (
    RECORD_TYPES,
    ArtifactRef,
    ClosedRecord,
    DocumentRecord,
    EvaluationRecord,
    Metric,
    Opening,
    Record,
    make_openings,
    read_entry,
    sign_record,
)
from accord.evidence.entries import parse_record
from accord.evidence.withholding import disclose, withheld, withhold
from accord.ledger import SigningKey, Statement, digest, parse_statement, unverified_payload

Evaluation = Callable[..., EvaluationRecord]
Document = Callable[..., DocumentRecord]

SALTS = st.binary(min_size=32, max_size=32)
SCORES = st.lists(st.sampled_from([0, 1]), min_size=1, max_size=40)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def _zeros(size: int) -> bytes:
    return bytes(size)


def _count() -> Callable[[int], bytes]:
    """Return entropy that is never the same twice."""
    numbers: Iterator[int] = iter(range(1, 256))
    return lambda size: bytes([next(numbers)] * size)


def _predicate(signed: bytes) -> dict[str, Any]:
    return dict(parse_statement(unverified_payload(signed)).predicate)


def _measured(evaluation: Evaluation, scores: list[int]) -> EvaluationRecord:
    reference = ArtifactRef(sha256=digest(bytes(scores)), size=len(scores) * 1000, media_type="application/json")
    metrics = tuple(Metric.of(f"misuse.m{i}", "Refused", "higher", scores) for i in range(len(scores) % 3 + 1))
    return evaluation(metrics=metrics, scores=reference, log=reference)


@given(VALUES, SALTS, SALTS)
def test_same_value_has_another_commitment_under_another_salt(value: object, salt: bytes, other: bytes) -> None:
    made = [Opening(field="f", salt=s.hex(), value=value).commitment for s in (salt, other)]
    assert (salt == other) == (made[0] == made[1])


@given(VALUES, VALUES, SALTS)
def test_commitment_binds_its_value(value: object, other: object, salt: bytes) -> None:
    made = [Opening(field="f", salt=salt.hex(), value=v).commitment for v in (value, other)]
    assert (json.dumps(value, sort_keys=True) == json.dumps(other, sort_keys=True)) == (made[0] == made[1])


def test_same_record_withheld_twice_shows_no_equality(evaluation: Evaluation) -> None:
    entropy = _count()
    first, second = (make_openings(evaluation(), ["metrics", "seed"], entropy) for _ in range(2))
    assert len(first) + len(second) == len({opening.commitment for opening in (*first, *second)})


@given(SCORES, SCORES)
def test_signed_record_tells_no_length(evaluation: Evaluation, key: SigningKey, a: list[int], b: list[int]) -> None:
    records = [_measured(evaluation, scores) for scores in (a, b)]
    signed = [sign_record(r, key, make_openings(r, ["metrics"], _zeros)) for r in records]
    assert len(signed[0]) == len(signed[1])


@given(SCORES, SCORES)
def test_withheld_records_differ_in_commitments_alone(evaluation: Evaluation, a: list[int], b: list[int]) -> None:
    shown = []
    for scores in (a, b):
        record = _measured(evaluation, scores)
        predicate = withhold(
            record.model_dump(mode="json", exclude_none=True), make_openings(record, ["metrics"], _zeros)
        )
        shown.append({**predicate, "withheld": sorted(predicate["withheld"])})
    assert shown[0] == shown[1]


def test_order_of_asking_shows_nothing(evaluation: Evaluation, key: SigningKey) -> None:
    signed = {
        sign_record(evaluation(), key, make_openings(evaluation(), fields, _zeros))
        for fields in permutations(["metrics", "seed", "tools"])
    }
    assert 1 == len(signed)


@pytest.mark.parametrize(
    ("asked", "whole"),
    [
        ("metrics", ["log", "metrics", "scores"]),
        ("scores", ["log", "metrics", "scores"]),
        ("settings", ["job", "settings"]),
        ("seed", ["job", "seed"]),
        ("tools", ["tools"]),
    ],
)
def test_what_would_reveal_a_field_is_withheld_with_it(evaluation: Evaluation, asked: str, whole: list[str]) -> None:
    assert whole == [opening.field for opening in make_openings(evaluation(), [asked], _zeros)]


def test_digest_of_what_is_withheld_stands_nowhere_in_the_entry(document: Document, key: SigningKey) -> None:
    record = document("risk")
    payload = unverified_payload(sign_record(record, key, make_openings(record, ["document"], _zeros)))
    assert record.document.sha256.encode() not in payload


def test_subject_of_a_withheld_document_is_its_commitment(document: Document, key: SigningKey) -> None:
    openings = make_openings(document("risk"), ["document"], _zeros)
    subjects = parse_statement(unverified_payload(sign_record(document("risk"), key, openings))).subjects
    assert [("risk", openings[0].commitment)] == [(s.name, s.sha256) for s in subjects]


def test_every_withholdable_field_reads_back_from_its_opening(evaluation: Evaluation, key: SigningKey) -> None:
    for field in sorted(EvaluationRecord.withholdable()):
        openings = make_openings(evaluation(), [field], _count())
        signed = sign_record(evaluation(), key, openings)
        assert evaluation() == read_entry(0, signed, [key.public], openings).record


def test_document_reads_back_from_its_opening(document: Document, key: SigningKey) -> None:
    openings = make_openings(document("risk"), ["document"], _zeros)
    signed = sign_record(document("risk"), key, openings)
    assert document("risk") == read_entry(0, signed, [key.public], openings).record


def test_record_without_its_openings_is_closed(evaluation: Evaluation, key: SigningKey) -> None:
    signed = sign_record(evaluation(), key, make_openings(evaluation(), ["metrics"], _zeros))
    closed = read_entry(0, signed, [key.public]).record
    assert isinstance(closed, ClosedRecord)
    assert ("evaluation", "withheld", ("log", "metrics", "scores")) == (closed.of, closed.why, closed.fields)


def test_record_that_some_openings_are_missing_of_is_closed(evaluation: Evaluation, key: SigningKey) -> None:
    openings = make_openings(evaluation(), ["metrics"], _zeros)
    closed = read_entry(0, sign_record(evaluation(), key, openings), [key.public], openings[:1]).record
    assert isinstance(closed, ClosedRecord)
    assert ("metrics", "scores") == closed.fields


def test_optional_field_leaves_the_record_open_and_is_named(evaluation: Evaluation, key: SigningKey) -> None:
    record = evaluation(state="incomplete", completed=1, problem="The endpoint closed the connection.")
    entry = read_entry(0, sign_record(record, key, make_openings(record, ["problem"], _zeros)), [key.public])
    assert (record.model_copy(update={"problem": ""}), ("problem",)) == (entry.record, entry.withheld)


@given(VALUES)
def test_opening_with_another_value_is_refused(evaluation: Evaluation, key: SigningKey, value: object) -> None:
    record = evaluation()
    openings = make_openings(record, ["seed"], _zeros)
    signed = sign_record(record, key, openings)
    wrong = [o.model_copy(update={"value": [value]}) if o.field == "seed" else o for o in openings]
    with pytest.raises(VerificationError, match="not that of the record's commitment"):
        read_entry(0, signed, [key.public], wrong)


def test_opening_of_a_field_that_is_not_withheld_is_refused() -> None:
    opening = Opening(field="seed", salt="00" * 32, value=1)
    with pytest.raises(VerificationError, match="not that of the record's commitment"):
        disclose({"seed": 2}, [opening])


def test_opening_given_twice_is_refused() -> None:
    opening = Opening(field="seed", salt="00" * 32, value=1)
    with pytest.raises(VerificationError, match="not that of the record's commitment"):
        disclose(withhold({"seed": 1}, [opening]), [opening, opening])


@given(st.dictionaries(st.text(max_size=5).filter(lambda name: name != "withheld"), VALUES, max_size=4), st.data())
def test_disclosing_all_gives_the_predicate_back(predicate: dict[str, Any], data: st.DataObject) -> None:
    whole = {name: value for name, value in predicate.items() if value is not None}
    fields = data.draw(st.lists(st.sampled_from(sorted(whole)), unique=True)) if whole else []
    openings = [Opening(field=f, salt="00" * 32, value=whole[f]) for f in fields]
    assert whole == disclose(withhold(whole, openings), openings)


@pytest.mark.parametrize("kind", RECORD_TYPES)
def test_what_a_record_is_about_and_its_times_are_never_withholdable(kind: type[Record]) -> None:
    assert not kind.withholdable() & (kind.named | {"made", "expires", "chain"})


@pytest.mark.parametrize("field", ["suite", "model", "plan", "state", "made", "expires", "chain"])
def test_field_that_says_what_it_is_about_is_not_withheld(evaluation: Evaluation, field: str) -> None:
    with pytest.raises(RecordError, match="cannot be withheld"):
        make_openings(evaluation(), [field], _zeros)


def test_field_of_another_kind_is_passed_over(document: Document) -> None:
    assert () == make_openings(document("risk"), ["metrics"], _zeros)


@pytest.mark.parametrize("field", ["suite", "made", "nonsense"])
def test_record_that_withholds_what_none_may_is_refused(evaluation: Evaluation, key: SigningKey, field: str) -> None:
    predicate = _predicate(sign_record(evaluation(), key))
    hidden = {name: value for name, value in predicate.items() if name != field} | {"withheld": {field: "00" * 32}}
    statement = Statement(evaluation().subjects(), EvaluationRecord.type_uri(), hidden)
    with pytest.raises(VerificationError, match="withholds what no record may"):
        parse_record(0, statement)


@pytest.mark.parametrize("hidden", [None, [], "x", {"seed": 1}, {"seed": None}, {"seed": {}}])
def test_malformed_commitments_are_refused(hidden: object) -> None:
    with pytest.raises(VerificationError, match="malformed"):
        withheld({"withheld": hidden})


def test_field_that_is_withheld_and_stated_is_refused() -> None:
    with pytest.raises(VerificationError, match="withholds a field and states it"):
        withheld({"seed": 1, "withheld": {"seed": "00" * 32}})


@given(st.dictionaries(st.text(max_size=8), VALUES, max_size=4), VALUES)
def test_hostile_predicate_is_refused_in_our_words(
    evaluation: Evaluation, predicate: dict[str, Any], hidden: object
) -> None:
    statement = Statement(
        evaluation().subjects(), EvaluationRecord.type_uri(), {**predicate, "made": 1, "withheld": hidden}
    )
    with pytest.raises(AccordError):
        parse_record(0, statement)
