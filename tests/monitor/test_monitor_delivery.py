"""Alerts on their way: to a file, a real HTTP server and a real SMTP server on loopback; failures are retried."""

import base64
import datetime as dt
import email
import email.policy
import hashlib
import hmac
import json
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from accord.errors import MonitorError
from accord.evidence import AlertRecord, ArtifactRef, Entry, Records, Share
from accord.ledger import digest
from accord.manifest import Alerts, Email, Webhook
from accord.monitor.channels import EmailChannel, FileChannel, WebhookChannel, open_channels, sign_webhook
from accord.monitor.delivery import Message, Outbox, compose, deliver
from accord.workspace import Workspace

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - the published example


def _target(address: str) -> Webhook:
    return Webhook.model_validate({"endpoint": address, "secret_file": "secret"})


@pytest.fixture
def alert() -> AlertRecord:
    return AlertRecord(
        made=NOW,
        name="traffic",
        model=digest(b"model"),
        cause="rate",
        series="prompts:jailbreak",
        side="above",
        start=NOW - timedelta(hours=3),
        end=NOW,
        before=Share.of(5, 1000),
        since=Share.of(50, 1000),
        texts=60,
        accounts=50,
        conversations=55,
        evidence=ArtifactRef(sha256=digest(b"evidence"), size=8, media_type="application/json"),
        listed=0,
    )


@pytest.fixture
def entries(alert: AlertRecord, records: Callable[..., Records]) -> tuple[Entry[AlertRecord], ...]:
    return records([alert]).of(AlertRecord)


@pytest.fixture
def message(entries: tuple[Entry[AlertRecord], ...]) -> Message:
    return compose(entries[0])


@dataclass
class Hook:
    """A web server that keeps what it is sent, and answers as it is told."""

    answers: list[int] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def hook() -> Iterator[Hook]:
    held = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            held.got.append((dict(self.headers.items()), body))
            code = held.answers.pop(0) if held.answers else 204
            self.send_response(code)
            if 300 <= code < 400:
                self.send_header("Location", held.url + "/elsewhere")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            """Print nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        held.url = f"http://127.0.0.1:{server.server_port}"
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield held
        server.shutdown()


@pytest.fixture
def webhook(hook: Hook, tmp_path: Path) -> WebhookChannel:
    (tmp_path / "secret").write_text(SECRET + "\n", encoding="utf-8")
    return WebhookChannel(_target(hook.url), tmp_path)


def test_signature_is_that_of_the_published_example() -> None:
    signed = sign_webhook(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" == signed


def test_webhook_gets_a_signed_message(webhook: WebhookChannel, hook: Hook, message: Message) -> None:
    webhook.send(message, NOW)
    ((headers, body),) = hook.got
    lower = {name.lower(): value for name, value in headers.items()}
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    signed = f"{lower['webhook-id']}.{lower['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    assert f"v1,{expected}" == lower["webhook-signature"]
    assert str(int(NOW.timestamp())) == lower["webhook-timestamp"]
    told = json.loads(body)
    assert (message.id, 0, "rate", digest(b"evidence")) == (told["id"], told["record"], told["cause"], told["evidence"])


@pytest.mark.parametrize("answer", [301, 307, 400, 401, 404, 429, 500, 503])
def test_anything_but_yes_is_a_failure_and_no_redirect_is_followed(
    webhook: WebhookChannel, hook: Hook, message: Message, answer: int
) -> None:
    hook.answers = [answer]
    with pytest.raises(MonitorError, match="refused") as caught:
        webhook.send(message, NOW)
    assert (f"HTTP {answer}", 1) == (caught.value.found, len(hook.got))


def test_nobody_there_is_a_failure(tmp_path: Path, message: Message) -> None:
    (tmp_path / "secret").write_text("any text", encoding="utf-8")
    channel = WebhookChannel(_target("http://127.0.0.1:1"), tmp_path)
    with pytest.raises(MonitorError, match="cannot be reached"):
        channel.send(message, NOW)


@pytest.mark.parametrize(("text", "problem"), [("", "empty"), ("whsec_!", "damaged"), (None, "cannot be read")])
def test_unusable_secret_sends_nothing(
    webhook: WebhookChannel, hook: Hook, message: Message, text: str | None, problem: str
) -> None:
    secret = webhook.root / "secret"
    secret.unlink() if text is None else secret.write_text(text, encoding="utf-8")
    with pytest.raises(MonitorError, match=problem):
        webhook.send(message, NOW)
    assert [] == hook.got


def test_file_gets_a_line_for_each(tmp_path: Path, message: Message) -> None:
    channel = FileChannel(tmp_path / "alerts.jsonl")
    channel.send(message, NOW)
    channel.send(message, NOW)
    lines = (tmp_path / "alerts.jsonl").read_bytes().splitlines()
    assert [message.to_bytes()] * 2 == lines
    with pytest.raises(MonitorError, match="cannot be written"):
        FileChannel(tmp_path / "none" / "alerts.jsonl").send(message, NOW)


class Inbox:
    """Keeps the mail that a server takes; refuses whom it is told to."""

    def __init__(self) -> None:
        self.mails: list[Envelope] = []
        self.refused: set[str] = set()
        self.secure: list[bool] = []

    async def handle_RCPT(  # noqa: N802 - the name that aiosmtpd asks for
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.refused:
            return "550 not here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        self.mails.append(envelope)
        self.secure.append(session.ssl is not None)
        return "250 taken"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the key and the certificate of localhost."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    today = datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(key.private_bytes(*private))
    return folder


def _check_login(_server: SMTP, _session: Session, _envelope: Envelope, _kind: str, data: LoginPassword) -> AuthResult:
    return AuthResult(success=(data.login, data.password) == (b"accord", b"pass word"), handled=False)


@pytest.fixture
def mail(certificate: Path) -> Iterator[tuple[Inbox, int]]:
    inbox = Inbox()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Controller(
        inbox, hostname="127.0.0.1", port=port, tls_context=context, require_starttls=True, authenticator=_check_login
    )
    server.start()
    yield inbox, port
    server.stop()


def _email(folder: Path, port: object, **changes: object) -> EmailChannel:
    base = {"host": "localhost", "port": port, "sender": "accord@example.org", "ca_file": "cert.pem"}
    return EmailChannel(Email.model_validate({**base, "to": ("a@example.org", "b@example.org"), **changes}), folder)


def test_mail_is_encrypted_and_says_what_the_alert_says(
    mail: tuple[Inbox, int], certificate: Path, message: Message
) -> None:
    inbox, port = mail
    (certificate / "password").write_text("pass word\n", encoding="utf-8")
    login = {"user": "accord", "password_file": "password"}
    _email(certificate, port, **login).send(message, NOW)
    (taken,) = inbox.mails
    got = email.message_from_bytes(taken.original_content or b"", policy=email.policy.default)
    assert ([True], ["a@example.org", "b@example.org"]) == (inbox.secure, taken.rcpt_tos)
    assert (f"[accord] {message.title}", f"<{message.id}@example.org>") == (got["Subject"].strip(), got["Message-ID"])
    assert digest(b"evidence") in got.get_content()


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"ca_file": None}, "SSLCertVerificationError"),
        ({"port": 1}, "ConnectionRefusedError"),
        ({"user": "accord", "password_file": "wrong"}, "SMTP"),
    ],
)
def test_mail_that_is_not_taken_is_a_failure(
    mail: tuple[Inbox, int], certificate: Path, message: Message, changes: dict[str, object], problem: str
) -> None:
    (certificate / "wrong").write_text("guess", encoding="utf-8")
    with pytest.raises(MonitorError) as caught:
        _email(certificate, **{"port": mail[1], **changes}).send(message, NOW)
    assert (True, []) == (problem in caught.value.found, mail[0].mails)


def test_mail_that_one_of_two_does_not_get_is_a_failure(
    mail: tuple[Inbox, int], certificate: Path, message: Message
) -> None:
    mail[0].refused = {"b@example.org"}
    with pytest.raises(MonitorError, match="not take the alert for all"):
        _email(certificate, mail[1]).send(message, NOW)


def test_failed_alert_waits_and_goes_out_the_next_time(
    workspace: Workspace, webhook: WebhookChannel, hook: Hook, entries: tuple[Entry[AlertRecord], ...]
) -> None:
    outbox, hook.answers = Outbox(workspace), [503, 503, 200]
    tried = [deliver(outbox, entries, [webhook], NOW + timedelta(hours=n)) for n in range(4)]
    assert [[(1, True)], [(2, True)], [(3, False)], []] == [[(p.tries, p.waits) for p in one] for one in tried]
    assert "HTTP 503" in tried[0][0].problem
    assert 1 == len({headers["Webhook-Id"] for headers, _ in hook.got})


def test_one_channel_that_fails_holds_up_no_other(
    workspace: Workspace, webhook: WebhookChannel, hook: Hook, entries: tuple[Entry[AlertRecord], ...], tmp_path: Path
) -> None:
    hook.answers = [500]
    sent = deliver(Outbox(workspace), entries, [webhook, FileChannel(tmp_path / "a.jsonl")], NOW)
    assert {"webhook": True, "file": False} == {p.channel: p.waits for p in sent}


def test_what_waits_is_sent_however_old_and_what_is_old_is_not_sent_anew(
    workspace: Workspace, webhook: WebhookChannel, hook: Hook, entries: tuple[Entry[AlertRecord], ...], tmp_path: Path
) -> None:
    outbox, hook.answers = Outbox(workspace), [500]
    deliver(outbox, entries, [webhook], NOW)
    later = deliver(outbox, entries, [webhook, FileChannel(tmp_path / "a.jsonl")], NOW + timedelta(days=30))
    assert [("webhook", False)] == [(p.channel, p.waits) for p in later]


def test_killed_before_the_first_try_it_is_sent_by_the_next_pass(
    workspace: Workspace, entries: tuple[Entry[AlertRecord], ...], tmp_path: Path
) -> None:
    class Killed(FileChannel):
        def send(self, _message: Message, _now: datetime) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deliver(Outbox(workspace), entries, [Killed(tmp_path / "a.jsonl")], NOW)
    assert [True] == [parcel.waits for parcel in Outbox(workspace).parcels()]
    deliver(Outbox(workspace), entries, [FileChannel(tmp_path / "a.jsonl")], NOW)
    assert [False] == [parcel.waits for parcel in Outbox(workspace).parcels()]


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"index": 1}', b"\xff"])
def test_damaged_parcel_is_said(workspace: Workspace, data: bytes) -> None:
    outbox = Outbox(workspace)
    outbox.folder.mkdir(parents=True)
    (outbox.folder / "000000001-file.json").write_bytes(data)
    with pytest.raises(MonitorError, match="parcel"):
        outbox.parcels()


def test_nothing_is_sent_that_is_not_named(tmp_path: Path) -> None:
    assert () == open_channels(Alerts(), tmp_path)


@pytest.mark.parametrize(
    "wrong",
    [
        {"security": "none", "host": "mail.example.org"},
        {"security": "none", "user": "a", "password_file": "b"},
        {"user": "a"},
        {"to": ()},
        {"to": ("a@example.org\nBcc: x@evil.example",)},
        {"sender": "Accord <a@example.org>"},
    ],
)
def test_mail_settings_that_would_give_something_away_are_refused(wrong: dict[str, object]) -> None:
    base = {"host": "localhost", "sender": "a@example.org", "to": ("b@example.org",)}
    with pytest.raises(ValueError, match="validation error"):
        Email.model_validate(base | wrong)


@pytest.mark.parametrize(
    "address", ["http://example.org", "https://user@example.org/x", "ftp://example.org", "https://"]
)
def test_webhook_address_that_is_not_safe_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="https"):
        _target(address)
