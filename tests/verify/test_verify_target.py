"""What is whole verifies, whichever way it is handed over; what cannot be shown is said."""

# ruff: noqa: ANN401 - the class of `lab` lives in conftest, which importlib mode cannot import

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from accord.errors import VerificationError
from accord.ledger import SigningKey
from accord.verify import Result, Verification


def results(done: Verification, result: Result) -> set[str]:
    return {claim.id for claim in done.claims if claim.result == result}


def gaps(done: Verification) -> set[str]:
    return {gap.id for gap in done.gaps}


def test_workspace_verifies(lab: Any) -> None:
    done = lab.verify(lab.space.root)
    assert Result.VERIFIED == done.worst
    assert {"unwitnessed-log", "unplanned-evaluations", "unanchored-time"} == gaps(done)
    assert lab.space.public_key().fingerprint == done.key


def test_workspace_claims_name_everything_that_was_checked(lab: Any) -> None:
    ids = {claim.id for claim in lab.verify(lab.space.root).claims if claim.kind != "artifact"}
    assert {
        "key",
        "checkpoint.signature",
        "checkpoint.memory",
        "log.tree",
        "log.files",
        *(f"record.{index}" for index in range(5)),
        *(f"sequence.{kind}" for kind in ("system", "document", "evaluation", "assessment", "report")),
        "evaluation.2.metrics",
        "assessment.3.root",
        "assessment.3.findings",
        "assessment.3.statuses",
        "report.4.assessment",
    } == ids


def test_log_folder_alone_withholds_artifacts_and_what_rests_on_them(lab: Any) -> None:
    done = lab.verify(lab.space.ledger)
    assert Result.WITHHELD == done.worst
    assert {"evaluation.2.metrics", "assessment.3.findings", "assessment.3.statuses"} < results(done, Result.WITHHELD)


def test_bundle_verifies(lab: Any) -> None:
    done = lab.verify(lab.bundle(include=("logs", "documents")))
    assert Result.VERIFIED == done.worst
    assert {"unwitnessed-log", "later-entries", "unplanned-evaluations", "unanchored-time"} == gaps(done)


def test_bundle_without_reports_verifies_under_a_whole_key(lab: Any) -> None:
    assert Result.VERIFIED == lab.verify(lab.bundle({}, include=("logs", "documents"))).worst


def test_bundle_without_logs_says_so(lab: Any) -> None:
    assert "logs-not-included" in gaps(lab.verify(lab.bundle()))


@pytest.mark.parametrize("form", ["json", "html"])
def test_report_alone_verifies_but_for_what_it_does_not_carry(lab: Any, form: str) -> None:
    done = lab.verify(lab.report(form))
    assert Result.WITHHELD == done.worst
    assert {"artifact"} == {claim.kind for claim in done.claims if claim.result == Result.WITHHELD}
    assert {f"report.{form}.content", f"report.{form}.proof"} <= results(done, Result.VERIFIED)
    assert {
        "unwitnessed-log",
        "later-entries",
        "logs-not-included",
        "unplanned-evaluations",
        "unanchored-time",
    } == gaps(done)


def test_target_is_left_as_it_was(lab: Any) -> None:
    before = {path: path.read_bytes() for path in lab.folder.rglob("*") if path.is_file()}
    lab.verify(lab.space.root)
    assert before == {path: path.read_bytes() for path in lab.folder.rglob("*") if path.is_file()}


def test_verification_is_the_same_each_time(lab: Any) -> None:
    path = lab.report()
    assert lab.verify(path).to_json() == lab.verify(path).to_json()


@pytest.mark.parametrize("kind", ["root", "ledger"])
def test_folder_without_a_pinned_key_contradicts_nothing_and_shows_no_signer(lab: Any, kind: str) -> None:
    done = lab.verify(getattr(lab.space, kind), "")
    assert Result.CANNOT_TELL == done.worst
    assert {"record.0", "checkpoint.signature"} <= results(done, Result.CANNOT_TELL)
    assert "unpinned-key" in gaps(done)


@pytest.mark.parametrize("form", ["json", "html"])
def test_report_without_a_pinned_key_still_recomputes(lab: Any, form: str) -> None:
    done = lab.verify(lab.report(form), "")
    assert {"evaluation.2.metrics", "assessment.3.findings", "log.tree"} <= results(done, Result.VERIFIED)
    assert f"report.{form}.proof" in results(done, Result.CANNOT_TELL)
    assert not done.pinned


def test_contradiction_is_shown_without_a_pinned_key(lab: Any) -> None:
    done = lab.verify(lab.report(change=(b"8 of 10", b"9 of 10")), "")
    assert {"report.json.content"} == results(done, Result.CONTRADICTED)


def test_log_with_an_old_newest_record_is_stale(lab: Any, now: Any) -> None:
    assert "stale-checkpoint" not in gaps(lab.verify(lab.space.root, now=now + timedelta(days=89)))
    assert "stale-checkpoint" in gaps(lab.verify(lab.space.root, now=now + timedelta(days=91)))


def test_assessment_on_expired_evidence_is_a_gap(lab: Any, now: Any) -> None:
    assert "expired-evidence" not in gaps(lab.verify(lab.space.root, now=now + timedelta(days=99)))
    assert "expired-evidence" in gaps(lab.verify(lab.space.root, now=now + timedelta(days=100)))


def test_record_dated_after_now_is_a_gap(lab: Any, now: Any) -> None:
    assert "future-record" in gaps(lab.verify(lab.space.root, now=now - timedelta(minutes=1)))


def test_log_without_its_signers_memory_may_have_later_entries(lab: Any) -> None:
    assert "later-entries" in gaps(lab.verify(lab.space.ledger))


def test_crash_leftovers_are_a_gap(lab: Any) -> None:
    (lab.space.ledger / "tile/entries/000.p/6").write_bytes(b"unpublished")
    done = lab.verify(lab.space.root)
    assert Result.VERIFIED == done.worst
    assert "crash-leftovers" in gaps(done)


def test_report_file_that_no_record_names_cannot_be_told(lab: Any) -> None:
    lab.relog(lab.entries()[:4])
    done = lab.verify(lab.bundle())
    assert {"report.html.recorded", "report.json.recorded"} == results(done, Result.CANNOT_TELL)


def test_empty_log_verifies(tmp_path: Path, lab: Any, key: SigningKey) -> None:
    lab.take_over(key)
    lab.relog([], key)
    done = lab.verify(lab.space.root, key.public.vkey)
    assert {"key", "checkpoint.signature", "checkpoint.memory", "log.tree", "log.files"} == results(
        done, Result.VERIFIED
    )


def test_progress_counts_the_records(lab: Any) -> None:
    seen: list[int] = []
    lab.verify(lab.space.root, progress=lambda done, note="": seen.append(done))  # noqa: ARG005 - the interface names its parameters
    assert [1, 2, 3, 4, 5] == seen


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"\xff\xfe", b"[]", b"\0" * 100])
def test_file_of_another_kind_is_refused(lab: Any, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(VerificationError, match="nothing that Accord can verify"):
        lab.verify(tmp_path / "file")


def test_folder_of_another_kind_is_refused(lab: Any, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(VerificationError, match="nothing that Accord can verify"):
        lab.verify(tmp_path / "empty")


def test_path_that_is_not_there_is_an_error(lab: Any, tmp_path: Path) -> None:
    with pytest.raises(VerificationError, match="cannot be read"):
        lab.verify(tmp_path / "missing")
