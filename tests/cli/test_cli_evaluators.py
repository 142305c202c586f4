"""Records of independent evaluators: filed as they were signed, seen as theirs, and believed by who knows their key."""

# ruff: noqa: ANN401 - importlib mode cannot import a class of conftest into a test

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from accord.assess import Job, assess, run_jobs
from accord.evidence import EvaluationRecord, ImportRecord, Origin, Record, SystemRecord, sign_record
from accord.ledger import Log, SigningKey, format_json
from accord.manifest import load_system
from accord.workspace import Workspace, first_key
from accord.workspace.rotation import rotate

NAME = "lab.example/evaluations"


@pytest.fixture(scope="session")
def evaluator() -> SigningKey:
    return SigningKey.generate(NAME, entropy=lambda size: bytes(range(7, size + 7)))


@pytest.fixture
def declared(workspace: Workspace) -> Workspace:
    """Return a workspace that was assessed just now, without an evaluation."""
    assess(workspace, [], clock=lambda: datetime.now(UTC), watch=lambda _: lambda _: lambda *_: None)
    return workspace


@pytest.fixture
def record(evaluation: Callable[..., EvaluationRecord]) -> EvaluationRecord:
    """Return an evaluation of the declared model, of today."""
    now = datetime.now(UTC)
    return evaluation(made=now, started=now, expires=now + timedelta(days=180))


@pytest.fixture
def file_record(accord: Any, declared: Workspace, evaluator: SigningKey, tmp_path: Path) -> Any:
    """Return what files a record, signed by the evaluator, and says how that ended."""

    def run(record: Record) -> Any:
        (tmp_path / "envelope.json").write_bytes(sign_record(record, evaluator))
        line = ("evaluate", "file", tmp_path / "envelope.json", declared.root, "--evaluator", evaluator.public.vkey)
        return accord(*line, "--json")

    return run


@pytest.fixture
def filed(file_record: Any, declared: Workspace, record: EvaluationRecord) -> Workspace:
    """Return a workspace with one record by the evaluator."""
    done = file_record(record)
    assert 0 == done.code, done.err
    return declared


@pytest.fixture
def reported(accord: Any, filed: Workspace, tmp_path: Path) -> Path:
    """Return the bundle of a report that was made after the record was filed."""
    assess(filed, [], clock=lambda: datetime.now(UTC), watch=lambda _: lambda _: lambda *_: None)
    done = accord("report", filed.root, "--output", tmp_path, "--bundle", tmp_path / "report.zip")
    assert 0 == done.code, done.err
    return tmp_path / "report.zip"


def _own(workspace: Workspace) -> tuple[str, str]:
    return "--key", workspace.public_key().vkey


def _claims(done: Any) -> dict[str, tuple[str, str]]:
    return {claim["id"]: (claim["result"], claim["reason"]) for claim in done.json["claims"]}


def _newest(workspace: Workspace, kind: type[Record]) -> Any:
    entry = workspace.records(datetime.now(UTC)).latest(kind)
    assert entry is not None
    return entry


def test_record_stands_in_the_log_as_it_was_signed(
    filed: Workspace, record: EvaluationRecord, evaluator: SigningKey
) -> None:
    (entry,) = filed.records(datetime.now(UTC)).of(EvaluationRecord)
    log = Log.open(filed.ledger, filed.public_key())
    assert sign_record(record, evaluator) == log.entry(entry.ref.index)
    assert Origin.INDEPENDENT == entry.origin
    assert (evaluator.public,) == filed.evaluators.all()


def test_result_that_an_evaluator_signed_with_the_command_is_filed(
    accord: Any, declared: Workspace, evaluator: SigningKey, tmp_path: Path
) -> None:
    evaluator.save(tmp_path / "evaluator.key")
    (tmp_path / "letter.txt").write_text("We looked, and found nothing.", encoding="utf-8")
    model = _newest(declared, SystemRecord).record.model.sha256
    said = ("--format", "statement", "--title", "Red teaming", "--scope", "English.", "--access", "Weights.")
    signer = ("--key-file", tmp_path / "evaluator.key", "--name", NAME, "--model-sha256", model, "--model-name", "tiny")
    out = tmp_path / "envelope.json"
    assert 0 == accord("evaluate", "sign-result", tmp_path / "letter.txt", *said, *signer, "--out", out).code
    (tmp_path / "lab.vkey").write_text(evaluator.public.vkey, encoding="utf-8")
    done = accord("evaluate", "file", out, declared.root, "--evaluator", tmp_path / "lab.vkey", "--json")
    assert ("independent", "imported-result") == (done.json["origin"], done.json["kind"])
    assert Origin.INDEPENDENT == _newest(declared, ImportRecord).origin


def test_same_record_is_not_filed_twice(file_record: Any, filed: Workspace, record: EvaluationRecord) -> None:
    before = Log.open(filed.ledger, filed.public_key()).size
    done = file_record(record)
    assert 3 == done.code
    assert "filed already" in done.json["error"]["problem"]
    assert before == Log.open(filed.ledger, filed.public_key()).size


def test_second_record_of_the_same_evaluator_is_filed(
    file_record: Any, filed: Workspace, record: EvaluationRecord, evaluator: SigningKey
) -> None:
    assert 0 == file_record(record.model_copy(update={"seed": 2})).code
    assert 2 == len(filed.records(datetime.now(UTC)).of(EvaluationRecord))
    assert f"{evaluator.public.vkey}\n" == filed.evaluators.path.read_text(encoding="utf-8")


def test_status_rests_on_it(accord: Any, declared: Workspace, filed: Workspace) -> None:
    clauses = {clause["clause"]: clause for clause in accord("status", filed.root, "--json").json["clauses"]}
    assert ("partial", "independent") == (clauses["1.1"]["status"], clauses["1.1"]["origin"])


def test_record_of_another_does_not_replace_a_run_of_ones_own(filed: Workspace, record: EvaluationRecord) -> None:
    job = Job(record.job, "own", 1, lambda _: iter(()))
    system = load_system(filed.manifest)
    ran = run_jobs(filed, [job], system, clock=lambda: datetime.now(UTC), watch=lambda _: lambda _: lambda *_: None)
    assert ("own",) == ran


@pytest.mark.parametrize("target", ["workspace", "bundle", "report.json", "report.html"])
def test_reader_who_knows_the_evaluator_sees_it_verified(
    accord: Any, filed: Workspace, reported: Path, evaluator: SigningKey, target: str
) -> None:
    path = {"workspace": filed.root, "bundle": reported}.get(target, reported.parent / target)
    index = _newest(filed, EvaluationRecord).ref.index
    for named in (evaluator.public.vkey, evaluator.public.fingerprint):
        done = accord("verify", path, *_own(filed), "--evaluator", named, "--no-memory", "--json")
        assert 0 == done.code, done.out
        assert "verified" == _claims(done)[f"record.{index}"][0]
        assert "unnamed-evaluators" not in {gap["id"] for gap in done.json["gaps"]}


@pytest.mark.parametrize("target", ["workspace", "bundle", "report.json", "report.html"])
def test_reader_who_does_not_know_the_evaluator_cannot_tell(
    accord: Any, filed: Workspace, reported: Path, evaluator: SigningKey, target: str
) -> None:
    path = {"workspace": filed.root, "bundle": reported}.get(target, reported.parent / target)
    done = accord("verify", path, *_own(filed), "--no-memory", "--json")
    assert 0 == done.code, done.out
    claims = _claims(done)
    result, reason = claims[f"record.{_newest(filed, EvaluationRecord).ref.index}"]
    assert "cannot-tell" == result
    assert evaluator.public.fingerprint in reason
    assert "unnamed-evaluators" in {gap["id"] for gap in done.json["gaps"]}
    assert not [name for name, (held, _) in claims.items() if held == "contradicted"]


def test_key_of_another_evaluator_does_not_verify_it(accord: Any, filed: Workspace, other_key: SigningKey) -> None:
    done = accord("verify", filed.root, *_own(filed), "--evaluator", other_key.public.vkey, "--no-memory", "--json")
    assert "cannot-tell" == _claims(done)[f"record.{_newest(filed, EvaluationRecord).ref.index}"][0]


def test_evaluators_key_does_not_vouch_for_a_log(accord: Any, filed: Workspace) -> None:
    done = accord("verify", filed.root, "--evaluator", filed.public_key().vkey, "--no-memory", "--json")
    assert 1 == done.code
    assert "unpinned-key" in {gap["id"] for gap in done.json["gaps"]}


def test_log_alone_needs_the_key_from_the_reader(accord: Any, filed: Workspace, evaluator: SigningKey) -> None:
    name = f"record.{_newest(filed, EvaluationRecord).ref.index}"
    named = ("--evaluator", evaluator.public.vkey)
    without, given = (
        accord("verify", filed.ledger, *_own(filed), *more, "--no-memory", "--json") for more in ((), named)
    )
    assert ("contradicted", "verified") == (_claims(without)[name][0], _claims(given)[name][0])


def test_evaluators_may_sign_results_alone(
    filed: Workspace, accord: Any, declaration: Callable[..., SystemRecord], evaluator: SigningKey
) -> None:
    forged = sign_record(declaration(made=datetime.now(UTC)), evaluator)
    with Log.writer(filed.ledger, filed.signing_key(), memory=filed.memory, wait=1) as writer:
        (index,) = writer.append([forged])
    done = accord("verify", filed.root, *_own(filed), "--evaluator", evaluator.public.vkey, "--no-memory", "--json")
    assert 3 == done.code
    assert "the organisation's own to sign" in _claims(done)[f"record.{index}"][1]


def test_retired_key_of_the_log_is_no_evaluators(tmp_path: Path, accord: Any, record: EvaluationRecord) -> None:
    old, new, after = (SigningKey.generate("acme.example/log") for _ in range(3))
    root = tmp_path / "rotated"
    root.mkdir()
    now = datetime.now(UTC)
    space = Workspace.create(root, old, old.name, following=new, records=[first_key(old.public, new.public, now)])
    rotate(space, new, after.public, "scheduled", now)
    space.evaluators.keep(old.public)
    with Log.writer(space.ledger, new, memory=space.memory, wait=1) as writer:
        (index,) = writer.append([sign_record(record, old)])
    done = accord("verify", root, "--key", new.public.vkey, "--evaluator", old.public.vkey, "--no-memory", "--json")
    assert "contradicted" == _claims(done)[f"record.{index}"][0]


def test_keys_of_a_log_with_evaluators_are_its_own(accord: Any, filed: Workspace) -> None:
    done = accord("key", "show", filed.root, "--json")
    assert 0 == done.code, done.err
    assert 1 == len(done.json["keys"])


def test_bundle_whose_evaluators_were_taken_out_is_contradicted(
    accord: Any, filed: Workspace, reported: Path, evaluator: SigningKey
) -> None:
    report = reported.parent / "report.json"
    value = json.loads(report.read_text(encoding="utf-8"))
    assert [evaluator.public.vkey] == value["proof"]["evaluators"]
    value["proof"]["evaluators"] = []
    report.write_bytes(format_json(value))
    done = accord("verify", report, *_own(filed), "--no-memory", "--json")
    assert 3 == done.code


def test_evaluators_who_signed_nothing_are_in_no_report(
    accord: Any, filed: Workspace, other_key: SigningKey, reported: Path, evaluator: SigningKey
) -> None:
    filed.evaluators.keep(other_key.public)
    done = accord("report", filed.root, "--output", reported.parent, "--json")
    assert 0 == done.code, done.err
    value = json.loads((reported.parent / "report.json").read_text(encoding="utf-8"))
    assert [evaluator.public.vkey] == value["proof"]["evaluators"]
