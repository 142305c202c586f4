"""Every way to cheat that we know of, and the word that must come of it."""

# ruff: noqa: ANN401 - the class of `lab` lives in conftest, which importlib mode cannot import

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from accord.errors import VerificationError
from accord.evidence import (
    EvaluationRecord,
    Metric,
    Record,
    sign_record,
)
from accord.ledger import (
    SigningKey,
    Statement,
    Subject,
    format_json,
    format_statement,
    parse_json,
    sign_envelope,
)
from accord.verify import Result


def edit(path: Path, old: bytes, new: bytes) -> None:
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new))


# The log


def test_edited_record_is_contradicted(lab: Any) -> None:
    edit(lab.space.ledger / "tile/entries/000.p/5", b'"payload":"ey', b'"payload":"fy')
    done = lab.verify(lab.space.root)
    assert {"log.tree", "record.0", "log.file.tile/entries/000.p/5"} <= lab.contradicted(done)


def test_nothing_is_verified_once_the_tree_is_contradicted(lab: Any) -> None:
    edit(lab.space.ledger / "tile/entries/000.p/5", b'"payload":"ey', b'"payload":"fy')
    held = {claim.id for claim in lab.verify(lab.space.root).claims if claim.result == Result.VERIFIED}
    assert set() == held


def test_damaged_checkpoint_signature_is_contradicted(lab: Any) -> None:
    path = lab.space.ledger / "checkpoint"
    text = path.read_text(encoding="utf-8")
    at = text.rindex(" ") + 20
    path.write_text(text[:at] + ("B" if text[at] == "A" else "A") + text[at + 1 :], encoding="utf-8")
    done = lab.verify(lab.space.root)
    assert "checkpoint.signature" in lab.contradicted(done)
    assert Result.CANNOT_TELL == lab.claim(done, "record.0").result


@pytest.mark.parametrize("text", [b"", b"no checkpoint", b"\xff" * 100])
def test_malformed_checkpoint_is_contradicted(lab: Any, text: bytes) -> None:
    (lab.space.ledger / "checkpoint").write_bytes(text)
    assert "checkpoint.signature" in lab.contradicted(lab.verify(lab.space.root))


def test_checkpoint_that_is_a_large_file_is_refused(lab: Any) -> None:
    (lab.space.ledger / "checkpoint").write_bytes(b"a\n" * 50_000)
    with pytest.raises(VerificationError, match="cannot be a part of a log"):
        lab.verify(lab.space.root)


def test_checkpoint_of_a_huge_log_is_refused(lab: Any) -> None:
    edit(lab.space.ledger / "checkpoint", b"\n5\n", b"\n5000000000000\n")
    with pytest.raises(VerificationError, match="too large"):
        lab.verify(lab.space.root)


def test_checkpoint_of_more_entries_than_there_are_is_contradicted(lab: Any) -> None:
    edit(lab.space.ledger / "checkpoint", b"\n5\n", b"\n999999\n")
    assert {"checkpoint.signature", "log.tree", "log.entries.0"} <= lab.contradicted(lab.verify(lab.space.root))


def test_dropped_tail_is_contradicted_by_the_signers_memory(lab: Any) -> None:
    lab.relog(lab.entries()[:4], forget=False)
    assert {"checkpoint.memory"} == lab.contradicted(lab.verify(lab.space.root))


def test_dropped_tail_is_contradicted_by_the_report_in_a_bundle(lab: Any) -> None:
    reports = lab.reports()
    lab.relog(lab.entries()[:3])
    done = lab.verify(lab.bundle(reports))
    assert {"report.html.proof", "report.json.proof"} == lab.contradicted(done)


def test_dropped_middle_is_contradicted(lab: Any) -> None:
    entries = lab.entries()
    lab.relog([*entries[:2], *entries[3:]])
    done = lab.verify(lab.space.root)
    assert {"assessment.2.root", "report.3.assessment"} <= lab.contradicted(done)


def test_dropped_entry_of_a_report_is_contradicted(lab: Any) -> None:
    report = parse_json(lab.report().read_bytes())
    del report["proof"]["entries"][1]
    lab.report().write_bytes(format_json(report))
    assert {"log.tree", "record.1", "report.json.proof"} <= lab.contradicted(lab.verify(lab.report_path))


def test_log_rewritten_and_signed_by_another_key_is_contradicted(lab: Any, stranger: SigningKey) -> None:
    lab.relog(lab.entries(), stranger)
    done = lab.verify(lab.space.root)
    assert {"checkpoint.signature"} <= lab.contradicted(done)


def test_log_with_one_record_by_another_key_is_contradicted(
    lab: Any, stranger: SigningKey, make_evaluation: Callable[..., Record]
) -> None:
    entries = lab.entries()
    entries[2] = sign_record(make_evaluation(lab.space), stranger)
    lab.relog(entries)
    done = lab.verify(lab.space.root)
    assert "record.2" in lab.contradicted(done)
    assert Result.CANNOT_TELL == lab.claim(done, "assessment.3.findings").result


def test_workspace_with_a_swapped_key_is_contradicted(lab: Any, stranger: SigningKey) -> None:
    entries = lab.entries()
    lab.take_over(stranger)
    lab.relog(entries, stranger)
    done = lab.verify(lab.space.root)
    assert "key" in lab.contradicted(done)
    assert Result.VERIFIED not in {claim.result for claim in done.claims}


def test_bundle_with_a_swapped_key_is_contradicted(lab: Any, stranger: SigningKey) -> None:
    pinned = lab.vkey
    records = [entry.record for entry in lab.space.records(lab.now)]
    lab.take_over(stranger)
    lab.relog([sign_record(record, stranger) for record in records], stranger)
    done = lab.verify(lab.bundle(), pinned)
    assert "key" in lab.contradicted(done)
    assert Result.VERIFIED not in {claim.result for claim in done.claims}
    assert not done.pinned


def test_report_that_names_a_pinned_key_it_was_not_signed_with_is_contradicted(lab: Any, stranger: SigningKey) -> None:
    pinned = lab.vkey
    records = [entry.record for entry in lab.space.records(lab.now)]
    lab.take_over(stranger)
    lab.relog([sign_record(record, stranger) for record in records], stranger)
    path = lab.report(change=(lab.vkey.encode(), pinned.encode()))
    assert {"checkpoint.signature", "record.0"} <= lab.contradicted(lab.verify(path, pinned))


def test_old_checkpoint_replayed_in_a_workspace_is_contradicted(lab: Any) -> None:
    (lab.space.ledger / "checkpoint").write_bytes(lab.space.sign_checkpoint(3))
    assert {"checkpoint.memory"} == lab.contradicted(lab.verify(lab.space.root))


def test_old_checkpoint_replayed_in_a_bundle_is_refused(lab: Any, tmp_path: Path) -> None:
    path = lab.bundle()
    lab.repack(path, {"ledger/checkpoint": lab.space.sign_checkpoint(3)})
    with pytest.raises(VerificationError, match="exactly the files"):
        lab.verify(path)


def test_checkpoint_of_another_log_of_the_same_key_is_contradicted(lab: Any) -> None:
    (lab.space.keys / "checkpoint").write_bytes(lab.space.log().signed_checkpoint.replace(b"acme", b"evil"))
    assert {"checkpoint.memory"} == lab.contradicted(lab.verify(lab.space.root))


def test_file_added_to_a_log_is_contradicted(lab: Any) -> None:
    (lab.space.ledger / "notes.txt").write_text("hello", encoding="utf-8")
    assert {"log.file.notes.txt"} == lab.contradicted(lab.verify(lab.space.root))


# Records


def test_record_of_an_unknown_type_cannot_be_told(lab: Any) -> None:
    predicate = {"made": "2026-11-23T15:00:00Z", "chain": {"about": "", "sequence": 1}}
    statement = Statement((Subject("x", "00" * 32),), "https://example.org/later/v9", predicate)
    lab.relog([*lab.entries(), sign_envelope(format_statement(statement), lab.key)])
    done = lab.verify(lab.space.root)
    assert Result.CANNOT_TELL == done.worst == lab.claim(done, "record.5").result


def test_entry_that_is_no_record_is_contradicted(lab: Any) -> None:
    lab.relog([*lab.entries(), b"hello"])
    assert {"record.5"} == lab.contradicted(lab.verify(lab.space.root))


def test_changed_artifact_is_contradicted(lab: Any) -> None:
    scores = lab.record(EvaluationRecord).scores
    lab.space.artifacts.path(scores.sha256).write_bytes(b"[]")
    done = lab.verify(lab.space.root)
    assert {f"artifact.{scores.sha256}"} == lab.contradicted(done)
    assert Result.CANNOT_TELL == lab.claim(done, "evaluation.2.metrics").result


def test_artifact_of_another_size_than_was_signed_is_contradicted(
    lab: Any, make_evaluation: Callable[..., EvaluationRecord]
) -> None:
    log = make_evaluation(lab.space).log
    lab.space.append([make_evaluation(lab.space, log=log.model_copy(update={"size": 1}))])
    assert {f"artifact.{log.sha256}"} == lab.contradicted(lab.verify(lab.space.root))


def test_erased_artifact_is_withheld(lab: Any) -> None:
    scores = lab.record(EvaluationRecord).scores
    lab.space.artifacts.path(scores.sha256).unlink()
    done = lab.verify(lab.space.root)
    assert Result.WITHHELD == done.worst == lab.claim(done, "evaluation.2.metrics").result


def test_metric_better_than_its_scores_is_contradicted(lab: Any, make_evaluation: Callable[..., Record]) -> None:
    metrics = list(lab.record(EvaluationRecord).metrics)
    metrics[0] = Metric.of(metrics[0].id, metrics[0].title, "higher", [1] * 9 + [0])
    lab.space.append([make_evaluation(lab.space, metrics=tuple(metrics))])
    done = lab.verify(lab.space.root)
    assert {"evaluation.5.metrics"} == lab.contradicted(done)
    assert "9 of 10" in lab.claim(done, "evaluation.5.metrics").reason


def test_metric_left_out_is_contradicted(lab: Any, make_evaluation: Callable[..., Record]) -> None:
    lab.space.append([make_evaluation(lab.space, metrics=lab.record(EvaluationRecord).metrics[:1])])
    assert {"evaluation.5.metrics"} == lab.contradicted(lab.verify(lab.space.root))


@pytest.mark.parametrize("change", [{"planned": 20}, {"planned": 30}, {"completed": 19}, {"completed": 21}])
def test_evaluation_that_miscounts_its_samples_is_contradicted(
    lab: Any, make_evaluation: Callable[..., Record], change: dict[str, int]
) -> None:
    lab.space.append([make_evaluation(lab.space, **change)])
    assert {"evaluation.5.metrics"} == lab.contradicted(lab.verify(lab.space.root))


def test_sample_counted_twice_is_contradicted(lab: Any, make_evaluation: Callable[..., Record]) -> None:
    scores = parse_json(lab.space.artifacts.get(lab.record(EvaluationRecord).scores.sha256))
    twice = lab.space.keep(format_json([*scores, scores[0]]), "application/json")
    lab.space.append([make_evaluation(lab.space, scores=twice)])
    done = lab.verify(lab.space.root)
    assert {"evaluation.5.metrics"} == lab.contradicted(done)
    assert "twice" in lab.claim(done, "evaluation.5.metrics").reason


@pytest.mark.parametrize("data", [b"", b"nonsense", b"{}", b'[{"sample":1}]', b"[" * 100_000, b"\xff"])
def test_scores_that_are_none_are_contradicted(lab: Any, make_evaluation: Callable[..., Record], data: bytes) -> None:
    lab.space.append([make_evaluation(lab.space, scores=lab.space.keep(data, "application/json"))])
    assert {"evaluation.5.metrics"} == lab.contradicted(lab.verify(lab.space.root))
