import base64
import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from accord.errors import LedgerError, SignatureError, VerificationError
from accord.ledger import PublicKey, SigningKey
from accord.ledger.keys import check_name, is_encrypted

# Go's golang.org/x/mod/sumdb/note documents this key.
GO_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"

ORDER = 2**252 + 27742317777372353535851937790883648493  # of edwards25519's subgroup (RFC 8032, 5.1)
PRIME = 2**255 - 19
SMALL = [
    f"{1:064x}",
    "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec",
    f"{0:064x}",
    "8000000000000000000000000000000000000000000000000000000000000000",
    "7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd83d3d706a17c7",
    "fa03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd83d3d706a17c7",
    "05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826",
    "85fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826",
]
"""The points whose order divides 8, the highest byte first: the identity, one of order 2, two of 4, four of 8."""
ODD = {
    "y is p + 1, the identity again": "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffee",
    "x is 0 and negative": "8000000000000000000000000000000000000000000000000000000000000001",
    "not on the curve": f"{2:064x}",
    "the base point and the one of order 2, added": f"{(-4 * pow(5, -1, PRIME)) % PRIME | 1 << 255:064x}",
}


def write_private(path: Path, text: bytes) -> Path:
    path.write_bytes(text)
    path.chmod(0o600)
    return path


def test_key_signs_what_it_verifies(key: SigningKey) -> None:
    key.public.verify(key.sign(b"text"), b"text")


def test_key_refuses_another_text(key: SigningKey) -> None:
    with pytest.raises(SignatureError):
        key.public.verify(key.sign(b"text"), b"texT")


@given(data=st.binary(max_size=200), bit=st.integers(0, 511))
def test_key_refuses_a_signature_with_any_bit_changed(data: bytes, bit: int) -> None:
    key = SigningKey.generate("a", entropy=lambda n: b"\x01" * n)
    signature = int.from_bytes(key.sign(data), "little") ^ 1 << bit
    with pytest.raises(SignatureError):
        key.public.verify(signature.to_bytes(64, "little"), data)


@pytest.mark.parametrize("cut", [0, 1, 63, 65, 68])
def test_key_refuses_a_signature_cut_elsewhere(key: SigningKey, cut: int) -> None:
    joined = key.sign(b"text") + b"text"
    with pytest.raises(SignatureError):
        key.public.verify(joined[:cut], joined[cut:])


def test_key_refuses_an_s_that_is_not_reduced(key: SigningKey) -> None:
    signature = key.sign(b"text")
    s = int.from_bytes(signature[32:], "little") + ORDER
    with pytest.raises(SignatureError):
        key.public.verify(signature[:32] + s.to_bytes(32, "little"), b"text")


def test_key_refuses_an_r_of_low_order(key: SigningKey) -> None:
    # Only the key's owner can make such a signature, which fits RFC 8032's equation: OpenSSL takes it.
    secret = bytearray(hashlib.sha512(b"\x01" * 32).digest()[:32])
    secret[0] &= 248
    secret[31] = secret[31] & 127 | 64
    r = (1).to_bytes(32, "little")
    k = int.from_bytes(hashlib.sha512(r + key.public.raw + b"text").digest(), "little")
    s = k * int.from_bytes(secret, "little") % ORDER
    signature = r + s.to_bytes(32, "little")
    Ed25519PublicKey.from_public_bytes(key.public.raw).verify(signature, b"text")
    with pytest.raises(SignatureError):
        key.public.verify(signature, b"text")


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


@pytest.mark.parametrize("point", [*SMALL, *ODD.values()])
def test_key_refuses_a_point(point: str) -> None:
    with pytest.raises(VerificationError, match="prime-order"):
        PublicKey("a", bytes.fromhex(point)[::-1])


@pytest.mark.parametrize("point", SMALL)
def test_vkey_of_low_order(point: str) -> None:
    raw = b"\x01" + bytes.fromhex(point)[::-1]
    name_hash = hashlib.sha256(b"a\n" + raw).hexdigest()[:8]
    with pytest.raises(VerificationError, match="prime-order"):
        PublicKey.parse(f"a+{name_hash}+{base64.b64encode(raw).decode()}")


def test_name_that_fits() -> None:
    assert check_name("acme.example/log") == "acme.example/log"


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


def unlock(passphrase: bytes = b"secret") -> Callable[[], bytes]:
    return lambda: passphrase


def never() -> bytes:
    raise AssertionError("the file is not encrypted")


@pytest.fixture
def locked(tmp_path: Path, key: SigningKey) -> Path:
    """A key's file under the passphrase "secret"."""
    key.save(tmp_path / "locked.pem", b"secret")
    return tmp_path / "locked.pem"


def test_encrypted_key_round_trip(locked: Path, key: SigningKey) -> None:
    assert key.public == SigningKey.load(locked, "log.example", unlock()).public


def test_encrypted_key_is_its_owners_only(locked: Path) -> None:
    assert locked.stat().st_mode & 0o777 == 0o600


def test_encrypted_key_is_stretched_by_scrypt(locked: Path) -> None:
    command = ["openssl", "asn1parse", "-in", str(locked)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert all(part in said for part in (":PBES2", ":scrypt", "INTEGER           :4000", ":aes-256-cbc"))


def test_encrypted_key_is_read_by_openssl(locked: Path, key: SigningKey) -> None:
    command = ["openssl", "pkey", "-in", str(locked), "-passin", "pass:secret", "-pubout"]
    assert key.public.pem == subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("options", [["-scrypt"], ["-v2", "aes-256-cbc", "-iter", "1000"]])
def test_encrypted_key_of_openssl(tmp_path: Path, key: SigningKey, options: list[str]) -> None:
    key.save(tmp_path / "key.pem")
    command = ["openssl", "pkcs8", "-topk8", *options, "-in", str(tmp_path / "key.pem"), "-passout", "pass:secret"]
    path = write_private(tmp_path / "other.pem", subprocess.run(command, capture_output=True, check=True).stdout)
    assert key.public == SigningKey.load(path, "log.example", unlock()).public


def test_encrypted_key_of_cryptography(tmp_path: Path) -> None:
    private = Ed25519PrivateKey.generate()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    path = write_private(tmp_path / "key.pem", pem)
    assert private.public_key().public_bytes_raw() == SigningKey.load(path, "a", unlock()).public.raw


def test_encrypted_key_differs_each_time(tmp_path: Path, key: SigningKey, locked: Path) -> None:
    key.save(tmp_path / "again.pem", b"secret")
    assert locked.read_bytes() != (tmp_path / "again.pem").read_bytes()


def test_encrypted_key_without_a_passphrase(locked: Path) -> None:
    with pytest.raises(LedgerError, match=r"encrypted[^$]*--passphrase-file"):
        SigningKey.load(locked, "log.example")


def test_encrypted_key_with_a_wrong_passphrase(locked: Path) -> None:
    with pytest.raises(LedgerError, match="does not open with this passphrase"):
        SigningKey.load(locked, "log.example", unlock(b"Secret"))


def test_encrypted_key_damaged(locked: Path) -> None:
    lines = locked.read_bytes().splitlines(keepends=True)
    locked.write_bytes(b"".join(lines[:2] + lines[3:]))
    with pytest.raises(LedgerError, match="does not open with this passphrase"):
        SigningKey.load(locked, "log.example", unlock())


def test_encrypted_key_after_another(tmp_path: Path, key: SigningKey, locked: Path) -> None:
    key.save(tmp_path / "key.pem")
    both = write_private(tmp_path / "both.pem", (tmp_path / "key.pem").read_bytes() + locked.read_bytes())
    with pytest.raises(LedgerError, match="does not open"):
        SigningKey.load(both, "log.example", unlock())


def test_unencrypted_key_asks_for_no_passphrase(tmp_path: Path, key: SigningKey) -> None:
    key.save(tmp_path / "key.pem")
    assert key.public == SigningKey.load(tmp_path / "key.pem", "log.example", never).public


@pytest.mark.parametrize("passphrase", [b"", b"a\n", b"a\r\n", b"a\0b", b"a" * 1024])
def test_passphrase_refused(tmp_path: Path, key: SigningKey, locked: Path, passphrase: bytes) -> None:
    with pytest.raises(LedgerError, match="not a passphrase"):
        key.save(tmp_path / "key.pem", passphrase)
    with pytest.raises(LedgerError, match="not a passphrase"):
        SigningKey.load(locked, "log.example", unlock(passphrase))
    assert not (tmp_path / "key.pem").exists()


@pytest.mark.parametrize("passphrase", [b"a" * 1023, "péché \N{SNOWMAN}".encode(), b" \xff "])
def test_passphrase_of_any_other_bytes(tmp_path: Path, key: SigningKey, passphrase: bytes) -> None:
    key.save(tmp_path / "key.pem", passphrase)
    assert key.public == SigningKey.load(tmp_path / "key.pem", "log.example", unlock(passphrase)).public


def test_key_encrypted_in_another_form_than_pkcs8(tmp_path: Path) -> None:
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.TraditionalOpenSSL, BestAvailableEncryption(b"secret")
    )
    with pytest.raises(LedgerError, match="not a signing key"):
        SigningKey.load(write_private(tmp_path / "key.pem", pem), "log.example", unlock())


def test_is_encrypted(tmp_path: Path, key: SigningKey, locked: Path) -> None:
    key.save(tmp_path / "key.pem")
    assert is_encrypted(locked)
    assert not is_encrypted(tmp_path / "key.pem")


def test_is_encrypted_of_nothing(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="No such file"):
        is_encrypted(tmp_path / "key.pem")


def test_replace_changes_the_passphrase(locked: Path) -> None:
    SigningKey.load(locked, "log.example", unlock()).save(locked, b"other", replace=True)
    with pytest.raises(LedgerError, match="does not open"):
        SigningKey.load(locked, "log.example", unlock())
    SigningKey.load(locked, "log.example", unlock(b"other"))
    assert [locked] == list(locked.parent.iterdir())
    assert locked.stat().st_mode & 0o777 == 0o600


def test_replace_makes_a_file_that_is_missing(tmp_path: Path, key: SigningKey) -> None:
    key.save(tmp_path / "key.pem", replace=True)
    assert key.public == SigningKey.load(tmp_path / "key.pem", "log.example").public


def test_replace_changes_the_file_behind_a_link(tmp_path: Path, key: SigningKey, locked: Path) -> None:
    (tmp_path / "link.pem").symlink_to(locked)
    key.save(tmp_path / "link.pem", replace=True)
    assert (tmp_path / "link.pem").is_symlink()
    assert not is_encrypted(locked)


def test_replace_of_a_folder(tmp_path: Path, key: SigningKey) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(LedgerError, match="cannot be written"):
        key.save(tmp_path / "folder", replace=True)
    assert [tmp_path / "folder"] == list(tmp_path.iterdir())


def test_replace_beside_another(locked: Path, key: SigningKey) -> None:
    (locked.parent / ".locked.pem.new").touch()
    with pytest.raises(LedgerError, match=f"rm {locked.parent}/.locked.pem.new"):
        key.save(locked, replace=True)
    assert is_encrypted(locked)


KILLED = """
import os, sys
from pathlib import Path
from accord.ledger import SigningKey

path, fatal = Path(sys.argv[1]), int(sys.argv[2])
key = SigningKey.load(path, "log.example")
seen = 0

def kill(event, given):
    global seen
    if event in ("open", "os.rename", "os.remove") and str(path.parent) in str(given[0]):
        seen += 1
        if seen == fatal:
            os._exit(9)

sys.addaudithook(kill)
key.save(path, b"secret", replace=True)
"""
"""A program that dies just before its nth operation that names a file of the key's folder."""


def test_replace_killed_at_each_step_leaves_one_of_the_two(tmp_path: Path, key: SigningKey) -> None:
    codes, encrypted = [], []
    for fatal in range(1, 6):
        path = tmp_path / str(fatal) / "key.pem"
        path.parent.mkdir()
        key.save(path)
        codes.append(subprocess.run([sys.executable, "-c", KILLED, str(path), str(fatal)], check=False).returncode)
        encrypted.append(is_encrypted(path))
        assert key.public == SigningKey.load(path, "log.example", unlock()).public
    # Before the new file, its folder's sync, the rename, the folder's sync again; then nothing is left to stop.
    assert [9, 9, 9, 9, 0] == codes
    assert [False, False, False, True, True] == encrypted


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
