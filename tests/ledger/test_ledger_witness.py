"""The witness itself: every answer, every way to stop it, and nobody who rolls it back."""

import base64
import errno
import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accord.errors import LedgerBusyError, LedgerError
from accord.ledger import EMPTY_ROOT, Checkpoint, Disk, SigningKey, consistency_proof, leaf_hash, root, sign_checkpoint
from accord.ledger.cosignature import WitnessSigner, add_signatures, cosign, find_cosignatures
from accord.ledger.files import hold
from accord.ledger.post import Answer
from accord.ledger.witness import SIZE_TYPE, Submission, Witness

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
KEY = SigningKey.generate("log.example", entropy=lambda n: b"\x01" * n)
STRANGER = SigningKey.generate("log.example", entropy=lambda n: b"\x02" * n)
SIGNER = WitnessSigner.generate("witness.example", "ed25519", entropy=lambda n: b"\x03" * n)
POST_QUANTUM = WitnessSigner.generate("witness.example", entropy=lambda n: b"\x03" * n)
LOGS = {"log.example": (KEY.public,)}
ORIGIN_HASH = hashlib.sha256(b"log.example").hexdigest()
LEAVES = [leaf_hash(b"%d" % number) for number in range(64)]
FORK = [leaf_hash(b"fork %d" % number) for number in range(64)]


def sign(size: int, leaves: list[bytes] = LEAVES, key: SigningKey = KEY) -> bytes:
    return sign_checkpoint(Checkpoint("log.example", size, root(leaves[:size]) if size else EMPTY_ROOT), key)


def prove(old: int, new: int) -> tuple[bytes, ...]:
    return tuple(consistency_proof(old, new, lambda level, at: root(LEAVES[at << level : (at + 1) << level])))


def request(old: int, new: int) -> bytes:
    return Submission(old, prove(old, new) if 0 < old < new else (), sign(new)).body


def submit(folder: Path, body: bytes, disk: Disk | None = None) -> Answer:
    return Witness(folder, SIGNER, LOGS, lambda: NOW, files=disk or Disk()).add_checkpoint(body)


def seen(folder: Path) -> int:
    """Return the size that the witness remembers, as it tells it."""
    answer = submit(folder, Submission(0, (), sign(1)).body)
    if answer.status == 200:
        return 0
    assert (409, SIZE_TYPE) == (answer.status, answer.content_type)
    return int(answer.body)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A witness that has cosigned nothing."""
    Witness.create(tmp_path / "witness", SIGNER)
    return tmp_path / "witness"


@pytest.fixture
def five(folder: Path) -> Path:
    """A witness that has cosigned a tree of five."""
    assert submit(folder, request(0, 5)).status == 200
    return folder


@pytest.mark.parametrize("signer", [SIGNER, POST_QUANTUM], ids=["ed25519", "ml-dsa-44"])
def test_witness_cosigns_what_grows(tmp_path: Path, signer: WitnessSigner) -> None:
    Witness.create(tmp_path / "witness", signer)
    witness = Witness(tmp_path / "witness", signer, LOGS, lambda: NOW)
    for old, new in [(0, 0), (0, 5), (5, 8), (8, 64), (64, 64)]:
        answer = witness.add_checkpoint(request(old, new))
        cosigned = add_signatures(sign(new), [answer.body.decode()])
        assert (200, NOW) == (answer.status, find_cosignatures(cosigned, [witness.public])[0].time)
        assert witness.checkpoint(ORIGIN_HASH) == Answer(200, "text/plain; charset=utf-8", cosigned)


@pytest.mark.parametrize("old", [0, 1, 4, 6, 7])
def test_witness_of_another_old_size(five: Path, old: int) -> None:
    assert Answer(409, "text/x.tlog.size", b"5\n") == submit(five, request(old, 7))


def test_witness_that_saw_the_empty_tree_says_so(folder: Path) -> None:
    submit(folder, request(0, 0))
    assert Answer(409, SIZE_TYPE, b"0\n") == submit(folder, request(3, 5))


@pytest.mark.parametrize(
    "body",
    [
        Submission(5, prove(5, 8), sign(8, FORK)).body,
        Submission(5, prove(5, 7), sign(8)).body,
        Submission(5, (), sign(8)).body,
        Submission(5, (*prove(5, 8), LEAVES[0]), sign(8)).body,
        Submission(5, (LEAVES[0],) * 63, sign(8)).body,
        Submission(5, (), sign(5, FORK)).body,
        Submission(5, (LEAVES[0],), sign(5)).body,
    ],
)
def test_witness_refuses_another_history(five: Path, body: bytes) -> None:
    assert 422 == submit(five, body).status
    assert 5 == seen(five)


@pytest.mark.parametrize(
    "body",
    [
        Submission(0, (LEAVES[0],), sign(5)).body,
        Submission(0, (), sign_checkpoint(Checkpoint("log.example", 0, LEAVES[0]), KEY)).body,
    ],
)
def test_witness_refuses_a_false_beginning(folder: Path, body: bytes) -> None:
    assert 422 == submit(folder, body).status
    assert 200 == submit(folder, request(0, 5)).status


def test_witness_keeps_the_first_proof_of_a_fork(five: Path) -> None:
    kept = five / "logs" / f"{ORIGIN_HASH}.fork"
    submit(five, Submission(5, (LEAVES[0],), sign(5)).body)
    submit(five, Submission(5, (), sign(8)).body)
    assert not kept.exists()
    submit(five, Submission(5, (), sign(5, FORK)).body)
    submit(five, Submission(5, (), sign(5, FORK[1:])).body)
    assert kept.read_bytes() == sign(5, FORK)


def test_witness_does_not_know_the_log(folder: Path) -> None:
    other = sign_checkpoint(Checkpoint("other.example", 0, EMPTY_ROOT), KEY)
    assert 404 == submit(folder, Submission(0, (), other).body).status


def test_witness_does_not_trust_the_key(folder: Path) -> None:
    assert 403 == submit(folder, Submission(0, (), sign(5, key=STRANGER)).body).status


def test_witness_ignores_a_stranger_s_signature(folder: Path) -> None:
    line = sign(5, key=STRANGER).split(b"\n\n")[1]
    assert 200 == submit(folder, Submission(0, (), sign(5) + line).body).status
    assert line not in _state(folder).read_bytes()


def test_witness_refuses_a_bad_signature_beside_a_good_one(folder: Path) -> None:
    bad = sign(6).split(b"\n\n")[1]
    assert 403 == submit(folder, Submission(0, (), sign(5) + bad).body).status


def test_witness_trusts_either_key_of_a_log(folder: Path) -> None:
    witness = Witness(folder, SIGNER, {"log.example": (KEY.public, STRANGER.public)}, lambda: NOW)
    assert 200 == witness.add_checkpoint(request(0, 5)).status
    assert 200 == witness.add_checkpoint(Submission(5, (), sign(5, key=STRANGER)).body).status


@pytest.mark.parametrize(
    "body", [b"", sign(5), b"old 00\n\n" + sign(5), b"old 0\n\n\n" + sign(5), b"old 0\n\n" + sign(5)[:-1]]
)
def test_request_malformed_is_answered(folder: Path, body: bytes) -> None:
    assert 400 == submit(folder, body).status


def test_witness_of_an_old_size_over_the_new(five: Path) -> None:
    assert 400 == submit(five, Submission(9, (), sign(8)).body).status


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_request_with_any_byte_changed(five: Path, data: st.DataObject) -> None:
    body = bytearray(request(5, 8))
    body[data.draw(st.integers(0, len(body) - 1))] ^= data.draw(st.integers(1, 255))
    assert submit(five, bytes(body)).status in {400, 403, 404, 409, 422}
    assert 5 == seen(five)


def test_checkpoint_of_nothing(folder: Path) -> None:
    witness = Witness(folder, SIGNER, LOGS, lambda: NOW)
    for name in (ORIGIN_HASH, "0" * 64, "", "../witness.key", ORIGIN_HASH.upper()):
        assert 404 == witness.checkpoint(name).status


def _state(folder: Path) -> Path:
    return folder / "logs" / ORIGIN_HASH


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_record_damaged(five: Path, data: st.DataObject) -> None:
    whole = _state(five).read_bytes()
    text = whole.index(b"\n\n")
    changed = bytearray(whole)
    changed[data.draw(st.integers(0, text))] ^= data.draw(st.integers(1, 255))
    damaged = data.draw(st.sampled_from([bytes(changed), whole[: data.draw(st.integers(0, text))], b"", sign(5)]))
    _state(five).write_bytes(damaged)
    try:
        with pytest.raises(LedgerError, match="damaged"):
            submit(five, request(5, 8))
        assert _state(five).read_bytes() == damaged
    finally:
        _state(five).write_bytes(whole)


def test_record_of_another_log(five: Path) -> None:
    other = Checkpoint("other.example", 5, EMPTY_ROOT)
    _state(five).write_bytes(sign_checkpoint(other, KEY) + cosign(other.text, SIGNER, NOW).encode())
    with pytest.raises(LedgerError, match="damaged"):
        submit(five, request(5, 8))


def test_record_of_another_witness(five: Path) -> None:
    with pytest.raises(LedgerError, match="damaged"):
        Witness(five, POST_QUANTUM, LOGS, lambda: NOW).checkpoint(ORIGIN_HASH)


def test_record_that_is_a_folder(folder: Path) -> None:
    _state(folder).mkdir()
    with pytest.raises(LedgerError):
        submit(folder, request(0, 5))


def test_witness_without_its_records(folder: Path) -> None:
    (folder / "logs").rmdir()
    with pytest.raises(LedgerError, match="no witness here"):
        submit(folder, request(0, 5))


def test_clock_that_goes_back(five: Path) -> None:
    witness = Witness(five, SIGNER, LOGS, lambda: NOW - timedelta(seconds=1))
    with pytest.raises(LedgerError, match="clock went back"):
        witness.add_checkpoint(request(5, 8))
    assert 5 == seen(five)


def test_checkpoint_too_long_to_cosign(folder: Path) -> None:
    text = Checkpoint("log.example", 5, root(LEAVES[:5])).text + "x" * 65_000 + "\n"
    signature = base64.b64encode(KEY.public.note_hash + KEY.sign(text.encode())).decode()
    note = f"{text}\n\N{EM DASH} log.example {signature}\n".encode()
    witness = Witness(folder, POST_QUANTUM, LOGS, lambda: NOW)
    assert 400 == witness.add_checkpoint(Submission(0, (), note).body).status


class KilledError(Exception):
    """The process is gone."""


class Dying(Disk):
    """A disk that fails at its `fatal`th operation, and then loses what was not synced."""

    def __init__(self, fatal: int, error: Exception) -> None:
        self._left = fatal
        self._error = error
        self._unsynced: dict[Path, bytes | None] = {}

    def _step(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise self._error

    def write(self, path: Path, data: bytes) -> None:
        if not self._left:
            super().write(path, data[: len(data) // 2])  # torn
        self._unsynced[path] = b""
        self._step()
        super().write(path, data)

    def sync(self, paths: Sequence[Path]) -> None:
        self._step()
        for path in list(self._unsynced):
            if path in paths or path.parent in paths:
                del self._unsynced[path]

    def rename(self, source: Path, target: Path) -> None:
        self._step()
        assert source not in self._unsynced
        self._unsynced[target] = target.read_bytes() if target.exists() else None
        super().rename(source, target)

    def lose(self) -> None:
        """Come back after a power cut."""
        for path, data in self._unsynced.items():
            if data is None:
                path.unlink()
            else:
                path.write_bytes(data)


@pytest.mark.parametrize("cut", [False, True], ids=["kill", "power cut"])
@pytest.mark.parametrize("step", range(5))
def test_killed_at_each_step(five: Path, step: int, cut: bool) -> None:  # noqa: FBT001 - a parameter
    disk, answered = Dying(step, KilledError()), False
    try:
        answered = submit(five, request(5, 8), disk).status == 200
    except KilledError:
        if cut:
            disk.lose()
    size = seen(five)
    assert size in ({8} if answered else {5, 8})
    assert answered == (step == 4)
    assert 200 == submit(five, request(size, 16)).status


@pytest.mark.parametrize("step", range(4))
def test_disk_fails_at_each_step(folder: Path, step: int) -> None:
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with pytest.raises(LedgerError, match="free space"):
        submit(folder, request(0, 5), Dying(step, full))
    assert seen(folder) in {0, 5}


def test_race_of_the_specification(five: Path) -> None:
    # A is checked; then B, which is longer, is checked, stored and answered; then A is stored.
    answers: list[Answer] = []
    longer = threading.Thread(target=lambda: answers.append(submit(five, request(5, 16))))

    def clock() -> datetime:
        longer.start()
        longer.join(0.2)
        assert not answers
        return NOW

    assert 200 == Witness(five, SIGNER, LOGS, clock).add_checkpoint(request(5, 8)).status
    longer.join()
    assert answers == [Answer(409, SIZE_TYPE, b"8\n")]


def test_witness_that_another_process_holds(five: Path) -> None:
    with hold(five / "logs" / f"{ORIGIN_HASH}.lock", 0), pytest.raises(LedgerBusyError):
        Witness(five, SIGNER, LOGS, lambda: NOW, wait=0).add_checkpoint(request(5, 8))


CHILD = """
import sys, threading
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from test_ledger_witness import LOGS, NOW, SIGNER, Witness, request

def grow():
    old = 0
    while old < 64:
        new = min(old + 1 + threading.get_ident() % 3, 64)
        answer = witness.add_checkpoint(request(old, new))
        if answer.status == 200:
            print(old, new, flush=True)
        old = new if answer.status == 200 else int(answer.body)

witness = Witness(Path(sys.argv[2]), SIGNER, LOGS, lambda: NOW, wait=60)
threads = [threading.Thread(target=grow) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


def test_race_of_processes_and_threads(folder: Path) -> None:
    command = [sys.executable, "-c", CHILD, str(Path(__file__).parent), str(folder)]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    outputs = [child.communicate()[0] for child in children]
    steps = sorted(tuple(map(int, line.split())) for output in outputs for line in output.splitlines())
    assert [0, 0] == [child.returncode for child in children]
    # One chain: each step begins where the one before ended.
    assert (0, 64) == (steps[0][0], steps[-1][1])
    assert [end for _, end in steps[:-1]] == [start for start, _ in steps[1:]]


def test_witness_killed_for_real(folder: Path) -> None:
    command = [sys.executable, "-c", CHILD, str(Path(__file__).parent), str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout
        first = child.stdout.readline()
        child.kill()
        rest = child.stdout.read().splitlines(keepends=True)
    answered = [int(line.split()[1]) for line in [first, *rest] if line.endswith("\n")]
    assert max(answered) <= seen(folder)
