"""Programs that others wrote read a log of ours with 100,000 entries, and find it good."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest
from tlog_scales.backend import LocalBackend
from tlog_scales.reader import TilesReader
from tlog_scales.signing import Vkey
from tlog_scales.tiles import leaf_hash
from tlog_scales.tlog import Checkpoint, ConsistencyProof, InclusionProof

from accord.ledger import Log, SigningKey

SIZE, OLD = 100_000, 70_001
INDEXES = [0, 255, 256, 65_535, 65_536, 99_839, 99_840, SIZE - 1]
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
def judge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our Go program, built with the packages that Debian ships: nothing is downloaded."""
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
    source = Path(__file__).parent / "interop" / "main.go"
    subprocess.run(["go", "build", "-o", folder / "judge", source], env=environ, check=True)
    return folder / "judge"


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
