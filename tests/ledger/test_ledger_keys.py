import json
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from accord.errors import LedgerError, SignatureError, VerificationError
from accord.ledger import PublicKey, SigningKey

# Go's golang.org/x/mod/sumdb/note documents this key.
GO_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"


def write_private(path: Path, text: bytes) -> Path:
    path.write_bytes(text)
    path.chmod(0o600)
    return path


def test_key_signs_what_it_verifies(key: SigningKey) -> None:
    key.public.verify(key.sign(b"text"), b"text")


def test_key_refuses_another_text(key: SigningKey) -> None:
    with pytest.raises(SignatureError):
        key.public.verify(key.sign(b"text"), b"texT")


@pytest.mark.parametrize("length", [0, 63, 65])
def test_key_refuses_a_signature_of_another_length(key: SigningKey, length: int) -> None:
    with pytest.raises(SignatureError):
        key.public.verify(b"\x00" * length, b"text")


def test_key_comes_from_its_entropy(key: SigningKey, stranger: SigningKey) -> None:
    again = SigningKey.generate("log.example", entropy=lambda n: b"\x01" * n)
    assert key.public == again.public
    assert key.public != stranger.public


def test_key_does_not_show_itself(key: SigningKey) -> None:
    assert repr(key) == "SigningKey(name='log.example')"


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\u2003b", "a\x00", "\u202eb"])
def test_key_refuses_a_name(name: str) -> None:
    with pytest.raises(VerificationError, match="name"):
        SigningKey.generate(name)


def test_key_refuses_a_short_key() -> None:
    with pytest.raises(VerificationError, match="32 bytes"):
        PublicKey("a", b"\x00" * 31)


def test_key_file_round_trip(tmp_path: Path, key: SigningKey) -> None:
    key.save(tmp_path / "key.pem")
    assert key.public == SigningKey.load(tmp_path / "key.pem", "log.example").public


def test_key_file_is_its_owners_only(tmp_path: Path, key: SigningKey) -> None:
    key.save(tmp_path / "key.pem")
    assert (tmp_path / "key.pem").stat().st_mode & 0o777 == 0o600


def test_key_file_is_not_overwritten(tmp_path: Path, key: SigningKey, stranger: SigningKey) -> None:
    key.save(tmp_path / "key.pem")
    with pytest.raises(LedgerError, match="not overwritten"):
        stranger.save(tmp_path / "key.pem")
    assert key.public == SigningKey.load(tmp_path / "key.pem", "log.example").public


def test_key_file_does_not_follow_a_link(tmp_path: Path, key: SigningKey) -> None:
    (tmp_path / "key.pem").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(LedgerError):
        key.save(tmp_path / "key.pem")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601])
def test_key_file_that_others_read(tmp_path: Path, key: SigningKey, mode: int) -> None:
    path = tmp_path / "key.pem"
    key.save(path)
    path.chmod(mode)
    with pytest.raises(LedgerError, match=f"fix: chmod 600 {path}"):
        SigningKey.load(path, "log.example")


def test_key_file_missing(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="No such file"):
        SigningKey.load(tmp_path / "key.pem", "log.example")


def test_key_file_in_a_missing_folder(tmp_path: Path, key: SigningKey) -> None:
    with pytest.raises(LedgerError, match="cannot be written"):
        key.save(tmp_path / "missing" / "key.pem")


def test_key_file_not_pem(tmp_path: Path) -> None:
    path = write_private(tmp_path / "key.pem", b"hello")
    with pytest.raises(LedgerError, match="not a signing key"):
        SigningKey.load(path, "log.example")


def test_key_file_of_another_kind(tmp_path: Path) -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    pem = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(LedgerError, match="not of Ed25519"):
        SigningKey.load(write_private(tmp_path / "key.pem", pem), "log.example")


def test_key_file_encrypted(tmp_path: Path) -> None:
    pem = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")
    )
    with pytest.raises(LedgerError, match="encrypted"):
        SigningKey.load(write_private(tmp_path / "key.pem", pem), "log.example")


def test_vkey_of_go_is_read_and_written() -> None:
    assert GO_VKEY == PublicKey.parse(GO_VKEY).vkey


def test_vkey_may_hold_a_plus_in_its_base64() -> None:
    keys = (SigningKey.generate("a", entropy=lambda n, i=i: bytes([i]) * n).public for i in range(99))  # type: ignore[misc] # i is bound
    key = next(key for key in keys if key.vkey.count("+") > 2)
    assert key == PublicKey.parse(key.vkey)


@pytest.mark.parametrize(
    "text",
    [
        GO_VKEY.replace("c74f20a3", "c74f20a4"),
        GO_VKEY.replace("c74f20a3", "C74F20A3"),
        GO_VKEY.replace("Peter", "peter"),
        GO_VKEY.replace("ARpc", "AhpC"),
        GO_VKEY[:-1],
        GO_VKEY.replace("+ARpc", "+BRpc"),
        "PeterNeumann",
        "",
    ],
)
def test_vkey_refused(text: str) -> None:
    with pytest.raises(VerificationError):
        PublicKey.parse(text)


def test_vkey_under_another_name() -> None:
    with pytest.raises(VerificationError, match="another name"):
        PublicKey.parse(GO_VKEY, "Alice")


def test_public_pem_round_trip(key: SigningKey) -> None:
    assert key.public == PublicKey.parse(key.public.pem, "log.example")


def test_public_pem_needs_a_name(key: SigningKey) -> None:
    with pytest.raises(VerificationError, match="name"):
        PublicKey.parse(key.public.pem)


def test_public_pem_of_another_kind() -> None:
    other = ec.generate_private_key(ec.SECP256R1()).public_key()
    pem = other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    with pytest.raises(VerificationError, match="not of Ed25519"):
        PublicKey.parse(pem, "a")


def test_public_pem_damaged(key: SigningKey) -> None:
    with pytest.raises(VerificationError, match="not a public key"):
        PublicKey.parse(key.public.pem.replace("MC", "MD"), "a")


def test_keyid_is_what_openssl_hashes(tmp_path: Path, key: SigningKey) -> None:
    (tmp_path / "key.pem").write_text(key.public.pem)
    command = ["openssl", "pkey", "-pubin", "-in", str(tmp_path / "key.pem"), "-outform", "DER"]
    der = subprocess.run(command, capture_output=True, check=True).stdout
    hashed = subprocess.run(["openssl", "sha256", "-r"], input=der, capture_output=True, check=True)
    assert key.public.keyid == hashed.stdout.decode().split()[0]
    assert key.public.fingerprint == f"sha256:{key.public.keyid}"


def accepts(raw: str, message: str, signature: str) -> bool:
    try:
        PublicKey("a", bytes.fromhex(raw)).verify(bytes.fromhex(signature), bytes.fromhex(message))
    except SignatureError:
        return False
    return True


@pytest.mark.vectors
def test_wycheproof_ed25519(vectors: Path) -> None:
    # The ECDSA vectors beside these have nothing to judge: no signature of ours is ECDSA.
    groups = json.loads((vectors / "wycheproof/ed25519_test.json").read_bytes())["testGroups"]
    cases = [(group["publicKey"]["pk"], case) for group in groups for case in group["tests"]]
    wrong = [
        case["tcId"] for raw, case in cases if accepts(raw, case["msg"], case["sig"]) != (case["result"] == "valid")
    ]
    assert len(cases) == 151
    assert wrong == []
