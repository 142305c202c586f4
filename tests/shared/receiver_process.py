"""`accord monitor receive` as a process, and what it stored."""

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.parquet as pq
from receiver_client import TOKEN, Client
from small_manifest import SMALL

from accord.monitor.parts import Part, parts

_RECEIVE = """
[monitor.receive]
listen = "127.0.0.1:0"
redact = []
"""


def make_workspace(folder: Path, table: str = _RECEIVE) -> Path:
    """Make a folder with an accord.toml that receives, and the token of the tests."""
    (folder / ".accord/keys").mkdir(parents=True)
    (folder / "accord.toml").write_text(SMALL + table, encoding="utf-8")
    token = folder / ".accord/keys/receiver.token"
    token.write_text(TOKEN, encoding="utf-8")
    token.chmod(0o600)
    return folder


@dataclass
class Receiver:
    """A process that receives; it leads a group of its own, with the one that stores."""

    workspace: Path
    prefix: tuple[str, ...] = ()
    process: subprocess.Popen[str] = field(init=False)
    port: int = field(init=False, default=0)
    clients: list[Client] = field(init=False, default_factory=list)

    @property
    def command(self) -> list[str]:
        """What is run."""
        accord = Path(sys.executable).with_name("accord")
        return [*self.prefix, str(accord), "monitor", "receive", str(self.workspace), "--json"]

    def start(self) -> "Receiver":
        """Start it, and wait until it listens."""
        self.process = subprocess.Popen(
            self.command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        shown = ""
        while not shown.endswith("}\n"):
            line = self.process.stdout.readline()
            assert line, self.process.communicate()
            shown += line
        self.port = urlsplit(json.loads(shown)["url"]).port or 0
        return self

    def client(self) -> Client:
        """Return a sender."""
        made = Client(self.port)
        self.clients.append(made)
        return made

    def stop(self) -> None:
        """Have it end as it should, with everything stored."""
        self._hang_up()
        self.process.terminate()
        _, problem = self.process.communicate(timeout=120)
        assert (0, "") == (self.process.returncode, problem)

    def kill(self, *, group: bool = True) -> None:
        """End it at once, alone or with the process that stores."""
        self._hang_up()
        if self.process.returncode is None:
            (os.killpg if group else os.kill)(self.process.pid, signal.SIGKILL)
            self.process.communicate()

    def _hang_up(self) -> None:
        for client in self.clients:
            client.connection.close()


def stored(workspace: Path) -> pa.Table:
    """Return everything that is in parts."""
    found = all_parts(workspace)
    return pa.concat_tables([pq.read_table(part.path) for part in found])


def all_parts(workspace: Path) -> list[Part]:
    """Return all parts."""
    now = datetime.now(UTC)
    return list(parts(workspace / "received", now - timedelta(days=2), now + timedelta(days=1)))


def draw(seed: int) -> Callable[[float, float], float]:
    """Return a source of chance that a seed fixes."""
    return random.Random(seed).uniform  # noqa: S311 - a test's chance
