"""The receiver as it runs: a process that takes spans in, and one beside it that stores them."""

import asyncio
import multiprocessing
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path

from accord.errors import LedgerBusyError, MonitorError
from accord.ledger.files import disk_errors, hold
from accord.monitor.parts import segments
from accord.monitor.receiving.commits import Commits
from accord.monitor.receiving.metrics import Metrics
from accord.monitor.receiving.receiver import Receiver
from accord.monitor.receiving.server import Server
from accord.monitor.receiving.site import Limits
from accord.monitor.spool import Spool
from accord.monitor.storing.store import Policy
from accord.monitor.storing.worker import DRAIN, work

_WATCH = 0.5  # seconds
_RESTART = 5.0
_ROOM = 0.9  # of the spool's bytes, below which spans are taken again


@dataclass(frozen=True)
class Settings:
    """What a receiver is told."""

    folder: Path
    """Where the spool and the parts are."""
    keys: Path
    """Where the spool's keys are."""
    host: str
    """The address to listen at."""
    port: int
    """The port; 0 is any that is free."""
    token: str
    """What a sender has to show."""
    policy: Policy
    """What is replaced, kept and deleted."""
    most: int = 4 << 30
    """Bytes of spool from which nothing more is taken."""
    whole_after: float = 60.0
    """Seconds after which a segment is whole, and stored."""
    limits: Limits = field(default_factory=Limits)
    """What a client may ask of the server."""
    close_seconds: float = 10.0
    """How long requests may take to end when the receiver stops."""
    drain_seconds: float = 120.0
    """How long storing the rest may take then; what is left waits for the next start."""


async def receive(settings: Settings, clock: Callable[[], datetime], ready: Callable[[str], None]) -> None:
    """Receive until SIGTERM or SIGINT; `ready` is told the address once the receiver listens.

    MonitorError where another receiver has the folder, or the address cannot be had.
    """
    with disk_errors("The folder cannot be made.", settings.folder):
        settings.folder.mkdir(parents=True, exist_ok=True)
        (settings.folder / ".gitignore").write_text(
            "*\n", encoding="utf-8"
        )  # what people said belongs in no repository
    with _alone(settings.folder):
        spool = Spool(settings.folder, settings.keys, clock)
        with disk_errors("The spool cannot be read.", settings.folder):
            spool.start()
        await _Service(settings, spool, clock).run(ready)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    try:
        with hold(folder / "receiver.lock", 0):
            yield
    except LedgerBusyError as error:
        raise MonitorError(
            "Another receiver has this folder.",
            where=str(folder),
            found=error.found,
            fix="stop it, or give this one another folder",
        ) from error


class _Service:
    def __init__(self, settings: Settings, spool: Spool, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._metrics = Metrics()
        self._commits = Commits(spool, self._metrics, settings.whole_after, settings.limits.held)
        self._receiver = Receiver(
            settings.token, self._commits, self._metrics, self._problem, largest=settings.limits.body
        )
        self._server = Server(self._receiver, settings.limits)
        self._worker = _Worker(settings, clock, self._metrics)
        self._stop = asyncio.Event()
        self._aside = 0

    async def run(self, ready: Callable[[str], None]) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        host, port = self._settings.host, self._settings.port
        try:
            port = await self._server.open(host, port)
        except (OSError, UnicodeError) as error:
            raise MonitorError("The receiver cannot listen there.", where=f"{host}:{port}", found=str(error)) from error
        self._worker.start()
        commits, watch = asyncio.create_task(self._commits.run()), asyncio.create_task(self._watch())
        ready(f"http://{f'[{host}]' if ':' in host else host}:{port}")
        await asyncio.wait({commits, watch, asyncio.create_task(self._stop.wait())}, return_when="FIRST_COMPLETED")
        if watch.done():
            watch.result()  # it ends by a mistake of ours alone, which must be seen
        watch.cancel()
        await self._server.close(self._settings.close_seconds)
        self._commits.end()
        await commits
        await self._worker.end(self._settings.drain_seconds)

    async def _watch(self) -> None:
        while True:
            size, self._aside = _look(self._settings.folder)
            most = self._settings.most * (_ROOM if self._receiver.full else 1)
            self._receiver.full = size >= most
            self._metrics.spool.set(size)
            self._metrics.held.set(self._server.held)
            self._metrics.connections.set(len(self._server.connections))
            self._metrics.turned_away.set(self._server.turned_away)
            self._metrics.healthy.set(not self._problem())
            self._worker.keep()
            await asyncio.sleep(_WATCH)

    def _problem(self) -> str:
        """Return what is wrong, in words that name nothing of what was received; none is empty."""
        if self._commits.failed:
            return "what is sent cannot be written"
        if self._receiver.full:
            return "the spool is full"
        if self._aside:
            return f"{self._aside} segments of the spool were put aside as .damaged"
        return "what was received cannot be stored" if self._worker.failing else ""


class _Worker:
    """The process that stores, started again where it ends before its time."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime], metrics: Metrics) -> None:
        self._settings = settings
        self._clock = clock
        self._metrics = metrics
        self._context = multiprocessing.get_context("spawn")
        self._process: SpawnProcess | None = None
        self._link: Connection | None = None
        self._again = 0.0
        self.failing = False

    def start(self) -> None:
        self._link, other = self._context.Pipe()
        told = (self._settings.folder, self._settings.keys, self._settings.policy, self._clock, other)
        self._process = self._context.Process(target=work, args=told, daemon=True, name="accord-store")
        self._process.start()
        other.close()
        asyncio.get_running_loop().add_reader(self._link.fileno(), self._hear)

    def keep(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._link is None and now >= self._again:
            self.start()

    def _hear(self) -> None:
        link = self._link
        if link is None:
            return
        try:
            while link.poll():
                self._note(*link.recv())
        except (EOFError, OSError):
            self._lose()

    def _note(self, what: str, told: object) -> None:
        if what == "stored" and isinstance(told, dict):
            self._metrics.count_stored(told)
            self.failing = False
        elif what == "deleted":
            self._metrics.deleted.inc()
        elif what == "failed":
            self._metrics.failures.labels("store").inc()
            self.failing = True

    def _lose(self) -> None:
        loop = asyncio.get_running_loop()
        if self._link:
            loop.remove_reader(self._link.fileno())
            self._link.close()
        self._link = None
        self._again = loop.time() + _RESTART
        self.failing = True

    async def end(self, seconds: float) -> None:
        """Have the rest stored, and wait for it."""
        if self._link is None:  # it was signalled with us, or has failed
            self.start()
        if self._link is None or self._process is None:
            return
        with suppress(OSError):
            self._link.send(DRAIN)
        await asyncio.to_thread(self._process.join, seconds)
        if self._process.is_alive():
            self._process.terminate()


def _look(folder: Path) -> tuple[int, int]:
    """Return how many bytes wait to be stored, and how many segments were put aside."""
    total = aside = 0
    for path in segments(folder):
        if path.suffix == ".damaged":
            aside += 1
            continue
        with suppress(FileNotFoundError):  # it was stored in between
            total += path.stat().st_size
    return total, aside
