"""Incidents in the formats of others at the command line: what leaves is marked, what comes in is a stranger's."""

# ruff: noqa: ANN401 - importlib mode cannot import a class of conftest into a test

import json
import stat
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from incident_cases import make_case, make_incident
from run_here import Done, run_here

from accord.evidence import IncidentRecord
from accord.reports.exchange import FORMATS, READABLE, export
from accord.workspace import Workspace

Accord = Callable[..., Done]
SIGNAL = (
    "--title",
    "Wrong doses",
    "--description",
    "Ten times the dose.",
    "--source",
    "user",
    "--role",
    "Support desk",
)
TRIAGE = ("--category", "incident", "--severity", "serious-incident", "--harm", "physical", "--consequence", "health")


@pytest.fixture
def accord(capsys: pytest.CaptureFixture[str]) -> Accord:
    return partial(run_here, capsys)


@pytest.fixture
def space(accord: Accord, workspace: Workspace) -> Workspace:
    """Return a workspace with an incident that is marked amber."""
    more = ("--relation", "It gave the dose.", "--reason", "The transcript shows it.", "--role", "Incident lead")
    assert 0 == accord("incident", "signal", "doses", workspace.root, *SIGNAL).code
    assert 0 == accord("incident", "triage", "doses", workspace.root, *TRIAGE, *more).code
    return workspace


@pytest.fixture
def write(accord: Accord, space: Workspace, tmp_path: Path) -> Callable[..., Done]:
    """Return a function that exports the incident into a file."""

    def run(form: str, *more: object, name: str = "doses", to: str = "out") -> Done:
        return accord("incident", "export", name, space.root, "--format", form, "-o", tmp_path / to, *more)

    return run


def test_at_clear_only_what_is_open_leaves_and_the_rest_is_named(write: Callable[..., Done], tmp_path: Path) -> None:
    done = write("oecd-29")
    assert (0, "") == (done.code, done.err)
    assert "TLP:CLEAR. Nothing was sent." in done.out
    assert "withheld     title, description, relation" in done.out
    assert "may not leave at TLP:CLEAR" in done.out
    data = (tmp_path / "out").read_text(encoding="utf-8")
    assert "serious-incident" in data
    assert not [word for word in ("Wrong doses", "Ten times", "Support desk", "transcript") if word in data]


def test_at_its_marking_all_leaves_and_the_file_is_its_owners(write: Callable[..., Done], tmp_path: Path) -> None:
    done = write("oecd-29", "--tlp", "amber", "--json")
    told = done.json
    assert ("TLP:AMBER", "oecd-29", "application/json") == (told["marking"], told["format"], told["media_type"])
    assert {"direct", "lost"} == {mark["fate"] for mark in told["marks"]}
    (title,) = [mark for mark in told["marks"] if mark["field"] == "title"]
    assert {"field": "title", "fate": "direct", "where": "criteria[].values.title", "why": None} == title
    assert "Wrong doses" in (tmp_path / "out").read_text(encoding="utf-8")
    assert 0o600 == stat.S_IMODE((tmp_path / "out").stat().st_mode)
    assert told["size"] == (tmp_path / "out").stat().st_size


@pytest.mark.parametrize("form", [form for form, held in FORMATS.items() if held.marked and form != "csaf"])
def test_every_format_that_can_be_marked_is_written(write: Callable[..., Done], form: str) -> None:
    done = write(form, "--tlp", "amber+strict")
    assert (0, "", True) == (done.code, done.err, "Nothing was sent." in done.out)


@pytest.mark.parametrize(
    ("form", "level", "said"),
    [
        ("csaf", "amber", "say url in the table [organisation] of accord.toml"),
        ("aiid", "clear", "publish a notice and record it"),
        ("openvex", "clear", "the category vulnerability"),
        ("avid", "amber", "has no place for a marking"),
    ],
)
def test_what_a_format_cannot_hold_is_said_with_what_to_do(
    write: Callable[..., Done], tmp_path: Path, form: str, level: str, said: str
) -> None:
    done = write(form, "--tlp", level)
    assert (4, True) == (done.code, said in done.err)
    assert not (tmp_path / "out").exists()


def test_csaf_is_written_where_the_organisation_has_a_site(
    accord: Accord, write: Callable[..., Done], space: Workspace, tmp_path: Path
) -> None:
    text = space.manifest.read_text(encoding="utf-8")
    space.manifest.write_text(
        text.replace('name = "Acme"\n', 'name = "Acme"\nurl = "https://acme.example/"\n', 1), encoding="utf-8"
    )
    assert 0 == write("csaf", "--tlp", "red", "--language", "de").code
    document = json.loads((tmp_path / "out").read_bytes())["document"]
    assert ("https://acme.example", "RED", "de") == (
        document["publisher"]["namespace"], document["distribution"]["tlp"]["label"], document["lang"],
    )  # fmt: skip


def test_its_own_name_says_incident_marking_and_format(
    accord: Accord, space: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = accord("incident", "export", "doses", space.root, "--format", "stix", "--tlp", "amber+strict")
    assert (0, True) == (done.code, (tmp_path / "doses.tlp-amber-strict.stix.json").is_file())


def test_another_file_is_not_written_over(write: Callable[..., Done], tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine", encoding="utf-8")
    done = write("stix")
    assert (2, True) == (done.code, "is there already" in done.err)
    assert "mine" == (tmp_path / "out").read_text(encoding="utf-8")
    assert [0, 0] == [write("stix", to="again").code for _ in range(2)]


@pytest.mark.parametrize(
    ("more", "said"), [(("--language", "../x"), "a language"), (("--tlp", "pink"), "is not one of")]
)
def test_what_is_no_language_and_no_marking_is_refused(
    write: Callable[..., Done], more: tuple[str, str], said: str
) -> None:
    done = write("stix", *more)
    assert (2, True) == (done.code, said in done.err)


def test_an_incident_that_is_not_there_is_said(write: Callable[..., Done]) -> None:
    done = write("stix", name="dozes")
    assert (2, True) == (done.code, "There is no incident 'dozes'" in done.err)


def _file(tmp_path: Path, form: str, **changes: Any) -> Path:
    case = make_case(make_incident(category="vulnerability", **changes))
    (tmp_path / "in.json").write_bytes(export(case, form).data)
    return tmp_path / "in.json"


def _size(space: Workspace) -> int:
    return sum(1 for _ in space.log().entries())


@pytest.mark.parametrize("form", READABLE)
def test_what_is_read_is_only_shown_until_it_is_recorded(
    accord: Accord, space: Workspace, tmp_path: Path, form: str
) -> None:
    file, size = _file(tmp_path, form), _size(space)
    done = accord("incident", "import", form, file, space.root)
    assert (0, size) == (done.code, _size(space))
    assert "Nothing was recorded" in done.out
    assert "vulnerability" in done.out
    told = accord("incident", "import", form, file, space.root, "--record", "--id", "theirs", "--json").json
    assert ("theirs", size) == (told["reports"][0]["id"], told["reports"][0]["record"])
    again = accord("incident", "import", form, file, space.root, "--record", "--json").json
    assert (True, size + 1) == (again["reports"][0]["known"], _size(space))


def test_words_of_strangers_stay_beside_the_log(accord: Accord, space: Workspace, tmp_path: Path, now: Any) -> None:
    file = _file(tmp_path, "oecd-29", description="Go to evil.example \u202e now.", tlp="red")
    done = accord("incident", "import", "oecd-29", file, space.root, "--record", "--id", "theirs")
    assert 0 == done.code
    assert "\u202e" not in done.out
    held = [e.record for e in space.records(now, opened=True).of(IncidentRecord) if e.record.id == "theirs"]
    assert ("red", "serious-incident", ("DE", "FR")) == (held[0].tlp, held[0].severity, held[0].jurisdictions)
    assert "A report in the form OECD-29" == held[0].title
    assert held[0].report is not None
    assert file.read_bytes() == space.artifacts.get(held[0].report.sha256)
    assert "evil" not in repr(held)


@pytest.mark.parametrize(
    ("form", "data", "said"),
    [
        ("csaf", b"{}", "not of the format"),
        ("stix", b'{"type": "bundle", "type": "bundle"}', "appears twice"),
        ("misp", b"[" * 100_000, "not strict JSON"),
        ("avid", b"\x00\xff", "not strict JSON"),
        ("oecd-29", b" " * ((4 << 20) + 1), "too large"),
    ],
)
def test_a_file_that_is_not_of_the_format_is_refused(
    accord: Accord, space: Workspace, tmp_path: Path, form: str, data: bytes, said: str
) -> None:
    (tmp_path / "bad.json").write_bytes(data)
    done = accord("incident", "import", form, tmp_path / "bad.json", space.root, "--record")
    assert (2, True) == (done.code, said in done.err)


def test_export_and_import_are_listed_without_being_loaded(accord: Accord) -> None:
    done = accord("incident", "--help")
    assert (0, True, True) == (done.code, "  export " in done.out, "  import " in done.out)
