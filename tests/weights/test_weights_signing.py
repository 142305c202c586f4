import datetime as dt
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from model_signing import signing as official_signing
from model_signing import verifying as official_verifying

from accord.errors import MissingExtraError, SignatureError, VerificationError, WeightsError
from accord.weights import tree
from accord.weights.cache import DigestCache
from accord.weights.certificates import has_expired, load_chain, parse_certificates
from accord.weights.keys import make_signing_key
from accord.weights.signing import (
    ModelSigner,
    Trusted,
    load_public_key,
    load_signing_key,
    sign_model,
    verify_model,
)

CURVES = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}
ODD_NAMES = [
    "a",
    "a.txt",
    "a/b",
    "a b/ü",
    "line\nbreak",
    "-rf",
    "'q'\"",
    "日本",
    ".hidden",
    "deep/er/est/x",
    "%00",
    "\\n",
]


class Keys:
    """A key pair as files, for both tools."""

    def __init__(self, folder: Path, curve: str = "P-256") -> None:
        self.key = ec.generate_private_key(CURVES[curve])
        self.private, self.public = folder / "private.pem", folder / "public.pem"
        self.private.write_bytes(self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        self.public.write_bytes(self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))

    @property
    def trusted(self) -> Trusted:
        return Trusted(key=load_public_key(self.public.read_bytes(), "public.pem"))


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    for place, name in enumerate(ODD_NAMES):
        if name in {"a", "a.txt"}:  # one is a folder's name, below
            continue
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(place * 1000))
    (folder / "a.txt").write_bytes(b"beside a/")
    (folder / "empty").write_bytes(b"")
    (folder / ".git").mkdir()
    (folder / ".git/HEAD").write_text("not of the model")
    return folder


@pytest.fixture(params=["P-256", "P-384", "P-521"])
def keys(request: pytest.FixtureRequest, tmp_path: Path) -> Keys:
    return Keys(tmp_path, request.param)


def official_verify(model: Path, signature: Path, keys: Keys) -> None:
    official_verifying.Config().use_elliptic_key_verifier(public_key=keys.public).verify(model, signature)


def test_the_reference_implementation_accepts_what_we_sign(model: Path, keys: Keys) -> None:
    signed = sign_model(model, model / "model.sig", ModelSigner(keys.key))
    official_verify(model, model / "model.sig", keys)
    assert ".git/HEAD" not in signed.digests
    assert list(signed.digests).index("a/b") < list(signed.digests).index("a.txt")  # by part, not by letter
    assert verify_model(model, model / "model.sig", keys.trusted).agrees


def test_we_accept_what_the_reference_implementation_signs(model: Path, keys: Keys, tmp_path: Path) -> None:
    target = tmp_path / "model.sig"
    official_signing.Config().use_elliptic_key_signer(private_key=keys.private).sign(model, target)
    found = verify_model(model, target, keys.trusted)
    assert found.agrees
    assert found.manifest.root == sign_model(model, tmp_path / "ours.sig", ModelSigner(keys.key)).root


def _change(model: Path) -> None:
    data = bytearray((model / "日本").read_bytes())
    data[len(data) // 2] ^= 1
    (model / "日本").write_bytes(data)


TAMPERING: dict[str, tuple[Callable[[Path], object], dict[str, object]]] = {
    "a bit": (_change, {"changed": ("日本",)}),
    "an empty file filled": (lambda m: (m / "empty").write_bytes(b"x"), {"changed": ("empty",)}),
    "a file added": (lambda m: (m / "new").write_bytes(b""), {"added": ("new",)}),
    "a file removed": (lambda m: (m / "-rf").unlink(), {"removed": ("-rf",)}),
    "a file renamed": (lambda m: (m / "%00").rename(m / "00"), {"renamed": (("%00", "00"),)}),
    "a file moved": (lambda m: (m / "日本").rename(m / "a/日本"), {"renamed": (("日本", "a/日本"),)}),
}


@pytest.mark.parametrize("name", TAMPERING)
def test_every_change_is_named_here_and_caught_there(model: Path, tmp_path: Path, name: str) -> None:
    keys = Keys(tmp_path)
    sign_model(model, tmp_path / "s", ModelSigner(keys.key))
    change, expected = TAMPERING[name]
    change(model)
    found = verify_model(model, tmp_path / "s", keys.trusted)
    assert not found.agrees
    nothing: dict[str, object] = {"added": (), "removed": (), "renamed": (), "changed": ()}
    assert {k: getattr(found, k) for k in nothing} == nothing | expected
    with pytest.raises(ValueError, match=r".+"):
        official_verify(model, tmp_path / "s", keys)


def test_two_files_swapped_are_both_changed(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    model = tmp_path / "m"
    model.mkdir()
    (model / "a").write_bytes(b"1")
    (model / "b").write_bytes(b"2")
    sign_model(model, tmp_path / "s", ModelSigner(keys.key))
    (model / "a").write_bytes(b"2")
    (model / "b").write_bytes(b"1")
    assert verify_model(model, tmp_path / "s", keys.trusted).changed == ("a", "b")


def test_a_model_of_one_file(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    file = tmp_path / "w.gguf"
    file.write_bytes(b"GGUF" + bytes(1000))
    signed = sign_model(file, tmp_path / "w.gguf.sig", ModelSigner(keys.key))
    assert list(signed.digests) == ["."]
    official_verify(file, tmp_path / "w.gguf.sig", keys)
    file.write_bytes(b"GGUF" + bytes(999) + b"x")
    assert verify_model(file, tmp_path / "w.gguf.sig", keys.trusted).changed == (".",)


def test_another_key_is_refused(model: Path, tmp_path: Path) -> None:
    keys, other = Keys(tmp_path), tmp_path / "other"
    other.mkdir()
    sign_model(model, tmp_path / "s", ModelSigner(keys.key))
    with pytest.raises(SignatureError, match="another key"):
        verify_model(model, tmp_path / "s", Keys(other).trusted)
    bundle = json.loads((tmp_path / "s").read_bytes())
    bundle["verificationMaterial"]["publicKey"]["hint"] = ""
    (tmp_path / "s").write_text(json.dumps(bundle))
    with pytest.raises(SignatureError, match="does not verify"):
        verify_model(model, tmp_path / "s", Keys(other).trusted)


def test_a_changed_statement_is_refused(model: Path, tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    sign_model(model, tmp_path / "s", ModelSigner(keys.key))
    bundle = json.loads((tmp_path / "s").read_bytes())
    payload = bundle["dsseEnvelope"]["payload"]
    bundle["dsseEnvelope"]["payload"] = payload[:40] + ("A" if payload[40] != "A" else "B") + payload[41:]
    (tmp_path / "s").write_text(json.dumps(bundle))
    with pytest.raises(SignatureError):
        verify_model(model, tmp_path / "s", keys.trusted)


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_no_bundle_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "s").write_bytes(data)
    with pytest.raises(VerificationError):
        verify_model(tmp_path, tmp_path / "s", Trusted(key=ec.generate_private_key(ec.SECP256R1()).public_key()))


def test_blake3_beside_sha256(model: Path, tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    sign_model(model, tmp_path / "s", ModelSigner(keys.key), blake3=True)
    official_verify(model, tmp_path / "s", keys)
    assert verify_model(model, tmp_path / "s", keys.trusted, fast=True).agrees
    _change(model)
    assert verify_model(model, tmp_path / "s", keys.trusted, fast=True).changed == ("日本",)
    sign_model(model, tmp_path / "plain", ModelSigner(keys.key))
    with pytest.raises(WeightsError, match="BLAKE3"):
        verify_model(model, tmp_path / "plain", keys.trusted, fast=True)


@pytest.mark.parametrize(
    ("make", "found"),
    [
        (lambda m: (m / "link").symlink_to("empty"), "a symbolic link"),
        (lambda m: (m / "linked").symlink_to("a", target_is_directory=True), "a symbolic link"),
        (lambda m: os.mkfifo(m / "pipe"), "neither a file nor a folder"),
        (lambda m: (Path(os.fsdecode(os.fsencode(m) + b"/\xff"))).write_bytes(b""), "a name that is not UTF-8"),
    ],
)
def test_what_cannot_be_signed_is_named(
    model: Path, tmp_path: Path, make: Callable[[Path], object], found: str
) -> None:
    make(model)
    with pytest.raises(WeightsError) as raised:
        sign_model(model, tmp_path / "s", ModelSigner(Keys(tmp_path).key))
    assert raised.value.found == found
    assert not (tmp_path / "s").exists()


def test_a_file_that_changes_while_it_is_hashed_is_never_signed(model: Path, tmp_path: Path) -> None:
    (model / "big").write_bytes(bytes(3 * tree.PIECE))
    touched = False

    def advance(_count: int) -> None:
        nonlocal touched
        if not touched:
            with (model / "big").open("ab") as file:
                file.write(b"more")
            touched = True

    with pytest.raises(WeightsError, match="changed"):
        sign_model(model, tmp_path / "s", ModelSigner(Keys(tmp_path).key), jobs=1, advance=advance)
    assert not (tmp_path / "s").exists()


def test_a_file_that_comes_while_it_is_hashed_is_never_left_out(model: Path, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="changed while"):
        sign_model(
            model,
            tmp_path / "s",
            ModelSigner(Keys(tmp_path).key),
            advance=lambda _: (model / "late").write_bytes(b"x"),
        )
    assert not (tmp_path / "s").exists()


def test_an_unreadable_file_stops_it(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.open

    def refuse(path: os.PathLike[str], flags: int) -> int:
        if Path(path).name == "日本":
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, flags)

    monkeypatch.setattr(os, "open", refuse)  # the tests may run as root, who reads everything
    with pytest.raises(WeightsError, match="cannot be read") as raised:
        sign_model(model, tmp_path / "s", ModelSigner(Keys(tmp_path).key))
    assert "\\u65e5" in raised.value.where
    assert not (tmp_path / "s").exists()


def test_an_empty_folder_is_not_signed(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    with pytest.raises(WeightsError, match="no files"):
        sign_model(tmp_path / "m", tmp_path / "s", ModelSigner(Keys(tmp_path).key))


names = st.lists(
    st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=20).filter(
        lambda n: n not in {".", "..", *tree.IGNORED} and len(n.encode()) < 200
    ),
    min_size=1,
    max_size=6,
    unique=True,
)


@given(names, st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_tree_goes_both_ways(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("tree")
    model = folder / "m"
    for name in names:
        path = model / data.draw(st.sampled_from(["", "x", "y/z"])) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_bytes(data.draw(st.binary(max_size=50)))
    keys = Keys(folder)
    sign_model(model, folder / "s", ModelSigner(keys.key))
    official_verify(model, folder / "s", keys)
    official_signing.Config().use_elliptic_key_signer(private_key=keys.private).sign(model, folder / "t")
    assert verify_model(model, folder / "t", keys.trusted).agrees


PUBLISHED = [
    "v0.2.0-certificate", "v0.3.1-certificate", "v0.3.1-elliptic-key", "v1.0.0-certificate", "v1.0.0-elliptic-key",
    "v1.0.1-certificate", "v1.0.1-elliptic-key", "v1.1.0-certificate", "v1.1.0-elliptic-key",
]  # fmt: skip


@pytest.mark.parametrize("release", PUBLISHED)
def test_signatures_of_past_releases(published: Path, release: str) -> None:
    folder = published / "model-signing/scripts/tests"
    place = folder / release
    certificates, key = folder / "keys/certificate/ca-cert.pem", folder / "keys/certificate/signing-key-pub.pem"
    trusted = (
        Trusted(roots=tuple(parse_certificates(certificates.read_bytes(), "")))
        if "certificate" in release
        else Trusted(key=load_public_key(key.read_bytes(), ""))
    )
    model = place / "signme-1" if release in {"v0.3.1-elliptic-key", "v1.0.0-elliptic-key"} else place
    assert verify_model(model, place / "model.sig", trusted, ignored=["ignore-me"]).agrees


def test_keyless_signatures_are_named_and_not_verified(published: Path) -> None:
    place = published / "model-signing/scripts/tests/v1.1.0-sigstore"
    with pytest.raises(SignatureError, match="keyless"):
        verify_model(place, place / "model.sig", Trusted(key=ec.generate_private_key(ec.SECP256R1()).public_key()))


NOW = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)


class Authority:
    """A certificate authority, and what it issues."""

    def __init__(self, name: str, issuer: "Authority | None" = None, *, ca: bool = True, days: int = 30) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = (
            x509.CertificateBuilder()
            .subject_name(self.name)
            .issuer_name((issuer or self).name)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - dt.timedelta(days=days))
            .not_valid_after(NOW + dt.timedelta(days=30 if days == 30 else -1))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if not ca:
            flags = dict.fromkeys(
                ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign",
                 "crl_sign", "encipher_only", "decipher_only"), False,
            )  # fmt: skip
            builder = builder.add_extension(x509.KeyUsage(digital_signature=True, **flags), critical=True)
        self.certificate = builder.sign((issuer or self).key, hashes.SHA256())


def test_a_chain_of_certificates_goes_both_ways(model: Path, tmp_path: Path) -> None:
    root = Authority("root")
    between = Authority("between", root)
    leaf = Authority("signer", between, ca=False)
    sign_model(model, tmp_path / "s", ModelSigner(leaf.key, (leaf.certificate, between.certificate)))
    found = verify_model(model, tmp_path / "s", Trusted(roots=(root.certificate,)))
    assert found.agrees
    assert found.subject == "CN=signer"
    (tmp_path / "root.pem").write_bytes(root.certificate.public_bytes(Encoding.PEM))
    official_verifying.Config().use_certificate_verifier(certificate_chain=[tmp_path / "root.pem"]).verify(
        model, tmp_path / "s"
    )


def test_chains_that_lead_nowhere(model: Path, tmp_path: Path) -> None:
    root, other = Authority("root"), Authority("root")
    impostor = Authority("leaf", root, ca=False)
    below = Authority("signer", impostor, ca=False)
    for signer, chain, roots, words in (
        (impostor, (), (other,), "does not lead"),
        (below, (impostor,), (root,), "does not lead"),  # a certificate that is no authority issued it
        (root, (), (root,), "not one to sign with"),
    ):
        certificates = (signer.certificate, *(c.certificate for c in chain))
        sign_model(model, tmp_path / "s", ModelSigner(signer.key, certificates))
        with pytest.raises(SignatureError, match=words):
            verify_model(model, tmp_path / "s", Trusted(roots=tuple(r.certificate for r in roots)))


def test_an_expired_certificate_is_told() -> None:
    old = Authority("old", ca=False, days=90)
    assert has_expired(load_chain([old.certificate.public_bytes(Encoding.DER)]), NOW)
    assert not has_expired([Authority("new", ca=False).certificate], NOW)


def test_keys_that_models_are_not_signed_with(tmp_path: Path) -> None:
    odd = ec.generate_private_key(ec.SECP256K1())
    pem = odd.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(WeightsError, match="curve"):
        load_signing_key(pem, None, "odd.pem")
    with pytest.raises(WeightsError, match="cannot be used"):
        load_signing_key(b"nothing", None, "odd.pem")
    public = make_signing_key(tmp_path / "k", "P-521")
    assert (tmp_path / "k").stat().st_mode & 0o077 == 0
    assert load_public_key(public.read_bytes(), "k.pub").curve.name == "secp521r1"
    with pytest.raises(WeightsError, match="not written over"):
        make_signing_key(tmp_path / "k", "P-256")


def test_a_cache_keeps_digests_of_settled_files_alone(model: Path, tmp_path: Path) -> None:
    old = tree.list_files(model)
    young = DigestCache(tmp_path / "cache.json", clock=lambda: max(f.identity.ctime_ns for f in old) + 1)
    first = tree.hash_files(old, known=young)
    young.write()
    assert not (tmp_path / "cache.json").exists()
    later = DigestCache(tmp_path / "cache.json", clock=lambda: max(f.identity.ctime_ns for f in old) + 10**10)
    assert tree.hash_files(old, known=later) == first
    later.write()
    read = 0

    def advance(count: int) -> None:
        nonlocal read
        read += count

    again = DigestCache(tmp_path / "cache.json")
    assert all(again.get(f.identity) == first[f.name] for f in old)
    assert tree.hash_files(old, known=again, advance=advance) == first
    assert read == sum(f.identity.size for f in old)
    _change(model)
    assert tree.hash_model(model, known=again)["日本"] != first["日本"]
    (tmp_path / "cache.json").write_text("[")
    assert DigestCache(tmp_path / "cache.json").get(old[0].identity) is None


def test_a_hash_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(WeightsError, match="not one that models"):
        tree.hash_maker("md5")
    monkeypatch.setitem(__import__("sys").modules, "blake3", None)
    with pytest.raises(MissingExtraError, match="BLAKE3"):
        tree.hash_maker("blake3")
