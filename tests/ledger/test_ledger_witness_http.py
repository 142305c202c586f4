"""Witnesses of ours over real HTTP on loopback, served in two ways."""

import hashlib
import http.client
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import NamedTuple
from urllib.parse import urlsplit
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.validate import validator

import pytest

from accord.errors import LedgerError, MissingExtraError, VerificationError
from accord.ledger import EMPTY_ROOT, Checkpoint, Log, SigningKey, sign_checkpoint
from accord.ledger.cosignature import WitnessSigner, find_cosignatures
from accord.ledger.files import hold
from accord.ledger.policy import Policy
from accord.ledger.witness import Submission, Witness
from accord.ledger.witness_client import ask, ask_all
from accord.ledger.witness_server import open_server, witness_app

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
KEY = SigningKey.generate("log.example", entropy=lambda n: b"\x01" * n)
SIGNER = WitnessSigner.generate("witness.example", entropy=lambda n: b"\x03" * n)
OTHER = WitnessSigner.generate("other.example", "ed25519", entropy=lambda n: b"\x04" * n)
ORIGIN_HASH = hashlib.sha256(b"log.example").hexdigest()
EMPTY = sign_checkpoint(Checkpoint("log.example", 0, EMPTY_ROOT), KEY)


class Reply(NamedTuple):
    status: int
    type: str
    body: bytes
    headers: dict[str, str]


def send(url: str, method: str, body: bytes | None = None, **headers: str) -> Reply:
    """Send exactly this, through no code of ours."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    connection.putrequest(method, parts.path)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    if body is not None and "Content_Length" not in headers:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    response = connection.getresponse()
    reply = Reply(response.status, response.headers.get_content_type(), response.read(), dict(response.headers))
    connection.close()
    return reply


class Threads(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A witness's folder; it knows our log."""
    Witness.create(tmp_path / "witness", SIGNER)
    (tmp_path / "witness" / "policy").write_text(f"log {KEY.public.vkey}\nquorum none\n", encoding="utf-8")
    return tmp_path / "witness"


@pytest.fixture
def url(home: Path) -> Iterator[str]:
    """The witness, served by the standard library with every WSGI rule checked."""
    app = validator(witness_app(Witness.open(home, lambda: NOW, wait=0)))
    server = make_server("127.0.0.1", 0, app, Threads, Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def log(folder: Path) -> Log:
    """A log of 300 entries."""
    with Log.writer(folder, KEY) as writer:
        writer.append([b"%d" % number for number in range(300)])
    return Log.open(folder, KEY.public)


def signed(folder: Path, size: int) -> bytes:
    with Log.writer(folder, KEY) as writer:
        return writer.sign(size)


def fork(size: int, key: SigningKey = KEY) -> bytes:
    return sign_checkpoint(Checkpoint("log.example", size, b"\x07" * 32), key)


def post(url: str, old: int, note: bytes, proof: tuple[bytes, ...] = ()) -> Reply:
    return send(f"{url}/add-checkpoint", "POST", Submission(old, proof, note).body)


def test_every_answer_of_the_specification(url: str, log: Log) -> None:
    old = signed(log.folder, 200)
    other = sign_checkpoint(Checkpoint("other.example", 0, EMPTY_ROOT), KEY)
    stranger = SigningKey.generate("log.example")
    replies = [
        post(url, 0, other),
        post(url, 0, fork(5, stranger)),
        post(url, 1, EMPTY),
        post(url, 0, old),
        post(url, 0, log.signed_checkpoint),
        post(url, 200, log.signed_checkpoint),
        post(url, 200, log.signed_checkpoint, tuple(log.consistency(200))),
    ]
    assert [404, 403, 400, 200, 409, 422, 200] == [reply.status for reply in replies]
    assert ("text/x.tlog.size", b"200\n") == (replies[4].type, replies[4].body)
    cosigned = log.signed_checkpoint + replies[6].body
    assert NOW == find_cosignatures(cosigned, [SIGNER.public])[0].time
    assert cosigned == send(f"{url}/{ORIGIN_HASH}/checkpoint", "GET").body


def test_monitor_of_nothing(url: str) -> None:
    assert 404 == send(f"{url}/{ORIGIN_HASH}/checkpoint", "GET").status


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("GET", "/add-checkpoint", 405, "POST"),
        ("PUT", "/add-checkpoint", 405, "POST"),
        ("POST", f"/{ORIGIN_HASH}/checkpoint", 405, "GET"),
        ("GET", "/", 404, None),
        ("GET", "/witness.key", 404, None),
        ("GET", "/..%2fwitness.key/checkpoint", 404, None),
        ("POST", "/sign-subtree", 404, None),
    ],
)
def test_wrong_method_or_path(url: str, method: str, path: str, status: int, allow: str | None) -> None:
    reply = send(f"{url}{path}", method, b"")
    assert (status, allow) == (reply.status, reply.headers.get("Allow"))


@pytest.mark.parametrize(
    ("length", "status"),
    [("", 411), ("x", 411), ("-1", 411), ("65537", 413), ("9" * 5000, 413), ("\N{SUPERSCRIPT TWO}", 411)],
)
def test_length_impossible(home: Path, length: str, status: int) -> None:
    # Servers in front of the application refuse some of these themselves.
    said: list[str] = []
    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/add-checkpoint", "CONTENT_LENGTH": length}
    app = witness_app(Witness.open(home, lambda: NOW))
    assert list(app(environ, lambda line, *_: said.append(line)))  # type: ignore[arg-type] # a short start_response
    assert said[0].startswith(str(status))


def test_body_without_a_length(url: str) -> None:
    assert 411 == send(f"{url}/add-checkpoint", "POST").status


def test_body_too_long(url: str) -> None:
    assert 413 == send(f"{url}/add-checkpoint", "POST", Content_Length="70000").status


def test_damage_is_told_to_the_operator_only(url: str, home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    post(url, 0, EMPTY)
    (home / "logs" / ORIGIN_HASH).write_bytes(b"")
    reply = post(url, 0, EMPTY)
    assert (500, b"The witness cannot answer.\n") == (reply.status, reply.body)
    assert f"where: {home}" in capfd.readouterr().err


def test_busy_witness_says_when_to_come_back(url: str, home: Path) -> None:
    with hold(home / "logs" / f"{ORIGIN_HASH}.lock", 0):
        reply = post(url, 0, EMPTY)
    assert (503, "5") == (reply.status, reply.headers["Retry-After"])


SERVE = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from accord.ledger.witness import Witness
from accord.ledger.witness_server import open_server
server = open_server(Witness.open(Path(sys.argv[1]), lambda: datetime.now(UTC)), "127.0.0.1", 0)
print(server.effective_port, flush=True)
server.run()
"""


@pytest.fixture
def waitress(home: Path) -> Iterator[str]:
    """The witness in a process of its own, served by waitress."""
    with subprocess.Popen([sys.executable, "-c", SERVE, str(home)], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout
        yield f"http://127.0.0.1:{int(child.stdout.readline())}"
        child.kill()


def test_waitress_serves_a_witness(waitress: str, log: Log) -> None:
    line = ask(f"{waitress}/", log.signed_checkpoint, 0, log.consistency, SIGNER.public, 20)
    assert find_cosignatures(log.signed_checkpoint + line.encode(), [SIGNER.public])
    reply = send(f"{waitress}/{ORIGIN_HASH}/checkpoint", "GET")
    assert log.signed_checkpoint + line.encode() == reply.body
    assert "Server" not in reply.headers


def test_waitress_refuses_what_is_too_long(waitress: str) -> None:
    assert 400 == send(f"{waitress}/add-checkpoint", "POST", b"x" * 65_536).status
    assert 413 == send(f"{waitress}/add-checkpoint", "POST", b"x" * 65_537).status
    assert 411 == send(f"{waitress}/add-checkpoint", "POST").status


def test_port_that_is_taken(home: Path, url: str) -> None:
    with pytest.raises(LedgerError, match="cannot listen"):
        open_server(Witness.open(home, lambda: NOW), "127.0.0.1", urlsplit(url).port or 0)


@pytest.mark.parametrize("host", ["a" * 100, "::g", ".."])
def test_address_impossible(home: Path, host: str) -> None:
    with pytest.raises(LedgerError, match="cannot listen"):
        open_server(Witness.open(home, lambda: NOW), host, 0)


def test_serving_without_waitress(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "waitress", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'accord\[witness\]'"):
        open_server(Witness.open(home, lambda: NOW), "127.0.0.1", 0)


def test_ask_twice_where_the_size_is_not_known(url: str, log: Log) -> None:
    ask(url, signed(log.folder, 200), 0, log.consistency, SIGNER.public, 20)
    for thought in (0, 199, 300):
        answered = ask(url, log.signed_checkpoint, thought, log.consistency, SIGNER.public, 20)
        assert find_cosignatures(log.signed_checkpoint + answered.encode(), [SIGNER.public])


def test_ask_about_a_log_that_is_behind(url: str, log: Log) -> None:
    ask(url, log.signed_checkpoint, 0, log.consistency, SIGNER.public, 20)
    with pytest.raises(LedgerError, match="seen a longer log") as caught:
        ask(url, signed(log.folder, 200), 0, log.consistency, SIGNER.public, 20)
    assert (url, "300") == (caught.value.where, caught.value.found)


def test_ask_about_a_fork(url: str, log: Log) -> None:
    ask(url, log.signed_checkpoint, 0, log.consistency, SIGNER.public, 20)
    with pytest.raises(LedgerError, match="holds another history"):
        ask(url, fork(300), 0, log.consistency, SIGNER.public, 20)


def test_ask_all_takes_what_it_can_get(url: str, log: Log) -> None:
    third, fourth = (WitnessSigner.generate(name, "ed25519") for name in ("third", "fourth"))
    policy = Policy.parse(
        f"witness one {SIGNER.public.vkey} {url}\nwitness two {OTHER.public.vkey} {url}/elsewhere\n"
        f"witness three {third.public.vkey}\nwitness four {fourth.public.vkey} gopher:\nquorum one\n"
    )
    note, failures = ask_all(policy, log.signed_checkpoint, log, 20, seen={"one": 7})
    assert policy.check(note).satisfied
    assert note.startswith(log.signed_checkpoint)
    assert [f"{url}/elsewhere", "'three'", "gopher:"] == [failure.where for failure in failures]


def test_ask_all_about_no_checkpoint(log: Log) -> None:
    with pytest.raises(VerificationError):
        ask_all(Policy.parse("quorum none\n"), b"", log, 1)


def test_ask_all_of_nobody(log: Log) -> None:
    assert (log.signed_checkpoint, ()) == ask_all(Policy.parse("quorum none\n"), log.signed_checkpoint, log, 1)
