import base64
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from accord.errors import AccordError, LedgerError, SignatureError, VerificationError
from accord.ledger import EMPTY_ROOT, Checkpoint, SigningKey, open_checkpoint, sign_checkpoint
from accord.ledger.cosignature import (
    Algorithm,
    Cosignature,
    WitnessKey,
    WitnessSigner,
    add_signatures,
    cosign,
    find_cosignatures,
)

AT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
KEY = SigningKey.generate("log.example", entropy=lambda n: b"\x01" * n)
CHECKPOINT = Checkpoint("log.example", 7, EMPTY_ROOT)
NOTE = sign_checkpoint(CHECKPOINT, KEY)
ED = WitnessSigner.generate("witness.example/ed", "ed25519", entropy=lambda n: b"\x03" * n)
ML = WitnessSigner.generate("witness.example/ml", entropy=lambda n: b"\x03" * n)
BOTH = [ED.public, ML.public]
SIGNERS = pytest.mark.parametrize("signer", [ED, ML], ids=["ed25519", "ml-dsa-44"])
# From C2SP's tlog-witness.md; the specification does not give the key.
PUBLISHED = b"""\
example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

\xe2\x80\x94 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
\xe2\x80\x94 witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
"""  # noqa: E501 - as published


def line(signer: WitnessSigner, at: datetime = AT) -> str:
    return cosign(CHECKPOINT.text, signer, at)


@SIGNERS
def test_cosignature_round_trip(signer: WitnessSigner) -> None:
    note = NOTE + line(signer).encode()
    assert (Cosignature(signer.public, AT),) == find_cosignatures(note, BOTH)
    assert open_checkpoint(note, KEY.public) == CHECKPOINT


def test_cosignature_by_ed25519_signs_the_text_below_two_lines() -> None:
    signature = base64.b64decode(line(ED).split(" ")[2])
    message = b"cosignature/v1\ntime %d\n" % AT.timestamp() + CHECKPOINT.text.encode()
    assert signature[:4] == ED.public.note_hash
    assert int.from_bytes(signature[4:12]) == AT.timestamp()
    SigningKey.generate("w", entropy=lambda n: b"\x03" * n).public.verify(signature[12:], message)


@SIGNERS
def test_cosignature_of_another_checkpoint(signer: WitnessSigner) -> None:
    note = sign_checkpoint(Checkpoint("log.example", 8, EMPTY_ROOT), KEY) + line(signer).encode()
    with pytest.raises(SignatureError):
        find_cosignatures(note, BOTH)


@SIGNERS
@given(st.data())
def test_cosignature_with_any_bit_changed(signer: WitnessSigner, data: st.DataObject) -> None:
    prefix, name, encoded = line(signer).rstrip("\n").split(" ")
    signature = bytearray(base64.b64decode(encoded))
    signature[data.draw(st.integers(4, len(signature) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    changed = f"{prefix} {name} {base64.b64encode(signature).decode()}\n"
    with pytest.raises(SignatureError):
        find_cosignatures(NOTE + changed.encode(), BOTH)


def test_cosignature_of_a_stranger_is_ignored() -> None:
    assert find_cosignatures(NOTE + line(ED).encode(), [ML.public]) == ()


def test_cosignature_by_the_same_key_under_another_name_is_ignored() -> None:
    renamed = WitnessKey("witness.example/other", "ed25519", ED.public.raw)
    assert find_cosignatures(NOTE + line(ED).encode(), [renamed]) == ()


@SIGNERS
@pytest.mark.parametrize("time", [0, 253_402_300_800, 2**63 - 1, 2**63, 2**64 - 1])
def test_cosignature_of_an_impossible_time(signer: WitnessSigner, time: int) -> None:
    # Properly signed all the same.
    signature = base64.b64encode(signer.public.note_hash + signer.sign(CHECKPOINT.text, time)).decode()
    with pytest.raises(SignatureError, match="no possible time"):
        find_cosignatures(NOTE + f"\N{EM DASH} {signer.name} {signature}\n".encode(), BOTH)


@SIGNERS
def test_cosignature_cut_off(signer: WitnessSigner) -> None:
    short = base64.b64encode(signer.public.note_hash + b"\x01").decode()
    with pytest.raises(SignatureError):
        find_cosignatures(NOTE + f"\N{EM DASH} {signer.name} {short}\n".encode(), BOTH)


@pytest.mark.parametrize(
    "at",
    [datetime(2026, 1, 1), datetime(1970, 1, 1, tzinfo=UTC), datetime(1950, 1, 1, tzinfo=UTC)],  # noqa: DTZ001 - the mistake
)
def test_cosign_at_no_possible_time(at: datetime) -> None:
    with pytest.raises(LedgerError):
        cosign(CHECKPOINT.text, ED, at)


def test_cosign_rounds_down_to_the_second() -> None:
    note = NOTE + line(ED, AT.replace(microsecond=999_999)).encode()
    assert find_cosignatures(note, BOTH)[0].time == AT


def test_cosign_an_origin_too_long_for_ml_dsa() -> None:
    with pytest.raises(VerificationError, match="length"):
        cosign(Checkpoint("a" * 256, 0, EMPTY_ROOT).text, ML, AT)


def test_ml_dsa_says_nothing_of_further_lines() -> None:
    # So the specification has it; Ed25519 signs the whole text.
    further = NOTE.replace(b"\n\n", b"\nmore\n\n", 1)
    assert find_cosignatures(further + line(ML).encode(), BOTH)
    with pytest.raises(SignatureError):
        find_cosignatures(further + line(ED).encode(), BOTH)


def test_published_note_is_read() -> None:
    assert find_cosignatures(PUBLISHED, BOTH) == ()


def test_added_signatures_stand_in_one_order() -> None:
    ed, ml = line(ED), line(ML)
    expected = NOTE + (ed + ml).encode()
    assert expected == add_signatures(NOTE, [ed, ml]) == add_signatures(NOTE, [ml, ed])
    assert expected == add_signatures(add_signatures(NOTE, [ml]), [ed])


def test_added_signature_replaces_an_older_one_by_its_key() -> None:
    later = line(ED, AT.replace(hour=13))
    assert NOTE + later.encode() == add_signatures(NOTE + line(ED).encode(), [later])


def test_added_signature_does_not_replace_the_log_s_own() -> None:
    name, encoded = NOTE.decode().split("\n")[4].split(" ")[1:]
    forged = base64.b64encode(base64.b64decode(encoded)[:4] + b"\x01" * 64).decode()
    assert add_signatures(NOTE, [f"\N{EM DASH} {name} {forged}\n"]) == NOTE


def test_added_signature_under_the_log_s_name() -> None:
    namesake = WitnessSigner.generate("log.example", "ed25519", entropy=lambda n: b"\x04" * n)
    assert add_signatures(NOTE, [line(namesake)]) == NOTE + line(namesake).encode()


def test_no_added_signatures() -> None:
    assert add_signatures(NOTE, []) == NOTE


@pytest.mark.parametrize("lines", [["x"], ["\n"], [line(ED)[:-1]], [line(ED) + "\n"]])
def test_added_signatures_malformed(lines: list[str]) -> None:
    with pytest.raises(VerificationError):
        add_signatures(NOTE, lines)


def test_added_signatures_too_many() -> None:
    lines = [line(WitnessSigner(f"w{number}", ML._private)) for number in range(25)]
    assert add_signatures(NOTE, lines[:16])  # what C2SP signed-note asks of every reader
    with pytest.raises(VerificationError):
        add_signatures(NOTE, lines)


@given(st.text())
def test_added_signatures_of_any_text(text: str) -> None:
    try:
        assert add_signatures(NOTE, [text]).startswith(NOTE)
    except AccordError as error:
        assert str(error)  # noqa: PT017 - most texts are refused


@SIGNERS
def test_key_round_trip(signer: WitnessSigner) -> None:
    assert signer.public == WitnessKey.parse(signer.public.vkey) == WitnessKey.parse(f"{signer.public.vkey}\n")


def test_key_of_a_peer() -> None:
    # From Tessera's tests: type 0x04.
    vkey = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"
    assert vkey == WitnessKey.parse(vkey).vkey


@pytest.mark.parametrize(
    "change",
    [
        lambda _: KEY.public.vkey,
        lambda vkey: vkey.replace("witness", "witless"),
        lambda vkey: vkey.replace("+", "+0", 1),
        lambda vkey: vkey[:-4],
        lambda vkey: vkey.replace("+", " "),
        lambda _: "",
    ],
)
@SIGNERS
def test_key_malformed(signer: WitnessSigner, change: Callable[[str], str]) -> None:
    with pytest.raises(VerificationError):
        WitnessKey.parse(change(signer.public.vkey))


@given(st.text())
def test_key_of_any_text(text: str) -> None:
    with pytest.raises(VerificationError):
        WitnessKey.parse(text)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\u2003b", "a" * 256, "\udc80"])
def test_key_with_an_impossible_name(name: str) -> None:
    with pytest.raises(VerificationError):
        WitnessSigner.generate(name, "ed25519")


@pytest.mark.parametrize(("algorithm", "size"), [("ed25519", 31), ("ml-dsa-44", 32)])
def test_key_of_another_size(algorithm: Algorithm, size: int) -> None:
    with pytest.raises(VerificationError):
        WitnessKey("w", algorithm, b"\x01" * size)


def test_key_of_low_order() -> None:
    with pytest.raises(VerificationError):
        WitnessKey("w", "ed25519", bytes(32))


@SIGNERS
def test_signer_is_kept_in_a_file(tmp_path: Path, signer: WitnessSigner) -> None:
    path = tmp_path / "key"
    signer.save(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert signer.public == WitnessSigner.load(path, signer.name).public


def test_signer_does_not_overwrite(tmp_path: Path) -> None:
    ED.save(tmp_path / "key")
    with pytest.raises(LedgerError, match="cannot be written"):
        ML.save(tmp_path / "key")
    assert ED.public == WitnessSigner.load(tmp_path / "key", ED.name).public


def test_signer_does_not_show_its_key() -> None:
    assert "_private" not in repr(ED)


def test_signer_that_others_can_read(tmp_path: Path) -> None:
    ED.save(tmp_path / "key")
    (tmp_path / "key").chmod(0o640)
    with pytest.raises(LedgerError, match="chmod 600"):
        WitnessSigner.load(tmp_path / "key", ED.name)


def test_signer_of_another_kind(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.touch(0o600)
    path.write_bytes(generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(LedgerError, match="cannot cosign"):
        WitnessSigner.load(path, "w")


def test_signer_missing_or_damaged(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="cannot be read"):
        WitnessSigner.load(tmp_path / "key", "w")
    (tmp_path / "key").touch(0o600)
    with pytest.raises(LedgerError, match="not a witness's key"):
        WitnessSigner.load(tmp_path / "key", "w")
