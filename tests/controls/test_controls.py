"""Security controls, as a repository, a forge's export, a register and security.txt show them."""

import json
import subprocess
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pysequoia import Tsk
from small_manifest import SMALL

from accord.assess import Job, assess
from accord.controls.engine import ControlsInspector
from accord.controls.forge import look_at_forge
from accord.controls.register import look_at_register
from accord.controls.repository import look_at_commits, look_for_secrets
from accord.controls.security_txt import look_at_security_txt, sign_text, write_security_txt
from accord.errors import AccordError, ManifestError
from accord.evidence import InspectionRecord, Status
from accord.ledger import SigningKey
from accord.manifest import System
from accord.workspace import Workspace

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
GITHUB: dict[str, Any] = {
    "required_pull_request_reviews": {"required_approving_review_count": 1},
    "allow_force_pushes": {"enabled": False},
    "allow_deletions": {"enabled": False},
    "enforce_admins": {"enabled": True},
    "required_signatures": {"enabled": True},
    "required_status_checks": {"strict": True, "contexts": []},
}
GITLAB = {
    "name": "main",
    "push_access_levels": [{"access_level": 0}],
    "allow_force_push": False,
    "code_owner_approval_required": True,
}
# Put together, so that no scanner takes this file for a leak.
KEY = "-----BEGIN RSA " + "PRIVATE KEY-----"
TOKEN = "ghp_" + "a1B2" * 9


def _git(folder: Path, *arguments: str) -> str:
    settings = [
        "-c",
        "user.name=A",
        "-c",
        "user.email=a@acme.example",
        "-c",
        "commit.gpgsign=false",
        "-c",
        "init.defaultBranch=main",
    ]
    return subprocess.run(
        ["git", "-C", str(folder), *settings, *arguments], check=True, capture_output=True, text=True
    ).stdout


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repo"
    folder.mkdir()
    _git(folder, "init", "-q")
    (folder / "a.txt").write_text("one\n")
    _git(folder, "add", ".")
    _git(folder, "commit", "-q", "-m", "one")
    return folder


def _commit_signed(folder: Path, key: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    (folder / "b.txt").write_text("gpgsig nothing\n\ngpgsig nothing\n")
    _git(folder, "add", ".")
    _git(
        folder,
        "-c",
        "gpg.format=ssh",
        "-c",
        f"user.signingkey={key}",
        "commit",
        "-q",
        "-S",
        "-m",
        "two\n\ngpgsig in the text",
    )


def test_commits_that_carry_a_signature_are_told(repository: Path, tmp_path: Path) -> None:
    assert [False] == [s.holds for s in look_at_commits(repository)]
    _commit_signed(repository, tmp_path / "key")
    assert [True, False] == [s.holds for s in look_at_commits(repository)]


def test_programs_that_a_repository_names_are_not_run(repository: Path, tmp_path: Path) -> None:
    mark, script = tmp_path / "ran", tmp_path / "evil.sh"
    script.write_text(f"#!/bin/sh\ntouch {mark}\n")
    script.chmod(0o755)
    for name in ("core.fsmonitor", "gpg.program", "gpg.ssh.program", "core.pager", "core.sshCommand"):
        _git(repository, "config", name, str(script))
    _git(repository, "config", "log.showSignature", "true")
    list(look_at_commits(repository))
    list(look_for_secrets(repository))
    assert not mark.exists()


def test_secrets_are_named_by_kind_and_line_and_never_shown(repository: Path) -> None:
    (repository / "b c.py").write_text(f"x = 1\ntoken = '{TOKEN}'\n")
    (repository / "key.pem").write_text(KEY)
    (repository / "not-checked-in.py").write_text(TOKEN)
    _git(repository, "add", "b c.py", "key.pem")
    seen = {s.subject: s for s in look_for_secrets(repository)}
    assert {"a.txt": True, "b c.py": False, "key.pem": False} == {name: s.holds for name, s in seen.items()}
    assert ("GitHub Token, line 2", "Private Key, line 1") == (seen["b c.py"].note, seen["key.pem"].note)
    assert not any("a1B2" in s.note for s in seen.values())


def test_a_folder_that_is_no_repository_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AccordError, match="cannot be looked at"):
        list(look_at_commits(tmp_path))


def _forge(folder: Path, value: object) -> dict[str, bool | None]:
    path = folder / "forge.json"
    path.write_text(json.dumps(value))
    return {s.subject: s.holds for s in look_at_forge(path)}


@pytest.mark.parametrize("export", [GITHUB, GITLAB, [GITLAB]])
def test_a_protected_branch_holds_in_everything(tmp_path: Path, export: object) -> None:
    assert {True} == set(_forge(tmp_path, export).values())


@pytest.mark.parametrize(
    ("change", "subject"),
    [
        ({"required_pull_request_reviews": None}, "a second person approves each change"),
        (
            {"required_pull_request_reviews": {"required_approving_review_count": 0}},
            "a second person approves each change",
        ),
        ({"allow_force_pushes": {"enabled": True}}, "history cannot be rewritten"),
        ({"enforce_admins": {"enabled": "true"}}, "the rules hold for administrators"),
        ({"required_status_checks": None}, "checks must pass"),
    ],
)
def test_what_github_does_not_protect_is_told(tmp_path: Path, change: dict[str, Any], subject: str) -> None:
    assert [subject] == [s for s, holds in _forge(tmp_path, GITHUB | change).items() if not holds]


def test_developers_who_may_push_to_gitlab_are_told(tmp_path: Path) -> None:
    found = _forge(tmp_path, GITLAB | {"push_access_levels": [{"access_level": 30}]})
    assert {"nobody pushes without a merge request": False, "developers cannot push": False}.items() <= found.items()


@pytest.mark.parametrize("value", [None, [], [GITLAB, GITLAB], {"message": "Branch not protected"}, 3])
def test_what_is_no_export_is_refused(tmp_path: Path, value: object) -> None:
    with pytest.raises(AccordError, match="no export"):
        _forge(tmp_path, value)


@pytest.fixture
def system(make_system: Callable[..., System]) -> System:
    channel = {"audience": ["public"], "languages": ["en", "ja"]}
    return make_system(
        organisation={"url": "https://acme.example/about"},
        channels=[
            channel | {"kind": "vulnerability", "address": "mailto:security@acme.example"},
            channel | {"kind": "feedback", "address": "https://acme.example/feedback"},
        ],
    )


def _security_txt(text: str, certificate: bytes | None = None, at: datetime = NOW) -> dict[str, bool | None]:
    return {s.subject: s.holds for s in look_at_security_txt(text.encode(), certificate, at)}


def test_what_is_written_and_signed_holds_in_everything(system: System) -> None:
    key = Tsk.generate("Acme <security@acme.example>")
    text = sign_text(write_security_txt(system, NOW), bytes(key))
    found = _security_txt(text, bytes(key.extract_certificate()))
    assert {True} == set(found.values())
    assert "its signature verifies" in found


def test_the_text_has_what_the_manifest_says(system: System) -> None:
    assert write_security_txt(system, NOW).splitlines() == [
        "Contact: mailto:security@acme.example",
        "Expires: 2027-05-22T15:00:00Z",
        "Preferred-Languages: en, ja",
        "Canonical: https://acme.example/.well-known/security.txt",
    ]


def test_a_changed_letter_breaks_the_signature(system: System) -> None:
    key = Tsk.generate("Acme <security@acme.example>")
    text = sign_text(write_security_txt(system, NOW), bytes(key)).replace("acme.example\n", "acne.example\n", 1)
    assert _security_txt(text, bytes(key.extract_certificate()))["its signature verifies"] is False
    other = Tsk.generate("Other <security@other.example>").extract_certificate()
    assert _security_txt(text, bytes(other))["its signature verifies"] is False


def test_a_signature_without_a_certificate_is_untold(system: System) -> None:
    key = Tsk.generate("Acme <security@acme.example>")
    assert _security_txt(sign_text(write_security_txt(system, NOW), bytes(key)))["its signature verifies"] is None


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("Expires: 2027-01-01T00:00:00Z", "it names a contact"),
        ("Contact: security at acme", "it names a contact"),
        ("Contact: http://acme.example\nExpires: 2027-01-01T00:00:00Z", "it names a contact"),
        ("Contact: https://a.example", "it says until when it holds"),
        ("Contact: https://a.example\nExpires: 2026-01-01T00:00:00Z", "it says until when it holds"),
        ("Contact: https://a.example\nExpires: 2028-01-01T00:00:00Z", "it says until when it holds"),
        ("Contact: https://a.example\nExpires: 2027-01-01", "it says until when it holds"),
        ("Contact: https://a.example\nExpires: soon", "it says until when it holds"),
        ("Preferred-Languages: en\nPreferred-Languages: fr", "it names languages at most once"),
        ("Policy: http://a.example", "its addresses are https"),
    ],
)
def test_what_the_standard_refuses_is_told(text: str, subject: str) -> None:
    assert _security_txt(text)[subject] is False


@given(st.binary(max_size=300))
def test_any_bytes_are_looked_at(data: bytes) -> None:
    assert all(s.note == s.note.strip() for s in look_at_security_txt(data, None, NOW))


def test_no_channel_gives_no_text(make_system: Callable[..., System]) -> None:
    with pytest.raises(AccordError, match="no channel for vulnerabilities"):
        write_security_txt(make_system(), NOW)


def test_a_text_is_not_a_key() -> None:
    with pytest.raises(AccordError, match="cannot sign"):
        sign_text("a", b"no key")


def test_times_of_a_register_are_counted(tmp_path: Path) -> None:
    register = tmp_path / "v.csv"
    register.write_text(
        "id,reported,fixed,extra\nA,2026-01-01,2026-04-01,x\nB,2026-01-01,2026-04-02,\nC,2026-11-01,,\nD,2026-01-01,,\n"
    )
    seen = [(s.subject, s.holds) for s in look_at_register(register, 90, NOW)]
    assert [("A", True), ("B", False), ("C", None), ("D", False)] == seen


@pytest.mark.parametrize(
    "text", ["", "id;reported\n", "id,reported,fixed\nA,soon,\n", "id,reported,fixed\nA,2026-02-01,2026-01-01\n"]
)
def test_a_register_that_cannot_be_read_is_refused_whole(tmp_path: Path, text: str) -> None:
    (tmp_path / "v.csv").write_text(text)
    with pytest.raises(AccordError, match=r"register|fixed before"):
        list(look_at_register(tmp_path / "v.csv", 90, NOW))


@pytest.fixture
def workspace(repository: Path, key: SigningKey, system: System) -> Workspace:
    root = repository.parent
    (root / "forge.json").write_text(json.dumps(GITHUB))
    (root / "security.txt").write_text(write_security_txt(system, NOW))
    (root / "v.csv").write_text("id,reported,fixed\nA,2026-01-01,2026-02-01\n")
    (root / "accord.toml").write_text(
        SMALL
        + """
[security]
repository = "repo"
forge = "forge.json"
security_txt = "security.txt"
vulnerabilities = "v.csv"
"""
    )
    return Workspace.create(root, key, "test.invalid/log")


def _quiet(_jobs: Sequence[Job]) -> Callable[[Job], Callable[..., None]]:
    return lambda _job: lambda *_: None


def _statuses(workspace: Workspace, at: datetime = NOW) -> dict[str, Status]:
    found = assess(workspace, [ControlsInspector(lambda: at)], clock=lambda: at, watch=_quiet)
    return {f.check: f.status for state in found.states for f in state.findings}


def test_each_look_is_a_record_made_once(workspace: Workspace) -> None:
    found = _statuses(workspace)
    records = [e.record for e in workspace.records(NOW).of(InspectionRecord)]
    assert ["repository", "forge", "security-txt", "register"] == [r.topic for r in records]
    _statuses(workspace)
    assert 4 == len(workspace.records(NOW).of(InspectionRecord))
    # Its one commit is not signed, and neither is its security.txt.
    assert (Status.CONTRADICTED, Status.CONTRADICTED) == (
        found["a06.security-policy"],
        found["a06.vulnerability-process"],
    )


def test_what_changed_is_looked_at_again_and_only_that(workspace: Workspace) -> None:
    _statuses(workspace)
    (workspace.root / "forge.json").write_text(json.dumps(GITHUB | {"required_status_checks": None}))
    _statuses(workspace)
    assert ["forge"] == [e.record.topic for e in workspace.records(NOW).of(InspectionRecord)[4:]]


def test_what_is_named_and_not_there_is_a_mistake(workspace: Workspace) -> None:
    (workspace.root / "forge.json").unlink()
    with pytest.raises(ManifestError, match="a forge's configuration"):
        _statuses(workspace)


def test_a_security_txt_that_expires_is_found_at_the_next_assessment(workspace: Workspace) -> None:
    _statuses(workspace)
    _statuses(workspace, NOW + timedelta(days=200))
    newest = [e.record for e in workspace.records(NOW).of(InspectionRecord) if e.record.topic == "security-txt"]
    assert newest[0].observations[0].held > newest[-1].observations[0].held
