"""Decisions at the command line: every ground is spoken to, nothing goes on across a red line, an override ends."""

# ruff: noqa: ANN401 - importlib mode cannot import a class of conftest into a test

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from run_here import Done, Terminal, run_here

from accord.assess import declare
from accord.codes import load_code
from accord.evidence import DecisionRecord
from accord.manifest import load_system
from accord.workspace import Workspace

Accord = Callable[..., Done]

GROUNDS = [line.id for line in load_code().red_lines]
COMMON = ("--stage", "release", "--role", "Chief Safety Officer", "--reason", "As tested.")
CLEAR = [part for name in GROUNDS for part in ("--ground", f"{name}=Not at all.")]


@pytest.fixture
def accord(capsys: pytest.CaptureFixture[str]) -> Accord:
    """Return the command line as a function: a process for each of these many refusals would take minutes."""
    return partial(run_here, capsys)


@pytest.fixture
def declared(workspace: Workspace, now: Any) -> Workspace:
    """Return a workspace that declared its system just now."""
    system = load_system(workspace.manifest)
    declare(workspace, system, load_code(system.edition), now)
    return workspace


@pytest.fixture
def decide(accord: Accord, declared: Workspace) -> Any:
    """Return a function that runs `accord decide` with what every decision says."""
    return lambda topic, *more: accord("decide", topic, declared.root, *COMMON, *more)


def _held(space: Workspace, now: Any) -> list[DecisionRecord]:
    return [entry.record for entry in space.records(now).of(DecisionRecord)]


def _in(days: int) -> str:
    return f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%d}"


def test_red_lines_decision_is_about_every_ground_and_the_declared_model(
    decide: Any, declared: Workspace, now: Any
) -> None:
    done = decide("red-lines", "--proceed", *CLEAR)
    assert (0, "") == (done.code, done.err)
    (record,) = _held(declared, now)
    assert ("red-lines", "release", "proceed", "Chief Safety Officer", "As tested.", None) == (
        record.topic,
        record.stage,
        record.outcome,
        record.role,
        record.reason,
        record.expires,
    )
    assert [(name, False, "Not at all.") for name in GROUNDS] == [(g.id, g.crossed, g.reason) for g in record.grounds]
    assert "tiny" == record.model.name


def test_stop_names_the_ground_that_would_be_crossed(decide: Any, declared: Workspace, now: Any) -> None:
    last = GROUNDS[-1]
    assert 0 == decide("red-lines", "--stop", *CLEAR[:-2], "--crossed", f"{last}=It would = harm.").code
    (record,) = _held(declared, now)
    assert ("stop", [(last, "It would = harm.")]) == (
        record.outcome,
        [(g.id, g.reason) for g in record.grounds if g.crossed],
    )


def test_nobody_goes_on_across_a_red_line(decide: Any, declared: Workspace, now: Any) -> None:
    done = decide("red-lines", "--proceed", *CLEAR[:-2], "--crossed", f"{GROUNDS[-1]}=It would harm.")
    assert (2, []) == (done.code, _held(declared, now))
    assert "across a red line" in done.err


@pytest.mark.parametrize(
    ("flags", "found"),
    [
        ([], "not spoken to: a, b, c, d, e"),
        (CLEAR[:-2], "not spoken to: e"),
        ([*CLEAR, "--ground", "f=No."], "unknown: f"),
        ([*CLEAR, "--crossed", "a=Yes."], "spoken to twice: a"),
        ([*CLEAR[2:], "--ground", "f=No."], "not spoken to: a; unknown: f"),
    ],
)
def test_ground_that_is_left_out_is_named_beside_the_text_of_all(
    decide: Any, declared: Workspace, now: Any, flags: list[str], found: str
) -> None:
    done = decide("red-lines", "--stop", *flags)
    assert (2, []) == (done.code, _held(declared, now))
    assert found in done.err
    assert [] == [line.id for line in load_code().red_lines if line.text not in done.err]


@pytest.mark.parametrize("topic", ["red-lines", "release"])
@pytest.mark.parametrize("flags", [(), ("--proceed", "--stop")], ids=["neither", "both"])
def test_outcome_is_said_and_never_assumed(
    decide: Any, declared: Workspace, now: Any, topic: str, flags: tuple[str, ...]
) -> None:
    done = decide(topic, *flags, *(CLEAR if topic == "red-lines" else ()))
    assert (2, []) == (done.code, _held(declared, now))
    assert "Say --proceed or --stop, and not both." in done.err


@pytest.mark.parametrize("flag", ["--proceed", "--stop"])
def test_release_is_decided(decide: Any, declared: Workspace, now: Any, flag: str) -> None:
    assert 0 == decide("release", flag, "--until", "2099-12-31").code
    (record,) = _held(declared, now)
    assert ("release", flag[2:], datetime(2100, 1, 1, tzinfo=UTC)) == (record.topic, record.outcome, record.expires)


def test_decision_names_the_records_that_were_looked_at(decide: Any, declared: Workspace, now: Any) -> None:
    assert 0 == decide("release", "--stop", "--rests-on", "1", "--rests-on", "0", "--rests-on", "1").code
    refs = [entry.ref for entry in declared.records(now)]
    assert (refs[1], refs[0]) == _held(declared, now)[0].rests_on


def test_record_that_the_log_does_not_have_is_refused(decide: Any, declared: Workspace, now: Any) -> None:
    done = decide("release", "--stop", "--rests-on", "99")
    assert (2, []) == (done.code, _held(declared, now))
    assert "The log has no entry 99: it has 2" in done.err


def test_unknown_stage_is_refused_with_those_there_are(accord: Accord, declared: Workspace, now: Any) -> None:
    done = accord("decide", "release", declared.root, *COMMON, "--stage", "launch", "--stop")
    assert (2, []) == (done.code, _held(declared, now))
    assert "training-checkpoint, pre-deployment, release, periodic" in done.err


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--role", "jo@acme"),
        ("--role", "@jo"),
        ("--reason", "Ask jo@acme.example."),
        ("--reason", " "),
        ("--role", "a\nb"),
    ],
)
def test_person_is_never_recorded(decide: Any, declared: Workspace, now: Any, option: str, value: str) -> None:
    assert (2, []) == (decide("release", "--stop", option, value).code, _held(declared, now))


@pytest.mark.parametrize("value", ["a", "=why", "a=", "a=Ask jo@acme.example."])
def test_ground_has_an_id_and_a_reason(decide: Any, value: str) -> None:
    assert 2 == decide("red-lines", "--stop", "--ground", value).code


def test_override_names_reasons_and_ends(decide: Any, declared: Workspace, now: Any) -> None:
    ids = ("tolerance.refusal.harmful.en", "risk.uplift", "risk.uplift")
    flags = [part for name in ids for part in ("--reason-id", name)]
    assert 0 == decide("override", *flags, "--until", _in(1)).code
    (record,) = _held(declared, now)
    assert ("override", "proceed", ids[:2]) == (record.topic, record.outcome, record.overrides)
    assert record.expires is not None
    assert (_in(2), 0) == (f"{record.expires:%Y-%m-%d}", record.expires.hour)


@pytest.mark.parametrize(("days", "code"), [(-1, 2), (0, 0), (88, 0), (91, 2), (400, 2)])
def test_override_reaches_90_days_ahead_at_most(decide: Any, days: int, code: int) -> None:
    assert code == decide("override", "--reason-id", "risk.uplift", "--until", _in(days)).code


def test_override_without_an_end_is_refused(decide: Any) -> None:
    done = decide("override", "--reason-id", "risk.uplift")
    assert 2 == done.code
    assert "Missing --until" in done.err


@pytest.mark.parametrize("name", ["red-lines", "release", "declaration"])
def test_what_a_person_decided_cannot_be_overridden(decide: Any, declared: Workspace, now: Any, name: str) -> None:
    done = decide("override", "--reason-id", "risk.uplift", "--reason-id", name, "--until", _in(1))
    assert (2, []) == (done.code, _held(declared, now))
    assert f"This cannot be overridden: {name}" in done.err


@pytest.mark.parametrize("name", ["", "a b", "\x1b[2J", "risk..uplift"])
def test_reason_that_is_no_id_is_refused(decide: Any, name: str) -> None:
    done = decide("override", "--reason-id", name, "--until", _in(1))
    assert 2 == done.code
    assert "\x1b" not in done.err


def test_override_is_taken_back(decide: Any, declared: Workspace, now: Any) -> None:
    assert 0 == decide("override", "--reason-id", "risk.uplift", "--until", _in(1)).code
    assert 0 == decide("override", "--reason-id", "risk.uplift", "--withdraw").code
    assert ["proceed", "stop"] == [record.outcome for record in _held(declared, now)]


def test_decision_before_anything_is_declared_is_refused(accord: Accord, workspace: Workspace) -> None:
    done = accord("decide", "release", workspace.root, *COMMON, "--stop")
    assert (4, 0) == (done.code, workspace.log().size)
    assert "run: accord assess" in done.err


def test_list_says_which_decisions_hold(accord: Accord, decide: Any, declared: Workspace, now: Any) -> None:
    assert 0 == decide("release", "--proceed").code
    (declared.root / "tiny.gguf").write_bytes(b"other weights")
    system = load_system(declared.manifest)
    declare(declared, system, load_code(system.edition), now)
    assert 0 == decide("override", "--reason-id", "risk.uplift", "--until", _in(1)).code
    old = _held(declared, now)[0].model_copy(update={"expires": now - timedelta(days=1), "made": now})
    declared.append([old])
    rows = accord("decide", "list", declared.root, "--json").json
    assert [(True, False), (True, True), (False, False)] == [(row["current"], row["this_model"]) for row in rows]
    out = accord("decide", "list", declared.root).out
    assert ("about another model" in out, "; ended" in out, "overrides risk.uplift" in out) == (True, True, True)
    assert "3 decisions." in out


def test_hostile_text_of_a_decision_is_never_obeyed(accord: Accord, decide: Any, declared: Workspace, now: Any) -> None:
    assert 0 == decide("release", "--proceed").code
    hostile = _held(declared, now)[0].model_copy(update={"role": "[red]\x1b[2J", "reason": "\u202e\x07"})
    declared.append([hostile])
    done = [accord("decide", "list", declared.root, *flags) for flags in ((), ("--json",))]
    assert {"\n"} >= {char for each in done for char in each.out if not char.isprintable()}


@pytest.mark.parametrize(("topic", "more"), [("release", ()), ("red-lines", CLEAR)])
def test_conditions_are_recorded_listed_and_told_by_the_gate(
    accord: Accord, decide: Any, declared: Workspace, now: Any, topic: str, more: list[str]
) -> None:
    assert 0 == decide(topic, "--proceed", *more, "--condition", "The filter stays on.").code
    assert ("The filter stays on.",) == _held(declared, now)[0].conditions
    assert "on the condition: The filter stays on." in accord("decide", "list", declared.root).out
    notes = accord("gate", declared.root, "--stage", "release", "--json").json["reasons"]
    (note,) = [reason for reason in notes if reason["kind"] == "condition"]
    assert (f"{topic}.condition.1", "note") == (note["id"], note["level"])


def test_what_stops_has_no_condition(decide: Any, declared: Workspace, now: Any) -> None:
    done = decide("release", "--stop", "--condition", "The filter stays on.")
    assert (2, []) == (done.code, _held(declared, now))
    assert "depends on no condition" in done.err


def test_a_terminal_asks_for_every_ground_that_no_option_speaks_to(
    decide: Any, declared: Workspace, now: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "sys.stdin", Terminal("".join(["maybe\nno\nNot so.\n", *["no\nNot so.\n"] * 2, "yes\nIt is.\n"]))
    )
    done = decide("red-lines", "--stop", *CLEAR[:2])
    assert 0 == done.code
    (record,) = _held(declared, now)
    assert ["Not at all.", *["Not so."] * 3, "It is."] == [ground.reason for ground in record.grounds]
    assert [GROUNDS[-1]] == [ground.id for ground in record.grounds if ground.crossed]


def test_json_says_what_was_recorded(decide: Any) -> None:
    told = decide("red-lines", "--proceed", *CLEAR, "--json").json
    assert (2, "proceed", GROUNDS) == (
        told["record"],
        told["decision"]["outcome"],
        [ground["id"] for ground in told["decision"]["grounds"]],
    )
