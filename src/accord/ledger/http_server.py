"""A WSGI application on a network, run by waitress. Plain HTTP: a proxy before it adds TLS and limits the rate."""

import socket
from importlib import import_module
from typing import Protocol, cast
from wsgiref.types import WSGIApplication

from accord.errors import LedgerError, MissingExtraError

_THREADS = 8
_IDLE = 30  # seconds
_CONNECTIONS = 200
_HEADER = 1 << 16


class Server(Protocol):
    """A server that listens."""

    effective_port: int
    """The port that it listens on."""

    def run(self) -> None:
        """Answer requests until the process is interrupted."""

    def close(self) -> None:
        """Stop listening."""


def open_server(app: WSGIApplication, host: str, port: int, largest: int) -> Server:
    """Return waitress listening at an address (port 0: any that is free); its `run` serves until interrupted.

    A request's body has at most `largest` bytes, and one more is let through for the application to refuse. Raises
    MissingExtraError without waitress, LedgerError when the address cannot be had.
    """
    try:
        waitress = import_module("waitress")  # here: only who serves needs it
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            "Serving needs waitress, which is not installed.", fix="pip install 'accord[witness]'"
        ) from error
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        # Bound here: waitress leaves a socket open when it cannot bind it.
        listening = socket.create_server((host, port), family=family)
    except (OSError, ValueError) as error:
        raise LedgerError("The server cannot listen there.", where=f"{host}:{port}", found=str(error)) from error
    server = waitress.create_server(
        app,
        sockets=[listening],
        threads=_THREADS,
        channel_timeout=_IDLE,
        connection_limit=_CONNECTIONS,
        max_request_body_size=largest + 1,
        max_request_header_size=_HEADER,
        ident="",
    )
    return cast("Server", server)
