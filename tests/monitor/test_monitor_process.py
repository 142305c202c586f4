"""The receiver as it runs: killed, stopped, started twice, on a full disk; acknowledged is stored, exactly once."""

import json
import os
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path
from shutil import which

import pyarrow.compute as pc
import pytest
from receiver_client import Client, body, chat
from receiver_process import Receiver, all_parts, draw, make_workspace, stored

KILLS = int(os.environ.get("ACCORD_KILLS", "3"))
"""How often the receiver is killed: `ACCORD_KILLS=50` for the whole of it."""

_BATCH = 20


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return make_workspace(tmp_path)


@pytest.fixture
def receiver(workspace: Path) -> Iterator[Receiver]:
    made = Receiver(workspace).start()
    yield made
    made.kill()


def _numbers(workspace: Path) -> list[int]:
    return [int.from_bytes(span_id, "big") - 1 for span_id in stored(workspace)["span_id"].to_pylist()]


def test_what_was_acknowledged_is_stored_when_it_stops(receiver: Receiver, workspace: Path) -> None:
    client = receiver.client()
    assert {200} == {client.post(body(*(chat(n * 10 + i) for i in range(10)))).status for n in range(5)}
    receiver.stop()
    assert list(range(50)) == sorted(_numbers(workspace))
    assert [] == [*(workspace / "received/spool").iterdir(), *(workspace / "received/keys").iterdir()]


def test_what_is_sent_again_is_stored_once(receiver: Receiver, workspace: Path) -> None:
    for _ in range(3):
        assert 200 == receiver.client().post(body(chat(1), chat(2))).status
    receiver.stop()
    again = Receiver(workspace).start()
    assert 200 == again.client().post(body(chat(2), chat(3))).status
    again.stop()
    assert [1, 2, 3] == sorted(_numbers(workspace))
    counts: Counter[str] = Counter()
    for part in all_parts(workspace):
        counts.update(part.counts)
    assert (3, 5) == (counts["spans"], counts["duplicates"])


def test_keys_of_several_receivers_lie_in_one_place(tmp_path: Path) -> None:
    table = f'[monitor.receive]\nlisten = "127.0.0.1:0"\nredact = []\nspool_keys = "{tmp_path}/keys"\n'
    spaces = [make_workspace(tmp_path / name, table) for name in ("one", "two")]
    for space in spaces:
        receiver = Receiver(space).start()
        assert 200 == receiver.client().post(body(chat(1))).status
        receiver.kill()
    for space in spaces:
        assert 1 == len(list((space / "received/spool").iterdir()))
        Receiver(space).start().stop()
        assert [1] == _numbers(space)
    assert [] == [path for path in (tmp_path / "keys").rglob("*") if path.is_file()]


def test_second_receiver_of_a_folder_is_refused(receiver: Receiver, workspace: Path) -> None:
    again = subprocess.run(Receiver(workspace).command, check=False, capture_output=True, text=True)
    assert 4 == again.returncode
    assert "Another receiver has this folder." == json.loads(again.stdout)["error"]["problem"]
    assert 200 == receiver.client().post(body(chat(1))).status


class _Sender(threading.Thread):
    """Sends batches one after the other, each again until it is acknowledged."""

    def __init__(self, first: int) -> None:
        super().__init__(daemon=True)
        self.first = self.next = first
        self.port = 0
        self.ends = False

    def run(self) -> None:
        client: Client | None = None
        port = 0
        while not self.ends:
            try:
                if client is None or port != self.port:
                    client, port = Client(self.port, timeout=5), self.port
                reply = client.post(body(*(chat(n, f"text {n}") for n in range(self.next, self.next + _BATCH))))
            except (OSError, HTTPException):
                if client:
                    client.connection.close()
                client = None
                time.sleep(0.02)
            else:
                if reply.status == 200:
                    self.next += _BATCH
        if client:
            client.connection.close()


def test_killed_at_random_loses_nothing_and_stores_nothing_twice(workspace: Path) -> None:
    chance = draw(20261128)
    receiver = Receiver(workspace)
    senders = [_Sender(first) for first in (0, 10_000_000)]
    for n in range(KILLS + 1):
        receiver = Receiver(workspace).start()
        for sender in senders:
            sender.port = receiver.port
            if n == 0:
                sender.start()
        time.sleep(chance(0.05, 1.5))
        if n < KILLS:
            receiver.kill(group=chance(0, 1) < 0.5)
    for sender in senders:
        sender.ends = True
        sender.join(20)
    receiver.stop()
    numbers = Counter(_numbers(workspace))
    assert [] == [n for n, times in numbers.items() if times > 1]
    acknowledged = {n for sender in senders for n in range(sender.first, sender.next)}
    assert acknowledged
    assert set() == acknowledged - set(numbers)
    texts = stored(workspace)["texts"]
    assert not pc.any(pc.equal(pc.list_value_length(texts), 0)).as_py()


def _allowed() -> bool:
    probe = ["unshare", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"]
    return which("unshare") is not None and subprocess.run(probe, check=False, capture_output=True).returncode == 0


@pytest.mark.skipif(not _allowed(), reason="this system allows no mount namespace")
def test_full_disk_is_told_and_what_was_acknowledged_stays(workspace: Path) -> None:
    place = workspace / "received"
    place.mkdir()
    script = f'mount -t tmpfs -o size=2m none {place} && exec "$@"'
    receiver = Receiver(workspace, ("unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh")).start()
    client = receiver.client()
    taken, statuses = [], []
    for n in range(60):
        reply = client.post(body(chat(n, "x" * 100_000)))
        statuses.append(reply.status)
        if reply.status == 200:
            taken.append(n)
    assert {200, 503} == set(statuses)
    assert b"cannot be" in client.get("/healthz").body
    assert not place.joinpath("parts").exists()  # the mount is the receiver's own
    inside = Path(f"/proc/{receiver.process.pid}/root") / place.relative_to("/")
    kept = workspace / "kept"
    subprocess.run(["cp", "-a", str(inside), str(kept)], check=True)
    receiver.kill()
    (workspace / "received").rmdir()
    kept.rename(place)
    again = Receiver(workspace).start()
    again.stop()
    assert taken == sorted(n for n in _numbers(workspace) if n in set(taken))
    assert len(_numbers(workspace)) == len(set(_numbers(workspace)))
