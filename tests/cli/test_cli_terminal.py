"""What reaches the terminal: progress where it helps, data where programs read it, and nothing that a stranger sent."""

# ruff: noqa: ANN401 - importlib mode cannot import a class of conftest into a test

import os
import pty
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.log import read_eval_log

from accord.workspace import Workspace

ACCORD = Path(sys.executable).with_name("accord")
SAID = (
    "assess", "assess --json", "status", "status --brief", "status --json", "report", "report --json", "verify",
    "verify --json", "log show", "log show --json", "log show --entry", "log prove", "log prove --json", "log fsck",
)  # fmt: skip


@pytest.mark.parametrize("name", SAID)
def test_no_command_prints_what_a_terminal_obeys(finished: Any, name: str) -> None:
    done = finished.said[name]
    assert {"\n"} >= {char for char in done.out + done.err if not char.isprintable()}


def test_hostile_text_is_no_markup_in_the_report(finished: Any, hostile: str) -> None:
    text = (finished.space.root / "report.html").read_text(encoding="utf-8")
    assert "&lt;script&gt;alert(1)&lt;/script&gt; [bold red]Helpdesk" in text
    assert "<script>alert" not in text
    assert "<img src=x" not in text
    assert not set(text) & {char for char in hostile if not char.isprintable()}


def test_hostile_folder_is_never_printed_raw(accord: Any, tmp_path: Path) -> None:
    root = tmp_path / "a\x1b[2J\u202e\x9b"
    flags = ["--organisation", "A", "--system", "B", "--version", "1", "--role", "deployer", "--model-name", "m"]
    init = accord("init", root, *flags, "--model-endpoint", "http://127.0.0.1:9/v1", "--yes")
    shown = [init, *(accord(*line) for line in (["status", root], ["status", root, "--json"], ["log", "fsck", root]))]
    assert [0, 4, 4, 0] == [done.code for done in shown]
    assert {"\n"} >= {char for done in shown for char in done.out + done.err if not char.isprintable()}


def _on_a_terminal(*args: object) -> tuple[int, bytes]:
    ours, theirs = pty.openpty()
    with subprocess.Popen([ACCORD, *map(str, args)], stdout=subprocess.PIPE, stderr=theirs, stdin=theirs) as process:
        os.close(theirs)
        shown = b""
        # A closed terminal reads as an input/output error on Linux.
        with suppress(OSError):
            while part := os.read(ours, 65536):
                shown += part
        os.close(ours)
        out = process.stdout.read() if process.stdout else b""
    assert b"\x1b" not in out
    return process.returncode, shown


def test_progress_is_a_bar_on_a_terminal(space: Workspace) -> None:
    code, shown = _on_a_terminal("assess", space.root)
    assert 0 == code
    assert b"36/36" in shown
    assert "━".encode() in shown


def test_json_keeps_a_terminal_quiet(finished: Any) -> None:
    assert (0, b"") == _on_a_terminal("assess", finished.space.root, "--json")


def test_progress_is_plain_lines_elsewhere(finished: Any) -> None:
    lines = finished.said["assess"].err.splitlines()
    assert "Bias in open questions: fake: 36 samples" in lines
    assert "Bias in open questions: fake: done" in lines


def test_finished_assess_imports_neither_inspect_nor_openai(finished: Any) -> None:
    program = "import sys\nfrom accord.cli import main\ntry: main()\nfinally: print(*sys.modules, file=sys.stderr)"
    command = [sys.executable, "-c", program, "assess", finished.space.root, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stderr.split()}
    assert "accord" in loaded
    assert set() == loaded & {"inspect_ai", "openai", "xllamacpp", "django"}


def test_output_to_a_closed_pipe_is_no_crash(finished: Any) -> None:
    with subprocess.Popen(
        [ACCORD, "log", "show", finished.space.root], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()


def test_secret_is_in_no_file_and_no_output(finished: Any, secret: str) -> None:
    files = [path for path in finished.space.root.rglob("*") if path.is_file()]
    assert len(files) > 20
    assert [] == [path for path in files if any(secret.encode() in text for text in _texts(path.read_bytes()))]
    assert [] == [name for name, done in finished.said.items() if secret in done.out + done.err]


def test_secret_that_an_endpoint_repeats_is_not_kept(
    accord: Any, make: Any, serve: Any, tmp_path: Path, secret: str
) -> None:
    server = serve("partial", echo=True)
    space = make(tmp_path / "space", server.url)
    text = space.manifest.read_text(encoding="utf-8").replace("[evaluation]", 'key_env = "MODEL_KEY"\n[evaluation]')
    space.manifest.write_text(text, encoding="utf-8")
    done = accord("assess", space.root, env={"MODEL_KEY": secret})
    assert 1 == done.code
    assert secret not in done.out + done.err
    assert {f"Bearer {secret}"} == server.keys
    files = [path for path in (space.root / ".accord").rglob("*") if path.is_file()]
    assert [] == [path for path in files if any(secret.encode() in text for text in _texts(path.read_bytes()))]


def _texts(data: bytes) -> Iterator[bytes]:
    """Yield bytes as they are, and all that is packed in them."""
    yield data
    if data[:2] != b"PK":
        return
    with zipfile.ZipFile(BytesIO(data)) as packed:
        if "header.json" in packed.namelist():  # Inspect's own zip, compressed in a way that zipfile cannot undo
            yield read_eval_log(BytesIO(data), format="eval").model_dump_json().encode()
        else:
            for name in packed.namelist():
                yield from _texts(packed.read(name))
