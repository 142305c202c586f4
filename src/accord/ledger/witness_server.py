"""A witness on a network: a WSGI application, for any server, and waitress to run it at once.

It speaks plain HTTP. On a network that others use it belongs behind a proxy that adds TLS and limits the rate.
"""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from accord.errors import LedgerBusyError, LedgerError
from accord.ledger import http_server
from accord.ledger.http_server import Server
from accord.ledger.post import Answer
from accord.ledger.witness import MAX_REQUEST, Witness

_PLAIN = "text/plain; charset=utf-8"


def witness_app(witness: Witness) -> WSGIApplication:
    """Return a WSGI application that answers `POST /add-checkpoint` and `GET /<origin hash>/checkpoint`."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        answer, headers = _route(witness, environ)
        start_response(
            f"{answer.status} {HTTPStatus(answer.status).phrase}",
            [("Content-Type", answer.content_type), ("Content-Length", str(len(answer.body))), *headers],
        )
        return [answer.body]

    return app


def open_server(witness: Witness, host: str, port: int) -> Server:
    """Return waitress listening at an address (port 0: any that is free); its `run` serves until interrupted.

    Raises MissingExtraError without waitress, LedgerError when the address cannot be had.
    """
    return http_server.open_server(witness_app(witness), host, port, MAX_REQUEST)


def _route(witness: Witness, environ: WSGIEnvironment) -> tuple[Answer, list[tuple[str, str]]]:
    path = environ.get("PATH_INFO", "")
    if path == "/add-checkpoint":
        return _only("POST", lambda: _add(witness, environ), environ)
    parts = path.split("/")
    if len(parts) == 3 and (parts[0], parts[2]) == ("", "checkpoint"):  # noqa: PLR2004 - /<origin hash>/checkpoint
        return _only("GET", lambda: witness.checkpoint(parts[1]), environ)
    return _plain(HTTPStatus.NOT_FOUND, "There is nothing here."), []


def _only(method: str, answer: Callable[[], Answer], environ: WSGIEnvironment) -> tuple[Answer, list[tuple[str, str]]]:
    if environ["REQUEST_METHOD"] != method:
        return _plain(HTTPStatus.METHOD_NOT_ALLOWED, "Not this way."), [("Allow", method)]
    try:
        return answer(), []
    except LedgerBusyError:
        return _plain(HTTPStatus.SERVICE_UNAVAILABLE, "The witness is busy: try again."), [("Retry-After", "5")]
    except LedgerError as error:
        # The operator reads what it is; a stranger, to whom paths are of no use, only that it is.
        environ["wsgi.errors"].write(f"{error}\n")
        return _plain(HTTPStatus.INTERNAL_SERVER_ERROR, "The witness cannot answer."), []


def _add(witness: Witness, environ: WSGIEnvironment) -> Answer:
    length = environ.get("CONTENT_LENGTH", "")
    if not (length.isascii() and length.isdecimal()):
        return _plain(HTTPStatus.LENGTH_REQUIRED, "A request states the length of its body.")
    # The number of digits first: a number of a million of them takes long to read.
    if len(length) > len(str(MAX_REQUEST)) or int(length) > MAX_REQUEST:
        return _plain(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"A request has at most {MAX_REQUEST} bytes.")
    body = environ["wsgi.input"].read(int(length))
    if len(body) < int(length):
        return _plain(HTTPStatus.BAD_REQUEST, "The request's body was cut off.")
    return witness.add_checkpoint(body)


def _plain(status: HTTPStatus, text: str) -> Answer:
    return Answer(status, _PLAIN, f"{text}\n".encode())
