"""Endpoints that are down, late, broken or talk nonsense: said clearly, recorded honestly, tried again next time."""

# ruff: noqa: ANN401 - importlib mode cannot import a class of conftest into a test

from typing import Any

import pytest

from accord.evidence import EvaluationRecord
from accord.workspace import Workspace

DEAD = {"down": "good", "broken": "broken", "garbage": "garbage", "hang": "hang"}


@pytest.fixture(scope="module")
def failures(accord: Any, make: Any, serve_all: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return how an assessment of each dead endpoint ended; they mostly wait, so they run side by side."""
    folder = tmp_path_factory.mktemp("dead")
    spaces, runs = {}, {}
    for name, mood in DEAD.items():
        url = "http://127.0.0.1:9/v1" if name == "down" else serve_all(mood).url
        spaces[name] = make(folder / name, url, timeout=1 if name == "hang" else 20)
        runs[name] = accord.start("assess", spaces[name].root)
    return {name: (spaces[name], run.wait()) for name, run in runs.items()}


@pytest.mark.parametrize("name", DEAD)
def test_endpoint_that_answers_nothing_is_a_missing_prerequisite(failures: Any, name: str) -> None:
    _, done = failures[name]
    assert (4, "") == (done.code, done.out)
    assert "Nothing could be measured" in done.err
    assert "where: http://127.0.0.1:" in done.err
    assert "fix: " in done.err


@pytest.mark.parametrize("name", DEAD)
def test_endpoint_that_answers_nothing_leaves_only_what_was_announced(failures: Any, name: str, now: Any) -> None:
    space, _ = failures[name]
    assert ["key", "system", "judge", "plan"] == [entry.record.kind for entry in space.records(now)]


@pytest.mark.parametrize("name", ["broken", "garbage"])
def test_words_of_a_broken_endpoint_never_reach_the_terminal_raw(failures: Any, name: str) -> None:
    _, done = failures[name]
    assert {"\n"} >= {char for char in done.err if not char.isprintable()}


def test_endpoint_that_fails_half_the_time_is_asked_again(
    accord: Any, make: Any, serve: Any, tmp_path: Any, now: Any
) -> None:
    server = serve("shaky", seed=2)
    space = make(tmp_path / "space", server.url)
    done = accord("assess", space.root)
    assert (done.code, _state(space, now)) in {(0, "complete"), (1, "incomplete")}
    assert server.asked.total() > len(server.asked)
    assert max(server.answered.values()) == 1
    server.mood = "good"
    assert 0 == accord("assess", space.root).code
    assert ("complete", 1) == (_state(space, now), max(server.answered.values()))


def test_lost_samples_are_recorded_as_incomplete_and_tried_again(
    accord: Any, make: Any, serve: Any, configure: Any, tmp_path: Any, now: Any
) -> None:
    server = serve("partial")
    space = make(tmp_path / "space", server.url)
    done = accord("assess", space.root, "--json")
    assert (1, "incomplete") == (done.code, _state(space, now))
    assert "samples were lost" in done.json["incomplete"][0]
    server.mood, answered = "good", set(server.answered)
    asked = server.asked.copy()
    configure(space, suites=["confabulation"])
    assert 0 == accord("assess", space.root).code, "an old loss in a suite that is no longer asked is no finding"
    configure(space, suites=["bias"])
    assert 0 == accord("assess", space.root).code
    assert "complete" == _state(space, now)
    assert not {prompt for prompt in answered if server.asked[prompt] != asked[prompt]}


def _state(space: Workspace, now: Any) -> str:
    newest = space.records(now).latest(EvaluationRecord)
    assert newest is not None
    return newest.record.state
