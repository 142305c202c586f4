"""Results of others, recorded by the organisation or signed by whoever found them."""

# ruff: noqa: ANN401 - importlib mode cannot import a class of conftest into a test

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from accord.assess import declare
from accord.codes import load_code
from accord.evidence import (
    EvaluationRecord,
    ImportRecord,
    Opening,
    Origin,
    PlanRecord,
    Record,
    Ref,
    SystemRecord,
    read_entry,
)
from accord.evidence import sign_record as sign
from accord.ledger import Log, SigningKey, digest, format_json
from accord.manifest import load_system
from accord.workspace import Workspace

DATA = Path(__file__).parents[1] / "evals" / "data"
NAME = "lab.example/evaluations"
SAID = ("--scope", "Refusals, in English.", "--access", "Weights and documentation.")


@pytest.fixture
def declared(workspace: Workspace) -> Workspace:
    """Return a workspace whose system was declared just now."""
    system = load_system(workspace.manifest)
    declare(workspace, system, load_code(system.edition), datetime.now(UTC))
    return workspace


@pytest.fixture
def result(tmp_path: Path) -> Path:
    """Return a result of yesterday, in Moonshot's form."""
    value = json.loads((DATA / "moonshot.json").read_text(encoding="utf-8"))
    value["metadata"]["start_time"] = f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d %H:%M:%S}"
    path = tmp_path / "helpdesk-run.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


@pytest.fixture
def evaluator(tmp_path: Path) -> SigningKey:
    """Return an evaluator's key, which lies in `evaluator.key`."""
    key = SigningKey.generate(NAME)
    key.save(tmp_path / "evaluator.key")
    return key


@pytest.fixture
def sign_result(accord: Any, declared: Workspace, result: Path, evaluator: SigningKey, tmp_path: Path) -> Any:
    """Return what signs the result as the evaluator, about the declared model unless options say otherwise."""

    def run(*more: object, path: Path = result, form: str = "moonshot", out: str = "envelope.json") -> Any:
        line = ("--format", form, "--title", "Refusals", "--key-file", tmp_path / "evaluator.key", "--name", NAME)
        model = ("--model-sha256", _model(declared), "--model-name", "tiny", "--out", tmp_path / out)
        return accord("evaluate", "sign-result", path, *line, *model, *SAID, *more)

    return run


def _model(workspace: Workspace) -> str:
    newest = workspace.records(datetime.now(UTC)).latest(SystemRecord)
    assert newest is not None
    return newest.record.model.sha256


def _entries(workspace: Workspace) -> list[bytes]:
    return list(Log.open(workspace.ledger, workspace.public_key()).entries())


def test_result_is_recorded_as_its_sources(accord: Any, declared: Workspace, result: Path) -> None:
    said = ("--format", "moonshot", "--title", "Refusals", "--family", "R1", "--family", "R5")
    done = accord("evaluate", "import", result, declared.root, *said, *SAID, "--json")
    assert 0 == done.code, done.err
    (entry,) = declared.records(datetime.now(UTC)).of(ImportRecord)
    record = entry.record
    assert (entry.ref.index, Origin.SELF) == (done.json["record"], entry.origin)
    assert ("moonshot", "helpdesk-endpoint", ("R1", "R5")) == (record.source.name, record.claimed, record.families)
    assert (_model(declared), digest(result.read_bytes()), None) == (record.model.sha256, record.sha256, record.file)
    assert ("Refusals, in English.", "Weights and documentation.", "") == (record.scope, record.access, record.limits)
    assert [0.75, 61.3] == [metric.value for metric in record.metrics]


def test_figures_are_printed_with_their_intervals(accord: Any, declared: Workspace, result: Path) -> None:
    done = accord("evaluate", "import", result, "--format", "moonshot", "--title", "Refusals", cwd=declared.root)
    assert 0 == done.code, done.err
    assert "0.75 (0.409275 to 0.928521; Wilson's score interval, 95 %) n = 8" in done.out


def test_file_is_kept_only_when_that_is_asked_for(accord: Any, declared: Workspace, result: Path) -> None:
    line = ("evaluate", "import", result, declared.root, "--format", "moonshot", "--title", "Refusals", "--keep")
    assert 0 == accord(*line).code
    (entry,) = declared.records(datetime.now(UTC)).of(ImportRecord)
    assert entry.record.file is not None
    assert result.read_bytes() == declared.artifacts.get(entry.record.file.sha256)


def test_same_result_is_not_recorded_twice(accord: Any, declared: Workspace, result: Path) -> None:
    line = ("evaluate", "import", result, declared.root, "--format", "moonshot", "--title", "Refusals")
    assert [0, 4] == [accord(*line).code for _ in range(2)]
    assert 1 == len(declared.records(datetime.now(UTC)).of(ImportRecord))


def test_statement_holds_its_partys_words_and_no_figure(accord: Any, declared: Workspace, tmp_path: Path) -> None:
    (tmp_path / "letter.pdf").write_bytes(b"We looked, and found nothing.")
    day = f"{datetime.now(UTC) - timedelta(days=2):%Y-%m-%d}"
    said = ("--format", "statement", "--title", "Red teaming", "--party", "Lab Example", "--tested", day)
    assert 0 == accord("evaluate", "import", tmp_path / "letter.pdf", declared.root, *said).code
    (entry,) = declared.records(datetime.now(UTC)).of(ImportRecord)
    assert ("Lab Example", ()) == (entry.record.source.name, entry.record.metrics)
    assert entry.record.tested is not None
    assert day == f"{entry.record.tested:%Y-%m-%d}"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (("--format", "garak", "--title", "T"), 4),
        (("--format", "statement", "--title", "T"), 2),
        (("--format", "moonshot", "--title", "T", "--party", "Lab"), 2),
        (("--format", "moonshot", "--title", "two\nlines"), 2),
        (("--format", "moonshot", "--title", "write to jane@example.org"), 2),
        (("--format", "moonshot"), 2),
    ],
    ids=["another form", "nobody's statement", "party of a file", "lines", "address", "no title"],
)
def test_what_cannot_be_recorded_leaves_the_log_as_it_was(
    accord: Any, declared: Workspace, result: Path, said: tuple[str, ...], code: int
) -> None:
    before = _entries(declared)
    assert code == accord("evaluate", "import", result, declared.root, *said).code
    assert before == _entries(declared)


@pytest.mark.parametrize(("days", "said"), [(-200, "too old"), (2, "dated ahead")])
def test_result_of_another_time_is_refused(
    accord: Any, declared: Workspace, result: Path, days: int, said: str
) -> None:
    value = json.loads(result.read_text(encoding="utf-8"))
    value["metadata"]["start_time"] = f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%d %H:%M:%S}"
    result.write_text(json.dumps(value), encoding="utf-8")
    done = accord("evaluate", "import", result, declared.root, "--format", "moonshot", "--title", "T")
    assert 4 == done.code
    assert said in done.err


def test_result_before_any_declaration_is_refused(accord: Any, workspace: Workspace, result: Path) -> None:
    done = accord("evaluate", "import", result, workspace.root, "--format", "moonshot", "--title", "T")
    assert 4 == done.code
    assert "accord assess" in done.err


def test_hostile_names_do_not_reach_the_terminal(accord: Any, declared: Workspace, result: Path) -> None:
    text = result.read_text(encoding="utf-8").replace("helpdesk-endpoint", "\\u001b[2Jgone\\u202e")
    result.write_text(text, encoding="utf-8")
    done = accord("evaluate", "import", result, declared.root, "--format", "moonshot", "--title", "T")
    assert 0 == done.code, done.err
    assert "gone" in done.out
    assert not {"\x1b", "\u202e"} & set(done.out)


def test_evaluator_signs_without_a_workspace(
    sign_result: Any, declared: Workspace, evaluator: SigningKey, tmp_path: Path
) -> None:
    done = sign_result()
    assert (0, "") == (done.code, done.err)
    assert evaluator.public.vkey in done.out
    data = (tmp_path / "envelope.json").read_bytes()
    entry = read_entry(0, data, (declared.public_key(), evaluator.public))
    assert isinstance(entry.record, ImportRecord)
    assert (Origin.INDEPENDENT, None) == (entry.origin, entry.record.chain)
    assert _model(declared) == entry.record.model.sha256


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (("--model-sha256", "abc"), 2),
        (("--name", "two words"), 2),
        (("--scope", ""), 2),
        (("--key-file", "/dev/null"), 4),
    ],
)
def test_what_cannot_be_signed_writes_nothing(
    sign_result: Any, tmp_path: Path, more: tuple[str, ...], code: int
) -> None:
    assert code == sign_result(*more).code
    assert not (tmp_path / "envelope.json").exists()


def test_envelope_that_is_there_is_not_overwritten(sign_result: Any, tmp_path: Path) -> None:
    (tmp_path / "envelope.json").write_text("mine", encoding="utf-8")
    assert 4 == sign_result().code
    assert "mine" == (tmp_path / "envelope.json").read_text(encoding="utf-8")


@pytest.fixture
def refused(accord: Any, declared: Workspace, evaluator: SigningKey, tmp_path: Path) -> Callable[..., str]:
    """Return what files an envelope that must be refused: the words of the refusal, the log being as it was."""

    def run(data: bytes, vkey: str = evaluator.public.vkey) -> str:
        (tmp_path / "envelope.json").write_bytes(data)
        before = _entries(declared)
        done = accord("evaluate", "file", tmp_path / "envelope.json", declared.root, "--evaluator", vkey)
        assert done.code in {2, 3, 4}
        assert before == _entries(declared)
        return str(done.err)

    return run


@pytest.fixture
def found(declared: Workspace, evaluation: Callable[..., EvaluationRecord]) -> Callable[..., EvaluationRecord]:
    """Return a factory of evaluations of the declared model, of today."""
    moment = datetime.now(UTC)
    today = {"made": moment, "started": moment, "expires": moment + timedelta(days=180)}

    def make(**changes: object) -> EvaluationRecord:
        model = evaluation().model.model_copy(update={"sha256": _model(declared)})
        return evaluation(**today | {"model": model} | changes)

    return make


def test_record_signed_by_somebody_else_is_refused(
    refused: Callable[..., str], found: Callable[..., EvaluationRecord], other_key: SigningKey
) -> None:
    assert "not signed by a known key" in refused(sign(found(), other_key))


def test_record_that_the_organisation_signed_itself_is_refused(
    refused: Callable[..., str], found: Callable[..., EvaluationRecord], key: SigningKey
) -> None:
    assert "organisation's own" in refused(sign(found(), key), key.public.vkey)


def test_records_that_may_not_be_filed_are_refused(
    refused: Callable[..., str],
    found: Callable[..., EvaluationRecord],
    declaration: Callable[..., SystemRecord],
    evaluator: SigningKey,
) -> None:
    now, other = datetime.now(UTC), found().model.model_copy(update={"sha256": "0" * 64})
    run = found()
    plan = PlanRecord(
        made=now, job=run.job, suite=run.suite, model=run.model, settings={}, seed=1, planned=1
    )  # fmt: skip
    expected: dict[str, Record] = {
        "Only results": declaration(),
        "Only results may": plan,
        "another log": found(plan=Ref(index=0, leaf="0" * 64)),
        "dated ahead": found(made=now + timedelta(days=1)),
        "expired": found(expires=now - timedelta(days=1)),
        "another model": found(model=other),
    }
    assert {} == {
        said: told for said, record in expected.items() if said not in (told := refused(sign(record, evaluator)))
    }


def test_envelope_spelled_otherwise_is_refused(
    refused: Callable[..., str], found: Callable[..., EvaluationRecord], evaluator: SigningKey
) -> None:
    envelope = json.loads(sign(found(), evaluator))
    assert "not as an evaluator writes it" in refused(json.dumps(envelope).encode())
    envelope["signatures"].append({"keyid": "f" * 64, "sig": "AAAA"})
    assert "not as an evaluator writes it" in refused(format_json(envelope))


def test_record_that_withholds_what_it_is_about_is_refused(
    refused: Callable[..., str], found: Callable[..., EvaluationRecord], evaluator: SigningKey
) -> None:
    run = found()
    opening = Opening(field="model", salt="00" * 32, value=run.model.model_dump(mode="json"))
    assert "withholds what no record may" in refused(sign(run, evaluator, [opening]))


@pytest.mark.parametrize("data", [b"", b"{}", b"no envelope", b"x" * 70_000])
def test_what_is_no_envelope_is_refused(refused: Callable[..., str], data: bytes) -> None:
    assert refused(data)


def test_key_that_is_none_is_a_usage_error(refused: Callable[..., str]) -> None:
    assert "--evaluator" in refused(b"{}", "no key")
