"""An edition is found, read, and refused by name when anything in it is not as it was sealed."""

import copy
import tomllib
import zipfile
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hatchling.builders.wheel import WheelBuilder
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from accord.codes import load_code
from accord.codes.digest import digest_of, digests_of, find_faults
from accord.codes.loader import parse_code
from accord.errors import CodeError

SOURCE = files("accord.codes").joinpath("g7-2023", "code.toml").read_text(encoding="utf-8")
DOCUMENT: dict[str, Any] = tomllib.loads(SOURCE)


def _strings(value: object, *path: str | int) -> list[tuple[str | int, ...]]:
    """Return the path to every string inside a parsed TOML value."""
    if isinstance(value, dict):
        return [found for key, part in value.items() for found in _strings(part, *path, key)]
    if isinstance(value, list):
        return [found for index, part in enumerate(value) for found in _strings(part, *path, index)]
    return [path] if isinstance(value, str) else []


def _edit(root: Path, old: str, new: str, name: str = "code.toml") -> None:
    path = root / "g7-2023" / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def _changed(*path: str | int, value: object) -> dict[str, Any]:
    document: Any = copy.deepcopy(DOCUMENT)
    part = document
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = value
    return dict(document)


def test_load_code_is_cached() -> None:
    assert load_code() is load_code("g7-2023")


def test_load_code_reads_a_given_root(root: Path) -> None:
    assert load_code(root=root) == load_code()


def test_load_code_reads_inside_a_zip_file(root: Path) -> None:
    with zipfile.ZipFile(root / "codes.zip", "w") as archive:
        for path in (root / "g7-2023").iterdir():
            archive.write(path, f"g7-2023/{path.name}")
    with zipfile.ZipFile(root / "codes.zip") as archive:
        assert load_code(root=zipfile.Path(archive)) == load_code()


def test_wheel_includes_the_edition() -> None:
    builder = WheelBuilder(str(Path(__file__).parents[2]))
    names = {included.distribution_path for included in builder.recurse_included_files()}
    assert {"accord/codes/g7-2023/code.toml", "accord/codes/g7-2023/digests.toml"} <= names


@pytest.mark.parametrize("edition", ["g7-2099", "", "..", "../codes/g7-2023"])
def test_unknown_edition_is_refused(edition: str) -> None:
    with pytest.raises(CodeError, match="one of g7-2023"):
        load_code(edition)


@pytest.mark.parametrize("item_id", ["3", "1.10", "P13", "R7", "e"])
def test_item_has_the_id_asked_for(item_id: str) -> None:
    assert load_code().item(item_id).id == item_id


def test_clauses_of_keep_their_order() -> None:
    assert [clause.id for clause in load_code().clauses_of(10)] == ["10.1", "10.2"]


def test_clauses_of_an_unknown_action_are_refused() -> None:
    with pytest.raises(CodeError, match="'12'"):
        load_code().clauses_of(12)


def test_unknown_clause_lists_near_ids() -> None:
    with pytest.raises(CodeError, match=r"one of .*8\.4"):
        load_code().clause("8.44")


def test_unknown_id_with_nothing_near_lists_all() -> None:
    with pytest.raises(CodeError, match=r"one of P1, .*, 11\.4$"):
        load_code().item("zzz")


@given(data=st.data())
@settings(deadline=None)
def test_any_changed_character_is_named(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(_strings(DOCUMENT)))
    old: Any = DOCUMENT
    for step in path:
        old = old[step]
    at = data.draw(st.integers(0, len(old) - 1))
    new = old[:at] + data.draw(st.characters().filter(lambda char: char != old[at])) + old[at + 1 :]
    assert find_faults(_changed(*path, value=new), digests_of(DOCUMENT)) == [f"{path[0]}.{path[1]} was changed"]


@given(at=st.integers(0, len(SOURCE) - 1), char=st.characters(codec="utf-8"))
@settings(deadline=None)
def test_any_changed_character_in_the_file_is_refused(
    at: int, char: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    changed = SOURCE[:at] + char + SOURCE[at + 1 :]
    assume(_facts(changed) != DOCUMENT)  # a comment or the layout may change; a fact may not
    root = tmp_path_factory.mktemp("codes")
    seal = files("accord.codes").joinpath("g7-2023", "digests.toml").read_bytes()
    (root / "g7-2023").mkdir()
    (root / "g7-2023" / "code.toml").write_bytes(changed.encode())
    (root / "g7-2023" / "digests.toml").write_bytes(seal)
    with pytest.raises(CodeError):
        load_code(root=root)


def _facts(text: str) -> object:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def test_damage_names_every_key(root: Path) -> None:
    _edit(root, "weaken democratic values", "strengthen democratic values")
    _edit(root, '[clause."11.4"]', '[clause."11.5"]')
    with pytest.raises(CodeError, match=r"clause\.11\.4 is missing; clause\.11\.5 was added; redline\.a was changed"):
        load_code(root=root)


def test_lost_digest_is_refused(root: Path) -> None:
    path = root / "g7-2023" / "digests.toml"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(line for line in lines if "clause.1.9" not in line), encoding="utf-8")
    with pytest.raises(CodeError, match=r"clause\.1\.9 was added"):
        load_code(root=root)


def test_foreign_edition_digest_is_refused(root: Path) -> None:
    _edit(root, 'edition = "', 'edition = "0', "digests.toml")
    with pytest.raises(CodeError, match="as a whole"):
        load_code(root=root)


@pytest.mark.parametrize("name", ["code.toml", "digests.toml"])
def test_file_that_is_no_toml_is_refused(root: Path, name: str) -> None:
    (root / "g7-2023" / name).write_bytes(b"\xff")
    with pytest.raises(CodeError, match=name):
        load_code(root=root)


def test_missing_digests_are_refused(root: Path) -> None:
    (root / "g7-2023" / "digests.toml").unlink()
    with pytest.raises(CodeError, match=r"digests\.toml"):
        load_code(root=root)


def test_edition_in_the_wrong_folder_is_refused(root: Path) -> None:
    (root / "g7-2023").rename(root / "g7-2024")
    with pytest.raises(CodeError, match="wrong folder"):
        load_code("g7-2024", root)


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        (("clause", "1.9", "force"), "must", "clause.1.9.force"),
        (("clause", "1.9", "qualifier"), "if convenient", "clause.1.9: "),
        (("clause", "1.9", "forse"), "commit", "clause.1.9.forse"),
        (("clause", "1.9", "action"), 12, "no entry has the id 12"),
        (("clause", "1.9"), "commit", "clause.number 8"),
        (("clause",), 3, "clause: "),
        (("action", "3", "title"), "", "action.3.title"),
        (("fact", "R1"), {"text": "x", "confidence": "S"}, "two entries have the same id"),
        (("redline", "a", "fact"), "P99", "no entry has the id P99"),
        (("code", "date"), "yesterday", "code.date"),
        (("surprise",), {}, "code.surprise"),
    ],
)
def test_schema_error_names_its_key(path: tuple[str, ...], value: object, place: str) -> None:
    with pytest.raises(CodeError) as error:
        parse_code(_changed(*path, value=value))
    assert place in error.value.where


def test_digest_binds_the_whole_edition() -> None:
    assert load_code().digest == digest_of(DOCUMENT)


def test_digest_ignores_the_order_of_keys() -> None:
    assert digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1})
