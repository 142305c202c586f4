"""A server of ours on a thread of the test's own process, stopped without leaving a thread, a socket or an error."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from wsgiref.types import WSGIApplication

from accord.ledger.http_server import open_server


@contextmanager
def serving(app: WSGIApplication, largest: int) -> Iterator[str]:
    """Serve an application on this machine; yield its address."""
    server: Any = open_server(app, "127.0.0.1", 0, largest)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        # The loop ends when it has nothing left to watch. It must close that itself: closed from here, a socket
        # would be gone while the loop waits for it.
        server.trigger.pull_trigger(lambda: server.asyncore.close_all(server._map))
        thread.join(20)
        assert not thread.is_alive()
        server.task_dispatcher.shutdown()
