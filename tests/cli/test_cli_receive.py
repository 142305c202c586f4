"""`accord monitor receive` before it listens: what it makes, and what it refuses."""

# ruff: noqa: ANN401 - importlib mode cannot import a class of conftest into a test

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from small_manifest import SMALL

from accord.manifest import parse_system


def _write(folder: Path, table: str) -> Path:
    (folder / "accord.toml").write_text(f"{SMALL}\n[monitor.receive]\n{table}\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("table", "code", "said"),
    [
        ('listen = "4318"', 2, "an address and a port"),
        ('listen = "127.0.0.1:70000"', 2, "an address and a port"),
        ("days = 0", 2, "a whole number of days, from 1 to 3653"),
        ('redact = ["mind-reading"]', 4, "There is no such detector."),
        ('listen = "192.0.2.1:4318"', 4, "cannot listen there"),
    ],
)
def test_what_cannot_be_done_is_refused(accord: Any, tmp_path: Path, table: str, code: int, said: str) -> None:
    done = accord("monitor", "receive", _write(tmp_path, table))
    assert (code, "") == (done.code, done.out)
    assert said in done.err


def test_token_and_salt_are_made_for_the_owner_alone(accord: Any, tmp_path: Path) -> None:
    accord("monitor", "receive", _write(tmp_path, 'listen = "192.0.2.1:4318"'))
    keys = tmp_path / ".accord/keys"
    assert {"receiver.token": 0o600, "accounts.salt": 0o600} == {
        path.name: path.stat().st_mode & 0o777 for path in keys.iterdir()
    }
    assert len((keys / "receiver.token").read_text()) > 40
    before = [path.read_bytes() for path in sorted(keys.iterdir())]
    accord("monitor", "receive", tmp_path)
    assert before == [path.read_bytes() for path in sorted(keys.iterdir())]
    assert "*\n" == (tmp_path / "received/.gitignore").read_text()


def test_missing_extra_is_named(tmp_path: Path) -> None:
    code = "import sys; sys.modules['httptools'] = None; from accord.cli import main; main(sys.argv[1:])"
    line = [sys.executable, "-c", code, "monitor", "receive", str(_write(tmp_path, ""))]
    done = subprocess.run(line, check=False, capture_output=True, text=True)
    assert (4, "") == (done.returncode, done.stdout)
    assert "pip install 'accord[monitor]'" in done.stderr


@pytest.mark.parametrize(
    ("text", "mode", "said"), [("short", 0o600, "too little"), ("x" * 40, 0o644, "Others can read")]
)
def test_poor_token_is_refused(accord: Any, tmp_path: Path, text: str, mode: int, said: str) -> None:
    _write(tmp_path, 'token_file = "token"')
    (tmp_path / "token").write_text(text, encoding="utf-8")
    (tmp_path / "token").chmod(mode)
    done = accord("monitor", "receive", tmp_path)
    assert 4 == done.code
    assert said in done.err
    assert text not in done.err


def test_declaration_tells_nothing_of_where_traffic_lies(tmp_path: Path) -> None:
    table = 'folder = "/srv/private"\nlisten = "10.9.8.7:4318"\ntoken_file = "hidden"\ndays = 7\n'
    declared = parse_system(f"{SMALL}\n[monitor.receive]\n{table}", "accord.toml").to_bytes()
    assert b'"days":7' in declared
    for word in (b"private", b"10.9.8.7", b"hidden"):
        assert word not in declared
