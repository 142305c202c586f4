"""The attack matrix holds: each attack is detected by what its definition says, and a weaker verifier is found out."""

import hashlib
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from accord.errors import VerificationError, WorkspaceError
from accord.reports import FORMATS
from accord.verify import Trust, Verification, verify
from accord.verify.archive import write_archive
from accord.verify.attacks import ATTACKS, Attack, Authority, Case, Defence, Outcome, attack, run_attacks
from accord.verify.attacks.bundle import pack_otherwise
from accord.verify.attacks.scene import set_scene
from accord.workspace import Workspace

NOTHING = frozenset[Defence]()
WITNESS, MEMORY, TIMESTAMP = Defence.WITNESS, Defence.MEMORY, Defence.TIMESTAMP
REWRITTEN = frozenset({WITNESS, MEMORY})
DATED = frozenset({WITNESS, TIMESTAMP})
BEYOND_THE_KEY = {
    "delete-and-rewrite": REWRITTEN,
    "delete-tail": REWRITTEN,
    "rewrite": REWRITTEN,
    "transplant-cosignature": REWRITTEN,
    "forge-cosignature": REWRITTEN,
    "plain-cosignature": REWRITTEN,
    "rewrite-from-another-key": REWRITTEN,
    "split-view": frozenset({WITNESS}),
    "rewrite-report": frozenset({WITNESS}),
    "replay": frozenset({MEMORY}),
    "backdate": DATED,
    "postdate": DATED,
    "backdate-without-anchors": NOTHING,
    "leave-out-artifact": NOTHING,
    "replay-report": NOTHING,
    "invent-scores": NOTHING,
    "announce-late": NOTHING,
    "try-in-secret": NOTHING,
    "drop-result": NOTHING,
    "skip-plan": NOTHING,
    "declare-falsely": NOTHING,
    "reuse-sister": NOTHING,
    "withhold-result": NOTHING,
    "disown": NOTHING,
    "unknown-type": NOTHING,
}
"""What is detected by other things than the key alone, and by which; every other attack is by the key."""


def der(tag: int, *parts: bytes) -> bytes:
    """Return a DER value, its length in the shortest form (X.690, 10.1)."""
    body = b"".join(parts)
    size = len(body).to_bytes(1 if len(body) < 256 else 2)
    return bytes([tag]) + (b"" if len(body) < 128 else bytes([0x80 + len(size)])) + size + body


def oid(text: str) -> bytes:
    return asn1.encode_der(x509.ObjectIdentifier(text))


def number(value: int) -> bytes:
    return asn1.encode_der(value)


HASH = der(0x30, oid("2.16.840.1.101.3.4.2.1"))
ECDSA = der(0x30, oid("1.2.840.10045.4.3.2"))
TST = oid("1.2.840.113549.1.9.16.1.4")


def make_authority() -> Authority:
    """Make an authority that stamps whatever moment it is asked for (RFC 3161, CMS of RFC 5652)."""
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    root = certify("Root", keys[0], "Root", keys[0])
    own = certify("Authority", keys[1], "Root", keys[0])

    def stamp(text: bytes, at: datetime) -> bytes:
        imprint = der(0x30, HASH, der(4, hashlib.sha256(text).digest()))
        time = der(0x18, f"{at:%Y%m%d%H%M%SZ}".encode())
        info = der(0x30, number(1), oid("1.2.3.4"), imprint, number(7), time)
        content = der(0x30, TST, der(0xA0, der(4, info)))
        signed = der(
            0x30, number(3), der(0x31, HASH), content, der(0xA0, raw(own)), der(0x31, sign(keys[1], own, info))
        )
        token = der(0x30, oid("1.2.840.113549.1.7.2"), der(0xA0, signed))
        return der(0x30, der(0x30, number(0)), token)

    return Authority(raw(root), stamp)


def certify(
    name: str, key: ec.EllipticCurvePrivateKey, issuer: str, signer: ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    above, own = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)]) for text in (issuer, name))
    builder = (
        x509.CertificateBuilder(above, own, key.public_key(), serial_number=len(name))
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2040, 1, 1, tzinfo=UTC))
        .add_extension(x509.BasicConstraints(ca=name == issuer, path_length=None), critical=True)
    )
    if name != issuer:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    return builder.sign(signer, SHA256())


def raw(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def sign(key: ec.EllipticCurvePrivateKey, own: x509.Certificate, info: bytes) -> bytes:
    named = der(0x30, der(0x30, der(0x30, der(4, hashlib.sha256(raw(own)).digest()))))
    attributes = {
        "1.2.840.113549.1.9.3": TST,
        "1.2.840.113549.1.9.4": der(4, hashlib.sha256(info).digest()),
        "1.2.840.113549.1.9.16.2.47": named,
    }
    encoded = sorted(der(0x30, oid(kind), der(0x31, value)) for kind, value in attributes.items())
    signature = key.sign(der(0x31, *encoded), ec.ECDSA(SHA256()))
    sid = der(0x30, own.issuer.public_bytes(), number(own.serial_number))
    return der(0x30, number(1), sid, HASH, der(0xA0, *encoded), ECDSA, der(4, signature))


def entropy() -> Callable[[int], bytes]:
    """Return other bytes at each call, and the same in each run."""
    calls = count(1)
    return lambda size: bytes([next(calls)]) * size


@pytest.fixture(scope="module")
def run(finished: Path, tmp_path_factory: pytest.TempPathFactory, now: datetime) -> Callable[..., dict[str, Outcome]]:
    """Return what carries out attacks on the lab's workspace, and gives the outcomes by id."""

    def carry_out(attacks: tuple[Attack, ...], **options: Any) -> dict[str, Outcome]:  # noqa: ANN401 - run_attacks' own
        scratch = tmp_path_factory.mktemp("attacks")
        space = Workspace(finished)
        outcomes = run_attacks(space, FORMATS, now, scratch, entropy(), attacks=attacks, **options)
        return {outcome.attack.id: outcome for outcome in outcomes}

    return carry_out


def find(*ids: str) -> tuple[Attack, ...]:
    return tuple(attack for attack in ATTACKS if attack.id in ids)


def test_attacks_are_detected_as_the_matrix_says(run: Callable[..., dict[str, Outcome]]) -> None:
    outcomes = run(ATTACKS, authority=make_authority())
    assert [attack.id for attack in ATTACKS] == list(outcomes)
    assert [] == [name for name, outcome in outcomes.items() if not outcome.expected]
    assert BEYOND_THE_KEY == {name: o.by for name, o in outcomes.items() if Defence.KEY not in o.by}
    assert all(bool(outcome.by) == bool(outcome.evidence) for outcome in outcomes.values())


def test_every_attack_that_nothing_detects_says_why() -> None:
    assert {attack.id for attack in ATTACKS if not attack.by} == {a.id for a in ATTACKS if a.undetectable}


def test_every_attack_says_what_is_done() -> None:
    assert all(attack.doc.endswith(".") for attack in ATTACKS)


def test_verifier_that_names_no_key_misses_attacks(run: Callable[..., dict[str, Outcome]]) -> None:
    def weak(path: Path, *, trust: Trust, **rest: Any) -> Verification:  # noqa: ANN401 - what verify takes
        return verify(path, trust=Trust((), trust.policy, trust.roots), **rest)

    outcomes = run(find("swap-key", "edit"), verifier=weak)
    assert {"swap-key": False, "edit": True} == {name: o.expected for name, o in outcomes.items()}


def test_verifier_that_asks_for_no_witness_misses_attacks(run: Callable[..., dict[str, Outcome]]) -> None:
    def weak(path: Path, *, trust: Trust, **rest: Any) -> Verification:  # noqa: ANN401 - what verify takes
        return verify(path, trust=Trust(trust.keys), **rest)

    (outcome,) = run(find("split-view"), verifier=weak).values()
    assert ("not detectable", False) == (outcome.result, outcome.expected)


def test_verifier_that_sees_more_than_expected_is_named_too(run: Callable[..., dict[str, Outcome]]) -> None:
    harsh = attack("Change nothing", [], undetectable="It is honest.")(lambda case: case.append())
    assert run((harsh,))[harsh.id].expected
    lenient = attack("Edit a record", [], undetectable="It is said to be.")(find("edit")[0].forge)
    assert not run((lenient,))[lenient.id].expected


def test_gap_that_is_not_named_is_unexpected(run: Callable[..., dict[str, Outcome]]) -> None:
    silent = attack("Change nothing", [], undetectable="It is honest.", named="open-plans")(lambda case: case.append())
    assert not run((silent,))[silent.id].expected


def test_verifier_that_rejects_everything_shows_nothing(run: Callable[..., dict[str, Outcome]]) -> None:
    def harsh(path: Path, **rest: Any) -> Verification:  # noqa: ANN401 - what verify takes
        raise VerificationError("No.")

    with pytest.raises(VerificationError, match="honest target is rejected"):
        run(find("edit"), verifier=harsh)


def test_time_stamps_are_not_tried_without_an_authority(run: Callable[..., dict[str, Outcome]]) -> None:
    (outcome,) = run(find("backdate")).values()
    assert outcome.expected
    assert (frozenset({WITNESS}), frozenset({TIMESTAMP})) == (outcome.by, outcome.untried)


def test_original_is_only_read(run: Callable[..., dict[str, Outcome]], finished: Path) -> None:
    before = {path: path.read_bytes() for path in finished.rglob("*") if path.is_file()}
    run(find("rewrite", "edit"))
    assert before == {path: path.read_bytes() for path in finished.rglob("*") if path.is_file()}


def test_witness_refuses_the_fork_and_no_honest_growth(finished: Path, tmp_path: Path, now: datetime) -> None:
    scene = set_scene(Workspace(finished), FORMATS, now, tmp_path, entropy())
    (tmp_path / "fork").mkdir()
    case = Case(tmp_path / "fork", scene)
    find("split-view")[0].forge(case)
    assert not case.outsiders.fix(case.space, scene.later)
    (tmp_path / "grown").mkdir()
    grown = Case(tmp_path / "grown", scene)
    grown.append()
    assert grown.outsiders.fix(grown.space, scene.later)


def test_zip_tricks_differ_from_the_canonical_form_by_the_trick_alone() -> None:
    parts: dict[str, bytes] = {"report.json": b"{}", "ledger/checkpoint": b"c" * 300}
    canonical = BytesIO()
    write_archive(dict(parts), canonical)
    assert canonical.getvalue() == pack_otherwise(parts)
    with zipfile.ZipFile(BytesIO(pack_otherwise(parts, odd="report.json", mode=0o120777 << 16))) as archive:
        assert ["ledger/checkpoint", "report.json"] == archive.namelist()


def test_workspace_without_an_assessment_says_what_to_do(tmp_path: Path, lab: Any) -> None:  # noqa: ANN401 - in conftest
    lab.relog(lab.entries()[:3])
    with pytest.raises(WorkspaceError, match="no assessment") as caught:
        next(run_attacks(lab.space, {}, lab.now, tmp_path, entropy(), attacks=ATTACKS))
    assert "run: accord assess" == caught.value.fix
