"""A small HTTP/1.1 server for one site: bounded in bytes, time and connections, and honest when it cannot take more.

Plain HTTP: a proxy before it adds TLS.
"""

import asyncio
from contextlib import suppress

from accord.monitor.receiving.connection import Connection
from accord.monitor.receiving.site import Limits, Site


class Server:
    """Serves a site at an address until it is closed."""

    def __init__(self, site: Site, limits: Limits) -> None:
        self.site = site
        self.limits = limits
        self.held = 0
        self.turned_away = 0
        self.connections: set[Connection] = set()
        self.closing = False
        self.left = asyncio.Event()
        self._server: asyncio.Server | None = None

    async def open(self, host: str, port: int) -> int:
        """Listen; return the port. Raises OSError where the address cannot be had."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Connection(self), host, port, backlog=1024)
        bound: int = self._server.sockets[0].getsockname()[1]
        return bound

    def reserve(self, size: int) -> bool:
        """Take memory for a body, where there is some left."""
        if self.held + size > self.limits.held:
            return False
        self.held += size
        return True

    async def close(self, seconds: float) -> None:
        """Stop listening, answer what was asked, and close every connection, after so many seconds by force."""
        self.closing = True
        if self._server:
            self._server.close()
        for connection in list(self.connections):
            connection.finish()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.connections:
                    self.left.clear()
                    await self.left.wait()
        for connection in list(self.connections):
            connection.abort()
