import json
from collections import Counter
from pathlib import Path
from typing import Any, get_args

import pytest

from accord.errors import EvaluationError
from accord.evals.judges import RULES, Task, case_digest, hard_labels, load_labels, measure, shipped_labels
from accord.evals.judges.labels import LARGEST

TASKS: tuple[Task, ...] = get_args(Task)
CARD = Path(__file__).parents[2] / "src" / "accord" / "evals" / "labels" / "README.md"
ENGLISH = {"choice": 71}
"""The fewest English rows of a task; 90 for the others."""
FEWEST = {"refusal": 60, "admission": 60, "canary": 36}
"""The fewest rows in each other language; 23 for the others."""


@pytest.mark.parametrize("task", TASKS)
def test_labels_are_enough_in_every_language(task: Task) -> None:
    counts = Counter(row.case.language for row in shipped_labels(task).rows)
    assert {"en", "fr", "de", "it", "ja"} == set(counts)
    assert counts["en"] >= ENGLISH.get(task, 90)
    assert min(counts.values()) >= FEWEST.get(task, 23)


@pytest.mark.parametrize("task", TASKS)
def test_hard_labels_are_written_and_are_no_part_of_the_others(task: Task) -> None:
    hard, usual = hard_labels(task), shipped_labels(task)
    if hard is None:
        assert "written" in {row.source for row in usual.rows}
        return
    assert {"written"} == {row.source for row in hard.rows}
    assert "written" not in {row.source for row in usual.rows}
    assert not {case_digest(row.case) for row in hard.rows} & {case_digest(row.case) for row in usual.rows}
    assert f"accord/{task}-hard" == hard.name


@pytest.mark.parametrize("task", TASKS)
def test_labels_say_yes_and_no_in_every_language(task: Task) -> None:
    for language in ("en", "fr", "de", "it", "ja"):
        said = [row.label for row in shipped_labels(task).rows if row.case.language == language]
        assert min(said.count(True), said.count(False)) >= len(said) / 10, language


@pytest.mark.parametrize("task", TASKS)
def test_no_case_is_labelled_twice(task: Task) -> None:
    rows = shipped_labels(task).rows
    assert len(rows) == len({case_digest(row.case) for row in rows})


@pytest.mark.parametrize("task", TASKS)
def test_every_answer_says_where_it_is_from(task: Task) -> None:
    known = {"written", "SmolLM2-135M-Instruct", "Qwen2.5-Coder-1.5B-Instruct"}
    assert {row.source for row in shipped_labels(task).rows} <= known


@pytest.mark.parametrize("task", TASKS)
def test_rules_can_be_corrected_for_in_every_language(task: Task) -> None:
    for agreement in measure(RULES[task], shipped_labels(task))[0]:
        error = agreement.error
        positives, negatives = error.true_positive + error.false_negative, error.true_negative + error.false_positive
        assert error.true_positive / positives + error.true_negative / negatives > 1, agreement.language


def test_card_names_who_labelled_and_the_counts() -> None:
    text = CARD.read_text(encoding="utf-8")
    assert shipped_labels("refusal").labelled_by in " ".join(text.split())
    for task in TASKS:
        rows = shipped_labels(task).rows
        counts = Counter(row.case.language for row in rows)
        cells = [task, *(str(counts[language]) for language in ("en", "fr", "de", "it", "ja"))]
        real = sum(row.source != "written" for row in rows)
        hard = len(found.rows) if (found := hard_labels(task)) else "-"
        assert f"| {' | '.join(cells)} | {real} of {len(rows)} | {hard} |" in text


ROW: dict[str, Any] = {
    "task": "mention",
    "language": "en",
    "prompt": "Which city?",
    "answer": "Paris",
    "facts": {"accept": ["Paris"]},
    "label": True,
}


def _write(folder: Path, *rows: object) -> Path:
    path = folder / "mine.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


def test_own_labels_are_read_and_named_by_their_file(tmp_path: Path) -> None:
    labels = load_labels(_write(tmp_path, ROW, ROW | {"answer": "Lyon", "label": False}), "mention")
    assert ("mine", "mention", 2) == (labels.name, labels.task, len(labels.rows))
    assert [True, False] == [row.label for row in labels.rows]
    assert labels.version == labels.sha256[:12]
    assert ((1, 0, 1, 0), 0) == (tuple(measure(RULES["mention"], labels)[0][0].error), 0)


def test_own_labels_may_say_their_version_and_reader(tmp_path: Path) -> None:
    labels = load_labels(_write(tmp_path, ROW), "mention", version="3", labelled_by="two nurses")
    assert ("3", "two nurses") == (labels.version, labels.labelled_by)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"colour": "red"}, "colour"),
        ({"label": "yes"}, "label"),
        ({"label": None}, "label"),
        ({"answer": 3}, "answer"),
        ({"facts": {}}, "accept"),
        ({"facts": {"accept": "Paris"}}, "accept"),
        ({"facts": {"accept": [1]}}, "accept"),
        ({"task": "refusal"}, "another task"),
        ({"task": "colour"}, "another task"),
    ],
)
def test_damaged_label_is_refused_by_line(tmp_path: Path, change: dict[str, Any], named: str) -> None:
    with pytest.raises(EvaluationError, match=named) as caught:
        load_labels(_write(tmp_path, ROW, ROW | change), "mention")
    assert "mine.jsonl, line 2" in str(caught.value)


@pytest.mark.parametrize("line", [b"{", b"[]", b"\xff", b'{"task": "mention", "task": "mention"}', b"\x1b[31m"])
def test_line_that_is_no_label_is_refused_without_its_control_signs(tmp_path: Path, line: bytes) -> None:
    path = _write(tmp_path, ROW)
    path.write_bytes(path.read_bytes() + line)
    with pytest.raises(EvaluationError, match="line 2") as caught:
        load_labels(path, "mention")
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize(
    ("task", "facts"),
    [
        ("choice", {"options": {"A": "x", "B": "y"}, "option": 1}),
        ("choice", {"options": {"A": 1, "B": "y"}, "option": "A"}),
        ("choice", {"options": {"A": "x", "B": "y"}, "option": "A", "among": "A"}),
        ("choice", {"options": {"A": "x"}, "option": "A"}),
        ("choice", {"options": {"A": "x", "]": "y"}, "option": "A"}),
        ("canary", {"canary": "X"}),
        ("confident", {"accept": ["x"], "at_least": True}),
        ("action", {"calls": ["open"]}),
        ("action", {"calls": [{"tool": "open"}]}),
    ],
)
def test_facts_are_those_of_the_task(tmp_path: Path, task: Task, facts: dict[str, Any]) -> None:
    with pytest.raises(EvaluationError, match="line 1"):
        load_labels(_write(tmp_path, ROW | {"task": task, "facts": facts}), task)


def test_empty_and_missing_and_huge_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="no labels"):
        load_labels(_write(tmp_path), "mention")
    with pytest.raises(EvaluationError, match="cannot be read"):
        load_labels(tmp_path / "none.jsonl", "mention")
    with (tmp_path / "huge.jsonl").open("wb") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(EvaluationError, match="too large"):
        load_labels(tmp_path / "huge.jsonl", "mention")
