"""One connection of the server: a request is refused as soon as its head is there, before its body is read."""

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, cast

import httptools

from accord.monitor.receiving.site import Answer, Head

if TYPE_CHECKING:
    from accord.monitor.receiving.server import Server

_LINGER = 2.0  # seconds in which the rest of a refused request is still read, so that its sender sees the answer
_LINGER_BYTES = 64 << 20
_ONCE = frozenset({"authorization", "content-encoding", "content-length", "content-type"})


class Connection(asyncio.Protocol):
    """One connection: a request at a time, and its end at the first thing that is not as it should be."""

    def __init__(self, server: "Server") -> None:
        self._server = server
        self._limits = server.limits
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._closes = False  # after the request that is being read or answered
        self._last = False  # nothing that comes is looked at any more
        self._choked = False  # answers are not taken
        self._ignored = 0  # bytes that came since
        self._reset()

    def _reset(self) -> None:
        self._head = Head()
        self._url = b""
        self._seen = 0  # bytes that came of the head
        self._size = 0  # bytes of the line and the headers, as far as they are parsed
        self._reading = False  # the body
        self._body: list[bytes] = []
        self._reserved = 0
        self._started = 0.0

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, or turn it away where there are too many."""
        self._transport = cast("asyncio.Transport", transport)
        if len(self._server.connections) >= self._limits.connections or self._server.closing:
            self._server.turned_away += 1
            self._last = True
            self._transport.abort()
            return
        self._server.connections.add(self)
        self._expect(self._limits.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - why does not matter
        """Give back what it held."""
        self._server.connections.discard(self)
        self._server.left.set()
        self._release()
        self._transport = None
        if self._timer:
            self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        """Parse what came."""
        if self._last:
            self._ignored += len(data)
            if self._ignored > _LINGER_BYTES:
                self.abort()
            return
        if self._reading and self._head.length is None and not self._take_piece(len(data)):
            return
        if not self._reading:
            if not self._seen:
                self._expect(self._limits.head_seconds)
            self._seen += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserCallbackError:
            self.abort()
            raise
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._misread()
        if not self._reading and not self._task:
            self._grow(max(0, self._seen - self._size))

    def eof_received(self) -> bool:
        """Keep the connection while an answer is on its way."""
        return self._task is not None

    def pause_writing(self) -> None:
        """Read nothing from whoever does not read."""
        self._choked = True
        if self._transport:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        """Read again."""
        self._choked = False
        self._resume()

    # What the parser calls. Whatever comes after the last request is ignored.

    def on_message_begin(self) -> None:
        """Note a request that was sent before its turn: after the answer the connection ends (RFC 9112, 9.3.2)."""
        if self._task:
            self._last = True

    def on_url(self, url: bytes) -> None:
        """Take a piece of the address."""
        if not self._last:
            self._url += url
            self._grow(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; those after a body say nothing here."""
        if self._last or self._reading:
            return
        key = name.decode("latin-1").lower()
        if key in _ONCE and key in self._head.headers:
            self._refuse(HTTPStatus.BAD_REQUEST, f"The header {key} is there twice.")
            return
        self._head.headers[key] = value.decode("latin-1")
        self._grow(len(name) + len(value))

    def on_headers_complete(self) -> None:
        """Decide whether the body is read."""
        if self._last:
            return
        head = self._head
        head.method = self._parser.get_method().decode("latin-1")
        head.path = self._url.decode("latin-1").partition("?")[0]
        head.length = None if "transfer-encoding" in head.headers else int(head.headers.get("content-length") or 0)
        self._started = self._loop.time()
        if self._parser.get_http_version() not in {"1.0", "1.1"}:
            self._misread()
        elif refused := self._server.site.admit(head):
            self._send(refused, last=True, whole=head.length == 0)
        elif (head.length or 0) > self._limits.body:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body is over {self._limits.body} bytes.")
        elif self._take(head.length or 0):
            self._reading = True
            size = self._limits.body if head.length is None else head.length
            self._expect(self._limits.body_seconds + size / self._limits.slowest)
            if head.headers.get("expect", "").lower() == "100-continue" and self._transport:
                self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body."""
        if not self._last and not self._task:
            self._body.append(body)

    def on_message_complete(self) -> None:
        """Have the request answered, and read nothing meanwhile."""
        if self._last or self._task:
            return
        self._closes = self._closes or not self._parser.should_keep_alive()
        if self._timer:
            self._timer.cancel()
        if self._transport:
            self._transport.pause_reading()
        self._task = self._loop.create_task(self._serve())

    # What is done with it.

    async def _serve(self) -> None:
        body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        self._body = []
        try:
            answer = await self._server.site.answer(self._head, body)
        except Exception:  # a mistake of ours: its sender is told, and asyncio reports it
            self._task = None
            self._refuse(HTTPStatus.INTERNAL_SERVER_ERROR, "The receiver failed.")
            raise
        self._task = None
        last = self._last or self._closes or self._server.closing
        self._send(answer, last=last, whole=True)
        if not last:
            self._resume()

    def _send(self, answer: Answer, *, last: bool, whole: bool = False) -> None:
        lines = [
            f"HTTP/1.1 {answer.status.value} {answer.status.phrase}",
            f"Content-Type: {answer.kind}",
            f"Content-Length: {len(answer.body)}",
            *(f"{name}: {value}" for name, value in answer.headers.items()),
            *(["Connection: close"] if last else []),
        ]
        shown = b"" if self._head.method == "HEAD" else answer.body
        if self._started:
            self._server.site.note(self._loop.time() - self._started)
        self._release()
        self._reset()
        self._last = self._last or last
        if self._transport is None or self._transport.is_closing():
            return
        self._transport.write("\r\n".join([*lines, "", ""]).encode("latin-1") + shown)
        self._expect(_LINGER if last else self._limits.idle_seconds)
        if last and whole:
            self._transport.close()
        elif last:
            self._resume()

    def _refuse(self, status: HTTPStatus, problem: str) -> None:
        self._send(self._server.site.refuse(self._head, status, problem), last=True)

    def _misread(self) -> None:
        if self._task:
            self._last = True  # what is being answered was whole
        elif not self._last:
            self._refuse(HTTPStatus.BAD_REQUEST, "This is no HTTP/1.1 request that is understood here.")

    def _grow(self, size: int) -> None:
        self._size += size
        if self._size > self._limits.head and not self._last:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, f"The head is over {self._limits.head} bytes.")

    def _take_piece(self, size: int) -> bool:
        """Take memory for a piece of a body whose length nobody said, with all that is around it."""
        if self._reserved + size <= self._limits.body:
            return self._take(size)
        self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body is over {self._limits.body} bytes.")
        return False

    def _take(self, size: int) -> bool:
        if not self._server.reserve(size):
            self._refuse(HTTPStatus.TOO_MANY_REQUESTS, "More is being received than can be held.")
            return False
        self._reserved += size
        return True

    def _release(self) -> None:
        self._server.held -= self._reserved
        self._reserved = 0

    def _resume(self) -> None:
        if self._transport and not self._task and not self._choked and not self._transport.is_closing():
            self._transport.resume_reading()

    def _expect(self, seconds: float) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = self._loop.call_later(seconds, self._late)

    def _late(self) -> None:
        if self._last or not self._seen:  # nobody waits for an answer
            self.abort()
        else:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, "The request did not come in time.")

    def finish(self) -> None:
        """Close once what was asked is answered; at once where nothing was."""
        self._closes = True
        if not self._task and not self._reading and self._transport:
            self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        if self._transport:
            self._transport.abort()
