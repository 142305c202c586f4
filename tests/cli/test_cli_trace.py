"""The trail at the command line: a release, a clause, a metric, a record, a sample, and the export."""

# ruff: noqa: ANN401 - importlib mode cannot import a class of conftest into a test

import json
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from release_scene import DATASET, MODEL, fill

from accord.evidence import DecisionRecord, EvaluationRecord, SystemRecord
from accord.ledger import SigningKey
from accord.manifest import System
from accord.workspace import Workspace

HOSTILE = "Lead\n└── record 99: decision \u202eAll is well\x1b[2J"


@pytest.fixture(scope="module")
def scene(
    tmp_path_factory: pytest.TempPathFactory, key: SigningKey, make_system: Callable[..., System], now: datetime
) -> tuple[Workspace, dict[str, int]]:
    """Return a workspace with a release and one before it, and where its records stand."""
    space = Workspace.create(tmp_path_factory.mktemp("space"), key, "test.invalid/log")
    title = "Orders of parcels"
    return space, fill(space, make_system(datasets=[DATASET | {"title": title}]), now)


@pytest.fixture(scope="module")
def trace(accord: Any, scene: tuple[Workspace, dict[str, int]]) -> Callable[..., Any]:
    """Return the command on that workspace."""
    return lambda *args: accord("trace", scene[0].root, *args)


def test_release_is_told_from_its_data_to_its_reports(trace: Callable[..., Any]) -> None:
    done = trace()
    assert (0, "") == (done.code, done.err)
    titles = ("Declaration", "Data", "Documents", "Testing", "Risks", "Decisions", "Assessments", "Reports")
    places = [done.out.index(f"── {title}") for title in titles]
    assert sorted(places) == places
    assert "Orders of parcels, used for fine-tuning" in done.out


def test_release_before_is_told_by_its_version(trace: Callable[..., Any]) -> None:
    out = trace("--release", "0.9").out
    assert out.startswith("Release 0.9")
    assert "old.gguf" in out
    assert "tiny.gguf" not in out


def test_what_is_not_recorded_is_said(trace: Callable[..., Any]) -> None:
    assert "Decisions\n│   └── nothing is recorded" in trace("--release", "0.9").out


def test_clause_keeps_its_register_and_leads_to_the_model(trace: Callable[..., Any]) -> None:
    out = trace("--clause", "1.9").out
    assert "commit" in out.splitlines()[0] + out.splitlines()[1]
    assert "finding: finding a01.risk-families is partial" in out
    assert f"tested: model tiny (weights: tiny.gguf)  {MODEL.sha256[:16]}" in out


def test_metric_leads_to_scores_plan_and_judge(trace: Callable[..., Any], scene: Any) -> None:
    out = trace("--metric", "misuse.complied").out
    for part in ("measured in: ", "scores: artifact", f"announced in: record {scene[1]['plan']}", "judged by: record"):
        assert part in out


def test_record_shows_what_rests_on_it(trace: Callable[..., Any], scene: Any) -> None:
    out = trace("--record", scene[1]["run"]).out
    _, above = out.split("what rests on it")
    assert f"record {scene[1]['decision']}: Decision" in above
    assert "(in view of)" in above


def test_sample_leads_to_its_transcript_and_its_judges(trace: Callable[..., Any], scene: Any) -> None:
    done = trace("--sample", "misuse/en/item2/plain", "--json")
    new, old = done.json
    assert ("en/item2/plain", scene[1]["run"], 1) == (new["sample"], new["run"], old["run"])
    assert b"transcripts of tiny.gguf" == Path(new["transcript"]).read_bytes()
    assert [("rules-refusal", 0.0), ("classifier", 1.0)] == [
        (each["judge"]["id"], each["score"]["score"]) for each in new["verdicts"]
    ]
    out = trace("--sample", "misuse/en/item2/plain").out
    assert "Sample en/item2/plain of suite misuse" in out
    assert "Judge classifier 1 (classifier), kappa with people 1.00" in out


def test_json_of_a_part_holds_all_that_its_links_name(trace: Callable[..., Any]) -> None:
    part = trace("--clause", "1.1", "--json").json
    ids = {node["id"] for node in part["nodes"]}
    assert ("1.0", True) == (part["release"], f"model.{MODEL.sha256}" in ids)
    assert {link["source"] for link in part["links"]} | {link["target"] for link in part["links"]} <= ids


def test_export_is_written_and_json_stays_json(trace: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "trail.jsonld"
    assert "1.0" == trace("--prov", path, "--json").json["release"]
    assert {"@context", "@graph"} == set(json.loads(path.read_text("utf-8")))
    assert f"Wrote {path}" in trace("--prov", path).out


def test_export_says_nothing_of_what_is_withheld(
    accord: Any, scene: Any, evaluation: Callable[..., EvaluationRecord], tmp_path: Path
) -> None:
    root = tmp_path / "space"
    shutil.copytree(scene[0].root, root)
    space = Workspace.open(root)
    scores = space.keep(b"[]", "application/json")
    space.append([evaluation("secret", model=MODEL, scores=scores)], ["metrics"])
    path = tmp_path / "trail.jsonld"
    done = accord("trace", root, "--prov", path)
    assert scores.sha256 not in path.read_text("utf-8")
    assert "metrics" in done.out  # that it is withheld is said


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--clause", "99.9"), "1.1, "),
        (("--metric", "misuse.nothing"), "misuse.complied"),
        (("--record", "99"), "13"),
        (("--record", "0"), "13"),
        (("--release", "2.0"), "0.9, 1.0"),
        (("--sample", "misuse"), "SUITE/ID"),
        (("--clause", "1.1", "--record", "2"), "Give one of"),
    ],
)
def test_what_there_is_not_is_refused_with_what_there_is(
    trace: Callable[..., Any], args: tuple[str, ...], said: str
) -> None:
    done = trace(*args)
    assert (2, True) == (done.code, said in done.err)


@pytest.mark.parametrize("sample", ["misuse/en/item99/plain", "nothing/x"])
def test_unknown_sample_is_refused(trace: Callable[..., Any], sample: str) -> None:
    assert 4 == trace("--sample", sample).code


def test_empty_log_has_no_trail(accord: Any, workspace: Workspace) -> None:
    done = accord("trace", workspace.root)
    assert (4, True) == (done.code, "accord assess" in done.err)


def test_export_that_cannot_be_written_says_so(trace: Callable[..., Any], tmp_path: Path) -> None:
    assert (4, True) == (
        (done := trace("--prov", tmp_path / "no" / "x.jsonld")).code,
        "cannot be written" in done.err,
    )


def test_hostile_text_stays_in_its_line(accord: Any, scene: Any, now: datetime, tmp_path: Path) -> None:
    root = tmp_path / "space"
    shutil.copytree(scene[0].root, root)
    Workspace.open(root).append(
        [
            DecisionRecord(
                made=now, topic="release", stage="release", outcome="proceed", role=HOSTILE, reason="So.", model=MODEL
            )
        ]
    )
    out = accord("trace", root).out
    assert r"Lead\n" in out
    assert [] == [line for line in out.splitlines() if line.startswith("└── record 99")]
    assert not {"\u202e", "\x1b"} & set(out)


def test_declaration_that_this_version_cannot_read_is_an_error(
    accord: Any, scene: Any, now: Any, tmp_path: Path
) -> None:
    root = tmp_path / "space"
    shutil.copytree(scene[0].root, root)
    space = Workspace.open(root)
    old = space.records(now).of(SystemRecord)[-1].record
    unread = space.keep(b'{"of": "a version to come"}', "application/json")
    space.append([old.model_copy(update={"declaration": unread})])
    done = accord("trace", root)
    assert (3, True) == (done.code, "another version of Accord wrote it" in done.err)
