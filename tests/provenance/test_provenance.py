"""Where content comes from: credentials of every type, published files, attacks, the public check and notices."""

import http.server
import io
import json
import struct
import subprocess
import tarfile
import threading
import wave
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import c2pa
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from serving import serving
from small_manifest import SMALL

from accord.assess import Job, assess
from accord.errors import ProvenanceError
from accord.evidence import InspectionRecord, Status
from accord.ledger import SigningKey
from accord.manifest import Notice
from accord.provenance.attack import CredentialMark, attack
from accord.provenance.credentials import (
    TYPES,
    ContentSigner,
    Maker,
    Verdict,
    check_content,
    check_file,
    media_type,
    sign_content,
)
from accord.provenance.disclosure import find_label, look_at_notices
from accord.provenance.engine import ProvenanceInspector
from accord.provenance.keys import load_certificates, load_content_signer, make_content_signer
from accord.provenance.origin import LARGEST, find_origin, origin_app
from accord.workspace import Workspace

# Certificates are checked against the clock of the machine, which the library under test reads itself.
NOW = datetime.now(UTC)
MAKER = Maker("Helpdesk", "1.0", "tiny", "ab" * 32)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    make_content_signer(folder, "Acme", "Helpdesk", NOW)
    return folder


@pytest.fixture(scope="module")
def signer(keys: Path) -> ContentSigner:
    return load_content_signer(keys / "signer.key", keys / "signer.pem")


@pytest.fixture(scope="module")
def anchors(keys: Path) -> tuple[x509.Certificate, ...]:
    return load_certificates(keys / "root.pem")


@pytest.fixture(scope="module")
def fixtures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("c2pa")
    with tarfile.open(Path(__file__).parent / "data" / "c2pa-rs.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    return folder


def _image(suffix: str) -> bytes:
    image = Image.new("RGB", (64, 48))
    image.putdata([(x * 4, y * 5, (x * y) % 256) for y in range(48) for x in range(64)])
    held = io.BytesIO()
    image.save(held, {".jpg": "JPEG", ".tif": "TIFF"}.get(suffix, suffix[1:].upper()))
    return held.getvalue()


def _wav() -> bytes:
    held = io.BytesIO()
    with wave.open(held, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"".join(struct.pack("<h", (n * 97) % 20000 - 10000) for n in range(4000)))
    return held.getvalue()


def _docx() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as file:
        file.writestr(
            "[Content_Types].xml",
            '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        )
        file.writestr("word/document.xml", "<w:document>" + "text " * 400 + "</w:document>")
    return held.getvalue()


def _samples(fixtures: Path) -> dict[str, bytes]:
    made = {suffix: _image(suffix) for suffix in (".png", ".jpg", ".webp", ".tif", ".gif")}
    others = {".pdf": "basic.pdf", ".svg": "sample1.svg", ".avif": "sample1.avif"}
    return {
        **made,
        ".wav": _wav(),
        ".mp3": (b"\xff\xfb\x90\x64" + bytes(413)) * 20,
        ".docx": _docx(),
        **{suffix: (fixtures / name).read_bytes() for suffix, name in others.items()},
    }


KINDS = (".png", ".jpg", ".webp", ".tif", ".gif", ".wav", ".mp3", ".docx", ".pdf", ".svg", ".avif")


@pytest.fixture(scope="module")
def signed(fixtures: Path, signer: ContentSigner, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with one signed file of each kind."""
    plain, folder = tmp_path_factory.mktemp("plain"), tmp_path_factory.mktemp("signed")
    for suffix, data in _samples(fixtures).items():
        (plain / f"sample{suffix}").write_bytes(data)
        sign_content(plain / f"sample{suffix}", folder / f"sample{suffix}", signer, MAKER)
    return folder


@pytest.mark.parametrize("suffix", KINDS)
def test_what_we_sign_is_trusted_and_names_the_model(
    signed: Path, anchors: Sequence[x509.Certificate], suffix: str
) -> None:
    found = check_file(signed / f"sample{suffix}", anchors)
    assert (Verdict.TRUSTED, (), ()) == (found.verdict, found.problems, found.personal)
    assert ("Helpdesk", "ab" * 32, True) == (found.system, found.model, found.generated)
    assert "Acme" in found.signer


@pytest.mark.parametrize("suffix", KINDS)
def test_what_we_sign_is_valid_to_the_official_reader(signed: Path, suffix: str) -> None:
    with (signed / f"sample{suffix}").open("rb") as file:
        reader = c2pa.Reader(TYPES[suffix], file)
        assert reader.get_validation_state() in {"Valid", "Trusted"}


@pytest.mark.parametrize("suffix", KINDS)
def test_nobody_is_trusted_without_a_trust_list_or_with_another(signed: Path, tmp_path: Path, suffix: str) -> None:
    make_content_signer(tmp_path, "Other", "Other", NOW)
    for trusted in ((), load_certificates(tmp_path / "root.pem")):
        assert Verdict.UNTRUSTED == check_file(signed / f"sample{suffix}", trusted).verdict


@pytest.mark.parametrize("suffix", KINDS)
def test_one_changed_byte_is_never_trusted(
    signed: Path, fixtures: Path, anchors: Sequence[x509.Certificate], suffix: str
) -> None:
    data = (signed / f"sample{suffix}").read_bytes()
    plain = _samples(fixtures)[suffix]
    # A byte of the content itself, where the signed file has it.
    piece = plain[len(plain) // 2 : len(plain) // 2 + 24]
    at = data.find(piece) + 8
    assert at > 8
    changed = check_content(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :], TYPES[suffix], anchors)
    assert changed.verdict in {Verdict.INVALID, Verdict.UNREADABLE}
    assert changed.problems


@given(st.data())
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_single_byte_anywhere_keeps_the_trust(
    signed: Path, anchors: Sequence[x509.Certificate], data: st.DataObject
) -> None:
    whole = (signed / "sample.png").read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    other = data.draw(st.integers(1, 255))
    found = check_content(whole[:at] + bytes([whole[at] ^ other]) + whole[at + 1 :], "image/png", anchors)
    if found.verdict == Verdict.TRUSTED:
        # Only inside of the credential's own chunk: its padding, and the checksum that no reader of it looks at.
        start = whole.index(b"caBX") - 4
        assert start <= at < start + 12 + int.from_bytes(whole[start : start + 4])
        assert ("Helpdesk", "ab" * 32) == (found.system, found.model)


PUBLISHED = {
    "C.jpg": Verdict.TRUSTED,
    "CA.jpg": Verdict.TRUSTED,
    "boxhash.jpg": Verdict.TRUSTED,
    "update_manifest.jpg": Verdict.TRUSTED,
    "E-sig-CA.jpg": Verdict.INVALID,
    "XCA.jpg": Verdict.INVALID,
    "no_manifest.jpg": Verdict.NONE,
    "basic.pdf": Verdict.NONE,
    "cloud.jpg": Verdict.ELSEWHERE,
    "no_alg.jpg": Verdict.UNREADABLE,
    "sample3.svg": Verdict.UNREADABLE,
    "sample3.invalid.wav": Verdict.UNREADABLE,
    "nested_moov_1000.mp4": Verdict.UNREADABLE,
    "unsupported_type.txt": Verdict.UNREADABLE,
}


@pytest.mark.parametrize(("name", "verdict"), PUBLISHED.items())
def test_published_files_get_the_verdict_that_their_names_promise(fixtures: Path, name: str, verdict: Verdict) -> None:
    found = check_file(fixtures / name, load_certificates(fixtures / "roots.pem"))
    assert verdict == found.verdict
    assert (verdict in {Verdict.TRUSTED, Verdict.NONE}) == (not found.problems)


@pytest.mark.parametrize("name", ["CIE-sig-CA.jpg", "CACAE-uri-CA.jpg"])
def test_errors_of_what_it_was_made_from_are_told(fixtures: Path, name: str) -> None:
    found = check_file(fixtures / name, load_certificates(fixtures / "roots.pem"))
    assert found.ingredients


@pytest.mark.parametrize("curve", [ec.SECP521R1(), ec.SECP256K1()])
def test_curves_that_content_is_not_signed_on(keys: Path, curve: ec.EllipticCurve) -> None:
    with pytest.raises(ProvenanceError, match="not signed on this curve"):
        ContentSigner(ec.generate_private_key(curve), load_certificates(keys / "signer.pem"))


def test_a_certificate_of_another_key_is_refused(keys: Path) -> None:
    with pytest.raises(ProvenanceError, match="not that of the key"):
        ContentSigner(ec.generate_private_key(ec.SECP256R1()), load_certificates(keys / "signer.pem"))


def test_a_file_that_is_not_what_its_name_says_is_refused_and_nothing_is_left(
    tmp_path: Path, signer: ContentSigner
) -> None:
    (tmp_path / "a.pdf").write_bytes(b"no pdf")
    with pytest.raises(ProvenanceError, match="No credential can be put"):
        sign_content(tmp_path / "a.pdf", tmp_path / "out" / "b.pdf", signer, MAKER)
    assert [] == list((tmp_path / "out").iterdir())
    with pytest.raises(ProvenanceError, match="cannot carry a credential"):
        sign_content(tmp_path / "a.txt", tmp_path / "b.txt", signer, MAKER)


def test_keys_are_not_written_over_and_only_their_owner_reads_them(keys: Path) -> None:
    assert 0o600 == (keys / "signer.key").stat().st_mode & 0o777
    with pytest.raises(ProvenanceError, match="not written over"):
        make_content_signer(keys, "Acme", "Helpdesk", NOW)


@given(st.binary(max_size=400), st.sampled_from(sorted(set(TYPES.values()))))
@settings(max_examples=200)
def test_any_bytes_get_a_verdict_and_are_never_trusted(data: bytes, kind: str) -> None:
    assert check_content(data, kind, ()).verdict in {Verdict.NONE, Verdict.UNREADABLE, Verdict.INVALID}


def test_a_credential_survives_a_copy_and_nothing_else(signed: Path, anchors: Sequence[x509.Certificate]) -> None:
    seen = list(attack([signed / "sample.png", signed / "sample.jpg", signed / "sample.wav"], CredentialMark(anchors)))
    survivors = {s.observation for s in seen if s.holds}
    assert {"credential.copy"} == survivors
    assert {"credential.jpeg-50", "credential.resize", "credential.strip"} < {s.observation for s in seen}
    assert [] == [s.observation for s in seen if s.subject == "sample.wav" and "jpeg" in s.observation]


def test_a_sample_without_a_mark_is_not_attacked(fixtures: Path, anchors: Sequence[x509.Certificate]) -> None:
    with pytest.raises(ProvenanceError, match="no credential to attack"):
        list(attack([fixtures / "no_manifest.jpg"], CredentialMark(anchors)))


def test_an_image_that_claims_too_many_pixels_is_refused(signed: Path) -> None:
    class Always:
        name = title = "always"

        def find(self, content: bytes, kind: str) -> tuple[bool | None, str]:
            return bool(content and kind), ""

    data = bytearray(_image(".png"))
    data[16:24] = struct.pack(">II", 60_000, 60_000)
    data[29:33] = struct.pack(">I", zlib.crc32(bytes(data[12:29])))
    bomb = signed.parent / "bomb.png"
    bomb.write_bytes(data)
    with pytest.raises(ProvenanceError, match=r"too large|cannot be opened"):
        list(attack([bomb], Always()))


def test_whose_content_it_is(signed: Path, fixtures: Path, anchors: Sequence[x509.Certificate]) -> None:
    data = (signed / "sample.jpg").read_bytes()
    assert find_origin(data, "image/jpeg", "Helpdesk", anchors).made_by_system is True
    assert find_origin(data, "image/jpeg", "Other", anchors).made_by_system is False
    assert find_origin(data, "image/jpeg", "Helpdesk", ()).made_by_system is None
    assert (
        find_origin((fixtures / "no_manifest.jpg").read_bytes(), "image/jpeg", "Helpdesk", anchors).made_by_system
        is None
    )
    assert find_origin(data[:-200] + bytes(200), "image/jpeg", "Helpdesk", anchors).made_by_system is None


@pytest.fixture
def public_check(anchors: Sequence[x509.Certificate]) -> Iterator[str]:
    with serving(origin_app("Helpdesk", anchors), LARGEST) as address:
        yield address


def _post(url: str, data: bytes, kind: str) -> dict[str, object]:
    request = Request(f"{url}/check", data, {"Content-Type": kind})  # noqa: S310 - our own server
    with urlopen(request, timeout=30) as answer:  # noqa: S310 - our own server
        value: dict[str, object] = json.loads(answer.read())
    return value


def test_the_public_check_answers(public_check: str, signed: Path) -> None:
    said = _post(public_check, (signed / "sample.png").read_bytes(), "image/png")
    assert (True, "Helpdesk") == (said["made_by_system"], said["system"])
    assert said["credential"]["verdict"] == "trusted"  # type: ignore[index] # JSON
    with urlopen(public_check, timeout=30) as page:  # noqa: S310 - our own server
        assert "script-src 'self'" in page.headers["Content-Security-Policy"]
        assert b"Was this made by our AI system?" in page.read()


@pytest.mark.parametrize(
    ("method", "path", "kind", "status"),
    [("GET", "/check", "", 405), ("POST", "/other", "image/png", 404), ("POST", "/check", "text/html", 415)],
)
def test_the_public_check_refuses(public_check: str, method: str, path: str, kind: str, status: int) -> None:
    data = b"x" if method == "POST" else None
    request = Request(public_check + path, data, {"Content-Type": kind}, method=method)  # noqa: S310 - our own server
    with pytest.raises(HTTPError, match=str(status)):
        urlopen(request, timeout=30)  # noqa: S310 - our own server


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("text/html", "<p>You are talking   to an <b>AI</b></p>", (True, False)),
        ("text/html", "<p hidden>You are talking to an AI</p>", (False, False)),
        ("text/html", "<div style='display: none'><p>You are talking to an AI</p></div>", (False, False)),
        ("text/html", "<script>'You are talking to an AI'</script>", (False, True)),
        ("text/html", "<!-- You are talking to an AI -->", (False, False)),
        ("text/html", "<title>You are talking to an AI</title></html>", (True, False)),
        ("text/html", "<p hidden><br>x</p><p>you are talking to&nbsp;an ai</p>", (True, False)),
        ("application/json", '{"choices": [{"text": "You are talking to an AI"}]}', (True, False)),
        ("application/json", '{"You are talking to an AI": 1}', (False, False)),
        ("text/plain", "YOU ARE TALKING TO AN AI", (True, False)),
    ],
)
def test_a_label_is_found_where_people_read_it(kind: str, text: str, expected: tuple[bool, bool]) -> None:
    assert expected == find_label(kind, text, "You are talking to an AI")


@given(st.text(max_size=200))
def test_any_page_is_read(text: str) -> None:
    find_label("text/html", text, "You are talking to an AI")


class _Chat(http.server.BaseHTTPRequestHandler):
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        language = self.headers["Accept-Language"]
        self.asked.append(language)
        body = {"en": "<p>You are talking to an AI</p>", "ja": "<p>AIと話しています</p>"}.get(language, "<p>Hello</p>")
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def chat() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Chat) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_each_language_is_asked_for_its_own_label(chat: str) -> None:
    labels = {"en": "You are talking to an AI", "ja": "AIと話しています", "fr": "Vous parlez à une IA"}
    notices = [Notice(address=chat, language=language, label=label) for language, label in labels.items()]
    assert [True, True, False] == [s.holds for s in look_at_notices(notices)]


def test_a_page_that_does_not_answer_is_untold() -> None:
    seen = list(look_at_notices([Notice(address="http://127.0.0.1:9/", language="en", label="AI")]))
    assert [None] == [s.holds for s in seen]


@pytest.fixture
def workspace(tmp_path: Path, keys: Path, signed: Path, key: SigningKey, chat: str, public_check: str) -> Workspace:
    subprocess.run(["cp", "-r", str(signed), str(tmp_path / "samples")], check=True)
    (tmp_path / "accord.toml").write_text(
        SMALL
        + f"""
[provenance]
samples = "samples"
anchors = "{keys}/root.pem"
check = "{public_check}/check"
[[notices]]
address = "{chat}"
language = "en"
label = "You are talking to an AI"
"""
    )
    return Workspace.create(tmp_path, key, "test.invalid/log")


def _quiet(_jobs: Sequence[Job]) -> Callable[[Job], Callable[..., None]]:
    return lambda _job: lambda *_: None


def _statuses(workspace: Workspace, at: datetime) -> dict[str, Status]:
    found = assess(workspace, [ProvenanceInspector(lambda: at)], clock=lambda: at, watch=_quiet)
    return {f.check: f.status for state in found.states for f in state.findings if f.check.startswith("a07")}


def test_an_assessment_records_what_content_carries_and_who_is_told(workspace: Workspace) -> None:
    found = _statuses(workspace, NOW)
    records = {e.record.topic: e.record for e in workspace.records(NOW).of(InspectionRecord)}
    assert {"credentials", "identifiers", "robustness", "lookup", "notices"} == set(records)
    assert len(KINDS) == records["credentials"].observations[0].held
    copies = records["robustness"].find("credential.copy")
    assert copies
    assert copies.low is not None
    assert (len(KINDS), len(KINDS), True) == (copies.held, copies.n, 0 < copies.low < 1)
    # The samples name another model than the one that is declared here.
    assert Status.CONTRADICTED == found["a07.identifier"]
    assert Status.PARTIAL == found["a07.provenance"] == found["a07.lookup"] == found["a07.ai-notice"]
    size = workspace.log().size
    _statuses(workspace, NOW)
    assert size == workspace.log().size


def test_content_that_lost_its_credential_contradicts(workspace: Workspace) -> None:
    (workspace.root / "samples" / "sample.png").write_bytes(_image(".png"))
    assert Status.CONTRADICTED == _statuses(workspace, NOW)["a07.provenance"]


def test_a_notice_is_looked_for_again_after_a_week(workspace: Workspace) -> None:
    _statuses(workspace, NOW)
    _statuses(workspace, NOW + timedelta(days=7))
    topics = [e.record.topic for e in workspace.records(NOW).of(InspectionRecord)]
    assert (2, 1) == (topics.count("notices"), topics.count("credentials"))


def test_every_supported_name_has_a_type_that_the_library_knows() -> None:
    assert set(TYPES.values()) <= set(c2pa.Builder.get_supported_mime_types())
    assert "image/jpeg" == media_type(Path("A.JPG"))
