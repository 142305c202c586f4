"""A real witness on 127.0.0.1: made, told what to watch, asked by hand and by the commands that record."""

# ruff: noqa: ANN401 - importlib mode cannot import a class of conftest into a test

import json
import signal
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from shutil import which
from typing import Any, ClassVar

import pytest

from accord.evidence import DocumentRecord, EvaluationRecord, PlanRecord
from accord.ledger import Policy, SigningKey, WitnessKey, find_cosignatures
from accord.ledger.fsck import fsck
from accord.ledger.timestamp import verify_token
from accord.workspace import Workspace

ACCORD = str(Path(sys.executable).with_name("accord"))
NOBODY = "http://127.0.0.1:9"


@contextmanager
def _serve(folder: Path) -> Iterator[str]:
    """Run the witness in a folder as a process, and end it as a service manager does."""
    command = [ACCORD, "log", "witness", "serve", str(folder), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        line = process.stdout.readline()
        assert line.startswith("Listening at http://127.0.0.1:"), process.communicate()
        try:
            yield line.split()[-1]
        finally:
            process.send_signal(signal.SIGTERM)
            assert ("", "") == process.communicate(timeout=300)
    assert 0 == process.returncode


@pytest.fixture
def witness(accord: Any, space: Workspace, tmp_path: Path) -> Path:
    """Return the folder of a witness that watches the workspace's log."""
    folder = tmp_path / "witness"
    assert 0 == accord("log", "witness", "init", folder, "w.example").code
    assert 0 == accord("log", "witness", "trust", folder, space.public_key().vkey).code
    return folder


@pytest.fixture
def serve() -> Iterator[Callable[[Path], str]]:
    """Return a function that runs the witness in a folder until the test ends."""
    with ExitStack() as stack:
        yield lambda folder: stack.enter_context(_serve(folder))


@pytest.fixture
def endpoint(serve_endpoint: Callable[..., Any]) -> Any:
    """Return a good endpoint, though `serve` means a witness here."""
    return serve_endpoint()


@pytest.fixture(name="serve_endpoint")
def _serve_endpoint(serve_all: Callable[..., Any]) -> Callable[..., Any]:
    return serve_all


def _vkey(witness: Path) -> WitnessKey:
    return WitnessKey.parse((witness / "witness.pub").read_text(encoding="utf-8").strip())


def _use(accord: Any, space: Workspace, witness: Path, url: str, quorum: str = "one") -> Any:
    policy = space.root / "policy"
    policy.write_text(f"witness one {_vkey(witness).vkey} {url}\nquorum {quorum}\n", encoding="utf-8")
    return accord("log", "witness", "use", policy, space.root)


def _is_cosigned(note: bytes, witness: Path) -> bool:
    return bool(find_cosignatures(note, [_vkey(witness)]))


def test_witness_is_made_with_its_verifier_key(accord: Any, tmp_path: Path) -> None:
    line = ("log", "witness", "init", tmp_path / "w", "w.example", "--algorithm", "ed25519", "--json")
    key = WitnessKey.parse(accord(*line).json["verifier_key"])
    assert ("w.example", "ed25519") == (key.name, key.algorithm)


def test_trust_adds_a_log_once(accord: Any, witness: Path, space: Workspace) -> None:
    accord("log", "witness", "trust", witness, space.public_key().vkey)
    assert [space.public_key()] == [log.key for log in Policy.parse((witness / "policy").read_bytes()).logs]


def test_trust_refuses_what_is_no_key_and_what_is_no_witness(accord: Any, witness: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    vkey = SigningKey.generate("other.example").public.vkey
    lines = ((witness, "nonsense"), (tmp_path / "empty", vkey))
    assert [3, 4] == [accord("log", "witness", "trust", *line).code for line in lines]


def test_asked_witness_cosigns_and_the_cosignature_is_kept_and_published(
    accord: Any, space: Workspace, witness: Path, serve: Callable[[Path], str]
) -> None:
    assert 0 == _use(accord, space, witness, serve(witness)).code
    done = accord("log", "witness", "ask", space.root)
    assert (0, "") == (done.code, done.err)
    assert "Cosigned by w.example at " in done.out
    assert [1] == [anchor.size for anchor in space.anchors.all() if _is_cosigned(anchor.note, witness)]
    assert _is_cosigned(space.log().signed_checkpoint, witness)
    assert fsck(space.ledger, space.public_key()).ok


def test_witness_that_is_asked_again_sees_the_log_grow(
    accord: Any,
    space: Workspace,
    witness: Path,
    serve: Callable[[Path], str],
    document: Callable[..., DocumentRecord],
) -> None:
    _use(accord, space, witness, serve(witness))
    for size in (1, 4):
        assert size == accord("log", "witness", "ask", space.root, "--json").json["size"]
        space.append([document(name) for name in "abc"])
    assert [1, 4] == [anchor.size for anchor in space.anchors.all()]


def test_ask_without_a_policy_says_how_to_name_witnesses(accord: Any, space: Workspace) -> None:
    done = accord("log", "witness", "ask", space.root)
    assert 4 == done.code
    assert "accord log witness use" in done.err


def test_ask_says_why_the_quorum_is_not_met(accord: Any, space: Workspace, witness: Path) -> None:
    _use(accord, space, witness, NOBODY)
    done = accord("log", "witness", "ask", space.root)
    assert (1, "") == (done.code, done.err)
    assert "The witness cannot be reached." in done.out
    assert "not cosigned by 'one'" in done.out
    told = accord("log", "witness", "ask", space.root, "--json").json
    assert (False, []) == (told["quorum"], told["cosigned"])


def test_use_refuses_a_policy_about_other_logs_and_keeps_the_one_that_is_there(
    accord: Any, space: Workspace, witness: Path
) -> None:
    _use(accord, space, witness, NOBODY)
    before = space.witnesses.read_bytes()
    for text in (f"log {SigningKey.generate('x').public.vkey}\nquorum none\n", "quorum\n", "nonsense"):
        (space.root / "policy").write_text(text, encoding="utf-8")
        assert 3 == accord("log", "witness", "use", space.root / "policy", space.root).code
    assert before == space.witnesses.read_bytes()


def test_assess_has_each_plan_witnessed_before_its_result_and_the_end_too(
    accord: Any, space: Workspace, witness: Path, serve: Callable[[Path], str], now: datetime
) -> None:
    _use(accord, space, witness, serve(witness))
    done = accord("assess", space.root)
    assert 0 == done.code
    assert "warning" not in done.err
    sizes = [anchor.size for anchor in space.anchors.all() if _is_cosigned(anchor.note, witness)]
    plans = [entry.ref.index + 1 for entry in space.records(now).of(PlanRecord)]
    assert [*plans, space.log().size] == sizes


def test_assess_that_changes_nothing_asks_nobody(
    accord: Any, space: Workspace, witness: Path, serve: Callable[[Path], str]
) -> None:
    _use(accord, space, witness, serve(witness))
    accord("assess", space.root)
    before = space.log().signed_checkpoint
    assert 0 == accord("assess", space.root).code
    assert before == space.log().signed_checkpoint


def test_witness_that_is_down_is_a_warning_and_nothing_is_lost(
    accord: Any, space: Workspace, witness: Path, now: datetime
) -> None:
    _use(accord, space, witness, NOBODY)
    done = accord("assess", space.root)
    assert 0 == done.code
    assert "warning: The witness cannot be reached." in done.err
    assert ["complete"] == [entry.record.state for entry in space.records(now).of(EvaluationRecord)]


def test_bundle_holds_a_cosigned_checkpoint(
    accord: Any, space: Workspace, witness: Path, serve: Callable[[Path], str]
) -> None:
    _use(accord, space, witness, serve(witness))
    accord("assess", space.root)
    bundle = space.root / "bundle.zip"
    done = accord("report", space.root, "--bundle", bundle, "--format", "json")
    assert (0, "") == (done.code, done.err)
    with zipfile.ZipFile(bundle) as packed:
        checkpoint = next(name for name in packed.namelist() if name.endswith("checkpoint"))
        assert _is_cosigned(packed.read(checkpoint), witness)
    assert 0 == accord("verify", bundle, "--key", space.public_key().fingerprint).code


def test_changed_key_must_be_trusted_by_the_witness_first(
    accord: Any, space: Workspace, witness: Path, serve: Callable[[Path], str]
) -> None:
    _use(accord, space, witness, serve(witness))
    accord("log", "witness", "ask", space.root)
    accord("key", "rotate", space.root, "--reason", "scheduled")
    assert "does not trust the key" in accord("log", "witness", "ask", space.root).out
    accord("log", "witness", "trust", witness, space.public_key().vkey)
    _use(accord, space, witness, serve(witness))
    assert 0 == accord("log", "witness", "ask", space.root).code


def test_policy_that_names_the_key_of_before_a_change_is_named(accord: Any, space: Workspace, witness: Path) -> None:
    policy = f"log {space.public_key().vkey}\nquorum none\n"
    (space.root / "policy").write_text(policy, encoding="utf-8")
    accord("log", "witness", "use", space.root / "policy", space.root)
    accord("key", "rotate", space.root, "--reason", "scheduled")
    done = accord("log", "witness", "ask", space.root)
    assert 4 == done.code
    assert f"log {space.public_key().vkey}" in done.err
    assert "warning: The policy names another key" in accord("report", space.root).err


class _Hostile(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.send_response(403)
        self.end_headers()
        self.wfile.write("\x1b[2J\u202e no".encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's own name
        """Say nothing."""


@pytest.fixture
def stranger() -> Iterator[str]:
    """Return the address of a server that refuses, in words that a terminal would obey."""
    with HTTPServer(("127.0.0.1", 0), _Hostile) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_words_of_a_hostile_witness_are_shown_and_not_obeyed(
    accord: Any, space: Workspace, witness: Path, stranger: str
) -> None:
    _use(accord, space, witness, stranger)
    for done in (accord("log", "witness", "ask", space.root), accord("assess", space.root)):
        assert "does not trust the key" in done.out + done.err
        assert {"\n"} >= {char for char in done.out + done.err if not char.isprintable()}


TSA = """\
[tsa]
default_tsa = authority
[authority]
serial = serial
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256
"""


class _Stamping(BaseHTTPRequestHandler):
    folder: ClassVar[Path]

    def do_POST(self) -> None:
        (self.folder / "query").write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
        command = [
            "openssl",
            "ts",
            "-reply",
            "-config",
            "tsa",
            "-queryfile",
            "query",
            "-signer",
            "cert",
            "-inkey",
            "key",
        ]
        subprocess.run([*command, "-out", "reply"], cwd=self.folder, check=True, capture_output=True)
        self.send_response(200)
        self.end_headers()
        self.wfile.write((self.folder / "reply").read_bytes())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's own name
        """Say nothing."""


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[tuple[str, bytes]]:
    """Return the address of a time-stamp authority, and its certificate in PEM."""
    folder = tmp_path / "tsa"
    folder.mkdir()
    (folder / "tsa").write_text(TSA, encoding="utf-8")
    (folder / "serial").write_text("01\n", encoding="utf-8")
    made = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=TSA -keyout key -out cert"
    usage = ["-addext", "extendedKeyUsage=critical,timeStamping"]
    subprocess.run([*made.split(), *usage], cwd=folder, check=True, capture_output=True)
    handler = type("Handler", (_Stamping,), {"folder": folder})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", (folder / "cert").read_bytes()
        server.shutdown()


@pytest.mark.skipif(which("openssl") is None, reason="openssl is the authority")
def test_timestamp_over_the_newest_checkpoint_is_kept_beside_it(
    accord: Any, space: Workspace, authority: tuple[str, bytes]
) -> None:
    url, root = authority
    done = accord("log", "timestamp", url, space.root)
    assert (0, "") == (done.code, done.err)
    anchor = space.anchors.at(1)
    assert anchor is not None
    assert anchor.token is not None
    stamp = verify_token(anchor.token, space.log().checkpoint.text.encode(), [root])
    assert f"Stamped at {stamp.time:%Y-%m-%dT%H:%M:%SZ}" in done.out


def test_authority_that_refuses_is_named(accord: Any, space: Workspace, stranger: str) -> None:
    done = accord("log", "timestamp", stranger, space.root, "--json")
    assert (4, stranger) == (done.code, done.json["error"]["where"])
    assert () == space.anchors.all()


def test_serve_prints_json_for_programs(witness: Path) -> None:
    command = [ACCORD, "log", "witness", "serve", str(witness), "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = "".join(iter(process.stdout.readline, "}\n")) + "}"
        process.send_signal(signal.SIGINT)
        process.wait(300)
    assert {"verifier_key", "url"} == set(json.loads(said))
    assert 0 == process.returncode
