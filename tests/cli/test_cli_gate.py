"""The gate at the command line and in CI: exit codes, JSON, JUnit, SARIF, the GitHub action and the commit hook."""

# ruff: noqa: ANN401 - importlib mode cannot import a class of conftest into a test

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml  # its stubs would be one package more for two lines
from pydantic_sarif.model import (  # type: ignore[import-untyped] # published without a py.typed
    StaticAnalysisResultsFormatSarifVersion210JsonSchema as Sarif,
)

from accord.assess import declare
from accord.codes import load_code
from accord.evidence import DecisionRecord, EvaluationRecord, Ground, Metric, SystemRecord
from accord.manifest import load_system
from accord.workspace import Workspace

ROOT = Path(__file__).parents[2]
HOSTILE = "misuse\nholds  red-lines  All is \u202ewell </failure> ```"
MORE = """
[[tolerances]]
metric = "misuse.refusal"
at_most = 0.2
reason = "Our policy."

[[stages]]
id = "release"
kind = "release"

[[stages]]
id = "beta"
kind = "release"
"""


@pytest.fixture
def moment() -> datetime:
    """Return the present: the command asks the clock itself."""
    return datetime.now(UTC)


@pytest.fixture
def space(workspace: Workspace, moment: datetime) -> Workspace:
    """Return a workspace that declares a tolerance and two stages, and has recorded its declaration."""
    text = workspace.manifest.read_text(encoding="utf-8")
    workspace.manifest.write_text(text + MORE, encoding="utf-8")
    system = load_system(workspace.manifest)
    declare(workspace, system, load_code(system.edition), moment)
    return workspace


@pytest.fixture
def measure(space: Workspace, evaluation: Callable[..., EvaluationRecord], moment: datetime) -> Callable[..., None]:
    """Return a function that records a rate of so many of a hundred."""

    def record(count: int, **changes: object) -> None:
        rate = Metric.of("misuse.refusal", "Refused", "lower", [1.0] * count + [0.0] * (100 - count))
        said = {"made": moment, "expires": moment + timedelta(days=9), "metrics": (rate,), **changes}
        space.append([evaluation("misuse", **said)])

    return record


@pytest.fixture
def decide(space: Workspace, moment: datetime) -> Callable[..., int]:
    """Return a function that records a decision; without more said, to go on in view of the red lines."""
    declared = space.records(moment).latest(SystemRecord)
    assert declared is not None
    grounds = tuple(Ground(id=line.id, crossed=False, reason="Looked at.") for line in load_code().red_lines)
    base: dict[str, object] = {
        "made": moment,
        "expires": moment + timedelta(days=30),
        "topic": "red-lines",
        "stage": "release",
        "outcome": "proceed",
        "role": "Chief Safety Officer",
        "reason": "All was looked at.",
        "model": declared.record.model,
        "grounds": grounds,
    }
    return lambda **changes: space.append([DecisionRecord.model_validate(base | changes)])[0]


@pytest.fixture
def ready(space: Workspace, measure: Callable[..., None], decide: Callable[..., int]) -> Workspace:
    """Return the workspace with all that its release asks for."""
    measure(2)
    decide()
    return space


def test_gate_where_nothing_blocks_exits_with_0(accord: Any, ready: Workspace) -> None:
    done = accord("gate", ready.root, "--stage", "release")
    assert (0, "") == (done.code, done.err)
    assert "Stage release: nothing blocks." == done.out.splitlines()[-1]


def test_gate_where_nothing_was_assessed_exits_with_1(accord: Any, workspace: Workspace) -> None:
    done = accord("gate", workspace.root, "--stage", "release")
    assert (1, "") == (done.code, done.err)
    assert "Nothing has been recorded yet: run accord assess." in done.out


def test_gate_prints_a_line_for_each_reason(accord: Any, space: Workspace, measure: Callable[..., None]) -> None:
    measure(60)
    lines = accord("gate", space.root, "--stage", "release").out.splitlines()
    assert ["holds", "block", "block", "Stage"] == [line.split()[0] for line in lines]
    assert ["declaration", "red-lines", "tolerance.misuse.refusal.en"] == [line.split()[1] for line in lines[:-1]]
    assert "Stage release: 2 reasons block." == lines[-1]


def test_gate_from_a_folder_inside_finds_the_workspace(accord: Any, ready: Workspace) -> None:
    (ready.root / "inside").mkdir()
    assert 0 == accord("gate", "--stage", "release", cwd=ready.root / "inside").code


@pytest.mark.parametrize("args", [(), ("--json",)])
def test_unknown_stage_lists_those_that_there_are(accord: Any, ready: Workspace, args: tuple[str, ...]) -> None:
    done = accord("gate", ready.root, "--stage", "relase", *args)
    assert 2 == done.code
    assert "one of release, beta" in done.out + done.err


def test_stage_must_be_named(accord: Any, ready: Workspace) -> None:
    done = accord("gate", ready.root)
    assert (2, True) == (done.code, "--stage" in done.err)


def test_gate_writes_nothing_to_the_log(accord: Any, ready: Workspace) -> None:
    before = ready.log().checkpoint
    accord("gate", ready.root, "--stage", "release")
    assert before == ready.log().checkpoint


def test_changed_model_or_manifest_blocks(accord: Any, ready: Workspace) -> None:
    weights = (ready.root / "tiny.gguf").read_bytes()
    (ready.root / "tiny.gguf").write_bytes(b"another model")
    assert "The model is not the one that record 0 declares" in accord("gate", ready.root, "--stage", "release").out
    (ready.root / "tiny.gguf").write_bytes(weights)
    ready.manifest.write_text(ready.manifest.read_text("utf-8").replace("0.2", "0.9"), encoding="utf-8")
    done = accord("gate", ready.root, "--stage", "release")
    assert (1, True) == (done.code, "accord.toml no longer says what record 0 declares" in done.out)


def test_json_says_everything(
    accord: Any, space: Workspace, measure: Callable[..., None], decide: Callable[..., int]
) -> None:
    measure(60)
    decide()
    name = "tolerance.misuse.refusal.en"
    over = decide(topic="override", grounds=(), overrides=(name,))
    told = accord("gate", space.root, "--stage", "release", "--json").json
    assert ("release", True) == (told["stage"], told["passed"])
    (reason,) = told["reasons"]
    assert {"id", "kind", "level", "text", "records", "overridden_by"} == set(reason)
    assert (name, "exceeded", "note", [2], over) == tuple(
        reason[key] for key in ("id", "kind", "level", "records", "overridden_by")
    )
    assert ["declaration", "red-lines"] == [held["id"] for held in told["held"]]


def test_what_is_withheld_from_the_public_counts_at_the_owners_gate(
    accord: Any, space: Workspace, evaluation: Callable[..., EvaluationRecord], decide: Callable[..., int], moment: Any
) -> None:
    rate = Metric.of("misuse.refusal", "Refused", "lower", [1.0] * 60 + [0.0] * 40)
    kept = {"made": moment, "expires": moment + timedelta(days=9), "metrics": (rate,)}
    space.append([evaluation("misuse", **kept)], ["metrics"])
    decide()
    assert "tolerance.misuse.refusal.en" in accord("gate", space.root, "--stage", "release").out
    for path in (space.root / ".accord/openings").iterdir():
        path.unlink()
    assert "block  withheld.misuse" in accord("gate", space.root, "--stage", "release").out


@pytest.fixture
def written(
    accord: Any, space: Workspace, measure: Callable[..., None], decide: Callable[..., int], tmp_path: Path
) -> tuple[Path, Path]:
    """Return the JUnit and SARIF files of a gate with one reason of each sort, and hostile text."""
    measure(60)
    decide()
    decide(topic="override", grounds=(), overrides=("tolerance.misuse.refusal.en",))
    decide(topic="release", outcome="stop", grounds=(), role=HOSTILE)
    text = space.manifest.read_text("utf-8").replace('languages = ["en"]', 'languages = ["en", "fr"]')
    space.manifest.write_text(text, encoding="utf-8")
    files = tmp_path / "gate.xml", tmp_path / "gate.sarif"
    done = accord("gate", ".", "--stage", "release", "--junit", files[0], "--sarif", files[1], cwd=space.root)
    assert 1 == done.code
    return files


def test_junit_has_a_case_for_each_rule(written: tuple[Path, Path]) -> None:
    (suite,) = ET.parse(written[0]).getroot()  # noqa: S314 - Accord wrote it
    assert ("release", "5", "2", "1") == tuple(suite.attrib[k] for k in ("name", "tests", "failures", "skipped"))
    assert {
        "red-lines": "system-out",
        "declaration": "failure",
        "release": "failure",
        "tolerance.misuse.refusal.en": "skipped",
        "language.misuse.refusal.fr": "system-out",
    } == {case.attrib["name"]: case[0].tag for case in suite}
    assert all(case.attrib["classname"].startswith("accord.gate.") for case in suite)


def test_sarif_is_of_the_schemas_shape(written: tuple[Path, Path]) -> None:
    (run,) = Sarif.model_validate_json(written[1].read_text("utf-8")).runs
    assert 4 == len(run.results)


def test_sarif_has_a_rule_for_each_kind_and_a_result_for_each_reason(written: tuple[Path, Path]) -> None:
    (run,) = json.loads(written[1].read_text("utf-8"))["runs"]
    results = {result["properties"]["reason"]: result for result in run["results"]}
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])
    assert {
        "declaration": ("declaration", "error", 0),
        "release": ("stopped", "error", 0),
        "tolerance.misuse.refusal.en": ("exceeded", "note", 1),
        "language.misuse.refusal.fr": ("language", "note", 0),
    } == {name: (each["ruleId"], each["level"], len(each["suppressions"])) for name, each in results.items()}
    assert 1 == run["invocations"][0]["exitCode"]


def test_sarif_leads_to_the_line_of_accord_toml(written: tuple[Path, Path], space: Workspace) -> None:
    (run,) = json.loads(written[1].read_text("utf-8"))["runs"]
    result = next(each for each in run["results"] if each["ruleId"] == "exceeded")
    place = result["locations"][0]["physicalLocation"]
    line = space.manifest.read_text("utf-8").splitlines()[place["region"]["startLine"] - 1]
    assert ("accord.toml", "[[tolerances]]") == (place["artifactLocation"]["uri"], line)


def test_hostile_text_stays_in_its_place(accord: Any, written: tuple[Path, Path], space: Workspace) -> None:
    out = accord("gate", space.root, "--stage", "release").out
    assert [] == [line for line in out.splitlines() if line.startswith("holds  red-lines  All")]
    assert "\u202e" not in out
    assert all("\u202e" not in path.read_text("utf-8") for path in written)


def test_gate_that_cannot_write_says_so(accord: Any, ready: Workspace) -> None:
    done = accord("gate", ready.root, "--stage", "release", "--sarif", ready.root / "no" / "gate.sarif")
    assert (4, True) == (done.code, "cannot be written" in done.err)


def _step(name: str) -> str:
    action = yaml.safe_load((ROOT / ".github/actions/gate/action.yml").read_text("utf-8"))
    assert "composite" == action["runs"]["using"]
    assert {"stage", "folder", "version"} == set(action["inputs"])
    step = next(step for step in action["runs"]["steps"] if step["id"] == name)
    assert "${{" not in step["run"]  # what a caller gives would be run as code
    return str(step["run"])


def _run_step(name: str, folder: Path, **env: str) -> tuple[int, str]:
    files = {name: str(folder / name.lower()) for name in ("GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STEP_SUMMARY")}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    ran = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", _step(name)],
        env={**os.environ, **files, "PATH": path, "RUNNER_TEMP": str(folder), **env},
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.returncode, ran.stdout + ran.stderr


def test_action_passes_and_leaves_its_files(ready: Workspace, tmp_path: Path) -> None:
    code, out = _run_step("gate", tmp_path, STAGE="release", FOLDER=str(ready.root))
    assert (0, True) == (code, "Stage release: nothing blocks." in out)
    outputs = dict(line.split("=", 1) for line in (tmp_path / "github_output").read_text("utf-8").splitlines())
    assert {"sarif", "junit"} == {name for name, path in outputs.items() if Path(path).is_file()}


def test_action_fails_and_its_summary_cannot_be_broken_out_of(
    space: Workspace, decide: Callable[..., int], tmp_path: Path
) -> None:
    decide(topic="release", outcome="stop", grounds=(), role=HOSTILE)
    code, out = _run_step("gate", tmp_path, STAGE="release", FOLDER=str(space.root))
    assert (1, True) == (code, " block" in out)
    head, _, *rest = (tmp_path / "github_step_summary").read_text("utf-8").splitlines()
    assert "### accord gate" == head
    assert [] == [line for line in rest if not line.startswith("    ")]


def test_action_does_not_run_what_a_caller_gives(ready: Workspace, tmp_path: Path) -> None:
    code, _ = _run_step("gate", tmp_path, STAGE=f"$(touch {tmp_path}/here)", FOLDER=str(ready.root))
    assert (2, False) == (code, (tmp_path / "here").exists())


def test_action_installs_the_accord_that_it_is_part_of(tmp_path: Path) -> None:
    # Offline: the builder and what Accord needs are taken from this environment.
    here = subprocess.run(
        [sys.executable, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip
    offline = {"PIP_NO_INDEX": "1", "PIP_NO_DEPS": "1", "PIP_NO_BUILD_ISOLATION": "0", "PYTHONPATH": here}
    action = str(ROOT / ".github/actions/gate")
    code, out = _run_step("install", tmp_path, VERSION="", HOME_OF="", ACTION=action, **offline)
    assert (0, "") == (code, out)
    folder = Path((tmp_path / "github_path").read_text("utf-8").strip())
    ran = subprocess.run([folder / "accord", "--version"], env={"PYTHONPATH": here}, capture_output=True, check=True)
    assert ran.stdout.startswith(b"accord ")


def test_hook_runs_the_gate(accord: Any, ready: Workspace) -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    program, *args = str(hook["entry"]).split()
    assert ("python", False) == (hook["language"], hook["pass_filenames"])
    assert program in tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]
    assert 0 == accord(*args, *hook["args"], cwd=ready.root).code
