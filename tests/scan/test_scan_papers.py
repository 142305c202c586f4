"""The papers of a corpus: licences, cards and Croissant metadata, hostile ones too, and beside the official checker."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accord.errors import ScanError
from accord.evidence import Sighting
from accord.scan.papers import Papers
from accord.scan.sources.cards import look_at_card, read_card
from accord.scan.sources.croissant import DataFile, Description, licence_of, look_at_croissant, write_croissant
from accord.scan.sources.licences import find_licences, look_at_licences, simplify
from accord.scan.sources.reading import parse_json, parse_yaml

ABOUT = Description(
    name="manuals",
    description="Our manuals",
    licence="CC-BY-4.0",
    url="https://acme.example/manuals",
    creator="Acme",
    published="2026-11-28",
    languages=("en", "fr"),
    sensitive="An e-mail address: 1 of 400 texts",
    limitations="Only texts were looked at.",
)


def _croissant(folder: Path, **changes: Any) -> Path:  # noqa: ANN401 - whatever JSON holds
    data = b'{"text": "Turn the key."}\n'
    (folder / "a.jsonl").write_bytes(data)
    made = json.loads(write_croissant(ABOUT, [DataFile("a.jsonl", len(data), hashlib.sha256(data).hexdigest())]))
    path = folder / "croissant.json"
    path.write_text(json.dumps({k: v for k, v in (made | changes).items() if v is not None}))
    return path


def _failing(sightings: object) -> set[str]:
    assert hasattr(sightings, "__iter__")
    return {s.subject for s in sightings if s.holds is False}


def _official(path: Path) -> list[str]:
    """Return the errors that the official checker finds."""
    croissant = pytest.importorskip("mlcroissant")
    try:
        return sorted(croissant.Dataset(jsonld=path).metadata.ctx.issues.errors)
    except croissant.ValidationError as error:
        return [str(error)]


@pytest.mark.filterwarnings("ignore")
def test_what_we_write_satisfies_us_and_the_official_checker(tmp_path: Path) -> None:
    path = _croissant(tmp_path)
    assert set() == _failing(look_at_croissant(path))
    assert [] == _official(path)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("changes", "subject"),
    [
        ({"@type": "sc:Person"}, "it is a dataset"),
        (
            {"distribution": [{"@type": "cr:FileObject", "@id": "a", "name": "a"}]},
            "each of its files has an address, a format and a digest",
        ),
    ],
)
def test_what_the_official_checker_refuses_we_refuse(tmp_path: Path, changes: dict[str, Any], subject: str) -> None:
    path = _croissant(tmp_path, **changes)
    assert subject in _failing(look_at_croissant(path))
    assert _official(path)


def _object(name: str, **changes: object) -> dict[str, object]:
    base = {
        "@type": "cr:FileObject",
        "@id": name,
        "contentUrl": name,
        "encodingFormat": "text/plain",
        "sha256": "0" * 64,
    }
    return base | changes


@pytest.mark.parametrize(
    ("changes", "subject"),
    [
        ({"conformsTo": "http://mlcommons.org/croissant/9.9"}, "it says which version of Croissant it follows"),
        ({"@context": "https://schema.org"}, "it has a @context"),
        ({"license": ""}, "it has license"),
        ({"distribution": None}, "it names its files"),
        ({"distribution": [_object("a"), _object("a")]}, "each of its files has an id of its own"),
        ({"distribution": [_object("a", containedIn={"@id": "b"})]}, "what contains its files is named"),
        (
            {"distribution": [_object("a", containedIn={"@id": "b"}), _object("b", containedIn={"@id": "a"})]},
            "no file contains itself",
        ),
        ({"distribution": [_object("a", containedIn={"@id": "a"})]}, "no file contains itself"),
        (
            {"recordSet": [{"@id": "r", "field": [{"@id": "r/x", "source": {"fileObject": {"@id": "nowhere"}}}]}]},
            "its fields come from what it names",
        ),
    ],
)
def test_metadata_that_is_not_as_asked(tmp_path: Path, changes: dict[str, Any], subject: str) -> None:
    assert subject in _failing(look_at_croissant(_croissant(tmp_path, **changes)))


def test_files_are_held_against_the_metadata(tmp_path: Path) -> None:
    path = _croissant(tmp_path)
    (tmp_path / "a.jsonl").write_text("changed")
    assert {"a.jsonl"} == _failing(look_at_croissant(path))
    (tmp_path / "a.jsonl").unlink()
    assert {"a.jsonl"} == _failing(look_at_croissant(path))
    others = [_object("https://acme.example/a.txt"), _object("../../etc/passwd"), _object("b", sha256=None)]
    told = [
        s for s in look_at_croissant(_croissant(tmp_path, distribution=others)) if s.observation == "croissant.files"
    ]
    assert [None] * 3 == [s.holds for s in told]


@pytest.mark.parametrize(
    "bad",
    [b"", b"[]", b"\xff", b"{" * 100_000, b'{"a":' * 5_000 + b"1" + b"}" * 5_000, b'{"a": 1, "a": 2}', b"1e999999" * 9],
)
def test_metadata_that_cannot_be_read_is_said(tmp_path: Path, bad: bytes) -> None:
    (tmp_path / "croissant.json").write_bytes(bad)
    assert {"it can be read"} == _failing(look_at_croissant(tmp_path / "croissant.json"))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["@id", "@type", "source", "field"]), inner)
    ),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from(["@type", "conformsTo", "distribution", "recordSet", "license", "name"]), JSON))
def test_any_json_is_looked_at(tmp_path_factory: pytest.TempPathFactory, metadata: dict[str, Any]) -> None:
    path = tmp_path_factory.mktemp("any") / "croissant.json"
    path.write_text(json.dumps(metadata))
    assert all(isinstance(s, Sighting) for s in look_at_croissant(path))
    assert isinstance(licence_of(metadata), str)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("# SPDX-License-Identifier: MIT\n", ("MIT",)),
        ("/* SPDX-License-Identifier: GPL-3.0-or-later */", ("GPL-3.0",)),
        ("See https://creativecommons.org/licenses/by-nc-sa/4.0/deed.fr", ("CC-BY-NC-SA-4.0",)),
        ("Creative Commons Attribution-ShareAlike 4.0 International", ("CC-BY-SA-4.0",)),
        ("Attribution-NonCommercial-NoDerivatives 4.0 International", ("CC-BY-NC-ND-4.0",)),
        ("CC BY 3.0", ("CC-BY-3.0",)),
        ("http://creativecommons.org/publicdomain/zero/1.0/", ("CC0-1.0",)),
        ("        Apache License\n       Version 2.0, January 2004\n", ("Apache-2.0",)),
        ("GNU LESSER GENERAL PUBLIC LICENSE\n Version 2.1, February 1999", ("LGPL-2.1",)),
        ("ODC Attribution: the Open Data Commons Attribution License", ("ODC-By-1.0",)),
        ("Redistribution and use in source and binary forms. Neither the name of Acme", ("BSD-3-Clause",)),
        ("Redistribution and use in source and binary forms are permitted.", ("BSD-2-Clause",)),
        ("The licence of the pub was renewed by the council.", ()),
        ("", ()),
    ],
)  # fmt: skip
def test_licences_are_told_from_what_a_text_says(text: str, found: tuple[str, ...]) -> None:
    assert found == find_licences(text)


def test_own_licence_is_told() -> None:
    text = (Path(__file__).parents[2] / "LICENSE").read_text(encoding="utf-8")
    assert ("Apache-2.0",) == find_licences(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [("cc-by-4.0", "CC-BY-4.0"), ("mit", "MIT"), ("GPL-3.0-only", "gpl-3.0"), ("apache-2.0", "Apache-2.0")],
)
def test_ways_to_write_a_licence_are_one(one: str, other: str) -> None:
    assert simplify(one) == simplify(other)


def test_licences_agree_or_not(tmp_path: Path) -> None:
    (tmp_path / "LICENSE.txt").write_text("This work is under CC BY-NC 4.0.")
    (tmp_path / "COPYING").write_text("Ask Joe.")
    seen = {
        s.subject: (s.holds, s.note)
        for s in look_at_licences(tmp_path, {"README.md": "cc-by-4.0", "x": ""}, "CC-BY-4.0")
    }
    assert {
        "COPYING": (None, "no licence that is known is in it"),
        "LICENSE.txt": (False, "it names CC-BY-NC-4.0"),
        "README.md": (True, "it names CC-BY-4.0"),
        "x": (None, "it names none"),
    } == seen
    assert {None} == {s.holds for s in look_at_licences(tmp_path, {"README.md": "mit"}, None)}


CARD = """---
license: cc-by-4.0
language: [en, fr]
size_categories: []
---
# Manuals

## Uses

To teach a help desk.

## Bias, Risks, and Limitations

## Personal and sensitive information

None is known.
"""


def test_card_says_some_things(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(CARD)
    said = {s.subject for s in look_at_card(tmp_path / "README.md") if s.holds}
    assert {"its licence", "its languages", "what it is for", "personal and sensitive data"} == said
    assert "cc-by-4.0" == read_card(tmp_path / "README.md").licence


def test_card_without_front_matter_is_read(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# Data\n\n## How it was collected\n\nBy hand.\n")
    assert {"how it was collected"} == {s.subject for s in look_at_card(tmp_path / "README.md") if s.holds}


BOMB = "a: &a [x, x, x]\n" + "".join(
    f"{n}: &{n} [*{m}, *{m}, *{m}]\n" for m, n in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "front",
    [
        BOMB,
        "a: !!python/object/apply:os.system ['true']",
        "- a\n- b",
        "a: [",
        "x: " + "[" * 3_000 + "]" * 3_000,
        "\x00: 1",
        "a: &x 1",
    ],
)
def test_hostile_front_matter_is_refused_and_said(tmp_path: Path, front: str) -> None:
    (tmp_path / "README.md").write_text(f"---\n{front}\n---\n# Data\n")
    (seen,) = look_at_card(tmp_path / "README.md")
    assert (None, True) == (seen.holds, bool(seen.note))


def test_files_that_are_none_or_too_large_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "README.md")
    with pytest.raises(ScanError, match="no file"):
        read_card(tmp_path / "README.md")
    (tmp_path / "large.md").write_bytes(b"a" * (1 << 20) + b"aa")
    with pytest.raises(ScanError, match="too large"):
        read_card(tmp_path / "large.md")


@given(st.binary(max_size=100))
def test_any_bytes_are_json_or_yaml_or_refused(data: bytes) -> None:
    for parse in (parse_json, parse_yaml):
        try:
            parse(data, "x")
        except ScanError:
            continue


def test_papers_are_looked_at_where_they_are(tmp_path: Path) -> None:
    _croissant(tmp_path)
    (tmp_path / "README.md").write_text(CARD)
    (tmp_path / "sites" / "a.org").mkdir(parents=True)
    papers = Papers("manuals", "Manuals", tmp_path, tmp_path / "sites", "CC-BY-4.0")
    found = {i.topic: i for i in papers.inspections("0" * 64)}
    assert ["opt-outs", "licences", "dataset-card", "croissant"] == list(found)
    assert [True, True] == [s.holds for s in found["licences"].look()]
    assert found["croissant"].sha256 == {i.topic: i for i in papers.inspections("0" * 64)}["croissant"].sha256
    (tmp_path / "README.md").write_text(CARD.replace("cc-by-4.0", "mit"))
    assert found["licences"].sha256 != {i.topic: i for i in papers.inspections("0" * 64)}["licences"].sha256
    assert [] == list(Papers("x", "X", tmp_path / "a.jsonl").inspections("0" * 64))
