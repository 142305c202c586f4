"""Asking witnesses that misbehave, over real HTTP on loopback."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

import accord
from accord.errors import LedgerError
from accord.ledger import EMPTY_ROOT, Checkpoint, SigningKey, sign_checkpoint
from accord.ledger.cosignature import WitnessSigner, cosign
from accord.ledger.witness import Submission
from accord.ledger.witness_client import ask

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
KEY = SigningKey.generate("log.example", entropy=lambda n: b"\x01" * n)
SIGNER = WitnessSigner.generate("witness.example", entropy=lambda n: b"\x03" * n)
OTHER = WitnessSigner.generate("other.example", "ed25519", entropy=lambda n: b"\x04" * n)
EMPTY = sign_checkpoint(Checkpoint("log.example", 0, EMPTY_ROOT), KEY)
FORK = sign_checkpoint(Checkpoint("log.example", 5, b"\x07" * 32), KEY)

Script = Callable[[BaseHTTPRequestHandler, bytes], None]


@contextmanager
def other(script: Script) -> Iterator[str]:
    """Run a witness that does what a script says."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            script(self, self.rfile.read(int(self.headers["Content-Length"])))

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def says(status: int, body: bytes, kind: str = "text/plain", **headers: str) -> Script:
    def script(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        handler.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return script


def ask_empty(url: str) -> str:
    return ask(url, EMPTY, 0, lambda _: [], SIGNER.public, 5)


def line(signer: WitnessSigner = SIGNER, note: bytes = EMPTY) -> bytes:
    return cosign(note.split(b"\n\n")[0].decode() + "\n", signer, NOW).encode()


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        (says(200, b""), "does not verify"),
        (says(200, b"\x1b[31m"), "does not verify"),
        (says(200, b"\xff"), "does not verify"),
        (says(200, line()[:-1]), "does not verify"),
        (says(200, line(note=FORK)), "does not verify"),
        (says(200, line(OTHER)), "without its cosignature"),
        (says(200, b"x" * 70_000), "too long"),
        (says(201, line()), "refused"),
        (says(302, b"", Location="http://127.0.0.1:1/"), "refused"),
        (says(400, b""), "refused"),
        (says(403, b""), "does not trust"),
        (says(404, b""), "does not know"),
        (says(422, b""), "another history"),
        (says(500, b"\x1b[31m"), "refused"),
        (says(409, b"0\n"), "does not say which size"),
        (says(409, b"00\n", "text/x.tlog.size"), "does not say which size"),
        (says(409, b"9" * 60_000 + b"\n", "text/x.tlog.size"), "does not say which size"),
        (says(409, b"0\n", "text/x.tlog.size"), "contradicts itself"),
        (says(409, b"7\n", "text/x.tlog.size"), "longer log"),
        (lambda handler, _: handler.wfile.write(b"x"), "cannot be reached"),
        (lambda *_: None, "cannot be reached"),
    ],
)
def test_ask_a_witness_that_misbehaves(script: Script, problem: str) -> None:
    with other(script) as url, pytest.raises(LedgerError, match=problem) as caught:
        ask_empty(url)
    assert url == caught.value.where
    assert str(caught.value).replace("\n", "").isprintable()


def test_ask_ignores_what_others_signed() -> None:
    with other(says(200, line(OTHER) + (mine := line()))) as url:
        assert mine.decode() == ask_empty(url)


def test_ask_waits_no_longer_than_told() -> None:
    def wait(*_: object) -> None:
        release.wait(20)

    release = threading.Event()
    with other(wait) as url:
        with pytest.raises(LedgerError, match="cannot be reached"):
            ask(url, EMPTY, 0, lambda _: [], SIGNER.public, 0.1)
        release.set()


def test_ask_a_witness_that_drips() -> None:
    def drip(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            for _byte in range(100):
                gone.wait(0.02)
                handler.wfile.write(b"x")
        except OSError:
            gone.set()

    gone = threading.Event()
    with other(drip) as url, pytest.raises(LedgerError, match="too slow"):
        ask(url, EMPTY, 0, lambda _: [], SIGNER.public, 0.2)


def test_ask_sends_nothing_but_the_request() -> None:
    sent: list[tuple[str, dict[str, str], bytes]] = []

    def script(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        sent.append((handler.path, dict(handler.headers), body))
        says(200, line())(handler, body)

    with other(script) as url:
        ask_empty(f"{url}/prefix/")
    path, headers, body = sent[0]
    assert ("/prefix/add-checkpoint", Submission(0, (), EMPTY).body) == (path, body)
    assert headers == {
        "Accept-Encoding": "identity",
        "Connection": "close",
        "Content-Length": str(len(body)),
        "Content-Type": "text/plain; charset=utf-8",
        "Host": urlsplit(url).netloc,
        "User-Agent": f"accord/{accord.__version__}",
    }


@pytest.mark.parametrize(
    "url", ["", "file:///etc/passwd", "ftp://127.0.0.1/", "127.0.0.1:80", "http://a b/", "http://\udc80/", "http://[/"]
)
def test_ask_at_no_url(url: str) -> None:
    with pytest.raises(LedgerError):
        ask_empty(url)


def test_ask_where_nobody_listens() -> None:
    with other(says(200, b"")) as url:
        pass
    with pytest.raises(LedgerError, match="cannot be reached"):
        ask_empty(url)
