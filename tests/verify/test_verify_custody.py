"""Keys that change, text that is erased, fields that are withheld: everything stays verifiable, and nothing leaks."""

# ruff: noqa: ANN401 - the class of `lab` lives in conftest, which importlib mode cannot import

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from accord.errors import VerificationError, WorkspaceError
from accord.evidence import (
    ClosedRecord,
    DocumentRecord,
    Erasing,
    EvaluationRecord,
    Opening,
    PlanRecord,
    sign_record,
)
from accord.ledger import (
    Log,
    SigningKey,
    Statement,
    Subject,
    format_statement,
    parse_statement,
    sign_envelope,
    unverified_payload,
)
from accord.verify import Result
from accord.verify.disclosure import DisclosedEntry, Disclosure, make_disclosure, parse_disclosure
from accord.workspace import Workspace, commitment, erase, first_key, rotate

ORIGIN = "acme.example/helpdesk"
HIDDEN = ("settings", "metrics")


def make_key(seed: int) -> SigningKey:
    return SigningKey.generate(ORIGIN, entropy=lambda size: bytes([seed]) * size)


ONE, TWO, THREE = make_key(1), make_key(2), make_key(3)


@pytest.fixture
def keyed(lab: Any, tmp_path: Path) -> Any:
    """Return a lab whose log begins with the record of its key, and holds one document."""
    root = tmp_path / "keyed"
    root.mkdir()
    space = Workspace.create(root, ONE, ORIGIN)
    space.append([first_key(ONE.public, TWO.public, lab.now)])
    made = type(lab)(space, tmp_path)
    add(made, "one")
    return made


def add(lab: Any, name: str) -> None:
    document = lab.space.keep(name.encode(), "text/plain")
    lab.space.append([DocumentRecord(made=lab.now, id=name, document=document)])


@pytest.mark.parametrize("pinned", [ONE, TWO])
def test_log_whose_key_changed_verifies_under_each_of_its_keys(keyed: Any, pinned: SigningKey) -> None:
    rotate(keyed.space, TWO, THREE.public, "scheduled", keyed.now)
    add(keyed, "two")
    done = keyed.verify(keyed.space.root, pinned.public.vkey)
    assert done.pinned
    assert Result.VERIFIED == keyed.claim(done, "key.current").result
    assert not keyed.contradicted(done)


def test_key_that_only_its_log_names_is_not_pinned(keyed: Any, other_key: SigningKey) -> None:
    rotate(keyed.space, TWO, THREE.public, "scheduled", keyed.now)
    assert "key" in keyed.contradicted(keyed.verify(keyed.space.root, other_key.public.vkey))


def test_log_folder_alone_tells_its_keys(keyed: Any) -> None:
    rotate(keyed.space, TWO, THREE.public, "scheduled", keyed.now)
    done = keyed.verify(keyed.space.ledger, ONE.public.fingerprint)
    assert done.pinned
    assert TWO.public.fingerprint == done.key


def test_record_by_a_retired_key_is_rejected(keyed: Any) -> None:
    rotate(keyed.space, TWO, THREE.public, "lost", keyed.now)
    record = keyed.record(DocumentRecord)
    with Log.writer(keyed.space.ledger, TWO, memory=keyed.space.memory) as writer:
        writer.append([sign_record(record, ONE)])
    assert "record.3" in keyed.contradicted(keyed.verify(keyed.space.root, ONE.public.vkey))


def test_checkpoint_by_a_retired_key_is_rejected(keyed: Any) -> None:
    rotate(keyed.space, TWO, THREE.public, "lost", keyed.now)
    entries = keyed.entries()
    keyed.take_over(ONE)
    keyed.relog(entries, ONE)
    done = keyed.verify(keyed.space.root, ONE.public.vkey)
    assert "key.current" in keyed.contradicted(done)


def test_thief_cannot_put_their_own_key_in_force(keyed: Any, other_key: SigningKey) -> None:
    thief = SigningKey.generate(ORIGIN, entropy=lambda size: bytes([9]) * size)
    with pytest.raises(WorkspaceError, match="another key"):
        rotate(keyed.space, thief, other_key.public, "scheduled", keyed.now)
    record = first_key(thief.public, other_key.public, keyed.now).model_copy(update={"reason": "lost"})
    with Log.writer(keyed.space.ledger, ONE, memory=keyed.space.memory) as writer:
        writer.append([sign_record(record, thief)])
    assert "record.2" in keyed.contradicted(keyed.verify(keyed.space.root, ONE.public.vkey))


def test_records_by_a_stolen_key_support_nothing(keyed: Any) -> None:
    add(keyed, "by the thief")
    rotate(keyed.space, TWO, THREE.public, "compromised", keyed.now, revoked_since=2)
    records = keyed.space.records(keyed.now)
    assert ["one"] == [e.record.id for e in records.of(DocumentRecord)]
    assert ["revoked"] == [e.record.why for e in records.of(ClosedRecord)]
    done = keyed.verify(keyed.space.root, ONE.public.vkey)
    assert not keyed.contradicted(done)
    assert "revoked-records" in {gap.id for gap in done.gaps}


def test_change_of_keys_ends_in_the_commitment_to_the_next(keyed: Any) -> None:
    record = rotate(keyed.space, TWO, THREE.public, "scheduled", keyed.now)
    assert commitment(THREE.public) == record.following
    rotate(keyed.space, THREE, ONE.public, "scheduled", keyed.now)
    assert Result.VERIFIED == keyed.claim(keyed.verify(keyed.space.root), "key.current").result


def test_erased_text_is_told_from_withheld_text(lab: Any) -> None:
    log = lab.record(EvaluationRecord).log
    erase(lab.space, log.sha256, Erasing.DATA_SUBJECT, [], lab.now)
    done = lab.verify(lab.space.root)
    claim = lab.claim(done, f"artifact.{log.sha256}")
    assert Result.ERASED == claim.result == done.worst
    assert "data-subject-request" in claim.reason
    assert Result.VERIFIED == lab.claim(done, "erasure.5.records").result


def test_proofs_and_findings_stay_valid_without_erased_text(lab: Any) -> None:
    document = lab.record(DocumentRecord).document
    erase(lab.space, document.sha256, Erasing.MISTAKE, [], lab.now)
    done = lab.verify(lab.bundle(include=("logs", "documents")))
    assert Result.ERASED == done.worst
    assert Result.VERIFIED == lab.claim(done, "assessment.3.findings").result


def test_text_is_not_erased_before_its_time(lab: Any) -> None:
    log = lab.record(EvaluationRecord).log
    with pytest.raises(WorkspaceError, match="too early") as caught:
        erase(lab.space, log.sha256, Erasing.RETENTION, [{"log": 1}, {"log": 180}], lab.now)
    assert "180 days" in caught.value.expected
    erase(lab.space, log.sha256, Erasing.RETENTION, [{"log": 180}], lab.now + timedelta(days=180))


def test_erasure_that_was_interrupted_shows_until_it_is_finished(lab: Any) -> None:
    log = lab.record(EvaluationRecord).log
    data = lab.space.artifacts.get(log.sha256)
    erase(lab.space, log.sha256, Erasing.RETENTION, [], lab.now)
    lab.space.artifacts.path(log.sha256).write_bytes(data)  # as if it had been killed before the bytes were gone
    assert {"erasure.5.bytes"} == lab.contradicted(lab.verify(lab.space.root))
    erase(lab.space, log.sha256, Erasing.RETENTION, [], lab.now)
    assert not lab.contradicted(lab.verify(lab.space.root))


def test_erasing_twice_records_once(lab: Any) -> None:
    log = lab.record(EvaluationRecord).log
    for _ in range(2):
        erase(lab.space, log.sha256, Erasing.RETENTION, [], lab.now)
    assert 6 == lab.space.log().size


def test_erasure_of_what_no_record_names_is_refused(lab: Any) -> None:
    with pytest.raises(WorkspaceError, match="No record names"):
        erase(lab.space, "0" * 64, Erasing.RETENTION, [], lab.now)


@pytest.fixture
def closed(lab: Any) -> Any:
    """Return a lab whose newest evaluation withholds its settings and metrics, and what would reveal them."""
    lab.space.append([lab.record(EvaluationRecord)], HIDDEN)
    return lab


def test_withheld_fields_are_counted_and_shown(closed: Any) -> None:
    done = closed.verify(closed.space.root)
    claim = closed.claim(done, "withheld.5")
    assert Result.WITHHELD == claim.result
    assert "job, log, metrics, scores, settings" in claim.text
    assert "5 fields of 1 records are withheld." in {gap.text for gap in done.gaps}


def test_bundle_holds_nothing_of_what_is_withheld(closed: Any) -> None:
    entry = closed.space.records(closed.now, opened=True).of(EvaluationRecord)[-1]
    hidden = closed.space.keep(b'["secret"]', "application/json")
    record = entry.record.model_copy(update={"scores": hidden})
    closed.space.append([record], HIDDEN)
    data = closed.bundle(include=("logs",)).read_bytes()
    assert b"secret" not in data
    assert hidden.sha256.encode() not in data


def test_disclosed_fields_are_checked_and_recomputed(closed: Any) -> None:
    shown = make_disclosure(closed.space, {5: ()}, closed.now)
    done = closed.verify(closed.bundle(), disclosure=parse_disclosure(shown.to_bytes()))
    assert {Result.VERIFIED} == {c.result for c in done.claims if c.kind == "opening"}
    assert Result.VERIFIED == closed.claim(done, "evaluation.5.metrics").result
    assert not [c for c in done.claims if c.kind == "withheld"]


def test_disclosure_of_one_field_tells_nothing_of_the_others(closed: Any) -> None:
    shown = make_disclosure(closed.space, {5: ["settings"]}, closed.now)
    assert ["settings"] == [o.field for e in shown.entries for o in e.openings]
    assert not shown.artifacts
    done = closed.verify(closed.space.ledger, disclosure=shown)
    assert "job, log, metrics, scores" in closed.claim(done, "withheld.5").text


def test_false_opening_is_contradicted(closed: Any) -> None:
    shown = make_disclosure(closed.space, {5: ["settings"]}, closed.now)
    forged = shown.to_bytes().replace(b'"temperature":0.7', b'"temperature":0.1')
    done = closed.verify(closed.space.ledger, disclosure=parse_disclosure(forged))
    assert {"opening.5.settings"} == closed.contradicted(done)


def test_opening_of_another_record_is_contradicted(closed: Any) -> None:
    shown = make_disclosure(closed.space, {5: ["settings"]}, closed.now)
    moved = shown.entries[0].model_copy(update={"index": 2})
    done = closed.verify(closed.space.ledger, disclosure=shown.model_copy(update={"entries": (moved,)}))
    assert {"opening.2.settings"} == closed.contradicted(done)


def test_what_is_not_withheld_cannot_be_disclosed(closed: Any) -> None:
    with pytest.raises(WorkspaceError, match="not withheld"):
        make_disclosure(closed.space, {2: ()}, closed.now)


def test_lost_openings_are_named(closed: Any) -> None:
    next(closed.space.openings.folder.glob("*.json")).unlink()
    with pytest.raises(WorkspaceError, match="not here"):
        make_disclosure(closed.space, {5: ()}, closed.now)


@pytest.mark.parametrize("data", [b"", b"{}", b'{"origin":"a","entries":[],"artifacts":{"x":"y"}}', b"[]", b"\xff"])
def test_file_that_is_no_disclosure_is_refused(data: bytes) -> None:
    with pytest.raises(VerificationError):
        parse_disclosure(data)


def test_disclosure_reads_back_as_written(closed: Any) -> None:
    shown: Disclosure = make_disclosure(closed.space, {5: ()}, closed.now)
    assert shown == parse_disclosure(shown.to_bytes())


def test_opening_of_a_type_to_come_is_never_verified(lab: Any) -> None:
    predicate = {"made": "2026-11-23T15:00:00Z", "chain": {"about": "", "sequence": 1}, "withheld": ["odd"]}
    statement = Statement((Subject("x", "00" * 32),), "https://example.org/audit/v1", predicate)
    lab.relog([*lab.entries(), sign_envelope(format_statement(statement), lab.key)])
    opening = Opening(field="verdict", salt="00" * 32, value="no flaw was found")
    part = DisclosedEntry(index=5, leaf=lab.space.log().leaf(5).hex(), openings=(opening,))
    done = lab.verify(lab.space.root, disclosure=Disclosure(origin=ORIGIN, entries=(part,)))
    assert Result.CANNOT_TELL == lab.claim(done, "opening.5.verdict").result


def test_withheld_record_with_another_subject_is_contradicted(closed: Any) -> None:
    data = closed.entries()[5]
    statement = parse_statement(unverified_payload(data))
    foreign = replace(statement, subjects=(Subject("other", "cd" * 32),))
    closed.relog([*closed.entries()[:5], sign_envelope(format_statement(foreign), closed.key)])
    assert "record.5" in closed.contradicted(closed.verify(closed.space.root))


def test_withheld_record_that_is_malformed_is_contradicted(closed: Any) -> None:
    statement = parse_statement(unverified_payload(closed.entries()[5]))
    odd = replace(statement, predicate={**statement.predicate, "state": 7})
    closed.relog([*closed.entries()[:5], sign_envelope(format_statement(odd), closed.key)])
    assert "record.5" in closed.contradicted(closed.verify(closed.space.root))


def test_withheld_document_answers_for_no_plan(lab: Any) -> None:
    run = lab.record(EvaluationRecord)
    shared = {name: getattr(run, name) for name in ("job", "suite", "model", "settings", "seed", "planned")}
    (index,) = lab.space.append([PlanRecord(made=run.started, **shared)])
    lab.space.append([lab.record(DocumentRecord)], {"document"})
    statement = parse_statement(unverified_payload(lab.entries()[6]))
    plan = {"index": index, "leaf": lab.space.log().leaf(index).hex()}
    false = replace(statement, predicate={**statement.predicate, "plan": plan})
    lab.relog([*lab.entries()[:6], sign_envelope(format_statement(false), lab.key)])
    assert "open-plans" in {gap.id for gap in lab.verify(lab.space.root).gaps}


def test_what_is_opened_but_has_no_shape_is_contradicted(lab: Any) -> None:
    lab.space.append([lab.record(EvaluationRecord)], {"metrics"})
    statement = parse_statement(unverified_payload(lab.entries()[5]))
    opening = Opening(field="metrics", salt="00" * 32, value="not a list")
    hidden = statement.predicate["withheld"] | {"metrics": opening.commitment}
    odd = replace(statement, predicate={**statement.predicate, "withheld": hidden})
    lab.relog([*lab.entries()[:5], sign_envelope(format_statement(odd), lab.key)])
    held = next(iter(lab.space.openings.values()))
    openings = (opening, *(o for o in held if o.field != "metrics"))
    part = DisclosedEntry(index=5, leaf=lab.space.log().leaf(5).hex(), openings=openings)
    done = lab.verify(lab.space.root, disclosure=Disclosure(origin=ORIGIN, entries=(part,)))
    assert "opening.5" in lab.contradicted(done)


def test_disclosure_that_opens_a_field_twice_is_refused(closed: Any) -> None:
    shown = make_disclosure(closed.space, {5: ["settings"]}, closed.now)
    twice = shown.model_copy(update={"entries": shown.entries * 2})
    with pytest.raises(VerificationError, match="twice"):
        parse_disclosure(twice.to_bytes())


def test_record_by_a_stolen_key_stays_closed_when_it_is_opened(keyed: Any) -> None:
    document = keyed.space.keep(b"two", "text/plain")
    keyed.space.append([DocumentRecord(made=keyed.now, id="two", document=document)], {"document"})
    shown = make_disclosure(keyed.space, {2: ()}, keyed.now)
    rotate(keyed.space, TWO, THREE.public, "compromised", keyed.now, revoked_since=2)
    done = keyed.verify(keyed.space.root, ONE.public.vkey, disclosure=shown)
    assert Result.CANNOT_TELL == keyed.claim(done, "opening.2.document").result


def test_first_key_is_enough_for_a_log_folder_whose_key_changed(keyed: Any) -> None:
    rotate(keyed.space, TWO, THREE.public, "scheduled", keyed.now)
    done = keyed.verify(keyed.space.ledger, ONE.public.vkey)
    assert done.pinned
    assert not keyed.contradicted(done)
