"""Results of other programs: their own names and figures, an interval where there is one, and nothing believed."""

import json
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import inspect_ai
import pytest
from endpoint import Endpoint, answer
from hypothesis import given
from hypothesis import strategies as st
from inspect_ai import Task
from inspect_ai.dataset import Sample
from inspect_ai.log import read_eval_log, write_eval_log
from inspect_ai.scorer import Score, Scorer, Target, accuracy, mean, scorer, stderr
from inspect_ai.solver import TaskState, generate

from accord.errors import EvaluationError
from accord.evals import _inspect_task
from accord.evals._inspect import Place, Settings
from accord.evals.imports import FORMATS, Format, digest_file, read_result
from accord.evals.imports.reading import WILSON, moment, name, number, whole
from accord.evals.imports.records import Filing, make_record
from accord.evidence import ImportedMetric, ModelRef, wilson
from accord.ledger import digest

DATA = Path(__file__).parent / "data"
Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def changed(tmp_path: Path) -> Callable[..., Path]:
    """Return what writes a copy of a JSON file after a change."""

    def write(source: str, change: Change) -> Path:
        value = json.loads((DATA / source).read_text(encoding="utf-8"))
        change(value)
        path = tmp_path / source
        path.write_text(json.dumps(value), encoding="utf-8")
        return path

    return write


@pytest.fixture
def garak(tmp_path: Path) -> Callable[..., Path]:
    """Return what writes a garak report of these entries."""

    def write(*entries: dict[str, object]) -> Path:
        path = tmp_path / "garak.report.jsonl"
        path.write_text("".join(json.dumps(entry) + "\n" for entry in entries), encoding="utf-8")
        return path

    return write


SETUP: dict[str, object] = {
    "entry_type": "start_run setup",
    "plugins.model_type": "test",
    "plugins.model_name": "Blank",
}
INIT: dict[str, object] = {"entry_type": "init", "garak_version": "0.9.0.16", "start_time": "2026-11-20T10:00:00"}
END: dict[str, object] = {"entry_type": "completion", "end_time": "2026-11-20T10:01:00"}


def _eval(**members: object) -> dict[str, object]:
    return {
        "entry_type": "eval",
        "probe": "dan.Dan",
        "detector": "mitigation.Bypass",
        "passed": 3,
        "total": 4,
    } | members


def test_garak_report_gives_a_share_for_each_probe_and_detector() -> None:
    result = read_result(DATA / "garak.report.jsonl", "garak")
    low, high = wilson(44, 51)
    figure = ImportedMetric(
        id="ansiescape.AnsiEscaped ansiescape.Escaped",
        title="Outputs in which ansiescape.Escaped finds no failure",
        value=44 / 51,
        n=51,
        low=round(low, 6),
        high=round(high, 6),
        method=WILSON,
    )
    assert (figure,) == result.metrics
    assert ("garak", "0.17.1") == (result.source.name, result.source.version)
    assert "openai.OpenAICompatible SmolLM2-135M-Instruct" == result.claimed
    assert datetime(2026, 11, 23, 22, 16, 1, 17365, tzinfo=UTC) == result.tested


def test_garak_report_of_an_older_version_is_read(garak: Callable[..., Path]) -> None:
    result = read_result(garak(SETUP, INIT, _eval(), END), "garak")
    assert [(0.75, 4)] == [(m.value, m.n) for m in result.metrics]
    assert ("test Blank", "0.9.0.16") == (result.claimed, result.source.version)


def test_garak_probe_without_a_judged_output_is_left_out_by_name(garak: Callable[..., Path]) -> None:
    result = read_result(garak(SETUP, INIT, _eval(), _eval(probe="dan.Other", passed=0, total=0), END), "garak")
    assert (["dan.Dan mitigation.Bypass"], ("dan.Other mitigation.Bypass",)) == (
        [m.id for m in result.metrics],
        result.left_out,
    )


def test_garak_log_of_hits_gives_numbers_and_no_shares() -> None:
    result = read_result(DATA / "garak.hitlog.jsonl", "garak")
    assert [(7.0, None, None)] == [(m.value, m.n, m.low) for m in result.metrics]
    assert "openai.OpenAICompatible SmolLM2-135M-Instruct" == result.claimed


@pytest.mark.parametrize(
    "entries",
    [
        (SETUP, INIT, _eval()),
        (SETUP, _eval(), END),
        (SETUP, INIT, END),
        (SETUP, INIT, _eval(passed=5), END),
        (SETUP, INIT, _eval(passed=-1), END),
        (SETUP, INIT, _eval(passed=True), END),
        (SETUP, INIT, _eval(total="4"), END),
        (SETUP, INIT, _eval(), _eval(passed=1), END),
        (SETUP, INIT, {"what": "is this"}, END),
        (),
    ],
    ids=[
        "cut short", "no start", "no figure", "more than all", "negative", "true", "text", "twice", "another line",
        "empty",
    ],
)  # fmt: skip
def test_garak_report_that_cannot_be_relied_on_is_refused(
    garak: Callable[..., Path], entries: tuple[dict[str, object], ...]
) -> None:
    with pytest.raises(EvaluationError):
        read_result(garak(*entries), "garak")


def test_garak_line_at_fault_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.report.jsonl"
    path.write_text(json.dumps(INIT) + "\n{cut", encoding="utf-8")
    with pytest.raises(EvaluationError) as caught:
        read_result(path, "garak")
    assert f"{path}, line 2" == caught.value.where


def test_lm_eval_gives_each_metric_of_each_task() -> None:
    result = read_result(DATA / "lm-eval.json", "lm-eval")
    assert [("parcels exact_match,none", 0.0, 8, 0.0, WILSON)] == [
        (m.id, m.value, m.n, m.low, m.method) for m in result.metrics
    ]
    assert ("0.4.13", "SmolLM2-135M-Instruct") == (result.source.version, result.claimed)
    assert result.tested is not None
    assert "2026-11-23" == f"{result.tested:%Y-%m-%d}"


def test_lm_eval_interval_is_the_sources_where_samples_are_not_right_or_wrong(changed: Callable[..., Path]) -> None:
    def change(value: dict[str, Any]) -> None:
        value["results"] = {
            "letters": {
                "alias": "letters",
                "f1,none": 0.5,
                "f1_stderr,none": 0.1,
                "bleu,none": 3.5,
                "bleu_stderr,none": "N/A",
            },
            "all": {"acc,none": 0.25, "acc_stderr,none": 0.01},
        }
        value["n-samples"] = {"letters": {"original": 20, "effective": 10}}

    result = read_result(changed("lm-eval.json", change), "lm-eval")
    told = {m.id: (m.value, m.n, m.low, m.high) for m in result.metrics}
    assert {
        "letters f1,none": (0.5, 10, 0.304004, 0.695996),
        "letters bleu,none": (3.5, 10, None, None),
        "all acc,none": (0.25, None, 0.2304, 0.2696),
    } == told


def test_lm_eval_metric_that_is_no_number_is_left_out_by_name(changed: Callable[..., Path]) -> None:
    path = changed(
        "lm-eval.json", lambda v: v["results"]["parcels"].update({"acc,none": float("nan"), "f1,none": "N/A"})
    )
    result = read_result(path, "lm-eval")
    assert ("parcels acc,none", "parcels f1,none") == result.left_out
    assert ["parcels exact_match,none"] == [m.id for m in result.metrics]


def test_moonshot_gives_what_each_recipe_is_graded_by() -> None:
    result = read_result(DATA / "moonshot.json", "moonshot")
    assert [(0.75, 8, WILSON), (61.3, 8, "")] == [(m.value, m.n, m.method) for m in result.metrics]
    assert "parcels/refusals requests no-template refusal_rate" == result.metrics[0].id
    assert ("helpdesk-endpoint", datetime(2026, 11, 20, 10, 24, 22, tzinfo=UTC)) == (result.claimed, result.tested)


def test_moonshot_recipes_need_no_cookbook(changed: Callable[..., Path]) -> None:
    def change(value: dict[str, Any]) -> None:
        value["results"] = {"recipes": value["results"]["cookbooks"][0]["recipes"]}
        value["metadata"]["start_time"] = "20261120-102422"

    result = read_result(changed("moonshot.json", change), "moonshot")
    assert "refusals requests no-template refusal_rate" == result.metrics[0].id
    assert datetime(2026, 11, 20, 10, 24, 22, tzinfo=UTC) == result.tested


@pytest.mark.parametrize(
    ("source", "form", "change"),
    [
        ("moonshot.json", "moonshot", lambda v: v["metadata"].update(status="cancelled")),
        (
            "moonshot.json",
            "moonshot",
            lambda v: v["results"]["cookbooks"][0]["recipes"][0]["details"][0].update(model_id="b"),
        ),
        ("moonshot.json", "moonshot", lambda v: v["results"]["cookbooks"][0]["recipes"][0].update(details="none")),
        ("moonshot.json", "moonshot", lambda v: v["results"].update(cookbooks=[7])),
        ("moonshot.json", "moonshot", lambda v: v.pop("metadata")),
        ("lm-eval.json", "lm-eval", lambda v: v.update(results=[])),
        ("lm-eval.json", "lm-eval", lambda v: v.update(results={})),
        ("lm-eval.json", "lm-eval", lambda v: v["results"].update(parcels=1)),
        ("lm-eval.json", "garak", lambda _: None),
        ("lm-eval.json", "moonshot", lambda _: None),
        ("moonshot.json", "lm-eval", lambda _: None),
        ("moonshot.json", "inspect", lambda _: None),
    ],
)
def test_result_of_another_shape_is_refused(
    changed: Callable[..., Path], source: str, form: Format, change: Change
) -> None:
    with pytest.raises(EvaluationError) as caught:
        read_result(changed(source, change), form)
    assert caught.value.expected


@pytest.mark.parametrize("form", list(FORMATS))
@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfe", b"[" * 100_000, b"{}", b"[]", b'{"results": ' + b"9" * 10_000 + b"}", b"PK\x03\x04cut"]
)
def test_what_is_no_result_is_an_error(tmp_path: Path, form: Format, data: bytes) -> None:
    path = tmp_path / "result"
    path.write_bytes(data)
    with pytest.raises(EvaluationError):
        read_result(path, form)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8), lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["metadata", "status", "results", "recipes", "details", "metrics", "id", "date", "acc,none"]), inner, max_size=5), max_leaves=12))  # fmt: skip  # noqa: E501 - one strategy
def test_no_json_makes_a_reader_fall_over(tmp_path_factory: pytest.TempPathFactory, value: object) -> None:
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    for form in ("lm-eval", "moonshot", "garak"):
        with suppress(EvaluationError):
            assert read_result(path, form).metrics


def test_hostile_names_are_escaped_and_cut(changed: Callable[..., Path]) -> None:
    hostile = "\x1b[2J\u202e" + "x" * 1_000
    path = changed("lm-eval.json", lambda v: v.update(results={hostile: {"acc,none": 0.5}}, model_name=hostile))
    result = read_result(path, "lm-eval")
    for text in (result.claimed, result.metrics[0].id, result.metrics[0].title):
        assert text.isprintable()
        assert len(text) <= 200


@pytest.mark.parametrize("path", ["missing.json", "."])
def test_result_that_is_no_file_is_named(tmp_path: Path, path: str) -> None:
    with pytest.raises(EvaluationError, match="not there"):
        read_result(tmp_path / path, "garak")


def test_digest_is_of_the_file() -> None:
    assert digest((DATA / "lm-eval.json").read_bytes()) == digest_file(DATA / "lm-eval.json")


@scorer(metrics=[accuracy(), stderr()])
def letters() -> Scorer:
    async def score(state: TaskState, target: Target) -> Score:
        return Score(value="C" if target.text in state.output.completion else "I")

    return score


@scorer(metrics=[mean(), stderr()])
def points() -> Scorer:
    async def score(state: TaskState, target: Target) -> Score:
        return Score(value=7 if target.text in state.output.completion else 3)

    return score


@pytest.fixture
def log(endpoint: Endpoint, tmp_path: Path) -> Callable[..., Path]:
    """Return what runs a small task in Inspect itself and leaves its log."""
    endpoint.behave = lambda _, prompt: answer(f"<{prompt[4]}>" if prompt[4] in "012" else "no idea")
    rows = [Sample(id=i, input=f"Say {i}.", target=f"<{i}>") for i in range(6)]

    def run(epochs: int = 1) -> Path:
        task = Task(dataset=rows, solver=generate(), scorer=[letters(), points()], name="parcels", epochs=epochs)
        place = Place(name="m", url=endpoint.url)
        settings = Settings(seed=1, temperature=0.0, max_tokens=8, slots=1, timeout=5)
        loaded = _inspect_task.Loaded(task, {str(row.id): row for row in rows}, "")
        return _inspect_task.run(loaded, tuple(loaded.rows), place, settings, tmp_path, {}, repeats=epochs).log

    return run


def test_log_of_inspect_is_counted_again_from_its_samples(log: Callable[..., Path]) -> None:
    result = read_result(log(), "inspect")
    low, high = wilson(3, 6)
    shares = {m.id: (m.value, m.n, m.low, m.high) for m in result.metrics}
    assert (0.5, 6, round(low, 6), round(high, 6)) == shares["letters"]
    assert 5.0 == shares["points mean"][0]
    assert inspect_ai.__version__ == result.source.version
    assert "openai-api/accord/m" == result.claimed


def test_repeated_samples_of_a_log_are_no_independent_ones(log: Callable[..., Path]) -> None:
    (once,) = [m for m in read_result(log(), "inspect").metrics if m.id == "letters"]
    (thrice,) = [m for m in read_result(log(epochs=3), "inspect").metrics if m.id == "letters"]
    assert (6, 18) == (once.n, thrice.n)
    assert once.low is not None
    assert thrice.low is not None
    assert thrice.low - once.low < 0.05
    assert "effective" in thrice.method


def test_log_that_would_fill_the_memory_is_refused(log: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    path = log()
    with zipfile.ZipFile(path) as archive:
        largest = max(part.file_size for part in archive.infolist())
    monkeypatch.setattr(_inspect_task, "UNPACKED_PART", largest - 1)
    with pytest.raises(EvaluationError, match="too large"):
        read_result(path, "inspect")


def test_log_of_a_run_that_failed_is_refused(log: Callable[..., Path]) -> None:
    path = log()
    held = read_eval_log(str(path))
    held.status = "cancelled"
    write_eval_log(held, str(path))
    with pytest.raises(EvaluationError, match="did not finish"):
        read_result(path, "inspect")


MODEL = ModelRef(kind="endpoint", name="m", locator="m", sha256=digest(b"m"))


def test_record_expires_as_long_after_the_test_as_a_run_of_ones_own(now: datetime) -> None:
    result = read_result(DATA / "moonshot.json", "moonshot")
    record = make_record(result, Filing("moonshot", "T"), MODEL, digest(b"x"), now)
    assert result.tested is not None
    assert record.expires is not None
    assert 180 == (record.expires - result.tested).days
    assert 1 == len({record.job, make_record(result, Filing("moonshot", "U"), MODEL, digest(b"x"), now).job})


def test_result_with_too_many_figures_for_a_record_is_refused(changed: Callable[..., Path], now: datetime) -> None:
    path = changed(
        "lm-eval.json",
        lambda v: v.update(date=now.timestamp(), results={f"task{i}": {"acc,none": 0.5} for i in range(900)}),
    )
    with pytest.raises(EvaluationError, match="too many figures"):
        make_record(read_result(path, "lm-eval"), Filing("lm-eval", "T"), MODEL, digest(b"x"), now)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-11-20 10:24:22", datetime(2026, 11, 20, 10, 24, 22, tzinfo=UTC)),
        ("2026-11-20T10:24:22+02:00", datetime(2026, 11, 20, 8, 24, 22, tzinfo=UTC)),
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        (1e300, None),
        ("0001-01-01T00:00:00+12:00", None),
        ("yesterday", None),
        (True, None),
        (None, None),
    ],
)
def test_moments_are_read_in_utc(value: object, expected: datetime | None) -> None:
    assert expected == moment(value)


def test_numbers_are_finite_and_no_truth_values() -> None:
    assert [1.0, 2.5, None, None, None, None] == [number(v) for v in (1, 2.5, True, "1", float("inf"), 10**400)]
    assert [3, None, None] == [whole(0.375, 8), whole(0.4, 8), whole(1.5, 8)]
    assert ("a b", "not stated") == (name("a", None, "b"), name(None, ""))
