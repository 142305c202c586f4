import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from pysequoia import Tsk
from small_manifest import SMALL

from accord.evidence import InspectionRecord
from accord.workspace import Workspace

_MANIFEST = (
    SMALL
    + """
[[channels]]
kind = "vulnerability"
address = "mailto:security@acme.example"
audience = ["public"]
languages = ["en"]
[security]
vulnerabilities = "v.csv"
environment = "a.lock"
"""
)


@pytest.fixture
def folder(accord: Callable[..., Any], tmp_path: Path) -> Path:
    space = tmp_path / "space"
    space.mkdir()
    (space / "v.csv").write_text("id,reported,fixed\nCVE-\x1b[31m1,2026-01-01,\n")
    (space / "a.lock").write_text("jinja2==3.1.4\n")
    (space / "accord.toml").write_text(_MANIFEST)
    done = accord("init", space)
    assert done.code == 0, done.err
    return space


def _ran(done: Any, code: int) -> str:  # noqa: ANN401 - what the fixture returns
    assert code == done.code, done.out + done.err
    return str(done.out + done.err)


def test_what_does_not_hold_is_printed_escaped_and_exits_with_1(accord: Callable[..., Any], folder: Path) -> None:
    shown = _ran(accord("controls", "check", folder), 1)
    assert "the reported vulnerability was fixed in time: 0 of 1" in shown
    assert "no: CVE-\\x1b[31m1: open for" in shown
    found = json.loads(_ran(accord("controls", "check", folder, "--json"), 1))
    assert 1 == found["inspections"][0]["observations"][0]["n"]


def test_security_txt_is_written_signed_and_found_right(accord: Callable[..., Any], folder: Path) -> None:
    key = Tsk.generate("Acme <security@acme.example>")
    (folder / "key").write_bytes(bytes(key))
    (folder / "cert").write_bytes(bytes(key.extract_certificate()))
    _ran(accord("controls", "security-txt", folder, "--key", folder / "key", "--output", folder / "security.txt"), 0)
    assert (folder / "security.txt").read_text().startswith("-----BEGIN PGP SIGNED MESSAGE-----")
    text = _MANIFEST.replace('vulnerabilities = "v.csv"', 'security_txt = "security.txt"\nopenpgp = "cert"')
    (folder / "accord.toml").write_text(text.replace('name = "Acme"', 'name = "Acme"\nurl = "https://acme.example"'))
    _ran(accord("controls", "security-txt", folder, "--key", folder / "key", "--output", folder / "security.txt"), 0)
    assert "security.txt is as RFC 9116 asks: 7 of 7" in _ran(accord("controls", "check", folder), 0)
    assert "cannot sign" in _ran(accord("controls", "security-txt", folder, "--key", folder / "cert"), 4)


def test_an_inventory_is_written_in_both_formats(accord: Callable[..., Any], folder: Path) -> None:
    _ran(accord("weights", "inventory", folder, "--output", folder / "bom.json"), 0)
    assert JsonStrictValidator(SchemaVersion.V1_7).validate_str((folder / "bom.json").read_text()) is None
    shown = json.loads(
        _ran(accord("weights", "inventory", folder, "--format", "spdx", "--output", folder / "b", "--json"), 0)
    )
    assert {"format": "spdx", "packages": 1, "file": str(folder / "b")} == shown


def test_known_vulnerabilities_exit_with_1_and_old_advisories_too(accord: Callable[..., Any], folder: Path) -> None:
    advisory = {
        "id": "GHSA-1",
        "modified": "2026-11-20T00:00:00Z",
        "affected": [
            {
                "package": {"ecosystem": "PyPI", "name": "Jinja2"},
                "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "3.1.5"}]}],
            }
        ],
    }
    (folder / "osv.json").write_text(json.dumps(advisory))
    shown = _ran(accord("weights", "vulnerabilities", folder / "a.lock", "--advisories", folder / "osv.json"), 1)
    assert "no: pkg:pypi/jinja2@3.1.4: GHSA-1" in shown
    assert "0 of 1 packages have no known vulnerability." in shown
    assert "either --advisories or --online" in _ran(accord("weights", "vulnerabilities", folder / "a.lock"), 2)


def test_what_was_seen_stays_recorded_where_the_model_does_not_answer(accord: Callable[..., Any], folder: Path) -> None:
    assert 4 == accord("assess", folder).code
    records = Workspace.open(folder).records(datetime.now(UTC))
    assert ["register"] == [e.record.topic for e in records.of(InspectionRecord)]
    found = json.loads(_ran(accord("verify", folder, "--json"), 1))  # no key was named
    assert ["verified"] == [c["result"] for c in found["claims"] if c["id"].endswith(".observations")]


def test_an_inventory_of_no_workspace_says_how_to_make_one(accord: Callable[..., Any], tmp_path: Path) -> None:
    assert "accord init" in _ran(accord("weights", "inventory", tmp_path), 4)
