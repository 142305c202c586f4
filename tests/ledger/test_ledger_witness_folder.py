"""A witness's folder: its key, and the logs that its policy names."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from accord.errors import LedgerError, VerificationError
from accord.ledger import EMPTY_ROOT, Checkpoint, SigningKey, sign_checkpoint
from accord.ledger.cosignature import WitnessSigner
from accord.ledger.witness import Submission, Witness

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
KEY = SigningKey.generate("log.example", entropy=lambda n: b"\x01" * n)
STRANGER = SigningKey.generate("log.example", entropy=lambda n: b"\x02" * n)
SIGNER = WitnessSigner.generate("witness.example", "ed25519", entropy=lambda n: b"\x03" * n)
POST_QUANTUM = WitnessSigner.generate("witness.example", entropy=lambda n: b"\x03" * n)


def request(key: SigningKey) -> bytes:
    return Submission(0, (), sign_checkpoint(Checkpoint("log.example", 0, EMPTY_ROOT), key)).body


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A witness that knows no log."""
    Witness.create(tmp_path / "witness", SIGNER)
    return tmp_path / "witness"


def test_witness_is_made_once(folder: Path) -> None:
    with pytest.raises(LedgerError, match="empty folder"):
        Witness.create(folder, SIGNER)


def test_witness_is_opened_with_its_policy(folder: Path) -> None:
    (folder / "policy").write_text(
        f"log {KEY.public.vkey}\nlog {STRANGER.public.vkey} https://log.example\nquorum none\n", encoding="utf-8"
    )
    witness = Witness.open(folder, lambda: NOW)
    assert witness.public == SIGNER.public
    assert 200 == witness.add_checkpoint(request(KEY)).status
    assert 200 == witness.add_checkpoint(request(STRANGER)).status


def test_witness_new_knows_no_log(folder: Path) -> None:
    assert 404 == Witness.open(folder, lambda: NOW).add_checkpoint(request(KEY)).status


def test_witness_with_another_s_key(folder: Path) -> None:
    (folder / "witness.key").unlink()
    POST_QUANTUM.save(folder / "witness.key")
    with pytest.raises(LedgerError, match="not that of its public key"):
        Witness.open(folder, lambda: NOW)


@pytest.mark.parametrize("name", ["witness.key", "witness.pub", "policy"])
def test_witness_with_a_file_missing(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(LedgerError, match="cannot be read"):
        Witness.open(folder, lambda: NOW)


def test_witness_with_a_bad_policy(folder: Path) -> None:
    (folder / "policy").write_text("quorum some\n", encoding="utf-8")
    with pytest.raises(VerificationError, match="policy line 1"):
        Witness.open(folder, lambda: NOW)
