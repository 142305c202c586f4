"""Time-stamps by an authority made here: `openssl ts` behind HTTP, with certificates of our own."""

import shutil
import subprocess
import sys
import threading
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import given
from hypothesis import strategies as st

from accord import __version__
from accord.errors import LedgerError, MissingExtraError, SignatureError, VerificationError
from accord.ledger import Checkpoint
from accord.ledger.timestamp import MAX_TOKEN, Stamp, format_request, unverified_time, verify_token
from accord.ledger.timestamp_client import request

pytestmark = pytest.mark.openssl

TEXT = Checkpoint("log.example", 7, b"\x07" * 32).text.encode()
NONCE = b"\x41" * 8
QUERY = format_request(TEXT, NONCE)
CONFIG = """\
[tsa]
default_tsa = authority
[authority]
serial = serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256
accuracy = secs:1, millisecs:500
"""

# A stamp over TEXT, made as those below, by a certificate that held for a minute: what was stamped verifies for ever.
GOLDEN = b64decode("""
MIIDAzADAgEAMIIC+gYJKoZIhvcNAQcCoIIC6zCCAucCAQMxDzANBglghkgBZQMEAgEFADB1BgsqhkiG9w0BCRABBKBmBGQwYgIBAQYDKgMEMDEwDQYJYI
ZIAWUDBAIBBQAEIFSbM+mur57W80i8p0chKttrnxKIsztrKRwjF/Yq09EAAgECGA8yMDI2MTEyMzE4MTMzNlowBwIBAYACAfQCCEFBQUFBQUFBoIIBLDCC
ASgwgdugAwIBAgIBBzAFBgMrZXAwDzENMAsGA1UEAwwEUm9vdDAeFw0yMDAxMDEwMDAwMDBaFw0yNjExMjMxODE0MzZaMBQxEjAQBgNVBAMMCUF1dGhvcm
l0eTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABOdezWsLqpssEPjXAmzE5+fjx2pohvHvV/Yjp8zXjYRWHbLZDlGAtWydrDCAKt0lJ2/S3p1zSzxR8W0X
sivT/R2jKDAmMAwGA1UdEwEB/wQCMAAwFgYDVR0lAQH/BAwwCgYIKwYBBQUHAwgwBQYDK2VwA0EAEkfjsBo9CPwW8Fjw/9gBTCqRrlJrXapuw4gDO4QlD1
mEz8Uv7KSZbJt/zvbiXB2hGfoRd3G5sKA4fHQGswqKDjGCASgwggEkAgEBMBQwDzENMAsGA1UEAwwEUm9vdAIBBzANBglghkgBZQMEAgEFAKCBpDAaBgkq
hkiG9w0BCQMxDQYLKoZIhvcNAQkQAQQwHAYJKoZIhvcNAQkFMQ8XDTI2MTEyMzE4MTMzNlowLwYJKoZIhvcNAQkEMSIEIFxy1v8Pkm/zQLhAUcXpGhV9V5
RoHdAb8sv2IVsPUa+mMDcGCyqGSIb3DQEJEAIvMSgwJjAkMCIEII8kU/Iw7C0/66pOT5AEN29pOG52hcYXFwnsvPnQyxGoMAoGCCqGSM49BAMCBEcwRQIh
APU0luucXf7yydiVLh2uEsuckZ6GQyNR9koRCumoDQ6bAiBdFc8dA4mrxsO6lQv7ychAkElY6hKGORpGhBwy1WMsJA==
""")
GOLDEN_ROOT = b64decode("""
MIHfMIGSoAMCAQICAQQwBQYDK2VwMA8xDTALBgNVBAMMBFJvb3QwHhcNMjAwMTAxMDAwMDAwWhcNNDAwMTAxMDAwMDAwWjAPMQ0wCwYDVQQDDARSb290MC
owBQYDK2VwAyEAW9hhb2u1YBOPbmsZ7PlB5HsZ0OAR4qdSmM4rRZ++sh+jEzARMA8GA1UdEwEB/wQFMAMBAf8wBQYDK2VwA0EAiUDv6OvfNIHPXq2Sdj17
CxYiIAuW5Wl5Doax3++ZAgKVTij/LKmzxSMURfHa3L3jxYt/+Q11oRba+vkbJk39DA==
""")
GOLDEN_STAMP = Stamp(datetime(2026, 11, 23, 18, 13, 36, tzinfo=UTC), timedelta(seconds=1.5), "CN=Authority", 2)


class Issuer:
    """A certificate authority. Ed25519, so that certificates with contents of one length have one length."""

    def __init__(self, name: str = "Root", parent: "Issuer | None" = None) -> None:
        self.name, self.key = name, Ed25519PrivateKey.generate()
        self.certificate = (parent or self).issue(name, self.key.public_key(), usage=None)

    def issue(
        self,
        name: str,
        key: Any,  # noqa: ANN401 - any kind of public key
        *,
        usage: x509.ObjectIdentifier | None = ExtendedKeyUsageOID.TIME_STAMPING,
        critical: bool = True,
        end: datetime = datetime(2040, 1, 1, tzinfo=UTC),
    ) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder(_name(self.name), _name(name), key, serial_number=7 if usage else len(name))
            .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
            .not_valid_after(end)
            .add_extension(x509.BasicConstraints(ca=usage is None, path_length=None), critical=True)
        )
        if usage:
            builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=critical)
        return builder.sign(self.key, None)


@dataclass(frozen=True)
class Authority:
    """A time-stamp authority of one's own, in a folder."""

    folder: Path
    issuer: Issuer
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def make(cls, folder: Path, issuer: Issuer, hashed: str = "sha256", **fields: Any) -> "Authority":  # noqa: ANN401 - as `Issuer.issue`
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = issuer.issue("Authority", key.public_key(), **fields)
        (folder / "config").write_text(f"{CONFIG}ess_cert_id_alg = {hashed}\n")
        (folder / "serial").write_text("01\n")
        (folder / "key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        (folder / "signer").write_bytes(certificate.public_bytes(Encoding.PEM))
        (folder / "chain").write_bytes(issuer.certificate.public_bytes(Encoding.PEM))
        return cls(folder, issuer, key, certificate)

    def stamp(self, query: bytes = QUERY, *options: str) -> bytes:
        (self.folder / "query").write_bytes(query)
        command = ["openssl", "ts", "-reply", "-config", "config", "-queryfile", "query", "-out", "reply"]
        signer = ["-signer", "signer", "-inkey", "key", *options]
        subprocess.run([*command, *signer], cwd=self.folder, check=True, capture_output=True)
        return (self.folder / "reply").read_bytes()

    def swapped(self, **fields: Any) -> bytes:  # noqa: ANN401 - as `Issuer.issue`
        """Return a token whose certificate was replaced by another of the same key, issuer and number."""
        other = der(self.issuer.issue(**{"name": "Authority", "key": self.key.public_key(), **fields}))
        assert len(other) == len(der(self.certificate))
        return self.stamp().replace(der(self.certificate), other)


class Server(ThreadingHTTPServer):
    """Answers a POST with the bytes, status line and all, that `answer` makes of its body."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, answer: Callable[[bytes], bytes]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = answer
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.url = f"http://127.0.0.1:{self.server_port}/stamp"

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that hang up."""


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((dict(self.headers), body))
        self.wfile.write(self.server.answer(body))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's own name
        """Say nothing."""


@contextmanager
def serve(answer: Callable[[bytes], bytes]) -> Iterator[Server]:
    with Server(answer) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()


def reply(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    lines = [f"HTTP/1.0 {status}", "Content-Type: application/timestamp-reply", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


@pytest.fixture(scope="session")
def root() -> Issuer:
    return Issuer()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    if shutil.which("openssl") is None:
        pytest.skip("apt-get install openssl")
    return tmp_path


@pytest.fixture
def authority(home: Path, root: Issuer) -> Authority:
    return Authority.make(home, root)


def test_stamp_says_when_and_by_whom(authority: Authority, root: Issuer) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    stamp = verify_token(authority.stamp(), TEXT, [der(root.certificate)])
    assert Stamp(stamp.time, timedelta(seconds=1.5), "CN=Authority", 2) == stamp
    assert before <= stamp.time <= datetime.now(UTC)


def test_stamp_by_a_certificate_that_has_expired_since_still_holds() -> None:
    assert verify_token(GOLDEN, TEXT, [GOLDEN_ROOT]) == GOLDEN_STAMP


def test_stamp_by_a_certificate_that_had_expired_is_refused(home: Path, root: Issuer) -> None:
    expired = Authority.make(home, root, end=datetime(2021, 1, 1, tzinfo=UTC))
    with pytest.raises(SignatureError, match="certificate has expired"):
        verify_token(expired.stamp(), TEXT, [der(root.certificate)])


def test_stamp_that_names_its_certificate_by_sha1_holds(home: Path, root: Issuer) -> None:
    old = Authority.make(home, root, hashed="sha1")
    assert "CN=Authority" == verify_token(old.stamp(), TEXT, [der(root.certificate)]).authority


@pytest.mark.parametrize("swap", [False, True])
def test_stamp_with_its_chain_in_any_order_holds(home: Path, root: Issuer, swap: bool) -> None:  # noqa: FBT001 - a parameter
    middle = Issuer("Middle", root)
    authority = Authority.make(home, middle)
    token = authority.stamp(QUERY, "-chain", "chain")
    pair = [der(authority.certificate), der(middle.certificate)]
    first, second = (pair, pair[::-1]) if b"".join(pair) in token else (pair[::-1], pair)
    assert b"".join(first) in token
    token = token.replace(b"".join(first), b"".join(second)) if swap else token
    assert "CN=Authority" == verify_token(token, TEXT, [der(root.certificate)]).authority


def test_stamp_without_its_chain_holds_when_the_verifier_has_it(home: Path, root: Issuer) -> None:
    middle = Issuer("Middle", root)
    token = Authority.make(home, middle).stamp()
    pem = b"".join(issuer.certificate.public_bytes(Encoding.PEM) for issuer in (middle, root))
    assert "CN=Authority" == verify_token(token, TEXT, [pem]).authority


def test_stamp_whose_chain_ends_below_a_root_is_refused(home: Path, root: Issuer) -> None:
    middle = Issuer("Middle", root)
    token = Authority.make(home, middle).stamp(QUERY, "-chain", "chain")
    with pytest.raises(SignatureError):
        verify_token(token, TEXT, [der(middle.certificate)])


@pytest.mark.parametrize("roots", [[], [der(Issuer().certificate)]], ids=["none", "another of that name"])
def test_stamp_under_no_known_root_is_refused(roots: list[bytes]) -> None:
    with pytest.raises(SignatureError, match="an authority that you trust"):
        verify_token(GOLDEN, TEXT, roots)


def test_root_inside_the_token_is_not_trusted(authority: Authority) -> None:
    with pytest.raises(SignatureError):
        verify_token(authority.stamp(QUERY, "-chain", "chain"), TEXT, [der(Issuer().certificate)])


def test_root_that_is_no_certificate_is_refused() -> None:
    with pytest.raises(VerificationError, match="not a certificate"):
        verify_token(GOLDEN, TEXT, [b"-----BEGIN NOTHING-----"])


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"usage": ExtendedKeyUsageOID.CODE_SIGNING}, id="for something else"),
        # The shorter name makes room for no "critical": the token keeps its lengths.
        pytest.param({"critical": False, "name": "Authority+++"}, id="not critical"),
    ],
)
def test_certificate_that_is_not_for_time_stamps_is_refused(
    authority: Authority, root: Issuer, fields: dict[str, Any]
) -> None:
    with pytest.raises(SignatureError, match="purpose"):
        verify_token(authority.swapped(**fields), TEXT, [der(root.certificate)])


def test_another_certificate_of_the_same_key_is_refused(authority: Authority, root: Issuer) -> None:
    with pytest.raises(SignatureError, match="for another certificate"):
        verify_token(authority.swapped(name="Pretender"), TEXT, [der(root.certificate)])


def test_stamp_with_two_candidates_for_its_signer_is_refused(authority: Authority, root: Issuer) -> None:
    other = root.issue("Pretender", authority.key.public_key())
    with pytest.raises(VerificationError):
        verify_token(authority.stamp(), TEXT, [der(root.certificate), der(other)])


def test_stamp_of_another_text_is_refused() -> None:
    with pytest.raises(VerificationError, match="for something else"):
        verify_token(GOLDEN, TEXT + b"\n", [GOLDEN_ROOT])


def test_stamp_is_found_out_when_it_is_another_request_s() -> None:
    assert GOLDEN_STAMP.time == unverified_time(GOLDEN, TEXT, NONCE)
    with pytest.raises(VerificationError, match="not the answer"):
        unverified_time(GOLDEN, TEXT, NONCE[::-1] + b"\1")


@pytest.mark.parametrize("token", [b"", GOLDEN[:-1], GOLDEN + b"\0", b"0" + GOLDEN, GOLDEN * 2, GOLDEN[9:]])
def test_token_of_another_form_is_refused(token: bytes) -> None:
    with pytest.raises(VerificationError, match="not a time-stamp"):
        verify_token(token, TEXT, [GOLDEN_ROOT])


def test_token_that_is_too_long_is_refused() -> None:
    with pytest.raises(VerificationError, match="too long"):
        verify_token(GOLDEN + bytes(MAX_TOKEN), TEXT, [GOLDEN_ROOT])


@given(st.data())
def test_token_with_a_byte_changed_says_the_same_or_is_refused(data: st.DataObject) -> None:
    """Some bytes are covered by no signature and mean nothing: a version, the order of certificates."""
    changed = bytearray(GOLDEN)
    changed[data.draw(st.integers(0, len(GOLDEN) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        assert verify_token(bytes(changed), TEXT, [GOLDEN_ROOT]) == GOLDEN_STAMP
    except VerificationError:
        assert changed != GOLDEN


@given(st.binary(max_size=200), st.integers(0, len(GOLDEN)))
def test_any_bytes_are_no_token(data: bytes, kept: int) -> None:
    with pytest.raises(VerificationError):
        verify_token(GOLDEN[:kept] + data + b"\0", TEXT, [GOLDEN_ROOT])


def test_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rfc3161_client", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'accord\[timestamp\]'"):
        verify_token(GOLDEN, TEXT, [GOLDEN_ROOT])


def test_request_brings_a_stamp_that_verifies(authority: Authority, root: Issuer) -> None:
    with serve(lambda query: reply(authority.stamp(query))) as server:
        token = request(server.url, TEXT, timeout=20)
    assert "CN=Authority" == verify_token(token, TEXT, [der(root.certificate)]).authority


def test_request_sends_a_hash_and_a_nonce_and_nothing_else() -> None:
    with serve(lambda _: reply(GOLDEN)) as server:
        assert request(server.url, TEXT, timeout=20, entropy=lambda size: b"\x01" + NONCE[1:size]) == GOLDEN
    ((headers, body),) = server.heard
    assert QUERY == body
    assert "application/timestamp-query" == headers["Content-Type"]
    assert f"accord/{__version__}" == headers["User-Agent"]


def test_request_that_is_rejected_says_why(authority: Authority) -> None:
    def answer(query: bytes) -> bytes:
        sha256, sha512 = (bytes.fromhex(f"060960864801650304020{last}") for last in (1, 3))
        return reply(authority.stamp(query.replace(sha256, sha512)))

    with serve(answer) as server, pytest.raises(LedgerError, match=r"status 2: .*Message digest"):
        request(server.url, TEXT, timeout=20)


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (reply(GOLDEN), "not the answer to this request"),
        (reply(b"<html>"), "not a time-stamp"),
        (reply(bytes(2 * MAX_TOKEN)), "too long"),
        (reply(b"", "500 Broken"), "500"),
        (reply(b"", "302 Found", "Location: http://127.0.0.1:9/"), "302"),
        (reply(GOLDEN, "200 OK", "Content-Length: 9999"), "not a time-stamp|IncompleteRead|not the answer"),
        (b"\x1b[2J" * 99, "x1b"),
        (b"", "Remote end closed"),
    ],
)  # fmt: skip
def test_answer_that_is_no_use_is_refused(answer: bytes, found: str) -> None:
    with serve(lambda _: answer) as server, pytest.raises(LedgerError, match=found) as raised:
        request(server.url, TEXT, timeout=20)
    assert server.url == raised.value.where
    assert "\x1b" not in str(raised.value)


def test_authority_that_hangs_is_given_up() -> None:
    stopping = threading.Event()
    with serve(lambda _: b" " * stopping.wait(20)) as server, pytest.raises(LedgerError, match="timed out"):
        request(server.url, TEXT, timeout=0.1)
    stopping.set()


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "log.example", "http://", "http://[", "http://127.0.0.1:99999/", "http://a b/"]
)
def test_address_that_cannot_be_asked_is_refused(url: str) -> None:
    with pytest.raises(LedgerError, match="cannot be asked"):
        request(url, TEXT, timeout=1)
