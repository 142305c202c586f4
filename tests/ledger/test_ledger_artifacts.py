from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accord.errors import LedgerError, VerificationError
from accord.ledger import Artifacts, digest

ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.fixture
def artifacts(tmp_path: Path) -> Artifacts:
    return Artifacts(tmp_path / "artifacts")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Artifacts:
    return Artifacts(tmp_path_factory.mktemp("artifacts"))


@given(data=st.binary())
def test_artifact_round_trip(shared: Artifacts, data: bytes) -> None:
    assert data == shared.get(shared.put(data))


def test_artifact_lies_under_its_digest(artifacts: Artifacts) -> None:
    assert artifacts.put(b"abc") == ABC
    assert (artifacts.folder / "sha256" / "ba" / ABC).read_bytes() == b"abc"
    assert artifacts.path(ABC) == artifacts.folder / "sha256" / "ba" / ABC


def test_artifact_put_twice_is_kept_once(artifacts: Artifacts) -> None:
    assert artifacts.put(b"abc") == artifacts.put(b"abc")
    assert [path.name for path in artifacts.folder.rglob("*") if path.is_file()] == [ABC]


def test_artifact_from_a_file(artifacts: Artifacts, tmp_path: Path) -> None:
    data = bytes(range(256)) * 10_000
    (tmp_path / "large").write_bytes(data)
    assert artifacts.put_file(tmp_path / "large") == digest(data)
    assert artifacts.get(digest(data)) == data


def test_artifact_from_a_missing_file(artifacts: Artifacts, tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="cannot be read"):
        artifacts.put_file(tmp_path / "missing")


def test_artifact_contained(artifacts: Artifacts) -> None:
    assert ABC not in artifacts
    artifacts.put(b"abc")
    assert ABC in artifacts
    assert "../../etc/passwd" not in artifacts
    assert 7 not in artifacts


def test_artifact_erased(artifacts: Artifacts) -> None:
    artifacts.path(artifacts.put(b"abc")).unlink()
    with pytest.raises(LedgerError, match="may have been erased"):
        artifacts.get(ABC)


def test_artifact_changed(artifacts: Artifacts) -> None:
    artifacts.path(artifacts.put(b"abc")).write_bytes(b"abd")
    with pytest.raises(VerificationError, match="has changed"):
        artifacts.get(ABC)


def test_artifact_mended_by_putting_it_again(artifacts: Artifacts) -> None:
    artifacts.path(artifacts.put(b"abc")).write_bytes(b"abd")
    artifacts.put(b"abc")
    assert artifacts.get(ABC) == b"abc"


@pytest.mark.parametrize("sha256", ["", "../../../etc/passwd", ABC.upper(), ABC[:-1], ABC + "\n"])
def test_artifact_of_no_digest(artifacts: Artifacts, sha256: str) -> None:
    with pytest.raises(LedgerError, match="not a SHA-256"):
        artifacts.path(sha256)


def test_artifacts_on_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LedgerError, match="cannot be kept"):
        Artifacts(tmp_path / "file").put(b"abc")


def test_what_was_erased_is_never_kept_again(tmp_path: Path) -> None:
    held = Artifacts(tmp_path / "artifacts")
    sha256 = held.put(b"text")
    held.erase(sha256)
    held.erase(sha256)
    assert sha256 == held.put(b"text")
    assert sha256 not in held
    assert [f"{sha256}.erased"] == [path.name for path in (held.folder / "sha256").rglob("*") if path.is_file()]
