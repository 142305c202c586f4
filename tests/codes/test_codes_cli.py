"""`accord code show`, as a reader sees it."""

import json

import pytest
from click.testing import CliRunner
from rich.console import Console

from accord.cli.code import _item, code
from accord.codes import Fact, load_code, load_translation, translate
from accord.errors import CodeError


def _show(*arguments: str) -> str:
    result = CliRunner().invoke(code, ["show", *arguments], catch_exceptions=False, env={"COLUMNS": "200"})
    assert result.exit_code == 0
    return result.output


def test_show_lists_every_action_and_clause() -> None:
    words = _show().split()
    ids = [item.id for item in load_code().items() if item.kind in ("action", "clause")]
    assert [item_id for item_id in ids if item_id not in words] == []


def test_show_gives_force_and_qualifier() -> None:
    line = next(line for line in _show().splitlines() if line.split()[:1] == ["1.9"])
    assert line.split()[:4] == ["1.9", "commit,", "as", "appropriate"]


def test_show_says_that_it_paraphrases() -> None:
    assert "not official wording" in _show()


@pytest.mark.parametrize(
    ("item_id", "heading"),
    [
        ("3", "action 3"),
        ("1.9", "clause 1.9"),
        ("P8", "fact P8"),
        ("R2", "risk-family R2"),
        ("c", "red-line c"),
    ],
)
def test_show_of_an_item_has_a_heading(item_id: str, heading: str) -> None:
    assert f"{heading} of g7-2023 (paraphrase)" in _show(item_id)


def test_show_of_a_clause_gives_every_field() -> None:
    output = _show("7.1")
    assert all(name in output for name in load_code().clause("7.1").model_dump(exclude={"id"}))


def test_show_of_an_action_lists_its_clauses() -> None:
    assert "10.2" in _show("10").split()


def test_show_json_is_the_whole_edition() -> None:
    assert load_code().model_dump(mode="json") == json.loads(_show("--json"))


def test_show_json_of_an_item_binds_it_to_the_edition() -> None:
    shown = json.loads(_show("d", "--json"))
    item = {"kind": "red-line", **load_code().item("d").model_dump(mode="json")}
    assert {"edition": "g7-2023", "digest": load_code().digest, "item": item} == shown


@pytest.mark.parametrize("arguments", [["1.99"], ["--edition", "g7-2099"]])
def test_show_of_something_unknown_raises(arguments: list[str]) -> None:
    with pytest.raises(CodeError):
        _show(*arguments)


def test_show_obeys_neither_markup_nor_control_characters() -> None:
    out = Console(width=80)
    with out.capture() as capture:
        out.print(_item(load_code(), Fact(id="P1", text="[red]hostile[/red] \x1b[2J", confidence="M")))
    assert r"[red]hostile[/red] \x1b[2J" in capture.get()


def test_show_in_another_language_keeps_the_register() -> None:
    line = next(line for line in _show("--language", "fr").splitlines() if line.split()[:1] == ["1.9"])
    assert line.split()[1] == "commit,"
    assert load_translation("g7-2023", "fr").item("1.9").text == translate(load_code(), "fr").clause("1.9").text
    assert "テスト" in _show("1.9", "--language", "ja")


def test_show_json_in_another_language_stays_bound_to_the_edition() -> None:
    shown = json.loads(_show("1.9", "--language", "de", "--json"))
    assert (load_code().digest, load_code().clause("1.9").text) == (shown["digest"], shown["item"]["text"])
    assert ("de", "own-draft") == (shown["language"], shown["translation"]["status"])
    assert {"1.9", "P1"} <= {
        item["id"] for item in json.loads(_show("--language", "de", "--json"))["translation"]["items"]
    }


def test_show_in_a_language_without_translation() -> None:
    with pytest.raises(CodeError, match="no translation 'xx'"):
        _show("--language", "xx")
