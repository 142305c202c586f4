"""`accord init` makes a whole workspace or nothing at all."""

import json
import os
import pty
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from accord.cli.init import default_origin, init
from accord.errors import LedgerError, ManifestError, WorkspaceError
from accord.ledger import PublicKey, SigningKey
from accord.manifest import System, load_system, parse_system
from accord.workspace import Workspace, key_spans

FLAGS = ("--organisation=Acme", "--role=developer", "--system=Help desk", "--version=1", "--model-inspect=mockllm/m")


def _init(*arguments: object) -> Result:
    return CliRunner().invoke(init, [str(argument) for argument in arguments])


def _json(*arguments: object) -> Any:  # noqa: ANN401 - JSON
    return json.loads(_init(*arguments, "--json").stdout)


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_init_makes_a_manifest_that_loads(tmp_path: Path) -> None:
    assert 0 == _init(tmp_path, *FLAGS).exit_code
    assert "Help desk" == load_system(tmp_path / "accord.toml").system.name


def test_init_makes_a_log_of_the_derived_origin_that_begins_with_its_key(tmp_path: Path) -> None:
    _init(tmp_path, *FLAGS)
    space = Workspace.open(tmp_path)
    assert ("acme/help-desk", 1) == (space.log().origin, space.log().size)
    assert [(space.public_key(), "first")] == [
        (span.key, span.record.reason) for span in key_spans(space) if span.record
    ]


def test_init_makes_a_log_that_its_key_can_write(tmp_path: Path) -> None:
    _init(tmp_path, *FLAGS)
    assert b"acme/help-desk\n0\n" == Workspace.open(tmp_path).sign_checkpoint(0)[:17]


def test_init_names_the_log_after_the_site(tmp_path: Path) -> None:
    assert "acme.example/help-desk" == _json(tmp_path, *FLAGS, "--url=https://acme.example/about")["origin"]


def test_init_takes_an_origin(tmp_path: Path) -> None:
    assert "my.log" == _json(tmp_path, *FLAGS, "--origin=my.log")["origin"]


@pytest.mark.parametrize("origin", ["a b", "a+b", "a\n"])
def test_init_refuses_an_origin_that_no_signed_note_may_have(tmp_path: Path, origin: str) -> None:
    assert 2 == _init(tmp_path, *FLAGS, f"--origin={origin}").exit_code
    assert [] == _names(tmp_path)


def test_init_keeps_the_key_to_its_owner(tmp_path: Path) -> None:
    _init(tmp_path, *FLAGS)
    keys = Workspace(tmp_path).keys
    assert (0o700, 0o600) == (stat.S_IMODE(keys.stat().st_mode), stat.S_IMODE((keys / "accord.key").stat().st_mode))


def test_init_keeps_keys_and_runs_out_of_git(tmp_path: Path) -> None:
    _init(tmp_path, *FLAGS)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    Workspace(tmp_path).runs.mkdir()
    (Workspace(tmp_path).runs / "x").touch()
    command = ["git", "ls-files", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout.split()
    assert ".accord/ledger/checkpoint" in listed
    assert [] == [name for name in listed if "/keys/" in name or "/runs/" in name]


def test_init_uses_the_key_it_is_given(tmp_path: Path) -> None:
    key = SigningKey.generate("any", entropy=bytes)
    key.save(tmp_path / "my.key")
    (tmp_path / "w").mkdir()
    assert key.public.fingerprint == _json(tmp_path / "w", *FLAGS, "--key", tmp_path / "my.key")["fingerprint"]


def test_init_prints_a_verifier_key_that_parses(tmp_path: Path) -> None:
    made = _json(tmp_path, *FLAGS)
    assert made["fingerprint"] == PublicKey.parse(made["verifier_key"]).fingerprint


def test_init_prints_the_key_and_the_next_command(tmp_path: Path) -> None:
    told = _init(tmp_path, *FLAGS).stdout
    assert Workspace(tmp_path).public_key().vkey in told
    assert f"accord assess {tmp_path}" in told


def test_init_uses_the_manifest_that_is_there(folder: Path, manifest: str) -> None:
    assert not _json(folder)["manifest_is_new"]
    assert manifest == (folder / "accord.toml").read_text(encoding="utf-8")


def test_init_refuses_flags_beside_a_manifest(folder: Path) -> None:
    result = _init(folder, "--system=Other", "--model-name=x")
    assert 2 == result.exit_code
    assert "leave out --system, --model-name" in result.stderr


def test_init_leaves_nothing_beside_a_bad_manifest(folder: Path) -> None:
    (folder / "accord.toml").write_text("a = 1", encoding="utf-8")
    assert isinstance(_init(folder).exception, ManifestError)
    assert ["accord.toml"] == _names(folder)


def test_init_names_all_missing_flags_at_once(tmp_path: Path) -> None:
    result = _init(tmp_path / "new", "--organisation=Acme")
    assert 2 == result.exit_code
    assert "--system, --version, --role, --model-weights or --model-endpoint or --model-inspect" in result.stderr
    assert [] == _names(tmp_path)


def test_init_asks_for_the_name_of_an_endpoint_s_model(tmp_path: Path) -> None:
    assert "Missing --model-name." in _init(tmp_path, *FLAGS[:-1], "--model-endpoint=http://127.0.0.1:1/v1").stderr


def test_init_refuses_two_models(tmp_path: Path) -> None:
    assert 2 == _init(tmp_path, *FLAGS, "--model-endpoint=http://127.0.0.1:1/v1").exit_code


def test_init_names_weights_from_the_new_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "m.gguf").touch()
    monkeypatch.chdir(tmp_path)
    _init("w", *FLAGS[:-1], "--model-weights=w/m.gguf")
    assert "m.gguf" == load_system(tmp_path / "w" / "accord.toml").model.weights


def test_init_leaves_nothing_after_a_bad_answer(tmp_path: Path) -> None:
    assert isinstance(_init(tmp_path / "new", *FLAGS, "--contact=mailto:joe@acme.org").exception, ManifestError)
    assert [] == _names(tmp_path)


def test_init_leaves_nothing_after_a_bad_key(tmp_path: Path) -> None:
    (tmp_path / "my.key").write_text("no key", encoding="utf-8")
    (tmp_path / "my.key").chmod(0o600)
    assert isinstance(_init(tmp_path / "new", *FLAGS, "--key", tmp_path / "my.key").exception, LedgerError)
    assert ["my.key"] == _names(tmp_path)


def test_init_in_a_folder_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    assert isinstance(_init(tmp_path / "no" / "no", *FLAGS).exception, WorkspaceError)
    assert [] == _names(tmp_path)


def test_init_leaves_nothing_when_the_last_step_fails(tmp_path: Path) -> None:
    (tmp_path / ".accord").symlink_to("nowhere")  # exists for a rename, though not for who looks through it
    assert isinstance(_init(tmp_path, *FLAGS).exception, WorkspaceError)
    assert [".accord"] == _names(tmp_path)


def test_create_leaves_nothing_when_the_log_cannot_be_made(tmp_path: Path) -> None:
    key = SigningKey.generate("a", entropy=bytes)
    with pytest.raises(Exception, match="origin"):
        Workspace.create(tmp_path, key, "a\nb")
    assert [] == _names(tmp_path)


def test_init_refuses_a_second_log(tmp_path: Path) -> None:
    _init(tmp_path, *FLAGS)
    before = Workspace(tmp_path).public_key()
    assert isinstance(_init(tmp_path).exception, WorkspaceError)
    assert before == Workspace(tmp_path).public_key()


def _named(manifest: str, organisation: str, system: str) -> System:
    parsed = parse_system(manifest, "")
    product = parsed.system.model_copy(update={"name": system})
    holder = parsed.organisation.model_copy(update={"name": organisation})
    return parsed.model_copy(update={"system": product, "organisation": holder})


@given(organisation=st.text(), system=st.text())
def test_default_origin_may_always_name_a_key(organisation: str, system: str) -> None:
    text = 'organisation = {name = "A", roles = ["provider"]}\nmodel = {name = "m", inspect = "m"}\n[system]\n'
    text += 'name = "S"\nversion = "1"\ndescription = "D"\nstage = "use"\nlanguages = ["en"]'
    origin = default_origin(_named(text, organisation, system))
    assert origin == SigningKey.generate(origin, entropy=bytes).public.name


def test_init_on_a_terminal_asks_and_asks_again_after_a_bad_answer(tmp_path: Path) -> None:
    typed = (
        *("Acme", "Helpdesk", "acme.example", "https://acme.example", "", "developer", ""),
        *("inspect", "mockllm/m", "", "english!", "en", "joe@acme.example", "", "a b", ""),
    )
    code = "import sys; from accord.cli.init import init; init(sys.argv[1:])"
    command = [sys.executable, "-c", code, str(tmp_path), "--version=1"]
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, stdin=theirs, stdout=subprocess.PIPE, text=True) as process:
        os.write(ours, "".join(f"{answer}\n" for answer in typed).encode())
        told, _ = process.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)
    assert (0, 4) == (process.returncode, told.count("Error: expected"))
    assert "Helpdesk, an AI system of Acme" == load_system(tmp_path / "accord.toml").system.description
    assert "acme.example/helpdesk" == Workspace(tmp_path).log().origin
