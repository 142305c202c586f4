"""The register of risks at the command line: every event, every refusal with what is possible, every view."""

# ruff: noqa: ANN401 - importlib mode cannot import a class of conftest into a test

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from run_here import Done, run_here

from accord.assess import declare
from accord.codes import load_code
from accord.evidence import EvaluationRecord, Metric, RiskRecord
from accord.manifest import load_system
from accord.workspace import Workspace

SAID: dict[str, str] = {
    "title": "Uplift",
    "scenario": "A user asks for a route to a toxin.",
    "family": "R1",
    "affected": "the public",
    "stage": "use",
    "owner": "Head of Safety",
    "review": "2099-12-31",
    "touches": "1.9",
    "systemic": "yes",
}
ASSESSED = {"phase": "inherent", "likelihood": "possible", "severity": "4", "reason": "Tested."}
TREATED = {"mitigation": "refusal", "treatment": "Refusal.", "role": "Head of Training", "due": "2026-12-01"}
ACCEPTED = {"role": "Chief Safety Officer", "reason": "It is small.", "until": "2099-01-01"}
CLOSED = {"role": "Chief Safety Officer", "reason": "Withdrawn."}
EVENTS = {"add": SAID, "assess": ASSESSED, "treat": TREATED, "accept": ACCEPTED, "close": CLOSED}

Accord = Callable[..., Done]

MIT = """\
"Licence and guide, over several rows",,,,
Title,Ev_ID,Risk category,Risk subcategory,Description,Domain,Sub-domain
A paper,01.01.00,Harm A,,"A text
of two lines","3. Misinformation","3.1 > False or misleading information"
A paper,01.01.01,Harm A,Sub-harm,"Text",,
A paper,,No id,,"Text",,
A paper,../x,A path,,"Text",,
"""
IBM = [{"id": "atlas-prompt-injection", "name": "Prompt injection", "description": "Long."}, {"id": 3, "name": "x"}]


@pytest.fixture
def accord(capsys: pytest.CaptureFixture[str]) -> Accord:
    """Return the command line as a function: a process for each of these many refusals would take minutes."""
    return partial(run_here, capsys)


@pytest.fixture
def do(accord: Accord, workspace: Workspace) -> Any:
    """Return a function that records an event about the risk `uplift`; options are changed at will."""

    def run(event: str, *more: object, name: str = "uplift", **changes: str) -> Any:
        flags = [part for option, value in (EVENTS[event] | changes).items() for part in (f"--{option}", value)]
        return accord("risk", event, name, workspace.root, *flags, *more)

    return run


@pytest.fixture
def registered(do: Any, workspace: Workspace) -> Workspace:
    """Return a workspace with a risk that was added, assessed and treated."""
    codes = [do("add").code, do("assess", "--indicator", "refusal.harmful").code]
    assert [0, 0, 0] == [*codes, do("treat", "--at-least", "refusal.harmful=0.9").code]
    return workspace


def _held(space: Workspace, now: Any) -> list[RiskRecord]:
    return [entry.record for entry in space.records(now, opened=True).of(RiskRecord)]


# Recording


def test_whole_life_of_a_risk_is_recorded(do: Any, workspace: Workspace, now: Any) -> None:
    done = [do(event) for event in EVENTS]
    assert [(0, "")] * 5 == [(each.code, each.err) for each in done]
    assert list(EVENTS) == [record.event for record in _held(workspace, now)]
    assert [
        "open; not assessed", "open; level 12", "treated; level 12", "accepted; level 12", "closed; level 12",
    ] == [each.out.partition("uplift, ")[2].partition(",")[0].partition("\n")[0] for each in done]  # fmt: skip


def test_everything_that_was_said_is_recorded(do: Any, workspace: Workspace, now: Any) -> None:
    assert 0 == do("add", "--partner", "An institute", "--affected", "children", "--touches", "2").code
    (record,) = _held(workspace, now)
    told = record.model_dump(mode="json", exclude={"made", "chain", "id", "event"}, exclude_none=True)
    lists = {"affected": ["the public", "children"], "touches": ["1.9", "2"], "partners": ["An institute"]}
    assert {**SAID, **lists, "systemic": True} == told


def test_json_says_what_was_recorded_and_how_the_risk_stands(do: Any) -> None:
    assert 0 == do("add").code
    told = do("assess", "--json").json
    assert (1, "open", 12, True) == (
        told["record"],
        told["risk"]["state"],
        told["risk"]["level"],
        told["risk"]["needs_acceptance"],
    )


@pytest.mark.parametrize("likelihood", ["possible", "Possible", " POSSIBLE ", "3"])
def test_place_on_a_scale_is_a_word_or_a_number(do: Any, workspace: Workspace, now: Any, likelihood: str) -> None:
    assert [0, 0] == [do("add").code, do("assess", likelihood=likelihood).code]
    rating = _held(workspace, now)[-1].likelihood
    assert rating is not None
    assert (3, "possible") == (rating.position, rating.word)


@pytest.mark.parametrize("likelihood", ["0", "6", "999", "-1", "3.0", "²", "often", ""])
def test_place_that_a_scale_does_not_have_is_refused_with_those_it_has(do: Any, likelihood: str) -> None:
    do("add")
    done = do("assess", likelihood=likelihood)
    assert 2 == done.code
    assert "1 rare, 2 unlikely, 3 possible, 4 likely, 5 almost certain" in done.err


def test_scales_are_those_of_accord_toml(do: Any, workspace: Workspace) -> None:
    with workspace.manifest.open("a", encoding="utf-8") as file:
        file.write('\n[risk]\nlikelihood = ["no", "yes"]\nseverity = ["low", "high"]\ntolerated = 1\n')
    do("add")
    assert [2, 0] == [do("assess").code, do("assess", likelihood="yes", severity="2").code]


@pytest.mark.parametrize(("event", "option"), [(event, option) for event, said in EVENTS.items() for option in said])
def test_each_option_is_needed(accord: Accord, workspace: Workspace, event: str, option: str) -> None:
    flags = [part for name, value in EVENTS[event].items() if name != option for part in (f"--{name}", value)]
    done = accord("risk", event, "uplift", workspace.root, *flags)
    assert (2, 0) == (done.code, workspace.log().size)
    assert f"Missing option '--{option}'" in done.err


@pytest.mark.parametrize(
    ("event", "changes", "words"),
    [
        ("add", {"owner": "jo@acme"}, "a role, such as Head of Safety"),
        ("add", {"title": "Ask jo@acme.example"}, "the log cannot forget"),
        ("add", {"affected": "jo@acme.example"}, "the log cannot forget"),
        ("add", {"title": "  "}, "one line of text"),
        ("add", {"title": "a\nb"}, "one line of text"),
        ("add", {"title": "a\u202eb"}, "one line of text"),
        ("add", {"scenario": "x" * 2001}, "at most 2000 characters"),
        ("add", {"family": "R8"}, "'R1', 'R2'"),
        ("add", {"stage": "retired"}, "'design', 'development'"),
        ("add", {"review": "soon"}, "a day, as in 2026-11-23"),
        ("add", {"touches": "1.99"}, "one of 1.9"),
        ("add", {"touches": "P8"}, "touches"),
        ("add", {"systemic": "perhaps"}, "'yes', 'no'"),
        ("assess", {"phase": "later"}, "'inherent', 'residual'"),
        ("treat", {"mitigation": "Refusal training"}, "mitigation"),
        ("accept", {"until": "2020-01-01"}, "a day to come"),
        ("accept", {"until": "9999-12-31"}, "9999-12-31"),
        ("accept", {"role": "@jo"}, "a role"),
    ],
)
def test_what_cannot_be_recorded_is_refused_and_nothing_is(
    do: Any, workspace: Workspace, event: str, changes: dict[str, str], words: str
) -> None:
    done = do(event, **changes)
    assert (2, "", 0) == (done.code, done.out, workspace.log().size)
    assert words in done.err


def test_id_is_refused_where_it_is_none(do: Any) -> None:
    done = do("add", name="Up Lift")
    assert 2 == done.code
    assert "id: String should match" in done.err


@pytest.mark.parametrize("indicator", ["harmful", "Refusal.harmful", ""])
def test_indicator_is_a_metric(do: Any, indicator: str) -> None:
    do("add")
    done = do("assess", "--indicator", indicator)
    assert 2 == done.code
    assert "indicators" in done.err


@pytest.mark.parametrize("text", ["refusal.harmful", "refusal.harmful=", "refusal.harmful=2", "harmful=0.1", "a.b=nan"])
def test_bound_is_a_metric_and_a_share(do: Any, text: str) -> None:
    do("add")
    done = do("treat", "--at-most", text)
    assert 2 == done.code
    assert "as in refusal.harmful=0.05" in done.err


@pytest.mark.parametrize(
    ("before", "event", "possible"),
    [
        ([], "assess", "expected: add: the register has no risk yet"),
        (["add"], "add", "expected: assess, treat or close"),
        (["add"], "accept", "expected: assess, treat or close"),
        (["add", "close"], "assess", "expected: add, under another id"),
    ],
)
def test_event_out_of_order_is_refused_with_what_is_possible(
    do: Any, workspace: Workspace, before: list[str], event: str, possible: str
) -> None:
    for each in before:
        assert 0 == do(each).code
    done = do(event)
    assert (2, len(before)) == (done.code, workspace.log().size)
    assert possible in done.err
    assert "risk uplift" in done.err


def test_fields_that_accord_toml_withholds_enter_the_log_as_commitments(
    do: Any, accord: Accord, workspace: Workspace
) -> None:
    text = workspace.manifest.read_text(encoding="utf-8")
    workspace.manifest.write_text(f'withhold = ["scenario", "severity"]\n{text}', encoding="utf-8")
    assert [0, 0] == [do("add").code, do("assess").code]
    signed = "".join(accord("log", "show", workspace.root, "--entry", n).out for n in (0, 1))
    assert ("toxin" in signed, "severe" in signed, "possible" in signed) == (False, False, True)
    shown = accord("risk", "show", "uplift", workspace.root).out
    assert "toxin" in shown
    assert "possible, severe" in shown


# Views


def test_list_has_each_risk_with_its_level_state_and_owner(accord: Accord, registered: Workspace) -> None:
    done = accord("risk", "list", registered.root)
    assert (0, "") == (done.code, done.err)
    (row,) = [line for line in done.out.splitlines() if "uplift" in line]
    assert ["uplift: Uplift", "12 ▲", "treated", "Head of Safety", "2099-12-31"] == [
        cell.strip() for cell in row.strip("│").split("│")
    ]


def test_list_shows_what_is_asked_for(accord: Accord, do: Any, workspace: Workspace) -> None:
    assert 0 == do("add", name="late", review="2020-01-01", touches="2.1").code
    assert [0, 0, 0] == [
        do("add", name="tolerated").code,
        do("assess", name="tolerated", severity="1").code,
        do("add").code,
    ]

    def ids(*flags: str) -> list[str]:
        return [each["id"] for each in accord("risk", "list", workspace.root, "--json", *flags).json["risks"]]

    assert ["late", "tolerated", "uplift"] == ids()
    assert ["late"] == ids("--overdue")
    assert ["late", "uplift"] == ids("--open")
    assert ["late"] == ids("--open", "--overdue")
    shown = accord("risk", "list", workspace.root, "--by-action").out
    assert shown.index("Action 1:") < shown.index("tolerated:") < shown.index("Action 2:") < shown.index("late:")


def test_list_shows_what_changed_since_the_version_before(
    accord: Accord, do: Any, workspace: Workspace, now: Any
) -> None:
    do("add", name="old")
    for version in ("1.0", "1.1"):
        text = workspace.manifest.read_text(encoding="utf-8").replace('version = "1.0"', f'version = "{version}"')
        workspace.manifest.write_text(text, encoding="utf-8")
        system = load_system(workspace.manifest)
        declare(workspace, system, load_code(system.edition), now)
    do("add", name="new")
    told = accord("risk", "list", workspace.root, "--json", "--changed").json
    assert ["new"] == [each["id"] for each in told["risks"]]


def test_list_names_records_that_do_not_fit(accord: Accord, do: Any, workspace: Workspace, now: Any) -> None:
    do("add")
    stray = RiskRecord(made=now, id="stray", event="close", role="A role", reason="Nonsense.")
    workspace.append([stray])
    assert "Record 1 (close, risk stray) does not count" in accord("risk", "list", workspace.root).out
    assert 1 == len(accord("risk", "list", workspace.root, "--json").json["misfits"])


def test_show_says_everything_and_what_was_measured(
    accord: Accord, registered: Workspace, evaluation: Any, now: Any
) -> None:
    assert "refusal.harmful: no evidence" in accord("risk", "show", "uplift", registered.root).out
    system = load_system(registered.manifest)
    declare(registered, system, load_code(system.edition), now)
    metric = Metric.of("refusal.harmful", "Refused", "higher", [1] * 200)
    made: EvaluationRecord = evaluation("refusal", metrics=(metric,))
    registered.append([made.model_copy(update={"expires": None})])
    out = accord("risk", "show", "uplift", registered.root).out
    assert "refusal.harmful (en): 98.1% to 100.0%, n = 200, self" in out
    assert "refusal: Refusal. (Head of Training, by 2026-12-01); works" in out
    told = accord("risk", "show", "uplift", registered.root, "--json").json
    assert ([True], [200]) == (
        [treatment["works"] for treatment in told["treatments"]],
        [found["n"] for found in told["indicators"]["refusal.harmful"]],
    )


def test_show_of_an_unknown_risk_names_those_there_are(accord: Accord, registered: Workspace) -> None:
    done = accord("risk", "show", "uplfit", registered.root)
    assert 2 == done.code
    assert "It has: uplift." in done.err


def test_matrix_has_the_risk_in_its_place(accord: Accord, registered: Workspace) -> None:
    told = accord("risk", "matrix", registered.root, "--json").json
    assert (["uplift"], []) == (told["cells"][2][3], told["without_place"])
    out = accord("risk", "matrix", registered.root).out
    assert out.index("almost certain") < out.index("uplift") < out.index("rare")


def test_matrix_names_what_has_no_place(accord: Accord, do: Any, workspace: Workspace) -> None:
    do("add")
    assert "not assessed on these scales: uplift" in accord("risk", "matrix", workspace.root).out


@pytest.mark.parametrize("view", ["list", "matrix"])
def test_empty_register_is_shown(accord: Accord, workspace: Workspace, view: str) -> None:
    assert (0, "") == (accord("risk", view, workspace.root).code, accord("risk", view, workspace.root).err)


def test_hostile_text_of_a_record_is_never_obeyed(accord: Accord, registered: Workspace, now: Any) -> None:
    base = _held(registered, now)[0]
    hostile = base.model_copy(update={"id": "hostile", "title": "[red]\x1b[2J\u202e", "scenario": "\x1b]0;x\x07"})
    registered.append([hostile])
    views = [("list",), ("list", "--by-action"), ("show", "hostile"), ("matrix",), ("list", "--json")]
    done = [accord("risk", name, *(more if name == "show" else ()), registered.root) for name, *more in views]
    assert [0] * len(views) == [each.code for each in done]
    assert {"\n"} >= {char for each in done for char in each.out if not char.isprintable()}
    assert "[red]" in done[0].out


# Catalogues


@pytest.fixture
def copies(tmp_path: Path) -> dict[str, Path]:
    """Return the user's own copies of two catalogues, in the shape of the originals."""
    paths = {"mit": tmp_path / "mit.csv", "ibm": tmp_path / "ibm.json"}
    paths["mit"].write_text(MIT, encoding="utf-8-sig")
    paths["ibm"].write_text(json.dumps(IBM), encoding="utf-8")
    return paths


def test_import_keeps_ids_and_titles_beside_the_log_alone(
    accord: Accord, workspace: Workspace, copies: dict[str, Path]
) -> None:
    done = accord("risk", "import", workspace.root, "--mit", copies["mit"], "--ibm", copies["ibm"])
    assert (0, "", 0) == (done.code, done.err, workspace.log().size)
    folder = workspace.root / ".accord" / "catalogues"
    kept = {path.name: json.loads(path.read_bytes())["entries"] for path in folder.iterdir()}
    assert {
        "mit.json": {
            "01.01.00": "Harm A",
            "01.01.01": "Sub-harm",
            "3": "Misinformation",
            "3.1": "False or misleading information",
        },
        "ibm.json": {"atlas-prompt-injection": "Prompt injection"},
    } == kept


def test_list_under_risks_is_read_too(accord: Accord, workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "graph.json").write_text(json.dumps({"risks": IBM, "actions": []}), encoding="utf-8")
    told = accord("risk", "import", workspace.root, "--ibm", tmp_path / "graph.json", "--json").json
    assert 1 == told["IBM"]["entries"]


def test_risk_names_what_an_imported_catalogue_has(
    accord: Accord, do: Any, workspace: Workspace, copies: dict[str, Path], now: Any
) -> None:
    accord("risk", "import", workspace.root, "--mit", copies["mit"])
    assert 0 == do("add", "--catalogue", "MIT:3.1", "--catalogue", "MIT:01.01.00").code
    assert ("MIT:3.1", "MIT:01.01.00") == _held(workspace, now)[0].catalogue


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ("MIT:3.2", "near it: MIT:3.1"),
        ("MIT:", "MIT has no entry"),
        ("IBM:atlas-prompt-injection", "imported are MIT"),
        ("../../x:3", "imported are MIT"),
        ("3.1", "imported are MIT"),
    ],
)
def test_unknown_id_of_a_catalogue_is_refused(
    accord: Accord, do: Any, workspace: Workspace, copies: dict[str, Path], item: str, words: str
) -> None:
    accord("risk", "import", workspace.root, "--mit", copies["mit"])
    done = do("add", "--catalogue", item)
    assert (2, 0) == (done.code, workspace.log().size)
    assert words in done.err


def test_id_of_a_catalogue_that_was_never_imported_is_refused(do: Any) -> None:
    done = do("add", "--catalogue", "MIT:3.1")
    assert 2 == done.code
    assert "none has been imported; see accord risk import" in done.err


def test_damaged_catalogue_is_named(accord: Accord, do: Any, workspace: Workspace, copies: dict[str, Path]) -> None:
    accord("risk", "import", workspace.root, "--mit", copies["mit"])
    (workspace.root / ".accord" / "catalogues" / "mit.json").write_text("[]", encoding="utf-8")
    done = do("add", "--catalogue", "MIT:3.1")
    assert 4 == done.code
    assert "import it again with: accord risk import --mit" in done.err


@pytest.mark.parametrize(
    ("option", "data", "words"),
    [
        ("--mit", b"a,b\n1,2\n", "a row of column names with Ev_ID"),
        ("--mit", b"Ev_ID\n1\n", "one of Title, Domain and Sub-domain"),
        ("--mit", b"Ev_ID,Title\n", "No row or item has an id"),
        ("--mit", b'Ev_ID,Title\n"1,x\n', "a CSV file in UTF-8"),
        ("--mit", b"\xff\xfe", "a CSV file in UTF-8"),
        ("--mit", b"", "a row of column names with Ev_ID"),
        ("--ibm", b"{", "a JSON file"),
        ("--ibm", b"{}", "a JSON list of objects with id and name"),
        ("--ibm", b"3", "a JSON list of objects with id and name"),
        ("--ibm", b"[1, {}]", "No row or item has an id"),
    ],
)
def test_file_that_is_no_catalogue_is_refused(
    accord: Accord, workspace: Workspace, tmp_path: Path, option: str, data: bytes, words: str
) -> None:
    (tmp_path / "copy").write_bytes(data)
    done = accord("risk", "import", workspace.root, option, tmp_path / "copy")
    assert (2, "") == (done.code, done.out)
    assert words in done.err
    assert not (workspace.root / ".accord" / "catalogues").exists()


def test_import_of_nothing_says_what_can_be_imported(accord: Accord, workspace: Workspace) -> None:
    done = accord("risk", "import", workspace.root)
    assert 2 == done.code
    assert "--mit FILE, --ibm FILE" in done.err
