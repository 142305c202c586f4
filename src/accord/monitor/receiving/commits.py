"""Requests that wait for the disk: all that came while one write was made durable are the next."""

import asyncio
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from accord.errors import LedgerError, MonitorError
from accord.monitor.receiving.metrics import Metrics
from accord.monitor.spool import Spool


class NoRoomError(MonitorError):
    """There is no memory left for what should be written."""


class NotDurableError(MonitorError):
    """The disk did not take what was written."""


class Commits:
    """Group commit: one write and one fdatasync for many requests, in a thread of its own."""

    def __init__(self, spool: Spool, metrics: Metrics, whole_after: float, most: int) -> None:
        self._spool = spool
        self._metrics = metrics
        self._whole_after = whole_after
        self._room = most
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._wake = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="spool")
        self._ends = False
        self._since: float | None = None  # when the open segment was begun
        self.failed = ""
        """What the disk said when the last write failed."""

    async def add(self, data: bytes) -> None:
        """Return once the request is durable; NotDurableError where it could not be made so.

        NoRoomError where more waits for the disk than may: requests grow when they are unpacked.
        """
        if len(data) > self._room:
            raise NoRoomError("More waits to be written than can be held.")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._room -= len(data)
        self._waiting.append((data, done))
        self._wake.set()
        try:
            await done
        finally:
            self._room += len(data)

    async def run(self) -> None:
        """Write until `end`; then what waits is written, and the segment declared whole."""
        loop = asyncio.get_running_loop()
        while not self._ends or self._waiting:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(self._since and self._since + self._whole_after):
                    await self._wake.wait()
            self._wake.clear()
            if batch := self._waiting:
                self._waiting = []
                await self._write(loop, batch)
            if self._since is not None and loop.time() >= self._since + self._whole_after:
                await self._seal(loop)
        await self._seal(loop)
        self._thread.shutdown()

    def end(self) -> None:
        """Have `run` come to its end."""
        self._ends = True
        self._wake.set()

    async def _write(
        self, loop: asyncio.AbstractEventLoop, batch: Sequence[tuple[bytes, asyncio.Future[None]]]
    ) -> None:
        began = time.perf_counter()
        problem: Exception | None = None
        try:
            await loop.run_in_executor(self._thread, self._spool.append, [data for data, _ in batch])
            self.failed = ""
        except (OSError, LedgerError) as error:
            self._fail(error)
            problem = NotDurableError("What was sent could not be made durable.")
        if self._since is None and self._spool.is_open:
            self._since = loop.time()
        self._metrics.commits.observe(time.perf_counter() - began)
        for _, done in batch:
            if not done.cancelled():
                done.set_exception(problem) if problem else done.set_result(None)

    async def _seal(self, loop: asyncio.AbstractEventLoop) -> None:
        self._since = None
        try:
            await loop.run_in_executor(self._thread, self._spool.seal)
        except (OSError, LedgerError) as error:
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        self.failed = str(error)
        self._metrics.failures.labels("spool").inc()
