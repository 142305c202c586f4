"""accord.toml is read strictly, and every mistake comes back at once, in plain words and safe to show."""

import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accord.errors import ManifestError
from accord.manifest import System, load_system, parse_system
from accord.manifest._words import example, keys, table_of
from accord.manifest.parse import LIMIT

DOCUMENT = '[[documents]]\nid = "a"\nkind = "training"\ntitle = "T"\n'


def _refused(text: str, folder: Path | None = None) -> str:
    with pytest.raises(ManifestError) as caught:
        parse_system(text, "accord.toml", folder)
    return str(caught.value)


def _unreadable(path: Path) -> str:
    with pytest.raises(ManifestError) as caught:
        load_system(path)
    return str(caught.value)


def test_load_returns_what_the_file_says(folder: Path) -> None:
    assert "Helpdesk" == load_system(folder / "accord.toml").system.name


def test_parse_fills_in_the_defaults(manifest: str) -> None:
    assert "g7-2023" == parse_system(manifest, "").edition


def test_parse_accepts_a_whole_number_as_a_share(manifest: str) -> None:
    tolerance = '[[tolerances]]\nmetric = "a.b"\nat_most = 0\nreason = "r"\n'
    assert 0.0 == parse_system(manifest + tolerance, "").tolerances[0].at_most


def test_parse_reports_every_mistake_at_once(manifest: str) -> None:
    text = manifest.replace('"deployment"', '"depolyment"').replace('version = "1.0"', "version = 1.0")
    told = _refused(text.replace("name", "nmae", 1) + '[evaluation]\nseed = true\n[[documents]]\nid = "A"\n')
    assert "The manifest has 8 mistakes." == told.splitlines()[0]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"deployment"', '"depolyment"', 'line 9: system.stage\n    expected: "design", '),
        ('"deployment"', '"depolyment"', "found: 'depolyment'\n    fix: write \"deployment\""),
        ('version = "1.0"', "version = 1.0", "line 7: system.version\n    expected: one line of text, at most 300"),
        ('version = "1.0"', "version = 1.0", "found: 1.0\n    fix: put it in quotes"),
        ('version = "1.0"\n', "", "line 5: system.version\n"),
        ('version = "1.0"\n', "", 'found: nothing\n    fix: add version = "..." to the table system'),
        ("version =", "verison =", "found: verison, which is unknown\n    fix: write version instead"),
        ("version =", "zzz =", "found: zzz, which is unknown\n    fix: remove it"),
        ('["en"]', "[]", "expected: at least one of: a language tag such as en or pt-BR\n    found: an empty list"),
        ('["en"]', '["en", "english!"]', "line 10: system.languages[1]\n"),
        ('["en"]', '"en"', 'found: \'en\'\n    fix: write for example ["en"]'),
        ('languages = ["en"]', 'languages = ["en"]\nreleased = "2026-01-01"', "expected: a date without quotes"),
        ("inspect =", 'endpoint = "http://h"\ninspect =', "line 12: model\n    expected: exactly one of weights"),
        ('inspect = "mockllm/model"', 'endpoint = "ftp://h"', "expected: an http:// or https:// address without"),
        ("[model]", "[documents]\n[model]", "expected: tables that begin with [[documents]]\n    found: a table"),
        ("[model]", "[[model]]", "expected: a table that begins with [model]\n    found: a list of 1"),
        ("[model]", "[evaluation]\nseed = true\n[model]", "a whole number from 0 to 2147483647\n    found: true"),
        ("[model]", "[evaluation]\nseed = 0x" + "f" * 9000 + "\n[model]", "found: a number that is too large"),
        ("[model]", "[evaluation]\ntemperature = nan\n[model]", "expected: a number from 0 to 2\n    found: nan"),
        ("[model]", "[retention]\nlogs = 9\n[model]", "found: logs, which is unknown\n    fix: write log instead"),
        ("[model]", "[retention]\nlog = -1\n[model]", "a whole number of days, from 0 to 36525\n    found: -1"),
        ("[model]", "[retention]\nlog = 0.5\n[model]", "a whole number of days, from 0 to 36525\n    found: 0.5"),
    ],
)  # fmt: skip
def test_mistake_is_told_in_plain_words(manifest: str, old: str, new: str, told: str) -> None:
    assert old in manifest
    assert told in _refused(manifest.replace(old, new, 1))


@pytest.mark.parametrize("field", ["metrcs", "suite", "made", "seed", ""])
def test_field_that_cannot_be_withheld_is_refused(manifest: str, field: str) -> None:
    told = _refused(f'withhold = ["{field}"]\n{manifest}')
    assert "line 1: withhold[0]\n    expected: one of access, " in told
    assert ", metrics, " in told
    assert f"found: '{field}'" in told


def test_missing_table_is_asked_for_at_the_end(manifest: str) -> None:
    told = _refused(manifest.partition("\n[model]")[0])
    assert "line 11: model\n    expected: a table that begins with [model]\n    found: nothing" in told


@pytest.mark.parametrize("text", ["", "organisation = 1", "[[documents]]\n[[documents]]\n", "documents = [1, [], {}]"])
def test_no_message_is_pydantic_s_own(text: str) -> None:
    assert None is re.search(r"Input|valid |pydantic|Field required", _refused(text))


@pytest.mark.parametrize("name", [r"\u001b[31m", r"\u009b2J", r"\u202e", r"\u2028", r"\u0000", r"a\nb"])
def test_control_characters_are_refused_and_shown_escaped(manifest: str, name: str) -> None:
    told = _refused(manifest.replace('"Acme"', f'"{name}"'))
    assert "line 2: organisation.name" in told
    assert all(line.isprintable() for line in told.splitlines())


def test_control_characters_in_a_key_are_shown_escaped() -> None:
    assert all(line.isprintable() for line in _refused(r'"\u001b[31m" = 1').splitlines())


def test_long_value_is_cut(manifest: str) -> None:
    told = _refused(manifest.replace('"Acme"', f'"{"x" * 5000}"'))
    assert "'xxx" in told
    assert "and 4940 more characters" in told


def test_many_mistakes_are_cut() -> None:
    told = _refused("".join(f"key{n} = 1\n" for n in range(1000)))
    assert told.splitlines()[0] == "The manifest has 1003 mistakes."
    assert "and 953 more" in told


@pytest.mark.parametrize(
    "line",
    ['api_key = "sk-12345"', 'key_env = "sk-12345"', 'endpoint = "https://me:sk-12345@host/v1"', "api_key = sk-12345"],
)
def test_secret_is_not_shown(manifest: str, line: str) -> None:
    assert "sk-12345" not in _refused(manifest.replace("[model]", f"[model]\n{line}"))


@pytest.mark.parametrize(
    "address",
    ["mailto:joe.doe@acme.org", "mailto:security", "http://a.org", "https://me:pw@a.org", "https://a.org\u00a0b"],
)
def test_address_of_a_person_or_of_no_public_place_is_refused(manifest: str, address: str) -> None:
    channel = f'[[channels]]\nkind = "misuse"\naudience = ["public"]\nlanguages = ["en"]\naddress = "{address}"\n'
    assert "channels[0].address" in _refused(manifest + channel)


@pytest.mark.parametrize("address", ["mailto:Security@acme.example", "https://acme.example:8443/report?lang=ja#form"])
def test_address_of_a_role_or_page_is_accepted(manifest: str, address: str) -> None:
    channel = f'[[channels]]\nkind = "misuse"\naudience = ["public"]\nlanguages = ["en"]\naddress = "{address}"\n'
    assert address == parse_system(manifest + channel, "").channels[0].address


@pytest.mark.parametrize("table", [DOCUMENT, '[[datasets]]\nid = "a"\ntitle = "T"\nuse = "retrieval"\n'])
def test_id_given_twice_is_refused(manifest: str, table: str) -> None:
    text = (
        manifest + table.replace("title", 'url = "https://a.org"\ntitle') * 2
        if "kind" in table
        else manifest + table * 2
    )
    assert "[1].id\n    expected: an id of its own\n    found: 'a', which" in _refused(text)


@pytest.mark.parametrize(
    ("stages", "named", "accepted"),
    [
        ("", "release", True),
        ("", "relase", False),
        ('[[stages]]\nid = "beta"\nkind = "release"\n', "beta", True),
        ('[[stages]]\nid = "beta"\nkind = "release"\n', "release", False),
    ],
)
def test_tolerance_names_a_stage_that_there_is(manifest: str, stages: str, named: str, *, accepted: bool) -> None:
    tolerance = f'[[tolerances]]\nmetric = "bias.stereotyped"\nat_most = 0.1\nstages = ["{named}"]\nreason = "Why."\n'
    if accepted:
        assert (named,) == parse_system(manifest + stages + tolerance, "").tolerances[0].stages
    else:
        assert f"found: '{named}'" in _refused(manifest + stages + tolerance)


def test_document_beside_the_manifest_is_accepted(folder: Path, manifest: str) -> None:
    (folder / "a.md").write_text("a", encoding="utf-8")
    assert "a.md" == parse_system(f'{manifest}{DOCUMENT}path = "a.md"', "", folder).documents[0].path


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("no.md", "expected: a file in the folder of accord.toml\n    found: no file at 'no.md'"),
        ("docs", "found: 'docs', which is not a file"),
        ("out.md", "found: 'out.md', which leads out of it"),
        ("loop.md", "found: no file at 'loop.md'"),
        ("../x.md", "expected: a path inside the folder of accord.toml, such as docs/policy.md"),
        ("/etc/passwd", "expected: a path inside the folder of accord.toml, such as docs/policy.md"),
        (r"a\u0000b", r"found: 'a\x00b'"),
        ("x" * 4000, "and 3940 more characters"),
    ],
)
def test_document_that_is_not_in_the_folder_is_refused(tmp_path: Path, manifest: str, path: str, told: str) -> None:
    folder = tmp_path / "work"
    (folder / "docs").mkdir(parents=True)
    (tmp_path / "x.md").write_text("x", encoding="utf-8")
    (folder / "out.md").symlink_to(tmp_path / "x.md")
    (folder / "loop.md").symlink_to("loop.md")
    assert told in _refused(f'{manifest}{DOCUMENT}path = "{path}"', folder)


def test_missing_weights_say_where_they_were_looked_for(folder: Path, manifest: str) -> None:
    told = _refused(manifest.replace('inspect = "mockllm/model"', 'weights = "no.gguf"'), folder)
    assert (
        f"line 14: model.weights\n    expected: a file of model weights\n    found: no file at '{folder}/no.gguf'"
        in told
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "a = Acme",
            "The manifest is not TOML: Invalid value.\n  where: accord.toml, line 1, column 5\n  fix: put text in",
        ),
        ("\na = [1\n", "where: accord.toml, line 3, column 1\n  fix: add the closing bracket"),
        ('a = "C:\\q"', "fix: write two backslashes"),
        ("a = 1\na = 2", "fix: give each key once"),
        ("a = " + "9" * 5000, "a number of too many digits"),
        ("a = " + "[" * 5000, "too deep"),
        ("a" + ".a" * 5000 + " = 1", "A line of the manifest has too many dots.\n  where: accord.toml, line 1"),
        ("#" * (LIMIT + 1), "The manifest is too large."),
    ],
)
def test_broken_toml_says_where_and_what_to_do(text: str, told: str) -> None:
    assert told in _refused(text)


def test_load_of_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    assert "fix: make one with: accord init" in _unreadable(tmp_path / "accord.toml")


def test_load_of_a_folder_is_refused(tmp_path: Path) -> None:
    assert "not a file" in _unreadable(tmp_path)


def test_load_of_a_pipe_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "accord.toml")
    assert "not a file" in _unreadable(tmp_path / "accord.toml")


def test_load_names_the_line_that_is_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "accord.toml").write_bytes(b"# a\n# caf\xe9\n")
    assert "accord.toml, line 2\n  found: byte 0xe9" in _unreadable(tmp_path / "accord.toml")


def test_load_refuses_a_huge_file(tmp_path: Path) -> None:
    (tmp_path / "accord.toml").write_bytes("é".encode() * LIMIT)
    assert "too large" in _unreadable(tmp_path / "accord.toml")


def test_load_accepts_a_byte_order_mark(tmp_path: Path, manifest: str) -> None:
    (tmp_path / "accord.toml").write_text(manifest, encoding="utf-8-sig")
    assert "Acme" == load_system(tmp_path / "accord.toml").organisation.name


@pytest.mark.parametrize("unit", ["[", "{a="])
def test_any_depth_is_answered_without_a_crash(unit: str) -> None:
    closing = "]" if unit == "[" else "}"
    for depth in range(100, 600, 7):
        assert "manifest" in _refused(f"a = {unit * depth}1{closing * depth}")


@given(st.text())
def test_any_text_is_parsed_or_refused(text: str) -> None:
    assert "manifest" in _refused(text)


@pytest.mark.parametrize("value", ["1", "-0.0", "true", '"x"', "'\x7f'", "2026-01-01T01:02:03Z", "[]", "[[1]]", "{}"])
def test_any_value_of_any_key_is_answered_without_a_crash(value: str) -> None:
    tables = {name: table_of(kind) for name, kind in keys(System).items() if not example(kind)}
    for name, table in tables.items():
        for key in keys(table):
            assert "manifest" in _refused(f"[{name}]\n{key} = {value}\n")
            assert "manifest" in _refused(f"[[{name}]]\n{key} = {value}\n")
