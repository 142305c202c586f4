"""Programs that others wrote read a log of ours with 100,000 entries, and find it good."""

import base64
import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest
from tlog_scales.backend import LocalBackend
from tlog_scales.reader import TilesReader
from tlog_scales.signing import MLDSA44CosignatureSigner, Vkey
from tlog_scales.tiles import leaf_hash
from tlog_scales.tlog import Checkpoint, ConsistencyProof, InclusionProof

from accord.ledger import Log, SigningKey
from accord.ledger.cosignature import Cosignature, WitnessSigner, add_signatures, cosign, find_cosignatures

SIZE, OLD = 100_000, 70_001
INDEXES = [0, 255, 256, 65_535, 65_536, 99_839, 99_840, SIZE - 1]
AT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SEED = b"\x03" * 32
ED = WitnessSigner.generate("witness.example/ed", "ed25519", entropy=lambda _: SEED)
ML = WitnessSigner.generate("witness.example/ml", "ml-dsa-44", entropy=lambda _: SEED)
DEBIAN_GO = "/usr/share/gocode"


class Built(NamedTuple):
    """A log, the verifier key of its signer, and a signed checkpoint of an earlier size."""

    log: Log
    vkey: str
    old: Path


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    key = SigningKey.generate("log.example", entropy=lambda n: b"\x01" * n)
    folder = tmp_path_factory.mktemp("interop") / "ledger"
    Log.create(folder, key, "log.example/interop")
    with Log.writer(folder, key) as writer:
        writer.append([b"entry %d" % number for number in range(SIZE)])
        old = folder.with_name("old")
        old.write_bytes(writer.sign(OLD))
    return Built(Log.open(folder, key.public), key.public.vkey, old)


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of our Go programs, built with the packages that Debian ships: nothing is downloaded."""
    if not shutil.which("go") or not Path(DEBIAN_GO, "src/golang.org/x/mod/sumdb").is_dir():
        pytest.skip("apt-get install golang-go golang-golang-x-mod-dev")
    folder = tmp_path_factory.mktemp("go")
    environ = {
        "GO111MODULE": "off",
        "GOFLAGS": "",
        "GOPATH": f"{folder}:{DEBIAN_GO}",
        "GOCACHE": str(folder / "cache"),
        "HOME": str(folder),
        "PATH": os.environ["PATH"],
    }
    for name in ("main", "cosigned"):
        source = Path(__file__).parent / "interop" / f"{name}.go"
        subprocess.run(["go", "build", "-o", folder / name, source], env=environ, check=True)
    return folder


@pytest.fixture(scope="module")
def judge(programs: Path) -> Path:
    return programs / "main"


def run(judge: Path, folder: Path, built: Built) -> subprocess.CompletedProcess[str]:
    command = [*map(str, (judge, folder, built.vkey, built.old, *INDEXES))]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.golang
def test_go_accepts_our_log(judge: Path, built: Built) -> None:
    judged = run(judge, built.log.folder, built)
    assert (f"ok {SIZE}\n", "") == (judged.stdout, judged.stderr)


@pytest.mark.golang
def test_go_refuses_a_changed_entry(judge: Path, built: Built, tmp_path: Path) -> None:
    folder = shutil.copytree(built.log.folder, tmp_path / "copy")
    bundle = folder / "tile/entries/390.p/160"
    bundle.write_bytes(bundle.read_bytes().replace(b"entry 99999", b"entry 99998"))
    assert "invalid transparency proof" in run(judge, folder, built).stderr


@pytest.fixture
def reader(built: Built) -> TilesReader:
    reader = TilesReader(LocalBackend(built.log.folder))
    reader.get_checkpoint().verify(Vkey.from_string(built.vkey))
    return reader


def test_tlog_scales_accepts_our_root(built: Built, reader: TilesReader) -> None:
    assert reader.calculate_root_hash() == built.log.checkpoint.root


@pytest.mark.parametrize("index", INDEXES)
def test_tlog_scales_proves_as_we_do(built: Built, reader: TilesReader, index: int) -> None:
    theirs = reader.get_inclusion_proof(index, SIZE)
    assert theirs.node_hashes == built.log.inclusion(index)
    leaf = leaf_hash(reader.get_entry(index))
    InclusionProof(index, SIZE, built.log.inclusion(index)).check(leaf, built.log.checkpoint.root)


def test_tlog_scales_accepts_our_growth(built: Built, reader: TilesReader) -> None:
    old = Checkpoint.from_text(built.old.read_text())
    old.verify(Vkey.from_string(built.vkey))
    ours = ConsistencyProof(OLD, SIZE, built.log.consistency(OLD))
    assert ours == reader.get_consistency_proof(OLD, SIZE)
    ours.check(old.root_hash, built.log.checkpoint.root)


def open_cosigned(programs: Path, built: Built, note: bytes, *more: str) -> subprocess.CompletedProcess[bytes]:
    command = [str(programs / "cosigned"), built.vkey, ED.public.vkey, *more]
    return subprocess.run(command, input=note, capture_output=True, check=False)


@pytest.mark.golang
def test_go_accepts_our_cosignature(programs: Path, built: Built) -> None:
    line = cosign(built.log.checkpoint.text, ED, AT)
    opened = open_cosigned(programs, built, add_signatures(built.log.signed_checkpoint, [line]))
    assert (built.log.checkpoint.text.encode(), b"") == (opened.stdout, opened.stderr)


@pytest.mark.golang
def test_go_refuses_our_cosignature_of_another_checkpoint(programs: Path, built: Built) -> None:
    line = cosign(built.log.checkpoint.text, ED, AT)
    opened = open_cosigned(programs, built, add_signatures(built.old.read_bytes(), [line]))
    assert b"invalid signature for key" in opened.stderr


@pytest.mark.golang
def test_go_cosigns_as_we_read_it(programs: Path, built: Built) -> None:
    seed, time = base64.b64encode(SEED).decode(), str(int(AT.timestamp()))
    signed = open_cosigned(programs, built, built.log.signed_checkpoint, seed, time).stdout
    assert (Cosignature(ED.public, AT),) == find_cosignatures(signed, [ED.public])
    assert signed == add_signatures(built.log.signed_checkpoint, [cosign(built.log.checkpoint.text, ED, AT)])


@pytest.mark.parametrize("signer", [ED, ML], ids=["ed25519", "ml-dsa-44"])
def test_tlog_scales_accepts_our_cosignature(built: Built, signer: WitnessSigner) -> None:
    line = cosign(built.log.checkpoint.text, signer, AT)
    theirs = Checkpoint.from_text(built.log.signed_checkpoint.decode() + line)
    theirs.verify(Vkey.from_string(signer.public.vkey))


def test_tlog_scales_cosigns_as_we_read_it(built: Built) -> None:
    theirs = MLDSA44CosignatureSigner(ML.name, SEED)
    line = theirs.sign(Checkpoint.from_text(built.log.signed_checkpoint.decode())).serialize()
    assert int.from_bytes(ML.public.note_hash) == theirs.vkey.key_id
    assert find_cosignatures(built.log.signed_checkpoint + f"{line}\n".encode(), [ML.public])
