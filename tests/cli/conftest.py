"""What the tests of the command line share: real processes, a real endpoint, and workspaces made by `accord init`."""

# ruff: noqa: ANN401 - importlib mode cannot import a class of conftest into a test

import importlib.util
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any, Self

import pytest
from run_here import run_here

from accord.workspace import Workspace

_HERE = Path(__file__).parent
_ENV = {"COLUMNS": "100"}
KEY = "sk-test-4f1d2c3b5a69788796a5b4c3"


def _load(name: str) -> ModuleType:
    """Import a module that lies beside: importlib mode has no other way to it."""
    spec = importlib.util.spec_from_file_location(name, _HERE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_endpoint = _load("endpoint")


@dataclass(frozen=True)
class Done:
    """How a run ended: `code` is negative for a signal."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What standard output holds, parsed."""
        return json.loads(self.out)


@dataclass
class Zygote:
    """Runs `accord` in forks of one warm process (see zygote.py), after `prefix` such as unshare."""

    folder: Path
    prefix: tuple[str, ...] = ()
    number: int = 0
    process: subprocess.Popen[str] = field(init=False)

    def __enter__(self) -> Self:
        command = [*self.prefix, sys.executable, str(_HERE / "zygote.py")]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | _ENV
        )
        return self

    def __exit__(self, *_: object) -> None:
        self.process.communicate()

    def __call__(self, *args: object, cwd: Path | None = None, env: dict[str, str] | None = None) -> Done:
        return self.start(*args, cwd=cwd, env=env).wait()

    def start(self, *args: object, cwd: Path | None = None, env: dict[str, str] | None = None) -> "Running":
        self.number += 1
        files = [self.folder / f"{self.number}.{name}" for name in ("out", "err")]
        order = {
            "args": [str(arg) for arg in args],
            "cwd": str(cwd or self.folder),
            "env": {"XDG_STATE_HOME": os.environ.get("XDG_STATE_HOME", str(self.folder / "state"))} | (env or {}),
            "output": [str(file) for file in files],
        }
        return Running(self, self.order(order), files)

    def order(self, order: object) -> int:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())


@dataclass
class Running:
    """A run that goes on; it leads a process group of its own."""

    zygote: Zygote
    pid: int
    files: list[Path]

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        self.wait()

    def wait(self) -> Done:
        code = os.waitstatus_to_exitcode(self.zygote.order(self.pid))
        out, err = (file.read_text(encoding="utf-8") for file in self.files)
        assert "Traceback" not in out + err, err
        return Done(code, out, err)


@pytest.fixture(scope="session")
def zygote(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """Return a factory of runners, each a context: one in a namespace of its own sees another file system."""
    return lambda *prefix: Zygote(tmp_path_factory.mktemp("runs"), prefix)


@pytest.fixture(scope="session")
def accord(zygote: Callable[..., Any]) -> Iterator[Any]:
    """Yield the command line as a function: arguments in, exit code and output out."""
    with zygote() as run:
        yield run


@pytest.fixture
def serve() -> Iterator[Callable[..., Any]]:
    """Return a function that starts an endpoint in some mood."""
    with ExitStack() as stack:
        yield lambda *args, **options: stack.enter_context(_endpoint.serve(*args, **options))


@pytest.fixture(scope="module")
def serve_all() -> Iterator[Callable[..., Any]]:
    """Return the same for endpoints that a module's tests share."""
    with ExitStack() as stack:
        yield lambda *args, **options: stack.enter_context(_endpoint.serve(*args, **options))


@pytest.fixture(scope="session")
def secret() -> str:
    """Return the key that the finished workspace's endpoint was given."""
    return KEY


@pytest.fixture
def hostile() -> str:
    """Return what the hostile endpoint adds to every answer."""
    return str(_endpoint.HOSTILE)


@pytest.fixture
def endpoint(serve: Callable[..., Any]) -> Any:
    """Return a good endpoint."""
    return serve()


def _init(accord: Any, root: Path, url: str, suites: tuple[str, ...] = ("bias",), **evaluation: object) -> Workspace:
    said = {"organisation": "Acme", "system": "Helpdesk", "version": "1.0", "role": "deployer", "model-name": "fake"}
    flags = [part for name, value in said.items() for part in (f"--{name}", value)]
    done = accord("init", root, *flags, "--model-endpoint", url, "--yes")
    assert (0, "") == (done.code, done.err)
    configure(Workspace(root), suites=list(suites), **evaluation)
    return Workspace(root)


def configure(space: Workspace, **evaluation: object) -> None:
    """Write the table [evaluation] of accord.toml anew."""
    head, _, _ = space.manifest.read_text(encoding="utf-8").partition("[evaluation]")
    lines = "".join(f"{name} = {json.dumps(value)}\n" for name, value in {"profile": "quick", **evaluation}.items())
    space.manifest.write_text(f"{head}[evaluation]\n{lines}", encoding="utf-8")


@pytest.fixture(name="configure")
def _configure() -> Callable[..., None]:
    return configure


@pytest.fixture(scope="session")
def make(accord: Any) -> Callable[..., Workspace]:
    """Return a function that makes a workspace with `accord init`: folder, endpoint's address, what is evaluated."""
    return partial(_init, accord)


@pytest.fixture
def space(make: Callable[..., Workspace], endpoint: Any, tmp_path: Path) -> Workspace:
    """Return a workspace that nothing has been measured in yet, about a good endpoint."""
    return make(tmp_path / "space", endpoint.url)


@dataclass(frozen=True)
class Finished:
    """A workspace with everything done, whose model answered with hostile text, and what each command had printed."""

    space: Workspace
    said: dict[str, Done]


@pytest.fixture(scope="session")
def finished(accord: Any, make: Callable[..., Workspace]) -> Iterator[Finished]:
    """Return the whole life of one workspace; a test that changes it works on a copy."""
    with TemporaryDirectory() as folder, _endpoint.serve("hostile") as server:
        root = Path(folder) / "space"
        space = make(root, server.url, (), slots=4)
        text = space.manifest.read_text(encoding="utf-8")
        text = text.replace('"Helpdesk"', '"<script>alert(1)</script> [bold red]Helpdesk"', 1)
        text = text.replace("\n[evaluation]", f'\nkey_file = "{folder}/secret"\n[evaluation]', 1)
        space.manifest.write_text(text, encoding="utf-8")
        (Path(folder) / "secret").write_text(KEY, encoding="utf-8")
        bundle = root / "bundle.zip"
        lines: dict[str, tuple[object, ...]] = {
            "assess": ("assess", root),
            "assess --json": ("assess", root, "--json"),
            "status": ("status", root),
            "status --brief": ("status", root, "--brief"),
            "status --json": ("status", root, "--json"),
            "report": ("report", root, "--bundle", bundle, "--include", "logs"),
            "report --json": ("report", root, "--json"),
            "verify": ("verify", bundle, "--key", root / ".accord/keys/accord.pub"),
            "verify --json": ("verify", bundle, "--key", root / ".accord/keys/accord.pub", "--json"),
            "log show": ("log", "show", root),
            "log show --json": ("log", "show", root, "--json"),
            "log show --entry": ("log", "show", root, "--entry", "1"),
            "log prove": ("log", "prove", "1", root),
            "log prove --json": ("log", "prove", "1", root, "--json"),
            "log fsck": ("log", "fsck", root),
            "log fsck --json": ("log", "fsck", root, "--json"),
        }
        said = {name: accord(*line) for name, line in lines.items()}
        assert {KEY} == {key.removeprefix("Bearer ") for key in server.keys}
        yield Finished(space, said)


@pytest.fixture
def declare(capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Return a function that runs `accord declare` here, and expects an exit code."""
    accord = partial(run_here, capsys)

    def run(command: str, *args: object, code: int = 0) -> Any:
        done = accord("declare", command, *args)
        assert code == done.code, done.out + done.err
        return done

    return run
