import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from securesystemslib.signer import (  # type: ignore[attr-defined]  # its __init__ lacks __all__
    SIGNER_FOR_URI_SCHEME,
    CryptoSigner,
    Key,
    SecretsHandler,
    Signature,
    SSlibKey,
)
from securesystemslib.signer import Signer as ForeignSigner  # type: ignore[attr-defined]  # as above

from accord.errors import LedgerError, MissingExtraError, WorkspaceError
from accord.ledger import Checkpoint, Log, PublicKey, SigningKey, open_checkpoint, open_envelope, sign_envelope
from accord.ledger import sign_checkpoint as sign_note
from accord.ledger.signers import load_signer

PROGRAM = """
import sys
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

seed, lies_from = int(sys.argv[1]), int(sys.argv[2])
key = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
if sys.stdin.readline() != "1234\\n":
    sys.exit("wrong PIN")
for number, line in enumerate(sys.stdin):
    data = bytes.fromhex(line) + (b"!" if number >= lies_from else b"")
    print(key.sign(data).hex(), flush=True)
"""
"""What a hardware module does, in a process of its own: the key never leaves it, and a PIN opens it."""


class Device(ForeignSigner):
    """The driver of the module: `device:SEED`, `device:SEED?lies_from=N` or `device:SEED?kind=ecdsa`."""

    running: list["subprocess.Popen[str]"]

    def __init__(self, key: Key, process: "subprocess.Popen[str]") -> None:
        self._key = key
        self._process = process

    @classmethod
    def from_priv_key_uri(
        cls, priv_key_uri: str, public_key: Key, secrets_handler: SecretsHandler | None = None
    ) -> Self:
        seed, _, option = priv_key_uri.removeprefix("device:").partition("?")
        name, _, value = option.partition("=")
        command = [sys.executable, "-c", PROGRAM, seed, value if name == "lies_from" else "99"]
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        cls.running.append(process)
        device = cls(CryptoSigner.generate_ecdsa().public_key if name == "kind" else public_key, process)
        device._send(secrets_handler("PIN") if secrets_handler else "")
        return device

    @property
    def public_key(self) -> Key:
        return self._key

    def sign(self, payload: bytes) -> Signature:
        self._send(payload.hex())
        answer = self._process.stdout.readline() if self._process.stdout else ""
        if not answer:
            raise OSError("the device is gone")
        return Signature(self._key.keyid, answer.strip())

    def _send(self, line: str) -> None:
        if self._process.stdin:
            self._process.stdin.write(f"{line}\n")
            self._process.stdin.flush()


def pin() -> bytes:
    return b"1234"


@pytest.fixture(autouse=True)
def devices(monkeypatch: pytest.MonkeyPatch) -> Iterator[list["subprocess.Popen[str]"]]:
    """Register the device's scheme, and switch all devices off at the end."""
    Device.running = []
    monkeypatch.setitem(SIGNER_FOR_URI_SCHEME, "device", Device)
    yield Device.running
    for process in Device.running:
        process.kill()
        process.communicate()


@pytest.fixture
def checkpoint() -> Checkpoint:
    return Checkpoint("log.example", 0, bytes(32))


def test_device_signs_a_checkpoint(key: SigningKey, checkpoint: Checkpoint) -> None:
    signer = load_signer("device:1", key.public, pin)
    assert checkpoint == open_checkpoint(sign_note(checkpoint, signer), key.public)


def test_device_signs_an_envelope(key: SigningKey) -> None:
    signer = load_signer("device:1", key.public, pin)
    assert (b"{}", key.public) == open_envelope(sign_envelope(b"{}", signer), [key.public])


def test_device_signs_what_a_file_would(key: SigningKey) -> None:
    signer = load_signer("device:1", key.public, pin)
    assert [key.sign(b"a"), key.sign(b"b")] == [signer.sign(b"a"), signer.sign(b"b")]
    assert key.name == signer.name


def test_device_keeps_a_log(tmp_path: Path, key: SigningKey) -> None:
    signer = load_signer("device:1", key.public, pin)
    Log.create(tmp_path / "ledger", signer, "log.example")
    with Log.writer(tmp_path / "ledger", signer) as writer:
        writer.append([b"entry"])
    assert [b"entry"] == list(Log.open(tmp_path / "ledger", key.public).entries())


def test_device_that_lies_leaves_the_log_as_it_was(folder: Path, key: SigningKey) -> None:
    before = (folder / "checkpoint").read_bytes()
    signer = load_signer("device:1?lies_from=0", key.public, pin)
    with pytest.raises(LedgerError, match="does not verify"), Log.writer(folder, signer) as writer:
        writer.append([b"entry"])
    assert before == (folder / "checkpoint").read_bytes()
    with Log.writer(folder, key) as writer:
        assert range(1) == writer.append([b"entry"])


def test_device_that_lies_later(key: SigningKey) -> None:
    signer = load_signer("device:1?lies_from=1", key.public, pin)
    signer.sign(b"text")
    with pytest.raises(LedgerError, match="does not verify"):
        signer.sign(b"text")


def test_device_with_another_key(key: SigningKey) -> None:
    signer = load_signer("device:2", key.public, pin)
    with pytest.raises(LedgerError, match=r"device:2[^$]*the URI names the log's key"):
        signer.sign(b"text")


def test_device_with_a_key_of_ecdsa(key: SigningKey) -> None:
    with pytest.raises(LedgerError, match=r"not of Ed25519[^$]*'ecdsa'"):
        load_signer("device:1?kind=ecdsa", key.public, pin)


def test_device_that_is_gone(key: SigningKey, devices: list["subprocess.Popen[str]"]) -> None:
    signer = load_signer("device:1", key.public, pin)
    devices[0].kill()
    devices[0].wait()
    with pytest.raises(LedgerError, match="signer refused"):
        signer.sign(b"text")


def test_device_with_a_wrong_pin(key: SigningKey) -> None:
    signer = load_signer("device:1", key.public, lambda: b"4321")
    with pytest.raises(LedgerError, match="signer refused"):
        signer.sign(b"text")


def test_device_without_a_pin(key: SigningKey) -> None:
    with pytest.raises(LedgerError, match=r"asks for a secret[^$]*'PIN'[^$]*--passphrase-file"):
        load_signer("device:1", key.public)


def test_secret_that_is_not_text_is_not_told(key: SigningKey) -> None:
    with pytest.raises(LedgerError, match="not UTF-8") as caught:
        load_signer("device:1", key.public, lambda: b"hidden\xff")
    assert caught.value.__cause__ is None
    assert "hidden" not in str(caught.value)


def test_error_of_whoever_gives_the_secret_passes(key: SigningKey) -> None:
    def fail() -> bytes:
        raise WorkspaceError("no such file")

    with pytest.raises(WorkspaceError):
        load_signer("device:1", key.public, fail)


def test_signer_shows_no_more_than_its_uri(key: SigningKey) -> None:
    signer = load_signer("device:1", key.public, pin)
    assert f"_External(uri='device:1', public={key.public!r})" == repr(signer)


@pytest.mark.parametrize("uri", ["nothing:1", "device", "", "envvar:SECRET", "device:\x1b[31m"])
def test_uri_that_names_no_signer(key: SigningKey, uri: str) -> None:
    with pytest.raises(LedgerError):
        load_signer(uri, key.public, pin).sign(b"text")


def test_library_is_missing(key: SigningKey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "securesystemslib.signer", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'accord\[signers\]'"):
        load_signer("device:1", key.public, pin)


def test_library_is_loaded_only_when_it_is_needed() -> None:
    code = "import sys, accord.ledger.signers; sys.exit('securesystemslib' in sys.modules)"
    assert 0 == subprocess.run([sys.executable, "-c", code], check=False).returncode


@pytest.fixture
def save(tmp_path: Path, key: SigningKey) -> Callable[..., str]:
    """Save the log's key, perhaps under a passphrase, and return its URI."""

    def write(passphrase: bytes | None = None) -> str:
        key.save(tmp_path / "key.pem", passphrase)
        return f"file2:{tmp_path / 'key.pem'}"

    return write


def test_file_signs(save: Callable[..., str], key: SigningKey) -> None:
    assert key.sign(b"text") == load_signer(save(), key.public).sign(b"text")


def test_file_signs_as_in_securesystemslib(save: Callable[..., str], key: SigningKey) -> None:
    uri = save()
    known = SSlibKey(key.public.keyid, "ed25519", "ed25519", {"public": key.public.raw.hex()})
    theirs = ForeignSigner.from_priv_key_uri(uri, known).sign(b"text")
    assert theirs.signature == load_signer(uri, key.public).sign(b"text").hex()


def test_encrypted_file_signs(save: Callable[..., str], key: SigningKey) -> None:
    assert key.sign(b"text") == load_signer(save(b"secret"), key.public, lambda: b"secret").sign(b"text")


def test_encrypted_file_without_a_passphrase(save: Callable[..., str], key: SigningKey) -> None:
    with pytest.raises(LedgerError, match="--passphrase-file"):
        load_signer(save(b"secret"), key.public)


def test_file_of_another_key(save: Callable[..., str], stranger: SigningKey) -> None:
    with pytest.raises(LedgerError, match="another key"):
        load_signer(save(), stranger.public)


def test_file_under_another_name(save: Callable[..., str], key: SigningKey) -> None:
    assert "other" == load_signer(save(), PublicKey("other", key.public.raw)).name


def test_file_of_an_ecdsa_key(tmp_path: Path, key: SigningKey) -> None:
    path = tmp_path / "key.pem"
    path.touch(0o600)
    path.write_bytes(
        ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    with pytest.raises(LedgerError, match="not of Ed25519"):
        load_signer(f"file2:{path}", key.public)


def test_file_that_others_read(save: Callable[..., str], tmp_path: Path, key: SigningKey) -> None:
    uri = save()
    (tmp_path / "key.pem").chmod(0o644)
    with pytest.raises(LedgerError, match="chmod 600"):
        load_signer(uri, key.public)
