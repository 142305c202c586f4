"""What the tests of the receiver share: a receiver on loopback, spans to send it, and what it stored."""

# ruff: noqa: ANN401 - importlib mode cannot import a class of conftest into a test

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from receiver_client import TOKEN, Client

from accord.monitor.parts import segments
from accord.monitor.receiving.commits import Commits
from accord.monitor.receiving.metrics import Metrics
from accord.monitor.receiving.receiver import Receiver
from accord.monitor.receiving.server import Server
from accord.monitor.receiving.site import Limits
from accord.monitor.spool import Spool, open_segment


@dataclass
class Site:
    """A receiver in a thread, without the process that stores."""

    folder: Path
    limits: Limits
    port: int = 0
    problem: str = ""
    opened: list[Any] = field(default_factory=list)
    metrics: Metrics = field(default_factory=Metrics)

    def __post_init__(self) -> None:
        self.spool = Spool(self.folder, self.folder / "keys", lambda: datetime.now(UTC))
        self.spool.start()
        self.commits = Commits(self.spool, self.metrics, 3600, self.limits.held)
        self.receiver = Receiver(TOKEN, self.commits, self.metrics, lambda: self.problem, self.limits.body)

    async def run(self, ready: threading.Event) -> None:
        self.loop, self.stop = asyncio.get_running_loop(), asyncio.Event()
        self.server = Server(self.receiver, self.limits)
        self.port = await self.server.open("127.0.0.1", 0)
        writing = asyncio.create_task(self.commits.run())
        ready.set()
        await self.stop.wait()
        await self.server.close(5)
        self.commits.end()
        await writing

    def client(self) -> Client:
        made = Client(self.port)
        self.opened.append(made.connection)
        return made

    def connect(self) -> socket.socket:
        made = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        self.opened.append(made)
        return made

    def received(self) -> list[bytes]:
        return [
            data for path in segments(self.folder) for _, data in open_segment(path, self.folder / "keys").records()
        ]


@contextmanager
def _running(site: Site) -> Iterator[Site]:
    ready = threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(site.run(ready)))
    thread.start()
    assert ready.wait(10)
    try:
        yield site
    finally:
        for connection in site.opened:
            connection.close()
        with suppress(RuntimeError):  # it has ended already
            site.loop.call_soon_threadsafe(site.stop.set)
        thread.join(20)
        assert not thread.is_alive()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Return a function that starts a receiver within some limits."""
    with ExitStack() as stack:
        yield lambda **limits: stack.enter_context(_running(Site(tmp_path, Limits(**limits))))


@pytest.fixture
def site(start: Callable[..., Any]) -> Any:
    """Return a receiver."""
    return start()
