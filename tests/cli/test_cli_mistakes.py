"""What users get wrong and what attackers change: a clear message, the right exit code, and a log that is as it was."""

# ruff: noqa: ANN401 - importlib mode cannot import a class of conftest into a test

import json
import random
import shutil
import struct
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from accord.ledger import Log, SigningKey
from accord.workspace import Workspace

Change = Callable[[Workspace], None]


def _manifest(old: str, new: str) -> Change:
    def change(space: Workspace) -> None:
        text = space.manifest.read_text(encoding="utf-8")
        assert old in text
        space.manifest.write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


def _weights(data: bytes) -> Change:
    def change(space: Workspace) -> None:
        (space.root / "model.gguf").write_bytes(data)
        line = next(x for x in space.manifest.read_text(encoding="utf-8").splitlines() if x.startswith("endpoint"))
        _manifest(line, 'weights = "model.gguf"')(space)

    return change


def _no_weights(space: Workspace) -> None:
    _weights(b"")(space)
    (space.root / "model.gguf").unlink()


def _binary_manifest(space: Workspace) -> None:
    space.manifest.write_bytes(b"\xff\x00\xfe")


def _open_key(space: Workspace) -> None:
    (space.keys / "accord.key").chmod(0o644)


def _other_key(space: Workspace) -> None:
    """Sign an empty log under the same name by another key, and put it in place."""
    shutil.rmtree(space.ledger)
    key = SigningKey.generate(space.public_key().name)
    Log.create(space.ledger, key, key.name)


def _no_key(space: Workspace) -> None:
    (space.keys / "accord.key").unlink()


def _no_log(space: Workspace) -> None:
    shutil.rmtree(space.ledger)


_NOISE = random.Random(3).randbytes(4096)  # noqa: S311 - a damaged file, not a secret
_HEAD = struct.pack("<4sIQQ", b"GGUF", 3, 10, 10)
_DOCUMENT = '\n[[documents]]\nid = "p"\nkind = "risk-policy"\ntitle = "P"\npath = "no/such.md"\n[evaluation]'
MISTAKES: dict[str, tuple[Change, int, tuple[str, ...]]] = {
    "broken TOML": (_manifest("[model]", "[model"), 2, ("accord.toml", "where")),
    "binary manifest": (_binary_manifest, 2, ("accord.toml", "UTF-8")),
    "no manifest": (lambda s: s.manifest.unlink(), 2, ("accord.toml",)),
    "unknown suite": (_manifest('"bias"', '"biased"'), 4, ("'biased'", "agency, bias")),
    "no weights": (_no_weights, 2, ("model.gguf",)),
    "no document": (_manifest("[evaluation]", _DOCUMENT), 2, ("no/such.md",)),
    "no variable": (_manifest("[evaluation]", 'key_env = "NO_SUCH_KEY"\n[evaluation]'), 4, ("NO_SUCH_KEY", "export")),
    "no key file": (_manifest("[evaluation]", 'key_file = "gone"\n[evaluation]'), 4, ("gone",)),
    "empty weights": (_weights(b""), 4, ("GGUF", "expected", "found")),
    "truncated weights": (_weights(_HEAD[:10]), 4, ("GGUF", "expected", "found")),
    "wrong magic": (_weights(b"GGML" + _HEAD[4:]), 4, ("the bytes GGUF", "GGML")),
    "hostile magic": (_weights(b"\x1b[2J" + _HEAD[4:]), 4, ("the bytes GGUF", r"\x1b[2J")),
    "open key": (_open_key, 4, ("accord.key", "chmod 600")),
    "no key": (_no_key, 4, ("accord.key",)),
    "other key": (_other_key, 3, ("key",)),
    "no log": (_no_log, 4, ("There is no log here",)),
}


def _ledger(space: Workspace) -> dict[str, bytes]:
    found = (path for path in space.ledger.rglob("*") if path.is_file() and path.name != ".lock")
    return {str(path.relative_to(space.ledger)): path.read_bytes() for path in found}


def _begun(space: Workspace) -> Path:
    """Wait until an evaluation has begun, and return its journal."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        for journal in space.runs.glob("*/answers.jsonl"):
            return journal
        time.sleep(0.01)
    pytest.fail("no evaluation began within a minute")


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake_is_named_and_leaves_what_was_recorded(accord: Any, space: Workspace, name: str) -> None:
    change, code, words = MISTAKES[name]
    change(space)
    before = _ledger(space)
    done = accord("assess", space.root)
    assert (code, "") == (done.code, done.out), done.err
    assert [] == [word for word in words if word not in done.err], done.err
    assert {"\n"} >= {char for char in done.err if not char.isprintable()}
    after = _ledger(space)
    kept = {name for name in before if name != "checkpoint" and ".p/" not in name}
    assert {name: before[name] for name in kept} == {name: after[name] for name in kept}
    assert code == 4 or before == after


@pytest.mark.model
def test_weights_with_noise_after_their_header_are_refused(accord: Any, space: Workspace) -> None:
    _weights(_HEAD + _NOISE)(space)
    done = accord("assess", space.root)
    assert 4 == done.code
    assert "model.gguf" in done.err
    assert {"\n"} >= {char for char in done.err if not char.isprintable()}


def test_every_mistake_of_a_manifest_is_reported_with_its_line(accord: Any, space: Workspace) -> None:
    lines = space.manifest.read_text(encoding="utf-8").splitlines()
    at = [number for number, line in enumerate(lines, 1) if line.startswith("name = ")]
    for shift, number in enumerate(at):
        lines.insert(number + shift, f'nmae{shift} = "x"')
    space.manifest.write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = accord("assess", space.root)
    assert 2 == done.code
    for shift, number in enumerate(at):
        assert f"nmae{shift}" in done.err
        assert f"line {number + shift + 1}" in done.err


@pytest.mark.parametrize("command", [["assess"], ["status"], ["report"], ["log", "show"], ["log", "fsck"]])
def test_command_without_a_workspace_says_how_to_make_one(accord: Any, tmp_path: Path, command: list[str]) -> None:
    done = accord(*command, tmp_path)
    assert (4, "") == (done.code, done.out)
    assert "accord init" in done.err


@pytest.mark.parametrize("command", [["status"], ["report"]])
def test_command_before_any_assessment_says_what_to_run(accord: Any, space: Workspace, command: list[str]) -> None:
    done = accord(*command, space.root)
    assert 4 == done.code
    assert "accord assess" in done.err


def test_init_twice_is_refused_and_keeps_the_log(accord: Any, space: Workspace) -> None:
    before = _ledger(space)
    assert 4 == accord("init", space.root, "--yes").code
    assert before == _ledger(space)


def test_second_assess_at_the_same_time_is_refused(accord: Any, make: Any, serve: Any, tmp_path: Path) -> None:
    space = make(tmp_path / "space", serve("hang").url)
    run = accord.start("assess", space.root)
    try:
        _begun(space)
        done = accord("assess", space.root)
        assert (4, "") == (done.code, done.out)
        assert "Another process is running this evaluation" in done.err
        assert "wait for it to end" in done.err
    finally:
        run.kill()


def test_log_that_another_process_writes_to_is_busy(accord: Any, space: Workspace) -> None:
    with Log.writer(space.ledger, space.signing_key(), memory=space.keys / "checkpoint"):
        done = accord("assess", space.root)
    assert 4 == done.code
    assert "Another process is writing to this log" in done.err


def test_verify_of_a_tampered_bundle_exits_3(accord: Any, finished: Any, tmp_path: Path) -> None:
    bad = tmp_path / "bad.zip"
    with zipfile.ZipFile(finished.space.root / "bundle.zip") as good, zipfile.ZipFile(bad, "w") as out:
        for item in good.infolist():
            out.writestr(item, good.read(item).replace(b'"partial"', b'"supported"'))
    assert 3 == accord("verify", bad, "--key", finished.space.public_key().vkey).code


def test_verify_without_a_pinned_key_exits_1(accord: Any, finished: Any) -> None:
    assert 1 == accord("verify", finished.space.root / "bundle.zip").code


def test_damaged_log_is_found_by_fsck_and_status(accord: Any, finished: Any, tmp_path: Path) -> None:
    root = tmp_path / "copy"
    shutil.copytree(finished.space.root, root)
    bundle = max((root / ".accord/ledger/tile/entries").rglob("*.p/*"), key=lambda path: int(path.name))
    data = bytearray(bundle.read_bytes())
    data[len(data) // 2] ^= 1
    bundle.write_bytes(data)
    assert [3, 3] == [accord(*command, root).code for command in (["log", "fsck"], ["status"])]


def test_erased_declaration_is_named_by_status(accord: Any, finished: Any, tmp_path: Path) -> None:
    root = tmp_path / "copy"
    shutil.copytree(finished.space.root, root)
    shutil.rmtree(root / ".accord/artifacts")
    done = accord("status", root)
    assert 4 == done.code
    assert "artifacts" in done.err


def test_damaged_journal_is_named(accord: Any, make: Any, serve: Any, tmp_path: Path) -> None:
    space = make(tmp_path / "space", serve("broken").url, timeout=1)
    run = accord.start("assess", space.root)
    journal = _begun(space)
    run.kill()
    journal.write_bytes(b'{"what": 1}\n\x1b[2J nonsense\n')
    done = accord("assess", space.root)
    assert 4 == done.code
    assert "answers.jsonl" in done.err


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["asess"], "No such command 'asess'"),
        (["assess", "--jsn"], "--jsn"),
        (["assess", "/no/such/folder"], "does not exist"),
        (["log", "prove", "x"], "not a valid integer"),
        (["report", "--format", "pdf2"], "is not one of"),
        (["demo", "--seed", "-1"], "not in the range"),
    ],
)
def test_wrong_usage_exits_2_and_points_at_the_help(accord: Any, args: list[str], words: str) -> None:
    done = accord(*args)
    assert (2, "") == (done.code, done.out)
    assert words in done.err
    assert "--help" in done.err


def test_wrong_usage_is_never_repeated_raw(accord: Any, tmp_path: Path) -> None:
    done = accord("assess", "--\x1b[2J\u202e")
    assert r"\x1b[2J\u202e" in done.err
    assert "\x1b" not in done.err


@pytest.mark.parametrize("command", ["show", "prove"])
def test_entry_that_the_log_does_not_have_is_named(accord: Any, finished: Any, command: str) -> None:
    where = ["--entry", "9999"] if command == "show" else ["9999"]
    done = accord("log", command, *where, finished.space.root)
    assert 2 == done.code
    assert "There is no entry 9999: the log has" in done.err


def test_error_of_the_system_is_json_for_programs(accord: Any, space: Workspace) -> None:
    space.manifest.unlink()
    space.manifest.mkdir()
    done = accord("assess", space.root, "--json")
    assert {"problem", "kind"} <= set(json.loads(done.out)["error"])
