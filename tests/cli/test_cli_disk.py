"""Disks that are full or may not be written to, as the kernel makes them: a mount in a namespace of its own."""

# ruff: noqa: ANN401 - importlib mode cannot import a class of conftest into a test

import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from shutil import which
from typing import Any

import pytest

from accord.ledger.fsck import fsck
from accord.workspace import Workspace

FREE = (0, 24, 160)
"""KiB that are left on the full disk: nothing, enough to begin, enough to ask some questions."""
_UNSHARE = ["unshare", "--map-root-user", "--mount"]


def _allowed() -> bool:
    probe = [*_UNSHARE, "mount", "-t", "tmpfs", "none", "/mnt"]
    return which("unshare") is not None and subprocess.run(probe, check=False, capture_output=True).returncode == 0


pytestmark = pytest.mark.skipif(not _allowed(), reason="this system allows no mount namespace")


@pytest.fixture(scope="module")
def disk(
    zygote: Any, make: Any, serve_all: Any, finished: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """Yield a command line that sees a small disk and folders that are read-only, and the folder they are in.

    `full-N` are workspaces on the small disk; `new`, `fresh` (a workspace without records) and `done` are read-only.
    """
    folder = tmp_path_factory.mktemp("disk")
    server = serve_all()
    make(folder / "fresh", server.url)
    (folder / "done").mkdir()
    (folder / "new").mkdir()
    (folder / "small").mkdir()
    script = [f"cd {folder}", "mount -t tmpfs -o size=4m none small"]
    script += [f"cp -a fresh small/full-{free}" for free in FREE]
    script += [f"mount --bind {finished.space.root} done", "mount --bind new new", "mount --bind fresh fresh"]
    script += [f"mount -o remount,bind,ro {name}" for name in ("done", "new", "fresh")]
    with zygote(*_UNSHARE, "sh", "-c", f'{" && ".join(script)} && exec "$@"', "sh") as accord:
        assert 0 == accord("--version").code
        yield accord, folder


@pytest.mark.parametrize("free", FREE)
def test_full_disk_is_named_and_loses_nothing(disk: Any, free: int) -> None:
    accord, folder = disk
    inside = Path(f"/proc/{accord.process.pid}/root") / folder.relative_to("/") / "small"
    space = Workspace(inside / f"full-{free}")
    _fill(inside / "ballast", free * 1024)
    done = accord("assess", folder / "small" / f"full-{free}")
    assert (4, "") == (done.code, done.out)
    assert "No space left on device" in done.err
    assert fsck(space.ledger, space.public_key()).ok
    (inside / "ballast").unlink()
    assert 0 == accord("assess", folder / "small" / f"full-{free}").code
    assert fsck(space.ledger, space.public_key()).ok


def _fill(path: Path, leave: int) -> None:
    with path.open("wb", buffering=0) as file:
        with suppress(OSError):
            while file.write(bytes(4096)):
                pass
        file.truncate(file.tell() - leave)


@pytest.mark.parametrize("name", ["fresh", "done", "new"])
def test_read_only_folder_is_named_and_stays_as_it_is(disk: Any, name: str) -> None:
    accord, folder = disk
    init = "init --organisation A --system B --version 1 --role deployer --model-name m --yes --model-endpoint"
    line = {"fresh": "assess", "done": "report", "new": f"{init} http://127.0.0.1:9/v1"}[name]
    before = _files(folder / name)
    done = accord(*line.split(), folder / name)
    assert (4, "") == (done.code, done.out)
    assert "Read-only file system" in done.err
    assert before == _files(folder / name)


def _files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_reading_commands_work_on_a_read_only_folder(disk: Any) -> None:
    accord, folder = disk
    lines = ("status", "log fsck", "log show", "verify")
    assert [0, 0, 0, 1] == [accord(*line.split(), folder / "done").code for line in lines]
