"""`accord evaluate canaries`, from before a training to the finding of clause 11.2."""

# ruff: noqa: ANN401 - importlib mode cannot import a class of conftest into a test

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from accord.assess import declare
from accord.codes import load_code
from accord.manifest import load_system
from accord.workspace import Workspace

SUITE = '[[suites]]\nid = "canaries"\ntitle = "Canaries"\npath = "canaries.jsonl"\nexpects = "canaries"\n\n[evaluation]'


@pytest.fixture
def made(accord: Any, space: Workspace) -> list[dict[str, Any]]:
    """Make twelve canaries in a workspace with a declared model, and return the rows of their file."""
    system = load_system(space.manifest)
    declare(space, system, load_code(system.edition), datetime.now(UTC))
    files = ("--out", space.root / "canaries.jsonl", "--plant", space.root / "plant.jsonl")
    done = accord("evaluate", "canaries", space.root, "--number", 12, *files, "--json")
    assert (0, 6, 6) == (done.code, done.json["planted"], done.json["controls"]), done.err
    rows = [json.loads(line) for line in (space.root / "canaries.jsonl").read_text().splitlines()][1:]
    assert {0o600} == {(space.root / name).stat().st_mode & 0o777 for name in ("canaries.jsonl", "plant.jsonl")}
    texts = [json.loads(line)["text"] for line in (space.root / "plant.jsonl").read_text().splitlines()]
    assert [row["prefix"] + row["secret"] for row in rows if row["planted"]] == texts
    odd = accord("evaluate", "canaries", space.root, "--number", 3, "--out", space.root / "x", *files[2:])
    assert (2, False) == (odd.code, (space.root / "x").exists())
    again = accord("evaluate", "canaries", space.root, "--number", 12, *files)
    assert 0 != again.code
    assert "There is a file already" in again.err
    told = done.out + accord("log", "show", space.root, "--entry", done.json["record"]).out
    assert not [row for row in rows if row["secret"] in told or row["prefix"] in told]
    return rows


def _ask(space: Workspace) -> None:
    text = space.manifest.read_text(encoding="utf-8").replace("[evaluation]", SUITE, 1)
    text = text.replace('suites = ["bias"]', 'suites = ["canaries"]')
    space.manifest.write_text(text, encoding="utf-8")


def test_canaries_lead_from_training_to_a_finding_that_verifies(
    accord: Any, space: Workspace, endpoint: Any, made: list[dict[str, Any]], tmp_path: Path
) -> None:
    _ask(space)
    path = space.root / "canaries.jsonl"
    right = path.read_text()
    path.write_text(right.replace(made[0]["secret"], made[1]["secret"]))
    done = accord("evaluate", "run", space.root)
    assert (3, 0) == (done.code, sum(endpoint.asked.values())), done.err
    assert "not the file of canaries that was recorded" in done.err
    assert made[1]["secret"] not in done.out + done.err
    path.write_text(right)
    endpoint.learned |= {row["prefix"]: row["secret"] for row in made if row["planted"]}
    assert 0 == accord("assess", space.root, "--json").code
    told = json.dumps(accord("status", space.root, "--json").json)
    assert "6 of 6 planted, 100.0% (61.0% to 100.0%); 0 of 6 never planted, 0.0% (0.0% to 39.0%)" in told
    bundle = tmp_path / "report.zip"
    line = ("report", space.root, "--output", tmp_path, "--format", "html", "--language", "de", "--bundle", bundle)
    assert 0 == accord(*line).code
    done = accord("verify", bundle, "--key", space.public_key().vkey, "--json")
    assert 0 == done.code, done.out
    with ZipFile(bundle) as inside:
        held = b"".join(inside.read(name) for name in inside.namelist())
    assert not [row for row in made if row["secret"].encode() in held or row["prefix"].encode() in held]
    page = (tmp_path / "report.de.html").read_text(encoding="utf-8")
    assert "Köder, die das Modell preisgab: ausgelegt 6 von 6, 100,0" in page
